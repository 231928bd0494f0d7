"""A vehicle outside in the place of the simulated link and rover: telecommand packets in, raw packets and CLCWs out.

In frames, a telecommand goes as a CLTU with one type-BD frame: what is beyond the peer's gate decides on sequence and
repetition. What it says of itself is an event of the ground's: LINK_UP, LINK_DOWN, LINK_NONSENSE.
"""

from dataclasses import dataclass
from typing import Final

from roverctl.core.errors import PacketError
from roverctl.core.times import SECOND_NS
from roverctl.mission.profile import Mission
from roverctl.relay.adapters.address import Address
from roverctl.relay.adapters.splitting import Came, FrameStream, PacketStream
from roverctl.relay.adapters.wire import Wire, open_wire
from roverctl.relay.delivery.frames import FrameType, encode_cltu, encode_frame

_TOLD_EVERY_NS: Final = 10 * SECOND_NS  # nonsense, at most so often
_PACKETS: Final = 2000  # at a time: what more came waits here, and nothing is read meanwhile


@dataclass(frozen=True, slots=True)
class Told:
    """Something about the link: an event's name and its values."""

    name: str
    values: list[float]


class Peer:
    """A link that is asked ten times a second and more, and never waits.

    Parameters
    ----------
    mission
        Its spacecraft identifier and frame length; its APIDs tell packets from nonsense.
    """

    def __init__(self, address: Address, mission: Mission) -> None:
        self._link = mission.link
        self._address = address
        apids = frozenset(mission.mdb.apids.values())
        self._stream: PacketStream | FrameStream = PacketStream(apids)
        if address.frames:
            self._stream = FrameStream(int(mission.link.tm_frame_b), mission.link.spacecraft_id, apids)
        self._wire: Wire = open_wire(address)
        self._was_up = False
        self._waiting: list[bytes] = []
        self._nonsense_b = 0
        self._frames_lost = 0
        self._told_ns = 0
        self.told: list[Told] = []

    @property
    def up(self) -> bool:
        """Whether there is a peer, as far as it is known."""
        return self._wire.up

    def send(self, packet: bytes) -> bool:
        """A telecommand packet goes out now; False when it cannot."""
        if not self._address.frames:
            return self._wire.send(packet)
        try:
            frame = encode_frame(packet, self._link.spacecraft_id, self._link.virtual_channel, 0, FrameType.BD)
        except PacketError:
            return False
        return self._wire.send(encode_cltu(frame))

    def receive(self, t_ns: int) -> tuple[list[bytes], list[int]]:
        """Packets and CLCWs that have come, at most so many that nothing else is kept waiting."""
        words: list[int] = []
        if len(self._waiting) < _PACKETS:
            for piece in self._wire.receive(t_ns):
                came: Came = self._stream.take(piece)
                self._waiting += came.packets
                words += came.words
                self._nonsense_b += came.discarded_b
                self._frames_lost += came.frames_lost
                if self._address.scheme == "udp" and not self._address.frames:
                    self._stream.forget()  # a packet does not go on in the next datagram
        if self._wire.broken:
            self._wire.broken = False
            self._stream.forget()
        self._tell(t_ns)
        packets, self._waiting = self._waiting[:_PACKETS], self._waiting[_PACKETS:]
        return packets, words

    def _tell(self, t_ns: int) -> None:
        if self._wire.up != self._was_up:
            self._was_up = self._wire.up
            self.told.append(Told("LINK_UP" if self._was_up else "LINK_DOWN", []))
        if (self._nonsense_b or self._frames_lost) and t_ns - self._told_ns >= _TOLD_EVERY_NS:
            self.told.append(Told("LINK_NONSENSE", [self._nonsense_b, self._frames_lost]))
            self._nonsense_b = self._frames_lost = 0
            self._told_ns = t_ns

    def close(self) -> None:
        """End it."""
        self._wire.close()
