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
    told = Signal(object, str)  # Message, and what it is about
    settled = Signal(str)  # what warnings about it were is mended

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self.session = session
        self.theme = theme

    def perform(self, act: Callable[P, Changes], *arguments: P.args, **named: P.kwargs) -> str:
        """Do a use case and let the views refresh. A warning of the same act before is settled.

        Returns
        -------
        str
            What was wrong, also told in the message strip; '' when it was done.
        """
        problem, changes = attempt(act, *arguments, **named)
        about = act.__qualname__
        self.settle(about)
        if problem:
            self.tell(problem, about=about)
        self.changed.emit(changes)
        return problem

    def tell(self, text: str, severity: Severity = Severity.WARNING, about: str = "") -> None:
        """Say something to the operator; ``about`` names what can be mended, for ``settle``."""
        self.told.emit(Message(text, severity), about)

    def settle(self, about: str) -> None:
        """What was told about this is mended: it goes from the screen."""
        self.settled.emit(about)


def attempt(act: Callable[P, Changes], *arguments: P.args, **named: P.kwargs) -> tuple[str, Changes]:
    """Do a use case; the problem ('' when there is none) and what changed."""
    try:
        return "", act(*arguments, **named)
    except RoverctlError as error:
        return str(error), set()
