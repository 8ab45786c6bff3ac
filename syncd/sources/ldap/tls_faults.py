"""Why a server is not trusted, or does not speak TLS at all: each cause in words of its own."""

import ssl
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from syncd.errors import SourceError, SourceRejected, SourceUnavailable
from syncd.sources.ldap.certificate import Certificate
from syncd.text import joined, text

#: X509_V_ERR_… of OpenSSL (x509_vfy.h).
_NOT_YET_VALID, _EXPIRED = 9, 10
_SELF_SIGNED, _UNKNOWN_ROOT = 18, 19
_NO_ISSUER: Final = frozenset({2, 20, 21})
_OTHER_NAME: Final = frozenset({62, 64})

_CLOCK = text("Renew the certificate on the server; if it is in order, check this machine's clock.")
_PORTS = text(
    "Check that the port speaks TLS: ldaps:// is usually port 636; on port 389 use ldap:// with start_tls = true."
)
_CLIENT = text(
    "Set client_cert and client_key to a certificate of an authority that the server trusts."
)
_VERSIONS = text("syncd speaks TLS 1.2 and newer: enable one of them on the server.")
#: What OpenSSL says when the other side, or we, end the handshake → what is wrong, and the hint.
_ALERTS: Final[Mapping[str, tuple[str, str]]] = {
    "CERTIFICATE_REQUIRED": (text("it demands a client certificate"), _CLIENT),
    "HANDSHAKE_FAILURE": (
        text("it shares no way of encrypting with syncd, or demands a client certificate"),
        _VERSIONS,
    ),
    "ALERT_UNKNOWN_CA": (
        text("it does not trust the authority of our client certificate"),
        _CLIENT,
    ),
    "ALERT_BAD_CERTIFICATE": (text("it does not accept our client certificate"), _CLIENT),
    "ALERT_CERTIFICATE_EXPIRED": (text("it says that our client certificate has expired"), _CLIENT),
    "PROTOCOL_VERSION": (text("it offers only a version of TLS that is too old"), _VERSIONS),
    "UNSUPPORTED_PROTOCOL": (text("it offers only a version of TLS that is too old"), _VERSIONS),
}


def handshake_fault(
    url: str, host: str, failure: OSError, chain: Callable[[], Sequence[Certificate]]
) -> SourceError:
    """Return the error for a TLS handshake that failed; `chain` asks what the server has shown."""
    if isinstance(failure, ssl.SSLCertVerificationError):
        return _untrusted(url, host, failure, chain())
    if isinstance(failure, TimeoutError) or "timed out" in str(failure):
        return SourceUnavailable(
            text("{url} did not answer in time when TLS was begun", url=url), hint=_PORTS
        )
    known = alert(url, str(failure))
    return known or SourceUnavailable(
        text("{url} does not answer in TLS: {reason}", url=url, reason=_reason_of(failure)),
        hint=_PORTS,
    )


def alert(url: str, said: str) -> SourceError | None:
    """Return the error for what OpenSSL said, None where it says nothing of certificates.

    A server that speaks TLS 1.3 refuses our certificate after the handshake, at the first answer.
    """
    for code, (reason, hint) in _ALERTS.items():
        if code in said.upper().replace(" ", "_"):
            return SourceRejected(text("{url}: {reason}", url=url, reason=reason), hint=hint)
    return None


def _untrusted(
    url: str, host: str, failure: ssl.SSLCertVerificationError, chain: Sequence[Certificate]
) -> SourceRejected:
    code = failure.verify_code
    if code == _EXPIRED:
        return _expired(url, chain)
    if code == _NOT_YET_VALID:
        return _not_yet_valid(url, chain)
    if code in _OTHER_NAME:
        return _other_name(url, host, chain)
    if code == _SELF_SIGNED:
        return SourceRejected(
            text("{url} has a certificate that is self-signed, and not trusted", url=url),
            hint=text(
                "If it is the right server, set ca_file to that certificate; better give the server one of your authority."
            ),
        )
    if code == _UNKNOWN_ROOT or code in _NO_ISSUER:
        return _unknown_authority(url, code, chain)
    return SourceRejected(
        text(
            "{url} has a certificate that is not trusted: {reason}",
            url=url,
            reason=failure.verify_message,
        ),
        hint=text("See what it shows: openssl s_client -showcerts -connect HOST:PORT"),
    )


def _expired(url: str, chain: Sequence[Certificate]) -> SourceRejected:
    oldest = min(chain, key=lambda each: each.not_after, default=None)
    if oldest is None:
        return SourceRejected(
            text("{url} has a certificate that has expired", url=url), hint=_CLOCK
        )
    return SourceRejected(
        text(
            '{url} has a certificate that has expired: that of "{subject}" on {day}',
            url=url,
            subject=oldest.subject,
            day=oldest.not_after.date().isoformat(),
        ),
        hint=_CLOCK,
    )


def _not_yet_valid(url: str, chain: Sequence[Certificate]) -> SourceRejected:
    newest = max(chain, key=lambda each: each.not_before, default=None)
    if newest is None:
        return SourceRejected(
            text("{url} has a certificate that is not yet valid", url=url), hint=_CLOCK
        )
    return SourceRejected(
        text(
            '{url} has a certificate that is not yet valid: that of "{subject}" begins on {day}',
            url=url,
            subject=newest.subject,
            day=newest.not_before.date().isoformat(),
        ),
        hint=_CLOCK,
    )


def _other_name(url: str, host: str, chain: Sequence[Certificate]) -> SourceRejected:
    names = chain[0].names or (chain[0].subject,) if chain else ()
    hint = text("Write in urls a name that stands in the certificate, or renew it with this one.")
    if not names:
        return SourceRejected(
            text('{url} has a certificate that is not for "{host}"', url=url, host=host), hint=hint
        )
    return SourceRejected(
        text(
            '{url} has a certificate that is not for "{host}" but for {names}',
            url=url,
            host=host,
            names=joined(", ", names),
        ),
        hint=hint,
    )


def _unknown_authority(url: str, code: int, chain: Sequence[Certificate]) -> SourceRejected:
    if not chain:
        return SourceRejected(
            text("{url} has a certificate of an authority that is not trusted", url=url),
            hint=text("Set ca_file to the PEM file of the authority that signed it."),
        )
    if len(chain) == 1 and code != _UNKNOWN_ROOT:
        # Nothing in it says whether its issuer is at the top or somewhere between.
        return SourceRejected(
            text(
                '{url} shows its own certificate only, signed by "{issuer}", which is not trusted: its chain is incomplete, or the authority is unknown here',
                url=url,
                issuer=chain[0].issuer,
            ),
            hint=text(
                'If "{issuer}" is an intermediate authority, let the server send its certificate too; if it is the top one, set ca_file to its PEM file.',
                issuer=chain[0].issuer,
            ),
        )
    return SourceRejected(
        text(
            '{url} has a certificate of the authority "{issuer}", which is not trusted',
            url=url,
            issuer=chain[-1].issuer,
        ),
        hint=text("Set ca_file to the PEM file of the authority that signed it."),
    )


def _reason_of(failure: OSError) -> str:
    reason = getattr(failure, "reason", None)
    return str(reason or failure.strerror or type(failure).__name__)
