"""TLS to an LDAP server: always verified, by Python's own check of names."""

import socket
import ssl
import sys
from contextlib import suppress
from typing import Any, Final, NamedTuple

import ldap3

from syncd.errors import SourceRejected
from syncd.sources.ldap.certificate import Certificate, read_certificate
from syncd.sources.ldap.settings import LdapSettings
from syncd.text import text

#: The extended request that asks for TLS (RFC 4511, 4.14.1), as message 1.
_START_TLS: Final = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"


class Peer(NamedTuple):
    """Whom we speak TLS with."""

    #: The name or IP address that the certificate must be for.
    host: str
    #: IP address and port.
    address: tuple[str, int]
    #: Whether TLS has to be asked for on a port that begins without.
    start_tls: bool


class VerifiedTls(ldap3.Tls):  # type: ignore[misc] # ldap3 ships no types
    """TLS by Python's own check of names, which, unlike ldap3's, knows IP addresses."""

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        """Expect a certificate for `host`."""
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._context = context
        self._host = host
        #: Why there is no TLS; ldap3 passes on what it says only, not its codes.
        self.failure: OSError | None = None

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:  # noqa: FBT001, FBT002 - ldap3's signature
        """Give the connection a socket that speaks TLS.

        Raises:
            OSError: The handshake failed, or the certificate is not trusted.
        """
        del do_handshake
        try:
            connection.socket = self._context.wrap_socket(
                connection.socket, server_hostname=self._host
            )
        except OSError as error:
            self.failure = error
            raise


def context_of(settings: LdapSettings) -> ssl.SSLContext:
    """Return whom we trust, and the certificate that we show.

    Raises:
        SourceRejected: A file cannot be used.
    """
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


def presented_chain(peer: Peer, seconds: float) -> tuple[Certificate, ...]:
    """Return the certificates that a server shows, its own first; none where it shows none.

    Nothing but the handshake is sent: this only finds out what to tell about a server that is not
    trusted.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with suppress(OSError, ValueError), socket.create_connection(peer.address, seconds) as plain:
        if peer.start_tls:
            plain.sendall(_START_TLS)
            plain.recv(4096)
        with context.wrap_socket(plain, server_hostname=peer.host) as encrypted:
            return tuple(read_certificate(der) for der in _chain_of(encrypted))
    return ()


def _chain_of(encrypted: ssl.SSLSocket) -> list[bytes]:
    if sys.version_info >= (3, 13):
        return encrypted.get_unverified_chain()
    # What 3.13 made public is there since 3.10.
    inner: Any = encrypted._sslobj  # type: ignore[attr-defined] # noqa: SLF001
    return [ssl.PEM_cert_to_DER_cert(each.public_bytes()) for each in inner.get_unverified_chain()]
