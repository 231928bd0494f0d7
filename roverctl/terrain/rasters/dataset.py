"""Opening raster files and URLs with GDAL: what may be opened, and what is refused before any of it is believed.

A raster comes from anywhere. Only formats that hold their own pixels are tried; those that name other files or the
network (VRT, WMS, STAC and their like) are not asked. A local file may not make GDAL use the network, nor take its
pixels from outside its own folder.
"""

import errno
import http
import os
import urllib.error
import urllib.request
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.enums
import rasterio.errors
import rasterio.io

from roverctl.core.errors import InputError
from roverctl.terrain.rasters.shelf import is_url

# Formats of elevations in use: GeoTIFF and COG, the planetary archives' own, and plain rasters with a header beside.
FORMATS = ("GTiff", "PDS4", "PDS", "ISIS3", "ISIS2", "VICAR", "JP2OpenJPEG", "PNG", "HFA", "ENVI", "EHdr", "AAIGrid")
CACHE_BYTES = 96 * 2**20  # GDAL's own cache of decoded blocks
LARGEST_BLOCK_BYTES = 512 * 2**20  # a tile or strip that must be decoded whole to give one pixel. Our choice
# Deflate packs 1032 to 1 at most; what claims far more holds nothing. Small files are let be: a constant packs well.
MOST_PACKED, CLAIM_FREE_BYTES = 4_000, 2**30  # our choice
NO_NETWORK = "roverctl-opens-no-url-for-a-local-file"
TIMEOUT_S = 30
HEAD_BYTES = 512


@contextmanager
def gdal(name: str, far_apart: bool = False) -> Iterator[None]:
    """GDAL's settings while it works on a file or URL; see ``open_dataset``."""
    settings: dict[str, Any] = {
        "GDAL_CACHEMAX": CACHE_BYTES,
        "GDAL_HTTP_TIMEOUT": TIMEOUT_S,
        "GDAL_HTTP_CONNECTTIMEOUT": 10,
        "GDAL_HTTP_MAX_RETRY": 2,
        "GDAL_HTTP_RETRY_DELAY": 1,
        "GTIFF_DIRECT_IO": far_apart,
    }
    if is_url(name):
        settings["GDAL_DISABLE_READDIR_ON_OPEN"] = "TRUE"  # no listing of the server's folder
    else:
        settings["CPL_VSIL_CURL_ALLOWED_FILENAME"] = NO_NETWORK
    with rasterio.Env(**settings):
        yield


def open_dataset(file: Path | str, far_apart: bool = False) -> Any:
    """A rasterio dataset whose first band holds numbers that can be elevations.

    Parameters
    ----------
    file : a local file, or an http(s) URL, which is read by ranges.
    far_apart : whether single pixels of an uncompressed file are read without the blocks around them.

    Raises
    ------
    InputError
        In one line: missing, empty, not a raster, a picture, or a header that cannot be true.
    """
    name = str(file)
    if not is_url(name):
        _check_file(name)
    try:
        with gdal(name, far_apart), warnings.catch_warnings():
            # a raster that is not placed is refused, or told, by ``placement``
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
            dataset = rasterio.io.DatasetReader(name, driver=list(FORMATS))
    except (rasterio.errors.RasterioError, OSError) as error:
        reason = _what_answers(name) if is_url(name) else " ".join(str(error).split())
        raise InputError(f"{name} is not an elevation raster that GDAL can read: {reason}") from None
    try:
        _check_header(dataset, name)
    except InputError:
        dataset.close()
        raise
    return dataset


def _check_file(name: str) -> None:
    """Say what is wrong with a local file before GDAL says it less clearly."""
    if "://" in name or name.startswith("/vsi"):
        raise InputError(f"{name}: terrain is a local file, or a URL that begins with http:// or https://")
    try:
        size = os.stat(name).st_size  # noqa: PTH116, a Path would hide a loop of links
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise InputError(f"{name} is a loop of symbolic links") from None
        raise InputError(f"{name}: there is no such file") from None
    if not Path(name).is_file():
        raise InputError(f"{name}: there is no such file")
    if size == 0:
        raise InputError(f"{name} is empty")


def _check_header(dataset: Any, name: str) -> None:
    if dataset.count < 1 or np.dtype(dataset.dtypes[0]).kind not in "iuf":
        raise InputError(f"{name} is not an elevation raster that GDAL can read: it has no band of real numbers")
    meanings = dataset.colorinterp
    if meanings[0] in (rasterio.enums.ColorInterp.red, rasterio.enums.ColorInterp.palette):
        raise InputError(f"{name} is a picture in colours; give a raster of elevations, one number a pixel")
    item = np.dtype(dataset.dtypes[0]).itemsize
    if not is_url(name):
        _check_parts(dataset, name, dataset.width * dataset.height * item)
    rows, columns = dataset.block_shapes[0]
    if rows * columns * item > LARGEST_BLOCK_BYTES:
        raise InputError(
            f"{name} keeps {columns} × {rows} pixels in one piece, too much to decode for a look; "
            "rewrite it in tiles (gdal_translate -co TILED=YES)"
        )


def _check_parts(dataset: Any, name: str, claimed: int) -> None:
    """The files that a raster takes its pixels from: all in its folder, and large enough for what they claim."""
    here = Path(os.path.abspath(name)).parent  # noqa: PTH100, links stay as they are
    held = 0
    for part in dataset.files:
        if here not in Path(os.path.abspath(part)).parents:  # noqa: PTH100
            raise InputError(f"{name} takes its pixels from {part}, outside its own folder; this is not followed")
        held += Path(part).stat().st_size
    if claimed > max(CLAIM_FREE_BYTES, held * MOST_PACKED):
        raise InputError(
            f"{name} claims {dataset.width} × {dataset.height} pixels, but holds {held} bytes; it is damaged or forged"
        )


def _what_answers(url: str) -> str:
    """Why a URL cannot be opened, from what it answers."""
    request = urllib.request.Request(url, headers={"Range": f"bytes=0-{HEAD_BYTES - 1}"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            head = answer.read(HEAD_BYTES)
            kind = answer.headers.get_content_type()
            in_parts = answer.status == http.HTTPStatus.PARTIAL_CONTENT
    except (urllib.error.URLError, OSError, ValueError) as error:
        return f"the server cannot be asked ({getattr(error, 'reason', error)})"
    if looks_like_html(head):
        return "it answers with a web page (HTML)"
    if not in_parts:
        return "the server gives no parts of a file (no ranges); download it and give the file"
    return f"it answers with something else ({kind})"


def looks_like_html(head: bytes) -> bool:
    """Whether these first bytes are of a web page."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<body"))
