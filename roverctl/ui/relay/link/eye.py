"""From where the system is looked at: a parallel projection, so that one scale holds everywhere."""

import math
from typing import Final

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF

Array = npt.NDArray[np.float64]

_LEAST_M_PX: Final = 200.0
_MOST_M_PX: Final = 4e6


class Eye:
    """Looks along a direction at ``centre_m``, which is in the middle of the picture.

    ``turn_rad`` turns about the Moon's orbital axis; ``rise_rad`` is the height over the orbital plane, a quarter turn
    being from the north.
    """

    def __init__(self) -> None:
        self.turn_rad, self.rise_rad = 0.0, math.radians(50.0)
        self.centre_m: Array = np.zeros(3)
        self.m_px = 1e6
        self.width, self.height = 100.0, 100.0

    @property
    def axes(self) -> Array:
        """Right, up and toward the eye as rows."""
        st, ct = math.sin(self.turn_rad), math.cos(self.turn_rad)
        sr, cr = math.sin(self.rise_rad), math.cos(self.rise_rad)
        return np.array([[ct, st, 0.0], [-sr * st, sr * ct, cr], [cr * st, -cr * ct, sr]])

    def pixels(self, places_m: Array) -> Array:
        """Pixels and depth toward the eye (metres) of places [3] or [3, n]."""
        since = (places_m.T - self.centre_m).T
        turned = self.axes @ since
        x, y = self.width / 2 + turned[0] / self.m_px, self.height / 2 - turned[1] / self.m_px
        return np.stack([x, y, turned[2]])

    def point(self, place_m: Array) -> QPointF:
        """A place's pixel."""
        x, y, _ = self.pixels(place_m)
        return QPointF(float(x), float(y))

    def fit(self, places_m: Array, margin_px: float) -> None:
        """Have all places [3, n] in the picture."""
        self.centre_m = (places_m.min(axis=1) + places_m.max(axis=1)) / 2
        turned = self.axes @ (places_m.T - self.centre_m).T
        half = np.abs(turned[:2]).max(axis=1)
        room = np.maximum([self.width / 2 - margin_px, self.height / 2 - margin_px], 20.0)
        self.m_px = float(np.clip((half / room).max(), _LEAST_M_PX, _MOST_M_PX))

    def turn(self, dx: float, dy: float) -> None:
        """A drag by pixels."""
        self.turn_rad = (self.turn_rad - dx * 0.008) % (2.0 * math.pi)
        self.rise_rad = min(max(self.rise_rad + dy * 0.008, -math.pi / 2), math.pi / 2)

    def shift(self, dx: float, dy: float) -> None:
        """A drag by pixels that moves the picture."""
        axes = self.axes
        self.centre_m = self.centre_m - (axes[0] * dx - axes[1] * dy) * self.m_px

    def zoom(self, factor: float, x: float, y: float) -> None:
        """So many times as much in the picture; what is under the pixel stays there."""
        before = self.m_px
        self.m_px = min(max(before * factor, _LEAST_M_PX), _MOST_M_PX)
        grown = self.m_px - before
        axes = self.axes
        self.centre_m = self.centre_m - (axes[0] * (x - self.width / 2) - axes[1] * (y - self.height / 2)) * grown
