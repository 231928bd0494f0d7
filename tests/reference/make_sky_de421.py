"""Makes sky_de421.csv: Sun, Moon and a station as JPL's DE421 has them, by skyfield, at random instants, 2019 to 2031.

    uv run --with lunarsky tests/reference/make_sky_de421.py

DE421 comes with skyfield-data; the Moon's orientation is the kernel moon_pa_de421_1900-2050.bpc with the frame MOON_ME
of moon_080317.tf, both by NAIF, which the package lunarsky carries. Columns: UTC; Earth-Moon distance (centres,
geometric); azimuth and elevation of the Sun's centre at the site, apparent (light time and aberration), without
refraction; azimuth and elevation of the Earth's centre there, geometric; elevation of the Moon's centre at Neuquén,
geometric.
"""

import importlib.util
from pathlib import Path

import numpy as np
import skyfield_data
from skyfield.api import PlanetaryConstants, load, load_file, wgs84

HERE = Path(__file__).parent
COUNT = 1500
# As in resources/missions/change4/mission.toml.
LONGITUDE_DEG, LATITUDE_DEG, ELEVATION_M = 177.588, -45.457, -5935.0
RADIUS_M = 1_737_400.0
NEUQUEN = (-38.1914, -70.1495, 35.0)


def main() -> None:
    """Write the table."""
    found = importlib.util.find_spec("lunarsky")
    assert found is not None and found.origin is not None
    kernels = Path(found.origin).parent / "data"
    eph = load_file(str(Path(skyfield_data.__file__).parent / "data" / "de421.bsp"))
    constants = PlanetaryConstants()
    with (kernels / "fk" / "satellites" / "moon_080317.tf").open("rb") as file:
        constants.read_text(file)
    constants.read_binary((kernels / "pck" / "moon_pa_de421_1900-2050.bpc").open("rb"))
    # skyfield takes the sphere's radius from BODY301_RADII; the site stands on that of the profile.
    constants.variables["BODY301_RADII"] = [RADIUS_M / 1000.0] * 3
    frame = constants.build_frame_named("MOON_ME_DE421")
    site = eph["moon"] + constants.build_latlon_degrees(frame, LATITUDE_DEG, LONGITUDE_DEG, elevation_m=ELEVATION_M)
    rng = np.random.default_rng(421)
    seconds = np.sort(rng.integers(0, 13 * 365 * 86_400, COUNT))
    scale = load.timescale(builtin=True)
    t = scale.utc(2019, 1, 1, 0, 0, seconds)
    earth, moon, sun = eph["earth"], eph["moon"], eph["sun"]
    distance = (moon - earth).at(t).distance().km
    sun_el, sun_az, _ = site.at(t).observe(sun).apparent().altaz()
    east_earth = (earth - site).at(t)
    earth_el, earth_az, _ = east_earth.altaz()
    neuquen = wgs84.latlon(NEUQUEN[0], NEUQUEN[1], elevation_m=NEUQUEN[2])
    moon_el, _, _ = (moon - (earth + neuquen)).at(t).altaz()
    with (HERE / "sky_de421.csv").open("w", encoding="utf-8") as out:
        out.write("utc,earth_moon_km,sun_azimuth_deg,sun_elevation_deg,earth_azimuth_deg,earth_elevation_deg,")
        out.write("moon_elevation_neuquen_deg\n")
        for row in zip(
            t.utc_strftime("%Y-%m-%dT%H:%M:%SZ"), distance, sun_az.degrees, sun_el.degrees, earth_az.degrees,
            earth_el.degrees, moon_el.degrees, strict=True,
        ):  # fmt: skip
            out.write(f"{row[0]},{row[1]:.3f}," + ",".join(f"{v:.5f}" for v in row[2:]) + "\n")


if __name__ == "__main__":
    main()
