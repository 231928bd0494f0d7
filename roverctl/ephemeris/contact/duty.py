"""Whose turn it is at an instant, from turns worked out in blocks on a fixed grid: it depends on the time alone."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from roverctl.core.times import DAY_NS, FIRST_NS, LAST_NS
from roverctl.ephemeris.contact.timeline import ContactSpan

Times = npt.NDArray[np.int64]

_BLOCK_NS: Final = 16 * DAY_NS
# Windows that a block's ends cut are whole within this: overlaps last 12 h at most.
_BESIDE_NS: Final = DAY_NS
_KEPT: Final = 64


class Duty:
    """The station on duty by time.

    Parameters
    ----------
    turns
        Gives the turns over a span.
    names
        Of the stations.
    """

    def __init__(self, turns: Callable[[int, int], list[ContactSpan]], names: list[str]) -> None:
        self._turns, self._names = turns, names
        self._blocks: OrderedDict[int, tuple[Times, Times]] = OrderedDict()

    def at(self, t_ns: Times) -> Times:
        """The station's number, [n]; -1 in a gap."""
        stations = np.empty(t_ns.size, dtype=np.int64)
        number = t_ns // _BLOCK_NS
        for one in np.unique(number).tolist():
            begins, whose = self._block(one)
            mine = number == one
            stations[mine] = whose[np.searchsorted(begins, t_ns[mine], side="right") - 1]
        return stations

    def _block(self, number: int) -> tuple[Times, Times]:
        block = self._blocks.get(number)
        if block is None:
            begin_ns = max(FIRST_NS, number * _BLOCK_NS - _BESIDE_NS)
            end_ns = min(LAST_NS - 1, (number + 1) * _BLOCK_NS + _BESIDE_NS)
            spans = self._turns(begin_ns, end_ns)
            block = (
                np.array([span.begin_ns for span in spans], dtype=np.int64),
                np.array([self._names.index(s.station) if s.station else -1 for s in spans], dtype=np.int64),
            )
            self._blocks[number] = block
            if len(self._blocks) > _KEPT:
                self._blocks.popitem(last=False)
        return block
