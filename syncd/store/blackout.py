"""Taking one person out of rows that are about somebody or something else."""

from collections.abc import Collection
from typing import Any, Final

import orjson
from sqlalchemy import Column, Connection, delete, func, null, or_, select, update

from syncd.model.entry import Kind
from syncd.model.field import MANAGER
from syncd.model.message import CallStatus, DeliveryStatus, Reason
from syncd.reconcile.ambiguity import DEPARTMENT_PREFIX
from syncd.reconcile.traces import ERASED, Search, Traces
from syncd.store.holding import delete_rows
from syncd.store.packing import pack, unpack
from syncd.store.remembered import is_about
from syncd.store.schema import (
    audit_block,
    call,
    change,
    channel,
    conflict,
    delivery,
    message,
    pause,
    plan,
    record,
    run,
    source,
    user,
)
from syncd.store.sql import fetch, fetch_in
from syncd.store.tombstone import with_tombstones

#: Kinds of conflicts that are about departments, whose ids may look like somebody's.
_OF_DEPARTMENTS: Final = ("orphan_department", "department_cycle")


def forget_manager(connection: Connection, traces: Traces) -> None:
    """Take the person's id out of the records of those who were managed.

    Their sources may go on naming the person, so the next sync looks at them again.
    """
    people = record.c.kind == Kind.USER.value
    for name in traces.folded:
        written = f'"{MANAGER}":{orjson.dumps(name).decode()}'
        named = func.lower(record.c.data).contains(written, autoescape=True)
        query = select(record.c.source, record.c.external_id, record.c.data).where(people, named)
        for of, external_id, data in list(fetch(connection, query)):
            parts = orjson.loads(data)
            parts[0][MANAGER] = None
            mine = (people, record.c.source == of, record.c.external_id == external_id)
            left = orjson.dumps(parts).decode()
            connection.execute(update(record).where(*mine).values(data=left, digest=None))


def erase_messages(connection: Connection, traces: Traces) -> None:
    """Delete messages that were for the person alone, and take the person out of others."""
    alone: list[int] = []
    theirs = _userids_of_others(connection, traces)
    query = select(message.c.id, message.c.recipient).where(message.c.recipient.contains("user"))
    for key, recipient in list(fetch(connection, query)):
        parts = recipient.split("|")
        left = [one for one in parts if not _is_recipient(one.strip(), traces, theirs)]
        if not left:
            alone.append(key)
        elif left != parts:
            others = update(message).where(message.c.id == key)
            connection.execute(others.values(recipient="|".join(left)))
    _give_up_calls(connection, traces.user_id, alone)
    delete_rows(connection, message, alone, ((delivery, delivery.c.message_id),))
    strangers = (delivery.c.user_id.is_(None), delivery.c.external_id.in_(sorted(traces.folded)))
    connection.execute(update(delivery).where(*strangers).values(external_id=None))
    for key in alone:  # those that an application's foreign key holds are still there
        blank: dict[str, Any] = {"recipient": "erased", "content": {}, "status": "cancelled"}
        connection.execute(update(message).where(message.c.id == key).values(blank))


def _give_up_calls(connection: Connection, user_id: int, alone: Collection[int]) -> None:
    """Forget what was being sent to the person and to nobody else, whatever becomes of it.

    A request to others too stays until it is settled, four hours at most: another one in its place
    would show them the message a second time.
    """
    c = delivery.c
    is_mine = or_(c.user_id == user_id, c.message_id.in_(list(alone)))
    open_ones = c.status == DeliveryStatus.CLAIMED.value
    mine = set(connection.execute(select(c.call_id).where(open_ones, is_mine)).scalars())
    shared = select(c.call_id).where(c.call_id.in_(mine), ~is_mine)
    left = mine - set(connection.execute(shared).scalars())
    over = {"status": CallStatus.GIVEN_UP.value, "body": None, "repeat_at": None}
    connection.execute(update(call).where(call.c.id.in_(left)).values(over))
    dead = {"status": DeliveryStatus.DEAD.value, "reason": Reason.OUTCOME_UNKNOWN.value}
    connection.execute(update(delivery).where(c.call_id.in_(left), open_ones).values(dead))


def _is_recipient(part: str, traces: Traces, theirs: Collection[str]) -> bool:
    kind, _, name = part.partition(":")
    if kind == "user":
        return name == str(traces.user_id)
    name = name.casefold()
    return kind == "userid" and name in traces.folded and name not in theirs


def _userids_of_others(connection: Connection, traces: Traces) -> set[str]:
    """Return the userids of the person that somebody else has by now: an old id handed on."""
    query = select(user.c.userid_key).where(user.c.id != traces.user_id)
    return {key for (key,) in fetch_in(connection, query, user.c.userid_key, sorted(traces.folded))}


def blank_changes(connection: Connection, traces: Traces, run_id: int) -> int:
    """Leave of the person's changes, but for those of this run, that there was one, and why."""
    of = is_about(traces) & (change.c.run_id != run_id)
    rows = list(connection.execute(select(change.c.id, change.c.cause).where(of)))
    for row in rows:
        cause = {"code": (row.cause or {}).get("code", "")}
        values: dict[str, Any] = {"before": null(), "after": null(), "cause": cause}
        connection.execute(update(change).where(change.c.id == row.id).values(values))
    return len(rows)


def black_out(connection: Connection, traces: Traces) -> None:
    """Take the person out of what was said of runs, plans, conflicts and sources."""
    search = traces.search()
    _black_out_conflicts(connection, traces, search)
    texts = (run.c.why, run.c.error, pause.c.why, message.c.error, call.c.error, channel.c.error)
    for column in (*texts, delivery.c.recipient, delivery.c.last_error):
        _black_out_texts(connection, column, search)
    held = select(plan.c.run_id, plan.c.body).where(plan.c.body.is_not(None))
    for run_id, body in connection.execute(held).all():
        if search.finds_in_text(body):  # a plan that was changed would be no plan that was reviewed
            connection.execute(update(plan).where(plan.c.run_id == run_id).values(body=None))
    for name, scope in connection.execute(select(source.c.name, source.c.scope)).all():
        left = _without_people(scope, search)
        if left != scope:
            connection.execute(update(source).where(source.c.name == name).values(scope=left))


def _black_out_texts(connection: Connection, column: Column[Any], search: Search) -> None:
    """Black the person out in texts that somebody wrote; equal ones become equal again."""
    texts = select(column).where(column.is_not(None)).distinct()
    for written in connection.execute(texts).scalars().all():
        if search.finds_in_text(written):
            left = {column.name: search.text_without(written)}
            connection.execute(update(column.table).where(column == written).values(left))


def _black_out_conflicts(connection: Connection, traces: Traces, search: Search) -> None:
    for row in connection.execute(select(conflict)).all():
        where = conflict.c.id == row.id
        of_department = row.kind in _OF_DEPARTMENTS or row.external_id.startswith(DEPARTMENT_PREFIX)
        if not of_department and search.finds(row.external_id):
            connection.execute(delete(conflict).where(where))
            continue
        told = {"detail": row.detail, "accepted": row.accepted, "accepted_why": row.accepted_why}
        if search.finds(told):
            left = search.without(told)
            if told["detail"].get("user_id") == traces.user_id:  # a doubt whether it is the person
                left["detail"] |= {"name_before": ERASED}
            if row.key_value in traces.ids:
                left["key_value"] = None
            connection.execute(update(conflict).where(where).values(left))


def _without_people(scope: Any, search: Search) -> Any:
    """Return what a source remembers of its last reading, without the person among its people."""
    if not isinstance(scope, dict):
        return scope
    return {
        key: [one for one in value if not search.finds(one)]
        if key == "people" and isinstance(value, list)
        else _without_people(value, search)
        for key, value in scope.items()
    }


def bury(connection: Connection, lines: Collection[int]) -> None:
    """Make tombstones of lines that still wait for a file."""
    if not lines:
        return
    query = select(audit_block.c.first_seq, audit_block.c.lines)
    for first, waiting in list(fetch(connection, query)):
        before = unpack(waiting)
        left = with_tombstones(before, lines)
        if left != before:
            mine = audit_block.c.first_seq == first
            connection.execute(update(audit_block).where(mine).values(lines=pack(left)))
