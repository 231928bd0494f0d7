"""Work for the window that needs kernels, rasters or the ephemeris, done in a process beside it: the map, the look
ahead, routes. The window's process imports none of these.
"""

import threading
from collections.abc import Callable
from dataclasses import asdict, replace
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

from roverctl.core.errors import EngineError, RoverctlError
from roverctl.core.nouns import Stage
from roverctl.core.times import SECOND_NS
from roverctl.ephemeris.sky import Sky
from roverctl.forecast.outlook import Forecaster, InFlight, Queued
from roverctl.mission.contacts import read_contact_text
from roverctl.mission.profile import Mission, load_mission
from roverctl.relay.delivery.frames import cltu_length
from roverctl.relay.delivery.timing import Parts, serialisation_ns
from roverctl.session.wire import Close, Done, Failed, Job, pack, receive_down, send, unpack
from roverctl.session.work.contact_work import ContactWork
from roverctl.session.work.map_work import MapWork
from roverctl.session.work.relay_work import RelayWork
from roverctl.session.work.routes.day import DayWork
from roverctl.session.work.routes.live import RouteWork
from roverctl.session.work.routes.studies import StudyWork
from roverctl.session.work.routes.tracks import TrackWork
from roverctl.terrain.opening import open_terrain


def workshop_main(connection: Connection, mission: str, layers: tuple[str, ...], seed: int, origin_ns: int) -> None:
    """What the process runs until the window closes."""
    try:
        shop = _Workshop(load_mission(mission), layers, seed, origin_ns)
    except RoverctlError as error:
        send(connection, Failed(str(error)))
        return
    # A tile is more than a pipe holds: without a thread to send it, work would stand still until the window reads.
    outbox: SimpleQueue[Done | None] = SimpleQueue()
    sender = threading.Thread(target=_send_all, args=(connection, outbox), name="outbox", daemon=True)
    sender.start()
    try:
        while True:
            message = receive_down(connection)
            if isinstance(message, Close):
                break
            if isinstance(message, Job):
                outbox.put(shop.do(message))
    except (EngineError, EOFError, ConnectionError):
        pass  # the window is gone
    outbox.put(None)
    sender.join()


def _send_all(connection: Connection, outbox: SimpleQueue[Done | None]) -> None:
    """Send what is put out, in order, until None or until the window is gone."""
    while (done := outbox.get()) is not None:
        try:
            send(connection, done)
        except EngineError:
            return


class _Workshop:
    """Terrain and sky, opened once, and what is made of them."""

    def __init__(self, mission: Mission, layers: tuple[str, ...], seed: int, origin_ns: int) -> None:
        self._mission = mission
        self._layers, self._seed, self._origin_ns = layers, seed, origin_ns
        self._sky = Sky(mission)
        self._jobs: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {}
        self._open()

    def _open(self) -> None:
        self._terrain = open_terrain(self._mission, self._layers, seed=self._seed)
        self._forecaster = Forecaster(self._mission, self._terrain, self._sky, self._origin_ns)
        work = MapWork(self._mission, self._terrain, self._sky)
        relay = RelayWork(self._mission, self._sky, self._forecaster.delays)
        self._contacts = contacts = ContactWork(self._mission, self._sky, self._forecaster.skylines)
        self._jobs |= {
            "reopen": self._reopen,
            "about": work.about,
            "tile": work.tile,
            "source": work.source,
            "measure": work.measure,
            "export": work.export,
            "look": self._look,
            "passes": contacts.passes,
            "ways": relay.ways,
            "scene": relay.scene,
            "skyline": contacts.skyline,
            "timeline": contacts.timeline,
            "contact_plan": self._follow,
            "curves": contacts.curves,
        }
        self._plan_by(self._mission)

    def _plan_by(self, mission: Mission) -> None:
        """Routes, studies and checks are of this mission, with its contact rules."""
        routes, studies = RouteWork(mission, self._terrain), StudyWork(mission, self._terrain)
        days = DayWork(mission, self._terrain)
        self._jobs |= {
            "warm": routes.warm,
            "plan": routes.plan,
            "hold": routes.hold,
            "follow": routes.follow,
            "alternatives": studies.alternatives,
            "sweep": studies.sweep,
            "chances": studies.chances,
            "reach": studies.reach,
            "tracks": TrackWork(mission, self._terrain).tracks,
            "day": days.day,
            "order": days.order,
        }

    def do(self, job: Job) -> Done:
        """One job; what is wrong with its input comes back as its problem."""
        try:
            return Done(job.number, job.kind, pack(self._jobs[job.kind](unpack(job.content))))
        except RoverctlError as error:
            return Done(job.number, job.kind, b"", str(error))

    def _reopen(self, _: dict[str, Any]) -> dict[str, Any]:
        """Open the ground again: there are overviews of it now."""
        self._open()
        return {}

    def _follow(self, content: dict[str, Any]) -> dict[str, Any]:
        """The stations take turns by another plan from now on."""
        rules = read_contact_text(content["plan"], self._mission.stations)
        self._forecaster.delays.follow(rules)
        self._contacts.follow(rules)
        self._mission = replace(self._mission, contact=rules)
        self._plan_by(self._mission)
        return {}

    def _look(self, content: dict[str, Any]) -> dict[str, Any]:
        now_ns: int = content["now_ns"]
        commands = [
            InFlight(
                c["id"], c["name"], _arguments(c["arguments"]), c["length"], c["released_ns"],
                {Stage(s): (o, n) for s, o, n in c["learnt"]},
                None if c["start_m"] is None else (c["start_m"][0], c["start_m"][1]),
            )
            for c in content["commands"]
        ]  # fmt: skip
        result: dict[str, Any] = {}
        if content["values"] is not None:
            known = now_ns, content["known_ns"], content["values"], commands
            if content["queued"] is not None:
                queued = [Queued(name, _arguments(given), *rest) for name, given, *rest in content["queued"]]
                result["after"] = asdict(self._forecaster.after(*known, queued))
            outlook = self._forecaster.look_ahead(*known)  # the last: it leaves the rover where it is now
            pose = outlook.pose
            result["forecast"] = {
                "made_ns": outlook.made_ns,
                "known_ns": outlook.known_ns,
                "pose": [pose.t_ns, pose.east_m, pose.north_m, pose.heading_rad, list(pose.covariance_m2)],
                "path_ns": outlook.path_ns,
                "path_m": outlook.path_m,
                "times_ns": outlook.times_ns,
                "series": outlook.series,
                "stop_arrival_ns": outlook.stop_arrival_ns,
                "stop_waits_ns": outlook.stop_waits_ns,
                "stop_distance_m": outlook.stop_distance_m,
            }
            result["stages"] = [
                [command, [[int(stage), t_ns] for stage, t_ns in stages.items()]]
                for command, stages in outlook.stages.items()
            ]
        # Of the rover where it is taken to be now.
        result["sky"] = self._sky_now(now_ns, content["send_what"], content["send_length"])
        return result

    def _sky_now(self, now_ns: int, what: str, length: int) -> dict[str, Any]:
        """Delay, contact and Sun; through the station that has the relay highest where none has contact."""
        geometry = self._sky.geometry(now_ns)
        light = self._sky.light_times(now_ns)
        best = self._forecaster.delays.station_at(now_ns)
        station = best if best >= 0 else int(geometry.station_elevation_rad[:, 0].argmax())
        link = self._mission.link
        send_s = serialisation_ns(cltu_length(length), link.forward_rate_bit_s) / SECOND_NS
        up_s, down_s = float(light.up_s[station, 0]), float(light.down_s[station, 0])
        if link.delay is not None:  # set by hand
            up_s = down_s = self._forecaster.delays.near_ns(station, now_ns) / SECOND_NS
        delays = self._forecaster.delays
        down = delays.down(now_ns, delays.housekeeping_b) or Parts()
        processing_s = link.ground_time_s + link.relay_time_s
        return {
            "t_ns": now_ns,
            "station": self._mission.stations[best].name if best >= 0 else "",
            "owlt_up_s": up_s,
            "owlt_down_s": down_s,
            "send_s": send_s,
            "send_what": what,
            "delay_up_s": up_s + send_s + processing_s + link.rover_time_s,
            "delay_down_s": down.total_ns / SECOND_NS,
            "down_wait_s": down.contact_ns / SECOND_NS,
            "sun_elevation_rad": float(geometry.sun_elevation_rad[0]),
            "sun_azimuth_rad": float(geometry.sun_azimuth_rad[0]),
            "earth_moon_m": float(geometry.earth_moon_m[0]),
            "relay_rover_m": float(geometry.relay_rover_m[0]),
            "place_known": bool(geometry.covered[0]),
            "warning": self._sky.warning(now_ns),
        }


def _arguments(arguments: dict[str, Any]) -> dict[str, Any]:
    return {key: [tuple(p) for p in value] if isinstance(value, list) else value for key, value in arguments.items()}
