"""`syncd run`: the daemon."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from syncd.cli.invocation import begin, common_options, expect_much

if TYPE_CHECKING:
    from syncd.config.configuration import Configuration
    from syncd.daemon.schedule import Job
    from syncd.daemon.service import StatusLine
    from syncd.daemon.stop import Stop
    from syncd.model.run import Mode
    from syncd.services.alerts import AlertContext
    from syncd.services.decide import Context
    from syncd.services.purge_people import PurgeContext
    from syncd.sources.base import Source
    from syncd.store.store import Store

#: Who asks for the runs of the schedule, in run history and audit log.
ACTOR = "daemon"
#: How often it is looked whether people are to be told of something.
_WATCH_EVERY = timedelta(minutes=1)


@click.command()
@common_options
def run(*, config: str | None, verbose: int) -> int:
    """Run as a daemon: every source by its schedule, the full pass at night, and the messages.

    The first sync begins at once. A run that fails is logged, and the next one is done all the
    same. SIGTERM and Ctrl-C end it within 25 seconds: a run that is reading is abandoned, and
    one that has read everything is brought to its end, or undone where that takes too long.
    """
    configuration = begin(config, max(verbose, 1))
    import structlog  # noqa: PLC0415 - start-up time

    from syncd.daemon.stop import Stop  # noqa: PLC0415

    stop = Stop()
    with stop.heeded():
        _serve(configuration, stop)
    structlog.get_logger(__name__).info("daemon_stopped")
    return stop.status


def _serve(configuration: "Configuration", stop: "Stop") -> None:
    """Put the parts together and work until `Stopping` is raised."""
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.daemon.service import StatusLine, serve  # noqa: PLC0415
    from syncd.daemon.source import interrupted  # noqa: PLC0415
    from syncd.model.run import Mode  # noqa: PLC0415
    from syncd.services.sync import check_directory, note_configuration  # noqa: PLC0415

    with ExitStack() as opened:
        sources = []
        for name in bootstrap.choose_sources(configuration):
            built = bootstrap.build_source(configuration, name, sleep=stop.sleep)
            sources.append(opened.enter_context(closing(interrupted(built, stop))))
        expect_much(once=False)
        store = opened.enter_context(closing(bootstrap.open_store(configuration)))
        store.prepare()
        context = bootstrap.sync_context(
            configuration, store, sources, progress=lambda *_: stop.check()
        )
        check_directory(context, Mode.SYNC)
        note_configuration(context, ACTOR, bootstrap.configuration_digest(configuration))
        _catch_up(context)
        status = StatusLine()
        opened.enter_context(_courier(configuration, stop, status))
        try:
            serve(_jobs(configuration, context, stop), stop, status=status)
        finally:
            _catch_up(context)


@contextmanager
def _courier(configuration: "Configuration", stop: "Stop", status: "StatusLine") -> Iterator[None]:
    """Deliver messages while the block lasts, with a store of its own, where a source sends."""
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.daemon.courier import Courier  # noqa: PLC0415

    if not configuration.sending_sources:
        yield
        return
    asked = threading.Event()
    stop.when_asked(asked.set)
    with (
        closing(bootstrap.open_store(configuration)) as store,
        bootstrap.delivering(configuration, store, asked) as engine,
    ):
        glance = _Glance(configuration, store, status)
        with Courier(engine.work, glance=glance.look, stop=stop).working():
            yield


class _Glance:
    """Writes to the log what was delivered, and tells systemd how the messages stand."""

    def __init__(
        self, configuration: "Configuration", store: "Store", status: "StatusLine"
    ) -> None:
        self._configuration, self._store, self._status = configuration, store, status
        self._written = 0

    def look(self) -> None:
        from syncd import bootstrap  # noqa: PLC0415 - start-up time
        from syncd.cli.outbox_stats import in_short  # noqa: PLC0415
        from syncd.services import audit  # noqa: PLC0415

        end = self._store.audit.end()
        if end is not None and end.last_seq != self._written:
            file = self._configuration.audit_file
            self._written = audit.write_pending(self._store, file, bootstrap.host()).last_seq
        self._status.messages(in_short(self._store.messages.depth(bootstrap.now())))


def _catch_up(context: "Context") -> None:
    """Write what the log lacks: what a crash has left, or the end of a run that was stopped."""
    import structlog  # noqa: PLC0415 - start-up time

    from syncd.errors import StoreError  # noqa: PLC0415
    from syncd.services.sync import write_audit  # noqa: PLC0415

    try:
        write_audit(context)
    except StoreError as error:
        structlog.get_logger(__name__).warning("audit_pending", reason=error.message)


def _jobs(configuration: "Configuration", context: "Context", stop: "Stop") -> "list[Job]":
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.daemon.schedule import Job  # noqa: PLC0415
    from syncd.model.run import Mode  # noqa: PLC0415

    schedule = configuration.schedule
    watching = bootstrap.alert_context(configuration, context.store, pause=stop.check)
    return [
        *(
            Job(
                f"sync {source.name}",
                _work(replace(context, sources=(source,)), Mode.SYNC, watching),
                every=configuration.sources[source.name].every,
            )
            for source in context.sources
        ),
        Job(
            f"full {' '.join(context.names)}",
            _and_purge(_work(context, Mode.FULL, watching), configuration, context, stop),
            at=schedule.full_at,
            zone=schedule.timezone,
        ),
        *(
            [Job("alerts", _watch(watching), _WATCH_EVERY, is_quiet=True)]
            if watching.wanted.ways
            else []
        ),
    ]


def _watch(watching: "AlertContext") -> Callable[[], str]:
    """Return what tells people of what needs them, between the runs."""
    from syncd.services.alerts import watch  # noqa: PLC0415 - start-up time

    def work() -> str:
        try:
            return watch(watching)
        finally:
            watching.store.close()

    return work


def _work(context: "Context", mode: "Mode", watching: "AlertContext") -> Callable[[], str]:
    """Return one scheduled run; it logs how it went, and a failure is no reason to end."""
    import structlog  # noqa: PLC0415 - start-up time

    from syncd.daemon.stop import Stopping  # noqa: PLC0415
    from syncd.errors import LeaseTaken, SourcePaused, SyncdError  # noqa: PLC0415
    from syncd.model.run import Trigger  # noqa: PLC0415
    from syncd.services.alerts import run_watched  # noqa: PLC0415
    from syncd.services.decide import Request  # noqa: PLC0415

    log = structlog.get_logger(__name__)

    def work() -> str:
        try:
            request = Request(mode, Trigger.SCHEDULE, ACTOR)
            return run_watched(watching, context, request).outcome.value
        except Stopping:
            log.info("run_abandoned", mode=mode.value, reason="the daemon was asked to stop")
            raise
        except LeaseTaken as error:
            log.info("run_skipped", mode=mode.value, reason=error.message)
            _catch_up(context)  # this host's copy of the log, where another host does the runs
            return "skipped, another run was writing"
        except SourcePaused as error:
            for name in context.names:
                log.info("source_paused", source=name, reason=error.message)
            return "not read, a maintenance window holds"
        except SyncdError as error:
            log.error(  # noqa: TRY400 - an operator's error, no traceback
                "run_failed", mode=mode.value, reason=error.message, hint=error.hint
            )
            return f"failed: {error.message}"
        finally:
            # Between runs nothing of the database is held: neither files nor memory.
            context.store.close()

    return work


def _and_purge(
    work: Callable[[], str], configuration: "Configuration", context: "Context", stop: "Stop"
) -> Callable[[], str]:
    """Return a job followed by a purge, where a setting says that anything may ever go."""
    from syncd import bootstrap  # noqa: PLC0415 - start-up time

    def source(name: str) -> "Source | None":
        return next((one for one in context.sources if one.name == name), None)

    purging = bootstrap.purge_context(configuration, context.store, source, pause=stop.check)

    def both() -> str:
        how = work()
        _purge(purging)
        return how

    return work if purging.keeping.is_for_ever else both


def _purge(context: "PurgeContext") -> None:
    """Let go of what the settings do not keep; a failure is no reason to end."""
    import structlog  # noqa: PLC0415 - start-up time

    from syncd.errors import SyncdError  # noqa: PLC0415
    from syncd.model.run import Trigger  # noqa: PLC0415
    from syncd.services.purge import PurgeRequest, purge  # noqa: PLC0415

    try:
        purge(context, PurgeRequest(Trigger.SCHEDULE, ACTOR))
    except SyncdError as error:
        structlog.get_logger(__name__).error("purge_failed", reason=error.message, hint=error.hint)
    finally:
        context.store.close()
