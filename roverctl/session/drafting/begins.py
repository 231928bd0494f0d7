"""What is said of where and when a plan begins."""

from roverctl.core.times import format_duration, format_utc
from roverctl.session.api.outlook import Begin


def begin_text(begin: Begin | None) -> str:
    """Where a plan begins and how old that was as it was made, or when the rover is predicted there; a sentence."""
    if begin is None:
        return "Nothing has come from the rover yet: this begins as the operation did."
    known = f"the last known place, {format_duration((begin.t_ns - begin.known_ns) / 1e9)} old"
    if not begin.after:
        return f"Begins at {known}."
    commands = "the command" if begin.after == 1 else f"the {begin.after} commands"
    if not begin.predicted:
        return f"▲ Begins at {known}: where {commands} before it will end is not predicted."
    east_m, north_m = begin.place_m
    return (
        f"Begins after {commands} before it, where the rover is predicted: {east_m:.1f} m east {north_m:.1f} m north "
        f"from {format_utc(begin.t_ns, 0)[5:16].replace('T', ' ')}."
    )


def passed_text(depart_ns: int, now_ns: int) -> str:
    """That a departure lies before the clock, and what to do; '' where it does not."""
    if depart_ns >= now_ns:
        return ""
    return f"the departure {format_utc(depart_ns, 0)} has passed; choose another or leave it open"
