"""A drifting rover clock is seen on the ground and corrected by correlations of its time reports."""

import numpy as np
import pytest

from roverctl.core.nouns import Direction, RawPacket
from roverctl.core.times import SECOND_NS
from roverctl.mission.packets import decode_tm, encode_tm
from roverctl.mission.profile import Mission
from roverctl.relay.correlation import TimeCorrelation
from roverctl.session.engine import Engine
from roverctl.session.ground_segment import Correlation, GroundSegment
from roverctl.session.report import Report
from tests.unit.doubles import flat


class _Keeping(GroundSegment):
    """A ground that keeps what comes, and reads it as well."""

    def __init__(self, mission: Mission) -> None:
        super().__init__(mission.mdb)
        self.packets: list[RawPacket] = []

    def take(self, packet: RawPacket) -> None:
        self.packets.append(packet)
        super().take(packet)


def _run(mission: Mission, ppm: float, seconds: float = 3600.0) -> tuple[_Keeping, Report]:
    engine = Engine(mission, flat(), mission.start_ns, 1)
    ground = _Keeping(mission)
    engine.ground = ground
    engine.advance_to(mission.start_ns + 300 * SECOND_NS)
    if ppm:
        engine.impair("clock_drift", {"ppm": ppm}, seconds)
    engine.advance_to(mission.start_ns + round((600 + 2 * seconds) * SECOND_NS))
    return ground, ground.report()


@pytest.mark.parametrize("ppm", [200.0, -40.0])
def test_a_drift_is_seen_in_the_raw_packets_and_corrected_in_what_is_shown(mission: Mission, ppm: float) -> None:
    ground, report = _run(mission, ppm)
    raw_ns = np.array([decode_tm(p.data).generation_ns for p in ground.packets if p.data[6:9] == b"\x20\x03\x19"])
    (block,) = report.blocks
    seconds = (np.arange(len(raw_ns)) + 1) * SECOND_NS + mission.start_ns  # housekeeping is made once a second
    off_raw = np.abs(raw_ns - seconds) / 1e6
    off_shown = np.abs(block.generation_ns - seconds) / 1e6
    assert off_raw.max() == pytest.approx(abs(ppm) * 3600 * 1e-3, abs=2.0), "milliseconds gained in an hour"
    # A minute passes until the first report shows the drift; then the correlation holds it.
    assert off_shown.max() < abs(ppm) * 0.061 + 3.5
    assert np.median(off_shown) < 3.0 and off_shown[-1] < 3.0
    told = [event for event in report.events if event.name == "TIME_CORRELATED"]
    assert told and f"{ppm:.0f}." in " ".join(event.text for event in told), "the drift is told by its size"


def test_a_clock_that_is_right_is_left_alone(mission: Mission) -> None:
    ground, report = _run(mission, 0.0, 600.0)
    assert not [event for event in report.events if event.name == "TIME_CORRELATED"]
    assert sum(p.data[7:9] == b"\x09\x02" for p in ground.packets) == 29, "one a minute; the last is under way"


@pytest.mark.parametrize("drift", [0.0, 1e-4, -2e-5])
def test_a_correlation_gives_back_utc(drift: float) -> None:
    at_ns, offset_ns = 10**18, 345_678
    correlation = Correlation(at_ns, offset_ns, drift)
    for since_ns in (0, 10**9, 3600 * 10**9):
        clock_ns = at_ns + offset_ns + since_ns + round(since_ns * drift)
        assert abs(correlation.utc_ns(clock_ns) - (at_ns + since_ns)) <= 2


def test_one_report_tells_an_offset_and_the_next_a_drift() -> None:
    correlation = TimeCorrelation()
    assert correlation.report(10**18, 10**18) is None
    minute_ns = 60 * SECOND_NS
    found = correlation.report(10**18 + minute_ns + 6_000_000, 10**18 + minute_ns)
    assert found is not None and found[0] == 6_000_000 and found[1] == pytest.approx(1e-4)
    assert correlation.report(10**18 + 2 * minute_ns + 12_000_000, 10**18 + 2 * minute_ns) is None, "as foretold"
    other = TimeCorrelation()
    other.load(correlation.save())
    late = (10**18 + 3 * minute_ns + 12_000_000, 10**18 + 3 * minute_ns)
    assert other.report(*late) == correlation.report(*late) == (12_000_000, 0.0)


def test_a_time_report_that_came_twice_or_late_is_no_news() -> None:
    """One of a doubled frame half a second later, one held up for five seconds, one that was overtaken."""
    correlation, minute_ns, begin_ns = TimeCorrelation(), 60 * SECOND_NS, 10**18
    for number in range(4):
        clock_ns = begin_ns + number * minute_ns
        late_ns = 5 * SECOND_NS if number == 2 else 0
        assert correlation.report(clock_ns, clock_ns + late_ns) is None
        assert correlation.report(clock_ns, clock_ns + late_ns + SECOND_NS // 2) is None
    assert correlation.report(begin_ns, begin_ns + 4 * minute_ns) is None
    # A clock that was set by a second is believed at the second report.
    set_ns = [begin_ns + n * minute_ns for n in (5, 6)]
    assert correlation.report(set_ns[0] + SECOND_NS, set_ns[0]) is None
    assert correlation.report(set_ns[1] + SECOND_NS, set_ns[1]) == (SECOND_NS, 0.0)


def test_a_correlation_that_no_clock_can_have_is_told_and_not_followed(mission: Mission) -> None:
    ground = GroundSegment(mission.mdb)
    body = mission.mdb.encode_event("TIME_CORRELATED", [0.5, -1e6])
    packet = encode_tm(mission.mdb.apids["ground"], 0, 5, 1, mission.start_ns, body)
    ground.take(RawPacket(Direction.TM, mission.start_ns, mission.start_ns, packet))
    assert any("no clock drifts by -1e+06 ppm" in event.text for event in ground.report().events)
    assert ground._clock is None
