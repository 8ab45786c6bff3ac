import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect

from syncd.errors import SchemaOutdated
from syncd.store.database import Database
from syncd.store.schema import HEAD, VERSION_TABLE, metadata
from syncd.store.store import Store
from syncd.store.upgrade import SchemaAge, migrate, migrations, read_schema


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path}/syncd.db", read_only=False)


def scripts() -> ScriptDirectory:
    with migrations() as folder:
        config = Config()
        config.set_main_option("script_location", str(folder))
        return ScriptDirectory.from_config(config)


def ddl(connection: Connection) -> dict[str, list[str]]:
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


def test_the_migrations_make_exactly_the_tables_that_the_code_knows(database: Database) -> None:
    with database.write() as connection:
        migrate(connection)
        options = {"compare_type": True, "compare_server_default": True}
        options["include_name"] = lambda name, kind, _: kind != "table" or name != VERSION_TABLE  # type: ignore[assignment] # one of several kinds
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_the_migrations_write_the_same_statements_as_the_code(database: Database) -> None:
    with database.write() as connection:
        migrate(connection)
        migrated = ddl(connection)
    with create_engine("sqlite://").begin() as connection:
        metadata.create_all(connection)
        assert migrated == ddl(connection)


def test_every_migration_can_be_taken_back_and_made_again(database: Database) -> None:
    with database.write() as connection:
        migrate(connection)
        whole = ddl(connection)
    for revision in (f"{number:04d}" for number in range(int(HEAD) - 1, 0, -1)):
        with database.write() as connection:
            migrate(connection, revision)
            assert read_schema(connection).age is SchemaAge.OLDER
    with database.write() as connection:
        migrate(connection, "base")
        assert read_schema(connection).age is SchemaAge.EMPTY
        assert set(inspect(connection).get_table_names()) == {VERSION_TABLE}
        migrate(connection)
        assert ddl(connection) == whole


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
    tmp_path: Path, revision: str, age: SchemaAge, hint: str, read_only: bool
) -> None:
    url = f"sqlite:///{tmp_path}/syncd.db"
    store = Store.open(url)
    store.prepare()
    store.close()
    with sqlite3.connect(tmp_path / "syncd.db") as raw:
        raw.execute(f"UPDATE {VERSION_TABLE} SET version_num = ?", (revision,))
    raw.close()
    with pytest.raises(SchemaOutdated) as refused:
        Store.open(url, read_only=read_only).prepare()
    assert hint in refused.value.hint
    assert refused.value.exit_status == 6
    assert Store.open(url).schema_state().age is age


def test_tables_of_others_with_our_names_are_not_touched(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "syncd.db") as raw:
        raw.execute("CREATE TABLE sync_run (mine TEXT)")
    raw.close()
    store = Store.open(f"sqlite:///{tmp_path}/syncd.db")
    with pytest.raises(SchemaOutdated, match="did not make"):
        store.prepare()
    with pytest.raises(SchemaOutdated, match="did not make"):
        store.upgrade()


def test_tables_of_an_application_beside_ours_survive_an_upgrade(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "syncd.db") as raw:
        raw.execute("CREATE TABLE alembic_version (version_num TEXT)")
        raw.execute("INSERT INTO alembic_version VALUES ('theirs')")
    raw.close()
    store = Store.open(f"sqlite:///{tmp_path}/syncd.db")
    store.prepare()
    assert store.schema_state().age is SchemaAge.CURRENT
    with sqlite3.connect(tmp_path / "syncd.db") as raw:
        assert raw.execute("SELECT * FROM alembic_version").fetchall() == [("theirs",)]
    raw.close()


def test_an_older_schema_is_upgraded_with_its_rows(database: Database, tmp_path: Path) -> None:
    with database.write() as connection:
        migrate(connection, "0012")
    store = Store.open(f"sqlite:///{tmp_path}/syncd.db")
    store.upgrade()
    assert store.schema_state().age is SchemaAge.CURRENT
    assert store.store_version() == 0
