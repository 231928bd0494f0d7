"""The ground under the map: tiles as pixmaps, a coarser one standing in while a finer one is on its way."""

from collections import OrderedDict

import numpy as np
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

from roverctl.session.api import MapTile, Session, TileKey
from roverctl.ui.map_camera import LEVELS, TILE_PX, Camera, spacing_m

# 64 MiB of 32-bit pixmaps: four screens of 1600 x 1000.
_KEPT = 256
# Shade 0 and 255 as they are painted; the flat ground between comes out near #6b6862, the mocks' grey.
_DARKEST, _LIGHTEST = (26, 25, 24), (172, 168, 159)


def _table() -> list[int]:
    steps = np.linspace(0.0, 1.0, 256)[:, None]
    colours = (np.array(_DARKEST) + steps * (np.array(_LIGHTEST) - np.array(_DARKEST))).round().astype(int)
    return [QColor(*(int(part) for part in colour)).rgb() for colour in colours]


class TilePainter:
    """Draws the tiles that a session has; keeps the last used as pixmaps."""

    def __init__(self) -> None:
        self._pixmaps: OrderedDict[TileKey, QPixmap] = OrderedDict()
        self._colours = _table()

    def forget(self) -> None:
        """Another session, another ground."""
        self._pixmaps.clear()

    @property
    def empty(self) -> bool:
        """Whether no tile has been painted yet."""
        return not self._pixmaps

    def paint(self, painter: QPainter, camera: Camera, session: Session) -> None:
        """Fill the view; where nothing is there yet the background stays."""
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for key in camera.tiles(camera.level):
            target = self._target(camera, key)
            pixmap = self._pixmap(session, key)
            if pixmap is not None:
                painter.drawPixmap(target, pixmap)
                continue
            self._stand_in(painter, camera, session, key, target)

    def _stand_in(self, painter: QPainter, camera: Camera, session: Session, key: TileKey, target: QRect) -> None:
        level, column, row = key
        for up in range(1, LEVELS[-1] - level + 1):
            parent = (level + up, column >> up, row >> up)
            pixmap = self._pixmap(session, parent)
            if pixmap is None:
                continue
            part = TILE_PX / 2**up
            x = (column - (parent[1] << up)) * part
            y = TILE_PX - (row - (parent[2] << up) + 1) * part
            painter.drawPixmap(QRectF(target), pixmap, QRectF(x, y, part, part))
            return
        self._from_finer(painter, camera, key)

    def _from_finer(self, painter: QPainter, camera: Camera, key: TileKey) -> None:
        """Zoomed out just now: what was seen before, smaller, until the coarser tile comes."""
        level, column, row = key
        for down in (1, 2):
            if level - down < LEVELS[0]:
                return
            for i in range(1 << down):
                for j in range(1 << down):
                    finer = (level - down, (column << down) + i, (row << down) + j)
                    pixmap = self._pixmaps.get(finer)
                    if pixmap is not None:
                        painter.drawPixmap(self._target(camera, finer), pixmap)

    @staticmethod
    def _target(camera: Camera, key: TileKey) -> QRect:
        """Whole pixels, so that neighbours meet without a seam."""
        level, column, row = key
        side = TILE_PX * spacing_m(level)
        left, bottom = camera.to_screen(column * side, row * side)
        right, top = camera.to_screen((column + 1) * side, (row + 1) * side)
        return QRect(round(left), round(top), round(right) - round(left), round(bottom) - round(top))

    def _pixmap(self, session: Session, key: TileKey) -> QPixmap | None:
        pixmap = self._pixmaps.get(key)
        if pixmap is None:
            tile = session.tile(key)
            if tile is None:
                return None
            pixmap = QPixmap.fromImage(self._image(tile))
            self._pixmaps[key] = pixmap
            if len(self._pixmaps) > _KEPT:
                self._pixmaps.popitem(last=False)
        self._pixmaps.move_to_end(key)
        return pixmap

    def _image(self, tile: MapTile) -> QImage:
        shade = np.ascontiguousarray(tile.shade)
        unknown = ~np.isfinite(tile.elevation_m)
        image = QImage(shade.data, TILE_PX, TILE_PX, TILE_PX, QImage.Format.Format_Indexed8)
        image.setColorTable(self._colours)
        image = image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
        if unknown.any():  # outside the terrain: the background shows
            pixels = np.frombuffer(image.bits(), dtype=np.uint32).reshape(TILE_PX, TILE_PX)
            pixels[unknown] = 0
        return image


def ground_at(session: Session, camera: Camera, east_m: float, north_m: float) -> tuple[float, float] | None:
    """Elevation in metres and slope in degrees from the finest tile there is, None where there is none."""
    for level in range(camera.level, LEVELS[-1] + 1):
        side = TILE_PX * spacing_m(level)
        column, row = int(east_m // side), int(north_m // side)
        tile = session.tile((level, column, row))
        if tile is None:
            continue
        x = min(int((east_m - column * side) / spacing_m(level)), TILE_PX - 1)
        y = min(int(((row + 1) * side - north_m) / spacing_m(level)), TILE_PX - 1)
        x0, x1 = max(x - 1, 0), min(x + 1, TILE_PX - 1)
        y0, y1 = max(y - 1, 0), min(y + 1, TILE_PX - 1)
        height = tile.elevation_m
        if not np.isfinite(height[y, x]):
            return None
        to_east = float(height[y, x1] - height[y, x0]) / ((x1 - x0) * spacing_m(level))
        to_north = float(height[y0, x] - height[y1, x]) / ((y1 - y0) * spacing_m(level))
        return float(height[y, x]), float(np.degrees(np.arctan(np.hypot(to_east, to_north))))
    return None
