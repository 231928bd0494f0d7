"""The window's tests run without a screen unless there is one, on a session held in memory."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from roverctl.session.api.session import Mode
from roverctl.ui.desk import EVERYTHING, Desk
from roverctl.ui.theme import Appearance, Theme
from roverctl.ui.window import Window
from tests.ui.demo_session import DemoOpener, DemoSession


@pytest.fixture
def session() -> DemoSession:
    """A simulation that stands still."""
    demo = DemoSession()
    demo.pause()
    demo.calls.clear()
    return demo


@pytest.fixture
def replay() -> DemoSession:
    return DemoSession(Mode.REPLAY)


@pytest.fixture
def theme(qtbot: QtBot) -> Theme:
    theme = Theme()
    theme.wear(Appearance.DARK)
    return theme


@pytest.fixture
def desk(session: DemoSession, theme: Theme) -> Desk:
    return Desk(session, theme)


@pytest.fixture
def opener(tmp_path: Path) -> DemoOpener:
    return DemoOpener(tmp_path / "data")


OpenWindow = Callable[[DemoSession], Window]


@pytest.fixture
def open_window(qtbot: QtBot, opener: DemoOpener, theme: Theme) -> Iterator[OpenWindow]:
    """Opens whole windows at 1600 x 1000, polled by hand; held until the end, as a window that Python collects in the
    middle of its own painting takes the process with it."""
    made: list[Window] = []

    def open_one(session: DemoSession) -> Window:
        window = Window(session, opener, theme)
        made.append(window)
        window.resize(1600, 1000)
        window.show()
        window.start()
        window._timer.stop()
        poll(window)
        return window

    yield open_one
    for window in made:
        window.close()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def window(open_window: OpenWindow, session: DemoSession) -> Window:
    return open_window(session)


def poll(window: Window, times: int = 1) -> None:
    """As the timer would; every view refreshed that is to be seen."""
    window._settling = False
    for _ in range(times):
        window._polls = -1
        window._poll()
    window._take(set(EVERYTHING))


def build_plots(qtbot: QtBot, window: Window) -> None:
    window.build_plots()
    qtbot.waitUntil(lambda: window.telemetry._plots is not None and window.telemetry._plots.complete)
    qtbot.waitUntil(lambda: window.profile._graphics is not None)
