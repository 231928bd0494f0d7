"""What waits leaves in order, at its time, when what it follows has ended; a failure ends the waiting."""

from roverctl.commanding.queue import Command, CommandQueue, NewCommand
from roverctl.commanding.waiting import Awaited, awaited, broken, in_the_way, next_due, waiting
from roverctl.core.nouns import Stage, StageChange
from roverctl.core.resources import resource_path
from roverctl.mission.mdb_file import load_mdb
from roverctl.mission.packets import request_id

MDB = load_mdb(resource_path("missions", "change4", "mdb.toml"))


def queue_of(*commands: NewCommand) -> CommandQueue:
    queue = CommandQueue(MDB)
    for act in queue.prepare_all(0, list(commands)):
        queue.apply(act)
    return queue


def arm(queue: CommandQueue, at_ns: int, *numbers: int) -> None:
    for number in numbers:
        queue.apply(queue.prepare_arm(at_ns, number, True))


def release(queue: CommandQueue, at_ns: int, number: int) -> Command:
    return queue.apply(queue.prepare_release(at_ns, number))


def learn(queue: CommandQueue, number: int, stage: Stage, at_ns: int, failed: bool = False) -> None:
    request = request_id(queue.get(number).packet)
    queue.learn(StageChange(request, stage, at_ns, at_ns, failed))


def test_a_command_leaves_at_its_time_and_not_before() -> None:
    queue = queue_of(NewCommand("PING", {}, not_before_ns=100))
    assert next_due(queue, 500) is None  # the operator has not let it go
    arm(queue, 10, 1)
    assert next_due(queue, 99) is None and awaited(queue, 99) == Awaited(100, False)
    due = next_due(queue, 100)
    assert due is queue.get(1)
    release(queue, 100, 1)
    assert queue.get(1).armed_ns is None and waiting(queue) == [] and awaited(queue, 100) == Awaited()


def test_what_follows_waits_for_all_that_left_before_it_to_end() -> None:
    queue = queue_of(NewCommand("PING", {}), NewCommand("PING", {}, after_done=True), NewCommand("PING", {}))
    release(queue, 1, 1)
    arm(queue, 2, 2)
    assert next_due(queue, 50) is None and in_the_way(queue.get(2), queue) is queue.get(1)
    assert awaited(queue, 50) == Awaited(None, True)
    release(queue, 3, 3)  # something more, meanwhile
    learn(queue, 1, Stage.COMPLETED, 60)
    assert next_due(queue, 70) is None and in_the_way(queue.get(2), queue) is queue.get(3)
    learn(queue, 3, Stage.COMPLETED, 80)
    assert next_due(queue, 80) is queue.get(2)


def test_those_that_wait_keep_the_queues_order() -> None:
    queue = queue_of(NewCommand("PING", {}, not_before_ns=100), NewCommand("PING", {}, not_before_ns=50))
    arm(queue, 1, 1, 2)
    assert next_due(queue, 60) is None and in_the_way(queue.get(2), queue) is queue.get(1)
    queue.apply(queue.prepare_move(2, 2, 0))
    assert next_due(queue, 60) is queue.get(2)


def test_a_failure_since_they_were_let_go_is_found_and_an_earlier_one_is_not() -> None:
    queue = queue_of(*[NewCommand("PING", {})] * 2, NewCommand("PING", {}, after_done=True))
    release(queue, 1, 1)
    learn(queue, 1, Stage.ACCEPTED, 5, failed=True)
    release(queue, 6, 2)
    assert broken(queue) is None  # nothing waits
    arm(queue, 7, 3)
    assert broken(queue) is None
    learn(queue, 2, Stage.STARTED, 9, failed=True)
    assert broken(queue) is queue.get(2)


def test_holding_a_command_ends_its_waiting() -> None:
    queue = queue_of(NewCommand("PING", {}, not_before_ns=100))
    arm(queue, 1, 1)
    queue.apply(queue.prepare_hold(2, 1, True))
    queue.apply(queue.prepare_hold(3, 1, False))
    assert waiting(queue) == [] and next_due(queue, 200) is None
