"""The queue under clicks and keys: it asks the session for what was meant, and says what can still be done."""

import random
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from roverctl.commanding.queue import CommandQueue
from roverctl.core.times import SECOND_NS, format_clock, format_utc, parse_utc
from roverctl.mission.mdb import Value
from roverctl.mission.profile import load_mission
from roverctl.session.api.commands import CommandState
from roverctl.session.rows import short_text
from roverctl.ui.commanding.queue_model import ARGUMENTS, COMMAND, NOT_BEFORE, NOW, QueueModel
from roverctl.ui.commanding.recall import consequence
from roverctl.ui.theme import Theme
from roverctl.ui.window import Window
from tests.ui.conftest import poll
from tests.ui.demo_session import DemoSession

LEFT = Qt.MouseButton.LeftButton
ALT, CONTROL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier


def select(window: Window, number: int) -> None:
    row = window.queue._model.row_of(number)
    assert row is not None
    window.queue.table.selectRow(row)


def test_release_sends_all_that_is_queued_when_nothing_is_selected(window: Window, session: DemoSession) -> None:
    assert window.queue.release_button.text() == "Release 2"
    QTest.mouseClick(window.queue.release_button, LEFT)
    assert session.calls == [("release", ([44, 46],))]


def test_release_sends_the_selected_alone(window: Window, session: DemoSession) -> None:
    select(window, 46)
    QTest.keyClick(window.queue.table, Qt.Key.Key_Return, CONTROL)
    assert session.calls == [("release", ([46],))]
    poll(window)
    assert window.queue._model.command(7).state is CommandState.RELEASED


def test_delete_takes_out_what_has_not_left_and_nothing_else(window: Window, session: DemoSession) -> None:
    select(window, 41)
    QTest.keyClick(window.queue.table, Qt.Key.Key_Delete)
    assert session.calls == []
    select(window, 44)
    QTest.keyClick(window.queue.table, Qt.Key.Key_Delete)
    assert session.calls == [("remove", ([44],))]


def test_alt_and_arrows_move_within_what_has_not_left(window: Window, session: DemoSession) -> None:
    select(window, 46)
    QTest.keyClick(window.queue.table, Qt.Key.Key_Up, ALT)
    assert [row.id for row in session.commands][-3:] == [44, 46, 45]
    poll(window)
    assert window.queue.selected_ids() == [46]
    QTest.keyClick(window.queue.table, Qt.Key.Key_Up, ALT)
    QTest.keyClick(window.queue.table, Qt.Key.Key_Up, ALT)  # 43 has left: no farther
    assert [row.id for row in session.commands][-4:] == [43, 46, 44, 45]


def test_hold_holds_and_lets_go(window: Window, session: DemoSession) -> None:
    select(window, 44)
    QTest.mouseClick(window.queue.hold_button, LEFT)
    poll(window)
    assert session.calls[-1] == ("hold", ([44], True))
    assert window.queue.hold_button.text() == "Let go"
    QTest.keyClick(window.queue.table, Qt.Key.Key_H)
    assert session.calls[-1] == ("hold", ([44], False))


def test_a_time_is_shown_once_there_is_one_typed_over_and_a_wrong_one_told(
    window: Window, session: DemoSession
) -> None:
    table, model = window.queue.table, window.queue._model
    window.queue.resize(700, 400)
    assert table.isColumnHidden(NOT_BEFORE)
    at_ns = session.clock.now_ns + 3600 * SECOND_NS
    session.set_time([44], at_ns)
    poll(window)
    assert not table.isColumnHidden(NOT_BEFORE)
    row = model.row_of(44)
    assert row is not None
    index = model.index(row, NOT_BEFORE)
    assert index.data() == format_clock(at_ns)
    assert "not before" in consequence(model.command(row), session.clock.now_ns, None, None)[0]
    table.edit(index)
    field = table.findChild(QLineEdit)
    assert field is not None and field.text() == format_utc(at_ns, 0)
    field.setText("2019-02-01T06:00:00Z")
    QTest.keyClick(field, Qt.Key.Key_Return)
    QApplication.processEvents()  # the line takes the key first
    assert session.calls[-1] == ("set_time", ([44], parse_utc("2019-02-01T06:00:00Z")))
    told: list[str] = []
    window.desk.told.connect(lambda message: told.append(message.text))
    model.setData(index, "soon")
    assert "'soon'" in told[0] and session.calls[-1][0] == "set_time"
    assert not model.flags(model.index(0, NOT_BEFORE)) & Qt.ItemFlag.ItemIsEditable  # it has left
    window.queue.resize(500, 400)
    assert table.isColumnHidden(NOT_BEFORE) and table.columnWidth(COMMAND) > 80


def test_what_waits_is_counted_and_can_be_sent_now(window: Window, session: DemoSession) -> None:
    session._commands = [
        replace(row, state=CommandState.WAITING, note="waits for 43") if row.id == 44 else row
        for row in session._commands
    ]
    session.set_time([44], session.clock.now_ns + 60 * SECOND_NS)
    poll(window)
    assert "1 waiting" in window.queue.header._subtitle.text()
    assert window.queue.release_button.text() == "Release 1"  # 46: what waits is left to wait
    select(window, 44)
    assert window.queue.release_button.text() == "Release now 1"
    assert "waits for 43" in window.queue._consequence.text()
    QTest.mouseClick(window.queue.release_button, LEFT)
    assert session.calls[-1] == ("release", ([44],))


def test_what_has_left_cannot_be_recalled_and_a_stop_is_told(window: Window) -> None:
    select(window, 41)
    text = window.queue._consequence.text()
    assert "has been at the rover for" in text and "cannot be recalled" in text
    assert "A STOP sent now arrives 12:20:05.8, after about 0.3 m more." in text
    assert "Light 1.71 s, sending 4.10 s." in text


@pytest.mark.parametrize(
    ("number", "words"),
    [(39, "is done"), (40, "has failed"), (42, "at the relay"), (43, "on its way to the relay"), (44, "has not left"),
     (45, "held back")],
)  # fmt: skip
def test_each_state_has_its_sentence(session: DemoSession, number: int, words: str) -> None:
    row = next(row for row in session.commands if row.id == number)
    assert words in consequence(row, session.clock.now_ns, session.forecast, session.sky)[0]


def test_replay_disables_commanding_and_says_why(window: Window, replay: DemoSession) -> None:
    window.set_session(replay)
    window.docks["queue"].raise_()
    poll(window)
    for control in (window.queue.release_button, window.queue.hold_button, window.queue.form.add_button,
                    window.queue.form.line, window.top_bar.stop):  # fmt: skip
        assert not control.isEnabled()
    assert window.queue.header._subtitle.text() == replay.why_not_command
    assert window.top_bar.stop.toolTip() == replay.why_not_command
    QTest.keyClick(window.queue.table, Qt.Key.Key_Return, CONTROL)
    QTest.keyClick(window, Qt.Key.Key_F12)
    assert not {"release", "stop_rover"} & {name for name, _ in replay.calls}


def test_the_model_keeps_qts_rules_under_random_changes(qtbot: QtBot, theme: Theme, session: DemoSession) -> None:
    model = QueueModel(theme)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    rng = random.Random(3)
    rows = session.commands
    for step in range(300):
        act = rng.randrange(5)
        if act == 0:
            rng.shuffle(rows)
        elif act == 1 and rows:
            rows.pop(rng.randrange(len(rows)))
        elif act == 2:
            rows.insert(rng.randint(0, len(rows)), replace(session.commands[0], id=1000 + step))
        elif rows:
            place = rng.randrange(len(rows))
            rows[place] = replace(rows[place], note=f"step {step}")
        model.take(rows, session.clock.now_ns + step)
        assert [model.index(i, 0).data() for i in range(model.rowCount())] == [str(row.id) for row in rows]


def test_the_model_tells_only_the_rows_that_changed(qtbot: QtBot, theme: Theme, session: DemoSession) -> None:
    model = QueueModel(theme)
    model.take(session.commands, session.clock.now_ns)
    changed = list(session.commands)
    changed[3] = replace(changed[3], note="received")
    told: list[int] = []
    model.dataChanged.connect(lambda top, bottom, roles: told.append(top.row()))
    model.take(changed, session.clock.now_ns)
    assert told == [3]


def test_what_is_elided_can_be_read_in_the_tips(window: Window, session: DemoSession) -> None:
    row = replace(
        session.commands[0], arguments="5 waypoints", details="5 waypoints to 49.0 E 8.0 N", note="failed: slip"
    )
    model = QueueModel(window.theme)
    model.take([row], session.clock.now_ns)
    tip = Qt.ItemDataRole.ToolTipRole
    assert model.index(0, ARGUMENTS).data() == "5 waypoints"
    assert model.index(0, ARGUMENTS).data(tip) == f"{row.name} 5 waypoints to 49.0 E 8.0 N"
    assert "failed: slip" in model.index(0, NOW).data(tip)


def test_arguments_in_short() -> None:
    mdb = load_mission().mdb
    queue = CommandQueue(mdb)
    wanted: list[tuple[str, dict[str, Value], str]] = [
        ("FOLLOW_ROUTE", {"waypoints": [(0.0, 0.0), (3.0, 4.0), (3.0, 10.0)]}, "3 waypoints"),
        ("FOLLOW_ROUTE", {"waypoints": [(3.0, 4.0)]}, "1 waypoint"),
        ("DRIVE", {"distance": 8.0, "heading": 40.0}, "8 m · 40°"),
        ("SET_MODE", {"mode": "NOON_NAP"}, "NOON_NAP"),
        ("PCAM_PANORAMA", {"frames": 28}, "28 frames"),
        ("STOP", {}, ""),
    ]
    for name, arguments, text in wanted:
        command = queue.apply(queue.prepare_add(0, name, arguments))
        assert short_text(command, mdb) == text
