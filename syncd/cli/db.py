"""`syncd db`: the schema of the store."""

from contextlib import closing

import click

from syncd.cli.erase import erase
from syncd.cli.invocation import begin, common_options, ended_by_sigterm, json_option
from syncd.cli.language import language_option
from syncd.cli.output import say
from syncd.errors import ExitStatus
from syncd.text import term, text


@click.group()
@language_option
def db() -> None:
    """Bring the database's schema up to date, or look the database over."""


@db.command()
@json_option
@common_options
def upgrade(*, as_json: bool, config: str | None, verbose: int) -> int:
    """Bring the schema to this syncd's; make it where there is none."""
    configuration = begin(config, verbose)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli.output import show_json  # noqa: PLC0415

    with closing(bootstrap.open_store(configuration)) as store:
        before = store.schema_state()
        store.upgrade()
        after = store.schema_state()
        name = store.name
    if as_json:
        show_json({"store": name, "before": before.revision, "after": after.revision})
    elif before.revision == after.revision:
        say(text("{store} has schema {schema} already.", store=name, schema=after.revision))
    else:
        say(
            text(
                "{store}: from schema {before} to {after}.",
                store=name,
                before=before.revision or term("none"),
                after=after.revision,
            )
        )
    return ExitStatus.DONE


@db.command()
@click.argument("file", metavar="FILE")
@json_option
@common_options
def backup(*, file: str, as_json: bool, config: str | None, verbose: int) -> int:
    """Copy the whole database to FILE, as it is at this moment; whoever writes goes on.

    FILE must not exist; it is there when the copy is whole, and only this account may read it. Of
    PostgreSQL and MariaDB it is what pg_dump and mariadb-dump make.
    """
    configuration = begin(config, verbose)
    from pathlib import Path  # noqa: PLC0415 - start-up time

    from syncd.cli.output import say, show_json  # noqa: PLC0415
    from syncd.store.backup import back_up  # noqa: PLC0415
    from syncd.text import text  # noqa: PLC0415

    with ended_by_sigterm():
        made = back_up(configuration.store.sqlalchemy_url, Path(file))
    if as_json:
        show_json({"file": str(made.path), "bytes": made.size, "revision": made.revision})
    else:
        say(
            text(
                "{file}: {size:,} bytes, schema {revision}.",
                file=made.path,
                size=made.size,
                revision=made.revision,
            )
        )
    return ExitStatus.DONE


db.add_command(erase)


@db.command()
@json_option
@common_options
def current(*, as_json: bool, config: str | None, verbose: int) -> int:
    """Print the schema's revision, and how it compares with this syncd's."""
    configuration = begin(config, verbose)
    from syncd.cli.output import show_json  # noqa: PLC0415 - start-up time
    from syncd.store.inspection import look_at_schema  # noqa: PLC0415

    state = look_at_schema(configuration.store.sqlalchemy_url)
    if as_json:
        show_json({"revision": state.revision, "head": state.head, "state": state.age.value})
    else:
        say(
            text(
                "{revision} ({age}; this syncd has {head})",
                revision=state.revision or term("none"),
                age=term(state.age.value),
                head=state.head,
            )
        )
    return ExitStatus.DONE


@db.command()
@json_option
@common_options
def check(*, as_json: bool, config: str | None, verbose: int) -> int:
    """Look the database over: its schema, its pages, its references. Nothing is written.

    Ends with 7 when something is wrong. Tables and columns that an application added are not.
    """
    configuration = begin(config, verbose)
    from syncd.cli.output import show_json  # noqa: PLC0415 - start-up time
    from syncd.store.inspection import inspect_database  # noqa: PLC0415

    state, findings = inspect_database(configuration.store.sqlalchemy_url)
    if as_json:
        show_json(
            {
                "revision": state.revision,
                "state": state.age.value,
                "ok": not findings,
                "findings": [{"code": one.code, "message": one.message} for one in findings],
            }
        )
    else:
        for one in findings:
            say(text("{code}: {message}", code=one.code, message=one.message))
        if not findings:
            say(
                text(
                    "ok: schema {revision}, every page whole, every reference in place",
                    revision=state.revision,
                )
            )
    return ExitStatus.FOUND if findings else ExitStatus.DONE
