"""What the map shows, and what can be asked of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from roverctl.session.api.changes import Changes
from roverctl.session.api.values import Array, Place
from roverctl.terrain.tiling import TileKey


class Sheet(NamedTuple):
    """What a tile shows: the ground (``t_ns`` 0 for the draughtsman's light, else the Sun's at that time), or a product
    over it, made for a time or seen from a point where it needs one."""

    product: str = "ground"
    t_ns: int = 0
    point_m: Place | None = None


GROUND = Sheet()
SHADOW = "shadow"  # a product of the map alone: the shadows that the ground casts, laid over its shading
SHADOWS_UP_TO = 10  # level; at 128 m a pixel the shading shows what shadows would, and they take far longer
Wished = tuple[Sheet, TileKey]


@dataclass(frozen=True, slots=True)
class MapTile:
    """256 x 256 pixels of map; row 0 is north. Side and corner: see roverctl.terrain.tiling.

    ``picture`` is grey for the ground, 0 where there is no data, and RGBA with straight alpha for a product, which
    has no elevations.
    """

    level: int
    column: int
    row: int
    picture: npt.NDArray[np.uint8]
    elevation_m: npt.NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class LegendRow:
    """A colour of a product and what it stands for, with its unit."""

    red: int
    green: int
    blue: int
    alpha: int
    text: str


@dataclass(frozen=True, slots=True)
class ProductInfo:
    """A product that the map can show over the ground; ``needs`` may name sun, sun_span, relay, point, vehicle."""

    name: str
    title: str
    unit: str
    needs: frozenset[str]
    opaque: bool
    stepped: bool  # classes, not a range
    legend: tuple[LegendRow, ...]


@dataclass(frozen=True, slots=True)
class MapInfo:
    """What the map is made of."""

    label: str
    resolution_m: float
    generated_below_m: float  # 0: nothing is generated
    products: tuple[ProductInfo, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceHere:
    """Which terrain lies at a place, and how fine it is."""

    place_m: Place
    label: str
    resolution_m: float


@dataclass(frozen=True, slots=True)
class Measured:
    """The ground along a line; ``corners_m`` is the line that was asked for, points are evenly spaced on each leg."""

    corners_m: tuple[Place, ...]
    along_m: Array  # on the body's sphere
    elevation_m: Array  # NaN without data
    spacing_m: float


class Map(Protocol):
    """The map: its tiles, and the last answers about it."""

    @property
    def info(self) -> MapInfo:
        """What the map is made of; without a label until known."""

    @property
    def source(self) -> SourceHere | None:
        """The last answer to ``ask_source``."""

    @property
    def measured(self) -> Measured | None:
        """The last answer to ``measure``."""

    def want_tiles(self, wish: list[Wished], ahead: list[Wished]) -> None:
        """What the map shows now, most wanted first, and what it may show next; replaces the last wish."""

    def tile(self, key: TileKey, sheet: Sheet = GROUND) -> MapTile | None:
        """A tile that is there, else None."""

    @property
    def tiles_come(self) -> bool:
        """Whether every tile that is shown now has come."""

    @property
    def tiles_share(self) -> float:
        """How many of the tiles that are shown now have come, 0 to 1."""

    def ask_source(self, place_m: Place, spacing_m: float) -> None:
        """Find out what lies at a place; the newest question counts."""

    def measure(self, corners_m: tuple[Place, ...]) -> None:
        """Find out the ground along a line; the newest question counts."""

    def export(self, sheet: Sheet, corners_m: tuple[Place, Place], spacing_m: float, file: Path) -> Changes:
        """Write a layer as GeoTIFF, in the background: what is between two corners; a message says when it is there."""
