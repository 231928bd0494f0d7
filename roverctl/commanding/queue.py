"""The command queue: what is to be sent, in order, and what has left.

Life of a command: queued (editable, movable, may be held) - armed (the operator has let it go, and it waits for its
time or for what is under way, see ``waiting``; still ours) - released (gone: nothing recalls it) - stages learnt from
evidence - completed or failed. Every change is an act; the same acts give the same queue, which is how it comes back
after a crash.
"""

from dataclasses import dataclass, field
from typing import Any

from roverctl.commanding.journal import Act
from roverctl.core.errors import CommandRefusedError, InputError
from roverctl.core.nouns import Stage, StageChange
from roverctl.mission.mdb import Mdb, Value
from roverctl.mission.packets import encode_tc, request_id


@dataclass(slots=True)
class Command:
    """A command of the queue; ``changes`` holds the evidence by stage, ``packet`` its bytes once released.

    ``comment`` stays on the ground: what the command was made from and who let what be. So do ``not_before_ns``, a UTC
    time before which it does not leave; ``after_done``, whether what left before it must have ended; ``armed_ns``, when
    the operator let it go to wait for these; and ``made_from``, which draft it was made from, in the drafting's words.
    """

    id: int
    name: str
    arguments: dict[str, Value]
    held: bool = False
    packet: bytes = b""
    released_ns: int | None = None
    changes: dict[Stage, StageChange] = field(default_factory=dict)
    comment: str = ""
    not_before_ns: int | None = None
    after_done: bool = False
    armed_ns: int | None = None
    made_from: str = ""

    @property
    def failed(self) -> StageChange | None:
        """The evidence that it failed, if there is one."""
        return next((change for change in self.changes.values() if change.failed), None)

    @property
    def ended(self) -> bool:
        """Whether nothing more is to come."""
        return Stage.COMPLETED in self.changes or self.failed is not None


@dataclass(frozen=True, slots=True)
class NewCommand:
    """A command that is to be put into the queue."""

    name: str
    arguments: dict[str, Value]
    comment: str = ""
    not_before_ns: int | None = None
    after_done: bool = False
    made_from: str = ""


class CommandQueue:
    """The commands of an operation, in order.

    ``prepare_*`` check an act and return it, for the journal; ``apply`` carries it out and cannot fail.
    """

    def __init__(self, mdb: Mdb) -> None:
        self._mdb = mdb
        self.commands: list[Command] = []
        self._next_id = 1
        self._next_sequence = 0
        self._by_request: dict[int, Command] = {}

    def get(self, command_id: int) -> Command:
        """A command by its number."""
        for command in self.commands:
            if command.id == command_id:
                return command
        raise CommandRefusedError(f"there is no command {command_id}")

    def _unsent(self, command_id: int, what: str) -> Command:
        command = self.get(command_id)
        if command.released_ns is not None:
            raise CommandRefusedError(f"command {command.id} {command.name} has left: it cannot be {what}")
        return command

    def prepare_add(self, at_ns: int, name: str, arguments: dict[str, Value]) -> Act:
        """A command at the end; arguments are checked by the MDB."""
        full = self._mdb.check_arguments(name, arguments)
        return Act(at_ns, "add", {"id": self._next_id, "name": name, "arguments": full})

    def prepare_all(self, at_ns: int, commands: list[NewCommand]) -> list[Act]:
        """Several commands at the end, in order; where the arguments of one are wrong there is no act at all."""
        acts: list[Act] = []
        for number, command in enumerate(commands, start=self._next_id):
            act = self.prepare_add(at_ns, command.name, command.arguments)
            more = {
                "id": number, "comment": command.comment, "not_before_ns": command.not_before_ns,
                "after_done": command.after_done, "made_from": command.made_from,
            }  # fmt: skip
            acts.append(Act(at_ns, act.act, act.detail | {key: value for key, value in more.items() if value}))
        return acts

    def prepare_edit(self, at_ns: int, command_id: int, arguments: dict[str, Value]) -> Act:
        """Other arguments for a command that has not left."""
        command = self._unsent(command_id, "edited")
        full = self._mdb.check_arguments(command.name, arguments)
        return Act(at_ns, "edit", {"id": command_id, "arguments": full})

    def prepare_remove(self, at_ns: int, command_id: int) -> Act:
        """Out of the queue."""
        self._unsent(command_id, "removed")
        return Act(at_ns, "remove", {"id": command_id})

    def prepare_move(self, at_ns: int, command_id: int, position: int) -> Act:
        """To a place among the commands that have not left; positions count from the queue's top."""
        self._unsent(command_id, "moved")
        left = [c.id for c in self.commands if c.released_ns is not None]
        if not len(left) <= position < len(self.commands):
            raise InputError(f"position {position} is not among the commands that have not left")
        return Act(at_ns, "move", {"id": command_id, "position": position})

    def prepare_hold(self, at_ns: int, command_id: int, held: bool) -> Act:
        """Keep from release, or let go again."""
        self._unsent(command_id, "held")
        return Act(at_ns, "hold", {"id": command_id, "held": held})

    def prepare_time(self, at_ns: int, command_id: int, not_before_ns: int | None) -> Act:
        """Another time before which a command does not leave; None for none."""
        self._unsent(command_id, "given another time")
        return Act(at_ns, "time", {"id": command_id, "not_before_ns": not_before_ns})

    def prepare_arm(self, at_ns: int, command_id: int, armed: bool) -> Act:
        """Let it wait for its time and for what is under way, or no more."""
        command = self._unsent(command_id, "released again")
        if armed and command.held:
            raise CommandRefusedError(f"command {command.id} {command.name} is held")
        return Act(at_ns, "arm", {"id": command_id, "armed": armed})

    def prepare_release(self, at_ns: int, command_id: int) -> Act:
        """Make the packet, with the next sequence count."""
        command = self._unsent(command_id, "released again")
        if command.held:
            raise CommandRefusedError(f"command {command.id} {command.name} is held")
        definition = self._mdb.command(command.name)
        data = self._mdb.encode_arguments(command.name, command.arguments)
        packet = encode_tc(
            self._mdb.apids["rover"], self._next_sequence, definition.service, definition.subservice, data
        )
        return Act(at_ns, "release", {"id": command_id, "packet": packet.hex()})

    def apply(self, act: Act) -> Command:
        """Carry out an act that ``prepare_*`` made or the journal gave back; returns the command it is about."""
        detail: dict[str, Any] = act.detail
        if act.act == "add":
            arguments = {key: _value(value) for key, value in detail["arguments"].items()}
            command = Command(
                detail["id"], detail["name"], arguments, comment=detail.get("comment", ""),
                not_before_ns=detail.get("not_before_ns"), after_done=detail.get("after_done", False),
                made_from=detail.get("made_from", ""),
            )  # fmt: skip
            self.commands.append(command)
            self._next_id = command.id + 1
            return command
        command = self.get(detail["id"])
        if act.act == "edit":
            command.arguments = {key: _value(value) for key, value in detail["arguments"].items()}
        elif act.act == "remove":
            self.commands.remove(command)
        elif act.act == "move":
            self.commands.remove(command)
            self.commands.insert(detail["position"], command)
        elif act.act == "hold":
            command.held = detail["held"]
            command.armed_ns = None
        elif act.act == "time":
            command.not_before_ns = detail["not_before_ns"]
        elif act.act == "arm":
            command.armed_ns = act.at_ns if detail["armed"] else None
        elif act.act == "release":
            command.packet = bytes.fromhex(detail["packet"])
            command.released_ns, command.armed_ns = act.at_ns, None
            self._by_request[request_id(command.packet)] = command
            self._next_sequence = (self._next_sequence + 1) & 0x3FFF
            # What has left stands above what has not, in the order of leaving.
            self.commands.remove(command)
            place = sum(1 for c in self.commands if c.released_ns is not None)
            self.commands.insert(place, command)
        elif act.act == "unsent":
            del self._by_request[request_id(command.packet)]
            command.packet, command.released_ns, command.held = b"", None, True
        return command

    def learn(self, change: StageChange) -> Command | None:
        """Take in evidence; the command it is about, None when it is none of ours."""
        command = self._by_request.get(change.request)
        if command is not None:
            command.changes[change.stage] = change
        return command

    def seen_released(self, at_ns: int, packet: bytes) -> Command | None:
        """A telecommand of a log: it becomes a command of the queue unless it is one already."""
        request = request_id(packet)
        known = self._by_request.get(request)
        if known is not None:
            known.released_ns = at_ns
            return known
        return None

    def add_from_log(self, at_ns: int, packet: bytes, name: str, arguments: dict[str, Value]) -> Command:
        """A command as a log shows it."""
        command = Command(self._next_id, name, arguments, packet=packet, released_ns=at_ns)
        self._next_id += 1
        self.commands.append(command)
        self._by_request[request_id(packet)] = command
        return command


def _value(value: Any) -> Value:
    """Points come back from the journal as lists."""
    if isinstance(value, list):
        return [(float(p[0]), float(p[1])) for p in value]
    checked: Value = value
    return checked
