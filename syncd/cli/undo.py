"""`syncd undo`: write the inverse of a run, where rows are as that run left them."""

from contextlib import closing

import click

from syncd.cli.invocation import NUMBER, begin, common_options, json_option


@click.command()
@click.argument("run_id", metavar="RUN", type=NUMBER)
@click.option("--yes", is_flag=True, help="Do it although a guard holds it.")
@click.option("--as", "actor", metavar="NAME", help="Who decides it; else the login name.")
@click.option("--why", metavar="TEXT", help="Why, for the audit log.")
@json_option
@common_options
def undo(
    *,
    run_id: int,
    yes: bool,
    actor: str | None,
    why: str | None,
    as_json: bool,
    config: str | None,
    verbose: int,
) -> int:
    """Put back what RUN has changed, where nothing has moved since.

    Whom the run has made is disabled, as by syncd disable; the link stays. What has moved since
    is listed and left. No source is read: the next sync may do the same again.
    """
    configuration = begin(config, verbose)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli import undo_text  # noqa: PLC0415
    from syncd.cli.output import say, show_json  # noqa: PLC0415
    from syncd.services.by_hand import Author, open_for_decision  # noqa: PLC0415
    from syncd.services.undo import undo as undo_run  # noqa: PLC0415

    with closing(bootstrap.open_store(configuration)) as store:
        by = bootstrap.by_hand(configuration, store)
        open_for_decision(by)
        done = undo_run(by, run_id, Author(actor or bootstrap.actor(), why), confirmed=yes)
    if as_json:
        show_json(undo_text.as_document(done))
    else:
        for one in undo_text.undo_lines(done):
            say(one)
    return done.exit_status
