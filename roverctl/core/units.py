"""Units at the edge: SI inside, others converted as they come in and go out."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit by its SI form: ``si`` is the suffix that names carry, and SI = value * factor + offset."""

    si: str
    factor: float
    offset: float = 0.0


UNITS: dict[str, Unit] = {
    "1": Unit("", 1.0),
    "%": Unit("", 0.01),
    "m": Unit("m", 1.0),
    "cm": Unit("m", 0.01),
    "km": Unit("m", 1000.0),
    "m2": Unit("m2", 1.0),
    "s": Unit("s", 1.0),
    "ms": Unit("s", 0.001),
    "min": Unit("s", 60.0),
    "h": Unit("s", 3600.0),
    "d": Unit("s", 86_400.0),
    "deg": Unit("rad", math.pi / 180.0),
    "rad": Unit("rad", 1.0),
    "m/s": Unit("m_s", 1.0),
    "m/h": Unit("m_s", 1.0 / 3600.0),
    "km/h": Unit("m_s", 1.0 / 3.6),
    "deg/s": Unit("rad_s", math.pi / 180.0),
    "m/s2": Unit("m_s2", 1.0),
    "kg": Unit("kg", 1.0),
    "W": Unit("w", 1.0),
    "W/K": Unit("w_k", 1.0),
    "W/m2": Unit("w_m2", 1.0),
    "J": Unit("j", 1.0),
    "Wh": Unit("j", 3600.0),
    "J/K": Unit("j_k", 1.0),
    "V": Unit("v", 1.0),
    "K": Unit("k", 1.0),
    "degC": Unit("k", 1.0, 273.15),
    "B": Unit("b", 1.0),
    "MB": Unit("b", 1e6),
    "GB": Unit("b", 1e9),
    "bit/s": Unit("bit_s", 1.0),
    "kbit/s": Unit("bit_s", 1e3),
    "Mbit/s": Unit("bit_s", 1e6),
}
