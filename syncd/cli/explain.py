"""`syncd explain`: why a person is as it is."""

from contextlib import closing

import click

from syncd.cli.invocation import begin, common_options, json_option
from syncd.errors import ExitStatus


@click.command()
@click.argument("user", metavar="USER")
@json_option
@common_options
def explain(*, user: str, as_json: bool, config: str | None, verbose: int) -> int:
    """Show where each field, link and department of a person comes from, and since which run.

    USER is a userid or an id, userid:… or user:… where both fit, or SOURCE:ID by a source's own
    id. A record that belongs to nobody is explained too: why it has no user.
    """
    configuration = begin(config, verbose)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli import candidates_text  # noqa: PLC0415
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
    if as_json:
        show_json(as_document(found, suggested))
    else:
        show(found)
        for line in candidates_text.lines(suggested):
            say(line)
    return ExitStatus.DONE
