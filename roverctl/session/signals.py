"""Where packets are now, from when they leave and arrive: computed, filled only by evidence.

A command is longer than its way: at 125 bit/s its first bit is at the rover before its last has left the station. So a
signal has two ends.
"""

from dataclasses import dataclass
from typing import Final

from roverctl.commanding.queue import Command
from roverctl.core.nouns import Stage
from roverctl.core.times import SECOND_NS, format_clock
from roverctl.session.api.relay import Node, Signal

_MOST: Final = 4  # housekeeping packets awaited that are shown at once
_STATION, _RELAY, _ROVER = Node.STATION, Node.RELAY, Node.ROVER


@dataclass(frozen=True, slots=True)
class Housekeeping:
    """A telemetry packet's way: when the rover begins, has sent it, and so on until it is here."""

    t_ns: int
    sent_ns: int
    relay_ns: int
    leaves_ns: int
    station_ns: int
    here_ns: int
    station: str

    def later(self, by_ns: int) -> "Housekeeping":
        """The same way, begun later."""
        return Housekeeping(
            self.t_ns + by_ns, self.sent_ns + by_ns, self.relay_ns + by_ns, self.leaves_ns + by_ns,
            self.station_ns + by_ns, self.here_ns + by_ns, self.station,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Passing:
    """A telecommand's way: radiated from ``begun_ns`` to ``radiated_ns``; its last bit at the relay, sent on by it, at
    the rover; when the rover acts, and when that is seen here.
    """

    far_end: str  # what its last bit reaches first: 'relay', or without one 'rover'
    station: str
    begun_ns: int
    radiated_ns: int
    relay_ns: int
    forwarded_ns: int
    arrived_ns: int
    acts_ns: int
    seen_ns: int
    answer: Housekeeping | None


def command_signals(command: Command, way: Passing, now_ns: int) -> list[Signal]:
    """A command on its way up, or its verification on its way down."""
    name = f"{command.id} {command.name}"
    if now_ns < way.begun_ns:
        return [Signal(name, _STATION, _RELAY, way.station, 0.0, 0.0, False, f"leaves {format_clock(way.begun_ns, 1)}")]
    found = []
    length_ns = way.radiated_ns - way.begun_ns
    if now_ns < way.relay_ns:
        sent = Stage.SENT in command.changes
        first = _share(now_ns, way.begun_ns, way.relay_ns - length_ns)
        last = _share(now_ns, way.radiated_ns, way.relay_ns)
        percent = 100 * _share(now_ns, way.begun_ns, way.radiated_ns)
        note = (
            f"sending {percent:.0f} %"
            if now_ns < way.radiated_ns
            else f"at {way.far_end} {format_clock(way.relay_ns, 1)}"
        )
        found.append(Signal(name, _STATION, _RELAY, way.station, first, last, sent, note))
    if way.forwarded_ns - length_ns <= now_ns < way.arrived_ns:
        first = _share(now_ns, way.forwarded_ns - length_ns, way.arrived_ns - length_ns)
        last = _share(now_ns, way.forwarded_ns, way.arrived_ns)
        name_here = "" if now_ns < way.relay_ns else name
        note = f"acts {format_clock(way.acts_ns, 1)}"
        found.append(Signal(name_here, _RELAY, _ROVER, "", first, last, Stage.AT_RELAY in command.changes, note))
    if way.answer is not None and way.acts_ns <= now_ns < way.seen_ns:
        found += _down(f"{name} verified", way.answer, now_ns)
    return found


def housekeeping_signals(
    name: str, way: Housekeeping, last_ns: int | None, period_s: float, now_ns: int
) -> list[Signal]:
    """The packets that must be under way if the rover goes on as its last packet told; none before the first."""
    if last_ns is None or period_s <= 0.0:
        return []
    period_ns = round(period_s * SECOND_NS)
    takes_ns = way.here_ns - way.t_ns
    found: list[Signal] = []
    number = max(1, -(-(now_ns - takes_ns - last_ns) // period_ns))
    while (begins_ns := last_ns + number * period_ns) <= now_ns and len(found) < _MOST:
        found += _down(name, way.later(begins_ns - way.t_ns), now_ns)
        number += 1
    return found


def _down(name: str, way: Housekeeping, now_ns: int) -> list[Signal]:
    due = f"due {format_clock(way.here_ns, 1)}"
    if now_ns < way.sent_ns:
        return [Signal(name, _ROVER, _RELAY, "", 0.0, 0.0, False, due)]
    if now_ns < way.relay_ns:
        share = _share(now_ns, way.sent_ns, way.relay_ns)
        return [Signal(name, _ROVER, _RELAY, "", share, share, False, due)]
    if now_ns < way.leaves_ns:
        return [Signal(name, _RELAY, _STATION, way.station, 0.0, 0.0, False, f"kept by the relay, {due}")]
    if now_ns < way.here_ns:
        share = _share(now_ns, way.leaves_ns, way.station_ns)
        return [Signal(name, _RELAY, _STATION, way.station, share, share, False, due)]
    return []


def _share(now_ns: int, from_ns: int, to_ns: int) -> float:
    """0 before, 1 after; where a leg takes no time it is crossed."""
    if to_ns <= from_ns:
        return 1.0 if now_ns >= from_ns else 0.0
    return min(max((now_ns - from_ns) / (to_ns - from_ns), 0.0), 1.0)
