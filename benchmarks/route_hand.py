"""From the hand to the line: a goal dragged over a field of 1024², in the planner's process and through the window.

    uv run python benchmarks/route_hand.py

In the process: the way by a place under the hand, on the kept field (budget 1 ms). Through the window's session: from
``follow`` to the line in the plan's state, with the planner in its own process, polled at once (what the machinery
takes) and every 33 ms as the window does; and the strokes of a frame of the map with that line.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from roverctl.mission.profile import load_mission
from roverctl.session.api.draft import Draft, Stop
from roverctl.session.api.outlook import Begin
from roverctl.session.drafting import edits
from roverctl.session.traverse_desk import TraverseDesk
from roverctl.session.wire import pack, unpack
from roverctl.session.work.bench import Bench
from roverctl.session.work.routes.live import RouteWork
from roverctl.terrain.opening import open_terrain
from roverctl.ui.map import route_marks
from roverctl.ui.map.camera import Camera
from roverctl.ui.map.labels import Labels, Words

HERE, GOAL = (-9.0, -7.0), (330.0, 330.0)  # a box of some 1024 cells a side, at half a metre
MOVES = 200
POLL_S = 0.033


def told(name: str, seconds: list[float]) -> None:
    worst = float(np.percentile(seconds, 95))
    print(f"{name:58} median {1e3 * median(seconds):7.2f} ms   95 % {1e3 * worst:7.2f} ms")


def hand(number: int) -> tuple[float, float]:
    """Where the hand is: round the goal."""
    angle = number / 20.0
    return GOAL[0] - 60.0 + 50.0 * np.cos(angle), GOAL[1] - 60.0 + 50.0 * np.sin(angle)


def in_the_process(draft: Draft) -> None:
    mission = load_mission()
    work = RouteWork(mission, open_terrain(mission))
    asked = {"draft": unpack(pack(draft)), "start_m": list(HERE), "begin": None, "now_ns": mission.start_ns}
    begun = time.perf_counter()
    answer = work.plan(asked)
    if "problem" in answer:
        raise SystemExit(answer["problem"])
    print(f"the plan, kernels loaded and ground surveyed: {time.perf_counter() - begun:.2f} s")
    work.hold({**asked, "number": 0, "place_m": list(GOAL)})
    assert work._hold is not None
    box = work._hold.ground_of.ground.box
    print(f"field of {box.width} x {box.height} cells of {box.spacing_m:g} m")
    times, sizes = [], []
    for number in range(MOVES):
        begun = time.perf_counter()
        line = work.follow({"place_m": list(hand(number))})
        times.append(time.perf_counter() - begun)
        sizes.append(len(line["east_m"]))
    if np.count_nonzero(sizes) < 0.5 * MOVES:
        raise SystemExit("no way to most places under the hand: the figure would be that of nothing")
    told(f"in the process (line of {median(sizes):.0f} corners)", times)


def through_the_session(draft: Draft) -> TraverseDesk:
    mission = load_mission()
    bench = Bench(mission.name, (), 1, mission.start_ns)
    begin = Begin(HERE, 0.0, mission.start_ns, 0.8, 290.0, 0.0, mission.start_ns)
    desk = TraverseDesk(bench, mission, lambda: begin, lambda: mission.start_ns, lambda _: set(), None)

    def poll(until: Callable[[], bool], pause_s: float) -> None:
        end = time.perf_counter() + 120.0
        while True:
            for done, content in bench.poll():
                desk.take(done.kind, done.number, done.problem, content)
            desk.poll()
            if until():
                return
            time.sleep(pause_s)
            if time.perf_counter() > end:
                raise SystemExit("the planner does not answer")

    desk.edit(edits.set_goal(desk.state.draft, GOAL))
    poll(lambda: not desk.state.busy, 0.01)
    for pause_s, name in ((0.0005, "polled at once"), (POLL_S, "polled every 33 ms, as the window does")):
        times = []
        for number in range(MOVES if pause_s < POLL_S else 60):
            place = hand(number)
            begun = time.perf_counter()
            desk.follow(0, False, place)
            poll(lambda: desk.state.line is not None and desk.state.line.place_m == place, pause_s)  # noqa: B023
            times.append(time.perf_counter() - begun)
        told(f"hand to line, planner in its process, {name}", times[1:])
    bench.close()
    return desk


def frames(desk: TraverseDesk) -> None:
    application = QApplication.instance() or QApplication([])
    image = QImage(1040, 480, QImage.Format.Format_RGB32)
    camera, words = Camera().sized(1040, 480).centred(160.0, 160.0).showing(800.0), Words()
    times = []
    for _ in range(MOVES):
        begun = time.perf_counter()
        painter = QPainter(image)
        labels = Labels(1040, 480, words)
        route_marks.draw(painter, camera, desk.state, labels, route_marks.Shown())
        route_marks.names(painter, camera, desk.state, labels, route_marks.Shown())
        painter.end()
        times.append(time.perf_counter() - begun)
    told("painting route, line and stops of a frame", times)
    assert application is not None


def main() -> None:
    mission = load_mission()
    draft = Draft(stops=(Stop(GOAL),), max_slope_rad=mission.vehicle.plan_slope_rad)
    print(f"load {Path('/proc/loadavg').read_text().split()[0]}")
    in_the_process(draft)
    frames(through_the_session(draft))


if __name__ == "__main__":
    main()
