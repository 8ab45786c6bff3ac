"""The canonical form of values, for comparing them (rule 14), and the merging of records.

The canonical form is never shown or stored as a field: `directory_user` holds what the source
gives. It decides who is the same person, and stands in `directory_link.key_value`.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from syncd.model.directory import User
from syncd.model.field import CUSTOM_PREFIX, MANAGER, MAX_ID_LENGTH, TEXT_FIELDS
from syncd.model.record import DepartmentRecord, MembershipRecord, UserRecord
from syncd.reconcile.writing import (
    address_in,
    is_american,
    is_placeholder,
    number_in,
    visible,
)

#: A mobile number of mainland China, written with or without the country's code.
_CHINESE_MOBILE = re.compile(r"(?:\+?86)?(1[3-9][0-9]{9})\Z")
#: The same as nearly every one is written, in groups or not.
_PLAIN_CHINESE = re.compile(r"(?:\+86[ -]?)?(1[3-9][0-9])[ -]?([0-9]{4})[ -]?([0-9]{4})\Z")
_SEPARATORS = re.compile(r"[\s\-.()]+")


def fold_userid(userid: str) -> str:
    """Return the form in which userids are compared: NFKC, without case."""
    if userid.isascii():
        return userid.lower()
    return unicodedata.normalize("NFKC", userid).casefold()


def canonical(field: str, value: str | None, region: str = "CN") -> str | None:
    """Return the value as a key, or None where it cannot be one (empty, no phone number)."""
    if value is None:
        return None
    if field == "mobile":
        return canonical_mobile(value, region)
    if field in {"email", "biz_email"}:
        return address_in(value)
    if field == "userid":
        return fold_userid(value).strip() or None
    if field == "employee_no":
        number = visible(value)
        return None if is_placeholder(number) else number
    bare = value.strip()
    return None if is_placeholder(bare) else bare


def matching_key(field: str, value: str | None) -> str | None:
    """Return what a value is found by in the store, None where it cannot be a key.

    A canonical form that is too long for an index is none.
    """
    key = canonical(field, value)
    return key if key is not None and len(key) <= MAX_ID_LENGTH else None


def canonical_mobile(value: str, region: str = "CN") -> str | None:
    """Return the number in E.164, or None where it is not surely one number, and a valid one."""
    written = _PLAIN_CHINESE.match(value) if region == "CN" else None
    if written:
        return f"+86{written[1]}{written[2]}{written[3]}"
    folded = number_in(value)
    if folded is None or (region == "CN" and is_american(folded)):
        return None
    if region == "CN":
        plain = _CHINESE_MOBILE.match(_SEPARATORS.sub("", folded))
        if plain:  # spares nearly every number of a Chinese company the full parser
            return f"+86{plain[1]}"
    import phonenumbers  # noqa: PLC0415 - a twentieth of a second that few runs need

    try:
        number = phonenumbers.parse(folded, region)
    except phonenumbers.NumberParseException:
        return None
    # A number that is possible and not valid may be one inside a town or a company, with a figure
    # too few, or a placeholder: such a one can be written for two people.
    if number.extension or not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def merge_user(old: UserRecord | None, new: UserRecord) -> UserRecord:
    """Return the new record, with what it does not know as the old one knew it (rule 8)."""
    if old is None:
        return new
    fields: Mapping[str, str | None] = new.fields
    if old.fields.keys() - new.fields.keys():
        fields = {**old.fields, **new.fields}
    before, now = old.fields.get("avatar_url"), fields.get("avatar_url")
    if before and now and before != now and urlsplit(before).path == urlsplit(now).path:
        # The same picture: only host and query differ.
        fields = {**fields, "avatar_url": before}
    memberships = _merge_memberships(old.memberships, new.memberships)
    main_department = new.main_department or old.main_department
    state = new.state or old.state
    if (
        fields is new.fields
        and memberships is new.memberships
        and main_department == new.main_department
        and state is new.state
    ):
        return new  # spares a copy of nearly everybody when all are looked at again
    return replace(
        new,
        fields=fields,
        memberships=memberships,
        main_department=main_department,
        state=state,
    )


def remembered(user: User, record: UserRecord) -> UserRecord:
    """Return what the row still says of a gone user whose kept record is a namesake's.

    What the row has no value for is unknown: it says nothing about why.
    """
    row = user.row
    values = {name: getattr(row, name) for name in TEXT_FIELDS}
    values |= {CUSTOM_PREFIX + name: value for name, value in row.custom.items()}
    if row.manager is not None:
        values[MANAGER] = row.manager.external_id
    fields = {name: value for name, value in values.items() if value}
    return UserRecord(record.source, record.external_id, record.read_at, fields, None)


def _merge_memberships(
    old: tuple[MembershipRecord, ...] | None, new: tuple[MembershipRecord, ...] | None
) -> tuple[MembershipRecord, ...] | None:
    if old is None or new is None:
        return old if new is None else new
    if all(one.is_leader is not None and one.sort_order is not None for one in new):
        return new
    known = {one.department: one for one in old}
    return tuple(_merge_membership(known.get(one.department), one) for one in new)


def _merge_membership(old: MembershipRecord | None, new: MembershipRecord) -> MembershipRecord:
    if old is None:
        return new
    return MembershipRecord(
        new.department,
        old.is_leader if new.is_leader is None else new.is_leader,
        old.sort_order if new.sort_order is None else new.sort_order,
    )


def merge_department(old: DepartmentRecord | None, new: DepartmentRecord) -> DepartmentRecord:
    """Return the new record, with what it does not know as the old one knew it (rule 8)."""
    if old is None:
        return new
    return replace(
        new,
        name=old.name if new.name is None else new.name,
        name_en=old.name_en if new.name_en is None else new.name_en,
        sort_order=old.sort_order if new.sort_order is None else new.sort_order,
    )


def same_user(one: UserRecord, other: UserRecord) -> bool:
    """Return whether two records say the same, whenever they were read."""
    return (
        one.fields == other.fields
        and one.memberships == other.memberships
        and one.main_department == other.main_department
        and one.state == other.state
        and one.may_create == other.may_create
        and one.rejections == other.rejections
    )


def same_department(one: DepartmentRecord, other: DepartmentRecord) -> bool:
    """Return whether two records say the same, whenever they were read."""
    return replace(one, read_at=other.read_at) == other
