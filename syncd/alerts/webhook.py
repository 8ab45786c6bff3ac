"""Telling another program, by POST.

By the standard library: requests belongs to `syncd.wecom`, and one request now and then needs no
pool of connections. As there, the environment is not asked for proxies, redirects are not
followed, and the address, which may hold a secret, is in no error.
"""

import json
import ssl
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from syncd.alerts.failure import TIMEOUT, NotTold, reason_of, within
from syncd.alerts.words import Said
from syncd.model.incident import Alert
from syncd.text import text

if TYPE_CHECKING:
    from urllib.request import OpenerDirector, Request

SCHEMA_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that gets every alert as JSON."""

    #: Reads the address when it is needed: it may hold a secret.
    url: Callable[[], str] = field(repr=False)
    #: This machine's name, for whoever gets alerts of several.
    here: str
    #: Returns the proxy for an address; None for none.
    proxy: Callable[[str], str | None] = field(repr=False, default=lambda _: None)
    ca_file: Path | None = None

    def tell(self, alert: Alert, said: Said, now: datetime) -> None:
        """Send an alert; every answer of 200 to 299 is good.

        Raises:
            NotTold: It was not taken.
            ConfigError: The address is not where it should be.
        """
        url = self.url()
        if urlsplit(url).scheme not in {"http", "https"}:
            raise NotTold(text("the address of the web hook is none: it must begin with https://"))
        body = json.dumps(self.document(alert, said, now), ensure_ascii=False).encode()
        within(lambda: self._post(url, body, alert.key))

    def document(self, alert: Alert, said: Said, now: datetime) -> dict[str, object]:
        """Return what is sent, as docs/operations.md has it."""
        incident = alert.incident
        return {
            "schema_version": SCHEMA_VERSION,
            "id": alert.key,
            "at": _time(now),
            "host": self.here,
            "phase": alert.phase.value,
            "incident": {
                "id": incident.id,
                "kind": incident.subject.kind.value,
                "subject": incident.subject.name or None,
                "opened_at": _time(incident.opened_at),
                "ended_at": _time(incident.ended_at),
                "detail": dict(incident.detail),
            },
            "title": said.title,
            "text": said.body,
        }

    def _post(self, url: str, body: bytes, key: str) -> None:
        from urllib.error import HTTPError, URLError  # noqa: PLC0415 - start-up time

        status = None
        try:
            opener = self._opener(url)
            with opener.open(_request(url, body, key), timeout=TIMEOUT.total_seconds()):
                return
        except HTTPError as error:
            status = error.code
            error.close()
        except URLError as error:
            said = error.reason
            reason = reason_of(said) if isinstance(said, OSError) else text("no connection")
        except OSError as error:
            reason = reason_of(error)
        except (HTTPException, ValueError):
            reason = text("what came back is no answer of a web server")
        # Raised here, so that no traceback holds an error with the address in it.
        if status is not None:
            reason = text("the server answered with HTTP status {status}", status=status)
        raise NotTold(reason)

    def _opener(self, url: str) -> "OpenerDirector":
        from urllib.request import (  # noqa: PLC0415 - start-up time
            HTTPDefaultErrorHandler,
            HTTPErrorProcessor,
            HTTPHandler,
            HTTPSHandler,
            OpenerDirector,
            ProxyHandler,
        )

        proxy = self.proxy(url)
        opener = OpenerDirector()  # an empty one: it follows no redirect, and knows no file://
        for handler in (
            ProxyHandler({"http": proxy, "https": proxy} if proxy else {}),
            HTTPHandler(),
            HTTPSHandler(context=ssl.create_default_context(cafile=self.ca_file)),
            HTTPErrorProcessor(),
            HTTPDefaultErrorHandler(),
        ):
            opener.add_handler(handler)
        return opener


def _request(url: str, body: bytes, key: str) -> "Request":
    from urllib.request import Request  # noqa: PLC0415 - start-up time

    parts = urlsplit(url)
    account, _, place = parts.netloc.rpartition("@")
    request = Request(  # noqa: S310 - the scheme was looked at
        parts._replace(netloc=place).geturl(),
        data=body,
        headers={
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "syncd",
            "Idempotency-Key": key,
        },
        method="POST",
    )
    if account:
        request.add_header(
            "Authorization", f"Basic {b64encode(unquote(account).encode()).decode()}"
        )
    return request


def _time(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
