"""`syncd pause` and `resume`: a maintenance window."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import click

from syncd.cli.invocation import begin, common_options, json_option
from syncd.errors import ExitStatus, UsageError
from syncd.text import Text, text

if TYPE_CHECKING:
    from syncd.config.configuration import Configuration
    from syncd.model.pause import Pause, PauseKind
    from syncd.services.by_hand import ByHand
    from syncd.store.store import Store


@click.command()
@click.option("--source", "sources", multiple=True, metavar="NAME", help="Only this source.")
@click.option("--outbox", is_flag=True, help="Only the sending of messages.")
@click.option("--until", metavar="TIME", help="Until then: 2h, 06:30, 2026-11-22T06:30.")
@click.option("--as", "actor", metavar="NAME", help="Who decides it; else the login name.")
@click.option("--why", metavar="TEXT", help="Why, for the audit log.")
@json_option
@common_options
def pause(
    *,
    sources: tuple[str, ...],
    outbox: bool,
    until: str | None,
    actor: str | None,
    why: str | None,
    as_json: bool,
    config: str | None,
    verbose: int,
) -> int:
    """Begin a maintenance window: nothing is read, written or sent until it ends.

    Without --source and --outbox everything is paused. A run that is reading now will not apply
    what it has read.
    """
    configuration = begin(config, verbose)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli.output import say, show_json  # noqa: PLC0415
    from syncd.services import pausing  # noqa: PLC0415

    now = bootstrap.now()
    zone = configuration.schedule.timezone
    ends_at = pausing.read_until(until, now, zone) if until is not None else None
    with _prepared(configuration) as by:
        subjects = _subjects(configuration, by.store, sources, outbox=outbox)
        who = actor or bootstrap.actor()
        begun = pausing.pause(by.store, subjects, until=ends_at, actor=who, why=why, now=now)
        _tell_log(by)
    if as_json:
        show_json({"paused": [as_document(one) for one in begun]})
    else:
        for one in begun:
            say(pause_line(one))
        say(text("syncd resume ends it."))
    return ExitStatus.DONE


@click.command()
@click.option("--source", "sources", multiple=True, metavar="NAME", help="Only this source.")
@click.option("--outbox", is_flag=True, help="Only the sending of messages.")
@click.option("--as", "actor", metavar="NAME", help="Who decides it; else the login name.")
@click.option("--why", metavar="TEXT", help="Why, for the audit log.")
@json_option
@common_options
def resume(
    *,
    sources: tuple[str, ...],
    outbox: bool,
    actor: str | None,
    why: str | None,
    as_json: bool,
    config: str | None,
    verbose: int,
) -> int:
    """End a maintenance window; without options, every one.

    The daemon reads a source again at its next time; syncd sync reads it at once.
    """
    configuration = begin(config, verbose)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli.output import say, show_json  # noqa: PLC0415
    from syncd.services import pausing  # noqa: PLC0415

    with _prepared(configuration) as by:
        subjects = _subjects(configuration, by.store, sources, outbox=outbox)
        ended = pausing.resume(
            by.store,
            subjects if sources or outbox else (),
            actor=actor or bootstrap.actor(),
            why=why,
            now=bootstrap.now(),
        )
        _tell_log(by)
    if as_json:
        show_json({"resumed": [as_document(one) for one in ended]})
    elif not ended:
        say(text("Nothing was paused."))
    for one in ended if not as_json else ():
        say(text("{subject}: resumed.", subject=subject(one)))
    return ExitStatus.DONE


@contextmanager
def _prepared(configuration: "Configuration") -> "Iterator[ByHand]":
    """Open the store, which may be a new one, for a decision that must be able to reach the log."""
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.services import audit  # noqa: PLC0415

    with closing(bootstrap.open_store(configuration)) as store:
        store.prepare()
        audit.check_writable(configuration.audit_file)
        yield bootstrap.by_hand(configuration, store)


def _tell_log(by: "ByHand") -> None:
    from syncd.cli.output import say  # noqa: PLC0415 - start-up time
    from syncd.services.by_hand import tell_log  # noqa: PLC0415

    pending = tell_log(by)
    if pending is not None:
        said = text("{problem} The next run writes the entry.", problem=pending)
        say(text("syncd: {message}", message=said), err=True)


def _subjects(
    configuration: "Configuration", store: "Store", sources: tuple[str, ...], *, outbox: bool
) -> "list[tuple[PauseKind, str]]":
    from syncd.model.pause import PauseKind  # noqa: PLC0415 - start-up time

    paused = (one.name for one in store.pauses())
    known = {*configuration.sources, *store.source_states(), *paused} - {""}
    for name in sources:
        if name not in known:
            raise UsageError(
                text("There is no source {name!r}.", name=name),
                hint=text("syncd sources lists them."),
            )
    chosen = [(PauseKind.SOURCE, name) for name in dict.fromkeys(sources)]
    if outbox:
        chosen.append((PauseKind.OUTBOX, ""))
    return chosen or [(PauseKind.EVERYTHING, "")]


def subject(one: "Pause") -> Text:
    """Return what a pause is of, as the beginning of a line."""
    if one.name:
        return text("The source {name}", name=one.name)
    return text("Everything") if one.kind.value == "everything" else text("The outbox")


def pause_line(one: "Pause") -> Text:
    """Return a pause as a person reads it."""
    from syncd.services.pausing import describe  # noqa: PLC0415 - start-up time

    return text("{subject}: {pause}", subject=subject(one), pause=describe(one))


def as_document(one: "Pause") -> dict[str, object]:
    """Return a pause as JSON values."""
    return {
        "kind": one.kind.value,
        "source": one.name or None,
        "paused_at": one.paused_at,
        "ends_at": one.ends_at,
        "actor": one.actor,
        "why": one.why,
    }
