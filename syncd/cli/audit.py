"""`syncd audit`: what was changed; `audit_log` has the commands about the log as files."""

import select
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from syncd.cli.audit_log import forget, replay, restart, verify
from syncd.cli.invocation import NUMBER, begin, common_options, hand_down, json_option
from syncd.cli.output import NOTHING_YET, say
from syncd.errors import ExitStatus, UsageError
from syncd.text import text

if TYPE_CHECKING:
    from syncd.config.configuration import Configuration
    from syncd.services.audit_follow import Wanted
    from syncd.store.history import NamedChange
    from syncd.store.store import Store

_MOST = 1_000_000


@click.group(invoke_without_command=True)
@click.option("--user", metavar="USER", help="Only this person's: a userid or an id.")
@click.option("--run", "run_id", type=NUMBER, metavar="RUN", help="Only of this run.")
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
@click.option(
    "--follow", is_flag=True, help="Go on with what is changed from now on, until Ctrl-C."
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
    follow: bool,
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
    from syncd.cli.audit_text import as_document, show_changes  # noqa: PLC0415
    from syncd.cli.output import show_json  # noqa: PLC0415
    from syncd.services import person  # noqa: PLC0415
    from syncd.services.audit_follow import Wanted  # noqa: PLC0415

    after = _moment(since, bootstrap.now()) if since else None
    with closing(bootstrap.open_store(configuration, read_only=True)) as store:
        user_id = person.user_id(store, user) if user else None
        _require_run(store, run_id)
        newest = store.newest_change()
        found = store.history(user_id=user_id, run_id=run_id, since=after, limit=limit + 1)
        is_new = store.is_empty or not store.runs(1)
    shown = found[-limit:]
    if follow:
        known = [one for one in shown if one.change.id <= newest]
        wanted = Wanted(user_id, run_id, after)
        _follow(configuration, known, wanted, newest, as_json=as_json)
    elif as_json:
        changes = [as_document(one) for one in shown]
        show_json({"changes": changes, "truncated": len(found) > limit})
    elif shown:
        show_changes(shown, is_cut=len(found) > limit)
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


def _follow(
    configuration: "Configuration",
    shown: "Sequence[NamedChange]",
    wanted: "Wanted",
    newest: int,
    *,
    as_json: bool,
) -> None:
    """Print changes, and then those that are made from now on, until somebody stops it."""
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli.audit_text import change_line, json_line  # noqa: PLC0415
    from syncd.services.audit_follow import follow  # noqa: PLC0415

    line = json_line if as_json else change_line

    def open_store() -> "Store":
        return bootstrap.open_store(configuration, read_only=True)

    for one in shown:
        click.echo(line(one))
    for found in follow(open_store, wanted, newest, wait_while_read):
        for one in found:
            click.echo(line(one))


def wait_while_read(seconds: float = 1.0) -> None:
    """Wait; where nobody reads our output any more there is nothing to wait for.

    Raises:
        BrokenPipeError: Whoever read it has gone.
    """
    watch = select.poll()
    # Only that the other end is gone is of interest; it is told whatever is asked for.
    watch.register(sys.stdout.fileno(), 0)
    if any(event & (select.POLLERR | select.POLLHUP) for _, event in watch.poll(seconds * 1000)):
        raise BrokenPipeError


for command in (verify, replay, restart, forget):
    audit.add_command(command)
