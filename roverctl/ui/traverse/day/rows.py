"""The rows of a day's plan: each place, what is done there, and the waits that the drives need."""

from dataclasses import dataclass

from roverctl.session.api.day import DayItem, DayView
from roverctl.session.api.draft import Activity, Draft
from roverctl.session.api.traverse import PlanState


@dataclass(frozen=True, slots=True)
class Row:
    """A place (``kind`` 'place', with the drive to it), an activity there, or a wait that nobody asked for.

    ``item`` is its number in the plan that was worked out, None while that is of another draft.
    """

    kind: str
    place: int
    number: int | None = None  # of the activity at its place
    activity: Activity | None = None
    item: int | None = None


def rows_of(plan: PlanState) -> list[Row]:
    """In the order of the day."""
    draft = plan.draft
    view = plan.day.view if plan.day.current else None
    rows: list[Row] = []
    for place in range(len(draft.stops) + 1):
        rows.append(Row("place", place, item=_find(view, "drive", place, None)))
        for number, activity in enumerate(draft.activities_at(place)):
            item = _find(view, activity.kind, place, number)
            rows.append(Row(activity.kind, place, number, activity, item))
        if view is not None:
            rows += [
                Row(each.kind, place, item=i) for i, each in enumerate(view.items)
                if each.place == place and each.kind in ("wait", "nap") and each.activity is None
            ]  # fmt: skip
    return rows


def _find(view: DayView | None, kind: str, place: int, number: int | None) -> int | None:
    if view is None:
        return None
    for i, item in enumerate(view.items):
        if (item.kind, item.place, item.activity) == (kind, place, number):
            return i
    return None


def item_of(plan: PlanState, row: Row) -> DayItem | None:
    """What a row comes to."""
    return None if row.item is None or plan.day.view is None else plan.day.view.items[row.item]


def item_word(draft: Draft, item: DayItem) -> str:
    """What an item is: 'drive to rock', 'panorama at rock'."""
    place = draft.place_word(item.place) if item.place <= len(draft.stops) else ""
    return f"drive to {place}" if item.kind == "drive" else f"{item.kind} at {place}"


def problems_of(plan: PlanState, row: Row) -> list[str]:
    """The limits that a row breaks and nobody waived."""
    view = plan.day.view
    if view is None or row.item is None:
        return []
    return [violation.text for violation in view.violations if violation.item == row.item and not violation.waived]
