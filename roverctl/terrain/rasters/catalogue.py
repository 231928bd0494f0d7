"""The catalogue of published elevations that ``roverctl terrain fetch`` knows by name."""

import tomllib
from pathlib import Path
from typing import Final

import msgspec

from roverctl.core.errors import InputError
from roverctl.core.resources import resource_path

CATALOGUE: Final = ("terrain", "products.toml")


class RemoteFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file at its official home; size and checksum where they are published."""

    url: str
    bytes: int = 0
    sha256: str = ""

    @property
    def name(self) -> str:
        """The file's own name, without folders."""
        return self.url.split("?")[0].rsplit("/", 1)[-1]


class Product(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A published raster: ``raster`` is the file to open. Without files it has to be got by hand at ``page``."""

    name: str
    title: str
    body: str
    resolution_m: float
    credit: str
    licence: str
    page: str
    raster: str
    bounds_deg: list[float] = msgspec.field(default_factory=list)
    verified: bool = False
    large: bool = False
    file: list[RemoteFile] = msgspec.field(default_factory=list)


class _Content(msgspec.Struct, forbid_unknown_fields=True):
    product: list[Product]


def products(catalogue: Path | None = None) -> list[Product]:
    """All products, in the catalogue's order.

    Raises
    ------
    InputError
        When the catalogue is not one.
    """
    file = resource_path(*CATALOGUE) if catalogue is None else catalogue
    try:
        return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), _Content).product
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise InputError(f"{file}: {error}") from None


def product_named(name: str) -> Product:
    """A product by its name.

    Raises
    ------
    InputError
        Listing the names there are.
    """
    known = products()
    for product in known:
        if product.name == name:
            return product
    raise InputError(f"no product '{name}'; known are {', '.join(product.name for product in known)}")
