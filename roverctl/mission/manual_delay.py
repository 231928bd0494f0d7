"""A delay set by hand, ``[link.delay]`` of a profile: for training, and for missions farther away than the Moon.

[link.delay]
one_way = { value = 20, unit = "min", assumed = true }
jitter = { value = 0.5, unit = "s", assumed = true }      # may be left out
# or, in place of one_way: file = "delay.csv", with the columns utc and one_way_s
"""

import csv
import itertools
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import InputError, ProfileError
from roverctl.core.times import format_utc, parse_utc
from roverctl.mission.figures import Table

_LONGEST_S: Final = 6 * 3600.0  # farther than Pluto; our choice
_LARGEST_FILE_B: Final = 16 << 20


@dataclass(frozen=True, slots=True)
class ManualDelay:
    """Light time one way, set by hand: its values at rising times, straight lines between, held beyond the ends; and
    how far it strays from that either way.
    """

    times_ns: tuple[int, ...]
    seconds: tuple[float, ...]
    jitter_s: float

    def at_s(self, t_ns: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Seconds one way at times [n], without the jitter."""
        origin_ns = self.times_ns[0]
        known_s = (np.array(self.times_ns) - origin_ns) / 1e9
        return np.asarray(np.interp((t_ns - origin_ns) / 1e9, known_s, self.seconds))


def read_delay(link: Table, start_ns: int) -> tuple[ManualDelay | None, bytes]:
    """The delay that a profile's link table sets, None where it sets none; and its file's content.

    Raises
    ------
    ProfileError
        Naming file and key.
    """
    if "delay" not in link.content:
        return None, b""
    table = link.table("delay")
    unknown = set(table.content) - {"one_way", "jitter", "file"}
    if unknown:
        raise table.fail(min(unknown), "unknown key; known are one_way, jitter, file")
    if ("one_way" in table.content) == ("file" in table.content):
        raise table.fail("one_way", "give either one_way or file")
    jitter_s = table.figure("jitter", "s") if "jitter" in table.content else 0.0
    if "file" in table.content:
        file = table.file.parent / table.text("file")
        times_ns, seconds, content = _read_file(file, table)
        if not times_ns[0] <= start_ns < times_ns[-1]:
            span = f"{format_utc(times_ns[0])} to {format_utc(times_ns[-1])}"
            raise table.fail("file", f"{file.name} covers {span}, not the mission's start {format_utc(start_ns)}")
    else:
        times_ns, seconds, content = (start_ns,), (table.figure("one_way", "s"),), b""
    if not all(0.0 <= value <= _LONGEST_S for value in seconds):
        raise table.fail("one_way", f"must lie between 0 and {_LONGEST_S:g} s")
    if not 0.0 <= jitter_s <= min(seconds):
        raise table.fail("jitter", "must lie between 0 and the delay itself")
    return ManualDelay(times_ns, seconds, jitter_s), content


def _read_file(file: Path, table: Table) -> tuple[tuple[int, ...], tuple[float, ...], bytes]:
    try:
        if file.stat().st_size > _LARGEST_FILE_B:
            raise table.fail("file", f"{file.name} is larger than {_LARGEST_FILE_B} bytes")
        content = file.read_bytes()
        rows = list(csv.DictReader(content.decode("utf-8").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ProfileError(f"{file}: {error}") from None
    times_ns, seconds = [], []
    for number, row in enumerate(rows, start=1):
        try:
            times_ns.append(parse_utc(row["utc"]))
            seconds.append(float(row["one_way_s"]))
        except (KeyError, TypeError, ValueError, InputError) as error:
            raise ProfileError(f"{file}: row {number}: {error!r}; the columns are utc and one_way_s") from None
    if len(rows) < 2 or any(b <= a for a, b in itertools.pairwise(times_ns)):
        raise ProfileError(f"{file}: needs at least two rows, their times rising")
    if not all(map(math.isfinite, seconds)):
        raise ProfileError(f"{file}: one_way_s must be finite")
    return tuple(times_ns), tuple(seconds), content
