"""What carries the link between Earth and rover: a relay on a halo, on a tabulated orbit, at a fixed place, or nothing.

One of these tables stands in a profile, each with ``rover_mask``, the least elevation at the rover of what it talks to:

[halo]         x, z, vy and period of a periodic orbit, or amplitude and family ("northern", "southern")
[orbit_file]   file: a CCSDS Orbit Ephemeris Message; object, where it holds several
[fixed_relay]  longitude, latitude, elevation on the Moon; or point ("L1" ... "L5"); or x, y, z in the rotating frame
[direct]       the rover hears the stations itself
"""

from dataclasses import dataclass
from typing import Final

from roverctl.core.times import format_utc
from roverctl.mission.figures import Table, split_suffix
from roverctl.mission.oem import OrbitFile, read_oem

KINDS: Final = ("halo", "orbit_file", "fixed_relay", "direct")
FAMILIES: Final = ("northern", "southern")
POINTS: Final = ("L1", "L2", "L3", "L4", "L5")
# The mass ratio of Earth and Moon is 0.0121505: a value far from it is a slip of the pen.
_MU_LOW, _MU_HIGH = 0.012, 0.0123
# TDB, TT, TAI and GPS time lie less than this from UTC until leap seconds end.
_SCALES_APART_NS: Final = 120 * 10**9


@dataclass(frozen=True, slots=True)
class Halo:
    """The relay's orbit: initial state in CR3BP units (rotating frame, barycentre), phase at the epoch in periods."""

    mu: float
    x: float
    z: float
    vy: float
    period: float
    unit_length_m: float
    unit_time_s: float
    phase: float
    epoch_ns: int


@dataclass(frozen=True, slots=True)
class HaloShape:
    """A halo about L2 by its Z amplitude: how far from the Moon's orbital plane it stands where it is farthest from the
    Moon. A southern one stands south of the plane there.
    """

    mu: float
    amplitude_m: float
    southern: bool
    unit_length_m: float
    unit_time_s: float
    phase: float
    epoch_ns: int


@dataclass(frozen=True, slots=True)
class FixedPlace:
    """A relay that stands on the Moon, such as a lander or a mast; elevation above the body's sphere."""

    longitude_rad: float
    latitude_rad: float
    elevation_m: float


@dataclass(frozen=True, slots=True)
class FixedPoint:
    """A relay at rest in the rotating frame of Earth and Moon; units of their distance from the barycentre, or the name
    of a libration point in place of them.
    """

    mu: float
    x: float
    y: float
    z: float
    point: str


RelayOrbit = Halo | HaloShape | OrbitFile | FixedPlace | FixedPoint


def read_orbit(root: Table, start_ns: int) -> tuple[RelayOrbit | None, float, bytes]:
    """The relay's orbit, None for a direct link; the mask at the rover in radians; and the orbit file's content.

    Raises
    ------
    ProfileError
        Naming file and key.
    """
    there = [kind for kind in KINDS if kind in root.content]
    if len(there) != 1:
        problem = "stand side by side" if there else "are missing"
        raise root.fail(
            " and ".join(there) or "halo",
            f"{'these tables' if there else 'the tables of the relay'} {problem}; give one of [halo], [orbit_file], "
            "[fixed_relay], or [direct] for a link without a relay",
        )
    table = root.table(there[0])
    mask_rad = table.figure("rover_mask", "rad")
    if not abs(mask_rad) < 1.5708:
        raise table.fail("rover_mask", "must lie between -90 and 90 deg")
    if there == ["halo"]:
        return _read_halo(table), mask_rad, b""
    if there == ["orbit_file"]:
        orbit, content = _read_file(table, start_ns)
        return orbit, mask_rad, content
    if there == ["fixed_relay"]:
        return _read_fixed(table), mask_rad, b""
    return None, mask_rad, b""


def _read_halo(table: Table) -> Halo | HaloShape:
    by_state, by_shape = {"x", "z", "vy", "period"} & set(table.content), {"amplitude", "family"} & set(table.content)
    if by_state and by_shape:
        raise table.fail("amplitude", "give either x, z, vy and period, or amplitude and family")
    epoch_ns = table.time("epoch")
    orbit: Halo | HaloShape
    if by_shape:
        family = table.text("family")
        if family not in FAMILIES:
            raise table.fail("family", f"unknown family '{family}'; known are {', '.join(FAMILIES)}")
        orbit = table.fill(HaloShape, southern=family == "southern", epoch_ns=epoch_ns)
    else:
        orbit = table.fill(Halo, epoch_ns=epoch_ns)
    names = ["unit_length_m", "unit_time_s", *(["period"] if isinstance(orbit, Halo) else ["amplitude_m"])]
    for name in names:
        if not getattr(orbit, name) > 0.0:
            raise table.fail(split_suffix(name)[0], "must be greater than zero")
    _check_mu(table, orbit.mu)
    return orbit


def _read_file(table: Table, start_ns: int) -> tuple[OrbitFile, bytes]:
    file = table.file.parent / table.text("file")
    orbit, content = read_oem(file, table.text("object") if "object" in table.content else None)
    begin_ns, end_ns = orbit.begin_ns, orbit.end_ns
    if not begin_ns - _SCALES_APART_NS <= start_ns <= end_ns + _SCALES_APART_NS:
        raise table.fail(
            "file",
            f"{file.name} covers {format_utc(begin_ns, 0)} to {format_utc(end_ns, 0)}, not the mission's start "
            f"{format_utc(start_ns, 0)}",
        )
    return orbit, content


def _read_fixed(table: Table) -> FixedPlace | FixedPoint:
    if "longitude" in table.content:
        place = table.fill(FixedPlace)
        if abs(place.latitude_rad) > 1.5708:
            raise table.fail("latitude", "must lie between -90 and 90 deg")
        return place
    if not {"point", "x"} & set(table.content):
        raise table.fail("point", "give longitude, latitude and elevation; or point; or x, y and z")
    mu = table.figure("mu", "")
    _check_mu(table, mu)
    if "point" in table.content:
        point = table.text("point")
        if point not in POINTS:
            raise table.fail("point", f"unknown point '{point}'; known are {', '.join(POINTS)}")
        return FixedPoint(mu, 0.0, 0.0, 0.0, point)
    x, y, z = (table.figure(key, "") for key in "xyz")
    if max(abs(x), abs(y), abs(z)) > 10.0:
        raise table.fail("x", "x, y and z must lie within 10 distances of Earth and Moon")
    if (x - 1.0 + mu) ** 2 + y * y + z * z < 0.006**2 or (x + mu) ** 2 + y * y + z * z < 0.02**2:
        raise table.fail("x", "this point lies within the Moon or the Earth")
    return FixedPoint(mu, x, y, z, "")


def _check_mu(table: Table, mu: float) -> None:
    if not _MU_LOW <= mu <= _MU_HIGH:
        raise table.fail("mu", f"must lie between {_MU_LOW:g} and {_MU_HIGH:g}, for Earth and Moon")
