"""A bound connection to one LDAP server, and paged searches over it."""

import math
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, NamedTuple, Self
from urllib.parse import urlsplit

import ldap3
from ldap3.core.exceptions import LDAPException

from syncd.config.address import is_loopback
from syncd.errors import SourceError, SourceRejected, SourceUnavailable
from syncd.sources.ldap import faults
from syncd.sources.ldap.lean import read_leanly
from syncd.sources.ldap.settings import LdapSettings
from syncd.text import joined, text

_PAGED_RESULTS = "1.2.840.113556.1.4.319"
_PORTS: Final[Mapping[str, int]] = {"ldap": 389, "ldaps": 636}


class Found(NamedTuple):
    """One entry as the server gave it; attribute names in lower case."""

    dn: str
    attributes: Mapping[str, Sequence[bytes]]


class Page(NamedTuple):
    """One answer of a search."""

    #: When its request was sent (UTC).
    sent_at: datetime
    entries: list[Found]
    #: Parts of the tree that are on another server, by their URLs; they are not followed.
    references: list[str]


class _Verified(ldap3.Tls):  # type: ignore[misc] # ldap3 ships no types
    """TLS by Python's own check of names, which, unlike ldap3's, knows IP addresses."""

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._context = context
        self._host = host

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:  # noqa: FBT001, FBT002 - ldap3's signature
        del do_handshake
        connection.socket = self._context.wrap_socket(connection.socket, server_hostname=self._host)


class Directory:
    """One server that has accepted our bind. Whatever goes wrong is a `SourceError`."""

    def __init__(
        self, connection: Any, url: str, page_size: int, now: Callable[[], datetime]
    ) -> None:
        """Take over an ldap3 connection that is open and bound."""
        self._connection = connection
        self._page_size = page_size
        #: The time of what is sent now (UTC).
        self.now = now
        self.url = url
        #: Requests sent since the bind.
        self.calls = 0

    def __enter__(self) -> Self:
        """Return the directory; leaving closes it."""
        return self

    def __exit__(self, *raised: object) -> None:
        """Close the connection."""
        _close(self._connection)

    def pages(self, base: str, search_filter: str, attributes: Sequence[str]) -> Iterator[Page]:
        """Yield every page of what matches at or below `base`.

        Raises:
            SourceError: A page could not be had; what came before it must not be used.
        """
        cookie: bytes | None = None
        while True:
            sent_at = self.now()
            result = self._search(
                base, search_filter, attributes, paged_size=self._page_size, paged_cookie=cookie
            )
            if result["result"] != faults.SUCCESS:
                raise faults.search_fault(self.url, base, result)
            yield self._page(sent_at)
            cookie = _cookie(result)
            if not cookie:
                return

    def entry(
        self, dn: str, attributes: Sequence[str], search_filter: str = "(objectClass=*)"
    ) -> Found | None:
        """Return the entry at `dn`; None where none that matches is, or none that we may see.

        Raises:
            SourceError: The server did not answer, or refused to.
        """
        result = self._search(dn, search_filter, attributes, search_scope=ldap3.BASE)
        if result["result"] == faults.NO_SUCH_OBJECT:
            return None
        if result["result"] != faults.SUCCESS:
            raise faults.search_fault(self.url, dn, result)
        return next(iter(self._page(self.now()).entries), None)

    def has_any(self, base: str, search_filter: str) -> bool:
        """Return whether anything at or below `base` matches.

        Raises:
            SourceError: The server did not answer, or refused to.
        """
        result = self._search(base, search_filter, ["1.1"], size_limit=1)
        if result["result"] not in {faults.SUCCESS, faults.SIZE_LIMIT_EXCEEDED}:
            raise faults.search_fault(self.url, base, result)
        return bool(self._page(self.now()).entries)

    def _search(
        self, base: str, search_filter: str, attributes: Sequence[str], **options: Any
    ) -> Mapping[str, Any]:
        self.calls += 1
        with faults.translated(self.url):
            # An alias would show its entry twice.
            self._connection.search(
                base,
                search_filter,
                attributes=list(attributes),
                dereference_aliases=ldap3.DEREF_NEVER,
                **options,
            )
            result: Mapping[str, Any] = self._connection.result
            return result

    def _page(self, sent_at: datetime) -> Page:
        entries, references = [], []
        for answer in self._connection.response or ():
            if answer["type"] == "searchResEntry":
                values = answer["raw_attributes"]
                if type(values) is not dict:  # ldap3's own; the lean reader's are in lower case
                    values = {name.lower(): values[name] or [] for name in values}
                entries.append(Found(answer["dn"], values))
            elif answer["type"] == "searchResRef":
                references.extend(answer["uri"])
        return Page(sent_at, entries, references)


def open_directory(settings: LdapSettings, now: Callable[[], datetime]) -> Directory:
    """Return a connection to the first of `settings.urls` that answers, bound.

    Raises:
        SourceRejected: The bind was refused (it is not tried anywhere else, since repeated binds
            lock accounts), or no server could be trusted.
        SourceUnavailable: No server answered.
    """
    failures: list[SourceError] = []
    for url in settings.urls:
        try:
            connection = _connect(settings, url)
        except SourceError as error:
            failures.append(error)
            continue
        try:
            _bind(settings, url, connection)
        except SourceUnavailable as error:
            failures.append(error)
            continue
        return Directory(connection, url, settings.page_size, now)
    raise _all_of(failures)


def _all_of(failures: Sequence[SourceError]) -> SourceError:
    waiting = any(failure.retryable for failure in failures)
    told = [failure.message for failure in failures] or [text("no url is configured")]
    message = joined("; ", told)
    hints = dict.fromkeys(failure.hint for failure in failures if failure.hint)
    return (SourceUnavailable if waiting else SourceRejected)(message, hint=joined(" ", hints))


def _connect(settings: LdapSettings, url: str) -> Any:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in _PORTS:
        raise SourceRejected(
            text("{url} cannot be used by this version", url=url),
            hint=text("Write ldaps:// or ldap://."),
        )
    encrypted = parts.scheme == "ldaps"
    if not (encrypted or settings.allow_plaintext or is_loopback(url) or not settings.bind_dn):
        raise SourceRejected(
            text("{url} would send the password unencrypted", url=url),
            hint=text("Use ldaps://, or set allow_plaintext = true."),
        )
    tls = _Verified(_context(settings), host) if encrypted else None
    failure: SourceError = SourceUnavailable(text("{url} has no address", url=url))
    for address in _addresses(url, host, parts.port or _PORTS[parts.scheme]):
        try:
            return _open(settings, url, address, tls)
        except SourceError as error:
            failure = error
    raise failure


def _context(settings: LdapSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
        if settings.client_cert:
            context.load_cert_chain(settings.client_cert, settings.client_key)
    except (OSError, ValueError) as error:
        raise SourceRejected(
            text("a certificate file cannot be used: {error}", error=str(error)),
            hint=text(
                "ca_file, client_cert and client_key name PEM files that the account which runs syncd may read."
            ),
        ) from error
    return context


def _addresses(url: str, host: str, port: int) -> list[tuple[str, int]]:
    with faults.translated(url):
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((str(item[4][0]), port) for item in found))


def _open(settings: LdapSettings, url: str, address: tuple[str, int], tls: _Verified | None) -> Any:
    password = settings.bind_password() if settings.bind_password else ""
    if settings.bind_dn and not password:
        raise SourceRejected(
            text('the password of "{bind_dn}" is empty', bind_dn=settings.bind_dn),
            hint=text(
                "Set bind_password: servers take a bind without a password for an anonymous one."
            ),
        )
    seconds = max(1, math.ceil(settings.timeout.total_seconds()))  # ldap3 takes whole ones only
    # One address at a time: ldap3 forgets to close the sockets of those that fail.
    server = ldap3.Server(
        address[0],
        port=address[1],
        use_ssl=tls is not None,
        tls=tls,
        get_info=ldap3.NONE,
        connect_timeout=seconds,
    )
    connection = ldap3.Connection(
        server,
        user=settings.bind_dn,
        password=password or None,
        receive_timeout=seconds,
        auto_referrals=False,
        auto_range=False,
        check_names=False,
        return_empty_attributes=False,
        read_only=True,
    )
    read_leanly(connection)
    try:
        with faults.translated(url):
            connection.open(read_server_info=False)
    except SourceError:
        _close(connection)
        raise
    return connection


def _bind(settings: LdapSettings, url: str, connection: Any) -> None:
    try:
        with faults.translated(url):
            accepted = connection.bind(read_server_info=False)
        if not accepted:
            raise faults.bind_fault(url, settings.bind_dn, connection.result)
    except SourceError:
        _close(connection)
        raise


def _close(connection: Any) -> None:
    with suppress(LDAPException, OSError):
        connection.unbind()
    if connection.socket is not None:  # a connection that never opened keeps its socket
        connection.socket.close()
        connection.socket = None


def _cookie(result: Mapping[str, Any]) -> bytes:
    control = (result.get("controls") or {}).get(_PAGED_RESULTS, {})
    cookie: bytes = control.get("value", {}).get("cookie", b"")
    return cookie
