"""Where the map looks: two small maps, of the basin and of the region, with the view marked. A click looks there."""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from roverctl.session.api.session import Session
from roverctl.session.api.values import Place
from roverctl.terrain.tiling import TILE, TileKey, side_m
from roverctl.ui.map.camera import Camera
from roverctl.ui.map.labels import HALO, WHITE, Words
from roverctl.ui.map.measure import LINE
from roverctl.ui.map.tiles import BACKGROUND, TilePictures
from roverctl.ui.theme import SMALL_PX, Theme

SIDE_PX: Final = 104
_GAP_PX, _EDGE_PX = 6, 6
_LEAST_PX = 7.0  # a smaller view is a cross


@dataclass(frozen=True, slots=True)
class _Inset:
    """A small map about the site, made of pinned tiles of a level."""

    name: str
    across_m: float
    level: int


_INSETS: Final = (_Inset("basin", 2_700_000.0, 16), _Inset("region", 400_000.0, 12))


class Minimap(QWidget):
    """Reads the session's pinned tiles; paints each small map once all of its tiles have come."""

    wanted = Signal(object)  # (east_m, north_m)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._camera = Camera()
        self._tiles = TilePictures()
        self._words = Words()
        self._pictures: dict[str, tuple[int, QPixmap]] = {}
        self.setFixedSize(QSize(2 * SIDE_PX + _GAP_PX + 2 * _EDGE_PX, SIDE_PX + 2 * _EDGE_PX))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Where the map looks, in the basin and in the region")
        self.setToolTip("Click to look there; M hides or shows it")

    def forget(self) -> None:
        """Another session, another ground."""
        self._pictures.clear()
        self.update()

    def show_camera(self, camera: Camera) -> None:
        """The map looks elsewhere."""
        self._camera = camera
        self.update()

    def tiles_came(self, session: Session) -> None:
        """Paint what is not whole yet."""
        for inset in _INSETS:
            keys = [(inset.level, column, row) for column in range(-2, 2) for row in range(-2, 2)]
            there = [key for key in keys if session.map.tile(key) is not None]
            if there and len(there) > self._pictures.get(inset.name, (0, None))[0]:
                self._pictures[inset.name] = (len(there), self._paint(session, inset, there))
                self.update()

    def _paint(self, session: Session, inset: _Inset, keys: list[TileKey]) -> QPixmap:
        """Tiles side by side, cut to the inset, then made small smoothly."""
        whole = QImage(4 * TILE, 4 * TILE, QImage.Format.Format_RGB32)
        whole.fill(BACKGROUND)
        painter = QPainter(whole)
        for key in keys:
            tile = session.map.tile(key)
            if tile is not None:
                painter.drawImage((key[1] + 2) * TILE, (1 - key[2]) * TILE, self._tiles.image(tile))
        painter.end()
        pixels = round(inset.across_m / side_m(inset.level) * TILE)
        corner = 2 * TILE - pixels // 2
        ratio = self.devicePixelRatioF()
        small = whole.copy(corner, corner, pixels, pixels).scaled(
            round(SIDE_PX * ratio), round(SIDE_PX * ratio), Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )  # fmt: skip
        small.setDevicePixelRatio(ratio)
        return QPixmap.fromImage(small)

    @staticmethod
    def _box(number: int) -> QRectF:
        return QRectF(_EDGE_PX + number * (SIDE_PX + _GAP_PX), _EDGE_PX, SIDE_PX, SIDE_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QPen(self._theme.colour("line"), 1))
        painter.setBrush(self._theme.colour("panel", 230))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        for number, inset in enumerate(_INSETS):
            box = self._box(number)
            painter.setClipRect(box)
            painter.fillRect(box, BACKGROUND)
            kept = self._pictures.get(inset.name)
            if kept is not None:
                painter.drawPixmap(box.topLeft(), kept[1])
            self._mark(painter, box, inset.across_m / SIDE_PX)
            self._words.write(painter, inset.name, box.left() + 4, box.bottom() - 5, SMALL_PX, WHITE)
        painter.end()

    def _mark(self, painter: QPainter, box: QRectF, m_per_px: float) -> None:
        """The view as a frame, or as a cross where that would be too small to see. Where it reaches beyond the small
        map its frame runs along that map's edge.
        """
        camera = self._camera
        x = box.center().x() + camera.east_m / m_per_px
        y = box.center().y() - camera.north_m / m_per_px
        width, height = (side * camera.m_per_px / m_per_px for side in (camera.width_px, camera.height_px))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in (QPen(HALO, 3), QPen(LINE, 1.4)):
            painter.setPen(pen)
            if max(width, height) >= _LEAST_PX:
                view = QRectF(x - width / 2, y - height / 2, width, height)
                painter.drawRect(view.intersected(box.adjusted(1.5, 1.5, -1.5, -1.5)))
            else:
                for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                    painter.drawLine(QPointF(x + 2.5 * dx, y + 2.5 * dy), QPointF(x + 7 * dx, y + 7 * dy))

    def place_at(self, x_px: float, y_px: float) -> Place | None:
        """The place under a pixel of one of the small maps."""
        for number, inset in enumerate(_INSETS):
            box = self._box(number)
            if box.contains(x_px, y_px):
                scale = inset.across_m / SIDE_PX
                return (x_px - box.center().x()) * scale, (box.center().y() - y_px) * scale
        return None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._look(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._look(event)

    def _look(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position().x(), event.position().y())
        if place is not None:
            self.wanted.emit(place)
        event.accept()
