"""How long light takes, from positions and velocities at one instant.

Over the second or two of a leg everything moves evenly but for a curve that is counted: the light time is the root of a
quadratic equation. Positions are geocentric with GCRS axes, which light crosses in straight lines to within 1 ns.
"""

import numpy as np
import numpy.typing as npt

from roverctl.ephemeris.bodies import LIGHT_M_S
from roverctl.ephemeris.vectors import dot

Array = npt.NDArray[np.float64]


def travel_s(way: Array, velocity: Array) -> Array:
    """Seconds [n] from a sender to a receiver that stands at ``way`` [3, n] from it then and moves with ``velocity``.

    The root of ``|way + velocity t| = c t``.
    """
    ahead = dot(way, velocity)
    a = LIGHT_M_S**2 - dot(velocity, velocity)
    return np.asarray((ahead + np.sqrt(ahead * ahead + a * dot(way, way))) / a)
