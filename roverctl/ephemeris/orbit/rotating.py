"""The rotating frame that breathes: its unit is the Moon's true distance, its plane that of the Moon's motion then."""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from roverctl.ephemeris.bodies import Bodies
from roverctl.ephemeris.nodes import NodeSeries
from roverctl.ephemeris.scales import Epochs
from roverctl.ephemeris.vectors import cross, norm

Array = npt.NDArray[np.float64]

# Between nodes an hour apart a cubic is good to a centimetre for a halo.
_NODES_S: Final = 3600.0
# Rates at the nodes by central differences: the third derivative, 1e-8 m/s³, makes 1 µm/s of it.
_DIFFERENCE_S: Final = 30.0


class RotatingPath:
    """A place given in units of the rotating frame, in GCRS axes from the Earth's centre.

    Parameters
    ----------
    bodies
        For the Moon.
    mu
        Its part of the mass.
    units
        [3, m] at seconds of TT since J2000: from the barycentre, x from Earth to Moon, z along the orbital momentum.
    """

    def __init__(self, bodies: Bodies, mu: float, units: Callable[[Array], Array]) -> None:
        self._bodies, self._mu, self._units = bodies, mu, units
        self._series = NodeSeries(self._nodes, _NODES_S)

    def state(self, at: Epochs) -> tuple[Array, Array]:
        """Metres and metres per second, [3, n] each."""
        return self._series.hermite(at.tt_s)

    def _nodes(self, tt_s: Array) -> Array:
        before, here, after = (self._place(tt_s + shift) for shift in (-_DIFFERENCE_S, 0.0, _DIFFERENCE_S))
        return np.concatenate((here, (after - before) / (2.0 * _DIFFERENCE_S)))

    def _place(self, tt_s: Array) -> Array:
        moon, velocity = self._bodies.moon(Epochs(tt_s, tt_s))
        distance = norm(moon)
        x = moon / distance
        momentum = cross(moon, velocity)
        z = momentum / norm(momentum)
        units = self._units(tt_s)
        return np.asarray(distance * ((units[0] + self._mu) * x + units[1] * cross(z, x) + units[2] * z))


def libration_point(mu: float, name: str) -> Array:
    """A libration point in units, [3] (Szebehely 1967, chapter 4): those on the line by Newton's method."""
    if name in ("L4", "L5"):
        return np.array([0.5 - mu, (0.75**0.5) * (1.0 if name == "L4" else -1.0), 0.0])
    hill = (mu / 3.0) ** (1.0 / 3.0)
    x = {"L1": 1.0 - mu - hill, "L2": 1.0 - mu + hill, "L3": -1.0}[name]
    for _ in range(50):
        a, b = x + mu, x - 1.0 + mu
        force = x - (1.0 - mu) * a / abs(a) ** 3 - mu * b / abs(b) ** 3
        x -= force / (1.0 + 2.0 * (1.0 - mu) / abs(a) ** 3 + 2.0 * mu / abs(b) ** 3)
    return np.array([x, 0.0, 0.0])
