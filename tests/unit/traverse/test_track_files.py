"""Lines from elsewhere: every format, real paths, and what is refused."""

import json
import math
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from roverctl.core.errors import InputError
from roverctl.mission.profile import Mission, load_mission
from roverctl.traverse.files.exporting import write_route
from roverctl.traverse.files.track_file import read_tracks
from roverctl.traverse.planner import plan
from roverctl.traverse.reference import MOST_TRACK_POINTS
from roverctl.traverse.route import Route
from tests.unit.traverse.made import MISSION, Made, ask, hills

PATHS = Path(__file__).parents[4] / "shared" / "data" / "path"
LINE = [(177.588, -45.457), (177.589, -45.456), (177.5905, -45.4563)]


@pytest.fixture(scope="module")
def route() -> Route:
    return plan(Made(hills), MISSION, ask((0, 0), (90, 70), spacing_m=2.0))


@pytest.fixture(scope="module")
def mars(tmp_path_factory: pytest.TempPathFactory) -> Mission:
    """A mission folder for another rover on another body, as a user makes one."""
    folder = Path(shutil.copytree(MISSION.folder, tmp_path_factory.mktemp("mission") / "jezero"))
    for name in ("craters.csv", "regional.toml", "basin.toml", "site_craters.csv"):
        (folder / name).unlink()
    text = (folder / "mission.toml").read_text(encoding="utf-8")
    for old, new in (
        ('name = "change4"', 'name = "jezero"'), ('name = "Moon"', 'name = "Mars"'),
        ("value = 1737.4", "value = 3396.19"), ("value = 177.588", "value = 77.45088572"),
        ("value = -45.457", "value = 18.44462715"), ("value = 1.62, unit", "value = 3.71, unit"),
    ):  # fmt: skip
        assert old in text
        text = text.replace(old, new)
    (folder / "mission.toml").write_text(text, encoding="utf-8")
    return load_mission(folder)


def test_the_real_path_of_yutu_2_opens_with_north_before_east() -> None:
    (track,) = read_tracks(PATHS / "CE4_coordinates.txt", MISSION)
    north, east = np.loadtxt(PATHS / "CE4_coordinates.txt").T
    assert len(track.east_m) == 40_022 and track.body == "Moon" and track.source == "CE4_coordinates.txt"
    assert np.array_equal(track.east_m, east) and np.array_equal(track.north_m, north)
    assert track.length_m == pytest.approx(np.hypot(np.diff(east), np.diff(north)).sum())


def test_perseverances_waypoints_are_on_mars_and_are_refused_on_the_moon() -> None:
    with pytest.raises(InputError, match=r"3,391\.9 km from the centre.*Moon.*--mission") as caught:
        read_tracks(PATHS / "m20_waypoints.json", MISSION)
    assert caught.value.exit_code == 2


def test_on_a_mission_of_their_own_they_open(mars: Mission) -> None:
    (track,) = read_tracks(PATHS / "m20_waypoints.json", mars)
    features = json.loads((PATHS / "m20_waypoints.json").read_text(encoding="utf-8"))["features"]
    lon, lat = np.radians([feature["geometry"]["coordinates"][:2] for feature in features]).T
    half = np.sin(np.diff(lat) / 2) ** 2 + np.cos(lat[1:]) * np.cos(lat[:-1]) * np.sin(np.diff(lon) / 2) ** 2
    haversine_m = 2.0 * 3396190.0 * np.arcsin(np.sqrt(half)).sum()
    assert len(track.east_m) == len(features) == 123
    assert track.length_m == pytest.approx(haversine_m, rel=1e-5)
    assert math.hypot(track.east_m[0], track.north_m[0]) < 0.01
    with pytest.raises(InputError, match="from the site of jezero on Mars"):
        read_tracks(_geojson(LINE, mars.folder / "moon.geojson"), mars)


def _geojson(line: list[tuple[float, float]], file: Path, **more: object) -> Path:
    feature = {"type": "Feature", "geometry": {"type": "LineString", "coordinates": line}, "properties": {"name": "a"}}
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature], **more}), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("crs", "refused"),
    [
        ("urn:ogc:def:crs:IAU_2015::30100", ""),
        ("IAU_2015:30100", ""),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", ""),
        ("urn:ogc:def:crs:IAU_2015::49900", "is on Mars, the mission change4 on Moon"),
        ("http://www.opengis.net/def/crs/IAU/2015/49900", "is on Mars"),
        ("IAU_2015:30110", "projection"),
        ("EPSG:32633", "not known"),
    ],
)
def test_the_body_comes_with_the_file(tmp_path: Path, crs: str, refused: str) -> None:
    file = _geojson(LINE, tmp_path / "a.geojson", crs={"type": "name", "properties": {"name": crs}})
    if refused:
        with pytest.raises(InputError, match=refused):
            read_tracks(file, MISSION)
    else:
        assert len(read_tracks(file, MISSION)[0].east_m) == 3


KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"{hint}><Document><name>d</name>
<Placemark><name>A &amp; B</name><LineString><coordinates>177.588,-45.457,0
 177.589,-45.456 177.5905,-45.4563,12</coordinates></LineString></Placemark>
<Placemark><name>track</name><gx:Track><gx:coord>177.588 -45.457 0</gx:coord><gx:coord>177.589 -45.456 0</gx:coord>
</gx:Track></Placemark><Placemark><Point><coordinates>1,2</coordinates></Point></Placemark></Document></kml>"""
GPX = """<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><wpt lat="1" lon="2"/><trk><name>way</name>
<trkseg><trkpt lat="-45.457" lon="177.588"><ele>3</ele></trkpt>
<trkpt lat="-45.456" lon="177.589"/></trkseg></trk></gpx>"""


def test_kml_and_gpx_give_their_lines(tmp_path: Path) -> None:
    (tmp_path / "a.kml").write_text(KML.format(hint=""), encoding="utf-8")
    (tmp_path / "a.gpx").write_text(GPX, encoding="utf-8")
    line, track = read_tracks(tmp_path / "a.kml", MISSION)
    (way,) = read_tracks(tmp_path / "a.gpx", MISSION)
    east, north = MISSION.site.to_site(*np.array(LINE).T)
    assert (line.name, track.name, way.name) == ("A & B", "track", "way")
    assert np.array_equal(line.east_m, east) and np.array_equal(line.north_m, north)
    assert np.array_equal(track.east_m, east[:2]) and np.array_equal(way.north_m, north[:2])
    (tmp_path / "b.kml").write_text(KML.format(hint=' hint="target=mars"'), encoding="utf-8")
    with pytest.raises(InputError, match="is on Mars"):
        read_tracks(tmp_path / "b.kml", MISSION)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lon,lat\n177.588,-45.457\n177.589,-45.456\n", (78.0, 30.3)),
        ("# ours\nname;Latitude;Longitude\na;-45.457;177.588\nb;-45.456;177.589\n", (21.3, 30.3)),
        ("id\tNorth\tEast\n1\t0\t0\n2\t30.3\t21.3\n", (21.3, 30.3)),
        ("0 0\n3.03e1 2.13e1\n", (21.3, 30.3)),
    ],
)
def test_tables_name_their_columns_or_are_north_and_east(
    tmp_path: Path, text: str, expected: tuple[float, float]
) -> None:
    file = tmp_path / "t.csv"
    file.write_text(text, encoding="utf-8")
    (track,) = read_tracks(file, MISSION)
    step = track.east_m[1] - track.east_m[0], track.north_m[1] - track.north_m[0]
    assert step[1] == pytest.approx(expected[1], abs=0.1)
    assert step[0] == pytest.approx(21.3, abs=0.1)


BOMB = '<!DOCTYPE kml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><kml>&b;</kml>'


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("a.kml", BOMB, "document type or entities"),
        ("a.gpx", '<!DOCTYPE gpx SYSTEM "http://example.com/x.dtd"><gpx/>', "document type or entities"),
        ("a.kml", "<a>" * 100, "deep"),
        ("a.kml", "<kml><Placemark>", "no XML"),
        ("a.kml", "<kml/>", "no line and no point"),
        ("a.kml", "<kml><LineString><coordinates>a,b</coordinates></LineString></kml>", "no pair of numbers"),
        ("a.gpx", '<gpx><wpt lat="1"/></gpx>', "no pair of numbers"),
        ("a.csv", "lon,lat\n177.5,nan\n", "line 2.*no pair"),
        ("a.csv", "lon,lat\n177.5,-95\n", "point 1"),
        ("a.csv", "lon,lat\n177.5\n", "line 2: 1 columns"),
        ("a.csv", "1,2\n3,4\n", "must name the columns"),
        ("a.csv", "lon,lat,body\n1,2,Mars\n", "is on Mars"),
        ("a.txt", "", "no line and no point"),
        ("a.csv", "lon,lat\n" + "177.6,-45.4\n" * (MOST_TRACK_POINTS + 1), "more than 100,000"),
        ("a.geojson", '{"type":"Point","coordinates":[1e400,2]}', "no pair of numbers"),
        ("a.geojson", '{"type":"LineString","coordinates":[[1,2],["x",3]]}', "no pair of numbers"),
        ("a.geojson", '{"type":"LineString","coordinates":7}', "list"),
        ("a.geojson", "[" * 100_000, "not JSON"),
        ("a.geojson", '{"type":"Polygon","coordinates":[]}', "no line and no point"),
        ("a.kmz", "PK", "tracks are read from"),
    ],
)  # fmt: skip
def test_what_is_no_track_costs_one_message(tmp_path: Path, name: str, text: str, problem: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=problem) as caught:
        read_tracks(tmp_path / name, MISSION)
    assert name in str(caught.value)


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_tracks(tmp_path / "none.kml", MISSION)
    (tmp_path / "a.kml").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(InputError, match="not UTF-8"):
        read_tracks(tmp_path / "a.kml", MISSION)


def test_100000_points_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "long.txt"
    file.write_text("".join(f"{i * 0.01:.2f} {i * 0.02:.2f}\n" for i in range(MOST_TRACK_POINTS)), encoding="utf-8")
    (track,) = read_tracks(file, MISSION)
    assert len(track.east_m) == MOST_TRACK_POINTS


@pytest.mark.parametrize("suffix", ["kml", "gpx", "csv"])
def test_a_route_written_is_the_same_line_when_read(tmp_path: Path, route: Route, suffix: str) -> None:
    file = tmp_path / f"r.{suffix}"
    write_route(route, file)
    (track,) = read_tracks(file, MISSION)
    line = np.vstack([[route.east_m[0], route.north_m[0]], route.waypoints_m])
    if suffix == "csv":
        line = np.stack((route.east_m, route.north_m), axis=1)
    assert np.abs(np.stack((track.east_m, track.north_m), axis=1) - line).max() < 1e-5
    with pytest.raises(InputError, match=r"written as .*\.kml"):
        write_route(route, tmp_path / "r.shp")
    with pytest.raises(InputError, match="cannot be written"):
        write_route(route, tmp_path / "none" / f"r.{suffix}")


def test_gdal_reads_what_is_written(tmp_path: Path, route: Route) -> None:
    """GDAL's own readers of the formats, in a process of their own: two GDALs in one do not get on."""
    for suffix in ("kml", "gpx", "csv", "geojson"):
        write_route(route, tmp_path / f"r.{suffix}")
    code = """
import json, sys, pyogrio
found = {}
for suffix, layer in (("kml", 0), ("gpx", "routes"), ("csv", 0), ("geojson", 0)):
    more = {"X_POSSIBLE_NAMES": "lon_deg", "Y_POSSIBLE_NAMES": "lat_deg"} if suffix == "csv" else {}
    counted = {"force_total_bounds": True, "force_feature_count": True}
    info = pyogrio.read_info(f"{sys.argv[1]}/r.{suffix}", layer=layer, **counted, **more)
    found[suffix] = [info["features"], *info["total_bounds"]]
print(json.dumps(found))
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    lon, lat = np.vstack([[route.longitude_deg[0], route.latitude_deg[0]], route.waypoints_deg]).T
    bounds = [lon.min(), lat.min(), lon.max(), lat.max()]
    path = [route.longitude_deg.min(), route.latitude_deg.min(), route.longitude_deg.max(), route.latitude_deg.max()]
    assert found["kml"] == pytest.approx([len(lon) + 1, *bounds], abs=1e-9)
    assert found["gpx"] == pytest.approx([1, *bounds], abs=1e-9)
    assert found["geojson"] == pytest.approx([len(lon) + 1, *path], abs=1e-9)
    assert found["csv"] == pytest.approx([len(route.east_m), *path], abs=1e-9)
