"""Contacts, delays and ways in the workshop, against the sky sampled finely and the simulated link's tables."""

import dataclasses
import itertools
from typing import Any, cast

import numpy as np
import pytest

from roverctl.core.errors import InputError
from roverctl.core.times import DAY_NS, LAST_NS, SECOND_NS, parse_utc
from roverctl.ephemeris.contact.windows import find_spans
from roverctl.ephemeris.orbit.relay import Relay
from roverctl.ephemeris.sky import Sky
from roverctl.forecast.delays import Delays
from roverctl.mission.contacts import StationSpan
from roverctl.mission.manual_delay import ManualDelay
from roverctl.mission.oem import OrbitFile
from roverctl.mission.profile import Mission
from roverctl.mission.relay_orbit import FixedPlace
from roverctl.relay.delivery.ground_skyline import GroundSkylines
from roverctl.relay.delivery.tables import LinkTables
from roverctl.session.work.contact_work import ContactWork
from roverctl.session.work.relay_work import RelayWork
from roverctl.terrain.source import Terrain
from tests.unit.doubles import flat
from tests.unit.ephemeris.test_links import near_side

BEGIN = parse_utc("2019-01-11T12:00:00Z")
SPAN = [BEGIN, BEGIN + 3 * DAY_NS]


class Wall:
    """Level ground with a wall to the north that stands 45 degrees high."""

    label, resolution_m, generated_below_m = "wall", 1.0, 0.0

    def elevation(self, x: Any, y: Any, resolution: float) -> Any:
        return np.where((np.abs(x) < 5000.0) & (y > 90.0) & (y < 140.0), 100.0, 0.0)


def work(mission: Mission, sky: Sky | None = None, ground: object = None) -> ContactWork:
    skylines = GroundSkylines(cast(Terrain, ground or flat(0.0)), mission.body.radius_m)
    return ContactWork(mission, sky or Sky(mission), skylines)


def test_spans_are_where_the_margin_is_positive() -> None:
    def margin(t_ns: Any) -> Any:
        return np.sin(t_ns / (1000.0 * SECOND_NS))

    turn = np.pi * 1000.0 * SECOND_NS
    found = find_spans(margin, round(0.5 * turn), round(3.5 * turn), 300 * SECOND_NS)
    assert np.array(found) / turn == pytest.approx(np.array([[0.5, 1.0], [2.0, 3.0]]), abs=1e-6)


def test_turns_and_gaps_cover_the_time_and_agree_with_the_link(mission: Mission, sky: Sky) -> None:
    """The simulated link asks its tables whose turn it is; what is drawn must be that."""
    works = StationSpan("Kashi", BEGIN + 2 * 3600 * SECOND_NS, BEGIN + 6 * 3600 * SECOND_NS, "antenna works")
    rules = dataclasses.replace(mission.contact, maintenance=(works,))
    served = Sky(mission, rules)
    content = work(mission, served).timeline({"span_ns": SPAN})
    spans = sorted(
        [(b, e, name) for name, b, e, _, _ in content["turns"]] + [(b, e, "") for b, e, _ in content["gaps"]]
    )
    assert spans[0][0] == SPAN[0] and spans[-1][1] == SPAN[1]
    assert all(before[1] == after[0] for before, after in itertools.pairwise(spans))
    tables, names = LinkTables(served), [s.name for s in mission.stations]
    for begin, end, name in spans:
        for t_ns in np.linspace(begin + 20 * SECOND_NS, end - 20 * SECOND_NS, 7).astype(np.int64).tolist():
            found = tables.contact(t_ns)
            assert found is not None and (names[found[1]] if found[0] == t_ns else "") == name
    (begin, end, causes) = next(gap for gap in content["gaps"] if gap[0] >= works.begin_ns)
    assert begin == works.begin_ns and end <= works.end_ns
    assert (
        dict(causes)["Kashi"] == "maintenance: antenna works" and dict(causes)["Neuquén"] == "below the station's mask"
    )
    assert content["maintenance"] == [["Kashi", works.begin_ns, works.end_ns, "antenna works"]]


def test_sun_and_relay_spans_agree_with_fine_sampling(mission: Mission, sky: Sky) -> None:
    span = [BEGIN, BEGIN + 30 * DAY_NS]
    content = work(mission, sky).timeline({"span_ns": span})
    times = np.arange(span[0], span[1], 60 * SECOND_NS)
    height = sky.sun(times)[1]
    for name, limit in (("day", 0.0), ("nap", mission.vehicle.nap_sun_rad)):
        above = height > limit
        edges = times[1:][above[1:] != above[:-1]]
        found = sorted(t for pair in content[name] for t in pair if span[0] < t < span[1])
        assert len(found) == len(edges) > 0 and np.abs(np.array(found) - edges).max() <= 60 * SECOND_NS
    assert content["relay_up"] == [span] and [day[0] for day in content["days"]] == [1, 2]


def test_contacts_are_those_over_the_true_skyline_once_it_is_known(mission: Mission, sky: Sky) -> None:
    """The relay stands about north; a wall 45 degrees high hides it while it is lower than that."""
    contacts = work(mission, sky, Wall())
    before = contacts.timeline({"span_ns": SPAN})
    assert not before["over_skyline"] and before["relay_up"] == [SPAN]
    line = contacts.skyline({"place_m": [0.0, 0.0]})
    azimuth, rises = np.degrees(line["azimuth_rad"]), np.degrees(line["elevation_rad"])
    north = (azimuth < 30.0) | (azimuth > 330.0)
    assert (rises[north] > 40.0).all() and (rises[(azimuth > 120.0) & (azimuth < 240.0)] < 1.0).all()
    after = contacts.timeline({"span_ns": SPAN})
    assert after["over_skyline"]
    times = np.arange(SPAN[0], SPAN[1], 120 * SECOND_NS)
    geometry = sky.geometry(times)
    horizon = np.interp(geometry.relay_azimuth_rad, line["azimuth_rad"], line["elevation_rad"], period=2 * np.pi)
    hidden = geometry.relay_elevation_rad < horizon
    assert hidden.mean() > 0.1
    shown = np.zeros(times.size, dtype=bool)
    for a, b in after["relay_up"]:
        shown |= (times >= a) & (times < b)
    assert (shown == ~hidden).mean() > 0.999
    causes = [why for gap in after["gaps"] for _, why in gap[2]]
    assert "below the rover's mask or skyline" in causes
    windows = contacts.passes({"now_ns": BEGIN})["windows"]
    assert windows != work(mission, sky).passes({"now_ns": BEGIN})["windows"]


def test_a_relay_on_the_moon_stands_before_the_skyline(mission: Mission) -> None:
    """A mast to the north-west sees the Earth, and the wall is behind it."""
    site = near_side(mission)
    mast = FixedPlace(np.radians(-19.52), np.radians(44.13), -2500.0)
    beside = dataclasses.replace(site, orbit=mast, rover_mask_rad=np.radians(-30.0), relay="Mast")
    contacts = work(beside, ground=Wall())
    before = contacts.timeline({"span_ns": SPAN})["turns"]
    contacts.skyline({"place_m": [0.0, 0.0]})
    assert before and contacts.timeline({"span_ns": SPAN})["turns"] == before


def test_curves_are_light_and_rates_of_the_station_whose_turn_it_is(mission: Mission, sky: Sky) -> None:
    curves = work(mission, sky).curves({"span_ns": SPAN})
    times = curves["times_ns"]
    step_s = np.diff(times) / 1e9
    same = np.array(curves["station"])[1:] == np.array(curves["station"])[:-1]
    for leg in ("station_relay", "relay_rover"):
        slope = np.diff(curves[f"{leg}_m"]) / step_s
        mean = (curves[f"{leg}_m_s"][1:] + curves[f"{leg}_m_s"][:-1]) / 2
        assert np.abs(slope - mean)[same].max() < 0.1
    best, names = sky.best_station(times), [s.name for s in mission.stations]
    for i in range(0, times.size, 97):
        if curves["contact"][i]:
            assert curves["station"][i] == names[best[i]]
    light_s = (curves["station_relay_m"] + curves["relay_rover_m"]) / 299_792_458.0
    assert curves["owlt_up_s"] == pytest.approx(light_s, abs=1e-4)


def test_a_delay_by_hand_takes_the_place_of_light(mission: Mission, sky: Sky) -> None:
    delay = ManualDelay((SPAN[0], SPAN[1]), (180.0, 1320.0), 0.0)
    by_hand = dataclasses.replace(mission, link=dataclasses.replace(mission.link, delay=delay))
    curves = work(by_hand, sky).curves({"span_ns": SPAN})
    share = (curves["times_ns"] - SPAN[0]) / (SPAN[1] - SPAN[0])
    assert curves["owlt_up_s"] == pytest.approx(180.0 + share * 1140.0) and curves["station_relay_m"].max() < 5e8


def test_beyond_the_ephemeris_the_timeline_ends(mission: Mission, sky: Sky) -> None:
    content = work(mission, sky).timeline({"span_ns": [LAST_NS - 3600 * SECOND_NS, LAST_NS + DAY_NS]})
    assert content["span_ns"][1] < LAST_NS and content["turns"] + content["gaps"]
    assert work(mission, sky).timeline({"span_ns": [LAST_NS + DAY_NS, LAST_NS + 2 * DAY_NS]})["nap"] == []


def test_an_orbit_file_that_ends_gives_curves_as_far_as_it_goes(mission: Mission, sky: Sky, monkeypatch: Any) -> None:
    """Its end is put into the halo's place: what is asked beyond it is left out, or refused."""
    ends = BEGIN + DAY_NS
    monkeypatch.setattr(Relay, "covered", lambda self, at: at.utc_s * 1e9 + parse_utc("2000-01-01T12:00:00Z") < ends)
    cut = Sky(mission)
    curves = work(mission, cut).curves({"span_ns": SPAN})
    assert ends - 600 * SECOND_NS < curves["times_ns"][-1] <= ends and np.isfinite(curves["owlt_up_s"]).all()
    with pytest.raises(InputError, match="cannot be told: the orbit file has a gap there"):
        work(mission, cut).curves({"span_ns": [ends + DAY_NS, ends + 2 * DAY_NS]})
    scene = RelayWork(mission, cut, Delays(mission, LinkTables(cut))).scene({"now_ns": ends})
    assert scene["relay_known"][:10].all() and not scene["relay_known"][-10:].any()
    assert scene["far_relay_m"].shape[1] == scene["far_relay_azimuth_rad"].size < scene["far_times_ns"].size
    assert not isinstance(mission.orbit, OrbitFile)


def test_a_way_adds_up_and_names_no_relay_where_there_is_none(mission: Mission, sky: Sky) -> None:
    content = {"now_ns": BEGIN, "what": "PING", "length": 13, "bypass": False, "commands": []}
    direct = near_side(mission)
    for each, its_sky in ((mission, sky), (direct, Sky(direct))):
        tables = LinkTables(its_sky)
        ways = RelayWork(each, its_sky, Delays(each, tables)).ways(dict(content))
        words = " ".join(part[0] for way in ("up", "down") for part in ways["link"][way] if part[1])
        assert ("relay" in words) is (each.orbit is not None) and ("transponder" in words) is (each.orbit is not None)
        found = tables.contact(BEGIN)
        assert found is not None
        # By the link's own figures: 34 bytes at 125 bit/s, light, and what is processed on the way.
        link = each.link
        sent = BEGIN + round(link.ground_time_s * 1e9) + round(34 * 8 / link.forward_rate_bit_s * 1e9)
        relay_ns = 0 if each.orbit is None else round(link.relay_time_s * 1e9)
        passed = sent + tables.up_near_ns(found[1], sent) + relay_ns
        acts = passed + tables.up_far_ns(passed) + round(link.rover_time_s * 1e9)
        assert sum(part[1] for part in ways["link"]["up"]) == acts - BEGIN
