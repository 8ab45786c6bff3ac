"""Says how fit each field is as the common field."""

from collections.abc import Iterator
from datetime import datetime

from syncd.cli.output import NOTHING_YET, Column, age, printable, say, show_table
from syncd.model.fitness import (
    Counted,
    FieldState,
    Fitness,
    Flaw,
    Match,
    Side,
    Survey,
    Verdict,
    Withholding,
)
from syncd.text import Text, joined, plural, text

_SIDE_COLUMNS = (
    Column(text("field")),
    Column(text("source")),
    Column(text("with a value"), numeric=True),
    Column(text("share"), numeric=True),
    Column(text("different"), numeric=True),
    Column(text("shared by several"), numeric=True),
    Column(text("flawed"), numeric=True),
    Column(text("shown")),
)
_MATCH_COLUMNS = (
    Column(text("field")),
    Column(text("source")),
    Column(text("same as written"), numeric=True),
    Column(text("same"), numeric=True),
    Column(text("links"), numeric=True),
    Column(text("conflicts"), numeric=True),
    Column(text("no value"), numeric=True),
    Column(text("fit nobody"), numeric=True),
    Column(text("other name"), numeric=True),
    Column(text("verdict")),
)
STATES = {
    FieldState.SHOWN: text("yes"),
    FieldState.WITHHELD: text("no longer: last known values"),
    FieldState.UNSEEN: text("no: nobody has it"),
    FieldState.UNMAPPED: text("no: not in fields"),
}
VERDICTS = {
    Verdict.RECOMMENDED: text("recommended"),
    Verdict.USABLE: text("usable"),
    Verdict.WEAK: text("links fewer"),
    Verdict.UNSAFE: text("links the wrong ones"),
    Verdict.APART: text("little in common"),
    Verdict.UNREAD: text("no value"),
    Verdict.NEVER: text("never a key"),
}
FLAWS = {
    Flaw.REJECTED: text("cannot be used"),
    Flaw.NO_KEY: text("no number, a stand-in for none, or too long"),
    Flaw.NO_MOBILE: text("a desk phone's number"),
    Flaw.NO_ADDRESS: text("no e-mail address"),
    Flaw.SPREADSHEET: text("as a spreadsheet has written it"),
}


def show(found: Survey, now: datetime) -> None:
    """Print the survey for a person."""
    if found.authority is None:
        say(NOTHING_YET)
        return
    for source in found.sources:
        say(_source_line(source, found.authority, now))
    say(_configured(found))
    say("")
    show_table(_SIDE_COLUMNS, [row for one in found.fields for row in _side_rows(one)])
    if any(one.matches for one in found.fields):
        say("")
        show_table(_MATCH_COLUMNS, [row for one in found.fields for row in _match_rows(one)])
    notes = [note for one in found.fields for note in _notes(one)]
    for line in ("", *notes) if notes else ():
        say(line)
    for one in found.withheld:
        say("")
        for line in _withheld_lines(one):
            say(line)
    say("")
    say(_conclusion(found))


def _source_line(one: Counted, authority: str, now: datetime) -> Text:
    if one.read_at is None:
        return text("{source}: has not been read yet", source=one.name)
    people = plural(one.people, "{number:,} person", "{number:,} people")
    template = {"source": one.name, "people": people, "age": age(one.read_at, now)}
    if one.name == authority:
        return text("{source}: {people}, last read {age}; its people are the users", **template)
    return text("{source}: {people}, last read {age}", **template)


def _configured(found: Survey) -> Text:
    if found.common_field is None:
        return text("No common field is configured (reconcile.common_field).")
    return text("The common field is {field}.", field=found.common_field)


def _conclusion(found: Survey) -> Text:
    if found.recommended is None:
        return text("Nothing is recommended. {reason}", reason=found.reason)
    said = text(
        'Recommended: common_field = "{field}": {reason}.',
        field=found.recommended,
        reason=found.reason,
    )
    chosen = next((one for one in found.fields if one.field == found.common_field), None)
    if chosen is None or chosen.field == found.recommended:
        return said
    if chosen.verdict is Verdict.USABLE:
        return text(
            "{said} {field} links as many: keep it if it serves.", said=said, field=chosen.field
        )
    return text(
        "{said} The first run with another common field is held for you to review.", said=said
    )


def _side_rows(one: Fitness) -> Iterator[tuple[object, ...]]:
    for source, side in one.sides.items():
        yield (
            one.field,
            source,
            f"{side.values:,}",
            _percent(side.values, side.people),
            f"{side.distinct:,}",
            f"{side.sharing:,}",
            f"{sum(side.flaws.values()):,}",
            _state(side),
        )


def _state(side: Side) -> Text:
    if side.state is FieldState.SHOWN and not side.values:
        return text("yes, all empty")
    return STATES[side.state]


def _percent(part: int, whole: int) -> str:
    """Return a share; neither nearly nobody nor nearly everybody is rounded away."""
    if not whole:
        return "-"
    share = 100 * part / whole
    if 0 < share < 1:
        return "< 1 %"
    return f"{min(round(share), 99) if part < whole else 100} %"


def _match_rows(one: Fitness) -> Iterator[tuple[object, ...]]:
    for source, match in one.matches.items():
        yield (
            one.field,
            source,
            f"{match.overlap_written:,}",
            f"{match.overlap:,}",
            f"{match.links:,}",
            f"{_disputed(match):,}",
            f"{match.missing_key:,}",
            f"{match.unmatched:,}",
            f"{match.names_differ:,}",
            VERDICTS[one.verdict],
        )


def _disputed(match: Match) -> int:
    """Return how many records of a source have a value that says nothing."""
    return match.duplicate_key + match.ambiguous


def _notes(one: Fitness) -> Iterator[Text]:
    for source, side in one.sides.items():
        yield from _value_notes(one.field, source, side)
    for source, match in one.matches.items():
        if match.near:
            yield text(
                "{field}, {source}: {number:,} more would fit but for leading zeros or the case of letters",
                field=one.field,
                source=source,
                number=match.near,
            )
    if one.verdict is Verdict.UNSAFE:
        yield text("{field}: {reason}", field=one.field, reason=one.reason)


def _value_notes(field: str, source: str, side: Side) -> Iterator[Text]:
    where = {"field": field, "source": source}
    # Where most people share one it is a rank, a town or a name, and no mistake of anybody's.
    if side.shared_examples and side.sharing <= side.values / 2 and field != "name":
        examples = [
            text("{value} ({number:,} people)", value=printable(value), number=number)
            for value, number in side.shared_examples
        ]
        yield text(
            "{field}, {source}: shared are {examples}", **where, examples=joined(", ", examples)
        )
    for flaw, number in side.flaws.items():
        said: Text = text("{number:,} × {flaw}", number=number, flaw=FLAWS[flaw])
        values = [printable(value) for kind, value in side.flawed_examples if kind is flaw]
        if values:
            said = text("{said}, for instance {values}", said=said, values=joined(", ", values))
        yield text("{field}, {source}: {said}", **where, said=said)


def _withheld_lines(one: Withholding) -> Iterator[Text]:
    yield one.text
    for way in one.ways_out:
        yield text("  - {way}", way=way)
