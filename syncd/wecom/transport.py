"""HTTP below the client: one connection pool, and every failure as an error without secrets.

The token stands in the URL, and the texts of requests' exceptions hold the URL. So their texts
are never used, and our errors are raised outside their `except` blocks: neither message nor
traceback shows one. urllib3's own debug lines are masked as well.
"""

import logging
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import IncompleteRead
from pathlib import Path
from socket import gaierror
from urllib.parse import quote, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import (
    ConnectTimeout,
    ContentDecodingError,
    ProxyError,
    RequestException,
    Timeout,
)
from urllib3.exceptions import DecodeError, HTTPError, ReadTimeoutError

from syncd.errors import ConfigError
from syncd.text import term, text
from syncd.wecom.errors import WeComError, WeComMalformed, WeComUnreachable, asked
from syncd.wecom.retry import Call

_IN_A_QUERY = re.compile(r"\b(access_token|corpsecret)=[^&\s\"'<>]+")
_MASK = "***"
_SERVER_FAILED = 500
_PROXY_WANTS_A_PASSWORD = 407
_TRY_LATER = frozenset({408, 429})
_OK = 200
#: A file is sent in such pieces: each of them, not the whole, must go out within the time-out.
_PIECE = 65_536


def hidden(text: str, *secrets: str) -> str:
    """Return text with the given secrets masked, as they are and as they stand in a URL."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, _MASK).replace(quote(secret, safe=""), _MASK)
    return _IN_A_QUERY.sub(rf"\1={_MASK}", text)


def _mask_record(record: logging.LogRecord) -> bool:
    record.msg, record.args = _IN_A_QUERY.sub(rf"\1={_MASK}", record.getMessage()), None
    return True


@dataclass(frozen=True, slots=True)
class _Failure:
    flaw: str
    hint: str = text("Check the network, proxy and base_url.")
    malformed: bool = False

    def error(self, host: str, call: Call, *, may_have_arrived: bool) -> WeComError:
        kind = WeComMalformed if self.malformed else WeComUnreachable
        return kind(
            text(
                "{call}: {flaw} ({host})",
                call=asked(call.endpoint.path, call.subject),
                flaw=self.flaw,
                host=host,
            ),
            hint=self.hint,
            endpoint=call.endpoint.path,
            subject=call.subject,
            may_have_arrived=may_have_arrived,
        )


class _Body:
    """A body that remembers whether its first byte was asked for.

    It is, when connection, TLS, proxy and headers are done: what fails before then cannot have
    arrived. Of the exceptions below none tells this: a broken connection is the same before and
    after, and urllib3 calls it one of the proxy where there is a proxy.
    """

    __slots__ = ("begun", "content")

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.begun = False

    def __iter__(self) -> Iterator[bytes | memoryview]:
        self.begun = True
        if len(self.content) <= _PIECE:
            yield self.content
            return
        whole = memoryview(self.content)
        for start in range(0, len(whole), _PIECE):
            yield whole[start : start + _PIECE]


class Transport:
    """Sends calls to one server; safe for many threads."""

    def __init__(
        self, base_url: str, *, connections: int, proxy: str | None, ca_file: Path | None
    ) -> None:
        """Prepare a pool of `connections`; nothing is sent yet.

        Raises:
            ConfigError: `base_url` is no address, or `ca_file` is not there.
        """
        if ca_file is not None and not ca_file.is_file():
            raise ConfigError(
                text("ca_file {file} is not there", file=ca_file), hint=text("Correct ca_file.")
            )
        self._template = _template(base_url)
        self.host = _host(base_url)
        # No session: it would keep cookies, follow redirects and ask the environment for proxies,
        # which the configuration has read once; and it takes a fifth of a call's time.
        self._adapter = HTTPAdapter(pool_connections=2, pool_maxsize=connections, pool_block=True)
        self._verify = True if ca_file is None else str(ca_file)
        self._proxies = {"http": proxy, "https": proxy} if proxy else {}
        logging.getLogger("urllib3.connectionpool").addFilter(_mask_record)

    def close(self) -> None:
        """Close all connections."""
        self._adapter.close()

    def send(self, call: Call, url: str, timeout: tuple[float, float]) -> bytes:
        """Return the body of the answer.

        Raises:
            WeComUnreachable: no answer, a broken one, or one of a server that failed.
            WeComMalformed: an HTTP status that WeCom does not use.
        """
        request = self._template.copy()
        request.url = url
        body = None if call.body is None else _Body(call.body)
        if body is not None:
            request.method = "POST"
            request.headers["Content-Type"] = call.content_type
            request.headers["Content-Length"] = str(len(body.content))
            request.body = body  # type: ignore[assignment]  # requests passes an iterable through
        try:
            response = self._adapter.send(
                request, stream=True, timeout=timeout, verify=self._verify, proxies=self._proxies
            )
            # In one piece: requests would take a page of 50 KiB in pieces of 10.
            content = response.raw.read(decode_content=True)
        except (OSError, ValueError, HTTPError) as error:
            failure = _reason(error, timeout)
        else:
            if response.status_code == _OK:
                return content
            failure = _status(response.status_code)
            if response.status_code == _PROXY_WANTS_A_PASSWORD:
                body = None  # the proxy kept it
        raise failure.error(self.host, call, may_have_arrived=body is not None and body.begun)


def _host(base_url: str) -> str:
    """Return scheme, host and port of a URL, without a name or password in it."""
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _template(base_url: str) -> requests.PreparedRequest:
    # Preparing a request costs more than all else we do for a call: it is done once.
    headers = {
        "User-Agent": "syncd",
        "Accept": "application/json",
        "Accept-Encoding": "gzip, deflate",
        "Connection": "keep-alive",
    }
    try:
        return requests.Request("GET", base_url, headers=headers).prepare()
    except (ValueError, RequestException):
        pass
    raise ConfigError(
        text("base_url is no address"),
        hint=text("Write it as https://qyapi.weixin.qq.com, without /cgi-bin."),
    )


def _status(status: int) -> _Failure:
    flaw = text("the server answered with HTTP status {status}", status=status)
    if status >= _SERVER_FAILED or status in _TRY_LATER:
        return _Failure(
            flaw, text("Wait; if it stays so, look at the proxy or gateway in between.")
        )
    hint = text(
        "Check base_url and the proxy in between; an old private deployment may lack this endpoint."
    )
    return _Failure(flaw, hint, malformed=True)


def _reason(error: BaseException, timeout: tuple[float, float]) -> _Failure:
    """Say in our own words what requests ran into."""
    causes = _causes(error)
    if isinstance(error, ProxyError):
        return _Failure(
            text("the proxy did not let us through: {reason}", reason=_root(causes)),
            text("Check proxy."),
        )
    if isinstance(error, ConnectTimeout):
        return _Failure(text("no connection within {seconds:g} s", seconds=timeout[0]))
    if any(isinstance(cause, Timeout | ReadTimeoutError | TimeoutError) for cause in causes):
        return _Failure(text("no answer within {seconds:g} s", seconds=timeout[1]))
    return _broken(error, causes)


def _broken(error: BaseException, causes: list[BaseException]) -> _Failure:
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        hint = text("Check base_url; for a certificate of your own authority set ca_file.")
        return _Failure(text("TLS failed: {reason}", reason=_root(causes)), hint)
    if any(isinstance(cause, IncompleteRead) for cause in causes):
        return _Failure(text("the answer was cut off"))
    if isinstance(error, ContentDecodingError | DecodeError):
        return _Failure(text("the answer cannot be decompressed"), malformed=True)
    return _Failure(_root(causes))


def _causes(error: BaseException | None) -> list[BaseException]:
    """Return an exception and all that stand behind it, the outermost first."""
    found: list[BaseException] = []
    open_ends = [error]
    while open_ends:
        one = open_ends.pop(0)
        if one is None or any(one is known for known in found):
            continue
        found.append(one)
        inner = [getattr(one, "reason", None), *one.args, one.__cause__, one.__context__]
        open_ends += [cause for cause in inner if isinstance(cause, BaseException)]
    return found


def _root(causes: list[BaseException]) -> str:
    """Return the innermost reason, from texts of the operating system and of OpenSSL only."""
    for cause in reversed(causes):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return text("the certificate is not accepted: {reason}", reason=cause.verify_message)
        if isinstance(cause, ssl.SSLError):
            broken = text("the handshake broke off")
            return cause.reason.replace("_", " ").lower() if cause.reason else broken
        if isinstance(cause, gaierror):
            return text("the host name is not known")
        if (
            isinstance(cause, OSError)
            and not isinstance(cause, RequestException)
            and cause.strerror
        ):
            return term(cause.strerror.lower())
    for cause in reversed(causes):
        if isinstance(cause, ConnectionError):  # RemoteDisconnected carries no errno
            return text("the connection was closed without an answer")
    return text("the connection failed ({kind})", kind=type(causes[-1]).__name__)
