"""The lean reader in ldap3's connection gives what ldap3's own reader gives, or an error of ours."""

from itertools import count, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ldap3 import DIGEST_MD5, NONE, RESTARTABLE, Connection, Server

from syncd.errors import SourceError, SourceMalformed, SourceUnavailable
from syncd.sources.ldap.connection import Directory
from syncd.sources.ldap.lean import LeanStrategy, read_leanly
from tests.unit.sources.ldap import ber_writing as write

PEOPLE = {
    b"uid=a,dc=x": {b"cn": ["张三".encode()], b"jpegPhoto": [b"\xff\0\xd8"], b"mail": [b"a", b"b"]},
    "uid=𠮷,dc=x".encode(): {b"cn;lang-zh": ["𠮷野".encode()], b"description": []},
}
#: Number 1 is what a new connection asks with first.
SENT = b"".join(
    [
        *(
            write.message(1, write.ENTRY, write.entry(dn, each.items()))
            for dn, each in PEOPLE.items()
        ),
        write.message(1, write.REFERENCE, write.element(write.OCTETS, b"ldap://other/dc=x??sub")),
        write.message(1, write.INTERMEDIATE, write.element(0x80, b"1.3.6.1") + b"\x81\x01x"),
        write.message(
            1,
            write.ENTRY,
            write.entry(b"uid=c,dc=x", [(b"cn", [b"C"])]),
            write.control(b"1.3.6.1.4.1.4203.1.9.1.2", b"\x30\0"),
        ),
        write.message(
            1,
            write.ENTRY,
            write.entry(b"cn=g,dc=x", [(b"member;range=0-1", [b"uid=a", b"uid=b"])]),
        ),
        write.message(1, write.ENTRY, write.entry(b"cn=\xe9,dc=x", [(b"cn", [b"latin"])])),
        write.message(1, write.DONE, write.result(), write.paging(b"more")),
    ]
)


class FakeSocket:
    """Says what it is given, part by part, and then that the connection is closed."""

    def __init__(self, parts):
        self._parts = list(parts)

    def sendall(self, data):
        pass

    def recv(self, size):
        part = self._parts.pop(0) if self._parts else b""
        if isinstance(part, Exception):
            raise part
        if len(part) > size:
            self._parts.insert(0, part[size:])
        return part[:size]

    def shutdown(self, how):
        pass

    def close(self):
        pass


def connected(parts, *, lean=True, **options):
    given = {"check_names": False, "return_empty_attributes": False, "auto_range": False}
    server = Server("127.0.0.1", get_info=NONE)
    server.next_message_id = count(1).__next__
    connection = Connection(server, **{**given, **options})
    if lean:
        read_leanly(connection)
    connection.socket, connection.closed = FakeSocket(parts), False
    connection.listening = connection.bound = True
    connection.strategy._outstanding = {}
    return connection


def found(parts, *, lean=True, **options):
    """Return everything that a search has found, and its result."""
    connection = connected(parts, lean=lean, **options)
    connection.search("dc=x", "(objectClass=*)", attributes=["*"])
    return comparable(connection.response), comparable([connection.result])


def comparable(answers):
    told = []
    for answer in answers:
        plain = {name: value for name, value in answer.items() if name != "attributes"}
        if "raw_attributes" in plain:
            given = plain["raw_attributes"]
            plain["raw_attributes"] = [(name.lower(), given[name] or []) for name in given]
        told.append(plain)
    return told


def page(parts):
    """Return what a source would be given."""
    directory = Directory(connected(parts), "ldap://fake", 1000, lambda: None)
    return next(directory.pages("dc=x", "(objectClass=*)", ["*"]))


def test_every_kind_of_message_is_read_as_ldap3_reads_it():
    responses, result = found([SENT])
    assert (responses, result) == found([SENT], lean=False)
    assert [each["type"] for each in responses].count("searchResEntry") == 5
    assert result[0]["controls"]["1.2.840.113556.1.4.319"]["value"]["cookie"] == b"more"


@given(st.sets(st.integers(1, len(SENT) - 1), max_size=40))
@settings(max_examples=40)
def test_it_does_not_matter_in_which_parts_messages_arrive(cuts):
    edges = [0, *sorted(cuts), len(SENT)]
    parts = [SENT[a:b] for a, b in pairwise(edges)]
    assert found(parts) == found([SENT], lean=False)


@given(st.integers(0, len(SENT) - 1))
def test_a_page_that_is_cut_off_anywhere_is_an_error(cut):
    with pytest.raises(SourceUnavailable):
        page([SENT[:cut]])


@given(st.data())
@settings(max_examples=300)
def test_damage_ends_in_an_error_of_ours_or_in_what_ldap3_reads(data):
    sent = bytearray(SENT)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(sent) - 2))
        match data.draw(st.sampled_from(["change", "drop", "add"])):
            case "change":
                sent[at] = data.draw(st.integers(0, 255))
            case "drop":
                del sent[at : at + data.draw(st.integers(1, 5))]
            case "add":
                sent[at:at] = data.draw(st.binary(min_size=1, max_size=5))
    try:
        page([bytes(sent)])
    except SourceError:
        return
    assert found([bytes(sent)]) == found([bytes(sent)], lean=False)


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_any_bytes_at_all_are_an_error_of_ours(parts):
    with pytest.raises(SourceError):
        page([part for part in parts if part])


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        pytest.param(
            write.message(0, write.EXTENDED, write.result(52) + b"\x8a\x161.3.6.1.4.1.1466.20036"),
            SourceUnavailable,
            id="notice of disconnection",
        ),
        pytest.param(
            write.message(0, write.EXTENDED, write.result(52) + b"\x8a\x051.2.3"),
            SourceUnavailable,
            id="unknown notice",
        ),
        pytest.param(write.message(7, write.DONE, write.result()), SourceUnavailable, id="number"),
        pytest.param(
            write.message(7, write.EXTENDED, write.result()), SourceMalformed, id="extended twice"
        ),
        pytest.param(
            write.message(1, write.DONE, write.result()) + write.message(1, write.DONE, b"\0"),
            SourceUnavailable,
            id="more after the last answer",
        ),
        pytest.param(b"\x30\x84\xff\xff\xff\xff", SourceMalformed, id="too long"),
        pytest.param(
            write.message(1, write.INTERMEDIATE, b"\x02\x07\x31\x2e\x33\x2e\x36\x2e\x31\x81\x01x"),
            SourceMalformed,
            id="a number for a value",
        ),
        pytest.param(TimeoutError("timed out"), SourceUnavailable, id="silence"),
        pytest.param(ConnectionResetError("reset"), SourceUnavailable, id="reset"),
    ],
)
def test_a_server_that_answers_something_else_is_an_error_of_ours(sent, error):
    with pytest.raises(error):
        page([sent])


def test_silence_is_told_as_such():
    with pytest.raises(SourceUnavailable, match="did not answer in time"):
        page([SENT[:50], TimeoutError("timed out")])


def test_what_came_before_tls_is_never_taken_for_what_came_through_it():
    begun = write.message(1, write.EXTENDED, write.result())
    forged = write.message(2, write.DONE, write.result())
    connection = connected([begun + forged])
    with pytest.raises(Exception, match="data after the last answer"):
        connection.extended("1.3.6.1.4.1.1466.20037")


def test_ranges_that_ldap3_completes_by_itself_are_completed():
    first = write.entry(b"cn=g", [(b"member;range=0-1", [b"a", b"b"])])
    rest = write.entry(b"cn=g", [(b"member;range=2-*", [b"c"])])
    parts = [
        write.message(number, write.ENTRY, each) + write.message(number, write.DONE, write.result())
        for number, each in enumerate([first, rest], 1)
    ]
    responses, _ = found(parts, auto_range=True)
    assert responses == found(parts, auto_range=True, lean=False)[0]
    assert responses[0]["raw_attributes"] == [("member", [b"a", b"b", b"c"])]


def test_signed_and_counted_connections_are_read_by_ldap3_itself(monkeypatch):
    def never(_connection):
        pytest.fail("the lean reader was asked")

    monkeypatch.setattr(LeanStrategy, "_receive", never)
    counted = connected([SENT], collect_usage=True)
    counted.search("dc=x", "(objectClass=*)", attributes=["*"])
    assert counted.usage.search_operations == 1
    signed = connected([])
    signed.sasl_mechanism, signed._digest_md5_kis = DIGEST_MD5, b"key"
    with pytest.raises(Exception, match="Signature verification"):
        signed.search("dc=x", "(objectClass=*)")


@pytest.mark.parametrize(
    "options", [{"return_empty_attributes": True}, {"client_strategy": RESTARTABLE}]
)
def test_a_connection_that_needs_more_than_it_gives_is_refused(options):
    with pytest.raises(ValueError, match="needs SYNC"):
        connected([], **options)


class ListeningSocket(FakeSocket):
    """Notes how many answers had been taken whenever more was asked of it."""

    def __init__(self, parts, taken):
        super().__init__(parts)
        self._taken, self.noted = taken, []

    def recv(self, size):
        self.noted.append(len(self._taken))
        return super().recv(size)


def synchronised(parts, **options):
    """Return what was given away of a search by RFC 4533, when, and its result."""
    taken = []
    connection = connected([], **options)
    connection.socket = ListeningSocket(parts, taken)
    directory = Directory(connection, "ldap://fake", 1000, lambda: None)
    result = directory.synchronise("dc=x", "(objectClass=*)", ["1.1"], b"", taken.append)
    return comparable(taken), connection.socket.noted, comparable([result]), connection.strategy


def test_answers_are_taken_while_the_server_makes_the_next_ones():
    half = len(SENT) // 2
    taken, noted, result, strategy = synchronised([SENT[:half], SENT[half:]])
    assert (taken, result) == found([SENT])
    assert noted[0] == 0 < noted[1] < len(taken)
    assert strategy.take is None


def test_answers_that_ldap3_reads_itself_are_taken_all_the_same():
    taken, _, result, _ = synchronised([SENT], collect_usage=True)
    assert (taken, result) == found([SENT], lean=False)


def test_a_reading_that_breaks_off_is_none_whatever_was_taken():
    taken = []
    connection = connected([SENT[: len(SENT) // 2]])
    directory = Directory(connection, "ldap://fake", 1000, lambda: None)
    with pytest.raises(SourceUnavailable):
        directory.synchronise("dc=x", "(objectClass=*)", ["1.1"], b"", taken.append)
    assert taken
    assert connection.strategy.take is None
