"""Where the map looks: a centre in site metres and how many metres a pixel is. Without Qt's widgets, so it can be tried
alone."""

import math
from dataclasses import dataclass

from roverctl.session.api import TileKey

TILE_PX = 256
LEVELS = range(0, 15)
NEAREST_M_PER_PX = 0.01
FARTHEST_M_PER_PX = 4000.0


def spacing_m(level: int) -> float:
    """Ground size of a tile's pixel."""
    return 0.125 * 2.0**level


@dataclass(frozen=True, slots=True)
class Camera:
    """Screen x grows east, y south; ``width_px`` and ``height_px`` are logical pixels."""

    east_m: float = 0.0
    north_m: float = 0.0
    m_per_px: float = 0.15
    width_px: int = 100
    height_px: int = 100

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
        return Camera(self.east_m, self.north_m, self.m_per_px, width_px, height_px)

    def centred(self, east_m: float, north_m: float) -> "Camera":
        """Looking at another place."""
        return Camera(east_m, north_m, self.m_per_px, self.width_px, self.height_px)

    def moved(self, dx_px: float, dy_px: float) -> "Camera":
        """The ground dragged by so many pixels."""
        return self.centred(self.east_m - dx_px * self.m_per_px, self.north_m + dy_px * self.m_per_px)

    def zoomed(self, factor: float, x_px: float, y_px: float) -> "Camera":
        """Metres per pixel times ``factor``, the ground under (x, y) staying where it is."""
        scale = min(max(self.m_per_px * factor, NEAREST_M_PER_PX), FARTHEST_M_PER_PX)
        east, north = self.to_ground(x_px, y_px)
        return Camera(
            east - (x_px - self.width_px / 2) * scale,
            north + (y_px - self.height_px / 2) * scale,
            scale,
            self.width_px,
            self.height_px,
        )

    def showing(self, across_m: float) -> "Camera":
        """As far out as the shorter side of the widget spans ``across_m``."""
        scale = min(max(across_m / max(min(self.width_px, self.height_px), 1), NEAREST_M_PER_PX), FARTHEST_M_PER_PX)
        return Camera(self.east_m, self.north_m, scale, self.width_px, self.height_px)

    @property
    def level(self) -> int:
        """The tile level whose pixels come nearest to the screen's: between 1/√2 and √2 of one."""
        return min(max(round(math.log2(self.m_per_px / spacing_m(0))), LEVELS[0]), LEVELS[-1])

    def tiles(self, level: int) -> list[TileKey]:
        """Keys of a level that touch the view, those nearest to its centre first."""
        side = TILE_PX * spacing_m(level)
        west, north = self.to_ground(0, 0)
        east, south = self.to_ground(self.width_px, self.height_px)
        columns = range(math.floor(west / side), math.floor(east / side) + 1)
        rows = range(math.floor(south / side), math.floor(north / side) + 1)
        keys = [(level, column, row) for row in rows for column in columns]

        def distance(key: TileKey) -> float:
            return math.hypot((key[1] + 0.5) * side - self.east_m, (key[2] + 0.5) * side - self.north_m)

        return sorted(keys, key=distance)

    def wish(self) -> list[TileKey]:
        """What to ask for, most wanted first: a coarse cover that leaves no hole, then the view itself."""
        level = self.level
        coarse = min(level + 3, LEVELS[-1])
        cover = self.tiles(coarse) if coarse > level else []
        return cover + self.tiles(level)


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
