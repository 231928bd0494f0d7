"""Every product comes out of the one catalogue, painted and explained, or says in a line what it lacks."""

import dataclasses
import math

import numpy as np
import pytest

from roverctl.core.errors import InputError
from roverctl.mission.profile import Mission
from roverctl.terrain.products.catalogue import PRODUCTS, Setting, Window, compute, setting_for
from roverctl.terrain.products.colours import legend, paint
from roverctl.terrain.products.product import HAZARD_CLASSES, Classes, Ramp
from tests.unit.doubles import Ground, plane, waves

WINDOW = Window(-8.0, -6.0, 0.5, 33, 25)


@pytest.fixture
def setting(mission: Mission) -> Setting:
    return dataclasses.replace(
        setting_for(mission),
        sun_azimuth_rad=np.radians([90.0, 180.0]),
        sun_elevation_rad=np.radians([10.0, 40.0]),
        step_s=3600.0,
        relay_azimuth_rad=np.radians([20.0]),
        relay_elevation_rad=np.radians([45.0]),
        point_m=(0.0, 0.0),
    )


@pytest.mark.parametrize("name", PRODUCTS)
def test_every_product_fills_its_window_and_is_painted(name: str, setting: Setting) -> None:
    values = compute(waves(), name, WINDOW, setting)
    assert values.shape == (25, 33) and values.dtype == np.float32
    picture = paint(PRODUCTS[name], values)
    assert picture.shape == (25, 33, 4) and picture.dtype == np.uint8
    assert np.all(picture[np.isnan(values)] == 0)


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_window_is_the_same_cut_from_a_larger_one(name: str, setting: Setting) -> None:
    part = Window(-6.0, -5.0, 0.5, 12, 9)
    values = compute(waves(), name, WINDOW, setting)[2:11, 4:16]
    assert np.allclose(compute(waves(), name, part, setting), values, atol=1e-4, equal_nan=True)


def test_slope_and_aspect_of_a_plane() -> None:
    ground = plane(0.2, 0.1)
    slope = compute(ground, "slope", WINDOW, Setting())
    assert np.allclose(slope, math.degrees(math.atan(math.hypot(0.2, 0.1))), atol=1e-4)
    # it rises to the east-north-east, so it faces west-south-west
    aspect = compute(ground, "aspect", WINDOW, Setting())
    assert np.allclose(aspect, 180.0 + math.degrees(math.atan2(0.2, 0.1)), atol=1e-3)


def test_what_is_unknown_or_missing_is_told_in_a_line(setting: Setting) -> None:
    with pytest.raises(InputError, match="no product 'steepness'; known are elevation"):
        compute(waves(), "steepness", WINDOW, setting)
    for name, product in PRODUCTS.items():
        if product.needs:
            with pytest.raises(InputError, match=f"{name} needs"):
                compute(waves(), name, WINDOW, Setting())


def test_hazards_have_their_reason(mission: Mission) -> None:
    limit = mission.vehicle.plan_slope_rad
    setting = setting_for(mission)

    def classes(ground: Ground, window: Window = WINDOW) -> set[str]:
        values = compute(ground, "hazard", window, setting)
        return {HAZARD_CLASSES[int(value)] for value in values.ravel()}

    assert classes(plane(0.0, 0.0)) == {"Safe"}
    assert classes(plane(math.tan(0.9 * limit), 0.0), Window(0.0, 0.0, 2.0, 5, 5)) == {"Caution: slope"}
    assert classes(plane(0.0, math.tan(1.1 * limit)), Window(0.0, 0.0, 2.0, 5, 5)) == {"Hazard: slope"}
    shelf = Ground(lambda east, north: np.where(east > 0.1, 0.3, 0.0))
    assert "Hazard: step" in classes(shelf)
    # at 5 m a shelf of 0.3 m is neither steep nor seen as a step
    assert classes(shelf, Window(-20.0, -20.0, 5.0, 9, 9)) == {"Safe"}


def test_a_slope_that_detail_hides_is_a_hazard_all_the_same(mission: Mission) -> None:
    class Detailed(Ground):
        generated_below_m = 100.0
        base = plane(math.tan(1.2 * mission.vehicle.plan_slope_rad), 0.0)

    values = compute(Detailed(lambda east, north: 0.0 * east), "hazard", Window(0, 0, 2.0, 5, 5), setting_for(mission))
    assert np.all(values == HAZARD_CLASSES.index("Hazard: slope"))


def test_ramps_grow_lighter_from_end_to_end() -> None:
    for product in PRODUCTS.values():
        if isinstance(product.scale, Ramp) and product.name != "aspect":
            values = np.linspace(product.scale.low, product.scale.high, 64)
            linear = (paint(product, values)[:, :3] / 255.0) ** 2.2
            luminance = linear @ np.array([0.2126, 0.7152, 0.0722])
            assert np.all(np.diff(luminance) >= -1e-3), product.name


def test_legends_name_values_with_their_unit() -> None:
    rows = legend(PRODUCTS["slope"])
    assert rows[0][2] == "0 deg" and rows[-1][0] == 35.0
    for product in PRODUCTS.values():
        if isinstance(product.scale, Classes):
            assert [row[2] for row in legend(product)] == list(product.scale.names)


def test_missing_ground_is_missing_in_every_product(setting: Setting) -> None:
    holed = Ground(lambda east, north: np.where((east > 2.0) & (north > 2.0), np.nan, 0.1 * east))
    for name in PRODUCTS:
        values = compute(holed, name, WINDOW, setting)
        assert np.all(np.isnan(values[18:, 22:])), name
