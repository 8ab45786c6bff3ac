"""`syncd links`: whose the records of every source are."""

from contextlib import closing
from typing import TYPE_CHECKING

import click

from syncd.cli.invocation import NUMBER, begin, common_options, hand_down, json_option
from syncd.cli.links_file import export, import_
from syncd.cli.output import say
from syncd.errors import ExitStatus, UsageError
from syncd.text import term, text

if TYPE_CHECKING:
    from syncd.store.listing import ListedLink


class _Links(click.Group):
    """A group that takes a USER where no sub-command is named."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the sub-command; any other word is a USER."""
        if args and args[0] not in self.commands:
            return "of", of_user, args
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Links,
    invoke_without_command=True,
    subcommand_metavar="[USER | export FILE.csv | import FILE.csv]",
)
@click.option("--unmatched", is_flag=True, help="The records that belong to nobody.")
@click.option("--limit", metavar="N", type=NUMBER, default=1000, help="How many at most.")
@json_option
@common_options
@click.pass_context
def links(
    ctx: click.Context,
    *,
    unmatched: bool,
    limit: int,
    as_json: bool,
    config: str | None,
    verbose: int,
) -> int:
    """List which records of other sources belong to which users, and by what.

    With USER (a userid or an id), every record of that user. syncd explain says why a record
    belongs to nobody. export and import are for many records at once, in a spreadsheet.
    """
    if ctx.invoked_subcommand is not None:
        hand_down(ctx, config, verbose)
        return ExitStatus.DONE
    return _list(None, unmatched=unmatched, limit=limit, as_json=as_json, where=(config, verbose))


@click.command(hidden=True)
@click.argument("user", metavar="USER")
@click.option("--unmatched", is_flag=True, help="The records that belong to nobody.")
@click.option("--limit", metavar="N", type=NUMBER, help="How many at most.")
@json_option
@common_options
@click.pass_context
def of_user(
    ctx: click.Context,
    *,
    user: str,
    unmatched: bool,
    limit: int | None,
    as_json: bool,
    config: str | None,
    verbose: int,
) -> int:
    """List which records of other sources belong to which users, and by what."""
    outer = {} if ctx.parent is None else ctx.parent.params
    return _list(
        user,
        unmatched=unmatched or bool(outer.get("unmatched")),
        limit=limit or int(outer.get("limit", 1000)),
        as_json=as_json or bool(outer.get("as_json")),
        where=(config, verbose),
    )


def _list(
    user: str | None, *, unmatched: bool, limit: int, as_json: bool, where: tuple[str | None, int]
) -> int:
    if user and unmatched:
        raise UsageError(
            text("USER and --unmatched exclude each other."),
            hint=text("syncd explain says why a record belongs to nobody."),
        )
    configuration = begin(*where)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli.output import show_json  # noqa: PLC0415
    from syncd.services.person import user_id  # noqa: PLC0415

    with closing(bootstrap.open_store(configuration, read_only=True)) as store:
        of_user = None if user is None else user_id(store, user)
        found = store.links(user_id=of_user, unmatched=unmatched, limit=limit)
    if as_json:
        show_json({"links": [as_document(one) for one in found]})
    elif found:
        _show(found)
    else:
        none = text("No record belongs to nobody.")
        say(none if unmatched else text("No record of another source belongs to a user."))
    return ExitStatus.DONE


def _show(found: "list[ListedLink]") -> None:
    from syncd.cli.output import Column, show_table  # noqa: PLC0415 - start-up time

    columns = [
        Column(text("record")),
        Column(text("name")),
        Column(text("user"), numeric=True),
        Column(text("name of the user")),
        Column(text("method")),
        Column(text("value")),
        Column(text("since")),
    ]
    rows = [
        [
            str(one.ref),
            one.record_name,
            one.user_id,
            one.user_name,
            term(one.method.value),
            one.key_value,
            one.linked_at,
        ]
        for one in found
    ]
    show_table(columns, rows)


def as_document(one: "ListedLink") -> dict[str, object]:
    """Return a link as JSON values."""
    return {
        "source": one.ref.source,
        "external_id": one.ref.external_id,
        "name": one.record_name,
        "user_id": one.user_id,
        "user_name": one.user_name,
        "method": one.method.value,
        "key_value": one.key_value,
        "is_owner": one.is_owner,
        "linked_at": one.linked_at,
    }


for command in (export, import_):
    links.add_command(command)
