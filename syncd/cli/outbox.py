"""`syncd outbox`: look after the messages that applications have queued."""

from contextlib import closing
from typing import TYPE_CHECKING

import click

from syncd.cli.invocation import NUMBER, begin, common_options, hand_down, json_option
from syncd.cli.outbox_by_hand import approve, cancel, opened, retry, say_pending, update_card
from syncd.cli.output import say
from syncd.errors import ExitStatus
from syncd.text import text

if TYPE_CHECKING:
    from syncd.store.outbox.look import Sought

_STATUSES = ("queued", "sending", "done", "partial", "dead", "cancelled", "expired")
#: Deliveries that `show` lists unless it is to list all.
_SHOWN = 20


@click.group()
@common_options
@click.pass_context
def outbox(ctx: click.Context, *, config: str | None, verbose: int) -> int:
    """Look after the messages that applications have queued."""
    hand_down(ctx, config, verbose)
    return ExitStatus.DONE


@outbox.command("list")
@click.option(
    "--status", "statuses", multiple=True, type=click.Choice(_STATUSES), help="Only these."
)
@click.option("--older-than", metavar="TIME", help="Queued longer ago than this: 10m, 3d.")
@click.option("--reason", metavar="WORD", help="Given up, or waiting, for this reason.")
@click.option("--error", metavar="TEXT", help="With this in an error's text, or WeCom's code.")
@click.option("--user", metavar="USER", help="For this person: a userid or an id.")
@click.option("--limit", default=20, type=NUMBER, metavar="N", show_default=True, help="How many.")
@json_option
@common_options
def list_(
    *,
    statuses: tuple[str, ...],
    older_than: str | None,
    reason: str | None,
    error: str | None,
    user: str | None,
    limit: int,
    as_json: bool,
    config: str | None,
    verbose: int,
) -> int:
    """List messages, the newest first."""
    configuration = begin(config, verbose)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli import outbox_document, outbox_text  # noqa: PLC0415
    from syncd.cli.output import show_json  # noqa: PLC0415
    from syncd.services.person import user_id  # noqa: PLC0415
    from syncd.store.outbox.look import Sought  # noqa: PLC0415

    now = bootstrap.now()
    with closing(bootstrap.open_store(configuration, read_only=True)) as store:
        sought = Sought(
            statuses=statuses,
            created_before=now - outbox_text.read_age(older_than) if older_than else None,
            reason=outbox_text.read_reason(reason),
            error=error,
            user_id=user_id(store, user) if user is not None else None,
            limit=limit,
        )
        found = store.messages.find(sought)
    if as_json:
        show_json({"messages": [outbox_document.message_document(one) for one in found]})
    elif found:
        outbox_text.show_messages(found, now)
    else:
        say(text("There are no messages.") if _is_all(sought) else text("No message is like that."))
    return ExitStatus.DONE


def _is_all(sought: "Sought") -> bool:
    given = (sought.created_before, sought.reason, sought.error, sought.user_id)
    return not sought.statuses and all(one is None for one in given)


@outbox.command()
@click.argument("message_id", metavar="ID", type=NUMBER)
@click.option("--all", "everybody", is_flag=True, help="Every recipient, not the first 20 only.")
@click.option("--user", metavar="USER", help="Why it did not arrive at this person.")
@click.option("--ask", is_flag=True, help="With --user: ask WeCom about the app and the person.")
@json_option
@common_options
def show(
    *,
    message_id: int,
    everybody: bool,
    user: str | None,
    ask: bool,
    as_json: bool,
    config: str | None,
    verbose: int,
) -> int:
    """Show message ID: what was queued, who gets it, each call to WeCom, and why not.

    With --user it goes through WeCom's own list of why a message did not arrive, as syncd explain does;
    where it is for one person alone, by itself.
    """
    if ask and user is None:
        raise click.UsageError(text("--ask is for --user: about whom WeCom is to be asked."))
    configuration = begin(config, verbose)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli import outbox_document, outbox_text  # noqa: PLC0415
    from syncd.cli.arrival import arrival_of  # noqa: PLC0415
    from syncd.cli.arrival_text import arrival_document, show_arrival  # noqa: PLC0415
    from syncd.cli.output import show_json  # noqa: PLC0415
    from syncd.services.person import user_id  # noqa: PLC0415
    from syncd.text import joined  # noqa: PLC0415

    with closing(bootstrap.open_store(configuration, read_only=True)) as store:
        message = store.messages.message(message_id)
        deliveries = store.messages.deliveries(message_id, None if everybody else _SHOWN)
        calls = store.messages.calls(message_id)
        whom = user_id(store, user) if user is not None else outbox_text.lone_missing(deliveries)
        arrival = whom and arrival_of(configuration, store, whom, message_id, ask=ask)
    if as_json:
        told_of = arrival_document(arrival) if arrival else None
        shown = outbox_document.show_document(message, deliveries, calls)
        show_json({**shown, "arrival": told_of})
    else:
        told = outbox_text.message_lines(message, deliveries, calls, bootstrap.now())
        say(joined("\n", told))
        if arrival:
            show_arrival(arrival)
    return ExitStatus.DONE


@outbox.command()
@json_option
@common_options
def stats(*, as_json: bool, config: str | None, verbose: int) -> int:
    """Show how the outbox stands: depth, age, rates, what is dead, which channels are stopped."""
    configuration = begin(config, verbose)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli import outbox_stats  # noqa: PLC0415
    from syncd.cli.output import show_json  # noqa: PLC0415
    from syncd.text import joined  # noqa: PLC0415

    now = bootstrap.now()
    with closing(bootstrap.open_store(configuration, read_only=True)) as store:
        found = store.messages.statistics(now, outbox_stats.beijing_day(now))
        pauses = store.pauses()
    if as_json:
        show_json(outbox_stats.statistics_document(found, pauses, now))
    else:
        say(joined("\n", outbox_stats.statistics_lines(found, pauses, now)))
    return ExitStatus.DONE


@outbox.command()
@json_option
@common_options
def drain(*, as_json: bool, config: str | None, verbose: int) -> int:
    """Deliver all that is due now, once, and end; 3 when WeCom could not be reached.

    The daemon delivers by itself; this is for a host without one, or for a look. Both may be at
    work at the same time.
    """
    configuration = begin(config, verbose)
    configuration.require_sender()
    import threading  # noqa: PLC0415 - start-up time

    from syncd import bootstrap  # noqa: PLC0415
    from syncd.cli import outbox_document, outbox_text  # noqa: PLC0415
    from syncd.cli.output import show_json  # noqa: PLC0415
    from syncd.daemon.stop import Stop  # noqa: PLC0415
    from syncd.services.by_hand import tell_log  # noqa: PLC0415

    stop, asked = Stop(), threading.Event()
    stop.when_asked(asked.set)
    with stop.heeded(), opened(configuration, new=True) as by:
        with bootstrap.delivering(configuration, by.store, asked) as engine:
            done = engine.drain(asked)
        pending = tell_log(by)
    if as_json:
        show_json(outbox_document.drained_document(done, pending))
    else:
        for one in outbox_text.drained_lines(done):
            say(one)
        say_pending(pending)
    if asked.is_set():
        return ExitStatus.INTERRUPTED
    return ExitStatus.SOURCE if done.unreachable else ExitStatus.DONE


for _command in (retry, cancel, approve, update_card):
    outbox.add_command(_command)
