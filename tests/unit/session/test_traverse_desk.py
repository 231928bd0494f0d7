"""The desk of the traverse: what is asked when, what stays while it is, and that nothing of a draft is lost.

The workshop's jobs run in this process, on made ground, and what they answer crosses as it does between processes.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from roverctl.commanding.queue import CommandQueue, NewCommand
from roverctl.core.errors import CommandRefusedError, InputError, RoverctlError
from roverctl.core.times import SECOND_NS, format_utc, parse_utc
from roverctl.mission.contacts import read_contact_text
from roverctl.session.api.changes import Change, Changes
from roverctl.session.api.draft import Activity, MarkKind, Stop
from roverctl.session.api.outlook import Begin
from roverctl.session.api.session import Message
from roverctl.session.drafting import day_edits, edits
from roverctl.session.drafting.begins import begin_text
from roverctl.session.drafting.draft_file import NAME
from roverctl.session.traverse_desk import TraverseDesk
from roverctl.session.wire import pack, unpack
from roverctl.session.work.bench import Bench
from roverctl.session.work.routes.day import DayWork
from roverctl.session.work.routes.live import RouteWork
from roverctl.session.work.routes.studies import StudyWork
from roverctl.session.work.routes.tracks import TrackWork
from roverctl.traverse.day_plan.file import read_plan
from tests.unit.traverse.made import MISSION, Made, hills

HERE, GOAL = (0.0, 0.0), (40.0, 10.0)
EVENING = parse_utc("2019-01-11T14:00:00Z")


def rough(east: Any, north: Any) -> Any:
    """Hills with a wall of 45° around (40, 60)."""
    away = np.hypot(east - 40.0, north - 60.0)
    return hills(east, north) + np.clip(8.0 - np.abs(away - 10.0), 0.0, None)


class Handwork:
    """A bench whose jobs are done when a test says so, in the order of asking."""

    def __init__(self) -> None:
        ground = Made(rough)
        routes, studies, days = RouteWork(MISSION, ground), StudyWork(MISSION, ground), DayWork(MISSION, ground)
        self.jobs: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "warm": lambda _: {}, "plan": routes.plan, "hold": routes.hold, "follow": routes.follow,
            "alternatives": studies.alternatives, "order": days.order, "reach": studies.reach, "sweep": studies.sweep,
            "day": days.day, "tracks": TrackWork(MISSION, ground).tracks,
        }  # fmt: skip
        self.asked: dict[int, tuple[str, str, bytes]] = {}
        self.number = 0
        self.given_up: list[str] = []

    def ask_aside(self, name: str, kind: str, content: dict[str, Any]) -> int:
        self.number += 1
        self.asked[self.number] = name, kind, pack(content)
        return self.number

    def under_way(self, name: str) -> frozenset[int]:
        return frozenset(number for number, job in self.asked.items() if job[0] == name)

    def give_up(self, name: str) -> None:
        self.given_up.append(name)
        self.asked = {number: job for number, job in self.asked.items() if job[0] != name}

    @property
    def kinds(self) -> list[str]:
        return [kind for _, kind, _ in self.asked.values()]

    def work(self, desk: TraverseDesk, most: int = 100) -> Changes:
        """Do what is asked, and what is asked meanwhile."""
        changes: Changes = set()
        while self.asked and most:
            most -= 1
            number = min(self.asked)
            _, kind, content = self.asked.pop(number)
            try:
                problem, answer = "", pack(self.jobs[kind](unpack(content)))
            except RoverctlError as error:
                problem, answer = str(error), pack({})
            changes |= desk.take(kind, number, problem, unpack(answer))
        return changes


class Desk:
    """A traverse desk with its bench and a queue."""

    def __init__(self, folder: Path) -> None:
        self.bench = Handwork()
        self.queue = CommandQueue(MISSION.mdb)
        self.folder = folder
        self.now_ns = EVENING
        (folder / "routes").mkdir(exist_ok=True)
        self.begin = Begin(HERE, 0.5 * math.pi, EVENING, 0.8, 290.0, 0.0, EVENING - 5 * SECOND_NS)
        self.traverse = TraverseDesk(
            cast(Bench, self.bench), MISSION, lambda: self.begin, lambda: self.now_ns, self._add, folder,
        )  # fmt: skip

    def _add(self, commands: list[NewCommand]) -> Changes:
        for act in self.queue.prepare_all(EVENING, commands):
            self.queue.apply(act)
        return {Change.QUEUE}

    def do(self, edit: Callable[..., Any], *arguments: Any) -> None:
        self.traverse.edit(edit(self.traverse.state.draft, *arguments))

    @property
    def told(self) -> list[str]:
        return [message.text for message in self.traverse.messages if isinstance(message, Message)]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_draft_is_saved_before_anything_is_asked_and_planned_by_the_next_start(desk: Desk) -> None:
    desk.do(edits.set_goal, GOAL)
    assert (desk.folder / NAME).exists() and desk.bench.kinds == ["warm", "plan"]
    again = Desk(desk.folder)  # nothing was answered: the window was killed
    assert again.traverse.state.draft == desk.traverse.state.draft and again.traverse.state.busy
    again.traverse.poll()
    again.bench.work(again.traverse)
    assert again.traverse.state.current


def test_one_plan_is_under_way_and_the_newest_draft_waits(desk: Desk) -> None:
    for east in (20.0, 30.0, 40.0):
        desk.do(edits.set_goal, (east, 0.0))
    assert desk.bench.kinds.count("plan") == 1
    desk.bench.work(desk.traverse, most=2)  # warm, and the first draft's
    state = desk.traverse.state
    assert state.route is not None and not state.current and state.route_of == 1 and state.busy
    with pytest.raises(CommandRefusedError, match="earlier draft"):
        desk.traverse.queue()
    desk.bench.work(desk.traverse)
    state = desk.traverse.state
    assert (
        state.current and state.route is not None and state.route.waypoints[-1] == pytest.approx((40.0, 0.0), abs=0.6)
    )


def test_a_goal_in_a_hazard_keeps_draft_and_route_and_offers_free_ground(desk: Desk) -> None:
    desk.do(edits.set_goal, GOAL)
    desk.bench.work(desk.traverse)
    good = desk.traverse.state.route
    desk.do(edits.move_stop, 0, (40.0, 43.0))
    desk.bench.work(desk.traverse)
    state = desk.traverse.state
    assert state.route is good and not state.current and not state.busy and "hazard" in state.problem
    assert state.draft.goal_m == (40.0, 43.0) and state.offer_m is not None and state.offer_stop == 0
    desk.do(edits.move_stop, 0, state.offer_m)
    desk.bench.work(desk.traverse)
    assert desk.traverse.state.current and desk.traverse.state.problem == ""


def test_an_unreachable_goal_and_one_far_outside_are_told_and_undone(desk: Desk) -> None:
    desk.do(edits.set_goal, GOAL)
    desk.bench.work(desk.traverse)
    for place in ((40.0, 60.0), (3e6, 0.0)):
        desk.do(edits.set_goal, place)
        desk.bench.work(desk.traverse)
        assert desk.traverse.state.problem and desk.traverse.state.draft.goal_m == place
        desk.traverse.undo()
    desk.bench.work(desk.traverse)
    assert desk.traverse.state.current and desk.traverse.state.problem == ""


def test_a_departure_at_night_is_told_and_the_draft_kept(desk: Desk) -> None:
    desk.do(edits.set_goal, GOAL)
    desk.do(edits.set_departure, parse_utc("2019-01-20T00:00:00Z"))
    desk.bench.work(desk.traverse)
    assert "night" in desk.traverse.state.problem or "Sun" in desk.traverse.state.problem
    assert desk.traverse.state.draft.goal_m == GOAL


def test_a_planner_that_is_gone_is_told_and_the_next_edit_plans_anew(desk: Desk) -> None:
    desk.do(edits.set_goal, GOAL)
    desk.bench.asked.clear()
    desk.traverse.poll()
    assert "stopped" in desk.traverse.state.problem and not desk.traverse.state.busy
    desk.do(edits.set_goal, (30.0, 0.0))
    desk.bench.work(desk.traverse)
    assert desk.traverse.state.current


def test_the_line_follows_the_hand_and_its_cost_is_the_plans_own(desk: Desk) -> None:
    desk.do(edits.set_goal, GOAL)
    desk.bench.work(desk.traverse)
    desk.traverse.follow(0, False, (30.0, 20.0))
    desk.traverse.follow(0, False, (25.0, 25.0))  # the newest place counts
    desk.bench.work(desk.traverse)
    line = desk.traverse.state.line
    assert line is not None and line.place_m == (25.0, 25.0)
    desk.do(edits.move_stop, 0, (25.0, 25.0))
    desk.traverse.follow(0, False, None)
    desk.bench.work(desk.traverse)
    state = desk.traverse.state
    assert state.route is not None and state.line is None and state.current
    # The line goes over the grid's nodes, the route is smoothed: never dearer, hardly cheaper.
    assert state.route.cost <= line.cost * (1 + 1e-9) and state.route.cost > 0.9 * line.cost


def test_a_command_carries_its_route_and_no_longer_matches_once_the_route_is_edited(desk: Desk) -> None:
    desk.do(edits.set_goal, GOAL)
    desk.bench.work(desk.traverse)
    desk.traverse.queue()
    command, route = desk.queue.commands[0], desk.traverse.route
    assert command.comment == f"route {route.sha256}" and desk.traverse.matches(command)
    assert (desk.folder / "routes" / f"R-{route.sha256[:16]}.geojson").exists()
    desk.do(edits.name_stop, 0, "rock")
    assert desk.traverse.matches(command)
    desk.do(edits.move_stop, 0, (30.0, 20.0))
    desk.bench.work(desk.traverse)
    assert not desk.traverse.matches(command)
    desk.traverse.undo()
    desk.traverse.undo()
    desk.bench.work(desk.traverse)
    assert desk.traverse.matches(command)


def test_a_departure_before_a_nap_makes_a_drive_on_either_side_of_it(desk: Desk) -> None:
    """The Sun rises to 34° a quarter of an hour after the departure."""
    desk.now_ns = parse_utc("2019-01-03T11:49:21Z") - 900 * SECOND_NS
    desk.do(edits.set_departure, desk.now_ns)
    desk.do(edits.set_goal, (90.0, 30.0))
    desk.bench.work(desk.traverse)
    desk.traverse.queue()
    commands = desk.queue.commands
    assert [c.name for c in commands] == ["FOLLOW_ROUTE", "SET_MODE", "SET_MODE", "FOLLOW_ROUTE"]
    assert [c.not_before_ns is None for c in commands] == [True, True, False, False]  # the departure is now
    assert commands[2].not_before_ns == commands[3].not_before_ns and all(c.after_done for c in commands)
    assert format_utc(commands[2].not_before_ns or 0).startswith("2019-01-09T12:0")
    assert all(desk.traverse.matches(command) for command in commands)
    desk.do(edits.move_stop, 0, (90.0, 20.0))
    desk.bench.work(desk.traverse)
    assert [desk.traverse.matches(command) for command in commands] == [False, True, True, False]


def test_a_departure_that_lies_ahead_is_its_commands_time(desk: Desk) -> None:
    desk.do(edits.set_departure, EVENING + 600 * SECOND_NS)
    desk.do(edits.set_goal, GOAL)
    desk.bench.work(desk.traverse)
    desk.traverse.queue()
    (command,) = desk.queue.commands
    assert command.not_before_ns == EVENING + 600 * SECOND_NS and not command.held
    assert desk.traverse.matches(command)


def test_a_departure_that_has_passed_is_no_command_and_goes_with_the_route(desk: Desk) -> None:
    desk.do(edits.set_departure, EVENING)
    desk.do(edits.set_goal, GOAL)
    desk.bench.work(desk.traverse)
    desk.now_ns = EVENING + SECOND_NS
    with pytest.raises(CommandRefusedError, match="14:00:00Z has passed; choose another or leave it open"):
        desk.traverse.queue()
    assert not desk.queue.commands
    desk.do(edits.clear_stops)
    assert desk.traverse.state.draft.depart_ns is None


def test_a_route_and_a_sweep_depart_with_what_the_rover_has_by_then(desk: Desk) -> None:
    desk.begin = replace(desk.begin, charge=0.4)
    charges = []
    for after_s in (0, 4 * 3600):  # the Sun charges it meanwhile
        desk.do(edits.set_departure, EVENING + after_s * SECOND_NS)
        desk.do(edits.set_goal, GOAL)
        desk.bench.work(desk.traverse)
        route = desk.traverse.route
        assert route.times is not None
        charges.append(route.times.lowest_charge)
        assert route.strips["charge"][0] == pytest.approx(100.0 * charges[-1], abs=3.0)
    assert charges[0] == pytest.approx(0.4, abs=0.02) and charges[1] > charges[0] + 0.05
    desk.traverse.sweep(EVENING)
    desk.bench.work(desk.traverse)
    sweep = desk.traverse.state.studies.sweep
    assert sweep is not None
    assert sweep.departures[0].lowest_charge == pytest.approx(charges[0], abs=0.02)
    near = min(sweep.departures, key=lambda departure: abs(departure.depart_ns - EVENING - 4 * 3600 * SECOND_NS))
    assert near.lowest_charge == pytest.approx(charges[1], abs=0.03)


@pytest.mark.parametrize(
    ("at", "charge", "told"),
    [
        ("2019-01-11T14:00:00Z", 0.8, ""),
        ("2019-01-11T14:00:00Z", 0.0, "The battery has 0 %, plans keep"),
        ("2019-01-20T00:00:00Z", 0.8, "2019-01-20T00:00:00Z is at night: the Sun stands at -"),
        ("2019-01-06T00:00:00Z", 0.8, "2019-01-06T00:00:00Z is in the noon nap: the Sun stands at"),
    ],
)
def test_an_open_departure_at_night_at_noon_or_without_charge_is_told(
    desk: Desk, at: str, charge: float, told: str
) -> None:
    desk.begin = replace(desk.begin, t_ns=parse_utc(at), charge=charge)
    desk.do(edits.set_goal, GOAL)
    desk.bench.work(desk.traverse)
    notices = desk.traverse.route.notices
    assert told in "".join(notices) and bool(notices) == bool(told)
    if "the Sun" in told:
        # It is the sentence of a plan that begins then.
        assert "the vehicle" in notices[-1] and "again from 2019-01-" in notices[-1]


def test_before_anything_has_come_from_the_rover_night_is_told_by_the_clock(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "begin", None)
    desk.now_ns = parse_utc("2019-01-20T00:00:00Z")
    desk.do(edits.set_goal, GOAL)
    desk.bench.work(desk.traverse)
    assert "2019-01-20T00:00:00Z is at night" in desk.traverse.route.notices[0]


def test_a_far_goal_is_told_in_lunar_days_with_their_nights(desk: Desk) -> None:
    desk.do(edits.set_goal, GOAL)
    desk.bench.work(desk.traverse)
    assert desk.traverse.route.rests_s == 0.0
    desk.do(edits.set_goal, (30_000.0, 0.0))
    desk.bench.work(desk.traverse)
    route = desk.traverse.route
    assert "of driving" in route.notices[-1] and "lunar days" in route.notices[-1]
    days = (route.duration_s + route.rests_s) / (29.530588 * 86_400.0)
    assert f"{days:,.1f} lunar days" in route.notices[-1] and days > 1.0


def test_the_best_order_is_one_step_and_leaves_locked_stops(desk: Desk) -> None:
    for east in (10.0, 30.0, 20.0, 40.0):
        desk.do(edits.insert_stop, len(desk.traverse.state.draft.stops), (east, 0.0))
    desk.traverse.order()
    desk.bench.work(desk.traverse)
    assert [stop.place_m[0] for stop in desk.traverse.state.draft.stops] == [10.0, 20.0, 30.0, 40.0]
    assert desk.traverse.state.undo_word == "optimise the order"
    desk.traverse.undo()
    desk.do(edits.lock_stop, 1, True)
    desk.traverse.order()
    desk.bench.work(desk.traverse)
    assert [stop.place_m[0] for stop in desk.traverse.state.draft.stops] == [10.0, 30.0, 20.0, 40.0]


def test_the_alternative_of_the_drafts_own_objective_has_the_routes_own_figures(desk: Desk) -> None:
    desk.do(edits.set_goal, GOAL)
    desk.traverse.compare()
    desk.bench.work(desk.traverse)
    route, rows = desk.traverse.route, desk.traverse.state.studies.alternatives
    assert rows is not None and {row.objective for row in rows} >= {"time", "distance", "risk"}
    same = next(row for row in rows if row.objective == "time")
    assert same.figures["distance_m"] == pytest.approx(route.distance_m)
    assert same.figures["max_slope_deg"] == pytest.approx(route.max_slope_deg)
    shortest = next(row for row in rows if row.objective == "distance")
    assert shortest.figures["distance_m"] <= 1.01 * same.figures["distance_m"]
    desk.do(edits.move_stop, 0, (30.0, 20.0))
    assert desk.traverse.state.studies.alternatives is None  # they were of another way


def test_compared_departures_stay_while_only_the_chosen_one_changes(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    found = {"departures": [], "latest_safe": None, "safe_place_m": [0.0, 0.0], "safe_place_text": "here"}
    desk.bench.jobs["sweep"] = lambda _: found
    desk.do(edits.set_goal, GOAL)
    desk.traverse.sweep(EVENING)
    desk.do(edits.set_departure, EVENING)  # while it is worked out
    desk.bench.work(desk.traverse)
    kept = desk.traverse.state.studies.sweep
    assert kept is not None
    desk.do(edits.set_departure, EVENING + 600 * SECOND_NS)
    assert desk.traverse.state.studies.sweep is kept
    desk.do(edits.set_need_contact, True)
    assert desk.traverse.state.studies.sweep is None


def test_the_reach_is_asked_anew_when_a_zone_is_drawn_and_not_when_a_stop_moves(desk: Desk) -> None:
    desk.traverse.reach((300.0,))
    desk.bench.work(desk.traverse)
    before = desk.traverse.state.studies.reach
    assert before is not None and {line[0] for line in before.lines} == {300.0}
    desk.do(edits.set_goal, GOAL)
    assert "reach" not in desk.bench.kinds and desk.traverse.state.studies.reach is before
    desk.do(edits.add_mark, MarkKind.KEEP_OUT, ((5.0, -20.0), (7.0, -20.0), (7.0, 20.0), (5.0, 20.0)))
    desk.bench.work(desk.traverse)
    after = desk.traverse.state.studies.reach
    assert after is not None and max(line[1].max() for line in after.lines) < max(
        line[1].max() for line in before.lines
    )


# A lunar day
def day_of(desk: Desk) -> None:
    desk.do(edits.set_goal, GOAL)
    desk.do(day_edits.add_activity, 0, "panorama")
    desk.do(day_edits.add_activity, 1, "spectrum")
    desk.traverse.look_at_day(True)
    desk.bench.work(desk.traverse)


def test_a_plan_begins_where_and_when_the_rover_is_predicted_after_what_comes_before_it(desk: Desk) -> None:
    later = EVENING + 40 * 60 * SECOND_NS
    desk.begin = Begin((8.0, -3.0), 0.0, later, 0.63, 288.0, 50e6, EVENING, after=2, predicted=True)
    day_of(desk)
    day, route = desk.traverse.state.day, desk.traverse.state.route
    assert day.view is not None and route is not None and day.begin == desk.traverse.state.begin == desk.begin
    assert (route.east_m[0], route.north_m[0]) == (8.0, -3.0)
    assert day.view.start_ns == later and day.view.charge[0] == pytest.approx(0.63)
    assert day.view.memory_mb[0] == pytest.approx(50.0)
    assert begin_text(day.begin).startswith(
        "Begins after the 2 commands before it, where the rover is predicted: 8.0 m"
    )
    # A departure that is too early is told, one that lies ahead kept, the battery charged until then.
    desk.do(edits.set_departure, EVENING + 60 * SECOND_NS)
    desk.bench.work(desk.traverse)
    view = desk.traverse.state.day.view
    assert view is not None and view.start_ns == later and "is too early" in view.notes[0]
    desk.do(edits.set_departure, later + 3600 * SECOND_NS)
    desk.bench.work(desk.traverse)
    view = desk.traverse.state.day.view
    assert view is not None and view.start_ns == later + 3600 * SECOND_NS and view.notes == ()
    assert 0.64 < view.charge[0] < 0.9
    desk.begin = replace(desk.begin, mode="NOON_NAP")
    desk.do(edits.set_departure, None)
    desk.bench.work(desk.traverse)
    view = desk.traverse.state.day.view
    assert view is not None and "in NOON_NAP then and refuses" in view.notes[0]


def test_a_plan_from_where_the_rover_will_not_be_is_made_anew_instead_of_commands(desk: Desk) -> None:
    day_of(desk)
    desk.begin = replace(desk.begin, place_m=(5.0, 5.0), after=1, predicted=True)
    for queue in (desk.traverse.queue, desk.traverse.queue_day):
        with pytest.raises(CommandRefusedError, match=r"7\.1 m from where the rover will be"):
            queue()
        assert not desk.queue.commands
        desk.bench.work(desk.traverse)
        queue()
        desk.queue.commands.clear()
    assert desk.traverse.route.east_m[0] == 5.0
    view = desk.traverse.state.day.view
    assert view is not None and view.commands


def test_without_a_prediction_it_begins_at_the_last_known_place_and_says_how_old_that_is(desk: Desk) -> None:
    assert begin_text(desk.begin) == "Begins at the last known place, 5 s old."
    assert begin_text(replace(desk.begin, after=1)).startswith("▲ Begins at the last known place, 5 s old: where the")
    assert "Nothing has come" in begin_text(None)


def test_a_day_that_commands_in_a_gap_waits_for_contact_in_one_step_and_by_itself_in_its_best_order(desk: Desk) -> None:
    gap_ns = parse_utc("2019-02-01T21:20:00Z")  # contact again at 21:59:22
    desk.begin = replace(desk.begin, t_ns=gap_ns)
    day_of(desk)
    view = desk.traverse.state.day.view
    assert view is not None and view.refused and view.waits == ((0, 0, None),)
    desk.traverse.wait_for_contact()
    assert desk.traverse.state.undo_word == "wait for contact"
    desk.bench.work(desk.traverse)
    view = desk.traverse.state.day.view
    assert view is not None and not view.refused and view.violations == () and view.waits == ()
    assert format_utc(view.commands[0].not_before_ns or 0, 0) == "2019-02-01T21:59:22Z"
    with pytest.raises(InputError, match="nothing to wait for"):
        desk.traverse.wait_for_contact()
    desk.traverse.undo()
    for place in ((30.0, 0.0), (10.0, 0.0)):
        desk.do(edits.insert_stop, 0, place)
    desk.traverse.order()
    desk.bench.work(desk.traverse)
    draft = desk.traverse.state.draft
    assert draft.here.activities == (Activity("wait"), Activity("panorama"))
    assert [stop.place_m[0] for stop in draft.stops] == [10.0, 30.0, 40.0]
    assert desk.traverse.state.undo_word == "optimise the order"
    view = desk.traverse.state.day.view
    assert view is not None and not view.refused


def test_a_day_goes_by_the_contact_plan_in_force(desk: Desk) -> None:
    day_of(desk)
    assert desk.traverse.state.day.view is not None and desk.traverse.state.day.view.violations == ()
    # As its process does when another plan is told it.
    names = ", ".join(f'"{station.name}"' for station in MISSION.stations)
    rules = read_contact_text(f"[contact]\nexclude = [{names}]\n", MISSION.stations)
    desk.bench.jobs["day"] = DayWork(replace(MISSION, contact=rules), Made(rough)).day
    desk.traverse.contacts_changed()
    assert not desk.traverse.state.day.current
    desk.bench.work(desk.traverse)
    view = desk.traverse.state.day.view
    assert view is not None and "not again before night" in view.violations[0].text and view.contact.max() == 0.0
    assert view.waits == ()  # there is nothing to wait for


def test_a_day_is_worked_out_only_while_it_is_looked_at(desk: Desk) -> None:
    desk.do(edits.set_goal, GOAL)
    assert "day" not in desk.bench.kinds
    desk.traverse.look_at_day(True)
    assert "day" in desk.bench.kinds
    desk.bench.work(desk.traverse)
    day = desk.traverse.state.day
    assert day.current and day.view is not None and [item.kind for item in day.view.items] == ["drive"]
    assert day.view.at_ns[0] == EVENING == day.view.start_ns and day.view.at_ns[-1] == pytest.approx(day.view.end_ns)
    assert day.view.charge[0] == pytest.approx(0.8) and day.view.memory_mb[0] == 0.0
    desk.traverse.look_at_day(False)
    desk.do(day_edits.add_activity, 0, "panorama")
    assert "day" not in desk.bench.kinds and not desk.traverse.state.day.current
    desk.traverse.look_at_day(True)
    desk.bench.work(desk.traverse)
    assert desk.traverse.state.day.current


def test_a_days_commands_are_those_of_the_same_plan_on_the_command_line(desk: Desk) -> None:
    day_of(desk)
    desk.traverse.queue_day()
    assert [command.name for command in desk.queue.commands] == [
        "PCAM_PANORAMA", "SEND_PRODUCTS", "FOLLOW_ROUTE", "VNIS_SPECTRUM", "SEND_PRODUCTS",
    ]  # fmt: skip
    drive = desk.queue.commands[2]
    view = desk.traverse.state.day.view
    assert view is not None and drive.comment.startswith("route ") and desk.traverse.matches(drive)
    file = desk.folder / "day.geojson"
    desk.traverse.save_day(file)
    from roverctl.traverse.day_plan.commands import commands_of
    from roverctl.traverse.day_plan.evaluating import evaluate
    from roverctl.traverse.day_plan.legs import legs_of

    plan, ground = read_plan(file, MISSION), Made(rough)
    made = commands_of(MISSION, evaluate(ground, MISSION, plan, legs_of(ground, MISSION, plan, {})))
    assert [(c.name, c.comment) for c in made] == [(c.name, c.comment) for c in desk.queue.commands]
    desk.do(edits.move_stop, 0, (30.0, 20.0))
    desk.bench.work(desk.traverse)
    assert not desk.traverse.matches(drive)


def test_a_days_drives_are_known_again_after_a_restart_without_its_page_and_outdated_by_an_edit(desk: Desk) -> None:
    day_of(desk)
    desk.traverse.queue_day()
    drive = desk.queue.commands[2]
    again = Desk(desk.folder)
    assert again.traverse.matches(drive)
    for _ in range(100):
        again.traverse.poll()
        again.bench.work(again.traverse)
    assert again.traverse.state.route is not None and again.traverse.state.day.view is None
    assert again.traverse.matches(drive)
    again.do(edits.move_stop, 0, (30.0, 20.0))
    assert not again.traverse.matches(drive)
    again.do(edits.clear_stops)  # another traverse, of which the drive is none
    again.do(edits.set_goal, (10.0, 10.0))
    assert again.traverse.matches(drive)
    again.traverse.undo()
    again.traverse.undo()
    assert not again.traverse.matches(drive)


def test_a_command_of_a_day_that_must_not_leave_before_a_time_has_that_time(desk: Desk) -> None:
    day_of(desk)
    desk.do(day_edits.add_activity, 1, "charge")
    desk.bench.work(desk.traverse)
    desk.traverse.queue_day()
    end = desk.queue.commands[-1]
    assert (end.name, end.arguments, end.held) == ("SET_MODE", {"mode": "IDLE"}, False)
    view = desk.traverse.state.day.view
    assert view is not None and format_utc(end.not_before_ns or 0, 0) == format_utc(view.end_ns, 0)
    assert all(command.not_before_ns is None for command in desk.queue.commands[:-1])
    assert all(command.after_done for command in desk.queue.commands)


def test_a_day_that_breaks_a_limit_needs_a_waiver_which_goes_into_every_comment_and_lasts_for_that_day(
    desk: Desk,
) -> None:
    day_of(desk)
    desk.do(day_edits.add_activity, 1, "nap")  # in the evening the Sun does not rise to it again
    desk.bench.work(desk.traverse)
    view = desk.traverse.state.day.view
    assert view is not None and [violation.key for violation in view.violations] == ["day nap-1"]
    with pytest.raises(CommandRefusedError, match="breaks a limit"):
        desk.traverse.queue_day()
    plans = desk.bench.number
    desk.do(edits.waive, "day nap-1", "Li", "a pause")
    assert desk.traverse.state.current  # the route is as it was
    desk.bench.work(desk.traverse)
    assert desk.bench.number == plans + 1
    desk.traverse.queue_day()
    assert all(command.comment.endswith("day nap-1 waived by Li: a pause") for command in desk.queue.commands)
    desk.do(day_edits.add_activity, 1, "radar")
    assert desk.traverse.state.draft.waivers == ()


def test_a_days_drives_keep_out_of_what_is_drawn_also_when_the_plan_is_opened_from_its_file(desk: Desk) -> None:
    day_of(desk)
    before = desk.traverse.state.day.view
    desk.do(edits.add_mark, MarkKind.KEEP_OUT, ((15.0, -10.0), (25.0, -10.0), (25.0, 20.0), (15.0, 20.0)))
    desk.bench.work(desk.traverse)
    after = desk.traverse.state.day.view
    assert before is not None and after is not None
    assert after.totals["distance_m"] > before.totals["distance_m"] + 5.0
    file = desk.folder / "day.geojson"
    desk.traverse.save_day(file)
    assert [(a.kind, a.name) for a in read_plan(file, MISSION).annotations] == [(MarkKind.KEEP_OUT, "keep-out 1")]


def test_a_day_without_a_way_is_told_and_the_last_one_stays(desk: Desk) -> None:
    day_of(desk)
    good = desk.traverse.state.day.view
    desk.do(edits.set_goal, (40.0, 60.0))
    desk.bench.work(desk.traverse)
    day = desk.traverse.state.day
    assert day.view is good and not day.current and "drive from 'start' to 'goal'" in day.problem
    with pytest.raises(CommandRefusedError, match="drive from"):
        desk.traverse.queue_day()


def test_a_plan_opened_from_a_file_is_one_step_and_a_bad_one_changes_nothing(desk: Desk) -> None:
    day_of(desk)
    file, draft = desk.folder / "day.geojson", desk.traverse.state.draft
    desk.traverse.save_day(file)
    desk.do(edits.clear_stops)
    desk.traverse.open_day(file)
    found = desk.traverse.state.draft
    assert (found.stops, found.here) == (draft.stops, draft.here)
    assert desk.traverse.state.undo_word == "open day.geojson"
    file.write_text('{"type": "FeatureCollection", "plan": {}, "features": []}')
    with pytest.raises(InputError, match=r"day.geojson: plan.name"):
        desk.traverse.open_day(file)
    assert desk.traverse.state.draft == found


# Tracks
def test_a_track_is_shown_checked_by_the_drafts_limits_closed_and_restored(desk: Desk) -> None:
    file = desk.folder / "drive.csv"
    file.write_text("name,east,north\na,0,0\na,20,5\na,40,10\n")
    desk.traverse.open_tracks(file)
    desk.bench.work(desk.traverse)
    (track,) = desk.traverse.state.tracks
    assert track.length_m == pytest.approx(2 * np.hypot(20, 5)) and track.figures["drive_s"] > 0
    gentle = track.figures["broken"]
    desk.do(edits.set_max_slope, math.radians(1.0))
    desk.bench.work(desk.traverse)
    assert desk.traverse.state.tracks[0].figures["broken"] > gentle
    again = Desk(desk.folder)
    again.traverse.poll()
    again.bench.work(again.traverse)
    assert [t.name for t in again.traverse.state.tracks] == [track.name]
    again.do(edits.close_track, track.source)
    assert again.traverse.state.tracks == ()


def test_a_track_that_cannot_be_read_is_told(desk: Desk) -> None:
    desk.do(edits.open_track, str(desk.folder / "none.csv"))
    desk.bench.work(desk.traverse)
    assert desk.traverse.state.tracks == () and any("none.csv" in text for text in desk.told)


def test_imported_marks_are_one_step_and_what_cannot_be_taken_is_told(desk: Desk) -> None:
    desk.do(edits.add_mark, MarkKind.KEEP_OUT, ((0.0, 5.0), (3.0, 5.0), (3.0, 8.0)))
    file = desk.folder / "zones.geojson"
    desk.traverse.export_marks(file)
    desk.traverse.import_marks(file)
    marks = desk.traverse.state.draft.marks
    assert [mark.name for mark in marks] == ["keep-out 1", "keep-out 1 (2)"]
    assert np.allclose(marks[0].rings_m, marks[1].rings_m, atol=1e-4)
    file.write_text(file.read_text().replace('"Polygon"', '"Circle"'))
    with pytest.raises(InputError, match="no zone or point"):
        desk.traverse.import_marks(file)
    assert any("Circle is no annotation" in text for text in desk.told)


def test_with_a_stop_more_the_hand_holds_what_would_be_inserted(desk: Desk) -> None:
    desk.traverse.edit(replace_stops(desk, (Stop((20.0, 0.0)), Stop(GOAL))))
    desk.bench.work(desk.traverse)
    desk.traverse.follow(1, True, (30.0, -5.0))
    desk.bench.work(desk.traverse)
    line = desk.traverse.state.line
    assert (
        line is not None
        and line.east_m[0] == pytest.approx(20.0, abs=0.6)
        and line.east_m[-1] == pytest.approx(GOAL[0], abs=0.6)
    )


def replace_stops(desk: Desk, stops: tuple[Stop, ...]) -> Any:
    from roverctl.session.api.draft import Edit

    return Edit("stops", replace(desk.traverse.state.draft, stops=stops))
