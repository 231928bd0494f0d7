"""When something is above something: spans out of samples."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]


def crossings(times: Times, margin: Array) -> tuple[list[int], list[int]]:
    """When a sampled margin rises through zero, and when it falls; straight lines between samples."""
    before, after = margin[:-1], margin[1:]
    change = np.flatnonzero((before > 0.0) != (after > 0.0))
    part = before[change] / (before[change] - after[change])
    at = times[change] + np.rint(part * (times[change + 1] - times[change])).astype(np.int64)
    rises = after[change] > 0.0
    return at[rises].tolist(), at[~rises].tolist()


def spans_above(times: Times, margin: Array) -> list[list[int]]:
    """Spans with a positive margin; those open at an end begin or end there."""
    rises, falls = crossings(times, margin)
    if margin[0] > 0.0:
        rises.insert(0, int(times[0]))
    if margin[-1] > 0.0:
        falls.append(int(times[-1]))
    return [list(span) for span in zip(rises, falls, strict=True)]
