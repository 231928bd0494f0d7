"""Downloads against a server that behaves as the archives' do, and as they do on a bad day."""

import hashlib
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from roverctl.core.errors import InputError
from roverctl.mission.profile import Mission
from roverctl.terrain.rasters.catalogue import Product, RemoteFile, product_named, products
from roverctl.terrain.rasters.download import download
from roverctl.terrain.rasters.fetching import fetch
from roverctl.terrain.rasters.raster import RasterTerrain
from roverctl.terrain.rasters.shelf import entries, locate
from tests.unit.terrain.rasters import serving
from tests.unit.terrain.rasters.serving import Server
from tests.unit.terrain.rasters.writing import NORTH, STEP, WEST, numbers, write

Serve = Callable[[dict[str, bytes]], str]
DATA = np.random.default_rng(5).bytes(900_000)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        made.files["/data.tif"] = DATA
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[Callable[[dict[str, bytes]], str]]:
    """Serves files from a process of its own; gives its URL. What was asked is in served/asked.txt."""
    folder = tmp_path / "served"
    folder.mkdir()
    running: list[subprocess.Popen[str]] = []

    def serve(files: dict[str, bytes]) -> str:
        for name, content in files.items():
            (folder / name).write_bytes(content)
        command = [sys.executable, str(serving.__file__), str(folder)]
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        assert running[0].stdout is not None
        return running[0].stdout.readline().strip()

    yield serve
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def unheard(*_: Any) -> None: ...


def refused(url: str, target: Path, **known: Any) -> str:
    with pytest.raises(InputError) as caught:
        download(url, target, unheard, **known)
    assert not target.exists()
    return str(caught.value)


def parts(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir() if file.name != "cache")


def test_a_file_arrives_whole_and_its_checksum_is_given(server: Server, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    digest = download(f"{server.url}/data.tif", tmp_path / "a.tif", lambda *done: told.append(done), len(DATA))
    assert (tmp_path / "a.tif").read_bytes() == DATA
    assert digest == hashlib.sha256(DATA).hexdigest()
    assert told[-1] == (len(DATA), len(DATA))
    assert parts(tmp_path) == ["a.tif"]


@pytest.mark.parametrize("ranges", [True, False])
def test_a_connection_that_breaks_is_gone_on_with(server: Server, tmp_path: Path, ranges: bool) -> None:
    server.ranges = ranges
    server.cut = [500_000]
    download(f"{server.url}/data.tif", tmp_path / "a.tif", unheard)
    assert (tmp_path / "a.tif").read_bytes() == DATA
    # what had come by the break: whole pieces of it
    (_, first), (_, second) = server.asked
    assert first == ""
    assert int(second.removeprefix("bytes=").removesuffix("-")) > 200_000


def test_a_part_of_an_earlier_run_is_gone_on_with_until_the_file_changes(server: Server, tmp_path: Path) -> None:
    server.cut = [400_000] + [0] * 10
    message = refused(f"{server.url}/data.tif", tmp_path / "a.tif")
    assert "bytes are kept" in message
    assert parts(tmp_path) == ["a.tif.part", "a.tif.part.from"]
    server.cut, server.asked = [], []
    new = DATA[::-1]
    server.files["/data.tif"], server.mark = new, '"v2"'
    download(f"{server.url}/data.tif", tmp_path / "a.tif", unheard)
    assert server.asked[0][1] != "", "the rest is asked for"
    assert (tmp_path / "a.tif").read_bytes() == new, "and the whole is taken where it is another file now"


def test_a_redirect_is_followed_on_the_web_only(server: Server, tmp_path: Path) -> None:
    download(f"{server.url}/moved/data.tif", tmp_path / "a.tif", unheard)
    assert (tmp_path / "a.tif").read_bytes() == DATA
    assert "not followed" in refused(f"{server.url}/moved/away", tmp_path / "b.tif")


def test_a_wrong_checksum_or_size_leaves_nothing(server: Server, tmp_path: Path) -> None:
    assert "checksum" in refused(f"{server.url}/data.tif", tmp_path / "a.tif", sha256="0" * 64)
    assert "not 7 as published" in refused(f"{server.url}/data.tif", tmp_path / "a.tif", size=7)
    assert parts(tmp_path) == []


def test_a_web_page_instead_of_data(server: Server, tmp_path: Path) -> None:
    server.files["/data.tif"] = b"<!DOCTYPE html><html>please sign in</html>"
    assert "web page" in refused(f"{server.url}/data.tif", tmp_path / "a.tif")
    server.files["/data.tif"], server.kind = b"anything", "text/html"
    assert "web page" in refused(f"{server.url}/data.tif", tmp_path / "a.tif")
    assert parts(tmp_path) == []


def test_no_network_and_no_such_file(server: Server, tmp_path: Path) -> None:
    assert "404" in refused(f"{server.url}/other.tif", tmp_path / "a.tif")
    assert "cannot be reached" in refused("http://127.0.0.1:9/a.tif", tmp_path / "a.tif")
    assert "cannot be reached" in refused("http://nowhere.invalid/a.tif", tmp_path / "a.tif")


def test_a_disk_that_is_full(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    assert "the disk is full" in refused(f"{server.url}/data.tif", tmp_path / "a.tif")
    assert parts(tmp_path) == []


# Products into the library


def product(**changed: Any) -> Product:
    file = RemoteFile("http://127.0.0.1:9/far/a.tif", **changed)
    return Product("floor", "The floor", "Moon", 474.0, "Us", "free", "http://127.0.0.1:9", "a.tif", file=[file])


def into(folder: Path, mission: Mission, made: Product, url: str, bounds: Any = None) -> Any:
    return fetch(folder, mission, made, url, bounds, made.name, "2019-01-03T00:00:00Z", unheard)


def test_a_product_is_in_the_library_with_its_origin(server: Server, mission: Mission, tmp_path: Path) -> None:
    content = write(tmp_path / "source.tif", numbers()).read_bytes()
    server.files["/a.tif"] = content
    entry = into(tmp_path / "terrain", mission, product(bytes=len(content)), server.url)
    assert entry.sha256 == hashlib.sha256(content).hexdigest()
    assert (entry.provenance.url, entry.provenance.credit) == (f"{server.url}/a.tif", "Us")
    assert RasterTerrain(locate("floor", tmp_path / "terrain"), mission).resolution_m == pytest.approx(473.8, abs=0.1)


def test_a_product_that_is_no_terrain_is_not_entered(server: Server, mission: Mission, tmp_path: Path) -> None:
    server.files["/a.tif"] = DATA
    with pytest.raises(InputError, match="not an elevation raster"):
        into(tmp_path / "terrain", mission, product(), server.url)
    assert entries(tmp_path / "terrain") == ([], [])
    assert list((tmp_path / "terrain").rglob("*.tif*")) == []


def test_a_window_is_read_by_ranges_and_equals_the_whole(apart: Serve, mission: Mission, tmp_path: Path) -> None:
    z = np.random.default_rng(1).integers(-9000, 9000, (1200, 1500), dtype=np.int16)
    whole = write(tmp_path / "source.tif", z, tiled=True, blockxsize=128, blockysize=128)
    url = apart({"a.tif": whole.read_bytes()})
    bounds = (WEST + 300 * STEP, NORTH - 500 * STEP, WEST + 420 * STEP, NORTH - 410 * STEP)
    entry = into(tmp_path / "terrain", mission, product(), url, bounds)
    assert entry.info["width"] == pytest.approx(122, abs=2)
    lines = (tmp_path / "served/asked.txt").read_text().splitlines()
    ranges = [line.split("bytes=")[1].split("-") for line in lines if "bytes=" in line]
    assert 0 < sum(int(last) - int(first) + 1 for first, last in ranges) < whole.stat().st_size // 2
    part, all_of_it = RasterTerrain(entry.path, mission), RasterTerrain(whole, mission)
    lon, lat = np.meshgrid(WEST + np.arange(305, 415) * STEP, NORTH - np.arange(415, 495) * STEP)
    east, north = mission.site.to_site(lon, lat)
    assert np.allclose(part.elevation(east, north, 1.0), all_of_it.elevation(east, north, 1.0), atol=1e-3)


def test_a_window_beside_the_raster_is_refused(apart: Serve, mission: Mission, tmp_path: Path) -> None:
    url = apart({"a.tif": write(tmp_path / "source.tif", numbers()).read_bytes()})
    with pytest.raises(InputError, match="nothing within 10, 20, 11, 21"):
        into(tmp_path / "terrain", mission, product(), url, (10.0, 20.0, 11.0, 21.0))
    assert entries(tmp_path / "terrain") == ([], [])


def test_a_raster_is_terrain_straight_from_its_url(apart: Serve, mission: Mission, tmp_path: Path) -> None:
    file = write(tmp_path / "a.tif", numbers())
    url = apart({"b.tif": file.read_bytes(), "page.tif": b"<html><body>sign in</body></html>"})
    east, north = mission.site.to_site(WEST + 10.3 * STEP, NORTH - 20.7 * STEP)
    there = RasterTerrain(f"{url}/b.tif", mission)
    assert there.elevation(east, north, 1.0) == RasterTerrain(file, mission).elevation(east, north, 1.0)
    with pytest.raises(InputError, match="web page"):
        RasterTerrain(f"{url}/page.tif", mission)


def test_a_server_that_gives_no_parts_of_a_file_is_told(mission: Mission, tmp_path: Path) -> None:
    """Python's own server is one."""
    write(tmp_path / "a.tif", np.zeros((300, 300), dtype=np.float32))
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().split(" port ")[1].split()[0]
            with pytest.raises(InputError, match="gives no parts of a file"):
                RasterTerrain(f"http://127.0.0.1:{port}/a.tif", mission)
        finally:
            process.kill()


def test_the_catalogue_is_sound() -> None:
    names = [p.name for p in products()]
    assert len(set(names)) == len(names)
    for p in products():
        assert p.page.startswith("http") and p.credit and p.licence
        assert all(f.url.startswith(("http://", "https://")) for f in p.file)
        assert not p.file or p.raster in [f.name for f in p.file]
    with pytest.raises(InputError, match="gld100"):
        product_named("nothing")
