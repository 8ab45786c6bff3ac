"""Looking over a database: is its schema ours, is every page whole, does every reference lead somewhere."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from syncd.errors import StoreError, StoreUnavailable
from syncd.store.database import Database
from syncd.store.schema import VERSION_TABLE, metadata
from syncd.store.upgrade import SchemaAge, SchemaState, read_schema
from syncd.text import text

#: Findings of one kind that are listed; more say nothing more.
_LISTED: Final = 20
_AGES: Final = {
    SchemaAge.EMPTY: text("There are no tables of syncd yet: syncd db upgrade makes them."),
    SchemaAge.OLDER: text(
        "The schema is older than this syncd: make a backup and run syncd db upgrade."
    ),
    SchemaAge.NEWER: text("The schema was made by a newer syncd: install that version again."),
    SchemaAge.FOREIGN: text("There are tables with syncd's names that syncd did not make."),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a database."""

    #: `schema`, `damaged`, or `reference`.
    code: str
    message: str


def look_at_schema(url: str) -> SchemaState:
    """Return what schema a database has; nothing is made or written.

    Raises:
        StoreError: It cannot be read.
    """
    database = Database(url, read_only=True)
    try:
        if database.is_missing:
            return SchemaState(SchemaAge.EMPTY, None)
        with database.read() as connection:
            return read_schema(connection)
    finally:
        database.close()


def inspect_database(url: str) -> tuple[SchemaState, list[Finding]]:
    """Return the schema of a database, and all that is wrong with it; nothing is written.

    Raises:
        StoreError: It cannot be opened at all.
    """
    state = look_at_schema(url)
    if state.age is SchemaAge.EMPTY:
        return state, [Finding("schema", _AGES[state.age])]
    database = Database(url, read_only=True)
    try:
        with database.read() as connection:
            damage = database.backend.damage(connection, _LISTED)
            found = [Finding(code, message) for code, message in damage]
            return state, [*_schema(connection, state), *found]
    except StoreUnavailable:
        raise
    except StoreError as error:
        return state, [Finding("damaged", error.message)]
    finally:
        database.close()


def _schema(connection: Connection, state: SchemaState) -> Iterator[Finding]:
    if state.age is not SchemaAge.CURRENT:
        yield Finding("schema", _AGES[state.age])
        return
    # Alembic takes a tenth of a second to import, and nothing else here needs it.
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415 - see above
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 - see above

    options = {"version_table": VERSION_TABLE, "compare_type": True}
    context = MigrationContext.configure(connection, opts=options)
    for step in _flat(compare_metadata(context, metadata)):
        found = _difference(step)
        if found:
            yield Finding("schema", found)


def _flat(steps: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    """Yield Alembic's steps one by one: those of one column come as a list."""
    for step in steps:
        if isinstance(step, list):
            yield from step
        else:
            yield step


def _difference(step: tuple[Any, ...]) -> str:
    """Say what a step would mend; empty for what an application has added, which is welcome."""
    match step:
        case ("add_table", table):
            return text("The table {name} is missing.", name=table.name)
        case ("add_column", _, table, column):
            return text("The column {table}.{name} is missing.", table=table, name=column.name)
        case ("add_index" | "add_constraint" | "add_fk", thing):
            return text(
                "{name} of the table {table} is missing.", name=thing.name, table=thing.table.name
            )
        case ("modify_type" | "modify_nullable" | "modify_default", _, table, column, *_):
            return text(
                "The column {table}.{column} was altered ({step}).",
                table=table,
                column=column,
                step=step[0].removeprefix("modify_"),
            )
        case _:
            return ""
