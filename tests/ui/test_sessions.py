"""File's acts: what is opened, what is refused, and who waits for whom."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from roverctl.ui.window import Window
from tests.ui.demo_session import DemoOpener, DemoSession


def test_terrain_is_looked_at_before_a_folder_is_asked_for(
    qtbot: QtBot, window: Window, opener: DemoOpener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "floor"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(folder), ""))
    window.sessions.open_terrain(Path("floor.tif"))
    assert window.strip.text == "Looking at floor.tif …"
    assert opener.opened == []
    qtbot.waitUntil(lambda: opener.opened == [("new", folder, Path("floor.tif"))])


def test_what_is_no_terrain_leaves_the_session_and_asks_nothing(
    qtbot: QtBot, window: Window, session: DemoSession, opener: DemoOpener, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def ask(*arguments: object) -> tuple[str, str]:
        asked.append(arguments)
        return "", ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    window.sessions.open_terrain(Path("notes.txt"))
    qtbot.waitUntil(lambda: window.strip.text == "notes.txt is not an elevation raster")
    assert asked == [] and opener.opened == []
    assert window.desk.session is session and not session.left


def test_a_session_is_seen_off_when_it_has_saved(
    window: Window, session: DemoSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DemoSession, "gone", False)
    window.sessions.replay(Path("A.mcap"))
    window._poll()
    assert session.left and not session.closed
    monkeypatch.setattr(DemoSession, "gone", True)
    window._poll()
    assert session.closed


def test_an_operation_that_is_still_saving_is_waited_for_before_it_is_resumed(
    window: Window, session: DemoSession, opener: DemoOpener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DemoSession, "gone", False)
    session.folder = tmp_path
    window.sessions.replay(Path("A.mcap"))
    assert not session.closed
    window.sessions.resume(tmp_path)
    assert session.closed
    assert opener.opened[-1] == ("resume", tmp_path, None)


def test_the_operation_in_view_is_not_opened_a_second_time(
    window: Window, session: DemoSession, opener: DemoOpener, tmp_path: Path
) -> None:
    session.folder = tmp_path
    window.sessions.resume(tmp_path)
    assert opener.opened == [] and "is the operation that is open" in window.strip.text


def test_the_views_of_another_session_come_a_few_in_a_turn_and_soon_all(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    refreshed: list[str] = []
    for view in window._views:
        name = type(view).__name__
        monkeypatch.setattr(view, "refresh", lambda changes, name=name: refreshed.append(name))
    window.sessions.replay(Path("A.mcap"))
    window._poll()
    assert 0 < len(refreshed) <= 3
    for _ in range(5):
        window._poll()
    assert set(refreshed) >= {type(view).__name__ for view in window._views if view.isVisible()}
