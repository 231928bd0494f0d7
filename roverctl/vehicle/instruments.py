"""What an instrument does for a command: pieces of data, one after the other, with their time, size and load.

The simulated rover, the forecast and the plan of a day reckon with the same figures, so that all mean the same by a
command.
"""

from dataclasses import dataclass
from typing import Final

from roverctl.mission.mdb import Value
from roverctl.mission.profile import Mission


@dataclass(frozen=True, slots=True)
class Work:
    """``pieces`` of ``piece_s`` seconds and ``piece_b`` bytes each, while everything aboard takes ``load_w``.

    ``activity`` is the MDB's word for it, ``done`` the event that tells its end with the pieces and megabytes.
    """

    activity: str
    done: str
    pieces: int
    piece_s: float
    piece_b: float
    load_w: float

    @property
    def duration_s(self) -> float:
        """Of all pieces."""
        return self.pieces * self.piece_s

    @property
    def size_b(self) -> float:
        """Of all pieces."""
        return self.pieces * self.piece_b


INSTRUMENT_COMMANDS: Final = ("PCAM_PANORAMA", "VNIS_SPECTRUM", "LPR_SOUNDING")


def work_of(mission: Mission, command: str, arguments: dict[str, Value]) -> Work:
    """The work of an instrument's command."""
    vehicle, figures = mission.vehicle, mission.activities
    if command == "PCAM_PANORAMA":
        frames = int(float(arguments["frames"]))  # type: ignore[arg-type]
        return Work(
            "PANORAMA", "PANORAMA_DONE", frames, vehicle.frame_time_s, vehicle.frame_size_b, vehicle.load_imaging_w
        )
    if command == "VNIS_SPECTRUM":
        spectra = int(float(arguments["spectra"]))  # type: ignore[arg-type]
        return Work(
            "SPECTRUM", "SPECTRUM_DONE", spectra,
            figures.spectrum_time_s, figures.spectrum_size_b, figures.spectrum_load_w,
        )  # fmt: skip
    if command == "LPR_SOUNDING":
        seconds = int(float(arguments["duration"]))  # type: ignore[arg-type]
        return Work("SOUNDING", "SOUNDING_DONE", seconds, 1.0, figures.radar_rate_bit_s / 8.0, figures.radar_load_w)
    raise ValueError(f"{command} is no instrument's command")
