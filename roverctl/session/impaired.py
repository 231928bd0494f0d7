"""What went wrong with the link: as its events tell, with the ends that were asked for."""

from dataclasses import dataclass
from typing import Final

from roverctl.core.nouns import Event
from roverctl.core.times import SECOND_NS
from roverctl.mission.profile import Mission
from roverctl.relay.impairments import KINDS, LEGS
from roverctl.session.api.relay import ArgumentKind, Impaired, ImpairmentKind

_BEGAN, _ENDED = "IMPAIRMENT_BEGAN", "IMPAIRMENT_ENDED"
_TOGETHER_NS: Final = 5 * SECOND_NS  # an asking and its event are at most so far apart in simulated time
_WORDS: Final = {
    "loss": "frames are lost by chance",
    "burst": "frames are lost in bursts",
    "fade": "the signal is weaker",
    "station_down": "a station is off the air",
    "relay_safe_mode": "the relay passes nothing on",
    "duplicate": "frames arrive twice",
    "reorder": "frames overtake each other",
    "clock_drift": "the rover's clock drifts",
    "rate_drop": "the rate is lower",
    "conjunction": "the Sun drowns all stations",
}


@dataclass(frozen=True, slots=True)
class AskedFor:
    """Something that was let go wrong from the console."""

    at_ns: int
    name: str
    arguments: dict[str, float | str]
    duration_s: float

    @property
    def detail(self) -> str:
        """Its arguments in a few words."""
        return ", ".join(
            str(v) if isinstance(v, str) else f"{key.rpartition('_')[0] or key} {v:g}"
            for key, v in self.arguments.items()
        )


def impairment_kinds(mission: Mission) -> tuple[ImpairmentKind, ...]:
    """All that can be let go wrong, with what they take."""
    kinds = []
    for name, kind in KINDS.items():
        arguments = [ArgumentKind(key, low, high, default) for key, (low, high, default) in kind.numbers.items()]
        if kind.leg:
            choices = (kind.leg, *(leg for leg in LEGS if leg != kind.leg))
            arguments.append(ArgumentKind("leg", choices=choices))
        if name == "station_down":
            arguments.append(ArgumentKind("station", choices=tuple(s.name for s in mission.stations)))
        kinds.append(ImpairmentKind(name, _WORDS.get(name, ""), tuple(arguments)))
    return tuple(kinds)


def impaired(
    events: list[Event], asked: list[AskedFor], kinds: tuple[ImpairmentKind, ...], stations: list[str]
) -> list[Impaired]:
    """From the events received up to now, oldest first; an end in the future is the one that was asked for."""
    names = {kind.name for kind in kinds}
    found: list[Impaired] = []
    for event in events:
        if event.name not in (_BEGAN, _ENDED):
            continue
        words = event.text.partition(": ")[2].split(" ", 1)
        name, detail = words[0], words[1] if len(words) > 1 else ""
        if name not in names:
            continue
        if event.name == _BEGAN:
            at_ns = event.generation_ns
            near = [a for a in asked if a.name == name and abs(a.at_ns - at_ns) <= _TOGETHER_NS]
            same = min(near, key=lambda a: abs(a.at_ns - at_ns), default=None)
            if name == "station_down" and detail.isdigit() and int(detail) < len(stations):
                detail = stations[int(detail)]  # its event tells the station by its number
            ends_ns = None if same is None else same.at_ns + round(same.duration_s * SECOND_NS)
            found.append(Impaired(name, detail if same is None else same.detail, at_ns, ends_ns, False))
        else:
            _end(found, name, event.generation_ns)
    return found


def _end(found: list[Impaired], name: str, ended_ns: int) -> None:
    """The one of a name that was to end then is over; of several without a known end, the oldest."""
    running = [i for i, item in enumerate(found) if item.name == name and not item.over]
    if running:
        i = min(running, key=lambda j: abs((found[j].ends_ns or ended_ns) - ended_ns))
        found[i] = Impaired(name, found[i].detail, found[i].began_ns, ended_ns, True)
