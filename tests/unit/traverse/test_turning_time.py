"""Turns are told as long as the vehicle stands for them."""

import math

import numpy as np
import pytest

from roverctl.ephemeris.sky import Sky
from roverctl.traverse.checking import check_line
from roverctl.traverse.reference import ReferenceTrack
from roverctl.vehicle import state as st
from roverctl.vehicle.figures import load_w
from roverctl.vehicle.ground import Ground
from roverctl.vehicle.machine import Machine
from roverctl.vehicle.motions import GOTO
from tests.unit.traverse.made import MISSION, Made, ask, level


@pytest.mark.parametrize("turn_deg", [3.0, 5.5, 12.0, 40.0, 110.0])
def test_a_zigzag_takes_what_its_drive_takes(turn_deg: float) -> None:
    heading = math.radians(turn_deg) * (np.arange(31) % 2)
    points = np.cumsum(3.0 * np.stack((np.sin(heading), np.cos(heading)), axis=1), axis=0)
    points -= points[0]
    line = ReferenceTrack("zigzag", MISSION.body.name, points[:, 0], points[:, 1], "here")
    route = check_line(Made(level), MISSION, line, ask((0, 0), (1, 0), spacing_m=1.0))
    machine = Machine(MISSION, Ground(Made(level), 0.5), Sky(MISSION).sun, MISSION.start_ns)
    state = st.start_state(MISSION.start_state, MISSION.vehicle)
    state[[st.EAST, st.EST_EAST, st.NORTH, st.EST_NORTH]] = 0.0
    state[[st.HEADING, st.EST_HEADING]] = heading[1]
    motions = np.array([[GOTO, east, north] for east, north in points[1:].tolist()])
    run = machine.run(state, motions, load_w(MISSION, "", True), 0, 1_000_000)
    assert run.ended and state[st.STOP] == st.STOP_DONE
    # Of the looks on the way, which come every few metres, the last may be left out.
    apart_s = MISSION.vehicle.look_time_s + 0.01 * route.drive_s
    assert route.drive_s == pytest.approx(0.25 * run.steps, abs=apart_s)
