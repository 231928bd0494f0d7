"""The map's furniture: what it is made of at the upper left, scale and north at the lower right, on small plates."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPixmap, QPolygonF

from roverctl.session.api.map import MapInfo
from roverctl.ui.map.camera import Camera, about_text, length_text, round_length
from roverctl.ui.map.labels import Labels
from roverctl.ui.theme import BAR_PX, SMALL_PX, Palette, Theme, mono, sans

MARGIN_PX = 12
_LINE_PX = 16
_BAR_PX = 140  # the scale bar is no longer than this


class Plates:
    """Paints the plates, each kept as a picture until it says something else: a rounded frame takes a millisecond."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._kept: dict[str, tuple[object, QPixmap]] = {}

    def keep_clear(self, camera: Camera, lines: list[str], labels: Labels) -> None:
        """Names stay away from what is painted over the map at last."""
        for box in (_scale_box(camera)[0], _north_box(camera), caption_box(lines)):
            labels.keep_clear(box)

    def draw(self, painter: QPainter, camera: Camera, lines: list[str]) -> None:
        """All of them; no caption while nothing is known."""
        box, length, width = _scale_box(camera)
        self._put(painter, "scale", box, (length, width), _Scale(self._theme, length, width).paint)
        self._put(painter, "north", _north_box(camera), (), self._paint_north)
        if lines:
            self._put(painter, "caption", caption_box(lines), tuple(lines), _Caption(self._theme, lines).paint)

    def _put(
        self, painter: QPainter, name: str, box: QRectF, says: object, paint: Callable[[QPainter, QRectF], None]
    ) -> None:
        palette: Palette = self._theme.palette
        ratio = painter.device().devicePixelRatioF()
        key = (says, palette, ratio)
        kept = self._kept.get(name)
        if kept is None or kept[0] != key:
            picture = QPixmap((box.size() * ratio).toSize() + (QRectF(0, 0, 2, 2).size() * ratio).toSize())
            picture.setDevicePixelRatio(ratio)
            picture.fill(Qt.GlobalColor.transparent)
            inner = QPainter(picture)
            inside = QRectF(0.5, 0.5, box.width(), box.height())
            inner.setRenderHint(QPainter.RenderHint.Antialiasing)
            inner.setPen(QPen(self._theme.colour("line"), 1))
            inner.setBrush(self._theme.colour("panel", 230))
            inner.drawRoundedRect(inside, 3, 3)
            paint(inner, inside)
            inner.end()
            kept = self._kept[name] = (key, picture)
        painter.drawPixmap(QPointF(round(box.left()), round(box.top())), kept[1])

    def _paint_north(self, painter: QPainter, box: QRectF) -> None:
        x, top = box.center().x(), box.top() + 6
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("text"))
        painter.drawPolygon(QPolygonF([QPointF(x, top), QPointF(x + 5, top + 13), QPointF(x, top + 10),
                                       QPointF(x - 5, top + 13)]))  # fmt: skip
        painter.setPen(self._theme.colour("text"))
        painter.setFont(sans(SMALL_PX))
        painter.drawText(QRectF(box.left(), top + 14, box.width(), 16), Qt.AlignmentFlag.AlignCenter, "N")


class _Scale:
    """A round length over its bar."""

    def __init__(self, theme: Theme, length_m: float, width_px: float) -> None:
        self._theme, self._length_m, self._width_px = theme, length_m, width_px

    def paint(self, painter: QPainter, box: QRectF) -> None:
        colour = self._theme.colour("text")
        painter.setPen(colour)
        painter.setFont(mono(SMALL_PX))
        text = box.adjusted(0, 4, 0, -14)
        painter.drawText(text, Qt.AlignmentFlag.AlignCenter, length_text(self._length_m))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        y, left = int(box.bottom() - 9), box.left() + 12
        painter.fillRect(QRectF(left, y, self._width_px, 2), colour)
        painter.fillRect(QRectF(left, y - 4, 1, 6), colour)
        painter.fillRect(QRectF(left - 1 + self._width_px, y - 4, 1, 6), colour)


class _Caption:
    """Lines of text, the first brighter."""

    def __init__(self, theme: Theme, lines: list[str]) -> None:
        self._theme, self._lines = theme, lines

    def paint(self, painter: QPainter, box: QRectF) -> None:
        painter.setFont(sans(SMALL_PX))
        for i, line in enumerate(self._lines):
            painter.setPen(self._theme.colour("text" if i == 0 else "dim"))
            painter.drawText(QPointF(box.left() + 10, box.top() + 17 + _LINE_PX * i), line)


def _scale_box(camera: Camera) -> tuple[QRectF, float, float]:
    """Plate of the scale bar at the lower right; the bar's length in metres and in pixels."""
    length = round_length(_BAR_PX * camera.m_per_px)
    width = length / camera.m_per_px
    right, bottom = camera.width_px - MARGIN_PX, camera.height_px - MARGIN_PX
    return QRectF(right - 24 - width, bottom - 34, width + 24, 34), length, width


def _north_box(camera: Camera) -> QRectF:
    return QRectF(camera.width_px - MARGIN_PX - 28, camera.height_px - MARGIN_PX - 34 - 8 - 40, 28, 40)


def caption_box(lines: list[str]) -> QRectF:
    """Where the caption lies."""
    metrics = QFontMetricsF(sans(SMALL_PX))
    width = max((metrics.horizontalAdvance(line) for line in lines), default=0.0)
    return QRectF(MARGIN_PX, MARGIN_PX, width + 20, 12 + _LINE_PX * len(lines))


def caption_lines(info: MapInfo, shown_m: float) -> list[str]:
    """The map's name, its resolution, and where detail is made up; nothing while the map is unknown."""
    if not info.label:
        return []
    text = f"shown at {about_text(shown_m)} a pixel"
    if info.generated_below_m > 0:
        if shown_m < info.generated_below_m:
            text += f" · relief below {about_text(info.generated_below_m)} is generated"
        else:
            text += f" · detail generated below {about_text(info.generated_below_m)}"
    elif shown_m < info.resolution_m:
        text += f" · measured at {about_text(info.resolution_m)}"
    return [info.label, text]


def notice(painter: QPainter, camera: Camera, lines: list[str]) -> None:
    """What is being waited for, calmly in the map's middle."""
    painter.setPen(QColor(255, 255, 255, 190))
    for i, line in enumerate(lines):
        painter.setFont(sans(BAR_PX if i == 0 else SMALL_PX))
        box = QRectF(0, camera.height_px * 0.32 + 24 * i, camera.width_px, 22)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, line)
