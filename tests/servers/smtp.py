"""A server that takes e-mail, as much of RFC 5321 as a client needs; it keeps what it got."""

import base64
import socket
import ssl
import threading
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Self

from tests.servers.pki import Issued


@dataclass
class Received:
    """One e-mail as it came in."""

    sender: str
    recipients: list[str]
    data: bytes
    is_encrypted: bool
    account: tuple[str, str] | None

    @property
    def mail(self) -> EmailMessage:
        return message_from_bytes(self.data, policy=policy.default)  # type: ignore[return-value]


@dataclass
class SmtpServer:
    """Listens on a free port of 127.0.0.1; how it behaves may be changed while it runs."""

    security: str = "starttls"
    issued: Issued | None = None
    account: tuple[str, str] | None = None
    #: Command → what is answered instead: a line, or None to close the connection.
    faults: dict[str, str | None] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._ends = threading.Event()
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._listen, daemon=True)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)
        for one in self._open:
            one.close()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            connection.settimeout(10)
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=[connection], daemon=True)
            self._threads.append(thread)
            thread.start()

    def _context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.issued.chain, self.issued.key)
        return context

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self.security == "tls":
                connection = self._context().wrap_socket(connection, server_side=True)
                self._open.append(connection)
            if "greeting" in self.faults and self.faults["greeting"] is None:
                self._ends.wait(10)  # it says nothing at all
                return
            _Session(self, connection).run()
        except OSError:
            pass  # the client went, or did not like the certificate
        finally:
            connection.close()


class _Session:
    def __init__(self, server: SmtpServer, connection: socket.socket) -> None:
        self._server = server
        self._connection = connection
        self._reader = connection.makefile("rb")
        self._is_encrypted = server.security == "tls"
        self._account: tuple[str, str] | None = None
        self._sender, self._recipients = "", []

    def run(self) -> None:
        self._say("220 test ESMTP")
        while line := self._reader.readline():
            words = line.decode().strip()
            command = words.upper().partition(" ")[0]
            if command in self._server.faults:
                answer = self._server.faults[command]
                if answer is None:
                    return
                self._say(answer)
                continue
            if not self._answer(command, words):
                return

    def _say(self, *lines: str) -> None:
        for line in lines:
            self._connection.sendall(f"{line}\r\n".encode())

    def _answer(self, command: str, words: str) -> bool:
        match command:
            case "EHLO":
                offers = ["STARTTLS"] if self._server.security == "starttls" else []
                offers = [] if self._is_encrypted else offers
                if self._server.account is not None:
                    offers.append("AUTH PLAIN")
                self._say("250-test", *(f"250-{one}" for one in offers), "250 HELP")
            case "STARTTLS":
                self._say("220 go on")
                self._connection = self._server._context().wrap_socket(
                    self._connection, server_side=True
                )
                self._server._open.append(self._connection)
                self._reader = self._connection.makefile("rb")
                self._is_encrypted = True
            case "AUTH":
                _, user, password = base64.b64decode(words.split()[2]).decode().split("\0")
                self._account = (user, password)
                is_right = self._account == self._server.account
                self._say("235 welcome" if is_right else f"535 5.7.8 {password} is wrong")
            case "MAIL":
                self._sender, self._recipients = words.partition(":")[2].split(">")[0][1:], []
                self._say("250 ok")
            case "RCPT":
                self._recipients.append(words.partition(":")[2].split(">")[0][1:])
                self._say("250 ok")
            case "DATA":
                self._say("354 go on")
                self._take()
            case "QUIT":
                self._say("221 bye")
                return False
            case _:
                self._say("250 ok")
        return True

    def _take(self) -> None:
        lines = []
        while (line := self._reader.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        self._server.received.append(
            Received(
                self._sender,
                list(self._recipients),
                b"".join(lines),
                self._is_encrypted,
                self._account,
            )
        )
        self._say("250 taken")
