"""Names on the map keep clear of symbols and of each other, and both rovers are always to be seen."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from roverctl.core.nouns import Pose
from roverctl.session.api.map import MapInfo
from roverctl.session.api.outlook import Forecast
from roverctl.session.api.traverse import PlanState
from roverctl.ui.map import overlays, route_marks
from roverctl.ui.map.camera import Camera, about_text
from roverctl.ui.map.labels import Labels
from roverctl.ui.map.plates import caption_lines
from roverctl.ui.theme import Theme
from tests.ui.demo_session import DemoSession

CAMERA = Camera(0.0, 0.0, 0.2, 900, 600)


class Sheet:
    """An image to paint on, with its labels."""

    def __init__(self, camera: Camera = CAMERA) -> None:
        self.image = QImage(camera.width_px, camera.height_px, QImage.Format.Format_RGB32)
        self.image.fill(QColor("#505050"))
        self.painter = QPainter(self.image)
        self.labels = Labels(camera.width_px, camera.height_px)
        self.camera = camera

    def count(self, colour: QColor, left: float, top: float, right: float, bottom: float) -> int:
        """Pixels of nearly a colour in a rectangle."""
        found = 0
        for x, y in itertools.product(range(int(left), int(right)), range(int(top), int(bottom))):
            pixel = self.image.pixelColor(x, y)
            found += (
                abs(pixel.red() - colour.red())
                + abs(pixel.green() - colour.green())
                + abs(pixel.blue() - colour.blue())
                < 60
            )
        return found


@pytest.fixture
def sheet(theme: Theme) -> Iterator[Sheet]:
    sheet = Sheet()
    yield sheet
    if sheet.painter.isActive():
        sheet.painter.end()


def forecast_at(session: DemoSession, east_m: float, north_m: float, *, moving: bool) -> Forecast:
    made = session.forecast
    assert made is not None
    path = made.path_east_m if moving else made.path_east_m * 0.0
    pose = replace(made.pose, east_m=east_m, north_m=north_m, covariance_m2=(0.01, 0.0, 0.01))
    return replace(made, pose=pose, path_east_m=path, path_north_m=path * 0.0)


def pose_at(session: DemoSession, east_m: float, north_m: float) -> Pose:
    known = session.known
    assert known is not None
    return replace(known, east_m=east_m, north_m=north_m)


def test_a_name_takes_the_first_side_that_is_free(sheet: Sheet) -> None:
    sides = []
    for _ in range(4):
        assert sheet.labels.beside(sheet.painter, "name", 450, 300, 8)
        sides.append(sheet.labels.taken[-1].center())
    right, left, above, below = sides
    assert right.x() > 450 and abs(right.y() - 300) < 4
    assert left.x() < 450 and abs(left.y() - 300) < 4
    assert above.y() < 290 and abs(above.x() - 450) < 4
    assert below.y() > 310 and abs(below.x() - 450) < 4


def test_a_name_without_room_is_left_out_unless_it_must_be_told(sheet: Sheet) -> None:
    sheet.labels.keep_clear(QRectF(0, 0, 900, 600))
    assert not sheet.labels.beside(sheet.painter, "crater", 450, 300, 8)
    assert sheet.labels.beside(sheet.painter, "known 2 s ago", 450, 300, 8, must=True)


def test_a_name_stays_within_the_map(sheet: Sheet) -> None:
    assert sheet.labels.beside(sheet.painter, "goal 62.4 m", 890, 300, 8)
    assert QRectF(0, 0, 900, 600).contains(sheet.labels.taken[-1])


@pytest.mark.parametrize("apart_m", [0.0, 1.0, 2.5, 4.0, 8.0])
def test_lander_and_rovers_near_each_other_have_names_that_cover_nothing(
    sheet: Sheet, session: DemoSession, apart_m: float
) -> None:
    known = pose_at(session, -apart_m, -apart_m)
    forecast = forecast_at(session, -apart_m - 0.3, -apart_m, moving=True)
    painter, labels = sheet.painter, sheet.labels
    overlays.lander(painter, CAMERA, labels)
    overlays.predicted_rover(painter, CAMERA, forecast, known, labels)
    overlays.known_rover(painter, CAMERA, known, labels)
    symbols = list(labels.taken)
    overlays.rover_names(painter, CAMERA, forecast, known, known.t_ns + 2_000_000_000, labels)
    overlays.lander_name(painter, CAMERA, "Chang'e 4", labels)
    names = labels.taken[len(symbols) :]
    assert len(names) == (3 if apart_m > 2 else 2)  # within the ring there is no room for the name of the lander
    for name in names:
        assert not any(name.intersects(symbol) for symbol in symbols)
    assert not any(a.intersects(b) for a, b in itertools.combinations(names, 2))


def violet_around_known(sheet: Sheet, session: DemoSession, *, moving: bool) -> int:
    known = pose_at(session, 0.0, 0.0)
    forecast = forecast_at(session, 0.2, 0.0, moving=moving)  # a pixel apart
    overlays.predicted_rover(sheet.painter, CAMERA, forecast, known, sheet.labels)
    overlays.known_rover(sheet.painter, CAMERA, known, sheet.labels)
    sheet.painter.end()
    return sheet.count(overlays.PREDICTED, 430, 280, 470, 320)


def test_while_driving_the_predicted_rover_is_a_ring_around_the_known(sheet: Sheet, session: DemoSession) -> None:
    assert violet_around_known(sheet, session, moving=True) > 40
    assert sheet.image.pixelColor(443, 300).lightness() > 200  # and the disc inside is the known one's


def test_a_rover_that_stands_has_one_symbol(sheet: Sheet, session: DemoSession) -> None:
    assert violet_around_known(sheet, session, moving=False) == 0


def test_what_is_in_flight_is_dashed_over_the_route(sheet: Sheet, session: DemoSession) -> None:
    forecast = forecast_at(session, 0.0, 0.0, moving=True)
    route_marks.draw(sheet.painter, CAMERA, PlanState(), sheet.labels, route_marks.Shown())
    overlays.path_ahead(sheet.painter, CAMERA, forecast, sheet.labels)
    sheet.painter.end()
    start, _ = CAMERA.to_screen(float(forecast.path_east_m.min()), 0.0)
    end, _ = CAMERA.to_screen(float(forecast.path_east_m.max()), 0.0)
    violet = sheet.count(overlays.PREDICTED, start, 298, end, 303)
    assert 0.2 * (end - start) < violet < 3.0 * (end - start)


def test_lengths_have_three_digits() -> None:
    shown = [about_text(x) for x in (947.605, 18_000.0, 999.7, 474.0, 0.2518, 1.5, 59.96, 12_345.0)]
    assert shown == ["948 m", "18 km", "1 km", "474 m", "25.2 cm", "1.5 m", "60 m", "12.3 km"]


def test_the_caption_says_what_is_made_up() -> None:
    lines = caption_lines(MapInfo("Ground", 474.0, 947.605), 0.25)
    assert lines == ["Ground", "shown at 25 cm a pixel · relief below 948 m is generated"]
    assert caption_lines(MapInfo("", 0.0, 0.0), 0.25) == []
