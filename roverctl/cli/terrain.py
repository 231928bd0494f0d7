"""``roverctl terrain``: what is in an elevation raster; the terrain library; pictures of the ground."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from roverctl.cli import render
from roverctl.cli.main import print_json, say
from roverctl.cli.teller import Teller
from roverctl.core.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="info|list|add|remove|fetch|render")

    def action(name: str, text: str) -> argparse.ArgumentParser:
        made = actions.add_parser(name, help=text)
        made.add_argument("--mission", default="change4", metavar="NAME|DIR")
        made.add_argument("--data-dir", type=Path, metavar="DIR", help="where the terrain library is kept")
        made.add_argument("--json", action="store_true", help="one JSON document on standard output")
        return made

    info = action("info", "size, resolution, bounds, elevations of a raster")
    info.add_argument("file", metavar="FILE|URL|NAME")
    action("list", "the rasters of the library, and the products that can be fetched")
    add = action("add", "enter a raster: it is looked through, summed, given overviews, and referred to by name")
    add.add_argument("file", metavar="FILE|URL")
    add.add_argument("--name", help="the file's own without it")
    action("remove", "take a raster out; a file of your own stays where it is").add_argument("name")
    fetch = action("fetch", "download a published product from its official home and enter it")
    fetch.add_argument("product")
    fetch.add_argument("--url", metavar="BASE", help="a mirror's folder with the same file names")
    fetch.add_argument("--bbox", metavar="W,S,E,N", help="only this part, degrees, where the server gives ranges")
    fetch.add_argument("--name", help="the product's own without it")
    render.add_arguments(actions)


def run(arguments: argparse.Namespace) -> int:
    """Carry the action out and print."""
    acts = {"info": _info, "list": _list, "add": _add, "remove": _remove, "fetch": _fetch, "render": render.run}
    return acts[arguments.action](arguments)


def _info(arguments: argparse.Namespace) -> int:
    from roverctl.mission.profile import load_mission
    from roverctl.terrain.information import terrain_info
    from roverctl.terrain.rasters.shelf import library_folder, locate

    file = locate(arguments.file, library_folder(arguments.data_dir))
    tell = Teller()
    info = terrain_info(load_mission(arguments.mission), file, lambda part: tell("elevations", part))
    if info["converted"]:
        say(f"roverctl: {file}: {info['converted']}")
    if arguments.json:
        print_json(info)
    else:
        for key, value in info.items():
            print(f"{key:<18} {value}")  # noqa: T201
    return 0


def _list(arguments: argparse.Namespace) -> int:
    from roverctl.terrain.rasters.catalogue import products
    from roverctl.terrain.rasters.shelf import entries, library_folder

    found, troubles = entries(library_folder(arguments.data_dir))
    rows = [
        {
            "name": entry.name, "path": entry.path, "resolution_m": entry.info.get("resolution_m"),
            "bounds": entry.info.get("bounds"), "crs": entry.info.get("crs"), "sha256": entry.sha256,
            "added": entry.added, "url": entry.provenance.url, "credit": entry.provenance.credit,
            "trouble": entry.trouble(),
        }
        for entry in found
    ]  # fmt: skip
    offered = [
        {"name": p.name, "title": p.title, "resolution_m": p.resolution_m, "page": p.page, "verified": p.verified}
        for p in products()
    ]
    if arguments.json:
        print_json({"terrain": rows, "products": offered})
    else:
        for row in rows:
            trouble = f"  ({row['trouble']})" if row["trouble"] else ""
            print(f"{row['name']:<32} {row['resolution_m']:10.2f} m  {row['path']}{trouble}")  # noqa: T201
        for product in offered:
            print(f"{product['name']:<32} {product['resolution_m']:10.2f} m  to be fetched: {product['title']}")  # noqa: T201
    for trouble in troubles:
        say(f"roverctl: {trouble}")
    return 0


def _add(arguments: argparse.Namespace) -> int:
    from roverctl.mission.profile import load_mission
    from roverctl.terrain.rasters.library import add
    from roverctl.terrain.rasters.shelf import library_folder, name_of

    name = name_of(arguments.file) if arguments.name is None else arguments.name
    folder, mission = library_folder(arguments.data_dir), load_mission(arguments.mission)
    return _entered(arguments, add(folder, mission, arguments.file, name, _now(), Teller()))


def _remove(arguments: argparse.Namespace) -> int:
    from roverctl.mission.profile import load_mission
    from roverctl.terrain.rasters.library import remove
    from roverctl.terrain.rasters.shelf import library_folder

    remove(library_folder(arguments.data_dir), load_mission(arguments.mission), arguments.name)
    if arguments.json:
        print_json({"removed": arguments.name})
    else:
        say(f"roverctl: '{arguments.name}' is no longer in the terrain library")
    return 0


def _fetch(arguments: argparse.Namespace) -> int:
    from roverctl.mission.profile import load_mission
    from roverctl.terrain.rasters.catalogue import product_named
    from roverctl.terrain.rasters.fetching import fetch
    from roverctl.terrain.rasters.shelf import library_folder

    product = product_named(arguments.product)
    bounds = None if arguments.bbox is None else _bounds(arguments.bbox)
    if product.large and bounds is None and arguments.url is None:
        raise InputError(f"'{product.name}' is one very large file; give the part that you want with --bbox W,S,E,N")
    name = product.name if arguments.name is None else arguments.name
    folder, mission = library_folder(arguments.data_dir), load_mission(arguments.mission)
    return _entered(arguments, fetch(folder, mission, product, arguments.url, bounds, name, _now(), Teller()))


def _entered(arguments: argparse.Namespace, entry: object) -> int:
    import msgspec

    document = msgspec.to_builtins(entry)
    if arguments.json:
        print_json(document)
    else:
        info = document["info"]
        say(
            f"roverctl: '{document['name']}' is in the terrain library: {info['width']} × {info['height']} pixels of "
            f"{info['resolution_m']:.2f} m"
        )
        if info["converted"]:
            say(f"roverctl: {document['path']}: {info['converted']}")
    return 0


def _bounds(text: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"--bbox '{text}' is not W,S,E,N in degrees") from None
    if not (-180.0 <= west < east <= 360.0 and -90.0 <= south < north <= 90.0):
        raise InputError(f"--bbox '{text}': west before east in -180..360, south before north in -90..90")
    return west, south, east, north


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
