"""Runs the vehicle ahead from what the operator knows: the last telemetry, the map's terrain, what is in flight.

It is given no truth: not the true ground, not the rover's errors or faults, not its random numbers.
"""

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from roverctl.core.nouns import Pose, Stage
from roverctl.core.times import SECOND_NS
from roverctl.ephemeris.sky import Sky
from roverctl.forecast.delays import Delays, Passage, Released
from roverctl.forecast.run import Run
from roverctl.mission.mdb import Value
from roverctl.mission.profile import Mission
from roverctl.relay.delivery.ground_skyline import GroundSkylines, node_at
from roverctl.relay.delivery.tables import LinkTables
from roverctl.terrain.source import Terrain
from roverctl.vehicle import state as st
from roverctl.vehicle.figures import load_w
from roverctl.vehicle.ground import Ground
from roverctl.vehicle.instruments import INSTRUMENT_COMMANDS, work_of
from roverctl.vehicle.machine import Machine
from roverctl.vehicle.motions import GOTO, MOTION_COMMANDS, length_m, motions_of

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]

# Done as they come, in front of all that waits.
_AT_ONCE: Final = ("PING", "STOP", "SEND_PRODUCTS", "HOLD_PRODUCTS", "SET_RETURN_MODE")
_LONGEST_NS: Final = 6 * 3600 * SECOND_NS  # how far ahead what is in flight is followed
_FARTHEST_NS: Final = 24 * 3600 * SECOND_NS  # and what is queued
_AFTER_NS: Final = 600 * SECOND_NS  # and how far beyond its end
_STOP_PACKET_B: Final = 14
_VERIFICATION_B: Final = 26
_TM_EMPTY_B: Final = 22  # a telemetry packet without a body
_LOOK_AROUND_RAD: Final = math.radians(6.0)  # the vehicle turns on the spot for more than this


@dataclass(frozen=True, slots=True)
class InFlight:
    """A released command that has not ended, with the evidence so far: stage -> (occurred, learnt).

    ``start_m`` is where the rover was reported when it started.
    """

    id: int
    name: str
    arguments: dict[str, Value]
    packet_length: int
    released_ns: int
    learnt: dict[Stage, tuple[int, int]] = field(default_factory=dict)
    start_m: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Queued:
    """A command that has not left: not before a time, or once what left before it has ended, where it has these."""

    name: str
    arguments: dict[str, Value]
    packet_length: int
    not_before_ns: int | None = None
    after_done: bool = False


@dataclass(frozen=True, slots=True)
class After:
    """The vehicle when all it was told is done: site-frame metres, radians from north, the battery 0..1, kelvin, octets
    aboard if none come down meanwhile, and the MDB's word for its mode."""

    t_ns: int
    east_m: float
    north_m: float
    heading_rad: float
    charge: float
    temperature_k: float
    stored_b: float
    mode: str


@dataclass(slots=True)
class Outlook:
    """What is ahead. ``stages`` gives per command and stage when its evidence is due here; ``stop_waits_ns`` is how
    long a STOP waits before it is sent.
    """

    made_ns: int
    known_ns: int
    pose: Pose
    path_ns: Times  # from the known state on
    path_m: Array  # (n, 3) east, north, heading (radians, unwrapped) at those times
    times_ns: Times
    series: dict[str, Array]
    stages: dict[int, dict[Stage, int]]
    stop_arrival_ns: int | None
    stop_waits_ns: int
    stop_distance_m: float | None


class Forecaster:
    """Looks ahead for one operation.

    Parameters
    ----------
    mission, terrain, sky
        Figures, the operator's map, the ephemeris.
    origin_ns
        Where the integration grid stands, as the rover's does.
    """

    def __init__(self, mission: Mission, terrain: Terrain, sky: Sky, origin_ns: int) -> None:
        self._mission = mission
        self._machine = Machine(mission, Ground(terrain, mission.terrain.map_spacing_m), sky.sun, origin_ns)
        self.delays = Delays(mission, LinkTables(sky), origin_ns)
        self.skylines = GroundSkylines(terrain, mission.body.radius_m)

    def look_ahead(self, now_ns: int, known_ns: int, values: dict[str, float], commands: list[InFlight]) -> Outlook:
        """From the housekeeping ``values`` generated at ``known_ns`` to now and on to the end of what is in flight."""
        self.delays.set_return_rate(1000.0 * values.get("ROVER_RETURN_RATE", 0.0))
        state = self._state_of(values)
        self._stand(state, known_ns)
        passages, stages = self._passages(commands)
        stop = self.delays.passages([*map(self._released, commands), Released(now_ns, _STOP_PACKET_B, True)])[-1]
        mode = self._mission.mdb.word("MODE", values["ROVER_MODE"])
        run = Run(self._machine, state, known_ns, [now_ns] if stop is None else [now_ns, stop.arrived_ns], mode)
        self._carry_out_all(run, commands, passages, stages, values, now_ns + _LONGEST_NS)
        run.idle_to(max(run.t_ns, now_ns) + _AFTER_NS, load_w(self._mission, run.mode, False))
        outlook = self._outlook(run, now_ns, known_ns, stages, commands, state, stop)
        self._stand_at(outlook.pose.east_m, outlook.pose.north_m, now_ns)  # where whoever asks next takes it to be
        return outlook

    def after(
        self, now_ns: int, known_ns: int, values: dict[str, float], commands: list[InFlight], queued: list[Queued]
    ) -> After:
        """The same on to the end of what is in flight and of what is queued, as if that were released now; a day at
        most. With nothing of either it is the vehicle now.
        """
        self.delays.set_return_rate(1000.0 * values.get("ROVER_RETURN_RATE", 0.0))
        state = self._state_of(values)
        self._stand(state, known_ns)
        passages, stages = self._passages(commands)
        mode = self._mission.mdb.word("MODE", values["ROVER_MODE"])
        run = Run(self._machine, state, known_ns, [], mode)
        limit_ns = now_ns + _FARTHEST_NS
        self._carry_out_all(run, commands, passages, stages, values, limit_ns)
        stored_b = 1e6 * values["ROVER_STORE_USED"]
        for command in queued:
            if command.name in _AT_ONCE or run.t_ns >= limit_ns:
                continue
            released_ns = max(now_ns, command.not_before_ns or 0, run.t_ns if command.after_done else 0)
            passage = self.delays.passage(Released(released_ns, command.packet_length), 0)
            if passage is None:
                break
            flying = InFlight(0, command.name, command.arguments, command.packet_length, released_ns)
            self._carry_out(run, flying, False, passage, {}, values, limit_ns)
        under_way = _under_way(commands, values)
        for name, arguments, left in [
            *((c.name, c.arguments, 1.0 - values["ROVER_PROGRESS"] / 100.0 * (c is under_way)) for c in commands),
            *((q.name, q.arguments, 1.0) for q in queued),
        ]:
            if name in INSTRUMENT_COMMANDS:
                stored_b += left * work_of(self._mission, name, arguments).size_b
        run.idle_to(max(run.t_ns, now_ns), load_w(self._mission, run.mode, False))
        state = run.state
        return After(
            max(run.t_ns, now_ns), float(state[st.EAST]), float(state[st.NORTH]), float(state[st.HEADING]),
            float(state[st.CHARGE]) / self._mission.vehicle.battery_capacity_j, float(state[st.TEMPERATURE]), stored_b,
            run.mode,
        )  # fmt: skip

    # The parts

    def _carry_out_all(
        self, run: Run, commands: list[InFlight], passages: dict[int, Passage],
        stages: dict[int, dict[Stage, int]], values: dict[str, float], limit_ns: int,
    ) -> None:  # fmt: skip
        """What is in flight, in order, until ``limit_ns``."""
        stops = [passages[c.id].arrived_ns for c in commands if c.name == "STOP" and c.id in passages]
        under_way = _under_way(commands, values)
        for command in commands:
            if command.id not in passages or command.name in _AT_ONCE:
                continue
            passage = passages[command.id]
            # A STOP ends what came before it and nothing that comes after.
            until_ns = min((s for s in stops if s > passage.arrived_ns), default=limit_ns)
            self._carry_out(run, command, command is under_way, passage, stages[command.id], values, until_ns)

    def _state_of(self, values: dict[str, float]) -> Array:
        """A state vector from telemetry; what telemetry does not tell (looks, the step under way) begins afresh."""
        vehicle = self._mission.vehicle
        state = np.zeros(st.SIZE)
        state[[st.EAST, st.EST_EAST]] = values["ROVER_EAST"]
        state[[st.NORTH, st.EST_NORTH]] = values["ROVER_NORTH"]
        state[[st.HEADING, st.EST_HEADING]] = math.radians(values["ROVER_HEADING"])
        state[st.TILT] = math.radians(values["ROVER_TILT"])
        state[st.ODOMETER] = values["ROVER_ODOMETER"]
        state[st.CHARGE] = values["ROVER_BATTERY_SOC"] / 100.0 * vehicle.battery_capacity_j
        state[st.TEMPERATURE] = values["ROVER_BODY_TEMP"] + 273.15
        return state

    def _stand(self, state: Array, t_ns: int) -> None:
        self._stand_at(float(state[st.EAST]), float(state[st.NORTH]), t_ns)

    def _stand_at(self, east_m: float, north_m: float, t_ns: int) -> None:
        """Contact from then on is that of a rover at a place, over the map's ground."""
        self.delays.stand(self.skylines.around(node_at(east_m, north_m)), t_ns)

    def _due(self, stages: dict[Stage, int], stage: Stage, t_ns: int, before_b: int) -> None:
        """When the evidence of what the rover reports at ``t_ns`` is here; nothing without contact for a week."""
        seen_ns = self.delays.seen(t_ns, before_b=before_b)
        if seen_ns is not None:
            stages[stage] = seen_ns

    def _passages(self, commands: list[InFlight]) -> tuple[dict[int, Passage], dict[int, dict[Stage, int]]]:
        """Each command's way through the link, from the latest evidence on; and when the evidence is due."""
        passages: dict[int, Passage] = {}
        stages: dict[int, dict[Stage, int]] = {}
        ways = self.delays.passages([self._released(command) for command in commands])
        for command, passage in zip(commands, ways, strict=True):
            if passage is None:
                continue
            passages[command.id] = passage
            stages[command.id] = {
                Stage.RELEASED: command.released_ns,
                Stage.SENT: passage.sent_learnt_ns,
                **({} if self._mission.orbit is None else {Stage.AT_RELAY: passage.relay_learnt_ns}),
                Stage.RECEIVED: passage.arrival_learnt_ns,
                Stage.ACCEPTED: passage.arrival_learnt_ns,
            }
            if command.name in _AT_ONCE:
                told_b = 2 * _VERIFICATION_B + (self._event_b("COMMANDED_STOP") if command.name == "STOP" else 0)
                self._due(stages[command.id], Stage.STARTED, passage.arrived_ns, _VERIFICATION_B)
                self._due(stages[command.id], Stage.COMPLETED, passage.arrived_ns, told_b)
        return passages, stages

    def _released(self, command: InFlight) -> Released:
        sent = command.learnt.get(Stage.SENT)
        bypass = self._mission.mdb.command(command.name).bypass
        return Released(command.released_ns, command.packet_length, bypass, None if sent is None else sent[0])

    def _event_b(self, name: str) -> int:
        """Length of an event's packet, which stands before the report that ends an activity."""
        mdb = self._mission.mdb
        return _TM_EMPTY_B + len(mdb.encode_event(name, [0.0] * len(mdb.event_by_name[name].arguments)))

    def _cycle_ns(self, t_ns: int) -> int:
        """The executive looks once a second, counted from its beginning, whether an activity has ended."""
        origin_ns = self._machine.time_of(0)
        return origin_ns - (origin_ns - t_ns) // SECOND_NS * SECOND_NS

    def _carry_out(
        self, run: Run, command: InFlight, under_way: bool, passage: Passage, stages: dict[Stage, int],
        values: dict[str, float], limit_ns: int,
    ) -> None:  # fmt: skip
        """Wait for the command's turn, then do what it asks for, until a STOP arrives."""
        mission = self._mission
        begin_ns = run.t_ns
        told_b = 0
        if not under_way:
            run.idle_to(min(max(run.t_ns, passage.arrived_ns), limit_ns), load_w(mission, run.mode, False))
            begin_ns = max(run.t_ns, passage.arrived_ns)
            told_b = _VERIFICATION_B if begin_ns == passage.arrived_ns else 0
            self._stand(run.state, begin_ns)
            self._due(stages, Stage.STARTED, begin_ns, told_b)
            if command.name != "SET_MODE" and run.mode in ("NOON_NAP", "DORMANT"):
                self._due(stages, Stage.PROGRESS, begin_ns, told_b)  # asleep it refuses
                self._due(stages, Stage.COMPLETED, begin_ns, told_b)
                return
        if command.name == "SET_MODE":
            mode = str(command.arguments["mode"])
            told_b += _VERIFICATION_B + (self._event_b("MODE_CHANGED") if mode != run.mode else 0)
            if begin_ns < limit_ns:
                run.mode = mode
            self._due(stages, Stage.COMPLETED, begin_ns, told_b)
        else:
            if command.name in MOTION_COMMANDS:
                motions = self._motions_left(command, under_way, values, run)
                run.move_to(limit_ns, motions, load_w(mission, "MOVING", True))
                told_b = self._event_b("MOTION_DONE")
                ended_ns = self._cycle_ns(run.t_ns)
            else:
                work = work_of(mission, command.name, command.arguments)
                left = 1.0 - values["ROVER_PROGRESS"] / 100.0 if under_way else 1.0
                cycles = math.ceil(work.duration_s * left)
                told_b = self._event_b(work.done)
                ended_ns = self._cycle_ns(begin_ns + 1) + (cycles - 1) * SECOND_NS
                run.idle_to(min(ended_ns, limit_ns), work.load_w)
            run.mode = "IDLE"
            run.idle_to(min(ended_ns, limit_ns), load_w(mission, run.mode, False))
            self._stand(run.state, ended_ns)
            self._due(stages, Stage.COMPLETED, ended_ns, told_b)
        if Stage.COMPLETED in stages:
            stages.setdefault(Stage.PROGRESS, stages[Stage.COMPLETED])

    def _motions_left(self, command: InFlight, under_way: bool, values: dict[str, float], run: Run) -> Array:
        """What is still to do; of a motion under way also how far the next look is, as well as telemetry tells it."""
        run.state[[st.SINCE_LOOK, st.LOOK_LEFT]] = 0.0
        if not under_way:
            return motions_of(command.name, command.arguments, run.state)
        begun = run.state.copy()
        if command.start_m is not None:
            begun[[st.EST_EAST, st.EST_NORTH]] = command.start_m
        motions = motions_of(command.name, command.arguments, begun)
        left = int(values["ROVER_WAYPOINTS_LEFT"])
        done = len(motions) - left if 0 < left <= len(motions) else 0
        here = run.state[[st.EST_EAST, st.EST_NORTH]]
        if motions[done, 0] == GOTO and command.start_m is not None:
            last = motions[done - 1, 1:] if done else np.array(command.start_m)
            step_m = self._mission.vehicle.step_length_m
            since_m = (length_m(motions[:done], begun) + float(np.hypot(*(here - last)))) % step_m
            east, north = motions[done, 1:] - here
            bearing = math.remainder(math.atan2(east, north) - run.state[st.EST_HEADING], 2.0 * math.pi)
            stands = values["ROVER_SPEED"] == 0.0 and abs(bearing) < _LOOK_AROUND_RAD
            if stands and min(since_m, step_m - since_m) < 0.3:
                run.state[st.LOOK_LEFT] = 0.5 * self._mission.vehicle.look_time_s  # nobody tells how long it looks yet
            else:
                run.state[st.SINCE_LOOK] = since_m
        return motions[done:]

    def _outlook(
        self, run: Run, now_ns: int, known_ns: int, stages: dict[int, dict[Stage, int]],
        commands: list[InFlight], known: Array, stop: Passage | None,
    ) -> Outlook:  # fmt: skip
        times, rows = run.history()
        here = rows[_row_at(times, now_ns)]
        distance = None
        if stop is not None and commands:
            distance = float(rows[_row_at(times, stop.arrived_ns), st.ODOMETER] - here[st.ODOMETER])
        vehicle = self._mission.vehicle
        thin = slice(None, None, max(1, len(times) // 600))
        # While it stands it is as tilted as it said, whatever the map makes of the ground under it.
        stands = (rows[:, st.ODOMETER] == known[st.ODOMETER]) & (rows[:, st.HEADING] == known[st.HEADING])
        tilt_rad = np.where(stands, known[st.TILT], rows[:, st.TILT])
        return Outlook(
            made_ns=now_ns,
            known_ns=known_ns,
            pose=Pose(
                now_ns, float(here[st.EAST]), float(here[st.NORTH]), float(here[st.HEADING]),
                self._covariance(float(here[st.ODOMETER]), float(here[st.HEADING])),
            ),
            path_ns=np.concatenate([[known_ns], times]),
            path_m=_path(known, rows),
            times_ns=times[thin],
            series={
                "ROVER_BATTERY_SOC": rows[thin, st.CHARGE] / vehicle.battery_capacity_j * 100.0,
                "ROVER_ARRAY_POWER": rows[thin, st.ARRAY_POWER],
                "ROVER_LOAD_POWER": rows[thin, st.LOAD_POWER],
                "ROVER_TILT": np.degrees(tilt_rad[thin]),
                "ROVER_SPEED": rows[thin, st.SPEED] * 3600.0,
                "ROVER_BODY_TEMP": rows[thin, st.TEMPERATURE] - 273.15,
                "ROVER_ODOMETER": rows[thin, st.ODOMETER],
            },
            stages=stages,
            stop_arrival_ns=None if stop is None else stop.arrived_ns,
            stop_waits_ns=0 if stop is None else stop.up.queueing_ns + stop.up.contact_ns,
            stop_distance_m=distance,
        )  # fmt: skip

    def _covariance(self, driven_m: float, heading_rad: float) -> tuple[float, float, float]:
        """Position covariance after ``driven_m`` of dead reckoning: along the track a random walk of the odometry,
        across it the integral of a random walk of the heading (variance sigma² d³ / 3).
        """
        vehicle = self._mission.vehicle
        along = vehicle.odometry_noise**2 * driven_m
        across = vehicle.heading_noise_rad**2 * driven_m**3 / 3.0
        sine, cosine = math.sin(heading_rad), math.cos(heading_rad)
        return (
            along * sine * sine + across * cosine * cosine,
            (along - across) * sine * cosine,
            along * cosine * cosine + across * sine * sine,
        )


def _under_way(commands: list[InFlight], values: dict[str, float]) -> InFlight | None:
    """The command that the rover said it was doing."""
    if values["ROVER_ACTIVITY"] == 0:
        return None
    return next((c for c in commands if Stage.STARTED in c.learnt and c.name not in _AT_ONCE), None)


def _row_at(times: Times, t_ns: int) -> int:
    """The last row by ``t_ns``; rows stand at the end of the step before each time of interest."""
    return max(0, int(np.searchsorted(times, t_ns, side="right")) - 1)


def _path(known: Array, rows: Array) -> Array:
    """East, north and unwrapped heading from the known state on."""
    path = np.vstack([known, rows])[:, [st.EAST, st.NORTH, st.HEADING]]
    path[:, 2] = np.unwrap(path[:, 2])
    return path
