"""Edits of the draft by the hand: done through the desk, so that what is refused is told and nothing is lost."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec

from roverctl.session.api.changes import Changes
from roverctl.session.api.draft import Draft, Edit
from roverctl.ui.desk import Desk

P = ParamSpec("P")


def do_edit(desk: Desk, edit: Callable[Concatenate[Draft, P], Edit], *arguments: P.args, **named: P.kwargs) -> str:
    """Edit the session's draft; what was wrong, '' when it was done."""

    def act() -> Changes:
        traverse = desk.session.traverse
        return traverse.edit(edit(traverse.state.draft, *arguments, **named))

    return desk.perform(act)
