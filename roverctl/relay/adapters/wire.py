"""The octets of a link to a vehicle outside: sockets and files that are asked, never waited for.

What is not taken stays in the peer's socket (TCP) or is dropped by the system (UDP): a flood costs its reader no more
than ``_READ_B`` at a time. What cannot be sent is kept up to ``_KEPT_B``.
"""

import socket
from typing import BinaryIO, Final, Protocol

from roverctl.core.errors import InputError
from roverctl.core.times import SECOND_NS
from roverctl.relay.adapters.address import Address

_READ_B: Final = 1 << 16  # at a time
_KEPT_B: Final = 1 << 20  # that could not be sent yet
_DATAGRAMS: Final = 256  # at a time
_AGAIN_NS: Final = 2 * SECOND_NS  # between two attempts to connect


class Wire(Protocol):
    """A way for octets. ``up`` is whether there is a peer, as far as it is known."""

    up: bool
    broken: bool  # since last asked, the way broke off: what was begun will not go on

    def send(self, data: bytes) -> bool:
        """Put a unit on its way; False when it cannot be."""

    def receive(self, t_ns: int) -> list[bytes]:
        """What has come, in pieces; ``t_ns`` paces attempts to connect."""

    def close(self) -> None:
        """End it."""


class TcpWire:
    """One TCP connection, made or waited for, and made again."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._socket: socket.socket | None = None
        self._connecting = False
        self._listener: socket.socket | None = None
        self._kept = b""
        self._next_ns = 0
        self.up = self.broken = False
        if address.listen:
            self._listener = _bound(socket.SOCK_STREAM, address.host, address.port)
            self._listener.listen(1)

    def send(self, data: bytes) -> bool:
        if self._socket is None or self._connecting or len(self._kept) + len(data) > _KEPT_B:
            return False
        self._kept += data
        self._flush()
        return self._socket is not None

    def _flush(self) -> None:
        while self._kept and self._socket is not None:
            try:
                self._kept = self._kept[self._socket.send(self._kept) :]
            except BlockingIOError:
                return
            except OSError:
                self._drop()

    def receive(self, t_ns: int) -> list[bytes]:
        if self._socket is None or self._connecting:
            self._connect(t_ns)
        if self._socket is None or self._connecting:
            return []
        self._flush()
        pieces: list[bytes] = []
        left_b = _READ_B
        while self._socket is not None and left_b > 0:
            try:
                piece = self._socket.recv(min(left_b, 1 << 16))
            except BlockingIOError:
                break
            except OSError:
                piece = b""
            if not piece:
                self._drop()
                break
            pieces.append(piece)
            left_b -= len(piece)
        return pieces

    def _connect(self, t_ns: int) -> None:
        if self._listener is not None:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            peer.setblocking(False)
            self._take(peer)
            return
        if self._socket is None:
            if t_ns < self._next_ns:
                return
            self._next_ns = t_ns + _AGAIN_NS
            try:
                family, kind, protocol, _, place = socket.getaddrinfo(
                    self._address.host, self._address.port, type=socket.SOCK_STREAM
                )[0]
            except OSError:
                return
            self._socket = socket.socket(family, kind, protocol)
            self._socket.setblocking(False)
            self._socket.connect_ex(place)
            self._connecting = True
        try:
            self._socket.getpeername()
        except OSError:
            if self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) or t_ns >= self._next_ns:
                self._socket.close()
                self._socket, self._connecting = None, False
            return
        self._take(self._socket)

    def _take(self, peer: socket.socket) -> None:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket, self._connecting, self.up = peer, False, True
        self._kept = b""

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket, self._kept = None, b""
        self.up, self.broken = False, True

    def close(self) -> None:
        for one in (self._socket, self._listener):
            if one is not None:
                one.close()
        self._socket = self._listener = None
        self.up = False


class UdpWire:
    """Datagrams: a telecommand in each; in each what it likes of telemetry. Who sends is not asked."""

    def __init__(self, address: Address) -> None:
        try:
            found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_DGRAM)[0]
        except OSError as error:
            raise InputError(f"link: {address.host}: {error.strerror}") from None
        family, self._peer = found[0], found[4]
        host = "::" if family == socket.AF_INET6 else "0.0.0.0"
        self._socket = _bound(socket.SOCK_DGRAM, host, address.tm_port)
        self.up, self.broken = True, False

    def send(self, data: bytes) -> bool:
        try:
            self._socket.sendto(data, self._peer)
        except OSError:
            return False
        return True

    def receive(self, t_ns: int) -> list[bytes]:
        pieces: list[bytes] = []
        left_b = _READ_B
        while left_b > 0 and len(pieces) < _DATAGRAMS:
            try:
                pieces.append(self._socket.recv(1 << 16))
            except BlockingIOError:
                break
            except OSError:
                continue  # the peer's port was closed as we sent: nothing to do about it here
            left_b -= len(pieces[-1])
        return pieces

    def close(self) -> None:
        self._socket.close()
        self.up = False


class FileWire:
    """Two files: one that grows by our telecommands, one that grows by the vehicle's telemetry."""

    def __init__(self, address: Address) -> None:
        self._tm_file = address.tm_file
        self._tm: BinaryIO | None = None
        try:
            self._tc: BinaryIO = address.tc_file.open("ab", buffering=0)
        except OSError as error:
            raise InputError(f"link: {address.tc_file}: {error.strerror}") from None
        self.up, self.broken = True, False

    def send(self, data: bytes) -> bool:
        try:
            return self._tc.write(data) == len(data)
        except OSError:
            return False

    def receive(self, t_ns: int) -> list[bytes]:
        try:
            if self._tm is None:
                self._tm = self._tm_file.open("rb", buffering=0)
            piece = self._tm.read(_READ_B)
        except OSError:
            return []
        return [piece] if piece else []

    def close(self) -> None:
        self._tc.close()
        if self._tm is not None:
            self._tm.close()
        self.up = False


def open_wire(address: Address) -> Wire:
    """The octets' way.

    Raises
    ------
    InputError
        When a port is taken, a host unknown, a file not to be written.
    """
    if address.scheme == "tcp":
        return TcpWire(address)
    return UdpWire(address) if address.scheme == "udp" else FileWire(address)


def _bound(kind: socket.SocketKind, host: str, port: int) -> socket.socket:
    try:
        family, _, protocol, _, place = socket.getaddrinfo(host, port, type=kind)[0]
        one = socket.socket(family, kind, protocol)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.setblocking(False)
        one.bind(place)
    except OSError as error:
        raise InputError(f"link: port {port} of {host} cannot be used: {error.strerror}") from None
    return one
