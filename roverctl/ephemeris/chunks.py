"""Many instants in chunks that stay in the cache."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from roverctl.ephemeris.geometry import Geometry, LegTimes, LightTimes, Margins

T = TypeVar("T", Geometry, LightTimes, LegTimes, Margins)

_CHUNK = 16_384


def parts_of(t_ns: npt.NDArray[np.int64]) -> Sequence[npt.NDArray[np.int64]]:
    """Instants in chunks, one at least."""
    return [t_ns[i : i + _CHUNK] for i in range(0, max(t_ns.size, 1), _CHUNK)]


def in_parts(kind: type[T], times: npt.NDArray[np.int64], work: Callable[[npt.NDArray[np.int64]], T]) -> T:
    """The work in chunks, in the order of time: near instants share what the series keep."""
    if times.size <= _CHUNK:
        return work(times)
    order = None if (times[1:] >= times[:-1]).all() else np.argsort(times, kind="stable")
    parts = [work(part) for part in parts_of(times if order is None else times[order])]
    whole = [np.concatenate([getattr(p, f.name) for p in parts], axis=-1) for f in fields(kind)]
    if order is not None:
        back = np.empty_like(order)
        back[order] = np.arange(order.size)
        whole = [values[..., back] for values in whole]
    return kind(*whole)
