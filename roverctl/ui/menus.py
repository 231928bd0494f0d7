"""The menu bar: every act of the window with its key."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QFileDialog, QMenu, QMenuBar, QMessageBox

import roverctl
from roverctl.core.nouns import Severity
from roverctl.ui.theme import Appearance
from roverctl.ui.top_bar import Perspective

if TYPE_CHECKING:
    from roverctl.ui.window import Window

_KEYS = """<table cellpadding=3>
<tr><td><b>Space</b></td><td>play or pause</td><td><b>F12</b></td><td>stop the rover</td></tr>
<tr><td><b>Ctrl+1 2 3</b></td><td>Plan, Operate, Replay</td><td><b>Ctrl+Enter</b></td><td>release</td></tr>
<tr><td><b>Del</b></td><td>remove command or waypoint</td><td><b>Alt+↑ ↓</b></td><td>move a command</td></tr>
<tr><td><b>H</b></td><td>hold, in the queue</td><td><b>Esc</b></td><td>dismiss the message</td></tr>
<tr><td><b>+ − 0 arrows</b></td><td>zoom, rover, pan, on the map</td><td><b>Enter</b></td><td>goal at the map's
middle</td></tr>
<tr><td><b>Ctrl+G</b></td><td>go to a place</td><td><b>Ctrl+M</b></td><td>measure; Enter, Backspace, Esc</td></tr>
<tr><td><b>L M</b></td><td>layers, small maps, on the map</td>
<td><b>Ctrl+Shift+L</b></td><td>layers; Space, Alt+↑ ↓</td></tr>
<tr><td><b>Ctrl+Z, Ctrl+Shift+Z</b></td><td>undo, redo, of the traverse</td>
<td><b>Alt+click</b></td><td>a waypoint on the way</td></tr>
<tr><td><b>← → Home End</b></td><td>seek, on the time line</td><td><b>Ctrl+L</b></td><td>the command line</td></tr>
</table>"""


class Menus(QObject):
    """Builds the bar and does what File asks."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self.bar = QMenuBar()
        self._file()
        self._edit()
        self._view()
        self._command()
        self._help()
        self.session_replaced()

    def _add(self, menu: QMenu, text: str, act: Callable[[], object], key: str = "") -> QAction:
        """An act; ``act`` is a bound method. The window holds it too, so that its key works with the bar hidden."""
        action = QAction(text, self)
        if key:
            action.setShortcut(QKeySequence(key))
        action.triggered.connect(act)
        menu.addAction(action)
        self._window.addAction(action)
        return action

    def _file(self) -> None:
        menu = self.bar.addMenu("&File")
        sessions = self._window.sessions
        self._add(menu, "&New operation…", sessions.ask_new, "Ctrl+N")
        self._add(menu, "&Resume operation…", sessions.ask_resume, "Ctrl+R")
        self._add(menu, "Open &terrain…", sessions.ask_terrain)
        self._add(menu, "Open &log…", sessions.ask_log, "Ctrl+O")
        menu.addSeparator()
        self._add(menu, "&Save route…", self._window.traverse.save, "Ctrl+S")
        self._add(menu, "Save &picture…", self._picture)
        self._add(menu, "Save &map picture…", self._window.map.files.save_picture)
        self._add(menu, "Save map picture, twice the size…", self._window.map.files.save_sharp_picture)
        menu.addSeparator()
        self._add(menu, "&Quit", self._quit, "Ctrl+Q")

    def _edit(self) -> None:
        menu = self.bar.addMenu("&Edit")
        traverse = self._window.traverse
        self._undo = self._add(menu, "&Undo", traverse.undo, "Ctrl+Z")
        self._redo = self._add(menu, "&Redo", traverse.redo, "Ctrl+Shift+Z")
        menu.aboutToShow.connect(self._tell_edits)

    @Slot()
    def _tell_edits(self) -> None:
        """What would be undone and done again; the keys work whatever was shown last."""
        state = self._window.desk.session.traverse.state
        for action, verb, word in ((self._undo, "&Undo", state.undo_word), (self._redo, "&Redo", state.redo_word)):
            action.setText(f"{verb}: {word}" if word else verb)

    def _view(self) -> None:
        menu = self.bar.addMenu("&View")
        self._perspectives: dict[Perspective, QAction] = {}
        group = QActionGroup(self)
        for number, perspective in enumerate(Perspective, start=1):
            action = self._add(menu, perspective.value, self._choose_perspective, f"Ctrl+{number}")
            action.setCheckable(True)
            action.setData(perspective.value)
            group.addAction(action)
            self._perspectives[perspective] = action
        menu.addSeparator()
        self._add(menu, "&Go to a place…", self._window.map.open_go_to, "Ctrl+G")
        self._add(menu, "&Measure", self._window.map.toggle_measure, "Ctrl+M")
        self._add(menu, "Map &layers", self._window.map.toggle_layers, "Ctrl+Shift+L")
        menu.addSeparator()
        docks = menu.addMenu("Panels")
        for dock in self._window.docks.values():
            docks.addAction(dock.toggleViewAction())
        self._add(menu, "Default arrangement", self._window.reset_layout)
        menu.addSeparator()
        themes = menu.addMenu("Theme")
        theme_group = QActionGroup(self)
        for appearance in Appearance:
            word = {"system": "As the system"}.get(appearance.value, appearance.value.capitalize())
            action = self._add(themes, word, self._choose_theme)
            action.setCheckable(True)
            action.setData(appearance.value)
            action.setChecked(appearance is self._window.theme.appearance)
            theme_group.addAction(action)

    def _command(self) -> None:
        menu = self.bar.addMenu("&Command")
        queue = self._window.queue
        self._release = self._add(menu, "&Release", queue.release, "Ctrl+Return")
        self._hold = self._add(menu, "&Hold, or let go", queue.hold)
        self._remove = self._add(menu, "Re&move", queue.remove)
        menu.addSeparator()
        self._line = self._add(menu, "&Write a command", self._write, "Ctrl+L")
        menu.addSeparator()
        self._stop = self._add(menu, "&Stop the rover", self._stop_rover, "F12")
        time = self.bar.addMenu("&Time")
        # Its key is the window's: as a shortcut it would be taken from the button that has the focus.
        self._add(time, "&Play or pause\tSpace", self._window.time_bar.toggle)

    def _help(self) -> None:
        menu = self.bar.addMenu("&Help")
        self._add(menu, "&Keys", self._keys, "F1")
        self._add(menu, "&About roverctl", self._about)
        dismiss = QAction("Dismiss the message", self)
        dismiss.setShortcut(QKeySequence("Esc"))
        dismiss.triggered.connect(self._window.strip.dismiss)
        self._window.addAction(dismiss)

    def session_replaced(self) -> None:
        """What a session cannot do is off, and its tip says why."""
        session = self._window.desk.session
        for action in (self._release, self._hold, self._remove, self._line, self._stop):
            action.setEnabled(session.can_command)
            action.setToolTip(session.why_not_command or action.text())

    def mark_perspective(self, perspective: Perspective) -> None:
        """Show which is in use."""
        self._perspectives[perspective].setChecked(True)

    # The rest
    @Slot()
    def _picture(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self._window, "Save picture", "roverctl.png", "PNG (*.png)")
        if not name:
            return
        if self._window.grab().save(name):
            self._window.desk.tell(f"Picture saved as {name}.", Severity.INFO)
        else:
            self._window.desk.tell(f"{name}: a picture cannot be written there; choose a folder that can be written.")

    @Slot()
    def _quit(self) -> None:
        self._window.close()

    @Slot()
    def _choose_perspective(self) -> None:
        chosen = next(p for p, action in self._perspectives.items() if action.isChecked())
        self._window.show_perspective(chosen)

    @Slot()
    def _choose_theme(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self._window.wear(Appearance(action.data()))

    @Slot()
    def _write(self) -> None:
        self._window.docks["queue"].show()
        self._window.docks["queue"].raise_()
        self._window.queue.form.line.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot()
    def _stop_rover(self) -> None:
        self._window.desk.perform(self._window.desk.session.stop_rover)

    @Slot()
    def _keys(self) -> None:
        self._show("Keys", _KEYS)

    @Slot()
    def _about(self) -> None:
        mission = self._window.desk.session.mission
        self._show(
            "About roverctl",
            f"<b>roverctl {roverctl.__version__}</b><br>Mission control for a rover that is far away.<br><br>"
            f"Mission {mission.title}: {mission.rover}, {mission.place}.<br>Apache License 2.0",
        )

    def _show(self, title: str, text: str) -> None:
        box = QMessageBox(self._window)
        box.setWindowTitle(title)
        box.setTextFormat(Qt.TextFormat.RichText)
        box.setText(text)
        box.setModal(False)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.show()
