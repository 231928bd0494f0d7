"""Predicted and simulated stage times agree to the millisecond without impairments, over random traffic, however far
away, with FOP-1's window full, and at the slowest return mode.
"""

import dataclasses

import numpy as np
import pytest

from roverctl.commanding.queue import CommandQueue
from roverctl.core.nouns import Stage
from roverctl.core.times import SECOND_NS
from roverctl.ephemeris.sky import Sky
from roverctl.forecast.delays import Delays, Released
from roverctl.forecast.outlook import Forecaster, InFlight
from roverctl.mission.manual_delay import ManualDelay
from roverctl.mission.mdb import Value
from roverctl.mission.profile import Mission
from roverctl.relay.delivery.tables import LinkTables
from roverctl.session.engine import Engine
from tests.unit.doubles import flat

STAGES = (Stage.SENT, Stage.AT_RELAY, Stage.RECEIVED, Stage.ACCEPTED, Stage.STARTED, Stage.COMPLETED)


def _with_link(mission: Mission, **figures: object) -> Mission:
    return dataclasses.replace(mission, link=dataclasses.replace(mission.link, **figures))  # type: ignore[arg-type]


def _strays_ms(mission: Mission, waits_s: list[float], seconds: float) -> np.ndarray:
    """Per command and stage: simulated less predicted, the prediction made before anything has come back."""
    engine = Engine(mission, flat(mission.site.elevation_m), mission.start_ns, 3)
    queue = CommandQueue(mission.mdb)
    commands = []
    for wait_s in waits_s:
        engine.advance_to(engine.now_ns + round(wait_s * SECOND_NS))
        command = queue.apply(queue.prepare_add(engine.now_ns, "PING", {}))
        queue.apply(queue.prepare_release(engine.now_ns, command.id))
        engine.uplink(command.packet)
        commands.append(InFlight(command.id, "PING", {}, len(command.packet), engine.now_ns))
    engine.advance_to(engine.now_ns + round(seconds * SECOND_NS))
    came: dict[int, dict[Stage, int]] = {}
    for change in engine.report().stages:
        came.setdefault(change.request, {})[change.stage] = change.learnt_ns
    forecaster = Forecaster(mission, flat(mission.site.elevation_m), Sky(mission), mission.start_ns)
    _, stages = forecaster._passages(commands)
    requests = [int.from_bytes(command.packet[:4], "big") for command in queue.commands]
    rows = [
        [(came[request][stage] - stages[command.id][stage]) / 1e6 for stage in STAGES]
        for request, command in zip(requests, commands, strict=True)
    ]
    return np.array(rows)


def test_random_traffic(mission: Mission) -> None:
    rng = np.random.default_rng(1)
    waits = [float(rng.choice([0.0, 0.7, rng.uniform(0.0, 90.0)])) for _ in range(150)]
    strays = _strays_ms(mission, waits, 400.0)
    assert np.abs(strays).max() < 1.0


def test_more_commands_at_once_than_the_window_takes(mission: Mission) -> None:
    far = _with_link(mission, delay=ManualDelay((mission.start_ns,), (600.0,), 0.0))
    strays = _strays_ms(far, [0.0] * 140, 6000.0)
    assert np.abs(strays).max() < 1.0


@pytest.mark.parametrize("rate_bit_s", [700.0, 285_000.0])
def test_other_return_modes(mission: Mission, rate_bit_s: float) -> None:
    rng = np.random.default_rng(2)
    waits = [float(wait) for wait in rng.uniform(9.0, 90.0, 40)]
    strays = _strays_ms(_with_link(mission, return_rate_bit_s=rate_bit_s), waits, 400.0)
    assert np.abs(strays[:, :4]).max() < 1.0


def test_after_the_transmitter_is_set_to_another_rate(mission: Mission) -> None:
    """Housekeeping comes as often as the rate carries, tells the rate, and what is predicted from it holds."""
    engine = Engine(mission, flat(mission.site.elevation_m), mission.start_ns, 3)
    queue = CommandQueue(mission.mdb)

    def send(name: str, arguments: dict[str, Value]) -> InFlight:
        command = queue.apply(queue.prepare_add(engine.now_ns, name, arguments))
        queue.apply(queue.prepare_release(engine.now_ns, command.id))
        engine.uplink(command.packet)
        return InFlight(command.id, name, dict(arguments), len(command.packet), engine.now_ns)

    engine.advance_to(mission.start_ns + 10 * SECOND_NS)
    forecaster = Forecaster(mission, flat(mission.site.elevation_m), Sky(mission), mission.start_ns)
    for mode, rate_bit_s, period_s in (("LOW", 700.0, 2.0), ("HIGH", 285_000.0, 1.0)):
        send("SET_RETURN_MODE", {"mode": mode})
        engine.advance_to(engine.now_ns + 60 * SECOND_NS)
        engine = _saved_and_loaded(engine)
        engine.advance_to(engine.now_ns + 60 * SECOND_NS + 123_456_789)
        blocks = [block for block in engine.report().blocks if block.packet == "ROVER_HK"]
        generated_s = np.concatenate([block.generation_ns for block in blocks])[-20:] / 1e9
        assert np.allclose(np.diff(generated_s), period_s)
        delay_s = blocks[-1].reception_ns[-1] / 1e9 - generated_s[-1]
        names = mission.mdb.packet("ROVER_HK").names
        values = dict(zip(names, blocks[-1].values[-1].tolist(), strict=True))
        assert values["ROVER_RETURN_RATE"] * 1000.0 == pytest.approx(rate_bit_s)
        bits = (mission.mdb.packet("ROVER_HK").layout.size + 23) * 8 * 1287 / 1115
        assert delay_s > bits / rate_bit_s and bits / rate_bit_s < 0.8 * period_s
        ping = send("PING", {})
        outlook = forecaster.look_ahead(engine.now_ns, int(generated_s[-1] * 1e9), values, [ping])
        engine.advance_to(engine.now_ns + 30 * SECOND_NS)
        came = {change.stage: change.learnt_ns for change in engine.report().stages}
        strays_ms = [(came[stage] - outlook.stages[ping.id][stage]) / 1e6 for stage in STAGES[:4]]
        assert np.abs(strays_ms).max() < 1.0


def _saved_and_loaded(engine: Engine) -> Engine:
    other = Engine(engine.mission, flat(engine.mission.site.elevation_m), engine.start_ns, engine.seed)
    other.load(engine.save())
    return other


def test_the_way_of_what_would_be_released_now_is_told_in_parts(mission: Mission) -> None:
    now_ns = mission.start_ns + 100 * SECOND_NS
    delays = Delays(mission, LinkTables(Sky(mission)), mission.start_ns)
    way = delays.passages([Released(now_ns - SECOND_NS, 64), Released(now_ns, 13)])[-1]
    assert way is not None
    assert way.up.queueing_ns == 98 * 8 * SECOND_NS // 125 - SECOND_NS
    assert way.up.serialisation_ns == 34 * 8 * SECOND_NS // 125
    assert way.up.total_ns == way.arrived_ns - now_ns and way.down.total_ns == way.arrival_learnt_ns - way.arrived_ns
