"""Persons and departments as they come from the server, until they become entries."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from syncd.errors import SourceRejected
from syncd.model.entry import Entry, Kind, Rejection
from syncd.model.field import MAX_ID_LENGTH
from syncd.sources.base import Progress
from syncd.sources.ldap import payload
from syncd.sources.ldap.connection import Directory, Found
from syncd.sources.ldap.dn import DnKey, dn_key
from syncd.sources.ldap.settings import ID, LOCKED, View
from syncd.sources.ldap.tree import Range, Tree, Unit, plant, unit_name, usable_id
from syncd.text import text

_ID: Final = ID.lower()
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f]")


class Draft(NamedTuple):
    """A person who has been read, and waits for the department and the manager."""

    external_id: str
    key: DnKey
    read_at: datetime
    attributes: bytes
    carried: frozenset[str]
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
    #: The sets of attributes that people carry: a few, which many share.
    shapes: dict[frozenset[str], frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The attributes to read of a person."""

    #: In lower case.
    attributes: frozenset[str]
    #: The one that holds the DN of the manager.
    manager: str | None

    @property
    def requested(self) -> list[str]:
        """Return what to ask the server for."""
        return sorted({*self.attributes, _ID, LOCKED.lower()})


def read_tree(directory: Directory, view: View) -> tuple[Tree, Gathered]:
    """Return the departments at and below the base, and what could not be used of them.

    Raises:
        SourceError: They could not be read to the end, or there is no base.
    """
    root = _read_root(directory, view)
    gathered = Gathered()
    units: dict[str, Unit] = {root.external_id: root}
    for page in directory.pages(view.base_dn, view.department_filter, [ID]):
        gathered.references.update(page.references)
        for found in page.entries:
            unit_id = _id_of(found, Kind.DEPARTMENT, gathered)
            if unit_id is None:
                continue
            unit = Unit(unit_id, dn_key(found.dn), unit_name(found.dn), page.sent_at)
            if _is_new(Kind.DEPARTMENT, found, unit.key, units.get(unit_id), gathered):
                units[unit_id] = unit
    return plant(root, units.values()), gathered


def _read_root(directory: Directory, view: View) -> Unit:
    sent_at = directory.now()
    found = directory.entry(view.base_dn, [ID, "o"])
    if found is None:
        raise SourceRejected(
            text(
                '{url} has no entry "{base_dn}" that the bind account may see',
                url=directory.url,
                base_dn=view.base_dn,
            ),
            hint=text("Check base_dn, and that the bind account may read that entry."),
        )
    unit_id = usable_id(found.attributes.get(_ID, ()))
    if unit_id is None:
        raise SourceRejected(
            text(
                '{url} does not show the entryUUID of "{base_dn}"',
                url=directory.url,
                base_dn=view.base_dn,
            ),
            hint=text(
                "Give the bind account the right to read entryUUID below base_dn; this version reads OpenLDAP only."
            ),
        )
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
    for page in directory.pages(view.base_dn, search_filter, wanted.requested):
        gathered.references.update(page.references)
        for found in page.entries:
            _gather(found, page.sent_at, wanted, gathered)
        # How many there are nobody knows before the last page.
        progress("users", len(gathered.drafts), len(gathered.drafts))
    return gathered


def _gather(found: Found, read_at: datetime, wanted: Wanted, gathered: Gathered) -> None:
    user_id = _id_of(found, Kind.USER, gathered)
    if user_id is None:
        return
    key = dn_key(found.dn)
    if not _is_new(Kind.USER, found, key, gathered.drafts.get(user_id), gathered):
        return
    carried = {name: values for name, values in found.attributes.items() if values}
    carried.pop(_ID, None)
    names = frozenset(carried)
    managers = carried.get(wanted.manager, ()) if wanted.manager else ()
    gathered.drafts[user_id] = Draft(
        external_id=user_id,
        key=key,
        read_at=read_at,
        attributes=payload.encode_attributes(carried),
        carried=gathered.shapes.setdefault(names, names),
        managers=tuple(raw.decode("utf-8", "replace") for raw in managers),
    )


def _id_of(found: Found, kind: Kind, gathered: Gathered) -> str | None:
    values = found.attributes.get(_ID, ())
    usable = usable_id(values)
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


def placed(drafts: Iterable[Draft], within: Range) -> dict[Draft, Unit]:
    """Return who is to be read, with the department."""
    places = {draft: within.place(draft.key) for draft in drafts}
    return {draft: unit for draft, unit in places.items() if unit is not None}


def carriers(drafts: Iterable[Draft]) -> Counter[str]:
    """Return how many persons carry each attribute."""
    return Counter(name for draft in drafts for name in draft.carried)


def entries(
    places: Mapping[Draft, Unit],
    readable: Collection[str],
    manager_id: Callable[[str], str | None],
) -> tuple[Entry, ...]:
    """Return the persons as entries; `manager_id` finds who a DN stands for."""
    ordered = tuple(sorted(readable))
    return tuple(_entry(draft, unit, ordered, manager_id) for draft, unit in places.items())


def _entry(
    draft: Draft, unit: Unit, readable: Sequence[str], manager_id: Callable[[str], str | None]
) -> Entry:
    resolved = (manager_id(dn) for dn in draft.managers)
    manager = next((found for found in resolved if found is not None), None)
    content = payload.person(draft.attributes, unit.external_id, manager, readable)
    return Entry(Kind.USER, draft.external_id, draft.read_at, content)


def manager_among(drafts: Collection[Draft]) -> Callable[[str], str | None]:
    """Return what finds the person that a DN stands for among these."""
    wanted = {dn: dn_key(dn) for draft in drafts for dn in draft.managers}
    keys = frozenset(wanted.values())
    ids = {draft.key: draft.external_id for draft in drafts if draft.key in keys}
    return lambda dn: ids.get(wanted[dn])
