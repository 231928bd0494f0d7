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


def _sky(t_ns: int, station: str) -> dict[str, Any]:
    return {
        "t_ns": t_ns, "station": station, "owlt_up_s": 1.7, "owlt_down_s": 1.7, "send_s": 2.2, "send_what": "PING",
        "delay_up_s": 4.0, "delay_down_s": 1.8, "sun_elevation_rad": 0.3, "sun_azimuth_rad": 0.0, "earth_moon_m": 4e8,
        "relay_rover_m": 6e7, "place_known": True, "warning": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("at_s", "station", "change_s", "turns"),
    [
        (5, "", 10, []),
        (15, "Jiamusi", 50, ["Jiamusi", "Kashi"]),
        (35, "Kashi", 50, ["Kashi"]),
        (55, "", 60, []),
        (65, "Neuquén", None, ["Neuquén"]),  # how long it goes on is not computed
    ],
)
def test_contact_lasts_through_hand_overs(
    mission: Mission, at_s: int, station: str, change_s: int | None, turns: list[str]
) -> None:
    rows: list[tuple[str, int, int]] = [
        ("", 0, 10),
        ("Jiamusi", 10, 30),
        ("Kashi", 30, 50),
        ("", 50, 60),
        ("Neuquén", 60, 90),
    ]
    lookout = Lookout(mission, _Bench(), empty_store(mission))  # type: ignore[arg-type]
    lookout.take_look({"sky": _sky(at_s * SECOND_NS, station)})
    lookout.take_passes({"windows": [], "turns": [[n, a * SECOND_NS, b * SECOND_NS] for n, a, b in rows]})
    assert lookout.sky is not None
    assert lookout.sky.next_change_ns == (None if change_s is None else change_s * SECOND_NS)
    assert [turn.station for turn in lookout.sky.turns] == turns


@pytest.mark.parametrize(("later_s", "arrives_s"), [(0.0, 104.0), (23.0, 104.0), (100.0, 104.0), (123.0, 127.0)])
def test_a_stop_that_waits_for_contact_arrives_when_it_did_until_contact_comes(
    mission: Mission, later_s: float, arrives_s: float
) -> None:
    made_ns = mission.start_ns
    lookout = Lookout(mission, _Bench(), empty_store(mission))  # type: ignore[arg-type]
    forecast = {
        "made_ns": made_ns, "known_ns": made_ns, "pose": [made_ns, 0.0, 0.0, 0.0, [0.0, 0.0, 0.0]],
        "path_ns": np.array([made_ns, made_ns + 600 * SECOND_NS]), "path_m": np.zeros((2, 3)),
        "times_ns": np.array([made_ns]), "series": {},
        "stop_arrival_ns": made_ns + 104 * SECOND_NS, "stop_waits_ns": 100 * SECOND_NS, "stop_distance_m": 0.0,
    }  # fmt: skip
    lookout.take_look({"sky": _sky(made_ns, ""), "forecast": forecast, "stages": []})
    shown = lookout.forecast(made_ns + round(later_s * SECOND_NS))
    assert shown is not None and shown.stop_arrival_ns == made_ns + round(arrives_s * SECOND_NS)
