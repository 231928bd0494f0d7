"""What lies over the ground: names, graticule, lander, rovers, track and route. Known is solid, predicted dashed.

The map's own colours are the same in both themes: the ground under them is.
"""

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from roverctl.core.nouns import Pose
from roverctl.mission.profile import Mission
from roverctl.session.api import Array, Forecast, PlanState, Session
from roverctl.ui.map_camera import Camera, length_text, round_length
from roverctl.ui.status import age_text
from roverctl.ui.theme import DARK, SMALL_PX, TEXT_PX, Theme, mono, sans

WHITE = QColor("#ffffff")
HALO = QColor(12, 14, 17, 150)
ROUTE = QColor(DARK.accent)
PREDICTED = QColor(DARK.predicted)
_DISC_PX = 9.0
_AROUND = ((-1, -1), (-1, 1), (1, -1), (1, 1), (0, -1.5), (0, 1.5), (-1.5, 0), (1.5, 0))
# 95 % of a two-dimensional normal distribution lies within this many sigma: sqrt(-2 ln 0.05).
_SIGMAS_95 = math.sqrt(-2.0 * math.log(0.05))
_FEATURE_MIN_PX = 14.0  # a crater smaller than this on screen has no circle, and no name unless it is a point


@dataclass(slots=True)
class Labels:
    """Text with a halo that keeps clear of text already set."""

    taken: list[QRectF]

    def put(
        self, painter: QPainter, text: str, x: float, y: float, *, colour: QColor = WHITE, size: int = TEXT_PX,
        centred: bool = False, must: bool = False, figures: bool = False,
    ) -> bool:  # fmt: skip
        """Set ``text`` with its baseline at (x, y); left out where it would cover another, unless it ``must`` be."""
        font = mono(size) if figures else sans(size)
        metrics = QFontMetricsF(font)
        width = metrics.horizontalAdvance(text)
        left = x - width / 2 if centred else x
        box = QRectF(left - 4, y - metrics.ascent() - 1, width + 8, metrics.height() + 2)
        if not must and any(box.intersects(other) for other in self.taken):
            return False
        self.taken.append(box)
        painter.setFont(font)
        painter.setPen(HALO)
        for dx, dy in _AROUND:  # a stroked outline would take ten times as long
            painter.drawText(QPointF(left + dx, y + dy), text)
        painter.setPen(colour)
        painter.drawText(QPointF(left, y), text)
        return True


def graticule(painter: QPainter, camera: Camera) -> None:
    """Lines of east and north at round metres, about 140 pixels apart."""
    step = round_length(max(200 * camera.m_per_px, 1e-3))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(QColor(255, 255, 255, 30), 1))
    west, north = camera.to_ground(0, 0)
    east, south = camera.to_ground(camera.width_px, camera.height_px)
    for i in range(math.ceil(west / step), math.floor(east / step) + 1):
        x = round(camera.to_screen(i * step, 0.0)[0])
        painter.drawLine(x, 0, x, camera.height_px)
    for i in range(math.ceil(south / step), math.floor(north / step) + 1):
        y = round(camera.to_screen(0.0, i * step)[1])
        painter.drawLine(0, y, camera.width_px, y)


@dataclass(frozen=True, slots=True)
class Place:
    """A named feature in site metres."""

    name: str
    kind: str
    east_m: float
    north_m: float
    diameter_m: float


def feature_places(mission: Mission) -> list[Place]:
    """The mission's features where the map needs them, largest first."""
    places = []
    for feature in mission.features:
        east, north = mission.site.to_site(feature.longitude_deg, feature.latitude_deg)
        places.append(Place(feature.name, feature.kind, float(east), float(north), feature.diameter_m))
    return sorted(places, key=lambda place: -place.diameter_m)


def features(painter: QPainter, camera: Camera, places: list[Place], labels: Labels) -> None:
    """Names of places, largest first; craters with their circle once it is neither a dot nor the whole view."""
    view = QRectF(0, 0, camera.width_px, camera.height_px)
    for feature in places:
        x, y = camera.to_screen(feature.east_m, feature.north_m)
        radius = feature.diameter_m / 2 / camera.m_per_px
        if radius > 0.8 * max(camera.width_px, camera.height_px) or (0 < radius < _FEATURE_MIN_PX / 2):
            continue
        # A point is a place of the site: far out it would only stand in the way.
        if radius == 0 and camera.m_per_px > 5.0:
            continue
        if not view.adjusted(-radius, -radius, radius, radius).contains(x, y):
            continue
        if radius > 0:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(255, 255, 255, 70), 1, Qt.PenStyle.DotLine))
            painter.drawEllipse(QPointF(x, y), radius, radius)
        if view.contains(x, y):
            faded = QColor(255, 255, 255, 215)
            labels.put(painter, feature.name, x, y + 4, colour=faded, size=SMALL_PX, centred=True)


def lander(painter: QPainter, camera: Camera) -> None:
    """A hollow diamond at the site's origin."""
    x, y = camera.to_screen(0.0, 0.0)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    diamond = QPolygonF([QPointF(x, y - 8), QPointF(x + 8, y), QPointF(x, y + 8), QPointF(x - 8, y)])
    painter.setBrush(HALO)
    painter.setPen(QPen(WHITE, 2))
    painter.drawPolygon(diamond)


def lander_name(painter: QPainter, camera: Camera, name: str, labels: Labels) -> None:
    """Under the diamond, or where there is room beside it; after the rovers, whose words come first."""
    x, y = camera.to_screen(0.0, 0.0)
    width = QFontMetricsF(sans(TEXT_PX)).horizontalAdvance(name)
    for left, base in ((x - width / 2, y + 24), (x - width / 2, y - 14), (x + 14, y + 4), (x - width - 14, y + 4)):
        if labels.put(painter, name, left, base):
            return


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


def route(painter: QPainter, camera: Camera, plan: PlanState, labels: Labels, chosen: int | None) -> None:
    """The planned route, its waypoints, the via points as squares, the goal; ``chosen`` is the handle last touched."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    dark = QColor("#0e1a2b")
    if plan.route is not None:
        line = polyline(camera, plan.route.east_m, plan.route.north_m)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(HALO, 4.5))
        painter.drawPolyline(line)
        painter.setPen(QPen(ROUTE, 2.2))
        painter.drawPolyline(line)
        painter.setPen(QPen(ROUTE, 1.8))
        painter.setBrush(dark)
        for east, north in plan.route.waypoints[:-1]:
            painter.drawEllipse(QPointF(*camera.to_screen(east, north)), 3.2, 3.2)
    for index, (east, north) in enumerate(plan.via_m):
        x, y = camera.to_screen(east, north)
        painter.setPen(QPen(WHITE if chosen == index else ROUTE, 2))
        painter.setBrush(dark)
        painter.drawRect(QRectF(x - 5, y - 5, 10, 10))
        labels.put(painter, f"via {index + 1}", x + 10, y - 6, size=SMALL_PX)
    if plan.goal_m is not None:
        x, y = camera.to_screen(*plan.goal_m)
        painter.setPen(QPen(WHITE if chosen == len(plan.via_m) else ROUTE, 2))
        painter.setBrush(dark)
        painter.drawEllipse(QPointF(x, y), 6.5, 6.5)
        painter.setBrush(ROUTE)
        painter.drawEllipse(QPointF(x, y), 1.5, 1.5)
        text = "goal" if plan.route is None else f"goal {plan.route.distance_m:.1f} m"
        text = "goal · planning …" if plan.busy else text
        labels.put(painter, text, x + 12, y - 6, must=True)


def _arrow(painter: QPainter, x: float, y: float, heading_rad: float, colour: QColor) -> None:
    painter.save()
    painter.translate(x, y)
    painter.rotate(math.degrees(heading_rad))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([QPointF(0, -6), QPointF(4.4, 5), QPointF(0, 2.4), QPointF(-4.4, 5)]))
    painter.restore()


def known_rover(painter: QPainter, camera: Camera, pose: Pose, now_ns: int, labels: Labels) -> None:
    """The rover as last reported: a solid white disc with its heading."""
    x, y = camera.to_screen(pose.east_m, pose.north_m)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(HALO, 1.5))
    painter.setBrush(WHITE)
    painter.drawEllipse(QPointF(x, y), _DISC_PX, _DISC_PX)
    _arrow(painter, x, y, pose.heading_rad, QColor("#14181d"))
    labels.put(painter, f"known {age_text((now_ns - pose.t_ns) / 1e9)} ago", x, y - 16, centred=True, must=True)


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


def predicted_rover(painter: QPainter, camera: Camera, forecast: Forecast, known: Pose | None, labels: Labels) -> None:
    """Where the rover should be now, hollow and dashed, with the ellipse that holds it 19 times of 20."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if len(forecast.path_east_m) > 1:
        pen = QPen(PREDICTED, 1.6, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.drawPolyline(polyline(camera, forecast.path_east_m, forecast.path_north_m))
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
    apart_px = math.inf if known is None else math.dist((x, y), camera.to_screen(known.east_m, known.north_m))
    if apart_px < 3.0:  # standing where it was last seen: one symbol says it
        return
    painter.setPen(pen)
    painter.setBrush(QColor(20, 16, 34, 200))
    painter.drawEllipse(QPointF(x, y), _DISC_PX - 1, _DISC_PX - 1)
    _arrow(painter, x, y, pose.heading_rad, PREDICTED)
    at = max(great, small)
    labels.put(painter, f"predicted now ± {at:.1f} m", x + 14, y + 18, colour=QColor("#d9cdff"), must=True)


def _plate(painter: QPainter, box: QRectF, theme: Theme) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.colour("line"), 1))
    painter.setBrush(theme.colour("panel", 230))
    painter.drawRoundedRect(box, 3, 3)


def scale_bar(painter: QPainter, camera: Camera, theme: Theme) -> None:
    """A round length at the lower right, and which way is north."""
    length = round_length(140 * camera.m_per_px)
    width = length / camera.m_per_px
    right, bottom = camera.width_px - 12.0, camera.height_px - 12.0
    box = QRectF(right - width - 24, bottom - 34, width + 24, 34)
    _plate(painter, box, theme)
    painter.setPen(QPen(theme.colour("text"), 1))
    painter.setFont(mono(SMALL_PX))
    painter.drawText(box.adjusted(0, 4, 0, -14), Qt.AlignmentFlag.AlignCenter, length_text(length))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    y = int(bottom - 9)
    painter.fillRect(QRectF(box.left() + 12, y, width, 2), theme.colour("text"))
    painter.fillRect(QRectF(box.left() + 12, y - 4, 1, 6), theme.colour("text"))
    painter.fillRect(QRectF(box.left() + 11 + width, y - 4, 1, 6), theme.colour("text"))
    north = QRectF(right - 28, bottom - 82, 28, 40)
    _plate(painter, north, theme)
    x, top = north.center().x(), north.top() + 6
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("text"))
    painter.drawPolygon(QPolygonF([QPointF(x, top), QPointF(x + 5, top + 13), QPointF(x, top + 10),
                                   QPointF(x - 5, top + 13)]))  # fmt: skip
    painter.setPen(theme.colour("text"))
    painter.setFont(sans(SMALL_PX))
    painter.drawText(QRectF(north.left(), top + 14, 28, 16), Qt.AlignmentFlag.AlignCenter, "N")


def caption(painter: QPainter, lines: list[str], theme: Theme) -> None:
    """What the map is made of, at the upper left."""
    font = sans(SMALL_PX)
    metrics = QFontMetricsF(font)
    width = max(metrics.horizontalAdvance(line) for line in lines)
    box = QRectF(12, 12, width + 20, 12 + 16 * len(lines))
    _plate(painter, box, theme)
    painter.setFont(font)
    for i, line in enumerate(lines):
        painter.setPen(theme.colour("text" if i == 0 else "dim"))
        painter.drawText(QPointF(22, 12 + 17 + 16 * i), line)
