"""`syncd purge`: letting go of what the settings do not keep."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING

import click

from syncd.cli.invocation import begin, common_options, ended_by_sigterm, json_option
from syncd.errors import ExitStatus
from syncd.text import Text, plural, text

if TYPE_CHECKING:
    from syncd.config.configuration import Configuration
    from syncd.services.purge import PurgeReport
    from syncd.services.purge_people import Kept, PurgeContext
    from syncd.sources.base import Source

#: More people than this are only counted.
_SHOWN = 50


@click.command()
@click.option("--check", is_flag=True, help="Only show what would go; 7 when there is something.")
@click.option("--as", "actor", metavar="NAME", help="Who asks for it; else the login name.")
@click.option("--why", metavar="TEXT", help="Why, for the audit log.")
@json_option
@common_options
def purge(
    *,
    check: bool,
    actor: str | None,
    why: str | None,
    as_json: bool,
    config: str | None,
    verbose: int,
) -> int:
    """Let go of what [store] purge_after and the keep_* settings allow to go.

    People go when they have been gone for longer than purge_after, and their source, asked once
    more, does not know them. Whoever an application's foreign key holds stays, and is told.
    Nothing goes while no setting is there.
    """
    configuration = begin(config, verbose)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli.output import show_json  # noqa: PLC0415
    from syncd.model.run import Trigger  # noqa: PLC0415
    from syncd.services import purge as service  # noqa: PLC0415

    with ended_by_sigterm(), _context(configuration, read_only=check) as context:
        if check or context.keeping.is_for_ever:
            report = service.look(context)
        else:
            _require_store(context)
            who = actor or bootstrap.actor()
            report = service.purge(context, service.PurgeRequest(Trigger.CLI, who, why))
    if as_json:
        show_json(as_document(report, check=check))
    else:
        _show(report, context, check=check)
    return ExitStatus.FOUND if check and not report.is_empty else report.exit_status


@contextmanager
def _context(configuration: "Configuration", *, read_only: bool) -> "Iterator[PurgeContext]":
    """Give what a purge works with; a source is built when it is first asked."""
    from syncd import bootstrap  # noqa: PLC0415 - start-up time

    with ExitStack() as stack:

        def source(name: str) -> "Source | None":
            if name not in configuration.enabled_sources:
                return None
            return stack.enter_context(closing(bootstrap.build_source(configuration, name)))

        store = stack.enter_context(
            closing(bootstrap.open_store(configuration, read_only=read_only))
        )
        yield bootstrap.purge_context(configuration, store, source)


def _require_store(context: "PurgeContext") -> None:
    from syncd.errors import UsageError  # noqa: PLC0415 - start-up time
    from syncd.store.upgrade import SchemaAge  # noqa: PLC0415

    if context.store.schema_state().age is SchemaAge.EMPTY:
        raise UsageError(
            text("The store is empty: nothing has been synced yet."),
            hint=text("syncd sync brings the directory here."),
        )
    context.store.prepare()


def _show(report: "PurgeReport", context: "PurgeContext", *, check: bool) -> None:
    from syncd.cli.output import say  # noqa: PLC0415 - start-up time

    if context.keeping.is_for_ever:
        say(
            text(
                "Nothing may go: neither [store] purge_after nor keep_changes, keep_runs or"
                " keep_messages is set."
            )
        )
        return
    for line in _lines(report, check=check):
        say(line)
    if check and report.people:
        say(text("Their source is asked once more before anybody is removed."))
    if report.audit_pending is not None:
        said = text("{problem} The next run writes the entry.", problem=report.audit_pending)
        say(text("syncd: {message}", message=said), err=True)


def _lines(report: "PurgeReport", *, check: bool) -> Iterator[str]:
    from syncd.cli.output import moment, printable  # noqa: PLC0415 - start-up time

    for one in report.people[:_SHOWN]:
        yield text(
            "  - {name} (id {user}), gone since {since}",
            name=printable(one.name),
            user=one.user_id,
            since=moment(one.gone_at),
        )
    yield _headline(report, check=check)
    for kept in report.kept[:_SHOWN]:
        yield text("  {name}: {reason}", name=printable(kept.person.name), reason=_reason(kept))
    if len(report.kept) > _SHOWN:
        yield text("  … and {n} more who stay", n=len(report.kept) - _SHOWN)
    for name, error in report.failures.items():
        yield text("{source} could not be asked: {reason}", source=name, reason=error.message)


def _headline(report: "PurgeReport", *, check: bool) -> Text:
    numbers: dict[str, int] = {what.value: count for what, count in report.rows.items()}
    told = text(
        "{people}, {changes:,} old changes, {runs:,} old runs, {messages:,} finished messages",
        people=plural(len(report.people), "{number:,} person", "{number:,} people"),
        changes=numbers.get("changes", 0),
        runs=numbers.get("runs", 0),
        messages=numbers.get("messages", 0),
    )
    return text("Would go: {what}.", what=told) if check else text("Removed: {what}.", what=told)


def _reason(kept: "Kept") -> Text:
    if kept.reason == "answered":
        return text("stays: {record} is there again", record=kept.detail)
    if kept.reason == "present":
        return text("stays: {record} is still in its source", record=kept.detail)
    if kept.reason == "held" and kept.detail:
        return text("stays: held by a foreign key of {tables}", tables=kept.detail)
    if kept.reason == "held":
        return text("stays: held by a foreign key")
    return text("stays: {source} could not be asked", source=kept.detail or "-")


def as_document(report: "PurgeReport", *, check: bool) -> dict[str, object]:
    """Return what went, or would go, as JSON values."""
    rows = {what.value: count for what, count in report.rows.items()}
    return {
        "check": check,
        "run_id": report.run_id,
        "people": [
            {"user_id": one.user_id, "name": one.name, "gone_at": one.gone_at}
            for one in report.people
        ],
        "kept": [
            {
                "user_id": one.person.user_id,
                "name": one.person.name,
                "reason": one.reason,
                "detail": one.detail or None,
            }
            for one in report.kept
        ],
        "changes": rows.get("changes", 0),
        "runs": rows.get("runs", 0),
        "messages": rows.get("messages", 0),
        "failures": {name: error.message for name, error in report.failures.items()},
        "audit_pending": report.audit_pending,
    }
