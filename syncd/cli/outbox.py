"""`syncd outbox`: look after the messages that applications have queued."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import click

from syncd.cli.invocation import begin, common_options, hand_down, json_option
from syncd.cli.output import say
from syncd.errors import ExitStatus, UsageError
from syncd.text import text

if TYPE_CHECKING:
    from syncd.config.configuration import Configuration
    from syncd.services.by_hand import Author, ByHand
    from syncd.services.outbox_by_hand import Correspondents
    from syncd.store.outbox.look import Sought

_STATUSES = ("queued", "sending", "done", "partial", "dead", "cancelled", "expired")
#: Deliveries that `show` lists unless it is to list all.
_SHOWN = 20


def _decided(command: Any) -> Any:
    """Add `--as` and `--why`: who decides, and why, for the audit log."""
    who = click.option("--as", "actor", metavar="NAME", help="Who decides it; else the login name.")
    return who(click.option("--why", metavar="TEXT", help="Why, for the audit log.")(command))


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
@click.option(
    "--limit", default=20, type=click.IntRange(1), metavar="N", show_default=True, help="How many."
)
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
    from syncd.cli import outbox_text  # noqa: PLC0415
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
        show_json({"messages": [outbox_text.message_document(one) for one in found]})
    elif found:
        outbox_text.show_messages(found, now)
    else:
        say(text("There are no messages.") if _is_all(sought) else text("No message is like that."))
    return ExitStatus.DONE


def _is_all(sought: "Sought") -> bool:
    given = (sought.created_before, sought.reason, sought.error, sought.user_id)
    return not sought.statuses and all(one is None for one in given)


@outbox.command()
@click.argument("message_id", metavar="ID", type=click.IntRange(1))
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
    from syncd.cli import outbox_text  # noqa: PLC0415
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
        shown = outbox_text.show_document(message, deliveries, calls)
        show_json({**shown, "arrival": told_of})
    else:
        told = outbox_text.message_lines(message, deliveries, calls, bootstrap.now())
        say(joined("\n", told))
        if arrival:
            show_arrival(arrival)
    return ExitStatus.DONE


@outbox.command()
@click.argument("message_id", metavar="ID", type=click.IntRange(1))
@click.option(
    "--may-arrive-twice",
    "twice",
    is_flag=True,
    help="Also where nobody knows whether it has arrived.",
)
@_decided
@json_option
@common_options
def retry(
    *,
    message_id: int,
    twice: bool,
    actor: str | None,
    why: str | None,
    as_json: bool,
    config: str | None,
    verbose: int,
) -> int:
    """Send what is dead of message ID again, from the first attempt on.

    People who were not found, not linked or inactive are looked for again. What may have arrived
    (outcome_unknown) stays dead unless --may-arrive-twice says that it does not matter.
    """
    configuration = begin(config, verbose)
    from syncd.cli import outbox_text  # noqa: PLC0415 - start-up time
    from syncd.cli.output import show_json  # noqa: PLC0415
    from syncd.services import outbox_by_hand  # noqa: PLC0415

    with _opened(configuration) as by:
        author = _author(actor, why)
        done, pending = outbox_by_hand.retry(by, message_id, author, twice=twice)
    if as_json:
        show_json(outbox_text.retried_document(message_id, done, pending))
        return ExitStatus.DONE
    for one in outbox_text.retried_lines(message_id, done):
        say(one)
    _say_pending(pending)
    return ExitStatus.DONE


@outbox.command()
@click.argument("message_id", metavar="ID", type=click.IntRange(1))
@_decided
@json_option
@common_options
def cancel(
    *,
    message_id: int,
    actor: str | None,
    why: str | None,
    as_json: bool,
    config: str | None,
    verbose: int,
) -> int:
    """End what waits of message ID, and take back what was delivered within 24 hours.

    WeCom takes back what one call has brought. Where that call brought another message too, it is
    left, and said.
    """
    configuration = begin(config, verbose)
    from syncd.cli import outbox_text  # noqa: PLC0415 - start-up time
    from syncd.cli.output import show_json  # noqa: PLC0415
    from syncd.services import outbox_by_hand  # noqa: PLC0415

    with _opened(configuration) as by, _correspondents(configuration) as others:
        report = outbox_by_hand.cancel(by, message_id, _author(actor, why), others)
    if as_json:
        show_json(outbox_text.cancelled_document(message_id, report))
    else:
        for one in outbox_text.cancelled_lines(message_id, report):
            say(one)
        _say_pending(report.audit_pending)
    return ExitStatus.SOURCE if report.unreachable is not None else ExitStatus.DONE


@outbox.command()
@click.argument("message_id", metavar="ID", type=click.IntRange(1))
@_decided
@json_option
@common_options
def approve(
    *,
    message_id: int,
    actor: str | None,
    why: str | None,
    as_json: bool,
    config: str | None,
    verbose: int,
) -> int:
    """Let message ID go that waits because it is for so many (outbox.confirm_above)."""
    configuration = begin(config, verbose)
    from syncd.cli.output import show_json  # noqa: PLC0415 - start-up time
    from syncd.services import outbox_by_hand  # noqa: PLC0415

    with _opened(configuration) as by:
        done, pending = outbox_by_hand.approve(by, message_id, _author(actor, why))
    if as_json:
        show_json({"message": message_id, "people": done.people, "audit_pending": pending})
        return ExitStatus.DONE
    say(text("Message {id} goes to {people:,} people.", id=message_id, people=done.people or 0))
    _say_pending(pending)
    return ExitStatus.DONE


@outbox.command("update-card")
@click.argument("message_id", metavar="ID", type=click.IntRange(1))
@click.option("--button", metavar="TEXT", help="What stands on the button from now on.")
@click.option("--content", metavar="JSON", help="The card that replaces it; @FILE reads a file.")
@_decided
@json_option
@common_options
def update_card(
    *,
    message_id: int,
    button: str | None,
    content: str | None,
    actor: str | None,
    why: str | None,
    as_json: bool,
    config: str | None,
    verbose: int,
) -> int:
    """Change the template card of message ID before those who got it.

    WeCom lets a card be changed once, and within 72 hours.
    """
    if (button is None) == (content is None):
        raise click.UsageError(text("One of --button and --content is needed."))
    configuration = begin(config, verbose)
    from syncd.cli.notify import read_content  # noqa: PLC0415 - start-up time
    from syncd.cli.output import show_json  # noqa: PLC0415
    from syncd.services import outbox_by_hand  # noqa: PLC0415

    card = read_content(content) if content is not None else None
    change = outbox_by_hand.CardChange(button or "", card)
    with _opened(configuration) as by, _correspondents(configuration) as others:
        author = _author(actor, why)
        number, strangers, pending = outbox_by_hand.change_card(
            by, message_id, change, author, others
        )
    if as_json:
        told = {"message": message_id, "people": number, "invalid": sorted(strangers)}
        show_json({**told, "audit_pending": pending})
        return ExitStatus.DONE
    say(text("The card of message {id} is changed for {n} people.", id=message_id, n=number))
    _say_pending(pending)
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
    from syncd.cli import outbox_text  # noqa: PLC0415
    from syncd.cli.output import show_json  # noqa: PLC0415
    from syncd.daemon.stop import Stop  # noqa: PLC0415
    from syncd.services.by_hand import tell_log  # noqa: PLC0415

    stop, asked = Stop(), threading.Event()
    stop.when_asked(asked.set)
    with stop.heeded(), _opened(configuration, new=True) as by:
        with bootstrap.delivering(configuration, by.store, asked) as engine:
            done = engine.drain(asked)
        pending = tell_log(by)
    if as_json:
        show_json(outbox_text.drained_document(done, pending))
    else:
        for one in outbox_text.drained_lines(done):
            say(one)
        _say_pending(pending)
    if asked.is_set():
        return ExitStatus.INTERRUPTED
    return ExitStatus.SOURCE if done.unreachable else ExitStatus.DONE


@contextmanager
def _opened(configuration: "Configuration", *, new: bool = False) -> "Iterator[ByHand]":
    """Open the store, which may be a `new` one, for what must be able to reach the log."""
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.services.by_hand import open_for_decision  # noqa: PLC0415

    with closing(bootstrap.open_store(configuration)) as store:
        if new:
            store.prepare()
        by = bootstrap.by_hand(configuration, store)
        open_for_decision(by)
        yield by


@contextmanager
def _correspondents(configuration: "Configuration") -> "Iterator[Correspondents]":
    """Give what speaks to WeCom for a source; each is made when it is first asked for."""
    from contextlib import ExitStack  # noqa: PLC0415 - start-up time

    from syncd import bootstrap  # noqa: PLC0415

    with ExitStack() as opened:
        made: dict[str, Any] = {}

        def of(name: str) -> Any:
            if name not in configuration.sending_sources:
                raise UsageError(
                    text("The source {name!r} that has sent it sends no more.", name=name),
                    hint=text("Enable it, with agent_id and app_secret, and try again."),
                )
            if name not in made:
                made[name] = opened.enter_context(bootstrap.messenger(configuration, name))
            return made[name]

        yield of


def _author(actor: str | None, why: str | None) -> "Author":
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.services.by_hand import Author  # noqa: PLC0415

    return Author(actor or bootstrap.actor(), why)


def _say_pending(problem: str | None) -> None:
    if problem is not None:
        said = text("{problem} The next run writes the entry.", problem=problem)
        say(text("syncd: {message}", message=said), err=True)
