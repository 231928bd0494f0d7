"""Starts the window: faults are caught first, and the window is on screen before plots are built."""

import faulthandler
import gc
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO

from PySide6.QtCore import (
    QEventLoop,
    QMessageLogContext,
    QObject,
    QSize,
    Qt,
    QTimer,
    QtMsgType,
    Signal,
    qInstallMessageHandler,
)
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from roverctl.core.errors import InputError
from roverctl.core.nouns import Severity
from roverctl.session.api.session import Message, Session
from roverctl.ui import window_state
from roverctl.ui.sessions import SessionOpener
from roverctl.ui.theme import Appearance, Theme
from roverctl.ui.top_bar import Perspective
from roverctl.ui.window import Window

__all__ = ["SessionOpener", "run_console"]

DEFAULT_SIZE = (1600, 1000)
_LONGEST_START_S = 180.0
FAULT_FILE = "last_fault.txt"
# Qt says these when the platform lacks something that we do without.
_HARMLESS = ("propagateSizeHints", "This plugin does not support")


class FaultDesk(QObject):
    """Where unexpected errors of any thread end: written to standard error, and told in the window."""

    told = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._before = (sys.excepthook, threading.excepthook)
        self._file: IO[str] | None = None
        self._last = ""

    def install(self, folder: Path) -> str:
        """Take over the hooks; returns what a fault of the last start left behind, '' for nothing."""
        sys.excepthook = self._exception
        threading.excepthook = self._thread_exception
        qInstallMessageHandler(self._qt_message)
        left = ""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file = folder / FAULT_FILE
            if file.exists():
                left = file.read_text(encoding="utf-8", errors="replace")[:2000].strip()
            self._file = file.open("w", encoding="utf-8")
            faulthandler.enable(self._file)
        except OSError:
            faulthandler.enable()  # to standard error: the folder cannot be written
        return left

    def uninstall(self) -> None:
        """Give the hooks back."""
        sys.excepthook, threading.excepthook = self._before
        qInstallMessageHandler(None)
        faulthandler.disable()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        text = "".join(traceback.format_exception(kind, error, trace))
        if text == self._last:  # a timer's slot fails thirty times a second: once is enough to know
            return
        self._last = text
        sys.stderr.write(text)
        place = ""
        frames = traceback.extract_tb(trace)
        if frames:
            place = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})"
        self.told.emit(Message(f"Unexpected: {kind.__name__}: {error}{place}. Please report it.", Severity.CRITICAL))

    def _thread_exception(self, arguments: threading.ExceptHookArgs) -> None:
        error = arguments.exc_value or arguments.exc_type()
        self._exception(arguments.exc_type, error, arguments.exc_traceback)

    def _qt_message(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if kind in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg) or any(word in text for word in _HARMLESS):
            return
        sys.stderr.write(f"Qt: {text}\n")


def _quit(number: int, frame: object) -> None:
    """Close in a turn of its own: a signal comes in the middle of anything that Python does, a painting, too."""
    QTimer.singleShot(0, QApplication.quit)


def _has_display() -> bool:
    return not sys.platform.startswith("linux") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or os.environ.get("QT_QPA_PLATFORM")
    )


def _application(screenshot: bool) -> QApplication:
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    if screenshot:
        if not _has_display():
            os.environ["QT_QPA_PLATFORM"] = "offscreen"
        os.environ["QT_SCALE_FACTOR"] = "1"
        os.environ["QT_ENABLE_HIGHDPI_SCALING"] = "0"
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    application = QApplication(["roverctl"])
    application.setApplicationName("roverctl")
    application.setApplicationDisplayName("roverctl")
    return application


def run_console(
    session: Session,
    opener: SessionOpener,
    *,
    screenshot: Path | None = None,
    after_s: float = 5.0,
    light: bool | None = None,
    size: tuple[int, int] = DEFAULT_SIZE,
    perspective: str | None = None,
) -> int:
    """Show the window until it is closed; or render it into a PNG, without a screen if need be.

    Parameters
    ----------
    screenshot, after_s
        Where to write the picture, and after how many seconds of wall time.
    light
        The theme; None is as last chosen, else as the system has it (dark in a picture).
    perspective
        ``plan``, ``operate`` or ``replay``; None is what suits the session.

    Returns
    -------
    int
        Exit code.

    Raises
    ------
    InputError
        When the picture cannot be written.
    """
    application = _application(screenshot is not None)
    faults = FaultDesk()
    left = faults.install(opener.data_dir)
    theme = Theme()
    window: Window | None = None
    try:
        theme.wear(_appearance(opener.data_dir, light, screenshot is not None))
        window = Window(session, opener, theme, remember=screenshot is None)
        faults.told.connect(window.strip.tell)
        if left:
            window.strip.tell_plainly(f"The last start ended in a fault: {left.splitlines()[0]}")
        if screenshot is not None:
            window.resize(*size)
        elif not window.placed:
            window.resize(QSize(*size).boundedTo(application.primaryScreen().availableSize()))
        # What is here now stays: no collection need look at it, each of which would take some 40 ms.
        gc.freeze()
        gc.enable()
        if perspective is not None:
            window.perspective = Perspective(perspective.capitalize())
        window.show()
        window.start()
        QTimer.singleShot(0, window.build_plots)
        if screenshot is not None:
            _render(window, session, screenshot, after_s)
            return 0
        for number in (signal.SIGINT, signal.SIGTERM):  # seen at the next poll: Python runs handlers between calls
            signal.signal(number, _quit)
        return application.exec()
    finally:
        if window is not None:
            window.close()
            faults.told.disconnect(window.strip.tell)
            window.deleteLater()
        else:
            session.close()
        faults.uninstall()


def _appearance(folder: Path, light: bool | None, picture: bool) -> Appearance:
    if light is not None:
        return Appearance.LIGHT if light else Appearance.DARK
    return Appearance.DARK if picture else Appearance(window_state.load(folder).appearance)


def _render(window: Window, session: Session, file: Path, after_s: float) -> None:
    """The picture, ``after_s`` seconds after map and telemetry have come (a first start compiles kernels before)."""
    _wait(_LONGEST_START_S, lambda: session.ready)
    _wait(after_s, lambda: False)
    picture = window.grab()
    if not picture.save(str(file), "PNG"):
        raise InputError(f"{file}: the picture cannot be written; name a PNG file in a folder that can be")


def _wait(longest_s: float, until: Callable[[], bool]) -> None:
    """Let the event loop run until something holds, at most so long."""
    loop = QEventLoop()
    QTimer.singleShot(max(int(longest_s * 1000), 1), loop, loop.quit)
    watch = QTimer(loop)
    watch.timeout.connect(lambda: loop.quit() if until() else None)
    watch.start(20)
    loop.exec()
    watch.stop()
