"""Edits of a draft, as pure functions: a draft in, the next one and a word for the step out."""

import math
from dataclasses import replace
from pathlib import PurePath

from roverctl.core.errors import InputError
from roverctl.core.times import format_clock
from roverctl.session.api.draft import Draft, Edit, Mark, MarkKind, Stop, Waiver
from roverctl.session.api.values import Place

MOST_STOPS = 501  # what the planner takes: 500 via points and the goal
MOST_MARKS = 1000
MOST_CORNERS = 10_000
MOST_TRACK_FILES = 20
_MOST_LETTERS = 100


# Stops


def set_goal(draft: Draft, place: Place) -> Edit:
    """The last stop goes there; the first when there is none."""
    if not draft.stops:
        return Edit("set the goal", replace(draft, stops=(Stop(_place(place)),)))
    return move_stop(draft, len(draft.stops) - 1, place)


def add_before_goal(draft: Draft, place: Place) -> Edit:
    """A stop on the way to the goal; the goal when there is none."""
    return insert_stop(draft, max(len(draft.stops) - 1, 0), place)


def insert_stop(draft: Draft, number: int, place: Place) -> Edit:
    """A stop before the one that has this number now; at the end, a new goal."""
    if len(draft.stops) >= MOST_STOPS:
        raise InputError(f"a traverse has {MOST_STOPS} stops at most; plan it in parts")
    stops = (*draft.stops[:number], Stop(_place(place)), *draft.stops[number:])
    word = "set the goal" if len(stops) == 1 else f"insert waypoint {number + 1}"
    return Edit(word, replace(draft, stops=stops))


def move_stop(draft: Draft, number: int, place: Place) -> Edit:
    """Another place for a stop."""
    stop = _unlocked(draft, number)
    return Edit(f"move {draft.stop_word(number)}", _with_stop(draft, number, replace(stop, place_m=_place(place))))


def remove_stop(draft: Draft, number: int) -> Edit:
    """Take a stop away; without the goal the stop before it becomes the goal."""
    _unlocked(draft, number)
    stops = draft.stops[:number] + draft.stops[number + 1 :]
    return Edit(f"remove {draft.stop_word(number)}", replace(draft, stops=stops))


def reorder_stop(draft: Draft, number: int, to: int) -> Edit:
    """Move a stop to another number of the list."""
    _unlocked(draft, number)
    stops = list(draft.stops)
    stops.insert(max(0, min(to, len(stops) - 1)), stops.pop(number))
    return Edit(f"reorder {draft.stop_word(number)}", replace(draft, stops=tuple(stops)))


def order_stops(draft: Draft, order: tuple[int, ...]) -> Edit:
    """All stops in another order, given by their numbers now."""
    if sorted(order) != list(range(len(draft.stops))):
        raise InputError("the draft has other stops by now; optimise the order again")
    return Edit("optimise the order", replace(draft, stops=tuple(draft.stops[i] for i in order)))


def lock_stop(draft: Draft, number: int, locked: bool) -> Edit:
    """Lock a stop, or let it go again."""
    word = f"{'lock' if locked else 'unlock'} {draft.stop_word(number)}"
    return Edit(word, _with_stop(draft, number, replace(draft.stops[number], locked=locked)))


def name_stop(draft: Draft, number: int, name: str) -> Edit:
    """Another name for a stop; none with an empty one."""
    return Edit(
        f"name {draft.stop_word(number)}", _with_stop(draft, number, replace(draft.stops[number], name=one_line(name)))
    )


def clear_stops(draft: Draft) -> Edit:
    """No stops any more, locked ones too, and no departure; what was drawn stays, and what comes next is another
    traverse."""
    return Edit("clear the route", replace(draft, stops=(), depart_ns=None, serial=draft.serial + 1))


# What is asked


def set_objective(draft: Draft, objective: str) -> Edit:
    """What the route is to be best at."""
    return Edit(f"plan for {objective}", replace(draft, objective=objective))


def set_max_slope(draft: Draft, slope_rad: float) -> Edit:
    """Another slope limit."""
    return Edit(f"slope at most {math.degrees(slope_rad):g}°", replace(draft, max_slope_rad=slope_rad))


def set_departure(draft: Draft, depart_ns: int | None) -> Edit:
    """When the rover leaves; None leaves it open."""
    word = "leave the departure open" if depart_ns is None else f"depart {format_clock(depart_ns)}"
    return Edit(word, replace(draft, depart_ns=depart_ns))


def set_need_contact(draft: Draft, needed: bool) -> Edit:
    """Whether the rover drives in contact alone."""
    return Edit("drive in contact only" if needed else "drive without contact", replace(draft, need_contact=needed))


# What is drawn


def add_mark(draft: Draft, kind: MarkKind, points_m: tuple[Place, ...], name: str = "", text: str = "") -> Edit:
    """Draw a zone, a target or a note; without a name it gets the next free one of its kind."""
    if len(draft.marks) >= MOST_MARKS:
        raise InputError(f"{MOST_MARKS} zones and points at most; remove some")
    mark = Mark(one_line(name) or _free_name(draft, kind), kind, (_points(kind, points_m),), one_line(text))
    return Edit(f"draw {mark.name}", replace(draft, marks=(*draft.marks, mark)))


def add_marks(draft: Draft, marks: tuple[Mark, ...], source: str) -> Edit:
    """What came out of a file; a name that is taken gets a number."""
    if len(draft.marks) + len(marks) > MOST_MARKS:
        raise InputError(f"{source}: {len(marks)} zones and points are too many; {MOST_MARKS} at most in all")
    taken = {mark.name for mark in draft.marks}
    named: list[Mark] = []
    for mark in marks:
        names = (mark.name, *(f"{mark.name} ({i})" for i in range(2, MOST_MARKS + 2)))
        name = next(each for each in names if each not in taken)
        taken.add(name)
        named.append(replace(mark, name=name))
    return Edit(f"import {source}", replace(draft, marks=(*draft.marks, *named)))


def move_corner(draft: Draft, number: int, corner: int, place: Place) -> Edit:
    """Another place for a corner of a zone, or for a point."""
    points = list(draft.marks[number].rings_m[0])
    points[corner] = _place(place)
    return _reshaped(draft, number, tuple(points), "move" if len(points) == 1 else "reshape")


def insert_corner(draft: Draft, number: int, corner: int, place: Place) -> Edit:
    """A corner before the one that has this number now."""
    points = draft.marks[number].rings_m[0]
    return _reshaped(draft, number, (*points[:corner], _place(place), *points[corner:]), "reshape")


def remove_corner(draft: Draft, number: int, corner: int) -> Edit:
    """Take a corner away; with the third last one, or a point's only one, the whole."""
    points = draft.marks[number].rings_m[0]
    if len(points) <= 3:
        return remove_mark(draft, number)
    return _reshaped(draft, number, points[:corner] + points[corner + 1 :], "reshape")


def shift_mark(draft: Draft, number: int, east_m: float, north_m: float) -> Edit:
    """Move the whole by so much."""
    mark = draft.marks[number]
    rings = tuple(tuple((east + east_m, north + north_m) for east, north in ring) for ring in mark.rings_m)
    return Edit(f"move {mark.name}", _with_mark(draft, number, replace(mark, rings_m=rings)))


def rename_mark(draft: Draft, number: int, name: str) -> Edit:
    """Another name, which no other has."""
    if any(mark.name == one_line(name) for i, mark in enumerate(draft.marks) if i != number):
        raise InputError(f"there is a '{one_line(name)}' already; give another name")
    mark = draft.marks[number]
    return Edit(f"rename {mark.name}", _with_mark(draft, number, replace(mark, name=one_line(name))))


def say_mark(draft: Draft, number: int, text: str) -> Edit:
    """Another text."""
    mark = draft.marks[number]
    return Edit(f"describe {mark.name}", _with_mark(draft, number, replace(mark, text=one_line(text))))


def remove_mark(draft: Draft, number: int) -> Edit:
    """Take a zone or a point away."""
    marks = draft.marks[:number] + draft.marks[number + 1 :]
    return Edit(f"remove {draft.marks[number].name}", replace(draft, marks=marks))


def open_track(draft: Draft, file: str) -> Edit:
    """Lines of a file as a reference."""
    if file in draft.tracks:
        raise InputError(f"{file} is open already")
    if len(draft.tracks) >= MOST_TRACK_FILES:
        raise InputError(f"{MOST_TRACK_FILES} files of tracks at most; close one")
    return Edit("open a track", replace(draft, tracks=(*draft.tracks, file)))


def close_track(draft: Draft, source: str) -> Edit:
    """Close a file of tracks, by its name."""
    kept = tuple(file for file in draft.tracks if PurePath(file).name != source)
    return Edit(f"close {source}", replace(draft, tracks=kept))


# What is let be


def waive(draft: Draft, violation: str, name: str, reason: str) -> Edit:
    """Let a violation of the route be, by its key; it holds until the way is another."""
    waivers = tuple(waiver for waiver in draft.waivers if waiver.violation != violation)
    waiver = Waiver(one_line(name), one_line(reason), violation)
    return Edit(f"waive {violation}", replace(draft, waivers=(*waivers, waiver)))


def _reshaped(draft: Draft, number: int, points_m: tuple[Place, ...], word: str) -> Edit:
    mark = draft.marks[number]
    shaped = replace(mark, rings_m=(_points(mark.kind, points_m), *mark.rings_m[1:]))
    return Edit(f"{word} {mark.name}", _with_mark(draft, number, shaped))


def _with_stop(draft: Draft, number: int, stop: Stop) -> Draft:
    return replace(draft, stops=(*draft.stops[:number], stop, *draft.stops[number + 1 :]))


def _with_mark(draft: Draft, number: int, mark: Mark) -> Draft:
    return replace(draft, marks=(*draft.marks[:number], mark, *draft.marks[number + 1 :]))


def _unlocked(draft: Draft, number: int) -> Stop:
    stop = draft.stops[number]
    if stop.locked:
        raise InputError(f"{draft.stop_word(number)} is locked; unlock it first")
    return stop


def _free_name(draft: Draft, kind: MarkKind) -> str:
    taken = {mark.name for mark in draft.marks}
    return next(name for i in range(1, MOST_MARKS + 2) if (name := f"{kind.value} {i}") not in taken)


def _place(place: Place) -> Place:
    if not all(math.isfinite(c) for c in place):
        raise InputError(f"{place} is no place (east, north) in metres")
    return float(place[0]), float(place[1])


def _points(kind: MarkKind, points_m: tuple[Place, ...]) -> tuple[Place, ...]:
    """Checked for their number; what else is wrong with an outline the mark itself refuses."""
    if kind.is_zone and len(points_m) < 3:
        raise InputError(f"a {kind.value} needs three corners, not {len(points_m)}")
    if len(points_m) > MOST_CORNERS:
        raise InputError(f"a zone has {MOST_CORNERS:,} corners at most")
    return tuple(_place(place) for place in points_m)


def one_line(text: str) -> str:
    """Names and texts as they are kept."""
    return " ".join(text.split())[:_MOST_LETTERS]
