"""The queue under random acts; the journal gives it back; what has left stays as it left."""

import itertools
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from roverctl.commanding.journal import Act, Journal
from roverctl.commanding.queue import Command, CommandQueue, NewCommand
from roverctl.core.errors import CommandRefusedError, InputError
from roverctl.core.nouns import Stage, StageChange
from roverctl.core.resources import resource_path
from roverctl.mission.mdb import Value
from roverctl.mission.mdb_file import load_mdb
from roverctl.mission.packets import decode_tc, request_id

MDB = load_mdb(resource_path("missions", "change4", "mdb.toml"))
WAYS: list[tuple[str, dict[str, Value]]] = [
    ("PING", {}), ("STOP", {}), ("DRIVE", {"distance": 3.25, "heading": 90.0}), ("SET_MODE", {"mode": "CHARGING"}),
    ("FOLLOW_ROUTE", {"waypoints": [(1.0, 2.0), (-3.5, 4.25)]}),
]  # fmt: skip


def _looks(queue: CommandQueue) -> list[tuple[object, ...]]:
    return [
        (
            c.id,
            c.name,
            c.arguments,
            c.held,
            c.packet,
            c.released_ns,
            c.not_before_ns,
            c.after_done,
            c.armed_ns,
            c.made_from,
        )
        for c in queue.commands
    ]


class QueueOperations(RuleBasedStateMachine):
    """Random acts, each journalled before it is carried out."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.file = Path(self.folder.name) / "journal.sqlite"
        self.journal = Journal(self.file)
        self.queue = CommandQueue(MDB)
        self.left: dict[int, tuple[bytes, dict[str, Value]]] = {}
        self.t_ns = 1

    def _do(self, act: Act) -> None:
        self.journal.write(act)
        self.queue.apply(act)
        self.t_ns += 1

    def _pick(self, data: st.DataObject) -> Command:
        return data.draw(st.sampled_from(self.queue.commands))

    @rule(way=st.sampled_from(WAYS))
    def add(self, way: tuple[str, dict[str, Value]]) -> None:
        self._do(self.queue.prepare_add(self.t_ns, *way))

    @precondition(lambda self: self.queue.commands)
    @rule(data=st.data(), held=st.booleans())
    def hold(self, data: st.DataObject, held: bool) -> None:
        self._unless_left(data, lambda c: self.queue.prepare_hold(self.t_ns, c.id, held))

    @precondition(lambda self: self.queue.commands)
    @rule(data=st.data(), heading=st.integers(0, 359))
    def edit(self, data: st.DataObject, heading: int) -> None:
        def prepare(command: Command) -> Act:
            arguments = dict(command.arguments)
            if command.name == "DRIVE":
                arguments["heading"] = float(heading)
            return self.queue.prepare_edit(self.t_ns, command.id, arguments)

        self._unless_left(data, prepare)

    @precondition(lambda self: self.queue.commands)
    @rule(data=st.data(), not_before_ns=st.none() | st.integers(1, 100))
    def set_time(self, data: st.DataObject, not_before_ns: int | None) -> None:
        self._unless_left(data, lambda c: self.queue.prepare_time(self.t_ns, c.id, not_before_ns))

    @precondition(lambda self: self.queue.commands)
    @rule(data=st.data(), armed=st.booleans())
    def arm(self, data: st.DataObject, armed: bool) -> None:
        command = self._pick(data)
        try:
            act = self.queue.prepare_arm(self.t_ns, command.id, armed)
        except CommandRefusedError:
            assert command.id in self.left or (armed and command.held)
        else:
            self._do(act)

    @invariant()
    def what_is_held_or_has_left_does_not_wait(self) -> None:
        assert not any(c.armed_ns is not None for c in self.queue.commands if c.held or c.released_ns is not None)

    @precondition(lambda self: self.queue.commands)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        self._unless_left(data, lambda c: self.queue.prepare_remove(self.t_ns, c.id))

    @precondition(lambda self: self.queue.commands)
    @rule(data=st.data(), position=st.integers(-1, 8))
    def move(self, data: st.DataObject, position: int) -> None:
        command = self._pick(data)
        try:
            act = self.queue.prepare_move(self.t_ns, command.id, position)
        except CommandRefusedError:
            assert command.id in self.left
        except InputError:
            assert not len(self.left) <= position < len(self.queue.commands)
        else:
            assert command.id not in self.left
            self._do(act)
            assert self.queue.commands[position] is command

    @precondition(lambda self: self.queue.commands)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        command = self._pick(data)
        try:
            act = self.queue.prepare_release(self.t_ns, command.id)
        except CommandRefusedError:
            assert command.id in self.left or command.held
            return
        self._do(act)
        self.left[command.id] = (command.packet, dict(command.arguments))
        tc = decode_tc(command.packet)
        found, arguments = MDB.decode_arguments(tc.service, tc.subservice, tc.body)
        assert (found.name, arguments) == (command.name, command.arguments)

    def _unless_left(self, data: st.DataObject, prepare: object) -> None:
        command = self._pick(data)
        try:
            act = prepare(command)  # type: ignore[operator]
        except CommandRefusedError as error:
            assert command.id in self.left and "has left" in str(error)
        else:
            assert command.id not in self.left
            self._do(act)

    @rule()
    def crash_and_come_back(self) -> None:
        """The file is opened anew; nothing but the journal is carried over."""
        before = _looks(self.queue)
        self.journal.close()
        self.journal = Journal(self.file)
        self.queue = CommandQueue(MDB)
        for act in self.journal.acts():
            self.queue.apply(act)
        assert _looks(self.queue) == before

    @invariant()
    def what_has_left_stands_on_top_as_it_left(self) -> None:
        released = [c.released_ns is not None for c in self.queue.commands]
        assert released == sorted(released, reverse=True)
        times = [c.released_ns for c in self.queue.commands if c.released_ns is not None]
        assert times == sorted(times)
        assert {c.id: (c.packet, c.arguments) for c in self.queue.commands if c.released_ns is not None} == self.left

    @invariant()
    def numbers_and_requests_are_unique(self) -> None:
        ids = [c.id for c in self.queue.commands]
        assert len(ids) == len(set(ids))
        requests = [request_id(packet) for packet, _ in self.left.values()]
        assert len(requests) == len(set(requests))

    def teardown(self) -> None:
        self.journal.close()
        self.folder.cleanup()


QueueOperations.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestQueueOperations = QueueOperations.TestCase


def _released(count: int) -> CommandQueue:
    queue = CommandQueue(MDB)
    for i in range(count):
        command = queue.apply(queue.prepare_add(i, "PING", {}))
        queue.apply(queue.prepare_release(i, command.id))
    return queue


def test_several_commands_are_added_and_journalled_all_or_none(tmp_path: Path) -> None:
    queue, journal = CommandQueue(MDB), Journal(tmp_path / "j")
    queue.apply(queue.prepare_add(1, "PING", {}))
    wanted = [
        NewCommand(
            name, arguments, f"from a plan {name}", 7 * 10**18 if name == "SET_MODE" else None, name != "PING", "1:a"
        )
        for name, arguments in WAYS
    ]
    with pytest.raises(InputError):
        queue.prepare_all(2, [*wanted, NewCommand("DRIVE", {"distance": -1.0})])
    acts = queue.prepare_all(2, wanted)
    journal.write(*acts)
    for act in acts:
        queue.apply(act)
    assert [
        (c.id, NewCommand(c.name, c.arguments, c.comment, c.not_before_ns, c.after_done, c.made_from))
        for c in queue.commands[1:]
    ] == list(enumerate(wanted, start=2))
    again = CommandQueue(MDB)
    again.apply(Act(1, "add", {"id": 1, "name": "PING", "arguments": {}}))
    for act in Journal(tmp_path / "j").acts():
        again.apply(act)
    assert _looks(again) == _looks(queue)
    with pytest.raises(TypeError):
        journal.write(acts[0], Act(3, "add", {"id": object()}))  # cannot be written: neither is
    assert len(journal.acts()) == len(acts)


def test_evidence_finds_its_command_and_only_that() -> None:
    queue = _released(3)
    second = queue.commands[1]
    change = StageChange(request_id(second.packet), Stage.ACCEPTED, 10, 20)
    assert queue.learn(change) is second
    assert [Stage.ACCEPTED in c.changes for c in queue.commands] == [False, True, False]
    assert queue.learn(StageChange(0xFFFFFFFF, Stage.ACCEPTED, 10, 20)) is None
    assert not second.ended
    queue.learn(StageChange(request_id(second.packet), Stage.COMPLETED, 11, 21, failed=True))
    assert second.ended and second.failed is not None


def test_a_release_that_never_left_is_held_and_gets_a_new_sequence_count() -> None:
    queue = _released(2)
    command = queue.commands[1]
    old = command.packet
    queue.apply(Act(5, "unsent", {"id": command.id}))
    assert command.released_ns is None and command.held
    queue.apply(queue.prepare_hold(6, command.id, False))
    queue.apply(queue.prepare_release(7, command.id))
    assert request_id(command.packet) != request_id(old)
    assert queue.learn(StageChange(request_id(old), Stage.ACCEPTED, 1, 2)) is None


def test_the_sequence_count_wraps_at_fourteen_bits() -> None:
    queue = CommandQueue(MDB)
    command = queue.apply(queue.prepare_add(0, "PING", {}))
    for expected in itertools.chain(range(3), [0x3FFF, 0]):
        queue._next_sequence = expected
        act = queue.prepare_release(1, command.id)
        assert decode_tc(bytes.fromhex(act.detail["packet"])).sequence == expected
    queue._next_sequence = 0x3FFF
    queue.apply(queue.prepare_release(1, command.id))
    following = queue.apply(queue.prepare_add(0, "PING", {}))
    assert decode_tc(bytes.fromhex(queue.prepare_release(1, following.id).detail["packet"])).sequence == 0


def test_uplinks_are_numbered_and_asked_for_after_a_number(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    numbers = [journal.write_uplink(100 + i, i, bytes([i])) for i in range(5)]
    journal.close()
    again = Journal(tmp_path / "j")
    assert [(u.at_ns, u.command, u.packet) for u in again.uplinks()] == [(100 + i, i, bytes([i])) for i in range(5)]
    assert [u.number for u in again.uplinks(after=numbers[2])] == numbers[3:]


def test_two_writers_share_a_journal(tmp_path: Path) -> None:
    session, engine = Journal(tmp_path / "j"), Journal(tmp_path / "j")
    session.write(Act(1, "add", {"id": 1}))
    engine.write_uplink(2, 1, b"x")
    session.write(Act(3, "hold", {"id": 1, "held": True}))
    assert [a.act for a in engine.acts()] == ["add", "hold"] and len(session.uplinks()) == 1


def test_what_is_no_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "j").write_text("a diary, not a journal; long enough to be looked at" * 40)
    with pytest.raises(InputError, match="not a journal"):
        Journal(tmp_path / "j")
    with pytest.raises(InputError, match="not a journal"):
        Journal(tmp_path / "no" / "j")
