"""Pages Route, Times, Others and Zones: clicks and keys become edits and questions, and what is known is told."""

import math
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot

from roverctl.core.errors import InputError
from roverctl.core.times import SECOND_NS, format_utc, parse_utc
from roverctl.session.api.changes import Change
from roverctl.session.api.commands import CommandState
from roverctl.session.api.draft import MarkKind
from roverctl.session.api.traverse import (
    AlternativeView,
    ChanceView,
    StraightView,
    Studies,
    SweepView,
    TimesView,
    TrackView,
    ViolationView,
)
from roverctl.session.drafting import edits
from roverctl.ui.commanding.queue_model import note_text
from roverctl.ui.desk import Desk
from roverctl.ui.traverse.departure_chart import DepartureChart
from roverctl.ui.traverse.others_page import OthersPage
from roverctl.ui.traverse.route_page import RoutePage
from roverctl.ui.traverse.segment_list import why_text
from roverctl.ui.traverse.stop_list import LOCK
from roverctl.ui.traverse.times_page import TimesPage
from roverctl.ui.traverse.waiver_dialog import outdated_lines
from roverctl.ui.traverse.zones_page import ZonesPage
from roverctl.ui.typed_time import time_typed
from tests.ui.demo_session import DemoSession

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal
LEFT, ALT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.AltModifier
NOW = parse_utc("2019-01-11T12:00:00Z")
HOUR = 3600 * SECOND_NS


@pytest.fixture
def route(qtbot: QtBot, desk: Desk, session: DemoSession) -> RoutePage:
    page = RoutePage(desk, None)
    qtbot.addWidget(page)
    page.resize(352, 620)
    QAbstractItemModelTester(page.stops.stops, FATAL, page)
    session.traverse.plan((14.0, -2.5), (25.0, 4.5), (49.0, 8.0))
    page.refresh(set(Change))
    page.show()
    return page


def places(session: DemoSession) -> list[float]:
    return [stop.place_m[0] for stop in session.traverse.state.draft.stops]


# Route
def test_stops_are_reordered_locked_and_removed_by_keys(route: RoutePage, session: DemoSession) -> None:
    route.stops.selectRow(0)
    QTest.keyClick(route.stops, Qt.Key.Key_Down, ALT)
    assert places(session) == [25.0, 14.0, 49.0]
    route.refresh({Change.ROUTE})
    route.stops.selectRow(2)
    QTest.keyClick(route.stops, Qt.Key.Key_L)
    route.refresh({Change.ROUTE})
    assert route.stops.stops.index(2, LOCK).data() == "■"
    QTest.keyClick(route.stops, Qt.Key.Key_Delete)
    assert len(places(session)) == 3  # it is locked
    route.stops.selectRow(0)
    QTest.keyClick(route.stops, Qt.Key.Key_Delete)
    assert places(session) == [14.0, 49.0]


def test_a_stop_is_dragged_in_the_list_and_named(route: RoutePage, session: DemoSession) -> None:
    model = route.stops.stops
    data = model.mimeData([model.index(2, 0)])
    model.dropMimeData(data, Qt.DropAction.MoveAction, 0, 0, model.index(-1, -1))
    assert places(session) == [49.0, 14.0, 25.0]
    model.setData(model.index(0, 0), "ridge")
    assert session.traverse.state.draft.stops[0].name == "ridge"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("12:30", NOW + HOUR // 2), ("11:59", NOW + 24 * HOUR - 60 * SECOND_NS), ("now", NOW), ("9:05:07", NOW + 21 * HOUR
     + 307 * SECOND_NS), ("2019-01-12T00:00:00Z", NOW + 12 * HOUR), ("2019-01-12 00:00", NOW + 12 * HOUR)],
)  # fmt: skip
def test_a_departure_is_a_time_of_day_to_come_or_a_whole_time(text: str, wanted: int) -> None:
    assert time_typed(text, NOW) == wanted


@pytest.mark.parametrize("text", ["soon", "25", "2019-13-45T00:00Z", "12:xx", "::"])
def test_a_departure_that_is_none_is_told(text: str) -> None:
    with pytest.raises(InputError):
        time_typed(text, NOW)


def test_a_time_that_has_passed_is_tomorrows_and_that_is_seen(
    route: RoutePage, session: DemoSession, desk: Desk
) -> None:
    told: list[str] = []
    desk.told.connect(lambda message: told.append(message.text))
    route.depart.setText("11:00")
    QTest.keyClick(route.depart, Qt.Key.Key_Return)
    assert session.traverse.state.draft.depart_ns == NOW + 23 * HOUR
    assert (route.depart.text(), route.depart.day.text()) == ("2019-01-12T11:00:00Z", "tomorrow")
    assert told == ["11:00 has passed today: the departure is tomorrow's, 2019-01-12"]
    route.refresh({Change.ROUTE})
    assert route.figures["arrival"].text().startswith("2019-01-12 11:")
    route.depart.setText("12:30")
    QTest.keyClick(route.depart, Qt.Key.Key_Return)
    assert (route.depart.text(), route.depart.day.text()) == ("2019-01-11T12:30:00Z", "") and len(told) == 1
    route.refresh({Change.ROUTE})
    assert route.figures["arrival"].text().startswith("12:")


def test_a_typed_departure_is_an_edit_and_a_wrong_one_is_told_and_stays(
    route: RoutePage, session: DemoSession, desk: Desk
) -> None:
    told: list[str] = []
    desk.told.connect(lambda message: told.append(message.text))
    route.depart.setText("2019-01-12T00:00:00Z")
    QTest.keyClick(route.depart, Qt.Key.Key_Return)
    assert session.traverse.state.draft.depart_ns == NOW + 12 * HOUR
    route.refresh({Change.ROUTE})
    assert route.figures["lowest charge"].text() == "72 %"
    route.depart.setText("whenever")
    QTest.keyClick(route.depart, Qt.Key.Key_Return)
    assert session.traverse.state.draft.depart_ns == NOW + 12 * HOUR and "give one like 12:30" in told[0]
    assert route.depart.text() == "whenever"


def test_the_terms_of_a_segment_are_told_and_add_up(route: RoutePage, session: DemoSession) -> None:
    view = session.traverse.state.route
    assert view is not None
    priced = replace(
        view, terms={"drive": np.array([700.0, 500.0, 100.0]), "look": np.array([50.0, 30.0, 5.0])}, cost=1385.0
    )
    assert why_text(priced, 1) == "<b>Segment 2</b> costs 530.0 s of 1385.0 s: driving 500.0 + looking 30.0."
    session.traverse.say(
        route=replace(priced, straight=(StraightView("slope 17.4°, the limit is 15°", (20.0, 1.0), 31.2),))
    )
    route.refresh({Change.ROUTE})
    route.show_segment(40.0)
    assert "Segment 3" in route.why.text() or "Segment 2" in route.why.text()
    assert "31.2\N{NO-BREAK SPACE}m" in route.why.text() and "slope 17.4°" in route.why.text()


def test_a_violation_is_listed_and_its_waiver_is_an_edit(route: RoutePage, session: DemoSession) -> None:
    view = session.traverse.state.route
    assert view is not None
    violation = ViolationView("charge-1", "charge falls to 21.0 %, plans keep 30 %", (49.0, 8.0))
    session.traverse.say(route=replace(view, violations=(violation,), refused="charge-1"))
    route.refresh({Change.ROUTE})
    assert "charge falls to 21.0 %" in route.broken.text() and "Waive" in route.broken.text()
    route._ask_waiver("charge-1")
    assert route._dialog is not None
    route._dialog.name.setText("Zhang")
    assert not route._dialog.buttons.buttons()[0].isEnabled()  # without a reason
    route._dialog.reason.setText("the Sun rises")
    route._dialog.accept()
    assert [w.violation for w in session.traverse.state.draft.waivers] == ["charge-1"]


def test_free_ground_is_offered_and_taken(route: RoutePage, session: DemoSession) -> None:
    session.traverse.say(problem="goal stands in a hazard", offer_m=(50.0, 9.0), offer_stop=2, current=False)
    route.refresh({Change.ROUTE})
    assert (
        "No route.</b> Goal stands in a hazard. <a" in route.problem.text() and "earlier draft" in route.problem.text()
    )
    route.problem.linkActivated.emit("offer")
    assert session.traverse.state.draft.stops[2].place_m == (50.0, 9.0)


def test_a_command_of_another_route_is_marked_in_queue_and_page(route: RoutePage, session: DemoSession) -> None:
    row = replace(session.commands[5], outdated=True)
    assert note_text(row) == "▲ old route"
    assert note_text(replace(row, state=CommandState.HELD, note="held")) == "▲ held, old route"
    assert outdated_lines([row, session.commands[6]]) == [
        f"<b>Command {row.id}</b> was made before the route was edited."
    ]


def test_with_one_stop_there_is_no_order_to_choose(route: RoutePage, session: DemoSession) -> None:
    QTest.mouseClick(route.order_button, LEFT)
    assert ("order", ()) in session.calls
    session.traverse.plan((14.0, -2.5))
    route.refresh({Change.ROUTE})
    assert not route.order_button.isVisible()


# Times
def sweep(start_ns: int) -> SweepView:
    times = [
        TimesView(start_ns + i * HOUR, start_ns + (i + 1) * HOUR, lowest_charge=0.8 - 0.02 * i,
                  sunset_margin_h=20.0 - i, safe=i < 15, problem="the Sun is gone" if i > 17 else "")
        for i in range(20)
    ]  # fmt: skip
    return SweepView(tuple(times), times[14], (10.0, 10.0), "177.6,-45.4, 0 min from the goal, slope 1.0°")


def test_a_click_on_the_chart_takes_that_departure(qtbot: QtBot, desk: Desk, session: DemoSession) -> None:
    page = TimesPage(desk, None)
    qtbot.addWidget(page)
    page.resize(352, 560)
    session.traverse.plan((14.0, -2.5))
    page.refresh(set(Change))
    QTest.mouseClick(page.sweep_button, LEFT)
    assert ("sweep", (session.clock.now_ns,)) in session.calls
    session.traverse.say(studies=Studies(sweep=sweep(NOW)))
    page.refresh(set(Change))
    page.show()
    assert "Latest safe departure 2019-01-12 02:00" in page.told.text()
    chart = page.chart
    QTest.mouseClick(chart, LEFT, pos=QPoint(round(chart._x(NOW + 7 * HOUR)), 60))
    assert session.traverse.state.draft.depart_ns == NOW + 7 * HOUR
    assert (
        "lowest charge 66 %" in chart.told(7) and "not safe" in chart.told(16) and "the Sun is gone" in chart.told(19)
    )
    QTest.mouseClick(chart, LEFT, pos=QPoint(round(chart._x(NOW + 19 * HOUR)), 60))
    assert session.traverse.state.draft.depart_ns == NOW + 7 * HOUR  # there is no such departure
    image = chart.grab().toImage()
    safe, unsafe = (image.pixelColor(round(chart._x(NOW + i * HOUR)) + 3, 40) for i in (3, 16))
    assert unsafe.red() > safe.red() + 10


def test_departures_that_have_passed_are_told_in_the_warning_style(
    route: RoutePage, qtbot: QtBot, desk: Desk, session: DemoSession
) -> None:
    now_ns = session.clock.now_ns
    page = TimesPage(desk, None)
    qtbot.addWidget(page)
    for depart_ns, has_passed in ((now_ns + HOUR, False), (now_ns - HOUR, True)):
        session.traverse.edit(edits.set_departure(session.traverse.state.draft, depart_ns))
        session.traverse.say(studies=Studies(sweep=sweep(depart_ns - 14 * HOUR)))
        route.refresh({Change.ROUTE})
        page.refresh({Change.ROUTE})
        assert ("has passed; choose another" in route.notices.text()) == route.notices.isVisible() == has_passed
        assert ("has passed" in page.told.text()) == has_passed
        assert (desk.theme.palette.warning in route.notices.text() + page.told.text()) == has_passed


def test_what_keeps_a_route_from_being_driven_is_told(route: RoutePage, session: DemoSession) -> None:
    view = session.traverse.state.route
    assert view is not None and not route.notices.isVisible()
    notices = ("The battery has 0 %, plans keep 30 %.", "▲ The rover is in DORMANT then and refuses to work.")
    session.traverse.say(route=replace(view, notices=notices))
    route.refresh({Change.ROUTE})
    assert route.notices.isVisible() and route.notices.text().count("▲") == 2
    assert "The battery has 0\N{NO-BREAK SPACE}%" in route.notices.text()


def test_a_way_of_many_lunar_days_arrives_after_their_nights(route: RoutePage, session: DemoSession) -> None:
    view = session.traverse.state.route
    assert view is not None
    session.traverse.say(route=replace(view, duration_s=300 * 86_400.0, rests_s=65 * 86_400.0))
    route.refresh({Change.ROUTE})
    day = format_utc(session.clock.now_ns + 365 * 24 * HOUR, 0)[:10]
    assert route.figures["arrival"].text() == f"about {day}"


def test_arrivals_that_differ_by_seconds_are_drawn_level(qtbot: QtBot, desk: Desk) -> None:
    chart = DepartureChart(desk.theme)
    qtbot.addWidget(chart)
    chart.resize(352, 400)
    times = [
        TimesView(NOW + i * HOUR, NOW + i * HOUR + (6048 + 6 * (i % 2)) * SECOND_NS, lowest_charge=0.8,
                  sunset_margin_h=20.0 - i) for i in range(12)
    ]  # fmt: skip
    chart.show_sweep(SweepView(tuple(times), None, (0.0, 0.0), ""), None)
    pane = chart.grab(QRect(60, 28, 270, 92)).toImage()
    ink = desk.theme.colour("text")
    rows = [
        y for y in range(pane.height()) for x in range(0, pane.width(), 3)
        if abs(pane.pixelColor(x, y).lightness() - ink.lightness()) < 30
    ]  # fmt: skip
    assert rows and max(rows) - min(rows) < 8


def test_the_chosen_departure_is_marked(qtbot: QtBot, desk: Desk, session: DemoSession) -> None:
    page = TimesPage(desk, None)
    qtbot.addWidget(page)
    page.resize(352, 560)
    session.traverse.plan((14.0, -2.5))
    session.traverse.say(studies=Studies(sweep=sweep(NOW)))
    page.refresh(set(Change))
    page.show()
    chart = page.chart
    words = QRect(round(chart._x(NOW + 7 * HOUR)) - 60, 26, 56, 16)
    before = chart.grab(words).toImage()
    chart.show_sweep(chart._sweep, NOW + 7 * HOUR)
    assert chart.grab(words).toImage() != before


# Others
def test_alternatives_are_compared_and_one_is_taken(qtbot: QtBot, desk: Desk, session: DemoSession) -> None:
    page = OthersPage(desk, None)
    qtbot.addWidget(page)
    session.traverse.plan((14.0, -2.5))
    page.refresh(set(Change))
    QTest.mouseClick(page.compare_button, LEFT)
    figures = {"distance_m": 91.3, "drive_s": 1971.0, "max_slope_deg": 3.3, "energy_j": 134_000.0}
    line = np.array([0.0, 10.0])
    rows = (
        AlternativeView("fastest", "time", line, line, {**figures, "distance_m": 86.9}),
        AlternativeView("gentlest", "risk", line, line, figures),
        AlternativeView("sunniest", "sun", line, line, {}, "no departure"),
    )
    session.traverse.say(studies=Studies(alternatives=rows))
    page.refresh(set(Change))
    cells = [[page.model.index(row, column).data() for column in range(6)] for row in range(3)]
    assert cells[1] == ["gentlest", "91.3", "32:51", "3.3", "134.0", "—"] and cells[2][1] == "no route"
    assert cells[0][0] == "fastest ●"
    pointed: list[str] = []
    page.pointed.connect(pointed.append)
    page.table.selectRow(1)
    QTest.mouseClick(page.take_button, LEFT)
    assert pointed == ["gentlest"] and session.traverse.state.draft.objective == "risk"


def test_the_reach_takes_minutes_and_refuses_what_is_none(qtbot: QtBot, desk: Desk, session: DemoSession) -> None:
    page = OthersPage(desk, None)
    qtbot.addWidget(page)
    page.refresh(set(Change))
    page.reach.setText("30, 10")
    QTest.mouseClick(page.reach_button, LEFT)
    assert session.calls[-1] == ("reach", ((600.0, 1800.0),))
    for text in ("", "ten", "-3", "0", "nan", "1e9"):
        page.reach.setText(text)
        page.reach_button.setChecked(False)
        QTest.mouseClick(page.reach_button, LEFT)
    assert [name for name, _ in session.calls].count("reach") == 1 and not page.reach_button.isChecked()


def test_how_sure_a_route_is_and_what_a_track_would_have_cost_are_told(
    qtbot: QtBot, desk: Desk, session: DemoSession
) -> None:
    page = OthersPage(desk, None)
    qtbot.addWidget(page)
    page.show()
    session.traverse.plan((14.0, -2.5))
    line = np.linspace(0.0, 10.0, 5)
    chances = ChanceView(line, line, np.array([0.0, 0.02, 0.4, 0.1]), 0.47, 20.0, 0.05, 5.0)
    broken = ViolationView("slope-1", "slope 21.0°, the limit is 15°", (5.0, 5.0))
    tracks = (
        TrackView("Yutu-2", "path.txt", 1744.0, line, line,
                  {"drive_s": 41_634.0, "max_slope_deg": 27.6, "cost": 1.0, "broken": 1.0}, (broken,)),
        TrackView("too far", "path.txt", 9e6, line, line, problem="no elevation there"),
    )  # fmt: skip
    session.traverse.say(studies=Studies(chances=chances), tracks=tracks)
    page.refresh(set(Change))
    told = page.chance.text().replace("\N{NO-BREAK SPACE}", " ")
    assert "47 %" in told and "worst segment 40 %" in told
    model = page.tracks.model
    assert [model.index(0, c).data() for c in range(5)] == ["Yutu-2", "1744", "11:33:54", "27.6", "1"]
    page.tracks.table.selectRow(0)
    assert page.tracks.told.text() == "Slope 21.0°, the limit is 15°."
    page.tracks.table.selectRow(1)
    assert page.tracks.told.text() == "No elevation there."


# Zones
def test_zones_are_listed_renamed_described_and_removed(qtbot: QtBot, desk: Desk, session: DemoSession) -> None:
    from roverctl.session.drafting import edits

    page = ZonesPage(desk, None)
    qtbot.addWidget(page)
    square = ((0.0, 0.0), (20.0, 0.0), (20.0, 10.0), (0.0, 10.0))
    for kind, ring in ((MarkKind.KEEP_OUT, square), (MarkKind.TARGET, square[:1])):
        session.traverse.edit(edits.add_mark(session.traverse.state.draft, kind, ring))
    page.refresh(set(Change))
    model = page.list.model()
    assert [model.index(0, c).data() for c in range(3)] == ["keep-out 1", "keep-out", "200 m²"]
    model.setData(model.index(0, 0), "crater")
    assert session.traverse.state.draft.marks[0].name == "crater"
    page.refresh(set(Change))
    model.setData(model.index(1, 0), "crater")  # taken
    assert session.traverse.state.draft.marks[1].name == "target 1"
    page.list.selectRow(0)
    QTest.keyClick(page.list, Qt.Key.Key_Delete)
    assert [mark.name for mark in session.traverse.state.draft.marks] == ["target 1"]
    pencils: list[object] = []
    page.pencil_taken.connect(pencils.append)
    QTest.mouseClick(page.pencils[MarkKind.KEEP_IN], LEFT)
    assert pencils == [MarkKind.KEEP_IN]


def test_slopes_are_told_in_degrees(route: RoutePage, session: DemoSession) -> None:
    route.slope.setValue(7.0)
    assert session.traverse.state.draft.max_slope_rad == pytest.approx(math.radians(7.0))
