"""What one process tells another of a reading: all of it, or that it is not all."""

import io
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from syncd.errors import SourceError, SourceMalformed, SourceRejected, SourceUnavailable
from syncd.model.entry import Entry, Kind, Rejection, Snapshot
from syncd.sources.base import Progress, ignore_progress
from syncd.sources.stream import (
    GREETING,
    DefectAside,
    Incomplete,
    hear_reading,
    write_reading,
)
from syncd.text import joined, text, translated

START = datetime(2026, 5, 6, 7, tzinfo=UTC)


def entry(kind: Kind, number: int, volatile: str = "") -> Entry:
    content = f'{{"name":"员工𠮷{number}","odd":"\\u0000"}}'.encode()
    return Entry(
        kind, f"{kind}-{number}", START + timedelta(seconds=number // 7), content, volatile
    )


def snapshot(departments: int, users: int) -> Snapshot:
    return Snapshot(
        source="corp",
        began_at=START,
        departments=tuple(entry(Kind.DEPARTMENT, number) for number in range(departments)),
        users=tuple(entry(Kind.USER, number, "?x" * (number % 2)) for number in range(users)),
        readable=frozenset({"name", "custom.鞋码"}),
        rejections=(Rejection(Kind.USER, "cn=?,dc=test", "id", "empty"),),
        facts={"calls": 7},
        capabilities={"bind": text("carried by nobody: {unseen}", unseen="mobile")},
        scope={"views": [{"base_dn": "dc=test"}], "empty": ["a"]},
        identity="dc=test#1",
        position={"latest": ["1", "2"]},
    )


def written(read: Callable[[Progress], Snapshot]) -> bytes:
    """Return what a process writes that reads so."""
    there, here = os.pipe()
    with os.fdopen(here, "wb", buffering=4096) as out, os.fdopen(there, "rb") as answers:
        with out:
            write_reading(read, out)
        return answers.read()


def heard(data: bytes, progress: Progress = ignore_progress) -> Snapshot:
    assert data.startswith(GREETING)
    return hear_reading(io.BytesIO(data[len(GREETING) :]), progress)


def raising(error: Exception) -> Callable[[Progress], Snapshot]:
    def read(progress: Progress) -> Snapshot:
        raise error

    return read


@pytest.mark.parametrize(("departments", "users"), [(0, 0), (3, 0), (0, 5), (20, 30)])
def test_what_is_heard_is_what_was_read(departments, users):
    before = snapshot(departments, users)
    after = heard(written(lambda _: before))
    assert after == before
    assert [type(one) for one in (*after.users, *after.departments)] == [Entry] * (
        departments + users
    )
    assert translated(after.capabilities["bind"], "zh") == translated(
        before.capabilities["bind"], "zh"
    )


def test_more_than_one_block_arrives_in_its_order(tmp_path):
    before = snapshot(1500, 9001)
    file = tmp_path / "answers"
    with file.open("wb") as out:
        write_reading(lambda _: before, out)
    assert heard(file.read_bytes()) == before


def test_no_beginning_of_a_reading_is_taken_for_the_whole():
    told = written(lambda _: snapshot(2, 3))
    for length in range(len(GREETING), len(told)):
        with pytest.raises(Incomplete):
            heard(told[:length])


def test_an_end_that_tells_of_more_than_has_arrived_is_none(monkeypatch):
    monkeypatch.setattr("syncd.sources.stream._BLOCK", 2)
    told = written(lambda _: snapshot(2, 6))
    blocks = told.split(b"\x80\x05\x95")  # how a pickle of this protocol begins
    with pytest.raises(Incomplete):
        heard(b"\x80\x05\x95".join([*blocks[:2], *blocks[3:]]))


@pytest.mark.parametrize("kind", [SourceError, SourceUnavailable, SourceRejected, SourceMalformed])
def test_an_error_arrives_as_it_was_raised(kind):
    within = text("carried by nobody: {unseen}", unseen="mobile")
    error = kind(
        joined("; ", [text("{url} closed the connection", url="ldap://𠮷"), within]),
        hint=text("Check base_dn and bind_dn."),
    )
    with pytest.raises(kind) as found:
        heard(written(raising(error)))
    assert type(found.value) is kind
    assert vars(found.value) == vars(error)
    assert found.value.retryable == error.retryable
    for language in ("en", "zh"):
        assert translated(found.value.message, language) == translated(error.message, language)
        assert translated(found.value.hint, language) == translated(error.hint, language)
    assert translated(found.value.hint, "zh") != error.hint


def test_a_defect_arrives_with_its_traceback():
    with pytest.raises(DefectAside, match=r"(?s)in read\n.*KeyError: 'entryUUID'"):
        heard(written(raising(KeyError("entryUUID"))))


def test_how_far_a_reading_is_arrives_too():
    seen = []

    def read(progress: Progress) -> Snapshot:
        progress("departments", 3, 3)
        progress("users", 1000, 1000)
        return snapshot(0, 1)

    heard(written(read), lambda *said: seen.append(said))
    assert seen == [("departments", 3, 3), ("users", 1000, 1000)]


def test_a_reading_does_not_wait_until_somebody_hears_how_far_it_is():
    there, here = os.pipe()
    ended = []

    def read(progress: Progress) -> Snapshot:
        for number in range(20_000):
            progress("users", number, number)
        ended.append(True)
        raise BrokenPipeError

    # Nobody reads a byte meanwhile.
    with (
        os.fdopen(there, "rb"),
        os.fdopen(here, "wb", buffering=0) as out,
        pytest.raises(BrokenPipeError),
    ):
        write_reading(read, out)
    assert ended == [True]
