"""Whatever the link does: once and in order, or the operator is told; and delivery goes on when the link has healed."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roverctl.mission.packets import request_id
from roverctl.mission.profile import Mission
from tests.unit.relay.worlds import World

_TROUBLE_S = 150.0


def _trouble(world: World, rng: random.Random) -> None:
    """A handful of impairments, all over after two and a half minutes."""
    for _ in range(rng.randint(0, 5)):
        begin_s = rng.uniform(0.0, _TROUBLE_S - 10.0)
        seconds = rng.uniform(1.0, _TROUBLE_S - begin_s)
        name = rng.choice(
            ["loss", "loss", "burst", "duplicate", "reorder", "station_down", "relay_safe_mode", "rate_drop",
             "conjunction", "fade"]
        )  # fmt: skip
        arguments: dict[str, object] = {}
        if name in ("loss", "duplicate", "reorder"):
            arguments["probability"] = rng.choice([0.1, 0.5, 0.9, 1.0])
        if name == "reorder":
            arguments["delay_s"] = rng.uniform(0.1, 40.0)
        if name in ("loss", "duplicate", "reorder", "burst", "fade", "rate_drop"):
            arguments["leg"] = rng.choice(["forward", "return", "earth"])
        if name == "rate_drop":
            arguments["factor"] = rng.choice([0.2, 0.5])
        if name == "fade":
            arguments["depth_db"] = rng.choice([6.0, 12.0, 20.0])
        if name == "station_down":
            arguments["station"] = rng.choice(["Jiamusi", "Kashi", "Neuquén"])
        world.impair(name, seconds, begin_s, **arguments)


def _check(mission: Mission, seed: int) -> tuple[int, int, int]:
    """One run; how many commands were sent in sequence, taken, and told of."""
    rng = random.Random(seed)
    world = World(mission, seed=seed, beat_s=rng.choice([2.0, 4.0]), keep=False)
    _trouble(world, rng)
    sent, bypasses = [], []
    for _ in range(rng.randint(1, 14)):
        world.run(rng.choice([0.0, 0.0, rng.uniform(0.0, 30.0)]))
        if rng.random() < 0.1:
            bypasses.append(world.send(bypass=True))
        else:
            sent.append(world.send(rng.randint(0, 60)))
    world.run(600.0)
    last = world.send()
    world.run(60.0)
    taken = [packet for packet in world.taken if packet not in bypasses]
    told = {int(e["request"]) for name in ("COMMAND_UNCONFIRMED", "COMMAND_WITHDRAWN") for e in world.told(name)}
    assert taken == [p for p in [*sent, last] if p in taken], f"seed {seed}: twice or out of order"
    assert len(world.taken) - len(taken) == len({p for p in world.taken if p in bypasses}), f"seed {seed}: bypass twice"
    silent = [i for i, p in enumerate(sent) if p not in taken and request_id(p) not in told]
    assert not silent, f"seed {seed}: commands {silent} were lost and nobody was told"
    assert taken[-1:] == [last], f"seed {seed}: the link has healed and delivery has not gone on"
    return len(sent), len(taken) - 1, len(told)


@pytest.mark.parametrize("block", range(4))
def test_once_and_in_order_or_told(mission: Mission, block: int) -> None:
    for seed in range(block * 60, block * 60 + 60):
        _check(mission, seed)


@given(st.integers(10**6, 10**9))
@settings(max_examples=25)
def test_once_and_in_order_or_told_for_any_seed(mission: Mission, seed: int) -> None:
    _check(mission, seed)


@pytest.mark.soak
@pytest.mark.parametrize("block", range(10))
def test_once_and_in_order_or_told_a_hundred_thousand_times(mission: Mission, block: int) -> None:
    sent = taken = told = 0
    for seed in range(10_000 * block, 10_000 * (block + 1)):
        s, n, t = _check(mission, seed)
        sent, taken, told = sent + s, taken + n, told + t
    print(f"from run {10_000 * block} on: {sent} commands, {taken} taken once and in order, {told} told of")
