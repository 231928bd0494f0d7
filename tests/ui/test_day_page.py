"""Page Day and the day's timeline: what is typed, dragged and clicked becomes an edit of the draft, and back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from roverctl.core.errors import InputError
from roverctl.session.api.changes import Change
from roverctl.session.api.draft import Activity, Draft, Stop
from roverctl.ui.desk import Desk
from roverctl.ui.traverse.day.amounts import amount_of, amount_text
from roverctl.ui.traverse.day.day_list import AMOUNT, BEGINS, WHAT
from roverctl.ui.traverse.day.day_page import DayPage
from roverctl.ui.traverse.day.timeline import DayTimeline, time_text
from roverctl.ui.window import Window
from tests.ui.conftest import poll
from tests.ui.demo_day import day_state
from tests.ui.demo_session import DemoSession

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal
LEFT = Qt.MouseButton.LeftButton
ALT, NO = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.NoModifier


@pytest.mark.parametrize(
    ("kind", "amount", "text"),
    [("panorama", 28.0, "28 frames"), ("spectrum", 1.0, "1 spectrum"), ("radar", 600.0, "10 min"), ("nap", None,
     "to low Sun"), ("nap", 14_400.0, "4 h"), ("charge", 0.9, "to 90 %"), ("radar", 45.0, "45 s")],
)  # fmt: skip
def test_amounts_are_read_as_they_are_shown(kind: str, amount: float | None, text: str) -> None:
    assert amount_text(Activity(kind, amount)) == text
    assert amount_of(kind, text) == amount


@pytest.mark.parametrize(("kind", "text"), [("radar", "soon"), ("panorama", "3 min"), ("charge", "4 h"), ("nap", "-3")])
def test_an_amount_that_is_none_is_refused_with_one_that_would_do(kind: str, text: str) -> None:
    with pytest.raises(InputError, match="give an amount such as"):
        amount_of(kind, text)


@pytest.fixture
def page(qtbot: QtBot, desk: Desk, session: DemoSession) -> DayPage:
    """Two stops, a panorama and a radar sounding at the first."""
    page = DayPage(desk, None)
    qtbot.addWidget(page)
    page.resize(352, 560)
    QAbstractItemModelTester(page.list.day, FATAL, page)
    session.traverse.plan((20.0, 0.0), (40.0, 10.0))
    stops = session.traverse.state.draft.stops
    first = replace(stops[0], name="rock", activities=(Activity("panorama"), Activity("radar")))
    session.traverse.say(draft=replace(session.traverse.state.draft, stops=(first, stops[1])))
    session.traverse._history.do(_edit(session.traverse.state.draft))
    show(page, session)
    page.show()
    return page


def _edit(draft: Draft):  # type: ignore[no-untyped-def]
    from roverctl.session.api.draft import Edit

    return Edit("made", draft)


def show(page: DayPage, session: DemoSession, broken: int | None = None, waived: str = "") -> None:
    draft = session.traverse.state.draft
    session.traverse.say(day=day_state(draft, session.start_ns, broken, waived))
    page.refresh({Change.ROUTE})


def words(page: DayPage, column: int = WHAT) -> list[str]:
    model = page.list.day
    return [str(model.index(row, column).data()).strip() for row in range(model.rowCount())]


def test_the_list_shows_places_what_is_done_there_and_when(page: DayPage, session: DemoSession) -> None:
    assert words(page) == ["start", "rock", "panorama", "radar", "goal"]
    assert words(page, AMOUNT) == ["", "62.4 m", "28 frames", "10 min", "62.4 m"]
    begin = datetime.fromtimestamp(session.start_ns / 1e9, UTC)
    after = [f"{begin + timedelta(minutes=m):%H:%M}" for m in (0, 20, 30, 40)]
    assert words(page, BEGINS)[1:] == after


def test_an_activity_is_added_at_the_chosen_place_and_chosen(page: DayPage, session: DemoSession) -> None:
    page.list.choose(0, None)
    QTest.mouseClick(page.adding["spectrum"], LEFT)
    assert session.traverse.state.draft.here.activities == (Activity("spectrum"),)
    page.refresh({Change.ROUTE})
    page.list.choose(1, 0)
    QTest.mouseClick(page.adding["charge"], LEFT)
    assert [a.kind for a in session.traverse.state.draft.stops[0].activities] == ["panorama", "radar", "charge"]


def test_keys_move_an_activity_past_its_neighbour_and_on_to_the_next_place(page: DayPage, session: DemoSession) -> None:
    page.list.choose(1, 0)
    QTest.keyClick(page.list, Qt.Key.Key_Down, ALT)
    page.refresh({Change.ROUTE})
    stops = session.traverse.state.draft.stops
    assert [a.kind for a in stops[0].activities] == ["radar", "panorama"]
    page.list.choose(1, 1)
    QTest.keyClick(page.list, Qt.Key.Key_Down, ALT)
    page.refresh({Change.ROUTE})
    stops = session.traverse.state.draft.stops
    assert [[a.kind for a in stop.activities] for stop in stops] == [["radar"], ["panorama"]]
    page.list.choose(2, 0)
    QTest.keyClick(page.list, Qt.Key.Key_Up, ALT)
    stops = session.traverse.state.draft.stops
    assert [a.kind for a in stops[0].activities] == ["radar", "panorama"]


def test_a_stop_takes_what_is_done_there_along(page: DayPage, session: DemoSession) -> None:
    page.list.choose(1, None)
    QTest.keyClick(page.list, Qt.Key.Key_Down, ALT)
    stops = session.traverse.state.draft.stops
    assert [stop.name for stop in stops] == ["", "rock"] and len(stops[1].activities) == 2


def test_a_row_that_is_dropped_on_another_goes_before_it(page: DayPage, session: DemoSession) -> None:
    model = page.list.day
    for source, before, expected in (
        (3, 2, [["radar", "panorama"], []]),  # the radar before the panorama
        (2, 5, [["panorama"], ["radar"]]),  # and to the end: at the goal
    ):
        data = model.mimeData([model.index(source, 0)])
        model.dropMimeData(data, Qt.DropAction.MoveAction, before, 0, model.index(-1, -1))
        page.refresh({Change.ROUTE})
        stops = session.traverse.state.draft.stops
        assert [[a.kind for a in stop.activities] for stop in stops] == expected


def test_delete_removes_an_activity_or_a_stop(page: DayPage, session: DemoSession) -> None:
    page.list.choose(1, 1)
    QTest.keyClick(page.list, Qt.Key.Key_Delete)
    assert [a.kind for a in session.traverse.state.draft.stops[0].activities] == ["panorama"]
    page.refresh({Change.ROUTE})
    page.list.choose(2, None)
    QTest.keyClick(page.list, Qt.Key.Key_Delete)
    assert len(session.traverse.state.draft.stops) == 1


def test_an_amount_is_typed_and_a_wrong_one_told_and_left(page: DayPage, session: DemoSession, desk: Desk) -> None:
    told: list[str] = []
    desk.told.connect(lambda message: told.append(message.text))
    model = page.list.day
    assert model.setData(model.index(3, AMOUNT), "20 min")
    assert session.traverse.state.draft.stops[0].activities[1].amount == 1200.0
    model.setData(model.index(3, AMOUNT), "a while")
    model.setData(model.index(2, AMOUNT), "5000")
    assert session.traverse.state.draft.stops[0].activities[1].amount == 1200.0
    assert "give an amount such as 10 min" in told[0] and "frames must lie between 1 and 112" in told[1]


def test_a_broken_limit_marks_its_row_and_is_waived_with_a_name_and_a_reason(
    page: DayPage, session: DemoSession
) -> None:
    show(page, session, broken=1)
    assert words(page)[2] == "panorama ▲"
    assert "no contact" in page.broken.text() and page.broken.isVisible()
    page._broken_clicked("day contact-1")
    dialog = page._dialog
    assert dialog is not None
    assert not dialog.buttons.buttons()[0].isEnabled()
    dialog.name.setText("Li")
    dialog.reason.setText("next pass")
    dialog.accept()
    (waiver,) = session.traverse.state.draft.waivers
    assert (waiver.violation, waiver.name, waiver.reason) == ("day contact-1", "Li", "next pass")
    show(page, session, broken=1, waived="Li: next pass")
    assert words(page)[2] == "panorama" and "Waived by Li: next pass" in page.broken.text()


def test_while_the_day_is_worked_out_and_when_it_cannot_be_the_rows_have_no_figures(
    page: DayPage, session: DemoSession
) -> None:
    session.traverse.say(day=replace(session.traverse.state.day, current=False, busy=True))
    page.refresh({Change.ROUTE})
    assert words(page, BEGINS)[1:] == ["—"] * 4 and "Working" in page.told.text()
    session.traverse.say(day=replace(session.traverse.state.day, busy=False, problem="drive to 'rock': no <way>"))
    page.refresh({Change.ROUTE})
    assert (
        "No plan.</b> Drive to 'rock'".replace("'", "&#x27;") in page.told.text() and "&lt;way&gt;" in page.told.text()
    )


# The timeline
def test_the_timeline_has_a_bar_for_each_item_where_its_times_are(
    qtbot: QtBot, desk: Desk, page: DayPage, session: DemoSession
) -> None:
    timeline = DayTimeline(desk, None)
    qtbot.addWidget(timeline)
    timeline.resize(900, 240)
    plan = session.traverse.state
    timeline.show_plan(plan)
    timeline.show()
    view = plan.day.view
    assert view is not None
    chosen: list[int] = []
    timeline.item_chosen.connect(chosen.append)
    for number, item in enumerate(view.items):
        x = timeline.x_of(0.5 * (item.begin_ns + item.end_ns))
        assert timeline.item_at(QPointF(x, 18.0)) == number
        QTest.mouseClick(timeline, LEFT, NO, QPointF(x, 18.0).toPoint())
    assert chosen == list(range(len(view.items)))
    image = timeline.grab().toImage()
    drive = image.pixelColor(round(timeline.x_of(view.items[0].begin_ns)) + 20, 20)
    beside = image.pixelColor(round(timeline.x_of(view.items[-1].end_ns)) + 6, 20)
    assert drive.blue() > beside.blue() + 20  # in the accent's colour
    contact = image.pixelColor(round(timeline.x_of(view.end_ns)) - 30, round(timeline._boxes()["contact"].center().y()))
    without = image.pixelColor(
        round(timeline.x_of(view.start_ns)) + 20, round(timeline._boxes()["contact"].center().y())
    )
    assert contact.green() > without.green() + 60


def test_the_cursor_tells_what_the_day_is_like(page: DayPage, session: DemoSession) -> None:
    plan = session.traverse.state
    view = plan.day.view
    assert view is not None
    text = time_text(plan, view.items[0].begin_ns + 60_000_000_000)
    assert "drive to rock, 20:00" in text and "Sun 30.0°" in text and "no contact" in text and "80 %" in text
    assert "in shadow" in time_text(plan, view.end_ns - 1)
    assert "asleep" in time_text(plan, view.night_ns + 1)


def test_the_window_asks_for_the_day_while_its_page_is_in_front_and_shows_it_over_time(
    window: Window, session: DemoSession, tmp_path: Path
) -> None:
    session.traverse.plan((20.0, 0.0), (40.0, 10.0))
    poll(window)
    window.docks["traverse"].show()
    window.traverse.tabs.setCurrentIndex(3)
    assert session.traverse.day_looked_at and window.traverse.make_button.text() == "Make commands"
    session.traverse.say(day=day_state(session.traverse.state.draft, session.start_ns))
    poll(window)
    assert window.profile._shows_day and window.traverse.make_button.isEnabled()
    window.traverse.day.list.choose(2, None)
    assert window.map.view.hand.chosen == 1
    window.profile.day.item_chosen.emit(0)
    assert window.traverse.day.list.row() is not None and window.traverse.day.list.place() == 1
    QTest.mouseClick(window.traverse.make_button, LEFT)
    assert ("queue_day", ()) in session.calls
    window.traverse.day.save_to(tmp_path / "day.geojson")
    assert session.calls[-1][0] == "save_day"
    window.traverse.tabs.setCurrentIndex(0)
    assert not session.traverse.day_looked_at and not window.profile._shows_day
    assert isinstance(session.traverse.state.draft.stops[0], Stop)


def test_the_wheel_zooms_round_the_cursor_a_drag_moves_and_a_double_click_shows_all(
    qtbot: QtBot, desk: Desk, page: DayPage, session: DemoSession
) -> None:
    timeline = DayTimeline(desk, None)
    qtbot.addWidget(timeline)
    timeline.resize(900, 240)
    timeline.show_plan(session.traverse.state)
    timeline.show()
    view = session.traverse.state.day.view
    assert view is not None
    middle, whole = 0.5 * (view.start_ns + view.end_ns), timeline.x_of(view.end_ns)
    at = QPointF(timeline.x_of(middle), 100.0)
    for _ in range(6):
        QApplication.sendEvent(timeline, wheel(at, 120))
    assert timeline.x_of(middle) == pytest.approx(at.x(), abs=0.6) and timeline.x_of(view.end_ns) > 2.0 * whole
    start = at.toPoint()
    QTest.mousePress(timeline, LEFT, pos=start)
    QTest.mouseMove(timeline, start + QPoint(50, 0))
    QTest.mouseRelease(timeline, LEFT, pos=start + QPoint(50, 0))
    assert timeline.x_of(middle) == pytest.approx(at.x() + 50.0, abs=0.6)
    QTest.mouseDClick(timeline, LEFT, pos=start)
    assert timeline.x_of(view.end_ns) == pytest.approx(whole)
    for _ in range(3):
        QApplication.sendEvent(timeline, wheel(at, -120))  # no farther out than all of it
    assert timeline.x_of(view.end_ns) == pytest.approx(whole)


def wheel(at: QPointF, angle: int) -> QWheelEvent:
    none = Qt.MouseButton.NoButton
    return QWheelEvent(at, at, QPoint(), QPoint(0, angle), none, NO, Qt.ScrollPhase.NoScrollPhase, False)
