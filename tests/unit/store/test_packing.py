"""Blocks of audit lines come out as they went in, and in their order."""

import pytest

from syncd.errors import StoreError
from syncd.store.packing import Packer, pack, unpack


def test_a_block_comes_out_as_it_went_in():
    lines = '{"event":"change","name":"王小明 𠮷"}\n'.encode() * 1000
    assert unpack(pack(lines)) == lines
    assert len(pack(lines)) < len(lines) / 20
    assert unpack(memoryview(lines)) == lines


def test_blocks_are_handed_on_in_their_order():
    written: list[tuple[int, int, bytes]] = []
    packer = Packer(lambda *block: written.append(block))
    for first in range(1, 2001, 100):
        packer.add(first, first + 99, b"{%d}\n" % first * 100)
    assert len(written) < 20  # some still wait
    packer.close()
    assert [(first, last) for first, last, _ in written] == [
        (first, first + 99) for first in range(1, 2001, 100)
    ]
    assert unpack(written[3][2]) == b"{301}\n" * 100


def test_bytes_of_another_hand_are_no_block():
    with pytest.raises(StoreError, match="damaged"):
        unpack(b"\0")
