"""Telemetry, parameters, events, traverse, profile and the time bar: what they show is what the session says."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot

from roverctl.core.nouns import Event, Severity
from roverctl.core.times import SECOND_NS
from roverctl.session.api.session import ClockState
from roverctl.session.drafting import edits
from roverctl.telemetry.store import Block
from roverctl.ui.status import age_text, is_stale, span_text, value_text
from roverctl.ui.telemetry.events_panel import TEXT, EventModel
from roverctl.ui.telemetry.parameter_panel import AGE, NAME, STATUS, VALUE, ParameterModel, parameter_rows
from roverctl.ui.telemetry.plots import ValueAxis
from roverctl.ui.theme import Theme
from roverctl.ui.time_bar import reached_text
from roverctl.ui.top_bar import Perspective
from roverctl.ui.traverse.legs import legs
from roverctl.ui.traverse.segment_list import LegModel
from roverctl.ui.window import Window
from tests.ui import demo_ground
from tests.ui.conftest import build_plots, poll
from tests.ui.demo_session import DemoSession

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal
LEFT = Qt.MouseButton.LeftButton


# Words
def test_ages_and_spans_in_words() -> None:
    assert [age_text(s) for s in (-0.2, 1.74, 59.94, 59.96, 192, 7323)] == [
        "0.0 s", "1.7 s", "59.9 s", "1 min 0 s", "3 min 12 s", "2:02:03"]  # fmt: skip
    assert [span_text(s) for s in (-3, 11560, 90061)] == ["00:00:00", "03:12:40", "1 d 01:01:01"]


def test_a_value_is_stale_after_three_missed_packets_beyond_the_delay() -> None:
    assert not is_stale(4.7, 1.0, 1.73)
    assert is_stale(4.8, 1.0, 1.73)
    assert not is_stale(170.0, 60.0, 1.73)


def test_values_carry_their_unit(session: DemoSession) -> None:
    mdb = session.mission.mdb
    assert value_text(mdb, "ROVER_TILT", 4.711) == "4.71°"
    assert value_text(mdb, "ROVER_BATTERY_SOC", 78.12) == "78.1 %"
    assert value_text(mdb, "ROVER_MODE", 1.0) == "MOVING"


def test_the_speed_reached_is_told_where_it_is_not_what_was_asked() -> None:
    clock = ClockState(0, 0, 1, True, 1000.0, 850.0)
    assert reached_text(clock) == "asked 1000× · reached 850×"
    assert reached_text(replace(clock, speed_achieved=990.0)) == "as asked"
    assert reached_text(replace(clock, speed_achieved=0.0)) == "asked 1000×"
    assert reached_text(replace(clock, playing=False)) == "paused"


# Parameters
def test_parameters_tell_status_value_and_age(qtbot: QtBot, theme: Theme, session: DemoSession) -> None:
    model = ParameterModel(theme)
    QAbstractItemModelTester(model, FATAL, model)
    model.take(parameter_rows(session))
    names = [model.index(row, NAME).data() for row in range(model.rowCount())]
    row = names.index("ROVER_BATTERY_SOC")
    sample = session.store.latest("ROVER_BATTERY_SOC", session.clock.now_ns)
    assert sample is not None
    assert model.index(row, VALUE).data() == f"{sample.value:.1f}"
    assert model.index(row, AGE).data() == f"{(session.clock.now_ns - sample.generation_ns) / 1e9:.1f}" == "2.0"
    assert model.index(row, STATUS).data() == "●"
    session._now_ns += 60 * SECOND_NS
    model.take(parameter_rows(session))
    assert model.index(row, STATUS).data() == "◌"
    assert model.index(row, STATUS).data(Qt.ItemDataRole.AccessibleTextRole) == "stale"


def test_a_broken_limit_shows_its_shape_and_colour(qtbot: QtBot, theme: Theme, session: DemoSession) -> None:
    names = session.store.names
    values = np.zeros((1, len(names)))
    values[0, names.index("ROVER_TILT")] = 17.0
    values[0, names.index("ROVER_BATTERY_SOC")] = 19.0
    session._now_ns += 10 * SECOND_NS  # after all that the store has
    now = np.array([session.clock.now_ns])
    session.store.append(Block("ROVER_HK", now, now, values))
    model = ParameterModel(theme)
    model.take(parameter_rows(session))
    for name, glyph, colour in (("ROVER_TILT", "▲", "warning"), ("ROVER_BATTERY_SOC", "■", "critical")):
        row = names.index(name)
        assert model.index(row, STATUS).data() == glyph
        assert model.index(row, VALUE).data(Qt.ItemDataRole.ForegroundRole) == theme.colour(colour)


def test_only_cells_that_changed_are_told(qtbot: QtBot, theme: Theme, session: DemoSession) -> None:
    model = ParameterModel(theme)
    model.take(parameter_rows(session))
    told: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda top, bottom, roles: told.append((top.column(), bottom.column())))
    session._now_ns += SECOND_NS // 5
    model.take(parameter_rows(session))
    assert set(told) == {(AGE, AGE)}


def test_the_filter_hides_other_parameters(window: Window, session: DemoSession) -> None:
    window.docks["parameters"].raise_()
    poll(window)
    QTest.keyClicks(window.parameters.filter, "batt")
    table, model = window.parameters.table, window.parameters._model
    shown = [model.index(row, NAME).data() for row in range(model.rowCount()) if not table.isRowHidden(row)]
    assert shown == ["ROVER_BATTERY_SOC", "ROVER_BATTERY_VOLTAGE"]


# Events
def test_events_are_appended_filtered_and_forgotten_when_time_goes_back(
    qtbot: QtBot, theme: Theme, session: DemoSession
) -> None:
    model = EventModel(theme)
    QAbstractItemModelTester(model, FATAL, model)
    events = session.events
    resets: list[bool] = []
    model.modelReset.connect(lambda: resets.append(True))
    for count in (0, 2, 5, 8):
        model.take(events[:count])
        assert model.rowCount() == count
    assert resets == []
    model.show_from(Severity.WARNING)
    assert [model.event_at(row).severity for row in range(model.rowCount())] == [
        Severity.WARNING, Severity.CRITICAL, Severity.DISTRESS]  # fmt: skip
    model.take(events[:5])
    assert [model.index(row, TEXT).data() for row in range(model.rowCount())] == ["ROVER_TILT 16.4 deg over 16"]


def test_many_events_are_no_burden(qtbot: QtBot, theme: Theme) -> None:
    events = [Event(i, i, "rover", "X", Severity.INFO, str(i)) for i in range(20_000)]
    model = EventModel(theme)
    model.take(events[:19_999])
    inserted: list[tuple[int, int]] = []
    model.rowsInserted.connect(lambda parent, first, last: inserted.append((first, last)))
    model.take(events)
    assert inserted == [(19_999, 19_999)]


def test_enter_on_an_event_goes_there_in_a_replay(window: Window, replay: DemoSession) -> None:
    window.set_session(replay)
    poll(window)
    window.events.table.activated.emit(window.events._model.index(2, 0))
    assert replay.calls[-1] == ("seek", (replay._events[2].reception_ns,))


# Time
def test_a_click_on_the_time_line_seeks_there(window: Window, replay: DemoSession) -> None:
    window.set_session(replay)
    poll(window)
    line = window.time_bar.line
    QTest.mouseClick(line, LEFT, pos=QPoint(line.width() // 2, 20))
    name, (t_ns,) = replay.calls[-1]
    assert name == "seek"
    assert isinstance(t_ns, int)
    assert t_ns == pytest.approx((replay.start_ns + replay.end_ns) // 2, abs=2 * SECOND_NS)
    QTest.keyClick(line, Qt.Key.Key_Home)
    assert replay.calls[-1] == ("seek", (replay.start_ns,))


def test_dragging_seeks_to_where_the_hand_is(qtbot: QtBot, window: Window, replay: DemoSession) -> None:
    window.set_session(replay)
    poll(window)
    line = window.time_bar.line
    QTest.mousePress(line, LEFT, pos=QPoint(50, 20))
    calls = len(replay.calls)
    for x in range(60, 200, 2):
        QTest.mouseMove(line, QPoint(x, 20))
    qtbot.waitUntil(lambda: not line._drag.isActive())
    assert calls < len(replay.calls) < calls + 20  # not one for each move
    assert replay.calls[-1] == ("seek", (line.t_of(198),))


def test_a_simulation_is_not_sought_in(window: Window, session: DemoSession) -> None:
    line = window.time_bar.line
    QTest.mouseClick(line, LEFT, pos=QPoint(line.width() // 2, 20))
    QTest.keyClick(line, Qt.Key.Key_Home)
    assert session.calls == []
    assert not window.time_bar.start.isVisible()


def test_the_next_event_is_the_next_mark(window: Window, replay: DemoSession) -> None:
    window.set_session(replay)
    poll(window)
    replay.seek(replay.start_ns + 100 * SECOND_NS)
    QTest.mouseClick(window.time_bar.after, LEFT)
    assert replay.calls[-1] == ("seek", (replay._events[2].reception_ns,))
    QTest.mouseClick(window.time_bar.before, LEFT)
    assert replay.calls[-1] == ("seek", (replay._events[1].reception_ns,))


def test_choosing_a_speed_asks_for_it(window: Window, session: DemoSession) -> None:
    window.time_bar.speed.activated.emit(window.time_bar.speed.findData(1000.0))
    assert session.calls == [("set_speed", (1000.0,))]


# Telemetry
def built(qtbot: QtBot, window: Window) -> Window:
    build_plots(qtbot, window)
    poll(window)
    return window


def test_plots_show_what_the_store_has_and_no_more_points_than_pixels_ask(
    qtbot: QtBot, window: Window, session: DemoSession
) -> None:
    plots = built(qtbot, window).telemetry._plots
    assert plots is not None
    row = next(row for row in plots._rows if row.name == "ROVER_TILT")
    x, y = row.line.getData()
    times, values = session.store.window("ROVER_TILT", 0, 2**62, session.clock.now_ns)
    assert y.max() == values.max()  # the excursion over the limit is there
    assert x[-1] == pytest.approx((times[-1] - session.start_ns) / 1e9)
    many = np.arange(200_000)
    generation = session.clock.now_ns + 10 * SECOND_NS + many * 1_000_000
    block = np.zeros((len(many), len(session.store.names)))
    block[137_777, session.store.names.index("ROVER_TILT")] = 21.5
    session.store.append(Block("ROVER_HK", generation, generation, block))
    session._now_ns = int(generation[-1])
    poll(window)
    x, y = row.line.getData()
    assert len(x) <= 5 * plots.width()
    assert np.nanmax(y) == 21.5


def test_what_is_forecast_is_dashed_and_ahead_of_now(qtbot: QtBot, window: Window, session: DemoSession) -> None:
    plots = built(qtbot, window).telemetry._plots
    assert plots is not None
    row = plots._rows[0]
    x, _ = row.ahead.getData()
    now_s = (session.clock.now_ns - session.start_ns) / 1e9
    assert x.min() == pytest.approx(now_s)
    assert row.now.value() == pytest.approx(now_s)
    pen = row.ahead.opts["pen"]
    assert pen.style() == Qt.PenStyle.CustomDashLine
    assert pen.color() == window.theme.colour("predicted")
    assert row.figure.toPlainText() == value_text(
        session.mission.mdb,
        row.name,
        session.store.latest(row.name, session.clock.now_ns).value,  # type: ignore[union-attr]
    )


def test_plots_can_be_chosen(qtbot: QtBot, window: Window) -> None:
    panel = built(qtbot, window).telemetry
    action = next(a for a in panel._menu.actions() if a.text() == "ROVER_BODY_TEMP")
    action.trigger()
    qtbot.waitUntil(lambda: panel._plots is not None and panel._plots.complete)
    assert panel._plots is not None
    assert [row.name for row in panel._plots._rows][-1] == "ROVER_BODY_TEMP"


def test_the_theme_reaches_the_plots(qtbot: QtBot, window: Window) -> None:
    from roverctl.ui.theme import Appearance

    panel = built(qtbot, window).telemetry
    window.wear(Appearance.LIGHT)
    qtbot.waitUntil(lambda: panel._plots is not None and panel._plots.complete)
    assert panel._plots is not None
    assert panel._plots._graphics.backgroundBrush().color() == window.theme.colour("panel")
    assert all(row.strip.box.width() > 0.8 * panel.width() for row in panel._plots._rows)


# Traverse and profile
def test_legs_add_up_to_the_route(qtbot: QtBot) -> None:
    route = demo_ground.route_over([(0.0, 0.0), (20.0, 5.0), (31.0, -4.0), (60.0, 2.0)])
    parts = legs(route)
    assert len(parts) == 3
    assert sum(leg.distance_m for leg in parts) == pytest.approx(route.distance_m)
    assert sum(leg.duration_s for leg in parts) == pytest.approx(route.duration_s)
    assert max(abs(leg.slope_deg) for leg in parts) == pytest.approx(route.max_slope_deg)
    assert parts[0].distance_m == pytest.approx(math.hypot(20, 5), abs=1.0)
    model = LegModel()
    QAbstractItemModelTester(model, FATAL, model)
    for each in (route, None, route):
        model.take(each)
    assert model.rowCount() == 3


def test_a_route_becomes_a_command(window: Window, session: DemoSession) -> None:
    window.show_perspective(Perspective.PLAN)
    session.traverse.plan((40.0, 5.0))
    poll(window)
    assert window.traverse.route.figures["length"].text().endswith(" m")
    QTest.mouseClick(window.traverse.make_button, LEFT)
    assert session.calls[-1] == ("queue_route", ())
    assert session.commands[-1].name == "FOLLOW_ROUTE"


def test_another_slope_plans_anew_and_holds_for_the_next_click(window: Window, session: DemoSession) -> None:
    window.show_perspective(Perspective.PLAN)
    session.traverse.plan((20.0, 0.0), (40.0, 5.0))
    poll(window)
    window.traverse.route.slope.setValue(8.0)
    assert session.calls[-1] == ("edit", ("slope at most 8°",))
    assert session.traverse.state.max_slope_rad == pytest.approx(math.radians(8.0))
    assert len(session.traverse.state.draft.stops) == 2


def test_a_slope_chosen_before_the_goal_counts(window: Window, session: DemoSession) -> None:
    window.show_perspective(Perspective.PLAN)
    poll(window)
    window.traverse.route.slope.setValue(8.0)
    assert session.traverse.state.route is None
    QTest.mouseClick(window.map.view, LEFT, pos=QPoint(700, 200))
    assert session.calls[-1] == ("edit", ("set the goal",))
    assert session.traverse.state.max_slope_rad == pytest.approx(math.radians(8.0))


def test_what_stands_in_the_way_is_told(window: Window, session: DemoSession) -> None:
    window.show_perspective(Perspective.PLAN)
    session.traverse.plan((40.0, 5.0))
    session.traverse.say(problem="At 31.2 m the slope is 17.4°, the limit 15°.", route=None, current=False)
    poll(window)
    assert "At 31.2\N{NO-BREAK SPACE}m the slope is 17.4°" in window.traverse.route.problem.text()
    assert window.traverse.route.problem.isVisible()
    assert not window.traverse.make_button.isEnabled()


def test_profile_and_map_share_a_cursor(qtbot: QtBot, window: Window, session: DemoSession) -> None:
    window.show_perspective(Perspective.PLAN)
    built(qtbot, window)
    session.traverse.plan((40.0, 5.0))
    poll(window)
    route = session.traverse.state.route
    assert route is not None
    place = len(route.along_m) // 2
    x, y = window.map.view.camera.to_screen(float(route.east_m[place]), float(route.north_m[place]))
    QTest.mouseMove(window.map.view, QPoint(round(x), round(y)))
    assert window.profile._cursors[0].isVisible()
    assert window.profile._cursors[0].value() == pytest.approx(float(route.along_m[place]))
    window.profile.pointed.emit(5.0)
    assert window.map.view.drawing.marked_m == 5.0


def test_with_a_departure_the_profile_has_more_strips_as_wide_as_before_also_after_the_day_was_shown(
    qtbot: QtBot, window: Window, session: DemoSession
) -> None:
    window.show_perspective(Perspective.PLAN)
    build_plots(qtbot, window)
    session.traverse.plan((20.0, 5.0))
    poll(window)
    profile, widths = window.profile, []
    for depart_ns in (None, session.start_ns, None):
        window.traverse.tabs.setCurrentIndex(3)  # Day
        session.traverse.edit(edits.set_departure(session.traverse.state.draft, depart_ns))
        poll(window)
        window.traverse.tabs.setCurrentIndex(0)
        poll(window)
        widths += [(len(profile._plots), strip.box.width()) for strip in profile._plots]
    assert {count for count, _ in widths} == {3, 5}
    assert min(width for _, width in widths) > 0.8 * profile.width()


def test_the_route_is_saved_where_asked(window: Window, session: DemoSession, tmp_path: object) -> None:
    from pathlib import Path

    assert isinstance(tmp_path, Path)
    session.traverse.plan((40.0, 5.0))
    window.traverse.save_to(tmp_path / "r.geojson")
    assert session.calls[-1] == ("save_route", (tmp_path / "r.geojson",))
    assert "saved" in window.strip.text


@pytest.mark.parametrize(
    "low, high", [(0.95, 1.55), (81.96, 82.3), (0.0, 1.0), (-3.0, 4.2), (80.31, 81.05), (0.0, 187.0)]
)
@pytest.mark.parametrize("height_px", [27, 36, 47, 60, 120])
def test_a_value_axis_has_two_labels_that_are_not_cut_and_do_not_overlap(
    qtbot: QtBot, low: float, high: float, height_px: int
) -> None:
    axis = ValueAxis(orientation="left")
    ((step, ticks),) = axis.tickValues(low, high, height_px)[:1]
    scale = height_px / (high - low)
    clear = [t for t in ticks if (t - low) * scale >= 6.9 and (high - t) * scale >= 6.9]
    assert len(clear) >= 2
    assert all((b - a) * scale >= 10.9 for a, b in itertools.pairwise(clear))
    texts = axis.tickStrings(clear, 1.0, step)
    assert [float(text) for text in texts] == pytest.approx(clear)


def test_a_plot_tells_how_old_its_figure_is_once_it_is_stale(
    qtbot: QtBot, window: Window, session: DemoSession
) -> None:
    plots = built(qtbot, window).telemetry._plots
    assert plots is not None
    row = plots._rows[0]
    assert row.figure.toPlainText() == "78.3 %" and row.figure.color == window.theme.colour(row.colour)
    session._now_ns += 3700 * SECOND_NS
    poll(window)
    assert row.figure.toPlainText() == "78.3 % 1 h" and row.figure.color == window.theme.colour("dim")


def test_in_a_gap_what_is_known_grows_stale_though_the_next_news_is_far(
    qtbot: QtBot, window: Window, session: DemoSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    plots = built(qtbot, window).telemetry._plots
    sky = session.sky
    assert plots is not None and sky is not None
    waiting = replace(sky, station="", delay_down_s=4001.73, down_wait_s=4000.0)
    monkeypatch.setattr(DemoSession, "sky", waiting)
    session._now_ns += 600 * SECOND_NS
    poll(window)
    assert plots._rows[0].figure.toPlainText() == "78.3 % 10 min"
    assert all(row.stale for row in parameter_rows(session) if row.name == "ROVER_BATTERY_SOC")
    assert window.top_bar.battery._colour == "dim"


def test_no_word_lies_over_a_curve(qtbot: QtBot, window: Window) -> None:
    plots = built(qtbot, window).telemetry._plots
    assert plots is not None
    for row in plots._rows:
        box = row.strip.box.sceneBoundingRect()
        assert not any(item.sceneBoundingRect().intersects(box) for item in (row.title, row.figure))
