"""`syncd link`: who a doubted record is."""

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import click

from syncd.cli.invocation import begin, common_options, json_option
from syncd.errors import ExitStatus, UsageError
from syncd.text import Text, text

if TYPE_CHECKING:
    from syncd.model.entry import Ref
    from syncd.services.by_hand import Switched


@click.command()
@click.argument("names", metavar="[USER] SOURCE:ID", nargs=-1, required=True)
@click.option("--new", "is_new", is_flag=True, help="It is somebody new.")
@click.option("--why", metavar="TEXT", help="Why, for the audit log.")
@click.option("--as", "actor", metavar="NAME", help="Who decides it; else the login name.")
@json_option
@common_options
def link(
    *,
    names: tuple[str, ...],
    is_new: bool,
    why: str | None,
    actor: str | None,
    as_json: bool,
    config: str | None,
    verbose: int,
) -> int:
    """Say who the record SOURCE:ID is that an identity_doubtful conflict is about.

    It is USER (a userid or an id), who goes on under the new id, or is back under the old one;
    or, with --new, somebody new.
    """
    configuration = begin(config, verbose)
    user, record = _taken_apart(names, is_new=is_new)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.services.by_hand import Author, open_for_decision  # noqa: PLC0415
    from syncd.services.linking import settle_doubt  # noqa: PLC0415
    from syncd.services.person import owner  # noqa: PLC0415

    with closing(bootstrap.open_store(configuration)) as store:
        by = bootstrap.by_hand(configuration, store)
        open_for_decision(by)
        known = None if user is None else owner(store, user)
        done = settle_doubt(by, record, known, Author(actor or bootstrap.actor(), why))
    return _answer(done, as_json=as_json)


def _taken_apart(names: tuple[str, ...], *, is_new: bool) -> "tuple[str | None, Ref]":
    from syncd.model.entry import Ref  # noqa: PLC0415 - start-up time

    *users, record = names
    source, colon, id_ = record.partition(":")
    if not (source and colon and id_):
        raise UsageError(
            text("{record!r} is no record.", record=record),
            hint=text("Write SOURCE:ID as syncd conflicts does, for instance wecom:zhangsan."),
        )
    if len(users) != (0 if is_new else 1):
        raise UsageError(
            text("Either one USER, or --new."),
            hint=text("syncd link USER SOURCE:ID, or syncd link --new SOURCE:ID."),
        )
    return (users[0] if users else None), Ref(source, id_)


def _answer(done: "Switched", *, as_json: bool) -> int:
    from syncd.cli.disable import as_document  # noqa: PLC0415 - start-up time
    from syncd.cli.output import say, show_json  # noqa: PLC0415
    from syncd.cli.plan_text import plan_lines  # noqa: PLC0415

    if as_json:
        show_json(as_document(done))
        return ExitStatus.DONE
    for one in (*_lines(done), *plan_lines(done.plan, done.names)):
        say(one)
    if done.audit_pending is not None:
        said = text("{problem} The next run writes the entry.", problem=done.audit_pending)
        say(text("syncd: {message}", message=said), err=True)
    return ExitStatus.DONE


def _lines(done: "Switched") -> Iterator[Text]:
    from syncd.cli.output import printable  # noqa: PLC0415 - start-up time

    yield text(
        "Run {run}: {record} is {name}, user {user}.",
        run=done.run_id,
        record=str(done.user.owner),
        name=printable(done.user.row.name),
        user=done.user.id,
    )
