"""`syncd disable` and `enable`: an administrator's own reason, never overruled by a sync."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import click

from syncd.cli.invocation import begin, common_options, filled, json_option
from syncd.errors import ExitStatus
from syncd.text import Text, joined, text

if TYPE_CHECKING:
    from syncd.config.configuration import Configuration
    from syncd.model.entry import Ref
    from syncd.services.by_hand import Author, ByHand, Switched

    Switch = Callable[[ByHand, Ref, Author], Switched]


@click.command()
@click.argument("user", metavar="USER")
@click.option(
    "--why", metavar="TEXT", required=True, callback=filled, help="Why, for the audit log."
)
@click.option("--as", "actor", metavar="NAME", help="Who decides it; else the login name.")
@json_option
@common_options
def disable(
    *, user: str, why: str, actor: str | None, as_json: bool, config: str | None, verbose: int
) -> int:
    """Make USER inactive, whatever the source says, until syncd enable.

    USER is a userid or an id. Link, fields and memberships stay.
    """
    configuration = begin(config, verbose)
    from syncd.services import by_hand  # noqa: PLC0415 - start-up time

    done = _decide(configuration, user, actor, why, by_hand.disable)
    return _answer(done, _disabled_lines, as_json=as_json)


@click.command()
@click.argument("user", metavar="USER")
@click.option("--why", metavar="TEXT", help="Why, for the audit log.")
@click.option("--as", "actor", metavar="NAME", help="Who decides it; else the login name.")
@json_option
@common_options
def enable(
    *,
    user: str,
    why: str | None,
    actor: str | None,
    as_json: bool,
    config: str | None,
    verbose: int,
) -> int:
    """Take back what syncd disable has decided about USER.

    Whoever is gone from the source, or disabled there, stays inactive for that reason.
    """
    configuration = begin(config, verbose)
    from syncd.services import by_hand  # noqa: PLC0415 - start-up time

    done = _decide(configuration, user, actor, why, by_hand.enable)
    return _answer(done, _enabled_lines, as_json=as_json)


def _decide(
    configuration: "Configuration", user: str, actor: str | None, why: str | None, switch: "Switch"
) -> "Switched":
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.services.by_hand import Author, open_for_decision  # noqa: PLC0415
    from syncd.services.person import owner  # noqa: PLC0415

    with closing(bootstrap.open_store(configuration)) as store:
        by = bootstrap.by_hand(configuration, store)
        open_for_decision(by)
        return switch(by, owner(store, user), Author(actor or bootstrap.actor(), why))


def _answer(
    done: "Switched", lines: "Callable[[Switched], Iterator[str]]", *, as_json: bool
) -> int:
    from syncd.cli.output import say, show_json  # noqa: PLC0415 - start-up time
    from syncd.cli.plan_text import plan_lines  # noqa: PLC0415
    from syncd.model.change import Plan  # noqa: PLC0415

    if as_json:
        show_json(as_document(done))
        return ExitStatus.DONE
    for one in lines(done):
        say(one)
    # The first step is the user's own, which has just been told.
    plan = done.plan
    followers = Plan(plan.changes[1:], opened=plan.opened, resolved=plan.resolved)
    for one in plan_lines(followers, done.names):
        say(one)
    if done.audit_pending is not None:
        said = text("{problem} The next run writes the entry.", problem=done.audit_pending)
        say(text("syncd: {message}", message=said), err=True)
    return ExitStatus.DONE


def _disabled_lines(done: "Switched") -> Iterator[str]:
    from syncd.cli.output import moment  # noqa: PLC0415 - start-up time

    since = moment(done.user.row.admin_disabled_at)
    if done.run_id is None:
        yield text(
            "{person} is disabled already, since {since}; nothing was written.",
            person=_person(done),
            since=since,
        )
        return
    yield text("Run {run}: {person} is disabled.", run=done.run_id, person=_person(done))
    yield text("No sync changes that; syncd enable does.")


def _enabled_lines(done: "Switched") -> Iterator[str]:
    person, reasons = _person(done), list(_reasons(done))
    if done.run_id is None:
        yield text(
            "{person} is not disabled by an administrator; nothing was written.", person=person
        )
    else:
        yield text(
            "Run {run}: {person} is no longer disabled by an administrator.",
            run=done.run_id,
            person=person,
        )
    if reasons:
        yield text(
            "Inactive all the same: {reasons}. Only the source can change that.",
            reasons=joined("; ", reasons),
        )
    elif done.run_id is not None:
        yield text("The person is active again.")


def _reasons(done: "Switched") -> Iterator[Text]:
    """Yield why the user is inactive besides an administrator's no."""
    from syncd.cli.output import moment  # noqa: PLC0415 - start-up time

    row = done.user.row
    if row.gone_at is not None:
        yield text("gone from the source since {since}", since=moment(row.gone_at))
    if row.source_disabled_at is not None:
        since = moment(row.source_disabled_at)
        yield text("disabled at the source since {since}", since=since)


def _person(done: "Switched") -> str:
    from syncd.cli.output import printable  # noqa: PLC0415 - start-up time

    row = done.user.row
    named = f"{row.name} ({row.userid})" if row.userid not in {None, row.name} else row.name
    return printable(named)


def as_document(done: "Switched") -> dict[str, object]:
    """Return what became of a user as JSON values."""
    from syncd.services.plan_document import plan_document  # noqa: PLC0415 - start-up time

    row = done.user.row
    return {
        "run_id": done.run_id,
        "outcome": "no_change" if done.run_id is None else "applied",
        "user": {
            "id": done.user.id,
            "source": done.user.owner.source,
            "external_id": done.user.owner.external_id,
            "userid": row.userid,
            "name": row.name,
            "status": "active" if row.is_active else "inactive",
            "gone_at": row.gone_at,
            "source_disabled_at": row.source_disabled_at,
            "admin_disabled_at": row.admin_disabled_at,
        },
        **plan_document(done.plan),
        "audit_pending": done.audit_pending,
    }
