"""The things that cross rooms. Plain, frozen; times are ``t_ns`` (UTC nanoseconds), angles radians, lengths metres."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Stage(IntEnum):
    """The verifier stages of a telecommand in their order; each needs evidence of its own."""

    RELEASED = 0
    SENT = 1  # the station's report
    AT_RELAY = 2  # Queqiao's telemetry
    RECEIVED = 3  # CLCW
    ACCEPTED = 4  # ST[1,1]
    STARTED = 5  # ST[1,3]
    PROGRESS = 6  # ST[1,5]
    COMPLETED = 7  # ST[1,7]


class Severity(IntEnum):
    """Significance of events and limits, lowest first."""

    INFO = 0
    WATCH = 1
    WARNING = 2
    DISTRESS = 3
    CRITICAL = 4
    SEVERE = 5


class Direction(StrEnum):
    """Which way a packet goes."""

    TM = "tm"
    TC = "tc"
    CLCW = "clcw"


@dataclass(frozen=True, slots=True)
class RawPacket:
    """Bytes as they passed the console: telemetry and CLCWs as received, telecommands as released.

    ``generation_ns`` is the packet's own time; for a CLCW when it was sampled, for a telecommand its release.
    """

    direction: Direction
    generation_ns: int
    reception_ns: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Event:
    """An event report, or something the ground has to say; generated there, received here."""

    generation_ns: int
    reception_ns: int
    source: str
    name: str
    severity: Severity
    text: str


@dataclass(frozen=True, slots=True)
class StageChange:
    """Evidence that a command reached a stage: when it happened there and when that was learnt here.

    ``request`` is the telecommand's request identifier (packet ID and sequence control, ECSS-E-ST-70-41C 8.1.2.1).
    """

    request: int
    stage: Stage
    occurred_ns: int
    learnt_ns: int
    failed: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ContactWindow:
    """A pass of the relay over a station: acquisition, loss and culmination."""

    station: str
    aos_ns: int
    los_ns: int
    peak_ns: int
    peak_elevation_rad: float


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a rover stands at ``t_ns``; the covariance of east and north in m² as (ee, en, nn)."""

    t_ns: int
    east_m: float
    north_m: float
    heading_rad: float
    covariance_m2: tuple[float, float, float] = (0.0, 0.0, 0.0)
