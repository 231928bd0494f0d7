"""Go to: what is understood as a place, and what is said of what is not."""

import math

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from roverctl.core.errors import InputError
from roverctl.mission.profile import Mission, load_mission
from roverctl.ui.map.goto import find_place
from roverctl.ui.map.overlays import feature_places
from roverctl.ui.window import Window
from tests.ui.demo_session import DemoSession

MISSION: Mission = load_mission()
PLACES = feature_places(MISSION)


@pytest.mark.parametrize(
    "text",
    [
        "177.6,-45.45", " 177.6 -45.45 ", "177.6° E, 45.45° S", "45.45 S 177.6 E", "45.45°S, 177.6°E",
        "-182.4, -45.45", "182.4 W 45.45 S", "177°36′E 45°27′S", "177° 36' 0\" E 45° 27' 0\" S", "177.6; −45.45",
    ],
)  # fmt: skip
def test_the_same_place_in_many_words(text: str) -> None:
    place = find_place(text, MISSION.site, PLACES)
    longitude, latitude = MISSION.site.to_geographic(place.east_m, place.north_m)
    assert (float(longitude), float(latitude)) == pytest.approx((177.6, -45.45), abs=1e-9)


@pytest.mark.parametrize("text", ["120.5, -35 m", "120.5 -35m", "+120.5;-35 M"])
def test_site_metres(text: str) -> None:
    place = find_place(text, MISSION.site, PLACES)
    assert (place.east_m, place.north_m) == (120.5, -35.0)


@pytest.mark.parametrize(("text", "name"), [("Zhinyu", "Zhinyu"), ("zhin", "Zhinyu"), ("von karman", "Von Kármán")])
def test_names_without_case_accents_or_end(text: str, name: str) -> None:
    assert find_place(text, MISSION.site, PLACES).name == name


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "type a place"),
        ("Atlantis", "no place is called 'Atlantis'"),
        ("177.6, -95", "latitude -95° is none"),
        ("45.45 S, 30 N", "two latitudes"),
        ("400, 10", "longitude 400° is none"),
        ("177.6", "is not a place"),
        ("1 2 3", "is not a place"),
        ("nan, nan", "no place is called"),
        ("0, 10", "beyond the map"),
        ("9e9, 5 m", "is not a place"),
        ("99999999, 5 m", "beyond the map"),
    ],
)
def test_what_is_no_place_is_told(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        find_place(text, MISSION.site, PLACES)


def test_ctrl_g_a_name_and_enter_look_there(qtbot: QtBot, window: Window) -> None:
    panel = window.map
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    assert panel.go_to.isVisible()
    QTest.keyClicks(panel.go_to.field, "Zhinyu")
    QTest.keyClick(panel.go_to.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: panel.view.still)
    zhinyu = next(place for place in PLACES if place.name == "Zhinyu")
    camera = panel.view.camera
    assert math.dist((camera.east_m, camera.north_m), (zhinyu.east_m, zhinyu.north_m)) < 1.0
    assert camera.m_per_px * camera.height_px == pytest.approx(1.3 * zhinyu.diameter_m)
    assert not panel.go_to.isVisible()


def test_what_is_asked_for_does_not_cover_what_was_measured(window: Window) -> None:
    window.resize(1300, 1000)
    panel = window.map
    panel.toggle_measure()
    panel.open_go_to()
    assert panel.card.isVisible() and panel.go_to.isVisible()
    assert not panel.card.geometry().intersects(panel.go_to.geometry())
    assert panel.view.rect().contains(panel.go_to.geometry())


def test_nothing_done_in_the_cards_sets_a_goal_on_the_map_below(window: Window, session: DemoSession) -> None:
    panel = window.map
    panel.use_route_tool(True)
    panel.open_go_to()
    QTest.keyClicks(panel.go_to.field, "12, 5 m")
    QTest.keyClick(panel.go_to.field, Qt.Key.Key_Return)
    panel.layers_tool.click()
    QTest.keyClick(panel.layers.list, Qt.Key.Key_Return)
    for card in (panel.go_to, panel.layers):
        card.show()
        QTest.mouseClick(card, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert not [call for call in session.calls if call[0] == "edit"]


def test_a_mistake_is_told_at_the_field_and_escape_closes_it(window: Window) -> None:
    panel, before = window.map, window.map.view.camera
    panel.open_go_to()
    QTest.keyClicks(panel.go_to.field, "177, -95")
    QTest.keyClick(panel.go_to.field, Qt.Key.Key_Return)
    assert "Latitude -95°" in panel.go_to.problem.text() and panel.go_to.problem.isVisible()
    assert panel.view.camera == before
    QTest.keyClicks(panel.go_to.field, "5")
    assert not panel.go_to.problem.isVisible()
    QTest.keyClick(panel.go_to.field, Qt.Key.Key_Escape)
    assert not panel.go_to.isVisible()
