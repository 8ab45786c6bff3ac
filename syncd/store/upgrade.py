"""The schema's age, and bringing it up to date."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DBAPIError

from syncd.errors import SchemaOutdated
from syncd.store.schema import HEAD, VERSION_TABLE, metadata
from syncd.text import text

if TYPE_CHECKING:
    from alembic.config import Config

_REVISION: Final = re.compile(r"\d{4}")
#: MariaDB's and MySQL's numbers: the table is there; the column, the index is there.
_TABLE_IS_THERE: Final = 1050
_PART_IS_THERE: Final = frozenset({1060, 1061})
_QUOTED: Final = re.compile(r"'(?:[^'.]*\.)?([^']*)'")


class SchemaAge(StrEnum):
    """How a database's schema compares with this syncd's."""

    #: None of our tables is there.
    EMPTY = "empty"
    CURRENT = "current"
    OLDER = "older"
    NEWER = "newer"
    #: Tables with our names, which no migration of ours has made.
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class SchemaState:
    """What schema a database has."""

    age: SchemaAge
    #: The newest migration that the database has seen; None where it has seen none.
    revision: str | None
    #: The newest migration of this syncd.
    head: str = HEAD


def read_schema(connection: Connection) -> SchemaState:
    """Return what schema the database has."""
    tables = set(inspect(connection).get_table_names())
    if VERSION_TABLE not in tables:
        ours = tables & metadata.tables.keys()
        return SchemaState(SchemaAge.FOREIGN if ours else SchemaAge.EMPTY, None)
    revision = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar()  # noqa: S608 - a constant of ours
    if revision is None:
        return SchemaState(SchemaAge.EMPTY, None)
    if not _REVISION.fullmatch(revision):
        return SchemaState(SchemaAge.FOREIGN, revision)
    age = (
        SchemaAge.CURRENT
        if revision == HEAD
        else SchemaAge.OLDER
        if revision < HEAD
        else SchemaAge.NEWER
    )
    return SchemaState(age, revision)


def require_current(state: SchemaState, name: str) -> None:
    """Refuse a database with another schema than this syncd's.

    Raises:
        SchemaOutdated: The message names the command that mends it.
    """
    if state.age is SchemaAge.OLDER:
        raise SchemaOutdated(
            text(
                "The store {name} has schema {revision}, and this syncd needs {head}.",
                name=name,
                revision=state.revision,
                head=HEAD,
            ),
            hint=text("Make a backup and run: syncd db upgrade"),
        )
    if state.age is SchemaAge.NEWER:
        raise SchemaOutdated(
            text(
                "The store {name} was written by a newer syncd: it has schema {revision}, this one knows {head}.",
                name=name,
                revision=state.revision,
                head=HEAD,
            ),
            hint=text(
                "Install that newer syncd again, or restore the backup from before the upgrade."
            ),
        )
    if state.age is SchemaAge.FOREIGN:
        raise SchemaOutdated(
            text(
                "The store {name} has tables with syncd's names that syncd did not make.", name=name
            ),
            hint=text(
                "Check [store] url; give syncd a database of its own, or rename those tables."
            ),
        )
    if state.age is SchemaAge.EMPTY:
        raise SchemaOutdated(
            text("The store {name} has no tables of syncd yet.", name=name),
            hint=text("Run: syncd db upgrade"),
        )


def migrate(connection: Connection, revision: str = "head") -> None:
    """Bring the schema to a revision, upwards or downwards, in the caller's transaction."""
    # Alembic takes a tenth of a second to import, and almost no run needs it.
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415 - see above

    with migrations() as folder:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.attributes["connection"] = connection
        going_down = revision == "base" or (
            revision != "head" and revision < (read_schema(connection).revision or "")
        )
        if going_down:
            with _references_unchecked(connection):
                command.downgrade(config, revision)
            return
        try:
            command.upgrade(config, revision)
        except DBAPIError as error:
            if not _was_made(connection, error):
                raise
            command.stamp(config, _following(config, read_schema(connection).revision))
            command.upgrade(config, revision)


def _was_made(connection: Connection, error: DBAPIError) -> bool:
    """Return whether an upgrade broke off between making something and noting that it was made.

    That can only be in MariaDB and MySQL, where a statement that defines data commits by itself.
    """
    if connection.dialect.name != "mysql" or error.orig is None:
        return False
    number, said = error.orig.args[:2]
    if number != _TABLE_IS_THERE:
        return number in _PART_IS_THERE
    table = _QUOTED.findall(said)[0]
    query = f"SELECT 1 FROM `{table}` LIMIT 1"  # noqa: S608 - a name of ours
    return connection.exec_driver_sql(query).first() is None


def _following(config: "Config", revision: str | None) -> str:
    """Return the migration that comes after one."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as in `migrate`

    scripts = ScriptDirectory.from_config(config).walk_revisions()
    return next(one.revision for one in scripts if one.down_revision == revision)


@contextmanager
def _references_unchecked(connection: Connection) -> Iterator[None]:
    """Let MariaDB and MySQL drop an index that a reference uses: the reference goes next."""
    if connection.dialect.name != "mysql":
        yield
        return
    connection.exec_driver_sql("SET foreign_key_checks = 0")
    try:
        yield
    finally:
        connection.exec_driver_sql("SET foreign_key_checks = 1")


@contextmanager
def migrations() -> Iterator[Path]:
    """Give the folder of the migrations: in the wheel it lies beside this module, else in the checkout."""
    packaged = files("syncd.store") / "migrations"
    if packaged.is_dir():
        with as_file(packaged) as folder:
            yield folder
    else:
        yield Path(__file__).resolve().parents[2] / "migrations"
