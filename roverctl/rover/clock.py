"""The rover's own clock, which stamps its telemetry: right as an operation begins, drifting when something makes it."""

from typing import Any


class RoverClock:
    """Reads UTC, but for what it has gained since."""

    def __init__(self) -> None:
        self._since_ns = 0
        self._gained_ns = 0
        self._ppm = 0.0

    def reading(self, t_ns: int) -> int:
        """What it says at ``t_ns``."""
        if self._ppm == 0.0:
            return t_ns + self._gained_ns
        return t_ns + self._gained_ns + round((t_ns - self._since_ns) * self._ppm * 1e-6)

    def drift(self, t_ns: int, ppm: float) -> None:
        """From now on it gains so many microseconds a second; what it has gained stays."""
        self._gained_ns = self.reading(t_ns) - t_ns
        self._since_ns, self._ppm = t_ns, ppm

    def save(self) -> list[Any]:
        """Everything, as plain data."""
        return [self._since_ns, self._gained_ns, self._ppm]

    def load(self, saved: list[Any]) -> None:
        """Take the place of what ``save`` gave."""
        self._since_ns, self._gained_ns, self._ppm = saved
