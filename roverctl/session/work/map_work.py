"""The map's work in the workshop: tiles of the ground and of products, what lies at a place, a line's ground."""

from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from roverctl.core.geodesic import line_points
from roverctl.core.times import SECOND_NS
from roverctl.ephemeris.sky import Sky
from roverctl.mission.profile import Mission
from roverctl.session.api.map import GROUND, SHADOW, SHADOWS_UP_TO, Sheet
from roverctl.terrain.kept import KeptTerrain
from roverctl.terrain.layer_file import write_layer
from roverctl.terrain.products.catalogue import PRODUCTS, Product, Setting, Window, compute, setting_for
from roverctl.terrain.products.colours import legend, paint
from roverctl.terrain.products.product import Classes
from roverctl.terrain.rasters.layered import LayeredTerrain
from roverctl.terrain.source import Terrain, source_at
from roverctl.terrain.tiles import Ground, drawn_shade, sample_tile, sun_shade
from roverctl.terrain.tiling import TILE, TileKey, spacing_m

_GROUNDS_KEPT: Final = 128  # 68 MB: a screenful and more, so that another light costs no elevations
_LINE_POINTS: Final = 400
_SYNODIC_DAY_S: Final = 29.530589 * 86_400.0  # mean, Meeus 1998, Astronomical Algorithms, chapter 49
_SUN_STEP_S: Final = 6.0 * 3600.0  # our choice: the Sun moves 3 degrees
_IN_SHADOW: Final = 0.12  # of the light: our choice, so that the ground in shadow can still be told
# Products that look far around are made for 2 x 2 tiles at once, at nodes so many pixels apart, and interpolated: most
# of their time goes into the ground around, and horizons do not change from pixel to pixel.
_FAR: Final = {"sunlit": 2, "horizon": 2, "relay": 2, "viewshed": 2, "sun_hours": 4}
_BLOCK: Final = 2
_BLOCKS_KEPT: Final = 24
Values = npt.NDArray[np.float32]


class MapWork:
    """Terrain and sky, and the elevations of the last tiles."""

    def __init__(self, mission: Mission, terrain: Terrain, sky: Sky) -> None:
        self._mission = mission
        self._terrain = terrain
        self._around = KeptTerrain(terrain)  # for products that look far
        self._sky = sky
        self._grounds: OrderedDict[TileKey, Ground] = OrderedDict()
        self._blocks: OrderedDict[tuple[Sheet, TileKey], Values] = OrderedDict()

    def about(self, _: dict[str, Any]) -> dict[str, Any]:
        """What the map is made of and what it can show."""
        terrain = self._terrain
        return {
            "label": terrain.label,
            "resolution_m": terrain.resolution_m,
            "generated_below_m": terrain.generated_below_m,
            "wants_overviews": isinstance(terrain, LayeredTerrain) and terrain.wants_overviews,
            "products": [_about(product) for product in PRODUCTS.values() if product.name != "hillshade"],
        }

    def tile(self, content: dict[str, Any]) -> dict[str, Any]:
        """A tile of a sheet."""
        level, column, row = content["key"]
        key, sheet = (level, column, row), sheet_of(content["sheet"])
        if sheet.product == GROUND.product:
            ground = self._ground(key)
            return {"picture": self._shade(ground, sheet.t_ns), "elevation_m": ground.picture_m}
        if sheet.product == SHADOW:
            return {"picture": self._shadow(key, sheet.t_ns), "elevation_m": None}
        values = self._values(key, sheet)
        return {"picture": paint(PRODUCTS[sheet.product], values)[::-1], "elevation_m": None}

    def _ground(self, key: TileKey) -> Ground:
        ground = self._grounds.pop(key, None)
        if ground is None:
            ground = sample_tile(self._terrain, *key)
            if len(self._grounds) >= _GROUNDS_KEPT:
                self._grounds.popitem(last=False)
        self._grounds[key] = ground
        return ground

    def _shade(self, ground: Ground, t_ns: int) -> npt.NDArray[np.uint8]:
        if t_ns == GROUND.t_ns:
            return drawn_shade(ground)
        azimuth, elevation = self._sky.sun(t_ns)
        return sun_shade(ground, self._mission.site.body_radius_m, float(azimuth[0]), float(elevation[0]))

    def _shadow(self, key: TileKey, t_ns: int) -> npt.NDArray[np.uint8]:
        """What the shadows that the ground casts take from its light: black, as opaque as they are deep."""
        picture = np.zeros((TILE, TILE, 4), dtype=np.uint8)
        if key[0] <= SHADOWS_UP_TO:
            lit = np.nan_to_num(self._values(key, Sheet("sunlit", t_ns)), nan=100.0) / 100.0
            picture[..., 3] = np.rint(255.0 * (1.0 - _IN_SHADOW) * np.clip(1.0 - lit[::-1], 0.0, 1.0))
        return picture

    def _values(self, key: TileKey, sheet: Sheet) -> Values:
        """A product over a tile; row 0 is the south."""
        level, column, row = key
        step = spacing_m(level)
        apart = _FAR.get(sheet.product)
        if apart is None:
            window = Window((column * TILE + 0.5) * step, (row * TILE + 0.5) * step, step, TILE, TILE)
            return compute(self._terrain, sheet.product, window, self.setting(sheet))
        block_column, block_row = column // _BLOCK, row // _BLOCK
        block = (sheet, (level, block_column, block_row))
        values = self._blocks.pop(block, None)
        if values is None:
            values = self._far_values(sheet, level, block_column, block_row, apart)
            if len(self._blocks) >= _BLOCKS_KEPT:
                self._blocks.popitem(last=False)
        self._blocks[block] = values
        x, y = (column % _BLOCK) * TILE, (row % _BLOCK) * TILE
        return _between(values, y, x, apart)

    def _far_values(self, sheet: Sheet, level: int, block_column: int, block_row: int, apart: int) -> Values:
        """A product over a block of tiles and one node around it, at nodes ``apart`` pixels apart."""
        step = spacing_m(level) * apart
        nodes = _BLOCK * TILE // apart
        window = Window(
            (block_column * nodes - 0.5) * step, (block_row * nodes - 0.5) * step, step, nodes + 2, nodes + 2
        )
        return compute(self._around, sheet.product, window, self.setting(sheet))

    def setting(self, sheet: Sheet) -> Setting:
        """What a sheet's product depends on beside the ground."""
        setting = replace(setting_for(self._mission), point_m=sheet.point_m)
        needs = PRODUCTS[sheet.product].needs
        times = np.array([sheet.t_ns], dtype=np.int64)
        if "sun_span" in needs:
            steps = np.arange(0.0, _SYNODIC_DAY_S, _SUN_STEP_S)
            times = sheet.t_ns + (steps * SECOND_NS).astype(np.int64)
            setting = replace(setting, step_s=_SUN_STEP_S)
        if needs & {"sun", "sun_span"}:
            azimuth, elevation = self._sky.sun(times)
            setting = replace(setting, sun_azimuth_rad=azimuth, sun_elevation_rad=elevation)
        if "relay" in needs:
            geometry = self._sky.geometry(times)
            setting = replace(
                setting,
                relay_azimuth_rad=geometry.relay_azimuth_rad,
                relay_elevation_rad=geometry.relay_elevation_rad,
            )
        return setting

    def source(self, content: dict[str, Any]) -> dict[str, Any]:
        """What lies at a place."""
        east_m, north_m = content["place_m"]
        source = source_at(self._terrain, east_m, north_m, content["spacing_m"])
        return {"place_m": content["place_m"], "label": source.label, "resolution_m": source.resolution_m}

    def measure(self, content: dict[str, Any]) -> dict[str, Any]:
        """The ground along a line of great circles."""
        east, north, along, spacing = line_points(self._mission.site, content["corners_m"], _LINE_POINTS)
        elevation = self._terrain.elevation(east, north, spacing)
        return {
            "corners_m": content["corners_m"],
            "along_m": along,
            "elevation_m": elevation,
            "spacing_m": spacing,
        }

    def export(self, content: dict[str, Any]) -> dict[str, Any]:
        """A layer between two corners as GeoTIFF: a product's values, or the ground's elevations."""
        sheet = sheet_of(content["sheet"])
        (west, south), (east, north) = content["corners_m"]
        step = content["spacing_m"]
        window = Window(
            west + step / 2, south + step / 2, step, round((east - west) / step), round((north - south) / step)
        )
        name = "elevation" if sheet.product == GROUND.product else sheet.product
        values = compute(self._terrain, name, window, self.setting(sheet._replace(product=name)))
        product = PRODUCTS[name]
        title = f"{product.title} ({self._terrain.label})"
        write_layer(Path(content["file"]), values, window, self._mission.site, title, product.unit)
        return {"file": content["file"], "size": f"{window.width} × {window.height}"}


def _between(values: Values, south: int, west: int, apart: int) -> Values:
    """The pixels of one tile of a block, interpolated between its nodes; the first node stands half a step outside."""
    place = (np.arange(TILE) + 0.5) / apart + 0.5
    rows, columns = place + south / apart, place + west / apart
    i, j = rows.astype(np.intp), columns.astype(np.intp)
    u, v = (rows - i).astype(np.float32)[:, None], (columns - j).astype(np.float32)[None, :]
    along = values[i] * (1.0 - u) + values[i + 1] * u
    return np.asarray(along[:, j] * (1.0 - v) + along[:, j + 1] * v, dtype=np.float32)


def _about(product: Product) -> dict[str, Any]:
    return {
        "name": product.name,
        "title": product.title,
        "unit": product.unit,
        "needs": sorted(product.needs),
        "opaque": product.opaque,
        "stepped": isinstance(product.scale, Classes),
        "legend": [[list(colour), text] for _, colour, text in legend(product)],
    }


def sheet_of(content: list[Any]) -> Sheet:
    """A sheet as it crossed."""
    product, t_ns, point = content
    return Sheet(product, t_ns, None if point is None else (point[0], point[1]))
