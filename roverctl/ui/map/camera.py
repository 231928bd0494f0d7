"""Where the map looks: a centre in site metres and how many metres a pixel is. Without Qt's widgets, so it can be tried
alone."""

import math
from dataclasses import dataclass, replace

from roverctl.terrain.tiling import LEVELS, TileKey, level_of, side_m

# Across the shorter side of the widget: from a wheel's track to the whole of the South Pole-Aitken basin.
NEAREST_ACROSS_M = 0.2
FARTHEST_ACROSS_M = 2_500_000.0
# How far from the site one may look: its hemisphere, beyond which the site frame is stretched out of shape.
REACH_M = 2_700_000.0
_COVER_LEVELS = 3  # the cover is so many levels coarser than the view
_AHEAD_TILES = 48


@dataclass(frozen=True, slots=True)
class Camera:
    """Screen x grows east, y south; ``width_px`` and ``height_px`` are logical pixels, of ``sharpness`` real ones."""

    east_m: float = 0.0
    north_m: float = 0.0
    m_per_px: float = 0.15
    width_px: int = 100
    height_px: int = 100
    sharpness: float = 1.0

    def to_screen(self, east_m: float, north_m: float) -> tuple[float, float]:
        """Pixel of a place."""
        return (
            self.width_px / 2 + (east_m - self.east_m) / self.m_per_px,
            self.height_px / 2 - (north_m - self.north_m) / self.m_per_px,
        )

    def to_ground(self, x_px: float, y_px: float) -> tuple[float, float]:
        """Place of a pixel, east and north in metres."""
        return (
            self.east_m + (x_px - self.width_px / 2) * self.m_per_px,
            self.north_m - (y_px - self.height_px / 2) * self.m_per_px,
        )

    def sized(self, width_px: int, height_px: int) -> "Camera":
        """The same place in a widget of another size."""
        camera = replace(self, width_px=width_px, height_px=height_px)
        return replace(camera, m_per_px=camera._within(self.m_per_px))

    def centred(self, east_m: float, north_m: float) -> "Camera":
        """Looking at another place, within reach of the site."""
        away = math.hypot(east_m, north_m)
        back = 1.0 if away <= REACH_M else REACH_M / away
        return replace(self, east_m=east_m * back, north_m=north_m * back)

    def sharpened(self, sharpness: float) -> "Camera":
        """The same view on a finer or coarser screen."""
        return replace(self, sharpness=sharpness)

    def moved(self, dx_px: float, dy_px: float) -> "Camera":
        """The ground dragged by so many pixels."""
        return self.centred(self.east_m - dx_px * self.m_per_px, self.north_m + dy_px * self.m_per_px)

    def zoomed(self, factor: float, x_px: float, y_px: float) -> "Camera":
        """Metres per pixel times ``factor``, the ground under (x, y) staying where it is."""
        scale = self._within(self.m_per_px * factor)
        east, north = self.to_ground(x_px, y_px)
        return replace(self, m_per_px=scale).centred(
            east - (x_px - self.width_px / 2) * scale, north + (y_px - self.height_px / 2) * scale
        )

    def showing(self, across_m: float) -> "Camera":
        """As far out as the shorter side of the widget spans ``across_m``."""
        return replace(self, m_per_px=self._within(across_m / self._short_px))

    def _within(self, m_per_px: float) -> float:
        return min(max(m_per_px, NEAREST_ACROSS_M / self._short_px), FARTHEST_ACROSS_M / self._short_px)

    @property
    def _short_px(self) -> int:
        return max(min(self.width_px, self.height_px), 1)

    @property
    def level(self) -> int:
        """The tile level whose pixels come nearest to the screen's."""
        return level_of(self.m_per_px / self.sharpness)

    def cells(self, level: int, around: int = 0) -> tuple[range, range]:
        """Columns and rows of a level that touch the view, and so many more on each side."""
        side = side_m(level)
        west, north = self.to_ground(0, 0)
        east, south = self.to_ground(self.width_px, self.height_px)
        return (
            range(math.floor(west / side) - around, math.floor(east / side) + 1 + around),
            range(math.floor(south / side) - around, math.floor(north / side) + 1 + around),
        )

    def tiles(self, level: int, around: int = 0) -> list[TileKey]:
        """Keys of a level that touch the view, those nearest to its centre first."""
        side = side_m(level)
        columns, rows = self.cells(level, around)
        middle_column, middle_row = self.east_m / side - 0.5, self.north_m / side - 0.5
        keys = [(level, column, row) for row in rows for column in columns]
        return sorted(keys, key=lambda key: math.hypot(key[1] - middle_column, key[2] - middle_row))

    def wish(self) -> list[TileKey]:
        """What to ask for, most wanted first: a coarse cover that leaves no hole, then the view itself."""
        level = self.level
        coarse = min(level + _COVER_LEVELS, LEVELS[-1])
        cover = self.tiles(coarse) if coarse > level else []
        return cover + self.tiles(level)

    def ahead(self, zoom: int) -> list[TileKey]:
        """What may be wanted next: a ring around the view, then the next level inwards (-1) or outwards (1)."""
        shown = set(self.tiles(self.level))
        ring = [key for key in self.tiles(self.level, 1) if key not in shown]
        level = self.level + zoom
        following = self.tiles(level) if zoom and level in LEVELS else []
        return (ring + following)[: len(ring) + _AHEAD_TILES]


def round_length(at_most_m: float) -> float:
    """The longest of 1, 2, 5 times a power of ten that is not above ``at_most_m``."""
    power = 10.0 ** math.floor(math.log10(at_most_m))
    for step in (5.0, 2.0, 1.0):
        if step * power <= at_most_m * (1 + 1e-12):
            return step * power
    return power


def length_text(metres: float) -> str:
    """A round length: cm, m or km."""
    if metres >= 1000:
        return f"{metres / 1000:g} km"
    return f"{metres:g} m" if metres >= 1 else f"{metres * 100:g} cm"


def about_text(metres: float) -> str:
    """Any length in three significant digits: cm, m or km."""
    scale = 1000.0 if metres >= 999.5 else 1.0 if metres >= 0.9995 else 0.01
    value = metres / scale
    digits = max(2 - math.floor(math.log10(value)), 0) if value > 0 else 0
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{text} {'km' if scale == 1000.0 else 'm' if scale == 1.0 else 'cm'}"
