"""An operation under way, for tests that kill it: ``python -m tests.end_to_end.operating FOLDER SPEED``.

Begins an operation, releases a drive, prints the processes' numbers, and goes on until it is killed.
"""

import sys
import time
from pathlib import Path

from roverctl.session.console import ConsoleSession
from roverctl.session.feed import EngineFeed
from roverctl.session.opening import begin

ROUTE = [(-2.0, -9.0), (6.0, -12.0), (14.0, -10.0), (22.0, -12.0)]


def poll_until(session: ConsoleSession, holds: object, seconds: float = 60.0) -> None:
    """Poll as the window does, until ``holds()``."""
    end = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]
        session.poll()
        for message in session.take_messages():
            print(message.text, file=sys.stderr)
        assert time.monotonic() < end, "not in time"
        time.sleep(0.01)


def main(folder: Path, speed: float) -> None:
    """Until killed."""
    session = begin(folder, "change4", (), None)
    feed = session._feed
    assert isinstance(feed, EngineFeed)
    session.set_speed(speed)
    session.play()
    poll_until(session, lambda: session.known is not None)
    session.impair("duplicate", {"probability": 0.3, "leg": "earth"}, 600.0)
    session.add_command("FOLLOW_ROUTE", {"waypoints": list(ROUTE)})
    session.add_command("PING", {})
    session.release([1])
    poll_until(session, lambda: session.commands[0].stages[5].learnt_ns is not None)
    print(feed.pid, flush=True)
    poll_until(session, lambda: False, 600.0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
