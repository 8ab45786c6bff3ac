"""A WeCom that says what it is told, byte for byte, and a clock that only sleeping moves."""

import json
import socket
import socketserver
import ssl
import struct
import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from syncd.wecom.retry import RetryPolicy

SECRET = "5ECRET/+=&ü-of-the-app"
TOKEN = "T0KEN+/=&"  # WeCom calls it opaque: it may hold anything
CERTIFICATE = Path(__file__).parent / "wecom_client" / "localhost.pem"
ADDITIONS = (
    ", hint: [17321_7_0a1b], from ip: 203.0.113.7, more info at https://open.work.weixin.qq.com/"
)
HTML = b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>"


@dataclass(frozen=True)
class Http:
    """An answer, byte for byte; the connection is closed after it."""

    raw: bytes

    @classmethod
    def of(cls, status: int, body: bytes, length: int | None = None, more: bytes = b"") -> "Http":
        head = b"HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n" % (
            status,
            len(body) if length is None else length,
        )
        return cls(head + more + b"\r\n" + body)


@dataclass(frozen=True)
class Stall:
    """The beginning of an answer; the rest never comes."""

    raw: bytes


HANG, RESET = Stall(b""), object()
ONCE = RetryPolicy(repeats=0)


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    body: bytes
    headers: dict[str, str]

    @property
    def token(self) -> str:
        return self.query.get("access_token", "")


@dataclass
class FakeWeCom:
    """Answers `script[path]` one by one, then `always[path]`; gives out numbered tokens."""

    base_url: str = ""
    script: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    always: dict[str, Any] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    expires_in: int = 7200
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    tokens: int = 0
    connections: int = 0

    def count(self, path: str) -> int:
        return sum(request.path == path for request in self.requests)

    def reply(self, request: Request) -> Any:
        with self.lock:
            self.requests.append(request)
            if self.script[request.path]:
                return self.script[request.path].pop(0)
            if request.path == "gettoken" and "gettoken" not in self.always:
                self.tokens += 1
                token = f"{TOKEN}{self.tokens}"
                return {"errcode": 0, "access_token": token, "expires_in": self.expires_in}
            if request.path != "gettoken" and request.token in self.refused:
                return {"errcode": 40014, "errmsg": "invalid access_token" + ADDITIONS}
        answer = self.always.get(request.path, {"errcode": 0, "errmsg": "ok"})
        return answer(request) if callable(answer) else answer


class Handler(socketserver.StreamRequestHandler):
    """Reads requests of one connection and writes what the fake says."""

    def handle(self) -> None:
        with self.server.fake.lock:
            self.server.fake.connections += 1
        while line := self.rfile.readline():
            method, target, _ = line.decode().split()
            headers = {}
            while (header := self.rfile.readline().decode().strip()) != "":
                name, _, value = header.partition(":")
                headers[name.lower()] = value.strip()
            body = self.rfile.read(int(headers.get("content-length", 0)))
            url = urlsplit(target)
            query = {key: values[0] for key, values in parse_qs(url.query).items()}
            path = url.path.rpartition("/cgi-bin/")[2]
            fake: FakeWeCom = self.server.fake
            if not self.write(fake.reply(Request(method, path, query, body, headers))):
                return

    def write(self, answer: Any) -> bool:
        if isinstance(answer, Stall):
            self.wfile.write(answer.raw)
            self.server.fake.over.wait(10)
            return False
        if answer is RESET:
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()
            return False
        if isinstance(answer, Http):
            self.wfile.write(answer.raw)
            return False
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        return True


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64
    fake: FakeWeCom

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: broken connections are the subject here."""


def serve(context: ssl.SSLContext | None = None) -> Iterator[FakeWeCom]:
    with Server(("127.0.0.1", 0), Handler) as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https" if context else "http"
        server.fake = FakeWeCom(f"{scheme}://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.fake
        server.fake.over.set()
        server.shutdown()
        thread.join()


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def refusal(code: int, text: str = "no", **more: Any) -> dict[str, Any]:
    return {"errcode": code, "errmsg": text + ADDITIONS, **more}


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
