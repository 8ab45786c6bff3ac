"""Whether the next reading may go on from this one, and from where: asked at the end of a reading."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from syncd.sources.ldap.asked import Asked
from syncd.sources.ldap.dn import DnKey, dn_of
from syncd.sources.ldap.memory import Memory
from syncd.sources.ldap.placing import Places
from syncd.sources.ldap.position import (
    Position,
    containers_of,
    dangling_of,
    key_mark,
    tree_mark,
)
from syncd.sources.ldap.reading import Gathered
from syncd.sources.ldap.standing import (
    How,
    Standing,
    context_of,
    mark_of,
    naming_contexts,
    read_again,
)
from syncd.sources.ldap.tree import Range
from syncd.text import Text, text

#: Entries with persons below them that are no departments, and managers who are not read: more
#: than these are not kept in mind.
_MOST_CONTAINERS: Final = 50
_MOST_DANGLING: Final = 5000
#: Attributes that servers make up, or write without a sign that the entry has changed: back links,
#: memberships, counters of sign-ins.
SILENT: Final = frozenset(
    name.lower()
    for name in (
        *("memberOf", "isMemberOf", "directReports", "managedObjects", "tokenGroups", "nsRole"),
        *("nsRoleDN", "entryDN", "hasSubordinates", "numSubordinates", "distinguishedName"),
        *("canonicalName", "lastLogon", "logonCount", "badPwdCount", "badPasswordTime"),
        *("pwdFailureTime", "pwdLastSuccess", "authTimestamp", "parentGUID", "primaryGroupToken"),
        *("msDS-parentdistname", "allowedAttributes", "msDS-User-Account-Control-Computed"),
    )
)


@dataclass(frozen=True, slots=True)
class Whole:
    """All that a complete reading has found."""

    asked: Asked
    #: Where the server stood when the reading began; None where it could not tell.
    standing: Standing | None
    within: Range
    places: Places
    gathered: Iterable[Gathered]
    memory: Memory
    readable: Collection[str]
    #: The DNs that are named as managers.
    managers: Mapping[str, DnKey]
    identity: str


def position_after(whole: Whole) -> Position | Text:
    """Return where the next reading goes on, or why it has to read everything again.

    Raises:
        SourceError: The server did not answer.
    """
    kind, standing = whole.asked.directory.kind, whole.standing
    if standing is None or any(one.unmarked for one in whole.gathered):
        return text("no: {mark} is not to be seen for every entry", mark=kind.mark)
    marks = _latest(whole.gathered)
    standing = _covering(whole.asked, standing, marks)
    if refusal := _by_settings(whole.asked, standing):
        return refusal
    groups = _groups(whole)
    if isinstance(groups, Text):
        return groups
    containers = _containers(whole)
    dangling = dangling_of(whole.places.keys(), whole.managers)
    if containers is None or len(dangling) > _MOST_DANGLING:
        return text("no: people are below entries, or have managers, that cannot be seen")
    return Position(
        kind=kind.code,
        identity=whole.identity,
        standing=standing,
        latest=max(marks.values()),
        tree=tree_mark(whole.within.tree),
        readable=tuple(sorted(whole.readable)),
        carriers=whole.memory.carriers,
        containers=containers,
        groups=groups,
        dangling=dangling,
    )


def _by_settings(asked: Asked, standing: Standing) -> Text | None:
    """Return why the settings stand in the way."""
    if standing.how is How.TIME and asked.view.department_attribute:
        return text("no: departments are made of an attribute of the people")
    silent = sorted(SILENT & asked.wanted.attributes)
    if silent:
        return text("no: {attribute} changes without a sign", attribute=silent[0])
    return None


def _latest(gathered: Iterable[Gathered]) -> dict[str, tuple[str, str]]:
    """Return the latest mark, and whose it is, by the server that made the change."""
    found: dict[str, tuple[str, str]] = {}
    for one in gathered:
        for server, latest in one.marks.items():
            found[server] = max(latest, found.get(server, latest))
    return found


def _covering(asked: Asked, standing: Standing, marks: Mapping[str, tuple[str, str]]) -> Standing:
    """Return the standing, or where `contextCSN` does not tell of all that was read, the time.

    A part of the tree may lie in a database of its own, of whose changes this one tells nothing.
    """
    if standing.how is not How.CSN:
        return standing
    now = read_again(asked.directory, standing)
    known = (now.marks if now else None) or {}
    if all(latest[0] <= known.get(server, "") for server, latest in marks.items()):
        return standing
    return Standing(How.TIME, asked.directory.url)


def _groups(whole: Whole) -> dict[str, str] | Text:
    """Return when each group was changed; or why a change of one could not be seen."""
    asked = whole.asked
    if not asked.view.groups:
        return {}
    trees = naming_contexts(asked.directory)
    base = context_of(trees, asked.view.base_dn)
    marks = {}
    for group in sorted(whole.within.members.walked):
        mark = mark_of(asked.directory, group)
        if mark is None or context_of(trees, group) != base:
            return text('no: changes of the group "{group}" could not be seen', group=group)
        marks[group] = mark
    return marks


def _containers(whole: Whole) -> dict[str, str] | None:
    """Return the entries that others are below and that are no departments, by id."""
    keys = containers_of(whole.places, whole.within.tree)
    if len(keys) > _MOST_CONTAINERS:
        return None
    directory, kind = whole.asked.directory, whole.asked.directory.kind
    found = {}
    for key in keys:
        shown = directory.entry(dn_of(key), [kind.id, kind.mark])
        external_id = kind.id_of(shown.attributes.get(kind.id.lower(), ())) if shown else None
        if shown is None or external_id is None or kind.mark.lower() not in shown.attributes:
            return None
        found[external_id] = key_mark(key)
    return found
