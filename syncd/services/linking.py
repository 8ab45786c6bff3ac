"""A person says who a doubted record is: somebody known, or somebody new."""

from dataclasses import replace

import structlog

from syncd.errors import StaleWrite, UsageError
from syncd.model.change import Plan
from syncd.model.conflict import ConflictKind, OpenConflict
from syncd.model.entry import Ref
from syncd.model.run import Trigger
from syncd.model.world import World
from syncd.reconcile.linking import plan_known_person, plan_new_person, plan_same_person
from syncd.reconcile.rekey import former_of
from syncd.services.around import around_decision
from syncd.services.assigning import AssignedOne
from syncd.services.by_hand import ATTEMPTS, Author, ByHand, tell_log
from syncd.services.report import names_of
from syncd.text import text

log = structlog.get_logger(__name__)


def settle_doubt(by: ByHand, new: Ref, user: Ref | None, author: Author) -> AssignedOne:
    """Link a record that waits with the user of the one before it, or make it a user of its own.

    Args:
        by: What a decision works with.
        new: The record that waits because of an `identity_doubtful` conflict.
        user: The record that owns the user whom it is; None for somebody new.
        author: Who decides, and why.

    Raises:
        UsageError: Nothing is doubted about the record, or another user.
        StoreError: The store cannot be written; nothing was.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            done = _decide(by, new, user, author)
        except StaleWrite:
            if attempt == ATTEMPTS:
                raise
            log.info("decision_repeated", attempt=attempt)
            continue
        return replace(done, audit_pending=tell_log(by))
    raise AssertionError  # the last attempt has returned or raised


def _decide(by: ByHand, new: Ref, user: Ref | None, author: Author) -> AssignedOne:
    store, policy, at = by.store, by.policy, by.clock()
    version = store.store_version()
    doubt = _doubt(store.world([new], departments_records=False).conflicts, new)
    former = former_of(doubt.conflict)
    concerned = [one for one in (new, user, former) if one is not None]
    near, world = around_decision(store, policy, concerned)
    whom = {"people": near.people or frozenset(), "matched": near.matched}
    if user is None:
        plan = plan_new_person(world, new, doubt, policy, at, **whom)
    elif former is None:
        _check_is_of_before(world, new, user)
        plan = plan_known_person(world, new, policy, at, **whom)
    else:
        _check_is_the_one(doubt, new, user)
        plan = plan_same_person(world, new, user, policy, at, **whom)
    if not _makes_or_returns(plan, new):
        raise UsageError(
            text("Too little is known of {record} to make a user of it.", record=str(new)),
            hint=text("syncd explain {id} says what.", id=new.external_id),
        )
    run_id = store.decide(
        plan,
        trigger=Trigger.LINK,
        actor=author.name,
        why=author.why,
        store_version=version,
        at=at,
    )
    now = store.world([new], departments_records=False)
    method = now.links[new].method if new in now.links else None
    before = world.users.get(new)
    return AssignedOne(run_id, new, now.users[new], before, method, plan, names_of(world, plan))


def is_doubted(by: ByHand, record: Ref, user: Ref) -> bool:
    """Return whether a doubt keeps a record from every user but one, or is about this very user."""
    conflicts = by.store.world([record], departments_records=False).conflicts
    doubts = [one for one in conflicts if _is_about(one, record)]
    is_free = record.source in by.policy.others and by.store.user_of(record) is None
    return bool(doubts) and (not is_free or former_of(doubts[0].conflict) == user)


def _is_about(one: OpenConflict, record: Ref) -> bool:
    return (
        one.conflict.kind is ConflictKind.IDENTITY_DOUBTFUL
        and Ref(one.conflict.source, one.conflict.external_id) == record
    )


def _doubt(conflicts: tuple[OpenConflict, ...], new: Ref) -> OpenConflict:
    doubts = [one for one in conflicts if _is_about(one, new)]
    if doubts:
        return doubts[0]
    raise UsageError(
        text("Nobody doubts who {record} is.", record=str(new)),
        hint=text(
            "syncd conflicts lists what waits for a person: identity_doubtful, with the record "
            "before."
        ),
    )


def _makes_or_returns(plan: Plan, new: Ref) -> bool:
    """Return whether the record has a user by the plan, and not only a place for one."""
    return any(one.ref == new and one.after is not None for one in plan.changes)


def _check_is_of_before(world: World, record: Ref, user: Ref) -> None:
    """Refuse to give an old id to anybody but the one who had it."""
    if user != record:
        of = world.users[record]
        raise UsageError(
            text(
                "The doubt about {record} is whether it is {name}, user {user}, who had that id "
                "before, and no other user.",
                record=str(record),
                name=of.row.name,
                user=of.id,
            ),
            hint=text("syncd link --new {record} makes a user of its own.", record=str(record)),
        )


def _check_is_the_one(doubt: OpenConflict, new: Ref, user: Ref) -> None:
    former = former_of(doubt.conflict)
    if former is not None and former.source != new.source:
        raise UsageError(
            text("{former} is the record of another source, and protected.", former=str(former)),
            hint=text(
                "Take the userid out of guard.protected, run syncd sync, approve what it holds, "
                "and protect the user again."
            ),
        )
    if former != user:
        raise UsageError(
            text(
                "The doubt about {record} is whether it is {former}, and no other user.",
                record=str(new),
                former=str(former),
            ),
            hint=text("syncd link --new {record} makes a user of its own.", record=str(new)),
        )
