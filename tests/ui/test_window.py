"""The window as a whole: arrangements, sessions, messages, and a clean end."""

import gc
import json
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt, QThread, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from roverctl.core.errors import EngineError, InputError
from roverctl.core.nouns import Severity
from roverctl.session.api.changes import Change, Changes
from roverctl.ui import window_state
from roverctl.ui.theme import Appearance, Theme
from roverctl.ui.top_bar import Perspective
from roverctl.ui.window import Window
from tests.ui.conftest import OpenWindow, build_plots, poll
from tests.ui.demo_session import DemoOpener, DemoSession

WATCHING = {"queue", "telemetry", "link", "delays", "passes", "events", "parameters"}


def visible(window: Window) -> set[str]:
    return {name for name, dock in window.docks.items() if not dock.isHidden()}


def test_each_perspective_shows_its_panels(window: Window) -> None:
    assert visible(window) == WATCHING | {"training"}
    QTest.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert window.perspective is Perspective.PLAN
    assert visible(window) == {"traverse", "profile"}
    assert window.map.view.pointer.route_tool
    tab = window.top_bar._tabs[Perspective.REPLAY]
    QTest.mouseClick(tab, Qt.MouseButton.LeftButton)
    assert visible(window) == WATCHING
    assert not window.map.view.pointer.route_tool


def test_an_arrangement_is_kept_while_others_are_shown(window: Window) -> None:
    window.docks["passes"].hide()
    window.show_perspective(Perspective.PLAN)
    window.show_perspective(Perspective.OPERATE)
    assert "passes" not in visible(window)
    window.reset_layout()
    assert "passes" in visible(window)


def test_what_was_arranged_is_there_at_the_next_start(
    window: Window, opener: DemoOpener, open_window: OpenWindow
) -> None:
    window.docks["events"].hide()
    window.wear(Appearance.LIGHT)
    window.close()
    again = open_window(DemoSession())
    assert "events" not in visible(again)
    assert window_state.load(opener.data_dir).appearance == "light"


def test_a_layout_of_another_version_is_left_alone(window: Window, opener: DemoOpener, open_window: OpenWindow) -> None:
    window.docks["events"].hide()
    window.close()
    file = opener.data_dir / window_state.FILE_NAME
    content = json.loads(file.read_text(encoding="utf-8"))
    content["layout_version"] += 1
    file.write_text(json.dumps(content), encoding="utf-8")
    again = open_window(DemoSession())
    assert "events" in visible(again)


def test_a_window_opens_where_it_was_left(window: Window, opener: DemoOpener, theme: Theme) -> None:
    assert not window.placed
    window.resize(780, 640)  # the test screen has 800 × 800
    window.close()
    again = Window(DemoSession(), opener, theme)
    assert again.placed
    assert again.height() == 640
    again.close()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"layouts": 3, "geometry": "%%"}', '{"appearance": "pink"}'])
def test_a_damaged_state_file_does_not_keep_the_window_from_opening(tmp_path: Path, text: str) -> None:
    (tmp_path / window_state.FILE_NAME).write_text(text, encoding="utf-8")
    assert window_state.load(tmp_path) == window_state.WindowState()


def test_space_plays_and_pauses(window: Window, session: DemoSession) -> None:
    window.map.view.setFocus()
    QTest.keyClick(window.map.view, Qt.Key.Key_Space)
    QTest.keyClick(window.queue.table, Qt.Key.Key_Space)
    assert [name for name, _ in session.calls] == ["play", "pause"]


def test_space_on_a_button_presses_the_button(window: Window, session: DemoSession) -> None:
    QTest.keyClick(window.queue.release_button, Qt.Key.Key_Space)
    assert [name for name, _ in session.calls] == ["release"]


def test_f12_stops_the_rover_from_anywhere(window: Window, session: DemoSession) -> None:
    QTest.keyClick(window.queue.form.line, Qt.Key.Key_F12)
    assert session.calls == [("stop_rover", ())]


def test_messages_stand_in_the_strip_until_dismissed(window: Window, session: DemoSession) -> None:
    session.tell("3 messages were lost.")
    poll(window)
    assert window.strip.text == "3 messages were lost."
    assert window.strip.isVisible()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.strip.isVisible()


def test_a_refused_act_is_told_where_messages_are(
    window: Window, session: DemoSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(ids: list[int]) -> Changes:
        raise InputError("44 DRIVE: no contact before 15:17")

    monkeypatch.setattr(session, "release", refuse)
    QTest.mouseClick(window.queue.release_button, Qt.MouseButton.LeftButton)
    assert window.strip.text == "44 DRIVE: no contact before 15:17"


def test_a_session_that_fails_is_told_and_no_longer_asked(
    window: Window, session: DemoSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> Changes:
        raise EngineError("the engine has ended.")

    monkeypatch.setattr(session, "poll", fail)
    window._timer.start()
    window._poll()
    assert window.strip.text.startswith("the engine has ended.")
    assert not window._timer.isActive()


def test_opening_a_log_closes_the_session_before_and_shows_the_replay(
    qtbot: QtBot, window: Window, session: DemoSession, opener: DemoOpener
) -> None:
    window.sessions.replay(Path("A.mcap"))
    poll(window)
    assert session.closed
    assert opener.opened == [("replay", Path("A.mcap"), None)]
    qtbot.waitUntil(lambda: window.perspective is Perspective.REPLAY)
    assert window.windowTitle().startswith("A.mcap")
    assert window.top_bar._badge.accessibleName() == "Mode REPLAY"


def test_what_cannot_be_opened_leaves_the_session_as_it_was(
    window: Window, session: DemoSession, opener: DemoOpener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(log: Path) -> DemoSession:
        raise InputError(f"{log}: nothing readable")

    monkeypatch.setattr(opener, "replay", fail)
    window.sessions.replay(Path("B.mcap"))
    assert window.strip.text == "B.mcap: nothing readable"
    assert window.desk.session is session
    assert not session.closed


def test_commanding_follows_what_the_session_can_do_now(window: Window, session: DemoSession) -> None:
    session.can_command, session.why_not_command = False, "The engine has ended."
    poll(window)
    assert not window.top_bar.stop.isEnabled()
    assert not window.queue.release_button.isEnabled()
    assert not window.menus._stop.isEnabled()
    assert window.queue.header._subtitle.text() == "The engine has ended."
    session.can_command, session.why_not_command = True, ""
    poll(window)
    assert window.queue.release_button.isEnabled()


def test_the_bar_tells_times_delays_and_contact(window: Window, session: DemoSession) -> None:
    bar = window.top_bar
    assert bar.utc.text == "2019-01-11 12:20:00"
    assert bar.at_rover.text == "12:19:58.2"  # 1.73 s before, cut to tenths
    assert (bar.up.text, bar.up.remark) == ("5.21 s", "1.18 s of it waiting")  # for the end of command 42
    session.relay._link = None  # before the first answer, as the sky has it
    poll(window)
    assert (bar.up.text, bar.up.remark) == ("5.84 s", "1.71 light + 4.10 send")
    assert (bar.contact.text, bar.contact.remark) == ("Kashi", "LOS in 03:12:40")
    assert bar.sun.text == "29.4°"
    assert (bar.rover.text, bar.rover.remark) == ("MOVING", "2.0 s ago")
    assert bar.rover._colour == "text"
    session.pause()
    session._now_ns += 60 * 10**9
    window._take({Change.CLOCK})
    assert bar.rover._colour == "dim"  # stale


def test_nothing_is_shown_that_is_not_known(
    window: Window, session: DemoSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DemoSession, "sky", None)
    session._now_ns = session.start_ns  # before the first packet
    poll(window)
    assert {readout.text for readout in window.top_bar.readouts[1:]} == {"—"}
    assert session.known is None
    window.grab()


def test_a_narrow_window_drops_remarks_before_values(window: Window) -> None:
    window.resize(1180, 750)
    QApplication.processEvents()
    assert window.width() == 1180
    bar = window.top_bar
    assert not bar.at_rover.isVisible()
    for readout in (bar.utc, bar.up, bar.down, bar.contact, bar.rover, bar.battery):
        assert readout.isVisible()
        assert readout.geometry().right() <= bar.stop.geometry().left()


def test_every_control_has_a_name_for_who_cannot_see_it(window: Window) -> None:
    from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QTableView

    for kind in (QAbstractButton, QComboBox, QLineEdit, QTableView):
        for control in window.findChildren(kind):
            inner = control.objectName().startswith("qt_") or not control.isVisible()
            if inner or control.metaObject().className() == "QTableCornerButton":
                continue
            name = control.accessibleName() or (control.text() if isinstance(control, QAbstractButton) else "")
            assert name, (control, control.parent())


def test_closing_leaves_nothing_behind(qtbot: QtBot, opener: DemoOpener) -> None:
    before = {id(widget) for widget in QApplication.topLevelWidgets()}
    gc.collect()
    gc.disable()
    try:
        session = DemoSession()
        theme = Theme(Appearance.DARK)
        window = Window(session, opener, theme)
        window.show()
        window.start()
        build_plots(qtbot, window)
        window.map.view.go_to_crater()
        window.set_session(DemoSession())
        window.close()
        assert session.closed and window.desk.session.closed  # type: ignore[attr-defined]
        assert not [timer for timer in window.findChildren(QTimer) if timer.isActive()]
        assert not [thread for thread in window.findChildren(QThread) if thread.isRunning()]
        window.deleteLater()
        del window, theme
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        gc.collect()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        left = [widget for widget in QApplication.topLevelWidgets() if id(widget) not in before]
        assert left == []
    finally:
        gc.enable()


def test_a_message_moves_nothing(window: Window, session: DemoSession) -> None:
    def place() -> tuple[int, int]:
        corner = window.queue.release_button.mapTo(window, QPoint(0, 0))
        return corner.x(), corner.y()

    before = place()
    session.tell("3 messages were lost.")
    poll(window)
    QApplication.processEvents()
    assert window.strip.isVisible()
    assert place() == before
    assert window.map.view.rect().contains(window.strip.geometry())


def test_a_long_message_is_shown_whole(window: Window) -> None:
    window.resize(1200, 750)
    QApplication.processEvents()
    window.strip.tell_plainly("/a/file/somewhere/far/away.tif: it cannot be read as terrain; " * 6)
    strip = window.strip
    assert window.map.view.rect().contains(strip.geometry())
    assert strip._text.heightForWidth(strip._text.width()) <= strip.height()


def test_information_goes_by_itself_and_a_warning_stays(window: Window) -> None:
    window.strip.tell_plainly("The file is damaged.")
    assert not window.strip._fade.isActive()
    window.desk.tell("Picture saved.", Severity.INFO)
    assert window.strip.text == "Picture saved."
    assert window.strip._fade.isActive() and window.strip._fade.interval() == 6000
    window.strip._fade.timeout.emit()
    assert window.strip.text == "The file is damaged."
    window.strip.dismiss()
    window.desk.tell("Picture saved.", Severity.INFO)
    window.strip._fade.timeout.emit()
    assert window.strip.text == ""


def test_perspectives_do_not_mix(window: Window) -> None:
    def shown() -> set[str]:
        QApplication.processEvents()
        return {name for name, dock in window.docks.items() if not dock.isHidden()}

    before: dict[Perspective, set[str]] = {}
    for perspective in [*Perspective, *reversed(Perspective), *Perspective]:
        window.show_perspective(perspective)
        assert shown() == before.setdefault(perspective, shown())
    assert before[Perspective.PLAN] == {"traverse", "profile"}


def test_a_panel_of_another_perspective_can_be_shown_and_stays(window: Window) -> None:
    window.show_perspective(Perspective.PLAN)
    window.docks["queue"].toggleViewAction().trigger()
    QApplication.processEvents()
    assert window.docks["queue"].isVisible() and not window.docks["queue"].isFloating()
    assert window.docks["queue"].height() > 100
    window.show_perspective(Perspective.OPERATE)
    window.show_perspective(Perspective.PLAN)
    QApplication.processEvents()
    assert window.docks["queue"].isVisible() and window.docks["traverse"].isVisible()
    assert not window.docks["events"].isVisible()


def test_a_new_operation_says_that_its_time_stands_still(window: Window) -> None:
    window.sessions.new_operation(Path("crossing"), None)
    assert window.strip.text == "crossing: time stands still until you play (Space)."


@pytest.mark.parametrize("size", [(1280, 800), (1600, 1000), (2560, 1440)])
@pytest.mark.parametrize("perspective", list(Perspective))
def test_the_map_has_half_of_the_height_or_more(
    window: Window, size: tuple[int, int], perspective: Perspective
) -> None:
    window.resize(*size)
    QApplication.processEvents()
    window.show_perspective(perspective)
    window.reset_layout()
    QApplication.processEvents()
    assert (window.width(), window.height()) == size  # nothing asks for more
    assert window.map.height() > 0.53 * window.deck.height()
    assert window.map.view.height() > 0.45 * window.deck.height()
    if perspective is not Perspective.PLAN:
        assert window.docks["passes"].isVisible() or window.docks["telemetry"].isVisible()


def test_a_warning_goes_once_what_it_was_about_is_mended(window: Window, session: DemoSession) -> None:
    window.show_perspective(Perspective.PLAN)
    window.strip.tell_plainly("The link is lost.")
    field = window.traverse.route.depart
    field.setText("half past")
    field.editingFinished.emit()
    assert "time 'half past'" in window.strip.text
    field.setText("12:45")
    field.editingFinished.emit()
    assert window.strip.text == "The link is lost."  # which is of something else


def test_a_refusal_goes_once_the_same_act_is_done(window: Window) -> None:
    def fail() -> Changes:
        raise InputError("the stop is locked")

    def act() -> Changes:
        return fail() if refuses else set()

    refuses = True
    window.desk.perform(act)
    assert window.strip.text == "the stop is locked"
    window.desk.perform(act)
    assert window.strip._count.text() == ""  # told once, not twice
    refuses = False
    window.desk.perform(act)
    assert window.strip.text == ""
