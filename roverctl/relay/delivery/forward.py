"""The way up: delivery in sequence (FOP-1), the station's queue, the CLTUs under way, the rover's frame acceptance.

The station radiates one CLTU at a time: bypass frames first, then control frames, then the frame in sequence, and what
the file service has to say last, out of sequence on a virtual channel of its own. A frame is begun when a station sees
the relay until its end. In real-time mode the relay passes the bits on as they come, so they are serialised once.
"""

from collections.abc import Callable
from typing import Any, Final

from roverctl.core.errors import PacketError
from roverctl.core.scheduler import Scheduler
from roverctl.mission.packets import request_id
from roverctl.mission.profile import Mission
from roverctl.relay.delivery import fop
from roverctl.relay.delivery.farm import Farm
from roverctl.relay.delivery.frames import (
    MAX_PACKET_B,
    UNLOCK,
    Clcw,
    FrameType,
    decode_clcw,
    decode_cltu,
    encode_cltu,
    encode_frame,
)  # fmt: skip
from roverctl.relay.delivery.tables import LinkTables
from roverctl.relay.delivery.timing import Timing, serialisation_ns
from roverctl.relay.disturbances import Disturbances
from roverctl.relay.sight import Sight

_MOST_FILE_FRAMES: Final = 64  # of the file service at the station; what more comes is dropped: it will be asked again
_STOPPED: Final = 7  # in the MDB's COP_ALERT, after FOP-1's own alerts

Tell = Callable[[int, str, list[float]], None]  # (t_ns, event, values)


class Forward:
    """Carries telecommand packets to the rover, in order and once, or tells that it is not known.

    Parameters
    ----------
    tell_ground, tell_relay
        Take the reports of station and relay, which go to the console by their own ways.
    to_rover
        Takes ``(t_ns, packet)`` for every packet that the rover's receiver accepts.
    """

    def __init__(
        self, mission: Mission, tables: LinkTables, sight: Sight, disturbances: Disturbances, scheduler: Scheduler,
        tell_ground: Tell, tell_relay: Tell, to_rover: Callable[[int, bytes], None],
    ) -> None:  # fmt: skip
        self._link = mission.link
        self._has_relay = mission.orbit is not None
        self._tables = tables
        self._sight = sight
        self._disturbances = disturbances
        self._scheduler = scheduler
        self._tell_ground, self._tell_relay, self._to_rover = tell_ground, tell_relay, to_rover
        self._timing = Timing(mission, tables)
        self._channel = mission.link.virtual_channel
        self._file_channel = (self._channel + 1) % 64  # only type-BD frames: the file service repeats by itself
        start_ns = scheduler.now_ns
        self.farm = Farm()
        self.fop = fop.Fop(self._timing.window(start_ns), self._timing.transmission_limit(start_ns))
        self.fop.begin()  # both ends stand at 0 as the operation begins
        self._clcw = Clcw(0)  # the last that came
        self.word = self._farm_word()  # the CLCW that the rover's frames carry now
        self._pending: list[bytes] = []  # packets that FOP-1 has not taken yet
        self._queue: list[list[Any]] = []  # at the station: [kind, number, content, transmission, channel]
        self._free_ns = start_ns  # when the CLTU being radiated ends
        self._wake_ns = -1  # when the station looks again
        self._timer = 0  # numbers the runs of T1; an expiry with another number is void
        self._go_on_from = -1  # after an unlock under way, the number to go on from
        self._stopped = False  # a bypass went: what was sent before it is not sent again
        scheduler.handlers.update(
            {
                "link.station": self._at_station,
                "link.file": self._file_at_station,
                "link.wake": self._wake,
                "link.radiated": self._radiated,
                "link.relay": self._at_relay,
                "link.rover": self._at_rover,
                "link.timer": self._timer_expired,
            }
        )

    def uplink(self, packet: bytes, bypass: bool) -> None:
        """A telecommand packet leaves the console now.

        Raises
        ------
        PacketError
            When no frame can carry it.
        """
        if len(packet) > MAX_PACKET_B:
            raise PacketError(f"a telecommand packet of {len(packet)} bytes; a frame takes {MAX_PACKET_B}")
        self._scheduler.at(self._scheduler.now_ns + self._timing.ground_ns, "link.station", [packet, bypass])

    def set_return_rate(self, rate_bit_s: float) -> None:
        """What T1 reckons with for the way back."""
        self._timing.set_return_rate(rate_bit_s)

    def uplink_file(self, packet: bytes) -> None:
        """A packet of the file service leaves the console now: after all commands, never repeated here."""
        self._scheduler.at(self._scheduler.now_ns + self._timing.ground_ns, "link.file", packet)

    @property
    def file_frames(self) -> int:
        """Frames of the file service that wait at the station."""
        return sum(frame[4] == self._file_channel for frame in self._queue)

    def _file_at_station(self, t_ns: int, packet: bytes) -> None:
        if self.file_frames < _MOST_FILE_FRAMES:
            self._queue.append([int(FrameType.BD), 0, packet, 1, self._file_channel])
            self._radiate(t_ns)

    # Delivery in sequence

    def _at_station(self, t_ns: int, payload: list[Any]) -> None:
        packet, bypass = payload
        if bypass:
            self._withdraw(t_ns)
            self._do(t_ns, self.fop.transfer_bypass(packet))
        else:
            self._pending.append(packet)
            self._feed(t_ns)
        self._radiate(t_ns)

    def _feed(self, t_ns: int) -> None:
        """Begin the service again where it has ended; hand over what it takes."""
        if self._pending and self.fop.state is fop.State.INITIAL:
            if self._clcw.lockout:
                # Unlock at the number that the far end expects, then set it to ours: numbers are never used again.
                self._go_on_from = self.fop.next_number
                self.fop.set_next_number(self._clcw.expected)
                self._do(t_ns, self.fop.begin_with_unlock())
            else:
                self._do(t_ns, self.fop.begin_with_set_vr(self.fop.next_number))
        while self._pending and self.fop.can_take:
            self._do(t_ns, self.fop.transfer(self._pending.pop(0)))

    def _withdraw(self, t_ns: int) -> None:
        """A STOP goes before what waits, so that must not follow it: the operator sends it again who still wants it."""
        gone, self._pending = self._pending, []
        if self.fop.waiting is not None:
            gone.insert(0, self.fop.waiting)
            self.fop.waiting = None
        self._stopped = bool(self.fop.sent)
        for packet in gone:
            self._tell_ground(t_ns, "COMMAND_WITHDRAWN", [request_id(packet), _STOPPED])
        if any(frame[0] == FrameType.AD for frame in self._queue):
            self._do(t_ns, self.fop.terminate())  # its number is given away already

    def clcw(self, t_ns: int, word: int) -> None:
        """A CLCW has arrived."""
        self._clcw = decode_clcw(word)
        if self._stopped and self._clcw.retransmit:
            self._do(t_ns, self.fop.terminate())
        self._do(t_ns, self.fop.clcw(self._clcw))
        self._feed(t_ns)
        self._stopped = self._stopped and bool(self.fop.sent)
        self._radiate(t_ns)

    @property
    def settled(self) -> bool:
        """Whether a CLCW that says what the last one said changes nothing."""
        return self.fop.state is fop.State.ACTIVE and not self._clcw.retransmit

    def _timer_expired(self, t_ns: int, number: int) -> None:
        if number != self._timer:
            return
        self._do(t_ns, self.fop.terminate() if self._stopped else self.fop.timer_expired())
        self._feed(t_ns)
        self._radiate(t_ns)

    def _do(self, t_ns: int, acts: list[fop.Act]) -> None:
        """Carry out what FOP-1 asks for."""
        for act in acts:
            if isinstance(act, fop.Radiate):
                self._queue.append([int(act.kind), act.number, act.content, act.transmission, self._channel])
            elif isinstance(act, fop.StartTimer):
                self._start_timer(t_ns)
            elif isinstance(act, fop.CancelTimer):
                self._timer += 1
            elif isinstance(act, fop.AbortRadiation):
                self._abort(t_ns)
            elif isinstance(act, fop.Confirm):
                self._begun(t_ns)
            else:
                self._ended(t_ns, act)

    def _start_timer(self, t_ns: int) -> None:
        """T1 runs from when a frame begins to be radiated: what waits at the station for a pass is not late."""
        self._timer += 1
        if all(frame[0] == FrameType.BD for frame in self._queue):
            self._run_timer(max(t_ns, self._free_ns), 0)

    def _run_timer(self, begun_ns: int, length_ns: int) -> None:
        self._scheduler.at(self._timing.answer_due_ns(begun_ns + length_ns), "link.timer", self._timer)

    def _abort(self, t_ns: int) -> None:
        """What has not begun is given up; the station can take another."""
        given_up = [frame for frame in self._queue if frame[0] != FrameType.BD]
        self._queue = [frame for frame in self._queue if frame[0] == FrameType.BD]
        for frame in given_up:
            self._do(t_ns, self.fop.radiated(FrameType(frame[0])))

    def _begun(self, t_ns: int) -> None:
        if self._go_on_from >= 0:
            number, self._go_on_from = self._go_on_from, -1
            self.fop.terminate()
            self._do(t_ns, self.fop.begin_with_set_vr(number))
        else:
            self._tell_ground(t_ns, "SERVICE_BEGUN", [self.fop.next_number])

    def _ended(self, t_ns: int, end: fop.Ended) -> None:
        """Nothing that waits goes out by itself after something may have been lost before it."""
        if self._go_on_from >= 0:
            self.fop.set_next_number(self._go_on_from)
            self._go_on_from = -1
        reason = _STOPPED if self._stopped or end.alert is fop.Alert.TERM else int(end.alert)
        self._stopped = False
        waiting, self._pending = self._pending, []
        self._tell_ground(t_ns, "SERVICE_ENDED", [reason, len(end.unconfirmed)])
        for packet in end.unconfirmed:
            self._tell_ground(t_ns, "COMMAND_UNCONFIRMED", [request_id(packet), reason])
        for packet in waiting:
            self._tell_ground(t_ns, "COMMAND_WITHDRAWN", [request_id(packet), reason])

    # The station

    def _length_ns(self, frame: list[Any]) -> int:
        rate = self._disturbances.rate_bit_s("forward", self._link.forward_rate_bit_s)
        return serialisation_ns(len(self._cltu(frame)), rate)

    def _cltu(self, frame: list[Any]) -> bytes:
        kind, number, content, _, channel = frame
        return encode_cltu(encode_frame(content, self._link.spacecraft_id, channel, number, FrameType(kind)))

    def look_again(self, t_ns: int) -> None:
        """Contact may be another than was known."""
        self._radiate(t_ns)

    def _wake(self, t_ns: int, _: None) -> None:
        if t_ns == self._wake_ns:
            self._wake_ns = -1
            self._radiate(t_ns)

    def _radiate(self, t_ns: int) -> None:
        """Begin the next CLTU when none is being radiated and a station sees the relay until its end."""
        if t_ns < self._free_ns or not self._queue:
            return
        soonest_ns = -1
        for frame in sorted(self._queue, key=self._precedence):
            length_ns = self._length_ns(frame)
            start_ns, station = self._sight.contact_for(t_ns, length_ns)
            if start_ns == t_ns and station >= 0:
                self._queue.remove(frame)
                self._free_ns = t_ns + length_ns
                if frame[0] != FrameType.BD:
                    self._timer += 1
                    self._run_timer(t_ns, length_ns)
                payload = [self._cltu(frame), *frame, station]
                self._scheduler.at(self._free_ns, "link.radiated", payload)
                return
            soonest_ns = start_ns if soonest_ns < 0 else min(soonest_ns, start_ns)
        if soonest_ns != self._wake_ns:
            self._wake_ns = soonest_ns
            self._scheduler.at(soonest_ns, "link.wake")

    def _precedence(self, frame: list[Any]) -> int:
        """Bypass before control before sequence before files; among equals the order of coming."""
        if frame[4] == self._file_channel:
            return 3
        return {FrameType.BD: 0, FrameType.BC: 1, FrameType.AD: 2}[frame[0]]

    def _radiated(self, t_ns: int, payload: list[Any]) -> None:
        """The last bit has left: the station says so, and the CLTU is on its way."""
        cltu, kind, number, content, transmission, channel, station = payload
        if not self._sight.is_out(station, t_ns):  # else it was cut, and nobody saw it end
            request = request_id(content)
            if channel == self._file_channel:
                pass  # nothing to prove: the file service sees for itself
            elif kind == FrameType.BC:
                self._tell_ground(t_ns, "CONTROL_RADIATED", [0 if content == UNLOCK else 1, station])
            elif kind == FrameType.BD:
                self._tell_ground(t_ns, "BYPASS_RADIATED", [request, station])
            elif transmission == 1:
                self._tell_ground(t_ns, "FRAME_RADIATED", [number, request, station])
            else:
                self._tell_ground(t_ns, "FRAME_RETRANSMITTED", [number, request, station, transmission])
            arrival_ns = t_ns + self._tables.up_near_ns(station, t_ns) + self._timing.relay_ns
            self._scheduler.at(arrival_ns, "link.relay", [cltu, kind, number, request, channel])
        if kind != FrameType.BD:
            self._do(t_ns, self.fop.radiated(FrameType(kind)))
            self._feed(t_ns)
        self._radiate(t_ns)

    # Under way

    def _at_relay(self, t_ns: int, payload: list[Any]) -> None:
        """Forwarded to the rover; the relay reports it in its own telemetry."""
        cltu, kind, number, request, channel = payload
        if self._disturbances.relay_safe_until() is not None:
            return
        if not self._has_relay:
            pass  # the far end is the rover itself
        elif kind == FrameType.AD:
            self._tell_relay(t_ns, "FRAME_FORWARDED", [number])
        elif kind == FrameType.BD and channel == self._channel:
            self._tell_relay(t_ns, "BYPASS_FORWARDED", [request])
        if self._disturbances.loses("forward", t_ns, len(cltu)):
            return
        arrival_ns = t_ns + self._tables.up_far_ns(t_ns) + self._timing.rover_ns
        for at_ns in self._disturbances.arrivals("forward", arrival_ns):
            self._scheduler.at(at_ns, "link.rover", cltu)

    def _at_rover(self, t_ns: int, cltu: bytes) -> None:
        """The receiver: parity, frame check, frame acceptance; only then does the packet go on."""
        frame = decode_cltu(cltu)
        if frame.channel == self._file_channel:
            if frame.kind is FrameType.BD:
                self._to_rover(t_ns, frame.packet)
            return
        packet = self.farm.take(frame)
        self.word = self._farm_word()
        if packet is not None:
            self._to_rover(t_ns, packet)

    def _farm_word(self) -> int:
        return self.farm.report().encode(self._channel)

    # Saved and loaded

    def save(self) -> dict[str, Any]:
        """Everything, as plain data; what is under way is in the scheduler."""
        return {
            "farm": self.farm.save(), "fop": self.fop.save(),
            "clcw": self._clcw.encode(self._channel), "pending": list(self._pending),
            "queue": [list(frame) for frame in self._queue], "free_ns": self._free_ns, "wake_ns": self._wake_ns,
            "timer": self._timer, "go_on_from": self._go_on_from, "stopped": self._stopped,
        }  # fmt: skip

    def load(self, saved: dict[str, Any]) -> None:
        """Take the place of what ``save`` gave."""
        self.farm.load(saved["farm"])
        self.word = self._farm_word()
        self.fop.load(saved["fop"])
        self._clcw = decode_clcw(saved["clcw"])
        self._pending = list(saved["pending"])
        self._queue = [list(frame) for frame in saved["queue"]]
        self._free_ns, self._wake_ns = saved["free_ns"], saved["wake_ns"]
        self._timer, self._go_on_from, self._stopped = saved["timer"], saved["go_on_from"], saved["stopped"]
