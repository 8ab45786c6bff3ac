"""Persons and departments as they come from the server, until they become entries."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from syncd.errors import SourceRejected
from syncd.model.entry import Kind, Rejection
from syncd.model.field import MAX_ID_LENGTH
from syncd.sources.base import Progress
from syncd.sources.ldap import payload
from syncd.sources.ldap.directory import Directory, Found
from syncd.sources.ldap.dn import DnKey, dn_key
from syncd.sources.ldap.kinds import DirectoryKind
from syncd.sources.ldap.settings import View
from syncd.sources.ldap.tree import Tree, Unit, plant, unit_name
from syncd.text import text

#: OpenLDAP's mark, whose last part but one is the number of the server that made the change:
#: `20261128142652.052339Z#000000#001#000000`.
CSN: Final = "entryCSN"
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f]")


class Draft(NamedTuple):
    """A person who has been read, and waits for the department and the manager."""

    external_id: str
    key: DnKey
    read_at: datetime
    attributes: bytes
    carried: frozenset[str]
    #: What the entry says of its department, where an attribute does.
    department: str | None
    #: DNs, as the entry names them.
    managers: tuple[str, ...]


@dataclass(slots=True)
class Gathered:
    """What one search has brought so far."""

    drafts: dict[str, Draft] = field(default_factory=dict)
    rejections: list[Rejection] = field(default_factory=list)
    references: set[str] = field(default_factory=set)
    #: Entries without a usable id.
    nameless: int = 0
    #: Entries that do not show when they were changed, and the latest change of the others with
    #: the entry's id, by the server that it was made on where the mark says so.
    unmarked: int = 0
    marks: dict[str, tuple[str, str]] = field(default_factory=dict)
    #: The sets of attributes that people carry: a few, which many share.
    shapes: dict[frozenset[str], frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The attributes to read of a person."""

    #: In lower case.
    attributes: frozenset[str]
    #: The one that holds the DN of the manager.
    manager: str | None
    #: The one that holds the department, where departments are no organizational units.
    department: str | None = None

    def kept(self, kind: DirectoryKind) -> frozenset[str]:
        """Return what is kept of what a server of this kind is asked for."""
        own = {self.department} if self.department else set()
        return frozenset({*self.attributes, *own, kind.lock.lower()} - {kind.id.lower()})

    def requested(self, kind: DirectoryKind) -> list[str]:
        """Return what to ask a server of this kind for."""
        return sorted({*self.kept(kind), kind.id.lower(), kind.mark.lower()})


def read_tree(directory: Directory, view: View) -> tuple[Tree, Gathered]:
    """Return the departments at and below the base, and what could not be used of them.

    Raises:
        SourceError: They could not be read to the end, or there is no base.
    """
    gathered = Gathered()
    root = read_root(directory, view, gathered)
    units: dict[str, Unit] = {root.external_id: root}
    kind = directory.kind
    for page in directory.pages(view.base_dn, view.department_filter, [kind.id, kind.mark]):
        gathered.references.update(page.references)
        for found in page.entries:
            unit_id = _id_of(kind, found, Kind.DEPARTMENT, gathered)
            if unit_id is None:
                continue
            note_mark(kind, unit_id, found.attributes.get(kind.mark.lower(), ()), gathered)
            unit = Unit(unit_id, dn_key(found.dn), unit_name(found.dn), page.sent_at)
            if _is_new(Kind.DEPARTMENT, found, unit.key, units.get(unit_id), gathered):
                units[unit_id] = unit
    return plant(root, units.values()), gathered


def read_root(directory: Directory, view: View, gathered: Gathered) -> Unit:
    """Return the base.

    Raises:
        SourceError: It is not there, or does not show its id, or the server did not answer.
    """
    sent_at = directory.now()
    kind = directory.kind
    found = directory.entry(view.base_dn, [kind.id, kind.mark, "o"])
    if found is None:
        raise SourceRejected(
            text(
                '{url} has no entry "{base_dn}" that the bind account may see',
                url=directory.url,
                base_dn=view.base_dn,
            ),
            hint=text("Check base_dn, and that the bind account may read that entry."),
        )
    unit_id = kind.id_of(found.attributes.get(kind.id.lower(), ()))
    if unit_id is None:
        raise SourceRejected(
            text(
                '{url} does not show the {id} of "{base_dn}"',
                url=directory.url,
                id=kind.id,
                base_dn=view.base_dn,
            ),
            hint=text(
                "Give the bind account the right to read {id} below base_dn; if the server is no {title}, set directory.",
                id=kind.id,
                title=kind.title,
            ),
        )
    note_mark(kind, unit_id, found.attributes.get(kind.mark.lower(), ()), gathered)
    organization = next(iter(found.attributes.get("o", ())), b"").decode("utf-8", "replace")
    return Unit(unit_id, dn_key(found.dn), unit_name(found.dn, organization), sent_at)


def read_persons(
    directory: Directory, view: View, search_filter: str, wanted: Wanted, progress: Progress
) -> Gathered:
    """Return everybody at or below the base who matches.

    Raises:
        SourceError: They could not be read to the end.
    """
    gathered = Gathered()
    for page in directory.pages(view.base_dn, search_filter, wanted.requested(directory.kind)):
        gathered.references.update(page.references)
        for found in page.entries:
            _gather(directory.kind, found, page.sent_at, wanted, gathered)
        # How many there are nobody knows before the last page.
        progress("users", len(gathered.drafts), len(gathered.drafts))
    return gathered


def _gather(
    kind: DirectoryKind, found: Found, read_at: datetime, wanted: Wanted, gathered: Gathered
) -> None:
    user_id = _id_of(kind, found, Kind.USER, gathered)
    if user_id is None:
        return
    key = dn_key(found.dn)
    if not _is_new(Kind.USER, found, key, gathered.drafts.get(user_id), gathered):
        return
    carried = {name: values for name, values in found.attributes.items() if values}
    carried.pop(kind.id.lower(), None)
    mark = kind.mark.lower()
    values = carried.get(mark, ()) if mark in wanted.attributes else carried.pop(mark, ())
    note_mark(kind, user_id, values, gathered)
    names = frozenset(carried)
    managers = carried.get(wanted.manager, ()) if wanted.manager else ()
    gathered.drafts[user_id] = Draft(
        external_id=user_id,
        key=key,
        read_at=read_at,
        attributes=payload.encode_attributes(carried),
        carried=gathered.shapes.setdefault(names, names),
        department=_first_text(carried.get(wanted.department, ()) if wanted.department else ()),
        managers=tuple(raw.decode("utf-8", "replace") for raw in managers),
    )


def note_mark(
    kind: DirectoryKind, external_id: str, values: Sequence[bytes], gathered: Gathered
) -> None:
    """Note when an entry was changed last."""
    if not values:
        gathered.unmarked += 1
        return
    mark = values[0].decode("ascii", "replace")
    server = mark[-10:-7] if kind.mark == CSN else ""
    if server not in gathered.marks or mark > gathered.marks[server][0]:
        gathered.marks[server] = (mark, external_id)


def _first_text(values: Sequence[bytes]) -> str | None:
    """Return the first value; None where there is none, or one that is no text."""
    try:
        return values[0].decode("utf-8") if values else None
    except UnicodeDecodeError:
        return None


def _id_of(directory: DirectoryKind, found: Found, kind: Kind, gathered: Gathered) -> str | None:
    values = found.attributes.get(directory.id.lower(), ())
    usable = directory.id_of(values)
    if usable is None:
        gathered.nameless += 1
        reason = "type" if values else "empty"
        gathered.rejections.append(Rejection(kind, _printable(found.dn), "id", reason))
    return usable


def _is_new(
    kind: Kind, found: Found, key: DnKey, former: Draft | Unit | None, gathered: Gathered
) -> bool:
    """Return whether the id is free; a second DN with it is rejected."""
    if former is not None and former.key != key:
        gathered.rejections.append(Rejection(kind, _printable(found.dn), "id", "duplicate"))
    return former is None


def _printable(dn: str) -> str:
    return _UNPRINTABLE.sub("?", dn)[:MAX_ID_LENGTH]
