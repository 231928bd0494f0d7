"""The engine under another contact plan: what waits goes by it, and saving and loading changes no byte."""

import pytest

from roverctl.commanding.queue import CommandQueue
from roverctl.core.errors import ProfileError
from roverctl.core.nouns import Event
from roverctl.core.times import SECOND_NS, format_utc
from roverctl.mission.profile import Mission
from roverctl.session.engine import Engine
from tests.unit.doubles import flat

ALL_OFF_S = 1800


def plan(begin_ns: int, mission: Mission) -> str:
    """Nobody is on the air for half an hour."""
    span = f'from = "{format_utc(begin_ns, 9)}"\nto = "{format_utc(begin_ns + ALL_OFF_S * SECOND_NS, 9)}"\n'
    works = [f'[[contact.maintenance]]\nstation = "{s.name}"\n{span}name = "strike"\n' for s in mission.stations]
    return "[contact]\n" + "".join(works)


def ping(engine: Engine) -> None:
    queue = CommandQueue(engine.mission.mdb)
    command = queue.apply(queue.prepare_add(engine.now_ns, "PING", {}))
    engine.uplink(queue.apply(queue.prepare_release(engine.now_ns, command.id)).packet)


def radiated(events: list[Event]) -> list[int]:
    return [event.generation_ns for event in events if event.name == "FRAME_RADIATED"]


def begun(mission: Mission) -> Engine:
    engine = Engine(mission, flat(mission.site.elevation_m), mission.start_ns, 3)
    engine.advance_to(mission.start_ns + 60 * SECOND_NS)
    return engine


def test_what_is_released_waits_until_the_plan_has_a_station_again(mission: Mission) -> None:
    engine = begun(mission)
    begin_ns = engine.now_ns
    engine.follow(plan(begin_ns, mission))
    ping(engine)
    engine.advance_to(begin_ns + 2 * ALL_OFF_S * SECOND_NS)
    (sent_ns,) = radiated(engine.report().events)
    late_ns = sent_ns - (begin_ns + ALL_OFF_S * SECOND_NS)
    assert 0 < late_ns < 20 * SECOND_NS  # the tables look every ten seconds, and it is 2.2 s long


def test_a_plan_that_gives_contact_back_lets_what_waits_go_at_once(mission: Mission) -> None:
    engine = begun(mission)
    engine.follow(plan(engine.now_ns, mission))
    ping(engine)
    engine.advance_to(engine.now_ns + 100 * SECOND_NS)
    back_ns = engine.now_ns
    engine.follow("[contact]\n")
    engine.advance_to(back_ns + 60 * SECOND_NS)
    (sent_ns,) = radiated(engine.report().events)
    assert sent_ns == back_ns + round(34 * 8 / 125 * 1e9)


def test_an_engine_saved_under_a_plan_goes_on_with_the_same_bytes(mission: Mission) -> None:
    engine = begun(mission)
    engine.follow(plan(engine.now_ns + 300 * SECOND_NS, mission))
    ping(engine)
    engine.advance_to(engine.now_ns + 200 * SECOND_NS)
    other = Engine(mission, flat(mission.site.elevation_m), mission.start_ns, 3)
    other.load(engine.save())
    for one in (engine, other):
        one.advance_to(one.now_ns + 1000 * SECOND_NS)
        ping(one)
        one.advance_to(one.now_ns + 1500 * SECOND_NS)
    assert other.save() == engine.save()


def test_a_plan_that_is_none_changes_nothing(mission: Mission) -> None:
    engine = begun(mission)
    with pytest.raises(ProfileError, match=r"contact plan: contact\.exclude: no station 'Goldstone'"):
        engine.follow('[contact]\nexclude = ["Goldstone"]\n')
    assert engine.impairments == 0
