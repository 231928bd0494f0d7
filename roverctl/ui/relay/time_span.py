"""What span of time a view shows: it follows the clock until it is dragged, hours to two months."""

from typing import Final

from roverctl.core.times import DAY_NS, SECOND_NS, format_clock, format_utc

HOUR_NS: Final = 3600 * SECOND_NS
LEAST_NS: Final = HOUR_NS // 2
MOST_NS: Final = 62 * DAY_NS
_BACK: Final = 1.0 / 12.0  # of the span lies before now while it follows
_STEPS_NS: Final = (
    *(int(hours * HOUR_NS) for hours in (1 / 12, 0.25, 0.5, 1, 2, 3, 6, 12)),
    *(days * DAY_NS for days in (1, 2, 5, 10)),
)


class TimeSpan:
    """A span on ``left_px .. right_px``. ``length_ns`` is how much is shown."""

    def __init__(self, length_ns: int) -> None:
        self.length_ns = length_ns
        self._from_ns: int | None = None  # None: it follows
        self.left_px, self.right_px = 0.0, 1.0

    @property
    def follows(self) -> bool:
        """Whether it moves with now."""
        return self._from_ns is None

    def follow(self) -> None:
        """Back to now."""
        self._from_ns = None

    def bounds(self, now_ns: int) -> tuple[int, int]:
        """From when to when."""
        from_ns = now_ns - round(self.length_ns * _BACK) if self._from_ns is None else self._from_ns
        return from_ns, from_ns + self.length_ns

    @property
    def pixel_ns(self) -> float:
        """How long a pixel is."""
        return self.length_ns / max(self.right_px - self.left_px, 1.0)

    def x_of(self, t_ns: int, now_ns: int) -> float:
        """The pixel of a time."""
        return self.left_px + (t_ns - self.bounds(now_ns)[0]) / self.pixel_ns

    def t_of(self, x: float, now_ns: int) -> int:
        """The time of a pixel."""
        return self.bounds(now_ns)[0] + round((x - self.left_px) * self.pixel_ns)

    def drag(self, pixels: float, now_ns: int) -> None:
        """To the right: earlier."""
        self._from_ns = self.bounds(now_ns)[0] - round(pixels * self.pixel_ns)

    def zoom(self, factor: float, now_ns: int, x: float | None = None) -> None:
        """Show so many times as much, what is at ``x`` staying there; while it follows, now stays."""
        at_ns = None if self._from_ns is None or x is None else self.t_of(x, now_ns)
        self.length_ns = round(min(max(self.length_ns * factor, LEAST_NS), MOST_NS))
        if at_ns is not None and x is not None:
            self._from_ns = at_ns - round((x - self.left_px) * self.pixel_ns)

    def ticks(self, now_ns: int, apart_px: float = 76.0) -> list[tuple[int, str]]:
        """Round times and their labels; a date where a day begins."""
        from_ns, to_ns = self.bounds(now_ns)
        wanted = apart_px * self.pixel_ns
        step = next((s for s in _STEPS_NS if s >= wanted), _STEPS_NS[-1])
        first = -(-from_ns // step) * step
        return [(t, _label(t)) for t in range(first, to_ns, step)]


def _label(t_ns: int) -> str:
    return format_utc(t_ns, 0)[5:10] if t_ns % DAY_NS == 0 else format_clock(t_ns)[:5]
