"""A source's name and end, on purpose (rule 1)."""

from collections.abc import Collection
from dataclasses import dataclass

from syncd.errors import UsageError
from syncd.model.change import Plan
from syncd.model.holding import Holding
from syncd.model.source import SourceState
from syncd.reconcile.guard import Judgement, judge
from syncd.reconcile.retire import plan_retirement
from syncd.services.by_hand import Author, ByHand, tell_log
from syncd.services.ownership import same_directory
from syncd.text import text


@dataclass(frozen=True, slots=True)
class Configured:
    """What the configuration says of a source."""

    name: str
    type: str
    enabled: bool
    #: As `Source.identity`.
    identity: str


@dataclass(frozen=True, slots=True)
class Renamed:
    """What a source's new name has changed."""

    old: str
    new: str
    #: Rows changed, by table.
    rows: dict[str, int]
    audit_pending: str | None


@dataclass(frozen=True, slots=True)
class Retirement:
    """What the end of a source changes, or would change."""

    holding: Holding
    plan: Plan
    judgement: Judgement
    #: None where nothing was written.
    run_id: int | None = None
    audit_pending: str | None = None

    @property
    def needs_word(self) -> bool:
        """Return whether a person has to say that it is meant: a guard holds, or users are its."""
        return self.judgement.holds or self.holding.owns_anything


def rename(
    by: ByHand, old: str, new: str, configured: Collection[Configured], author: Author
) -> Renamed:
    """Give a stored source another name.

    Raises:
        UsageError: There is no such source, the new name is taken, or it is configured as another
            directory.
        LeaseTaken: A run is under way.
    """
    holding = _require(by, old)
    if new == old:
        raise UsageError(text("{name!r} is its name already.", name=old))
    known = holding.state or by.store.retired_state(old)
    _require_same_directory(old, known, next((one for one in configured if one.name == new), None))
    rows = by.store.sources.rename(old, new, actor=author.name, why=author.why, at=by.clock())
    return Renamed(old, new, rows, tell_log(by))


def _require_same_directory(old: str, state: SourceState | None, to_be: Configured | None) -> None:
    if to_be is None or state is None:
        return
    if to_be.type == state.type and same_directory(state.identity, to_be.identity):
        return
    raise UsageError(
        text(
            "{old!r} is {stored}, and [sources.{new}] is {now}: that is another directory.",
            old=old,
            stored=state.identity,
            new=to_be.name,
            now=to_be.identity,
        ),
        hint=text("A new name is for the same directory; syncd sources retire ends one."),
    )


def retire(
    by: ByHand, name: str, configured: Collection[Configured], author: Author, *, confirmed: bool
) -> Retirement:
    """End a source; where a person's word is needed and not given, only say what it would change.

    Raises:
        UsageError: There is no such source, or it is still enabled.
        LeaseTaken: A run is under way.
        StaleWrite: Somebody else has written in between.
    """
    found, version = _retirement(by, name, configured)
    if found.needs_word and not confirmed:
        return found
    run_id = by.store.sources.retire(
        name,
        found.plan,
        actor=author.name,
        why=author.why or "",
        store_version=version,
        at=by.clock(),
        # What a person has confirmed counts no further (contract, section 3).
        guard_counts={} if confirmed else dict(found.judgement.counts),
    )
    return Retirement(found.holding, found.plan, found.judgement, run_id, tell_log(by))


def _retirement(
    by: ByHand, name: str, configured: Collection[Configured]
) -> tuple[Retirement, int]:
    store = by.store
    holding = _require(by, name)
    if any(one.name == name and one.enabled for one in configured):
        raise UsageError(
            text("The source {name!r} is enabled: the next sync would read it again.", name=name),
            hint=text("Remove [sources.{name}], or set enabled = false in it, before.", name=name),
        )
    version = store.store_version()
    conflicts = [one.open for one in store.conflicts() if one.open.conflict.source == name]
    plan = plan_retirement(store.sources.other_links(name), conflicts)
    earlier = store.guard_counts_since_full(by.clock())
    judgement = judge(plan, (), store.population(), earlier, by.policy.limits, is_first_load=False)
    return Retirement(holding, plan, judgement), version


def _require(by: ByHand, name: str) -> Holding:
    holding = by.store.sources.holdings().get(name)
    if holding is None:
        raise UsageError(
            text("The store holds nothing of a source {name!r}.", name=name),
            hint=text("syncd sources lists them."),
        )
    return holding
