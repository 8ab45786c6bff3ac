"""`syncd sources`: what is held of each source, another name for one, and the end of one."""

from contextlib import closing
from typing import TYPE_CHECKING

import click

from syncd.cli.invocation import begin, common_options, filled, hand_down, json_option
from syncd.errors import ExitStatus

if TYPE_CHECKING:
    from syncd.config.configuration import Configuration
    from syncd.services.by_hand import Author
    from syncd.services.sources import Retirement


@click.group(invoke_without_command=True)
@json_option
@common_options
@click.pass_context
def sources(ctx: click.Context, *, as_json: bool, config: str | None, verbose: int) -> int:
    """List the sources, configured and stored, or give one another name or an end."""
    if ctx.invoked_subcommand is not None:
        hand_down(ctx, config, verbose)
        return ExitStatus.DONE
    configuration = begin(config, verbose)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli import sources_text  # noqa: PLC0415
    from syncd.cli.output import show_json  # noqa: PLC0415

    with closing(bootstrap.open_store(configuration, read_only=True)) as store:
        found = sources_text.look(store, configuration, bootstrap.now())
    if as_json:
        show_json({"sources": [sources_text.as_document(one) for one in found]})
    else:
        sources_text.show(found)
    return ExitStatus.DONE


@sources.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--as", "actor", metavar="NAME", help="Who decides it; else the login name.")
@click.option("--why", metavar="TEXT", help="Why, for the audit log.")
@json_option
@common_options
def rename(
    *,
    old: str,
    new: str,
    actor: str | None,
    why: str | None,
    as_json: bool,
    config: str | None,
    verbose: int,
) -> int:
    """Give the source OLD of the store the name NEW.

    Rename its table in the configuration first: [sources.OLD] becomes [sources.NEW]. Ids, links
    and history stay as they are.
    """
    configuration = begin(config, verbose)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli import sources_text  # noqa: PLC0415
    from syncd.cli.output import show_json  # noqa: PLC0415
    from syncd.services import by_hand  # noqa: PLC0415
    from syncd.services import sources as service  # noqa: PLC0415

    sources_text.require_name(new)
    with closing(bootstrap.open_store(configuration)) as store:
        by = bootstrap.by_hand(configuration, store)
        by_hand.open_for_decision(by)
        configured = bootstrap.configured_sources(configuration)
        done = service.rename(by, old, new, configured, _author(actor, why))
    if as_json:
        show_json(sources_text.renamed_document(done))
    else:
        sources_text.show_renamed(done, configuration)
    return ExitStatus.DONE


@sources.command()
@click.argument("name", metavar="NAME")
@click.option("--yes", is_flag=True, help="It is meant, whatever it changes.")
@click.option("--as", "actor", metavar="NAME", help="Who decides it; else the login name.")
@click.option(
    "--why", metavar="TEXT", required=True, callback=filled, help="Why, for the audit log."
)
@json_option
@common_options
def retire(
    *,
    name: str,
    yes: bool,
    actor: str | None,
    why: str,
    as_json: bool,
    config: str | None,
    verbose: int,
) -> int:
    """End the source NAME; it must be disabled, or gone from the configuration.

    Its links with users of other sources go, and its records. The users that it owns stay as they
    are: nobody is deactivated, and another authority takes them over. Where users are its, or a
    guard holds, this only says what it would change, and ends with 4; --yes does it.
    """
    configuration = begin(config, verbose)
    from syncd.cli import sources_text  # noqa: PLC0415 - start-up time
    from syncd.cli.output import show_json  # noqa: PLC0415

    done = _retire(configuration, name, _author(actor, why), confirmed=yes)
    if as_json:
        show_json(sources_text.retired_document(done))
    else:
        sources_text.show_retired(done)
    return ExitStatus.DONE if done.run_id is not None else ExitStatus.HELD


def _retire(
    configuration: "Configuration", name: str, author: "Author", *, confirmed: bool
) -> "Retirement":
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.services import by_hand  # noqa: PLC0415
    from syncd.services import sources as service  # noqa: PLC0415

    with closing(bootstrap.open_store(configuration)) as store:
        by = bootstrap.by_hand(configuration, store)
        by_hand.open_for_decision(by)
        configured = bootstrap.configured_sources(configuration)
        return service.retire(by, name, configured, author, confirmed=confirmed)


def _author(actor: str | None, why: str | None) -> "Author":
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.services.by_hand import Author  # noqa: PLC0415

    return Author(actor or bootstrap.actor(), why)
