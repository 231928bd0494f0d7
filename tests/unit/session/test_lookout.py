"""What the look ahead is told of commands under way."""

from typing import Any

import numpy as np
import pytest

from roverctl.commanding.queue import CommandQueue
from roverctl.core.nouns import Stage, StageChange
from roverctl.core.times import SECOND_NS
from roverctl.mission.packets import request_id
from roverctl.mission.profile import Mission
from roverctl.session.lookout import Lookout
from roverctl.telemetry.decoder import empty_store
from roverctl.telemetry.store import Block


class _Bench:
    """Keeps what is asked."""

    def __init__(self) -> None:
        self.asked: dict[str, dict[str, Any]] = {}

    def idle(self, kind: str) -> bool:
        return kind not in self.asked

    def ask(self, kind: str, content: dict[str, Any]) -> None:
        self.asked[kind] = content


@pytest.mark.parametrize(("started_s", "east_m"), [(4.0, 4.0), (4.999, 4.0), (5.001, 5.0), (99.0, 9.0)])
def test_a_drive_began_where_the_last_housekeeping_before_its_start_told(
    mission: Mission, started_s: float, east_m: float
) -> None:
    t0 = mission.start_ns
    store = empty_store(mission)
    names = mission.mdb.packet("ROVER_HK").names
    values = np.zeros((10, len(names)))
    values[:, names.index("ROVER_EAST")] = np.arange(10.0)  # a metre a second
    times = t0 + np.arange(10) * SECOND_NS
    store.append(Block("ROVER_HK", times, times + 2 * SECOND_NS, values))
    queue = CommandQueue(mission.mdb)
    command = queue.apply(queue.prepare_add(t0, "DRIVE", {"distance": 8.0, "heading": 90.0}))
    queue.apply(queue.prepare_release(t0, command.id))
    started_ns = t0 + round(started_s * SECOND_NS)
    queue.learn(StageChange(request_id(command.packet), Stage.STARTED, started_ns, started_ns))
    bench = _Bench()
    Lookout(mission, bench, store).ask(t0 + 100 * SECOND_NS, queue, 1)  # type: ignore[arg-type]
    assert bench.asked["look"]["commands"][0]["start_m"] == [east_m, 0.0]
