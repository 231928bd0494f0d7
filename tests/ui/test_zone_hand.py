"""Zones, targets and notes drawn on the map with mouse and keys; what reach and tracks look like there."""

import math
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from roverctl.session.api.draft import MarkKind
from roverctl.session.api.traverse import ReachView, Studies, TrackView
from roverctl.session.drafting import edits
from roverctl.ui.desk import Desk
from roverctl.ui.map.camera import Camera
from roverctl.ui.map.route_marks import Shown
from roverctl.ui.map.view import MapView
from tests.ui.demo_session import DemoSession

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
SQUARE = ((0.0, 0.0), (20.0, 0.0), (20.0, 10.0), (0.0, 10.0))


@pytest.fixture
def view(qtbot: QtBot, desk: Desk, session: DemoSession) -> MapView:
    """800 x 500 pixels of 0.1 m, the site in the middle."""
    view = MapView(desk, None)
    qtbot.addWidget(view)
    view.resize(800, 500)
    view.show()
    view.refresh(set())
    view.look(Camera(0.0, 0.0, 0.1, 800, 500))
    return view


def pixel(view: MapView, east_m: float, north_m: float) -> QPoint:
    x, y = view.camera.to_screen(east_m, north_m)
    return QPoint(round(x), round(y))


def rings(session: DemoSession) -> list[tuple[tuple[float, float], ...]]:
    return [mark.rings_m[0] for mark in session.traverse.state.draft.marks]


def same(ring: tuple[tuple[float, float], ...], wanted: tuple[tuple[float, float], ...]) -> bool:
    return len(ring) == len(wanted) and all(math.dist(a, b) < 0.11 for a, b in zip(ring, wanted, strict=True))


def click(view: MapView, *places: tuple[float, float]) -> None:
    for place in places:
        QTest.mouseClick(view, LEFT, pos=pixel(view, *place))


@pytest.mark.parametrize("last", [SQUARE[0], SQUARE[-1]])
def test_a_zone_is_drawn_corner_by_corner_and_closed_on_its_first_or_last(
    view: MapView, session: DemoSession, last: tuple[float, float]
) -> None:
    view.zones.begin(MarkKind.KEEP_OUT)
    click(view, *SQUARE, last)
    (ring,) = rings(session)
    assert same(ring, SQUARE) and view.zones.kind is None and view.zones.chosen == 0
    assert session.traverse.state.draft.stops == ()  # no click became a goal


def test_a_zone_is_drawn_with_keys(view: MapView, session: DemoSession) -> None:
    view.zones.begin(MarkKind.KEEP_IN)
    for place in (*SQUARE[:3], (5.0, 5.0)):
        view.look(view.camera.centred(*place))
        QTest.keyClick(view, Qt.Key.Key_Return)
    QTest.keyClick(view, Qt.Key.Key_Backspace)
    view.look(view.camera.centred(*SQUARE[0]))
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert same(rings(session)[0], SQUARE[:3])
    view.zones.begin(MarkKind.NOTE)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.zones.kind is None and len(rings(session)) == 1


def test_a_target_is_there_with_one_click(view: MapView, session: DemoSession) -> None:
    view.zones.begin(MarkKind.TARGET)
    click(view, (7.0, -3.0))
    assert same(rings(session)[0], ((7.0, -3.0),)) and session.traverse.state.draft.marks[0].kind is MarkKind.TARGET


def test_an_outline_that_crosses_itself_is_told_and_can_be_gone_on_with(
    view: MapView, session: DemoSession, desk: Desk
) -> None:
    told: list[str] = []
    desk.told.connect(lambda message: told.append(message.text))
    view.zones.begin(MarkKind.KEEP_OUT)
    click(view, SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0])
    assert rings(session) == [] and "cross" in told[0] and len(view.zones.corners) == 4
    QTest.keyClick(view, Qt.Key.Key_Backspace)
    click(view, SQUARE[0])
    assert len(rings(session)) == 1


def drag(view: MapView, start: tuple[float, float], end: tuple[float, float]) -> None:
    QTest.mousePress(view, LEFT, pos=pixel(view, *start))
    QTest.mouseMove(view, pos=pixel(view, *start) + QPoint(6, 6))
    QTest.mouseMove(view, pos=pixel(view, *end))
    QTest.mouseRelease(view, LEFT, pos=pixel(view, *end))


def test_a_chosen_zone_is_reshaped_by_its_corners_and_its_edges(view: MapView, session: DemoSession) -> None:
    session.traverse.edit(edits.add_mark(session.traverse.state.draft, MarkKind.KEEP_OUT, SQUARE))
    view.zones.active = True
    click(view, (10.0, 5.0))
    assert view.zones.chosen == 0
    drag(view, (20.0, 10.0), (25.0, 15.0))
    assert same(rings(session)[0], (*SQUARE[:2], (25.0, 15.0), SQUARE[3]))
    drag(view, (10.0, 0.0), (10.0, -6.0))  # the middle of an edge: a corner more
    assert same(rings(session)[0], (SQUARE[0], (10.0, -6.0), SQUARE[1], (25.0, 15.0), SQUARE[3]))
    QTest.mouseClick(view, RIGHT, pos=pixel(view, 10.0, -6.0))
    assert len(rings(session)[0]) == 4
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert rings(session) == []


def test_free_ground_under_the_stop_itself_is_taken_by_a_click_and_the_stop_still_dragged(
    view: MapView, session: DemoSession
) -> None:
    view.pointer.route_tool = True
    session.traverse.plan((10.0, 10.0))
    session.traverse.say(problem="in a hazard", offer_m=(10.4, 10.0), offer_stop=0, current=False)
    drag(view, (10.0, 10.0), (5.0, 5.0))
    assert math.dist(session.traverse.state.draft.stops[0].place_m, (5.0, 5.0)) < 0.11
    session.traverse.say(problem="in a hazard", offer_m=(5.4, 5.0), offer_stop=0, current=False)
    click(view, (5.2, 5.0))
    assert session.traverse.state.draft.stops[0].place_m == (5.4, 5.0)


# What it looks like
def greener(image: QImage, at: QPoint) -> float:
    colour = image.pixelColor(at)
    return colour.green() - 0.5 * (colour.red() + colour.blue())


def test_ground_in_reach_is_greener_the_sooner_it_is_reached_and_holes_are_not(
    view: MapView, session: DemoSession
) -> None:
    def square(half: float) -> tuple[np.ndarray, np.ndarray]:
        return np.array([-half, half, half, -half, -half]), np.array([-half, -half, half, half, -half])

    hole = square(2.0)[0] + 14.0, square(2.0)[1]
    lines = ((600.0, *square(8.0)), (1200.0, *square(20.0)), (1200.0, *hole))
    session.traverse.say(studies=Studies(reach=ReachView(lines, (600.0, 1200.0))))
    image = view.grab().toImage()
    soon, later, never, in_hole = (
        greener(image, pixel(view, *place)) for place in ((5.0, -5.0), (5.0, -14.0), (30.0, -14.0), (14.0, 1.0))
    )
    assert soon > later + 2 > never + 4 and abs(in_hole - never) < 2


def test_a_track_is_drawn_where_it_went_and_its_broken_limits_when_it_is_pointed_at(
    view: MapView, session: DemoSession
) -> None:
    from roverctl.session.api.traverse import ViolationView

    line = np.array([-20.0, 20.0])
    broken = ViolationView("slope-1", "steep", (10.0, -15.0))
    track = TrackView("old", "a.csv", 40.0, line, np.full(2, -15.0), {}, (broken,))
    before = view.grab().toImage()
    session.traverse.say(tracks=(track,))
    plain = view.grab().toImage()
    at = pixel(view, -10.0, -15.0)
    assert plain.pixelColor(at).lightness() > before.pixelColor(at).lightness() + 60
    view.point_at(replace(Shown(), track="old"))
    pointed = view.grab().toImage()
    ring = pixel(view, 10.0, -15.0) + QPoint(0, 4)
    assert pointed.pixelColor(ring).red() > plain.pixelColor(ring).red() + 40
