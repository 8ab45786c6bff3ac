"""`syncd explain`: why a person is as it is, and why a message did not arrive."""

from contextlib import closing
from typing import TYPE_CHECKING

import click

from syncd.cli.invocation import NUMBER, begin, common_options, json_option
from syncd.errors import ExitStatus, UsageError
from syncd.text import text

if TYPE_CHECKING:
    from syncd.config.configuration import Configuration
    from syncd.model.arrival import Arrival, SentTo
    from syncd.store.store import Store


@click.command()
@click.argument("user", metavar="USER")
@click.option(
    "--message",
    "message_id",
    type=NUMBER,
    metavar="ID",
    help="Why this message did not arrive; else the last one that did not.",
)
@click.option("--ask", is_flag=True, help="Ask WeCom about the app and the person: two calls.")
@json_option
@common_options
def explain(
    *,
    user: str,
    message_id: int | None,
    ask: bool,
    as_json: bool,
    config: str | None,
    verbose: int,
) -> int:
    """Show where each field, link and department of a person comes from, and since which run.

    USER is a userid or an id, userid:… or user:… where both fit, or SOURCE:ID by a source's own
    id. A record that belongs to nobody is explained too: why it has no user.

    Of a message that did not arrive it goes through WeCom's own list, item by item: in the recipient
    list, in range, active, licensed, and what only the person can tell.
    """
    configuration = begin(config, verbose)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli import candidates_text  # noqa: PLC0415
    from syncd.cli.arrival_text import arrival_document, message_document, show_messages  # noqa: PLC0415
    from syncd.cli.explain_document import as_document  # noqa: PLC0415
    from syncd.cli.explain_text import show  # noqa: PLC0415
    from syncd.cli.output import say, show_json  # noqa: PLC0415
    from syncd.services.candidates import suggest  # noqa: PLC0415
    from syncd.services.explain import explain_person  # noqa: PLC0415

    policy = bootstrap.policy(configuration)
    with closing(bootstrap.open_store(configuration, read_only=True)) as store:
        found = explain_person(store, user, policy)
        refs = list(found.dossier.records) if found.unmatched is not None else []
        suggested = suggest(store, refs, policy.authority)
        key = None if found.dossier.user is None else int(str(found.dossier.user["id"]))
        messages, arrival = _arrival(configuration, store, key, message_id, ask=ask)
    if as_json:
        told = {
            "messages": [message_document(one) for one in messages],
            "arrival": None if arrival is None else arrival_document(arrival),
        }
        show_json({**as_document(found, suggested), **told})
    else:
        show(found)
        for line in candidates_text.lines(suggested):
            say(line)
        show_messages(messages, arrival)
    return ExitStatus.DONE


def _arrival(
    configuration: "Configuration",
    store: "Store",
    user_id: int | None,
    message_id: int | None,
    *,
    ask: bool,
) -> "tuple[list[SentTo], Arrival | None]":
    """Return the last messages to somebody, and why the one that is asked about did not arrive."""
    from syncd.cli.arrival import arrival_of  # noqa: PLC0415 - start-up time
    from syncd.services.arrival import LISTED, worth_a_look  # noqa: PLC0415

    if user_id is None:
        if message_id is not None or ask:
            raise UsageError(
                text("A record without a user gets no messages."),
                hint=text("Leave --message and --ask out."),
            )
        return [], None
    messages = store.arrivals.last_to(user_id, LISTED)
    chosen = message_id or worth_a_look(messages, is_asked=ask)
    if chosen is None:
        return messages, None
    return messages, arrival_of(configuration, store, user_id, chosen, ask=ask)
