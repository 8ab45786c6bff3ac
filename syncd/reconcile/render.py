"""Says a plan to a person: one line a step, with its sign, its values and its reason."""

from collections.abc import Iterator
from dataclasses import dataclass

from syncd.model.change import Action, Cause, Change, Entity, Violation
from syncd.model.directory import DepartmentRow, MembershipRow, UserRow
from syncd.model.entry import Ref
from syncd.reconcile.guard import changed_values


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


#: A cause's code → its sentence in English and in Chinese.
SENTENCES = {
    "new": ("the source has it and the directory does not", "来源中有，目录中还没有"),
    "read": ("the source says so now", "来源现在如此"),
    "absent": (
        "gone from the source; asked again and confirmed",
        "来源中已不存在，已再次查询确认",
    ),
    "not_confirmed": (
        "missing from the source; not asked for again, because too many are missing",
        "来源中缺失；缺失人数过多，未逐一再次查询",
    ),
    "left_or_out_of_range": (
        "left, or is out of the range that is read; asked again and confirmed",
        "已离开，或已不在读取范围内，已再次查询确认",
    ),
    "scope_accepted": (
        "can no longer be seen, and a person accepted that it goes",
        "已不可见，且管理员已确认移除",
    ),
    "source_disabled": ("the source has disabled the person", "来源中该成员已被禁用或已退出"),
    "source_enabled": ("the source has enabled the person again", "来源中该成员已重新启用"),
    "returned": ("the record is back in the source", "该记录重新出现在来源中"),
    "above": ("a department above was renamed or moved", "上级部门已改名或移动"),
    "reference": ("the manager or a department came or went", "直属上级或部门有增减"),
    "put_back": ("the row was changed by another hand", "该行被其他程序改动，现予恢复"),
}


def why(cause: Cause, language: str = "en") -> str:
    """Return the sentence of a cause, in `en` or `zh`."""
    english, chinese = SENTENCES[cause.code]
    return chinese if language == "zh" else english


def line(change: Change, language: str = "en") -> Line:
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
        why(change.cause, language),
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
    elif isinstance(before, UserRow) and isinstance(after, UserRow):
        if _status(before) != _status(after):
            yield "status", _status(before), _status(after)
        yield from changed_values(before, after)
        if before.main_department != after.main_department:
            yield "main_department", _id(before.main_department), _id(after.main_department)
    elif isinstance(before, DepartmentRow) and isinstance(after, DepartmentRow):
        yield from _department(before, after)


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


def violation_text(one: Violation) -> str:
    """Return why a guard holds the plan, in one English sentence."""
    if one.guard == "empty_snapshot":
        return f"the source shows no {one.subject} at all, and had some before"
    if one.guard == "protected":
        return f"{one.subject} is protected and would be deactivated"
    if one.subject == "unconfirmed":
        return f"{one.count} people are missing of whom not every one was asked for again"
    earlier = f", after {one.earlier} in earlier runs" if one.earlier else ""
    return (
        f"{one.guard}: {one.count} {one.subject}{earlier}, "
        f"and {one.limit} of {one.population} are allowed"
    )
