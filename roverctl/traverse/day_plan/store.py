"""The rover's memory over a plan: what activities keep aboard, and when each product, once it is here whole, is freed.

As the vehicle does it: SEND_PRODUCTS asks for what is aboard then; its transmitter sends product by product, oldest
first, housekeeping before them, whether a station listens or not; the relay keeps what no station takes and passes it
on during contact at its own rate; a product is freed when the ground has confirmed it.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from roverctl.mission.file_pdus import DATA_OVERHEAD_B
from roverctl.mission.mdb import Value
from roverctl.mission.products import JOINED_B, JOINED_S, segment_b
from roverctl.mission.profile import Mission
from roverctl.mission.rates import housekeeping_s
from roverctl.vehicle.instruments import Work

Array = npt.NDArray[np.float64]

SEND: Final[tuple[str, dict[str, Value]]] = ("SEND_PRODUCTS", {"count": 255.0})  # all that is aboard
_AROUND_FILE_B: Final = 120.0  # its metadata and its end, with their packets; rounded


def sends_products(mission: Mission) -> bool:
    """Whether products are sent down at all."""
    return "files" in mission.mdb.apids and SEND[0] in mission.mdb.commands


class Store:
    """What is aboard; times are seconds after the plan's start.

    Parameters
    ----------
    mission
        Rates.
    contact
        When any station has contact, [n, 2] seconds.
    aboard_b
        What is aboard at the start, and sent before all else.
    """

    def __init__(self, mission: Mission, contact: Array, aboard_b: float) -> None:
        self._contact = contact
        link = mission.link
        share = (link.tm_frame_b + link.tm_frame_overhead_b) / link.tm_frame_b
        segment = segment_b(link.return_rate_bit_s)
        free = 1.0 - housekeeping_s(mission.mdb.packet("ROVER_HK"), link)
        # Seconds of the transmitter for an octet of a file, and around each file.
        self._sending_s = (1.0 + DATA_OVERHEAD_B / segment) * share * 8.0 / (link.return_rate_bit_s * free)
        self._around_s = _AROUND_FILE_B * share * 8.0 / (link.return_rate_bit_s * free)
        self._relay_s = (1.0 + DATA_OVERHEAD_B / segment) * share * 8.0 / link.relay_rate_bit_s
        self._answer_s = mission.activities.command_gap_s  # light both ways, and a confirmation's CLTU
        self._sends = sends_products(mission)
        self._kept: list[tuple[Array, float]] = []  # when pieces came, and the size of each
        self._waiting: list[float] = []  # sizes of products aboard, that nobody has asked for yet
        self._freed: list[tuple[float, float]] = []
        self._transmitter_s = self._relay_free_s = 0.0
        if aboard_b > 0.0:
            self._kept.append((np.zeros(1), aboard_b))
            self._waiting += _products(aboard_b, mission.vehicle.frame_size_b)

    def keep(self, begin_s: float, work: Work) -> None:
        """An instrument's pieces, each at its end."""
        ends = np.asarray(begin_s + work.piece_s * np.arange(1.0, work.pieces + 1.0), dtype=np.float64)
        self._kept.append((ends, work.piece_b))
        if work.piece_s > JOINED_S:
            self._waiting += [work.piece_b] * work.pieces
        else:
            per_product = max(1, int(JOINED_B / work.piece_b)) * work.piece_b
            self._waiting += _products(work.size_b, per_product)

    def send(self, at_s: float) -> None:
        """SEND_PRODUCTS comes to the rover."""
        waiting, self._waiting = (self._waiting, []) if self._sends else ([], self._waiting)
        for size_b in waiting:
            sent_s = max(at_s, self._transmitter_s) + size_b * self._sending_s + self._around_s
            self._transmitter_s = sent_s
            here_s = self._passed_on(sent_s, size_b * self._relay_s)
            self._freed.append((here_s + self._answer_s, size_b))

    def _passed_on(self, sent_s: float, takes_s: float) -> float:
        """When a product that the rover has sent by then is through the relay's transmitter, which needs contact."""
        at_s = max(self._relay_free_s, sent_s - takes_s)
        for begin, end in self._contact.tolist():
            if end <= at_s:
                continue
            at_s = max(at_s, begin)
            if at_s + takes_s <= end:
                self._relay_free_s = max(sent_s, at_s + takes_s)
                return self._relay_free_s
            takes_s -= end - at_s
            at_s = end
        self._relay_free_s = float("inf")
        return self._relay_free_s

    @property
    def empty_s(self) -> float:
        """When the last that was kept is freed; infinite where it is not within the contact that is known."""
        if self._waiting:
            return float("inf")
        return max((at_s for at_s, _ in self._freed), default=0.0)

    def stored_b(self, at_s: Array) -> Array:
        """Octets aboard at times."""
        kept_s = np.concatenate([np.zeros(0), *(times for times, _ in self._kept)])
        kept_b = np.concatenate([np.zeros(0), *(np.full(len(times), size) for times, size in self._kept)])
        freed = np.array(self._freed).reshape(-1, 2)
        return _summed(kept_s, kept_b, at_s) - _summed(freed[:, 0], freed[:, 1], at_s)


def _products(total_b: float, each_b: float) -> list[float]:
    """Sizes of products of ``each_b``, the last with what is left."""
    whole = int(total_b / each_b)
    rest = total_b - whole * each_b
    return [each_b] * whole + ([rest] if rest >= 1.0 else [])


def _summed(times: Array, sizes: Array, at_s: Array) -> Array:
    """The sum of what came by each time."""
    order = np.argsort(times, kind="stable")
    total = np.concatenate(([0.0], np.cumsum(sizes[order])))
    return np.asarray(total[np.searchsorted(times[order], at_s, side="right")])
