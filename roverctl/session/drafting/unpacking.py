"""What the workshop answers about a draft, as the window is given it."""

from typing import Any

import numpy as np

from roverctl.session.api.day import DayItem, DayView, DayViolation
from roverctl.session.api.traverse import (
    AlternativeView,
    ChanceView,
    FollowLine,
    ReachView,
    RouteView,
    StraightView,
    SweepView,
    TimesView,
    TrackView,
    ViolationView,
)
from roverctl.session.api.values import Place
from roverctl.traverse.commanded import PlannedCommand


def route_of(content: dict[str, Any]) -> RouteView:
    """The answer to ``plan``."""
    view = dict(content["view"])
    waypoints = tuple((east, north) for east, north in view.pop("waypoints"))
    straight = tuple(StraightView(text, _place(at), *rest) for text, at, *rest in view.pop("straight", []))
    times = view.pop("times", None)
    violations, commands = _violations(view.pop("violations", [])), _commands(view.pop("commands", []))
    notices = tuple(view.pop("notices", ()))
    return RouteView(
        **view, waypoints=waypoints, straight=straight, times=None if times is None else TimesView(**times),
        notices=notices, violations=violations, commands=commands,
    )  # fmt: skip


def follow_of(content: dict[str, Any]) -> FollowLine:
    """The answer to ``hold`` and ``follow``."""
    east, north = content["place_m"]
    return FollowLine(
        (east, north), content["east_m"], content["north_m"], content["distance_m"], content["cost"]
    )  # fmt: skip


def alternatives_of(content: dict[str, Any]) -> tuple[AlternativeView, ...]:
    """The answer to ``alternatives``."""
    return tuple(AlternativeView(**row) for row in content["rows"])


def sweep_of(content: dict[str, Any]) -> SweepView:
    """The answer to ``sweep``."""
    latest = content["latest_safe"]
    return SweepView(
        tuple(TimesView(**departure) for departure in content["departures"]),
        None if latest is None else TimesView(**latest),
        _place(content["safe_place_m"]),
        content["safe_place_text"],
    )


def chances_of(content: dict[str, Any]) -> ChanceView:
    """The answer to ``chances``."""
    return ChanceView(**content)


def reach_of(content: dict[str, Any]) -> ReachView:
    """The answer to ``reach``."""
    lines = tuple((float(s), np.asarray(east), np.asarray(north)) for s, east, north in content["lines"])
    return ReachView(lines, tuple(content["seconds"]))


def tracks_of(content: dict[str, Any]) -> tuple[TrackView, ...]:
    """The answer to ``tracks``."""
    return tuple(TrackView(**{**row, "violations": _violations(row.get("violations", []))}) for row in content["rows"])


def _violations(rows: list[Any]) -> tuple[ViolationView, ...]:
    return tuple(ViolationView(key, text, (at[0], at[1]), waived) for key, text, at, waived in rows)


def _commands(rows: list[Any]) -> tuple[PlannedCommand, ...]:
    commands = []
    for name, arguments, comment, not_before_ns in rows:
        points = {key: [(p[0], p[1]) for p in value] for key, value in arguments.items() if isinstance(value, list)}
        commands.append(PlannedCommand(name, arguments | points, comment, not_before_ns))
    return tuple(commands)


def day_of(content: dict[str, Any]) -> DayView:
    """The answer to ``day``."""
    return DayView(
        **{
            **content,
            "items": tuple(DayItem(**item) for item in content["items"]),
            "violations": tuple(DayViolation(*row) for row in content["violations"]),
            "commands": _commands(content.get("commands", [])),
            "notes": tuple(content["notes"]),
            "waits": tuple((place, number, seconds) for place, number, seconds in content["waits"]),
        }
    )


def _place(value: Any) -> Place | None:
    return None if value is None else (float(value[0]), float(value[1]))
