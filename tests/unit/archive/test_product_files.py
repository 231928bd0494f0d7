"""Products as files: in any order, verified from the disk, twice the same, and no name of a peer's becomes a path."""

import random
from pathlib import Path

from roverctl.archive.product_files import ProductFiles
from roverctl.mission.file_pdus import Metadata, Transaction, encode_data, encode_pdu, modular_checksum, wrap


def _packets(data: bytes, number: int) -> list[bytes]:
    one = Transaction(1, 2, number)
    pieces = [wrap(164, 0, encode_data(one, i, data[i : i + 700]), False) for i in range(0, len(data), 700)]
    return [wrap(164, 0, encode_pdu(Metadata(one, "../../elsewhere", len(data))), False), *pieces]


def test_a_product_gets_its_name_when_it_is_whole(tmp_path: Path) -> None:
    data = random.Random(1).randbytes(50_001)
    packets = _packets(data, 7) * 2
    random.Random(2).shuffle(packets)
    for _ in range(2):  # a resumed operation reads everything again
        files = ProductFiles(tmp_path / "products")
        for packet in packets:
            files.take(packet)
        assert files.complete(7, len(data), modular_checksum(data))
        assert (tmp_path / "products" / "product_00007.raw").read_bytes() == data
    assert [file.name for file in tmp_path.iterdir()] == ["products"]


def test_a_hole_is_found_on_the_disk(tmp_path: Path) -> None:
    data = random.Random(1).randbytes(5_000)
    files = ProductFiles(tmp_path)
    for packet in _packets(data, 1)[:-2]:
        files.take(packet)
    assert not files.complete(1, len(data), modular_checksum(data))
    assert "checksum" in files.problem
    assert [file.name for file in tmp_path.iterdir()] == ["product_00001.part"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "products").write_text("a file")
    files = ProductFiles(tmp_path / "products")
    files.take(_packets(b"data", 1)[1])
    assert "products" in files.problem
    assert not files.complete(1, 4, 0)
