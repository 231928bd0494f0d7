"""The simulated rover's executive: takes telecommands, runs one activity at a time, reports.

A command is verified and accepted as it arrives, waits its turn, starts, makes progress and ends; each of these is an
ST[1] report. The executive works in cycles of a second on the vehicle's grid; its whole state is plain data.
"""

import math
import struct
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np

from roverctl.core.errors import InputError, PacketError
from roverctl.core.times import SECOND_NS
from roverctl.mission.mdb import Value
from roverctl.mission.packets import decode_tc
from roverctl.mission.products import JOINED_S
from roverctl.mission.profile import Mission
from roverctl.mission.rates import housekeeping_cycles
from roverctl.rover.clock import RoverClock
from roverctl.rover.products.sender import Sender
from roverctl.rover.reports import (
    ACCEPTED,
    COMPLETED,
    NOT_COMPLETED,
    NOT_STARTED,
    PROGRESS,
    REFUSED,
    STARTED,
    Failure,
    Reporter,
    degrees,
)  # fmt: skip
from roverctl.vehicle import state as st
from roverctl.vehicle.figures import load_w
from roverctl.vehicle.instruments import INSTRUMENT_COMMANDS, Work, work_of
from roverctl.vehicle.machine import NO_MOTIONS, Machine
from roverctl.vehicle.motions import MOTION_COMMANDS, length_m, motions_of

CYCLE_NS: Final = SECOND_NS
_TIME_CYCLES: Final = 60  # between two time reports; our choice
_PROGRESS_STEP: Final = 10  # percent between two progress reports
_ACTIVITY_WORDS: Final = {
    "DRIVE": "DRIVE", "TURN": "TURN", "FOLLOW_ROUTE": "FOLLOW_ROUTE",
    "PCAM_PANORAMA": "PANORAMA", "VNIS_SPECTRUM": "SPECTRUM", "LPR_SOUNDING": "SOUNDING",
}  # fmt: skip

Send = Callable[[int, bytes], None]  # (t_ns, packet)


class Executive:
    """The rover's software around its machine.

    Parameters
    ----------
    mission
        Figures and MDB.
    machine
        The vehicle on the true ground.
    start_ns
        When the operation begins.
    send
        Takes every packet that the rover sends, with its time.
    products
        What is kept aboard; without one nothing is ever sent of it.
    set_return_rate
        Takes the rate that the transmitter is set to, in bit/s.
    """

    def __init__(
        self, mission: Mission, machine: Machine, start_ns: int, send: Send, products: Sender | None = None,
        set_return_rate: Callable[[float], None] = lambda rate_bit_s: None,
    ) -> None:  # fmt: skip
        self._mission = mission
        self._mdb = mission.mdb
        self._machine = machine
        self._send = send
        self._reporter = Reporter(mission.mdb)
        self.state = st.start_state(mission.start_state, mission.vehicle)
        self._step = machine.step_at(start_ns)
        self._motions = NO_MOTIONS
        self._motions_length_m = 0.0
        self._waiting: list[list[Any]] = []  # [request, name, arguments], in order of arrival
        self._current: list[Any] | None = None
        self._mode = "IDLE"
        self._progress = 0
        self._frames_done = 0
        self._frame_left_ns = 0
        self.products = Sender(0, mission.link.return_rate_bit_s) if products is None else products
        self._accepted = 0
        self._rejected = 0
        self._cycles = 0
        self._set_return_rate = set_return_rate
        self._return_rate_bit_s = mission.link.return_rate_bit_s
        self._housekeeping_cycles = housekeeping_cycles(mission.mdb.packet("ROVER_HK"), mission.link)
        self._run_to(start_ns + CYCLE_NS // 4)  # one step settles the attitude

    @property
    def clock(self) -> RoverClock:
        """The clock that stamps what is sent."""
        return self._reporter.clock

    # What comes from outside

    def telecommand(self, t_ns: int, packet: bytes) -> None:
        """Verify a telecommand packet and take it in."""
        self._run_to(t_ns)
        request = int.from_bytes(packet[:4].ljust(4, b"\0"), "big")
        try:
            tc = decode_tc(packet)
        except PacketError:
            self._refuse(t_ns, request, Failure.CHECKSUM)
            return
        if tc.apid != self._mdb.apids["rover"]:
            self._refuse(t_ns, request, Failure.UNKNOWN_COMMAND)
            return
        try:
            command, arguments = self._mdb.decode_arguments(tc.service, tc.subservice, tc.body)
        except InputError:
            known = (tc.service, tc.subservice) in ((8, 1), (17, 1))
            self._refuse(t_ns, request, Failure.BAD_ARGUMENTS if known else Failure.UNKNOWN_COMMAND)
            return
        self._accepted += 1
        self._verify(t_ns, request, ACCEPTED)
        if command.name == "PING":
            self._verify(t_ns, request, STARTED)
            self._verify(t_ns, request, COMPLETED)
        elif command.name == "STOP":
            self._stop(t_ns, request)
        elif command.name == "SET_RETURN_MODE":
            self._change_rate(t_ns, request, self._mdb.number("RETURN_MODE", str(arguments["mode"])))
        elif command.name in ("SEND_PRODUCTS", "HOLD_PRODUCTS"):
            self._verify(t_ns, request, STARTED)
            if command.name == "SEND_PRODUCTS":
                self.products.send(t_ns, int(float(arguments["count"])))  # type: ignore[arg-type]
            else:
                self.products.hold()
            self._verify(t_ns, request, COMPLETED)
        else:
            self._waiting.append([request, command.name, arguments])
            if self._current is None:
                self._start_next(t_ns)

    def _change_rate(self, t_ns: int, request: int, mode: int) -> None:
        modes = self._mission.link.return_modes_bit_s
        if mode >= len(modes):
            self._verify(t_ns, request, NOT_STARTED, Failure.BAD_ARGUMENTS)
            return
        self._verify(t_ns, request, STARTED)
        self._transmit_at(modes[mode])
        self._verify(t_ns, request, COMPLETED)

    def _transmit_at(self, rate_bit_s: float) -> None:
        self._return_rate_bit_s = rate_bit_s
        link = replace(self._mission.link, return_rate_bit_s=rate_bit_s)
        self._housekeeping_cycles = housekeeping_cycles(self._mdb.packet("ROVER_HK"), link)
        self.products.rate(rate_bit_s)
        self._set_return_rate(rate_bit_s)

    def cycle(self, t_ns: int) -> None:
        """A second has passed: move on, report, and send housekeeping when it is due."""
        self._run_to(t_ns)
        self._watch_activity(t_ns)
        self._cycles += 1
        if self._cycles % self._housekeeping_cycles == 0:
            self._send(t_ns, self._reporter.housekeeping(t_ns, self._values()))

    @property
    def owes_time(self) -> bool:
        """Whether a time report is due with this cycle."""
        return self._cycles % _TIME_CYCLES == 0

    def time_report(self, t_ns: int) -> bytes:
        """The clock's reading as the frame begins that carries it."""
        return self._reporter.time(t_ns)

    # Activities

    def _start_next(self, t_ns: int) -> None:
        while self._waiting and self._current is None:
            self._current = self._waiting.pop(0)
            request, name, arguments = self._current
            if name in MOTION_COMMANDS or name in INSTRUMENT_COMMANDS:
                failure = self._hindrance(name, arguments)
                if failure is not None:
                    self._verify(t_ns, request, NOT_STARTED, failure)
                    self._current = None
                    continue
            self._verify(t_ns, request, STARTED)
            self._progress = 0
            if name in MOTION_COMMANDS:
                self._begin_motion(t_ns, name, arguments)
            elif name in INSTRUMENT_COMMANDS:
                self._set_mode(t_ns, "DETECTING")
                self._frames_done = 0
                self._frame_left_ns = round(work_of(self._mission, name, arguments).piece_s * SECOND_NS)
            else:
                self._set_mode(t_ns, str(arguments["mode"]))
                self._finish(t_ns, None)

    def _hindrance(self, name: str, arguments: dict[str, Value]) -> int | None:
        if self._mode in ("NOON_NAP", "DORMANT"):
            return Failure.WRONG_MODE
        if name in INSTRUMENT_COMMANDS:
            size_b = work_of(self._mission, name, arguments).size_b
            if self.products.stored_b + size_b > self._mission.vehicle.store_size_b:
                return Failure.NO_SPACE
        return None

    def _begin_motion(self, t_ns: int, name: str, arguments: dict[str, Value]) -> None:
        self._motions = motions_of(name, arguments, self.state)
        self._motions_length_m = length_m(self._motions, self.state)
        self.state[[st.MOTION, st.STOP, st.DRIVEN, st.SINCE_LOOK, st.LOOK_LEFT]] = 0.0
        self._set_mode(t_ns, "MOVING")
        self._send(t_ns, self._reporter.event(t_ns, "MOTION_STARTED", [len(self._motions)]))

    def _watch_activity(self, t_ns: int) -> None:
        """Report progress and the end of what is under way."""
        if self._current is None:
            self._start_next(t_ns)
            return
        name = self._current[1]
        if name in MOTION_COMMANDS:
            stop = int(self.state[st.STOP])
            if stop == st.STOP_DONE:
                self._send(t_ns, self._reporter.event(t_ns, "MOTION_DONE", [float(self.state[st.DRIVEN])]))
                self._finish(t_ns, None)
            elif stop != st.STOP_NONE:
                self._send(t_ns, self._reporter.event(t_ns, "MOTION_STOPPED", [float(self.state[st.DRIVEN]), stop]))
                self._finish(t_ns, Failure.STOPPED, stop)
            else:
                self._report_progress(t_ns, self._motion_progress())
        elif name in INSTRUMENT_COMMANDS:
            self._watch_instrument(t_ns, work_of(self._mission, name, self._current[2]))

    def _motion_progress(self) -> float:
        """Percent of the way along the motions, by distance where there is any."""
        if self._motions_length_m > 0.0:
            return min(99.0, 100.0 * float(self.state[st.DRIVEN]) / self._motions_length_m)
        return 100.0 * float(self.state[st.MOTION]) / len(self._motions)

    def _watch_instrument(self, t_ns: int, work: Work) -> None:
        piece_ns = round(work.piece_s * SECOND_NS)
        self._frame_left_ns -= CYCLE_NS
        while self._frame_left_ns <= 0 and self._frames_done < work.pieces:
            self._frames_done += 1
            self._frame_left_ns += piece_ns
            kind = work.done.removesuffix("_DONE")
            self.products.keep(kind, int(work.piece_b), joined=self._frames_done > 1 and work.piece_s <= JOINED_S)
        if self._frames_done == work.pieces:
            self._send(t_ns, self._reporter.event(t_ns, work.done, [work.pieces, work.size_b / 1e6]))
            self._finish(t_ns, None)
        else:
            self._report_progress(t_ns, 100.0 * self._frames_done / work.pieces)

    def _report_progress(self, t_ns: int, percent: float) -> None:
        step = int(percent) // _PROGRESS_STEP * _PROGRESS_STEP
        if step > self._progress and self._current is not None:
            self._progress = step
            self._verify(t_ns, self._current[0], PROGRESS, percent=step)

    def _finish(self, t_ns: int, failure: int | None, detail: int = 0) -> None:
        if self._current is None:
            return
        request, name, _ = self._current
        self._verify(t_ns, request, COMPLETED if failure is None else NOT_COMPLETED, failure, detail)
        self._current = None
        self._motions = NO_MOTIONS
        if name in _ACTIVITY_WORDS:
            self._set_mode(t_ns, "IDLE")
        self._start_next(t_ns)

    def _stop(self, t_ns: int, request: int) -> None:
        """End what is under way and drop what waits."""
        self._verify(t_ns, request, STARTED)
        dropped, self._waiting = self._waiting, []
        if self._current is not None and self._current[1] in MOTION_COMMANDS and not len(self._motions):
            self._watch_activity(t_ns)  # it had ended by itself since the last cycle
        if self._current is not None:
            if self._current[1] in MOTION_COMMANDS:
                self.state[st.STOP] = st.STOP_COMMANDED
            self._finish(t_ns, Failure.DROPPED)
        for waiting in dropped:
            self._verify(t_ns, waiting[0], NOT_STARTED, Failure.DROPPED)
        self._send(t_ns, self._reporter.event(t_ns, "COMMANDED_STOP", []))
        self._verify(t_ns, request, COMPLETED)

    # Small things

    def _run_to(self, t_ns: int) -> None:
        steps = self._machine.step_at(t_ns) - self._step
        moving = len(self._motions) > 0
        while steps > 0:
            load = self._load_w(moving)
            run = self._machine.run(self.state, self._motions, load, self._step, steps)
            self._step += run.steps
            steps -= run.steps
            if run.ended:
                self._motions = NO_MOTIONS
                moving = False

    def _load_w(self, moving: bool) -> float:
        """What everything but the drive uses now."""
        if self._current is not None and self._current[1] in INSTRUMENT_COMMANDS and self._mode == "DETECTING":
            return work_of(self._mission, self._current[1], self._current[2]).load_w
        return load_w(self._mission, self._mode, moving)

    def _set_mode(self, t_ns: int, mode: str) -> None:
        if mode != self._mode:
            self._mode = mode
            self._send(t_ns, self._reporter.event(t_ns, "MODE_CHANGED", [self._mdb.number("MODE", mode)]))

    def _verify(
        self, t_ns: int, request: int, subservice: int, failure: int | None = None, detail: int = 0, percent: int = 0
    ) -> None:
        self._send(t_ns, self._reporter.verification(t_ns, request, subservice, failure, detail, percent))

    def _refuse(self, t_ns: int, request: int, failure: int) -> None:
        self._rejected += 1
        self._verify(t_ns, request, REFUSED, failure)

    def _values(self) -> dict[str, float]:
        """Engineering values of the housekeeping packet, in the MDB's units."""
        state: list[float] = self.state.tolist()
        mission = self._mission
        vehicle = mission.vehicle
        sun_elevation, sun_azimuth = self._machine.sun_at(self._step)
        charge = state[st.CHARGE] / vehicle.battery_capacity_j
        voltage = vehicle.battery_empty_v + charge * (vehicle.battery_full_v - vehicle.battery_empty_v)
        activity = "NONE" if self._current is None else _ACTIVITY_WORDS.get(self._current[1], "NONE")
        left = len(self._motions) - int(state[st.MOTION]) if len(self._motions) else 0
        return {
            "ROVER_MODE": self._mdb.number("MODE", self._mode),
            "ROVER_ACTIVITY": self._mdb.number("ACTIVITY", activity),
            "ROVER_STOP_REASON": state[st.STOP],
            "ROVER_PROGRESS": self._progress if self._current is not None else 0,
            "ROVER_WAYPOINTS_LEFT": left,
            "ROVER_EAST": state[st.EST_EAST],
            "ROVER_NORTH": state[st.EST_NORTH],
            "ROVER_UP": state[st.ELEVATION] - mission.site.elevation_m,
            "ROVER_HEADING": degrees(state[st.EST_HEADING]),
            "ROVER_PITCH": math.degrees(state[st.PITCH]),
            "ROVER_ROLL": math.degrees(state[st.ROLL]),
            "ROVER_TILT": math.degrees(state[st.TILT]),
            "ROVER_ODOMETER": state[st.ODOMETER],
            "ROVER_SPEED": state[st.SPEED] * 3600.0,
            "ROVER_SLIP": state[st.SLIP] * 100.0,
            "ROVER_DRIVE_POWER": state[st.DRIVE_POWER],
            "ROVER_BATTERY_SOC": charge * 100.0,
            "ROVER_BATTERY_VOLTAGE": voltage,
            "ROVER_ARRAY_POWER": state[st.ARRAY_POWER],
            "ROVER_LOAD_POWER": state[st.LOAD_POWER],
            "ROVER_BODY_TEMP": state[st.TEMPERATURE] - 273.15,
            "ROVER_SUN_ELEVATION": math.degrees(sun_elevation),
            "ROVER_SUN_AZIMUTH": degrees(sun_azimuth),
            "ROVER_STORE_USED": self.products.stored_b / 1e6,
            "ROVER_TC_ACCEPTED": self._accepted,
            "ROVER_TC_REJECTED": self._rejected,
            "ROVER_RETURN_RATE": self._return_rate_bit_s / 1000.0,
        }

    # Saved and loaded

    def save(self) -> dict[str, Any]:
        """Everything, as plain data."""
        return {
            "state": struct.pack(f"<{st.SIZE}d", *self.state),
            "motions": self._motions.astype("<f8").tobytes(),
            "motions_length_m": self._motions_length_m,
            "step": self._step, "waiting": self._waiting, "current": self._current, "mode": self._mode,
            "progress": self._progress, "frames_done": self._frames_done, "frame_left_ns": self._frame_left_ns,
            "products": self.products.save(), "return_rate": self._return_rate_bit_s,
            "accepted": self._accepted, "rejected": self._rejected,
            "cycles": self._cycles, "sequence": self._reporter.sequence, "clock": self._reporter.clock.save(),
        }  # fmt: skip

    def load(self, saved: dict[str, Any]) -> None:
        """Take the place of what ``save`` gave."""
        self.state = np.frombuffer(saved["state"], dtype="<f8").copy()
        self._motions = np.frombuffer(saved["motions"], dtype="<f8").reshape(-1, 3).copy()
        self._motions_length_m = saved["motions_length_m"]
        self._step = saved["step"]
        self._waiting = [list(item) for item in saved["waiting"]]
        self._current = None if saved["current"] is None else list(saved["current"])
        self._mode = saved["mode"]
        self._progress = saved["progress"]
        self._frames_done = saved["frames_done"]
        self._frame_left_ns = saved["frame_left_ns"]
        self.products.load(saved["products"])
        self._transmit_at(saved["return_rate"])
        self._accepted = saved["accepted"]
        self._rejected = saved["rejected"]
        self._cycles = saved["cycles"]
        self._reporter.sequence = saved["sequence"]
        self._reporter.clock.load(saved["clock"])
