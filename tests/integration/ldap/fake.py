"""A small server that speaks LDAP on a socket, and does what no real one here can be made to do.

It plays back what Windows does and Samba does not (a largest page, ranges of values, references
to other domains), and what goes wrong in the middle: a closed connection, a result that ends a
search, entries without an id or with another's.
"""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

SUFFIX = "dc=example,dc=test"
_PAGED_RESULTS = b"1.2.840.113556.1.4.319"
_BIND, _UNBIND, _SEARCH = 0x60, 0x42, 0x63
_BIND_DONE, _ENTRY, _DONE, _REFERENCE = 0x61, 0x64, 0x65, 0x73

Values = Sequence[bytes]


@dataclass
class Entry:
    """One entry; names of attributes as the server writes them."""

    dn: str
    attributes: dict[str, Values]

    def values(self, name: str) -> Values:
        wanted = name.lower()
        return next((v for k, v in self.attributes.items() if k.lower() == wanted), ())


@dataclass
class Fake:
    """What the server has, and how it behaves."""

    entries: list[Entry] = field(default_factory=list)
    root_dse: dict[str, Values] = field(default_factory=dict)
    #: The most entries in one page, whatever is asked for; 0 is no limit.
    largest_page: int = 0
    #: The most values of an attribute at a time; 0 is no limit.
    largest_range: int = 0
    #: Told with the last page of every search below the top.
    references: Sequence[str] = ()
    #: Close the connection in the middle of this page of a search for persons, 1 being the first.
    closes_in_page: int = 0
    #: Say nothing any more in the middle of this page.
    stalls_in_page: int = 0
    #: Ends the search for persons with this result instead of its second page: code and message.
    ends_with: tuple[int, str] | None = None
    #: Calls the range of `mobile` that it shows by these bounds.
    bounds: str | None = None
    #: What a bind is answered with: code and message.
    bind_result: tuple[int, str] = (0, "")
    url: str = ""
    #: The names that were bound with.
    binds: list[str] = field(default_factory=list)

    def _answer(self, connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        while message := _read_message(stream):
            number, (tag, content), controls = message
            if tag == _BIND:
                self.binds.append(_elements(content)[1][1].decode())
                code, said = self.bind_result
                connection.sendall(_message(number, _result(_BIND_DONE, code, said)))
            elif tag == _SEARCH:
                if not self._search(connection, number, content, controls):
                    return
            else:
                return

    def _search(self, connection: socket.socket, number: int, content: bytes, controls) -> bool:
        base, scope, _, _, _, _, wanted_filter, wanted = _elements(content)
        names = [name.decode() for _, name in _elements(wanted[1])]
        dn, is_base = base[1].decode(), scope[1] == b"\x00"
        if not dn and is_base:
            found = [Entry("", self.root_dse)]
        else:
            found = [e for e in self.entries if _is_below(e.dn, dn, is_base)]
            if not found:
                connection.sendall(_message(number, _result(_DONE, 32, "")))
                return True
            found = [e for e in found if _matches(e, wanted_filter)]
        if _PAGED_RESULTS not in controls:
            for entry in found:
                connection.sendall(_message(number, self._shown(entry, names)))
            connection.sendall(_message(number, _result(_DONE, 0, "")))
            return True
        return self._page(connection, number, found, names, controls[_PAGED_RESULTS])

    def _page(self, connection, number, found, names, control) -> bool:
        size, cookie = (part[1] for part in _elements(_elements(control)[0][1]))
        start = int(cookie or b"0")
        length = min(int.from_bytes(size, "big"), self.largest_page or len(found) or 1)
        page, persons = start // length + 1, "mobile" in names
        shown = found[start : start + length]
        for place, entry in enumerate(shown):
            if persons and page == self.closes_in_page and place == len(shown) // 2:
                return False
            if persons and page == self.stalls_in_page and place == len(shown) // 2:
                connection.recv(1)  # until the other side gives up
                return False
            connection.sendall(_message(number, self._shown(entry, names)))
        if persons and self.ends_with and page > 1:
            connection.sendall(_message(number, _result(_DONE, *self.ends_with)))
            return True
        ended = start + length >= len(found)
        for url in self.references if ended else ():
            connection.sendall(_message(number, _tlv(_REFERENCE, _tlv(0x04, url.encode()))))
        following = b"" if ended else str(start + length).encode()
        value = _tlv(0x30, _tlv(0x02, b"\x00") + _tlv(0x04, following))
        answer = _tlv(0x30, _tlv(0x04, _PAGED_RESULTS) + _tlv(0x04, value))
        connection.sendall(_message(number, _result(_DONE, 0, ""), _tlv(0xA0, answer)))
        return True

    def _shown(self, entry: Entry, names: Sequence[str]) -> bytes:
        attributes = b""
        for name in names:
            plain, _, asked = name.partition(";range=")
            values = entry.values(plain)
            if not values:
                continue
            attributes += self._attribute(plain, values, asked)
        return _tlv(_ENTRY, _tlv(0x04, entry.dn.encode()) + _tlv(0x30, attributes))

    def _attribute(self, name: str, values: Values, asked: str) -> bytes:
        if self.bounds is not None and name == "mobile":
            return _attribute(f"mobile;range={self.bounds}", values)
        first = int(asked.partition("-")[0]) if asked else 0
        if not asked and not (self.largest_range and len(values) > self.largest_range):
            return _attribute(name, values)
        part = values[first : first + (self.largest_range or len(values))]
        last = "*" if first + len(part) >= len(values) else str(first + len(part) - 1)
        # Windows shows the attribute itself too, without a value.
        empty = b"" if asked else _attribute(name, ())
        return empty + _attribute(f"{name};range={first}-{last}", part)


@contextmanager
def running(fake: Fake) -> Iterator[Fake]:
    """Serve on a free port until the end of the block."""

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection, suppress(ConnectionError):
                fake._answer(connection)

    with socket.create_server(("127.0.0.1", 0)) as server:
        fake.url = f"ldap://127.0.0.1:{server.getsockname()[1]}"
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def _is_below(dn: str, base: str, is_base: bool) -> bool:
    mine, theirs = dn.lower().replace(", ", ","), base.lower().replace(", ", ",")
    return mine == theirs or (not is_base and mine.endswith(f",{theirs}"))


def _matches(entry: Entry, node: tuple[int, bytes]) -> bool:
    """Return whether an entry fits a filter (RFC 4511, 4.5.1.7), as far as tests need it."""
    tag, content = node
    if tag == 0xA0:
        return all(_matches(entry, each) for each in _elements(content))
    if tag == 0xA1:
        return any(_matches(entry, each) for each in _elements(content))
    if tag == 0xA2:
        return not _matches(entry, _elements(content)[0])
    if tag in {0xA3, 0xA5}:
        name, value = (part[1] for part in _elements(content))
        held = entry.values(name.decode())
        is_least = tag == 0xA5
        return any(
            int(each) >= int(value) if is_least else each.lower() == value.lower() for each in held
        )
    if tag == 0x87:
        return content.lower() == b"objectclass" or bool(entry.values(content.decode()))
    return False


def _read_message(stream):
    head = stream.read(2)
    if len(head) < 2:
        return None
    length = head[1]
    if length & 0x80:
        length = int.from_bytes(stream.read(length & 0x7F), "big")
    parts = _elements(stream.read(length))
    controls = {}
    for _, control in _elements(parts[2][1]) if len(parts) > 2 else ():
        inside = _elements(control)
        controls[inside[0][1]] = inside[-1][1]
    return int.from_bytes(parts[0][1], "big"), parts[1], controls


def _elements(data: bytes) -> list[tuple[int, bytes]]:
    found, position = [], 0
    while position < len(data):
        tag, length, position = data[position], data[position + 1], position + 2
        if length & 0x80:
            size = length & 0x7F
            length = int.from_bytes(data[position : position + size], "big")
            position += size
        found.append((tag, data[position : position + length]))
        position += length
    return found


def _tlv(tag: int, content: bytes) -> bytes:
    return bytes([tag, 0x84]) + len(content).to_bytes(4, "big") + content  # as Windows writes it


def _message(number: int, content: bytes, controls: bytes = b"") -> bytes:
    return _tlv(0x30, _tlv(0x02, number.to_bytes(4, "big")) + content + controls)


def _result(tag: int, code: int, said: str) -> bytes:
    return _tlv(tag, _tlv(0x0A, bytes([code])) + _tlv(0x04, b"") + _tlv(0x04, said.encode()))


def _attribute(name: str, values: Values) -> bytes:
    held = b"".join(_tlv(0x04, value) for value in values)
    return _tlv(0x30, _tlv(0x04, name.encode()) + _tlv(0x31, held))
