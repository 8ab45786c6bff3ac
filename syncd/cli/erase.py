"""`syncd db erase`: a person's right to be forgotten."""

import sys
from contextlib import closing
from typing import TYPE_CHECKING

import click

from syncd.cli.invocation import begin, common_options, ended_by_sigterm, filled, json_option
from syncd.errors import ExitStatus
from syncd.text import joined, text

if TYPE_CHECKING:
    from syncd.services.erasure import ErasureReport, Whom


@click.command()
@click.argument("user", metavar="USER")
@click.option(
    "--why", metavar="TEXT", required=True, callback=filled, help="Why, for the audit log."
)
@click.option("--as", "actor", metavar="NAME", help="Who decides it; else the login name.")
@click.option("--yes", is_flag=True, help="Do not ask: it cannot be undone.")
@click.option(
    "--still-present",
    is_flag=True,
    help="Also somebody whom the source still has; the next sync makes them anew.",
)
@json_option
@common_options
def erase(
    *,
    user: str,
    why: str,
    actor: str | None,
    yes: bool,
    still_present: bool,
    as_json: bool,
    config: str | None,
    verbose: int,
) -> int:
    """Erase USER's data from every table and from the audit log, for good.

    Changes keep their number and say nothing any more; audit lines become tombstones, so that the
    chain stays whole. A row that an application's foreign key holds stays, and is blank. Backups
    and the application's own tables are not reached.
    """
    configuration = begin(config, verbose)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli.output import say, show_json  # noqa: PLC0415
    from syncd.services import by_hand, erasure  # noqa: PLC0415

    with ended_by_sigterm(), closing(bootstrap.open_store(configuration)) as store:
        by_hand.open_for_decision(bootstrap.by_hand(configuration, store))
        whom = erasure.find(store, user)
        if not still_present:
            erasure.refuse_who_would_return(whom)
        if not yes and not _is_meant(whom):
            say(text("Nothing was erased."))
            return ExitStatus.DONE
        context = erasure.ErasureContext(
            store, bootstrap.now, configuration.audit_file, bootstrap.host()
        )
        author = by_hand.Author(actor or bootstrap.actor(), why)
        report = erasure.erase(context, whom, author)
    if as_json:
        show_json(as_document(report))
    else:
        _show(report)
    return report.exit_status


def _is_meant(whom: "Whom") -> bool:
    """Ask whether somebody means it.

    Raises:
        UsageError: There is nobody to be asked.
    """
    from syncd.cli.language import spoken  # noqa: PLC0415 - start-up time
    from syncd.cli.output import printable  # noqa: PLC0415
    from syncd.errors import UsageError  # noqa: PLC0415
    from syncd.text import translated  # noqa: PLC0415

    if not sys.stdin.isatty():
        raise UsageError(
            text("Nobody can be asked whether this is meant."),
            hint=text("Say --yes: what is erased cannot be brought back."),
        )
    question = text(
        "Erase {name} (id {user}) for good?",
        name=printable(whom.presence.name or "-"),
        user=whom.user_id,
    )
    return click.confirm(translated(question, spoken()))


def _show(report: "ErasureReport") -> None:
    from syncd.cli.output import say  # noqa: PLC0415 - start-up time

    done = report.erased
    say(
        text(
            "Run {run}: user {user} is erased, with {changes:,} changes and {lines:,} lines of the log.",
            run=report.run_id,
            user=done.user_id,
            changes=done.changes,
            lines=done.lines,
        )
    )
    if not done.is_removed:
        say(text("A foreign key of an application holds the row: it is blank, and inactive."))
    if report.missing:
        say(
            text(
                "{n:,} lines of the log are not on this host, and were not looked at. Where they are,"
                " run: syncd db erase user:{user}",
                n=report.missing,
                user=done.user_id,
            )
        )
    if report.hosts:
        hosts = joined(", ", report.hosts)
        say(text("Copies of the log on {hosts} follow when syncd next writes there.", hosts=hosts))
    say(text("Backups, shipped logs and the application's own tables are yours to look after."))
    if report.pending is not None:
        problem = text(
            "This host's files still hold something: {problem} The next run tries again.",
            problem=report.pending.message,
        )
        say(text("syncd: {message}", message=problem), err=True)


def as_document(report: "ErasureReport") -> dict[str, object]:
    """Return what was erased as JSON values."""
    return {
        "run_id": report.run_id,
        "user_id": report.erased.user_id,
        "row": "removed" if report.erased.is_removed else "blanked",
        "changes": report.erased.changes,
        "lines": report.erased.lines,
        "missing_lines": report.missing,
        "other_hosts": list(report.hosts),
        "pending": None if report.pending is None else report.pending.message,
    }
