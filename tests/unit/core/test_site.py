"""The site frame against PROJ."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasterio.warp import transform

from roverctl.core.site import SiteFrame

MOON = "+proj=longlat +R=1737400 +no_defs"
SITE = SiteFrame(177.588, -45.457, -5935.0, 1_737_400.0)


@pytest.mark.parametrize("site", [SITE, SiteFrame(0.0, 0.0, 0.0, 1_737_400.0), SiteFrame(12.5, 89.0, 0.0, 1_737_400.0)])
def test_east_and_north_are_those_of_proj_within_a_micrometre(site: SiteFrame) -> None:
    rng = np.random.default_rng(3)
    lon = site.longitude_deg + rng.uniform(-170.0, 170.0, 500)
    lat = rng.uniform(-89.0, 89.0, 500)
    east, north = site.to_site(lon, lat)
    x, y = transform(MOON, site.proj4, lon.tolist(), lat.tolist())
    # At 3000 km a degree's last bit is some tenth of a micrometre; around the antipode the frame itself is singular.
    near = np.hypot(x, y) < 4.5e6
    assert near.sum() > 300
    assert np.abs(east - x)[near].max() < 1e-5 and np.abs(north - y)[near].max() < 1e-5


@given(st.floats(-400e3, 400e3), st.floats(-400e3, 400e3))
def test_there_and_back_within_a_tenth_of_a_micrometre(east: float, north: float) -> None:
    lon, lat = SITE.to_geographic(east, north)
    assert 0.0 <= lon < 360.0
    back_east, back_north = SITE.to_site(lon, lat)
    assert abs(back_east - east) < 1e-6 and abs(back_north - north) < 1e-6


def test_the_site_itself_is_the_origin_exactly() -> None:
    east, north = SITE.to_site(177.588, -45.457)
    assert abs(east) < 1e-9 and abs(north) < 1e-9
    lon, lat = SITE.to_geographic(0.0, 0.0)
    assert (float(lon), float(lat)) == pytest.approx((177.588, -45.457), abs=1e-13)


def test_shapes_broadcast() -> None:
    east, north = SITE.to_site(np.linspace(177, 178, 4)[np.newaxis], np.linspace(-46, -45, 3)[:, np.newaxis])
    assert east.shape == north.shape == (3, 4)
