"""What changed, for views to refresh from."""

from enum import Enum, auto


class Change(Enum):
    """What a poll or a use case changed; views refresh from that."""

    CLOCK = auto()
    TELEMETRY = auto()
    EVENTS = auto()
    QUEUE = auto()
    ROUTE = auto()
    FORECAST = auto()
    TILES = auto()
    MAP = auto()  # what is known of the map: its products, the ground under the cursor, a measured line
    SKY = auto()
    MESSAGES = auto()


Changes = set[Change]
