"""From entries to records: WeCom's attributes in our field names. Pure, and never raises.

A key that is absent is unknown; one that is present and empty is known to be empty. An
extended attribute that a person's `attrs` does not list is unknown as well: WeCom lists those
that were ever filled in, with an empty value once they are cleared.
"""

from sys import intern
from typing import Any, Final

from syncd.config.field_value import FieldValue
from syncd.config.pattern import TooLong
from syncd.model.entry import Entry, Kind, Rejection
from syncd.model.field import MAX_CUSTOM_LENGTH, MAX_LENGTH
from syncd.model.fields import Fields
from syncd.model.record import DepartmentRecord, MembershipRecord, RecordState, UserRecord
from syncd.sources.wecom.attributes import AttributeMap, FieldRule
from syncd.sources.wecom.directory import Row
from syncd.sources.wecom.payload import (
    IDENTIFIERS,
    TOP,
    bad_id,
    decode,
    extended_rows,
    restore_avatar,
)
from syncd.sources.wecom.tree import ROOT, department_id

_STATES: Final = {
    1: RecordState.ACTIVE,
    2: RecordState.DISABLED,
    4: RecordState.ACTIVE,  # not activated yet
    5: RecordState.LEFT,
}
_GENDERS: Final = {"1": "male", "2": "female", "0": None, "": None}
_BIGGEST_ORDER = 2**63 - 1
_NO_PARENT = "0"
_LONGEST_NAME = MAX_LENGTH["name"]


class _BadValueError(Exception):
    """A value that cannot be used; its text is the code of a rejection."""


class _Absent:
    """What stands for a key that is not there."""


_ABSENT: Final = _Absent()


def user_record(source: str, entry: Entry, attributes: AttributeMap) -> UserRecord:
    """Return a person's record; a field that cannot be used is unknown, and rejected."""
    member = decode(entry.payload)
    fields: dict[str, str | None] = {}
    rejected: list[tuple[str, str]] = []
    is_plain = _is_plain(entry.payload)
    for name, key, rule in attributes.simple:
        value = member.get(key, _ABSENT)
        if is_plain and type(value) is str and len(value) <= rule.limit:
            fields[name] = value or None
        elif value is not _ABSENT:
            _take(value, rule, fields, rejected)
    for rule in attributes.special:
        if rule.made is not None:
            _make(member, rule, rule.made, fields, rejected)
            continue
        value = _raw(member, rule)
        if is_plain and rule.is_text and type(value) is str and len(value) <= rule.limit:
            fields[rule.field] = value or None
        elif value is not _ABSENT:
            _take(value, rule, fields, rejected)
    if entry.volatile:
        _restore_avatar(fields, entry.volatile, attributes, rejected, is_plain=is_plain)
    _share_texts(fields, entry.external_id)
    memberships = _memberships(member, rejected)
    return UserRecord(
        source=source,
        external_id=entry.external_id,
        read_at=entry.read_at,
        fields=Fields(fields),
        memberships=memberships,
        main_department=_main(member, rejected),
        state=_state(member, rejected),
        may_create=not member.get(IDENTIFIERS),
        rejections=_rejections(Kind.USER, entry.external_id, rejected),
    )


def _share_texts(fields: dict[str, str | None], id_: str) -> None:
    """Let texts that many people have, or one person has twice, stand in memory once."""
    position = fields.get("position")
    if position is not None:
        fields["position"] = intern(position)
    if fields.get("userid") == id_:
        fields["userid"] = id_


def _is_plain(payload: bytes) -> bool:
    """Return whether no text in a payload needs a closer look.

    JSON writes NUL and half a character as an escape; `orjson` writes everything else as it is.
    """
    return b"\\u" not in payload


def _restore_avatar(
    fields: dict[str, str | None],
    volatile: str,
    attributes: AttributeMap,
    rejected: list[tuple[str, str]],
    *,
    is_plain: bool,
) -> None:
    """Give the fields made of the avatar's path the whole address back."""
    for rule in attributes.pictures:
        path = fields.pop(rule.field, None)
        if path is None:
            continue
        address = restore_avatar(path, volatile)
        if is_plain and volatile.isascii() and len(address) <= rule.limit:
            fields[rule.field] = address
        else:
            _take(address, rule, fields, rejected)


def _take(
    value: Any, rule: FieldRule, fields: dict[str, str | None], rejected: list[tuple[str, str]]
) -> None:
    """Take a value over, or note why it cannot be used."""
    try:
        fields[rule.field] = _value(value, rule)
    except _BadValueError as error:
        rejected.append((rule.field, str(error)))


def _make(
    member: Row,
    rule: FieldRule,
    value: FieldValue,
    fields: dict[str, str | None],
    rejected: list[tuple[str, str]],
) -> None:
    """Make a value of several attributes; it is unknown where one of them is."""
    found = {each.field: _raw(member, each) for each in rule.sources}
    if any(one is _ABSENT for one in found.values()):
        return
    try:
        texts = {name: _text(one, MAX_CUSTOM_LENGTH) for name, one in found.items()}
        made = value.of({name: [one] for name, one in texts.items() if one})
        fields[rule.field] = _text(made or "", rule.limit)
    except TooLong:
        rejected.append((rule.field, "too_long"))
    except _BadValueError as error:
        rejected.append((rule.field, str(error)))


def department_record(source: str, entry: Entry) -> DepartmentRecord:
    """Return a department's record; what cannot be used is unknown, and rejected."""
    row = decode(entry.payload)
    rejected: list[tuple[str, str]] = []
    names: dict[str, str | None] = {}
    for key in ("name", "name_en"):
        try:
            names[key] = _text(row[key], _LONGEST_NAME) if key in row else None
        except _BadValueError as error:
            rejected.append((key, str(error)))
    return DepartmentRecord(
        source=source,
        external_id=entry.external_id,
        read_at=entry.read_at,
        name=names.get("name"),
        name_en=names.get("name_en"),
        # Nobody but the root is without a parent: 0 names one that is never there.
        parent=None
        if entry.external_id == ROOT
        else department_id(row.get("parentid")) or _NO_PARENT,
        sort_order=_order(row["order"], rejected) if "order" in row else None,
        is_top=bool(row.get(TOP)),
        rejections=_rejections(Kind.DEPARTMENT, entry.external_id, rejected),
    )


def _rejections(kind: Kind, id_: str, found: list[tuple[str, str]]) -> tuple[Rejection, ...]:
    if not found:
        return ()
    return tuple(Rejection(kind, id_, name, reason) for name, reason in dict.fromkeys(found))


def _raw(member: Row, rule: FieldRule) -> Any:
    if not rule.is_extended:
        for key in rule.keys:
            if key in member:
                return member[key]
        return _ABSENT
    name = rule.keys[0]
    for attribute in extended_rows(member):
        if attribute["name"] == name:
            return _extended_value(attribute)
    return _ABSENT


def _extended_value(attribute: Row) -> Any:
    """Return the value of an extended attribute: a text, a web page's address, or the old form."""
    for holder, key in (("text", "value"), ("web", "url")):
        inner = attribute.get(holder)
        if isinstance(inner, dict) and key in inner:
            return inner[key]
    # Old answers and private deployments have `value` beside the name (reference 5.2). One that
    # has no value at all is passed on as it is, to be rejected.
    return attribute.get("value", attribute)


def _value(value: Any, rule: FieldRule) -> str | None:
    if rule.is_text:
        return _text(value, rule.limit)
    return _gender(value) if rule.field == "gender" else _manager(value)


def _text(value: Any, limit: int) -> str | None:
    if type(value) is int:
        value = str(value) if abs(value) <= _BIGGEST_ORDER else None
    if type(value) is not str:
        raise _BadValueError("type")
    if not value:
        return None
    if "\0" in value:
        raise _BadValueError("nul")
    if len(value) > limit:
        raise _BadValueError("too_long")
    if not value.isascii():
        _check_encoding(value)
    return value


def _check_encoding(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _BadValueError("encoding") from None


def _gender(value: Any) -> str | None:
    key = str(value) if type(value) is int else value
    if type(key) is not str or key not in _GENDERS:
        raise _BadValueError("type")
    return _GENDERS[key]


def _manager(value: Any) -> str | None:
    """Return the lower-case userid of the first direct leader (reference 5.1: treat as a list)."""
    leader = value[0] if isinstance(value, list) and value else value
    if leader in ([], ""):
        return None
    reason = bad_id(leader)
    if reason:
        raise _BadValueError(reason)
    return intern(str(leader).lower())


def _memberships(
    member: Row, rejected: list[tuple[str, str]]
) -> tuple[MembershipRecord, ...] | None:
    if "department" not in member:
        return None
    listed = member["department"]
    ids = [department_id(one) for one in listed] if isinstance(listed, list) else [None]
    if None in ids:  # which departments are missing cannot be told: all are as they were
        rejected.append(("department", "type"))
        return None
    leaders, orders = _list(member, "is_leader_in_dept"), _list(member, "order")
    found: dict[str, MembershipRecord] = {}
    for at, id_ in enumerate(ids):
        if id_ is not None and id_ not in found:
            leader = _flag(leaders[at], rejected) if at < len(leaders) else None
            order = _order(orders[at], rejected) if at < len(orders) else None
            found[id_] = MembershipRecord(id_, leader, order)
    return tuple(found.values())


def _list(member: Row, key: str) -> list[Any]:
    value = member.get(key)
    return value if isinstance(value, list) else []


def _flag(value: Any, rejected: list[tuple[str, str]]) -> bool | None:
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    rejected.append(("is_leader_in_dept", "type"))
    return None


def _order(value: Any, rejected: list[tuple[str, str]]) -> int | None:
    if type(value) is int and 0 <= value <= _BIGGEST_ORDER:
        return value
    rejected.append(("order", "type"))
    return None


def _main(member: Row, rejected: list[tuple[str, str]]) -> str | None:
    value = member.get("main_department")
    if not value and (value is None or value in (0, "")):
        return None
    id_ = department_id(value)
    if id_ is None:
        rejected.append(("main_department", "type"))
    return id_


def _state(member: Row, rejected: list[tuple[str, str]]) -> RecordState | None:
    value = member.get("status", _ABSENT)
    if value is _ABSENT:
        return None
    if type(value) is str and value.isascii() and value.isdigit() and len(value) == 1:
        value = int(value)
    state = _STATES.get(value) if type(value) is int else None
    if state is None:
        rejected.append(("status", "type"))
    return state
