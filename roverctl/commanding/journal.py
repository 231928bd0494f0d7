"""The journal of an operation: every change of the queue, and all that acts on the simulated world, before it does.

An SQLite file. Two processes write it: the session its acts, the engine its uplinks and impairments. Rows are only ever
added.
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from roverctl.core.errors import InputError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS acts (
    number INTEGER PRIMARY KEY, at_ns INTEGER NOT NULL, act TEXT NOT NULL, detail TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS uplinks (
    number INTEGER PRIMARY KEY, at_ns INTEGER NOT NULL, command INTEGER NOT NULL, packet BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS impairments (
    number INTEGER PRIMARY KEY, at_ns INTEGER NOT NULL, uplinks INTEGER NOT NULL, name TEXT NOT NULL,
    arguments TEXT NOT NULL, duration_s REAL NOT NULL
);
"""


CONTACT_PLAN: Final = "contact_plan"  # names the changes of the plan among the impairments


@dataclass(frozen=True, slots=True)
class Act:
    """A change of the queue at a time of the operation's clock."""

    at_ns: int
    act: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Uplink:
    """A telecommand packet that left the console."""

    number: int
    at_ns: int
    command: int
    packet: bytes


@dataclass(frozen=True, slots=True)
class JournalledImpairment:
    """Something that was let go wrong with the link, or a change of its contact plan, after so many uplinks."""

    at_ns: int
    uplinks: int
    name: str
    arguments: dict[str, float | str]
    duration_s: float


class Journal:
    """The journal file of an operation.

    Raises
    ------
    InputError
        When the file is no journal.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            self._database = sqlite3.connect(file, isolation_level=None, timeout=10.0)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=FULL")
            self._database.executescript(f"BEGIN;{_SCHEMA}COMMIT;")
        except sqlite3.DatabaseError as error:
            raise InputError(f"{file}: not a journal: {error}") from None

    def write(self, *acts: Act) -> None:
        """Add acts, all or none; they are on disk when this returns."""
        rows = [(act.at_ns, act.act, msgspec.json.encode(act.detail).decode()) for act in acts]
        self._database.execute("BEGIN IMMEDIATE")
        try:
            self._database.executemany("INSERT INTO acts (at_ns, act, detail) VALUES (?, ?, ?)", rows)
        except sqlite3.Error:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def acts(self) -> list[Act]:
        """All acts, in order."""
        rows = self._database.execute("SELECT at_ns, act, detail FROM acts ORDER BY number")
        return [Act(at_ns, act, msgspec.json.decode(detail)) for at_ns, act, detail in rows]

    def write_uplink(self, at_ns: int, command: int, packet: bytes) -> int:
        """Add an uplink; it is on disk when this returns. Its number."""
        row = self._database.execute(
            "INSERT INTO uplinks (at_ns, command, packet) VALUES (?, ?, ?)", (at_ns, command, packet)
        )
        return int(row.lastrowid or 0)

    def uplinks(self, after: int = 0) -> list[Uplink]:
        """Uplinks with a greater number, in order."""
        rows = self._database.execute(
            "SELECT number, at_ns, command, packet FROM uplinks WHERE number > ? ORDER BY number", (after,)
        )
        return [Uplink(*row) for row in rows]

    def write_impairment(self, at_ns: int, name: str, arguments: dict[str, float | str], duration_s: float) -> None:
        """Add an impairment; it is on disk when this returns."""
        self._database.execute(
            "INSERT INTO impairments (at_ns, uplinks, name, arguments, duration_s) "
            "SELECT ?, COUNT(*), ?, ?, ? FROM uplinks",
            (at_ns, name, msgspec.json.encode(arguments).decode(), duration_s),
        )

    def write_plan(self, at_ns: int, plan: str) -> None:
        """Add a change of the contact plan, among the impairments; it is on disk when this returns."""
        self.write_impairment(at_ns, CONTACT_PLAN, {"plan": plan}, 0.0)

    def plan(self) -> str:
        """The contact plan in force; '' while it is the profile's."""
        plans = [str(row.arguments["plan"]) for row in self.impairments() if row.name == CONTACT_PLAN]
        return plans[-1] if plans else ""

    def impairments(self) -> list[JournalledImpairment]:
        """All impairments and changes of the contact plan, in order."""
        rows = self._database.execute(
            "SELECT at_ns, uplinks, name, arguments, duration_s FROM impairments ORDER BY number"
        )
        return [
            JournalledImpairment(at_ns, uplinks, name, msgspec.json.decode(arguments), duration_s)
            for at_ns, uplinks, name, arguments, duration_s in rows
        ]

    def close(self) -> None:
        """Close the file."""
        self._database.close()
