"""What the map shows, painted onto the screen or onto a picture: the ground, what lies over it, and words."""

import math
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QImage, QPainter, QPen, QPixmap

from roverctl.session.api.map import GROUND, SHADOW, SHADOWS_UP_TO
from roverctl.terrain.tiling import spacing_m
from roverctl.ui.desk import Desk
from roverctl.ui.map import overlays, route_marks, zone_marks
from roverctl.ui.map.camera import Camera
from roverctl.ui.map.graticule import Graticule, graticule
from roverctl.ui.map.labels import WHITE, Labels, Words
from roverctl.ui.map.measure import MeasureTool
from roverctl.ui.map.plates import Plates, caption_lines, notice
from roverctl.ui.map.route_hand import RouteHand
from roverctl.ui.map.tiles import BACKGROUND, PLAIN, Coat, Mosaic
from roverctl.ui.map.zone_hand import ZoneHand


class Drawing:
    """The map in two steps: the scene moves only with the camera and is kept, the rest is painted each time."""

    def __init__(self, desk: Desk, hand: RouteHand, zones: ZoneHand, measure: MeasureTool) -> None:
        self._desk = desk
        self._hand, self._zones, self._measure = hand, zones, measure
        self.show_features = True
        self.show_graticule = True
        self.coats: tuple[Coat, ...] = PLAIN
        self.light_line = ""  # says in the caption where the light comes from
        self.pointed_at = route_marks.Shown()  # what the panel points at
        self.marked_m: float | None = None  # a place of the route
        self.line_marked_m: float | None = None  # a place of the measured line
        self.notice: list[str] = []  # said in the middle, while there is no ground
        self.mosaic = Mosaic()
        self.places = overlays.feature_places(desk.session.mission)
        self._words = Words()
        self._plates = Plates(desk.theme)
        self.scene = QPixmap()  # ground, graticule, circles
        self._lines = Graticule((), ())  # of the scene: their names are words
        self.stale = True  # the scene is no longer what would be painted

    def session_replaced(self) -> None:
        """Another ground."""
        self.mosaic.forget()
        self.stale = True
        self.places = overlays.feature_places(self._desk.session.mission)

    def caption(self, camera: Camera) -> list[str]:
        """What is on screen; nothing while unknown."""
        lines = caption_lines(self._desk.session.map.info, spacing_m(camera.level))
        return [*lines, self._light_words(camera)] if lines and self.light_line else lines

    def _light_words(self, camera: Camera) -> str:
        """Where the light comes from; while pictures of more than the plain ground are made, how many have come."""
        map_, plain = self._desk.session.map, {coat.sheet for coat in self.coats} <= {GROUND}
        if not plain and not map_.tiles_come:
            return f"{self.light_line}, shading … {math.floor(100 * map_.tiles_share)} %"
        shadows = camera.level <= SHADOWS_UP_TO and any(coat.sheet.product == SHADOW for coat in self.coats)
        return f"{self.light_line}, with its shadows" if shadows else self.light_line

    def picture(self, camera: Camera, sharpness: int, covered: list[QRectF]) -> QImage:
        """The map alone, as it is shown, at so many pixels for each of the screen's."""
        camera = camera.sharpened(sharpness)
        image = QImage(camera.width_px * sharpness, camera.height_px * sharpness, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(sharpness)
        lines = self._paint_scene(image, camera, Mosaic(), math.inf)
        painter = QPainter(image)
        self._paint_over(painter, camera, lines, covered)
        painter.end()
        return image

    def bring_up(self, camera: Camera, budget_s: float) -> bool:
        """Paint the scene anew where it is ``stale``, with ``budget_s`` for tiles; whether it was.

        Its picture is painted over: fresh memory costs a frame half its time.
        """
        size = (QSize(camera.width_px, camera.height_px).toSizeF() * camera.sharpness).toSize()
        if self.scene.size() != size or self.scene.devicePixelRatioF() != camera.sharpness:
            self.scene = QPixmap(size)
            self.scene.setDevicePixelRatio(camera.sharpness)
            self.stale = True
        stale, self.stale = self.stale, False
        if stale:
            self._lines = self._paint_scene(self.scene, camera, self.mosaic, budget_s)
        return stale

    def _paint_scene(self, onto: QPixmap | QImage, camera: Camera, mosaic: Mosaic, budget_s: float) -> Graticule:
        painter = QPainter(onto)
        if self.coats:
            mosaic.draw(painter, camera, self._desk.session, self.coats, budget_s)
        else:
            painter.fillRect(0, 0, camera.width_px, camera.height_px, BACKGROUND)
        lines = Graticule((), ())
        if self.show_graticule:
            lines = graticule(camera, self._desk.session.mission.site)
            lines.draw(painter)
        if self.show_features:
            overlays.feature_circles(painter, camera, self.places)
        painter.end()
        return lines

    def draw(self, painter: QPainter, camera: Camera, covered: list[QRectF]) -> None:
        """The scene, and over it what moves by itself, and words; ``covered``: where cards lie over the map."""
        painter.drawPixmap(0, 0, self.scene)
        self._paint_over(painter, camera, self._lines, covered)

    def _paint_over(self, painter: QPainter, camera: Camera, lines: Graticule, covered: list[QRectF]) -> None:
        session = self._desk.session
        labels = Labels(camera.width_px, camera.height_px, self._words)
        says = self.caption(camera)
        self._plates.keep_clear(camera, says, labels)
        for box in covered:
            labels.keep_clear(box)
        plan, forecast, known = session.traverse.state, session.forecast, session.known
        shown = replace(self.pointed_at, held=self._hand.at, chosen=self._hand.chosen)
        # Symbols before words, so that no word covers a symbol; of the words, the rovers' first.
        overlays.track(painter, camera, session)
        self._zones.draw(painter, camera, labels)
        route_marks.draw(painter, camera, plan, labels, shown)
        if forecast is not None:
            overlays.path_ahead(painter, camera, forecast, labels)
        overlays.lander(painter, camera, labels)
        if forecast is not None:
            overlays.predicted_rover(painter, camera, forecast, known, labels)
        if known is not None:
            overlays.known_rover(painter, camera, known, labels)
        self._measure.draw(painter, camera, session.mission.site, labels, self.line_marked_m)
        overlays.rover_names(painter, camera, forecast, known, session.clock.now_ns, labels)
        route_marks.names(painter, camera, plan, labels, shown)
        zone_marks.names(painter, camera, plan.draft, labels)
        overlays.lander_name(painter, camera, session.mission.lander, labels)
        lines.name(painter, labels)
        if self.show_features:
            overlays.feature_names(painter, camera, self.places, labels)
        self._mark(painter, camera)
        self._plates.draw(painter, camera, says)
        if self.notice:
            notice(painter, camera, self.notice)

    def _mark(self, painter: QPainter, camera: Camera) -> None:
        route = self._desk.session.traverse.state.route
        if self.marked_m is None or route is None:
            return
        east = float(np.interp(self.marked_m, route.along_m, route.east_m))
        north = float(np.interp(self.marked_m, route.along_m, route.north_m))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(WHITE, 1.5))
        painter.setBrush(overlays.ROUTE)
        painter.drawEllipse(QPointF(*camera.to_screen(east, north)), 5, 5)
