"""Sequences: files as Yamcs lays them out, what is refused, and which command is due when."""

import json
from typing import Any

import pytest

from roverctl.commanding.queue import CommandQueue
from roverctl.commanding.sequence import Entry, Sequence, Start, sequence_from_json, sequence_to_json
from roverctl.commanding.sequence_run import SequenceRun
from roverctl.core.errors import InputError
from roverctl.core.nouns import Stage, StageChange
from roverctl.core.times import SECOND_NS, parse_utc
from roverctl.mission.packets import request_id
from roverctl.mission.profile import Mission

NOON = parse_utc("2019-01-11T12:00:00Z")


def made() -> Sequence:
    return Sequence(
        (
            Entry("FOLLOW_ROUTE", {"waypoints": [(1.0, 2.0), (3.5, -4.25)]}, "to the rock"),
            Entry("SET_MODE", {"mode": "IDLE"}, "", NOON + 3600 * SECOND_NS, True, 2 * SECOND_NS),
            Entry("PING", {}, completes=False),
        ),
        Start(NOON, -9.0, 7.0, 1.25),
    )


def test_a_sequence_comes_back_and_is_laid_out_as_yamcs_does(mission: Mission) -> None:
    text = sequence_to_json(made())
    again = sequence_from_json(text, mission.mdb, "s")
    assert again.entries == made().entries
    assert again.start is not None and again.start.heading_rad == pytest.approx(1.25, abs=1e-12)
    # The members that the export of Yamcs Studio and its web interface have.
    content = json.loads(text)
    assert content["$schema"] == "https://yamcs.org/schema/command-stack.schema.json"
    assert set(content["commands"][1]) == {"name", "extraOptions", "arguments", "advancement"}
    assert content["commands"][1]["arguments"] == [{"name": "mode", "value": "IDLE"}]
    assert content["commands"][1]["advancement"] == {"acknowledgment": "CommandComplete", "wait": 2000}


def test_a_stack_of_yamcs_is_read(mission: Mission) -> None:
    text = """{"$schema": "https://yamcs.org/schema/command-stack.schema.json", "commands": [
        {"name": "/Rover/DRIVE", "comment": "out", "arguments": [{"name": "distance", "value": "8"},
         {"name": "heading", "value": 90}]}, {"name": "PING", "arguments": []}],
        "advancement": {"acknowledgment": "Acknowledge_Queued", "wait": 500}}"""
    drive, ping = sequence_from_json(text, mission.mdb, "s").entries
    assert drive.name == "DRIVE" and drive.arguments == {"distance": 8.0, "heading": 90.0}
    assert not drive.completes and drive.wait_ns == SECOND_NS // 2
    assert ping.name == "PING"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ({}, "needs the member commands"),
        ({"commands": []}, "one command at least"),
        ({"commands": [{"name": "PING"}] * 10_001}, "10,001 are too many"),
        ({"commands": [{"name": "FLY"}]}, r"commands\[0\].*FLY"),
        ({"commands": [{"name": "DRIVE", "arguments": [{"name": "distance", "value": -3}]}]}, "distance"),
        ({"commands": [{"name": "DRIVE", "arguments": {"distance": 3}}]}, "must be a list"),
        ({"commands": [{"name": "DRIVE", "arguments": [{"name": "distance", "value": {}}]}]}, "distance"),
        ({"commands": [{"name": "PING", "advancement": {"acknowledgment": "never"}}]}, "'never' is not known"),
        ({"commands": [{"name": "PING", "advancement": {"wait": -1}}]}, "wait: must lie between"),
        ({"commands": [{"name": "PING", "extraOptions": [{"id": "not-before", "value": "soon"}]}]}, "'soon' is not a"),
        ({"commands": [{"name": "PING"}], "start": {"utc": "2019-01-01"}}, r"start\.site_m"),
        ({"commands": [{"name": "PING"}], "start": {"utc": "x", "site_m": [0, 0]}}, r"start\.utc"),
    ],
)
def test_a_bad_sequence_is_one_message_with_file_and_key(mission: Mission, content: Any, message: str) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    with pytest.raises(InputError, match=message) as told:
        sequence_from_json(text, mission.mdb, "bad.ycs")
    assert str(told.value).startswith("bad.ycs: ") and "\n" not in str(told.value)


def test_each_command_waits_for_the_one_before_and_for_its_time(mission: Mission) -> None:
    queue = CommandQueue(mission.mdb)
    run = SequenceRun(queue, made(), NOON)
    assert [command.comment for command in queue.commands] == ["to the rock", "", ""]

    def release(at_ns: int) -> int:
        command = run.take(at_ns)
        assert command is not None
        queue.apply(queue.prepare_release(at_ns, command.id))
        return request_id(command.packet)

    first = release(NOON)
    assert run.take(NOON + 7200 * SECOND_NS) is None and run.due_ns() is None
    queue.learn(StageChange(first, Stage.COMPLETED, NOON + 50 * SECOND_NS, NOON + 60 * SECOND_NS))
    assert run.due_ns() == NOON + 3600 * SECOND_NS
    assert run.take(NOON + 3599 * SECOND_NS) is None
    second = release(NOON + 3600 * SECOND_NS)
    done_ns = NOON + 3610 * SECOND_NS
    queue.learn(StageChange(second, Stage.COMPLETED, done_ns, done_ns))
    assert run.due_ns() == done_ns + 2 * SECOND_NS
    third = release(done_ns + 2 * SECOND_NS)
    assert run.all_released and not run.ended
    queue.learn(StageChange(third, Stage.COMPLETED, done_ns, done_ns + 9 * SECOND_NS))
    assert run.ended


def test_a_failure_ends_the_sequence(mission: Mission) -> None:
    queue = CommandQueue(mission.mdb)
    run = SequenceRun(queue, made(), NOON)
    command = run.take(NOON)
    assert command is not None
    queue.apply(queue.prepare_release(NOON, command.id))
    queue.learn(StageChange(request_id(command.packet), Stage.COMPLETED, NOON, NOON, failed=True, detail="tilt"))
    assert run.ended and not run.all_released
    assert run.take(NOON + 10**15) is None
