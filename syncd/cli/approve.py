"""`syncd approve`: a person has looked at a held plan and says that it is right."""

from dataclasses import replace

import click

from syncd.cli.invocation import NUMBER, begin, common_options, ended_by_sigterm, json_option
from syncd.cli.output import say
from syncd.errors import ExitStatus
from syncd.text import text


@click.command()
@click.argument("run_id", metavar="RUN", type=NUMBER)
@click.option("--as", "actor", metavar="NAME", help="Who approves; else the login name.")
@click.option("--why", metavar="TEXT", help="Why, for the audit log.")
@json_option
@common_options
def approve(
    *,
    run_id: int,
    actor: str | None,
    why: str | None,
    as_json: bool,
    config: str | None,
    verbose: int,
) -> int:
    """Apply the held plan of RUN as it was reviewed.

    The sources of that run are read again. The new plan is applied if every guarded change in it was in the
    plan that RUN shows; otherwise there is a new held run, and the command ends with 4. Of a run
    about one person (sync --user) that person alone is read again.
    """
    configuration = begin(config, verbose)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli import sync_text  # noqa: PLC0415
    from syncd.cli.output import show_json  # noqa: PLC0415
    from syncd.cli.plan_text import plan_lines  # noqa: PLC0415
    from syncd.cli.sync import parts_of  # noqa: PLC0415
    from syncd.model.change import Plan  # noqa: PLC0415
    from syncd.model.run import Outcome, Trigger  # noqa: PLC0415
    from syncd.services.alerts import run_watched  # noqa: PLC0415
    from syncd.services.approval import reviewed  # noqa: PLC0415
    from syncd.services.decide import Request  # noqa: PLC0415
    from syncd.services.report import Names  # noqa: PLC0415

    with (
        ended_by_sigterm(),
        parts_of(configuration, (), progress=not as_json) as (store, all_of_it),
    ):
        store.prepare()
        seen = reviewed(store, run_id)
        context = replace(all_of_it, sources=seen.of(all_of_it.sources))
        who = actor or bootstrap.actor()
        request = Request(
            seen.mode, Trigger.APPROVE, who, why, person=seen.person, approved=seen.guarded
        )
        report = run_watched(bootstrap.alert_context(configuration, store), context, request)
    applied = report.outcome is Outcome.APPLIED
    besides = seen.besides(report.plan) if applied else []
    if as_json:
        document = {"approved_run": run_id, "besides": len(besides)}
        show_json({**sync_text.as_document(report), **document})
        return report.exit_status
    say(sync_text.report_text(report))
    if report.exit_status is ExitStatus.HELD:
        say(text("The plan has changed since run {run} was held: look at the new one.", run=run_id))
    if besides:
        say(text("Applied besides what run {run} showed, guarded by nothing:", run=run_id))
        for line in plan_lines(Plan(tuple(besides)), Names()):
            say(text("  {line}", line=line))
    return report.exit_status
