"""A vehicle that is run ahead, step by step, with what it came by."""

from typing import Final

import numpy as np
import numpy.typing as npt

from roverctl.vehicle import state as st
from roverctl.vehicle.figures import STEP_NS
from roverctl.vehicle.machine import NO_MOTIONS, Machine

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]

_TRACE_STEPS: Final = 40  # a row every ten seconds


class Run:
    """A vehicle being run ahead in its mode, with its history every ten seconds and at the times in ``marks_ns``."""

    def __init__(self, machine: Machine, state: Array, t_ns: int, marks_ns: list[int], mode: str) -> None:
        self._machine = machine
        self.state = state.copy()
        self.mode = mode
        self._step = machine.step_at(t_ns)
        self._marks = sorted(machine.step_at(mark_ns) for mark_ns in marks_ns)
        self._times: list[Times] = []
        self._rows: list[Array] = []

    @property
    def t_ns(self) -> int:
        """How far it has come."""
        return self._machine.time_of(self._step)

    def idle_to(self, t_ns: int, load: float) -> None:
        """Stand until then, everything aboard taking ``load`` watts."""
        self._run(NO_MOTIONS, load, self._machine.step_at(t_ns))

    def move_to(self, t_ns: int, motions: Array, load: float) -> None:
        """Until the motions end, at most until ``t_ns``."""
        self.state[[st.MOTION, st.STOP, st.DRIVEN]] = 0.0
        self._run(motions, load, self._machine.step_at(t_ns))

    def _run(self, motions: Array, load: float, until: int) -> None:
        for mark in self._marks:
            if self._step < mark < until:
                self._run(motions, load, mark)
                if self.state[st.STOP] != 0.0 and len(motions):
                    return
        steps = until - self._step
        if steps <= 0:
            return
        rows = np.empty((steps // _TRACE_STEPS + 2, st.SIZE))
        begun = self._step
        run = self._machine.run(self.state, motions, load, begun, steps, rows, _TRACE_STEPS)
        self._step += run.steps
        numbers = np.arange(begun // _TRACE_STEPS + 1, self._step // _TRACE_STEPS + 1, dtype=np.int64) * _TRACE_STEPS
        self._rows += [rows[: len(numbers)], self.state[np.newaxis].copy()]
        origin_ns = self._machine.time_of(0)
        self._times += [origin_ns + numbers * STEP_NS, np.array([self.t_ns], dtype=np.int64)]

    def history(self) -> tuple[Times, Array]:
        """Times and states, rising."""
        return np.concatenate(self._times), np.vstack(self._rows)
