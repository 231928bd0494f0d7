"""Figures of long ways and far times have the room that they need in the narrowest panel."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QFontMetricsF
from pytestqt.qtbot import QtBot

from roverctl.session.api.changes import Change
from roverctl.session.api.traverse import AlternativeView, Studies
from roverctl.ui.desk import Desk
from roverctl.ui.status import took_text, way_figure, way_text
from roverctl.ui.theme import mono
from roverctl.ui.traverse.day.day_page import DayPage
from roverctl.ui.traverse.others_page import OthersPage
from roverctl.ui.traverse.profile import WayAxis
from roverctl.ui.traverse.route_page import RoutePage
from tests.ui.demo_session import DemoSession

PANEL_PX = 372  # as narrow as the right panel gets
_CELL_PX = 2  # margins of a cell


def wide(text: str) -> float:
    return QFontMetricsF(mono()).horizontalAdvance(text)


@pytest.mark.parametrize(
    ("metres", "text", "figure"),
    [(9999.0, "9999.0 m", "9999"), (71_799.6, "71.80 km", "72 km"), (717_996.0, "718.00 km", "718 km")],
)
def test_far_distances_are_told_in_kilometres(metres: float, text: str, figure: str) -> None:
    assert (way_text(metres), way_figure(metres)) == (text, figure)


def test_many_days_are_told_in_days() -> None:
    assert [took_text(s) for s in (59.0, 86_399.0, 8.3 * 86_400.0, 166.4 * 86_400.0)] == [
        "59 s", "23:59:59", "8.3 d", "166 d",
    ]  # fmt: skip


def test_an_arrival_on_another_day_is_whole(qtbot: QtBot, desk: Desk, session: DemoSession) -> None:
    page = RoutePage(desk, None)
    qtbot.addWidget(page)
    page.resize(PANEL_PX, 620)
    session.traverse.plan((14.0, -2.5), (49.0, 8.0))
    route = session.traverse.state.route
    assert route is not None
    session.traverse.say(route=replace(route, duration_s=2 * 86_400.0))
    page.refresh(set(Change))
    page.show()
    arrival = page.figures["arrival"]
    assert arrival.text().startswith("2019-01-13 ") and arrival.text().endswith("if sent now")
    assert wide(arrival.text()) <= arrival.width()


def test_columns_hold_long_ways(qtbot: QtBot, desk: Desk, session: DemoSession) -> None:
    page = OthersPage(desk, None)
    qtbot.addWidget(page)
    page.resize(PANEL_PX, 700)
    far = {"distance_m": 71_799.6, "drive_s": 166.4 * 86_400.0, "max_slope_deg": 13.3, "energy_j": 9.99e8,
           "shadow_min": 998.0}  # fmt: skip
    points = np.array([0.0, 10.0])
    rows = (
        AlternativeView("fastest", "time", points, points, far),
        AlternativeView("sunniest", "sun", points[:0], points[:0], {}, "there is no departure"),
    )
    session.traverse.plan((14.0, -2.5))
    session.traverse.say(studies=Studies(alternatives=rows))
    page.refresh(set(Change))
    page.show()
    table = page.table
    for column in range(1, page.model.columnCount()):
        text = str(page.model.index(0, column).data())
        assert wide(text) + _CELL_PX <= table.columnWidth(column), text
    assert page.priced.isVisible() and "the thriftiest may use more energy" in page.priced.text()
    assert page.model.index(1, 1).data() == "no route" and table.columnSpan(1, 1) == 5


def test_labels_below_a_very_long_profile_stand_apart(session: DemoSession) -> None:
    session.traverse.plan((14.0, -2.5))
    route = session.traverse.state.route
    assert route is not None
    far = 100_000.0 / float(route.along_m[-1])
    axis = WayAxis("bottom")
    axis.route = replace(route, along_m=route.along_m * far, seconds=route.seconds / route.seconds[-1] * 166 * 86_400)
    assert axis.tickStrings([0.0, 20_000.0], 1.0, 20_000.0) == ["0 m · 0 s", "20 km · 33.2 d"]


def test_an_empty_time_reads_like_no_time(qtbot: QtBot, desk: Desk) -> None:
    route, day = RoutePage(desk, None), DayPage(desk, None)
    qtbot.addWidget(route)
    qtbot.addWidget(day)
    for field, word in ((route.depart, "open"), (day.begins, "now")):
        assert field.placeholderText() == word and "12:30" in field.toolTip()
