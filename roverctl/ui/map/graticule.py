"""The graticule: true meridians and parallels, bent as the site frame bends them; near, lines of east and north."""

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from roverctl.core.site import SiteFrame
from roverctl.session.api.values import Array
from roverctl.ui.map.camera import Camera, length_text, round_length
from roverctl.ui.map.labels import Labels
from roverctl.ui.theme import SMALL_PX

# Degrees, then minutes, between lines.
_STEPS_DEG = (30.0, 20.0, 10.0, 5.0, 2.0, 1.0, 0.5, 1 / 3, 1 / 6, 1 / 12, 1 / 30, 1 / 60)
_APART_PX = 150.0
_METRES_BELOW = 2.0  # metres a pixel: nearer, an operator counts metres from the lander
_POINTS = 33  # of a line
_EDGE_PX = 15  # baseline of the names along the top
_LINE = QColor(255, 255, 255, 34)
_MARK = QColor(255, 255, 255, 150)


@dataclass(frozen=True, slots=True)
class Mark:
    """What a line is called, and where it leaves the view: on the top edge, or on the left one."""

    text: str
    px: float
    top: bool


@dataclass(frozen=True, slots=True)
class Graticule:
    """Lines on screen and their names."""

    lines: tuple[QPolygonF, ...]
    marks: tuple[Mark, ...]

    def draw(self, painter: QPainter) -> None:
        """The lines."""
        painter.setPen(QPen(_LINE, 1))
        for line in self.lines:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, line.size() > 2)
            painter.drawPolyline(line)

    def name(self, painter: QPainter, labels: Labels) -> None:
        """The names at the edges, where nothing else stands."""
        for mark in self.marks:
            if mark.top:
                labels.centred(painter, mark.text, mark.px, _EDGE_PX, colour=_MARK, size=SMALL_PX)
            elif mark.px > 2 * _EDGE_PX:
                labels.leftmost(painter, mark.text, mark.px - 4, colour=_MARK, size=SMALL_PX)


def graticule(camera: Camera, site: SiteFrame) -> Graticule:
    """Lines some 150 pixels apart at round figures."""
    return _metres(camera) if camera.m_per_px < _METRES_BELOW else _degrees(camera, site)


def _metres(camera: Camera) -> Graticule:
    step = round_length(_APART_PX * 1.4 * camera.m_per_px)
    west, north = camera.to_ground(0, 0)
    east, south = camera.to_ground(camera.width_px, camera.height_px)
    lines, marks = [], []
    for i in range(math.ceil(west / step), math.floor(east / step) + 1):
        x = round(camera.to_screen(i * step, 0.0)[0])
        lines.append(QPolygonF([QPointF(x, 0), QPointF(x, camera.height_px)]))
        marks.append(Mark(_metres_text(i * step, "E", "W"), x, True))
    for i in range(math.ceil(south / step), math.floor(north / step) + 1):
        y = round(camera.to_screen(0.0, i * step)[1])
        lines.append(QPolygonF([QPointF(0, y), QPointF(camera.width_px, y)]))
        marks.append(Mark(_metres_text(i * step, "N", "S"), y, False))
    return Graticule(tuple(lines), tuple(marks))


def _metres_text(metres: float, positive: str, negative: str) -> str:
    if metres == 0:
        return "0"
    return f"{length_text(round(abs(metres), 6))} {positive if metres > 0 else negative}"


def _degrees(camera: Camera, site: SiteFrame) -> Graticule:
    west, east, south, north = _bounds(camera, site)
    degree_px = math.radians(1.0) * site.body_radius_m / camera.m_per_px
    middle = math.radians(min(max((south + north) / 2, -85.0), 85.0))
    lat_step = _step(degree_px)
    lon_step = _step(degree_px * math.cos(middle))
    lines, marks = [], []
    latitudes = np.linspace(max(south, lat_step - 90.0), min(north, 90.0 - lat_step), _POINTS)
    for i in range(math.ceil(west / lon_step), math.floor(east / lon_step) + 1):
        if east - west >= 360.0 and i * lon_step >= west + 360.0:
            break  # the same meridian again
        xs, ys = _on_screen(camera, *site.to_site(np.full(_POINTS, i * lon_step), latitudes))
        lines.append(_line(xs, ys))
        crossing = _crossing(xs, ys, camera.width_px)
        if crossing is not None:
            marks.append(Mark(_longitude_text(i * lon_step, lon_step), crossing, True))
    longitudes = np.linspace(west, east, _POINTS if east - west < 180 else 4 * _POINTS)
    for i in range(math.ceil(south / lat_step), math.floor(north / lat_step) + 1):
        xs, ys = _on_screen(camera, *site.to_site(longitudes, np.full(len(longitudes), i * lat_step)))
        lines.append(_line(xs, ys))
        crossing = _crossing(ys, xs, camera.height_px)
        if crossing is not None:
            marks.append(Mark(_latitude_text(i * lat_step, lat_step), crossing, False))
    return Graticule(tuple(lines), tuple(marks))


def _step(degree_px: float) -> float:
    return next((step for step in reversed(_STEPS_DEG) if step * degree_px >= _APART_PX), _STEPS_DEG[0])


def _bounds(camera: Camera, site: SiteFrame) -> tuple[float, float, float, float]:
    """West, east, south, north of the view in degrees; all meridians where it holds a pole."""
    across, down = np.linspace(0, camera.width_px, 17), np.linspace(0, camera.height_px, 17)
    x = np.concatenate([across, across, np.zeros(17), np.full(17, camera.width_px)])
    y = np.concatenate([np.zeros(17), np.full(17, camera.height_px), down, down])
    east_m = camera.east_m + (x - camera.width_px / 2) * camera.m_per_px
    north_m = camera.north_m - (y - camera.height_px / 2) * camera.m_per_px
    lon, lat = site.to_geographic(east_m, north_m)
    middle = float(site.to_geographic(camera.east_m, camera.north_m)[0])
    apart = (lon - middle + 180.0) % 360.0 - 180.0
    west, east = middle + float(apart.min()), middle + float(apart.max())
    south, north = float(lat.min()), float(lat.max())
    for pole in (-90.0, 90.0):
        px, py = camera.to_screen(*(float(part) for part in site.to_site(middle, pole)))
        if 0 <= px <= camera.width_px and 0 <= py <= camera.height_px:
            west, east = middle - 180.0, middle + 180.0
            south, north = min(south, pole), max(north, pole)
    return west, east, south, north


def _on_screen(camera: Camera, east_m: Array, north_m: Array) -> tuple[Array, Array]:
    xs = camera.width_px / 2 + (east_m - camera.east_m) / camera.m_per_px
    ys = camera.height_px / 2 - (north_m - camera.north_m) / camera.m_per_px
    return xs, ys


def _line(xs: Array, ys: Array) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)])


def _crossing(along: Array, across: Array, length_px: float) -> float | None:
    """Where a line first crosses an edge of the view: ``across`` is 0 on it, ``along`` runs from 0 to its length."""
    beyond = across < 0.0
    k = np.flatnonzero(beyond[:-1] != beyond[1:])
    at = along[k] + (along[k + 1] - along[k]) * across[k] / (across[k] - across[k + 1])
    at = at[(at >= 0.0) & (at <= length_px)]
    return float(at[0]) if len(at) else None


def _longitude_text(degrees: float, step: float) -> str:
    """East of the prime meridian up to 360°, as places are told everywhere."""
    return f"{_angle_text(round(degrees * 60.0) % 21_600, step)} E"


def _latitude_text(degrees: float, step: float) -> str:
    minutes = round(degrees * 60.0)
    text = _angle_text(abs(minutes), step)
    return text if minutes == 0 else f"{text} {'N' if minutes > 0 else 'S'}"


def _angle_text(minutes: int, step: float) -> str:
    return f"{minutes // 60}°" if step >= 1.0 else f"{minutes // 60}° {minutes % 60:02d}′"
