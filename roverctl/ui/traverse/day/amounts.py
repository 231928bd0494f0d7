"""Amounts of activities in words, and as typed: ``28 frames``, ``10 min``, ``to 90 %``."""

import re

from roverctl.core.errors import InputError
from roverctl.session.api.draft import Activity
from roverctl.traverse.day_plan.plan import KINDS

_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}
_UNITS = {"panorama": ("frame", "frames"), "spectrum": ("spectrum", "spectra")}
_OPEN = {"nap": ("low", "until"), "wait": ("contact", "until")}  # words for no amount
_EXAMPLES = {
    "panorama": "28 frames", "spectrum": "2 spectra", "radar": "10 min", "nap": "4 h, or nothing: until the Sun is low",
    "wait": "20 min, or nothing: until there is contact",
    "charge": "90 %",
}  # fmt: skip


def amount_text(activity: Activity) -> str:
    """Such as ``28 frames``; a nap or a wait without an end lasts until the Sun is low, or contact."""
    amount = activity.amount
    if amount is None:
        return "to contact" if activity.kind == "wait" else "to low Sun"
    if activity.kind in _UNITS:
        return f"{amount:g} {_UNITS[activity.kind][amount != 1.0]}"
    if activity.kind == "charge":
        return f"to {100.0 * amount:g} %"
    if amount >= 7200.0:
        return f"{amount / 3600.0:.4g} h"
    return f"{amount / 60.0:.4g} min" if amount >= 60.0 else f"{amount:g} s"


def amount_of(kind: str, text: str) -> float | None:
    """An amount as typed; None, the usual one, for nothing.

    Raises
    ------
    InputError
        When it is none, saying what one looks like.
    """
    words = text.lower().replace(",", ".").replace("to ", " ").split()
    if not words or (kind in _OPEN and words[0] in _OPEN[kind]):
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z%]*)", " ".join(words))
    unit = match.group(2) if match else ""
    timed = KINDS[kind].key == "duration_s"
    known = (*_SECONDS, "") if timed else ("%", "") if kind == "charge" else (*_UNITS[kind], "")
    if match is None or unit not in known:
        raise InputError(f"{kind} '{text.strip()[:40]}': give an amount such as {_EXAMPLES[kind]}")
    value = float(match.group(1))
    if timed:
        return value * _SECONDS[unit or "min"]
    return value / 100.0 if kind == "charge" else value
