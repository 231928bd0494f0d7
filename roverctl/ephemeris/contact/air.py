"""When stations are off the air: maintenance, and those that the rules exclude."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from roverctl.core.nouns import ContactWindow
from roverctl.mission.contacts import ContactRules

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]


def excluded(names: list[str], rules: ContactRules) -> npt.NDArray[np.bool_]:
    """Which stations the rules exclude, [s]."""
    return np.array([name in rules.exclude for name in names])


def in_maintenance(t_ns: Times, names: list[str], rules: ContactRules) -> npt.NDArray[np.bool_]:
    """Which stations are in maintenance, [s, n]."""
    off = np.zeros((len(names), t_ns.size), dtype=bool)
    for span in rules.maintenance:
        off[names.index(span.station)] |= (t_ns >= span.begin_ns) & (t_ns < span.end_ns)
    return off


def off_air(t_ns: Times, names: list[str], rules: ContactRules) -> npt.NDArray[np.bool_]:
    """Which stations are not to be used, [s, n]."""
    return in_maintenance(t_ns, names, rules) | excluded(names, rules)[:, None]


def without_spans(
    windows: list[ContactWindow], rules: ContactRules, contact: Callable[[Times], tuple[Array, Array]], names: list[str]
) -> list[ContactWindow]:
    """Windows less the times that their stations are off the air; the peak of a cut one lies where it is highest."""
    if not rules.exclude and not rules.maintenance:
        return windows
    left: list[ContactWindow] = []
    for window in windows:
        if window.station in rules.exclude:
            continue
        begin_ns = window.aos_ns
        for span in (span for span in rules.maintenance if span.station == window.station):
            if span.end_ns <= begin_ns or span.begin_ns >= window.los_ns:
                continue
            if span.begin_ns > begin_ns:
                left.append(_cut(window, begin_ns, span.begin_ns, contact, names))
            begin_ns = span.end_ns
        if begin_ns < window.los_ns:
            left.append(_cut(window, begin_ns, window.los_ns, contact, names))
    return sorted(left, key=lambda w: w.aos_ns)


def _cut(
    window: ContactWindow, begin_ns: int, end_ns: int, contact: Callable[[Times], tuple[Array, Array]], names: list[str]
) -> ContactWindow:
    if begin_ns <= window.peak_ns <= end_ns:
        return ContactWindow(window.station, begin_ns, end_ns, window.peak_ns, window.peak_elevation_rad)
    ends = np.array([begin_ns, end_ns], dtype=np.int64)
    height = contact(ends)[1][names.index(window.station)]
    higher = int(height.argmax())
    return ContactWindow(window.station, begin_ns, end_ns, int(ends[higher]), float(height[higher]))
