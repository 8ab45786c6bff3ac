"""Writing contacts (reference 5.8): what tests and demonstrations need of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from syncd.simulator.answers import ApiError, Reply, success
from syncd.simulator.calls import Context
from syncd.simulator.entities import ROOT, Department, Member

_NAME_LENGTH = 64
_FORBIDDEN = frozenset('\\:*?"<>｜')
_DISABLED, _NOT_ACTIVATED, _ACTIVATED = 2, 4, 1

#: What `user/create` and `user/update` take over as it stands.
_FIELDS = (
    "name",
    "alias",
    "mobile",
    "order",
    "position",
    "gender",
    "email",
    "biz_mail",
    "telephone",
    "is_leader_in_dept",
    "direct_leader",
    "main_department",
    "address",
    "extattr",
    "external_position",
    "external_profile",
)


def create_user(context: Context) -> Reply:
    """Make a member, not yet activated."""
    userid = context.text("userid")
    if not userid:
        raise ApiError(41009)
    if userid.casefold() in context.company.members:
        raise ApiError(60102)
    fields = _member_fields(context)
    if not fields.get("name"):
        raise ApiError(60112)
    if not (fields.get("mobile") or fields.get("email")):
        raise ApiError(60129)
    departments = _departments(context) or [ROOT]
    _check_member(context, userid, fields, departments)
    fields["status"] = _DISABLED if context.integer("enable") == 0 else _NOT_ACTIVATED
    name = str(fields.pop("name"))
    context.company.put_member(Member.of(userid, name, departments, **fields))
    return success({}, errmsg="created")


def update_user(context: Context) -> Reply:
    """Change the fields that are given and no others."""
    member = _member(context)
    fields = _member_fields(context)
    if "name" in fields and not fields["name"]:
        raise ApiError(60112)
    departments = _departments(context)
    _check_member(context, member.userid, fields, departments or list(member.departments))
    if departments is not None:
        member = member.placed(departments)
    enable = context.integer("enable")
    if enable is not None:
        fields["status"] = _ACTIVATED if enable else _DISABLED
    context.company.put_member(member.changed(fields))
    return success({}, errmsg="updated")


def delete_user(context: Context) -> Reply:
    """Delete a member."""
    context.company.remove_member(_member(context).userid)
    return success({}, errmsg="deleted")


def create_department(context: Context) -> Reply:
    """Make a department and answer its id."""
    company = context.company
    parent = context.integer("parentid")
    if parent is None or parent not in company.departments:
        raise ApiError(60004)
    asked = context.integer("id")
    if asked is not None and asked in company.departments:
        raise ApiError(60008)
    number = max(company.departments) + 1 if asked is None else asked
    name = context.text("name")
    _check_department_name(context, name, parent, number)
    order = context.integer("order") or 0
    department = Department(number, name, parent, order, context.text("name_en"))
    company.put_department(department)
    return success({"id": number}, errmsg="created")


def update_department(context: Context) -> Reply:
    """Rename, move or reorder a department; what is not given stays."""
    company = context.company
    old = _department(context)
    parent = context.integer("parentid")
    parent = old.parentid if parent is None else parent
    if old.id != ROOT and parent not in company.departments:
        raise ApiError(60004)
    if parent in company.subtree(old.id):
        raise ApiError(60010)
    name = context.text("name") or old.name
    _check_department_name(context, name, parent, old.id)
    order = context.integer("order")
    company.put_department(
        replace(
            old,
            name=name,
            parentid=parent,
            order=old.order if order is None else order,
            name_en=context.text("name_en") or old.name_en,
        )
    )
    return success({}, errmsg="updated")


def delete_department(context: Context) -> Reply:
    """Delete a department that holds nobody and nothing."""
    old = _department(context)
    if old.id == ROOT:
        raise ApiError(60007)
    if context.company.members_in(old.id):
        raise ApiError(60005)
    if context.company.children(old.id):
        raise ApiError(60006)
    context.company.remove_department(old.id)
    return success({}, errmsg="deleted")


def _member(context: Context) -> Member:
    userid = context.text("userid")
    if not userid:
        raise ApiError(41009)
    member = context.company.members.get(userid.casefold())
    if member is None:
        raise ApiError(60111)
    return member


def _department(context: Context) -> Department:
    found = context.company.departments.get(context.integer("id") or 0)
    if found is None:
        raise ApiError(60003)
    return found


def _member_fields(context: Context) -> dict[str, Any]:
    return {name: context.parameters[name] for name in _FIELDS if name in context.parameters}


def _departments(context: Context) -> list[int] | None:
    given = context.parameters.get("department")
    if given is None:
        return None
    departments = given if isinstance(given, list) else [given]
    for department in departments:
        if department not in context.company.departments:
            raise ApiError(60123)
    return departments


def _check_member(
    context: Context, userid: str, fields: Mapping[str, Any], departments: list[int]
) -> None:
    if len(str(fields.get("name", ""))) > _NAME_LENGTH:
        raise ApiError(60112)
    leads = fields.get("is_leader_in_dept")
    if leads is not None and len(leads) != len(departments):
        raise ApiError(60132)
    for name, errcode in (("mobile", 60104), ("email", 60106)):
        value = fields.get(name)
        if value and any(
            other.fields.get(name) == value and other.key != userid.casefold()
            for other in context.company.members.values()
        ):
            raise ApiError(errcode)


def _check_department_name(context: Context, name: str, parent: int, own: int) -> None:
    if not 1 <= len(name) <= _NAME_LENGTH:
        raise ApiError(60001)
    if _FORBIDDEN & set(name):
        raise ApiError(60009)
    siblings = (context.company.department(one) for one in context.company.children(parent))
    if any(one.name == name and one.id != own for one in siblings):
        raise ApiError(60008)
