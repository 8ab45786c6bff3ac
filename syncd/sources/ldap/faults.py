"""What can go wrong between us and an LDAP server, as errors of ours with a hint."""

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from ldap3.core.exceptions import (
    LDAPCommunicationError,
    LDAPException,
    LDAPInvalidDnError,
    LDAPInvalidFilterError,
    LDAPResponseTimeoutError,
)

from syncd.errors import SourceError, SourceMalformed, SourceRejected, SourceUnavailable

SUCCESS: Final = 0
SIZE_LIMIT_EXCEEDED: Final = 4
NO_SUCH_OBJECT: Final = 32

_LIMITS = (
    "Give the bind account a limit of its own in slapd, for instance: "
    'limits dn.exact="<bind_dn>" size.pr=1000 size.prtotal=unlimited.'
)
_REFUSED = (
    "Check bind_dn and bind_password, and that the account is not locked. "
    "syncd does not try again by itself, because that could lock the account."
)
_ENCRYPT = "Use ldaps:// in urls."
_BUSY = "The next run tries again; look at the server's load if this stays."
#: Result code (RFC 4511, appendix A) → class and what to do.
_SEARCH: Final[Mapping[int, tuple[type[SourceError], str]]] = {
    3: (SourceUnavailable, "The server's time limit ended the search: raise it, or add indexes."),
    SIZE_LIMIT_EXCEEDED: (SourceRejected, _LIMITS),
    8: (SourceRejected, _ENCRYPT),
    10: (SourceRejected, "Another server holds base_dn: name that one in urls."),
    11: (SourceRejected, _LIMITS),
    12: (SourceRejected, "The server offers no paged results (RFC 2696), which syncd needs."),
    13: (SourceRejected, _ENCRYPT),
    NO_SUCH_OBJECT: (
        SourceRejected,
        "Check base_dn, and that the bind account may read that entry.",
    ),
    34: (SourceRejected, "Check how base_dn is written."),
    50: (SourceRejected, "Give the bind account the right to read below base_dn."),
    51: (SourceUnavailable, _BUSY),
    52: (SourceUnavailable, _BUSY),
    80: (SourceUnavailable, "See the server's own log for the cause."),
}
_BIND: Final[Mapping[int, tuple[type[SourceError], str]]] = {
    8: (SourceRejected, _ENCRYPT),
    13: (SourceRejected, _ENCRYPT),
    32: (SourceRejected, "Check bind_dn."),
    34: (SourceRejected, "Check how bind_dn is written."),
    48: (SourceRejected, "The server allows no anonymous bind: set bind_dn and bind_password."),
    49: (SourceRejected, _REFUSED),
    51: (SourceUnavailable, _BUSY),
    52: (SourceUnavailable, _BUSY),
}


def search_fault(url: str, base: str, result: Mapping[str, Any]) -> SourceError:
    """Return the error for a search below `base` that ended with `result`."""
    kind, hint = _SEARCH.get(
        result["result"], (SourceRejected, "See the server's own log for the cause.")
    )
    return kind(f'{url} ended the search of "{base}": {_in_words(result)}', hint=hint)


def bind_fault(url: str, bind_dn: str | None, result: Mapping[str, Any]) -> SourceError:
    """Return the error for a bind that ended with `result`."""
    kind, hint = _BIND.get(
        result["result"], (SourceRejected, "See the server's own log for the cause.")
    )
    who = f'the bind as "{bind_dn}"' if bind_dn else "the anonymous bind"
    return kind(f"{url} refused {who}: {_in_words(result)}", hint=hint)


def _in_words(result: Mapping[str, Any]) -> str:
    message = str(result.get("message") or "").strip()
    words = f"{result['description']} ({result['result']})"
    return f"{words}, {message}" if message else words


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Raise what ldap3 and the network raise as ours, the most telling first."""
    try:
        yield
    except SourceError:
        raise
    except LDAPInvalidFilterError as error:
        raise SourceRejected(
            f"a filter cannot be understood: {error}",
            hint="Check person_filter and department_filter (RFC 4515).",
        ) from error
    except LDAPInvalidDnError as error:
        raise SourceRejected(
            f"a DN cannot be understood: {error}", hint="Check base_dn and bind_dn."
        ) from error
    except ssl.SSLCertVerificationError as error:
        raise _untrusted(url, error) from error
    except (LDAPCommunicationError, LDAPResponseTimeoutError, OSError) as error:
        raise SourceUnavailable(_broken(url, error), hint=_hint_of(error)) from error
    except LDAPException as error:
        raise SourceMalformed(f"{url} could not be understood: {error}") from error
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
        # ldap3's decoder checks little: bytes that are no LDAP message end in any of these.
        raise SourceMalformed(
            f"{url} sent what is no LDAP answer ({type(error).__name__})",
            hint="Check that the address and port belong to an LDAP server.",
        ) from error


def _untrusted(url: str, error: ssl.SSLCertVerificationError) -> SourceRejected:
    reason = getattr(error, "verify_message", "") or str(error)
    return SourceRejected(
        f"{url} has a certificate that is not trusted: {reason}",
        hint="Set ca_file to the PEM file of the authority that signed it, and use the host name "
        "that stands in the certificate.",
    )


def _broken(url: str, error: Exception) -> str:
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return f"{url} did not answer in time"
    return f"{url}: the connection failed: {error}"


def _hint_of(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return "Check the host name in urls, and the name service of this machine."
    if isinstance(error, ssl.SSLError):
        return "Check that the port speaks TLS; ldaps:// is usually port 636, ldap:// port 389."
    return "Check urls, the network between, and that the server runs."
