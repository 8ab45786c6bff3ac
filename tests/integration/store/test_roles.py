"""The accounts that docs/database.md describes are enough for their work, and for nothing else."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest

from syncd.store.store import Store
from tests.servers.database import ServerDatabase

KINDS = ("postgresql", "mariadb")
PAGE = (Path(__file__).parents[3] / "docs" / "database.md").read_text(encoding="utf-8")
ROLES = ("syncd", "app", "report")
INSERT = "INSERT INTO outbox_message (recipient, msgtype, content) VALUES ('all', 'text', '{}')"
READ = "SELECT u.name FROM directory_user u LEFT JOIN directory_membership m ON m.user_id = u.id"
Refused = (psycopg.errors.InsufficientPrivilege, pymysql.err.OperationalError)


def documented(heading: str, name: str) -> list[str]:
    """Return the statements of a block of the page, for a database of another name."""
    found = re.search(rf"```sql\n-- {re.escape(heading)}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    text = found[1].replace("syncd.", f"{name}.").replace("DATABASE syncd ", f"DATABASE {name} ")
    return [one.strip() for one in text.split(";") if one.strip()]


@pytest.fixture
def owned(database: ServerDatabase) -> Iterator[Store]:
    """Return the store as syncd's own account sees it, made by it from nothing."""
    server, name = database.server, database.name
    if database.kind == "postgresql":
        server.drop_database(name)
        server.execute(server.home, *documented("PostgreSQL, as its administrator", name))
        owner = psycopg.connect(host="127.0.0.1", port=server.port, dbname=name, user="syncd")
    else:
        made = documented("MariaDB, as its administrator, after syncd db upgrade", name)
        server.execute(name, *made[:2])
        owner = None
    store = Store.open(_as("syncd", database))
    try:
        store.prepare()
        if owner is not None:
            for one in documented(
                "PostgreSQL, as syncd in its database, after syncd db upgrade", name
            ):
                owner.execute(one)
            owner.commit()
        else:
            server.execute(name, *made[2:])
        yield store
    finally:
        store.close()
        if owner is not None:
            owner.close()
            server.drop_database(name)
            server.execute(server.home, *(f"DROP ROLE {one}" for one in ROLES))
        else:
            server.execute(name, *(f"DROP USER {one}@'%'" for one in ROLES))


def _as(role: str, database: ServerDatabase) -> str:
    user = "postgres" if database.kind == "postgresql" else "root"
    return database.url.replace(f"//{user}@", f"//{role}:secret@")


def test_each_account_may_do_its_work_and_nothing_else(
    owned: Store, database: ServerDatabase, syncs_of: Any, directory: Any
) -> None:
    syncs = syncs_of(owned)
    syncs.apply(directory.company())
    gone = [one.id for one in owned.world(None).users.values()]
    assert len(gone) == 3

    def may(role: str, *statements: str) -> None:
        with closing(
            database.server.connect(database.name, user=role, password="secret")
        ) as session:
            for one in statements:
                session.cursor().execute(one)

    may("app", READ, INSERT, "SELECT status FROM outbox_message")
    may("report", READ, "SELECT * FROM sync_change", "SELECT status FROM outbox_message")
    forbidden = {
        "app": (
            "UPDATE directory_user SET name = 'x'",
            "DELETE FROM outbox_message",
            "UPDATE outbox_message SET status = 'queued'",
            "SELECT * FROM directory_record",
            "SELECT * FROM audit_chain",
            "INSERT INTO directory_counter VALUES (2, 0, 0, 0)",
            "CREATE TABLE mine (id INT)",
        ),
        "report": (INSERT, "SELECT * FROM directory_record", "SELECT * FROM sync_plan"),
    }
    for role, statements in forbidden.items():
        for one in statements:
            with pytest.raises(Refused, match="denied"):
                may(role, one)


def test_syncd_works_without_the_right_to_alter_tables(
    store: Store, database: ServerDatabase, syncs_of: Any, directory: Any
) -> None:
    everything = "SELECT, INSERT, UPDATE, DELETE"
    if database.kind == "postgresql":
        database.execute(
            "CREATE ROLE daily LOGIN",
            f"GRANT {everything} ON ALL TABLES IN SCHEMA public TO daily",
        )
        url = database.url.replace("postgres@", "daily@")
    else:
        database.execute(
            "CREATE USER daily@'%'", f"GRANT {everything} ON {database.name}.* TO daily@'%'"
        )
        url = database.url.replace("root@", "daily@")
    try:
        with closing(Store.open(url)) as daily:
            daily.prepare()
            syncs_of(daily).apply(directory.company())
            assert len(daily.world(None).users) == 3
    finally:
        if database.kind == "postgresql":
            database.execute("DROP OWNED BY daily", "DROP ROLE daily")
        else:
            database.execute("DROP USER daily@'%'")
