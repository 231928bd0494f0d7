"""How far long work has come, told on standard error."""

import sys
import time

_TELL_EVERY_S = 1.0


class Teller:
    """Says how far work has come: after a second, then every second, a line each."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, what: str, part: float) -> None:
        now = time.monotonic()
        if now - self._last >= _TELL_EVERY_S:
            self._last = now
            print(f"roverctl: {what}: {100.0 * part:.0f} %", file=sys.stderr)  # noqa: T201
