"""Tiles as pictures, and the mosaic made of them: the ground and its layers at one level, put together once and drawn
at any scale with one stroke, so that a frame costs the same whatever lies over the ground.
"""

import math
import time
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

from roverctl.session.api.map import GROUND, MapTile, Sheet, Wished
from roverctl.session.api.session import Session
from roverctl.terrain.tiling import LEVELS, TILE, TileKey, parent, side_m, spacing_m, tile_at
from roverctl.ui.map.camera import Camera

_KEPT = 448  # 112 MiB of 32-bit pictures
# Shade 0 and 255 as they are painted; the flat ground between comes out near #6b6862, the mocks' grey.
_DARKEST, _LIGHTEST = (26, 25, 24), (172, 168, 159)
BACKGROUND = QColor("#3a3937")


@dataclass(frozen=True, slots=True)
class Coat:
    """A sheet as it is laid on: over the coats before it, and what may stand in for it, best first."""

    sheet: Sheet
    opacity: float = 1.0
    stand_ins: tuple[Sheet, ...] = ()


PLAIN = (Coat(GROUND),)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The tile that is shown somewhere, and how many levels coarser it is. A tile that came anew is another."""

    wished: Wished
    up: int
    tile: MapTile

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Found) and self.tile is other.tile and self.wished == other.wished

    def __hash__(self) -> int:
        return hash(self.wished)


State = tuple[Found | None, ...]  # by coat


def _table() -> list[int]:
    steps = np.linspace(0.0, 1.0, 256)[:, None]
    colours = (np.array(_DARKEST) + steps * (np.array(_LIGHTEST) - np.array(_DARKEST))).round().astype(int)
    return [QColor(*(int(part) for part in colour)).rgb() for colour in colours]


class TilePictures:
    """A session's tiles as pictures; the last used are kept."""

    def __init__(self) -> None:
        self._pictures: OrderedDict[Wished, tuple[MapTile, QPixmap]] = OrderedDict()
        self._greys = _table()

    def forget(self) -> None:
        """Another session, another ground."""
        self._pictures.clear()

    def find(self, session: Session, coat: Coat, key: TileKey) -> Found | None:
        """The best there is for a place."""
        for sheet in (coat.sheet, *coat.stand_ins):
            if (tile := session.map.tile(key, sheet)) is not None:
                return Found((sheet, key), 0, tile)
        for up in range(1, LEVELS[-1] - key[0] + 1):
            above = parent(key, up)
            for sheet in (coat.sheet, *coat.stand_ins):
                if (tile := session.map.tile(above, sheet)) is not None:
                    return Found((sheet, above), up, tile)
        return None

    def draw(self, painter: QPainter, found: Found, key: TileKey, at: QRect) -> None:
        """Draw what was found where the tile of ``key`` belongs."""
        picture = self._picture(found)
        if found.up == 0:
            painter.drawPixmap(at.topLeft(), picture)
            return
        part = TILE / 2**found.up
        _, column, row = key
        _, above_column, above_row = found.wished[1]
        x = (column - (above_column << found.up)) * part
        y = TILE - (row - (above_row << found.up) + 1) * part
        painter.drawPixmap(QRectF(at), picture, QRectF(x, y, part, part))

    def _picture(self, found: Found) -> QPixmap:
        tile, picture = self._pictures.get(found.wished, (None, QPixmap()))
        if tile is not found.tile:
            picture = QPixmap.fromImage(self.image(found.tile))
            self._pictures[found.wished] = (found.tile, picture)
            if len(self._pictures) > _KEPT:
                self._pictures.popitem(last=False)
        self._pictures.move_to_end(found.wished)
        return picture

    def image(self, tile: MapTile) -> QImage:
        """A tile's picture; clear where there is no data, so that the background shows."""
        pixels = np.ascontiguousarray(tile.picture)
        if pixels.ndim == 3:
            image = QImage(pixels.data, TILE, TILE, 4 * TILE, QImage.Format.Format_RGBA8888)
            return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
        grey = QImage(pixels.data, TILE, TILE, TILE, QImage.Format.Format_Indexed8)
        grey.setColorTable(self._greys)
        image = grey.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
        unknown = pixels == 0
        if unknown.any():
            bits = np.frombuffer(image.bits(), dtype=np.uint32).reshape(TILE, TILE)
            bits[unknown] = 0
        return image


class Mosaic:
    """The tiles of a view and a ring around it as one picture. What has not come is what was seen there before, or a
    coarser tile; it is exchanged as tiles come.
    """

    def __init__(self) -> None:
        self._pictures = TilePictures()
        self._level = 0
        self._columns, self._rows = range(0), range(0)
        self._coats: tuple[Coat, ...] = ()
        self._picture = QPixmap()
        self._shown: dict[TileKey, State] = {}  # by cell: what is drawn there
        self._seen: set[TileKey] = set()  # of these, cells with what an older mosaic showed: better than a coarser tile
        self._spare = QPixmap()  # the picture before, to be painted anew: fresh memory costs a frame half its time
        self._stale = True  # tiles may have come that are not painted yet
        self.empty = True  # nothing has been painted yet

    def forget(self) -> None:
        """Another session, another ground."""
        self._pictures.forget()
        self._shown = {}
        self.empty = True

    def tiles_came(self) -> None:
        """Look for better ones at the next drawing."""
        self._stale = True

    @property
    def unfinished(self) -> bool:
        """Whether the last drawing left something to the next."""
        return self._stale

    def draw(
        self, painter: QPainter, camera: Camera, session: Session, coats: tuple[Coat, ...], budget_s: float = math.inf
    ) -> None:
        """Fill the view; where nothing is there yet is the background.

        Within ``budget_s`` of processor time as many tiles as may be are exchanged, at least one and what would
        else be bare in view; the rest is left to the next drawing.
        """
        self._bring_to(camera, coats)
        if self._stale:
            self._stale = not self._freshen(session, camera, budget_s)
        step = spacing_m(self._level)
        west, north = camera.to_ground(0, 0)
        x, y = west / step - self._columns[0] * TILE, (self._rows[-1] + 1) * TILE - north / step
        scale = camera.m_per_px / step
        view = QRectF(0, 0, camera.width_px, camera.height_px)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(view, self._picture, QRectF(x, y, view.width() * scale, view.height() * scale))

    def _bring_to(self, camera: Camera, coats: tuple[Coat, ...]) -> None:
        """A picture that holds the view."""
        level = camera.level
        columns, rows = camera.cells(level)
        held = columns[0] in self._columns and columns[-1] in self._columns
        held = held and rows[0] in self._rows and rows[-1] in self._rows
        if level != self._level or not held or not self._shown:
            self._begin(camera, coats)
            self._stale = True
        elif coats != self._coats:
            self._coats = coats
            self._stale = True
            self._seen.clear()
            self._shown = {(level, column, row): () for row in self._rows for column in self._columns}

    def _begin(self, camera: Camera, coats: tuple[Coat, ...]) -> None:
        """A new picture, with the old one drawn where it belongs."""
        level = camera.level
        columns, rows = camera.cells(level, 1)
        cells = {(level, column, row): QRect((column - columns[0]) * TILE, (rows[-1] - row) * TILE, TILE, TILE)
                 for row in rows for column in columns}  # fmt: skip
        self._make_room(camera)
        picture, width, height = self._spare, len(columns) * TILE, len(rows) * TILE
        picture.fill(BACKGROUND)
        shown: dict[TileKey, State] = dict.fromkeys(cells, ())
        seen: set[TileKey] = set()
        if self._shown and coats == self._coats:
            ratio = side_m(self._level) / side_m(level)
            old = QRectF((self._columns[0] * ratio - columns[0]) * TILE,
                         (rows[-1] + 1 - (self._rows[-1] + 1) * ratio) * TILE,
                         len(self._columns) * TILE * ratio, len(self._rows) * TILE * ratio)  # fmt: skip
            common = old.intersected(QRectF(0, 0, width, height))
            if not common.isEmpty():
                part = QRectF((common.x() - old.x()) / ratio, (common.y() - old.y()) / ratio,
                              common.width() / ratio, common.height() / ratio)  # fmt: skip
                painter = QPainter(picture)
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, ratio != 1.0)
                painter.drawPixmap(common, self._picture, part)
                painter.end()
            held = {key for key, box in cells.items() if old.contains(QRectF(box)) and self._painted(key, ratio)}
            if ratio == 1.0:
                seen = held & self._seen
                shown = {key: self._shown[key] if key in held else () for key in cells}
            else:
                seen = held
        self._level, self._columns, self._rows, self._coats = level, columns, rows, coats
        self._picture, self._spare, self._shown, self._seen = picture, self._picture, shown, seen

    def _painted(self, key: TileKey, ratio: float) -> bool:
        """Whether ground is shown all over a cell of another level, ``ratio`` of whose side a cell of this one has."""
        columns, rows = (range(math.floor(place / ratio), math.ceil((place + 1) / ratio)) for place in (key[1], key[2]))
        here = ((self._level, column, row) for row in rows for column in columns)
        return all(cell in self._seen or any(self._shown[cell]) for cell in here)

    def _make_room(self, camera: Camera) -> None:
        """The spare picture holds what a view of this size may need at any scale.

        The one that will be the spare next is made in the same frame: fresh memory costs 20 to 100 ms, at a window's
        first sight or growth, and must not cost that when the first wheel turns.
        """
        most = math.sqrt(2.0) * camera.sharpness / TILE  # tiles a pixel of the view, and a ring around
        width, height = (TILE * (math.ceil(side * most) + 3) for side in (camera.width_px, camera.height_px))
        if self._spare.width() < width or self._spare.height() < height:
            self._spare = QPixmap(width, height)
            self._spare.fill(BACKGROUND)
            if not self._shown:
                self._picture = QPixmap(width, height)
                self._picture.fill(BACKGROUND)

    def _freshen(self, session: Session, camera: Camera, budget_s: float) -> bool:
        """Exchange what can be shown better than it is, what is seen first; whether that is done."""
        painter: QPainter | None = None
        cells = list(self._shown.items())
        columns, rows = camera.cells(self._level)

        def turn(cell: tuple[TileKey, State]) -> int:
            """Bare cells in view, then cells in view, then the ring around it."""
            key, before = cell
            if key[1] not in columns or key[2] not in rows:
                return 2
            return 1 if before or key in self._seen else 0

        cells.sort(key=turn)
        begun, done = time.thread_time(), True
        for cell in cells:
            key, before = cell
            state: State = tuple(self._pictures.find(session, coat, key) for coat in self._coats)
            nothing = not any(state)
            if state == before or (nothing and self._coats):
                continue
            if key in self._seen and state and (state[0] is None or state[0].up > 0):
                continue
            if painter is None:
                painter = QPainter(self._picture)
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            elif turn(cell) and time.thread_time() - begun > budget_s:
                done = False
                break
            self._paint(painter, key, state)
            self._seen.discard(key)
            self.empty = self.empty and nothing
            self._shown[key] = state
        if painter is not None:
            painter.end()
        return done

    def _paint(self, painter: QPainter, key: TileKey, state: State) -> None:
        _, column, row = key
        at = QRect((column - self._columns[0]) * TILE, (self._rows[-1] - row) * TILE, TILE, TILE)
        painter.setOpacity(1.0)
        painter.fillRect(at, BACKGROUND)
        for coat, found in zip(self._coats, state, strict=True):
            if found is not None:
                painter.setOpacity(coat.opacity)
                self._pictures.draw(painter, found, key, at)


def ground_at(
    session: Session, camera: Camera, sheet: Sheet, east_m: float, north_m: float
) -> tuple[float, float] | None:
    """Elevation in metres and slope in degrees from the finest tile there is, None where there is none."""
    for level in range(camera.level, LEVELS[-1] + 1):
        column, row = tile_at(level, east_m, north_m)
        tile = session.map.tile((level, column, row), sheet) or session.map.tile((level, column, row))
        if tile is None or tile.elevation_m is None:
            continue
        step, side = spacing_m(level), side_m(level)
        x = min(int((east_m - column * side) / step), TILE - 1)
        y = min(int(((row + 1) * side - north_m) / step), TILE - 1)
        x0, x1 = max(x - 1, 0), min(x + 1, TILE - 1)
        y0, y1 = max(y - 1, 0), min(y + 1, TILE - 1)
        height = tile.elevation_m
        if not np.isfinite(height[y, x]):
            return None
        to_east = float(height[y, x1] - height[y, x0]) / ((x1 - x0) * step)
        to_north = float(height[y0, x] - height[y1, x]) / ((y1 - y0) * step)
        return float(height[y, x]), float(np.degrees(np.arctan(np.hypot(to_east, to_north))))
    return None
