"""Another contact plan reaches routes, studies and checks: in every process, and what is shown is asked for anew."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from roverctl.core.times import SECOND_NS, format_utc
from roverctl.mission.profile import Mission
from roverctl.session.api.draft import Draft, Stop
from roverctl.session.drafting import edits
from roverctl.session.wire import Done, Job, pack, unpack
from roverctl.session.work import bench as benches
from roverctl.session.work.workshop import _Workshop
from tests.unit.session.test_traverse_desk import EVENING, GOAL, Desk


def strike(mission: Mission) -> str:
    """Nobody is on the air from the departure on, for two days."""
    end = format_utc(EVENING + 2 * 86_400 * SECOND_NS, 0)
    span = f'from = "{format_utc(EVENING, 0)}"\nto = "{end}"\nname = "strike"\n'
    return "[contact]\n" + "".join(f'[[contact.maintenance]]\nstation = "{s.name}"\n{span}' for s in mission.stations)


def ask(shop: _Workshop, kind: str, content: dict[str, Any]) -> dict[str, Any]:
    done = shop.do(Job(1, kind, pack(content)))
    assert not done.problem, done.problem
    answer: dict[str, Any] = unpack(done.content)
    return answer


def test_routes_sweeps_and_checks_go_by_the_plan_in_force(mission: Mission, tmp_path: Path) -> None:
    shop = _Workshop(mission, (), 1, mission.start_ns)
    begin = mission.start_state
    here = begin.east_m, begin.north_m
    goal = here[0] + 12.0, here[1]
    draft = Draft(max_slope_rad=0.3, stops=(Stop(goal),), depart_ns=EVENING)
    line = tmp_path / "line.csv"
    line.write_text(f"east,north\n{here[0]},{here[1]}\n{goal[0]},{goal[1]}\n")
    asked = {"draft": draft, "start_m": here, "begin": None, "now_ns": EVENING}
    route, sweep = asked, {**asked, "from_ns": EVENING}
    tracks = {"file": str(line), "draft": replace(draft, need_contact=True)}

    def gaps() -> tuple[float, float, list[str]]:
        planned = ask(shop, "plan", route)
        row = ask(shop, "tracks", tracks)["rows"][0]
        return (
            planned["view"]["times"]["contact_gap_s"],
            ask(shop, "sweep", sweep)["departures"][0]["contact_gap_s"],
            [row.get("problem", "")] + [v[1] for v in row.get("violations", []) if "not finished in time" in v[1]],
        )

    route_gap_s, sweep_gap_s, told = gaps()
    assert route_gap_s == sweep_gap_s == 0.0 and told == [""]
    ask(shop, "contact_plan", {"plan": strike(mission)})
    route_gap_s, sweep_gap_s, told = gaps()
    assert route_gap_s > 120.0 and sweep_gap_s > 120.0 and len(told) == 2
    ask(shop, "contact_plan", {"plan": "[contact]\n"})
    assert gaps()[0] == 0.0


class _Told:
    """In place of a worker."""

    def __init__(self, name: str, target: str, *arguments: Any) -> None:
        self.jobs: list[Job] = []

    def send(self, message: Any) -> None:
        self.jobs.append(message)

    def receive(self) -> list[Done]:
        return []

    def kill(self) -> None:
        pass


def test_every_process_is_told_before_its_next_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benches, "Worker", _Told)
    bench = benches.Bench("change4", (), 1, 0)
    bench.ask_aside("route", "warm", {})
    bench.follow("[contact]\n")
    bench.ask_aside("route", "plan", {})
    bench.ask_aside("study", "sweep", {})
    bench.give_up("route")
    bench.ask_aside("route", "plan", {})
    told = {name: [job.kind for job in process.worker.jobs] for name, process in bench._patient.items()}  # type: ignore[attr-defined]
    assert told == {"study": ["contact_plan", "sweep"], "route": ["contact_plan", "plan"]}


def test_what_is_shown_over_time_is_planned_anew(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.do(edits.set_goal, GOAL)
    desk.do(edits.set_departure, EVENING)
    desk.traverse.compare()
    desk.traverse.look_at_day(True)
    desk.bench.work(desk.traverse)
    state = desk.traverse.state
    assert state.current and state.studies.alternatives and state.day.current
    desk.traverse.contacts_changed()
    state = desk.traverse.state
    assert state.route is not None and not state.current and state.busy
    assert not state.studies.alternatives and not state.day.current and state.day.busy
    assert desk.bench.kinds == ["plan", "day"]
    desk.bench.work(desk.traverse)
    state = desk.traverse.state
    assert state.current and not state.busy and state.day.current


def test_a_route_without_a_departure_stays(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.do(edits.set_goal, GOAL)
    desk.bench.work(desk.traverse)
    desk.traverse.contacts_changed()
    assert desk.traverse.state.current and desk.bench.kinds == []
