"""A cell's eight neighbours, and the edges to them: which are worth a closer look, which may be driven, what they cost.

Everything here is compiled into the searches, and into whatever takes the cost of a single step.
"""

import numpy as np
import numpy.typing as npt

from roverctl.core.compiled import inner
from roverctl.traverse.costs import CostModel

Array = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.uint64]

DIAGONAL = 2.0**0.5
# The lowest bit that is set in each byte, as the number of a neighbour.
LOWEST = np.array([0] + [(byte & -byte).bit_length() - 1 for byte in range(1, 256)], dtype=np.uint8)


def offsets(stride: int) -> Offsets:
    """East, north, west, south, then the diagonals between each and the next; unsigned, so that indices never wrap."""
    steps = [1, stride, -1, -stride, stride + 1, stride - 1, -stride - 1, -stride + 1]
    return np.array(steps, dtype=np.int64).astype(np.uint64)


def edge_bounds(model: CostModel) -> tuple[float, float]:
    """The least and the most that a plan metre can cost, without its price."""
    plain, rolled, climb, look = model.rates.tolist()
    steepest = float(max(model.limits[:2]))
    least = plain + rolled / (1.0 - float(model.slip.min())) + look
    rolled_most = (rolled + climb * float(np.arctan(steepest))) / (1.0 - float(model.slip.max()))
    return least, float(np.hypot(1.0, steepest)) * (plain + rolled_most) + look


@inner
def cheaper(
    cost: Array, u: np.uint64, offsets: Offsets, price: Array, at: np.uint64, wide: np.uint64,
    spacing: float, least: float, priced: Array,
) -> int:  # fmt: skip
    """Which neighbours of ``u`` may be reached for less than they cost now, a bit each in the order of ``offsets``.

    Neighbours that cost nothing are walls, and a diagonal beside one is none. ``priced`` gets what each would cost
    without its edge, of which only ``least``, that of the easiest plan metre, is counted here. ``price`` is read at
    ``at`` and around, in rows of ``wide``; beyond its ends any price is taken, since walls stand there. Without a
    branch, the eight side by side, this takes half the time of one neighbour after the other.
    """
    last = np.uint64(price.size - 1)
    one = np.uint64(1)
    diagonal = spacing * DIAGONAL
    here, half = cost[u], 0.5 * price[at]
    south, north = at - wide, at + wide
    east_now, north_now = cost[u + offsets[0]], cost[u + offsets[1]]
    west_now, south_now = cost[u + offsets[2]], cost[u + offsets[3]]
    priced[0] = here + spacing * (half + 0.5 * price[min(at + one, last)])
    priced[1] = here + spacing * (half + 0.5 * price[min(north, last)])
    priced[2] = here + spacing * (half + 0.5 * price[min(at - one, last)])
    priced[3] = here + spacing * (half + 0.5 * price[min(south, last)])
    priced[4] = here + diagonal * (half + 0.5 * price[min(north + one, last)])
    priced[5] = here + diagonal * (half + 0.5 * price[min(north - one, last)])
    priced[6] = here + diagonal * (half + 0.5 * price[min(south - one, last)])
    priced[7] = here + diagonal * (half + 0.5 * price[min(south + one, last)])
    beside, across = spacing * least, diagonal * least
    east, no, west, so = int(east_now > 0.0), int(north_now > 0.0), int(west_now > 0.0), int(south_now > 0.0)
    north_east, north_west = cost[u + offsets[4]], cost[u + offsets[5]]
    south_west, south_east = cost[u + offsets[6]], cost[u + offsets[7]]
    return (
        (int(priced[0] + beside < east_now) & east)
        | (int(priced[1] + beside < north_now) & no) << 1
        | (int(priced[2] + beside < west_now) & west) << 2
        | (int(priced[3] + beside < south_now) & so) << 3
        | (int(priced[4] + across < north_east) & int(north_east > 0.0) & east & no) << 4
        | (int(priced[5] + across < north_west) & int(north_west > 0.0) & no & west) << 5
        | (int(priced[6] + across < south_west) & int(south_west > 0.0) & west & so) << 6
        | (int(priced[7] + across < south_east) & int(south_east > 0.0) & so & east) << 7
    )


@inner
def over_ground(plan: float, rise: float, rates: Array, slopes: Array, slips: Array) -> float:
    """What an edge costs without its price; see ``CostModel.rates``."""
    ground = np.sqrt(plan * plan + rise * rise)
    if rise <= 0.0 and slopes[0] >= 0.0:
        # Half of all edges lead down, and need no arctangent.
        return float(ground * (rates[0] + rates[1] / (1.0 - slips[0])) + plan * rates[3])
    slope = np.arctan(rise / plan)
    slip = slips[0]
    if slope > slopes[0]:
        last = slopes.size - 1
        slip = slips[last]
        for k in range(last):
            if slope < slopes[k + 1]:
                slip = slips[k] + (slips[k + 1] - slips[k]) * (slope - slopes[k]) / (slopes[k + 1] - slopes[k])
                break
    return float(
        ground * (rates[0] + (rates[1] + rates[2] * max(slope, 0.0)) / (1.0 - slip)) + plan * rates[3]
    )  # fmt: skip


@inner
def keeps_limits(
    z: Array,
    u: np.uint64,
    v: np.uint64,
    step: int,
    offsets: Offsets,
    spacing: float,
    plan: float,
    limits: Array,
) -> bool:
    """Whether the edge from ``u`` to ``v``, in direction ``step``, keeps the limits up, down and across."""
    rise = z[v] - z[u]
    if not -plan * limits[1] <= rise <= plan * limits[0]:
        return False
    if np.isinf(limits[2]):
        return True
    if step >= 4:
        across = (z[u + offsets[step - 4]] - z[u + offsets[(step + 1) & 3]]) / plan
    else:
        aside = offsets[(step + 1) & 3]
        across = (z[u + aside] - z[u - aside] + z[v + aside] - z[v - aside]) / (4.0 * spacing)
    return bool(abs(across) <= limits[2])
