"""Starting: what is loaded when, pictures without a screen, faults that are told."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from roverctl.core.errors import InputError
from roverctl.session.api.session import Message
from roverctl.ui import preflight
from roverctl.ui.application import FaultDesk, run_console
from tests.ui.demo_session import DemoOpener, DemoSession

ROOT = Path(__file__).resolve().parents[2]


def python(code: str, **environment: str) -> str:
    env = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=env | environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def test_the_window_loads_neither_kernels_nor_rasters_nor_the_sky() -> None:
    loaded = python("import roverctl.ui.application, sys; print(*sys.modules)").split()
    assert not {"scipy", "numba", "rasterio", "erfa"} & set(loaded)


def test_the_check_of_the_system_loads_no_qt() -> None:
    loaded = python("import roverctl.ui.preflight as p, sys; p.missing_system_parts(); print(*sys.modules)").split()
    assert not [name for name in loaded if name.startswith(("PySide6", "shiboken"))]


def test_a_missing_library_is_named_by_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("the check is for Linux")
    monkeypatch.setattr(preflight, "loadable", lambda library: library != "libEGL.so.1")
    monkeypatch.setattr(preflight, "has_font", lambda folders: False)
    monkeypatch.delenv("DISPLAY", raising=False)
    assert preflight.missing_system_parts() == ["libegl1", "fonts-dejavu-core"]


def test_a_library_is_there_or_not(tmp_path: Path) -> None:
    assert not preflight.loadable("libnothing-of-the-kind.so.7")
    assert not preflight.has_font([tmp_path])
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "X.TTF").write_bytes(b"")
    assert preflight.has_font([tmp_path])


def test_a_picture_without_a_screen(tmp_path: Path) -> None:
    """In a process of its own, as there must be no application before."""
    file = tmp_path / "shot.png"
    code = (
        "from pathlib import Path; from roverctl.ui.application import run_console;"
        "from tests.ui.demo_session import DemoOpener, DemoSession;"
        f"print(run_console(DemoSession(), DemoOpener(Path({str(tmp_path)!r})), screenshot=Path({str(file)!r}),"
        "after_s=2.0))"
    )
    assert python(code) == "0"
    image = QImage(str(file))
    assert (image.width(), image.height()) == (1600, 1000)
    colours = {image.pixel(x, y) for x in range(0, 1600, 10) for y in range(0, 1000, 10)}
    assert len(colours) > 50  # a window with a map, not a blank


def test_an_interrupt_closes_the_session_and_leaves_with_0(tmp_path: Path) -> None:
    code = (
        "import os, signal; from pathlib import Path; from PySide6.QtCore import QTimer\n"
        "from roverctl.ui.application import run_console; from tests.ui.demo_session import DemoOpener, DemoSession\n"
        "class Interrupting(DemoSession):\n"
        "    def track(self):\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "        return super().track()\n"
        f"session = Interrupting(); code = run_console(session, DemoOpener(Path({str(tmp_path)!r})))\n"
        "print(code, session.closed)"
    )
    assert python(code, QT_QPA_PLATFORM="offscreen") == "0 True"
    assert (tmp_path / "window.json").exists()


def test_a_signal_in_the_middle_of_a_painting_closes_after_it() -> None:
    told = python(
        """
import signal
from PySide6.QtWidgets import QApplication, QWidget
from roverctl.ui import application

class Painted(QWidget):
    painting = False
    def paintEvent(self, event):
        self.painting = True
        application._quit(signal.SIGTERM, None)
        self.painting = False
    def closeEvent(self, event):
        print("in a painting" if self.painting else "at rest")

app = QApplication([])
painted = Painted()
painted.show()
app.exec()
""",
        QT_QPA_PLATFORM="offscreen",
    )
    assert told == "at rest"


def test_a_picture_that_cannot_be_written_is_an_input_error(
    qtbot: QtBot, session: DemoSession, opener: DemoOpener, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        run_console(session, opener, screenshot=tmp_path / "no" / "such" / "x.png", after_s=0.01)
    assert session.closed


def test_an_unexpected_error_of_any_thread_is_told_once(
    qtbot: QtBot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    faults = FaultDesk()
    told: list[Message] = []
    faults.told.connect(told.append)
    faults.install(tmp_path)
    try:

        def fail() -> None:
            raise ValueError("odd")

        for _ in range(2):
            thread = threading.Thread(target=fail)
            thread.start()
            thread.join()
        qtbot.waitUntil(lambda: bool(told))
    finally:
        faults.uninstall()
    assert len(told) == 1
    assert "ValueError: odd" in told[0].text and "test_application.py" in told[0].text
    assert capsys.readouterr().err.count("Traceback") == 1


def test_a_fault_of_the_last_start_is_found(tmp_path: Path) -> None:
    (tmp_path / "last_fault.txt").write_text("Fatal Python error: Segmentation fault\n...", encoding="utf-8")
    faults = FaultDesk()
    left = faults.install(tmp_path)
    faults.uninstall()
    assert left.startswith("Fatal Python error")
