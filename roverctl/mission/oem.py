"""Reads CCSDS Orbit Ephemeris Messages in keyword notation: CCSDS 502.0-B-3, chapter 5, versions 1.0 to 3.0.

Times stay in the file's own scale; the ephemeris makes instants of them. Covariances and accelerations are passed over.
"""

import itertools
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import ProfileError
from roverctl.core.times import SECOND_NS

CENTRES: Final = ("EARTH", "MOON")
FRAMES: Final = ("EME2000", "ICRF", "GCRF")
SCALES: Final = ("UTC", "TAI", "TT", "TDB", "GPS")
METHODS: Final = ("HERMITE", "LAGRANGE", "LINEAR")
_MOST_B: Final = 64 << 20
_MOST_STATES: Final = 500_000
_MOST_SEGMENTS: Final = 1000
_HIGHEST_DEGREE: Final = 15
_FARTHEST_KM: Final = 1e7  # from the centre; the Moon's orbit has 4e5
_FASTEST_KM_S: Final = 100.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# 502.0-B-3, 7.5.10: calendar or ordinal date, fraction and Z optional.
_TIME = re.compile(
    r"(\d{4})-(?:(\d\d)-(\d\d)|(\d{3}))T(\d\d):(\d\d):(\d\d)(?:\.(\d{0,15}))?Z?$",
    re.ASCII,
)
_KEYWORDS: Final = {
    "OBJECT_NAME", "OBJECT_ID", "CENTER_NAME", "REF_FRAME", "REF_FRAME_EPOCH", "TIME_SYSTEM", "START_TIME", "STOP_TIME",
    "USEABLE_START_TIME", "USEABLE_STOP_TIME", "INTERPOLATION", "INTERPOLATION_DEGREE",
}  # fmt: skip
_NEEDED: Final = ("OBJECT_NAME", "OBJECT_ID", "CENTER_NAME", "REF_FRAME", "TIME_SYSTEM", "START_TIME", "STOP_TIME")


@dataclass(frozen=True, slots=True)
class OrbitSegment:
    """States that may be interpolated together.

    ``times_ns`` [n] counts nanoseconds since 1970 in the segment's own scale, ``states`` [n, 6] are metres and metres
    per second; the segment holds from ``begin_ns`` to ``end_ns``. ``degree`` is that of the polynomial.
    """

    centre: str
    frame: str
    scale: str
    method: str
    degree: int
    begin_ns: int
    end_ns: int
    times_ns: npt.NDArray[np.int64]
    states: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class OrbitFile:
    """The segments of one object, in the order of time."""

    file: Path
    name: str
    segments: tuple[OrbitSegment, ...]

    @property
    def begin_ns(self) -> int:
        """When the first segment begins, in its own scale."""
        return self.segments[0].begin_ns

    @property
    def end_ns(self) -> int:
        """When the last one ends."""
        return self.segments[-1].end_ns


def read_oem(file: Path, name: str | None = None) -> tuple[OrbitFile, bytes]:
    """The orbit of an object, by name or identifier where the file has several; and the file's content.

    Raises
    ------
    ProfileError
        Naming file and line, and what would be right.
    """
    try:
        if file.stat().st_size > _MOST_B:
            raise ProfileError(f"{file}: is larger than {_MOST_B >> 20} MiB")
        content = file.read_bytes()
        lines = content.decode("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"{file}: {error}") from None
    parts = _Reader(file, lines).read()
    names = sorted({label for label, _, _ in parts})
    if name is None and len(names) > 1:
        raise ProfileError(f'{file}: holds {", ".join(names)}; say which by object = "..."')
    segments = [s for label, ident, s in parts if name is None or name in (label, ident)]
    if not segments:
        raise ProfileError(f"{file}: has no object '{name}'; it holds {', '.join(names)}")
    for a, b in itertools.pairwise(segments):
        if b.begin_ns < a.end_ns:
            raise ProfileError(f"{file}: segments overlap, or are not in the order of time")
    return OrbitFile(file, name or names[0], tuple(segments)), content


class _Reader:
    """Goes through the lines once."""

    def __init__(self, file: Path, lines: list[str]) -> None:
        self.file = file
        self.lines = [
            (number, line) for number, line in enumerate((raw.strip() for raw in lines), 1)
            if line and line.split(maxsplit=1)[0] != "COMMENT"
        ]  # fmt: skip
        self.at = 0
        self.states = 0

    def fail(self, number: int, problem: str) -> ProfileError:
        return ProfileError(f"{self.file}: line {number}: {problem}")

    def read(self) -> list[tuple[str, str, OrbitSegment]]:
        if not self.lines or not re.match(r"CCSDS_OEM_VERS\s*=\s*[123]\.0$", self.lines[0][1]):
            raise ProfileError(
                f"{self.file}: is no CCSDS Orbit Ephemeris Message in keyword notation: it must begin with "
                "CCSDS_OEM_VERS = 1.0, 2.0 or 3.0"
            )
        parts: list[tuple[str, str, OrbitSegment]] = []
        while self.at < len(self.lines):
            number, line = self.lines[self.at]
            self.at += 1
            if line == "META_START":
                if len(parts) == _MOST_SEGMENTS:
                    raise self.fail(number, f"more than {_MOST_SEGMENTS} segments")
                parts.append(self._segment(number))
            elif line == "COVARIANCE_START":
                self._skip(number, "COVARIANCE_STOP")
            elif parts or "=" not in line:
                raise self.fail(number, f"'{line[:40]}' is not expected here; META_START begins a segment")
        if not parts:
            raise ProfileError(f"{self.file}: has no segment (META_START ... META_STOP)")
        return parts

    def _skip(self, number: int, end: str) -> None:
        while self.at < len(self.lines):
            self.at += 1
            if self.lines[self.at - 1][1] == end:
                return
        raise self.fail(number, f"{end} is missing")

    def _segment(self, number: int) -> tuple[str, str, OrbitSegment]:
        meta = self._meta(number)
        for keyword in _NEEDED:
            if keyword not in meta:
                raise self.fail(number, f"{keyword} is missing")
        centre = self._one_of(meta, "CENTER_NAME", CENTRES)
        frame = self._one_of(meta, "REF_FRAME", FRAMES)
        scale = self._one_of(meta, "TIME_SYSTEM", SCALES)
        method = self._one_of(meta, "INTERPOLATION", METHODS) if "INTERPOLATION" in meta else "LAGRANGE"
        begin_ns, end_ns = (
            self._time(*meta.get(f"USEABLE_{keyword}", meta[keyword])) for keyword in ("START_TIME", "STOP_TIME")
        )
        times, states = self._states(number)
        degree = self._degree(meta, method, len(times))
        if not begin_ns < end_ns:
            raise self.fail(number, "the segment must end after it begins")
        if not times[0] <= begin_ns or not end_ns <= times[-1]:
            raise self.fail(number, "the states do not reach from START_TIME to STOP_TIME")
        segment = OrbitSegment(centre, frame, scale, method, degree, begin_ns, end_ns, times, states)
        return meta["OBJECT_NAME"][1], meta["OBJECT_ID"][1], segment

    def _meta(self, number: int) -> dict[str, tuple[int, str]]:
        meta: dict[str, tuple[int, str]] = {}
        while self.at < len(self.lines):
            here, line = self.lines[self.at]
            self.at += 1
            if line == "META_STOP":
                return meta
            keyword, mark, value = (part.strip() for part in line.partition("="))
            if not mark or keyword not in _KEYWORDS or not value or keyword in meta:
                raise self.fail(here, f"'{line[:40]}' is no keyword of OEM metadata, has no value, or is there twice")
            meta[keyword] = (here, value)
        raise self.fail(number, "META_STOP is missing")

    def _one_of(self, meta: dict[str, tuple[int, str]], keyword: str, known: tuple[str, ...]) -> str:
        number, value = meta[keyword]
        if value.upper() not in known:
            raise self.fail(number, f"{keyword} '{value[:40]}' is not known here; known are {', '.join(known)}")
        return value.upper()

    def _degree(self, meta: dict[str, tuple[int, str]], method: str, count: int) -> int:
        """Of the polynomial: of few states, one that they are enough for. Where the file names none, ours."""
        number, text = meta.get("INTERPOLATION_DEGREE", (0, "7"))
        if not text.isdecimal() or not 1 <= int(text[:9]) <= _HIGHEST_DEGREE:
            raise self.fail(number, f"INTERPOLATION_DEGREE must lie between 1 and {_HIGHEST_DEGREE}")
        if method == "LINEAR":
            return 1
        # Hermite takes value and rate of each state: two states fix a cubic.
        return min(max(3, int(text)) | 1, 2 * count - 1) if method == "HERMITE" else min(int(text), count - 1)

    def _states(self, number: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        times: list[int] = []
        rows: list[list[float]] = []
        while self.at < len(self.lines) and self.lines[self.at][1] not in ("META_START", "COVARIANCE_START"):
            here, line = self.lines[self.at]
            self.at += 1
            words = line.split()
            try:
                row = [float(word) for word in words[1:]]
            except ValueError:
                raise self.fail(here, "numbers are expected after the epoch") from None
            if len(row) not in (6, 9):
                raise self.fail(here, "an epoch, X Y Z in km and X_DOT Y_DOT Z_DOT in km/s are expected")
            if not all(map(math.isfinite, row)):
                raise self.fail(here, "must be finite")
            if max(map(abs, row[:3])) > _FARTHEST_KM or max(map(abs, row[3:6])) > _FASTEST_KM_S:
                raise self.fail(here, f"lies beyond {_FARTHEST_KM:g} km or is faster than {_FASTEST_KM_S:g} km/s")
            t_ns = self._time(here, words[0])
            if times and t_ns <= times[-1]:
                raise self.fail(here, "epochs must rise")
            times.append(t_ns)
            rows.append(row[:6])
            self.states += 1
            if self.states > _MOST_STATES:
                raise self.fail(here, f"more than {_MOST_STATES} states")
        if len(times) < 2:
            raise self.fail(number, "a segment needs at least two states")
        return np.array(times, dtype=np.int64), np.array(rows) * 1000.0

    def _time(self, number: int, text: str) -> int:
        match = _TIME.match(text)
        if match is None:
            raise self.fail(number, f"'{text[:40]}' is no time such as 2019-01-11T12:00:00.000 or 2019-011T12:00:00")
        year, month, day, ordinal, hour, minute, second, fraction = match.groups()
        try:
            moment = datetime(int(year), int(month or 1), int(day or 1), int(hour), int(minute), tzinfo=UTC)
        except ValueError as error:
            raise self.fail(number, f"'{text}': {error}") from None
        if ordinal is not None:
            moment += timedelta(days=int(ordinal) - 1)
        if not 1958 <= moment.year <= 2200 or (ordinal is not None and moment.year != int(year)) or int(second) > 60:
            raise self.fail(number, f"'{text}' is no time between 1958 and 2200")
        since = moment - _EPOCH
        whole = since.days * 86_400 + since.seconds + int(second)
        return whole * SECOND_NS + int((fraction or "0")[:9].ljust(9, "0"))
