"""What every view is given: the session shown now, the way to act on it, and the theme."""

from collections.abc import Callable
from typing import ParamSpec, Protocol

from PySide6.QtCore import QObject, Signal

from roverctl.core.errors import RoverctlError
from roverctl.core.nouns import Severity
from roverctl.session.api.changes import Change, Changes
from roverctl.session.api.session import Message, Session
from roverctl.ui.theme import Theme

P = ParamSpec("P")

EVERYTHING: Changes = set(Change)


class View(Protocol):
    """A part of the window. Hidden views are not refreshed; what they missed is handed over when they show again."""

    def refresh(self, changes: Changes) -> None:
        """Show what changed."""

    def session_replaced(self) -> None:
        """Forget what belonged to the session before; a refresh with every change follows."""

    def isVisible(self) -> bool:
        """Qt's."""


class Desk(QObject):
    """The session in view. Views read ``session`` afresh at each refresh and keep no reference to it."""

    changed = Signal(object)  # Changes
    told = Signal(object)  # Message

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self.session = session
        self.theme = theme

    def perform(self, act: Callable[P, Changes], *arguments: P.args, **named: P.kwargs) -> str:
        """Do a use case and let the views refresh.

        Returns
        -------
        str
            What was wrong, also told in the message strip; '' when it was done.
        """
        problem, changes = attempt(act, *arguments, **named)
        if problem:
            self.tell(problem)
        self.changed.emit(changes)
        return problem

    def tell(self, text: str, severity: Severity = Severity.WARNING) -> None:
        """Say something to the operator."""
        self.told.emit(Message(text, severity))


def attempt(act: Callable[P, Changes], *arguments: P.args, **named: P.kwargs) -> tuple[str, Changes]:
    """Do a use case; the problem ('' when there is none) and what changed."""
    try:
        return "", act(*arguments, **named)
    except RoverctlError as error:
        return str(error), set()
