"""What lies over the ground: names, lander, rovers, track and route. Known is solid, predicted dashed.

The map's own colours are the same in both themes: the ground under them is.
"""

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from roverctl.core.nouns import Pose
from roverctl.mission.profile import Mission
from roverctl.session.api.outlook import Forecast
from roverctl.session.api.session import Session
from roverctl.session.api.values import Array
from roverctl.ui.map.camera import Camera
from roverctl.ui.map.labels import HALO, WHITE, Labels
from roverctl.ui.status import age_text
from roverctl.ui.theme import DARK, SMALL_PX

ROUTE = QColor(DARK.accent)
PREDICTED = QColor(DARK.predicted)
_FEATURE = QColor(255, 255, 255, 215)
_DISC_PX = 9.0
_TIP_PX = 6.0  # the ring's arrow stands out by so much
_RING_PX = 14.0  # around the known rover, where the predicted one is too near to stand beside it
# 95 % of a two-dimensional normal distribution lies within this many sigma: sqrt(-2 ln 0.05).
_SIGMAS_95 = math.sqrt(-2.0 * math.log(0.05))
_MOVES_M = 0.05  # less is the estimate settling, not a drive
_FEATURE_MIN_PX = 14.0  # a crater smaller than this on screen has no circle, and no name unless it is a point


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A named feature in site metres."""

    name: str
    kind: str
    east_m: float
    north_m: float
    diameter_m: float


def feature_places(mission: Mission) -> list[NamedPlace]:
    """The mission's features where the map needs them, largest first."""
    places = []
    for feature in mission.features:
        east, north = mission.site.to_site(feature.longitude_deg, feature.latitude_deg)
        places.append(NamedPlace(feature.name, feature.kind, float(east), float(north), feature.diameter_m))
    return sorted(places, key=lambda place: -place.diameter_m)


def shown_features(camera: Camera, places: list[NamedPlace]) -> list[tuple[NamedPlace, float, float, float]]:
    """Those in view that are neither a dot nor the whole view, largest first, with x, y and radius on screen."""
    view = QRectF(0, 0, camera.width_px, camera.height_px)
    shown = []
    for place in places:
        x, y = camera.to_screen(place.east_m, place.north_m)
        radius = place.diameter_m / 2 / camera.m_per_px
        if radius > 0.8 * max(camera.width_px, camera.height_px) or (0 < radius < _FEATURE_MIN_PX / 2):
            continue
        # A point is a place of the site: far out it would only stand in the way.
        if radius == 0 and camera.m_per_px > 5.0:
            continue
        if view.adjusted(-radius, -radius, radius, radius).contains(x, y):
            shown.append((place, x, y, radius))
    return shown


def feature_circles(painter: QPainter, camera: Camera, places: list[NamedPlace]) -> None:
    """Craters with their circle. Solid and faint: dots would take ten times as long."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(255, 255, 255, 48), 1))
    for _, x, y, radius in shown_features(camera, places):
        if radius > 0:
            painter.drawEllipse(QPointF(x, y), radius, radius)


def feature_names(painter: QPainter, camera: Camera, places: list[NamedPlace], labels: Labels) -> None:
    """Names of places, largest first."""
    for place, x, y, _ in shown_features(camera, places):
        if 0 <= x <= camera.width_px and 0 <= y <= camera.height_px:
            labels.centred(painter, place.name, x, y + 4, colour=_FEATURE, size=SMALL_PX)


def lander(painter: QPainter, camera: Camera, labels: Labels) -> None:
    """A hollow diamond at the site's origin."""
    x, y = camera.to_screen(0.0, 0.0)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    diamond = QPolygonF([QPointF(x, y - 8), QPointF(x + 8, y), QPointF(x, y + 8), QPointF(x - 8, y)])
    painter.setBrush(HALO)
    painter.setPen(QPen(WHITE, 2))
    painter.drawPolygon(diamond)
    labels.keep_clear(around(x, y, 8))


def lander_name(painter: QPainter, camera: Camera, name: str, labels: Labels) -> None:
    """Beside the diamond; after the rovers, whose words come first."""
    labels.beside(painter, name, *camera.to_screen(0.0, 0.0), 8)


def around(x: float, y: float, reach_px: float) -> QRectF:
    """The square that reaches so far from a pixel."""
    return QRectF(x - reach_px, y - reach_px, 2 * reach_px, 2 * reach_px)


def polyline(camera: Camera, east_m: Array, north_m: Array) -> QPolygonF:
    """Screen points of a line on the ground."""
    xs = camera.width_px / 2 + (east_m - camera.east_m) / camera.m_per_px
    ys = camera.height_px / 2 - (north_m - camera.north_m) / camera.m_per_px
    return QPolygonF([QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)])


def track(painter: QPainter, camera: Camera, session: Session) -> None:
    """Where the rover has been, as it reported."""
    east, north = session.track()
    if len(east) < 2:
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    line = polyline(camera, east, north)
    painter.setPen(QPen(HALO, 3.5))
    painter.drawPolyline(line)
    painter.setPen(QPen(WHITE, 1.5))
    painter.drawPolyline(line)


def _arrow(painter: QPainter, x: float, y: float, heading_rad: float, colour: QColor) -> None:
    painter.save()
    painter.translate(x, y)
    painter.rotate(math.degrees(heading_rad))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([QPointF(0, -6), QPointF(4.4, 5), QPointF(0, 2.4), QPointF(-4.4, 5)]))
    painter.restore()


def known_rover(painter: QPainter, camera: Camera, pose: Pose, labels: Labels) -> None:
    """The rover as last reported: a solid white disc with its heading."""
    x, y = camera.to_screen(pose.east_m, pose.north_m)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(HALO, 1.5))
    painter.setBrush(WHITE)
    painter.drawEllipse(QPointF(x, y), _DISC_PX, _DISC_PX)
    _arrow(painter, x, y, pose.heading_rad, QColor("#14181d"))
    labels.keep_clear(around(x, y, _DISC_PX))


def rover_names(
    painter: QPainter, camera: Camera, forecast: Forecast | None, known: Pose | None, now_ns: int, labels: Labels
) -> None:
    """How old the known place is, and how good the predicted one; both are always told."""
    standing = forecast is None or _standing(camera, forecast, known)
    near = forecast is not None and not standing and _apart_px(camera, forecast, known) < _RING_PX
    clear = _RING_PX + _TIP_PX if near else _DISC_PX
    if known is not None:
        place = camera.to_screen(known.east_m, known.north_m)
        labels.beside(painter, f"known {age_text((now_ns - known.t_ns) / 1e9)} ago", *place, clear, must=True)
    if forecast is not None and not standing:
        great, _, _ = ellipse_95(forecast.pose.covariance_m2)
        place = camera.to_screen(forecast.pose.east_m, forecast.pose.north_m)
        within = f"{great:.1f} m" if great >= 0.95 else f"{max(100 * great, 1.0):.0f} cm"
        text, colour = f"predicted now ± {within}", QColor("#d9cdff")
        labels.beside(painter, text, *place, clear, colour=colour, must=True)


def ellipse_95(covariance_m2: tuple[float, float, float]) -> tuple[float, float, float]:
    """Semi-axes in metres and the angle of the greater from north, clockwise, of the 95 % ellipse of (ee, en, nn)."""
    ee, en, nn = covariance_m2
    middle, spread = (ee + nn) / 2, math.hypot((ee - nn) / 2, en)
    angle = 0.5 * math.atan2(2 * en, nn - ee)
    return (
        _SIGMAS_95 * math.sqrt(max(middle + spread, 0.0)),
        _SIGMAS_95 * math.sqrt(max(middle - spread, 0.0)),
        angle,
    )


def _apart_px(camera: Camera, forecast: Forecast, known: Pose | None) -> float:
    if known is None:
        return math.inf
    predicted = camera.to_screen(forecast.pose.east_m, forecast.pose.north_m)
    return math.dist(predicted, camera.to_screen(known.east_m, known.north_m))


def under_way(forecast: Forecast) -> bool:
    """Whether what is in flight still moves the rover."""
    east, north = forecast.path_east_m, forecast.path_north_m
    if len(east) < 2:
        return False
    return float(max(east.max() - east.min(), north.max() - north.min())) > _MOVES_M


def _standing(camera: Camera, forecast: Forecast, known: Pose | None) -> bool:
    """Where it was last seen, with nothing under way: one symbol says it."""
    return _apart_px(camera, forecast, known) < 3.0 and not under_way(forecast)


def path_ahead(painter: QPainter, camera: Camera, forecast: Forecast, labels: Labels) -> None:
    """Where what is in flight leads, dashed, over a route of the plan that it may follow."""
    if not under_way(forecast):
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    line = polyline(camera, forecast.path_east_m, forecast.path_north_m)
    painter.setPen(QPen(HALO, 4.5))
    painter.drawPolyline(line)
    pen = QPen(PREDICTED, 2.0, Qt.PenStyle.CustomDashLine)
    pen.setDashPattern([4, 2.5])
    painter.setPen(pen)
    painter.drawPolyline(line)
    _keep_line_clear(line, labels)


def _keep_line_clear(line: QPolygonF, labels: Labels) -> None:
    """A box every dozen pixels, for as long as names could come near."""
    start, boxes = line.at(0), 0
    for end in line.toList()[1:]:
        length = math.hypot(end.x() - start.x(), end.y() - start.y())
        steps = int(length // 12.0)
        for i in range(min(steps, 60 - boxes)):
            share = (i + 1) / steps
            x, y = start.x() + share * (end.x() - start.x()), start.y() + share * (end.y() - start.y())
            labels.keep_clear(around(x, y, 4))
        boxes += steps
        if boxes >= 60:
            return
        if steps:
            start = end


def predicted_rover(painter: QPainter, camera: Camera, forecast: Forecast, known: Pose | None, labels: Labels) -> None:
    """Where the rover should be now, hollow and dashed, with the ellipse that holds it 19 times of 20.

    Nearer to the known rover than its symbol is wide it is a ring around it, so that both are seen.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pose = forecast.pose
    x, y = camera.to_screen(pose.east_m, pose.north_m)
    great, small, angle = ellipse_95(pose.covariance_m2)
    painter.save()
    painter.translate(x, y)
    painter.rotate(math.degrees(angle))
    pen = QPen(PREDICTED, 1.4, Qt.PenStyle.CustomDashLine)
    pen.setDashPattern([2.5, 2])
    painter.setPen(pen)
    painter.setBrush(QColor(PREDICTED.red(), PREDICTED.green(), PREDICTED.blue(), 45))
    painter.drawEllipse(QPointF(0, 0), small / camera.m_per_px, great / camera.m_per_px)
    painter.restore()
    if _standing(camera, forecast, known):
        return
    near = _apart_px(camera, forecast, known) < _RING_PX
    radius = _RING_PX if near else _DISC_PX - 1
    painter.setPen(QPen(HALO, 4) if near else pen)
    painter.setBrush(QColor(20, 16, 34, 200))
    painter.drawEllipse(QPointF(x, y), radius, radius)
    if near:
        pen.setWidthF(2.0)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(x, y), radius, radius)
        tip = radius + 3
        sine, cosine = math.sin(pose.heading_rad), math.cos(pose.heading_rad)
        _arrow(painter, x + tip * sine, y - tip * cosine, pose.heading_rad, PREDICTED)
    else:
        _arrow(painter, x, y, pose.heading_rad, PREDICTED)
    labels.keep_clear(around(x, y, radius + (_TIP_PX if near else 0)))
