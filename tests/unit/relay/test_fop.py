"""FOP-1 and FARM-1, row by row: CCSDS 232.1-B-2, tables 5-1 and 6-1. A case is named by its event and state."""

import pytest

from roverctl.mission.packets import encode_tc
from roverctl.relay.delivery.farm import WINDOW, Farm
from roverctl.relay.delivery.fop import (
    AbortRadiation,
    Act,
    Alert,
    CancelTimer,
    Confirm,
    Ended,
    Fop,
    Radiate,
    StartTimer,
    State,
)  # fmt: skip
from roverctl.relay.delivery.frames import UNLOCK, Clcw, Frame, FrameType, set_vr

S1, S2, S3, S4, S5, S6 = State
AD, BD, BC = FrameType


def _fop(state: State, outstanding: int = 3, limit: int = 3, count: int = 1) -> Fop:
    """In a state, with frames 7, 8, ... sent and none acknowledged; S4 to S6 have none."""
    fop = Fop(window=10, limit=limit)
    fop.set_next_number(7)
    fop.begin()
    if state in (S1, S2, S3):
        for i in range(outstanding):
            fop.transfer(b"packet %d" % i)
            fop.radiated(AD)
    elif state is S4:
        fop.terminate()
        fop.begin_with_clcw()
    elif state is S5:
        fop.terminate()
        fop.begin_with_unlock()
        fop.radiated(BC)
    fop.state = state
    fop.count = count
    return fop


def _numbers(acts: list[Act]) -> list[int]:
    return [act.number for act in acts if isinstance(act, Radiate)]


def _alert(acts: list[Act]) -> Alert | None:
    return next((act.alert for act in acts if isinstance(act, Ended)), None)


def _clcw(expected: int, flags: str = "") -> Clcw:
    return Clcw(expected, "R" in flags, "W" in flags, "L" in flags)


# Rows E1 to E14: (row, outstanding frames, CLCW, states -> state after, or the alert that ends the service in S6).
ALL: tuple[State, ...] = (S1, S2, S3)
CLCW_ROWS: list[tuple[str, int, Clcw, dict[State, State | Alert]]] = [
    ("E1", 0, _clcw(7), {S1: S1, S2: Alert.SYNCH, S3: Alert.SYNCH, S4: S1, S5: S1, S6: S6}),
    ("E2", 3, _clcw(10), {S1: S1, S2: S1, S3: S1}),
    ("E3", 0, _clcw(7, "W"), {S1: Alert.CLCW, S2: Alert.CLCW, S3: Alert.CLCW, S4: Alert.CLCW, S5: Alert.CLCW, S6: S6}),
    ("E4", 0, _clcw(7, "R"), {S1: Alert.SYNCH, S2: Alert.SYNCH, S3: Alert.SYNCH, S4: Alert.SYNCH, S5: S5, S6: S6}),
    ("E5", 3, _clcw(7), {S1: S1, S2: Alert.SYNCH, S3: Alert.SYNCH}),
    ("E6", 3, _clcw(9), {S1: S1, S2: S1, S3: S1}),
    ("E7", 3, _clcw(8, "W"), dict.fromkeys(ALL, Alert.CLCW)),
    ("E8", 3, _clcw(8, "R"), dict.fromkeys(ALL, S2)),
    ("E9", 3, _clcw(8, "RW"), dict.fromkeys(ALL, S3)),
    ("E10", 3, _clcw(7, "R"), {S1: S2, S2: S2, S3: S2}),
    ("E11", 3, _clcw(7, "RW"), dict.fromkeys(ALL, S3)),
    ("E13 behind", 3, _clcw(6), dict.fromkeys(ALL, Alert.NNR)),
    ("E13 ahead", 3, _clcw(11), dict.fromkeys(ALL, Alert.NNR)),
    ("E13", 0, _clcw(9), {S4: Alert.NNR, S5: S5, S6: S6}),
    ("E14", 3, _clcw(8, "L"), dict.fromkeys(ALL, Alert.LOCKOUT)),
    ("E14", 0, _clcw(7, "L"), {S4: Alert.LOCKOUT, S5: S5, S6: S6}),
]
CLCW_CASES = [
    pytest.param(outstanding, clcw, state, after, id=f"{row} in S{state}")
    for row, outstanding, clcw, states in CLCW_ROWS
    for state, after in states.items()
]


@pytest.mark.parametrize(("outstanding", "clcw", "state", "after"), CLCW_CASES)
def test_a_clcw_leads_to_the_state_of_the_table(
    outstanding: int, clcw: Clcw, state: State, after: State | Alert
) -> None:
    fop = _fop(state, outstanding)
    acts = fop.clcw(clcw)
    if isinstance(after, Alert):
        assert fop.state is S6 and _alert(acts) is after
        assert CancelTimer() in acts and not fop.sent
    else:
        assert fop.state is after and _alert(acts) is None


def test_e2_acknowledges_all_and_stops_the_timer() -> None:
    fop = _fop(S1)
    acts = fop.clcw(_clcw(10))
    assert acts == [CancelTimer()] and not fop.sent and fop.outstanding == 0


def test_e6_acknowledges_some_and_lets_a_waiting_packet_go() -> None:
    fop = _fop(S1, outstanding=10)
    assert fop.transfer(b"eleventh") == [] and fop.waiting == b"eleventh", "the window is full"
    assert not fop.can_take, "E20"
    acts = fop.clcw(_clcw(9))
    assert [frame[0] for frame in fop.sent] == [*range(9, 17), 17]
    assert acts == [Radiate(AD, 17, b"eleventh", 1), StartTimer()] and fop.can_take


def test_e8_sends_again_what_was_not_acknowledged_in_order_and_counts() -> None:
    fop = _fop(S1)
    acts = fop.clcw(_clcw(8, "R"))
    acts += fop.radiated(AD) + fop.radiated(AD)
    assert _numbers(acts) == [8, 9] and fop.count == 2
    assert [act.transmission for act in acts if isinstance(act, Radiate)] == [2, 2]
    assert AbortRadiation() in acts


def test_e10_sends_again_once_and_not_for_every_clcw_that_still_asks() -> None:
    fop = _fop(S1)
    acts = fop.clcw(_clcw(7, "R"))
    assert _numbers(acts) == [7]
    assert fop.clcw(_clcw(7, "R")) == [], "E10 in S2"


@pytest.mark.parametrize("state", ALL)
def test_e12_and_e103_at_the_limit_nothing_is_sent(state: State) -> None:
    fop = _fop(state, count=3)
    assert fop.clcw(_clcw(7, "R")) == [] and fop.state is S2
    assert fop.clcw(_clcw(7, "RW")) == [] and fop.state is S3


@pytest.mark.parametrize("state", ALL)
def test_e101_and_e102_a_limit_of_one_allows_no_second_transmission(state: State) -> None:
    some = _fop(state, limit=1)
    (*_, end) = some.clcw(_clcw(8, "R"))
    assert end == Ended(Alert.LIMIT, (b"packet 1", b"packet 2")), "E101: the first was acknowledged"
    none = _fop(state, limit=1)
    (*_, end) = none.clcw(_clcw(7, "R"))
    assert isinstance(end, Ended) and len(end.unconfirmed) == 3, "E102"


@pytest.mark.parametrize(
    ("state", "after", "sent"),
    [
        pytest.param(S1, S1, [7], id="E16 in S1"), pytest.param(S2, S2, [7], id="E16 in S2"),
        pytest.param(S3, S3, [], id="E16 in S3"), pytest.param(S4, S6, [], id="E16 in S4"),
        pytest.param(S5, S5, [0], id="E16 in S5"), pytest.param(S6, S6, [], id="E16 in S6"),
    ],
)  # fmt: skip
def test_e16_the_timer_below_the_limit(state: State, after: State, sent: list[int]) -> None:
    fop = _fop(state)
    acts = fop.timer_expired()
    assert fop.state is after and _numbers(acts) == sent
    assert (_alert(acts) is Alert.T1) == (state is S4)


@pytest.mark.parametrize("state", [S1, S2, S3, S4, S5])
def test_e17_the_timer_at_the_limit_ends_the_service(state: State) -> None:
    fop = _fop(state, count=3)
    assert _alert(fop.timer_expired()) is Alert.T1 and fop.state is S6


@pytest.mark.parametrize("state", list(State))
def test_e19_and_e20_a_packet_is_taken_in_s1_to_s3_one_at_a_time(state: State) -> None:
    fop = _fop(state)
    assert fop.can_take == (state in ALL)
    if state is S3:
        assert fop.transfer(b"x") == [] and fop.waiting == b"x"
    elif state in ALL:
        assert fop.transfer(b"x") == [Radiate(AD, 10, b"x", 1), StartTimer()]
        fop.transfer(b"y")
        assert not fop.can_take


@pytest.mark.parametrize("state", list(State))
def test_e21_a_bypass_goes_in_every_state_and_changes_none(state: State) -> None:
    fop = _fop(state)
    before = fop.save()
    assert fop.transfer_bypass(b"stop") == [Radiate(BD, 0, b"stop", 1)] and fop.save() == before


def test_e23_to_e27_the_service_begins() -> None:
    fop = Fop(window=10, limit=3)
    assert fop.begin() == [Confirm()] and fop.state is S1, "E23"
    fop = Fop(window=10, limit=3)
    assert fop.begin_with_clcw() == [StartTimer()] and fop.state is S4, "E24"
    assert Confirm() in fop.clcw(_clcw(0)) and fop.state is S1, "E1 in S4"
    fop = Fop(window=10, limit=3)
    assert Radiate(BC, 0, UNLOCK, 1) in fop.begin_with_unlock() and fop.state is S5, "E25"
    fop = Fop(window=10, limit=3)
    assert Radiate(BC, 0, set_vr(200), 1) in fop.begin_with_set_vr(200) and fop.state is S5, "E27"
    fop.radiated(BC)
    assert fop.clcw(_clcw(0)) == [], "the far end is not there yet"
    assert fop.clcw(_clcw(200)) == [CancelTimer(), Confirm()] and fop.state is S1, "E1 in S5"
    assert _numbers(fop.transfer(b"x")) == [200]


@pytest.mark.parametrize("state", [S1, S2, S3, S4, S5])
def test_e29_ending_the_service_tells_what_is_unconfirmed(state: State) -> None:
    fop = _fop(state)
    (*_, end) = fop.terminate()
    assert isinstance(end, Ended) and end.alert is Alert.TERM and fop.state is S6
    assert len(end.unconfirmed) == (3 if state in ALL else 0)


def test_e41_the_next_goes_when_the_station_is_free_in_s1_and_s2_but_not_in_s3() -> None:
    for state, sent in ((S1, [10]), (S2, [10]), (S3, [])):
        fop = _fop(state)
        fop.out_ready[AD] = False
        fop.waiting = b"x"
        assert _numbers(fop.radiated(AD)) == sent


def test_saved_and_loaded_it_goes_on_as_before() -> None:
    fop = _fop(S1, outstanding=10)
    fop.transfer(b"waits")
    fop.clcw(_clcw(9, "R"))
    other = Fop(window=10, limit=3)
    other.load(fop.save())
    for machine in (fop, other):
        machine.acts = machine.radiated(AD) + machine.timer_expired() + machine.clcw(_clcw(13))  # type: ignore[attr-defined]
    assert fop.acts == other.acts and fop.save() == other.save()  # type: ignore[attr-defined]


# FARM-1, table 6-1


def _data(number: int, count: int | None = None) -> Frame:
    return Frame(number & 0xFF, encode_tc(161, number if count is None else count, 17, 1, b""))


def _locked() -> Farm:
    farm = Farm()
    farm.take(_data(WINDOW))
    assert farm.lockout
    return farm


def test_e1_frames_are_taken_in_order_once_past_256() -> None:
    farm = Farm()
    for number in range(600):
        assert farm.take(_data(number)) is not None
        assert farm.take(_data(number)) is None, "E4: a duplicate"
        assert not farm.retransmit, "which asks for nothing"
        assert farm.expected == (number + 1) & 0xFF


def test_e3_a_gap_asks_for_retransmission_until_it_is_filled() -> None:
    farm = Farm()
    assert farm.take(_data(0)) is not None
    assert farm.take(_data(2)) is None and farm.retransmit and farm.expected == 1
    assert farm.take(_data(0)) is None and farm.retransmit
    assert farm.take(_data(1)) is not None and not farm.retransmit
    assert farm.take(_data(2)) is not None


def test_e3_e4_and_e5_meet_at_the_edges_of_the_windows() -> None:
    for number in range(256):
        farm = Farm()
        farm.take(_data(number))
        ahead, behind = 0 < number < WINDOW, number >= 256 - WINDOW
        assert farm.retransmit == ahead, f"E3 at {number}"
        assert farm.lockout == (number != 0 and not ahead and not behind), f"E5 at {number}"


def test_e6_a_bypass_is_taken_in_every_state_and_counted_modulo_four() -> None:
    for farm in (Farm(), _locked()):
        for i in range(6):
            assert farm.take(Frame(0, encode_tc(161, i, 8, 1, b"\x03"), BD)) is not None
            assert farm.report().bypassed == (i + 1) % 4


def test_in_lockout_nothing_in_sequence_is_taken_until_e7_unlocks() -> None:
    farm = _locked()
    for number in (0, 5, 200):
        assert farm.take(_data(number)) is None and farm.report() == Clcw(0, False, False, True, farm.bypassed)
    farm.take(Frame(0, set_vr(9), BC))
    assert farm.expected == 0 and farm.lockout, "E8 in S3 is refused"
    farm.take(Frame(0, UNLOCK, BC))
    assert not farm.lockout and farm.take(_data(0)) is not None


def test_e8_sets_the_number_expected_and_ends_a_request_for_retransmission() -> None:
    farm = Farm()
    farm.take(_data(3))
    assert farm.retransmit
    farm.take(Frame(0, set_vr(250), BC))
    assert farm.expected == 250 and not farm.retransmit


def test_an_invalid_control_command_changes_nothing() -> None:
    farm = _locked()
    before = farm.save()
    for content in (b"", b"\x01", b"\x82\x01\x05", b"\x82\x00"):
        assert farm.take(Frame(0, content, BC)) is None and farm.save() == before


def test_a_packet_that_a_late_control_frame_lets_through_again_is_no_news() -> None:
    farm = Farm()
    assert farm.take(_data(0)) is not None and farm.take(_data(1)) is not None
    farm.take(Frame(0, set_vr(0), BC))
    assert farm.take(_data(0)) is None and farm.take(_data(1)) is None
    assert farm.take(_data(2)) is not None
