"""``roverctl terrain render``: a product of the terrain as a picture or as values."""

import argparse
import dataclasses
import json
import math
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roverctl.cli.ground import add_ground_arguments, layers_of
from roverctl.cli.main import say
from roverctl.cli.teller import Teller
from roverctl.core.errors import InputError
from roverctl.core.times import SECOND_NS, parse_utc

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from roverctl.mission.profile import Mission
    from roverctl.terrain.products.catalogue import Product, Setting, Window
    from roverctl.terrain.source import Terrain

    Values = npt.NDArray[np.float32]

MOST_PIXELS = 100_000_000
PIXELS_A_SIDE = 2000  # of the longer side, where no resolution is asked for
SITE_REACH_M = 100_000.0  # around the site, where neither a box nor a raster says what to show
BLOCK = 1024  # nodes a side that are computed at a time
STEP_S = 3600.0  # between instants of a span: the Sun moves half a degree
MOST_INSTANTS = 120
# Products whose colours are spread over the values that are there.
SPREAD = ("elevation", "sun_hours")
_HINTS = {"sun": "--at UTC", "sun_span": "--at UTC --to UTC", "relay": "--at UTC", "point": "--from-point LON,LAT"}


def add_arguments(actions: Any) -> None:
    """The subcommand."""
    parser = actions.add_parser("render", help="a product as PNG (with OUT.json, its legend) or GeoTIFF")
    parser.add_argument("out", type=Path, metavar="OUT.png|OUT.tif")
    parser.add_argument("--mission", default="change4", metavar="NAME|DIR")
    add_ground_arguments(parser)
    parser.add_argument("--bbox", metavar="W,S,E,N", help="degrees; the rasters' extent, or 200 km around the site")
    parser.add_argument("--resolution", type=float, metavar="M", help="site-frame metres a pixel")
    parser.add_argument("--product", default="elevation", metavar="NAME")
    parser.add_argument("--at", metavar="UTC", help="when Sun and relay are looked at")
    parser.add_argument("--to", metavar="UTC", help="end of the span that begins --at")
    parser.add_argument("--from-point", metavar="LON,LAT", help="where to look from")
    parser.add_argument("--height", type=float, default=2.0, metavar="M", help="of the eye over the ground there (2)")


def run(arguments: argparse.Namespace) -> int:
    """Compute, paint, write."""
    if arguments.out.suffix not in (".png", ".tif", ".tiff"):
        raise InputError(f"{arguments.out}: pictures are written as .png, values as .tif")
    _check_writable(arguments.out)
    instants = _instants(arguments.at, arguments.to)
    if arguments.resolution is not None and not 0.0 < arguments.resolution < math.inf:
        raise InputError(f"--resolution must be greater than 0 m, not {arguments.resolution:g}")
    if not 0.0 <= arguments.height <= 1e6:
        raise InputError(f"--height must lie between 0 and 1,000,000 m, not {arguments.height:g}")

    from roverctl.mission.profile import load_mission
    from roverctl.terrain.opening import open_terrain
    from roverctl.terrain.products.catalogue import PRODUCTS

    product = PRODUCTS.get(arguments.product)
    if product is None:
        raise InputError(f"no product '{arguments.product}'; known are {', '.join(PRODUCTS)}")
    given = {"vehicle"}
    given |= {"sun", "relay"} if arguments.at else set()
    given |= {"sun_span"} if arguments.to else set()
    given |= {"point"} if arguments.from_point else set()
    for need in sorted(product.needs - given):
        raise InputError(f"--product {product.name} needs {_HINTS[need]}")
    mission = load_mission(arguments.mission)
    setting = _setting(mission, instants, arguments.from_point, arguments.height)
    layers = layers_of(arguments)
    terrain = open_terrain(mission, layers)
    own_m = terrain.resolution_m if layers else 0.0
    window = _window(_box(arguments.bbox, layers, mission), arguments.resolution, own_m)
    if layers and not _any_chosen(terrain, window):
        raise InputError(f"{terrain.label} has no data in this box")
    if sys.stderr.isatty():
        size = f"{window.width} × {window.height} pixels of {window.spacing_m:g} m"
        say(f"roverctl: {product.title.lower()}, {size} …")
    values = _values(terrain, product.name, window, setting)
    if arguments.out.suffix == ".png":
        _write_picture(arguments.out, mission, terrain, product, window, values, arguments.at)
    else:
        _write_values(arguments.out, mission, product, window, values)
    return 0


def _instants(at: str | None, to: str | None) -> list[int]:
    if at is None:
        if to is not None:
            raise InputError("--to needs --at, where the span begins")
        return []
    begin_ns = parse_utc(at)
    if to is None:
        return [begin_ns]
    end_ns = parse_utc(to)
    if end_ns <= begin_ns:
        raise InputError("--to lies before --at")
    span_s = (end_ns - begin_ns) / SECOND_NS
    count = max(1, min(MOST_INSTANTS, math.ceil(span_s / STEP_S)))
    # each stands for the step around it
    return [begin_ns + round((i + 0.5) * span_s / count * SECOND_NS) for i in range(count)]


def _setting(mission: "Mission", instants: list[int], point: str | None, height_m: float) -> "Setting":
    from roverctl.terrain.products.catalogue import setting_for

    setting = setting_for(mission)
    if point is not None:
        east, north = mission.site.to_site(*_numbers("--from-point", point, "LON,LAT"))
        setting = dataclasses.replace(setting, point_m=(float(east), float(north)), point_height_m=height_m)
    if instants:
        from roverctl.ephemeris.sky import Sky

        sky = Sky(mission).geometry(instants)
        step_s = (instants[1] - instants[0]) / SECOND_NS if len(instants) > 1 else STEP_S
        setting = dataclasses.replace(
            setting,
            sun_azimuth_rad=sky.sun_azimuth_rad,
            sun_elevation_rad=sky.sun_elevation_rad,
            step_s=step_s,
            relay_azimuth_rad=sky.relay_azimuth_rad,
            relay_elevation_rad=sky.relay_elevation_rad,
        )
    return setting


def _numbers(option: str, text: str, form: str) -> list[float]:
    """Degrees separated by commas, longitudes and latitudes in turn.

    Raises
    ------
    InputError
        When they are not as many as in ``form``, or no places.
    """
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != len(form.split(",")):
        raise InputError(f"{option} '{text}' is not {form} in degrees")
    if not all(-180.0 <= lon <= 360.0 for lon in numbers[::2]) or not all(
        -90.0 <= lat <= 90.0 for lat in numbers[1::2]
    ):
        raise InputError(f"{option} '{text}': longitude lies in -180..360, latitude in -90..90")
    return numbers


def _box(bbox: str | None, layers: tuple[str, ...], mission: "Mission") -> tuple[float, float, float, float]:
    """West, south, east, north in site-frame metres: of what is asked for, else of all the rasters."""
    if bbox is not None:
        west, south, east, north = _numbers("--bbox", bbox, "W,S,E,N")
        if not (west < east and south < north):
            raise InputError(f"--bbox '{bbox}' is empty: west lies before east and south before north")
        if east - west > 360.0:
            raise InputError(f"--bbox '{bbox}' is wider than the whole body")
        return _site_box((west, south, east, north), mission)
    if not layers:
        return -SITE_REACH_M, -SITE_REACH_M, SITE_REACH_M, SITE_REACH_M
    boxes = [_site_box(_extent(layer, mission), mission) for layer in layers]
    return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)


def _site_box(degrees: tuple[float, float, float, float], mission: "Mission") -> tuple[float, float, float, float]:
    """A box of longitudes and latitudes in site-frame metres."""
    import numpy as np

    west, south, east, north = degrees
    along = np.linspace(0.0, 1.0, 65)
    lon = np.concatenate([west + (east - west) * along] * 2 + [np.full(65, west), np.full(65, east)])
    lat = np.concatenate([np.full(65, south), np.full(65, north)] + [south + (north - south) * along] * 2)
    x, y = mission.site.to_site(lon, lat)
    if float(np.hypot(x, y).max()) > 0.5 * math.pi * mission.body.radius_m:
        raise InputError("this box reaches further than 90 deg from the site, where its flat map ends; give a --bbox")
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def _extent(layer: str, mission: "Mission") -> tuple[float, float, float, float]:
    """A raster's bounds as longitudes and latitudes."""
    import rasterio.warp

    from roverctl.terrain.rasters.dataset import open_dataset
    from roverctl.terrain.rasters.placement import place

    with open_dataset(layer) as dataset:
        placement = place(dataset, mission)
        west, south, east, north = dataset.bounds
        south, north = min(south, north), max(south, north)
        if placement.geographic:
            degrees = 1.0 if placement.crs is None else math.degrees(placement.crs.units_factor[1])
            return west * degrees, south * degrees, east * degrees, north * degrees
        box = rasterio.warp.transform_bounds(placement.crs, placement.geographic_crs, west, south, east, north)
        west, south, east, north = (float(value) for value in box)
        return west, south, east if east > west else east + 360.0, north


def _any_chosen(terrain: "Terrain", window: "Window") -> bool:
    """Whether one of the rasters has data somewhere in the window, by a look at 33 × 33 places."""
    from roverctl.terrain.source import source_at

    reach_x, reach_y = (window.width - 1) * window.spacing_m, (window.height - 1) * window.spacing_m
    return any(
        source_at(terrain, window.east_m + i / 32 * reach_x, window.north_m + j / 32 * reach_y, window.spacing_m).chosen
        for i in range(33)
        for j in range(33)
    )


def _window(box: tuple[float, float, float, float], asked_m: float | None, own_m: float) -> "Window":
    """Pixels over a box; without a resolution that is asked for the raster's own, or ``PIXELS_A_SIDE``."""
    from roverctl.terrain.products.catalogue import Window

    west, south, east, north = box
    spacing_m = asked_m or max(own_m, max(east - west, north - south) / PIXELS_A_SIDE)
    columns, rows = (east - west) / spacing_m, (north - south) / spacing_m
    if columns * rows > MOST_PIXELS:
        fits = math.sqrt((east - west) * (north - south) / MOST_PIXELS)
        raise InputError(
            f"{columns:.3g} × {rows:.3g} pixels of {spacing_m:g} m are too many ({MOST_PIXELS:,} at most); "
            f"--resolution {fits * 1.02:.2g} would fit"
        )
    if min(columns, rows) < 2.0:
        raise InputError(
            f"the box is {east - west:.3g} m × {north - south:.3g} m: too small for --resolution {spacing_m:g}"
        )
    return Window(west + 0.5 * spacing_m, south + 0.5 * spacing_m, spacing_m, math.floor(columns), math.floor(rows))


def _values(terrain: "Terrain", name: str, window: "Window", setting: "Setting") -> "Values":
    """The product block by block, so that what it takes to compute stays small; row 0 is the north."""
    import numpy as np

    from roverctl.terrain.products.catalogue import Window, compute

    out = np.empty((window.height, window.width), dtype=np.float32)
    tell, done = Teller(), 0
    for row in range(0, window.height, BLOCK):
        for column in range(0, window.width, BLOCK):
            block = Window(
                window.east_m + column * window.spacing_m,
                window.north_m + row * window.spacing_m,
                window.spacing_m,
                min(BLOCK, window.width - column),
                min(BLOCK, window.height - row),
            )
            values = compute(terrain, name, block, setting)
            out[window.height - row - block.height : window.height - row, column : column + block.width] = values[::-1]
            done += block.width * block.height
            if sys.stderr.isatty():
                tell(name, done / out.size)
    return out


def _write_values(out: Path, mission: "Mission", product: "Product", window: "Window", values: "Values") -> None:
    """float32 in the site's azimuthal equidistant projection, NaN without data."""
    import rasterio.crs
    import rasterio.transform

    top = window.north_m + (window.height - 0.5) * window.spacing_m
    left = window.east_m - 0.5 * window.spacing_m
    profile = {
        "driver": "GTiff", "width": window.width, "height": window.height, "count": 1, "dtype": "float32",
        "nodata": math.nan, "compress": "deflate", "predictor": 3, "tiled": True,
        "crs": rasterio.crs.CRS.from_proj4(mission.site.proj4),
        "transform": rasterio.transform.from_origin(left, top, window.spacing_m, window.spacing_m),
    }  # fmt: skip
    _write(out, profile, values[None], product.title, product.unit)


def _write_picture(
    out: Path, mission: "Mission", terrain: "Terrain", product: "Product", window: "Window", values: "Values",
    at: str | None,
) -> None:  # fmt: skip
    """Eight-bit RGBA, and beside it OUT.json with the legend and the place."""
    import numpy as np

    from roverctl.terrain.products.catalogue import PRODUCTS, Setting
    from roverctl.terrain.products.colours import legend, paint
    from roverctl.terrain.products.product import fitted

    if product.name in SPREAD:
        product = fitted(product, float(np.nanmin(values)), float(np.nanmax(values)))
    picture = paint(product, values)
    if not product.opaque:
        shade = PRODUCTS["hillshade"]
        ground = paint(shade, _values(terrain, shade.name, window, Setting()))
        part = picture[..., 3:].astype(np.float32) / 255.0
        picture[..., :3] = np.rint(picture[..., :3] * part + ground[..., :3] * (1.0 - part))
        picture[..., 3] = ground[..., 3]
    profile = {"driver": "PNG", "width": window.width, "height": window.height, "count": 4, "dtype": "uint8"}
    _write(out, profile, picture.transpose(2, 0, 1))
    west, south = window.east_m - 0.5 * window.spacing_m, window.north_m - 0.5 * window.spacing_m
    document = {
        "product": product.name,
        "title": product.title,
        "unit": product.unit,
        "terrain": terrain.label,
        "at": at,
        "crs": mission.site.proj4,
        "resolution_m": window.spacing_m,
        "bounds_m": [west, south, west + window.width * window.spacing_m, south + window.height * window.spacing_m],
        "legend": [{"value": value, "rgba": colour, "text": text} for value, colour, text in legend(product)],
    }
    text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
    _replace(out.with_suffix(".json"), text.encode("utf-8"))


def _write(out: Path, profile: dict[str, Any], bands: Any, title: str = "", unit: str = "") -> None:
    """Made in memory, so that only a whole file appears, and what the disk says is told in its own words."""
    import rasterio.errors
    import rasterio.io

    with warnings.catch_warnings(), rasterio.io.MemoryFile() as memory:
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        with memory.open(**profile) as dataset:
            dataset.write(bands)
            if title:
                dataset.set_band_description(1, title)
                dataset.units = (unit,)
        content = memory.read()
    _replace(out, content)


def _check_writable(out: Path) -> None:
    """What cannot be written is told before the work, not after it."""
    if out.is_dir():
        raise InputError(f"{out}: is a folder; give the name of a file in it")
    part = out.with_name(f".{out.name}.part")
    try:
        part.touch()
        part.unlink()
    except OSError as error:
        raise InputError(f"{out}: cannot be written: {error.strerror}") from None


def _replace(out: Path, content: bytes) -> None:
    part = out.with_name(f".{out.name}.part")
    try:
        try:
            part.write_bytes(content)
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{out}: cannot be written: {error.strerror}") from None
