"""Says what came of asking a source whose values are (`lookup = true`)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from syncd.cli.output import moment, printable, retold
from syncd.model.lookup import LookupReport, LookupTotals
from syncd.reconcile.lookup import Budget
from syncd.text import text


def lookup_lines(reports: Sequence[LookupReport]) -> list[str]:
    """Return what one run has asked, what it was told, and why it stopped."""
    return [line for one in reports for line in _lines(one)]


def _lines(one: LookupReport) -> Iterator[str]:
    yield text(
        "{source}: asked whose {asked:,} values of {field} are: {found:,} are somebody's, "
        "{nobodys:,} are nobody's",
        source=one.source,
        field=one.field,
        asked=one.asked,
        found=one.found,
        nobodys=one.nobodys,
    )
    match one.stopped:
        case "budget":
            yield text(
                "  {waiting:,} more wait until {at}: {missed:,} of 24 hours were nobody's, which is half of "
                "what WeCom allows",
                waiting=one.waiting,
                missed=one.missed,
                at=_at(one),
            )
        case "too_few":
            yield text(
                "  {waiting:,} are not asked for: of fewer than 10 people none may be asked for in vain",
                waiting=one.waiting,
            )
        case "refused":
            yield text(
                "  {waiting:,} more wait until {at}, for WeCom refused: {reason}",
                waiting=one.waiting,
                at=_at(one),
                reason=retold(printable(one.reason)),
            )
        case "failed":
            yield text(
                "  {waiting:,} more wait for the next run: {reason}",
                waiting=one.waiting,
                reason=retold(printable(one.reason)),
            )


def _at(one: LookupReport) -> str:
    return moment(one.resumes_at) if one.resumes_at is not None else text("the next run")


def lookup_document(one: LookupReport) -> dict[str, object]:
    """Return what one run has asked as JSON values."""
    return {
        "source": one.source,
        "field": one.field,
        "asked": one.asked,
        "found": one.found,
        "nobodys": one.nobodys,
        "waiting": one.waiting,
        "budget": one.budget,
        "missed": one.missed,
        "stopped": one.stopped,
        "reason": one.reason or None,
        "resumes_at": one.resumes_at,
    }


@dataclass(frozen=True, slots=True)
class LookupStatus:
    """How far the asking of a source has come."""

    totals: LookupTotals
    budget: Budget


def status_lines(one: LookupStatus) -> Iterator[str]:
    """Yield what is known by asking, and when it goes on where it has stopped."""
    yield text(
        "  lookup: {found:,} values are known to be somebody's, {nobodys:,} to be nobody's; "
        "{missed:,} of {budget:,} in 24 hours were asked for in vain",
        found=one.totals.found,
        nobodys=one.totals.nobodys,
        missed=one.budget.missed,
        budget=one.budget.allowed,
    )
    if one.budget.resumes_at is None:
        return
    at = moment(one.budget.resumes_at)
    if one.budget.refusal is not None:
        reason = retold(printable(one.budget.refusal))
        yield text("    it goes on at {at}, for WeCom refused: {reason}", at=at, reason=reason)
    else:
        yield text("    it goes on at {at}", at=at)


def status_document(one: LookupStatus) -> dict[str, object]:
    """Return the same as JSON values."""
    return {
        "found": one.totals.found,
        "nobodys": one.totals.nobodys,
        "budget": one.budget.allowed,
        "missed": one.budget.missed,
        "reason": one.budget.refusal,
        "resumes_at": one.budget.resumes_at,
    }
