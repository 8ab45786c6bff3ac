"""Who is a member of the configured groups, nested groups included.

Active Directory follows nested groups itself (MS-ADTS, 3.1.1.3.4.4.3); everywhere else they are
walked, so that no overlay and no plugin is needed.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ldap3.utils.conv import escape_filter_chars

from syncd.errors import SourceRejected
from syncd.sources.ldap.directory import Directory, Found
from syncd.sources.ldap.dn import DnKey, dn_key
from syncd.sources.ldap.root_dse import read_root_dse
from syncd.text import text

_IN_CHAIN: Final = "1.2.840.113556.1.4.1941"
_MEMBERS: Final = ("member", "uniqueMember")
_GROUPS: Final = (
    "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=groupOfMembers))"
)
#: Shows a group only where the server lets us see that it has no member (RFC 4511, 4.5.1.7).
_EMPTY: Final = "(&(!(member=*))(!(uniqueMember=*)))"


@dataclass(frozen=True, slots=True)
class Members:
    """Whom the groups let in."""

    #: DNs; None where the filter alone decides.
    keys: frozenset[DnKey] | None = None
    #: A part of the filter for persons; empty where the DNs decide.
    condition: str = ""
    #: The groups that were read, nested ones included.
    walked: frozenset[str] = frozenset()

    def __contains__(self, key: DnKey) -> bool:
        """Return whether an entry that the filter has found is let in."""
        return self.keys is None or key in self.keys

    def narrowed(self, search_filter: str) -> str:
        """Return the filter for persons, restricted to members as far as a filter can say it."""
        return f"(&{search_filter}{self.condition})" if self.condition else search_filter

    def lost(self, known: Collection[str]) -> frozenset[str]:
        """Return which of the groups that were once read are still members, and unreadable now."""
        gone = frozenset(known) - self.walked
        return frozenset(dn for dn in gone if dn_key(dn) in (self.keys or ()))


EVERYBODY: Final = Members()


def read_members(directory: Directory, groups: Collection[str]) -> Members:
    """Return whom these groups let in; everybody where there are none.

    Raises:
        SourceRejected: A group is not there, or its members may not be read.
        SourceError: The server could not be asked to the end.
    """
    if not groups:
        return EVERYBODY
    contexts = _contexts(directory, groups)
    if directory.kind.follows_groups:
        return _followed_by_server(directory, contexts)
    return _walked(directory, contexts)


def _contexts(directory: Directory, groups: Iterable[str]) -> dict[str, str]:
    """Return each group with the tree of the server that it is in."""
    shown = read_root_dse(directory).get("namingcontexts", ())
    trees = {dn_key(tree): tree for tree in (raw.decode("utf-8", "replace") for raw in shown)}
    found = {}
    for group in groups:
        key = dn_key(group)
        above = [tree for parts, tree in trees.items() if parts == key[len(key) - len(parts) :]]
        if not above:
            raise _not_there(directory, group)
        found[group] = max(above, key=len)
    return found


def _followed_by_server(directory: Directory, contexts: Mapping[str, str]) -> Members:
    parts: list[str] = []
    walked = set(contexts)
    for group, tree in contexts.items():
        entry = directory.entry(group, ["objectSid"])
        if entry is None:
            raise _not_there(directory, group)
        inside = f"(memberOf:{_IN_CHAIN}:={escape_filter_chars(group)})"
        pages = directory.pages(tree, f"(&(objectClass=group){inside})", ["objectSid"])
        nested = [found for page in pages for found in page.entries]
        walked.update(found.dn for found in nested)
        parts.append(inside)
        # Whose primary group it is stands in the person's own entry only.
        parts.extend(f"(primaryGroupID={rid})" for rid in _relative_ids([entry, *nested]))
    return Members(condition=f"(|{''.join(dict.fromkeys(parts))})", walked=frozenset(walked))


def _relative_ids(entries: Iterable[Found]) -> Iterator[int]:
    for entry in entries:
        for sid in entry.attributes.get("objectsid", ()):
            yield int.from_bytes(sid[-4:], "little")  # the last part of a SID (MS-DTYP, 2.4.2.2)


def _walked(directory: Directory, contexts: Mapping[str, str]) -> Members:
    known = {
        dn_key(found.dn): found.dn
        for tree in sorted(set(contexts.values()))
        for page in directory.pages(tree, _GROUPS, ["1.1"])
        for found in page.entries
    }
    keys: set[DnKey] = set()
    walked: dict[DnKey, str] = {}
    waiting = list(contexts)
    while waiting:
        group = waiting.pop()
        members = _members_of(directory, group)
        if members is None:
            if group in contexts:
                raise _not_there(directory, group)
            continue
        walked[dn_key(group)] = group
        keys |= members
        nested = members & known.keys() - walked.keys()
        waiting.extend(known[key] for key in nested if known[key] not in waiting)
    return Members(frozenset(keys), walked=frozenset(walked.values()))


def _members_of(directory: Directory, group: str) -> frozenset[DnKey] | None:
    """Return the members of one group; None where it, or whom it has, cannot be seen."""
    entry = directory.entry(group, [*_MEMBERS, "objectClass"])
    if entry is None:
        return None
    values = [
        value.decode("utf-8", "replace")
        for name in _MEMBERS
        for value in entry.attributes.get(name.lower(), ())
    ]
    if not values:
        classes = {each.lower() for each in entry.attributes.get("objectclass", ())}
        if b"posixgroup" in classes:
            raise SourceRejected(
                text('"{group}" is a posixGroup, which names people by uid', group=group),
                hint=text("Name a groupOfNames or groupOfUniqueNames, or use person_filter."),
            )
        if directory.entry(group, ["1.1"], _EMPTY) is None:
            return None
    return frozenset(map(dn_key, values))


def _not_there(directory: Directory, group: str) -> SourceRejected:
    return SourceRejected(
        text(
            '{url} has no group "{group}" whose members the bind account may see',
            url=directory.url,
            group=group,
        ),
        hint=text(
            "Check groups, and give the bind account the right to read these entries and their members."
        ),
    )
