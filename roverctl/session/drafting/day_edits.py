"""Edits of what a day's plan does at its places: 0 is where it begins, n + 1 the draft's stop n."""

from dataclasses import replace

from roverctl.core.errors import InputError
from roverctl.session.api.draft import Activity, Draft, Edit, Stay
from roverctl.session.drafting.edits import one_line
from roverctl.traverse.day_plan.plan import KINDS, MOST_ACTIVITIES


def add_activity(draft: Draft, place: int, kind: str) -> Edit:
    """Something more to do at a place, after the rest, with the usual amount."""
    word = f"{kind} at {draft.place_word(place)}"
    return _with(draft, place, (*draft.activities_at(place), Activity(kind)), word)


def remove_activity(draft: Draft, place: int, number: int) -> Edit:
    """Do something not."""
    done = draft.activities_at(place)
    word = f"no {done[number].kind} at {draft.place_word(place)}"
    return _with(draft, place, done[:number] + done[number + 1 :], word)


def change_amount(draft: Draft, place: int, number: int, amount: float | None) -> Edit:
    """Another amount for an activity; None is the usual one."""
    done = draft.activities_at(place)
    kind = done[number].kind
    changed = (*done[:number], Activity(kind, amount), *done[number + 1 :])
    return _with(draft, place, changed, f"{kind} at {draft.place_word(place)}: {KINDS[kind].key}")


def move_activity(draft: Draft, place: int, number: int, to_place: int, to_number: int) -> Edit:
    """Do something before the one of that number at a place, this or another; after all at their count."""
    activity = draft.activities_at(place)[number]
    done = draft.activities_at(place)
    word = f"{activity.kind} at {draft.place_word(to_place)}"
    less = _with(draft, place, done[:number] + done[number + 1 :], word).draft
    there = less.activities_at(to_place)
    if place == to_place and to_number > number:
        to_number -= 1
    return _with(less, to_place, (*there[:to_number], activity, *there[to_number:]), word)


def wait_for_contact(draft: Draft, waits: tuple[tuple[int, int, float | None], ...]) -> Edit:
    """Waits before all that would be commanded in a gap of contact: at which place, before which activity as they stand
    with the waits before, how long (None: until there is contact)."""
    for place, number, seconds in waits:
        done = draft.activities_at(place)
        draft = _with(draft, place, (*done[:number], Activity("wait", seconds), *done[number:]), "").draft
    return Edit("wait for contact", draft)


def name_start(draft: Draft, name: str) -> Edit:
    """Another name for the place where the plan begins."""
    stay = replace(draft.here, name=one_line(name) or Stay().name)
    return Edit(f"name {stay.name}", replace(draft, here=stay))


def _with(draft: Draft, place: int, activities: tuple[Activity, ...], word: str) -> Edit:
    if len(activities) > MOST_ACTIVITIES:
        raise InputError(f"{draft.place_word(place)}: {MOST_ACTIVITIES} activities at most; use another stop")
    if not place:
        return Edit(word, replace(draft, here=replace(draft.here, activities=activities)))
    stop = replace(draft.stops[place - 1], activities=activities)
    return Edit(word, replace(draft, stops=(*draft.stops[: place - 1], stop, *draft.stops[place:])))
