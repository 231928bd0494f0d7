"""Packets a second through the link model, of processor time: both legs down, queues, chance, CLCWs; and up.

    uv run python benchmarks/link_speed.py [--packets 100000] [--rounds 3]

Light times and contact come from the ephemeris' tables, as in a simulation. The budget is 100,000 telemetry packets a
second, a packet being carried from the rover's transmitter to the console; the exit code is 1 where the best round
misses it. Telemetry with impairments in force and telecommands are told beside it.
"""

import argparse
import sys
import time

from roverctl.core.nouns import RawPacket
from roverctl.core.scheduler import Scheduler
from roverctl.core.times import SECOND_NS
from roverctl.ephemeris.sky import Sky
from roverctl.mission.packets import encode_tc, encode_tm
from roverctl.mission.profile import Mission, load_mission
from roverctl.relay.delivery.tables import LinkTables
from roverctl.relay.impairments import read_impairment
from roverctl.relay.link import Link

BUDGET = 100_000.0
_SPACING_NS = SECOND_NS // 100  # a tenth of the return rate


def carry(mission: Mission, tables: LinkTables, packets: int, impaired: bool) -> float:
    """Packets a second of processor time."""
    scheduler = Scheduler(mission.start_ns)
    arrived: list[RawPacket] = []
    link = Link(mission, tables, scheduler, lambda t_ns, packet: None, arrived.append)
    if impaired:
        for name, argument in (("loss", "probability"), ("duplicate", "probability"), ("reorder", "probability")):
            impairment = read_impairment(name, {argument: 0.1, "leg": "return"}, mission)
            link.impair(impairment, mission.start_ns, 86_400 * SECOND_NS)
    packet = encode_tm(161, 0, 3, 25, mission.start_ns, bytes(80))
    begun = time.process_time()
    for number in range(packets):
        t_ns = mission.start_ns + number * _SPACING_NS
        scheduler.advance_to(t_ns)
        link.downlink(t_ns, packet)
    scheduler.advance_to(scheduler.now_ns + 60 * SECOND_NS)
    took = time.process_time() - begun
    if not impaired and len(arrived) < packets:
        raise RuntimeError(f"{packets} packets went in, {len(arrived)} came out")
    return packets / took


def command(mission: Mission, tables: LinkTables, packets: int) -> float:
    """Telecommands a second of processor time, each framed, acknowledged and reported."""
    scheduler = Scheduler(mission.start_ns)
    taken: list[bytes] = []
    link = Link(mission, tables, scheduler, lambda t_ns, packet: taken.append(packet), lambda packet: None)
    report = encode_tm(161, 0, 1, 1, mission.start_ns, bytes(4))
    begun = time.process_time()
    for number in range(packets):
        link.uplink(encode_tc(161, number, 17, 1, b""))
        scheduler.advance_to(scheduler.now_ns + 3 * SECOND_NS)
        link.downlink(scheduler.now_ns, report)
    scheduler.advance_to(scheduler.now_ns + 60 * SECOND_NS)
    took = time.process_time() - begun
    if len(taken) != packets:
        raise RuntimeError(f"{packets} telecommands went in, {len(taken)} came out")
    return packets / took


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packets", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    mission = load_mission()
    tables = LinkTables(Sky(mission))
    best = 0.0
    for _ in range(arguments.rounds):
        clean = carry(mission, tables, arguments.packets, impaired=False)
        impaired = carry(mission, tables, arguments.packets, impaired=True)
        commands = command(mission, tables, arguments.packets // 100)
        best = max(best, clean)
        print(f"{clean:,.0f} packets a second down, {impaired:,.0f} impaired, {commands:,.0f} telecommands up")
    print(f"best {best:,.0f} packets a second, budget {BUDGET:,.0f}")
    return 0 if best >= BUDGET else 1


if __name__ == "__main__":
    sys.exit(main())
