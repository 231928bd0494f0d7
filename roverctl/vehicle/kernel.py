"""The vehicle stepped on its fixed grid: attitude, motion, slip, power, heat. Pure: the same input, the same bits.

Models: attitude from the ground under the wheels' ends; slip from slope along the track by the profile's curve, and
what rough ground adds to a metre by another; drive power after Carr 2001 (in pextant); array, battery and heat by
``energy``. Noise comes from a counter-based generator keyed by seed and step, so it is part of the state.
"""

import math

import numpy as np
import numpy.typing as npt

from roverctl.core.compiled import kernel
from roverctl.vehicle import figures as fig
from roverctl.vehicle import state as st
from roverctl.vehicle.energy import charged, sunlight, warmed
from roverctl.vehicle.motions import GOTO, TURN_ON_SPOT_RAD

Array = npt.NDArray[np.float64]

_ARRIVED_M = 0.03
_SLIP_STOP = 0.8
_LOWEST_CHARGE = 0.05
_LOOK_AHEAD_M = 0.25  # beyond the front wheels: where an obstacle is measured

# What ended a call.
RAN = 0
ENDED = 1  # the motions are done or stopped: state[STOP] says why
OFF_PATCH = 2  # the vehicle left the core of its ground patch


def reach_m(figures: Array) -> float:
    """How far around a place in a patch's core heights are asked for, to each side, in a step that leads out of it."""
    around = max(figures[fig.HALF_LENGTH] + _LOOK_AHEAD_M, figures[fig.HALF_WIDTH], figures[fig.ROUGH_ARM])
    return float(around + figures[fig.SPEED] * fig.STEP_S)


@kernel
def _bits(seed: int, step: int, channel: int) -> float:
    """A uniform number in (0, 1) by SplitMix64's finaliser (Steele, Lea and Flood 2014) over a counter."""
    x = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(step) * np.uint64(0xD1B54A32D192ED03)
    x += np.uint64(channel) * np.uint64(0x8CB92BA72F3D8DD7)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    x = x ^ (x >> np.uint64(31))
    return (float(x >> np.uint64(11)) + 0.5) / 9007199254740992.0


@kernel
def _gauss(seed: int, step: int, channel: int) -> float:
    """A standard normal number, Box and Muller 1958."""
    u = _bits(seed, step, 2 * channel)
    v = _bits(seed, step, 2 * channel + 1)
    return math.sqrt(-2.0 * math.log(u)) * math.cos(2.0 * math.pi * v)


@kernel
def _height(ground: Array, east0: float, north0: float, spacing: float, east: float, north: float) -> float:
    """Bilinear; NaN beyond the grid."""
    x = (east - east0) / spacing
    y = (north - north0) / spacing
    c = math.floor(x)
    r = math.floor(y)
    if c < 0 or r < 0 or c + 1 >= ground.shape[1] or r + 1 >= ground.shape[0]:
        return math.nan
    fx = x - c
    fy = y - r
    south = ground[r, c] * (1.0 - fx) + ground[r, c + 1] * fx
    north_side = ground[r + 1, c] * (1.0 - fx) + ground[r + 1, c + 1] * fx
    return float(south * (1.0 - fy) + north_side * fy)


@kernel
def _curve(xs: Array, ys: Array, x: float) -> float:
    """Linear interpolation, held beyond the ends."""
    if x <= xs[0]:
        return float(ys[0])
    for i in range(1, xs.shape[0]):
        if x <= xs[i]:
            return float(ys[i - 1] + (ys[i] - ys[i - 1]) * (x - xs[i - 1]) / (xs[i] - xs[i - 1]))
    return float(ys[-1])


@kernel
def _wrap(angle: float) -> float:
    """Into -pi..pi."""
    return angle - 2.0 * math.pi * math.floor((angle + math.pi) / (2.0 * math.pi))


@kernel
def _attitude(state: Array, figures: Array, ground: Array, east0: float, north0: float, spacing: float) -> bool:
    """Set elevation, pitch, roll and tilt from the ground; False where there is none."""
    east, north, heading = state[st.EAST], state[st.NORTH], state[st.HEADING]
    sine, cosine = math.sin(heading), math.cos(heading)
    a, b = 0.8 * figures[fig.HALF_LENGTH], 0.8 * figures[fig.HALF_WIDTH]
    front = _height(ground, east0, north0, spacing, east + a * sine, north + a * cosine)
    rear = _height(ground, east0, north0, spacing, east - a * sine, north - a * cosine)
    right = _height(ground, east0, north0, spacing, east + b * cosine, north - b * sine)
    left = _height(ground, east0, north0, spacing, east - b * cosine, north + b * sine)
    total = front + rear + right + left
    if math.isnan(total):
        return False
    pitch = (front - rear) / (2.0 * a)
    roll = (left - right) / (2.0 * b)
    state[st.ELEVATION] = 0.25 * total
    state[st.PITCH] = math.atan(pitch)
    state[st.ROLL] = math.atan(roll)
    state[st.TILT] = math.atan(math.sqrt(pitch * pitch + roll * roll))
    return True


@kernel
def _roughness(
    ground: Array, east0: float, north0: float, spacing: float, east: float, north: float, arm: float
) -> float:
    """Root mean square of nine heights, ``arm`` apart, about their plane of least squares; see ``mission.Vehicle``.

    About the nearest node: heights between nodes are smoother than the ground is. Zero where one of them is missing.
    """
    east = east0 + spacing * math.floor((east - east0) / spacing + 0.5)
    north = north0 + spacing * math.floor((north - north0) / spacing + 0.5)
    total, squares, to_east, to_north = 0.0, 0.0, 0.0, 0.0
    here = _height(ground, east0, north0, spacing, east, north)
    for i in range(-1, 2):
        for j in range(-1, 2):
            rise = _height(ground, east0, north0, spacing, east + j * arm, north + i * arm) - here
            total += rise
            squares += rise * rise
            to_east += j * rise
            to_north += i * rise
    left = squares - total * total / 9.0 - (to_east * to_east + to_north * to_north) / 6.0
    return math.sqrt(left / 9.0) if left > 0.0 else 0.0


@kernel
def _drive(
    state: Array, figures: Array, slip_slope: Array, slip_value: Array, rough_m: Array, rough_s_m: Array,
    distance_left: float,
    ground: Array, east0: float, north0: float, spacing: float, seed: int, step: int, noisy: bool,
) -> None:  # fmt: skip
    """One step forward along the heading; sets STOP where something is in the way."""
    heading = state[st.HEADING]
    sine, cosine = math.sin(heading), math.cos(heading)
    ahead = figures[fig.HALF_LENGTH] + _LOOK_AHEAD_M
    here = state[st.ELEVATION]
    there = _height(ground, east0, north0, spacing, state[st.EAST] + ahead * sine, state[st.NORTH] + ahead * cosine)
    if math.isnan(there):
        state[st.STOP] = st.STOP_NO_GROUND
        return
    if abs(there - here - math.tan(state[st.PITCH]) * ahead) > figures[fig.MAX_STEP]:
        state[st.STOP] = st.STOP_OBSTACLE
        return
    slip = _curve(slip_slope, slip_value, state[st.PITCH])
    if slip > _SLIP_STOP:
        state[st.STOP] = st.STOP_SLIP
        return
    rough = _roughness(
        ground, east0, north0, spacing, state[st.EAST], state[st.NORTH], figures[fig.ROUGH_ARM]
    )  # fmt: skip
    # A metre takes what it takes with slip, and what rough ground adds.
    slower = 1.0 + figures[fig.SPEED] * (1.0 - slip) * _curve(rough_m, rough_s_m, rough)
    rolled = min(figures[fig.SPEED] * fig.STEP_S / slower, distance_left / (1.0 - slip))
    moved = rolled * (1.0 - slip)
    believed = moved
    if noisy:
        # Per metre the odometry's relative error has the profile's sigma; over a step it grows as a random walk does.
        root = math.sqrt(moved)
        believed += root * figures[fig.ODOMETRY_NOISE] * _gauss(seed, step, 0)
        state[st.HEADING] = heading + root * figures[fig.HEADING_NOISE] * _gauss(seed, step, 1)
    before = state[st.TILT]
    state[st.EAST] += moved * sine
    state[st.NORTH] += moved * cosine
    state[st.EST_EAST] += believed * math.sin(state[st.EST_HEADING])
    state[st.EST_NORTH] += believed * math.cos(state[st.EST_HEADING])
    state[st.ODOMETER] += rolled
    state[st.DRIVEN] += moved
    state[st.SINCE_LOOK] += moved
    state[st.SPEED] = moved / fig.STEP_S
    state[st.SLIP] = slip
    if not _attitude(state, figures, ground, east0, north0, spacing):
        state[st.STOP] = st.STOP_NO_GROUND
        return
    if state[st.TILT] > figures[fig.MAX_TILT] and state[st.TILT] > before:
        state[st.STOP] = st.STOP_TILT
    # Carr 2001: W = (flat + climb * degrees uphill * g / 1.62) * kg * m/s
    uphill = max(0.0, math.degrees(state[st.PITCH]))
    rate = rolled / fig.STEP_S
    state[st.DRIVE_POWER] = (
        figures[fig.MASS] * rate
        * (figures[fig.DRIVE_FLAT] + figures[fig.DRIVE_CLIMB] * uphill * figures[fig.GRAVITY] / 1.62)
    )  # fmt: skip
    if state[st.SINCE_LOOK] >= figures[fig.STEP_LENGTH]:
        state[st.SINCE_LOOK] = 0.0
        state[st.LOOK_LEFT] = figures[fig.LOOK_TIME]


@kernel
def _turn(state: Array, figures: Array, error: float) -> None:
    """Turn on the spot by at most a step's worth."""
    most = figures[fig.TURN_RATE] * fig.STEP_S
    turn = min(max(error, -most), most)
    state[st.HEADING] = (state[st.HEADING] + turn) % (2.0 * math.pi)
    state[st.EST_HEADING] = (state[st.EST_HEADING] + turn) % (2.0 * math.pi)


@kernel
def _move(
    state: Array, motions: Array, figures: Array, slip_slope: Array, slip_value: Array,
    rough_m: Array, rough_s_m: Array,
    ground: Array, east0: float, north0: float, spacing: float, seed: int, step: int, noisy: bool,
) -> None:  # fmt: skip
    """One step of the motion under way."""
    if state[st.LOOK_LEFT] > 0.0:
        state[st.LOOK_LEFT] = max(0.0, state[st.LOOK_LEFT] - fig.STEP_S)
        return
    index = int(state[st.MOTION])
    if motions[index, 0] == GOTO:
        east = motions[index, 1] - state[st.EST_EAST]
        north = motions[index, 2] - state[st.EST_NORTH]
        distance = math.hypot(east, north)
        if distance < _ARRIVED_M:
            state[st.MOTION] = index + 1
            return
        error = _wrap(math.atan2(east, north) - state[st.EST_HEADING])
        # Close to the goal the bearing swings; there the last step is driven as it is.
        if abs(error) > TURN_ON_SPOT_RAD and distance > 0.2:
            _turn(state, figures, error)
            return
        if abs(error) > 0.5 * math.pi:
            state[st.MOTION] = index + 1  # passed it by less than the tolerance above
            return
        _turn(state, figures, error)
        _drive(
            state, figures, slip_slope, slip_value, rough_m, rough_s_m, distance,
            ground, east0, north0, spacing, seed, step, noisy,
        )  # fmt: skip
    else:
        error = _wrap(motions[index, 1] - state[st.EST_HEADING])
        if abs(error) < 1e-9:
            state[st.MOTION] = index + 1
            return
        _turn(state, figures, error)


@kernel
def _energy(state: Array, figures: Array, base_load: float, sun_elevation: float, sun_azimuth: float) -> None:
    """Array, battery and heat over a step."""
    heading = state[st.HEADING]
    along, across = math.tan(state[st.PITCH]), -math.tan(state[st.ROLL])
    array, absorbed = sunlight(
        figures, sun_elevation, sun_azimuth,
        along * math.sin(heading) + across * math.cos(heading), along * math.cos(heading) - across * math.sin(heading),
    )  # fmt: skip
    load = base_load + state[st.DRIVE_POWER]
    state[st.CHARGE] = charged(figures, state[st.CHARGE], array, load, fig.STEP_S)
    state[st.TEMPERATURE] = warmed(figures, state[st.TEMPERATURE], load, absorbed, fig.STEP_S)
    state[st.ARRAY_POWER] = array
    state[st.LOAD_POWER] = load


@kernel
def advance(
    state: Array, motions: Array, figures: Array, slip_slope: Array, slip_value: Array,
    rough_m: Array, rough_s_m: Array,
    ground: Array, east0: float, north0: float, spacing: float, core: Array,
    sun: Array, sun_step0: int, sun_steps: int,
    base_load: float, seed: int, noisy: bool, step0: int, steps: int, trace: Array, trace_every: int,
) -> tuple[int, int]:  # fmt: skip
    """Step ``state`` in place.

    Parameters
    ----------
    motions
        (n, 3) rows of ``vehicle.motions``; n may be 0.
    ground, east0, north0, spacing, core
        Elevations with row 0 in the south; ``core`` is (west, south, east, north) of where they serve.
    sun, sun_step0, sun_steps
        (m, 2) elevation and (unwrapped) azimuth at every ``sun_steps``-th step from step ``sun_step0``.
    base_load
        Watts of everything but the drive.
    step0, steps
        Number of the first step since the grid's origin, and how many at most.
    trace, trace_every
        Rows that take a copy of the state at every ``trace_every``-th step number; none for a (0, SIZE) array.

    Returns
    -------
    Steps done, and what ended the call: RAN, ENDED or OFF_PATCH.
    """
    row = 0
    for i in range(steps):
        step = step0 + i
        if not (core[0] <= state[st.EAST] < core[2] and core[1] <= state[st.NORTH] < core[3]):
            return i, OFF_PATCH
        state[st.SPEED] = 0.0
        state[st.SLIP] = 0.0
        state[st.DRIVE_POWER] = 0.0
        moving = state[st.MOTION] < motions.shape[0] and state[st.STOP] == 0.0
        if not _attitude(state, figures, ground, east0, north0, spacing) and moving:
            state[st.STOP] = st.STOP_NO_GROUND
        elif moving:
            if state[st.CHARGE] < _LOWEST_CHARGE * figures[fig.CAPACITY]:
                state[st.STOP] = st.STOP_BATTERY
            else:
                _move(
                    state, motions, figures, slip_slope, slip_value, rough_m, rough_s_m,
                    ground, east0, north0, spacing, seed, step, noisy,
                )  # fmt: skip
        place = (step - sun_step0) / sun_steps
        node = min(max(int(place), 0), sun.shape[0] - 2)
        part = place - node
        _energy(
            state, figures, base_load,
            sun[node, 0] + (sun[node + 1, 0] - sun[node, 0]) * part,
            sun[node, 1] + (sun[node + 1, 1] - sun[node, 1]) * part,
        )  # fmt: skip
        if row < trace.shape[0] and (step + 1) % trace_every == 0:
            for j in range(st.SIZE):
                trace[row, j] = state[j]
            row += 1
        if moving:
            if state[st.STOP] == 0.0 and state[st.MOTION] >= motions.shape[0]:
                state[st.STOP] = st.STOP_DONE
            if state[st.STOP] != 0.0:
                return i + 1, ENDED
    return steps, RAN
