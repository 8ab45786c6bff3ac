"""The reader of search entries gives what stands in them, or nothing."""

import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.sources.ldap import ber
from tests.unit.sources.ldap import ber_writing as write

NAMES = st.from_regex(r"[a-zA-Z][a-zA-Z0-9-]{0,11}(;[a-zA-Z0-9-]{1,9})?", fullmatch=True).filter(
    lambda name: ";range=" not in name.lower()
)
VALUES = st.binary(max_size=300) | st.text(max_size=80).map(str.encode) | st.just(b"\xff\0")
ATTRIBUTES = st.lists(
    st.tuples(NAMES.map(str.encode), st.lists(VALUES, max_size=6)),
    max_size=6,
    unique_by=lambda each: each[0].lower(),
).map(dict)
DNS = st.text(max_size=60).map(str.encode)
#: Octets of every length: 0 is the shortest form, more is longer than needed and legal.
DIGITS = st.sampled_from([0, 1, 2, 4, 8])


def arriving(parts: list[bytes]):
    """Return what gives one part after the other, and then nothing."""
    waiting = iter(parts)
    return lambda: next(waiting, b"")


def read(parts: list[bytes]) -> Iterator[ber.Entry | None]:
    """Read messages that are search entries."""
    names: dict[bytes, str] = {}
    for data, start, stop in ber.messages(arriving(parts)):
        found = ber.envelope(data, start, stop)
        assert found.operation == ber.SEARCH_ENTRY
        yield ber.entry(data, found.start, found.stop, names)


def spelled(attributes):
    return {name.decode().lower(): list(values) for name, values in attributes.items()}


@given(DNS, ATTRIBUTES, DIGITS, st.integers(1, 2**31 - 1))
def test_an_entry_reads_as_it_was_written_in_every_legal_form(dn, attributes, digits, number):
    content = write.entry(dn, attributes.items(), digits)
    (found,) = read([write.message(number, write.ENTRY, content, digits=digits)])
    assert found == (dn, spelled(attributes))
    assert list(found.attributes) == list(spelled(attributes))


@given(st.lists(st.tuples(DNS, ATTRIBUTES, DIGITS), max_size=4), st.data())
def test_messages_may_arrive_in_any_parts(entries, data):
    sent = b"".join(
        write.message(5, write.ENTRY, write.entry(dn, each.items(), digits), digits=digits)
        for dn, each, digits in entries
    )
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(sent) - 1)), max_size=20)))
    parts = [sent[a:b] for a, b in zip([0, *cuts], [*cuts, len(sent)], strict=True)]
    found = list(read([part for part in parts if part]))
    assert found == [(dn, spelled(each)) for dn, each, _ in entries]


@given(DNS, ATTRIBUTES, DIGITS, st.data())
def test_a_message_that_is_cut_off_is_none(dn, attributes, digits, data):
    sent = write.message(5, write.ENTRY, write.entry(dn, attributes.items(), digits))
    cut = data.draw(st.integers(0, len(sent) - 1))
    assert list(read([sent[:cut]])) == []


def elements(data: bytes) -> list[tuple[int, bytes]]:
    """Return tag and content of each element, read slowly and plainly."""
    found = []
    while data:
        tag, first, rest = data[0], data[1], data[2:]
        count = first & 0x7F if first & 0x80 else 0
        size = int.from_bytes(rest[:count]) if count else first
        assert first != 0x80
        assert len(rest) >= count + size
        found.append((tag, rest[count : count + size]))
        data = rest[count + size :]
    return found


def plainly(content: bytes):
    """Return an entry as the plain reading has it."""
    (_, dn), (_, listed) = elements(content)
    return dn, [
        (name.decode().lower(), [value for _, value in elements(values)])
        for (_, name), (_, values) in (elements(each) for _, each in elements(listed))
    ]


@given(DNS, ATTRIBUTES, DIGITS, st.data())
def test_a_damaged_entry_is_refused_or_says_what_a_plain_reading_says(dn, attributes, digits, data):
    content = bytearray(write.entry(dn, attributes.items(), digits))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        match data.draw(st.sampled_from(["change", "drop", "add", "double"])):
            case "change":
                content[at] = data.draw(st.integers(0, 255))
            case "drop" if len(content) > 1:
                del content[at]
            case "add":
                content.insert(at, data.draw(st.integers(0, 255)))
            case "double":
                content[at:at] = content[at : at + data.draw(st.integers(1, 40))]
    message = bytes(content)
    try:
        found = ber.entry(message, 0, len(message), {})
    except ber.Malformed:
        return
    if found is not None:
        assert plainly(message) == (found.dn, list(found.attributes.items()))


@given(st.binary(max_size=400))
def test_any_bytes_at_all_end_in_messages_or_in_a_refusal(data):
    try:
        for part, start, stop in ber.messages(arriving([data])):
            found = ber.envelope(part, start, stop)
            ber.check(part, found)
            ber.entry(part, found.start, found.stop, {})
    except ber.Malformed:
        pass


@pytest.mark.parametrize(
    ("head", "why"),
    [
        pytest.param(b"\x30\x80", "indefinite", id="indefinite length"),
        pytest.param(b"\x30\xff" + b"\x01" * 127, "64 bits", id="reserved length"),
        pytest.param(b"\x30\x89" + b"\x01" * 9, "64 bits", id="nine octets of length"),
        pytest.param(b"\x30\x88" + b"\xff" * 8, "longer than any", id="beyond 2^63"),
        pytest.param(b"\x30\x85\x01\0\0\0\0", "longer than any", id="2^32"),
        pytest.param(b"\x30\x84\x08\0\0\x01", "longer than any", id="one above the most"),
        pytest.param(b"HTTP/1.1 400 Bad Request", "does not begin", id="another protocol"),
    ],
)
def test_a_length_that_cannot_be_is_refused_before_more_is_read(head, why):
    def never():
        if asked:
            pytest.fail("more was asked for")
        asked.append(1)
        return head

    asked: list[int] = []
    with pytest.raises(ber.Malformed, match=why):
        next(ber.messages(never))


def test_a_claimed_length_takes_no_memory():
    claimed = b"\x30\x84\x07\xff\xff\xff" + b"x" * 1000
    tracemalloc.start()
    try:
        assert list(ber.messages(arriving([claimed]))) == []
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100_000


def test_one_octet_at_a_time_costs_no_more_than_the_message():
    value = b"x" * 200_000
    sent = write.message(5, write.ENTRY, write.entry(b"dc=x", [(b"photo", [value])]))
    octets = [sent[at : at + 1] for at in range(len(sent))]
    (found,) = read(octets)
    assert found is not None
    assert found.attributes == {"photo": [value]}


@pytest.mark.parametrize("tag", [0x30, 0x31, 0xA0, 0x64])
def test_elements_nested_without_end_are_refused(tag):
    nested = b""
    for _ in range(2000):
        nested = write.element(tag, nested)
    message = write.message(1, write.EXTENDED, write.result() + nested)
    with pytest.raises(ber.Malformed, match="nested"):
        ber.check(message, ber.envelope(message, 0, len(message)))


@pytest.mark.parametrize("name", [b"member;range=0-1499", b"member;Range=0-*", "名".encode()])
def test_a_name_that_is_not_plain_is_left_to_another_decoder(name):
    content = write.entry(b"dc=x", [(b"cn", [b"1"]), (name, [b"2"])])
    assert ber.entry(content, 0, len(content), {}) is None


@pytest.mark.parametrize(
    "attributes",
    [
        pytest.param([(b"cn", [b"1"]), (b"cn", [b"2"])], id="twice"),
        pytest.param([(b"cn", [b"1"]), (b"CN", [b"2"])], id="twice in another case"),
        pytest.param([(b"", [b"1"])], id="no name"),
    ],
)
def test_attributes_that_cannot_stand_so_are_refused(attributes):
    content = write.entry(b"dc=x", attributes)
    with pytest.raises(ber.Malformed):
        ber.entry(content, 0, len(content), {})


def test_the_memory_for_names_is_bounded():
    names: dict[bytes, str] = {}
    for number in range(5000):
        content = write.entry(b"dc=x", [(b"x%d" % number, [b"1"])])
        ber.entry(content, 0, len(content), names)
    assert len(names) <= 1000


@pytest.mark.parametrize(
    ("operation", "content", "controls"),
    [
        pytest.param(write.DONE, b"", b"", id="result without a code"),
        pytest.param(write.DONE, b"\x0a\x00\x04\x00\x04\x00", b"", id="code without digits"),
        pytest.param(write.DONE, b"\x04\x010\x04\x00\x04\x00", b"", id="code that is text"),
        pytest.param(write.DONE, b"\x0a\x01\x00\x04\x05\x04\x00", b"", id="text beyond the end"),
        pytest.param(write.DONE, b"\x24\x80\0\0", b"", id="indefinite inside"),
        pytest.param(write.DONE, b"\x1f\x81\x01\x00", b"", id="tag of several octets"),
        pytest.param(write.REFERENCE, b"\x02\x01\x01", b"", id="reference that is a number"),
        pytest.param(write.REFERENCE, b"", b"", id="reference to nothing"),
        pytest.param(write.DONE, write.result(), b"\x30\x00", id="control without a name"),
        pytest.param(
            write.DONE, write.result(), write.control(write.PAGED_RESULTS, b""), id="empty page"
        ),
        pytest.param(
            write.DONE,
            write.result(),
            write.control(write.PAGED_RESULTS, b"\x30\x05\x02\x01\x00\x04\x7f"),
            id="page whose cookie is cut off",
        ),
        pytest.param(
            write.DONE,
            write.result(),
            write.control(write.PAGED_RESULTS, b"\x30\x03\x02\x01\x00"),
            id="page without a cookie",
        ),
    ],
)
def test_other_messages_are_checked_before_a_trusting_decoder_has_them(
    operation, content, controls
):
    message = write.message(3, operation, content, controls)
    with pytest.raises(ber.Malformed):
        ber.check(message, ber.envelope(message, 0, len(message)))


def test_sound_messages_pass_the_check():
    for message in (
        write.message(3, write.DONE, write.result(), write.paging(b"more")),
        write.message(3, write.REFERENCE, write.element(write.OCTETS, b"ldap://other/")),
        write.message(3, write.INTERMEDIATE, write.element(0x80, b"1.2.3")),
        write.message(0, write.EXTENDED, write.result(52) + write.element(0x8A, b"1.2.3")),
        write.message(1, 0x42, b""),
    ):
        ber.check(message, ber.envelope(message, 0, len(message)))
