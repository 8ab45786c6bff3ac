"""`syncd conflicts`: what needs a person, and what a person has accepted."""

import json
from collections.abc import Mapping
from contextlib import closing
from typing import TYPE_CHECKING

import click

from syncd.cli.invocation import NUMBER, begin, common_options, filled, hand_down, json_option
from syncd.cli.output import retold, say
from syncd.errors import AuditUnwritable, ExitStatus, UsageError
from syncd.text import joined, plural, term, text

if TYPE_CHECKING:
    from syncd.model.entry import Ref
    from syncd.services.candidates import Suggested
    from syncd.store.conflicts import StoredConflict

#: Kind → what it means, and what a person can do.
SENTENCES = {
    "duplicate_key": text("two records of one source have the same value of the common field"),
    "ambiguous": text("the value of the common field fits several users"),
    "missing_key": text("the record has no value of the common field"),
    "key_drift": text("linked records no longer agree in the common field; the link stays"),
    "identity_doubtful": text(
        "an old id came back as somebody else, it seems, or somebody (former) under a new id; "
        "nothing was written"
    ),
    "userid_taken": text("another active user has the same userid"),
    "orphan_department": text("the department's parent cannot be seen"),
    "department_cycle": text(
        "departments are each other's parents; the circle was cut in one place"
    ),
    "scope_shrunk": text("a part can no longer be seen; nobody in it goes until it is accepted"),
    "field_withheld": text("the source no longer shows a field; the last values are kept"),
    "rejected": text(
        "a field of the entry cannot be used, and the rest was taken; without a usable id, nothing "
        "was. Correct it at the source, or let the account read it: every run tries again"
    ),
}
#: Why a field, or the id, was rejected (`syncd.model.entry.Rejection`).
REJECTIONS = {
    "nul": text("holds a NUL character"),
    "type": text("is of another type"),
    "too_long": text("is too long"),
    "empty": text("is empty, or may not be read"),
    "encoding": text("is no UTF-8 text"),
    "duplicate": text("is another entry's too"),
}
_SHOWN = 5


@click.group(invoke_without_command=True)
@click.option("--all", "everything", is_flag=True, help="The resolved ones too.")
@json_option
@common_options
@click.pass_context
def conflicts(
    ctx: click.Context, *, everything: bool, as_json: bool, config: str | None, verbose: int
) -> int:
    """List what is not clear and needs a person, or accept that people may go."""
    if ctx.invoked_subcommand is not None:
        hand_down(ctx, config, verbose)
        return ExitStatus.DONE
    configuration = begin(config, verbose)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli import candidates_text  # noqa: PLC0415
    from syncd.cli.output import show_json  # noqa: PLC0415
    from syncd.services.candidates import suggest  # noqa: PLC0415

    with closing(bootstrap.open_store(configuration, read_only=True)) as store:
        found = store.conflicts(open_only=not everything)
        suggested = suggest(store, _unsettled(found), configuration.authority or "")
    if as_json:
        show_json({"conflicts": [as_document(one, suggested) for one in found]})
    elif found:
        _show(found, everything=everything)
        for line in candidates_text.lines(suggested):
            say(line)
    else:
        none = text("There are no conflicts.")
        say(none if everything else text("There are no open conflicts."))
    return ExitStatus.DONE


def _unsettled(found: "list[StoredConflict]") -> "list[Ref]":
    """Return the records whose conflicts keep them from a user, each once."""
    from syncd.model.entry import Ref  # noqa: PLC0415 - start-up time
    from syncd.reconcile.candidates import KINDS  # noqa: PLC0415

    told = [one.open.conflict for one in found if one.resolved_at is None]
    refs = [Ref(one.source, one.external_id) for one in told if one.kind in KINDS]
    return list(dict.fromkeys(refs))


def _show(found: "list[StoredConflict]", *, everything: bool) -> None:
    from syncd.cli.output import Column, show_table  # noqa: PLC0415 - start-up time

    columns = [
        Column(text("id"), numeric=True),
        Column(text("kind")),
        Column(text("of")),
        Column(text("value")),
        Column(text("since run"), numeric=True),
        Column(text("detail")),
        *([Column(text("resolved"))] if everything else []),
    ]
    rows = []
    for stored in found:
        one = stored.open.conflict
        row = [
            stored.open.id,
            one.kind.value,
            f"{one.source}:{one.external_id}",
            one.key_value,
            stored.open.first_run_id,
            _told(one.detail, stored.accepted_by),
        ]
        rows.append([*row, stored.resolved_at] if everything else row)
    show_table(columns, rows)
    kinds = sorted({stored.open.conflict.kind.value for stored in found})
    click.echo()
    for kind in kinds:
        say(text("{kind}: {means}", kind=kind, means=SENTENCES[kind]))
    if any(one.open.conflict.kind.value == "scope_shrunk" and not one.resolved_at for one in found):
        say(text("syncd conflicts accept ID --why TEXT lets those whom it names go."))
    if any(
        one.open.conflict.kind.value == "identity_doubtful" and not one.resolved_at for one in found
    ):
        say(text("syncd link says whether it is the former one, or somebody new."))


def _told(detail: Mapping[str, object], accepted_by: str | None) -> str:
    """Return the detail, and who has accepted it."""
    if not accepted_by:
        return _detail(detail)
    return text("{detail}; accepted by {name}", detail=_detail(detail), name=accepted_by)


def _detail(detail: Mapping[str, object]) -> str:
    """Return the detail in short: of long lists the first, and how many there are."""
    parts = []
    for key, value in detail.items():
        if value == []:
            continue
        parts.append(text("{key}: {value}", key=term(key), value=_value(key, value)))
    return joined("; ", parts)


def _value(key: str, value: object) -> str:
    if isinstance(value, list):
        first = joined(", ", [str(one) for one in value[:_SHOWN]])
        if len(value) <= _SHOWN:
            return first
        return text("{first} … {number} in all", first=first, number=len(value))
    if isinstance(value, Mapping):
        return joined(", ", [_rejected(str(name), str(why)) for name, why in value.items()])
    if isinstance(value, str):
        return term(value) if key == "reason" else retold(value)
    return json.dumps(value, ensure_ascii=False)


def _rejected(field: str, why: str) -> str:
    return joined(" ", [field, REJECTIONS.get(why, term(why))])


@conflicts.command()
@click.argument("conflict_id", metavar="ID", type=NUMBER)
@click.option("--as", "actor", metavar="NAME", help="Who decides it; else the login name.")
@click.option(
    "--why", metavar="TEXT", required=True, callback=filled, help="Why, for the audit log."
)
@json_option
@common_options
def accept(
    *,
    conflict_id: int,
    actor: str | None,
    why: str,
    as_json: bool,
    config: str | None,
    verbose: int,
) -> int:
    """Say that the people and departments which a scope_shrunk conflict names may go.

    The next sync deactivates them, if no guard holds it. Whoever turns up in the part later is
    not among them.
    """
    configuration = begin(config, verbose)
    import socket  # noqa: PLC0415 - start-up time

    from syncd import bootstrap  # noqa: PLC0415
    from syncd.cli.output import show_json  # noqa: PLC0415
    from syncd.services import audit  # noqa: PLC0415
    from syncd.store.upgrade import SchemaAge  # noqa: PLC0415

    file = configuration.audit_file
    with closing(bootstrap.open_store(configuration)) as store:
        if store.schema_state().age is SchemaAge.EMPTY:
            raise UsageError(
                text("There is no conflict {id}: nothing has been synced yet.", id=conflict_id)
            )
        store.prepare()  # refuses an older or newer schema
        audit.check_writable(file)
        accepted = store.accept_conflict(
            conflict_id, by=actor or bootstrap.actor(), why=why, now=bootstrap.now()
        )
        try:
            audit.write_pending(store, file, socket.gethostname())
        except AuditUnwritable as error:
            # What was decided is in the store, with its audit entry: it is only late.
            late = text("{reason} The next run writes the entry.", reason=error.message)
            say(text("syncd: {message}", message=late), err=True)
    if as_json:
        show_json({"conflict": as_document(accepted)})
    else:
        who = _named(accepted)
        say(text("Conflict {id} is accepted: {who} may go.", id=conflict_id, who=who))
        say(text("The next sync deactivates them, if no guard holds it."))
    return ExitStatus.DONE


def _named(stored: "StoredConflict") -> str:
    """Return how many a conflict names: `6 people`, `6 people and 2 departments`."""
    detail = stored.open.conflict.detail
    people, departments = detail.get("people"), detail.get("departments")
    named = []
    if isinstance(people, list) and people:
        named.append(plural(len(people), "{number:,} person", "{number:,} people"))
    if isinstance(departments, list) and departments:
        number = len(departments)
        named.append(plural(number, "{number:,} department", "{number:,} departments"))
    return joined(" and ", named)


def as_document(
    stored: "StoredConflict", suggested: "Mapping[Ref, Suggested] | None" = None
) -> dict[str, object]:
    """Return a conflict as JSON values, with whom its record may be."""
    from syncd.model.entry import Ref  # noqa: PLC0415 - start-up time

    one = stored.open.conflict
    may_be = (suggested or {}).get(Ref(one.source, one.external_id))
    is_open = stored.resolved_at is None
    return {
        "id": stored.open.id,
        "kind": one.kind.value,
        "source": one.source,
        "external_id": one.external_id,
        "key_value": one.key_value,
        "detail": dict(one.detail),
        "first_run_id": stored.open.first_run_id,
        "last_run_id": stored.open.last_run_id,
        "resolved_at": stored.resolved_at,
        "accepted": sorted(stored.open.accepted),
        "accepted_by": stored.accepted_by,
        "accepted_why": stored.accepted_why,
        "accepted_at": stored.accepted_at,
        "candidates": [
            each.as_json() for each in (may_be.suggestions if may_be and is_open else ())
        ],
    }
