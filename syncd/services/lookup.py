"""Asks a source whose values are that it shows nobody's, before a plan is made (`lookup = true`).

What was learnt is kept in the store as it comes, and part of every later plan. Nothing that goes
wrong here fails a run: whoever was not asked for is linked another day.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import structlog

from syncd.errors import SourceError
from syncd.model.entry import Kind, Ref
from syncd.model.lookup import LOOKED_UP, Answer, LookupReport, Meter
from syncd.reconcile.lookup import (
    Budget,
    Person,
    allowed_misses,
    askable,
    budget_of,
    carriers_with_news,
    in_turn,
    is_unknown,
    with_news,
)
from syncd.reconcile.settings import Policy
from syncd.services.intake import Intake
from syncd.sources.base import Finder, Inquiry, Progress, Source, ignore_progress
from syncd.store.store import Store

log = structlog.get_logger(__name__)

#: Questions whose answers are kept together, at most, and which part of the budget: so much of it
#: is lost where the process is killed.
BITE: Final = 50
_PART_OF_BUDGET: Final = 10


@dataclass(frozen=True, slots=True)
class Asking:
    """What asking works with."""

    store: Store
    policy: Policy
    clock: Callable[[], datetime]
    #: Whether questions may be sent; else what is known already is all.
    may_ask: bool
    #: Whether what nobody needs any more is forgotten too.
    is_full: bool = False
    progress: Progress = ignore_progress


@dataclass(frozen=True, slots=True)
class Lookups:
    """What was learnt."""

    reports: tuple[LookupReport, ...] = ()
    #: Source that was asked → the records that it named, of people whose links are still to be
    #: decided, and whoever carries a value that it says is another's than before.
    around: Mapping[str, frozenset[Ref]] = field(default_factory=dict)

    def with_around(self, intakes: Mapping[str, Intake]) -> dict[str, Intake]:
        """Return the intakes with those records among the people whom a plan must look at."""
        found = dict(intakes)
        for name, refs in self.around.items():
            intake = intakes[name]
            if intake.people is not None:
                found[name] = replace(intake, people=intake.people | refs)
        return found


def look_up(asking: Asking, sources: Collection[Source], intakes: Mapping[str, Intake]) -> Lookups:
    """Return what is known of people by asking, after asking for those who are due.

    Only sources that were read are asked: one that is down, paused or a shadow is not.

    Raises:
        StoreError: What was learnt cannot be kept.
    """
    name = asking.policy.matching_field
    if name is None or name not in LOOKED_UP:
        return Lookups()
    found = Lookups()
    for source in sources:
        is_asked = source.name in asking.policy.lookups and source.name in intakes
        if is_asked and isinstance(source, Finder):
            if asking.may_ask and asking.is_full:
                asking.store.lookups.forget_unused(asking.clock())
            report, around = _Interview(asking, source, name, intakes).hold()
            reports = found.reports if report is None else (*found.reports, report)
            found = Lookups(reports, {**found.around, source.name: around})
    return found


@dataclass(slots=True)
class _Interview:
    """The asking of one source in one run."""

    asking: Asking
    source: Finder
    name: str
    intakes: Mapping[str, Intake]
    asked: int = 0
    found: int = 0
    failure: str = ""

    def hold(self) -> tuple[LookupReport | None, frozenset[Ref]]:
        values = self._values()
        if not values:
            return None, frozenset()
        at, lookups, own = self.asking.clock(), self.asking.store.lookups, self.source.name
        before = lookups.answers(own, self.name, values)
        due = in_turn(values, before, at) if self.asking.may_ask else []
        left = self._ask(due)
        after = lookups.answers(own, self.name, values) if self.asked else before
        told = (*before.values(), *after.values())
        around = {Ref(own, one.external_id) for one in told if one.external_id is not None}
        around |= {ref for value, ref in values.items() if _differ(before, after, value)}
        report = self._report(len(left)) if due else None
        return report, frozenset(around)

    # ── whom to ask for ─────────────────────────────────────────────────────────────────────

    def _values(self) -> Mapping[str, Ref]:
        """Return the values that can link somebody, were it known whose they are."""
        policy, store, own = self.asking.policy, self.asking.store, self.source.name
        is_authority = own == policy.authority
        others = self._others(is_authority=is_authority)
        if not others:
            return {}
        readings = {one: self.intakes[one].reading for one in others if one in self.intakes}
        protected = frozenset() if is_authority else policy.limits.protected
        people: list[Person] = store.askable(
            own, self.name, others, is_authority=is_authority, protected=protected
        )
        people = with_news(
            people,
            readings,
            self.name,
            {one: self._known(one) for one in readings},
            makers=others if is_authority else {policy.authority},
            protected=protected,
        )
        carriers = store.carriers({key for _, key in people}, self.name, others)
        carriers = carriers_with_news(carriers, readings, self.name)
        return askable(people, carriers, are_users=not is_authority)

    def _known(self, source: str) -> Collection[str]:
        """Return whom the store knows of a source that was read, those who have gone too."""
        intake = self.intakes[source]
        kept = intake.kept or {}  # of a reading that shows nobody nothing is known, or needed
        new = [id_ for id_ in intake.reading.users if id_ not in kept]
        gone = self.asking.store.read_ats(source, Kind.USER, new)
        return kept.keys() | gone.keys()

    def _others(self, *, is_authority: bool) -> list[str]:
        """Return the sources whose people may be somebody of whom this one shows no value."""
        policy, own = self.asking.policy, self.source.name
        others = sorted({policy.authority, *policy.others} - {own})
        intake = self.intakes[own]
        read = intake.reading.users
        unknown = {id_ for id_, record in read.items() if is_unknown(record, self.name)}
        if any(id_ not in (intake.kept or {}) for id_ in unknown):
            return others
        told = (read.keys() - unknown) | intake.reading.absence.gone_users
        has_unshown = self.asking.store.has_unshown
        if not is_authority:
            return others if has_unshown(own, self.name, None, told) else []
        return [one for one in others if has_unshown(own, self.name, one, told)]

    # ── asking ──────────────────────────────────────────────────────────────────────────────

    def _ask(self, due: list[str]) -> list[str]:
        """Ask for the values in turn, as far as the budget goes; return those that are left."""
        left, total = due, len(due)
        while left and not self.failure:
            bite = left[: self._reserve(len(left))]
            if not bite:
                break
            answers = self._ask_for(bite)
            left = [one for one in left if one not in answers]
            self.asking.progress("lookups", total - len(left), total)
        return left

    def _reserve(self, wanted: int) -> int:
        part = max(1, allowed_misses(self._people) // _PART_OF_BUDGET)
        return self.asking.store.lookups.reserve(
            self._meter, min(wanted, part, BITE), people=self._people, at=self.asking.clock()
        )

    def _ask_for(self, values: list[str]) -> Mapping[str, str | None]:
        """Ask for some values, and keep what was answered, whatever ends the asking."""
        at = self.asking.clock()
        inquiry = Inquiry(self.name, values)
        try:
            self.source.find(inquiry)
        except SourceError as error:
            self.failure = error.message
        finally:
            self._keep(inquiry, at)
        return inquiry.answers

    def _keep(self, inquiry: Inquiry, reserved_at: datetime) -> None:
        answers = dict(inquiry.answers)
        found = sum(one is not None for one in answers.values())
        self.asked += len(answers)
        self.found += found
        self.asking.store.lookups.keep(
            self.source.name,
            self.name,
            answers,
            meter=self._meter,
            reserved_at=reserved_at,
            released=len(inquiry.values) - inquiry.begun + found,
            refusal=self.failure if inquiry.is_shut else None,
            at=self.asking.clock(),
        )

    @property
    def _meter(self) -> Meter:
        return Meter(self.source.identity, self.source.endpoint_of(self.name))

    @property
    def _people(self) -> int:
        """Return the size of the corporation as far as it can be seen."""
        return self.intakes[self.source.name].shown.number(Kind.USER)

    # ── telling ─────────────────────────────────────────────────────────────────────────────

    def _report(self, waiting: int) -> LookupReport:
        at = self.asking.clock()
        misses = self.asking.store.lookups.misses(self._meter, at)
        budget = budget_of(misses, self._people, at)
        report = LookupReport(
            self.source.name,
            self.name,
            self.asked,
            self.found,
            waiting,
            budget.allowed,
            budget.missed,
        )
        if waiting:
            report = self._stopped(report, budget)
        _log(report)
        return report

    def _stopped(self, report: LookupReport, budget: Budget) -> LookupReport:
        if budget.refusal is not None:
            return replace(
                report, stopped="refused", reason=budget.refusal, resumes_at=budget.resumes_at
            )
        if self.failure:
            return replace(report, stopped="failed", reason=self.failure)
        stopped = "budget" if budget.allowed else "too_few"
        return replace(report, stopped=stopped, resumes_at=budget.resumes_at)


def _differ(before: Mapping[str, Answer], after: Mapping[str, Answer], value: str) -> bool:
    """Return whether a value is said to be another's than before."""
    old, new = before.get(value), after.get(value)
    return (old and old.external_id) != (new and new.external_id)


def _log(report: LookupReport) -> None:
    """Say in one line what came of asking, and why it stopped."""
    values = {"source": report.source, "field": report.field, "asked": report.asked}
    values |= {"found": report.found, "missed": report.missed, "budget": report.budget}
    if report.stopped is None:
        log.info("people_looked_up", **values)
        return
    resumes = report.resumes_at.isoformat() if report.resumes_at is not None else None
    log.warning(
        "lookups_stopped",
        **values,
        waiting=report.waiting,
        stopped=report.stopped,
        reason=report.reason,
        resumes_at=resumes,
    )
