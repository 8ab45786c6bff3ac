"""`syncd link` and `unlink`: whose a record is, says a person."""

from contextlib import closing
from typing import TYPE_CHECKING

import click

from syncd.cli.invocation import begin, common_options, json_option
from syncd.errors import ExitStatus, UsageError
from syncd.text import text

if TYPE_CHECKING:
    from syncd.services.assigning import AssignedOne
    from syncd.services.by_hand import Author, ByHand


@click.command()
@click.argument("names", metavar="[USER] SOURCE:ID", nargs=-1, required=True)
@click.option("--new", "is_new", is_flag=True, help="It is somebody new.")
@click.option("--auto", "by_rule", is_flag=True, help="Let the rules decide again.")
@click.option("--also", is_flag=True, help="Besides another record of that source.")
@click.option("--why", metavar="TEXT", help="Why, for the audit log.")
@click.option("--as", "actor", metavar="NAME", help="Who decides it; else the login name.")
@json_option
@common_options
def link(
    *,
    names: tuple[str, ...],
    is_new: bool,
    by_rule: bool,
    also: bool,
    why: str | None,
    actor: str | None,
    as_json: bool,
    config: str | None,
    verbose: int,
) -> int:
    """Say that the record SOURCE:ID is USER's (a userid or an id), whatever the rules say.

    No sync changes it; syncd unlink does. With --auto the rules decide again. What an
    identity_doubtful conflict is about is USER, who goes on under the new id or is back under the
    old one; or, with --new, somebody new.
    """
    configuration = begin(config, verbose)
    user, record = _taken_apart(names, without_user=is_new or by_rule, both=is_new and by_rule)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.services.by_hand import Author, open_for_decision  # noqa: PLC0415

    with closing(bootstrap.open_store(configuration)) as store:
        by = bootstrap.by_hand(configuration, store)
        open_for_decision(by)
        author = Author(actor or bootstrap.actor(), why)
        done = _linked(by, user, record, author, by_rule=by_rule, also=also)
    return _answer(done, as_json=as_json)


@click.command()
@click.argument("record", metavar="SOURCE:ID")
@click.option("--why", metavar="TEXT", help="Why, for the audit log.")
@click.option("--as", "actor", metavar="NAME", help="Who decides it; else the login name.")
@json_option
@common_options
def unlink(
    *,
    record: str,
    why: str | None,
    actor: str | None,
    as_json: bool,
    config: str | None,
    verbose: int,
) -> int:
    """Say that the record SOURCE:ID is nobody's, whatever the rules say.

    No sync links it again; syncd link does, and syncd link --auto leaves it to the rules again.
    The record that a user is made of stays the user's own.
    """
    configuration = begin(config, verbose)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.reconcile.assigning import NOBODY  # noqa: PLC0415
    from syncd.services import person  # noqa: PLC0415
    from syncd.services.assigning import assign_one  # noqa: PLC0415
    from syncd.services.by_hand import Author, open_for_decision  # noqa: PLC0415

    with closing(bootstrap.open_store(configuration)) as store:
        by = bootstrap.by_hand(configuration, store)
        open_for_decision(by)
        author = Author(actor or bootstrap.actor(), why)
        done = assign_one(by, person.record(store, record), NOBODY, author)
    return _answer(done, as_json=as_json)


def _linked(
    by: "ByHand", user: str | None, words: str, author: "Author", *, by_rule: bool, also: bool
) -> "AssignedOne":
    from syncd.reconcile.assigning import BY_RULE, Assignment  # noqa: PLC0415 - start-up time
    from syncd.services import person  # noqa: PLC0415
    from syncd.services.assigning import assign_one  # noqa: PLC0415
    from syncd.services.linking import is_doubted, settle_doubt  # noqa: PLC0415

    record = person.record(by.store, words)
    if by_rule:
        return assign_one(by, record, BY_RULE, author)
    owner = None if user is None else person.owner(by.store, user)
    if owner is None or is_doubted(by, record, owner):
        return settle_doubt(by, record, owner, author)
    return assign_one(by, record, Assignment(owner), author, also=also)


def _taken_apart(
    names: tuple[str, ...], *, without_user: bool, both: bool
) -> tuple[str | None, str]:
    *users, record = names
    if ":" not in record.strip(":"):
        raise UsageError(
            text("{record!r} is no record.", record=record),
            hint=text("Write SOURCE:ID as syncd conflicts does, for instance wecom:zhangsan."),
        )
    if both or len(users) != (0 if without_user else 1):
        raise UsageError(
            text("Either one USER, or --new, or --auto."),
            hint=text(
                "syncd link USER SOURCE:ID, syncd link --new SOURCE:ID, or syncd link --auto "
                "SOURCE:ID."
            ),
        )
    return (users[0] if users else None), record


def _answer(done: "AssignedOne", *, as_json: bool) -> int:
    from syncd.cli import link_text  # noqa: PLC0415 - start-up time
    from syncd.cli.output import say, show_json  # noqa: PLC0415

    if as_json:
        show_json(link_text.as_document(done))
        return ExitStatus.DONE
    for one in link_text.lines(done):
        say(one)
    if done.audit_pending is not None:
        said = text("{problem} The next run writes the entry.", problem=done.audit_pending)
        say(text("syncd: {message}", message=said), err=True)
    return ExitStatus.DONE
