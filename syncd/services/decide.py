"""What a sync works with, what it reads, and what it decides; nothing is written here."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from syncd.errors import SourceMalformed, UsageError
from syncd.model.change import Plan, Population
from syncd.model.entry import Kind, Ref, Snapshot
from syncd.model.field import MANAGER
from syncd.model.run import Mode, Trigger
from syncd.model.source import SourceState
from syncd.model.world import World
from syncd.reconcile.guard import DEACTIVATIONS, Judgement, judge
from syncd.reconcile.naming import naming
from syncd.reconcile.normalize import fold_userid
from syncd.reconcile.plan import make_plan
from syncd.reconcile.settings import Policy
from syncd.services.full_pass import find_differing
from syncd.services.handover import find_handover
from syncd.services.intake import Intake, take_in, take_in_person
from syncd.services.ownership import check_identity
from syncd.services.renames import around_renames
from syncd.sources.base import Progress, Source, ignore_progress
from syncd.store.store import Store
from syncd.text import text


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a sync."""

    mode: Mode
    trigger: Trigger
    actor: str
    why: str | None = None
    #: External id of the one person to read, with `Mode.TARGETED`.
    person: str | None = None
    #: The guarded changes that a person has reviewed and approved (`Judgement.guarded`).
    approved: frozenset[tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What a sync works with; all of it is made at the program's edge."""

    store: Store
    source: Source
    policy: Policy
    #: Hash of the settings that shape how the source is read.
    fingerprint: str
    #: Names of all configured sources, enabled or not.
    configured: Collection[str]
    clock: Callable[[], datetime]
    audit_file: Path
    host: str = ""
    #: To be noted in the audit log with every run; None where the process has done it already.
    configuration_digest: str | None = None
    progress: Progress = ignore_progress
    #: Where a process that ends after one run leaves what it has looked at: taking hundreds of
    #: thousands of objects apart takes more than a second, and the end of a process takes none.
    remains: list[object] | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A plan with everything that was looked at to make it and to judge it."""

    intake: Intake
    world: World
    plan: Plan
    judgement: Judgement
    state: SourceState | None
    store_version: int


def read(context: Context, request: Request) -> Snapshot:
    """Return what the source says: all of it, or of the one person who was asked for.

    Raises:
        UsageError: Nobody knows the person.
        ConfigError: The source turns out to be another directory.
        SourceError: The source cannot be read, or shows nobody where nobody is kept.
    """
    source = context.source
    if request.person is not None:
        snapshot = source.read_user(request.person)
        if not snapshot.users and not _is_known(context.store, Ref(source.name, request.person)):
            raise UsageError(
                text(
                    "{person!r} is nobody whom syncd or the source {name!r} knows.",
                    person=request.person,
                    name=source.name,
                ),
                hint=text("syncd find looks for people by name, number or address."),
            )
        return snapshot
    state = context.store.source_state(source.name)
    snapshot = source.read(state.scope if state is not None else {}, context.progress)
    check_identity(state or context.store.retired_state(source.name), source, snapshot)
    if not snapshot.users and not _holds_anybody(context.store, source.name):
        raise SourceMalformed(
            text("The source {name!r} showed no person at all.", name=source.name),
            hint=text("Check what it lets syncd see: the visible range, the base or the filters."),
        )
    return snapshot


def _is_known(store: Store, ref: Ref) -> bool:
    world = store.world([ref], departments_records=False)
    return ref in world.records and ref not in world.gone


def _holds_anybody(store: Store, source: str) -> bool:
    """Return whether somebody is kept who is not known to be gone."""
    return bool(store.digests(source, Kind.USER))


def decide(context: Context, request: Request, snapshot: Snapshot) -> Decision:
    """Return what a snapshot would change, and what the guards say of it.

    Raises:
        SourceError: The source could not be asked again about who is missing.
        ConfigError: The authority is another one, and nothing says who is who.
        UsageError: The same, and one person alone was asked for.
    """
    store, source, policy = context.store, context.source, context.policy
    version = store.store_version()
    state = store.source_state(source.name)
    population = store.population()
    earlier = store.guard_counts_since_full(context.clock())
    handover = find_handover(store, source.name, policy, context.configured, request.mode)
    if request.person is not None:
        intake = take_in_person(
            store, source, snapshot, request.person, context.fingerprint, now=context.clock()
        )
    else:
        intake = take_in(
            store,
            source,
            snapshot,
            state,
            population,
            fingerprint=context.fingerprint,
            limit=_allowed(request, policy, population, earlier),
            may_rekey=policy.common_field is not None,
            everybody=handover is not None,
            is_full=request.mode is Mode.FULL,
            progress=context.progress,
            now=context.clock(),
        )
    if handover is not None:
        intake = replace(intake, reading=replace(intake.reading, handover=handover))
    world, plan = _plan(context, intake)
    judgement = judge(
        plan,
        (intake.reading,),
        population,
        earlier,
        policy.limits,
        is_first_load=handover is None and (state is None or state.first_loaded_at is None),
    ).against(request.approved)
    return Decision(intake, world, plan, judgement, state, version)


def _allowed(
    request: Request, policy: Policy, population: Population, earlier: Mapping[str, int]
) -> int | None:
    """Return how many people may still go, so that one more need to be asked for; None for all."""
    if request.approved is not None:
        return None
    before = earlier.get(f"{DEACTIVATIONS}:users", 0)
    return max(0, policy.limits.max_deactivations.allowed(population.users) - before)


def _plan(context: Context, intake: Intake) -> tuple[World, Plan]:
    store, policy, reading, at = context.store, context.policy, intake.reading, context.clock()
    people, userids = intake.people, frozenset[str]()
    if people is not None and intake.is_full:
        found = find_differing(store, reading, policy, at, people)
        userids = found.userids
        people = None if found.people is None else people | found.people
    if people is not None:
        people |= around_renames(store, reading, policy.common_field)
        people |= store.expand(people, intake.emptied)
        near = {ref.external_id for ref in people if ref.source == reading.source}
        people |= {Ref(reading.source, id_) for id_ in naming(intake.kept, near)}
    world = _world(store, intake, people, userids)
    departments = intake.departments
    return world, make_plan(world, reading, policy, at, people=people, departments=departments)


def _world(
    store: Store, intake: Intake, people: Collection[Ref] | None, userids: frozenset[str]
) -> World:
    """Return what the plan may depend on: the people, and whom their new records name.

    `userids` are those that people who were not read should have.
    """
    if people is None:
        return store.world(None, departments_records=intake.departments)
    source = intake.reading.source
    records = intake.reading.users.values()
    managers = {record.fields.get(MANAGER) for record in records}
    named = {record.fields.get("userid") for record in records}
    return store.world(
        people,
        extra_managers=[Ref(source, id_) for id_ in managers if id_],
        userid_keys=userids.union(fold_userid(userid) for userid in named if userid),
        departments_records=intake.departments,
    )
