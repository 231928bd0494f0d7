"""Which options of ``roverctl plan`` go with which of its modes; one that would count for nothing is refused."""

import argparse
from dataclasses import dataclass

from roverctl.core.errors import InputError

_PLACES = ("begin", "to", "via")
_LIMITS = (
    "objective", "weight", "max_slope", "max_up", "max_down", "max_across", "avoid", "within", "annotations",
    "depart", "contact", "resolution",
)  # fmt: skip
_STUDIES = ("order", "sweep", "alternatives", "explain", "dem_error")
_LINES = ("track", "waive")
_ALL = (*_PLACES, *_LIMITS, *_STUDIES, *_LINES)


@dataclass(frozen=True, slots=True)
class _Mode:
    """What a mode takes, and what it goes by instead of the rest."""

    takes: tuple[str, ...]
    goes_by: str


_ROUTE = _Mode((*_PLACES, *_LIMITS, *_STUDIES, "waive"), "a plan of a route names no line")
_MODES = {
    "day": _Mode(("order", "waive"), "places, limits and start of a day's plan are in its file"),
    "check": _Mode((*_LIMITS, *_LINES), "a line is checked as it is in its file"),
    "isochrones": _Mode((*_PLACES, *_LIMITS), "isochrones are of the ground around a place"),
}


def mode_of(arguments: argparse.Namespace) -> str:
    """``day``, ``check``, ``isochrones``, or ``route`` without any of them.

    Raises
    ------
    InputError
        For two modes, an option that the mode does not take, or one that needs another which is not there.
    """
    given = [name for name in _MODES if getattr(arguments, name) is not None]
    if len(given) > 1:
        raise InputError(f"--{given[0]} and --{given[1]} exclude each other; give one of them")
    mode = _MODES[given[0]] if given else _ROUTE
    for name in _ALL:
        if name not in mode.takes and getattr(arguments, name) not in (None, False, []):
            where = f"--{given[0]}" if given else "a plan from place to place"
            raise InputError(f"{_option(name)} does not go with {where}: {mode.goes_by}")
    if arguments.sweep is not None and arguments.depart is None:
        raise InputError("--sweep compares departures from --depart on; give that too")
    if arguments.contact and arguments.depart is None:
        raise InputError("--contact needs --depart: when there is contact depends on the time")
    if mode is not _ROUTE and arguments.via and arguments.to is None:
        raise InputError("--via lies on the way to a goal; give --to as well")
    if mode is _ROUTE and arguments.order and len(arguments.via) < 2:
        raise InputError("--order puts --via points in order; give two at least")
    return given[0] if given else "route"


def _option(name: str) -> str:
    return "--from" if name == "begin" else f"--{name.replace('_', '-')}"
