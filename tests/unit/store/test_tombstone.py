from hashlib import sha256

import orjson

from syncd.services.audit_lines import read_line
from syncd.services.audit_tombstones import Tombstones
from syncd.store.tombstone import is_tombstone, seq_of, tombstone, with_tombstones

BODY = (
    b'{"ts":"2026-03-04T05:06:07.891011Z","event":"change","run_id":3,"seq":42,"actor":"ops",'
    b'"after":{"name":"\xe8\xb5\xb5\xe6\x95\x8f","seq":7},"prev":"' + b"a" * 64 + b'"'
)
LINE = BODY + b',"hash":"' + sha256(BODY).hexdigest().encode() + b'"}'


def test_a_tombstone_keeps_number_and_hashes_and_nothing_else():
    left = orjson.loads(tombstone(LINE))

    assert left.pop("hash") == sha256(BODY).hexdigest()
    assert left == {
        "ts": "2026-03-04T05:06:07.891011Z",
        "event": "erased",
        "run_id": 3,
        "seq": 42,
        "actor": None,
        "prev": "a" * 64,
    }
    assert read_line(tombstone(LINE)).seq == 42


def test_a_number_is_read_without_taking_the_line_apart():
    assert seq_of(LINE) == 42
    assert seq_of(LINE.replace(b'"run_id":3', b'"run_id":null')) == 42
    assert seq_of(tombstone(LINE)) == 42
    assert seq_of(b"no line of ours") == 0


def test_only_named_and_whole_lines_become_tombstones_and_none_twice():
    other = LINE.replace(b'"seq":42', b'"seq":43')
    lines = LINE + b"\n" + other + b"\n"

    once = with_tombstones(lines, {42})

    assert once == tombstone(LINE) + b"\n" + other + b"\n"
    assert with_tombstones(once, {42}) == once
    assert is_tombstone(once)
    assert with_tombstones(LINE, {42}) == LINE  # torn: it will be written again


def test_a_tombstone_must_be_allowed_by_a_later_line():
    def line(seq, event, **fields):
        document = {"ts": "t", "event": event, "run_id": None, "seq": seq, **fields}
        body = orjson.dumps({**document, "prev": "p"})[:-1]
        return read_line(body + b',"hash":"' + b"0" * 64 + b'"}')

    found = Tombstones()
    for seq in (4, 5, 9):
        assert found.take(None, seq, line(seq, "erased"))
    assert not found.take(None, 8, line(8, "person_erased", lines=[4, 6, 9, "x"]))
    assert not found.take(None, 7, line(7, "person_erased"))

    assert [number for _, _, number, _ in found.forged()] == [5, 9]
    assert [code for code, *_ in found.left([], 9)] == ["not_erased"]
    assert list(found.left([(6, 6)], 9)) == []
    assert list(found.left([], 5)) == []
