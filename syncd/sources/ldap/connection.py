"""Finds a server that answers, and binds to it."""

import math
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import SplitResult, unquote, urlsplit

import ldap3
from ldap3.core.exceptions import (
    LDAPSessionTerminatedByServerError,
    LDAPSocketSendError,
    LDAPStartTLSError,
)

from syncd.config.address import is_loopback
from syncd.errors import SourceError, SourceRejected, SourceUnavailable
from syncd.sources.ldap import faults
from syncd.sources.ldap.bind_faults import POLICY_CONTROL, bind_fault
from syncd.sources.ldap.directory import Directory, close
from syncd.sources.ldap.lean import read_leanly
from syncd.sources.ldap.refused import PasswordRefused
from syncd.sources.ldap.root_dse import kind_of
from syncd.sources.ldap.settings import LdapSettings
from syncd.sources.ldap.tls import Peer, VerifiedTls, context_of, presented_chain
from syncd.sources.ldap.tls_faults import alert, handshake_fault
from syncd.text import joined, text

_CLOSED: Final = (LDAPSessionTerminatedByServerError, LDAPSocketSendError)
_PORTS: Final[Mapping[str, int]] = {"ldap": 389, "ldaps": 636}


def open_directory(settings: LdapSettings, now: Callable[[], datetime]) -> Directory:
    """Return a connection to the first of `settings.urls` that answers, bound.

    Raises:
        SourceRejected: The bind was refused (it is not tried anywhere else, nor again soon, since
            repeated binds lock accounts), or no server could be trusted.
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
            _bind(settings, url, connection, now())
            return _recognised(Directory(connection, url, settings.page_size, now), settings)
        except SourceUnavailable as error:
            failures.append(error)
    raise _all_of(failures)


def _recognised(directory: Directory, settings: LdapSettings) -> Directory:
    try:
        directory.kind = kind_of(directory, settings.directory)
    except SourceError:
        directory.close()
        raise
    return directory


def _all_of(failures: Sequence[SourceError]) -> SourceError:
    waiting = any(failure.retryable for failure in failures)
    told = [failure.message for failure in failures] or [text("no url is configured")]
    message = joined("; ", told)
    hints = dict.fromkeys(failure.hint for failure in failures if failure.hint)
    return (SourceUnavailable if waiting else SourceRejected)(message, hint=joined(" ", hints))


def _connect(settings: LdapSettings, url: str) -> Any:
    parts = urlsplit(url)
    _check_password(settings, url, parts)
    if parts.scheme == "ldapi":
        return _open(settings, url, _local_server(settings, url), None)
    if parts.scheme not in _PORTS:
        raise SourceRejected(
            text("{url} cannot be used by this version", url=url),
            hint=text("Write ldaps://, ldap:// or ldapi://."),
        )
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    encrypted = parts.scheme == "ldaps" or settings.start_tls
    context = context_of(settings) if encrypted else None
    failure: SourceError = SourceUnavailable(text("{url} has no address", url=url))
    for address in _addresses(url, host, port):
        peer = Peer(host, address, start_tls=parts.scheme == "ldap")
        try:
            return _connect_to(settings, url, peer, context)
        except SourceError as error:
            failure = error
    raise failure


def _connect_to(
    settings: LdapSettings, url: str, peer: Peer, context: ssl.SSLContext | None
) -> Any:
    tls = VerifiedTls(context, peer.host) if context else None
    # One address at a time: ldap3 forgets to close the sockets of those that fail.
    server = ldap3.Server(
        peer.address[0],
        port=peer.address[1],
        use_ssl=tls is not None and not peer.start_tls,
        tls=tls,
        get_info=ldap3.NONE,
        connect_timeout=_seconds(settings),
    )
    return _open(settings, url, server, (tls, peer) if tls else None)


def _check_password(settings: LdapSettings, url: str, parts: SplitResult) -> None:
    if (
        parts.scheme == "ldap"
        and settings.bind_dn
        and not (settings.start_tls or settings.allow_plaintext or is_loopback(url))
    ):
        raise SourceRejected(
            text("{url} would send the password unencrypted", url=url),
            hint=text("Use ldaps://, or start_tls = true; else set allow_plaintext = true."),
        )


def _local_server(settings: LdapSettings, url: str) -> Any:
    path = unquote(url.removeprefix("ldapi://"))
    if not path.strip("/"):
        raise SourceRejected(
            text("{url} names no socket", url=url),
            hint=text("Write its path with %2F for each stroke: ldapi://%2Frun%2Fslapd%2Fldapi"),
        )
    return ldap3.Server(f"ldapi://{path}", get_info=ldap3.NONE, connect_timeout=_seconds(settings))


def _seconds(settings: LdapSettings) -> int:
    return max(1, math.ceil(settings.timeout.total_seconds()))  # ldap3 takes whole ones only


def _addresses(url: str, host: str, port: int) -> list[tuple[str, int]]:
    with faults.translated(url):
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((str(item[4][0]), port) for item in found))


def _open(
    settings: LdapSettings, url: str, server: Any, tls: tuple[VerifiedTls, Peer] | None
) -> Any:
    connection = ldap3.Connection(
        server,
        **_credentials(settings),
        receive_timeout=_seconds(settings),
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
        if tls is not None and tls[1].start_tls:
            _start_tls(url, connection)
    except SourceError as error:
        close(connection)
        if tls is None or tls[0].failure is None:
            raise
        peer = tls[1]
        raise handshake_fault(
            url, peer.host, tls[0].failure, lambda: presented_chain(peer, _seconds(settings))
        ) from error
    return connection


def _credentials(settings: LdapSettings) -> dict[str, object]:
    if settings.bind_method == "external":
        # No name is asked for: the server maps the certificate, or the account, to one.
        return {
            "authentication": ldap3.SASL,
            "sasl_mechanism": ldap3.EXTERNAL,
            "sasl_credentials": b"",
        }
    password = settings.bind_password() if settings.bind_password else ""
    if settings.bind_dn and not password:
        raise SourceRejected(
            text('the password of "{bind_dn}" is empty', bind_dn=settings.bind_dn),
            hint=text(
                "Set bind_password: servers take a bind without a password for an anonymous one."
            ),
        )
    return {"user": settings.bind_dn, "password": password or None}


def _start_tls(url: str, connection: Any) -> None:
    with faults.translated(url):
        try:
            connection.start_tls(read_server_info=False)
        except LDAPStartTLSError as error:
            if connection.server.tls.failure is not None:
                raise
            raise SourceRejected(
                text("{url} does not offer StartTLS: {error}", url=url, error=str(error)),
                hint=text(
                    "Give the server a certificate and key, or use ldaps:// if it has a port for that."
                ),
            ) from error


def _bind(settings: LdapSettings, url: str, connection: Any, now: datetime) -> None:
    external = settings.bind_method == "external"
    account = (connection.user or "", connection.password or "")
    try:
        settings.refused.check(*account, now)
        with faults.translated(url):
            connection.bind(read_server_info=False, controls=[(POLICY_CONTROL, False, None)])
        fault = bind_fault(url, settings.bind_dn, connection.result, external=external)
        if isinstance(fault, PasswordRefused):
            settings.refused.note(*account, now)
        if fault is not None:
            raise fault
        settings.refused.forget()
    except SourceError as error:
        close(connection)
        raise _after_handshake(settings, url, error) or error from error.__cause__


def _after_handshake(settings: LdapSettings, url: str, error: SourceError) -> SourceError | None:
    """Return what a bind that got no answer tells of TLS; None where it tells nothing.

    With TLS 1.3 a server looks at our certificate when the handshake is over for us.
    """
    scheme = urlsplit(url).scheme
    encrypted = scheme == "ldaps" or (scheme == "ldap" and settings.start_tls)
    if not encrypted or not isinstance(error, SourceUnavailable):
        return None
    if refusal := alert(url, error.message):
        return refusal
    if settings.client_cert or not isinstance(error.__cause__, _CLOSED):
        return None
    return SourceUnavailable(
        text("{url} closed the connection as soon as it was encrypted", url=url),
        hint=text(
            "If the server demands a client certificate, set client_cert and client_key; else see its own log for the cause."
        ),
    )
