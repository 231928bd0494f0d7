"""Cells waiting in buckets by cost, as compiled searches keep them: entries chained from each bucket's head.

An entry is a cell and the number of its bucket's next entry, last in first out; -1 is none. Entries that are free are
chained as well, from ``spare``; beyond those ``used`` ones are in use. A search keeps head, cells, nexts and counts in
variables of its own, since compiled code is slow with anything that holds them together.

A cell's bucket is the whole part of its cost in bucket widths. A cell that became cheaper has left an entry behind in a
later bucket, which tells by the cell's cost that it is out of date: nothing else has to be kept, or read, to know.
"""

import numpy as np
import numpy.typing as npt

from roverctl.core.compiled import inner, kernel

Numbers = npt.NDArray[np.int32]
Costs = npt.NDArray[np.float64]


@inner
def taken_out(
    head: Numbers,
    slot: int | np.int64,
    entry_cell: Numbers,
    entry_next: Numbers,
    spare: int,
    cost: Costs,
    origin: float,
    per_width: float,
    bucket: int,
    batch: Numbers,
) -> tuple[int, int, int]:
    """Empty a bucket that is not empty into ``batch``: how many cells, how many entries, and the new ``spare``.

    The whole bucket at once: its cells then stand in a row, and the memory around them is fetched ahead. Cells that
    went through an earlier bucket, counted from cost ``origin`` on in widths, are left out.
    """
    count, entries = 0, 0
    entry = head[slot]
    last = entry
    while entry >= 0:
        cell = entry_cell[entry]
        batch[count] = cell
        count += int((cost[cell] - origin) * per_width >= bucket)
        entries += 1
        last = entry
        entry = entry_next[entry]
    entry_next[last] = spare
    spare = head[slot]
    head[slot] = -1
    return count, entries, spare


@inner
def put(
    cell: int, head: Numbers, slot: int | np.int64, entry_cell: Numbers, entry_next: Numbers, spare: int, used: int
) -> tuple[int, int]:
    """Put a cell into a bucket; there must be a spare entry, or room behind the used ones. The new spare and used."""
    entry = spare
    if entry >= 0:
        spare = entry_next[entry]
    else:
        entry = used
        used += 1
    entry_cell[entry] = cell
    entry_next[entry] = head[slot]
    head[slot] = entry
    return spare, used


@kernel
def with_room(numbers: Numbers) -> Numbers:
    """The numbers, with as much room again behind them."""
    grown = np.empty(2 * numbers.size, dtype=np.int32)
    for i in range(numbers.size):  # a slice would compile numba's message for shapes: 2 s
        grown[i] = numbers[i]
    return grown
