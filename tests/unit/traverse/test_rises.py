"""The table of costs by rise against the edge's own formula."""

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roverctl.core.compiled import kernel
from roverctl.mission.profile import load_mission
from roverctl.traverse.costs import CostModel, cost_model
from roverctl.traverse.request import RouteRequest
from roverctl.traverse.search.edges import over_ground
from roverctl.traverse.search.rises import by_rise, of_rise

Array = npt.NDArray[np.float64]

MISSION = load_mission()


@kernel
def _looked_up(tangents: Array, pieces: Array, cubics: Array) -> Array:
    out = np.empty(tangents.size)
    for i in range(tangents.size):
        out[i] = of_rise(tangents[i], pieces, cubics)
    return out


def model_of(objective: str, limit_deg: float) -> CostModel:
    return cost_model(
        MISSION, RouteRequest(start_m=(0, 0), goal_m=(1, 1), max_slope_rad=math.radians(limit_deg)), objective
    )


def assert_as_the_formula(model: CostModel) -> None:
    up, down, _ = model.limits
    kinks = np.tan(model.slip_slope_rad)
    kinks = kinks[(kinks > -down) & (kinks < up)]
    tangents = np.concatenate(
        (
            np.linspace(-down, up, 5001),
            kinks,
            np.nextafter(kinks, -1.0),
            np.nextafter(kinks, 1.0),
            [0.0, -0.0, up, -down],
        )
    )
    wanted = np.array([over_ground(1.0, t, model.rates, model.slip_slope_rad, model.slip) for t in tangents])
    wrong = np.abs(_looked_up(tangents, *by_rise(model)) / wanted - 1.0)
    assert float(wrong.max()) < 1e-12, f"{wrong.max():.1e} at {tangents[wrong.argmax()]}"


@pytest.mark.parametrize("objective", ["time", "distance", "energy", "sun", "risk"])
@pytest.mark.parametrize("limit_deg", [0.01, 15.0, 20.0, 60.0])
def test_is_the_formula_for_every_objective(objective: str, limit_deg: float) -> None:
    assert_as_the_formula(model_of(objective, limit_deg))


@settings(max_examples=60, deadline=None)
@given(
    hundredths=st.lists(st.integers(-3500, 6000), min_size=1, max_size=8, unique=True),
    slips=st.lists(st.floats(0.0, 0.97), min_size=8, max_size=8),
    objective=st.sampled_from(["time", "energy"]),
    limit_deg=st.floats(1.0, 50.0),
)
def test_is_the_formula_for_any_slip_curve(
    hundredths: list[int], slips: list[float], objective: str, limit_deg: float
) -> None:
    model = model_of(objective, limit_deg)
    assert_as_the_formula(
        replace(model, slip_slope_rad=np.radians(np.sort(hundredths) / 100.0), slip=np.array(slips[: len(hundredths)]))
    )


def test_is_made_once_for_a_model() -> None:
    first, again = by_rise(model_of("time", 15.0)), by_rise(model_of("time", 15.0))
    assert first[1] is again[1]
    assert first[1] is not by_rise(model_of("energy", 15.0))[1]
