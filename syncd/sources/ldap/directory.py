"""A server that has accepted our bind, and the searches over it."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple, Self

import ldap3
from ldap3.core.exceptions import LDAPException

from syncd.errors import SourceMalformed, SourceUnavailable
from syncd.sources.ldap import faults
from syncd.sources.ldap.kinds import OPENLDAP
from syncd.sources.ldap.lean import handing_over
from syncd.text import text

_PAGED_RESULTS = "1.2.840.113556.1.4.319"
SYNC_REQUEST = "1.3.6.1.4.1.4203.1.9.1.1"
_ANYTHING = "(objectClass=*)"
_RANGE = ";range="
_BOUNDS = re.compile(r"([0-9]{1,9})-([0-9]{1,9}|\*)")


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
        #: Which kind of server it is; until it has been asked, the one that RFC 4530 describes.
        self.kind = OPENLDAP
        #: Requests sent since the bind.
        self.calls = 0

    def __enter__(self) -> Self:
        """Return the directory; leaving closes it."""
        return self

    def __exit__(self, *raised: object) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Close the connection."""
        close(self._connection)

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
                raise faults.search_fault(self.url, base, result, self.kind.limits)
            page = self._page(sent_at)
            yield page._replace(entries=[self._whole(found) for found in page.entries])
            cookie = _cookie(result)
            if not cookie:
                return

    def entry(
        self, dn: str, attributes: Sequence[str], search_filter: str = _ANYTHING
    ) -> Found | None:
        """Return the entry at `dn`; None where none that matches is, or none that we may see.

        Raises:
            SourceError: The server did not answer, or refused to.
        """
        result = self._search(dn, search_filter, attributes, search_scope=ldap3.BASE)
        if result["result"] == faults.NO_SUCH_OBJECT:
            return None
        if result["result"] != faults.SUCCESS:
            raise faults.search_fault(self.url, dn, result, self.kind.limits)
        found = next(iter(self._page(self.now()).entries), None)
        return found and self._whole(found)

    def has_any(self, base: str, search_filter: str) -> bool:
        """Return whether anything at or below `base` matches.

        Raises:
            SourceError: The server did not answer, or refused to.
        """
        result = self._search(base, search_filter, ["1.1"], size_limit=1)
        if result["result"] not in {faults.SUCCESS, faults.SIZE_LIMIT_EXCEEDED}:
            raise faults.search_fault(self.url, base, result, self.kind.limits)
        return bool(self._page(self.now()).entries)

    def has_any_within(self, dn: str, search_filter: str) -> bool:
        """Return whether an entry, or anything below it, matches; no entry has nothing below it.

        Raises:
            SourceError: The server did not answer, or refused to.
        """
        return self.entry(dn, ["1.1"]) is not None and self.has_any(dn, search_filter)

    def synchronise(
        self,
        base: str,
        search_filter: str,
        attributes: Sequence[str],
        control: bytes,
        take: Callable[[Mapping[str, Any]], None],
    ) -> Mapping[str, Any] | None:
        """Give the answers to a search with the control of RFC 4533 to `take`; return its result.

        None where the server does not offer it, or not to us; what was taken is void then, and
        where this raises. `take` must not raise: what follows would never be read.

        Raises:
            SourceError: The server did not answer.
        """
        controls = [(SYNC_REQUEST, True, control)]
        with handing_over(self._connection, take):
            result = self._search(base, search_filter, attributes, controls=controls)
        if result["result"] != faults.SUCCESS:
            return None
        for answer in self._connection.response or ():
            take(answer)
        return result

    def _whole(self, found: Found) -> Found:
        """Return the entry with all values of the attributes that came in ranges.

        Active Directory gives at most 1,500 values at a time, as `member;range=0-1499` beside a
        `member` that is empty (MS-ADTS, 3.1.1.3.1.3.3).
        """
        if _RANGE not in "".join(
            found.attributes
        ):  # one look at all names: this is asked of everybody
            return found
        ranged = [name for name in found.attributes if _RANGE in name]
        attributes = dict(found.attributes)
        for name in ranged:
            attribute, _, bounds = name.partition(_RANGE)
            attributes[attribute] = self._all_values(
                found.dn, attribute, bounds, attributes.pop(name)
            )
        return Found(found.dn, attributes)

    def _all_values(
        self, dn: str, attribute: str, bounds: str, first: Sequence[bytes]
    ) -> list[bytes]:
        values = list(first)
        start, end = 0, self._end(dn, attribute, bounds, 0)
        while end is not None:
            start = end + 1
            name, more = self._next_range(dn, attribute, start)
            values.extend(more)
            end = self._end(dn, attribute, name.partition(_RANGE)[2], start)
        return values

    def _next_range(self, dn: str, attribute: str, start: int) -> tuple[str, Sequence[bytes]]:
        """Return the values from a place on, as many as the server gives, and how it calls them."""
        following = f"{attribute}{_RANGE}{start}-"
        result = self._search(dn, _ANYTHING, [f"{following}*"], search_scope=ldap3.BASE)
        if result["result"] != faults.SUCCESS:
            raise faults.search_fault(self.url, dn, result, self.kind.limits)
        for found in self._page(self.now()).entries:
            for name, values in found.attributes.items():
                if name.startswith(following):
                    return name, values
        raise SourceUnavailable(
            text(
                '{url} did not show the values of {attribute} of "{dn}" to their end',
                url=self.url,
                attribute=attribute,
                dn=dn,
            ),
            hint=text("The entry may have changed meanwhile; the next run tries again."),
        )

    def _end(self, dn: str, attribute: str, bounds: str, start: int) -> int | None:
        """Return where a range ends; None where it is the last.

        Raises:
            SourceMalformed: It is no range that begins at `start`.
        """
        shown = _BOUNDS.fullmatch(bounds)
        if shown and int(shown[1]) == start:
            if shown[2] == "*":
                return None
            if int(shown[2]) >= start:
                return int(shown[2])
        raise SourceMalformed(
            text(
                '{url} shows a range of {attribute} of "{dn}" that makes no sense: {bounds}',
                url=self.url,
                attribute=attribute,
                dn=dn,
                bounds=bounds,
            )
        )

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


def close(connection: Any) -> None:
    """Close an ldap3 connection, whatever state it is in."""
    with suppress(LDAPException, OSError):
        connection.unbind()
    if connection.socket is not None:  # a connection that never opened keeps its socket
        connection.socket.close()
        connection.socket = None


def _cookie(result: Mapping[str, Any]) -> bytes:
    control = (result.get("controls") or {}).get(_PAGED_RESULTS, {})
    cookie: bytes = control.get("value", {}).get("cookie", b"")
    return cookie
