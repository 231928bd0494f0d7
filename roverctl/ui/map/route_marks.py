"""The planned traverse on the map: route, stops, what follows the hand, alternatives, reach, what is in the way."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from roverctl.core.times import format_duration
from roverctl.session.api.traverse import PlanState, RouteView
from roverctl.session.api.values import Array, Place
from roverctl.ui.map.camera import Camera
from roverctl.ui.map.labels import HALO, WHITE, Labels
from roverctl.ui.map.overlays import ROUTE, around, polyline
from roverctl.ui.map.route_hand import Grip
from roverctl.ui.status import way_text
from roverctl.ui.theme import DARK, SMALL_PX
from roverctl.ui.traverse.legs import leg_at, legs

DARK_FILL = QColor("#0e1a2b")
IN_THE_WAY = QColor(DARK.critical)
REACH = QColor(DARK.in_limits)
_OTHER = QColor(DARK.warning)
_RISKY = QColor(DARK.critical)
_FAINT = 120  # a route of an earlier draft
_RISK_SHOWN = 0.05  # chances below this are not drawn
_THIN_PX = 1.4
_REACHED = 22  # of 255: three times over each other, and the ground is still seen


@dataclass(frozen=True, slots=True)
class Shown:
    """What the hand and the panel point at: what is held and where, the stop last touched, a segment, an alternative,
    a reference track, whether the straight line is shown."""

    held: tuple[Grip, Place] | None = None
    chosen: int | None = None
    along_m: float | None = None
    alternative: str = ""
    track: str = ""
    straight: bool = False


def draw(painter: QPainter, camera: Camera, plan: PlanState, labels: Labels, shown: Shown) -> None:
    """All of it, words apart."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _reach(painter, camera, plan)
    _tracks(painter, camera, plan, shown)
    _alternatives(painter, camera, plan, shown)
    following = plan.line is not None or shown.held is not None
    if plan.route is not None:
        _route(painter, camera, plan, plan.route, labels, faint=following or not plan.current)
        if shown.along_m is not None and plan.current:
            _segment(painter, camera, plan.route, shown.along_m)
        if shown.straight and plan.current:
            _in_the_way(painter, camera, plan)
    _chances(painter, camera, plan)
    if plan.line is not None and len(plan.line.east_m):
        _stroke(painter, polyline(camera, plan.line.east_m, plan.line.north_m), ROUTE, 2.2, 4.5)
    _stops(painter, camera, plan, labels, shown)
    if plan.offer_m is not None:
        _offer(painter, camera, plan.offer_m, labels)


def _stroke(painter: QPainter, line: QPolygonF, colour: QColor, width: float, halo: float) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if halo:
        painter.setPen(QPen(HALO, halo))
        painter.drawPolyline(line)
    painter.setPen(QPen(colour, width))
    painter.drawPolyline(line)


def _route(
    painter: QPainter, camera: Camera, plan: PlanState, route: RouteView, labels: Labels, *, faint: bool
) -> None:
    colour = QColor(ROUTE)
    colour.setAlpha(_FAINT if faint else 255)
    line = polyline(camera, *_thinned(route, camera))
    _stroke(painter, line, colour, 2.2, 0.0 if faint else 4.5)
    if faint:
        return
    painter.setPen(QPen(ROUTE, 1.8))
    painter.setBrush(DARK_FILL)
    for east, north in route.waypoints[:-1]:
        x, y = camera.to_screen(east, north)
        painter.drawEllipse(QPointF(x, y), 3.2, 3.2)
        labels.keep_clear(around(x, y, 4))


def _thinned(route: RouteView, camera: Camera) -> tuple[Array, Array]:
    """The commanded line is straight between its waypoints: more points than these show nothing more."""
    corners = np.array([(route.east_m[0], route.north_m[0]), *route.waypoints])
    return corners[:, 0], corners[:, 1]


def _segment(painter: QPainter, camera: Camera, route: RouteView, along_m: float) -> None:
    """The segment that was clicked, white."""
    leg = legs(route)[leg_at(route, along_m)]
    part = slice(leg.first, leg.last + 1)
    _stroke(painter, polyline(camera, route.east_m[part], route.north_m[part]), WHITE, 3.0, 5.0)


def _in_the_way(painter: QPainter, camera: Camera, plan: PlanState) -> None:
    """The straight lines from stop to stop, as far as the first thing in the way."""
    assert plan.route is not None
    begin = (float(plan.route.east_m[0]), float(plan.route.north_m[0]))
    pen = QPen(IN_THE_WAY, _THIN_PX, Qt.PenStyle.CustomDashLine)
    pen.setDashPattern([5, 4])
    for stop, straight in zip(plan.draft.stops, plan.route.straight, strict=False):
        if straight.place_m is not None:
            a, b = QPointF(*camera.to_screen(*begin)), QPointF(*camera.to_screen(*straight.place_m))
            painter.setPen(pen)
            painter.drawLine(a, b)
            painter.setPen(QPen(IN_THE_WAY, 2.0))
            painter.drawLine(b + QPointF(-5, -5), b + QPointF(5, 5))
            painter.drawLine(b + QPointF(-5, 5), b + QPointF(5, -5))
        begin = stop.place_m


def _alternatives(painter: QPainter, camera: Camera, plan: PlanState, shown: Shown) -> None:
    """The others thin; the one that the table points at thicker."""
    for other in plan.studies.alternatives or ():
        if other.problem or other.objective == plan.draft.objective:
            continue
        pointed = other.name == shown.alternative
        line = polyline(camera, other.east_m, other.north_m)
        _stroke(painter, line, _OTHER, 2.4 if pointed else _THIN_PX, 4.0 if pointed else 2.6)


def _reach(painter: QPainter, camera: Camera, plan: PlanState) -> None:
    """Lines of equal drive time, and the ground that is reached in it, the sooner the greener."""
    reach = plan.studies.reach
    if reach is None:
        return
    fill = QColor(REACH)
    fill.setAlpha(_REACHED)
    for seconds in reach.seconds:
        area = QPainterPath()  # holes by the even-odd rule
        for of, east, north in reach.lines:
            if of == seconds:
                area.addPolygon(polyline(camera, east, north))
        painter.setBrush(fill)
        painter.setPen(QPen(REACH, 1.2))
        painter.drawPath(area)


def _tracks(painter: QPainter, camera: Camera, plan: PlanState, shown: Shown) -> None:
    """Lines from files: thin and white; of the one that the table points at, where it breaks limits."""
    for track in plan.tracks:
        pointed = track.name == shown.track
        _stroke(painter, polyline(camera, track.east_m, track.north_m), WHITE, 2.0 if pointed else 1.2, 3.0)
        if pointed:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(IN_THE_WAY, 1.8))
            for violation in track.violations:
                painter.drawEllipse(QPointF(*camera.to_screen(*violation.place_m)), 4, 4)


def _chances(painter: QPainter, camera: Camera, plan: PlanState) -> None:
    """Segments that may break the limit, red, the surer the thicker."""
    chances = plan.studies.chances
    if chances is None or not plan.current:
        return
    painter.setBrush(Qt.BrushStyle.NoBrush)
    xs = camera.width_px / 2 + (chances.east_m - camera.east_m) / camera.m_per_px
    ys = camera.height_px / 2 - (chances.north_m - camera.north_m) / camera.m_per_px
    for i in np.flatnonzero(chances.chance >= _RISK_SHOWN)[:4000].tolist():
        colour = QColor(_RISKY)
        colour.setAlpha(90 + round(165 * float(chances.chance[i])))
        painter.setPen(QPen(colour, 2.0 + 4.0 * float(chances.chance[i])))
        painter.drawLine(QPointF(xs[i], ys[i]), QPointF(xs[i + 1], ys[i + 1]))


def _places(plan: PlanState, shown: Shown) -> list[tuple[int, Place]]:
    """Number and place of each stop, the held one where the hand is; one that is being inserted is -1."""
    places = [(number, stop.place_m) for number, stop in enumerate(plan.draft.stops)]
    if shown.held is not None:
        grip, at = shown.held
        if grip.inserted:
            places.append((-1, at))
        elif grip.number < len(places):
            places[grip.number] = (grip.number, at)
    return places


def _stops(painter: QPainter, camera: Camera, plan: PlanState, labels: Labels, shown: Shown) -> None:
    """Via points as squares, the goal as a target; a locked one is filled, the one last touched has a white rim."""
    last = len(plan.draft.stops) - 1
    for number, place in _places(plan, shown):
        x, y = camera.to_screen(*place)
        locked = number >= 0 and plan.draft.stops[number].locked
        painter.setPen(QPen(WHITE if number in (shown.chosen, -1) else ROUTE, 2))
        painter.setBrush(ROUTE if locked else DARK_FILL)
        if number == last:
            painter.drawEllipse(QPointF(x, y), 6.5, 6.5)
            painter.setBrush(DARK_FILL if locked else ROUTE)
            painter.drawEllipse(QPointF(x, y), 1.5, 1.5)
        else:
            painter.drawRect(around(x, y, 5))
        labels.keep_clear(around(x, y, 8 if number == last else 6))


def _offer(painter: QPainter, camera: Camera, place: Place, labels: Labels) -> None:
    """Where free ground is: a ring that can be clicked."""
    x, y = camera.to_screen(*place)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(HALO, 4.0))
    painter.drawEllipse(QPointF(x, y), 8, 8)
    pen = QPen(REACH, 2.0, Qt.PenStyle.CustomDashLine)
    pen.setDashPattern([2.5, 2])
    painter.setPen(pen)
    painter.drawEllipse(QPointF(x, y), 8, 8)
    labels.keep_clear(around(x, y, 10))


def names(painter: QPainter, camera: Camera, plan: PlanState, labels: Labels, shown: Shown) -> None:
    """The goal's distance, the stops' names or numbers, the free place, the minutes of the reach."""
    last = len(plan.draft.stops) - 1
    for number, place in sorted(_places(plan, shown), key=lambda item: item[0] != last):
        if number == last:
            labels.beside(painter, _goal_text(plan), *camera.to_screen(*place), 8, must=True)
        elif number >= 0:
            text = plan.draft.place_word(number + 1)
            labels.beside(painter, text, *camera.to_screen(*place), 6, size=SMALL_PX)
    if plan.offer_m is not None:
        place = camera.to_screen(*plan.offer_m)
        labels.beside(painter, "free ground: click to take it", *place, 10, colour=REACH, size=SMALL_PX, must=True)
    for track in plan.tracks:
        end = camera.to_screen(float(track.east_m[-1]), float(track.north_m[-1]))
        labels.beside(painter, track.name, *end, 4, size=SMALL_PX)
    if plan.studies.reach is not None:
        longest: dict[float, tuple[Array, Array]] = {}  # the outline of each: what else there is are holes and islands
        for seconds, east, north in plan.studies.reach.lines:
            if seconds not in longest or np.ptp(north) > np.ptp(longest[seconds][1]):
                longest[seconds] = east, north
        for seconds, (east, north) in longest.items():
            top = int(north.argmax())
            spot = camera.to_screen(float(east[top]), float(north[top]))
            labels.beside(painter, format_duration(seconds), *spot, 2, colour=REACH, size=SMALL_PX)


def _goal_text(plan: PlanState) -> str:
    word = plan.draft.stops[-1].name or "goal"
    if plan.line is not None:
        if not len(plan.line.east_m):
            return f"{word} · no way there"
        if len(plan.draft.stops) == 1:
            return f"{word} {way_text(plan.line.distance_m)}"
    if plan.busy:
        return f"{word} · planning …"
    return word if plan.route is None or not plan.current else f"{word} {way_text(plan.route.distance_m)}"
