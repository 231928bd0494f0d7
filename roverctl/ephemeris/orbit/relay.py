"""The relay of a mission, whatever its orbit is: where it is, how it moves, and how long that is known."""

from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from roverctl.core.times import DAY_NS, SECOND_NS, format_utc
from roverctl.ephemeris.bodies import Bodies
from roverctl.ephemeris.orbit.correction import find_halo
from roverctl.ephemeris.orbit.halo import HaloOrbit
from roverctl.ephemeris.orbit.rotating import RotatingPath, libration_point
from roverctl.ephemeris.orbit.tabulated import TabulatedPath
from roverctl.ephemeris.places import MoonPlace
from roverctl.ephemeris.scales import Epochs
from roverctl.mission.oem import OrbitFile
from roverctl.mission.profile import Mission
from roverctl.mission.relay_orbit import FixedPlace, FixedPoint, HaloShape

Array = npt.NDArray[np.float64]

# The relay rises and sets with the Earth's turning; in ten minutes the margin has one extremum at most.
_SAMPLE_NS: Final = 600 * SECOND_NS
_SOON_NS: Final = 7 * DAY_NS


class Path(Protocol):
    """Anything that moves."""

    def state(self, at: Epochs) -> tuple[Array, Array]:
        """Metres and metres per second from the Earth's centre in GCRS axes, [3, n] each."""
        ...


class Relay:
    """Where the relay is.

    ``place`` is set for one that stands on the Moon; ``table`` for one whose orbit comes from a file.
    """

    def __init__(self, mission: Mission, bodies: Bodies) -> None:
        orbit = mission.orbit
        self.place: MoonPlace | None = None
        self.table: TabulatedPath | None = None
        self.sample_ns = _SAMPLE_NS
        self._path: Path
        if isinstance(orbit, FixedPlace):
            self._path = self.place = MoonPlace(
                bodies, orbit.longitude_rad, orbit.latitude_rad, mission.body.radius_m + orbit.elevation_m
            )
        elif isinstance(orbit, OrbitFile):
            self._path = self.table = TabulatedPath(orbit, bodies)
            self.sample_ns = self.table.sample_ns
        elif isinstance(orbit, FixedPoint):
            units = libration_point(orbit.mu, orbit.point) if orbit.point else np.array([orbit.x, orbit.y, orbit.z])
            self._path = RotatingPath(bodies, orbit.mu, lambda tt_s: np.tile(units[:, None], tt_s.size))
        elif orbit is not None:
            halo = HaloOrbit(find_halo(orbit) if isinstance(orbit, HaloShape) else orbit)
            self._path = RotatingPath(bodies, halo.halo.mu, halo.units)
        else:
            raise ValueError("a mission without a relay has none to be placed")

    def state(self, at: Epochs) -> tuple[Array, Array]:
        """Metres and metres per second from the Earth's centre in GCRS axes, [3, n] each."""
        return self._path.state(at)

    def covered(self, at: Epochs) -> npt.NDArray[np.bool_]:
        """Where that is known, [n]."""
        return np.ones(at.tt_s.size, dtype=bool) if self.table is None else self.table.covered(at)

    def warning(self, t_ns: int) -> str:
        """What there is to say at a time of an orbit file that has ended, ends within a week, or has not begun."""
        if self.table is None:
            return ""
        name, left_ns = self.table.orbit.file.name, self.table.end_ns - t_ns
        if t_ns < self.table.begin_ns:
            return f"{name} begins at {format_utc(self.table.begin_ns, 0)}: before that there is no contact"
        if left_ns < 0:
            return f"{name} ended at {format_utc(self.table.end_ns, 0)}: there is no contact without a newer orbit"
        if left_ns < _SOON_NS:
            days = left_ns // DAY_NS
            when = "within a day" if days == 0 else "tomorrow" if days == 1 else f"in {days} days"
            return f"{name} ends {when}, at {format_utc(self.table.end_ns, 0)}: after that there is no contact"
        return ""
