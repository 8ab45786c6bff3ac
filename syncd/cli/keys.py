"""`syncd keys`: how fit each field is as the common field."""

from contextlib import closing

import click

from syncd.cli.invocation import begin, common_options, expect_much, json_option
from syncd.errors import ExitStatus


@click.command()
@json_option
@common_options
def keys(*, as_json: bool, config: str | None, verbose: int) -> int:
    """Show how fit each field is as the common field, and recommend one.

    The last records of every source are counted: who has a value, who shares one, what the
    sources have in common. Nothing is read from a source, and nothing is written.
    """
    configuration = begin(config, verbose)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli import keys_text  # noqa: PLC0415
    from syncd.cli.output import show_json  # noqa: PLC0415
    from syncd.services.keys import Intention, survey_keys  # noqa: PLC0415
    from syncd.services.keys_document import survey_document  # noqa: PLC0415

    expect_much(once=True)
    decided = bootstrap.policy(configuration)
    intention = Intention(configuration.authority, decided.common_field, decided.limits.protected)
    with closing(bootstrap.open_store(configuration, read_only=True)) as store:
        found = survey_keys(store, bootstrap.asked_sources(configuration), intention)
    if as_json:
        show_json(survey_document(found))
    else:
        keys_text.show(found, bootstrap.now())
    return ExitStatus.DONE
