"""`syncd status`, `runs`, `find` and `tree`: looking, and nothing else."""

from contextlib import closing
from typing import TYPE_CHECKING

import click

from syncd.cli.invocation import NUMBER, begin, common_options, json_option
from syncd.cli.output import NOTHING_YET, say
from syncd.errors import ExitStatus, UsageError
from syncd.text import joined, text

if TYPE_CHECKING:
    from syncd.store.look import Branch


@click.command()
@json_option
@common_options
def status(*, as_json: bool, config: str | None, verbose: int) -> int:
    """Show how old each source's data is, who is writing, and what waits for a person."""
    configuration = begin(config, verbose)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli import status, status_document, status_text  # noqa: PLC0415
    from syncd.cli.output import show_json  # noqa: PLC0415

    with closing(bootstrap.open_store(configuration, read_only=True)) as store:
        found = status.look(store, configuration, bootstrap.now())
    if as_json:
        show_json(status_document.as_document(found))
    else:
        say(joined("\n", status_text.lines(found)))
    return ExitStatus.DONE


@click.command()
@click.argument("run_id", metavar="[RUN]", required=False, type=NUMBER)
@click.option("--limit", default=20, type=NUMBER, metavar="N", show_default=True, help="How many.")
@json_option
@common_options
def runs(*, run_id: int | None, limit: int, as_json: bool, config: str | None, verbose: int) -> int:
    """List the newest runs, or show one of them: of a held run, the plan and what held it."""
    configuration = begin(config, verbose)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli import run_text  # noqa: PLC0415
    from syncd.cli.output import show_json  # noqa: PLC0415

    with closing(bootstrap.open_store(configuration, read_only=True)) as store:
        if run_id is None:
            found = store.runs(limit)
            if as_json:
                show_json({"runs": [run_text.run_document(one) for one in found]})
            else:
                run_text.show_runs(found) if found else say(NOTHING_YET)
            return ExitStatus.DONE
        run = store.run(run_id)
        if run is None:
            raise UsageError(
                text("There is no run {run}.", run=run_id), hint=text("syncd runs lists them.")
            )
        plan = run_text.read_plan(store.plan_body(run_id))
    if as_json:
        show_json({"run": run_text.run_document(run), "plan": plan})
    else:
        say(joined("\n", run_text.run_lines(run, plan)))
    return ExitStatus.DONE


@click.command()
@click.argument("sought", metavar="TEXT")
@json_option
@common_options
def find(*, sought: str, as_json: bool, config: str | None, verbose: int) -> int:
    """Find people by a part of a name, number, address, userid or id.

    Inactive people, and records that belong to nobody, are found too, and marked.
    """
    if not sought.strip():
        raise click.UsageError(text("TEXT is empty: there is nothing to look for."))
    configuration = begin(config, verbose)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli import people_text  # noqa: PLC0415
    from syncd.cli.output import show_json  # noqa: PLC0415

    with closing(bootstrap.open_store(configuration, read_only=True)) as store:
        found = people_text.look(store, sought, configuration.authority or "")
        is_new = store.is_empty or not store.runs(1)
    if as_json:
        show_json(people_text.as_document(found))
    elif found:
        people_text.show(found)
    else:
        nobody = text("Nobody has {sought!r} in a name, number or id.", sought=sought)
        say(NOTHING_YET if is_new else nobody)
    return ExitStatus.DONE


@click.command()
@click.argument("department", required=False)
@click.option("--depth", type=NUMBER, metavar="N", help="So many levels only.")
@json_option
@common_options
def tree(
    *, department: str | None, depth: int | None, as_json: bool, config: str | None, verbose: int
) -> int:
    """Show the departments with their active people: all below, and direct members.

    DEPARTMENT is an id, a name, a path such as Company/Sales, or SOURCE:ID.
    """
    configuration = begin(config, verbose)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli import tree_text  # noqa: PLC0415
    from syncd.cli.output import show_json  # noqa: PLC0415

    with closing(bootstrap.open_store(configuration, read_only=True)) as store:
        tops: tuple[Branch, ...] = store.tree()
        marks = tree_text.marks(store.conflicts())
    if department is not None:
        tops = (tree_text.choose(tops, department),)
    if as_json:
        show_json({"departments": [tree_text.as_document(one, marks, depth) for one in tops]})
    elif tops:
        say(joined("\n", tree_text.lines(tops, marks, depth)))
    else:
        say(NOTHING_YET)
    return ExitStatus.DONE
