"""What the ground learnt, as it goes on to the window."""

from dataclasses import dataclass, field

from roverctl.core.nouns import Event, StageChange
from roverctl.telemetry.store import Block


@dataclass(slots=True)
class Report:
    """What came since the last report."""

    blocks: list[Block] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    stages: list[StageChange] = field(default_factory=list)
    released: list[tuple[int, bytes]] = field(default_factory=list)  # telecommands: release time and packet
