"""The part of a purge that is about people: who may go, whom the source still knows, who went."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from syncd.errors import SourceError, SourceMalformed, SourceRejected, SyncdError
from syncd.model.entry import Kind, Ref
from syncd.model.pause import pause_of_source
from syncd.model.run import Outcome
from syncd.model.source import SourceState
from syncd.model.surrender import is_surrendered
from syncd.services.ownership import check_configured, check_identity, check_sources
from syncd.sources.base import Source
from syncd.store.retention import PEOPLE_AT_ONCE, GonePerson, History
from syncd.store.sql import chunks
from syncd.store.store import Store
from syncd.text import text

#: Returns the source of a name; None where it is not enabled. Whoever gives it closes it.
Sources = Callable[[str], Source | None]


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long what is kept; None is for ever."""

    people: timedelta | None = None
    changes: timedelta | None = None
    runs: timedelta | None = None
    messages: timedelta | None = None

    @property
    def is_for_ever(self) -> bool:
        """Return whether nothing may go."""
        return (self.people, self.changes, self.runs, self.messages) == (None,) * 4

    def history(self) -> dict[History, timedelta]:
        """Return what of the history may go, changes first: runs stay while changes name them."""
        kept = {
            History.CHANGES: self.changes,
            History.RUNS: self.runs,
            History.MESSAGES: self.messages,
        }
        return {what: term for what, term in kept.items() if term is not None}


@dataclass(frozen=True, slots=True)
class Kept:
    """Somebody who is gone for long enough, and stays all the same."""

    person: GonePerson
    #: `answered`, `present`, `held`, `not_asked`.
    reason: str
    #: The record, the tables or the source that it is about.
    detail: str


@dataclass(frozen=True, slots=True)
class PurgeContext:
    """What a purge works with; all of it is made at the program's edge."""

    store: Store
    keeping: Keeping
    sources: Sources
    #: Names of all configured sources, enabled or not.
    configured: frozenset[str]
    clock: Callable[[], datetime]
    audit_file: Path
    host: str
    #: Called between steps; what it raises ends the purge where it is.
    pause: Callable[[], object] = lambda: None


def candidates(
    context: PurgeContext, now: datetime
) -> tuple[list[tuple[GonePerson, Ref]], list[Kept]]:
    """Return who may go as far as the store can tell, each with the owning record, and who stays."""
    term = context.keeping.people
    pauses = context.store.pauses()
    going: list[tuple[GonePerson, Ref]] = []
    kept: list[Kept] = []
    for one in context.store.retention.gone_people(now - term) if term is not None else ():
        if one.held_by:
            kept.append(Kept(one, "held", ", ".join(one.held_by)))
        elif one.present is not None:
            kept.append(Kept(one, "present", str(one.present)))
        elif one.owner is None:
            kept.append(Kept(one, "not_asked", ""))
        elif pause_of_source(pauses, one.owner.source, now) is not None:
            kept.append(Kept(one, "not_asked", str(one.owner)))
        else:
            going.append((one, one.owner))
    return going, kept


@dataclass(slots=True)
class _Inquiry:
    """Asks one source for one person after the other."""

    source: Source
    state: SourceState | None
    #: Everybody whom the source lists, where it does not tell of single people.
    listed: frozenset[str] | None = None

    def answers(self, ref: Ref) -> bool:
        """Return whether the source knows the person of a record.

        Raises:
            SourceError: It cannot be asked.
            ConfigError: It is another directory now.
        """
        if self.listed is None:
            try:
                return bool(self.source.read_user(ref.external_id).users)
            except SourceRejected:  # WeCom's contacts secret alone: identifiers, in lists only
                self.listed = self._list()
        return ref.external_id in self.listed

    def _list(self) -> frozenset[str]:
        snapshot = self.source.read(self.state.scope if self.state is not None else {})
        check_identity(self.state, self.source, snapshot)
        if not snapshot.users:  # rather a range that has shrunk than a company of nobody
            raise SourceMalformed(
                text("The source {name!r} showed no person at all.", name=self.source.name),
                hint=text(
                    "Check what it lets syncd see: the visible range, the base or the filters."
                ),
            )
        rejected = [one.external_id for one in snapshot.rejections if one.kind is Kind.USER]
        # An entry that cannot be used is somebody all the same (rule 13).
        return frozenset([*(one.external_id for one in snapshot.users), *rejected])


@dataclass(slots=True)
class People:
    """The part of one purge that is about people."""

    context: PurgeContext
    run_id: int
    token: int
    actor: str
    #: Who went before this moment may go.
    before: datetime
    kept: list[Kept]
    removed: list[GonePerson] = field(default_factory=list)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    failures: dict[str, SyncdError] = field(default_factory=dict)

    def go(self, people: Sequence[tuple[GonePerson, Ref]]) -> None:
        """Ask for everybody, and remove who does not answer, some at a time."""
        for name in dict.fromkeys(ref.source for _, ref in people):
            mine = [one for one in people if one[1].source == name]
            source = self.context.sources(name)
            if source is None:
                self._keep(mine, "not_asked")
                continue
            self._go_through(source, mine)

    def finish(self, outcome: Outcome, *, error: str | None) -> None:
        """End the run's row, and give the lease back."""
        self.context.store.finish_run(
            self.run_id,
            outcome,
            token=self.token,
            now=self.context.clock(),
            error=error,
            counts=self.counts,
        )

    def _go_through(self, source: Source, people: Sequence[tuple[GonePerson, Ref]]) -> None:
        states = self.context.store.source_states()
        check_sources(states, self.context.configured, source)
        check_configured(self.context.store.retired_state(source.name), source)
        inquiry = _Inquiry(source, states.get(source.name))
        for some in chunks(people, PEOPLE_AT_ONCE):
            if source.name in self.failures:
                self._keep(some, "not_asked")
            else:
                self._remove(self._silent(inquiry, some))

    def _silent(
        self, inquiry: _Inquiry, people: Sequence[tuple[GonePerson, Ref]]
    ) -> list[GonePerson]:
        """Return whom the source does not know; who answers is kept, and who cannot be asked for."""
        silent: list[GonePerson] = []
        for place, one in enumerate(people):
            self.context.pause()
            if is_surrendered(one[1].external_id):  # the source knows somebody else by that id
                silent.append(one[0])
                continue
            try:
                answers = inquiry.answers(one[1])
            except SourceError as error:
                self.failures[inquiry.source.name] = error
                self._keep(people[place:], "not_asked")
                break
            if answers:
                self._keep([one], "answered")
            else:
                silent.append(one[0])
        return silent

    def _remove(self, people: Sequence[GonePerson]) -> None:
        if not people:
            return
        removed = self.context.store.retention.remove_people(
            [one.user_id for one in people],
            before=self.before,
            run_id=self.run_id,
            token=self.token,
            actor=self.actor,
            at=self.context.clock(),
        )
        by_id = {one.user_id: one for one in people}
        self.removed += [by_id[key] for key in removed.people]
        self.kept += [Kept(by_id[key], "held", "") for key in removed.held]
        _add(self.counts, removed.counts)

    def _keep(self, people: Iterable[tuple[GonePerson, Ref]], reason: str) -> None:
        self.kept += [Kept(one, reason, str(ref)) for one, ref in people]


def _add(counts: dict[str, dict[str, int]], more: Mapping[str, Mapping[str, int]]) -> None:
    for entity, actions in more.items():
        mine = counts.setdefault(entity, {})
        for action, count in actions.items():
            mine[action] = mine.get(action, 0) + count
