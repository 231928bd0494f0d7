"""The MDB: what goes in comes out, what is wrong is refused in a line."""

import math
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roverctl.core.errors import InputError, ProfileError
from roverctl.core.resources import resource_path
from roverctl.mission.mdb import Mdb, Value
from roverctl.mission.mdb_file import load_mdb

MDB = load_mdb(resource_path("missions", "change4", "mdb.toml"))
HK = MDB.packet("ROVER_HK")
SPANS = [(f.scale, {"u8": (0, 255), "u16": (0, 65_535), "u32": (0, 4_294_967_295), "i16": (-32_768, 32_767),
                    "i32": (-2_147_483_648, 2_147_483_647)}[f.raw]) for f in HK.packet.fields]  # fmt: skip


@given(st.tuples(*(st.integers(*span) for _, span in SPANS)))
def test_housekeeping_comes_back_as_the_decimal_that_was_meant(raw: tuple[int, ...]) -> None:
    values = [number / round(1 / scale) for number, (scale, _) in zip(raw, SPANS, strict=True)]
    assert HK.decode(HK.encode(values)) == values


@given(st.lists(st.floats(-1e12, 1e12), min_size=len(SPANS), max_size=len(SPANS)))
def test_any_value_is_encoded_within_half_a_step_or_held_at_the_end(values: list[float]) -> None:
    back = HK.decode(HK.encode(values))
    for value, got, (scale, (low, high)) in zip(values, back, SPANS, strict=True):
        held = min(max(value, low * scale), high * scale)
        assert abs(got - held) <= 0.5 * scale * (1 + 1e-9)


coordinate = st.integers(-1_000_000_00, 1_000_000_00).map(lambda cm: cm / 100)


def _around(centre: tuple[float, float]) -> st.SearchStrategy[list[tuple[float, float]]]:
    steps = [st.integers(round(c * 100) - 10_000, round(c * 100) + 10_000).map(lambda cm: cm / 100) for c in centre]
    return st.lists(st.tuples(steps[0], steps[1]), min_size=1, max_size=200)


near = st.tuples(coordinate, coordinate).flatmap(_around)
far = st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=120)


def _round_trip(name: str, arguments: dict[str, Value]) -> dict[str, Value]:
    command = MDB.command(name)
    data = MDB.encode_arguments(name, arguments)
    found, back = MDB.decode_arguments(command.service, command.subservice, data)
    assert found is command
    return back


@given(st.one_of(near, far))
def test_a_route_comes_back_to_the_centimetre(points: list[tuple[float, float]]) -> None:
    assert _round_trip("FOLLOW_ROUTE", {"waypoints": points}) == {"waypoints": points}


@given(st.integers(10, 10_000), st.integers(0, 35_999))
def test_a_drive_comes_back_exactly(cm: int, hundredths: int) -> None:
    arguments: dict[str, Value] = {"distance": cm / 100, "heading": hundredths / 100}
    assert _round_trip("DRIVE", arguments) == arguments


@given(st.sampled_from(["PCAM_PANORAMA", "SET_MODE", "STOP", "PING"]), st.integers(1, 112))
def test_the_other_commands_come_back(name: str, frames: int) -> None:
    arguments: dict[str, dict[str, Value]] = {
        "PCAM_PANORAMA": {"frames": float(frames)},
        "SET_MODE": {"mode": "NOON_NAP"},
    }
    assert _round_trip(name, arguments.get(name, {})) == arguments.get(name, {})


def test_a_route_that_no_frame_can_carry_is_refused_when_it_is_made() -> None:
    long_steps: Value = [(400.0 * i, 0.0) for i in range(200)]
    with pytest.raises(InputError, match=r"FOLLOW_ROUTE: waypoints.*do not fit one telecommand"):
        MDB.check_arguments("FOLLOW_ROUTE", {"waypoints": long_steps})
    assert MDB.check_arguments("FOLLOW_ROUTE", {"waypoints": [(300.0 * i, 0.0) for i in range(200)]})


anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)
argument_names = st.sampled_from(["distance", "heading", "frames", "mode", "waypoints", "other"])


@given(st.sampled_from(list(MDB.commands)), st.dictionaries(argument_names, anything, max_size=3))
def test_whatever_comes_as_arguments_is_accepted_and_encodes_or_is_one_line(
    name: str, arguments: dict[str, Value]
) -> None:
    try:
        full = MDB.check_arguments(name, arguments)
    except InputError as error:
        assert name in str(error)
        return
    _round_trip(name, full)


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("FLY", {}, "no command 'FLY'; known are PING"),
        ("DRIVE", {"speed": 3.0}, "DRIVE has no argument 'speed'"),
        ("DRIVE", {"distance": 100.1}, "DRIVE: distance must lie between 0.1 and 100 m, not 100.1"),
        ("DRIVE", {"distance": 0.0}, "between 0.1 and 100 m"),
        ("DRIVE", {"distance": math.nan}, "between 0.1 and 100 m"),
        ("DRIVE", {"heading": "north"}, "DRIVE: heading must be a number, not 'north'"),
        ("SET_MODE", {}, "SET_MODE: argument 'mode' is missing"),
        ("SET_MODE", {"mode": "MOVING"}, "SET_MODE: mode must be one of IDLE, CHARGING, NOON_NAP, DORMANT"),
        ("FOLLOW_ROUTE", {"waypoints": []}, "FOLLOW_ROUTE: waypoints must be 1 to 200 points"),
        ("FOLLOW_ROUTE", {"waypoints": [(1.0, 2.0, 3.0)]}, "is no point"),
        ("FOLLOW_ROUTE", {"waypoints": [(1e9, 0.0)]}, "is no point"),
    ],
)
def test_refusals_name_command_argument_and_what_would_be_right(
    name: str, arguments: dict[str, Value], said: str
) -> None:
    with pytest.raises(InputError, match=r"^[^\n]*$") as caught:
        MDB.check_arguments(name, arguments)
    assert said in str(caught.value)


@given(st.integers(0, 255), st.integers(0, 255), st.binary(max_size=60))
def test_random_application_data_is_a_command_or_an_input_error(service: int, subservice: int, data: bytes) -> None:
    for pair in ((service, subservice), (8, 1)):
        try:
            command, arguments = MDB.decode_arguments(*pair, data)
        except InputError:
            continue
        assert MDB.decode_arguments(*pair, MDB.encode_arguments(command.name, arguments)) == (command, arguments)


@given(st.integers(0, 40), st.binary(max_size=12))
def test_random_event_bodies_are_an_event_or_an_input_error(number: int, rest: bytes) -> None:
    try:
        event, values = MDB.decode_event(number.to_bytes(2, "big") + rest)
    except InputError:
        return
    assert MDB.event_text(event, values)
    assert MDB.encode_event(event.name, list(values.values())) == number.to_bytes(2, "big") + rest


def test_limits_are_asked_most_severe_first() -> None:
    tilt = MDB.parameters["ROVER_TILT"]
    severities = [tilt.severity(v) for v in (0.0, 12.0, 12.1, 16.1, 20.1)]
    assert [None if s is None else s.name for s in severities] == [None, None, "WATCH", "WARNING", "CRITICAL"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return Path(shutil.copy(resource_path("missions", "change4", "mdb.toml"), tmp_path / "mdb.toml"))


def _edited(file: Path, old: str, new: str) -> Mdb:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return load_mdb(file)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('{ parameter = "ROVER_EAST", raw = "i32"', '{ parameter = "ROVER_OST", raw = "i32"', "packets.ROVER_HK"),
        ('{ parameter = "ROVER_EAST", raw = "i32"', '{ parameter = "ROVER_EAST", raw = "i33"', "packets.ROVER_HK"),
        ("scale = 0.001", "scale = 0.0", "ROVER_EAST"),
        ('apid = "rover"\nstructure = 1', 'apid = "lander"\nstructure = 1', "packets.ROVER_HK"),
        ("structure = 1", "structure = 256", "packets.ROVER_HK"),
        ("period_s = 1.0", "period_s = 0.0", "packets.ROVER_HK"),
        ("rover = 161", "rover = 2048", "apids.rover"),
        ("id = 2\n", "id = 1\n", "events: 1 is there twice"),
        ("id = 2\n", "id = 70000\n", "events.MOTION_DONE"),
        ('severity = "warning"', 'severity = "grave"', "events.MOTION_STOPPED"),
        ("motion done after {distance:.2f} m", "motion done after {way:.2f} m", "events.MOTION_DONE"),
        ("motion done after {distance:.2f} m", "motion done after {distance:q} m", "events.MOTION_DONE"),
        ("function = 2", "function = 1", "commands: 1 is there twice"),
        ("function = 2", "function = 256", "commands.TURN"),
        ('allowed = ["IDLE"', 'allowed = ["ASLEEP"', "commands.SET_MODE.mode"),
        ("max = 112, default = 28", "max = 20, default = 28", "commands.PCAM_PANORAMA.frames"),
        ("min = 0.1, max = 100", "min = 100, max = 0.1", "commands.DRIVE.distance"),
        ('0 = "IDLE"', 'x = "IDLE"', "enumerations.MODE"),
        ('unit = "deg", decimals = 1', 'units = "deg"', "units"),
    ],
)  # fmt: skip
def test_a_wrong_database_is_told_by_file_and_place(file: Path, old: str, new: str, where: str) -> None:
    with pytest.raises(ProfileError) as caught:
        _edited(file, old, new)
    assert str(file) in str(caught.value) and where in str(caught.value)


def test_arguments_without_bounds_are_bounded_by_what_carries_them(file: Path) -> None:
    mdb = _edited(file, 'raw = "u8", unit = "", min = 1, max = 112, default = 28', 'raw = "u8"')
    assert mdb.encode_arguments("PCAM_PANORAMA", {"frames": 255})
    for value in (256.0, -1.0, math.nan):
        with pytest.raises(InputError, match="frames must lie between 0 and 255"):
            mdb.encode_arguments("PCAM_PANORAMA", {"frames": value})


def test_floating_point_arguments_keep_their_fraction(file: Path) -> None:
    mdb = _edited(file, 'raw = "u8", unit = "", min = 1, max = 112, default = 28', 'raw = "f64"')
    data = mdb.encode_arguments("PCAM_PANORAMA", {"frames": 2.75})
    assert mdb.decode_arguments(8, 1, data)[1] == {"frames": 2.75}


def test_what_the_console_accepts_at_the_end_of_a_range_the_rover_accepts(file: Path) -> None:
    mdb = _edited(file, 'raw = "u16", scale = 0.01, unit = "m", min = 0.1, max = 100, default = 8',
                  'raw = "u16", scale = 0.1, unit = "m", min = 0.3, max = 0.3, default = 0.3')  # fmt: skip
    data = mdb.encode_arguments("DRIVE", {"distance": 0.3, "heading": 0.0})
    assert mdb.decode_arguments(8, 1, data)[1]["distance"] == 0.3
