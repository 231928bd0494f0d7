"""Undo and redo: the drafts so far, each with the word for the step that led to it."""

from typing import Final

from roverctl.session.api.draft import Draft, Edit

MOST_STEPS: Final = 200


class DraftHistory:
    """Steps from the first draft to the last, and where one stands among them. A new edit drops what was undone."""

    def __init__(self, draft: Draft) -> None:
        self._steps = [Edit("", draft)]
        self._at = 0

    @property
    def now(self) -> Draft:
        """The draft as it is."""
        return self._steps[self._at].draft

    @property
    def undo_word(self) -> str:
        """What undo takes back; '' when there is nothing."""
        return self._steps[self._at].word if self._at else ""

    @property
    def redo_word(self) -> str:
        """What redo does again; '' when there is nothing."""
        return self._steps[self._at + 1].word if self._at + 1 < len(self._steps) else ""

    def do(self, edit: Edit) -> bool:
        """Another step; False where it changes nothing."""
        if edit.draft == self.now:
            return False
        self._steps = [*self._steps[: self._at + 1], edit][-MOST_STEPS - 1 :]
        self._at = len(self._steps) - 1
        return True

    def undo(self) -> bool:
        """A step back; False where there is none."""
        if not self._at:
            return False
        self._at -= 1
        return True

    def redo(self) -> bool:
        """A step forth again; False where there is none."""
        if self._at + 1 == len(self._steps):
            return False
        self._at += 1
        return True
