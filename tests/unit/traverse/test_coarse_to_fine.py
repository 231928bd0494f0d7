"""Coarse to fine against the search of all ground, where the coarse grid closes what is open."""

from collections.abc import Callable

import numpy as np
import pytest

from roverctl.core.errors import InfeasibleError
from roverctl.traverse.planner import plan
from roverctl.traverse.route import Route
from tests.unit.traverse.made import MISSION, Array, Made, ask

Height = Callable[[Array, Array], Array]


def ridge(wide_m: float, high_m: float, pass_half_m: float) -> Height:
    """A ridge from south to north at 250 m east, with a level pass at 40 m north."""

    def height(east: Array, north: Array) -> Array:
        beside = np.clip(3.0 * (np.abs(north - 40.0) - pass_half_m), -50.0, 50.0)
        return np.asarray(-5900.0 + high_m * np.exp(-(((east - 250.0) / wide_m) ** 2)) / (1.0 + np.exp(-beside)))

    return height


def planned(formula: Height, most_cells: int, monkeypatch: pytest.MonkeyPatch) -> Route:
    monkeypatch.setattr("roverctl.traverse.ground.MOST_CELLS", most_cells)
    return plan(Made(formula), MISSION, ask((0.0, 0.0), (500.0, 30.0), spacing_m=1.0))


@pytest.mark.parametrize("pass_half_m", [5.0, 15.0])
def test_a_way_that_the_coarse_grid_closes_is_found(pass_half_m: float, monkeypatch: pytest.MonkeyPatch) -> None:
    exact = planned(ridge(30.0, 20.0, pass_half_m), 20_000_000, monkeypatch)
    found = planned(ridge(30.0, 20.0, pass_half_m), 150_000, monkeypatch)
    assert exact.corridor_m is None and found.corridor_m == 64.0
    assert found.cost == pytest.approx(exact.cost, rel=1e-9)


def test_where_no_spacing_holds_a_way_the_finest_that_was_tried_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InfeasibleError, match="at 4 m, from which the search at 1 m begins: no route"):
        planned(ridge(30.0, 20.0, -20.0), 150_000, monkeypatch)
