"""The relay of a demonstration session: the real desk, its work done at once in the same process."""

import functools
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from roverctl.commanding.queue import CommandQueue
from roverctl.core.nouns import Stage, StageChange
from roverctl.core.times import SECOND_NS
from roverctl.ephemeris.sky import Sky
from roverctl.forecast.delays import Delays
from roverctl.mission.contacts import read_contact_text
from roverctl.mission.packets import request_id
from roverctl.mission.profile import Mission
from roverctl.relay.delivery.ground_skyline import GroundSkylines
from roverctl.relay.delivery.tables import LinkTables
from roverctl.session.api.changes import Change, Changes
from roverctl.session.relay_desk import RelayDesk
from roverctl.session.wire import pack, unpack
from roverctl.session.work.bench import Bench
from roverctl.session.work.contact_work import ContactWork
from roverctl.session.work.relay_work import RelayWork
from roverctl.terrain.source import Terrain
from tests.ui import demo_ground

if TYPE_CHECKING:
    from tests.ui.demo_session import DemoSession


class _Ground:
    """The demonstration's ground, as a terrain."""

    label, resolution_m, generated_below_m = "demonstration", 1.0, 0.0

    def elevation(self, x: Any, y: Any, resolution: float) -> Any:
        return np.where(np.hypot(x, y) > 2000.0, -5935.0, demo_ground.elevation_m(x, y, 8.0))


@functools.cache
def _skylines(radius_m: float) -> GroundSkylines:
    """One for all sessions: the first look at this ground takes seconds."""
    return GroundSkylines(cast(Terrain, _Ground()), radius_m)


_SKIES: dict[str, Sky] = {}  # by mission: they take some time to make


class AtOnce:
    """A bench whose work is done when it is asked for, and handed over by ``give``."""

    def __init__(self, mission: Mission) -> None:
        if mission.sha256 not in _SKIES:
            _SKIES[mission.sha256] = Sky(mission)
        sky = _SKIES[mission.sha256]
        self._mission = mission
        contacts = ContactWork(mission, sky, _skylines(mission.body.radius_m))
        ways = RelayWork(mission, sky, Delays(mission, LinkTables(sky), mission.start_ns))
        self._work: dict[str, Any] = {
            "ways": ways.ways, "scene": ways.scene, "skyline": contacts.skyline, "timeline": contacts.timeline,
            "curves": contacts.curves, "contact_plan": self._follow,
        }  # fmt: skip
        self.done: list[tuple[str, dict[str, Any]]] = []
        self.asked: list[str] = []

    def _follow(self, content: dict[str, Any]) -> dict[str, Any]:
        """Over a sky of its own: the others are shared."""
        rules = read_contact_text(content["plan"], self._mission.stations)
        contacts = ContactWork(self._mission, Sky(self._mission, rules), _skylines(self._mission.body.radius_m))
        self._work.update(skyline=contacts.skyline, timeline=contacts.timeline, curves=contacts.curves)
        return {}

    def follow(self, plan: str) -> None:
        self.ask("contact_plan", {"plan": plan})

    def idle(self, kind: str) -> bool:
        return True

    def ask(self, kind: str, content: dict[str, Any]) -> int:
        self.asked.append(kind)
        self.done.append((kind, unpack(pack(self._work[kind](unpack(pack(content)))))))
        return len(self.asked)


class DemoRelay(RelayDesk):
    """What ``RelayDesk`` is, with commands under way: 41 known to have left, 42 being sent."""

    def __init__(self, session: "DemoSession", mission: Mission) -> None:
        self.bench = AtOnce(mission)
        self.commands = CommandQueue(mission.mdb)
        super().__init__(
            mission, cast(Bench, self.bench), session.store, lambda: session.clock, lambda: session.events,
            lambda: self.commands, lambda: (-9.0, -7.0), session.impair, self._no_plan, None,
        )  # fmt: skip
        if session.can_command:
            self._fly(session.clock.now_ns)

    def _fly(self, now_ns: int) -> None:
        for number, (name, ago_s) in enumerate([("PING", 4.2), ("STOP", 1.0)], start=41):
            self.commands._next_id = number
            command = self.commands.apply(self.commands.prepare_add(now_ns, name, {}))
            released_ns = now_ns - round(ago_s * SECOND_NS)
            self.commands.apply(self.commands.prepare_release(released_ns, command.id))
        first = self.commands.commands[0]
        sent_ns = now_ns - SECOND_NS
        self.commands.learn(StageChange(request_id(first.packet), Stage.SENT, sent_ns, sent_ns + SECOND_NS // 20))

    def _no_plan(self, plan: str) -> Changes:
        """As a session does."""
        read_contact_text(plan, self._mission.stations)
        self.plan_changed(plan)
        return {Change.SKY}

    def give(self) -> None:
        """Ask and take in, as a poll does."""
        self.ask()
        while self.bench.done:
            kind, content = self.bench.done.pop(0)
            self.take(kind, "", content)
