"""Layers, light, measuring, small maps and export: by clicks and keys, and by what the pixels mean."""

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from roverctl.core.times import SECOND_NS
from roverctl.session.api.changes import Change
from roverctl.session.api.map import GROUND, SHADOW, MapTile, Sheet
from roverctl.session.work.tile_store import PINNED
from roverctl.terrain.tiling import TileKey, spacing_m
from roverctl.ui.map.camera import Camera
from roverctl.ui.map.layers import Layer, Light, MapChoice, coats_for, from_plain, light_time, to_plain
from roverctl.ui.map.panel import MapPanel
from roverctl.ui.map.tiles import BACKGROUND, PLAIN
from roverctl.ui.status import NOTHING
from roverctl.ui.top_bar import Perspective
from roverctl.ui.window import Window
from roverctl.ui.window_state import WindowState, load, save
from tests.ui import demo_ground
from tests.ui.conftest import OpenWindow, poll
from tests.ui.demo_session import DemoSession

LEFT, ALT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.AltModifier
DOWN, SPACE, ESCAPE = Qt.Key.Key_Down, Qt.Key.Key_Space, Qt.Key.Key_Escape


def striped(key: TileKey) -> MapTile:
    """Ground that is quick to make: stripes, and heights that rise to the east."""
    level, column, row = key
    east = (column * 256 + np.arange(256) + 0.5) * spacing_m(level)
    height = np.broadcast_to(0.1 * east, (256, 256)).astype(np.float32)
    shade = np.broadcast_to(np.arange(256) // 8 % 2 * 60 + 90, (256, 256)).astype(np.uint8)
    return MapTile(level, column, row, shade, height)


@pytest.fixture(autouse=True)
def quick_ground(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_ground, "render", striped)


@pytest.fixture
def panel(window: Window) -> MapPanel:
    """The map of Plan, 0.25 m a pixel about the lander, all tiles there."""
    window.show_perspective(Perspective.PLAN)
    QApplication.processEvents()
    session = window.desk.session
    assert isinstance(session, DemoSession)
    session.tiles_per_poll = 400
    view = window.map.view
    view.look(Camera(0.0, 0.0, 0.25, view.width(), view.height()))
    poll(window, 2)
    return window.map


def settle(panel: MapPanel, window: Window) -> None:
    """What was wished has come and is painted."""
    poll(window, 2)
    QApplication.processEvents()


def reddish(panel: MapPanel, share: float) -> int:
    """How much redder than blue the map is at a share of a tile's width east of the lander; tiles are 64 m, 256 px."""
    x, y = panel.view.camera.to_screen(64.0 * share, -20.0)
    colour = panel.view.grab().toImage().pixelColor(round(x), round(y))
    return colour.red() - colour.blue()


def test_space_shows_a_layer_and_its_colours_lie_where_its_tiles_have_them(panel: MapPanel, window: Window) -> None:
    panel.layers_tool.click()
    panel.layers.list.setCurrentRow(0)
    QTest.keyClick(panel.layers.list, SPACE)
    settle(panel, window)
    assert panel.choice.layers[0] == Layer("slope", True, 0.6)
    assert reddish(panel, 0.75) > 80  # the demonstration's products are red in the east half of each tile
    assert reddish(panel, 0.25) < 30
    QTest.keyClick(panel.layers.list, SPACE)
    settle(panel, window)
    assert reddish(panel, 0.75) < 30


def test_less_opacity_lets_more_of_the_ground_through(qtbot: QtBot, panel: MapPanel, window: Window) -> None:
    panel.layers_tool.click()
    panel.layers.list.setCurrentRow(0)
    QTest.keyClick(panel.layers.list, SPACE)
    settle(panel, window)
    before = reddish(panel, 0.75)
    panel.layers.opacity.setFocus()
    for _ in range(4):
        QTest.keyClick(panel.layers.opacity, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: panel._coats[-1].opacity == pytest.approx(0.2))
    settle(panel, window)
    assert 0.2 * before < reddish(panel, 0.75) < 0.5 * before


def test_alt_with_an_arrow_brings_a_layer_above_another_but_none_below_the_ground(panel: MapPanel) -> None:
    panel.layers_tool.click()
    panel.layers.list.setCurrentRow(0)
    QTest.keyClick(panel.layers.list, DOWN, ALT)
    assert [layer.name for layer in panel.choice.layers] == ["hazard", "slope", "sunlit"]
    for _ in range(5):
        QTest.keyClick(panel.layers.list, DOWN, ALT)
    assert [layer.name for layer in panel.choice.layers] == ["hazard", "sunlit", "slope"]
    assert panel.layers.list.item(panel.layers.list.count() - 1).text() == "Ground"


def test_the_legend_tells_colours_with_their_unit(panel: MapPanel) -> None:
    panel.layers_tool.click()
    panel.layers.list.setCurrentRow(0)
    assert panel.layers.legend.accessibleName() == "Legend: 0°, 30°"
    image = panel.layers.legend.grab().toImage()
    assert image.pixelColor(1, 6).blue() > image.pixelColor(1, 6).red()
    assert image.pixelColor(image.width() - 2, 6).red() > 200


def test_the_suns_light_at_a_chosen_time_is_asked_for_once_the_slider_rests(
    qtbot: QtBot, panel: MapPanel, session: DemoSession
) -> None:
    panel.layers_tool.click()
    panel.layers.light.setCurrentIndex(list(Light).index(Light.CHOSEN))
    wished: list[int] = []
    for hours in range(1, 40):
        panel.layers.hour.setValue(hours)
        wished.append(len({sheet.t_ns for sheet, _ in session.map.wanted}))
    assert set(wished) == {1}
    chosen = session.clock.now_ns + 39 * 3600 * SECOND_NS
    qtbot.waitUntil(lambda: any(abs(sheet.t_ns - chosen) < 900 * SECOND_NS for sheet, _ in session.map.wanted))
    assert {sheet.product for sheet, _ in session.map.wanted} == {"ground", SHADOW}
    assert any("light of the Sun at 2019" in line for line in panel.view.caption())


def test_the_light_of_now_moves_in_steps_that_can_be_seen() -> None:
    choice = MapChoice(light=Light.NOW)
    quarter = 900 * SECOND_NS
    begin = 2_000_000 * quarter
    assert light_time(choice, begin + quarter // 3) == light_time(choice, begin) == begin
    assert light_time(choice, begin + quarter) == begin + quarter
    assert light_time(MapChoice(), begin) == GROUND.t_ns


def test_the_light_before_stands_in_for_the_new_one(session: DemoSession) -> None:
    choice = MapChoice(light=Light.CHOSEN, light_ns=900 * SECOND_NS * 1000)
    first = coats_for(choice, session.map.info, 0, (0.0, 0.0), PLAIN)
    assert first[0].stand_ins == (GROUND,)
    choice.light_ns += 3600 * SECOND_NS
    second = coats_for(choice, session.map.info, 0, (0.0, 0.0), first)
    assert second[0].stand_ins == (first[0].sheet, GROUND)
    assert coats_for(choice, session.map.info, 0, (0.0, 0.0), second) == second


def test_measuring_tells_distance_bearing_and_height(panel: MapPanel, window: Window, session: DemoSession) -> None:
    session.traverse.plan()
    panel.toggle_measure()
    assert not panel.view.pointer.route_tool

    def click(east_m: float, north_m: float) -> None:
        x, y = panel.view.camera.to_screen(east_m, north_m)
        QTest.mouseClick(panel.view, LEFT, pos=QPoint(round(x), round(y)))

    click(-40.0, -20.0)
    click(20.0, -20.0)
    click(20.0, -60.0)
    click(20.0, -60.0)  # again: the end
    poll(window)
    figures = {name: label.text() for name, label in panel.card.figures.items()}
    assert figures["distance"] == "100 m"
    assert figures["bearing"] == NOTHING  # of no segment
    measured = session.map.measured
    assert measured is not None
    rise = measured.elevation_m[-1] - measured.elevation_m[0]
    assert float(figures["height"].split()[0]) == pytest.approx(rise, abs=0.006)
    assert session.traverse.state.draft.stops == ()
    QTest.keyClick(panel.view, ESCAPE)
    assert not panel.card.isVisible() and not panel.measure_tool.isChecked()
    assert panel.view.pointer.route_tool  # as before


def test_a_line_of_one_segment_has_a_bearing(panel: MapPanel, window: Window, session: DemoSession) -> None:
    panel.toggle_measure()
    for east_m, north_m in ((-40.0, -20.0), (20.0, -60.0), (20.0, -60.0)):
        x, y = panel.view.camera.to_screen(east_m, north_m)
        QTest.mouseClick(panel.view, LEFT, pos=QPoint(round(x), round(y)))
    bearing = panel.card.figures["bearing"].text()
    assert float(bearing[:-1]) == pytest.approx(math.degrees(math.atan2(60, -40)), abs=0.6)


def test_the_caption_tells_how_far_the_shading_is_and_of_shadows_only_where_there_are_some(
    panel: MapPanel, session: DemoSession
) -> None:
    panel.choice.light = Light.NOW
    panel._dress()
    assert panel.view.caption()[-1].endswith("UTC, shading … 0 %")
    wanted = session.map.wanted
    half = len(wanted) // 2
    session.map.sheets |= {(sheet, key): striped(key) for sheet, key in wanted[:half]}
    assert panel.view.caption()[-1].endswith(f"UTC, shading … {100 * half // len(wanted)} %")
    session.map.sheets |= {(sheet, key): striped(key) for sheet, key in wanted}
    assert panel.view.caption()[-1].endswith("UTC, with its shadows")
    panel.view.look(panel.view.camera.showing(2_000_000.0))
    session.map.sheets |= {(sheet, key): striped(key) for sheet, key in session.map.wanted}
    assert panel.view.caption()[-1].endswith(" UTC")


def test_a_view_beyond_a_small_map_is_framed_along_its_edge(panel: MapPanel) -> None:
    panel.minimap.show_camera(Camera(0.0, 0.0, 20_000.0, 800, 600))
    picture = panel.minimap.grab().toImage()
    corners = [picture.pixelColor(x, y) for x in (7, 108) for y in (7, 108)]
    assert all(c.red() > 150 and c.red() > c.blue() + 40 for c in corners)  # the frame's yellow


def test_measuring_by_keys_alone(qtbot: QtBot, panel: MapPanel, session: DemoSession) -> None:
    panel.toggle_measure()
    QTest.keyClick(panel.view, Qt.Key.Key_Return)
    QTest.keyClick(panel.view, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: panel.view.still)
    QTest.keyClick(panel.view, Qt.Key.Key_Return)
    assert len(panel.view.measure.corners) == 2
    QTest.keyClick(panel.view, Qt.Key.Key_Backspace)
    assert list(panel.view.measure.corners) == [(0.0, 0.0)]


def test_a_click_on_a_small_map_looks_there(qtbot: QtBot, panel: MapPanel) -> None:
    spot = QPoint(6 + 52 + 20, 6 + 52 - 10)
    QTest.mouseClick(panel.minimap, LEFT, pos=spot)
    qtbot.waitUntil(lambda: panel.view.still)
    metres = 2_700_000.0 / 104
    assert panel.view.camera.east_m == pytest.approx(20 * metres, abs=metres)
    assert panel.view.camera.north_m == pytest.approx(10 * metres, abs=metres)
    QTest.keyClick(panel.view, Qt.Key.Key_M)
    assert not panel.minimap.isVisible()


def test_the_picture_of_the_map_is_the_map_alone_also_at_twice_the_pixels(
    panel: MapPanel, window: Window, tmp_path: Path
) -> None:
    file = tmp_path / "map.png"
    panel.files.begin_sharp_picture(file)
    settle(panel, window)
    image = QImage(str(file))
    assert (image.width(), image.height()) == (2 * panel.view.width(), 2 * panel.view.height())
    row = [image.pixelColor(x, 900).lightness() for x in range(600, 760)]
    assert sum(a != b for a, b in itertools.pairwise(row)) == 20  # stripes of 8 pixels: its own, finer tiles
    assert "twice" not in window.strip.text and str(file) in window.strip.text


def test_a_layer_is_written_over_what_the_map_shows(panel: MapPanel, session: DemoSession, tmp_path: Path) -> None:
    panel.files.export_layer("slope", panel.choice, tmp_path / "slope.tif")
    name, arguments = session.calls[-1]
    assert (name, arguments[0], arguments[3]) == ("export", Sheet("slope"), tmp_path / "slope.tif")
    view = panel.view
    shown = view.camera.to_ground(0, view.height()), view.camera.to_ground(view.width(), 0)
    assert arguments[1:3] == (shown, 0.25)


def test_what_the_map_shows_is_kept_with_the_window(open_window: OpenWindow, session: DemoSession) -> None:
    window = open_window(session)
    window.map.layers.light.setCurrentIndex(list(Light).index(Light.NOW))
    window.map.choice.change("hazard", shown=True, opacity=0.35)
    window.map.layers.toggle("graticule")
    window.close()
    again = open_window(DemoSession())
    choice = again.map.choice
    assert (choice.light, choice.graticule, choice.minimap) == (Light.NOW, False, True)
    assert Layer("hazard", True, 0.35) in choice.layers
    assert not again.map.view.drawing.show_graticule
    assert any(coat.sheet.product == "hazard" for coat in again.map._coats)


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        {"layers": "slope"},
        {"layers": [["slope", 1, 0.5], ["a", True, 7.0], 3]},
        {"light": "moon", "ground": 0},
        {"light_ns": -4},
        {"light_ns": 1e99},
    ],
)
def test_a_damaged_choice_is_left_at_its_default(content: object) -> None:
    assert from_plain(content) == MapChoice()


def test_a_choice_comes_back_as_it_was(tmp_path: Path) -> None:
    choice = MapChoice([Layer("a", True, 0.25), Layer("b")], False, Light.CHOSEN, 12345, False, True, False)
    assert from_plain(to_plain(choice)) == choice
    save(tmp_path, WindowState(map=choice))
    assert load(tmp_path).map == choice


@pytest.mark.parametrize("size", [(1600, 1000), (1200, 750)])
@pytest.mark.parametrize("perspective", list(Perspective))
def test_what_lies_over_the_map_stays_within_it_and_apart(
    window: Window, size: tuple[int, int], perspective: Perspective
) -> None:
    window.resize(*size)
    window.show_perspective(perspective)
    QApplication.processEvents()
    window.map.layers_tool.click()
    QApplication.processEvents()
    view = window.map.view
    shown = [card for card in (window.map.layers, window.map.minimap) if card.isVisible()]
    assert window.map.layers in shown
    assert all(view.rect().contains(card.geometry()) for card in shown)
    if len(shown) == 2:
        assert not shown[0].geometry().intersects(shown[1].geometry())


def test_a_tile_that_came_anew_is_painted_anew(panel: MapPanel, window: Window, session: DemoSession) -> None:
    """When overviews are there the ground is drawn again: the same tiles, better."""
    x, y = panel.view.camera.to_screen(20.0, -20.0)
    key = (1, 0, -1)
    assert key in session.map.tiles
    before = panel.view.grab().toImage().pixelColor(round(x), round(y))
    tile = session.map.tiles[key]
    session.map.tiles[key] = MapTile(*key, np.full((256, 256), 250, dtype=np.uint8), tile.elevation_m)
    session._changed.add(Change.TILES)
    poll(window)
    assert panel.view.grab().toImage().pixelColor(round(x), round(y)).lightness() > before.lightness() + 20


def test_the_background_is_never_seen_once_there_is_a_coarse_ground(panel: MapPanel, window: Window) -> None:
    """Zooming out and in by the wheel's whole range: a stand-in is always there."""
    session = window.desk.session
    assert isinstance(session, DemoSession)
    view = panel.view
    for _, key in PINNED:
        session.map.tiles[key] = demo_ground.render(key)
    session.tiles_per_poll = 0
    for across_m in (3.0, 300.0, 30_000.0, 1_000_000.0, 2_500_000.0, 5_000.0, 0.2):
        view.look(view.camera.showing(across_m))
        image = view.grab().toImage()
        spots = [(x, y) for x in range(20, image.width(), 97) for y in range(250, image.height() - 120, 61)]
        bare = sum(image.pixelColor(x, y) == QColor(BACKGROUND) for x, y in spots)
        assert bare < 0.05 * len(spots), across_m
