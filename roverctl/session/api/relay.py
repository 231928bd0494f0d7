"""The way between console and rover, as shown: what it consists of, where everything is, who sees whom and when, what
disturbs it. All of it comes from the ephemeris, the link's rates and what was learnt; nothing is made up.
"""

from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from roverctl.core.nouns import ContactWindow
from roverctl.core.times import SECOND_NS
from roverctl.session.api.changes import Changes
from roverctl.session.api.values import Array, Place, Times


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a way; ``waits`` where nothing happens meanwhile, so that it shortens as time goes by."""

    name: str
    time_ns: int
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """What a signal's way consists of; its parts add up exactly."""

    parts: tuple[Part, ...]

    @property
    def total_ns(self) -> int:
        """Their sum."""
        return sum(part.time_ns for part in self.parts)

    @property
    def waits_ns(self) -> int:
        """Of it, before it is sent: for what goes before it, and for contact."""
        return sum(part.time_ns for part in self.parts if part.waits)


@dataclass(frozen=True, slots=True)
class LinkNow:
    """A command released at ``t_ns``, and its answer. ``what`` names the command."""

    t_ns: int
    what: str
    station: str  # through which it goes
    up: Way
    down: Way

    @property
    def acts_ns(self) -> int:
        """When the rover acts on it."""
        return self.t_ns + self.up.total_ns

    @property
    def seen_ns(self) -> int:
        """When that is seen here."""
        return self.acts_ns + self.down.total_ns


class Node(Enum):
    """Where signals start and end."""

    STATION = auto()
    RELAY = auto()
    ROVER = auto()


@dataclass(frozen=True, slots=True)
class Signal:
    """A packet under way on one leg: its first and its last bit as shares of the leg, 0 where it starts. Where the
    relay keeps it, both are 0. ``known`` when there is evidence that it left; otherwise it is computed.
    """

    name: str
    start: Node
    end: Node
    station: str  # the one at its start or end, '' where there is none
    first_bit: float
    last_bit: float
    known: bool
    note: str  # 'radiating 62 %', 'due 12:04:42.8'


@dataclass(frozen=True, slots=True)
class Scene:
    """Places in the frame that turns with Earth and Moon: the Earth's centre, x to the Moon, z along the Moon's orbital
    momentum; metres. Directions at the rover: radians, azimuth from north, clockwise.

    The first group is sampled closely about a now; the ``far_`` group over two weeks before and after it.
    """

    times_ns: Times  # [n]
    moon_m: Array  # [3, n]
    relay_m: Array  # [3, n]
    relay_known: npt.NDArray[np.bool_]  # [n]; where it is not, the relay stands where it was last
    rover_m: Array  # [3, n]
    stations_m: Array  # [s, 3, n]
    sun: Array  # [3, n], unit vectors
    relay_azimuth_rad: Array
    relay_elevation_rad: Array
    sun_azimuth_rad: Array
    sun_elevation_rad: Array
    far_times_ns: Times  # [m]
    far_relay_m: (
        Array  # [3, k], where its place is known, scaled to the Moon's distance in the middle of the first group
    )
    far_relay_azimuth_rad: Array  # [k]
    far_relay_elevation_rad: Array
    far_sun_azimuth_rad: Array
    far_sun_elevation_rad: Array

    def covers(self, t_ns: int) -> bool:
        """Whether a time lies within the close samples."""
        return bool(self.times_ns[0] <= t_ns <= self.times_ns[-1])

    def knows_relay(self, t_ns: int) -> bool:
        """Whether the relay's place at a time is known."""
        return bool(self.relay_known[max(0, int(np.searchsorted(self.times_ns, t_ns, side="right")) - 1)])

    def at(self, name: str, t_ns: int) -> Array:
        """A sampled quantity at a time, straight between samples; azimuths must not be asked for."""
        values: Array = getattr(self, name)
        since = self.times_ns - self.times_ns[0]
        place = float(np.interp(t_ns - self.times_ns[0], since, np.arange(len(since))))
        i = min(int(place), len(self.times_ns) - 2)
        part = place - i
        return np.asarray(values[..., i] * (1.0 - part) + values[..., i + 1] * part)


@dataclass(frozen=True, slots=True)
class Skyline:
    """How high the terrain rises around the rover; radians."""

    place_m: Place
    azimuth_rad: Array
    elevation_rad: Array


Span = tuple[int, int]  # from, to


@dataclass(frozen=True, slots=True)
class LunarDay:
    """Sunrise to sunset at the site; None where that lies outside of what was asked."""

    number: int  # counted as the mission counts them; 0 where it does not
    sunrise_ns: int | None
    noon_ns: int | None
    sunset_ns: int | None


@dataclass(frozen=True, slots=True)
class Turn:
    """One station's turn. ``overlap_ns`` is how long it and the one before it see the relay together, None where there
    was no hand-over; ``short`` where the plan asks for more.
    """

    station: str
    begin_ns: int
    end_ns: int
    overlap_ns: int | None
    short: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """No contact; why, for each station."""

    begin_ns: int
    end_ns: int
    causes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Maintenance:
    """A station is off the air."""

    station: str
    begin_ns: int
    end_ns: int
    name: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """Who sees whom within a span, and which station has the contact. Turns and gaps cover all of it."""

    from_ns: int
    to_ns: int
    contacts: tuple[ContactWindow, ...]
    turns: tuple[Turn, ...]
    gaps: tuple[Gap, ...]
    maintenance: tuple[Maintenance, ...]
    relay_up: tuple[Span, ...]  # the relay above what hides it at the rover; without a relay, the Earth
    day: tuple[Span, ...]  # the Sun above the level there
    nap: tuple[Span, ...]  # the Sun as high as makes the rover nap
    days: tuple[LunarDay, ...]
    over_skyline: bool = False  # whether the terrain's skyline counts

    def covers(self, from_ns: int, to_ns: int) -> bool:
        """Whether a span lies within."""
        return self.from_ns <= from_ns and to_ns <= self.to_ns


@dataclass(frozen=True, slots=True)
class Curves:
    """Delays and ranges over time, through the station in contact or, without contact, the one with the relay highest.

    ``owlt`` is light alone, one way; where the delay is set by hand, that.
    """

    times_ns: Times
    owlt_up_s: Array
    owlt_down_s: Array
    station_relay_m: Array
    relay_rover_m: Array
    earth_moon_m: Array
    station_relay_m_s: Array  # range rates, positive when they part
    relay_rover_m_s: Array
    station: tuple[str, ...]  # at each time
    contact: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class ArgumentKind:
    """A number or a choice that an impairment takes."""

    name: str
    low: float = 0.0
    high: float = 0.0
    default: float | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImpairmentKind:
    """Something that can be let go wrong."""

    name: str
    words: str
    arguments: tuple[ArgumentKind, ...]


@dataclass(frozen=True, slots=True)
class Impaired:
    """Something that went wrong, by its events or as it was asked for. An end that nobody told is None."""

    name: str
    detail: str
    began_ns: int
    ends_ns: int | None
    over: bool

    def left_s(self, now_ns: int) -> float | None:
        """Seconds until it ends, None where nobody told."""
        return None if self.ends_ns is None else max(0, self.ends_ns - now_ns) / SECOND_NS


@dataclass(frozen=True, slots=True)
class Age:
    """How old the last news of something is; generation time, None where there was none."""

    source: str
    what: str
    generated_ns: int | None


class Relay(Protocol):
    """The relay's desk. Views say what they look at; answers come with ``Change.SKY``."""

    @property
    def by_hand(self) -> str:
        """How the mission sets the delay by hand, in words; '' where it is computed."""

    @property
    def now(self) -> LinkNow | None:
        """A command released now and its answer, moved on to the clock's now."""

    @property
    def scene(self) -> Scene | None:
        """Where everything is, as last asked for."""

    @property
    def skyline(self) -> Skyline | None:
        """The terrain around the rover, as last asked for."""

    @property
    def timeline(self) -> Timeline | None:
        """The last answer to ``want_timeline``."""

    @property
    def curves(self) -> Curves | None:
        """The last answer to ``want_curves``."""

    @property
    def plan(self) -> str:
        """The contact plan by which the stations take turns: a table [contact], as in a profile."""

    @property
    def kinds(self) -> tuple[ImpairmentKind, ...]:
        """What can be let go wrong."""

    def signals(self) -> list[Signal]:
        """What is under way at the clock's now, as far as it is known or computed."""

    def ages(self) -> list[Age]:
        """The last news of rover, relay, station and of the computed geometry."""

    def impaired(self) -> list[Impaired]:
        """All that went wrong up to now, oldest first; those not over are in force."""

    def want_scene(self) -> None:
        """The scene is looked at: keep it up to the clock's now."""

    def want_timeline(self, from_ns: int, to_ns: int) -> None:
        """A span of the timeline is looked at."""

    def want_curves(self, from_ns: int, to_ns: int) -> None:
        """A span of the curves is looked at; the newest question counts."""

    def save_curves(self, file: Path) -> Changes:
        """Write the curves as CSV."""

    def impair(self, name: str, arguments: dict[str, float | str], duration_s: float) -> Changes:
        """Let something go wrong, as ``Session.impair``."""

    def change_plan(self, plan: str) -> Changes:
        """Let the stations take turns by another plan from now on."""
