"""Says to a person why somebody is as they are."""

from collections.abc import Iterable, Mapping

from syncd.cli.conflicts import SENTENCES as CONFLICTS
from syncd.cli.output import Column, moment, printable, say, show_table
from syncd.model.dossier import StoredRecord
from syncd.model.explanation import Brought, Explanation, FieldOrigin, Rule, Unmatched
from syncd.model.run import Run
from syncd.reconcile.render import SENTENCES as CAUSES
from syncd.text import Text, joined, term, text

RULES: Mapping[Rule, Text] = {
    Rule.AUTHORITY: text("the authority says so"),
    Rule.PREFERRED: text("this source is asked first for the field"),
    Rule.WITHHELD: text("last known value: the source no longer shows the field to us"),
    Rule.UNREADABLE: text("last known value: the source does not let us read the field"),
    Rule.EMPTY: text("empty at the source"),
    Rule.UNKNOWN: text("the source has never let us read it"),
    Rule.REJECTED: text("last known value: what the source has cannot be used"),
    Rule.GONE: text("last known value: the person is gone"),
    Rule.DOUBTFUL: text("left as it is: the record may be another person's"),
    Rule.PLACEHOLDER: text("stands in for the name, which is not known yet"),
    Rule.NOT_IN_DIRECTORY: text("the source names somebody who is not active in the directory"),
    Rule.CHOSEN: text("the source names none that is kept: the last known, else the first"),
    Rule.HIDDEN: text("kept: the source does not name it now"),
    Rule.PENDING: text("differs from the record; syncd sync --full puts it right"),
    Rule.NO_RECORD: text("no record of a source is kept for it"),
}
REASONS: Mapping[str, Text] = {
    "gone_at": text("gone from the source"),
    "source_disabled_at": text("disabled or left, says the source"),
    "admin_disabled_at": text("disabled by an administrator"),
}
UNMATCHED: Mapping[Unmatched, Text] = {
    Unmatched.GONE: text("The record is gone from its source, and never had a user."),
    Unmatched.BY_HAND: text(
        "A person has said that it is nobody's; syncd link says whose it is, or leaves it to the "
        "rules again (--auto)."
    ),
    Unmatched.LEFT: text("The source said that the person has left before syncd ever saw them."),
    Unmatched.TOO_LITTLE_KNOWN: text(
        "Too little is known to make a user of it: only its id could be read."
    ),
    Unmatched.DUPLICATE_KEY: text(
        "Another record of its source has the same value of the common field."
    ),
    Unmatched.AMBIGUOUS: text("Its value of the common field fits several users."),
    Unmatched.MISSING_KEY: text("It has no value of the common field."),
    Unmatched.IDENTITY_DOUBTFUL: text(
        "It may be somebody known under a new id; syncd link says who it is."
    ),
    Unmatched.NO_COMMON_FIELD: text(
        "Its source is not the authority, and no common field is configured."
    ),
    Unmatched.NOBODY_HAS_THE_VALUE: text("No user has its value of the common field."),
    Unmatched.NEXT_RUN: text("Nothing is in the way: the next sync makes a user of it."),
}


_RUN = Column(text("run"), numeric=True)
_FIELDS = (
    Column(text("field")),
    Column(text("value")),
    Column(text("record")),
    Column(text("rule")),
    _RUN,
    Column(text("since")),
    Column(text("why")),
)
_LINKS = (
    Column(text("record")),
    Column(text("method")),
    Column(text("key")),
    _RUN,
    Column(text("since")),
    Column(text("read")),
    Column(text("gone")),
)
_PARTED = (Column(text("record")), _RUN, Column(text("since")), Column(text("why")))
_DEPARTMENTS = (
    Column(text("department")),
    Column(text("primary")),
    Column(text("leader")),
    Column(text("order"), numeric=True),
    Column(text("rule")),
    _RUN,
    Column(text("since")),
)
_CONFLICTS = (Column(text("id"), numeric=True), Column(text("kind")), Column(text("means")))
_RUNS = (_RUN, Column(text("started")), Column(text("by")), Column(text("why")))


def show(found: Explanation) -> None:
    """Print what a person reads."""
    if found.unmatched is not None:
        _show_unmatched(found)
    else:
        _show_head(found)
        _show_fields(found)
        _show_links(found)
        _show_parted(found)
        _show_departments(found)
    _show_asked(found)
    if found.conflicts:
        _heading(text("Open conflicts"))
        kinds = [(one.id, one.conflict.kind.value) for one in found.conflicts]
        show_table(_CONFLICTS, [(id_, kind, CONFLICTS[kind]) for id_, kind in kinds])
    runs = _runs(found)
    if runs:
        _heading(text("Runs"))
        show_table(_RUNS, [_run(run) for run in runs])


def _heading(title: Text) -> None:
    say(text("\n{title}", title=title))


def _show_head(found: Explanation) -> None:
    user = found.dossier.user or {}
    say(
        text(
            "{name} ({userid}), user {id}: {status}",
            name=printable(str(user["name"])),
            userid=printable(str(user["userid"] or "-")),
            id=user["id"],
            status=term(str(user["status"])),
        )
    )
    for one in found.reasons:
        reason, at = REASONS[one.reason], moment(one.at)
        if one.brought is None:
            say(text("  {reason}, {at}", reason=reason, at=at))
        else:
            cause, run = _cause(one.brought), one.brought.run_id
            who = _who(one.brought.run)
            say(
                text(
                    "  {reason}, {at}: run {run} ({who}): {cause}",
                    reason=reason,
                    at=at,
                    run=run,
                    who=who,
                    cause=cause,
                )
            )


def _show_fields(found: Explanation) -> None:
    unread = [one.field for one in found.fields if one.rule is Rule.UNKNOWN and one.value is None]
    _heading(text("Fields"))
    rows = [
        (one.field, one.value or "-", one.ref, _rule(one), *_run_since(one.brought))
        for one in found.fields
        if one.field not in unread
    ]
    show_table(_FIELDS, rows)
    if unread:
        say(text("Never read: {fields}", fields=joined(", ", unread)))


def _rule(one: FieldOrigin) -> Text:
    if one.said is None or one.rule not in {Rule.PENDING, Rule.NOT_IN_DIRECTORY}:
        return RULES[one.rule]
    return text("{rule} ({value})", rule=RULES[one.rule], value=printable(one.said))


def _run_since(one: Brought | None) -> tuple[object, object, object]:
    if one is None:
        return ("", "", "")
    # That the source has it, or says so now, is what the rule says already.
    is_plain = one.cause.get("code") in {"new", "read"}
    return (one.run_id, one.at, "" if is_plain else _cause(one))


def _show_links(found: Explanation) -> None:
    _heading(text("Links"))
    rows = []
    for one in found.links:
        link, stored = one.link, found.dossier.records.get(one.link.ref)
        run = one.brought.run_id if one.brought is not None else ""
        read = (stored.record.read_at, stored.gone_at) if stored is not None else ("-", "")
        method = term(link.method.value)
        rows.append((str(link.ref), method, link.key_value, run, link.linked_at, *read))
    show_table(_LINKS, rows)


def _show_parted(found: Explanation) -> None:
    if found.parted:
        _heading(text("No longer linked"))
        show_table(_PARTED, [(str(one.ref), *_run_since(one.brought)) for one in found.parted])


def _show_asked(found: Explanation) -> None:
    """Say what sources answered that were asked whose a value is."""
    for one in found.dossier.asked:
        value, at = printable(one.value), moment(one.asked_at)
        if one.external_id is None:
            say(
                text(
                    "{source} was asked whose {value} is, last at {at}: nobody's.",
                    source=one.source,
                    value=value,
                    at=at,
                )
            )
        else:
            say(
                text(
                    "{source} was asked whose {value} is, last at {at}: {id}'s.",
                    source=one.source,
                    value=value,
                    at=at,
                    id=printable(one.external_id),
                )
            )


def _show_departments(found: Explanation) -> None:
    _heading(text("Departments"))
    yes = {True: text("yes"), False: ""}
    rows = []
    for one in found.departments:
        it = one.membership
        run = one.brought.run_id if one.brought is not None else ""
        flags = (yes[it.is_primary], yes[it.is_leader], it.sort_order)
        rows.append((it.full_path, *flags, RULES[one.rule], run, one.since or ""))
    if rows:
        show_table(_DEPARTMENTS, rows)
    else:
        say(text("In no department."))


def _show_unmatched(found: Explanation) -> None:
    ref, stored = next(iter(found.dossier.records.items()))
    say(text("{ref} is a record without a user.", ref=printable(str(ref))))
    if found.unmatched is not None:
        say(text("  {why}", why=UNMATCHED[found.unmatched]))
    say(text("  Read at {at}.", at=moment(stored.record.read_at)))
    if stored.gone_at is not None:
        say(text("  Gone since {at}.", at=moment(stored.gone_at)))
    _show_record(stored)


def _show_record(stored: StoredRecord) -> None:
    fields = sorted(stored.record.fields.items())
    if fields:
        show_table(_FIELDS[:2], [(name, value or "-") for name, value in fields])


def _runs(found: Explanation) -> list[Run]:
    """Return the runs that the tables name, in order."""
    brought: Iterable[Brought | None] = (
        found.made,
        *(one.brought for one in found.fields),
        *(one.brought for one in found.links),
        *(one.brought for one in found.parted),
        *(one.brought for one in found.departments),
    )
    runs = {one.run_id: one.run for one in brought if one is not None and one.run is not None}
    return [runs[key] for key in sorted(runs)]


def _run(run: Run) -> tuple[object, ...]:
    return (run.id, run.started_at, _who(run), run.why)


def _who(run: Run | None) -> Text:
    if run is None:
        return text("a run that is no longer kept")
    return text("{trigger} by {actor}", trigger=term(run.trigger.value), actor=printable(run.actor))


def _cause(one: Brought) -> Text:
    code = one.cause.get("code", "")
    return CAUSES.get(code) or (term(code) if code else text("no reason is kept"))
