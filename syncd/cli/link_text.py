"""Says what became of a record that a person has decided about: in words, and as JSON."""

from collections.abc import Iterator

from syncd.cli.output import printable
from syncd.cli.plan_text import plan_lines
from syncd.model.change import Entity, Plan
from syncd.model.directory import LinkMethod, User
from syncd.model.entry import Ref
from syncd.reconcile.render import line
from syncd.services.assigning import AssignedOne
from syncd.services.plan_document import plan_document
from syncd.services.report import Names
from syncd.text import Text, term, text

#: So many links of others are shown; `--json` has them all.
SHOWN = 10


def lines(done: AssignedOne) -> Iterator[str]:
    """Yield what a person reads."""
    yield from _head(done)
    yield from link_lines(done.plan, done.names, without={done.record})
    yield from plan_lines(done.plan, done.names)


def _head(done: AssignedOne) -> Iterator[Text]:
    record, run, user, before = str(done.record), done.run_id, done.user, done.user_before
    is_manual = done.method is LinkMethod.MANUAL
    if user is None:
        yield (
            text("{record} is nobody's already.", record=record)
            if run is None
            else text("Run {run}: {record} is nobody's.", run=run, record=record)
        )
    elif run is None:
        yield text("{record} is {name}, user {user}, already.", record=record, **_named(user))
    else:
        known = _named(user)
        yield text("Run {run}: {record} is {name}, user {user}.", run=run, record=record, **known)
    if before is not None and (user is None or before.id != user.id):
        yield text("It was {name}, user {user}.", **_named(before))
    if user is not None and user.owner != done.record and not user.row.is_active:
        yield text("The user is inactive; syncd explain user:{user} says why.", user=user.id)
    if is_manual and user is None:
        yield text(
            "No sync links it again; syncd link does, or syncd link --auto {record}.",
            record=record,
        )
    elif is_manual and user is not None and user.owner != done.record:
        yield text("No sync changes that; syncd unlink {record} does.", record=record)


def _named(user: User) -> dict[str, object]:
    return {"name": printable(user.row.name), "user": user.id}


def link_lines(plan: Plan, names: Names, *, without: set[Ref]) -> Iterator[Text]:
    """Yield what becomes of the links of others; in a plan they come with their people."""
    links = [
        line(one)
        for one in plan.changes
        if one.entity is Entity.LINK and one.ref not in without and one.ref not in plan.former
    ]
    if links:
        yield text("Links ({number})", number=len(links))
    for one in links[:SHOWN]:
        ref = Ref(one.source, one.external_id)
        name = names.people.get(ref)
        title = printable(f"{name} ({ref})" if name else str(ref))
        yield text("  {sign} {action} {title}", sign=one.sign, action=term(one.action), title=title)
        yield text("      why: {why}", why=one.why)
    if len(links) > SHOWN:
        yield text("  … and {number} more; --json has them all", number=len(links) - SHOWN)


def as_document(done: AssignedOne) -> dict[str, object]:
    """Return what became of a record as JSON values."""
    return {
        "run_id": done.run_id,
        "outcome": "no_change" if done.run_id is None else "applied",
        "record": {
            "source": done.record.source,
            "external_id": done.record.external_id,
            "method": None if done.method is None else done.method.value,
        },
        "user": None if done.user is None else _user(done.user),
        **plan_document(done.plan),
        "audit_pending": done.audit_pending,
    }


def _user(user: User) -> dict[str, object]:
    row = user.row
    return {
        "id": user.id,
        "source": user.owner.source,
        "external_id": user.owner.external_id,
        "userid": row.userid,
        "name": row.name,
        "status": "active" if row.is_active else "inactive",
        "gone_at": row.gone_at,
        "source_disabled_at": row.source_disabled_at,
        "admin_disabled_at": row.admin_disabled_at,
    }
