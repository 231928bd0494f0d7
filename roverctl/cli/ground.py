"""The options that say which terrain a command stands on."""

import argparse
from pathlib import Path


def add_ground_arguments(parser: argparse.ArgumentParser) -> None:
    """``--dem``, repeated, and the data folder that holds the terrain library."""
    parser.add_argument(
        "--dem", action="append", default=[], metavar="FILE|URL|NAME",
        help="elevation raster, or one of the terrain library; may be repeated, the finest first; the reconstruction "
        "lies below them",
    )  # fmt: skip
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="where operations, terrain and settings are kept")


def layers_of(arguments: argparse.Namespace) -> tuple[str, ...]:
    """The files and URLs that ``--dem`` means, in order, absolute.

    Raises
    ------
    InputError
        When one of them is neither there nor in the library.
    """
    if not arguments.dem:
        return ()
    import os

    from roverctl.terrain.rasters.shelf import is_url, library_folder, locate

    found = [locate(word, library_folder(arguments.data_dir)) for word in arguments.dem]
    return tuple(file if is_url(file) else os.path.abspath(file) for file in found)  # noqa: PTH100, links stay
