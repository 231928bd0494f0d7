"""cfdp-py at the other end of a file transfer: its handlers, with a clock that the test drives."""

import contextlib
from pathlib import Path
from typing import Any

import spacepackets.countdown
from cfdppy import CfdpUserBase, IndicationConfig, LocalEntityConfig, RemoteEntityConfig, RemoteEntityConfigTable
from cfdppy.exceptions import PduIgnoredForDest, PduIgnoredForSource
from cfdppy.handler.dest import DestHandler
from cfdppy.handler.source import SourceHandler
from cfdppy.mib import CheckTimerProvider, DefaultFaultHandlerBase
from cfdppy.request import PutRequest
from spacepackets.cfdp import ChecksumType, PduFactory, TransmissionMode
from spacepackets.countdown import Countdown
from spacepackets.seqcount import SeqCountProvider
from spacepackets.util import ByteFieldU8


class Clock:
    """Milliseconds that cfdp-py takes for the wall clock's."""

    def __init__(self, monkeypatch: Any) -> None:
        self.ms = 0
        monkeypatch.setattr(spacepackets.countdown, "time_ms", lambda: self.ms)


class _Faults(DefaultFaultHandlerBase):  # type: ignore[misc]
    def notice_of_suspension_cb(self, *_: Any) -> None: ...
    def notice_of_cancellation_cb(self, *_: Any) -> None: ...
    def abandoned_cb(self, *_: Any) -> None: ...
    def ignore_cb(self, *_: Any) -> None: ...


class _User(CfdpUserBase):  # type: ignore[misc]
    """Wants to know nothing."""


def _nothing(*_: Any, **__: Any) -> None: ...


for _name in list(CfdpUserBase.__abstractmethods__):
    setattr(_User, _name, _nothing)
_User.__abstractmethods__ = frozenset()


class _Timers(CheckTimerProvider):  # type: ignore[misc]
    def provide_check_timer(self, *_: Any) -> Countdown:
        return Countdown.from_seconds(10.0)


def _setting(local: int, remote: int) -> tuple[Any, Any, Any, Any]:
    remote_config = RemoteEntityConfig(
        ByteFieldU8(remote), 500, 600, False, False, TransmissionMode.ACKNOWLEDGED, ChecksumType.MODULAR,
        positive_ack_timer_expiration_limit=1000, nak_timer_expiration_limit=1000, immediate_nak_mode=False,
    )  # fmt: skip
    local_config = LocalEntityConfig(ByteFieldU8(local), IndicationConfig(), _Faults())
    return local_config, _User(), RemoteEntityConfigTable([remote_config]), _Timers()


class Source:
    """A cfdp-py entity that sends one file."""

    def __init__(self, file: Path) -> None:
        self._handler = SourceHandler(*_setting(1, 2), SeqCountProvider(16))
        self._handler.put_request(PutRequest(ByteFieldU8(2), file, Path("came.raw"), None, None))

    def step(self, incoming: bytes | None) -> list[bytes]:
        """Let it work, on a PDU that has come or by itself; what it sends."""
        return _step(self._handler, incoming)


class Destination:
    """A cfdp-py entity that receives files into the current folder."""

    def __init__(self) -> None:
        self._handler = DestHandler(*_setting(2, 1))
        # All handlers of a process share one tracker of lost segments, by a default argument (cfdp-py 0.7.0).
        self._handler._params.acked_params.lost_seg_tracker.reset()

    def step(self, incoming: bytes | None) -> list[bytes]:
        """Let it work, on a PDU that has come or by itself; what it sends."""
        return _step(self._handler, incoming)


def _step(handler: Any, incoming: bytes | None) -> list[bytes]:
    sent: list[bytes] = []
    if incoming is not None:
        with contextlib.suppress(PduIgnoredForDest, PduIgnoredForSource):  # what comes twice
            handler.state_machine(PduFactory.from_raw(incoming))
        sent += _packets(handler)
    handler.state_machine()
    return sent + _packets(handler)


def _packets(handler: Any) -> list[bytes]:
    found = []
    while handler.packets_ready:
        found.append(bytes(handler.get_next_packet().pdu.pack()))
    return found
