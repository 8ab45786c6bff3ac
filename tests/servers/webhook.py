"""A web server that takes what is posted to it, and keeps it."""

import json
import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.servers.pki import Issued


@dataclass
class WebhookServer:
    """Listens on a free port of 127.0.0.1; `status` is what it answers."""

    issued: Issued | None = None
    status: int = 200
    #: Statuses of the next answers, before `status`.
    next: list[int] = field(default_factory=list)
    #: Path, headers (lower case) and body of each request.
    received: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)

    @property
    def documents(self) -> list[dict[str, Any]]:
        return [body for _, _, body in self.received]

    @property
    def url(self) -> str:
        scheme = "https" if self.issued else "http"
        return f"{scheme}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.received.append((self.path, headers, json.loads(body)))
                status = outer.next.pop(0) if outer.next else outer.status
                self.send_response(status)
                if status in {301, 302, 307}:
                    self.send_header("Location", f"{outer.url}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        if self.issued is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.issued.chain, self.issued.key)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.02], daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
