"""Changes of a company as data: what a test, the control API or a fault rule may ask for.

A mutation is a mapping with `op` and what that operation needs; `OPERATIONS` lists them all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from syncd.errors import UsageError
from syncd.simulator.company import Company
from syncd.simulator.entities import ROOT, Department, Member, Range, Regime, Tag

Mutation = Mapping[str, Any]


def mutate(company: Company, mutations: Mutation | Sequence[Mutation]) -> list[int]:
    """Carry mutations out in their order, nobody reading in between.

    Returns:
        The ids of the departments that came into being.

    Raises:
        UsageError: An operation is unknown, lacks something, or names what is not there.
    """
    steps = [mutations] if isinstance(mutations, Mapping) else list(mutations)
    made: list[int] = []
    with company.lock:
        for step in steps:
            asked = dict(step)
            name = str(asked.pop("op", ""))
            if name not in OPERATIONS:
                raise UsageError(
                    f"There is no operation {name!r}.",
                    hint="Known are: " + ", ".join(sorted(OPERATIONS)) + ".",
                )
            try:
                number = OPERATIONS[name](company, **asked)
            except TypeError as error:
                raise UsageError(f"The operation {name!r} was given wrongly: {error}") from error
            if number is not None:
                made.append(number)
    return made


def hire(
    company: Company, userid: str, name: str, department: Sequence[int], **fields: Any
) -> None:
    """A new member joins; other fields of reference 5.1 as given."""
    company.put_member(Member.of(userid, name, department, **fields))


def leave(company: Company, userid: str) -> None:
    """A member is deleted from the corporation."""
    company.remove_member(userid)


def move(company: Company, userid: str, department: Sequence[int]) -> None:
    """A member is in these departments from now on."""
    company.put_member(company.member(userid).placed(department))


def rename(company: Company, userid: str, name: str) -> None:
    """A member has another name."""
    change(company, userid, {"name": name})


def rename_userid(company: Company, userid: str, new_userid: str) -> None:
    """A member has another account."""
    company.rename_userid(userid, new_userid)


def change(
    company: Company, userid: str, fields: Mapping[str, Any], without: Sequence[str] = ()
) -> None:
    """Fields of a member take any values; the keys in `without` are no longer sent."""
    if "userid" in fields:
        raise UsageError("A userid is changed by the operation 'rename_userid'.")
    company.put_member(company.member(userid).changed(fields, without))


def status(company: Company, userid: str, status: int) -> None:
    """A member is activated (1), disabled (2), not activated (4) or has left (5)."""
    change(company, userid, {"status": status})


def create_department(company: Company, **fields: Any) -> int:
    """A department comes into being; without `id` it gets the next free one."""
    fields.setdefault("id", max(company.departments) + 1)
    if fields["id"] in company.departments:
        raise UsageError(f"Department {fields['id']} exists.")
    department = Department(**_tuples(fields))
    company.put_department(department)
    return department.id


def change_department(company: Company, id: int, **fields: Any) -> None:  # noqa: A002 - WeCom's word
    """Fields of a department take other values."""
    company.put_department(replace(company.department(id), **_tuples(fields)))


def rename_department(company: Company, id: int, name: str) -> None:  # noqa: A002 - WeCom's word
    """A department has another name."""
    change_department(company, id, name=name)


def move_department(company: Company, id: int, parentid: int) -> None:  # noqa: A002 - WeCom's word
    """A department hangs under another parent, with everything below it."""
    company.department(parentid)
    if id == ROOT:
        raise UsageError("The root cannot be moved.")
    change_department(company, id, parentid=parentid)


def delete_department(company: Company, id: int) -> None:  # noqa: A002 - WeCom's word
    """A department goes; those who were only in it are in its parent."""
    company.remove_department(id)


def app(company: Company, agentid: int, **fields: Any) -> None:
    """An app changes: secret, name, fields_withheld, trusted_ips, closed, unlicensed."""
    company.put_app(replace(company.app(agentid), **_tuples(fields)))


def visible_range(
    company: Company,
    agentid: int,
    users: Sequence[str] = (),
    parties: Sequence[int] = (),
    tags: Sequence[int] = (),
) -> None:
    """An app sees exactly this from now on."""
    seen = Range(users=tuple(users), parties=tuple(parties), tags=tuple(tags))
    company.put_app(replace(company.app(agentid), visible=seen))


def contacts(company: Company, **fields: Any) -> None:
    """The contacts secret changes: secret, regime, editing, trusted_ips."""
    if "regime" in fields:
        fields["regime"] = Regime(fields["regime"])
    company.put_contacts(replace(company.contacts, **_tuples(fields)))


def tag(company: Company, tagid: int, **fields: Any) -> None:
    """A tag is made or changed: tagname, users, parties."""
    known = {tag.tagid: tag for tag in company.tags}
    old = known.get(tagid, Tag(tagid=tagid, tagname=f"标签{tagid}"))
    company.put_tag(replace(old, **_tuples(fields)))


#: Every operation by the name it has in a mutation.
OPERATIONS: Mapping[str, Callable[..., int | None]] = {
    "hire": hire,
    "leave": leave,
    "move": move,
    "rename": rename,
    "rename_userid": rename_userid,
    "change": change,
    "status": status,
    "create_department": create_department,
    "change_department": change_department,
    "rename_department": rename_department,
    "move_department": move_department,
    "delete_department": delete_department,
    "app": app,
    "range": visible_range,
    "contacts": contacts,
    "tag": tag,
}


def _tuples(fields: Mapping[str, Any]) -> dict[str, Any]:
    """JSON knows no tuples, the frozen values hold nothing else."""
    return {k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()}
