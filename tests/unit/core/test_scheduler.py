"""The scheduler: order, slices, and what is saved."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roverctl.core.scheduler import Scheduler

events = st.lists(st.tuples(st.integers(0, 50), st.integers(-2, 2)), max_size=40)
slices = st.lists(st.tuples(st.integers(0, 60), st.one_of(st.none(), st.integers(0, 5))), max_size=20)


def _scheduler(log: list[tuple[int, Any]]) -> Scheduler:
    """Every event of an even number schedules another, three later; so handlers add to what they run."""
    scheduler = Scheduler(0)

    def handle(t_ns: int, payload: int) -> None:
        assert scheduler.now_ns == t_ns
        log.append((t_ns, payload))
        if payload % 2 == 0:
            scheduler.at(t_ns + 3, "x", payload + 1001)

    scheduler.handlers["x"] = handle
    return scheduler


@given(events)
def test_events_run_by_time_then_priority_then_as_scheduled(wanted: list[tuple[int, int]]) -> None:
    log: list[tuple[int, Any]] = []
    scheduler = Scheduler(0)
    scheduler.handlers["x"] = lambda t_ns, payload: log.append((t_ns, payload))
    for number, (t_ns, priority) in enumerate(wanted):
        scheduler.at(t_ns, "x", number, priority)
    assert scheduler.advance_to(100) and scheduler.now_ns == 100
    assert log == [(t, n) for t, _, n in sorted((t, p, n) for n, (t, p) in enumerate(wanted))]


@given(events, slices, st.integers(0, 60))
def test_slices_budgets_and_a_save_in_between_change_nothing(
    wanted: list[tuple[int, int]], cuts: list[tuple[int, int | None]], saved_at: int
) -> None:
    once: list[tuple[int, Any]] = []
    whole = _scheduler(once)
    for number, (t_ns, priority) in enumerate(wanted):
        whole.at(t_ns, "x", number, priority)
    state = msgspec.msgpack.decode(msgspec.msgpack.encode(whole.save()))
    whole.advance_to(100)

    sliced: list[tuple[int, Any]] = []
    part = _scheduler(sliced)
    part.load(state)
    for t_ns, budget in cuts:
        before = part.now_ns
        part.advance_to(t_ns, budget)
        assert part.now_ns >= before
    part.advance_to(saved_at)
    other = _scheduler(sliced)
    other.load(msgspec.msgpack.decode(msgspec.msgpack.encode(part.save())))
    other.advance_to(100)
    assert sliced == once
    assert other.now_ns == whole.now_ns == 100


def test_a_spent_budget_says_so_and_leaves_the_clock_at_the_last_event() -> None:
    log: list[tuple[int, Any]] = []
    scheduler = _scheduler(log)
    for t_ns in (10, 20, 30):
        scheduler.at(t_ns, "x", 1)
    assert not scheduler.advance_to(100, budget=2)
    assert scheduler.now_ns == 20 and scheduler.next_ns == 30
    assert scheduler.advance_to(100, budget=1)
    assert scheduler.now_ns == 100 and scheduler.next_ns is None


def test_the_past_cannot_be_scheduled() -> None:
    scheduler = Scheduler(10)
    with pytest.raises(ValueError, match="before the clock"):
        scheduler.at(9, "x")
