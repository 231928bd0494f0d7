"""The relay's desk: what it asks and keeps, packets at their computed places, what went wrong with its ends."""

import dataclasses
from pathlib import Path
from typing import Any, cast

import pytest

from roverctl.commanding.journal import Journal
from roverctl.commanding.queue import Command, CommandQueue
from roverctl.core.errors import CommandRefusedError, InputError
from roverctl.core.nouns import Event, Severity, Stage, StageChange
from roverctl.core.times import SECOND_NS
from roverctl.mission.manual_delay import ManualDelay
from roverctl.mission.packets import request_id
from roverctl.mission.profile import Mission
from roverctl.session.api.relay import Node, Signal
from roverctl.session.api.session import ClockState
from roverctl.session.impaired import AskedFor, impaired, impairment_kinds
from roverctl.session.relay_desk import RelayDesk, by_hand_text
from roverctl.session.signals import Housekeeping, Passing, command_signals, housekeeping_signals
from roverctl.session.work.bench import Bench
from roverctl.telemetry.decoder import empty_store

S = SECOND_NS
NOW = 1_000_000 * S


class Bench1:
    """Remembers what it was asked; idle in what has been answered."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.open: set[str] = set()

    def idle(self, kind: str) -> bool:
        return kind not in self.open

    def ask(self, kind: str, content: dict[str, Any]) -> int:
        self.asked.append((kind, content))
        self.open.add(kind)
        return len(self.asked)

    def follow(self, plan: str) -> None:
        self.asked.append(("contact_plan", {"plan": plan}))

    def kinds(self) -> list[str]:
        asked, self.asked = [kind for kind, _ in self.asked], []
        return asked


class Around:
    """A desk with what it stands on, all of which a test can move."""

    def __init__(self, mission: Mission, journal: Journal | None = None) -> None:
        self.now_ns = NOW
        self.bench = Bench1()
        self.place: tuple[float, float] | None = (0.0, 0.0)
        self.events: list[Event] = []
        self.queue = CommandQueue(mission.mdb)
        self.desk = RelayDesk(
            mission, cast(Bench, self.bench), empty_store(mission),
            lambda: ClockState(self.now_ns, 0, self.now_ns, True, 1.0, 1.0), lambda: self.events, lambda: self.queue,
            lambda: self.place, lambda name, arguments, duration_s: set(), lambda plan: set(), journal,
        )  # fmt: skip

    def give(self, kind: str, content: dict[str, Any], problem: str = "") -> list[str]:
        self.bench.open.discard(kind)
        return [message.text for message in self.desk.take(kind, problem, content)[1]]


TIMELINE: dict[str, Any] = {
    "span_ns": [NOW - 20 * S, NOW + 40 * S], "contacts": [["Kashi", NOW, NOW + 9 * S, NOW + 5 * S, 0.4]],
    "turns": [["Kashi", NOW, NOW + 9 * S, 4 * S, True]],
    "gaps": [[NOW + 9 * S, NOW + 40 * S, [["Kashi", "maintenance"]]]],
    "maintenance": [["Kashi", NOW + 9 * S, NOW + 40 * S, "works"]], "relay_up": [[NOW - 20 * S, NOW + 40 * S]],
    "day": [], "nap": [], "days": [], "over_skyline": False,
}  # fmt: skip


def test_the_timeline_is_asked_wider_and_again_only_for_another_span_or_another_skyline(mission: Mission) -> None:
    around = Around(mission)
    desk, bench = around.desk, around.bench
    desk.want_timeline(NOW - 10 * S, NOW + 30 * S)
    desk.ask()
    assert bench.asked[-1] == ("timeline", {"span_ns": [NOW - 30 * S, NOW + 50 * S]})
    around.give("timeline", dict(TIMELINE, span_ns=[NOW - 30 * S, NOW + 50 * S]))
    timeline = desk.timeline
    assert timeline is not None and timeline.turns[0].short and timeline.gaps[0].causes == (("Kashi", "maintenance"),)
    assert bench.kinds() == ["ways", "skyline", "timeline"]
    desk.want_timeline(NOW - 5 * S, NOW + 35 * S)  # lies within
    desk.ask()
    assert bench.kinds() == []
    line = {"place_m": [0.0, 0.0], "azimuth_rad": [0.0], "elevation_rad": [0.1]}
    around.give("skyline", line)
    desk.ask()
    assert bench.kinds() == ["timeline"]  # contacts are those over it
    around.give("timeline", TIMELINE)
    around.place = (4.0, 0.0)
    desk.ask()
    assert bench.kinds() == []
    around.place, around.now_ns = (6.0, 0.0), NOW + S
    desk.ask()
    assert "skyline" in bench.kinds()


def test_one_question_of_a_kind_is_under_way_and_a_problem_is_told(mission: Mission, tmp_path: Path) -> None:
    around = Around(mission)
    desk = around.desk
    desk.want_curves(NOW, NOW + S)
    desk.ask()
    desk.want_curves(NOW, NOW + 2 * S)
    around.now_ns += S
    desk.ask()
    assert around.bench.kinds().count("curves") == 1
    assert around.give("curves", {}, "the orbit file has a gap there") == ["the orbit file has a gap there"]
    desk.ask()
    assert around.bench.kinds() == ["curves"] and desk.curves is None
    with pytest.raises(CommandRefusedError, match="have not been computed yet"):
        desk.save_curves(tmp_path / "delays.csv")


def test_curves_that_cannot_be_written_are_told_with_their_file(mission: Mission, tmp_path: Path) -> None:
    around = Around(mission)
    names = ("owlt_up_s", "owlt_down_s", "station_relay_m", "relay_rover_m", "earth_moon_m", "station_relay_m_s",
             "relay_rover_m_s")  # fmt: skip
    import numpy as np

    around.give("curves", {"times_ns": np.array([NOW]), **{n: np.array([1.5]) for n in names}, "station": ["Kashi"],
                           "contact": [True]})  # fmt: skip
    around.desk.save_curves(tmp_path / "delays.csv")
    head, row = (tmp_path / "delays.csv").read_text().splitlines()
    assert head.startswith("utc,station,contact,owlt_up_s") and row.startswith("1970-01-12T13:46:40.000Z,Kashi,yes,1.5")
    with pytest.raises(InputError, match=r"none/delays\.csv: cannot be written: No such file"):
        around.desk.save_curves(tmp_path / "none" / "delays.csv")


def link(parts: list[list[Any]]) -> dict[str, Any]:
    return {"now_ns": NOW, "what": "PING", "passages": [], "housekeeping": None,
            "link": {"station": "Kashi", "up": parts, "down": [["light", S]]}}  # fmt: skip


def test_as_time_goes_by_a_wait_shortens_and_then_all_moves_on(mission: Mission) -> None:
    around = Around(mission)
    around.desk.ask()
    around.give("ways", link([["ground", S], ["waiting for contact", 5 * S, True], ["light", 2 * S]]))
    for later_s, acts_s, waits_s in ((0, 8, 5), (3, 8, 2), (5, 8, 0), (7, 10, 0)):
        around.now_ns = NOW + later_s * S
        now = around.desk.now
        assert now is not None and now.acts_ns == NOW + acts_s * S and now.up.waits_ns == waits_s * S
        assert now.seen_ns == now.acts_ns + S
    around.desk.ask()
    around.give("ways", dict(link([]), link=None))
    assert around.desk.now is None


def command(mission: Mission) -> Command:
    queue = CommandQueue(mission.mdb)
    one = queue.apply(queue.prepare_add(NOW, "PING", {}))
    return queue.apply(queue.prepare_release(NOW, one.id))


# Two seconds of sending, 4 s to the relay, 1 s through it, 2 s to the rover, 1 s to verify, and back.
ANSWER = Housekeeping(NOW + 10 * S, NOW + 11 * S, NOW + 13 * S, NOW + 15 * S, NOW + 19 * S, NOW + 20 * S, "Kashi")
WAY = Passing("relay", "Kashi", NOW + S, NOW + 3 * S, NOW + 7 * S, NOW + 8 * S, NOW + 9 * S, NOW + 10 * S, NOW + 20 * S,
              ANSWER)  # fmt: skip


def at(mission: Mission, seconds: float) -> list[Signal]:
    return command_signals(command(mission), WAY, NOW + round(seconds * S))


def test_a_command_is_where_its_bits_are(mission: Mission) -> None:
    (waiting,) = at(mission, 0.5)
    assert (waiting.first_bit, waiting.last_bit) == (0.0, 0.0) and waiting.note.startswith("leaves")
    (sending,) = at(mission, 2.0)
    assert (sending.first_bit, sending.last_bit) == (0.25, 0.0) and sending.note == "sending 50 %"
    (under_way,) = at(mission, 5.0)
    assert (under_way.first_bit, under_way.last_bit) == (1.0, 0.5) and under_way.note.startswith("at relay")
    # Its first bits go on from the relay before its last has come there, under one name.
    first, second = at(mission, 6.5)
    assert (first.name, second.name) == (under_way.name, "") and second.start is Node.RELAY
    (far,) = at(mission, 8.5)
    assert (far.start, far.end, far.last_bit) == (Node.RELAY, Node.ROVER, 0.5) and not far.known
    (answer,) = at(mission, 12.0)
    assert (answer.start, answer.end, answer.last_bit) == (Node.ROVER, Node.RELAY, 0.5) and "verified" in answer.name
    (kept,) = at(mission, 14.0)
    assert kept.start is Node.RELAY and kept.note.startswith("kept by the relay")
    assert at(mission, 20.5) == []


def test_only_evidence_fills_a_signal(mission: Mission) -> None:
    one = command(mission)
    assert not command_signals(one, WAY, NOW + 5 * S)[0].known
    queue = CommandQueue(mission.mdb)
    one = queue.apply(queue.prepare_add(NOW, "PING", {}))
    one = queue.apply(queue.prepare_release(NOW, one.id))
    queue.learn(StageChange(request_id(one.packet), Stage.SENT, NOW + 3 * S, NOW + 4 * S))
    assert command_signals(one, WAY, NOW + 5 * S)[0].known


def test_housekeeping_under_way_is_counted_on_from_the_last_packet() -> None:
    way = dataclasses.replace(ANSWER).later(-10 * S)  # takes 10 s from its beginning
    last_ns = NOW - 12 * S
    found = housekeeping_signals("HK", way, last_ns, 4.0, NOW)
    # Begun at -8, -4 and 0 s; that of -12 is here.
    assert [signal.note.removeprefix("kept by the relay, ") for signal in found] == [
        "due 13:46:42.0", "due 13:46:46.0", "due 13:46:50.0"]  # fmt: skip
    assert [signal.start for signal in found] == [Node.RELAY, Node.RELAY, Node.ROVER]
    assert housekeeping_signals("HK", way, None, 4.0, NOW) == [] == housekeeping_signals("HK", way, last_ns, 0.0, NOW)


def event(name: str, text: str, t_ns: int) -> Event:
    return Event(t_ns, t_ns, "ground", name, Severity.WATCH, text)


def test_what_went_wrong_has_its_beginning_and_its_end(mission: Mission) -> None:
    kinds = impairment_kinds(mission)
    names = [station.name for station in mission.stations]
    asked = [AskedFor(NOW, "loss", {"probability": 0.3, "leg": "return"}, 60.0)]
    events = [
        event("IMPAIRMENT_BEGAN", "impairment begins: loss 0.3", NOW + S),
        event("IMPAIRMENT_BEGAN", "impairment begins: station_down 1", NOW + 5 * S),
        event("FRAME_RADIATED", "frame 3 radiated", NOW + 6 * S),
        event("IMPAIRMENT_BEGAN", "impairment begins: nonsense 1", NOW + 6 * S),
    ]
    loss, down = impaired(events, asked, kinds, names)
    assert (loss.detail, loss.ends_ns, loss.over) == ("probability 0.3, return", NOW + 60 * S, False)
    assert (down.detail, down.ends_ns) == (names[1], None) and loss.left_s(NOW + 50 * S) == 10.0
    events += [event("IMPAIRMENT_ENDED", "impairment over: loss", NOW + 61 * S)]
    loss, down = impaired(events, asked, kinds, names)
    assert loss.over and loss.ends_ns == NOW + 61 * S and not down.over
    # Of two of a name the one ends whose time it is.
    asked.append(AskedFor(NOW + 10 * S, "loss", {"probability": 0.9, "leg": "return"}, 500.0))
    events.insert(1, event("IMPAIRMENT_BEGAN", "impairment begins: loss 0.9", NOW + 10 * S))
    first, second, _ = impaired(events, asked, kinds, names)
    assert first.over and not second.over


def test_a_desk_of_a_resumed_operation_knows_the_ends_that_were_asked_for(mission: Mission, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    journal.write_impairment(NOW, "fade", {"depth_db": 6.0, "leg": "return"}, 90.0)
    around = Around(mission, journal)
    around.events.append(event("IMPAIRMENT_BEGAN", "impairment begins: fade 6", NOW))
    (fade,) = around.desk.impaired()
    assert fade.ends_ns == NOW + 90 * S and fade.detail == "depth 6, return"
    journal.close()


def test_how_a_delay_is_set_by_hand_is_told_in_words(mission: Mission) -> None:
    def words(times: tuple[int, ...], seconds: tuple[float, ...], jitter_s: float = 0.0) -> str:
        delay = ManualDelay(times, seconds, jitter_s)
        return by_hand_text(dataclasses.replace(mission, link=dataclasses.replace(mission.link, delay=delay)))

    assert words((0,), (1200.0,)) == "20 min one way, fixed"
    assert words((0,), (2.0,), 0.5) == "2 s one way ± 0.5 s"
    assert words((0, 1), (180.0, 1320.0)) == "from a file, 3 min to 22 min one way"
    assert by_hand_text(mission) == ""


def test_the_plan_of_a_resumed_operation_is_the_journals_and_is_asked_first(mission: Mission, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    journal.write_plan(NOW, '[contact]\nexclude = ["Kashi"]\n')
    around = Around(mission, journal)
    assert around.desk.plan.endswith('exclude = ["Kashi"]\n') and around.desk.impaired() == []
    around.desk.want_timeline(NOW, NOW + S)
    around.desk.ask()
    kinds = around.bench.kinds()
    assert kinds[0] == "contact_plan" and "timeline" in kinds
    around.desk.plan_changed("[contact]\n")
    around.bench.open.clear()
    around.desk.ask()
    assert around.bench.kinds()[0] == "contact_plan"
    journal.close()
    assert around.desk.plan == "[contact]\n"
