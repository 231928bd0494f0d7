"""The draft in the operation folder: written at every edit, before anything is asked of the planner."""

import math
from pathlib import Path
from typing import Final

import msgspec

from roverctl.core.errors import InputError
from roverctl.session.api.draft import Draft
from roverctl.session.drafting.edits import MOST_CORNERS, MOST_MARKS, MOST_STOPS
from roverctl.traverse.day_plan.plan import MOST_ACTIVITIES

NAME: Final = "draft.json"
_MOST_BYTES: Final = 64 * 1024 * 1024
_VERSION: Final = 1


class _Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    draft: Draft


def write_draft(folder: Path, draft: Draft) -> None:
    """Replace the folder's draft, in one step: a reader finds the old one or the new one, whole.

    Raises
    ------
    InputError
        When it cannot be written.
    """
    file = folder / NAME
    beside = folder / f".{NAME}.new"
    try:
        beside.write_bytes(msgspec.json.encode(_Content(_VERSION, draft)))
        beside.replace(file)
    except OSError as error:
        raise InputError(f"{file}: the draft cannot be saved: {error.strerror}") from None


def read_draft(folder: Path, empty: Draft) -> tuple[Draft, str]:
    """The folder's draft, ``empty`` when it has none; and what was wrong with it, '' when nothing was.

    One that cannot be read is put aside under another name: nothing is written over it.
    """
    file = folder / NAME
    try:
        if not file.exists():
            return empty, ""
        with file.open("rb") as stream:
            text = stream.read(_MOST_BYTES + 1)
        if len(text) > _MOST_BYTES:
            raise InputError("too large for a draft")
        content = msgspec.json.decode(text, type=_Content)
        if content.version != _VERSION:
            raise InputError(f"version {content.version}; this program reads {_VERSION}")
        _check(content.draft)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError, InputError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        aside = file.with_suffix(".damaged.json")
        try:
            file.replace(aside)
        except OSError:
            return empty, f"{file}: the draft cannot be read: {reason}"
        return empty, f"{file}: the draft cannot be read: {reason}; it was put aside as {aside.name}"
    return content.draft, ""


def _check(draft: Draft) -> None:
    """JSON has no NaN, yet numbers that are too great become infinite."""
    if len(draft.stops) > MOST_STOPS or len(draft.marks) > MOST_MARKS:
        raise InputError(f"{len(draft.stops)} stops, {len(draft.marks)} marks: too many")
    places = [stop.place_m for stop in draft.stops]
    for mark in draft.marks:
        corners = [corner for ring in mark.rings_m for corner in ring]
        if not corners or len(corners) > MOST_CORNERS:
            raise InputError(f"{mark.name}: {len(corners)} corners")
        places += corners
    if len(draft.here.activities) > MOST_ACTIVITIES or any(len(s.activities) > MOST_ACTIVITIES for s in draft.stops):
        raise InputError(f"more than {MOST_ACTIVITIES} activities at a stop")
    if not all(math.isfinite(c) for place in places for c in place) or not math.isfinite(draft.max_slope_rad):
        raise InputError("a place that is no number")
