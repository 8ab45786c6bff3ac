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
    LDAPSessionTerminatedByServerError,
)

from syncd.errors import SourceError, SourceMalformed, SourceRejected, SourceUnavailable
from syncd.sources.ldap.bind_faults import in_words
from syncd.text import text

SUCCESS: Final = 0
SIZE_LIMIT_EXCEEDED: Final = 4
ADMIN_LIMIT_EXCEEDED: Final = 11
NO_SUCH_OBJECT: Final = 32

_ENCRYPT = text("Use ldaps:// in urls, or ldap:// with start_tls = true.")
_BUSY = text("The next run tries again; look at the server's load if this stays.")
_LIMITED: Final = frozenset({SIZE_LIMIT_EXCEEDED, ADMIN_LIMIT_EXCEEDED})
#: Result code (RFC 4511, appendix A) → class and what to do.
_SEARCH: Final[Mapping[int, tuple[type[SourceError], str]]] = {
    # What Active Directory answers to whoever is not bound.
    1: (
        SourceRejected,
        text("If bind_dn is not set: set it and bind_password. Else see the server's own log."),
    ),
    3: (
        SourceUnavailable,
        text("The server's time limit ended the search: raise it, or add indexes."),
    ),
    8: (SourceRejected, _ENCRYPT),
    10: (SourceRejected, text("Another server holds base_dn: name that one in urls.")),
    12: (SourceRejected, text("The server offers no paged results (RFC 2696), which syncd needs.")),
    13: (SourceRejected, _ENCRYPT),
    NO_SUCH_OBJECT: (
        SourceRejected,
        text("Check base_dn, and that the bind account may read that entry."),
    ),
    34: (SourceRejected, text("Check how base_dn is written.")),
    50: (SourceRejected, text("Give the bind account the right to read below base_dn.")),
    51: (SourceUnavailable, _BUSY),
    52: (SourceUnavailable, _BUSY),
    80: (SourceUnavailable, text("See the server's own log for the cause.")),
}


def search_fault(url: str, base: str, result: Mapping[str, Any], limits: str) -> SourceError:
    """Return the error for a search below `base` that ended with `result`.

    `limits` is what to do about a limit of this kind of server.
    """
    kind, hint = _SEARCH.get(
        result["result"], (SourceRejected, text("See the server's own log for the cause."))
    )
    if result["result"] in _LIMITED:
        hint = limits
    return kind(
        text(
            '{url} ended the search of "{base}": {result}',
            url=url,
            base=base,
            result=in_words(result),
        ),
        hint=hint,
    )


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Raise what ldap3 and the network raise as ours, the most telling first."""
    try:
        yield
    except SourceError:
        raise
    except LDAPInvalidFilterError as error:
        raise SourceRejected(
            text("a filter cannot be understood: {error}", error=str(error)),
            hint=text("Check person_filter and department_filter (RFC 4515)."),
        ) from error
    except LDAPInvalidDnError as error:
        raise SourceRejected(
            text("a DN cannot be understood: {error}", error=str(error)),
            hint=text("Check base_dn and bind_dn."),
        ) from error
    except LDAPSessionTerminatedByServerError as error:
        raise SourceUnavailable(
            text("{url} closed the connection", url=url),
            hint=text(
                "See the server's own log for the cause; if the port expects TLS from the start, write ldaps:// in urls."
            ),
        ) from error
    except (LDAPCommunicationError, LDAPResponseTimeoutError, OSError) as error:
        raise SourceUnavailable(_broken(url, error), hint=_hint_of(error)) from error
    except LDAPException as error:
        raise SourceMalformed(
            text("{url} could not be understood: {error}", url=url, error=str(error))
        ) from error
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
        # ldap3's decoder checks little: bytes that are no LDAP message end in any of these.
        raise SourceMalformed(
            text("{url} sent what is no LDAP answer ({kind})", url=url, kind=type(error).__name__),
            hint=text("Check that the address and port belong to an LDAP server."),
        ) from error


def _broken(url: str, error: Exception) -> str:
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return text("{url} did not answer in time", url=url)
    return text("{url}: the connection failed: {error}", url=url, error=str(error))


def _hint_of(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return text("Check the host name in urls, and the name service of this machine.")
    if isinstance(error, ssl.SSLError):
        return text(
            "Check that the port speaks TLS; ldaps:// is usually port 636, ldap:// port 389."
        )
    return text("Check urls, the network between, and that the server runs.")
