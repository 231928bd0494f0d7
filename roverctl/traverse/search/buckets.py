"""Cells waiting in buckets by cost, as compiled searches keep them: entries chained from each bucket's head.

An entry is a cell and the number of its bucket's next entry, last in first out; -1 is none. Entries that are free are
chained as well, from ``spare``; beyond those ``used`` ones are in use. A search keeps head, cells, nexts and counts in
variables of its own, since compiled code is slow with anything that holds them together.
"""

import numpy as np
import numpy.typing as npt

from roverctl.core.compiled import kernel

Numbers = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]

SETTLED = 128  # on top of a cell's direction, once it is worked off


@kernel
def taken_out(
    head: Numbers,
    slot: int | np.int64,
    entry_cell: Numbers,
    entry_next: Numbers,
    spare: int,
    parent: Bytes,
    batch: Numbers,
) -> tuple[int, int, int]:
    """Empty a bucket that is not empty into ``batch``: how many cells, how many entries, and the new ``spare``.

    The whole bucket at once: its cells then stand in a row, and the memory around them is fetched ahead. Cells that
    are settled are left out.
    """
    count, entries = 0, 0
    entry = head[slot]
    last = entry
    while entry >= 0:
        if parent[entry_cell[entry]] < SETTLED:
            batch[count] = entry_cell[entry]
            count += 1
        entries += 1
        last = entry
        entry = entry_next[entry]
    entry_next[last] = spare
    spare = head[slot]
    head[slot] = -1
    return count, entries, spare


@kernel
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
