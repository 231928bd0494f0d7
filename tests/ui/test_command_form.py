"""A command typed, completed or filled in; what is wrong is said beside it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox

from roverctl.core.errors import InputError
from roverctl.mission.profile import load_mission
from roverctl.ui.commanding.command_line import completions, enterable, parse_line, template
from roverctl.ui.window import Window
from tests.ui.conftest import poll
from tests.ui.demo_session import DemoSession

MDB = load_mission().mdb


def test_a_line_is_a_command_with_named_or_ordered_arguments() -> None:
    want = ("DRIVE", {"distance": 8.0, "heading": 40.0})
    assert parse_line(MDB, "DRIVE distance=8 heading=40") == want
    assert parse_line(MDB, "drive 8 40") == want
    assert parse_line(MDB, "DRIVE heading=40") == want  # the default distance is 8
    assert parse_line(MDB, "set_mode mode=noon_nap") == ("SET_MODE", {"mode": "NOON_NAP"})


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "write a command"),
        ("FLY", "no command 'FLY'; known are PING, DRIVE"),
        ("DRIVE distance=800", "must lie between 0.1 and 100 m"),
        ("DRIVE distance=far", "must be a number, not 'far'"),
        ("DRIVE speed=3", "no argument 'speed'"),
        ("DRIVE 1 2 3", "one too many"),
        ("SET_MODE mode=MOVING", "must be one of IDLE"),
        ("SET_MODE", "missing"),
        ("FOLLOW_ROUTE waypoints=1", "no command 'FOLLOW_ROUTE'"),
        ("DRIVE 'x", "No closing quotation"),
    ],
)
def test_what_is_wrong_is_named(line: str, words: str) -> None:
    with pytest.raises(InputError, match="(?s)" + words.replace("(", "\\(")):
        parse_line(MDB, line)


@given(st.text(max_size=40))
def test_no_line_breaks_it(line: str) -> None:
    completions(MDB, line)
    try:
        name, arguments = parse_line(MDB, line)
    except InputError:
        return
    assert MDB.check_arguments(name, arguments) == arguments


def test_every_template_that_needs_no_choice_is_a_valid_command() -> None:
    for name in enterable(MDB):
        assert parse_line(MDB, template(MDB, name))[0] == name


def test_completion_goes_from_command_to_arguments_to_words() -> None:
    assert completions(MDB, "dr") == ["DRIVE distance=8 heading=0"]
    assert completions(MDB, "DRIVE ") == ["DRIVE distance=", "DRIVE heading="]
    assert completions(MDB, "DRIVE distance=3 h") == ["DRIVE distance=3 heading="]
    assert "SET_MODE mode=NOON_NAP" in completions(MDB, "SET_MODE mode=N")


def test_enter_adds_the_line_to_the_queue(window: Window, session: DemoSession) -> None:
    line = window.queue.form.line
    QTest.keyClicks(line, "DRIVE distance=12 heading=40")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert session.calls == [("add_command", ("DRIVE", {"distance": 12.0, "heading": 40.0}))]
    assert line.text() == ""
    poll(window)
    assert window.queue._model.rowCount() == 9


def test_a_space_is_typed_and_does_not_play(window: Window, session: DemoSession) -> None:
    QTest.keyClicks(window.queue.form.line, "PING ")
    assert window.queue.form.line.text() == "PING "
    assert session.calls == []


def test_an_error_is_shown_beside_and_the_line_kept(window: Window, session: DemoSession) -> None:
    form = window.queue.form
    form.line.setText("DRIVE distance=800")
    QTest.mouseClick(form.add_button, Qt.MouseButton.LeftButton)
    assert "between 0.1 and 100 m" in form.problem.text()
    assert form.problem.isVisible()
    assert form.line.text() == "DRIVE distance=800"
    assert window.strip.text == ""
    assert session.calls == []
    QTest.keyClicks(form.line, "0")
    assert not form.problem.isVisible()


def test_fields_follow_the_command_and_write_the_line(window: Window, session: DemoSession) -> None:
    form = window.queue.form
    form.choice.setCurrentText("DRIVE")
    form.choice.activated.emit(form.choice.currentIndex())
    distance = form.fields["distance"]
    assert isinstance(distance, QDoubleSpinBox)
    assert (distance.minimum(), distance.maximum(), distance.suffix()) == (0.1, 100.0, " m")
    distance.setValue(5.5)
    assert form.line.text() == "DRIVE distance=5.5 heading=0"
    form.choice.setCurrentText("SET_MODE")
    form.choice.activated.emit(form.choice.currentIndex())
    mode = form.fields["mode"]
    assert isinstance(mode, QComboBox)
    assert [mode.itemText(i) for i in range(mode.count())] == ["IDLE", "CHARGING", "NOON_NAP", "DORMANT"]
    QTest.mouseClick(form.add_button, Qt.MouseButton.LeftButton)
    assert session.calls == [("add_command", ("SET_MODE", {"mode": "IDLE"}))]


def test_tab_completes_the_line(window: Window) -> None:
    line = window.queue.form.line
    line.setFocus()
    QTest.keyClicks(line, "TU")
    QTest.keyClick(line, Qt.Key.Key_Tab)
    assert line.text() == "TURN heading=0"
