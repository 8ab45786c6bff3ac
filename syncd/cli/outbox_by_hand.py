"""What a person decides about messages: `syncd outbox retry`, `cancel`, `approve`, `update-card`."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import click

from syncd.cli.invocation import NUMBER, begin, common_options, json_option
from syncd.cli.output import say
from syncd.errors import ExitStatus, UsageError
from syncd.text import text

if TYPE_CHECKING:
    from syncd.config.configuration import Configuration
    from syncd.services.by_hand import Author, ByHand
    from syncd.services.outbox_by_hand import Correspondents


def _decided(command: Any) -> Any:
    """Add `--as` and `--why`: who decides, and why, for the audit log."""
    who = click.option("--as", "actor", metavar="NAME", help="Who decides it; else the login name.")
    return who(click.option("--why", metavar="TEXT", help="Why, for the audit log.")(command))


@click.command()
@click.argument("message_id", metavar="ID", type=NUMBER)
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
    from syncd.cli import outbox_document, outbox_text  # noqa: PLC0415 - start-up time
    from syncd.cli.output import show_json  # noqa: PLC0415
    from syncd.services import outbox_by_hand  # noqa: PLC0415

    with opened(configuration) as by:
        author = _author(actor, why)
        done, pending = outbox_by_hand.retry(by, message_id, author, twice=twice)
    if as_json:
        show_json(outbox_document.retried_document(message_id, done, pending))
        return ExitStatus.DONE
    for one in outbox_text.retried_lines(message_id, done):
        say(one)
    say_pending(pending)
    return ExitStatus.DONE


@click.command()
@click.argument("message_id", metavar="ID", type=NUMBER)
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
    from syncd.cli import outbox_document, outbox_text  # noqa: PLC0415 - start-up time
    from syncd.cli.output import show_json  # noqa: PLC0415
    from syncd.services import outbox_by_hand  # noqa: PLC0415

    with opened(configuration) as by, _correspondents(configuration) as others:
        report = outbox_by_hand.cancel(by, message_id, _author(actor, why), others)
    if as_json:
        show_json(outbox_document.cancelled_document(message_id, report))
    else:
        for one in outbox_text.cancelled_lines(message_id, report):
            say(one)
        say_pending(report.audit_pending)
    return ExitStatus.SOURCE if report.unreachable is not None else ExitStatus.DONE


@click.command()
@click.argument("message_id", metavar="ID", type=NUMBER)
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

    with opened(configuration) as by:
        done, pending = outbox_by_hand.approve(by, message_id, _author(actor, why))
    if as_json:
        show_json({"message": message_id, "people": done.people, "audit_pending": pending})
        return ExitStatus.DONE
    say(text("Message {id} goes to {people:,} people.", id=message_id, people=done.people or 0))
    say_pending(pending)
    return ExitStatus.DONE


@click.command("update-card")
@click.argument("message_id", metavar="ID", type=NUMBER)
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
    with opened(configuration) as by, _correspondents(configuration) as others:
        author = _author(actor, why)
        number, strangers, pending = outbox_by_hand.change_card(
            by, message_id, change, author, others
        )
    if as_json:
        told = {"message": message_id, "people": number, "invalid": sorted(strangers)}
        show_json({**told, "audit_pending": pending})
        return ExitStatus.DONE
    say(text("The card of message {id} is changed for {n} people.", id=message_id, n=number))
    say_pending(pending)
    return ExitStatus.DONE


@contextmanager
def opened(configuration: "Configuration", *, new: bool = False) -> "Iterator[ByHand]":
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


def say_pending(problem: str | None) -> None:
    """Say that the audit log could not be written, where it could not."""
    if problem is not None:
        said = text("{problem} The next run writes the entry.", problem=problem)
        say(text("syncd: {message}", message=said), err=True)
