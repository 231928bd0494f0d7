"""What a plan metre costs by its rise, as a table that searches read: no root, arctangent, division or branch.

An edge costs its plan length times a function of its rise over run alone (``edges.over_ground``). That function is
smooth but for kinks where the slip curve has a point and where level ground begins, so it is kept as cubics between
kinks, 64 to a piece, with pieces halved until every cubic is right to ``_ERROR``: that of adding up a route's steps.
On ground, where this is asked for at nearly every step, it saves a search a quarter of its time.
"""

import itertools
import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from roverctl.core.compiled import inner, kernel
from roverctl.traverse.costs import CostModel
from roverctl.traverse.search.edges import over_ground

Array = npt.NDArray[np.float64]
Rises = tuple[Array, Array]  # pieces and cubics, see ``by_rise``

_CUBICS = 64  # to a piece
_ERROR = 1e-13  # of the cost, at most
_NARROWEST = 1e-9  # of a piece, as a tangent: what is closer together, such as a step of slip, is not told apart
# A cubic's coefficients from its values at 0, 1/3, 2/3 and 1.
_NODES = np.arange(4) / 3.0
_FROM_VALUES = np.linalg.inv(_NODES[:, None] ** np.arange(4))


NO_RISES: Rises = (np.zeros((0, 2)), np.zeros((0, 4)))  # of no ground


def by_rise(model: CostModel) -> Rises:
    """The table of a model, up to its limits: pieces [p, 2] (first tangent, cubics per tangent), cubics [64 p + 1, 4].

    Coefficients are in cost per plan metre, the constant first; each cubic runs from 0 to 1.
    """
    up, down, _ = model.limits.tolist()
    return _table(
        -down, up, tuple(model.rates.tolist()), tuple(model.slip_slope_rad.tolist()), tuple(model.slip.tolist())
    )


@lru_cache(maxsize=32)
def _table(
    low: float, high: float, rates: tuple[float, ...], slopes: tuple[float, ...], slips: tuple[float, ...]
) -> Rises:
    figures = np.array(rates), np.array(slopes), np.array(slips)
    kinks = {0.0, *(math.tan(slope) for slope in slopes if abs(slope) < 0.5 * math.pi)}
    ends = [low]
    for kink in sorted(kinks):
        if ends[-1] + _NARROWEST < kink < high - _NARROWEST:
            ends.append(kink)
    ahead = list(itertools.pairwise([*ends, high]))[::-1]
    pieces, cubics = [], []
    while ahead:
        begin, end = ahead.pop()
        step = (end - begin) / _CUBICS
        firsts = begin + step * np.arange(_CUBICS)
        found = _sampled(firsts[:, None] + step * _NODES, *figures) @ _FROM_VALUES.T
        # The error of a cubic is greatest near a sixth and five sixths.
        parts = np.array([1.0, 5.0]) / 6.0
        wanted = _sampled(firsts[:, None] + step * parts, *figures)
        made = found @ (parts[:, None] ** np.arange(4)).T
        if np.all(np.abs(made - wanted) <= _ERROR * np.abs(wanted)) or end - begin < _NARROWEST:
            pieces.append((begin, 1.0 / step))
            cubics.append(found)
        else:
            middle = 0.5 * (begin + end)
            ahead += [(middle, end), (begin, middle)]
    last = _sampled(np.array([[high]]), *figures)
    cubics.append(np.array([[last[0, 0], 0.0, 0.0, 0.0]]))
    table = np.array(pieces), np.concatenate(cubics)
    for part in table:
        part.flags.writeable = False
    return table


@kernel
def _sampled(tangents: Array, rates: Array, slopes: Array, slips: Array) -> Array:
    out = np.empty(tangents.shape)
    for i in range(tangents.shape[0]):
        for j in range(tangents.shape[1]):
            out[i, j] = over_ground(1.0, tangents[i, j], rates, slopes, slips)
    return out


@inner
def of_rise(tangent: float, pieces: Array, cubics: Array) -> float:
    """What a plan metre costs without its price that rises by ``tangent``, within the table's limits."""
    piece = 0
    for k in range(1, pieces.shape[0]):
        piece += int(tangent > pieces[k, 0])
    along = (tangent - pieces[piece, 0]) * pieces[piece, 1]
    number = int(along)
    part = along - number
    row = piece * _CUBICS + number
    return float(
        cubics[row, 0] + part * (cubics[row, 1] + part * (cubics[row, 2] + part * cubics[row, 3]))
    )  # fmt: skip
