"""Our end of the sequence-controlled service: FOP-1 of COP-1 (CCSDS 232.1-B-2, section 5).

States, events and actions are those of table 5-1; a method's comment or docstring names the event. The machine asks
for things by returning ``Act``s, in order: radiate a frame, start or cancel the timer, tell somebody. Not needed here,
and so left out: suspension and its E18, E104 and E30 to E34 (the Timeout_Type is always 0), E22, E26 and E28 (the
station queues type-B frames), E42, E44 and E46 (it refuses nothing), E15 (a CLCW that was received can be read), E36 to
E40 (window and limits are set from the modelled round trip).
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from roverctl.relay.delivery.frames import UNLOCK, Clcw, FrameType, set_vr


class State(IntEnum):
    """The states of FOP-1."""

    ACTIVE = 1
    RETRANSMIT = 2  # without wait
    RETRANSMIT_WAIT = 3
    INITIALISING = 4  # waits for a CLCW
    INITIALISING_BC = 5  # waits for the effect of a control frame
    INITIAL = 6


class Alert(IntEnum):
    """Why the service ended (232.1-B-2, 4.3.2); the numbers are those of the MDB's ``COP_ALERT``."""

    LIMIT = 0
    T1 = 1
    LOCKOUT = 2
    SYNCH = 3
    NNR = 4
    CLCW = 5
    TERM = 6


@dataclass(frozen=True, slots=True)
class Radiate:
    """Pass a frame to the station; ``transmission`` counts from 1."""

    kind: FrameType
    number: int
    content: bytes
    transmission: int


@dataclass(frozen=True, slots=True)
class AbortRadiation:
    """The station gives up a sequenced frame that it has not begun to radiate."""


@dataclass(frozen=True, slots=True)
class StartTimer:
    """T1 runs from now; what ran before is void."""


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """T1 is void."""


@dataclass(frozen=True, slots=True)
class Confirm:
    """The service has begun."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The service has ended; these packets may or may not have been taken."""

    alert: Alert
    unconfirmed: tuple[bytes, ...]


Act = Radiate | AbortRadiation | StartTimer | CancelTimer | Confirm | Ended


class Fop:
    """The machine. ``window`` is K, ``limit`` the Transmission_Limit; the Timeout_Type is 0 (alert)."""

    def __init__(self, window: int, limit: int) -> None:
        self.window, self.limit = window, limit
        self.state = State.INITIAL
        self.next_number = 0  # V(S)
        self.expected = 0  # NN(R)
        self.count = 1  # Transmission_Count
        self.out_ready = {FrameType.AD: True, FrameType.BC: True}
        self.waiting: bytes | None = None  # Wait_Queue
        self.sent: list[list[Any]] = []  # Sent_Queue: [number, packet, to be retransmitted, transmissions]
        self.control = b""  # the control frame on the Sent_Queue
        self.control_due = False  # it is to be (re)transmitted
        self._acts: list[Act] = []

    @property
    def can_take(self) -> bool:
        """Whether a packet would be accepted: E19, where E20 and the initialising states reject."""
        return self.state <= State.RETRANSMIT_WAIT and self.waiting is None

    @property
    def outstanding(self) -> int:
        """Frames sent and not acknowledged."""
        return (self.next_number - self.expected) & 0xFF

    # Requests

    def transfer(self, packet: bytes) -> list[Act]:
        """E19: a packet to go in sequence. Only while ``can_take``."""
        self.waiting = packet
        if self.state is not State.RETRANSMIT_WAIT:
            self._look_for_packet()
        return self._take_acts()

    def transfer_bypass(self, packet: bytes) -> list[Act]:
        """E21: a packet to go at once, in whatever state."""
        return [Radiate(FrameType.BD, 0, packet, 1)]

    def begin(self) -> list[Act]:
        """E23: begin the service without a check."""
        self._initialise()
        self.state = State.ACTIVE
        self._acts.append(Confirm())
        return self._take_acts()

    def begin_with_clcw(self) -> list[Act]:
        """E24: begin when a CLCW shows what is expected."""
        self._initialise()
        self._acts.append(StartTimer())
        self.state = State.INITIALISING
        return self._take_acts()

    def begin_with_unlock(self) -> list[Act]:
        """E25: unlock the far end and begin."""
        self._initialise()
        self._transmit_control(UNLOCK)
        return self._take_acts()

    def begin_with_set_vr(self, number: int) -> list[Act]:
        """E27: both ends go on from a number."""
        self._initialise()
        self.next_number = self.expected = number & 0xFF
        self._transmit_control(set_vr(number))
        return self._take_acts()

    def terminate(self) -> list[Act]:
        """E29: end the service."""
        if self.state is not State.INITIAL:
            self._alert(Alert.TERM)
        return self._take_acts()

    def set_next_number(self, number: int) -> None:
        """E35: in the initial state, the number to go on from."""
        self.next_number = self.expected = number & 0xFF

    # The station's answers

    def radiated(self, kind: FrameType) -> list[Act]:
        """E41, E43: the station can take another frame of that kind."""
        self.out_ready[kind] = True
        if kind is FrameType.AD and self.state in (State.ACTIVE, State.RETRANSMIT):
            self._look_for_packet()
        elif kind is FrameType.BC and self.state is State.INITIALISING_BC:
            self._look_for_control()
        return self._take_acts()

    # What comes back

    def clcw(self, word: Clcw) -> list[Act]:
        """E1 to E15: a CLCW has arrived."""
        if self.state is State.INITIAL:
            return []
        if self.state is State.INITIALISING_BC:
            self._clcw_while_initialising(word)
        elif word.lockout:
            self._alert(Alert.LOCKOUT)  # E14
        elif (word.expected - self.expected) & 0xFF > self.outstanding:
            self._alert(Alert.NNR)  # E13
        elif word.expected == self.next_number:
            self._all_acknowledged(word)
        elif self.state is State.INITIALISING:
            self._alert(Alert.NNR)  # frames of an earlier service are missing there
        else:
            self._some_outstanding(word)
        return self._take_acts()

    def _clcw_while_initialising(self, word: Clcw) -> None:
        if word.lockout or word.retransmit or word.expected != self.next_number:
            return  # E4, E13, E14: the control frame has not got there yet
        if word.wait:
            self._alert(Alert.CLCW)  # E3
            return
        self.control = b""
        self._confirmed()  # E1

    def _confirmed(self) -> None:
        self.state = State.ACTIVE
        self._acts += [CancelTimer(), Confirm()]

    def _all_acknowledged(self, word: Clcw) -> None:
        """N(R) = V(S)."""
        news = word.expected != self.expected
        if word.retransmit:
            self._alert(Alert.SYNCH)  # E4
        elif word.wait:
            self._alert(Alert.CLCW)  # E3
        elif news:  # E2
            self._acknowledge(word.expected)
            self._acts.append(CancelTimer())
            self.state = State.ACTIVE
            self._look_for_packet()
        elif self.state is State.INITIALISING:  # E1
            self._confirmed()
        elif self.state is not State.ACTIVE:  # E1
            self._alert(Alert.SYNCH)

    def _some_outstanding(self, word: Clcw) -> None:
        """V(S) > N(R) >= NN(R)."""
        news = word.expected != self.expected
        if not word.retransmit:
            if word.wait:
                self._alert(Alert.CLCW)  # E7
            elif news:  # E6
                self._acknowledge(word.expected)
                self.state = State.ACTIVE
                self._look_for_packet()
            elif self.state is not State.ACTIVE:  # E5
                self._alert(Alert.SYNCH)
            return
        if news:
            self._acknowledge(word.expected)
        if self.limit == 1:
            self._alert(Alert.LIMIT)  # E101, E102
        elif word.wait:
            self.state = State.RETRANSMIT_WAIT  # E9, E11, E103
        elif news or (self.count < self.limit and self.state is not State.RETRANSMIT):  # E8, E10
            self._retransmit()
            self.state = State.RETRANSMIT
            self._look_for_packet()
        else:  # E10 in S2, E12: what was asked for is on its way, or the timer decides
            self.state = State.RETRANSMIT

    def timer_expired(self) -> list[Act]:
        """E16, E17: T1 has run out."""
        if self.state is State.INITIAL:
            return []
        if self.state is State.INITIALISING or self.count >= self.limit:
            self._alert(Alert.T1)  # E17; E16 in S4
        elif self.state is State.INITIALISING_BC:
            self._acts.append(AbortRadiation())
            self.count += 1
            self._acts.append(StartTimer())
            self.control_due = True
            self._look_for_control()
        elif self.state is not State.RETRANSMIT_WAIT:
            self._retransmit()
            self._look_for_packet()
        return self._take_acts()

    # Actions (232.1-B-2, 5.2)

    def _initialise(self) -> None:
        self.sent, self.waiting, self.control = [], None, b""
        self.count = 1
        self.expected = self.next_number

    def _transmit_control(self, content: bytes) -> None:
        self.control, self.control_due = content, True
        self.count = 1
        self.state = State.INITIALISING_BC
        self._acts.append(StartTimer())
        self._look_for_control()

    def _look_for_control(self) -> None:
        if self.out_ready[FrameType.BC] and self.control_due:
            self.control_due = False
            self.out_ready[FrameType.BC] = False
            self._acts.append(Radiate(FrameType.BC, 0, self.control, self.count))
            self._acts.append(StartTimer())

    def _look_for_packet(self) -> None:
        """The next frame to be retransmitted, else the waiting packet when the window allows."""
        if not self.out_ready[FrameType.AD]:
            return
        again = next((frame for frame in self.sent if frame[2]), None)
        if again is not None:
            again[2] = False
            again[3] += 1
            self._radiate(again)
        elif self.waiting is not None and self.outstanding < self.window:
            if not self.sent:
                self.expected = self.next_number
                self.count = 1
            frame = [self.next_number, self.waiting, False, 1]
            self.waiting = None
            self.sent.append(frame)
            self.next_number = (self.next_number + 1) & 0xFF
            self._radiate(frame)

    def _radiate(self, frame: list[Any]) -> None:
        self.out_ready[FrameType.AD] = False
        self._acts += [Radiate(FrameType.AD, frame[0], frame[1], frame[3]), StartTimer()]

    def _retransmit(self) -> None:
        """Initiate AD retransmission."""
        self._acts += [AbortRadiation(), StartTimer()]
        self.count += 1
        for frame in self.sent:
            frame[2] = True

    def _acknowledge(self, number: int) -> None:
        """Remove acknowledged frames."""
        self.expected = number
        self.sent = [frame for frame in self.sent if (frame[0] - number) & 0xFF < 128]
        self.count = 1

    def _alert(self, alert: Alert) -> None:
        """Cancel the timer, purge the queues, tell."""
        lost = [frame[1] for frame in self.sent] + ([] if self.waiting is None else [self.waiting])
        self.sent, self.waiting, self.control = [], None, b""
        self.state = State.INITIAL
        self._acts += [CancelTimer(), AbortRadiation(), Ended(alert, tuple(lost))]

    def _take_acts(self) -> list[Act]:
        acts, self._acts = self._acts, []
        return acts

    # Saved and loaded

    def save(self) -> dict[str, Any]:
        """Everything, as plain data."""
        return {
            "state": int(self.state), "next_number": self.next_number, "expected": self.expected, "count": self.count,
            "ad_ready": self.out_ready[FrameType.AD], "bc_ready": self.out_ready[FrameType.BC],
            "waiting": self.waiting, "sent": [list(frame) for frame in self.sent], "control": self.control,
            "control_due": self.control_due,
        }  # fmt: skip

    def load(self, saved: dict[str, Any]) -> None:
        """Take the place of what ``save`` gave."""
        self.state = State(saved["state"])
        self.next_number, self.expected, self.count = saved["next_number"], saved["expected"], saved["count"]
        self.out_ready = {FrameType.AD: saved["ad_ready"], FrameType.BC: saved["bc_ready"]}
        self.waiting = saved["waiting"]
        self.control, self.control_due = saved["control"], saved["control_due"]
        self.sent = [list(frame) for frame in saved["sent"]]
