"""Kept nodes: the same values as without, and the ground is asked once."""

import numpy as np
import pytest

from roverctl.mission.profile import Mission
from roverctl.terrain.grid import sample_grid
from roverctl.terrain.kept import KeptTerrain
from roverctl.terrain.opening import open_terrain
from roverctl.terrain.source import Array


class Counted:
    """A tilted plane with waves that counts the nodes it is asked for."""

    label, resolution_m, generated_below_m = "counted", 1.0, 0.0

    def __init__(self) -> None:
        self.nodes = 0

    def elevation(self, east_m: Array, north_m: Array, spacing_m: float) -> Array:
        east, north = np.broadcast_arrays(east_m, north_m)
        self.nodes += east.size
        return np.asarray(0.3 * east - 0.1 * north + np.sin(east * 0.7) + spacing_m)


@pytest.mark.parametrize("spacing_m", [0.1, 0.5, 3.0])
def test_grids_are_those_of_the_terrain_itself(spacing_m: float) -> None:
    random = np.random.default_rng(4)
    plain, kept = Counted(), KeptTerrain(Counted())
    for off in (0.0, 0.5, 0.25):
        for _ in range(10):
            column, row = (int(v) for v in random.integers(-300, 300, 2))
            width, height = (int(v) for v in random.integers(1, 150, 2))
            place = ((column + off) * spacing_m, (row + off) * spacing_m)
            ours = sample_grid(kept, *place, spacing_m, width, height).elevation_m
            assert ours.shape == (height, width)
            theirs = sample_grid(plain, *place, spacing_m, width, height).elevation_m
            np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_what_was_asked_before_is_not_asked_again() -> None:
    ground = Counted()
    kept = KeptTerrain(ground)
    kept.elevation_grid(0.5, 0.5, 1.0, 200, 200)
    asked = ground.nodes
    kept.elevation_grid(20.5, 30.5, 1.0, 150, 100)
    assert ground.nodes == asked
    kept.elevation_grid(40.5, 0.5, 1.0, 200, 200)  # two columns of chunks more, of seven
    assert asked < ground.nodes < 1.4 * asked
    kept.elevation_grid(0.75, 0.5, 1.0, 10, 10)  # another lattice
    assert ground.nodes > asked


def test_no_more_is_kept_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roverctl.terrain.kept._KEPT", 9)
    kept = KeptTerrain(Counted())
    kept.elevation_grid(0.0, 0.0, 1.0, 640, 640)
    assert len(kept._chunks) == 9


def test_the_missions_ground_with_its_detail_is_the_same(mission: Mission) -> None:
    ground = open_terrain(mission)
    kept = KeptTerrain(ground)
    for step in (0.5, 16.0):
        for east in (-20.5, 17.5):
            place = (east * step, 3.5 * step)
            ours = sample_grid(kept, *place, step, 90, 70).elevation_m
            theirs = sample_grid(ground, *place, step, 90, 70).elevation_m
            np.testing.assert_allclose(ours, theirs, atol=2e-3)
