"""Reads figures from a profile: ``{ value, unit, source }`` or ``{ value, unit, assumed = true }``, checked and in SI.

The SI name of the field says which dimension is due: ``speed_m_s`` is read from the key ``speed`` in any unit whose
SI form ends in ``m_s``.
"""

import math
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from roverctl.core.errors import ProfileError
from roverctl.core.times import check_sky_time, parse_utc
from roverctl.core.units import UNITS

T = TypeVar("T")
# The greatest magnitude that a figure of a dimension may have, in SI: beyond it is a slip of the pen, and times in
# nanoseconds would not fit 64 bits.
_GREATEST = {"m": 1e12, "s": 1e8, "rad": 100.0, "m_s": 1e5, "rad_s": 1e3, "": 1e6, "m2": 1e6, "w": 1e12, "j": 1e15}
_GREATEST_OTHER = 1e15
_SMALLEST = 1e-9  # but for zero
_SUFFIXES = sorted({unit.si for unit in UNITS.values() if unit.si}, key=len, reverse=True)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as written, with where it comes from; ``source`` is empty when it is assumed."""

    key: str
    value: float | tuple[float, ...]
    unit: str
    source: str


class Table:
    """A table of a TOML file that knows its place, so that every complaint names file and key."""

    def __init__(self, file: Path, key: str, content: Any, figures: dict[str, Figure]) -> None:
        if not isinstance(content, dict):
            raise ProfileError(f"{file}: [{key}] must be a table")
        self.file, self.key, self.content, self.figures = file, key, content, figures

    def fail(self, key: str, problem: str) -> ProfileError:
        """The error for a key of this table, to be raised."""
        where = f"{self.key}.{key}" if self.key else key
        return ProfileError(f"{self.file}: {where}: {problem}")

    def table(self, key: str) -> "Table":
        """A table within this one."""
        if key not in self.content:
            raise self.fail(key, "this table is missing")
        return Table(self.file, f"{self.key}.{key}" if self.key else key, self.content[key], self.figures)

    def tables(self, key: str) -> list["Table"]:
        """An array of tables; empty when absent."""
        content = self.content.get(key, [])
        if not isinstance(content, list):
            raise self.fail(key, "must be an array of tables, [[...]]")
        return [Table(self.file, f"{key}[{i}]", item, self.figures) for i, item in enumerate(content)]

    def text(self, key: str) -> str:
        """A string that must be there."""
        value = self.content.get(key)
        if not isinstance(value, str) or not value:
            raise self.fail(key, "must be a text" if key in self.content else "this key is missing")
        return value

    def whole(self, key: str) -> int:
        """A whole number that must be there."""
        value = self.content.get(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.fail(key, "must be a whole number" if key in self.content else "this key is missing")
        if not -(2**63) <= value < 2**63:
            raise self.fail(key, "must fit 64 bits")
        return value

    def time(self, key: str) -> int:
        """A UTC time that there is a sky for, as ``t_ns``."""
        text = self.text(key)
        try:
            t_ns = parse_utc(text)
            check_sky_time(t_ns)
            return t_ns
        except Exception as error:
            raise self.fail(key, str(error)) from None

    def figure(self, key: str, si: str) -> float:
        """A figure, converted to the SI unit with that suffix."""
        return self._read(key, si, "value", lambda v: isinstance(v, int | float) and not isinstance(v, bool))[0]

    def curve(self, key: str, si: str) -> tuple[float, ...]:
        """A figure with several ``values``."""
        return self._read(
            key, si, "values",
            lambda v: isinstance(v, list) and len(v) >= 2 and all(isinstance(x, int | float) for x in v),
        )  # fmt: skip

    def _read(self, key: str, si: str, field: str, fits: Any) -> tuple[float, ...]:
        content = self.content.get(key)
        if content is None:
            raise self.fail(key, "this figure is missing")
        if not isinstance(content, dict) or not fits(content.get(field)):
            raise self.fail(key, f'must be a figure such as {{ {field} = ..., unit = "...", source = "..." }}')
        unit_name = content.get("unit")
        unit = UNITS.get(str(unit_name))
        fitting = ", ".join(name for name, u in UNITS.items() if u.si == si)
        if unit is None:
            raise self.fail(key, f"unknown unit {unit_name!r}; use one of {fitting}")
        if unit.si != si:
            raise self.fail(key, f"unit '{unit_name}' does not fit here; use one of {fitting}")
        unknown = set(content) - {field, "unit", "source", "assumed"}
        if unknown:
            raise self.fail(key, f"unknown key '{min(unknown)}'")
        source = content.get("source", "")
        if not source and content.get("assumed") is not True:
            raise self.fail(key, 'say where it comes from (source = "...") or that it is assumed = true')
        raw = content[field]
        written = tuple(float(v) for v in (raw if isinstance(raw, list) else [raw]))
        if not all(math.isfinite(v) for v in written):
            raise self.fail(key, "must be finite")
        si_values = tuple(v * unit.factor + unit.offset for v in written)
        greatest = _GREATEST.get(si, _GREATEST_OTHER)
        if not all(v == 0.0 or _SMALLEST <= abs(v) <= greatest for v in si_values):
            raise self.fail(key, f"must be zero, or between {_SMALLEST:g} and {greatest:g} in SI units")
        where = f"{self.key}.{key}"
        self.figures[where] = Figure(
            where, written if isinstance(raw, list) else written[0], str(unit_name), str(source)
        )
        return si_values

    def fill(self, kind: type[T], **given: Any) -> T:
        """An instance of a dataclass: float fields are figures named by their SI suffix, others come in ``given``."""
        values = dict(given)
        for field in fields(kind):  # type: ignore[arg-type]
            if field.name in values or field.type is not float:
                continue
            key, si = split_suffix(field.name)
            values[field.name] = self.figure(key, si)
        return kind(**values)


def split_suffix(name: str) -> tuple[str, str]:
    """``speed_m_s`` into ``('speed', 'm_s')``; a name without a unit has the suffix ``''``."""
    for suffix in _SUFFIXES:
        if name.endswith("_" + suffix):
            return name[: -len(suffix) - 1], suffix
    return name, ""
