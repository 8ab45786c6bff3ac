"""The last net under secrets on their way into a log; the first is that nobody logs them."""

import re
from collections.abc import Mapping
from typing import Any

MASK = "********"

_SECRET_KEY = re.compile(
    r"secret|token|passw|pwd|api_?key|aes_?key|private_?key|authorization|cookie|credential",
    re.IGNORECASE,
)
_NAME = r"\b(?:access_token|corpsecret|app_secret|contacts_secret|secret|token|password|bind_password|ticket)"
#: ``name=value`` of a query, and ``"name": "value"`` of JSON or a repr; prose has a bare colon.
_PARAMETER = re.compile(
    rf"(?P<name>{_NAME}(?:[\"']\s*[=:]\s*[\"']|=[\"']?))(?:(?<=[\"'])[^\"']+|[^\s&\"',;)}}\]]+)",
    re.IGNORECASE,
)
_USERINFO = re.compile(r"(?P<head>[A-Za-z][A-Za-z0-9+.-]*://[^/@\s:]*):[^/@\s]+@")
_DEPTH = 6


def redact(value: Any, key: str = "", depth: int = _DEPTH) -> Any:
    """Return ``value`` with secrets replaced by asterisks.

    A text under a key that sounds like a secret is replaced whole; in any other text the values
    of ``access_token=…`` and its like, and passwords in addresses. Numbers stay: the number of a
    lease is called a token, too. What is nested deeper than any log line of ours is replaced.
    """
    match value:
        case None | bool() | int() | float():
            return value
        case str() | bytes() if _SECRET_KEY.search(key):
            return MASK if value else value
        case str():
            return redact_text(value)
        case Mapping() if depth:
            return {name: redact(inner, str(name), depth - 1) for name, inner in value.items()}
        case list() | tuple() | set() | frozenset() if depth:
            return [redact(inner, key, depth - 1) for inner in value]
        case _:
            return redact(str(value), key) if depth else MASK


def redact_text(text: str) -> str:
    """Return ``text`` without the values of secret parameters and the passwords of addresses."""
    return _USERINFO.sub(rf"\g<head>:{MASK}@", _PARAMETER.sub(rf"\g<name>{MASK}", text))
