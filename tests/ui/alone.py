"""A panel by itself, on a desk with a demonstration, and missions that are not the default."""

from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from roverctl.mission.profile import Mission
from roverctl.session.api.session import Mode
from roverctl.ui.desk import EVERYTHING, Desk
from roverctl.ui.theme import Theme
from tests.ui.demo_session import DemoSession

P = TypeVar("P", bound=QWidget)


def still(mission: Mission | None = None, mode: Mode = Mode.SIMULATION) -> DemoSession:
    """A demonstration that stands still."""
    session = DemoSession(mode, mission)
    session.pause()
    session.calls.clear()
    return session


def desk_of(session: DemoSession, theme: Theme) -> Desk:
    return Desk(session, theme)


def alone(qtbot: QtBot, panel: P, session: DemoSession, size: tuple[int, int] = (780, 220)) -> P:
    """A panel on screen, with what it asks for."""
    qtbot.addWidget(panel)
    panel.resize(*size)
    panel.show()
    for _ in range(3):
        panel.refresh(set(EVERYTHING))  # type: ignore[attr-defined]
        session.poll()
    panel.refresh(set(EVERYTHING))  # type: ignore[attr-defined]
    QCoreApplication.processEvents()
    return panel


def changed(folder: Path, *pairs: tuple[str, str]) -> Path:
    """A mission's folder with something else in its profile."""
    text = (folder / "mission.toml").read_text(encoding="utf-8")
    for before, after in pairs:
        assert before in text
        text = text.replace(before, after)
    (folder / "mission.toml").write_text(text, encoding="utf-8")
    return folder
