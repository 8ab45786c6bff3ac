"""Explains a person: by which rule every value stands, and which run brought it.

Where a field of a user comes from::

    the record says            the source           the row has       rule
    a value                    still shows it       that value        authority, or preferred
    a value                    shows it to nobody   that value        withheld, last known
    a value                    never showed it all  that value        unreadable, last known
    that it is empty           …                    nothing           empty
    nothing                    …                    nothing           unknown
    a part that is unusable    …                    what was before   rejected, last known
    anything                   person is gone       what was before   gone, last known
    anything                   it may be a namesake what was before   doubtful
    no name                    …                    an id             placeholder
    a manager or department    not in the directory nothing           not_in_directory
    something else             …                    something else    pending: the next run decides
    (no record is kept)                             anything          no_record
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Final

from syncd.model.change import Action, Entity
from syncd.model.conflict import ConflictKind, OpenConflict
from syncd.model.directory import LinkMethod
from syncd.model.dossier import Dossier, Step, StoredLink, StoredMembership, StoredRecord
from syncd.model.entry import Ref
from syncd.model.explanation import (
    Brought,
    DepartmentOrigin,
    Explanation,
    FieldOrigin,
    LinkOrigin,
    Parted,
    Reason,
    Rule,
)
from syncd.model.field import CUSTOM_PREFIX, MANAGER, TEXT_FIELDS
from syncd.reconcile.settings import Policy
from syncd.reconcile.unmatched import why_unmatched

_Fits = Callable[[Step], bool]

#: The reasons of rule 10, in the order in which they are told.
REASONS: Final = ("gone_at", "source_disabled_at", "admin_disabled_at")
#: Columns that say whose a record is, or which.
_OF_LINK: Final = frozenset({"user_id", "external_id", "method"})
MAIN_DEPARTMENT: Final = "main_department"


def explain(dossier: Dossier, policy: Policy) -> Explanation:
    """Return why a person, or a record without a user, is as it is."""
    conflicts = tuple(one for one in dossier.conflicts if _concerns(one, dossier))
    history = _History(dossier)
    if dossier.user is None:
        ref, stored = next(iter(dossier.records.items()))
        kinds = {one.conflict.kind for one in conflicts}
        said = [one for one in dossier.links if one.method is LinkMethod.MANUAL]
        why = why_unmatched(ref, stored, kinds, policy, by_hand=bool(said))
        links = tuple(LinkOrigin(one, history.of_link(one)) for one in said)
        return Explanation(dossier, None, links=links, conflicts=conflicts, unmatched=why)
    return Explanation(
        dossier,
        history.last(Entity.USER, lambda step: step.action is Action.CREATE),
        tuple(_fields(dossier, policy, history)),
        tuple(_reasons(dossier.user, history)),
        tuple(LinkOrigin(one, history.of_link(one)) for one in dossier.links),
        tuple(_parted(dossier, history)),
        tuple(_departments(dossier, history)),
        conflicts,
    )


def _parted(dossier: Dossier, history: "_History") -> Iterator[Parted]:
    """Yield what the user has lost, in the order of the links' ids."""
    user_id = (dossier.user or {}).get("id")
    for key, ref in sorted(dossier.parted.items()):
        brought = history.last(
            Entity.LINK,
            lambda step, key=key: step.entity_id == key and step.before.get("user_id") == user_id,  # type: ignore[misc]
        )
        if brought is not None:
            yield Parted(ref, brought)


def _concerns(one: OpenConflict, dossier: Dossier) -> bool:
    """Return whether a conflict is about the person, or about a field that the person has."""
    conflict = one.conflict
    refs = {*dossier.records, *(link.ref for link in dossier.links)}
    if conflict.kind is ConflictKind.FIELD_WITHHELD:
        return any(ref.source == conflict.source for ref in refs)
    if conflict.kind is ConflictKind.SCOPE_SHRUNK:
        people = conflict.detail.get("people")
        named = people if isinstance(people, list) else []
        return any(ref.source == conflict.source and ref.external_id in named for ref in refs)
    return Ref(conflict.source, conflict.external_id) in refs


# ── history ─────────────────────────────────────────────────────────────────────────────────


class _History:
    """Finds the change that gave something its present value."""

    def __init__(self, dossier: Dossier) -> None:
        self._steps = dossier.steps
        self._runs = dossier.runs

    def last(self, entity: Entity, fits: _Fits) -> Brought | None:
        for step in reversed(self._steps):
            if step.entity is entity and fits(step):
                return Brought(step.run_id, step.at, step.cause, self._runs.get(step.run_id))
        return None

    def of_column(self, column: str) -> Brought | None:
        return self.last(Entity.USER, lambda step: column in step.after)

    def of_custom(self, name: str) -> Brought | None:
        def gave(step: Step) -> bool:
            if "custom" not in step.after:
                return False
            old, new = _mapping(step.before.get("custom")), _mapping(step.after["custom"])
            return step.action is Action.CREATE or old.get(name) != new.get(name)

        return self.last(Entity.USER, gave)

    def of_link(self, link: StoredLink) -> Brought | None:
        return self.last(
            Entity.LINK,
            lambda step: step.entity_id == link.id and not _OF_LINK.isdisjoint(step.after),
        )

    def of_membership(self, department_id: int, *, made: bool) -> Brought | None:
        def fits(step: Step) -> bool:
            is_it = step.after.get("department_id") == department_id
            return is_it and (step.action is Action.CREATE or not made)

        return self.last(Entity.MEMBERSHIP, fits)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


# ── fields ──────────────────────────────────────────────────────────────────────────────────


def _fields(dossier: Dossier, policy: Policy, history: _History) -> Iterator[FieldOrigin]:
    user = dossier.user or {}
    for name in TEXT_FIELDS:
        value = _text(user.get(name))
        yield _field(dossier, policy, name, value, history.of_column(name))
    custom = _mapping(user.get("custom"))
    said = {
        name.removeprefix(CUSTOM_PREFIX)
        for stored in dossier.records.values()
        for name in stored.record.fields
        if name.startswith(CUSTOM_PREFIX)
    }
    for name in sorted(custom.keys() | said):
        value = _text(custom.get(name))
        yield _field(dossier, policy, CUSTOM_PREFIX + name, value, history.of_custom(name))
    yield _manager(dossier, policy, history)
    yield _main_department(dossier, history)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _field(
    dossier: Dossier, policy: Policy, name: str, value: str | None, brought: Brought | None
) -> FieldOrigin:
    ref = _origin(dossier, policy, name)
    stored = dossier.records.get(ref) if ref is not None else None
    said = (stored.record.fields.get(name) or None) if stored is not None else None
    return FieldOrigin(name, value, ref, _rule(dossier, ref, name, value), said, brought)


def _origin(dossier: Dossier, policy: Policy, name: str) -> Ref | None:
    """Return the record that a field comes from: the owner's, unless another order has a value."""
    for source in policy.prefer.get(name, ()):
        for one in dossier.links:
            stored = dossier.records.get(one.ref)
            if one.ref.source != source or stored is None or stored.gone_at is not None:
                continue
            if stored.record.fields.get(name):
                return one.ref
    return dossier.owner


def _rule(dossier: Dossier, ref: Ref | None, name: str, value: str | None) -> Rule:
    stored = dossier.records.get(ref) if ref is not None else None
    if ref is None or stored is None:
        return Rule.NO_RECORD
    special = _standstill(dossier, stored) or _rejected(stored, name)
    if special is not None:
        return special
    fields = stored.record.fields
    said = fields.get(name) or None
    if (
        name == "name"
        and said is None
        and value in {_text((dossier.user or {}).get("userid")), ref.external_id}
    ):
        return Rule.PLACEHOLDER
    if said != value:
        return Rule.PENDING if name in fields else Rule.UNREADABLE
    return _reading_rule(dossier, ref, name, is_known=name in fields, has_value=value is not None)


def _reading_rule(
    dossier: Dossier, ref: Ref, name: str, *, is_known: bool, has_value: bool
) -> Rule:
    """Return the rule of a value that is what the kept record says."""
    state = dossier.states.get(ref.source)
    if not is_known:
        return Rule.UNKNOWN
    if state is not None and name in state.withheld:
        return Rule.WITHHELD
    if not has_value:
        return Rule.EMPTY
    if state is not None and name not in state.readable:
        return Rule.UNREADABLE
    return Rule.AUTHORITY if ref == dossier.owner else Rule.PREFERRED


def _standstill(dossier: Dossier, stored: StoredRecord) -> Rule | None:
    """Return why nothing of a user follows its record now."""
    user = dossier.user or {}
    if stored.gone_at is not None or user.get("gone_at") is not None:
        doubtful = any(
            one.conflict.kind is ConflictKind.IDENTITY_DOUBTFUL
            and Ref(one.conflict.source, one.conflict.external_id) == dossier.owner
            for one in dossier.conflicts
        )
        return Rule.DOUBTFUL if doubtful else Rule.GONE
    return None


def _rejected(stored: StoredRecord, name: str) -> Rule | None:
    return Rule.REJECTED if name in {one.field for one in stored.record.rejections} else None


def _manager(dossier: Dossier, policy: Policy, history: _History) -> FieldOrigin:
    owner, brought = _origin(dossier, policy, MANAGER), history.of_column("manager_id")
    stored = dossier.records.get(owner) if owner is not None else None
    said = (stored.record.fields.get(MANAGER) or None) if stored is not None else None
    value, now = None, None
    if dossier.manager is not None:
        ref, value = dossier.manager
        now = ref.external_id if ref is not None else None
    rule = _rule(dossier, owner, MANAGER, now)
    if rule is Rule.PENDING and now is None:
        rule = Rule.NOT_IN_DIRECTORY
    return FieldOrigin(MANAGER, value, owner, rule, said, brought)


def _main_department(dossier: Dossier, history: _History) -> FieldOrigin:
    owner, brought = dossier.owner, history.of_column("main_department_id")
    stored = dossier.records.get(owner) if owner is not None else None
    main, value = dossier.main_department or (None, None)
    said = stored.record.main_department if stored is not None else None
    if stored is None:
        rule = Rule.NO_RECORD
    elif special := _standstill(dossier, stored):
        rule = special
    elif main is None:
        rule = Rule.UNKNOWN if stored.record.memberships is None else Rule.EMPTY
    else:
        rule = Rule.AUTHORITY if main.external_id == said else Rule.CHOSEN
    return FieldOrigin(MAIN_DEPARTMENT, value, owner, rule, said, brought)


# ── departments, reasons ────────────────────────────────────────────────────────────────────


def _departments(dossier: Dossier, history: _History) -> Iterator[DepartmentOrigin]:
    owner = dossier.owner
    stored = dossier.records.get(owner) if owner is not None else None
    for one in dossier.memberships:
        made = history.of_membership(one.department_id, made=True)
        yield DepartmentOrigin(
            one,
            _membership_rule(stored, one),
            made.at if made is not None else None,
            history.of_membership(one.department_id, made=False),
        )


def _membership_rule(stored: StoredRecord | None, one: StoredMembership) -> Rule:
    if stored is None:
        return Rule.NO_RECORD
    named = stored.record.memberships
    if named is None:
        return Rule.UNKNOWN
    is_named = any(each.department == one.department.external_id for each in named)
    return Rule.AUTHORITY if is_named else Rule.HIDDEN


def _reasons(user: Mapping[str, object], history: _History) -> Iterator[Reason]:
    for column in REASONS:
        at = user.get(column)
        if isinstance(at, datetime):
            yield Reason(column, at, history.of_column(column))
