"""A server that speaks MySQL's protocol just enough to ask its client for files."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

#: What a client is told first: version 10 of the protocol, all capabilities, a plugin and its salt.
_GREETING = (
    b"\x0a10.11.0-asking\0"
    + struct.pack("<I", 1)
    + b"s" * 8
    + b"\0\xff\xf7\x2d\x02\0\xff\x81\x15"
    + bytes(10)
    + b"s" * 12
    + b"\0mysql_native_password\0"
)
OK = b"\0\0\0\x02\0\0\0"


def request(name: bytes) -> bytes:
    """Return the packet that asks for a file."""
    return b"\xfb" + name


def done(rows: int, warnings: int = 0) -> bytes:
    """Return the packet that says how many rows a statement has written."""
    return b"\0" + bytes([rows]) + b"\0\x02\0" + struct.pack("<H", warnings)


@dataclass
class AskingServer:
    """Answers each statement as `answer` says, and keeps all that it is sent."""

    port: int
    #: The packets with which it answers a statement; with none, it hangs up.
    answer: Callable[[bytes], list[bytes]] = field(default=lambda _: [OK])
    statements: list[bytes] = field(default_factory=list)
    #: What came in answer to requests for files.
    given: list[bytes] = field(default_factory=list)

    def serve(self, listener: socket.socket) -> None:
        """Speak with one client after the other until the listener is closed."""
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                with client, client.makefile("rb") as stream, suppress(OSError, EOFError):
                    self._speak(client, stream)

    def _speak(self, client: socket.socket, stream: "socket.SocketIO") -> None:
        _send(client, 0, _GREETING)
        _receive(stream)
        _send(client, 2, OK)
        while True:
            _, command = _receive(stream)
            self.statements.append(command[1:])
            packets, number = self.answer(command[1:]), 1
            if not packets:
                return
            for packet in packets:
                _send(client, number, packet)
                number += 1
                if packet.startswith(b"\xfb"):
                    number = self._take(stream)

    def _take(self, stream: "socket.SocketIO") -> int:
        """Take what comes until an empty packet ends it; return the number of the next packet."""
        self.given.append(b"")
        while True:
            number, piece = _receive(stream)
            if not piece:
                return number + 1
            self.given[-1] += piece


@contextmanager
def asking_server() -> Iterator[AskingServer]:
    """Give a running server on a free port of the loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = AskingServer(listener.getsockname()[1])
        thread = threading.Thread(target=server.serve, args=(listener,))
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _send(client: socket.socket, number: int, payload: bytes) -> None:
    client.sendall(len(payload).to_bytes(3, "little") + bytes([number % 256]) + payload)


def _receive(stream: "socket.SocketIO") -> tuple[int, bytes]:
    head = stream.read(4)
    if not head or len(head) < 4:
        raise EOFError
    size = int.from_bytes(head[:3], "little")
    return head[3], (stream.read(size) or b"") if size else b""
