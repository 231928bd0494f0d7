"""The window's frame time while the engine runs flat out, against the same window with time standing still.

    uv run python benchmarks/window_frames.py [--seconds 15]

A whole frame is a poll of the session, every view refreshed as if all had changed, and the painting of all of them: the
same work at rest and flat out (in use, views take turns and show only what changed). Measured in turns. Beside it, flat
out in use: how long each pass of the event loop is held. Budget: the median whole frame flat out at most 1.5 times the
median at rest, and the event loop in use never held longer than 50 ms. The exit code is 1 where either is missed.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from roverctl.cli.console import Opener
from roverctl.session.opening import begin
from roverctl.ui.desk import EVERYTHING
from roverctl.ui.theme import Appearance, Theme
from roverctl.ui.window import Window

FRAME_S = 1.0 / 30.0
RATIO, HELD_MS = 1.5, 50.0


def frames(application: QApplication, window: Window, seconds: float, whole: bool) -> list[float]:
    """Milliseconds of each frame."""
    taken = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        begun = time.perf_counter()
        if whole:
            for missed in window._missed:
                missed |= EVERYTHING
            for view in window._views:
                if view.isVisible():
                    view.refresh(set(EVERYTHING))
            window.update()
        window._poll()
        application.processEvents()
        took = time.perf_counter() - begun
        taken.append(1000.0 * took)
        time.sleep(max(0.0, FRAME_S - took))
    return taken


def told(name: str, taken: list[float]) -> float:
    """Print figures; the median."""
    ordered = sorted(taken)
    median = statistics.median(ordered)
    late = ordered[int(0.95 * len(ordered))]
    print(
        f"{name:<17} median {median:6.2f} ms  95 % {late:6.2f} ms  longest {ordered[-1]:6.2f} ms  {len(taken)} frames"
    )
    return median


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15.0)
    seconds: float = parser.parse_args().seconds
    application = QApplication.instance() or QApplication(["roverctl"])
    assert isinstance(application, QApplication)
    with tempfile.TemporaryDirectory() as folder:
        opener = Opener(Path(folder), "change4")
        session = begin(Path(folder) / "operation", "change4", (), None)
        theme = Theme()
        theme.wear(Appearance.DARK)
        window = Window(session, opener, theme, remember=False)
        window.resize(1600, 1000)
        window.show()
        window.start()
        window._timer.stop()  # the frames are driven here
        window.build_plots()
        session.set_speed(100_000.0)
        session.play()
        session.add_command("FOLLOW_ROUTE", {"waypoints": [(4.0 * i, -9.0 - 3.0 * (i % 2)) for i in range(60)]})
        session.release([1])
        while not session.ready:
            frames(application, window, 0.2, False)
        frames(application, window, 3.0, False)
        still: list[float] = []
        running: list[float] = []
        in_use: list[float] = []
        reached = []
        for _ in range(2):
            session.pause()
            frames(application, window, 1.0, True)
            still += frames(application, window, seconds / 3, True)
            session.play()
            frames(application, window, 1.0, True)
            running += frames(application, window, seconds / 3, True)
            frames(application, window, 1.0, False)  # what the whole frames left to do is not of use
            in_use += frames(application, window, seconds / 3, False)
            reached.append(session.clock.speed_achieved)
        rows = session.store.rows()
        window.close()
    quiet, busy = told("whole, at rest", still), told("whole, flat out", running)
    told("in use, flat out", in_use)
    longest = max(in_use)
    print(f"ratio {busy / quiet:.2f} (budget {RATIO}), loop held {longest:.1f} ms at the longest (budget {HELD_MS:g}), "
          f"engine at {statistics.mean(reached):,.0f} times real time, {rows} rows in the store")  # fmt: skip
    return 0 if busy <= RATIO * quiet and longest <= HELD_MS else 1


if __name__ == "__main__":
    sys.exit(main())
