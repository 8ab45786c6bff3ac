"""Whether text is an LDAP filter (RFC 4515), as far as its brackets tell."""

import re
from typing import Final

from syncd.text import text

#: The beginning of a list, a comparison, the end of a list, or space between them.
_PART: Final = re.compile(r"\(\s*([&|!])|(\([^()]*\))|(\))|\s+")
_COMPARISON: Final = re.compile(r"\(\s*[^=\s][^=]*=.*\)", re.DOTALL)
_NOT: Final = "!"


def check_filter(value: str) -> str:
    """Return a filter as it is written; the brackets around the whole may be left out.

    Raises:
        ValueError: It is none: the server, or ldap3, would refuse it, or read another one.
    """
    stripped = value.strip()
    written = stripped if stripped.startswith("(") else f"({stripped})"
    #: The lists that are open, each by its sign and how many it has; around them the whole.
    open_: list[tuple[str, int]] = [("", 0)]
    at = 0
    while at < len(written):
        part = _PART.match(written, at)
        if part is None or (part[2] and not _COMPARISON.fullmatch(part[2])):
            rest = written[at:]
            raise _unreadable(rest) if ")" in rest else _unclosed()
        at = part.end()
        if part[1]:
            open_.append((part[1], 0))
        elif part[2] or part[3]:
            _close(open_, written, is_list=bool(part[3]))
    if len(open_) > 1:
        raise _unclosed()
    if open_ != [("", 1)]:
        raise _unreadable(written)
    return value


def _close(open_: list[tuple[str, int]], written: str, *, is_list: bool) -> None:
    """Count what has ended in the list around it."""
    if is_list:
        _, count = open_.pop()
        if not open_:
            raise ValueError(text("is no LDAP filter: a bracket is closed and was never opened"))
        if not count:
            raise _unreadable(written)
    sign, count = open_.pop()
    if count and sign in {"", _NOT}:
        raise ValueError(
            text("is no LDAP filter: comparisons side by side are joined by (&…) or (|…)")
        )
    open_.append((sign, count + 1))


def _unclosed() -> ValueError:
    return ValueError(text("is no LDAP filter: a bracket is opened and never closed"))


def _unreadable(part: str) -> ValueError:
    return ValueError(text("is no LDAP filter (RFC 4515): {part!r} cannot be read", part=part[:80]))
