"""Lines from elsewhere: where a rover went or is to go, as a reference on the map and as lines to be checked."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import InputError

Array = npt.NDArray[np.float64]

MOST_TRACK_POINTS = 100_000  # of all tracks of a file: five years of a rover every 4 cm. Our choice


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceTrack:
    """A named line on a body: n points in site-frame metres, and the file that it is from.

    Raises
    ------
    InputError
        For no point, too many, or coordinates that are no numbers.
    """

    name: str
    body: str
    east_m: Array
    north_m: Array
    source: str

    def __post_init__(self) -> None:
        if not len(self.east_m):
            raise InputError(f"{self.source}: {self.name}: no point in it")
        if len(self.east_m) > MOST_TRACK_POINTS:
            raise InputError(
                f"{self.source}: {self.name}: {len(self.east_m):,} points; {MOST_TRACK_POINTS:,} at most: thin it out"
            )
        if not (np.isfinite(self.east_m).all() and np.isfinite(self.north_m).all()):
            raise InputError(f"{self.source}: {self.name}: a coordinate is no number")

    @property
    def length_m(self) -> float:
        """In the plane of the site frame."""
        return float(np.hypot(np.diff(self.east_m), np.diff(self.north_m)).sum())
