"""Drafts: edits and their words, undo and redo, the file in the operation folder, a lunar day's plan and back."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roverctl.core.errors import InputError
from roverctl.core.times import parse_utc
from roverctl.session.api.draft import Activity, Draft, Edit, MarkKind, Stop, Waiver
from roverctl.session.drafting import day_edits, edits
from roverctl.session.drafting.day_plans import day_plan_of, open_plan
from roverctl.session.drafting.draft_file import NAME, read_draft, write_draft
from roverctl.session.drafting.history import MOST_STEPS, DraftHistory
from roverctl.traverse.day_plan.file import plan_from_geojson, plan_to_geojson
from tests.unit.traverse.made import MISSION

EMPTY = Draft(max_slope_rad=0.26)
THREE = replace(EMPTY, stops=(Stop((10.0, 0.0)), Stop((20.0, 5.0), "rock"), Stop((30.0, 0.0))))
SQUARE = ((0.0, 0.0), (5.0, 0.0), (5.0, 5.0), (0.0, 5.0))
NOON = parse_utc("2019-01-11T12:00:00Z")
HERE = (1.0, 2.0)

coordinate = st.floats(-1e4, 1e4, allow_nan=False)
activity = st.one_of(
    st.builds(Activity, st.just("panorama"), st.integers(1, 112).map(float)),
    st.builds(Activity, st.just("charge"), st.floats(0.0, 1.0)),
    st.builds(Activity, st.just("nap"), st.none() | st.floats(60.0, 1e5)),
)
stop = st.builds(
    Stop, st.tuples(coordinate, coordinate), st.sampled_from(["", "rock", "Ränder", "石"]), st.booleans(),
    st.lists(activity, max_size=3).map(tuple),
)  # fmt: skip
drafts = st.builds(
    Draft, stops=st.lists(stop, max_size=5).map(tuple), objective=st.sampled_from(["time", "risk"]),
    max_slope_rad=st.floats(0.02, 0.5), depart_ns=st.none() | st.integers(NOON, NOON + 10**15),
    need_contact=st.booleans(),
)  # fmt: skip


def test_each_edit_leaves_the_draft_before_it_as_it_was_and_says_what_it_does() -> None:
    steps = [
        (edits.set_goal(EMPTY, (1.0, 1.0)), "set the goal"),
        (edits.move_stop(THREE, 0, (11.0, 1.0)), "move waypoint 1"),
        (edits.move_stop(THREE, 1, (11.0, 1.0)), "move 'rock'"),
        (edits.insert_stop(THREE, 1, (15.0, 1.0)), "insert waypoint 2"),
        (edits.remove_stop(THREE, 2), "remove the goal"),
        (edits.reorder_stop(THREE, 2, 0), "reorder the goal"),
        (edits.lock_stop(THREE, 0, True), "lock waypoint 1"),
        (day_edits.add_activity(THREE, 2, "panorama"), "panorama at rock"),
        (edits.add_mark(THREE, MarkKind.KEEP_OUT, SQUARE), "draw keep-out 1"),
    ]
    assert [edit.word for edit, _ in steps] == [word for _, word in steps]
    assert [stop.name for stop in THREE.stops] == ["", "rock", ""]
    assert [stop.place_m[0] for stop in steps[5][0].draft.stops] == [30.0, 10.0, 20.0]


def test_a_locked_stop_stays_where_it_is() -> None:
    locked = edits.lock_stop(THREE, 1, True).draft
    refused = "'rock' is locked; unlock it first"
    with pytest.raises(InputError, match=refused):
        edits.move_stop(locked, 1, HERE)
    with pytest.raises(InputError, match=refused):
        edits.remove_stop(locked, 1)
    with pytest.raises(InputError, match=refused):
        edits.reorder_stop(locked, 1, 0)


@pytest.mark.parametrize("place", [(math.nan, 0.0), (0.0, math.inf)])
def test_a_place_that_is_none_is_refused(place: tuple[float, float]) -> None:
    with pytest.raises(InputError, match="no place"):
        edits.set_goal(EMPTY, place)


@given(st.lists(st.sampled_from(["do", "undo", "redo"]), max_size=60))
def test_undo_and_redo_walk_the_drafts_as_a_list_with_a_cursor_does(acts: list[str]) -> None:
    history, plain, at = DraftHistory(EMPTY), [EMPTY], 0
    for number, act in enumerate(acts):
        if act == "do":
            draft = replace(EMPTY, stops=(Stop((float(number), 0.0)),))
            assert history.do(Edit(f"step {number}", draft))
            plain, at = [*plain[: at + 1], draft], at + 1
        elif act == "undo":
            assert history.undo() is (at > 0)
            at = max(at - 1, 0)
        else:
            assert history.redo() is (at + 1 < len(plain))
            at = min(at + 1, len(plain) - 1)
        assert history.now == plain[at]
        assert bool(history.undo_word) is (at > 0) and bool(history.redo_word) is (at + 1 < len(plain))


def test_the_history_is_bounded_and_an_edit_that_changes_nothing_is_no_step() -> None:
    history = DraftHistory(EMPTY)
    assert not history.do(Edit("nothing", EMPTY))
    for number in range(MOST_STEPS + 50):
        history.do(Edit("step", replace(EMPTY, stops=(Stop((float(number), 0.0)),))))
    undone = 0
    while history.undo():
        undone += 1
    assert undone == MOST_STEPS


@given(drafts)
def test_a_draft_comes_back_from_its_file_as_it_was(tmp_path_factory: pytest.TempPathFactory, draft: Draft) -> None:
    folder = tmp_path_factory.mktemp("draft")
    write_draft(folder, draft)
    assert read_draft(folder, EMPTY) == (draft, "")


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"version": 1}', '{"version": 9, "draft": {}}', '{"version": 1, "draft": {"max_slope_rad": 1e999}}',
     '{"version": 1, "draft": {"stops": [{"place_m": [1, 2], "activities": [{"kind": "dance"}]}]}}',
     '{"version": 1, "draft": {"stops": [{"place_m": [1]}]}}', "\x00" * 64, "[" * 5000],
)  # fmt: skip
def test_a_damaged_draft_is_told_and_put_aside_not_written_over(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_text(text)
    draft, problem = read_draft(tmp_path, EMPTY)
    assert draft is EMPTY and "cannot be read" in problem and "damaged" in problem
    assert (tmp_path / "draft.damaged.json").read_text() == text


# A lunar day
def test_activities_are_added_moved_between_places_changed_and_removed() -> None:
    draft = THREE
    for place, kind in ((0, "panorama"), (2, "spectrum"), (2, "radar")):
        draft = day_edits.add_activity(draft, place, kind).draft
    draft = day_edits.move_activity(draft, 2, 1, 0, 0).draft
    assert [a.kind for a in draft.here.activities] == ["radar", "panorama"]
    draft = day_edits.move_activity(draft, 0, 0, 0, 2).draft
    assert [a.kind for a in draft.here.activities] == ["panorama", "radar"]
    draft = day_edits.change_amount(draft, 0, 1, 60.0).draft
    assert draft.here.activities[1].amount == 60.0
    draft = day_edits.remove_activity(draft, 2, 0).draft
    assert draft.stops[1].activities == ()
    with pytest.raises(InputError, match="frames must lie between"):
        day_edits.change_amount(draft, 0, 0, 1000.0)


@given(drafts)
def test_a_draft_saved_as_a_days_plan_and_opened_again_is_the_same_locks_too(draft: Draft) -> None:
    drawn = edits.add_mark(draft, MarkKind.NOTE, ((3.0, 4.0),), text="look here").draft
    text = plan_to_geojson(day_plan_of(drawn, HERE, NOON), MISSION)
    plan = plan_from_geojson(text, MISSION, "day.geojson")
    opened, apart_m = open_plan(EMPTY, plan, HERE, 0.3, "day.geojson")
    assert apart_m == 0.0
    wanted = replace(drawn, depart_ns=NOON if drawn.depart_ns is None else drawn.depart_ns)
    found = replace(opened.draft, serial=drawn.serial)  # what is opened is another traverse
    assert opened.draft.serial == EMPTY.serial + 1
    assert found.max_slope_rad == pytest.approx(wanted.max_slope_rad, abs=1e-8)
    assert math.dist(found.marks[0].rings_m[0][0], (3.0, 4.0)) < 1e-4
    assert replace(found, max_slope_rad=0.0, marks=()) == replace(wanted, max_slope_rad=0.0, marks=())


def test_a_plan_that_begins_elsewhere_keeps_its_first_stop() -> None:
    plan = day_plan_of(day_edits.add_activity(THREE, 0, "panorama").draft, HERE, NOON)
    opened, apart_m = open_plan(EMPTY, plan, (51.0, 2.0), 0.3, "day.geojson")
    assert apart_m == pytest.approx(50.0)
    assert [stop.name for stop in opened.draft.stops] == ["start", "waypoint 1", "rock", ""]
    assert opened.draft.stops[0].activities == (Activity("panorama"),)


def test_a_sunny_route_is_no_days_plan() -> None:
    with pytest.raises(InputError, match="sunniest is for one route"):
        day_plan_of(replace(THREE, objective="sun"), HERE, NOON)


def test_what_a_route_depends_on_leaves_names_notes_and_a_days_waivers_out() -> None:
    same = edits.name_stop(THREE, 0, "ledge").draft
    same = edits.add_mark(same, MarkKind.NOTE, ((0.0, 0.0),)).draft
    same = day_edits.add_activity(same, 1, "nap").draft
    same = replace(same, waivers=(Waiver("Li", "seen", "day nap-1"),))
    assert same.question == THREE.question and same.day != THREE.day
    assert edits.add_mark(THREE, MarkKind.KEEP_OUT, SQUARE).draft.question != THREE.question
