"""The rover's end of the file service: sends products by CFDP class 2 (CCSDS 727.0-B-5, 4.6.4), keeps each until the
ground has it whole.

The transmitter takes a packet when it has nothing better to send; so what waits is a place in a file, not a queue of
packets, and the whole state is small and plain. A transfer whose EOF nobody acknowledges is not given up: its EOF is
repeated, ever more seldom.
"""

from collections.abc import Callable
from typing import Any, Final

from roverctl.core.errors import PacketError
from roverctl.mission.file_pdus import (
    CONSOLE_ENTITY,
    ROVER_ENTITY,
    Ack,
    Eof,
    Finished,
    Metadata,
    Nak,
    Transaction,
    decode_pdu,
    encode_data,
    encode_pdu,
    unwrap,
    wrap,
)  # fmt: skip
from roverctl.mission.products import JOINED_B, segment_b
from roverctl.rover.products.content import checksum, content, product_name

_LONGEST_WAIT: Final = 64  # the wait for an acknowledgement doubles up to so many times the first
_MOST_WANTED: Final = 512  # segments asked for again and not sent yet, per product
_KEPT: Final = 0xFFFF  # product numbers


class _Product:
    """One that is kept aboard; everything about it is plain."""

    def __init__(self, number: int, kind: str, size: int) -> None:
        self.number, self.kind, self.size = number, kind, size
        self.wanted = False  # by SEND_PRODUCTS
        self.begun = False  # its metadata has been sent
        self.sent = 0  # octets, for the first time
        self.eof_due = False
        self.again: list[list[int]] = []  # segments that are missing there
        self.wait = 1
        self.timer = 0

    @property
    def transaction(self) -> Transaction:
        return Transaction(ROVER_ENTITY, CONSOLE_ENTITY, self.number)

    def save(self) -> list[Any]:
        again = [list(span) for span in self.again]
        return [
            self.number, self.kind, self.size, self.wanted, self.begun, self.sent, self.eof_due, again, self.wait,
            self.timer,
        ]  # fmt: skip

    @classmethod
    def load(cls, saved: list[Any]) -> "_Product":
        product = cls(*saved[:3])
        product.wanted, product.begun, product.sent, product.eof_due, again, product.wait, product.timer = saved[3:]
        product.again = [list(span) for span in again]
        return product


class Sender:
    """Products aboard, in the order of their making.

    Parameters
    ----------
    apid
        Of the packets.
    rate_bit_s
        Of the return link: a segment takes it for a second at most.
    ready
        Called with the time when there is something to send.
    timer
        Takes ``(t_ns, wait, [number, run])``: the timer of an acknowledgement is to run, ``wait`` times as long as one
        that has not been waited for in vain; ``expired`` is called with the list.
    """

    def __init__(
        self, apid: int, rate_bit_s: float, ready: Callable[[int], None] = lambda t_ns: None,
        timer: Callable[[int, int, list[int]], None] = lambda t_ns, wait, payload: None,
    ) -> None:  # fmt: skip
        self._apid = apid
        self._ready, self._timer = ready, timer
        self.rate(rate_bit_s)
        self._products: dict[int, _Product] = {}
        self._last = 0
        self._sequence = 0
        self._answers: list[bytes] = []  # acknowledgements that wait for the transmitter
        self.holding = False

    def rate(self, rate_bit_s: float) -> None:
        """The return link's rate is that from now on."""
        self._segment_b = segment_b(rate_bit_s)

    @property
    def stored_b(self) -> int:
        """Octets aboard."""
        return sum(product.size for product in self._products.values())

    @property
    def waiting(self) -> int:
        """Products aboard."""
        return len(self._products)

    def keep(self, kind: str, size: int, joined: bool = False) -> int:
        """A new product, or one more piece of the last where it is to be ``joined`` to it; its number."""
        last = self._products.get(self._last)
        if joined and last is not None and last.kind == kind and not last.wanted and last.size + size <= JOINED_B:
            last.size += size
            return self._last
        self._last = self._last % _KEPT + 1
        self._products[self._last] = _Product(self._last, kind, size)
        return self._last

    def send(self, t_ns: int, count: int) -> int:
        """Send so many, oldest first, of those that were not asked for yet; how many there were."""
        chosen = [product for product in self._products.values() if not product.wanted][:count]
        for product in chosen:
            product.wanted = True
        self.holding = False
        self._ready(t_ns)
        return len(chosen)

    def hold(self) -> None:
        """Send no products until told to again."""
        self.holding = True

    # The transmitter asks

    def next_packet(self, t_ns: int) -> bytes | None:
        """What to send now: answers, what was missing, the end of a file, then what was not sent yet."""
        pdu = self._answers.pop(0) if self._answers else None
        if pdu is None and not self.holding:
            for product in self._products.values():
                if product.wanted:
                    pdu = self._again(t_ns, product)
                    if pdu is not None:
                        break
            else:
                pdu = self._first(t_ns)
        if pdu is None:
            return None
        self._sequence = self._sequence + 1 & 0x3FFF
        return wrap(self._apid, self._sequence, pdu, telecommand=False)

    def _again(self, t_ns: int, product: _Product) -> bytes | None:
        if product.again:
            span = product.again[0]
            begin, end = span
            if (begin, end) == (0, 0):
                product.again.pop(0)
                return self._metadata(product)
            last = min(end, begin + self._segment_b)
            if last == end:
                product.again.pop(0)
            else:
                span[0] = last
            return self._data(product, begin, last)
        if product.eof_due:
            product.eof_due = False
            self._start_timer(t_ns, product)
            return encode_pdu(Eof(product.transaction, checksum(product.number, product.size), product.size))
        return None

    def _first(self, t_ns: int) -> bytes | None:
        """The next part of the oldest product that was not sent as a whole."""
        for product in self._products.values():
            if not product.wanted or (product.begun and product.sent == product.size):
                continue
            if not product.begun:
                product.begun = True
                product.eof_due = product.size == 0
                return self._metadata(product)
            begin, product.sent = product.sent, min(product.size, product.sent + self._segment_b)
            product.eof_due = product.sent == product.size
            return self._data(product, begin, product.sent)
        return None

    def _metadata(self, product: _Product) -> bytes:
        return encode_pdu(Metadata(product.transaction, product_name(product.kind, product.number), product.size))

    def _data(self, product: _Product, begin: int, end: int) -> bytes:
        return encode_data(product.transaction, begin, content(product.number, product.size)[begin:end])

    def _start_timer(self, t_ns: int, product: _Product) -> None:
        product.timer += 1
        self._timer(t_ns, product.wait, [product.number, product.timer])

    def expired(self, t_ns: int, payload: list[int]) -> None:
        """No answer to an EOF, or no more NAKs after it: it is sent again."""
        product = self._products.get(payload[0])
        if product is None or payload[1] != product.timer:
            return
        if not product.again:
            product.wait = min(_LONGEST_WAIT, 2 * product.wait)
            product.eof_due = True
            self._ready(t_ns)
        else:
            self._start_timer(t_ns, product)

    # The ground answers

    def take(self, t_ns: int, packet: bytes) -> None:
        """A packet of the file service; what cannot be read, or is of a product that is not aboard, is left alone but
        for a Finished, which is acknowledged again.
        """
        try:
            pdu = decode_pdu(unwrap(packet))
        except PacketError:
            return
        if isinstance(pdu, Finished):
            product = self._products.get(pdu.transaction.number)
            if product is not None and product.begun:
                if pdu.complete:
                    del self._products[product.number]
                else:
                    self._products[product.number] = _Product(
                        product.number, product.kind, product.size
                    )  # kept, to be asked for
            self._answers.append(encode_pdu(Ack(pdu.transaction, False)))
        else:
            product = self._products.get(pdu.transaction.number)
            if product is None or not product.begun:
                return
            if isinstance(pdu, Ack) and pdu.of_eof:
                product.wait = 1
                self._start_timer(t_ns, product)
            elif isinstance(pdu, Nak):
                product.wait = 1
                self._wants(product, pdu)
                self._start_timer(t_ns, product)
        self._ready(t_ns)

    def _wants(self, product: _Product, nak: Nak) -> None:
        """Put down what is missing, but what waits to be sent again already."""
        for begin, end in nak.wanted:
            inside = 0 <= begin < end <= product.size or (begin, end) == (0, 0)
            if inside and [begin, end] not in product.again and len(product.again) < _MOST_WANTED:
                product.again.append([begin, end])

    # Saved and loaded

    def save(self) -> dict[str, Any]:
        """Everything, as plain data."""
        return {
            "products": [product.save() for product in self._products.values()], "last": self._last,
            "sequence": self._sequence, "answers": list(self._answers), "holding": self.holding,
            "segment_b": self._segment_b,
        }  # fmt: skip

    def load(self, saved: dict[str, Any]) -> None:
        """Take the place of what ``save`` gave."""
        products = [_Product.load(item) for item in saved["products"]]
        self._products = {product.number: product for product in products}
        self._last, self._sequence = saved["last"], saved["sequence"]
        self._answers, self.holding = list(saved["answers"]), saved["holding"]
        self._segment_b = saved["segment_b"]
