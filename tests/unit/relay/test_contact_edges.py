"""Contact in the link's tables begins and ends when the windows do, to a tenth of a second."""

import dataclasses

import pytest

from roverctl.core.times import DAY_NS, SECOND_NS, parse_utc
from roverctl.ephemeris.sky import Sky
from roverctl.mission.contacts import ContactRules, StationSpan
from roverctl.mission.profile import Mission
from roverctl.relay.delivery.tables import LinkTables

BEGIN = parse_utc("2019-01-05T00:00:00Z")
TENTH_NS = SECOND_NS // 10


def _works(rules: ContactRules) -> ContactRules:
    spans = [
        StationSpan(name, BEGIN + 3_601_234_567_890, BEGIN + 25_207_654_321_000, "works")
        for name in ("Jiamusi", "Kashi", "Neuquén")
    ]
    return dataclasses.replace(rules, maintenance=tuple(spans))


def _gaps(sky: Sky, to_ns: int) -> list[tuple[int, int]]:
    """Whole ones: spans of the timeline end where a cause changes, too."""
    gaps: list[tuple[int, int]] = []
    for span in sky.timeline(BEGIN, to_ns):
        if not span.station:
            begin_ns = gaps.pop()[0] if gaps and gaps[-1][1] == span.begin_ns else span.begin_ns
            gaps.append((begin_ns, span.end_ns))
    return [(begin_ns, end_ns) for begin_ns, end_ns in gaps if begin_ns > BEGIN and end_ns < to_ns]


@pytest.mark.parametrize("maintained", [False, True])
def test_aos_and_los_are_those_of_the_windows(mission: Mission, maintained: bool) -> None:
    rules = _works(mission.contact) if maintained else mission.contact
    sky = Sky(mission, rules)
    tables = LinkTables(Sky(mission, rules))
    end = BEGIN + (2 if maintained else 30) * DAY_NS
    gaps = _gaps(sky, end)
    assert len(gaps) >= (1 if maintained else 5)
    for begin_ns, end_ns in gaps:
        before, inside = begin_ns - TENTH_NS, begin_ns + TENTH_NS
        found, again = tables.contact(before), tables.contact(inside)
        assert found is not None and found[0] == before
        assert again is not None and abs(again[0] - end_ns) < TENTH_NS


def test_stations_left_out_have_edges_of_their_own(mission: Mission) -> None:
    """Kashi alone: its windows, whoever else is there."""
    alone = Sky(mission, ContactRules(exclude=("Jiamusi", "Neuquén")))
    tables = LinkTables(Sky(mission))
    others = frozenset({0, 2})
    gaps = _gaps(alone, BEGIN + 4 * DAY_NS)
    assert len(gaps) >= 3
    for begin_ns, end_ns in gaps:
        again = tables.contact(begin_ns + TENTH_NS, without=others)
        assert again is not None and again[1] == 1 and abs(again[0] - end_ns) < TENTH_NS
