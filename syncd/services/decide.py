"""What a sync works with, what it reads, and what it decides; nothing is written here."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from syncd.errors import SourceError
from syncd.model.change import Plan, Population
from syncd.model.lookup import LookupReport
from syncd.model.run import Mode, ReadingSummary, Trigger
from syncd.model.source import SourceState
from syncd.model.world import World
from syncd.reconcile.guard import Judgement, judge
from syncd.reconcile.guarded import DEACTIVATIONS, UNLINKS
from syncd.reconcile.reading import Handover
from syncd.reconcile.settings import Policy
from syncd.services.around import is_new_field, plan_for
from syncd.services.handover import find_handover, owners_before
from syncd.services.intake import Intake, take_in, take_in_changes, take_in_person
from syncd.services.keys import AskedSource
from syncd.services.lookup import Asking, Lookups, look_up
from syncd.services.shown import Shown
from syncd.sources.base import Progress, Source, ignore_progress
from syncd.store.store import Store


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
    #: Those that are read; the others are as they were read last.
    sources: tuple[Source, ...]
    policy: Policy
    #: Source → hash of the settings that shape how it is read and what is made of it.
    fingerprints: Mapping[str, str]
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
    #: Sources of which it is only told what they would change.
    shadows: frozenset[str] = frozenset()
    #: What the configuration says of the sources that are switched on.
    asked: tuple[AskedSource, ...] = ()
    #: How many sources may be read by processes of their own while this one reads another.
    spare_cores: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the sources that are read."""
        return tuple(one.name for one in self.sources)


@dataclass(frozen=True, slots=True)
class Decision:
    """A plan with everything that was looked at to make it and to judge it."""

    #: Source → what of its snapshot is news; only of those that count.
    intakes: Mapping[str, Intake]
    world: World
    plan: Plan
    judgement: Judgement
    states: Mapping[str, SourceState]
    store_version: int
    #: Whose people the authority takes over.
    handover: Handover | None
    #: Former authorities whose people have not been taken over yet.
    before: frozenset[str]
    #: Whether people were matched by another common field before, or by none.
    is_new_field: bool
    #: Source → why it could not be asked again.
    failures: Mapping[str, SourceError]
    #: What came of asking for people (`lookup`).
    lookups: tuple[LookupReport, ...] = ()

    @property
    def summaries(self) -> dict[str, ReadingSummary]:
        """Return what the run remembers of each reading."""
        return {name: intake.summary() for name, intake in self.intakes.items()}


def decide(
    context: Context,
    request: Request,
    snapshots: Mapping[str, Shown],
    *,
    may_ask: bool = False,
) -> Decision:
    """Return what snapshots would change, and what the guards say of it.

    A source that cannot be asked again about who is missing contributes nothing.

    Args:
        context: What the sync works with.
        request: What was asked for.
        snapshots: What the sources said, by name; the others are as they were read last.
        may_ask: Whether a source may be asked whose values are; what it says is kept (`lookup`).

    Raises:
        ConfigError: The authority is another one, and nothing says who is who.
        UsageError: The same, and one person alone was asked for.
    """
    store, policy = context.store, context.policy
    version = store.store_version()
    states, population = store.source_states(), store.population()
    earlier = store.guard_counts_since_full(context.clock())
    before = owners_before(store, policy, states)
    handover = None
    if policy.authority in snapshots:
        handover = find_handover(before, policy, context.configured, request.mode)
    is_new = is_new_field(policy, states)
    everybody = handover is not None or is_new
    base = Base(states, population, earlier, everybody=everybody)
    intakes: dict[str, Intake] = {}
    failures: dict[str, SourceError] = {}
    for source in context.sources:
        if source.name in snapshots:
            try:
                intakes[source.name] = _take_in(
                    context, request, source, snapshots[source.name], base
                )
            except SourceError as error:
                failures[source.name] = error
    if handover is not None and policy.authority in intakes:
        intake = intakes[policy.authority]
        reading = replace(intake.reading, handover=handover)
        intakes[policy.authority] = replace(intake, reading=reading)
    found = _look_up(context, request, intakes, may_ask=may_ask)
    intakes = found.with_around(intakes)
    world, plan = plan_for(store, policy, intakes, context.clock(), is_new_field=is_new)
    readings = tuple(one.reading for one in intakes.values())
    new = {name for name in intakes if is_unloaded(states.get(name))}
    judgement = judge(
        plan,
        readings,
        population,
        earlier,
        policy.limits,
        is_first_load=handover is None and policy.authority in new,
        new_sources=new - {policy.authority},
    ).against(request.approved)
    return Decision(
        intakes,
        world,
        plan,
        judgement,
        states,
        version,
        handover,
        before,
        is_new,
        failures,
        found.reports,
    )


def _look_up(
    context: Context, request: Request, intakes: Mapping[str, Intake], *, may_ask: bool
) -> Lookups:
    """Return what is known by asking for people; for one person alone nobody is asked."""
    if request.person is not None or not context.policy.lookups:
        return Lookups()
    asking = Asking(
        context.store,
        context.policy,
        context.clock,
        may_ask,
        request.mode is Mode.FULL,
        context.progress,
    )
    return look_up(asking, context.sources, intakes)


@dataclass(frozen=True, slots=True)
class Base:
    """What the store held before a run."""

    states: Mapping[str, SourceState]
    population: Population
    earlier: Mapping[str, int]
    #: Whether everybody is looked at together.
    everybody: bool


def is_unloaded(state: SourceState | None) -> bool:
    """Return whether no reading of a source was ever applied."""
    return state is None or state.first_loaded_at is None


def _take_in(
    context: Context, request: Request, source: Source, shown: Shown, base: Base
) -> Intake:
    store, name = context.store, source.name
    fingerprint = context.fingerprints[name]
    if request.person is not None:
        person = request.person
        return take_in_person(store, source, shown, person, fingerprint, now=context.clock())
    if shown.snapshot.partial is not None:
        return take_in_changes(store, source, shown, fingerprint, now=context.clock())
    is_other = name in context.policy.others
    return take_in(
        store,
        source,
        shown,
        base.states.get(name),
        base.population,
        fingerprint=fingerprint,
        limit=_allowed(request, context.policy, base, name),
        may_rekey=context.policy.common_field is not None and not is_other,
        is_other=is_other,
        everybody=base.everybody,
        is_full=request.mode is Mode.FULL,
        progress=context.progress,
        now=context.clock(),
    )


def _allowed(request: Request, policy: Policy, base: Base, source: str) -> int | None:
    """Return how many may still be missing, so that one more need to be asked for; None for all."""
    if request.approved is not None:
        return None
    limits, earlier = policy.limits, base.earlier
    if source in policy.others:
        links = base.population.links.get(source, 0)
        return max(0, limits.max_unlinks.allowed(links) - earlier.get(f"{UNLINKS}:{source}", 0))
    before = earlier.get(f"{DEACTIVATIONS}:users", 0)
    return max(0, limits.max_deactivations.allowed(base.population.users) - before)
