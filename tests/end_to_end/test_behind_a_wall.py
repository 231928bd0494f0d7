"""A rover that drives behind a wall loses the relay: in the simulation, in the forecast from the map, in the plan."""

import dataclasses
import math

import numpy as np
import pytest

from roverctl.core.nouns import Direction, RawPacket, Stage
from roverctl.core.times import SECOND_NS
from roverctl.ephemeris.sky import Sky
from roverctl.forecast.outlook import Forecaster, InFlight
from roverctl.mission.mdb import Value
from roverctl.mission.packets import encode_tc
from roverctl.mission.profile import Mission, load_mission
from roverctl.relay.link import Link
from roverctl.session.engine import Engine
from roverctl.session.ground_segment import GroundSegment
from roverctl.terrain.opening import open_terrain
from roverctl.terrain.source import Terrain
from roverctl.traverse.planner import plan_field
from roverctl.traverse.request import RouteRequest
from roverctl.traverse.time.profile import route_profile
from roverctl.traverse.track import track
from roverctl.vehicle import state as st
from tests.unit.doubles import Array, Ground, flat, quiet

WEST_M, EAST_M, SOUTH_M, NORTH_M, HIGH_M = 36.0, 56.0, 15.0, 40.0, 60.0
END_M = 80.0


def _walled(east: Array, north: Array) -> Array:
    """The relay stands in the north-north-east, some 39° high."""
    inside = (east > WEST_M) & (east < EAST_M) & (north > SOUTH_M) & (north < NORTH_M)
    return np.where(inside, HIGH_M, 0.0)


@pytest.fixture(scope="module")
def mission() -> Mission:
    calm = quiet(load_mission())
    start = dataclasses.replace(calm.start_state, east_m=0.0, north_m=0.0, heading_rad=math.pi / 2.0)
    return dataclasses.replace(calm, start_state=start)


class _Keeping(GroundSegment):
    """A ground that keeps what comes."""

    def __init__(self, packets: list[RawPacket]) -> None:
        self.take = packets.append  # type: ignore[assignment, method-assign]


def _packet(mission: Mission, name: str, arguments: dict[str, Value], number: int = 0) -> bytes:
    command = mission.mdb.command(name)
    data = mission.mdb.encode_arguments(name, arguments)
    return encode_tc(mission.mdb.apids["rover"], number, command.service, command.subservice, data)


def _engine(mission: Mission, ground: Terrain, packets: list[RawPacket]) -> Engine:
    engine = Engine(mission, ground, mission.start_ns, 3)
    engine.ground = _Keeping(packets)
    return engine


class _Drive:
    """A route due east, driven over a ground, with what came back."""

    def __init__(self, mission: Mission, ground: Ground, to_m: float, hours: float = 1.0) -> None:
        self._mission = mission
        self.packets: list[RawPacket] = []
        self.engine = _engine(mission, ground, self.packets)
        self.engine.uplink(_packet(mission, "FOLLOW_ROUTE", {"waypoints": [(to_m / 2.0, 0.0), (to_m, 0.0)]}))
        self._track: list[tuple[int, float]] = []
        self._values: list[dict[str, float]] = []
        for _ in range(round(hours * 3600.0)):
            self.go_on(self.engine.now_ns + SECOND_NS)
            self._track.append((self.engine.now_ns, float(self.engine.rover.state[st.EAST])))
            self._values.append(self.engine.rover._values())

    def go_on(self, t_ns: int) -> None:
        """Until then."""
        self.engine.advance_to(t_ns)

    @property
    def late(self) -> list[RawPacket]:
        """Telemetry that waited for contact."""
        telemetry = [p for p in self.packets if p.direction is Direction.TM]
        return [p for p in telemetry if p.reception_ns - p.generation_ns > 20 * SECOND_NS]

    def begins_ns(self) -> int:
        """When the rover began to drive."""
        return next(t for t, east in self._track if east > 0.02)

    def at_m(self, t_ns: int) -> float:
        """How far east it was."""
        return next(east for t, east in self._track if t >= t_ns)

    def values_at(self, t_ns: int) -> dict[str, float]:
        """Its housekeeping."""
        return next(v for (t, _), v in zip(self._track, self._values, strict=True) if t >= t_ns)


def _blocked_m(mission: Mission, sky: Sky, t_ns: int) -> tuple[float, float]:
    """From where to where the wall's front edge stands between rover and relay, by hand."""
    azimuth = float(sky.geometry(t_ns).relay_azimuth_rad[0])
    return WEST_M - NORTH_M * math.tan(azimuth), EAST_M - SOUTH_M * math.tan(azimuth)


def _foretold(mission: Mission, drive: _Drive, at_ns: int, ground: Ground, to_m: float) -> dict[Stage, int]:
    """When the drive's evidence is due, as told at its beginning from what housekeeping says and a map."""
    arguments: dict[str, Value] = {"waypoints": [(to_m / 2.0, 0.0), (to_m, 0.0)]}
    length = len(_packet(mission, "FOLLOW_ROUTE", arguments))
    forecaster = Forecaster(mission, ground, Sky(mission), mission.start_ns)
    command = InFlight(1, "FOLLOW_ROUTE", arguments, length, mission.start_ns)
    return forecaster.look_ahead(at_ns, at_ns, drive.values_at(at_ns), [command]).stages[1]


def test_contact_is_lost_behind_the_wall_as_planned(mission: Mission) -> None:
    ground = Ground(_walled)
    driven = _Drive(mission, ground, END_M)
    lost_ns, again_ns = driven.late[0].generation_ns, driven.late[-1].generation_ns
    west_m, east_m = _blocked_m(mission, Sky(mission), lost_ns)
    assert abs(driven.at_m(lost_ns) - west_m) < 3.0 and abs(driven.at_m(again_ns) - east_m) < 3.0

    request = RouteRequest(
        start_m=(0.0, 0.0), goal_m=(END_M, 0.0), via_m=((END_M / 2.0, 0.0),), spacing_m=0.5,
        depart_ns=driven.begins_ns(), max_slope_rad=mission.vehicle.max_tilt_rad,
    )  # fmt: skip
    field = plan_field(ground, mission, request)
    way = track(mission, field.ground, field.route_to(request.goal_m))
    profile = route_profile(mission, way, field.day, field.driven(way))
    assert profile.sky is not None
    gap_s = profile.reach_s[~profile.sky.contact]
    assert abs(gap_s.min() - (lost_ns - driven.begins_ns()) / SECOND_NS) < 60.0
    assert abs(gap_s.max() - (again_ns - driven.begins_ns()) / SECOND_NS) < 60.0


def test_the_forecast_tells_from_the_map_that_the_end_of_a_drive_is_heard_late(mission: Mission) -> None:
    """It ends behind the wall: what tells of it waits until the relay has moved on, in the simulation as foretold."""
    walled, to_m = Ground(_walled), 32.0
    driven = _Drive(mission, walled, to_m, hours=0.5)
    begun_ns = driven.begins_ns()
    over_map = _foretold(mission, driven, begun_ns, walled, to_m)
    over_level = _foretold(mission, driven, begun_ns, flat(), to_m)
    assert over_map[Stage.RECEIVED] == over_level[Stage.RECEIVED]
    assert over_level[Stage.COMPLETED] < driven.engine.now_ns
    assert over_map[Stage.COMPLETED] > driven.engine.now_ns + 600 * SECOND_NS
    driven.go_on(over_map[Stage.COMPLETED] - 60 * SECOND_NS)
    assert max(p.generation_ns for p in driven.packets if p.direction is Direction.TM) < over_level[Stage.COMPLETED]
    driven.go_on(over_map[Stage.COMPLETED] + 120 * SECOND_NS)
    assert max(p.generation_ns for p in driven.packets if p.direction is Direction.TM) > over_level[Stage.COMPLETED]


@pytest.mark.parametrize("slice_s", [61.7, 601.0])
def test_a_resumed_engine_goes_on_with_the_same_packets(mission: Mission, slice_s: float) -> None:
    """Behind the wall and out again, saved and loaded between all slices."""
    whole = _Drive(mission, Ground(_walled), END_M, hours=0.4)
    packets: list[RawPacket] = []
    engine = _engine(mission, Ground(_walled), packets)
    engine.uplink(_packet(mission, "FOLLOW_ROUTE", {"waypoints": [(END_M / 2.0, 0.0), (END_M, 0.0)]}))
    while engine.now_ns < whole.engine.now_ns:
        engine.advance_to(min(engine.now_ns + round(slice_s * SECOND_NS), whole.engine.now_ns))
        snapshot = engine.save()
        engine = _engine(mission, Ground(_walled), packets)
        engine.load(snapshot)
    assert whole.late and packets == whole.packets


def test_where_the_relay_stands_well_over_the_ground_packets_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    mission = load_mission()
    terrain = open_terrain(mission)

    def drive() -> list[RawPacket]:
        packets: list[RawPacket] = []
        engine = _engine(mission, terrain, packets)
        engine.uplink(_packet(mission, "FOLLOW_ROUTE", {"waypoints": [(-4.0, -9.0), (3.0, -12.0)]}))
        engine.advance_to(mission.start_ns + 900 * SECOND_NS)
        assert np.hypot(engine.rover.state[st.EAST] - 3.0, engine.rover.state[st.NORTH] + 12.0) < 2.0
        return packets

    over_ground = drive()
    monkeypatch.setattr(Link, "stand", lambda self, skyline: None)
    assert over_ground == drive() and len(over_ground) > 800
