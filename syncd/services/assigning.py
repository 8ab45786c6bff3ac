"""A person says whose records are, or that they are nobody's: one record, or many at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import structlog

from syncd.errors import StaleWrite, UsageError
from syncd.model.change import Plan
from syncd.model.directory import LinkMethod, User
from syncd.model.entry import Ref
from syncd.model.run import Trigger
from syncd.model.world import World
from syncd.reconcile.assigning import (
    Assignment,
    Desk,
    Obstacle,
    Refusal,
    owners_of,
    plan_assignments,
)
from syncd.services.around import around_decision
from syncd.services.by_hand import ATTEMPTS, Author, ByHand, tell_log
from syncd.services.report import Names, names_of
from syncd.text import Text, text

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Assigned:
    """What became of what a person has said."""

    #: None where nothing had to be written, or was to be.
    run_id: int | None
    #: Record → what is in the way; nothing of it was done.
    refused: Mapping[Ref, Refusal]
    #: What is so already.
    unchanged: frozenset[Ref]
    #: The users concerned as they were, by the record that owns them.
    users: Mapping[Ref, User]
    plan: Plan = field(default_factory=Plan)
    names: Names = field(default_factory=Names)
    #: Why the audit log could not be written after the store was; the entries stay queued.
    audit_pending: str | None = None


@dataclass(frozen=True, slots=True)
class AssignedOne:
    """What became of what a person has said of one record."""

    #: None where it is so already, and nothing was written.
    run_id: int | None
    record: Ref
    #: Whose the record is now, and was; None for nobody.
    user: User | None
    user_before: User | None
    #: None where the record has no link any more.
    method: LinkMethod | None
    plan: Plan = field(default_factory=Plan)
    names: Names = field(default_factory=Names)
    audit_pending: str | None = None


def assign_one(
    by: ByHand, record: Ref, said: Assignment, author: Author, *, also: bool = False
) -> AssignedOne:
    """Let one record belong to whom a person says. See `assign`.

    Raises:
        UsageError: It cannot; the hint says what to do.
        StoreError: The store cannot be written; nothing was.
    """
    before = by.store.world([record], departments_records=False)
    done = assign(by, {record: said}, author, also=also)
    if record in done.refused:
        reason, hint = refused_because(record, done.refused[record], done.users)
        raise UsageError(reason, hint=hint)
    now = by.store.world([record], departments_records=False)
    link = now.links.get(record)
    return AssignedOne(
        done.run_id,
        record,
        _user_of(now, record),
        _user_of(before, record),
        None if link is None else link.method,
        done.plan,
        done.names,
        done.audit_pending,
    )


def _user_of(world: World, record: Ref) -> User | None:
    link = world.links.get(record)
    owner = None if link is None else owners_of(world).get(link.user_id or 0)
    return None if owner is None else world.users[owner]


def assign(
    by: ByHand,
    said: Mapping[Ref, Assignment],
    author: Author,
    *,
    also: bool = False,
    all_or_nothing: bool = False,
    is_trial: bool = False,
) -> Assigned:
    """Let records belong to whom a person says, in one transaction; what is refused is left.

    Args:
        by: What a decision works with.
        said: Record → what the person says of it.
        author: Who decides, and why.
        also: Whether a user may have several records of one source.
        all_or_nothing: Whether nothing is written where anything is refused.
        is_trial: Whether nothing is written at all.

    Raises:
        StoreError: The store cannot be written; nothing was.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            done = _decide(
                by, said, author, also=also, all_or_nothing=all_or_nothing, is_trial=is_trial
            )
        except StaleWrite:
            if attempt == ATTEMPTS:
                raise
            log.info("decision_repeated", attempt=attempt)
            continue
        return done if done.run_id is None else replace(done, audit_pending=tell_log(by))
    raise AssertionError  # the last attempt has returned or raised


def _decide(
    by: ByHand,
    said: Mapping[Ref, Assignment],
    author: Author,
    *,
    also: bool,
    all_or_nothing: bool,
    is_trial: bool,
) -> Assigned:
    store, policy, at = by.store, by.policy, by.clock()
    version = store.store_version()
    concerned = {*said, *(one.owner for one in said.values() if one.owner is not None)}
    near, world = around_decision(store, policy, concerned)
    found = _judged(world, said, by, also=also)
    wanted = {
        ref: one
        for ref, one in said.items()
        if ref not in found.refused and ref not in found.unchanged
    }
    if not wanted:
        return found
    plan = plan_assignments(
        world, wanted, policy, at, people=near.people or (), matched=near.matched
    )
    found = replace(found, plan=plan, names=names_of(world, plan))
    if is_trial or (all_or_nothing and found.refused):
        return found
    run_id = store.decide(
        plan,
        trigger=Trigger.LINK,
        actor=author.name,
        why=author.why,
        store_version=version,
        at=at,
    )
    return replace(found, run_id=run_id)


def _judged(world: World, said: Mapping[Ref, Assignment], by: ByHand, *, also: bool) -> Assigned:
    desk = Desk(world, said, by.policy, also=also)
    unchanged = frozenset(ref for ref in said if desk.is_so_already(ref))
    judged = {ref: desk.refusal(ref) for ref in sorted(said) if ref not in unchanged}
    refused = {ref: one for ref, one in judged.items() if one is not None}
    return Assigned(None, refused, unchanged, world.users)


def refused_because(ref: Ref, refusal: Refusal, users: Mapping[Ref, User]) -> tuple[Text, Text]:
    """Return why something is refused, and what to do; `users` by the record that owns them."""
    record = str(ref)
    if refusal.obstacle is Obstacle.OF_AUTHORITY:
        return (
            text(
                "{record} is a record of the authority, and makes a user of its own.", record=record
            ),
            text("syncd explain {record} says why it has none.", record=record),
        )
    if refusal.obstacle is Obstacle.GONE:
        return (
            text("{record} is gone from its source.", record=record),
            text("It can be linked when the source has it again."),
        )
    owner = None if refusal.owner is None else users.get(refusal.owner)
    if owner is None:
        return (
            text("There is no record {record}.", record=record),
            text("syncd find TEXT looks for people and records; syncd sync reads the sources."),
        )
    return _of_user(record, refusal, owner)


def _of_user(record: str, refusal: Refusal, owner: User) -> tuple[Text, Text]:
    name, user = owner.row.name, owner.id
    if refusal.obstacle is Obstacle.TAKEN:
        return (
            text("{record} belongs to {name}, user {user}.", record=record, name=name, user=user),
            text("syncd unlink {record} frees it.", record=record),
        )
    if refusal.obstacle is Obstacle.HAS_ANOTHER:
        other = str(refusal.other)
        return (
            text(
                "{name}, user {user}, has {other} of that source already.",
                name=name,
                user=user,
                other=other,
            ),
            text("syncd unlink {other} frees the user; --also lets both be.", other=other),
        )
    return (
        text(
            "{record} is the record that {name}, user {user}, is made of: it stays the user's own.",
            record=record,
            name=name,
            user=user,
        ),
        text(
            "syncd disable user:{user} --why TEXT makes the user inactive; what is wrong in the "
            "record is put right at its source.",
            user=user,
        ),
    )
