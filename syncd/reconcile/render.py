"""Says a plan to a person: one line a step, with its sign, its values and its reason."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from syncd.model.change import Action, Cause, Change, Entity, Violation
from syncd.model.directory import DepartmentRow, LinkRow, MembershipRow, UserRow
from syncd.model.entry import Ref
from syncd.reconcile.guarded import changed_values
from syncd.text import Text, term, text


@dataclass(frozen=True, slots=True)
class Line:
    """One step of a plan, ready to be printed or written as JSON."""

    sign: str
    entity: str
    action: str
    source: str
    external_id: str
    #: The person's or department's name, as it will be.
    name: str
    #: (what, before, after); empty text where there is nothing.
    values: tuple[tuple[str, str, str], ...]
    #: The cause's code.
    cause: str
    why: str


#: A cause's code → its sentence.
SENTENCES = {
    "new": text("the source has it and the directory does not"),
    "read": text("the source says so now"),
    "absent": text("gone from the source; asked again and confirmed"),
    "not_confirmed": text(
        "missing from the source; not asked for again, because too many are missing"
    ),
    "left_or_out_of_range": text(
        "left, or is out of the range that is read; asked again and confirmed"
    ),
    "scope_accepted": text("can no longer be seen, and a person accepted that it goes"),
    "source_disabled": text("the source has disabled the person"),
    "source_enabled": text("the source has enabled the person again"),
    "returned": text("the record is back in the source"),
    "above": text("a department above was renamed or moved"),
    "reference": text(
        "the record says so: a manager or department came or went, or the row was changed otherwise"
    ),
    "purged": text("gone for longer than people are kept; the source was asked again"),
    "erased": text("a person's data were erased on purpose"),
    "rekeyed": text(
        "the same person under a new id: nobody else has the common field's value, and the name is the same"
    ),
    "renamed": text("the source has told that the id was changed"),
    "taken_over": text("the same person in the new authority"),
    "not_in_authority": text("the new authority does not have this person"),
    "not_unique": text(
        "several have the same value of the common field: nobody can say who is who in the new authority"
    ),
    "matched": text("the value of the common field is exactly one user's"),
    "matched_anew": text(
        "its user is gone, and the value of the common field is now exactly one other user's"
    ),
    "unmatched": text("the record fits no user, or it is not clear whose it is"),
    "adopted": text("the same person in the authority, which had not known the person before"),
    "same_by_hand": text("a person has said that it is the same one"),
    "new_by_hand": text("a person has said that it is somebody new"),
    "linked_by_hand": text("a person has said whose the record is"),
    "unlinked_by_hand": text("a person has said that the record is nobody's"),
    "left_to_rules": text("a person has left it to the rules again"),
    "surrendered": text("a person has said that its record is somebody else's now"),
    "authority_changed": text("departments are those of the new authority"),
    "source_retired": text("its source was retired by an administrator"),
    "put_back": text("the row was changed by another hand"),
    "undo": text("an administrator has undone the run that changed it"),
    "admin_disabled": text("an administrator has disabled the person"),
    "admin_enabled": text("an administrator lets the person be active again"),
}


def why(cause: Cause) -> Text:
    """Return the sentence of a cause."""
    return SENTENCES[cause.code]


def line(change: Change) -> Line:
    """Return a step as a person reads it."""
    return Line(
        change.action.sign,
        change.entity.value,
        change.action.value,
        change.ref.source,
        change.ref.external_id,
        _name(change),
        tuple(_values(change)),
        change.cause.code,
        why(change.cause),
    )


def _name(change: Change) -> str:
    row = change.after or change.before
    if isinstance(row, UserRow):
        return row.name
    return row.full_path if isinstance(row, DepartmentRow) else ""


def _values(change: Change) -> Iterator[tuple[str, str, str]]:
    before, after = change.before, change.after
    if change.entity is Entity.MEMBERSHIP:
        yield from _membership(change)
    elif change.entity is Entity.LINK:
        yield from _link(change)
    elif isinstance(before, UserRow) and isinstance(after, UserRow):
        if _status(before) != _status(after):
            yield "status", _status(before), _status(after)
        yield from changed_values(before, after)
        if before.main_department != after.main_department:
            yield "main_department", _id(before.main_department), _id(after.main_department)
    elif isinstance(before, DepartmentRow) and isinstance(after, DepartmentRow):
        yield from _department(before, after)


def _link(change: Change) -> Iterator[tuple[str, str, str]]:
    former = dict(change.cause.values).get("former")
    if former is not None:
        yield "record", former, str(change.ref)
        return
    before, after = (
        str(row.user) if isinstance(row, LinkRow) and row.user not in {None, change.ref} else ""
        for row in (change.before, change.after)
    )
    if before != after:
        yield "user", before, after


def _department(before: DepartmentRow, after: DepartmentRow) -> Iterator[tuple[str, str, str]]:
    if _status(before) != _status(after):
        yield "status", _status(before), _status(after)
    if before.parent != after.parent:
        yield "parent", _id(before.parent), _id(after.parent)
    for column in ("name", "name_en", "full_path", "sort_order"):
        old, new = getattr(before, column), getattr(after, column)
        if old != new:
            yield column, _text(old), _text(new)


def _membership(change: Change) -> Iterator[tuple[str, str, str]]:
    department = _id(change.department)
    if change.action is Action.REMOVE:
        yield "department", department, ""
    elif change.action is Action.CREATE:
        yield "department", "", department
    elif isinstance(change.before, MembershipRow) and isinstance(change.after, MembershipRow):
        yield "department", department, department
        for column in MembershipRow._fields:
            old, new = getattr(change.before, column), getattr(change.after, column)
            if old != new:
                yield column, _text(old), _text(new)


def _status(row: UserRow | DepartmentRow) -> str:
    return dict(row.astray).get("status") or ("active" if row.is_active else "inactive")


def _id(ref: Ref | None) -> str:
    return ref.external_id if ref is not None else ""


def _text(value: object) -> str:
    return "" if value is None else str(value)


def violation_text(one: Violation) -> Text:
    """Return why a guard holds the plan, in one sentence."""
    told = _without_limit(one)
    if told is not None:
        return told
    values = {
        "guard": one.guard,
        "count": one.count,
        "subject": term(one.subject),
        "limit": one.limit,
        "population": one.population,
    }
    if one.earlier:
        return text(
            "{guard}: {count} {subject}, after {earlier} in earlier runs, "
            "and {limit} of {population} are allowed",
            earlier=one.earlier,
            **values,
        )
    return text("{guard}: {count} {subject}, and {limit} of {population} are allowed", **values)


def _without_limit(one: Violation) -> Text | None:
    """Return the sentence of a guard that allows nothing at all, None for the others."""
    if one.subject == "unconfirmed":
        return _unconfirmed(one)
    tell = _TELLING.get(one.guard)
    return None if tell is None else tell(one)


def _unconfirmed(one: Violation) -> Text:
    if one.guard == "max_unlinks":
        return text(
            "{count} links would end because records are missing of which not every one was asked "
            "for again",
            count=one.count,
        )
    return text(
        "{count} people are missing of whom not every one was asked for again", count=one.count
    )


#: Guard → how it tells why it holds.
_TELLING: Mapping[str, Callable[[Violation], Text]] = {
    "empty_snapshot": lambda one: text(
        "the source shows no {subject} at all, and had some before", subject=term(one.subject)
    ),
    "protected": lambda one: text(
        "{userid} is protected and would be deactivated", userid=one.subject
    ),
    "not_reviewed": lambda one: text(
        "guarded changes that were not in the approved plan: {count}", count=one.count
    ),
    "authority_changed": lambda one: text(
        "the people were those of {source}: {count} of {population} are taken over, "
        "the others and its departments become inactive",
        source=one.subject,
        count=one.count,
        population=one.population,
    ),
    "common_field_changed": lambda one: text(
        "people are matched by {field} from now on: {count} of {population} records get another "
        "user, or lose theirs; syncd keys says how fit the field is for that",
        field=one.subject,
        count=one.count,
        population=one.population,
    ),
}
