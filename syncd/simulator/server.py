"""HTTP/1.1 on raw asyncio: as little work for a call as can be, keep-alive, one loop.

A framework's parsing and routing would cost more than the answers, which are ready bytes;
benchmarks measure a client against this server on the same processors.
"""

import asyncio
import contextlib
import signal
import socket
import struct
from collections.abc import Callable
from urllib.parse import parse_qsl

from syncd.simulator.answers import Reply
from syncd.simulator.api import Api
from syncd.simulator.calls import Call, Ending, Outcome
from syncd.simulator.control import PREFIX as CONTROL_PREFIX
from syncd.simulator.control import Control

_END_OF_HEAD = b"\r\n\r\n"
_SEND_BUFFER = 1024 * 1024
_MOST_BYTES = 64 * 1024 * 1024
_BAD_REQUEST = Reply(b"bad request", status=400, content_type="text/plain", errcode=None)


class Connection(asyncio.Protocol):
    """One connection: takes requests one after the other and sends each answer in its time."""

    def __init__(self, site: "Site") -> None:
        """Belong to a site."""
        self._site = site
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._ip = ""
        self._buffer = b""
        self._busy = False
        self._last = False
        self._encouraged = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember whom to answer."""
        if not isinstance(transport, asyncio.Transport):  # pragma: no cover - TCP gives one
            raise TypeError(transport)
        self._transport = transport
        # a whole page in one piece: the rest of a half-sent one would cost another turn
        transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER
        )
        self._ip = str(transport.get_extra_info("peername")[0])
        self._site.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Forget the peer; an answer still due is not sent."""
        self._transport = None
        self._site.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        """Take bytes, and answer when they are a whole request."""
        self._buffer += data
        if not self._busy:
            self._next()

    def abort(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    def _next(self) -> None:
        try:
            call = self._take_request()
        except ValueError:
            self._last = True
            self._send(Outcome(_BAD_REQUEST))
            return
        if call is None:
            return
        self._busy = True
        arrived = self._loop.time()
        if call.path.startswith(CONTROL_PREFIX):
            self._send(Outcome(self._site.control.answer(call)))
            return
        self._answer(call, arrived)

    def _answer(self, call: Call, arrived: float) -> None:
        api = self._site.api
        api.in_flight += 1
        api.peak_in_flight = max(api.peak_in_flight, api.in_flight)
        try:
            outcome = api.answer(call)
        except Exception as error:  # noqa: BLE001 - a rule that does not fit must show, not hang
            outcome = Outcome(_broken(error))
        due = arrived + api.options.latency.total_seconds() + outcome.delay
        if due > self._loop.time():
            self._loop.call_at(due, self._finish, outcome)
        else:
            self._finish(outcome)

    def _finish(self, outcome: Outcome) -> None:
        self._site.api.in_flight -= 1
        self._send(outcome)

    def _send(self, outcome: Outcome) -> None:
        transport = self._transport
        self._busy = False
        if transport is None:
            return
        if outcome.ending is Ending.ANSWER:
            transport.write(outcome.reply.wire)
            if self._last:
                transport.close()
            elif self._buffer:
                self._next()
            return
        if outcome.ending is Ending.HALF:
            wire = outcome.reply.wire
            transport.write(wire[: len(wire) - len(outcome.reply.body) // 2 - 1])
        elif outcome.ending is Ending.RESET:
            _reset_on_close(transport)
        transport.close()

    def _take_request(self) -> Call | None:
        """Take one request off the buffer, or None while it is not all there.

        Raises:
            ValueError: It is no HTTP that this server speaks.
        """
        end = self._buffer.find(_END_OF_HEAD)
        if end < 0:
            if len(self._buffer) > _MOST_BYTES:
                raise ValueError("no end of the head")
            return None
        head = self._buffer[:end].decode("latin-1")
        line, _, headers = head.partition("\r\n")
        method, target, version = line.split(" ")
        length, content_type = 0, ""
        if method != "GET" or "ontent-" in headers:
            length, content_type = _content(headers)
        start = end + len(_END_OF_HEAD)
        if len(self._buffer) < start + length:
            self._encourage(headers)
            return None
        self._encouraged = False
        body = self._buffer[start : start + length]
        self._buffer = self._buffer[start + length :]
        self._last = version == "HTTP/1.0" or "connection: close" in headers.lower()
        path, _, query = target.partition("?")
        return Call(method, path, dict(parse_qsl(query)), body, self._ip, content_type)

    def _encourage(self, headers: str) -> None:
        """Ask once for a body that is held back until somebody wants it, as curl does."""
        if self._encouraged or "expect: 100-continue" not in headers.lower():
            return
        self._encouraged = True
        if self._transport is not None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")


class Site:
    """The API and its control interface behind one port."""

    def __init__(self, api: Api) -> None:
        """Serve this API."""
        self.api = api
        self.control = Control(api)
        self.connections: set[Connection] = set()

    async def serve(self, stop: asyncio.Event, ready: Callable[[str], None] | None = None) -> None:
        """Answer until `stop` is set; `ready` gets the base URL once calls are taken."""
        options = self.api.options
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Connection(self), options.host, options.port)
        host, port = server.sockets[0].getsockname()[:2]
        try:
            if ready is not None:
                ready(f"http://{f'[{host}]' if ':' in host else host}:{port}")
            await stop.wait()
        finally:
            server.close()
            for connection in list(self.connections):
                connection.abort()
            # the transports close in the loop's next turn
            await asyncio.sleep(0)


def stop_at_signals(stop: asyncio.Event) -> None:
    """Let SIGTERM and SIGINT end the service quietly; only in a main thread."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(RuntimeError, ValueError):
            loop.add_signal_handler(number, stop.set)


def _broken(error: Exception) -> Reply:
    """Return a 500 that says what a fault rule, or the simulator, did wrong."""
    text = f"The simulator could not answer: {error!r}".encode()
    return Reply(text, status=500, content_type="text/plain; charset=utf-8", errcode=None)


def _content(headers: str) -> tuple[int, str]:
    """Return the body's length and content type."""
    length, content_type = 0, ""
    for line in headers.split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            length = int(value)
        elif name.lower() == "content-type":
            content_type = value.strip()
        elif name.lower() == "transfer-encoding":
            raise ValueError("chunked requests are not spoken")
    return length, content_type


def _reset_on_close(transport: asyncio.Transport) -> None:
    """Make the close a reset, as from a middlebox: nothing lingers."""
    sock = transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
