"""Science products as files: what comes of them is put in its place at once, and renamed when it is whole.

product_00001.part    on its way
product_00001.raw     whole, its checksum verified from the disk
"""

from pathlib import Path
from typing import BinaryIO, Final

from roverctl.core.errors import PacketError
from roverctl.mission.file_pdus import FileData, Transaction, decode_pdu, modular_checksum, unwrap

_OPEN: Final = 64
_LARGEST_B: Final = 1 << 32
_BLOCK_B: Final = 1 << 20


class ProductFiles:
    """Writes into one folder, which is made when the first product comes.

    Names are made from the transaction's numbers: what a peer calls its file never becomes a path.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._streams: dict[Transaction, BinaryIO] = {}
        self.problem = ""  # why the last write failed; '' while all is well

    def _name(self, number: int) -> Path:
        return self._folder / f"product_{number:05d}.raw"

    def take(self, packet: bytes) -> None:
        """A packet of the file service, in the order of reception; what is no file data changes nothing."""
        try:
            pdu = decode_pdu(unwrap(packet))
        except PacketError:
            return
        if not isinstance(pdu, FileData) or pdu.offset + len(pdu.data) > _LARGEST_B:
            return
        try:
            stream = self._stream(pdu.transaction)
            if stream is not None:
                stream.seek(pdu.offset)
                stream.write(pdu.data)
        except OSError as error:
            self.problem = f"{self._folder}: {error.strerror}"

    def _stream(self, transaction: Transaction) -> BinaryIO | None:
        stream = self._streams.get(transaction)
        if stream is None and len(self._streams) < _OPEN:
            self._folder.mkdir(parents=True, exist_ok=True)
            part = self._name(transaction.number).with_suffix(".part")
            stream = self._streams[transaction] = part.open("r+b" if part.exists() else "w+b")
        return stream

    def complete(self, number: int, size: int, checksum: int) -> bool:
        """The file service says that a product is whole: verify it on the disk and give it its name."""
        for transaction in [t for t in self._streams if t.number == number]:
            stream = self._streams.pop(transaction)
            try:
                stream.truncate(size)
                stream.seek(0)
                found = 0
                for offset in range(0, size, _BLOCK_B):
                    found = found + modular_checksum(stream.read(_BLOCK_B), offset) & 0xFFFFFFFF
                stream.close()
                if found == checksum:
                    name = self._name(number)
                    name.with_suffix(".part").replace(name)
                    return True
                self.problem = f"{self._name(number).name}: its checksum on the disk is {found}, not {checksum}"
            except OSError as error:
                self.problem = f"{self._folder}: {error.strerror}"
        return False

    def forget(self, number: int) -> None:
        """A product will not come: what there is of it stays as ``.part``."""
        for transaction in [t for t in self._streams if t.number == number]:
            self._streams.pop(transaction).close()

    def close(self) -> None:
        """Close what is open."""
        for stream in self._streams.values():
            stream.close()
        self._streams.clear()
