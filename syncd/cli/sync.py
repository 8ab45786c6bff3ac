"""`syncd sync` and `syncd plan`."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from syncd.cli.invocation import (
    REMAINS,
    begin,
    common_options,
    ended_by_sigterm,
    expect_much,
    json_option,
)
from syncd.cli.output import say
from syncd.errors import ExitStatus, UsageError
from syncd.text import text

if TYPE_CHECKING:
    from syncd.config.configuration import Configuration
    from syncd.services.decide import Context, Request
    from syncd.services.report import SyncReport
    from syncd.store.store import Store


@click.command()
@click.option("--full", is_flag=True, help="Check every stored row again, changed or not.")
@click.option("--source", "sources", multiple=True, metavar="NAME", help="Only this source.")
@click.option("--user", metavar="USER", help="Only this person: a userid or an id.")
@click.option("--dry-run", is_flag=True, help="The same as syncd plan.")
@click.option("--as", "actor", metavar="NAME", help="Who asks for it; else the login name.")
@click.option("--why", metavar="TEXT", help="Why, for the audit log.")
@json_option
@common_options
def sync(
    *,
    full: bool,
    sources: tuple[str, ...],
    user: str | None,
    dry_run: bool,
    actor: str | None,
    why: str | None,
    as_json: bool,
    config: str | None,
    verbose: int,
) -> int:
    """Bring the directory up to date, once, and exit.

    Departments and people are read from the sources, compared with the store, judged by the
    guards, and written in one transaction, or not at all. A source that cannot be read leaves the
    others as they are: they are applied all the same, and the command ends with 3.
    """
    if full and user:
        raise click.UsageError(text("--full and --user exclude each other."))
    configuration = begin(config, verbose)
    if dry_run:
        return _look(configuration, sources, user, full=full, check=False, as_json=as_json)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli import sync_text  # noqa: PLC0415
    from syncd.services.alerts import run_watched  # noqa: PLC0415

    sources = _of_person(configuration, sources) if user is not None else sources
    with ended_by_sigterm(), parts_of(configuration, sources, progress=not as_json) as parts:
        store, context = parts
        store.prepare()
        request = _request(store, context, user, actor or bootstrap.actor(), why, full=full)
        watching = bootstrap.alert_context(configuration, store)
        report = run_watched(watching, context, request)
    say(sync_text.report_json(report) if as_json else sync_text.report_text(report))
    if not as_json:
        _show_survey(report)
    return report.exit_status


@click.command()
@click.option("--full", is_flag=True, help="Check every stored row too, as sync --full does.")
@click.option("--source", "sources", multiple=True, metavar="NAME", help="Only this source.")
@click.option("--user", metavar="USER", help="Only this person: a userid or an id.")
@click.option("--check", is_flag=True, help="End with 7 when there is something to do.")
@json_option
@common_options
def plan(
    *,
    full: bool,
    sources: tuple[str, ...],
    user: str | None,
    check: bool,
    as_json: bool,
    config: str | None,
    verbose: int,
) -> int:
    """Show what a sync would do, line by line, and why. Nothing at all is written."""
    configuration = begin(config, verbose)
    return _look(configuration, sources, user, full=full, check=check, as_json=as_json)


def _look(
    configuration: "Configuration",
    sources: tuple[str, ...],
    user: str | None,
    *,
    full: bool,
    check: bool,
    as_json: bool,
) -> int:
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli import sync_text  # noqa: PLC0415
    from syncd.services.sync import look  # noqa: PLC0415

    sources = _of_person(configuration, sources) if user is not None else sources
    with (
        ended_by_sigterm(),
        parts_of(configuration, sources, progress=not as_json, read_only=True) as (store, context),
    ):
        report = look(context, _request(store, context, user, bootstrap.actor(), None, full=full))
    say(sync_text.report_json(report) if as_json else sync_text.plan_text(report))
    if not as_json:
        _show_survey(report)
    if check and report.exit_status is ExitStatus.DONE and sync_text.has_steps(report):
        return ExitStatus.FOUND
    return report.exit_status


def _show_survey(report: "SyncReport") -> None:
    """Say how fit each field is, where people are to be matched by another one than before."""
    if report.survey is None:
        return
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli import keys_text  # noqa: PLC0415

    say(text("\nHow fit each field is as the common field (syncd keys):"))
    keys_text.show(report.survey, bootstrap.now())


@contextmanager
def parts_of(
    configuration: "Configuration",
    sources: tuple[str, ...],
    *,
    progress: bool,
    read_only: bool = False,
) -> Iterator[tuple["Store", "Context"]]:
    """Open the store and the sources for one command, and close them after it."""
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli.progress import shown_progress  # noqa: PLC0415

    names = bootstrap.choose_sources(configuration, sources)
    with ExitStack() as opened:
        built = [
            opened.enter_context(closing(bootstrap.build_source(configuration, name)))
            for name in names
        ]
        expect_much(once=True)
        store = bootstrap.open_store(configuration, read_only=read_only)
        with closing(store), shown_progress(enabled=progress) as shown:
            context = bootstrap.sync_context(configuration, store, built, progress=shown)
            digest = None if read_only else bootstrap.configuration_digest(configuration)
            yield store, replace(context, configuration_digest=digest, remains=REMAINS)


def _of_person(configuration: "Configuration", sources: tuple[str, ...]) -> tuple[str, ...]:
    """Return the one source that a person is read from: the named one, else the authority."""
    if len(sources) > 1:
        raise UsageError(
            text("--user reads one person from one source."), hint=text("Give --source once.")
        )
    return sources or ((configuration.authority,) if configuration.authority else ())


def _request(
    store: "Store",
    context: "Context",
    user: str | None,
    actor: str,
    why: str | None,
    *,
    full: bool,
) -> "Request":
    from syncd.model.run import Mode, Trigger  # noqa: PLC0415 - start-up time
    from syncd.services.decide import Request  # noqa: PLC0415
    from syncd.services.person import external_id  # noqa: PLC0415

    if user is not None:
        id_ = external_id(store, user, context.names[0])
        return Request(Mode.TARGETED, Trigger.CLI, actor, why, id_)
    return Request(Mode.FULL if full else Mode.SYNC, Trigger.CLI, actor, why)
