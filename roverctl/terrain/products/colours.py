"""Values of a product as colours, and what the colours mean. numpy only."""

import numpy as np
import numpy.typing as npt

from roverctl.terrain.products.product import Classes, Colour, Product, Ramp

LEGEND_STEPS = 5


def paint(product: Product, values: npt.NDArray[np.floating]) -> npt.NDArray[np.uint8]:
    """RGBA with straight alpha, shape (..., 4), rows in the order they came; transparent where a value is NaN."""
    missing = np.isnan(values)
    known = np.where(missing, 0.0, values)
    scale = product.scale
    if isinstance(scale, Classes):
        table = np.array(scale.colours, dtype=np.uint8)
        out = table[np.clip(known, 0, len(table) - 1).astype(np.intp)]
    else:
        table = _table(scale)
        place = (known - scale.low) * ((len(table) - 1) / (scale.high - scale.low))
        out = table[np.clip(np.rint(place), 0, len(table) - 1).astype(np.intp)]
    out[missing] = 0
    return out


def _table(ramp: Ramp) -> npt.NDArray[np.uint8]:
    """The ramp in 1024 steps, finer than eight bits can tell."""
    points = np.array(ramp.colours, dtype=np.float64)
    place = np.linspace(0.0, len(points) - 1.0, 1024)
    table = np.full((place.size, 4), 255, dtype=np.uint8)
    for channel in range(3):
        table[:, channel] = np.rint(np.interp(place, np.arange(len(points)), points[:, channel]))
    return table


def legend(product: Product) -> list[tuple[float | str, Colour, str]]:
    """Rows of (value or class name, RGBA, text with unit), from the low end up."""
    scale = product.scale
    if isinstance(scale, Classes):
        return [(name, colour, name) for name, colour in zip(scale.names, scale.colours, strict=True)]
    values = np.linspace(scale.low, scale.high, LEGEND_STEPS)
    rows: list[tuple[float | str, Colour, str]] = []
    for value, colour in zip(values, paint(product, values), strict=True):
        red, green, blue, alpha = (int(part) for part in colour)
        rows.append((float(value), (red, green, blue, alpha), f"{value:g} {product.unit}".rstrip()))
    return rows
