"""Says what became of a file of links: in words, and as JSON."""

from collections.abc import Iterator

from syncd.cli.link_text import link_lines
from syncd.cli.output import printable
from syncd.cli.plan_text import plan_lines
from syncd.services.plan_document import plan_document
from syncd.services.roster import Effect, RefusedLine, TakenIn
from syncd.text import Text, text

#: So many refused lines are shown; `--json` has them all.
SHOWN = 100


def lines(done: TakenIn, *, is_gbk: bool) -> Iterator[str]:
    """Yield what a person reads; `is_gbk` says whether the file was taken for GBK."""
    if is_gbk:
        yield text(
            "The file was read as GBK, which has not every character: “CSV UTF-8” loses nothing."
        )
    for one in done.refused[:SHOWN]:
        yield from _refused(one)
    if len(done.refused) > SHOWN:
        yield text("  … and {number} more; --json has them all", number=len(done.refused) - SHOWN)
    yield from link_lines(done.assigned.plan, done.assigned.names, without=set())
    yield from plan_lines(done.assigned.plan, done.assigned.names)
    yield from _summary(done)


def _refused(one: RefusedLine) -> Iterator[Text]:
    said = one.said
    if said.row == said.line:
        yield text("line {line}: {reason}", line=said.line, reason=_printed(one.reason))
    else:
        yield text(
            "line {line} (row {row} of a spreadsheet): {reason}",
            line=said.line,
            row=said.row,
            reason=_printed(one.reason),
        )
    yield text("    {hint}", hint=one.hint)


def _printed(reason: Text) -> Text:
    """Return a sentence whose values may be printed: they are a file's."""
    values = {
        name: printable(value) if isinstance(value, str) and not isinstance(value, Text) else value
        for name, value in reason.values.items()
    }
    return Text(reason.template, values)


def _summary(done: TakenIn) -> Iterator[Text]:
    numbers = {effect.value: done.effects.get(effect, 0) for effect in Effect}
    if done.assigned.run_id is not None:
        yield text(
            "Run {run}: {linked:,} records linked, {unlinked:,} unlinked, {confirmed:,} confirmed.",
            run=done.assigned.run_id,
            **numbers,
        )
    elif not done.is_written and any(numbers.values()):
        yield text(
            "Would be done: {linked:,} records linked, {unlinked:,} unlinked, {confirmed:,} "
            "confirmed; nothing was written.",
            **numbers,
        )
    else:
        yield text("Nothing was written.")
    yield text(
        "{unchanged:,} lines say what is so already, {silent:,} say nothing, {refused:,} are refused.",
        unchanged=done.unchanged,
        silent=done.silent,
        refused=len(done.refused),
    )


def as_document(done: TakenIn) -> dict[str, object]:
    """Return what became of a file as JSON values."""
    return {
        "run_id": done.assigned.run_id,
        "outcome": "no_change" if done.assigned.run_id is None else "applied",
        "linked": done.effects.get(Effect.LINKED, 0),
        "unlinked": done.effects.get(Effect.UNLINKED, 0),
        "confirmed": done.effects.get(Effect.CONFIRMED, 0),
        "unchanged": done.unchanged,
        "silent": done.silent,
        "refused": [
            {
                "line": one.said.line,
                "row": one.said.row,
                "source": one.said.record.source,
                "external_id": one.said.record.external_id,
                "user": one.said.user,
                "reason": str(one.reason),
                "hint": str(one.hint),
            }
            for one in done.refused
        ],
        **plan_document(done.assigned.plan),
        "audit_pending": done.assigned.audit_pending,
    }
