"""What is no terrain is refused in one line; nothing that a file says reaches other files or the network."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from roverctl.core.errors import InputError
from roverctl.mission.profile import Mission
from roverctl.terrain.opening import check_layers, open_terrain
from tests.unit.terrain.rasters.writing import LDEM_LABEL, numbers, write, write_ldem


def refusal(mission: Mission, file: Path | str) -> str:
    with pytest.raises(InputError) as caught:
        check_layers(mission, [file])
    message = str(caught.value)
    assert "\n" not in message
    with pytest.raises(InputError) as again:
        open_terrain(mission, [file])
    assert str(again.value) == message
    return message


def lying_tiff(file: Path, side: int) -> Path:
    """A header alone: one strip of two bytes that is said to be side × side pixels."""
    entries = [(256, 4, side), (257, 4, side), (258, 3, 16), (259, 3, 1), (262, 3, 1), (273, 4, 8), (277, 3, 1),
               (278, 4, side), (279, 4, 2), (339, 3, 2)]  # fmt: skip
    fields = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    file.write_bytes(b"II*\0" + struct.pack("<I", 10) + b"\1\0" + struct.pack("<H", len(entries)) + fields + b"\0" * 4)
    return file


def test_an_empty_file(mission: Mission, tmp_path: Path) -> None:
    (tmp_path / "empty.tif").touch()
    assert "empty.tif is empty" in refusal(mission, tmp_path / "empty.tif")


def test_a_loop_of_links(mission: Mission, tmp_path: Path) -> None:
    (tmp_path / "a.tif").symlink_to("b.tif")
    (tmp_path / "b.tif").symlink_to("a.tif")
    assert "loop of symbolic links" in refusal(mission, tmp_path / "a.tif")


def test_a_truncated_file(mission: Mission, tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.tif", np.random.default_rng(1).normal(size=(300, 300)).astype(np.float32))
    cut = tmp_path / "cut.tif"
    cut.write_bytes(whole.read_bytes()[:200_000])
    told = refusal(mission, cut)
    assert "cut.tif is damaged" in told and "exception" not in told


@pytest.mark.parametrize("side", [60_000, 1_000_000])
def test_a_header_that_claims_what_the_file_cannot_hold(mission: Mission, tmp_path: Path, side: int) -> None:
    assert f"lie.tif claims {side} × {side} pixels" in refusal(mission, lying_tiff(tmp_path / "lie.tif", side))


def test_a_label_that_claims_what_its_image_does_not_hold(mission: Mission, tmp_path: Path) -> None:
    label = write_ldem(tmp_path, numbers(), "METER", 0.5, 0.0)
    text = label.read_text()
    label.write_text(text.replace("LINES = 40", "LINES = 1000000").replace("SAMPLES = 60", "SAMPLES = 1000000"))
    assert "ldem.lbl" in refusal(mission, label)


def test_earth_under_a_lunar_mission(mission: Mission, tmp_path: Path) -> None:
    message = refusal(mission, write(tmp_path / "earth.tif", numbers(), crs="EPSG:4326"))
    assert "6378.1 km" in message and "1737.4 km" in message


@pytest.mark.parametrize("missing", [np.nan, -9999.0])
def test_nothing_but_missing_data(mission: Mission, tmp_path: Path, missing: float) -> None:
    file = write(tmp_path / "void.tif", np.full((40, 60), missing, np.float32), nodata=missing)
    assert "holds no data" in refusal(mission, file)


@pytest.mark.parametrize(
    ("name", "driver", "options"),
    [("rgb.tif", "GTiff", {"photometric": "RGB"}), ("rgb.png", "PNG", {"WORLDFILE": "YES"})],
)
def test_a_picture_in_colours(
    mission: Mission, tmp_path: Path, name: str, driver: str, options: dict[str, Any]
) -> None:
    picture = np.zeros((3, 40, 60), np.uint8)
    crs: dict[str, Any] = {"crs": None} if driver == "PNG" else {}
    assert "picture" in refusal(mission, write(tmp_path / name, picture, driver, **crs, **options))


def test_a_unit_that_is_no_length(mission: Mission, tmp_path: Path) -> None:
    assert "'K'" in refusal(mission, write(tmp_path / "warm.tif", numbers(), units="K"))


def test_complex_numbers(mission: Mission, tmp_path: Path) -> None:
    assert "real numbers" in refusal(mission, write(tmp_path / "c.tif", numbers().astype(np.complex64)))


@pytest.mark.parametrize(
    "name", ["ftp://host/a.tif", "/vsimem/a.tif", "/vsizip//tmp/a.zip/a.tif", "file:///etc/passwd"]
)
def test_other_ways_to_a_file_than_files_and_the_web(mission: Mission, name: str) -> None:
    assert name in refusal(mission, name)


def test_a_vrt_is_not_followed_to_other_files_or_the_network(mission: Mission, tmp_path: Path) -> None:
    write(tmp_path / "real.tif", numbers())
    for source in ("real.tif", "/vsicurl/http://127.0.0.1:9/a.tif"):
        file = tmp_path / "trick.vrt"
        file.write_text(
            '<VRTDataset rasterXSize="60" rasterYSize="40"><VRTRasterBand dataType="Int16" band="1"><SimpleSource>'
            f'<SourceFilename relativeToVRT="1">{source}</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>'
        )
        assert "trick.vrt is not an elevation raster" in refusal(mission, file)


def test_a_label_does_not_reach_outside_its_folder(mission: Mission, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "secret.img").write_bytes(numbers().tobytes())
    label = inner / "trick.lbl"
    label.write_text(
        LDEM_LABEL.format(
            record=120, rows=40, columns=60, image="../secret.img", kind="LSB_INTEGER", bits=16, unit="METER",
            scale=1, offset=0,
        ).replace("\n", "\r\n")
    )  # fmt: skip
    assert "trick.lbl" in refusal(mission, label)
