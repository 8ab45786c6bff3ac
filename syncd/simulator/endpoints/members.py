"""`user/*`, reading (reference 5)."""

import base64
import binascii
import hashlib
from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import islice
from operator import itemgetter
from typing import Any

from syncd.simulator.answers import ApiError, Reply, success
from syncd.simulator.calls import Context
from syncd.simulator.endpoints.departments import check_visible
from syncd.simulator.entities import Member

_MOST_IDS = 10_000
_PERSONAL = 2


def list_details(context: Context) -> Reply:
    """Answer the whole members of one department; there are no pages (reference 5.5)."""
    return _of_department(context, "user/list", context.view.member_answer)


def simplelist(context: Context) -> Reply:
    """Answer userid, name and departments of the members of one department."""

    def brief(member: Member) -> dict[str, Any]:
        shown = context.view.member_answer(member)
        return {key: shown[key] for key in ("userid", "name", "department") if key in shown}

    return _of_department(context, "user/simplelist", brief)


def get(context: Context) -> Reply:
    """Answer one member, the fields at the top level."""
    userid = context.text("userid")
    if not userid:
        raise ApiError(41009)
    member = context.view.member(userid)
    if member is None:
        known = userid.casefold() in context.company.members
        raise ApiError(context.out_of_range_errcode if known else 60111)
    return success(context.view.member_answer(member))


def list_id(context: Context) -> Reply:
    """Answer pairs of userid and department, a page at a time (reference 5.6).

    The cursor names the next pair by its member's place in the order of joining, so who
    joins or leaves between two pages shifts nobody else.
    """
    limit = context.integer("limit")
    limit = _MOST_IDS if limit is None else limit
    if not 1 <= limit <= _MOST_IDS:
        raise ApiError(40058, field="limit out of range")
    cursor = context.text("cursor")
    start = _open_cursor(cursor) if cursor else (0, 0)
    return context.pages.of_company(
        ("user/list_id", start, limit), lambda: _id_page(context, start, limit)
    )


def by_mobile(context: Context) -> Reply:
    """Answer the userid that has a mobile number, country code or not."""
    wanted = _digits(context.text("mobile"))
    if not wanted:
        raise ApiError(60103)
    for member in context.company.members.values():
        mobile = member.fields.get("mobile")
        if mobile and _digits(str(mobile)) == wanted and context.view.sees_member(member):
            return success({"userid": member.userid})
    raise ApiError(46004)


def by_email(context: Context) -> Reply:
    """Answer the userid that has a corporate (1, the default) or personal (2) address."""
    wanted = context.text("email").casefold()
    key = "email" if context.integer("email_type") == _PERSONAL else "biz_mail"
    for member in context.company.members.values():
        email = member.fields.get(key)
        if wanted and str(email or "").casefold() == wanted and context.view.sees_member(member):
            return success({"userid": member.userid})
    raise ApiError(46004)


def _of_department(
    context: Context, endpoint: str, shown: Callable[[Member], dict[str, Any]]
) -> Reply:
    department = context.integer("department_id")
    if department is None:
        raise ApiError(40058, field="department_id missing", userlist=[])
    check_visible(context, department)
    if context.text("fetch_child") == "1":
        return success({"userlist": [shown(member) for member in _below(context, department)]})
    return context.pages.of_department(
        (endpoint, context.view.sight, department),
        context.view,
        department,
        lambda: success(
            {"userlist": [shown(member) for member in context.company.members_in(department)]}
        ),
    )


def _below(context: Context, department: int) -> Iterator[Member]:
    """Members of a department and all below it, each once; `fetch_child` is undocumented."""
    seen: set[str] = set()
    for one in context.company.subtree(department):
        for member in context.company.members_in(one):
            if member.key not in seen:
                seen.add(member.key)
                yield member


def _id_page(context: Context, start: tuple[int, int], limit: int) -> Reply:
    members = context.company.in_order()
    first = bisect_left(members, start[0], key=itemgetter(0))
    rows: list[dict[str, Any]] = []
    for serial, member in islice(members, first, None):
        for place, department in enumerate(member.departments):
            if (serial, place) < start:
                continue
            if len(rows) == limit:
                cursor = _close_cursor(serial, place)
                return success({"next_cursor": cursor, "dept_user": rows})
            rows.append({"userid": member.userid, "department": department})
    return success({"next_cursor": "", "dept_user": rows})


def _close_cursor(serial: int, place: int) -> str:
    plain = f"{serial}.{place}"
    return base64.urlsafe_b64encode(f"{plain}.{_seal(plain)}".encode()).decode()


def _open_cursor(cursor: str) -> tuple[int, int]:
    try:
        plain, _, seal = base64.urlsafe_b64decode(cursor).decode().rpartition(".")
        serial, place = map(int, plain.split("."))
    except (binascii.Error, ValueError):
        raise ApiError(60268) from None
    if seal != _seal(plain):
        raise ApiError(60268)
    return serial, place


def _seal(plain: str) -> str:
    """A check sum: an altered cursor must be refused, nobody is kept from forging one."""
    return hashlib.sha256(plain.encode()).hexdigest()[:12]


def _digits(mobile: str) -> str:
    """Digits only, and without China's country code where one was written."""
    digits = "".join(c for c in mobile if c.isdigit())
    return digits.removeprefix("86") if mobile.startswith("+86") else digits
