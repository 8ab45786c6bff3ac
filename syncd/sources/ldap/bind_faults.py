"""Why a bind was refused, as far as the server tells: each cause in words of its own.

The results are those of RFC 4511. What Active Directory means by them stands as `data <code>` in
its message (MS-ADTS, and the Windows error codes that it names); OpenLDAP and 389 Directory Server
answer with a control (draft-behera-ldap-password-policy).
"""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from syncd.errors import SourceError, SourceRejected, SourceUnavailable
from syncd.sources.ldap.certificate import elements
from syncd.sources.ldap.refused import PasswordRefused
from syncd.text import text

#: Asks for the reason of a refusal; servers that do not know it ignore it.
POLICY_CONTROL: Final = "1.3.6.1.4.1.42.2.27.8.5.1"
#: 389 Directory Server's own word that a password has expired.
_EXPIRED_CONTROL: Final = "2.16.840.1.113730.3.4.4"
_SUCCESS, _INVALID_CREDENTIALS, _UNWILLING = 0, 49, 53
#: The error in the password policy's answer is `[1]`; `[0]` is a warning.
_ERROR: Final = 0x81
_SUB_CODE: Final = re.compile(r"\bdata ([0-9a-fA-F]+)\b")


class _Cause(NamedTuple):
    reason: str
    hint: str
    kind: type[SourceError] = SourceRejected


_TLS = text("Use ldaps:// in urls, or ldap:// with start_tls = true.")
_RESET = text("Set a new password for the account, and bind_password to it.")
_NOT_AGAIN = text(
    "Check bind_dn and bind_password. syncd run tries the same password again only after an hour, then after two, four and so on, because that could lock the account."
)
_LOCKED = _Cause(
    text("the account is locked"),
    text(
        "Unlock it, and look for who binds with an old password; then check bind_password before the next run."
    ),
)
_EXPIRED = _Cause(text("the password has expired"), _RESET)
_MUST_CHANGE = _Cause(text("the password must be changed before the account may be used"), _RESET)
_DISABLED = _Cause(text("the account is disabled"), text("Enable it, or name another in bind_dn."))
_WRONG = _Cause(
    text("there is no such account, or the password is wrong"), _NOT_AGAIN, PasswordRefused
)
_BUSY = _Cause(
    text("the server is busy or not available"),
    text("The next run tries again; look at the server's load if this stays."),
    SourceUnavailable,
)

#: `data <code>` of Active Directory.
_OF_WINDOWS: Final[Mapping[str, _Cause]] = {
    "525": _Cause(
        text("there is no such account"),
        text("Check bind_dn: a DN, user@domain, or DOMAIN\\user."),
    ),
    "52e": _WRONG,
    "52f": _Cause(
        text("a restriction forbids the account to sign in"),
        text("Look at the account's restrictions in Active Directory."),
    ),
    "530": _Cause(
        text("the account may not sign in at this hour"),
        text("Widen the account's logon hours."),
    ),
    "531": _Cause(
        text("the account may not sign in from this machine"),
        text("Allow this machine, or all, in the account's logon workstations."),
    ),
    "532": _EXPIRED,
    "533": _DISABLED,
    "534": _Cause(
        text("the account lacks the right to sign in this way"),
        text(
            'Give it the right "Access this computer from the network" on the domain controllers.'
        ),
    ),
    "701": _Cause(
        text("the account has expired"),
        text("Change the account's expiry date, or name another in bind_dn."),
    ),
    "773": _MUST_CHANGE,
    "775": _LOCKED,
    "80090346": _Cause(
        text("the server demands channel binding, which syncd does not speak for this bind"),
        text("Use a simple bind over ldaps://."),
    ),
}
#: The error of the password policy's answer.
_OF_POLICY: Final[Mapping[int, _Cause]] = {0: _EXPIRED, 1: _LOCKED, 2: _MUST_CHANGE}
_OF_RESULT: Final[Mapping[int, _Cause]] = {
    7: _Cause(
        text("it does not offer this way of binding"),
        text(
            'For bind_method = "external" the server must ask for a client certificate, trust its authority, and map it to an account; over ldapi:// it maps the system\'s account.'
        ),
    ),
    8: _Cause(text("it demands signed or encrypted connections (LDAP signing)"), _TLS),
    13: _Cause(text("it demands TLS"), _TLS),
    19: _LOCKED,
    32: _Cause(text("there is no such account"), text("Check bind_dn.")),
    34: _Cause(text("bind_dn is no valid DN"), text("Check how bind_dn is written.")),
    48: _Cause(
        text("it does not allow this way of binding to this account"),
        text("The account must have a password, and be allowed to bind."),
    ),
    _INVALID_CREDENTIALS: _WRONG,
    51: _BUSY,
    52: _BUSY,
    # 389 Directory Server says so of an account that is inactivated, and calls it locked besides.
    _UNWILLING: _Cause(
        text("it is not willing to, as for an account that is disabled or inactivated"),
        text("Enable the account, or name another in bind_dn."),
    ),
}
_ANONYMOUS: Final = _Cause(
    text("it allows no anonymous bind"), text("Set bind_dn and bind_password.")
)
_UNMAPPED: Final = _Cause(
    text("it maps our certificate, or this machine's account, to no account of its own"),
    text(
        "Map the certificate's subject to an account on the server (OpenLDAP: authz-regexp; 389 Directory Server: certmap.conf and the account's userCertificate)."
    ),
)
_OTHER: Final = _Cause(text("for another reason"), text("See the server's own log for the cause."))


def bind_fault(
    url: str, bind_dn: str | None, result: Mapping[str, Any], *, external: bool = False
) -> SourceError | None:
    """Return the error for a bind that ended with `result`; None where the account may be used.

    A bind may succeed and still be of no use: until the password is changed nothing else is
    allowed.
    """
    policy = _policy_error(result)
    if result["result"] == _SUCCESS:
        if policy != 2:  # noqa: PLR2004 - changeAfterReset
            return None
        cause = _MUST_CHANGE
    else:
        cause = _cause_of(result, policy, anonymous=not bind_dn and not external, external=external)
    return cause.kind(
        text(
            "{url} refused {who}: {reason} ({result})",
            url=url,
            who=_who(bind_dn, external=external),
            reason=cause.reason,
            result=in_words(result),
        ),
        hint=cause.hint,
    )


def in_words(result: Mapping[str, Any]) -> str:
    """Return a result as the server put it, in one line."""
    message = " ".join(str(result.get("message") or "").replace("\0", " ").split())
    words = f"{result['description']} ({result['result']})"
    return f"{words}, {message}" if message else words


def _who(bind_dn: str | None, *, external: bool) -> str:
    if external:
        return text("the bind by certificate or local account (SASL EXTERNAL)")
    return (
        text('the bind as "{bind_dn}"', bind_dn=bind_dn) if bind_dn else text("the anonymous bind")
    )


def _cause_of(
    result: Mapping[str, Any], policy: int | None, *, anonymous: bool, external: bool
) -> _Cause:
    code, message = result["result"], str(result.get("message") or "")
    if anonymous and code in {1, 48, 50, 53}:
        return _ANONYMOUS
    if external and code in {48, _INVALID_CREDENTIALS}:
        return _UNMAPPED
    if policy is not None and policy in _OF_POLICY and code != _UNWILLING:
        return _OF_POLICY[policy]
    if code == _INVALID_CREDENTIALS:
        said = _SUB_CODE.search(message)
        if said and said[1].lower() in _OF_WINDOWS:
            return _OF_WINDOWS[said[1].lower()]
        if _EXPIRED_CONTROL in (result.get("controls") or {}):
            return _EXPIRED
    return _OF_RESULT.get(code, _OTHER)


def _policy_error(result: Mapping[str, Any]) -> int | None:
    """Return the error in the password policy's answer: a sequence whose `[1]` is an ENUMERATED."""
    control = (result.get("controls") or {}).get(POLICY_CONTROL) or {}
    value = control.get("value")
    if not isinstance(value, bytes):
        return None
    try:
        answer = elements(elements(value)[0].content)
    except (IndexError, ValueError):
        return None
    return next((part.content[0] for part in answer if part.tag == _ERROR and part.content), None)
