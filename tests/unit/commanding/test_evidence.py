"""Stages come from their own evidence, each once, past the wrap-around of frame numbers."""

from hypothesis import given
from hypothesis import strategies as st

from roverctl.commanding.evidence import Evidence
from roverctl.core.nouns import Stage
from roverctl.mission.packets import TmPacket


def _report(subservice: int, body: bytes) -> TmPacket:
    return TmPacket(161, 0, 1, subservice, 500, body)


def test_each_report_fills_its_own_stage_and_no_other() -> None:
    request = (0x18A1C005).to_bytes(4, "big")
    expected = {1: (Stage.ACCEPTED, False), 2: (Stage.ACCEPTED, True), 3: (Stage.STARTED, False),
                4: (Stage.STARTED, True), 5: (Stage.PROGRESS, False), 7: (Stage.COMPLETED, False),
                8: (Stage.COMPLETED, True)}  # fmt: skip
    for subservice in range(256):
        changes = Evidence().verification(_report(subservice, request + b"\x05\x03"), 900)
        if subservice not in expected:
            assert changes is None
            continue
        assert changes is not None
        (change,) = changes
        assert (change.stage, change.failed) == expected[subservice]
        assert (change.request, change.occurred_ns, change.learnt_ns) == (0x18A1C005, 500, 900)
    assert Evidence().verification(_report(1, request[:3]), 900) is None


def test_a_failure_tells_its_reason() -> None:
    known = Evidence().verification(_report(8, bytes(4) + b"\x06\x00"), 1)
    assert known is not None and known[0].detail == "dropped by a STOP"
    unknown = Evidence().verification(_report(8, bytes(4) + b"\xfe"), 1)
    assert unknown is not None and "254" in unknown[0].detail


@given(st.lists(st.integers(1, 60), min_size=5, max_size=30))
def test_clcws_confirm_each_frame_once_in_order_however_many_have_gone(bursts: list[int]) -> None:
    evidence = Evidence()
    sent = 0
    confirmed: list[int] = []
    for burst in bursts:
        for _ in range(burst):
            change = evidence.event("FRAME_RADIATED", {"frame": sent & 0xFF, "request": 1000 + sent}, sent, sent)
            assert change is not None and (change.stage, change.request) == (Stage.SENT, 1000 + sent)
            sent += 1
        # The rover has all but the last two, which are still under way.
        changes = evidence.clcw((sent - 2) & 0xFF, 7, 9)
        assert all(c.stage is Stage.RECEIVED and (c.occurred_ns, c.learnt_ns) == (7, 9) for c in changes)
        confirmed += [c.request for c in changes]
        assert confirmed == [1000 + i for i in range(sent - 2)]
        assert evidence.clcw((sent - 2) & 0xFF, 8, 10) == []


def test_the_relays_report_counts_for_the_frame_it_names() -> None:
    evidence = Evidence()
    assert evidence.event("FRAME_FORWARDED", {"frame": 4}, 1, 2) is None
    evidence.event("FRAME_RADIATED", {"frame": 4, "request": 77}, 1, 2)
    change = evidence.event("FRAME_FORWARDED", {"frame": 4}, 3, 5)
    assert change is not None and (change.request, change.stage, change.occurred_ns) == (77, Stage.AT_RELAY, 3)
    assert evidence.event("FRAME_FORWARDED", {"frame": 4}, 3, 5) is None
    assert evidence.event("MOTION_DONE", {"distance": 4.0}, 3, 5) is None


def test_a_frame_sent_again_is_noted_on_its_stage_unless_it_was_confirmed_meanwhile() -> None:
    evidence = Evidence()
    evidence.event("FRAME_RADIATED", {"frame": 4, "request": 77}, 1, 2)
    again = {"frame": 4.0, "request": 77.0, "transmission": 2.0}
    change = evidence.event("FRAME_RETRANSMITTED", again, 30, 31)
    assert change is not None and (change.stage, change.occurred_ns, change.detail) == (
        Stage.SENT,
        30,
        "transmission 2",
    )
    (received,) = evidence.clcw(5, 40, 41)
    assert (received.request, received.stage) == (77, Stage.RECEIVED)
    assert evidence.event("FRAME_RETRANSMITTED", again, 50, 51) is None
    assert evidence.clcw(5, 60, 61) == []


def test_a_bypass_is_received_by_the_count_of_the_clcw_or_by_the_rovers_answer() -> None:
    evidence = Evidence()
    evidence.event("BYPASS_RADIATED", {"request": 9.0}, 1, 2)
    forwarded = evidence.event("BYPASS_FORWARDED", {"request": 9.0}, 3, 4)
    assert forwarded is not None and (forwarded.stage, forwarded.request) == (Stage.AT_RELAY, 9)
    (change,) = evidence.clcw(1 << 9, 5, 6)
    assert (change.request, change.stage, change.occurred_ns) == (9, Stage.RECEIVED, 5)
    # Two went and one came: which, the count does not say. The rover's answer does.
    evidence.event("BYPASS_RADIATED", {"request": 10.0}, 7, 8)
    evidence.event("BYPASS_RADIATED", {"request": 11.0}, 7, 8)
    assert evidence.clcw(2 << 9, 9, 10) == []
    changes = evidence.verification(_report(1, (11).to_bytes(4, "big")), 12)
    assert changes is not None
    assert [(c.request, c.stage) for c in changes] == [(11, Stage.RECEIVED), (11, Stage.ACCEPTED)]


def test_an_unconfirmed_command_has_failed_until_the_rover_answers_after_all() -> None:
    evidence = Evidence()
    evidence.event("FRAME_RADIATED", {"frame": 4, "request": 77}, 1, 2)
    change = evidence.event("COMMAND_UNCONFIRMED", {"request": 77.0, "reason": 1.0}, 30, 31)
    assert change is not None and change.failed and change.stage is Stage.RECEIVED
    assert change.detail == "unconfirmed: no answer in time"
    changes = evidence.verification(_report(1, (77).to_bytes(4, "big")), 40)
    assert changes is not None
    assert [(c.stage, c.failed) for c in changes] == [(Stage.RECEIVED, False), (Stage.ACCEPTED, False)]
    once = evidence.verification(_report(3, (77).to_bytes(4, "big")), 41)
    assert once is not None and len(once) == 1


def test_a_withdrawn_command_was_not_sent() -> None:
    change = Evidence().event("COMMAND_WITHDRAWN", {"request": 5.0, "reason": 7.0}, 1, 2)
    assert change is not None and change.failed and change.stage is Stage.SENT
    assert change.detail == "not sent: withdrawn by a STOP"
