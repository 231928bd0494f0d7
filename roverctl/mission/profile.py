"""The mission profile: what is known or assumed of body, site, vehicle, stations, relay and links, in SI."""

import csv
import hashlib
import itertools
import math
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from roverctl.core.errors import ProfileError
from roverctl.core.resources import resource_path
from roverctl.core.site import SiteFrame
from roverctl.mission.contacts import ContactRules, Station, read_contact, read_stations
from roverctl.mission.figures import Figure, Table, split_suffix
from roverctl.mission.manual_delay import ManualDelay, read_delay
from roverctl.mission.mdb import Mdb
from roverctl.mission.mdb_file import load_mdb
from roverctl.mission.relay_orbit import RelayOrbit, read_orbit
from roverctl.mission.return_modes import read_return_modes

DEFAULT_MISSION = "change4"
# What the ground is made of, beside the features: an operation goes on only on the ground that it was begun on.
GROUND_FILES = ("craters.csv", "regional.toml", "basin.toml", "site_craters.csv")


@dataclass(frozen=True, slots=True)
class Body:
    """The sphere that heights refer to, and its surface gravity."""

    name: str
    frame: str
    radius_m: float
    gravity_m_s2: float
    solar_flux_w_m2: float


@dataclass(frozen=True, slots=True)
class Datum:
    """A published position of the site; angles in radians, east positive."""

    name: str
    longitude_rad: float
    latitude_rad: float
    elevation_m: float


@dataclass(frozen=True, slots=True)
class StartState:
    """Where the rover stands, and how, when an operation begins; heading from north, clockwise."""

    east_m: float
    north_m: float
    heading_rad: float
    charge: float
    body_temperature_k: float


@dataclass(frozen=True, slots=True)
class Vehicle:
    """The figures of the machine; fractions are 0..1.

    ``rough_speed`` is the part of ``speed_m_s`` that is driven where the ground is rough by ``rough_m``: the root mean
    square distance in height of nine points, ``rough_arm_m`` apart, from their plane. Without the curve ground slows
    nothing. It adds time per metre driven, to what slip takes.
    """

    mass_kg: float
    length_m: float
    width_m: float
    wheel_diameter_m: float
    speed_m_s: float
    turn_rate_rad_s: float
    step_length_m: float
    look_time_s: float
    max_tilt_rad: float
    plan_slope_rad: float
    plan_charge: float
    lowest_temperature_k: float
    highest_temperature_k: float
    nap_sun_rad: float
    sleep_sun_rad: float
    wake_sun_rad: float
    max_step_m: float
    odometry_noise: float
    heading_noise_rad: float
    array_peak_w: float
    battery_capacity_j: float
    battery_efficiency: float
    battery_empty_v: float
    battery_full_v: float
    load_idle_w: float
    load_moving_w: float
    load_imaging_w: float
    load_nap_w: float
    load_dormant_w: float
    heat_sources_w: float
    heat_capacity_j_k: float
    radiator_m2: float
    absorber_m2: float
    drive_flat: float
    drive_climb: float
    frame_time_s: float
    frame_size_b: float
    store_size_b: float
    slip_slope_rad: tuple[float, ...]
    slip: tuple[float, ...]
    rough_m: tuple[float, ...] = (0.0,)
    rough_speed: tuple[float, ...] = (1.0,)

    @property
    def rough_arm_m(self) -> float:
        """Between the points that roughness is measured on: a third of the length, so that they span the wheels."""
        return self.length_m / 3.0

    @property
    def rough_s_m(self) -> tuple[float, ...]:
        """What ground that rough adds to each metre driven, seconds, for the values of ``rough_m``."""
        return tuple((1.0 / share - 1.0) / self.speed_m_s for share in self.rough_speed)


@dataclass(frozen=True, slots=True)
class Activities:
    """What the instruments take beside the panoramas, whose figures are the vehicle's; loads are everything aboard."""

    spectrum_time_s: float
    spectrum_load_w: float
    spectrum_size_b: float
    radar_rate_bit_s: float
    radar_load_w: float
    command_gap_s: float


@dataclass(frozen=True, slots=True)
class TerrainSpacing:
    """Spacing of the ground driven on, and of the finest map."""

    ground_spacing_m: float
    map_spacing_m: float


@dataclass(frozen=True, slots=True)
class Link:
    """Rates, processing times, framing and errors of the legs between console and rover; memory of the relay."""

    forward_rate_bit_s: float
    return_rate_bit_s: float
    relay_rate_bit_s: float
    relay_telemetry_rate_bit_s: float
    ground_time_s: float
    relay_time_s: float
    rover_time_s: float
    tm_frame_b: float
    tm_frame_overhead_b: float
    forward_bit_errors: float
    return_bit_errors: float
    relay_bit_errors: float
    relay_memory_b: float
    spacecraft_id: int
    virtual_channel: int
    delay: ManualDelay | None
    return_modes_bit_s: tuple[float, ...] = ()  # rates that the rover's transmitter can be set to


@dataclass(frozen=True, slots=True)
class Feature:
    """A named place; diameter zero for a point."""

    name: str
    kind: str
    diameter_m: float
    latitude_deg: float
    longitude_deg: float
    source: str


@dataclass(frozen=True, slots=True)
class Mission:
    """A mission folder, read and checked."""

    folder: Path
    name: str
    title: str
    rover: str
    relay: str
    lander: str
    place: str
    start_ns: int
    landing_ns: int  # falls in lunar day 1
    seed: int
    body: Body
    datums: tuple[Datum, ...]
    site: SiteFrame
    start_state: StartState
    vehicle: Vehicle
    activities: Activities
    terrain: TerrainSpacing
    stations: tuple[Station, ...]
    contact: ContactRules
    orbit: RelayOrbit | None  # None: no relay, the rover hears the stations itself
    rover_mask_rad: float  # of what the rover talks to
    link: Link
    features: tuple[Feature, ...]
    mdb: Mdb
    figures: dict[str, Figure]
    sha256: str


def load_mission(name_or_folder: str | Path = DEFAULT_MISSION) -> Mission:
    """Read a mission by name (one of ours) or from a folder.

    Raises
    ------
    ProfileError
        Naming file and key, and what would be right.
    """
    folder = Path(name_or_folder)
    if not folder.is_dir():
        if folder.name != str(name_or_folder):
            raise ProfileError(f"{name_or_folder}: there is no such mission folder")
        known = sorted(p.name for p in resource_path("missions").iterdir() if p.is_dir())
        if folder.name not in known:
            raise ProfileError(f"no mission '{name_or_folder}'; known are {', '.join(known)}, or give a folder")
        folder = resource_path("missions", folder.name)
    file = folder / "mission.toml"
    try:
        raw = file.read_bytes()
        content = tomllib.loads(raw.decode("utf-8"))
    except FileNotFoundError:
        raise ProfileError(f"{file}: missing; a mission folder has mission.toml and mdb.toml") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ProfileError(f"{file}: {error}") from None
    figures: dict[str, Figure] = {}
    root = Table(file, "", content, figures)
    about = root.table("mission")
    orbit, rover_mask_rad, orbit_content = read_orbit(root, about.time("start"))
    datums = tuple(table.fill(Datum, name=table.text("name")) for table in root.tables("datums"))
    body_table = root.table("body")
    body = body_table.fill(Body, name=body_table.text("name"), frame=body_table.text("frame"))
    datum_name = about.text("datum")
    datum = next((d for d in datums if d.name == datum_name), None)
    if datum is None:
        raise about.fail("datum", f"no [[datums]] is named '{datum_name}'")
    machine = root.table("vehicle")
    slip = machine.table("slip")
    curves = {"slip_slope_rad": slip.curve("slope", "rad"), "slip": slip.curve("slip", "")}
    if "rough" in machine.content:
        rough = machine.table("rough")
        curves |= {"rough_m": rough.curve("roughness", "m"), "rough_speed": rough.curve("speed", "")}
    vehicle = machine.fill(Vehicle, **curves)
    link_table, stations = root.table("link"), read_stations(root)
    mdb = load_mdb(folder / "mdb.toml")
    delay, delay_file = read_delay(link_table, about.time("start"))
    mission = Mission(
        folder=folder,
        name=about.text("name"),
        title=about.text("title"),
        rover=about.text("rover"),
        relay=about.text("relay") if orbit is not None or "relay" in about.content else "",
        lander=about.text("lander"),
        place=about.text("place"),
        start_ns=about.time("start"),
        landing_ns=about.time("landing" if "landing" in about.content else "start"),
        seed=about.whole("seed"),
        body=body,
        datums=datums,
        site=SiteFrame(
            math.degrees(datum.longitude_rad), math.degrees(datum.latitude_rad), datum.elevation_m, body.radius_m
        ),
        start_state=root.table("start_state").fill(StartState),
        vehicle=vehicle,
        activities=root.table("activities").fill(Activities),
        terrain=root.table("terrain").fill(TerrainSpacing),
        stations=stations,
        contact=read_contact(root, stations),
        orbit=orbit,
        rover_mask_rad=rover_mask_rad,
        link=link_table.fill(
            Link,
            spacecraft_id=link_table.whole("spacecraft_id"),
            virtual_channel=link_table.whole("virtual_channel"),
            delay=delay,
            return_modes_bit_s=read_return_modes(link_table),
        ),
        features=_read_features(folder / about.text("features")),
        mdb=mdb,
        figures=figures,
        sha256=_sha256(
            folder,
            ("mission.toml", "mdb.toml", about.text("features"), *GROUND_FILES),
            b"%d " % len(delay_file) + delay_file + orbit_content,
        ),
    )
    _check(root, mission)
    return mission


def _sha256(folder: Path, names: tuple[str, ...], more: bytes) -> str:
    """Of ``more`` and all files that there are, with name and length, so that nothing can pass from one to the next."""
    digest = hashlib.sha256(more)
    for name in names:
        file = folder / name
        if file.is_file():
            content = file.read_bytes()
            digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _check(root: Table, mission: Mission) -> None:
    """Bounds that no unit can express."""
    positive = [
        ("body", mission.body),
        ("vehicle", mission.vehicle),
        ("activities", mission.activities),
        ("link", mission.link),
        ("terrain", mission.terrain),
    ]
    may_be_zero = {"odometry_noise", "heading_noise_rad", "look_time_s", "heat_sources_w", "ground_time_s",
                   "relay_time_s", "rover_time_s", "absorber_m2", "command_gap_s", "plan_charge"}  # fmt: skip
    for section, part in positive:
        for field in fields(part):  # type: ignore[arg-type]
            value = getattr(part, field.name)
            if not isinstance(value, float):
                continue
            if value < 0.0 or (value == 0.0 and field.name not in may_be_zero):
                key = split_suffix(field.name)[0]
                raise root.table(section).fail(key, "must be greater than zero")
    for i, datum in enumerate(mission.datums):
        if abs(datum.latitude_rad) > math.pi / 2:
            raise root.tables("datums")[i].fail("latitude", "must lie between -90 and 90 deg")
    if not 0.0 <= mission.start_state.charge <= 1.0:
        raise root.table("start_state").fail("charge", "must lie between 0 and 100 %")
    within = [
        ("start_state", "east", abs(mission.start_state.east_m), 0.0, math.pi * mission.body.radius_m, "m"),
        ("start_state", "north", abs(mission.start_state.north_m), 0.0, math.pi * mission.body.radius_m, "m"),
        ("terrain", "ground_spacing", mission.terrain.ground_spacing_m, 0.01, 100.0, "m"),
        ("terrain", "map_spacing", mission.terrain.map_spacing_m, 0.01, 100.0, "m"),
        ("link", "forward_rate", mission.link.forward_rate_bit_s, 1.0, 1e12, "bit/s"),
        ("link", "return_rate", mission.link.return_rate_bit_s, 1.0, 1e12, "bit/s"),
        ("link", "relay_rate", mission.link.relay_rate_bit_s, 1.0, 1e12, "bit/s"),
        ("link", "relay_telemetry_rate", mission.link.relay_telemetry_rate_bit_s, 1.0, 1e12, "bit/s"),
        ("link", "forward_bit_errors", mission.link.forward_bit_errors, 1e-9, 0.49, ""),
        ("link", "return_bit_errors", mission.link.return_bit_errors, 1e-9, 0.49, ""),
        ("link", "relay_bit_errors", mission.link.relay_bit_errors, 1e-9, 0.49, ""),
        ("link", "spacecraft_id", mission.link.spacecraft_id, 0, 1023, ""),  # ten bits, CCSDS 232.0-B-4, 4.1.2.5
        ("link", "virtual_channel", mission.link.virtual_channel, 0, 7, ""),  # three in TM frames, 132.0-B-3, 4.1.2.3
    ]
    for section, key, value, low, high, unit in within:
        if not low <= value <= high:
            raise root.table(section).fail(key, f"must lie between {low:g} and {high:g} {unit}".rstrip())
    if mission.start_state.body_temperature_k <= 0.0:
        raise root.table("start_state").fail("body_temperature", "must lie above absolute zero")
    if mission.body.frame != "moon":
        raise root.table("body").fail("frame", f"unknown orientation '{mission.body.frame}'; known is moon")
    vehicle = mission.vehicle
    slopes = vehicle.slip_slope_rad
    if len(slopes) != len(vehicle.slip) or any(b <= a for a, b in itertools.pairwise(slopes)):
        raise root.table("vehicle").fail("slip", "slope must rise from value to value, with one slip for each")
    if len(vehicle.rough_m) != len(vehicle.rough_speed) or any(b <= a for a, b in itertools.pairwise(vehicle.rough_m)):
        raise root.table("vehicle").fail("rough", "roughness must rise from value to value, with one speed for each")
    if vehicle.rough_m[0] < 0.0 or not all(0.01 <= share <= 1.0 for share in vehicle.rough_speed):
        raise root.table("vehicle").fail("rough", "roughness is 0 or more, speed 1 to 100 % of the vehicle's")
    if not vehicle.plan_charge <= 1.0:
        raise root.table("vehicle").fail("plan_charge", "must lie between 0 and 100 %")
    for key, angle in (("wake_sun", vehicle.wake_sun_rad), ("sleep_sun", vehicle.sleep_sun_rad)):
        if not angle < vehicle.nap_sun_rad:
            raise root.table("vehicle").fail(key, "must lie below nap_sun: between them the vehicle works")
    if not vehicle.lowest_temperature_k < vehicle.highest_temperature_k:
        raise root.table("vehicle").fail("lowest_temperature", "must lie below highest_temperature")
    if not all(0.0 <= s < 1.0 for s in vehicle.slip):
        raise root.table("vehicle").fail("slip", "slip must lie between 0 and below 100 %")


def _read_features(file: Path) -> tuple[Feature, ...]:
    """Named features from a CSV file with a comment line or two in front."""
    try:
        lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"{file}: {error}") from None
    features = []
    for number, row in enumerate(csv.DictReader(lines), start=1):
        try:
            feature = Feature(
                row["name"], row["kind"], float(row["diameter_km"]) * 1000.0,
                float(row["lat"]), float(row["lon_east"]), row["source"],
            )  # fmt: skip
        except (KeyError, TypeError, ValueError) as error:
            raise ProfileError(f"{file}: row {number}: {error}") from None
        features.append(feature)
    return tuple(features)
