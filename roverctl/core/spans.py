"""Which octets of something have come: spans that do not touch, in order. Plain data."""

import bisect
from typing import Final

Span = tuple[int, int]  # begin and end, the end not included


class Spans:
    """A set of octets."""

    def __init__(self, saved: list[list[int]] | None = None) -> None:
        self._begins: Final = [begin for begin, _ in saved or ()]
        self._ends: Final = [end for _, end in saved or ()]

    def __len__(self) -> int:
        return len(self._begins)

    @property
    def end(self) -> int:
        """Behind the last; 0 where there is none."""
        return self._ends[-1] if self._ends else 0

    def add(self, begin: int, end: int) -> list[Span]:
        """Put octets in; those of them that were not there."""
        begins, ends = self._begins, self._ends
        if begin >= end:
            return []
        if ends and ends[-1] == begin:  # the usual case: the next in order
            ends[-1] = end
            return [(begin, end)]
        first = bisect.bisect_left(ends, begin)  # touches from here
        last = bisect.bisect_right(begins, end)  # to before here
        new, at = [], begin
        for i in range(first, last):
            if begins[i] > at:
                new.append((at, begins[i]))
            at = max(at, ends[i])
        if at < end:
            new.append((at, end))
        if first < last:
            begin, end = min(begin, begins[first]), max(end, ends[last - 1])
        begins[first:last] = [begin]
        ends[first:last] = [end]
        return new

    def gaps(self, size: int) -> list[Span]:
        """What of the first ``size`` octets is missing."""
        found, at = [], 0
        for begin, end in zip(self._begins, self._ends, strict=True):
            if begin >= size:
                break
            if begin > at:
                found.append((at, begin))
            at = end
        if at < size:
            found.append((at, size))
        return found

    def save(self) -> list[list[int]]:
        """Everything, as plain data."""
        return [list(span) for span in zip(self._begins, self._ends, strict=True)]
