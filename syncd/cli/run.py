"""`syncd run`: the daemon."""

import os
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

import click

from syncd.cli.invocation import begin, common_options
from syncd.errors import ExitStatus

if TYPE_CHECKING:
    from syncd.config.configuration import Configuration
    from syncd.daemon.service import Job
    from syncd.model.run import Mode
    from syncd.services.sync import Context


@click.command()
@common_options
def run(*, config: str | None, verbose: int) -> int:
    """Run as a daemon: every source by its schedule, and the full pass at night.

    SIGTERM ends it within 25 seconds; a run that has not begun to write then leaves no trace.
    """
    configuration = begin(config, max(verbose, 1))
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.daemon.service import Stop, serve  # noqa: PLC0415
    from syncd.services.sync import write_audit  # noqa: PLC0415

    stop = Stop()
    name = bootstrap.choose_source(configuration)
    source = bootstrap.build_source(configuration, name, sleep=stop.sleep)
    with closing(source), closing(bootstrap.open_store(configuration)) as store:
        store.prepare()
        context = bootstrap.sync_context(
            configuration, store, source, progress=lambda *_: stop.check()
        )
        write_audit(context)  # what a crash has left unwritten
        ended = serve(_jobs(configuration, context), stop)
    if not ended:
        # The thread hangs in a call that nothing can interrupt. What it may have begun to write
        # is one transaction, which the database undoes; the next run sees that we are dead.
        os._exit(ExitStatus.DONE)
    return ExitStatus.DONE


def _jobs(configuration: "Configuration", context: "Context") -> "list[Job]":
    from syncd.daemon.service import Job  # noqa: PLC0415 - start-up time
    from syncd.model.run import Mode  # noqa: PLC0415

    name = context.source.name
    schedule = configuration.schedule
    return [
        Job(f"sync {name}", _work(context, Mode.SYNC), every=configuration.sources[name].every),
        Job(
            f"full {name}",
            _work(context, Mode.FULL),
            at=schedule.full_at,
            zone=schedule.timezone,
        ),
    ]


def _work(context: "Context", mode: "Mode") -> Callable[[], None]:
    """Return one scheduled run; it logs how it went, and a failure is no reason to end."""
    import structlog  # noqa: PLC0415 - start-up time

    from syncd.errors import SyncdError  # noqa: PLC0415
    from syncd.model.run import Trigger  # noqa: PLC0415
    from syncd.services.sync import Request, run_sync  # noqa: PLC0415

    log = structlog.get_logger(__name__)

    def work() -> None:
        try:
            run_sync(context, Request(mode, Trigger.SCHEDULE, "daemon"))
        except SyncdError as error:
            log.error(  # noqa: TRY400 - an operator's error, no traceback
                "run_failed", mode=mode.value, reason=error.message, hint=error.hint
            )

    return work
