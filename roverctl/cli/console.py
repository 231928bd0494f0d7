"""``roverctl console``: the window."""

import argparse
import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from roverctl.cli.ground import add_ground_arguments, layers_of
from roverctl.core.errors import InputError
from roverctl.core.times import check_sky_time, parse_utc
from roverctl.session.api.session import Session
from roverctl.session.opening import begin, replay, resume
from roverctl.session.operation import is_operation
from roverctl.session.work.terrain_check import TerrainCheck


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to open, and how."""
    parser.add_argument("--mission", metavar="NAME|DIR", help="change4 without it; a replay's own")
    add_ground_arguments(parser)
    parser.add_argument("--replay", type=Path, metavar="LOG", help="show a recorded log")
    parser.add_argument("--operation", type=Path, metavar="DIR", help="resume this operation, or begin it there")
    parser.add_argument(
        "--link", default="", metavar="URL", help="a vehicle outside in the simulated one's place: tcp://HOST:PORT, "
        "udp://HOST:PORT?tm=PORT, file:TC_FILE?tm=TM_FILE; see docs/adapters.md",
    )  # fmt: skip
    parser.add_argument("--start", metavar="UTC", help="when a new operation begins")
    parser.add_argument("--warp", type=float, metavar="N", help="speed of time, 1 to 100,000")
    parser.add_argument("--screenshot", type=Path, metavar="PNG", help="render the real window to a file and leave")
    parser.add_argument(
        "--after",
        type=float,
        default=5.0,
        metavar="S",
        help="seconds from the first map and telemetry to the picture (5)",
    )
    parser.add_argument("--size", default="1600x1000", metavar="WxH", help="of the screenshot (1600x1000)")
    parser.add_argument("--theme", choices=("dark", "light"), help="the last one used without it")


def run(arguments: argparse.Namespace) -> int:
    """Open the window and stay until it closes."""
    _check(arguments)
    from roverctl.ui.preflight import missing_system_parts

    screenshot = arguments.screenshot is not None
    missing = missing_system_parts()
    if missing:
        raise InputError(f"the window needs system parts that are not here: apt-get install {' '.join(missing)}")
    if not screenshot and not _has_display():
        raise InputError("no display: start it in a desktop session, or render the window with --screenshot PNG")

    from roverctl.ui.application import run_console

    with tempfile.TemporaryDirectory(prefix="roverctl-") as temporary:
        data_dir = _data_dir(arguments, Path(temporary))
        opener = Opener(data_dir, arguments.mission or "change4")
        going_on = arguments.operation is not None and is_operation(arguments.operation)
        session = _open(arguments, opener)
        if arguments.warp is not None:
            session.set_speed(arguments.warp)
        # A resumed operation stands still until the operator lets it run; a log stands where it ended.
        if not going_on and (arguments.replay is None or arguments.warp is not None):
            session.play()
        light = None if arguments.theme is None else arguments.theme == "light"
        width, height = (int(part) for part in arguments.size.split("x"))
        return run_console(
            session, opener, screenshot=arguments.screenshot, after_s=arguments.after, light=light,
            size=(width, height),
        )  # fmt: skip


class Opener:
    """Gives the window its sessions."""

    def __init__(self, data_dir: Path, mission: str) -> None:
        self.data_dir = data_dir
        self._mission = mission

    def check_terrain(self, dem: Path) -> TerrainCheck:
        """Whether a file is terrain of the mission, found out beside the window."""
        return TerrainCheck(self._mission, [str(dem)])

    def new_operation(self, folder: Path, dem: Path | None) -> Session:
        """Begin an operation at the mission's start."""
        return begin(folder, self._mission, [] if dem is None else [str(dem.absolute())], None)

    def resume(self, folder: Path) -> Session:
        """Go on with an operation."""
        return resume(folder)

    def replay(self, log: Path) -> Session:
        """Show a log."""
        return replay(log, None, (), time.monotonic_ns)


def _check(arguments: argparse.Namespace) -> None:
    """What can be said before anything is opened."""
    if arguments.warp is not None and not 1.0 <= arguments.warp <= 100_000.0:
        raise InputError(f"--warp must lie between 1 and 100000, not {arguments.warp:g}")
    if not 0.0 <= arguments.after <= 3600.0:
        raise InputError(f"--after must lie between 0 and 3600 s, not {arguments.after:g}")
    width, _, height = arguments.size.partition("x")
    if not (width.isdigit() and height.isdigit() and 400 <= int(width) <= 8000 and 300 <= int(height) <= 8000):
        raise InputError(f"--size '{arguments.size}' is not WxH in pixels, such as 1600x1000")
    if arguments.start is not None:
        check_sky_time(parse_utc(arguments.start))
    if arguments.replay is not None and arguments.operation is not None:
        raise InputError("--replay and --operation exclude each other")
    if arguments.link and (arguments.replay is not None or arguments.warp is not None or arguments.start is not None):
        raise InputError("--link runs in real time, from now on: --replay, --warp and --start exclude it")
    if arguments.link and arguments.operation is not None and is_operation(arguments.operation):
        raise InputError(f"{arguments.operation}: is there already, with its own link or none; leave out --link")
    if arguments.screenshot is not None and not arguments.screenshot.absolute().parent.is_dir():
        raise InputError(f"{arguments.screenshot}: there is no folder to write it to")


def _open(arguments: argparse.Namespace, opener: Opener) -> Session:
    layers = layers_of(arguments)
    if arguments.replay is not None:
        return replay(arguments.replay, arguments.mission, layers, time.monotonic_ns)
    if arguments.operation is not None and is_operation(arguments.operation):
        return resume(arguments.operation)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    folder = arguments.operation or opener.data_dir / "operations" / stamp
    start_ns = None if arguments.start is None else parse_utc(arguments.start)
    if arguments.link:
        start_ns = time.time_ns()
    mission = arguments.mission or "change4"
    if layers:
        TerrainCheck(mission, layers).wait()
    return begin(folder, mission, layers, start_ns, arguments.link)


def _data_dir(arguments: argparse.Namespace, temporary: Path) -> Path:
    """The given one; the user's; a passing one for a screenshot, which is not to leave an operation behind."""
    if arguments.data_dir is not None:
        return Path(arguments.data_dir)
    if arguments.screenshot is not None:
        return temporary
    from platformdirs import user_data_path

    return user_data_path("roverctl")


def _has_display() -> bool:
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
