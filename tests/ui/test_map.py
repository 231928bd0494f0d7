"""The map under real clicks, keys and wheels, and what its pixels mean."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from roverctl.session.api.changes import Change
from roverctl.session.api.map import GROUND, MapTile
from roverctl.ui.map.camera import Camera
from roverctl.ui.map.overlays import ellipse_95
from roverctl.ui.map.tiles import BACKGROUND, PLAIN, Mosaic, ground_at
from roverctl.ui.map.view import MapView
from roverctl.ui.top_bar import Perspective
from roverctl.ui.window import Window
from tests.ui.conftest import poll
from tests.ui.demo_session import DemoSession

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
SHIFT = Qt.KeyboardModifier.ShiftModifier


def pixel(view: MapView, east_m: float, north_m: float) -> QPoint:
    x, y = view.camera.to_screen(east_m, north_m)
    return QPoint(round(x), round(y))


@pytest.fixture
def view(window: Window) -> MapView:
    window.show_perspective(Perspective.PLAN)
    QApplication.processEvents()
    window.map.view.look(Camera(0.0, 0.0, 0.1, window.map.view.width(), window.map.view.height()))
    return window.map.view


def plans(session: DemoSession) -> list[tuple[object, ...]]:
    """The words of the edits so far."""
    return [arguments for name, arguments in session.calls if name == "edit"]


def stops(session: DemoSession) -> list[tuple[float, float]]:
    return [stop.place_m for stop in session.traverse.state.draft.stops]


def near(place: object, east_m: float, north_m: float) -> bool:
    assert isinstance(place, tuple)
    return math.dist(place, (east_m, north_m)) < 0.11  # a pixel is 0.1 m


def test_a_click_sets_the_goal_where_it_was_made(view: MapView, session: DemoSession) -> None:
    QTest.mouseClick(view, LEFT, pos=pixel(view, 30.0, -12.0))
    assert plans(session) == [("set the goal",)]
    ((goal),) = stops(session)
    assert near(goal, 30.0, -12.0)
    assert session.traverse.state.max_slope_rad == pytest.approx(session.mission.vehicle.plan_slope_rad)


def test_a_shift_click_adds_a_waypoint_before_the_goal(view: MapView, session: DemoSession) -> None:
    QTest.mouseClick(view, LEFT, pos=pixel(view, 30.0, 10.0))
    QTest.mouseClick(view, LEFT, SHIFT, pos=pixel(view, 24.0, -5.0))
    via, goal = stops(session)
    assert near(goal, 30.0, 10.0)
    assert near(via, 24.0, -5.0)


def drag(view: MapView, start: QPoint, end: QPoint) -> None:
    QTest.mousePress(view, LEFT, pos=start)
    QTest.mouseMove(view, pos=start + QPoint(6, 6))
    QTest.mouseMove(view, pos=end)
    QTest.mouseRelease(view, LEFT, pos=end)


def test_dragging_the_goal_plans_anew_to_where_it_was_dropped(view: MapView, session: DemoSession) -> None:
    QTest.mouseClick(view, LEFT, pos=pixel(view, 30.0, 10.0))
    centre = (view.camera.east_m, view.camera.north_m)
    drag(view, pixel(view, 30.0, 10.0), pixel(view, 12.0, 18.0))
    assert near(stops(session)[-1], 12.0, 18.0)
    assert plans(session)[-1] == ("move the goal",)
    number, inserted, place = session.traverse.followed[-2]
    assert (number, inserted) == (0, False) and near(place, 12.0, 18.0)  # asked about on the way, then let go
    assert session.traverse.followed[-1] == (0, False, None)
    assert (view.camera.east_m, view.camera.north_m) == centre


def test_dragging_the_ground_pans_and_plans_nothing(view: MapView, session: DemoSession) -> None:
    grabbed = view.camera.to_ground(200, 200)
    drag(view, QPoint(200, 200), QPoint(320, 260))
    assert view.camera.to_ground(320, 260) == pytest.approx(grabbed)
    assert plans(session) == []


def test_a_right_click_and_delete_take_points_away(view: MapView, session: DemoSession) -> None:
    QTest.mouseClick(view, LEFT, pos=pixel(view, 30.0, 10.0))
    QTest.mouseClick(view, LEFT, SHIFT, pos=pixel(view, 20.0, -5.0))
    QTest.mouseClick(view, RIGHT, pos=pixel(view, 20.0, -5.0))
    assert len(stops(session)) == 1
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert stops(session) == []


def test_without_the_route_tool_a_click_plans_nothing(window: Window, view: MapView, session: DemoSession) -> None:
    window.show_perspective(Perspective.OPERATE)
    QTest.mouseClick(view, LEFT, pos=QPoint(300, 200))
    assert plans(session) == []


def arrive(qtbot: QtBot, view: MapView) -> None:
    """Until the camera is where it was sent."""
    qtbot.waitUntil(lambda: view.still)


def wheel(view: MapView, at: QPoint, steps: int) -> None:
    spot = QPointF(at)
    event = QWheelEvent(
        spot, QPointF(view.mapToGlobal(at)), QPoint(0, 0), QPoint(0, 120 * steps), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, event)


def test_the_wheel_keeps_the_place_under_the_cursor(qtbot: QtBot, view: MapView) -> None:
    at = QPoint(431, 137)
    place, scale = view.camera.to_ground(at.x(), at.y()), view.camera.m_per_px
    wheel(view, at, 3)
    arrive(qtbot, view)
    assert view.camera.m_per_px < scale
    assert view.camera.to_ground(at.x(), at.y()) == pytest.approx(place)
    wheel(view, at, -3)
    arrive(qtbot, view)
    assert view.camera.m_per_px == pytest.approx(scale)


def test_keys_pan_zoom_and_go_to_the_rover(qtbot: QtBot, view: MapView, session: DemoSession) -> None:
    QTest.keyClick(view, Qt.Key.Key_Right)
    arrive(qtbot, view)
    assert view.camera.east_m > 0
    QTest.keyClick(view, Qt.Key.Key_Up)
    arrive(qtbot, view)
    assert view.camera.north_m > 0
    scale = view.camera.m_per_px
    QTest.keyClick(view, Qt.Key.Key_Plus)
    arrive(qtbot, view)
    assert view.camera.m_per_px < scale
    QTest.keyClick(view, Qt.Key.Key_0)
    arrive(qtbot, view)
    known = session.known
    assert known is not None
    assert (view.camera.east_m, view.camera.north_m) == (known.east_m, known.north_m)


def test_the_first_telemetry_leaves_the_map_where_the_operator_moved_it(
    view: MapView, session: DemoSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = session.known
    monkeypatch.setattr(DemoSession, "known", None)
    view.session_replaced()
    view.refresh({Change.CLOCK})
    view._pan(80, 0)
    there = view.camera
    monkeypatch.setattr(DemoSession, "known", known)
    view.refresh({Change.TELEMETRY})
    assert view.camera == there
    view.session_replaced()
    view.refresh({Change.TELEMETRY})  # untouched, it goes to the rover
    assert known is not None and view.camera.east_m == pytest.approx(known.east_m)


def test_the_readout_tells_place_elevation_and_slope(window: Window, view: MapView) -> None:
    poll(window, 40)
    QTest.mouseMove(view, pos=pixel(view, 0.0, 0.0) + QPoint(1, 0))
    text = window.map._readout.text()
    assert "177.588" in text and "45.457" in text and "° S" in text
    assert "slope" in text and "m away" in text


class Plain(DemoSession):
    """Ground with one known slope: 0.1 m up for each metre east, nothing else."""

    def plain(self, level: int, column: int, row: int, north_shade: int) -> None:
        spacing = 0.125 * 2**level
        east = (column * 256 + np.arange(256) + 0.5) * spacing
        shade = np.full((256, 256), 60, dtype=np.uint8)
        shade[:128] = north_shade
        height = np.broadcast_to(0.1 * east, (256, 256)).astype(np.float32)
        self.map.tiles[(level, column, row)] = MapTile(level, column, row, shade, height)


def painted(session: DemoSession, camera: Camera) -> QImage:
    image = QImage(camera.width_px, camera.height_px, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    painter = QPainter(image)
    Mosaic().draw(painter, camera, session, PLAIN)
    painter.end()
    return image


def test_row_0_of_a_tile_is_north(theme: object) -> None:
    session = Plain()
    session.plain(0, 0, 0, 250)
    image = painted(session, Camera(16.0, 16.0, 0.125, 200, 200))
    assert image.pixelColor(100, 40).lightness() > image.pixelColor(100, 160).lightness() + 40


def test_a_coarser_tile_stands_in_at_the_right_place(theme: object) -> None:
    session = Plain()
    session.plain(3, 0, 0, 250)  # 256 m: its northern half is bright
    image = painted(session, Camera(60.0, 128.0, 0.125, 400, 400))
    assert image.pixelColor(200, 100).lightness() > image.pixelColor(200, 300).lightness() + 40
    assert all(image.pixelColor(x, y) != BACKGROUND for x in range(0, 400, 7) for y in range(0, 400, 7))


def test_finer_tiles_stand_in_after_zooming_out(theme: object) -> None:
    session, tiles = Plain(), Mosaic()
    session.plain(0, 0, 0, 250)
    image = QImage(200, 200, QImage.Format.Format_RGB32)
    for m_per_px in (0.125, 0.25):
        image.fill(QColor("red"))
        painter = QPainter(image)
        tiles.draw(painter, Camera(16.0, 16.0, m_per_px, 200, 200), session, PLAIN)
        painter.end()
    assert image.pixelColor(100, 60) != BACKGROUND  # 26 m north
    assert image.pixelColor(100, 60).lightness() > image.pixelColor(100, 140).lightness() + 40
    assert image.pixelColor(100, 20) == BACKGROUND  # 36 m north: nothing was ever there


def test_what_was_never_painted_around_the_view_is_no_ground_after_zooming_out(theme: object) -> None:
    session, tiles = Plain(), Mosaic()
    session.plain(0, 0, 0, 250)
    for column, row in ((0, 0), (-1, 0), (0, -1), (-1, -1)):
        session.plain(3, column, row, 250)
    image = QImage(200, 200, QImage.Format.Format_RGB32)
    for m_per_px in (0.125, 0.25):
        painter = QPainter(image)
        tiles.draw(painter, Camera(16.0, 16.0, m_per_px, 200, 200), session, PLAIN, 0.0)  # no time for the ring
        painter.end()
    assert all(image.pixelColor(x, y) != BACKGROUND for x in range(0, 200, 7) for y in range(0, 200, 7))


def test_what_is_outside_the_terrain_is_not_painted(theme: object) -> None:
    session = Plain()
    session.plain(0, 0, 0, 250)
    tile = session.map.tiles[(0, 0, 0)]
    tile.picture[:, :128] = 0
    image = painted(session, Camera(16.0, 16.0, 0.125, 200, 200))
    assert image.pixelColor(40, 100) == BACKGROUND
    assert image.pixelColor(160, 100) != BACKGROUND


def test_elevation_and_slope_under_the_cursor_are_the_grounds() -> None:
    session = Plain()
    session.plain(0, 0, 0, 250)
    found = ground_at(session, Camera(16.0, 16.0, 0.125, 200, 200), GROUND, 10.0, 5.0)
    assert found is not None
    assert found[0] == pytest.approx(1.0, abs=0.013)
    assert found[1] == pytest.approx(math.degrees(math.atan(0.1)), abs=1e-3)
    assert ground_at(session, Camera(16.0, 16.0, 0.125, 200, 200), GROUND, -10.0, 5.0) is None


def test_the_ellipse_holds_95_of_100() -> None:
    covariance = np.array([[0.09, 0.03], [0.03, 0.04]])
    great, small, angle = ellipse_95((0.09, 0.03, 0.04))
    points = np.random.default_rng(1).multivariate_normal([0, 0], covariance, 200_000)
    axis = np.array([math.sin(angle), math.cos(angle)])  # from north, clockwise
    along, across = points @ axis, points @ np.array([axis[1], -axis[0]])
    inside = np.mean((along / great) ** 2 + (across / small) ** 2 <= 1)
    assert inside == pytest.approx(0.95, abs=0.003)


def test_known_is_solid_and_predicted_hollow(window: Window, view: MapView, session: DemoSession) -> None:
    known, forecast = session.known, session.forecast
    assert known is not None and forecast is not None
    view.look(Camera(known.east_m, known.north_m, 0.02, view.width(), view.height()))
    image = view.grab().toImage()
    disc = pixel(view, known.east_m, known.north_m)
    hollow = pixel(view, forecast.pose.east_m, forecast.pose.north_m)

    def bright(middle: QPoint) -> float:
        """Share of near-white pixels within 8 of a place."""
        spots = [QPoint(dx, dy) for dx in range(-8, 9) for dy in range(-8, 9) if dx * dx + dy * dy <= 64]
        return sum(image.pixelColor(middle + spot).lightness() > 240 for spot in spots) / len(spots)

    assert bright(disc) > 0.5  # all but the arrow
    assert bright(hollow) == 0.0
