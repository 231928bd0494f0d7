"""Who has the contact when: skylines, conjunctions, maintenance, hand-overs and gaps, against fine sampling."""

import dataclasses
import itertools
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roverctl.core.errors import InputError, ProfileError
from roverctl.core.times import DAY_NS, SECOND_NS, parse_utc
from roverctl.ephemeris.contact.causes import Cause
from roverctl.ephemeris.contact.skyline import Skyline
from roverctl.ephemeris.report import day_rows, pass_rows, timeline_rows
from roverctl.ephemeris.sky import Sky
from roverctl.mission.contacts import ContactRules, StationSpan, contact_text, read_contact_file
from roverctl.mission.profile import Mission

Array = npt.NDArray[np.float64]
BEGIN = parse_utc("2019-01-11")
END = BEGIN + 4 * DAY_NS
MINUTES = np.arange(BEGIN, END, 60 * SECOND_NS, dtype=np.int64)
HOUR_NS = 3600 * SECOND_NS


def inside(sky: Sky, windows, t_ns: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:  # type: ignore[no-untyped-def]
    found = np.zeros((len(sky.names), t_ns.size), dtype=bool)
    for w in windows:
        found[sky.names.index(w.station)] |= (t_ns >= w.aos_ns) & (t_ns < w.los_ns)
    return found


def test_the_relay_must_stand_above_the_skyline(sky: Sky) -> None:
    """A ridge two degrees wide: a part of the relay's way is hidden."""
    azimuth = np.radians(np.arange(0.0, 360.0, 0.5))
    geometry = sky.geometry(MINUTES)
    middle = float(np.median(geometry.relay_azimuth_rad))
    ridge = np.where(np.abs(azimuth - middle) < np.radians(1.0), np.radians(60.0), np.nan)
    line = Skyline(azimuth, ridge)
    windows = sky.passes(BEGIN, END, skyline=line)
    behind = np.abs(geometry.relay_azimuth_rad - middle) < np.radians(0.45)
    found = inside(sky, windows, MINUTES)
    assert behind.sum() > 60 and not found[:, behind].any()
    free = np.abs(geometry.relay_azimuth_rad - middle) > np.radians(2.0)
    assert (found[:, free] == geometry.visible[:, free]).all()
    # To the second, as a sky that has the skyline itself sees it.
    own = Sky(sky.mission, skyline=line)
    edge = next(
        w.los_ns for w in windows if w.los_ns != END and behind[np.searchsorted(MINUTES, w.los_ns + 3 * HOUR_NS)]
    )
    seconds = own.geometry(edge + np.array([-1, 1], dtype=np.int64) * SECOND_NS).visible
    assert (seconds[:, 0] != seconds[:, 1]).any()
    assert any(cause == Cause.ROVER for span in own.timeline(BEGIN, END) for _, cause in span.causes)


@pytest.mark.parametrize("azimuths", [[], [0.0, 0.0], [1.0, 0.5], [-0.1, 1.0], [0.0, 7.0]])
def test_a_skyline_that_is_none_is_told(azimuths: list[float]) -> None:
    with pytest.raises(InputError, match="skyline"):
        Skyline(np.array(azimuths), np.zeros(len(azimuths)))


def test_the_sun_near_the_relay_is_an_outage(sky: Sky, mission: Mission) -> None:
    """Within 12° of the relay at new moon: found to the second, by an angle worked out anew."""
    wide = Sky(mission, rules=dataclasses.replace(mission.contact, conjunction_rad=np.radians(12.0)))
    begin = parse_utc("2019-02-03")
    times = np.arange(begin, begin + 4 * DAY_NS, 120 * SECOND_NS, dtype=np.int64)
    sun = wide.state("sun", times)[0]
    away = []
    for name in wide.names:
        to_relay, to_sun = wide.state("relay", times)[0] - wide.state(name, times)[0], sun - wide.state(name, times)[0]
        cosine = (to_relay * to_sun).sum(axis=0) / np.linalg.norm(to_relay, axis=0) / np.linalg.norm(to_sun, axis=0)
        away.append(np.degrees(np.arccos(cosine)))
    near = np.array(away) < 12.0
    without = Sky(mission, rules=ContactRules()).geometry(times).visible
    found = inside(wide, wide.passes(begin, begin + 4 * DAY_NS), times)
    assert (near & without).sum() > 50 and (without & ~near).sum() > 50
    assert (found == (without & ~near)).all()
    causes = {cause for span in wide.timeline(begin, begin + 4 * DAY_NS) for _, cause in span.causes}
    assert Cause.CONJUNCTION in causes


RULES = ContactRules(
    prefer=("Neuquén", "Jiamusi"),
    overlap_ns=300 * SECOND_NS,
    maintenance=(
        StationSpan("Jiamusi", BEGIN + 4 * HOUR_NS, BEGIN + 6 * HOUR_NS, "antenna works"),
        StationSpan("Jiamusi", BEGIN + 5 * HOUR_NS, BEGIN + 7 * HOUR_NS, "transmitter"),
        StationSpan("Neuquén", END - DAY_NS, END + DAY_NS, "strike"),
    ),
    duty=(StationSpan("Kashi", BEGIN + 33 * HOUR_NS, BEGIN + 35 * HOUR_NS),),
)


def expected(sky: Sky, t_ns: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The rule of the turns, instant by instant from geometry alone; -1 where there is no contact."""
    rules, geometry = sky.rules, sky.geometry(t_ns)
    shift = rules.overlap_ns
    settled = geometry.visible.copy()
    if shift:
        # In contact all the while: every 20 s of it.
        for step in np.linspace(-shift, shift, 31).astype(np.int64):
            settled &= sky.geometry(t_ns + step).visible
    best = np.full(t_ns.size, -1)
    for i in range(t_ns.size):
        ranked = []
        for s, name in enumerate(sky.names):
            if geometry.visible[s, i]:
                duty = any(d.station == name and d.begin_ns <= t_ns[i] < d.end_ns for d in rules.duty)
                liked = len(rules.prefer) - rules.prefer.index(name) if name in rules.prefer else 0
                ranked.append((duty, settled[s, i], liked, geometry.station_elevation_rad[s, i], s))
        if ranked:
            best[i] = max(ranked)[-1]
    return best


@pytest.mark.parametrize("rules", [RULES, ContactRules(), ContactRules(exclude=("Kashi",), overlap_ns=3 * HOUR_NS)])
def test_turns_follow_the_rules(mission: Mission, rules: ContactRules) -> None:
    sky = Sky(mission, rules=rules)
    spans = sky.timeline(BEGIN, END)
    assert spans[0].begin_ns == BEGIN and spans[-1].end_ns == END
    assert all(a.end_ns == b.begin_ns for a, b in itertools.pairwise(spans))
    times = np.arange(BEGIN, END, 97 * SECOND_NS, dtype=np.int64) + 7 * SECOND_NS
    edges = np.array([s.begin_ns for s in spans] + [END])
    # What lies within a second of an edge may be either; the settling is sampled every 20 s.
    times = times[np.abs(times[:, None] - edges[None]).min(axis=1) > 21 * SECOND_NS]
    want = expected(sky, times)
    mine = [spans[int(np.searchsorted(edges, t, side="right")) - 1].station for t in times]
    got = np.array([sky.names.index(name) if name else -1 for name in mine])
    inner = (times > BEGIN + rules.overlap_ns) & (times < END - rules.overlap_ns)
    assert (got[inner] == want[inner]).all()
    # The link asks for it instant by instant.
    assert (sky.best_station(times)[inner] == want[inner]).all()
    if rules.exclude:
        assert all(span.station != "Kashi" for span in spans)


def test_hand_overs_tell_their_overlap(mission: Mission) -> None:
    sky = Sky(mission, rules=RULES)
    spans, windows = sky.timeline(BEGIN, END), sky.passes(BEGIN, END)
    over = [(a, b) for a, b in itertools.pairwise(spans) if a.station and b.station]
    assert over
    for a, b in over:
        one = next(w for w in windows if w.station == a.station and w.aos_ns <= b.begin_ns <= w.los_ns)
        two = next(w for w in windows if w.station == b.station and w.aos_ns <= b.begin_ns <= w.los_ns)
        overlap = min(one.los_ns, two.los_ns) - max(one.aos_ns, two.aos_ns)
        assert b.overlap_ns == overlap and b.short == (overlap < RULES.overlap_ns)


def test_gaps_name_their_causes(mission: Mission) -> None:
    sky = Sky(mission, rules=RULES)
    gaps = [span for span in sky.timeline(BEGIN, END) if not span.station]
    assert {cause for span in gaps for _, cause in span.causes} >= {Cause.STATION, Cause.MAINTENANCE}
    for span in gaps:
        middle = np.array([(span.begin_ns + span.end_ns) // 2])
        margins = sky.margins(middle)
        for s, (name, cause) in enumerate(span.causes):
            assert name == sky.names[s] and cause != Cause.NONE
            assert (cause == Cause.STATION) == (margins.station[s, 0] <= 0.0)
            if cause == Cause.MAINTENANCE:
                assert any(m.station == name and m.begin_ns <= middle[0] < m.end_ns for m in RULES.maintenance)
    rows = timeline_rows(sky, gaps)
    assert any("maintenance: strike" in row["causes"]["Neuquén"] for row in rows)
    assert all(row["station"] is None and set(row["causes"]) == set(sky.names) for row in rows)


def test_windows_are_cut_by_maintenance(mission: Mission) -> None:
    sky = Sky(mission, rules=RULES)
    windows = sky.passes(BEGIN, END)
    assert (inside(sky, windows, MINUTES) == sky.geometry(MINUTES).visible).all()
    cut = next(w for w in windows if w.los_ns == BEGIN + 4 * HOUR_NS)
    assert cut.aos_ns <= cut.peak_ns <= cut.los_ns
    height = np.degrees(sky.geometry([cut.los_ns, cut.peak_ns]).station_elevation_rad[0])
    assert np.degrees(cut.peak_elevation_rad) == pytest.approx(height.max(), abs=1e-6)


NAMES = st.sampled_from(["Jiamusi", "Kashi", "Neuquén"])
INSTANT = st.integers(10**17, 4 * 10**18)
SPAN = st.builds(
    lambda station, begin, length, name: StationSpan(station, begin, begin + length, name),
    NAMES, INSTANT, st.integers(1, 10**15),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=12),
)  # fmt: skip


def ordered(spans: list[StationSpan]) -> tuple[StationSpan, ...]:
    return tuple(sorted(spans, key=lambda span: (span.begin_ns, span.end_ns, span.station)))


@settings(max_examples=60, deadline=None)
@given(
    prefer=st.permutations(["Jiamusi", "Kashi", "Neuquén"]), exclude=st.sets(NAMES), spans=st.lists(SPAN, max_size=4),
    duties=st.lists(SPAN, max_size=3), overlap_s=st.integers(0, 43_200), conjunction_deg=st.integers(0, 89),
)  # fmt: skip
def test_rules_written_are_the_rules_read(  # type: ignore[no-untyped-def]
    mission: Mission, tmp_path_factory, prefer, exclude, spans, duties, overlap_s, conjunction_deg
) -> None:
    rules = ContactRules(
        np.radians(conjunction_deg), overlap_s * SECOND_NS, tuple(prefer), tuple(sorted(exclude)), ordered(spans),
        ordered(duties),
    )  # fmt: skip
    file = tmp_path_factory.mktemp("rules") / "contacts.toml"
    file.write_text(contact_text(rules), encoding="utf-8", newline="")
    read = read_contact_file(file, mission.stations)
    assert dataclasses.replace(read, conjunction_rad=0.0) == dataclasses.replace(rules, conjunction_rad=0.0)
    assert read.conjunction_rad == pytest.approx(rules.conjunction_rad, abs=1e-12)


KASHI = '[[contact.maintenance]]\nstation = "Kashi"\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "contact: this table is missing"),
        ("[contact", "contacts.toml"),
        ("[contact]\nmaintenance = 3\n", "contact.maintenance: must be"),
        ('[[contact.maintenance]]\nstation = "Perth"\n', "contact.maintenance[0].station: no station 'Perth'"),
        (KASHI + 'from = "2019-01-02"\nto = "2019-01-01"\nname = "x"\n', "must lie after"),
        (KASHI + 'from = "2019-01-01"\nto = "2019-01-02"\n', ".name: this key is missing"),
        ('[[contact.duty]]\nstation = "Kashi"\nfrom = "now"\n', "contact.duty[0].from: 'now' is not a UTC time"),
        ('[contact]\nprefer = ["Kashi", "Kashi"]\n', "contact.prefer: must be a list of stations, each once"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_rules_is_told(mission: Mission, tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "contacts.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ProfileError) as caught:
        read_contact_file(file, mission.stations)
    assert says in str(caught.value) and "\n" not in str(caught.value)


# FACTS, "Sun, Moon, Earth": sunrise and sunset at the site, and the noons' heights in 2019.
FACTS_DAYS = [
    (1, "2018-12-30T03:19", "2019-01-13T20:50"), (2, "2019-01-28T16:15", "2019-02-12T12:56"),
    (3, "2019-02-27T04:58", "2019-03-14T04:00"), (4, "2019-03-28T17:34", "2019-04-12T17:24"),
    (5, "2019-04-27T06:05", "2019-05-12T05:02"), (6, "2019-05-26T18:32", "2019-06-10T15:13"),
]  # fmt: skip


def test_lunar_days_are_those_of_the_facts(sky: Sky) -> None:
    days = sky.days(parse_utc("2019-01-03"), parse_utc("2019-06-01"))
    assert [day.number for day in days] == [1, 2, 3, 4, 5, 6]
    for day, (_, rise, down) in zip(days, FACTS_DAYS, strict=True):
        # The Sun climbs 0.36° an hour: three minutes are 0.02°.
        assert abs(day.sunrise_ns - parse_utc(rise + ":30Z")) < 180 * SECOND_NS
        assert abs(day.sunset_ns - parse_utc(down + ":30Z")) < 180 * SECOND_NS
        around = day.noon_ns + np.arange(-300, 301, dtype=np.int64) * 60 * SECOND_NS
        height = sky.sun(around)[1]
        assert day.noon_elevation_rad == pytest.approx(height.max(), abs=1e-7)
        assert 43.0 < np.degrees(day.noon_elevation_rad) < 46.2
    for a, b in itertools.pairwise(days):
        assert a.next_sunrise_ns == b.sunrise_ns
    assert day_rows(days)[1]["lunar_day"] == 2


def test_a_day_has_the_same_number_wherever_it_is_asked_from(sky: Sky) -> None:
    alone = sky.days(parse_utc("2023-05-10"), parse_utc("2023-05-11"))
    many = sky.days(parse_utc("2019-01-03"), parse_utc("2023-06-01"))
    (same,) = (day for day in many if day.number == alone[0].number)
    assert same.sunrise_ns == pytest.approx(alone[0].sunrise_ns, abs=2_000_000)
    assert [day.number for day in many] == list(range(1, 1 + len(many)))
    before = sky.days(parse_utc("2018-11-01"), parse_utc("2018-12-10"))
    assert before[-1].number in (0, -1) and before[-1].number < 1
    # At night the day before counts: the night after lunar day 1.
    (night,) = sky.days(parse_utc("2019-01-20"), parse_utc("2019-01-21"))
    assert night.number == 1 and night.sunset_ns < parse_utc("2019-01-20")


def test_where_the_sun_does_not_set_there_are_no_days(mission: Mission) -> None:
    """At the pole within a degree and a half, the Sun stays up, or down, for months."""
    pole = Sky(dataclasses.replace(mission, site=dataclasses.replace(mission.site, latitude_deg=-90.0)))
    assert len(pole.days(parse_utc("2019-03-01"), parse_utc("2019-04-01"))) <= 1


def test_the_earths_phase_is_the_moons_other_half(sky: Sky) -> None:
    """Full at new moon: 2019-01-06 01:28, and new at the full moon of 2019-01-21 05:16 (a total lunar eclipse)."""
    earth = sky.earth(
        [parse_utc(t) for t in ("2019-01-06T01:28", "2019-01-21T05:16", "2019-01-14T06:46", "2019-01-27T21:10")]
    )
    assert earth.lit[0] > 0.999 and earth.lit[1] < 0.0001
    assert earth.lit[2:] == pytest.approx([0.5, 0.5], abs=0.01)  # first and last quarter of the Moon
    assert earth.waxing.tolist()[2:] == [False, True]
    assert np.degrees(earth.elevation_rad).max() < -35.0  # the far side


def test_pass_rows_tell_day_and_sun(sky: Sky) -> None:
    rows = pass_rows(sky, sky.passes(BEGIN, BEGIN + DAY_NS))
    assert {row["lunar_day"] for row in rows} == {1}
    aos = parse_utc(rows[1]["aos"])
    assert rows[1]["sun_elevation_deg"] == pytest.approx(np.degrees(sky.sun(aos)[1][0]), abs=1e-3)
    assert pass_rows(sky, []) == []
