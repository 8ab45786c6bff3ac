"""`syncd audit`: what was changed, and whether the log of it is whole."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from syncd.cli.invocation import begin, common_options, hand_down, json_option
from syncd.cli.look import NOTHING_YET
from syncd.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from syncd.services.audit_verify import Verification
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
        click.echo(NOTHING_YET if is_new else "No change is like that.")
    return ExitStatus.DONE


def _require_run(store: "Store", run_id: int | None) -> None:
    if run_id is not None and store.run(run_id) is None:
        raise UsageError(f"There is no run {run_id}.", hint="syncd runs lists them.")


def _moment(text: str, now: datetime) -> datetime:
    """Return the moment that `text` names; without a zone it is in UTC, as all times are shown."""
    from syncd.config.duration import parse_duration  # noqa: PLC0415 - start-up time

    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        try:
            return now - parse_duration(text)
        except ValueError:
            raise click.UsageError(
                f"--since {text!r} is no time: write 2026-11-21, 2026-11-21T08:30Z, 2h or 3d."
            ) from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _show(shown: "list[NamedChange]", *, is_cut: bool) -> None:
    from syncd.cli.output import Column, show_table  # noqa: PLC0415 - start-up time

    if is_cut:
        click.echo(f"The newest {len(shown)} changes; --limit N shows more.")
    columns = [Column(title) for title in ("at", "run", "change", "of", "values", "why")]
    rows = []
    for one in shown:
        change = one.change
        what = f"{change.action.sign} {change.action.value} {change.entity.value}"
        values = "; ".join(_values(one))
        who = one.name or str(change.entity_id)
        rows.append([change.at, change.run_id, what, who, values, why(change.cause)])
    show_table(columns, rows)


def why(cause: Mapping[str, Any]) -> str:
    """Return the sentence of a stored cause; its code where it has none."""
    from syncd.reconcile.render import SENTENCES  # noqa: PLC0415 - start-up time

    code = str(cause.get("code", ""))
    return SENTENCES[code][0] if code in SENTENCES else code


def _values(one: "NamedChange") -> Iterator[str]:
    before, after = one.change.before, one.change.after
    if one.change.entity.value == "membership":
        yield one.department
    if before is None or after is None:
        side = after or before or {}
        if "external_id" in side and "method" in side:  # a link; others are named already
            yield f"{side['source']}:{side['external_id']} by {side['method']}"
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


@audit.command()
@json_option
@common_options
def verify(*, as_json: bool, config: str | None, verbose: int) -> int:
    """Find out whether the log is whole: no line edited, moved, missing or cut off.

    Rotated files beside it are read too, packed ones as well. Ends with 7 when something is wrong.
    """
    configuration = begin(config, verbose)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli.output import counted, show_json  # noqa: PLC0415

    with closing(bootstrap.open_store(configuration, read_only=True)) as store:
        files, found = _verified(store, configuration.audit_file)
    if as_json:
        show_json(
            {
                "ok": not found.findings,
                "files": [str(one) for one in files],
                "lines": found.lines,
                "last_seq": found.last_seq,
                "findings": [
                    {
                        "code": one.code,
                        "file": str(one.file) if one.file else None,
                        "line": one.line,
                        "message": one.message,
                    }
                    for one in found.findings
                ],
            }
        )
    else:
        for one in found.findings:
            where = f"{one.file}:{one.line}: " if one.file else ""
            click.echo(f"{one.code}: {where}{one.message}")
        if not found.lines and not found.findings:
            click.echo("ok: nothing has been written to the log yet")
        elif not found.findings:
            lines = counted(found.lines, "line")
            names = counted(len(files), "file")
            click.echo(f"ok: {lines} in {names}, the chain is unbroken to line {found.last_seq:,}")
    return ExitStatus.FOUND if found.findings else ExitStatus.DONE


def _verified(store: "Store", file: "Path") -> "tuple[list[Path], Verification]":
    """Return the log's files and what is wrong with them; looks again if a run wrote meanwhile."""
    from syncd.services.audit_lines import log_files  # noqa: PLC0415 - start-up time
    from syncd.services.audit_verify import verify as verify_log  # noqa: PLC0415

    attempts = 3
    while True:
        attempts -= 1
        files = log_files(file) if file.parent.is_dir() else []
        before = (store.audit.end(), [one.stat().st_size for one in files])
        found = verify_log(files, store)
        now = (store.audit.end(), [one.stat().st_size for one in files if one.exists()])
        if not found.findings or now == before or not attempts:
            return files, found


@audit.command()
@click.option("--as", "actor", metavar="NAME", help="Who decides it; else the login name.")
@click.option("--why", metavar="TEXT", required=True, help="Why, for the log's next line.")
@common_options
def restart(*, actor: str | None, why: str, config: str | None, verbose: int) -> int:
    """Begin a new chain above the file's last line, after the database was restored.

    A restored database is behind its log. Until this is said nothing is written to the log, and
    `syncd audit verify` finds the lines that the database does not know.
    """
    configuration = begin(config, verbose)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.services import audit  # noqa: PLC0415

    file = configuration.audit_file
    with closing(bootstrap.open_store(configuration)) as store:
        store.prepare()
        end = audit.restart(
            store, file, at=bootstrap.now(), actor=actor or bootstrap.actor(), why=why
        )
        audit.write_pending(store, file, bootstrap.host())
    click.echo(f"A new chain begins with line {end.first_seq} of {file}.")
    return ExitStatus.DONE
