"""Why a station has no contact."""

from collections.abc import Callable
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from roverctl.ephemeris.contact.air import excluded, in_maintenance
from roverctl.ephemeris.geometry import Margins
from roverctl.mission.contacts import ContactRules

Times = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int8]


class Cause(IntEnum):
    """What stands in the way, in the order of asking: what no station could help first, what people do last."""

    NONE = 0
    UNKNOWN_ORBIT = 1  # beyond the orbit file
    ROVER = 2  # below the rover's mask or skyline
    MOON = 3  # the Moon in the way
    STATION = 4  # below the station's mask
    EXCLUDED = 5
    MAINTENANCE = 6
    CONJUNCTION = 7  # the Sun near the relay


def causes(
    t_ns: Times, margins: Margins, covered: npt.NDArray[np.bool_], names: list[str], rules: ContactRules
) -> Codes:
    """The first cause that holds, [s, n]."""
    found = np.zeros(margins.station.shape, dtype=np.int8)
    for cause, holds in (
        (Cause.CONJUNCTION, margins.sun <= 0.0),
        (Cause.MAINTENANCE, in_maintenance(t_ns, names, rules)),
        (Cause.EXCLUDED, excluded(names, rules)[:, None]),
        (Cause.STATION, margins.station <= 0.0),
        (Cause.MOON, margins.moon <= 0.0),
        (Cause.ROVER, margins.rover <= 0.0),
        (Cause.UNKNOWN_ORBIT, ~covered[None]),
    ):
        found[np.broadcast_to(holds, found.shape)] = cause
    return found


def cause_spans(
    codes_at: Callable[[Times], Codes], begin_ns: int, end_ns: int, sample_ns: int, exact_ns: int
) -> list[tuple[int, int, tuple[Cause, ...]]]:
    """A span cut where any station's cause changes: from, to, and the cause of each station.

    Changes are found to ``exact_ns``; one that comes and goes between two samples is not.
    """
    count = max(2, -(-(end_ns - begin_ns) // sample_ns) + 1)
    # The ends themselves belong to the contacts beside the gap.
    grid = np.linspace(float(0), float(end_ns - begin_ns - 2 * min(exact_ns, (end_ns - begin_ns) // 4)), count)
    times = begin_ns + min(exact_ns, (end_ns - begin_ns) // 4) + grid.astype(np.int64)
    codes = codes_at(times)
    change = np.flatnonzero((codes[:, 1:] != codes[:, :-1]).any(axis=0))
    low, high, left = times[change], times[change + 1], codes[:, change]
    while low.size and int((high - low).max()) > exact_ns:
        middle = (low + high) // 2
        same = (codes_at(middle) == left).all(axis=0)
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    edges = [begin_ns, *high.tolist(), end_ns]
    columns = [codes[:, 0], *(codes[:, i + 1] for i in change)]
    return [
        (a, b, tuple(Cause(c) for c in column.tolist()))
        for a, b, column in zip(edges, edges[1:], columns, strict=False)
    ]
