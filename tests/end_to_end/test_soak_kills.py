"""Kill engine and window again and again, at random instants and speeds: the world is that of an undisturbed run."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from roverctl.session.opening import resume
from roverctl.session.operation import open_operation
from tests.end_to_end.operating import poll_until
from tests.end_to_end.test_kill_and_resume import ROOT, recorded, uninterrupted

KILLS = 20
RESUMED = """
import sys
from pathlib import Path
from roverctl.session.opening import resume
from tests.end_to_end.operating import poll_until
session = resume(Path(sys.argv[1]))
poll_until(session, lambda: session.known is not None)
session.set_speed(float(sys.argv[2]))
session.play()
print(session._feed.pid, flush=True)
poll_until(session, lambda: False, 600.0)
"""


@pytest.mark.soak
def test_twenty_kills_in_a_row_change_no_byte(tmp_path: Path) -> None:
    rng = random.Random(20190103)
    folder = tmp_path / "operation"
    words = ["-m", "tests.end_to_end.operating", str(folder), "60"]
    for kill in range(KILLS):
        window = subprocess.Popen(
            [sys.executable, *words], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert window.stdout is not None
        engine_pid = int(window.stdout.readline())
        time.sleep(rng.uniform(0.0, 3.0))
        first, second = (engine_pid, window.pid) if rng.random() < 0.5 else (window.pid, engine_pid)
        os.kill(first, signal.SIGKILL)
        try:
            os.kill(second, signal.SIGKILL)
        except ProcessLookupError:
            assert second == engine_pid, "an engine without its window may have ended"
        window.wait()
        operation = open_operation(folder)
        assert len(operation.logs()) == kill + 1
        words = ["-c", RESUMED, str(folder), str(10.0 ** rng.uniform(0.0, 3.5))]
    session = resume(folder)
    try:
        poll_until(session, lambda: session.known is not None)
    finally:
        session.close()
    operation = open_operation(folder)
    packets = recorded(operation)
    assert packets == uninterrupted(operation, packets[-1].reception_ns)[: len(packets)]
    assert len({(p.reception_ns, p.data) for p in packets}) == len(packets)
