"""The sky now, and the vehicle run ahead."""

from dataclasses import dataclass, field

from roverctl.core.nouns import Pose
from roverctl.session.api.values import Array, Place, Times


@dataclass(frozen=True, slots=True)
class StationTurn:
    """A station has the contact from one time to another."""

    station: str
    begin_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True)
class SkyNow:
    """Delay, contact and Sun at the session's now."""

    t_ns: int
    station: str  # '' without contact
    owlt_up_s: float  # light, station to relay to rover
    owlt_down_s: float
    send_s: float  # serialisation of ``send_what`` at the forward rate
    send_what: str
    delay_up_s: float  # light, sending and processing
    delay_down_s: float  # light, sending, processing and waits of a housekeeping packet
    next_change_ns: int | None  # in contact when it ends, through all hand-overs; without it the next AOS
    sun_elevation_rad: float
    sun_azimuth_rad: float
    earth_moon_m: float
    relay_rover_m: float
    turns: tuple[StationTurn, ...] = ()  # in contact, from the one now to the last before contact ends
    place_known: bool = True  # of the relay; otherwise what its place makes is that of when it was known last
    down_wait_s: float = 0.0  # of the delay down, for contact

    @property
    def fresh_s(self) -> float:
        """How old news is that has come as soon as light and link let it, nobody waiting for contact."""
        return self.delay_down_s - self.down_wait_s


@dataclass(frozen=True, slots=True)
class Begin:
    """Where and how a plan begins: as the rover was last known, or as it is predicted when the commands in flight and
    queued before the plan are done. Battery 0..1, kelvin, octets aboard."""

    place_m: Place
    heading_rad: float
    t_ns: int  # the earliest that it can begin
    charge: float
    temperature_k: float
    stored_b: float
    known_ns: int  # generation time of the telemetry that it comes from
    after: int = 0  # commands in flight or queued before it
    predicted: bool = False  # their end is
    mode: str = "IDLE"


@dataclass(frozen=True, slots=True)
class Forecast:
    """The vehicle run ahead from the last known state through what is in flight."""

    made_ns: int
    known_ns: int  # generation time of the state that it starts from
    pose: Pose  # predicted now, with covariance
    path_east_m: Array  # from the known to the predicted place and on to the end of what is in flight
    path_north_m: Array
    times_ns: Times  # of the series
    series: dict[str, Array] = field(default_factory=dict)  # by parameter name, in the MDB's unit
    stop_arrival_ns: int | None = None  # when a STOP released now would act
    stop_distance_m: float | None = None  # and how far the rover would still go until then
