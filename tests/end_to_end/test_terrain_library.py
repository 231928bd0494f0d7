"""The terrain library as its user meets it: entries that are whole or not there, and what is wrong in one line."""

import json
import os
import resource
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import roverctl.core.compiled  # noqa: F401, before a test moves the user's cache, where kernels are kept
from roverctl.cli.main import main
from tests.unit.terrain.rasters.writing import numbers, write

ROOT = Path(__file__).parents[2]


class Library:
    """``roverctl terrain`` on a data folder of its own."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def run(self, *words: str) -> tuple[int, str, str]:
        code = main(["terrain", *words, "--data-dir", str(self.folder)])
        out, err = self._capsys.readouterr()
        return code, out, err

    def document(self, *words: str) -> Any:
        code, out, err = self.run(*words, "--json")
        assert code == 0, err
        return json.loads(out)

    def refused(self, *words: str) -> str:
        code, out, err = self.run(*words)
        assert (code, out) == (2, "")
        (line,) = err.strip().splitlines()
        return line

    @property
    def names(self) -> list[str]:
        return [entry["name"] for entry in self.document("list")["terrain"]]

    def left(self) -> list[str]:
        """Every file under the folder."""
        return sorted(str(f.relative_to(self.folder)) for f in self.folder.rglob("*") if not f.is_dir())


@pytest.fixture
def library(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Library:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Library(tmp_path / "data", capsys)


def test_a_raster_is_added_found_by_name_and_removed(library: Library, tmp_path: Path) -> None:
    file = write(tmp_path / "My Field Site.tif", numbers())
    entry = library.document("add", str(file))
    assert entry["name"] == "my-field-site"
    assert (entry["path"], len(entry["sha256"])) == (str(file), 64)
    listed = library.document("list")
    assert [row["name"] for row in listed["terrain"]] == ["my-field-site"]
    assert "gld100" in [product["name"] for product in listed["products"]]
    assert library.document("info", "my-field-site") == library.document("info", str(file))
    library.document("remove", "my-field-site")
    assert library.names == []
    assert file.is_file()
    assert "no such name" in library.refused("info", "my-field-site")


def test_a_large_raster_is_given_overviews_that_go_with_it(library: Library, tmp_path: Path) -> None:
    file = write(tmp_path / "wide.tif", np.zeros((60, 5000), np.int16), step=1e-4)
    library.document("add", str(file))
    cache = tmp_path / "cache/roverctl/overviews"
    assert len(list(cache.glob("*/*.npy"))) == 11
    library.document("remove", "wide")
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize("name", ["../up", "a/b", "/etc/x", "", ".hidden", "A", "a..b", "x" * 65])
def test_a_name_is_never_a_path(library: Library, tmp_path: Path, name: str) -> None:
    file = write(tmp_path / "a.tif", numbers())
    assert "no name for terrain" in library.refused("add", str(file), "--name", name)
    assert "no name for terrain" in library.refused("remove", name)
    assert library.names == []


def test_what_cannot_be_used_is_not_added(library: Library, tmp_path: Path) -> None:
    library.document("add", str(write(tmp_path / "good.tif", numbers())))
    before = library.left()
    (tmp_path / "empty.tif").touch()
    (tmp_path / "notes.tif").write_text("no raster")
    cut = tmp_path / "cut.tif"
    cut.write_bytes(write(tmp_path / "w.tif", np.random.default_rng(1).normal(size=(200, 300))).read_bytes()[:200_000])
    wrong = {
        "empty.tif": "empty",
        "notes.tif": "not an elevation raster",
        "cut.tif": "cut.tif",
        "absent.tif": "no such file",
        "void.tif": "holds no data",
        "earth.tif": "6378.1 km",
        "rgb.tif": "picture",
        "good.tif": "has a 'good' already",
    }
    write(tmp_path / "void.tif", np.full((9, 9), np.nan, np.float32))
    write(tmp_path / "earth.tif", numbers(), crs="EPSG:4326")
    write(tmp_path / "rgb.tif", np.zeros((3, 9, 9), np.uint8), photometric="RGB")
    for name, word in wrong.items():
        assert word in library.refused("add", str(tmp_path / name)), name
    assert library.left() == before
    assert library.names == ["good"]


def test_feet_are_converted_and_told(library: Library, tmp_path: Path) -> None:
    file = write(tmp_path / "feet.tif", numbers(), units="ft")
    code, out, err = library.run("info", str(file), "--json")
    assert code == 0
    assert json.loads(out)["elevation_min_m"] == pytest.approx(-3000.0 * 0.3048)
    assert "converted from ft" in err


def test_loops_and_broken_entries_are_told_and_the_others_listed(library: Library, tmp_path: Path) -> None:
    library.document("add", str(write(tmp_path / "good.tif", numbers())))
    folder = library.folder / "terrain"
    (folder / "loop.json").symlink_to("pool.json")
    (folder / "pool.json").symlink_to("loop.json")
    (folder / "torn.json").write_text('{"name": "to')
    code, out, err = library.run("list")
    assert code == 0 and out.startswith("good")
    assert err.count("loop of symbolic links") == 2
    assert "torn.json is no entry" in err
    assert "loop of symbolic links" in library.refused("info", "loop")
    library.document("remove", "loop")
    library.document("remove", "torn")
    assert library.names == ["good"]


def test_a_raster_that_went_or_changed_is_told(library: Library, tmp_path: Path) -> None:
    file = write(tmp_path / "a.tif", numbers())
    library.document("add", str(file))
    write(file, numbers() + np.int16(1))
    os.utime(file, ns=(1, 1))
    assert "has changed since" in library.refused("info", "a")
    file.unlink()
    assert "is gone" in library.refused("info", "a")
    file.symlink_to(file)
    assert "loop of symbolic links" in library.document("list")["terrain"][0]["trouble"]


def test_a_full_disk_leaves_the_library_as_it_was(library: Library, tmp_path: Path) -> None:
    file = write(tmp_path / "wide.tif", np.zeros((60, 5000), np.int16), step=1e-4)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        line = library.refused("add", str(file))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert "cannot be written" in line
    assert library.left() == []
    assert list((tmp_path / "cache/roverctl/overviews").iterdir()) == []


def test_layers_of_the_library_make_a_plan_and_their_offset_is_told(
    library: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, height, step in (("fine", -5900, 0.0005), ("coarse", -5950, 0.01)):
        side = 120
        z = np.full((side, side), height, np.int16)
        file = write(
            tmp_path / f"{name}.tif", z, step=step, west=177.588 - side * step / 2, north=-45.457 + side * step / 2
        )
        library.document("add", str(file))
    places = ["--from", "177.588,-45.457", "--to", "177.589,-45.457", "--data-dir", str(library.folder), "--json"]
    assert main(["plan", "--dem", "fine", "--dem", "coarse", *places]) == 0
    out, err = capsys.readouterr()
    route = json.loads(out)
    assert route["points"][0][2] == pytest.approx(-5900.0, abs=5.0)
    assert route["terrain"]["label"].startswith("fine.tif over coarse.tif over ")
    assert route["terrain"]["resolution_m"] == pytest.approx(15.16, abs=0.01)
    assert "fine.tif stands +50.0 m against coarse.tif" in err


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    file = write(tmp_path / "large.tif", np.zeros((9000, 9000), np.float32), step=1e-5)
    command = [sys.executable, str(ROOT / "main.py"), "terrain", "add", str(file), "--data-dir", str(tmp_path / "data")]
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    # A shell that runs the tests beside itself has them ignore interrupts, and their children inherit that.
    heeding = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, preexec_fn=heeding)
    assert process.stderr is not None
    process.stderr.readline()  # it is well under way when it tells how far it is
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    process.stderr.close()
    assert list((tmp_path / "data").rglob("*.json")) == []
    assert not list((tmp_path / "cache").rglob("*.npy"))
