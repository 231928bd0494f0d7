"""The operation folder: begun, locked, refused, and what the journal brings back."""

from pathlib import Path

import pytest

from roverctl.commanding.journal import Act, Journal
from roverctl.commanding.queue import CommandQueue
from roverctl.core.errors import InputError
from roverctl.core.nouns import Severity
from roverctl.mission.profile import load_mission
from roverctl.session.api.commands import CommandState
from roverctl.session.opening import begin, resume
from roverctl.session.operation import new_operation, open_operation
from tests.end_to_end.operating import poll_until


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "operation"


def test_a_folder_with_something_in_it_is_not_overwritten(folder: Path) -> None:
    folder.mkdir()
    (folder / "thesis.txt").write_text("irreplaceable")
    with pytest.raises(InputError, match="not empty"):
        begin(folder, "change4", (), None)
    with pytest.raises(InputError, match="no operation is here"):
        resume(folder)


def test_what_was_written_is_what_is_read(folder: Path, tmp_path: Path) -> None:
    dem = tmp_path / 'a "strange" name.tif'
    dem.touch()
    made = new_operation(folder, "change4", [str(dem), "https://example.org/b.tif"], 1_547_208_000_123_456_789, 9)
    assert open_operation(folder) == made
    assert (made.start_ns, made.seed) == (1_547_208_000_123_456_789, 9)
    assert made.layers == (str(dem), "https://example.org/b.tif")


@pytest.mark.parametrize(
    ("wrong", "word"), [('start = "noon"', "noon"), ("seed = 1.5", "seed"), ("seed = ", "operation.toml"), ("", "seed")]
)
def test_a_damaged_operation_file_is_named(folder: Path, wrong: str, word: str) -> None:
    new_operation(folder, "change4", (), 0, 9)
    file = folder / "operation.toml"
    key = wrong.split(" ")[0] or "seed"
    lines = [line for line in file.read_text().splitlines() if not line.startswith(key)]
    file.write_text("\n".join([*lines, wrong]) + "\n")
    with pytest.raises(InputError, match=word):
        open_operation(folder)


def test_an_operation_is_open_once_and_what_never_left_is_held(folder: Path) -> None:
    mission = load_mission()
    operation = new_operation(folder, "change4", (), mission.start_ns, 4)
    # As after a kill between the journal's line and the engine's: released, but no uplink.
    journal, queue = Journal(operation.journal), CommandQueue(mission.mdb)

    def done(act: Act) -> None:
        journal.write(act)
        queue.apply(act)

    done(queue.prepare_add(mission.start_ns, "PING", {}))
    done(queue.prepare_add(mission.start_ns, "DRIVE", {"distance": 3.0}))
    done(queue.prepare_release(mission.start_ns, 1))
    journal.close()

    session = resume(folder)
    try:
        said = session.take_messages()
        assert any("PING" in message.text and "held" in message.text for message in said)
        assert [(row.name, row.state) for row in session.commands] == [
            ("PING", CommandState.HELD),
            ("DRIVE", CommandState.QUEUED),
        ]
        session.play()
        poll_until(session, lambda: session.known is not None)
        second = resume(folder)
        try:
            poll_until(second, lambda: not second.can_command)
            told = [m for m in second.take_messages() if m.severity is Severity.CRITICAL]
            assert "another roverctl has this operation open" in second.why_not_command
            assert not told or "open" in told[0].text
        finally:
            second.close()
        # The first is none the worse for it: let go and released, the PING is answered.
        session.hold([1], False)
        session.release([1])
        session.set_speed(50.0)
        poll_until(session, lambda: session.commands[0].state is CommandState.COMPLETED)
    finally:
        session.close()
