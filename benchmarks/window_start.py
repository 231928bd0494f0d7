"""Start of the window against a bare window with one plot: from the interpreter's start to the first paint.

    uv run python benchmarks/window_start.py [--rounds 5]

Both run in processes of their own, in turns, without a screen. The bare window imports PySide6 and pyqtgraph and shows
a PlotWidget in a QMainWindow; ours is ``roverctl`` on a new operation. Also ``--version`` against a bare interpreter.
Budget: at most 2 times, at most 4 times. The exit code is 1 where a median misses it.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

_BARE = """
import sys
from PySide6.QtWidgets import QApplication, QMainWindow
import pyqtgraph as pg
application = QApplication(["bare"])
class Plot(pg.PlotWidget):
    def paintEvent(self, event):
        super().paintEvent(event)
        print("painted", flush=True)
window = QMainWindow()
window.resize(1600, 1000)
window.setCentralWidget(Plot())
window.show()
application.exec()
"""
_OURS = """
import sys
from roverctl.ui.map.view import MapView
paint = MapView.paintEvent
def told(self, event):
    paint(self, event)
    print("painted", flush=True)
MapView.paintEvent = told
from roverctl.cli.main import main
sys.exit(main(["--data-dir", sys.argv[1]]))
"""


def until_painted(words: list[str]) -> float:
    """Seconds from the start of a process to the line that says it painted."""
    env = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    begun = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env)
    assert process.stdout is not None
    line = process.stdout.readline()
    took = time.perf_counter() - begun
    process.kill()  # its engine sees the pipe end, and ends
    process.wait()
    if line != "painted\n":
        raise SystemExit(f"{words[0]} did not paint")
    return took


def whole(words: list[str]) -> float:
    """Seconds that a process takes."""
    begun = time.perf_counter()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def compared(name: str, ours: list[float], theirs: list[float], budget: float) -> bool:
    """Print, and say whether the budget holds."""
    a, b = statistics.median(ours), statistics.median(theirs)
    print(f"{name:<10} ours {1000 * a:6.0f} ms (least {1000 * min(ours):.0f})  bare {1000 * b:6.0f} ms "
          f"(least {1000 * min(theirs):.0f})  ratio {a / b:.2f}, budget {budget:g}")  # fmt: skip
    return a <= budget * b


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds: int = parser.parse_args().rounds
    ours, bare, version, nothing = [], [], [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            ours.append(until_painted([sys.executable, "-c", _OURS, folder]))
        bare.append(until_painted([sys.executable, "-c", _BARE]))
        version.append(whole([sys.executable, "-m", "roverctl.cli.main", "--version"]))
        nothing.append(whole([sys.executable, "-c", "pass"]))
    window = compared("window", ours, bare, 2.0)
    return 0 if compared("--version", version, nothing, 4.0) and window else 1


if __name__ == "__main__":
    sys.exit(main())
