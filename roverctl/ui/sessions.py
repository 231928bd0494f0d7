"""File's acts: another session in the window's place, chosen in dialogs or named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, Protocol

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QFileDialog

from roverctl.core.errors import RoverctlError
from roverctl.core.nouns import Severity
from roverctl.session.api.session import Session

if TYPE_CHECKING:
    from roverctl.ui.window import Window

P = ParamSpec("P")
_LOOK_MS = 50


class TerrainLook(Protocol):
    """A file being looked at, beside the window."""

    def poll(self) -> str | None:
        """None while under way; then '' for terrain, else what is wrong with it. Does not wait."""

    def close(self) -> None:
        """Nobody wants the answer any more."""


class SessionOpener(Protocol):
    """Opens sessions; returns fast, raises RoverctlError."""

    data_dir: Path

    def check_terrain(self, dem: Path) -> TerrainLook:
        """Begin to look whether a file is terrain of the mission."""

    def new_operation(self, folder: Path, dem: Path | None) -> Session:
        """A new operation in a folder that is empty or not there yet."""

    def resume(self, folder: Path) -> Session:
        """An operation where it was left."""

    def replay(self, log: Path) -> Session:
        """A log."""


class Sessions(QObject):
    """Opens sessions; what cannot be opened is told, and leaves the one in view as it was."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._look: TerrainLook | None = None
        self._looked_at = Path()
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._see_terrain)

    # By dialog
    @Slot()
    def ask_new(self) -> None:
        """A new operation on the mission's own ground."""
        name, _ = QFileDialog.getSaveFileName(
            self._window, "New operation: name its folder", str(self._operations() / "operation"), ""
        )
        if name:
            self.new_operation(Path(name), None)

    @Slot()
    def ask_terrain(self) -> None:
        """A new operation on a file's ground."""
        name, _ = QFileDialog.getOpenFileName(
            self._window, "Open terrain", "", "Elevation (*.tif *.tiff *.img *.lbl *.vrt *.asc);;All files (*)"
        )
        if name:
            self.open_terrain(Path(name))

    @Slot()
    def ask_resume(self) -> None:
        """An operation where it was left."""
        folder = QFileDialog.getExistingDirectory(self._window, "Resume operation", str(self._operations()))
        if folder:
            self.resume(Path(folder))

    @Slot()
    def ask_log(self) -> None:
        """A log to look at."""
        name, _ = QFileDialog.getOpenFileName(self._window, "Open log", "", "Logs (*.mcap);;All files (*)")
        if name:
            self.replay(Path(name))

    # By name
    def open_terrain(self, dem: Path) -> None:
        """Look at a file beside the window; where it is terrain, ask for the folder of an operation on it."""
        self.stop()
        self._looked_at = dem
        self._look = self._window.opener.check_terrain(dem)
        self._window.desk.tell(f"Looking at {dem.name} …", Severity.INFO)
        self._timer.start()

    def new_operation(self, folder: Path, dem: Path | None) -> None:
        """Begin another operation."""
        if self._open(self._window.opener.new_operation, folder, dem):
            self._window.desk.tell(f"{folder.name}: time stands still until you play (Space).", Severity.INFO)

    def resume(self, folder: Path) -> None:
        """Go on with one."""
        here = self._window.desk.session.folder
        if here is not None and here.resolve() == folder.resolve():
            self._window.desk.tell(f"{folder.name} is the operation that is open.", Severity.INFO)
            return
        self._window.let_go(folder)
        self._open(self._window.opener.resume, folder)

    def replay(self, log: Path) -> None:
        """Look at a log."""
        self._open(self._window.opener.replay, log)

    def stop(self) -> None:
        """Give up looking at a file."""
        self._timer.stop()
        if self._look is not None:
            self._look.close()
            self._look = None

    @Slot()
    def _see_terrain(self) -> None:
        assert self._look is not None
        problem = self._look.poll()
        if problem is None:
            return
        self.stop()
        if problem:
            self._window.desk.tell(problem)
            return
        self._window.strip.dismiss()
        folder, _ = QFileDialog.getSaveFileName(
            self._window, "A new operation on this terrain: name its folder",
            str(self._operations() / self._looked_at.stem), "",
        )  # fmt: skip
        if folder:
            self.new_operation(Path(folder), self._looked_at)

    def _open(self, act: Callable[P, Session], *arguments: P.args, **named: P.kwargs) -> bool:
        try:
            session = act(*arguments, **named)
        except RoverctlError as error:
            self._window.desk.tell(str(error))
            return False
        self._window.set_session(session)
        return True

    def _operations(self) -> Path:
        """Where operations are, as far as there is such a folder yet."""
        folder = self._window.opener.data_dir / "operations"
        return folder if folder.is_dir() else self._window.opener.data_dir
