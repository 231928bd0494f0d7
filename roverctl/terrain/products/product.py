"""What each product is called, measured in, drawn with and made from. numpy only: a window may read this.

Colours are control points of matplotlib's tables (cividis by Nuñez, Anderton and Renslow 2018; viridis, magma and
twilight by van der Walt, Smith and others), which are in the public domain (CC0), joined by straight lines in sRGB.
Their lightness rises from end to end, so that they read without colour vision; twilight, for directions, is a ring.
"""

from dataclasses import dataclass

Colour = tuple[int, int, int, int]

CIVIDIS = (
    (0, 34, 78), (0, 46, 106), (26, 56, 111), (50, 67, 109), (67, 78, 108), (83, 90, 109),
    (97, 101, 111), (111, 112, 115), (125, 124, 120), (140, 136, 120), (155, 148, 118), (171, 160, 114),
    (188, 174, 108), (205, 187, 99), (222, 201, 88), (240, 216, 70), (254, 232, 56),
)  # fmt: skip
VIRIDIS = (
    (68, 1, 84), (72, 24, 106), (71, 45, 123), (66, 64, 134), (59, 82, 139), (51, 99, 141),
    (44, 114, 142), (38, 130, 142), (33, 145, 140), (31, 160, 136), (40, 174, 128), (63, 188, 115),
    (94, 201, 98), (132, 212, 75), (173, 220, 48), (216, 226, 25), (253, 231, 37),
)  # fmt: skip
MAGMA = (
    (0, 0, 4), (20, 14, 54), (59, 15, 112), (100, 26, 128), (140, 41, 129), (183, 55, 121),
    (222, 73, 104), (247, 112, 92), (254, 159, 109), (254, 207, 146), (252, 253, 191),
)  # fmt: skip
TWILIGHT = (
    (226, 217, 226), (179, 198, 206), (123, 161, 194), (98, 118, 186), (94, 67, 165), (78, 24, 111),
    (47, 20, 54), (88, 22, 71), (142, 44, 80), (178, 86, 82), (198, 137, 108), (212, 188, 172),
    (226, 217, 226),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ramp:
    """Colours over a range of values, evenly spaced; values beyond the range take the end's colour."""

    low: float
    high: float
    colours: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Classes:
    """Names and colours of the values 0, 1, 2 ..."""

    names: tuple[str, ...]
    colours: tuple[Colour, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """One kind of map made of elevations.

    ``needs`` names what a setting must bring besides the ground: "sun" (one instant), "sun_span" (instants and their
    step), "relay", "point", "vehicle". An overlay (not ``opaque``) is meant to lie over the shaded ground.
    """

    name: str
    title: str
    unit: str
    scale: Ramp | Classes
    needs: frozenset[str] = frozenset()
    opaque: bool = True


# Values of ``hazard``: nothing near a limit, then the figure that is nearest to its limit, then the one furthest over.
HAZARD_CLASSES = (
    "Safe",
    "Caution: slope", "Caution: step", "Caution: roughness",
    "Hazard: slope", "Hazard: step", "Hazard: roughness",
)  # fmt: skip
_HAZARD = Classes(
    HAZARD_CLASSES,
    (
        (0, 0, 0, 0),
        (254, 232, 56, 150), (240, 215, 110, 150), (225, 205, 150, 150),
        (120, 20, 60, 200), (85, 15, 90, 200), (45, 10, 70, 200),
    ),
)  # fmt: skip

_ALL = (
    Product("elevation", "Elevation", "m", Ramp(-9000.0, 3000.0, CIVIDIS)),
    Product("hillshade", "Hillshade", "", Ramp(1.0, 255.0, ((1, 1, 1), (255, 255, 255)))),
    Product("slope", "Slope", "deg", Ramp(0.0, 35.0, MAGMA)),
    Product("aspect", "Aspect (downhill)", "deg", Ramp(0.0, 360.0, TWILIGHT)),
    Product("roughness", "Roughness", "m", Ramp(0.0, 1.0, VIRIDIS)),
    Product("horizon", "Horizon towards the Sun", "deg", Ramp(0.0, 20.0, VIRIDIS), frozenset({"sun"})),
    Product("sunlit", "Sunlight", "%", Ramp(0.0, 100.0, CIVIDIS), frozenset({"sun"}), opaque=False),
    Product("sun_hours", "Hours of sun", "h", Ramp(0.0, 360.0, CIVIDIS), frozenset({"sun_span"})),
    Product("relay", "Relay in view", "%", Ramp(0.0, 100.0, CIVIDIS), frozenset({"relay"}), opaque=False),
    Product("hazard", "Hazard", "", _HAZARD, frozenset({"vehicle"}), opaque=False),
)
PRODUCTS: dict[str, Product] = {product.name: product for product in _ALL}
