"""A lunar day that one could believe, for the window's tests: drives of twenty minutes, instruments of ten."""

import numpy as np

from roverctl.core.times import SECOND_NS
from roverctl.session.api.day import DayItem, DayState, DayView, DayViolation
from roverctl.session.api.draft import Draft
from roverctl.traverse.commanded import PlannedCommand

MINUTE_NS = 60 * SECOND_NS


def day_state(draft: Draft, start_ns: int, broken: int | None = None, waived: str = "") -> DayState:
    """What the draft comes to; item ``broken`` without contact, let be by ``waived``."""
    items: list[DayItem] = []
    now_ns = start_ns
    for place in range(len(draft.stops) + 1):
        if place:
            items.append(DayItem("drive", place, now_ns, now_ns + 20 * MINUTE_NS, 0.8, None, 0.0, 62.4, 9.8))
            now_ns += 20 * MINUTE_NS
        for number, activity in enumerate(draft.activities_at(place)):
            items.append(DayItem(activity.kind, place, now_ns, now_ns + 10 * MINUTE_NS, 0.79, number, 64.0))
            now_ns += 10 * MINUTE_NS
    violations: tuple[DayViolation, ...] = ()
    if broken is not None:
        text = f"there is no contact to command item {broken}"
        violations = (DayViolation("day contact-1", text, items[broken].begin_ns, broken, waived),)
    at_ns = np.linspace(start_ns, max(now_ns, start_ns + MINUTE_NS), 50)
    share = np.linspace(0.0, 1.0, 50)
    refused = "the plan breaks a limit: " + violations[0].text if violations and not waived else ""
    commands = tuple(PlannedCommand(item.kind.upper(), {}, "") for item in items)
    return DayState(
        DayView(
            start_ns, now_ns, start_ns + 30 * 60 * MINUTE_NS, tuple(items), violations,
            {"sunset_margin_h": 28.0, "distance_m": 62.4, "drive_s": 1200.0, "lowest_charge": 0.72, "data_mb": 128.0,
             "downlink_s": 7200.0, "contact_s": 72_000.0, "down_s": 9000.0,
             "most_memory_mb": 128.0},
            at_ns, 0.8 - 0.1 * share, 128.0 * share, 30.0 - 2.0 * share, (share < 0.7).astype(np.float64),
            (share > 0.2).astype(np.float64), 2000.0, 0.3, () if refused else commands, refused,
        ),
        current=True,
    )  # fmt: skip
