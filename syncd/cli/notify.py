"""`syncd notify`: queue a message."""

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncd.cli.invocation import begin, common_options, json_option
from syncd.cli.output import say
from syncd.errors import ExitStatus, UsageError
from syncd.text import joined, system_said, text

if TYPE_CHECKING:
    from syncd.config.configuration import Configuration
    from syncd.model.message import Draft


@click.command()
@click.option(
    "--to",
    "recipients",
    multiple=True,
    required=True,
    metavar="RECIPIENT",
    help="user:ID, userid:USERID, department:ID, tag:ID or all; may be repeated.",
)
@click.option("--text", "words", metavar="TEXT", help="A text message.")
@click.option("--markdown", metavar="TEXT", help="A markdown message.")
@click.option("--msgtype", metavar="TYPE", help="Any other type of WeCom's, with --content.")
@click.option("--content", metavar="JSON", help="Its content; @FILE reads a file.")
@click.option("--source", metavar="NAME", help="The source whose app sends it.")
@click.option("--dedupe-key", metavar="KEY", help="Refuse a second message with this key.")
@click.option(
    "--priority",
    type=click.IntRange(-(2**31), 2**31 - 1),
    default=0,
    metavar="N",
    help="The larger, the sooner.",
)
@click.option("--not-before", metavar="TIME", help="Not earlier: 2h, 06:30, 2026-11-22T06:30.")
@click.option("--expires-at", metavar="TIME", help="Not later: 2h, 06:30, 2026-11-22T06:30.")
@click.option("--as", "actor", metavar="NAME", help="Who sends it; else the login name.")
@click.option("--why", metavar="TEXT", help="Why, for the audit log.")
@json_option
@common_options
def notify(
    *,
    recipients: tuple[str, ...],
    words: str | None,
    markdown: str | None,
    msgtype: str | None,
    content: str | None,
    source: str | None,
    dedupe_key: str | None,
    priority: int,
    not_before: str | None,
    expires_at: str | None,
    actor: str | None,
    why: str | None,
    as_json: bool,
    config: str | None,
    verbose: int,
) -> int:
    """Queue a message; the daemon, or syncd outbox drain, delivers it.

    What cannot be sent is refused here. An application queues its messages by an INSERT of its own.
    """
    kind, body = _message(words, markdown, msgtype, content)
    configuration = begin(config, verbose)
    from syncd.model.message import Draft  # noqa: PLC0415 - start-up time

    configuration.require_sender()
    draft = Draft(
        recipient="|".join(recipients),
        msgtype=kind,
        content=body,
        source=source,
        dedupe_key=dedupe_key,
        priority=priority,
        not_before=_moment("--not-before", not_before, configuration),
        expires_at=_moment("--expires-at", expires_at, configuration),
    )
    _check(draft, configuration)
    return _queue(draft, configuration, actor, why, as_json=as_json)


def _queue(
    draft: "Draft",
    configuration: "Configuration",
    actor: str | None,
    why: str | None,
    *,
    as_json: bool,
) -> int:
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli.output import show_json  # noqa: PLC0415
    from syncd.services import outbox_by_hand  # noqa: PLC0415
    from syncd.services.by_hand import Author, open_for_decision  # noqa: PLC0415

    with closing(bootstrap.open_store(configuration)) as store:
        by = bootstrap.by_hand(configuration, store)
        open_for_decision(by)
        author = Author(actor or bootstrap.actor(), why)
        key, pending = outbox_by_hand.queue(by, draft, author)
    if as_json:
        show_json({"message": key, "audit_pending": pending})
        return ExitStatus.DONE
    say(text("Message {id} is queued; syncd outbox show {id} says what becomes of it.", id=key))
    if pending is not None:
        said = text("{problem} The next run writes the entry.", problem=pending)
        say(text("syncd: {message}", message=said), err=True)
    return ExitStatus.DONE


def _message(
    words: str | None, markdown: str | None, msgtype: str | None, content: str | None
) -> tuple[str, Mapping[str, Any]]:
    """Return the type and the content that the options ask for."""
    given = [one for one in (words, markdown, msgtype) if one is not None]
    if len(given) != 1 or (content is not None) != (msgtype is not None):
        raise click.UsageError(
            text("One of --text, --markdown, or --msgtype with --content is needed.")
        )
    if words is not None:
        return "text", {"content": words}
    if markdown is not None:
        return "markdown", {"content": markdown}
    return msgtype or "", read_content(content or "")


def read_content(given: str) -> Mapping[str, Any]:
    """Return the JSON object that an option gives, or the file that it names by `@`.

    Raises:
        UsageError: The file cannot be read, or there is no JSON object.
    """
    import orjson  # noqa: PLC0415 - start-up time

    words = _file(given[1:]) if given.startswith("@") else given.encode(errors="surrogateescape")
    try:
        value = orjson.loads(words)
    except ValueError as error:
        raise UsageError(
            text("--content is no JSON: {reason}.", reason=str(error)),
            hint=text('Write for example \'{{"content": "hi"}}\', or @FILE.'),
        ) from error
    if not isinstance(value, dict):
        raise UsageError(
            text("--content must be a JSON object."),
            hint=text("It is what WeCom documents under the type's own key."),
        )
    return value


def _file(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise UsageError(
            text("{file} cannot be read: {reason}.", file=name, reason=system_said(error))
        ) from error


def _moment(option: str, words: str | None, configuration: "Configuration") -> datetime | None:
    if words is None:
        return None
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.services.pausing import read_moment  # noqa: PLC0415

    now = bootstrap.now()
    moment = read_moment(words.strip(), now, configuration.schedule.timezone)
    if moment is None:
        raise UsageError(
            text("{option} {words!r} is no time.", option=option, words=words),
            hint=text("Write 2h, 06:30, 2026-11-22 or 2026-11-22T06:30."),
        )
    if moment <= now:
        raise UsageError(text("{option} {words!r} has passed.", option=option, words=words))
    return moment


def _check(draft: "Draft", configuration: "Configuration") -> None:
    """Refuse what could never be sent.

    Raises:
        UsageError: A recipient cannot be read, the content is not what WeCom takes, or no such
            source sends.
    """
    from syncd.outbox.recipients import read_recipients  # noqa: PLC0415 - start-up time
    from syncd.wecom.messages import check  # noqa: PLC0415

    read_recipients(draft.recipient)
    faults = check(draft.msgtype, draft.content)
    if faults:
        raise UsageError(
            text(
                "WeCom would not take it: {faults}",
                faults=joined("; ", [one.sentence for one in faults]),
            ),
            hint=text("Nothing was queued."),
        )
    known = configuration.sending_sources
    if draft.source is not None and draft.source not in known:
        raise UsageError(
            text("No source that sends is called {name!r}.", name=draft.source),
            hint=text("These send: {names}.", names=", ".join(known)),
        )
    if draft.source is None and len(known) > 1:
        raise UsageError(
            text("Several sources send: {names}.", names=", ".join(known)),
            hint=text("Name one of them with --source."),
        )
