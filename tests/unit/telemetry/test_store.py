"""The parameter store against brute force over plain lists."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from roverctl.core.errors import PacketError
from roverctl.core.resources import resource_path
from roverctl.mission.mdb import Mdb
from roverctl.mission.mdb_file import load_mdb
from roverctl.mission.packets import TmPacket
from roverctl.mission.profile import Mission
from roverctl.telemetry.decoder import TelemetryDecoder, empty_store
from roverctl.telemetry.store import Block, ParameterStore

S = 10**9
MDB = load_mdb(resource_path("missions", "change4", "mdb.toml"))


def _store(generation: list[int], delays: list[int], values: list[float], cut: int = 0) -> ParameterStore:
    """Two columns, B being the negative of A; appended in two blocks."""
    store = ParameterStore({"P": (("A", "B"), 1.0)})
    times = np.array(generation, dtype=np.int64)
    reception = np.maximum.accumulate(times + np.array(delays, dtype=np.int64)) if len(times) else times
    columns = np.column_stack([values, np.negative(values)]) if values else np.empty((0, 2))
    for part in (slice(0, cut), slice(cut, None)):
        store.append(Block("P", times[part], reception[part], columns[part]))
    return store


rows = st.lists(st.tuples(st.integers(1, 6 * S), st.integers(0, 4 * S), st.floats(-1e6, 1e6)), max_size=60)


@given(rows, st.integers(0, 60), st.integers(0, 200 * S), st.integers(0, 200 * S), st.integers(0, 200 * S))
def test_windows_and_latest_are_what_looking_at_every_row_gives(
    content: list[tuple[int, int, float]], cut: int, a: int, b: int, at_ns: int
) -> None:
    generation = np.cumsum([step for step, _, _ in content]).tolist()
    store = _store(generation, [d for _, d, _ in content], [v for _, _, v in content], cut)
    received, latest = [], 0
    for (_, delay, value), t in zip(content, generation, strict=True):
        latest = max(latest, t + delay)
        received.append((t, latest, value))
    from_ns, to_ns = min(a, b), max(a, b)
    times, values = store.window("B", from_ns, to_ns, at_ns)
    expected = [(t, -v) for t, r, v in received if r <= at_ns and from_ns <= t <= to_ns]
    assert list(zip(times.tolist(), values.tolist(), strict=True)) == expected
    known = [(t, r, v) for t, r, v in received if r <= at_ns]
    sample = store.latest("A", at_ns)
    if known:
        assert sample is not None and (sample.generation_ns, sample.reception_ns, sample.value) == known[-1]
    else:
        assert sample is None
    assert store.rows() == len(content)


@given(st.integers(0, 5000), st.integers(1, 60), st.integers(0, 2**31))
@settings(max_examples=60)
def test_a_decimated_plot_keeps_every_buckets_extremes_and_only_true_samples(
    count: int, buckets: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(0, 1, count)
    if count:
        values[rng.integers(0, count, 3)] = (99.0, -99.0, 50.0)
    generation = np.arange(count) * S + 7
    store = _store(generation.tolist(), [0] * count, values.tolist())
    times, shown = store.plot("A", 0, count * S, 10**18, buckets)
    assert not np.isnan(shown).any(), "samples at their period leave no gap"
    assert np.all(np.diff(times) > 0)
    index = (times - 7) // S
    assert np.array_equal(values[index], shown)
    if count > 4 * buckets:
        assert len(shown) <= 5 * buckets
        length = count // buckets
        for i in range(buckets):
            run = slice(i * length, (i + 1) * length)
            mine = shown[(index >= run.start) & (index < run.stop)]
            assert mine.max() == values[run].max() and mine.min() == values[run].min()
        assert shown.max() == values.max() and shown.min() == values.min()
        assert index[0] == 0 and index[-1] == count - 1
    else:
        assert len(shown) == count


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(3, 5000)), min_size=2, max_size=8), st.integers(5, 200))
def test_gaps_wider_than_what_a_bucket_shows_are_drawn(runs: list[tuple[int, int]], buckets: int) -> None:
    generation: list[int] = []
    t = 0
    for count, gap in runs:
        generation += range(t, t + count)
        t += count - 1 + gap
    times_s = np.array(generation)
    store = _store((times_s * S).tolist(), [0] * len(generation), [1.0] * len(generation))
    span_s = generation[-1]
    times, values = store.plot("A", 0, max(span_s, 1) * S, 10**18, buckets)
    smallest_s = 2.5 if len(generation) <= 4 * buckets else max(2.5, 2.5 * span_s / buckets)
    for before, after in itertools.pairwise(times_s):
        if after - before > smallest_s:
            between = (times > before * S) & (times < after * S)
            assert (
                np.isnan(values[between]).any()
                or np.isnan(
                    values[(times >= times[times <= before * S].max()) & (times <= times[times >= after * S].min())]
                ).any()
            )
    assert np.isnan(values).sum() <= len(runs) - 1, "and no gap is drawn where there is none"


def test_what_is_not_a_number_hides_no_extreme() -> None:
    values = np.sin(np.arange(1000.0))
    values[::7] = np.nan
    values[500], values[700] = 40.0, -40.0
    store = _store([i * S for i in range(1000)], [0] * 1000, values.tolist())
    _, shown = store.plot("A", 0, 1000 * S, 10**18, 20)
    assert np.nanmax(shown) == 40.0 and np.nanmin(shown) == -40.0


def test_housekeeping_and_events_become_rows_and_events(mission: Mission) -> None:
    mdb: Mdb = mission.mdb
    decoder = TelemetryDecoder(mdb)
    codec = mdb.packet("ROVER_HK")
    for i in range(5):
        body = b"\x01" + codec.encode([float(i)] * len(codec.names))
        decoder.housekeeping(TmPacket(161, i, 3, 25, i * S, body), i * S + 5)
    decoder.event(TmPacket(161, 9, 5, 3, 77, mdb.encode_event("MOTION_STOPPED", [1.25, 4])), 99)
    blocks, events = decoder.take()
    store = empty_store(mission)
    for block in blocks:
        store.append(block)
    assert store.window("ROVER_NORTH", 0, 9 * S, 9 * S)[1].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert [(e.text, e.source, e.severity.name, e.generation_ns, e.reception_ns) for e in events] == [
        ("motion stopped after 1.25 m: OBSTACLE", "rover", "WARNING", 77, 99)
    ]
    assert decoder.take() == ([], [])


@given(st.integers(0, 2046), st.binary(max_size=70))
def test_random_bodies_are_refused_and_leave_nothing_behind(apid: int, body: bytes) -> None:
    decoder = TelemetryDecoder(MDB)
    for read in (decoder.housekeeping, decoder.event):
        try:
            read(TmPacket(apid, 0, 3, 25, 0, body), 0)
        except PacketError as error:
            assert "\n" not in str(error)
            assert decoder.take() == ([], [])
