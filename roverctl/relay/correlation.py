"""The rover's clock against UTC: from its time reports, ST[9,2], and the light time.

A report carries the rover's clock as its frame began. The relay stamps the frame's arrival, so waiting aboard it does
not count; less light time and serialisation that is the UTC of the beginning.
"""

import struct
from typing import Any, Final

from roverctl.core.times import MILLISECOND_NS

TIME_BODY: Final = struct.Struct(">q")  # the rover's clock, nanoseconds since 1970: ours to define
# No oscillator drifts by more: such a report was held up on its way, or the clock was set, which the next one confirms;
# our choice.
_PLAUSIBLE: Final = 0.002
_TOLERANCE_NS: Final = 2 * MILLISECOND_NS  # an old correlation is good until then; our choice


class TimeCorrelation:
    """Offset and drift as the ground last found them; new ones only when the old no longer fit."""

    def __init__(self) -> None:
        self._utc_ns = 0
        self._offset_ns = 0
        self._drift = 0.0
        self._seen: list[int] = []  # the report before: UTC and offset

    def report(self, clock_ns: int, utc_ns: int) -> tuple[int, float] | None:
        """A time report's clock and the UTC worked out for it; a new offset and drift when they are due."""
        offset_ns = clock_ns - utc_ns
        seen = self._seen
        if seen and (utc_ns <= seen[0] or clock_ns <= seen[0] + seen[1]):
            return None  # it came twice, or was overtaken
        self._seen = [utc_ns, offset_ns]
        drift = (offset_ns - seen[1]) / (utc_ns - seen[0]) if seen else 0.0
        expected_ns = self._offset_ns + self._drift * (utc_ns - self._utc_ns)
        if abs(offset_ns - expected_ns) <= _TOLERANCE_NS or abs(drift) > _PLAUSIBLE:
            return None
        self._drift = drift
        self._utc_ns, self._offset_ns = utc_ns, offset_ns
        return offset_ns, self._drift

    def save(self) -> list[Any]:
        """Everything, as plain data."""
        return [self._utc_ns, self._offset_ns, self._drift, list(self._seen)]

    def load(self, saved: list[Any]) -> None:
        """Take the place of what ``save`` gave."""
        self._utc_ns, self._offset_ns, self._drift, seen = saved
        self._seen = list(seen)
