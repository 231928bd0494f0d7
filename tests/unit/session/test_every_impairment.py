"""Each impairment by name, one after the other: none ends the simulation, and each is on the timeline afterwards."""

from roverctl.core.times import SECOND_NS
from roverctl.mission.profile import Mission
from roverctl.relay.impairments import KINDS, Planned, read_impairment
from roverctl.session.engine import Engine
from roverctl.session.impaired import impaired, impairment_kinds
from roverctl.ui.relay.timeline_bars import bars_of, row_names
from tests.unit.doubles import flat

ARGUMENTS: dict[str, dict[str, float | str]] = {
    "loss": {"probability": 0.5, "leg": "return"},
    "burst": {"leg": "return"},
    "fade": {"depth_db": 4.0},
    "station_down": {"station": "Kashi"},
    "duplicate": {"probability": 1.0, "leg": "return"},
    "reorder": {"probability": 0.5, "leg": "return"},
    "clock_drift": {"ppm": 200.0},
    "rate_drop": {"factor": 0.1},
}


def test_each_is_on_the_timeline_from_its_beginning_to_its_end(mission: Mission) -> None:
    engine = Engine(mission, flat(mission.site.elevation_m), mission.start_ns, 3)
    begins = {name: mission.start_ns + (20 + 150 * i) * SECOND_NS for i, name in enumerate(KINDS)}
    engine.schedule(
        [
            Planned(begin_ns, 130 * SECOND_NS, read_impairment(name, ARGUMENTS.get(name, {}), mission))
            for name, begin_ns in begins.items()
        ]
    )
    engine.advance_to(mission.start_ns + 1600 * SECOND_NS)
    report = engine.report()
    found = impaired(report.events, [], impairment_kinds(mission), [s.name for s in mission.stations])
    assert {item.name: item.began_ns for item in found} == begins
    assert all(item.over and item.ends_ns == item.began_ns + 130 * SECOND_NS for item in found)
    bars = bars_of(mission, None, (), found, engine.now_ns)
    row = len(row_names(mission, []))
    solid = {bar.labels[0]: (bar.from_ns, bar.to_ns) for bar in bars if bar.row == row}
    assert solid == {name: (begin_ns, begin_ns + 130 * SECOND_NS) for name, begin_ns in begins.items()}
    # The drift was seen by the station, and only that: nothing else made one of it.
    drifts = [event for event in report.events if event.name == "TIME_CORRELATED"]
    assert drifts and all(event.generation_ns > begins["clock_drift"] for event in drifts)
