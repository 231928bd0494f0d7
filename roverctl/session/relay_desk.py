"""The relay of a session: asks the workshop for what the views look at, and keeps the last answers."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from roverctl.commanding.journal import Journal
from roverctl.commanding.queue import CommandQueue
from roverctl.core.errors import CommandRefusedError, InputError
from roverctl.core.nouns import ContactWindow, Event, Severity, Stage
from roverctl.mission.contacts import contact_text
from roverctl.mission.profile import Mission
from roverctl.session.api.changes import Change, Changes
from roverctl.session.api.relay import (
    Age,
    Curves,
    Gap,
    Impaired,
    ImpairmentKind,
    LinkNow,
    LunarDay,
    Maintenance,
    Part,
    Scene,
    Signal,
    Skyline,
    Span,
    Timeline,
    Turn,
    Way,
)
from roverctl.session.api.session import ClockState, Message
from roverctl.session.api.values import Place
from roverctl.session.curves_file import curves_csv
from roverctl.session.impaired import AskedFor, impaired, impairment_kinds
from roverctl.session.signals import Housekeeping, Passing, command_signals, housekeeping_signals
from roverctl.session.work.bench import Bench
from roverctl.telemetry.store import ParameterStore

_HK: Final = "ROVER_HK"
_PING_PACKET_B: Final = 13
_AROUND_PLACE_M: Final = 5.0  # the skyline is made again once the rover is so far from where it was made
KINDS_OF_WORK: Final = ("ways", "scene", "skyline", "timeline", "curves")


class RelayDesk:
    """Implements ``session.api.relay.Relay``. One question of a kind is under way at a time.

    Parameters
    ----------
    mission, bench, store
        What it is about, who computes it, what was received.
    clock, events, queue
        The session's, as of now.
    place
        Where the rover was last known to be; None while nothing is known.
    impair, follow
        Let something go wrong with the link, and let the stations take turns by another plan.
    journal
        Tells what was let go wrong before, and the plan; None in replay.
    """

    def __init__(
        self,
        mission: Mission,
        bench: Bench,
        store: ParameterStore,
        clock: Callable[[], ClockState],
        events: Callable[[], list[Event]],
        queue: Callable[[], CommandQueue],
        place: Callable[[], Place | None],
        impair: Callable[[str, dict[str, float | str], float], Changes],
        follow: Callable[[str], Changes],
        journal: Journal | None,
    ) -> None:
        self._mission = mission
        self._bench = bench
        self._store = store
        self._clock = clock
        self._events = events
        self._queue = queue
        self._place = place
        self._impair = impair
        self._follow = follow
        self.plan = contact_text(mission.contact)
        self._asked_for: list[AskedFor] = []
        if journal is not None:
            self._asked_for = [AskedFor(i.at_ns, i.name, i.arguments, i.duration_s) for i in journal.impairments()]
            if plan := journal.plan():
                self.plan = plan
                bench.follow(plan)
        self.kinds: tuple[ImpairmentKind, ...] = impairment_kinds(mission)
        self.by_hand = by_hand_text(mission)
        self.scene: Scene | None = None
        self.skyline: Skyline | None = None
        self.timeline: Timeline | None = None
        self.curves: Curves | None = None
        self._link: LinkNow | None = None
        self._passing: dict[int, Passing] = {}
        self._housekeeping: Housekeeping | None = None
        self._wants_scene = False
        self._wanted: dict[str, Span] = {}
        self._asked: dict[str, Span] = {}
        self._ways_ns = -1
        self._failed: dict[str, int] = {}  # when a kind of work had a problem: it is not asked again for the same time

    # What there is

    @property
    def now(self) -> LinkNow | None:
        """Moved on to the clock's now: light changes by nanoseconds in a second, what is waited for comes nearer."""
        link = self._link
        if link is None:
            return None
        rest_ns = later_ns = self._clock().now_ns - link.t_ns
        parts = []
        for part in link.up.parts:
            shorter_ns = min(max(rest_ns, 0), part.time_ns) if part.waits else 0
            rest_ns -= shorter_ns
            parts.append(replace(part, time_ns=part.time_ns - shorter_ns))
        return replace(link, t_ns=link.t_ns + later_ns, up=Way(tuple(parts)))

    def signals(self) -> list[Signal]:
        """What is under way at the clock's now."""
        now_ns = self._clock().now_ns
        found = []
        for command in self._queue().commands:
            passing = self._passing.get(command.id)
            if passing is not None and command.released_ns is not None and command.released_ns <= now_ns:
                found += command_signals(command, passing, now_ns)
        if self._housekeeping is not None:
            last = self._store.latest("ROVER_MODE", now_ns) if "ROVER_MODE" in self._store.names else None
            generated_ns = None if last is None else last.generation_ns
            period_s = self._store.period_s("ROVER_MODE") if last is not None else 0.0
            found += housekeeping_signals(_HK, self._housekeeping, generated_ns, period_s, now_ns)
        return found

    def ages(self) -> list[Age]:
        """The last news of each source."""
        now_ns = self._clock().now_ns
        ages = []
        sample = self._store.latest("ROVER_MODE", now_ns) if "ROVER_MODE" in self._store.names else None
        ages.append(Age(self._mission.rover, "housekeeping", None if sample is None else sample.generation_ns))
        names = {"relay": self._mission.relay, "ground": "station"}
        if self._mission.orbit is None:
            del names["relay"]
        last: dict[str, Event] = {}
        for event in reversed(self._events()):
            if event.source in names and event.source not in last:
                last[event.source] = event
                if len(last) == len(names):
                    break
        for source, name in names.items():
            found = last.get(source)
            what = "nothing yet" if found is None else found.name.lower().replace("_", " ")
            ages.append(Age(name, what, None if found is None else found.generation_ns))
        ages.append(Age("geometry", "computed for now", None if self._link is None else self._link.t_ns))
        return ages

    def impaired(self) -> list[Impaired]:
        """All up to now."""
        stations = [station.name for station in self._mission.stations]
        return impaired(self._events(), self._asked_for, self.kinds, stations)

    # Asking

    def want_scene(self) -> None:
        """Keep the scene up to now."""
        self._wants_scene = True

    def want_timeline(self, from_ns: int, to_ns: int) -> None:
        """Half as much more is computed on either side, so that a drag finds it there."""
        if self.timeline is None or not self.timeline.covers(from_ns, to_ns):
            more = (to_ns - from_ns) // 2
            self._wanted["timeline"] = (from_ns - more, to_ns + more)

    def want_curves(self, from_ns: int, to_ns: int) -> None:
        """Another span."""
        self._wanted["curves"] = (from_ns, to_ns)

    def save_curves(self, file: Path) -> Changes:
        """Write the curves as CSV.

        Raises
        ------
        CommandRefusedError
            When there are none yet.
        InputError
            When the file cannot be written.
        """
        if self.curves is None:
            raise CommandRefusedError("delays and ranges have not been computed yet")
        try:
            file.write_text(curves_csv(self.curves), encoding="utf-8")
        except OSError as error:
            raise InputError(f"{file}: cannot be written: {error.strerror}") from None
        return set()

    def impair(self, name: str, arguments: dict[str, float | str], duration_s: float) -> Changes:
        """Let something go wrong, and remember until when."""
        return self._impair(name, arguments, duration_s)

    def was_impaired(self, name: str, arguments: dict[str, float | str], duration_s: float) -> None:
        """It was let go wrong now, by whichever way."""
        self._asked_for.append(AskedFor(self._clock().now_ns, name, arguments, duration_s))

    def change_plan(self, plan: str) -> Changes:
        """Let the stations take turns by another plan."""
        return self._follow(plan)

    def plan_changed(self, plan: str) -> None:
        """The stations take turns by this now, by whichever way."""
        self.plan = plan
        self._bench.follow(plan)  # before all that depends on it
        self._asked.pop("timeline", None)
        self._asked.pop("curves", None)

    def ask(self) -> None:
        """The next questions; called some times a second."""
        now_ns = self._clock().now_ns
        if now_ns <= 0:
            return
        if now_ns != self._ways_ns and self._bench.idle("ways"):
            self._ways_ns = now_ns
            self._bench.ask("ways", self._ways_content(now_ns))
        if self._wants_scene and (self.scene is None or not self.scene.covers(now_ns)):
            self._start("scene", {"now_ns": now_ns}, now_ns)
        place = self._place()
        if place is not None and self._off_skyline(place):
            self._start("skyline", {"place_m": list(place)}, now_ns)
        for kind in ("timeline", "curves"):
            span = self._wanted.get(kind)
            if span is not None and span != self._asked.get(kind) and self._bench.idle(kind):
                self._asked[kind] = span
                self._bench.ask(kind, {"span_ns": list(span)})

    def _start(self, kind: str, content: dict[str, Any], now_ns: int) -> None:
        if self._bench.idle(kind) and self._failed.get(kind) != now_ns:
            self._failed[kind] = now_ns
            self._bench.ask(kind, content)

    def _off_skyline(self, place: Place) -> bool:
        return self.skyline is None or math.dist(self.skyline.place_m, place) > _AROUND_PLACE_M

    def _ways_content(self, now_ns: int) -> dict[str, Any]:
        mdb = self._mission.mdb
        what, length, bypass = "PING", _PING_PACKET_B, False
        for command in self._queue().commands:
            if command.released_ns is None and not command.held:
                length = _PING_PACKET_B + len(mdb.encode_arguments(command.name, command.arguments))
                what, bypass = f"{command.id} {command.name}", mdb.command(command.name).bypass
                break
        flying = []
        for command in self._queue().commands:
            if command.released_ns is None or command.failed is not None:
                continue
            passing = self._passing.get(command.id)
            if command.ended and (passing is None or now_ns > passing.seen_ns):
                continue
            sent = command.changes.get(Stage.SENT)
            flying.append(
                {
                    "id": command.id,
                    "length": len(command.packet),
                    "bypass": mdb.command(command.name).bypass,
                    "released_ns": command.released_ns,
                    "radiated_ns": None if sent is None else sent.occurred_ns,
                }
            )
        return {"now_ns": now_ns, "what": what, "length": length, "bypass": bypass, "commands": flying}

    # Taking in

    def forget(self) -> None:
        """Time went back: what was computed for later is not known."""
        self._passing.clear()
        self._ways_ns = -1

    def take(self, kind: str, problem: str, content: dict[str, Any]) -> tuple[Changes, list[Message]]:
        """An answer has come."""
        if problem:
            if kind == "curves":
                self.curves = None  # those of another span must not pass for these
            return {Change.SKY}, [Message(problem, Severity.WARNING)]
        if kind == "ways":
            self._take_ways(content)
        elif kind == "scene":
            self.scene = Scene(**content)
        elif kind == "skyline":
            east, north = content.pop("place_m")
            self.skyline = Skyline((east, north), **content)
            self._asked.pop("timeline", None)  # contacts are those over it from now on
        elif kind == "timeline":
            self.timeline = timeline_of(content)
        elif kind == "curves":
            content["station"], content["contact"] = tuple(content["station"]), tuple(content["contact"])
            self.curves = Curves(**content)
        return {Change.SKY}, []

    def _take_ways(self, content: dict[str, Any]) -> None:
        link = content["link"]
        self._link = None
        if link is not None:
            up, down = (Way(tuple(Part(*row) for row in link[way])) for way in ("up", "down"))
            self._link = LinkNow(content["now_ns"], content["what"], link["station"], up, down)
        for passage in content["passages"]:
            if passage is not None:
                answer = passage.pop("answer")
                number = passage.pop("id")
                self._passing[number] = Passing(**passage, answer=None if answer is None else Housekeeping(**answer))
        ladder = content["housekeeping"]
        self._housekeeping = None if ladder is None else Housekeeping(**ladder)


def timeline_of(content: dict[str, Any]) -> Timeline:
    """A timeline as it crossed."""
    from_ns, to_ns = content["span_ns"]

    def spans(name: str) -> tuple[Span, ...]:
        return tuple((a, b) for a, b in content[name])

    return Timeline(
        from_ns, to_ns,
        contacts=tuple(ContactWindow(*row) for row in content["contacts"]),
        turns=tuple(Turn(*row) for row in content["turns"]),
        gaps=tuple(Gap(a, b, tuple((name, why) for name, why in causes)) for a, b, causes in content["gaps"]),
        maintenance=tuple(Maintenance(*row) for row in content["maintenance"]),
        relay_up=spans("relay_up"), day=spans("day"), nap=spans("nap"),
        days=tuple(LunarDay(*row) for row in content["days"]),
        over_skyline=content["over_skyline"],
    )  # fmt: skip


def by_hand_text(mission: Mission) -> str:
    """How the delay is set by hand: '20 min fixed', '2.0 s ± 0.5 s', 'from a file, 3 min to 22 min'."""
    delay = mission.link.delay
    if delay is None:
        return ""
    if len(delay.seconds) > 1:
        return f"from a file, {_span_words(min(delay.seconds))} to {_span_words(max(delay.seconds))} one way"
    jitter = f" ± {_span_words(delay.jitter_s)}" if delay.jitter_s else ", fixed"
    return f"{_span_words(delay.seconds[0])} one way{jitter}"


def _span_words(seconds: float) -> str:
    if seconds < 100.0:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(seconds, 60.0)
    return f"{minutes:.0f} min" + (f" {rest:.3g} s" if rest >= 0.05 else "")
