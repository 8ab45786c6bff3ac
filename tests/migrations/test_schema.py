from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Identity, inspect

from syncd.errors import SchemaOutdated
from syncd.store.database import Database
from syncd.store.schema import HEAD, VERSION_TABLE, metadata
from syncd.store.store import Store
from syncd.store.upgrade import SchemaAge, migrate, migrations, read_schema
from tests.servers.database import TestDatabase


@pytest.fixture
def store(database: TestDatabase) -> Iterator[Database]:
    """Return the database, empty, as syncd opens it."""
    opened = Database(database.url, read_only=False)
    opened.make_file()
    yield opened
    opened.close()


def scripts() -> ScriptDirectory:
    with migrations() as folder:
        config = Config()
        config.set_main_option("script_location", str(folder))
        return ScriptDirectory.from_config(config)


def upgrade(database: TestDatabase) -> None:
    with closing(Store.open(database.url)) as store:
        store.upgrade()


def age_of(database: TestDatabase) -> SchemaAge:
    with closing(Store.open(database.url)) as store:
        return store.schema_state().age


def shape(connection: Connection) -> dict[str, Any]:
    """Return all that the database tells of our tables, in an order of our own."""
    found = inspect(connection)
    return {
        name: {
            "columns": {one["name"]: repr(one) for one in found.get_columns(name)},
            "key": found.get_pk_constraint(name),
            "references": sorted(map(repr, found.get_foreign_keys(name))),
            "indexes": sorted(map(repr, found.get_indexes(name))),
            "unique": sorted(map(repr, found.get_unique_constraints(name))),
            "options": found.get_table_options(name),
        }
        for name in found.get_table_names()
        if name != VERSION_TABLE
    }


def sqlite_ddl(connection: Connection) -> dict[str, list[str]]:
    """Return the parts of each statement; the order of constraints says nothing."""
    rows = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
    )
    return {
        name: sorted(
            part.strip(" ()")
            for part in " ".join(sql.split()).replace(") WITHOUT", "), WITHOUT").split(",")
        )
        for name, sql in rows
        if name != VERSION_TABLE
    }


def differ(
    context: Any, found: Any, wanted: Any, in_database: str | None, _: Any, in_code: str | None
) -> bool | None:
    """Compare defaults; MariaDB gives back what is an expression in a spelling of its own."""
    if in_database is None or in_code is None:
        return None
    return in_database.strip("()'").lower() != in_code.strip("()'").lower()


def is_about_identity(step: Any) -> bool:
    """Return whether a step would take the identity of ids for a default of theirs."""
    return isinstance(step, list) and all(
        one[0] == "modify_default" and one[3] == "id" and isinstance(one[5], Identity)
        for one in step
    )


def test_the_migrations_make_exactly_the_tables_that_the_code_knows(store: Database) -> None:
    with store.alter() as connection:
        migrate(connection)
    with store.read() as connection:
        options: dict[str, Any] = {"compare_type": True, "compare_server_default": True}
        if connection.dialect.name == "mysql":
            options["compare_server_default"] = differ
        options["include_name"] = lambda name, kind, _: kind != "table" or name != VERSION_TABLE
        context = MigrationContext.configure(connection, opts=options)
        steps = compare_metadata(context, metadata)
    assert [step for step in steps if not is_about_identity(step)] == []


def test_the_migrations_make_what_the_code_would_make(
    store: Database, kind: str, make_database: Callable[..., TestDatabase], tmp_path: Path
) -> None:
    with store.alter() as connection:
        migrate(connection)
    (tmp_path / "other").mkdir()
    other = make_database(kind, tmp_path / "other")
    directly = Database(other.url, read_only=False)
    directly.make_file()
    with directly.alter() as connection:
        metadata.create_all(connection)
    looks = [shape] if kind != "sqlite" else [shape, sqlite_ddl]
    for look in looks:
        with store.read() as migrated, directly.read() as created:
            assert look(migrated) == look(created)
    directly.close()
    other.drop()


def test_every_migration_can_be_taken_back_and_made_again(store: Database) -> None:
    with store.alter() as connection:
        migrate(connection)
    with store.read() as connection:
        whole = shape(connection)
    for revision in [script.revision for script in scripts().walk_revisions()][1:]:
        with store.alter() as connection:
            migrate(connection, revision)
        with store.read() as connection:
            assert read_schema(connection).age is SchemaAge.OLDER
    with store.alter() as connection:
        migrate(connection, "base")
    with store.read() as connection:
        assert read_schema(connection).age is SchemaAge.EMPTY
        assert set(inspect(connection).get_table_names()) == {VERSION_TABLE}
    with store.alter() as connection:
        migrate(connection)
    with store.read() as connection:
        assert shape(connection) == whole


def test_the_code_names_the_newest_migration() -> None:
    assert scripts().get_heads() == [HEAD]


def test_a_migration_has_one_statement_that_defines_data() -> None:
    for script in scripts().walk_revisions():
        body = Path(script.path).read_text(encoding="utf-8")
        upgrade = body.split("def upgrade")[1].split("def downgrade")[0]
        assert upgrade.count("op.create_") + upgrade.count("op.drop_") <= 1, script.path


@pytest.mark.parametrize(
    ("revision", "age", "hint"),
    [
        pytest.param("0001", SchemaAge.OLDER, "syncd db upgrade", id="older"),
        pytest.param("9999", SchemaAge.NEWER, "newer syncd", id="newer"),
        pytest.param("beef1234", SchemaAge.FOREIGN, "[store] url", id="not ours"),
    ],
)
@pytest.mark.parametrize("read_only", [False, True])
def test_another_schema_is_refused_with_what_mends_it(
    database: TestDatabase, revision: str, age: SchemaAge, hint: str, read_only: bool
) -> None:
    database.prepare()
    database.execute(f"UPDATE {VERSION_TABLE} SET version_num = '{revision}'")
    with (
        pytest.raises(SchemaOutdated) as refused,
        closing(Store.open(database.url, read_only=read_only)) as store,
    ):
        store.prepare()
    assert hint in refused.value.hint
    assert refused.value.exit_status == 6
    assert age_of(database) is age


def test_tables_of_others_with_our_names_are_not_touched(database: TestDatabase) -> None:
    database.execute("CREATE TABLE sync_run (mine INTEGER)")
    with closing(Store.open(database.url)) as store:
        with pytest.raises(SchemaOutdated, match="did not make"):
            store.prepare()
        with pytest.raises(SchemaOutdated, match="did not make"):
            store.upgrade()


def test_tables_of_an_application_beside_ours_survive_an_upgrade(database: TestDatabase) -> None:
    database.execute(
        "CREATE TABLE alembic_version (version_num VARCHAR(32))",
        "INSERT INTO alembic_version VALUES ('theirs')",
    )
    with closing(Store.open(database.url)) as store:
        store.prepare()
    assert age_of(database) is SchemaAge.CURRENT
    assert database.rows("SELECT * FROM alembic_version") == [("theirs",)]


def test_an_older_schema_is_upgraded_with_its_rows(store: Database, database: TestDatabase) -> None:
    with store.alter() as connection:
        migrate(connection, "0012")
    with closing(Store.open(database.url)) as newer:
        newer.upgrade()
        assert newer.store_version() == 0
    assert age_of(database) is SchemaAge.CURRENT


def test_an_upgrade_that_broke_off_between_a_table_and_its_note_goes_on(
    store: Database, database: TestDatabase
) -> None:
    with store.alter() as connection:
        migrate(connection, "0012")
    if database.kind == "mariadb":  # where a statement that defines data commits by itself
        database.execute(f"UPDATE {VERSION_TABLE} SET version_num = '0011'")
    upgrade(database)
    assert age_of(database) is SchemaAge.CURRENT


def test_two_that_upgrade_at_once_do_not_meet(store: Database, database: TestDatabase) -> None:
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(upgrade, database) for _ in range(2)]:
            done.result()
    assert age_of(database) is SchemaAge.CURRENT
