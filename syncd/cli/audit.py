"""`syncd audit`: what was changed; `audit_log` has the commands about the log as files."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from syncd.cli.audit_log import replay, restart, verify
from syncd.cli.invocation import begin, common_options, hand_down, json_option
from syncd.cli.output import NOTHING_YET, say
from syncd.errors import ExitStatus, UsageError
from syncd.text import joined, term, text

if TYPE_CHECKING:
    from syncd.store.history import NamedChange
    from syncd.store.store import Store

_MOST = 1_000_000


@click.group(invoke_without_command=True)
@click.option("--user", metavar="USER", help="Only this person's: a userid or an id.")
@click.option("--run", "run_id", type=click.IntRange(1), metavar="RUN", help="Only of this run.")
@click.option(
    "--since",
    metavar="TIME",
    help="Only since then: 2026-11-21, 2026-11-21T08:30Z, or so long ago: 2h, 3d.",
)
@click.option(
    "--limit",
    default=100,
    type=click.IntRange(1, _MOST),
    metavar="N",
    show_default=True,
    help="The newest so many.",
)
@json_option
@common_options
@click.pass_context
def audit(
    ctx: click.Context,
    *,
    user: str | None,
    run_id: int | None,
    since: str | None,
    limit: int,
    as_json: bool,
    config: str | None,
    verbose: int,
) -> int:
    """Show what was changed, by which run, and why; the newest changes last."""
    if ctx.invoked_subcommand is not None:
        hand_down(ctx, config, verbose)
        return ExitStatus.DONE
    configuration = begin(config, verbose)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli.output import show_json  # noqa: PLC0415
    from syncd.services import person  # noqa: PLC0415

    after = _moment(since, bootstrap.now()) if since else None
    with closing(bootstrap.open_store(configuration, read_only=True)) as store:
        user_id = person.user_id(store, user) if user else None
        _require_run(store, run_id)
        found = store.history(user_id=user_id, run_id=run_id, since=after, limit=limit + 1)
        is_new = store.is_empty
    shown = found[-limit:]
    if as_json:
        changes = [as_document(one) for one in shown]
        show_json({"changes": changes, "truncated": len(found) > limit})
    elif shown:
        _show(shown, is_cut=len(found) > limit)
    else:
        say(NOTHING_YET if is_new else text("No change is like that."))
    return ExitStatus.DONE


def _require_run(store: "Store", run_id: int | None) -> None:
    if run_id is not None and store.run(run_id) is None:
        raise UsageError(
            text("There is no run {run}.", run=run_id), hint=text("syncd runs lists them.")
        )


def _moment(given: str, now: datetime) -> datetime:
    """Return the moment that `given` names; without a zone it is in UTC, as all times are shown."""
    from syncd.config.duration import parse_duration  # noqa: PLC0415 - start-up time

    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        try:
            return now - parse_duration(given)
        except ValueError:
            raise click.UsageError(
                text(
                    "--since {given!r} is no time: write 2026-11-21, 2026-11-21T08:30Z, 2h or 3d.",
                    given=given,
                )
            ) from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _show(shown: "list[NamedChange]", *, is_cut: bool) -> None:
    from syncd.cli.output import Column, show_table  # noqa: PLC0415 - start-up time

    if is_cut:
        say(text("The newest {number} changes; --limit N shows more.", number=len(shown)))
    columns = [
        Column(text("at")),
        Column(text("run")),
        Column(text("change")),
        Column(text("of")),
        Column(text("values")),
        Column(text("why")),
    ]
    rows = []
    for one in shown:
        change = one.change
        what = text(
            "{sign} {action} {entity}",
            sign=change.action.sign,
            action=term(change.action.value),
            entity=term(change.entity.value),
        )
        values = joined("; ", _values(one))
        who = one.name or str(change.entity_id)
        rows.append([change.at, change.run_id, what, who, values, why(change.cause)])
    show_table(columns, rows)


def why(cause: Mapping[str, Any]) -> str:
    """Return the sentence of a stored cause; its code where it has none."""
    from syncd.reconcile.render import SENTENCES  # noqa: PLC0415 - start-up time

    code = str(cause.get("code", ""))
    return SENTENCES.get(code, code)


def _values(one: "NamedChange") -> Iterator[str]:
    before, after = one.change.before, one.change.after
    if one.change.entity.value == "membership":
        yield one.department
    if before is None or after is None:
        side = after or before or {}
        if "external_id" in side and "method" in side:  # a link; others are named already
            link = f"{side['source']}:{side['external_id']}"
            yield text("{link} by {method}", link=link, method=term(side["method"]))
        return
    for column, value in after.items():
        if before.get(column) != value:
            yield f"{column}: {_text(before.get(column))} → {_text(value)}"


def _text(value: Any) -> str:
    return "∅" if value is None else str(value)


def as_document(one: "NamedChange") -> dict[str, object]:
    """Return a change as JSON values."""
    change = one.change
    return {
        "id": change.id,
        "run_id": change.run_id,
        "at": change.at,
        "entity": change.entity.value,
        "entity_id": change.entity_id,
        "name": one.name or None,
        "department": one.department or None,
        "action": change.action.value,
        "before": change.before,
        "after": change.after,
        "cause": change.cause,
        "why": why(change.cause),
    }


for command in (verify, replay, restart):
    audit.add_command(command)
