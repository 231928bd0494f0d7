"""The console's end of the file service: receives products by CFDP class 2 (CCSDS 727.0-B-5, 4.6.4), asks for what is
missing, and closes each transfer.

It keeps which octets have come, not the octets: the modular checksum adds up in any order, so the whole state is small
and plain. What is missing is asked for after the EOF (deferred NAKs), and again as long as it takes; gaps so near to
each other that asking costs more time than sending are asked for as one.
"""

from collections.abc import Callable
from typing import Any, Final

from roverctl.core.errors import PacketError
from roverctl.core.spans import Span, Spans
from roverctl.mission.file_pdus import (
    Ack,
    Eof,
    FileData,
    Finished,
    Metadata,
    Nak,
    Pdu,
    Transaction,
    decode_pdu,
    encode_pdu,
    modular_checksum,
    unwrap,
)  # fmt: skip

_REQUESTS: Final = 5  # in a NAK: its packet is then 63 bytes, 6.3 s at 125 bit/s; a command waits for one at most
_NAKS: Final = 6  # at a time; what else is missing is asked for when these are answered
_OPEN: Final = 64  # transfers at a time: what more begins is not taken
_CLOSED: Final = 256  # transfers whose end is remembered, to acknowledge it again
_SPANS: Final = 20_000  # pieces of a file
_PROGRESS_STEP: Final = 10  # percent between two events
_LONGEST_WAIT: Final = 64  # the wait for an answer doubles up to so many times the first

Tell = Callable[[int, str, list[float]], None]  # (t_ns, event, values)


class _Transfer:
    """One product on its way; plain but for the spans."""

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction
        self.size = -1  # until metadata or EOF tell it
        self.named = False
        self.modular = True
        self.spans = Spans()
        self.checksum = 0  # of what has come
        self.expected = -1  # from the EOF
        self.progress = 0
        self.round = 0  # of NAKs
        self.wait = 1
        self.timer = 0  # numbers the timer's runs
        self.come = 0  # octets
        self.since = 0  # what had come when the timer was last started
        self.asked = 0  # and when something was last asked for

    @property
    def whole(self) -> bool:
        return self.named and self.expected >= 0 and self.come == self.size

    def save(self) -> list[Any]:
        return [
            list(self.transaction), self.size, self.named, self.modular, self.spans.save(), self.checksum,
            self.expected, self.progress, self.round, self.wait, self.timer, self.come, self.since, self.asked,
        ]  # fmt: skip

    @classmethod
    def load(cls, saved: list[Any]) -> "_Transfer":
        transfer = cls(Transaction(*saved[0]))
        spans = saved[4]
        (transfer.size, transfer.named, transfer.modular, _, transfer.checksum, transfer.expected, transfer.progress,
         transfer.round, transfer.wait, transfer.timer, transfer.come, transfer.since, transfer.asked,
        ) = saved[1:]  # fmt: skip
        transfer.spans = Spans(spans)
        return transfer


class Receiver:
    """Takes packets of the file service as they reach the console.

    Parameters
    ----------
    uplink
        Takes ``(t_ns, pdu)`` for what goes up.
    tell
        Takes ``(t_ns, event, values)``: PRODUCT_BEGUN, _PROGRESS, _PIECES_MISSING, _COMPLETE, _FAILED.
    timer
        Takes ``(t_ns, pdus, wait, [transaction, number])``: the timer of an answer to so many PDUs is to run, ``wait``
        times as long as one that has not been waited for in vain; ``expired`` is called with the list.
    merge_b
        Octets between two gaps that are sooner sent again than asked around.
    largest_b
        Of a product; a larger one is not taken.
    """

    def __init__(
        self, uplink: Callable[[int, bytes], None], tell: Tell, timer: Callable[[int, int, int, list[Any]], None],
        merge_b: int, largest_b: int,
    ) -> None:  # fmt: skip
        self._uplink, self._tell, self._timer = uplink, tell, timer
        self._merge_b, self._largest_b = merge_b, largest_b
        self._open: dict[Transaction, _Transfer] = {}
        self._closed: dict[Transaction, bool] = {}  # and whether it came whole

    def take(self, t_ns: int, packet: bytes) -> None:
        """A packet of the file service; one that cannot be read, or is not for a receiver, is left alone."""
        try:
            pdu = decode_pdu(unwrap(packet))
        except PacketError:
            return
        transfer = self._open.get(pdu.transaction)
        if transfer is None:
            transfer = self._begin(t_ns, pdu)
            if transfer is None:
                return
        if isinstance(pdu, FileData):
            self._data(t_ns, transfer, pdu)
        elif isinstance(pdu, Metadata):
            self._metadata(t_ns, transfer, pdu)
        elif isinstance(pdu, Eof):
            self._eof(t_ns, transfer, pdu)

    def _begin(self, t_ns: int, pdu: Pdu) -> _Transfer | None:
        """A new transfer; of one that is closed, its end is acknowledged again."""
        transaction = pdu.transaction
        if transaction in self._closed:
            if isinstance(pdu, Eof):
                self._uplink(t_ns, encode_pdu(Ack(transaction, True)))
                self._uplink(t_ns, encode_pdu(Finished(transaction, self._closed[transaction])))
            return None
        if not isinstance(pdu, FileData | Metadata | Eof) or len(self._open) >= _OPEN:
            return None
        if isinstance(pdu, Eof) and pdu.cancelled:
            return None
        transfer = self._open[transaction] = _Transfer(transaction)
        return transfer

    def _data(self, t_ns: int, transfer: _Transfer, pdu: FileData) -> None:
        end = pdu.offset + len(pdu.data)
        if end > (transfer.size if transfer.size >= 0 else self._largest_b) or len(transfer.spans) >= _SPANS:
            return
        for first, last in transfer.spans.add(pdu.offset, end):
            piece = pdu.data[first - pdu.offset : last - pdu.offset]
            transfer.checksum = transfer.checksum + modular_checksum(piece, first) & 0xFFFFFFFF
            transfer.come += last - first
        if transfer.size > 0:
            percent = transfer.come * 100 // transfer.size
            if percent >= transfer.progress + _PROGRESS_STEP and percent < 100:
                transfer.progress = percent // _PROGRESS_STEP * _PROGRESS_STEP
                self._tell(t_ns, "PRODUCT_PROGRESS", [transfer.transaction.number, transfer.progress])
        self._close_when_whole(t_ns, transfer)

    def _metadata(self, t_ns: int, transfer: _Transfer, pdu: Metadata) -> None:
        if transfer.named:
            return
        if pdu.size > self._largest_b or not pdu.modular or not self._sized(transfer, pdu.size):
            self._fail(t_ns, transfer)
            return
        transfer.named = True
        self._tell(t_ns, "PRODUCT_BEGUN", [transfer.transaction.number, pdu.size])
        self._close_when_whole(t_ns, transfer)

    def _sized(self, transfer: _Transfer, size: int) -> bool:
        """Take a size; False when it disagrees with what was said or has come."""
        if 0 <= transfer.size != size or transfer.spans.end > size:
            return False
        transfer.size = size
        return True

    def _eof(self, t_ns: int, transfer: _Transfer, pdu: Eof) -> None:
        self._uplink(t_ns, encode_pdu(Ack(transfer.transaction, True)))
        if pdu.cancelled or pdu.size > self._largest_b or not self._sized(transfer, pdu.size):
            self._fail(t_ns, transfer)
            return
        if transfer.expected >= 0:
            return  # the timer asks again
        transfer.expected = pdu.checksum
        if not self._close_when_whole(t_ns, transfer):
            self._ask(t_ns, transfer)

    def _close_when_whole(self, t_ns: int, transfer: _Transfer) -> bool:
        if not transfer.whole:
            return False
        if transfer.checksum != transfer.expected:
            self._fail(t_ns, transfer, checksum=True)
            return True
        self._close(t_ns, transfer, True)
        self._tell(t_ns, "PRODUCT_COMPLETE", [transfer.transaction.number, transfer.size, transfer.checksum])
        return True

    def _fail(self, t_ns: int, transfer: _Transfer, checksum: bool = False) -> None:
        self._close(t_ns, transfer, False, checksum)
        self._tell(t_ns, "PRODUCT_FAILED", [transfer.transaction.number, int(checksum)])

    def _close(self, t_ns: int, transfer: _Transfer, complete: bool, checksum_failed: bool = False) -> None:
        del self._open[transfer.transaction]
        self._closed[transfer.transaction] = complete
        if len(self._closed) > _CLOSED:
            del self._closed[next(iter(self._closed))]
        self._uplink(t_ns, encode_pdu(Finished(transfer.transaction, complete, checksum_failed)))

    # What is missing

    def _ask(self, t_ns: int, transfer: _Transfer) -> None:
        """NAKs for what is missing, a few at a time."""
        gaps = transfer.spans.gaps(transfer.size)
        wanted: list[Span] = [] if transfer.named else [(0, 0)]
        near: list[Span] = []
        for begin, end in gaps:
            if near and begin - near[-1][1] <= self._merge_b:
                near[-1] = (near[-1][0], end)
            else:
                near.append((begin, end))
        wanted += near
        chunks = [wanted[i : i + _REQUESTS] for i in range(0, len(wanted), _REQUESTS)][:_NAKS]
        for number, chunk in enumerate(chunks):
            begin = 0 if number == 0 else chunk[0][0]
            end = transfer.size if number == len(chunks) - 1 else chunk[-1][1]
            self._uplink(t_ns, encode_pdu(Nak(transfer.transaction, begin, end, tuple(chunk))))
        transfer.round += 1
        transfer.asked = transfer.come
        missing_b = sum(end - begin for begin, end in gaps)
        pieces = len(gaps) + (not transfer.named)
        values: list[float] = [transfer.transaction.number, pieces, missing_b, transfer.round]
        self._tell(t_ns, "PRODUCT_PIECES_MISSING", values)
        self._start_timer(t_ns, transfer, len(chunks))

    def _start_timer(self, t_ns: int, transfer: _Transfer, pdus: int) -> None:
        transfer.timer += 1
        transfer.since = transfer.come
        self._timer(t_ns, pdus, transfer.wait, [list(transfer.transaction), transfer.timer])

    def expired(self, t_ns: int, payload: list[Any]) -> None:
        """A timer has run out: while pieces come it runs on, else it is asked again, and waited for longer."""
        transfer = self._open.get(Transaction(*payload[0]))
        if transfer is None or payload[1] != transfer.timer:
            return
        if transfer.come > transfer.since:
            self._start_timer(t_ns, transfer, 0)
            return
        transfer.wait = 1 if transfer.come > transfer.asked else min(_LONGEST_WAIT, 2 * transfer.wait)
        self._ask(t_ns, transfer)

    # Saved and loaded

    def save(self) -> dict[str, Any]:
        """Everything, as plain data."""
        return {
            "open": [transfer.save() for transfer in self._open.values()],
            "closed": [[list(transaction), whole] for transaction, whole in self._closed.items()],
        }

    def load(self, saved: dict[str, Any]) -> None:
        """Take the place of what ``save`` gave."""
        transfers = [_Transfer.load(item) for item in saved["open"]]
        self._open = {transfer.transaction: transfer for transfer in transfers}
        self._closed = {Transaction(*transaction): whole for transaction, whole in saved["closed"]}
