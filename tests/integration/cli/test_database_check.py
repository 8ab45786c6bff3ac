import sqlite3
from contextlib import closing

import pytest


def alter(folder, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "syncd.db")) as database, database:
        for statement in statements:
            database.execute(statement)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        pytest.param("DROP TABLE outbox_delivery", "table outbox_delivery is missing", id="table"),
        pytest.param("ALTER TABLE sync_run DROP COLUMN why", "column sync_run.why", id="column"),
        pytest.param(
            "DROP INDEX ix_directory_user_userid_key", "ix_directory_user_userid_key", id="index"
        ),
    ],
)
def test_a_schema_that_differs_is_found(syncd, folder, statement, said) -> None:
    alter(folder, statement)

    answer = syncd("db", "check")

    assert answer.status == 7
    assert said in answer.out


def test_what_an_application_added_is_welcome(syncd, folder) -> None:
    alter(
        folder,
        "CREATE TABLE my_table (id INTEGER PRIMARY KEY)",
        "ALTER TABLE directory_user ADD COLUMN my_column TEXT",
        "CREATE INDEX my_index ON directory_user (name)",
    )

    assert syncd("db", "check").out.startswith("ok: ")


def test_a_reference_that_leads_nowhere_is_found(syncd, folder) -> None:
    alter(folder, "UPDATE directory_user SET manager_id = 99999 WHERE id = 2")

    findings = syncd("db", "check", "--json").json["findings"]

    assert [one["code"] for one in findings] == ["reference"]
    assert "row 2 of directory_user" in findings[0]["message"]


@pytest.mark.parametrize(("revision", "state"), [("0001", "older"), ("9999", "newer")])
def test_another_schema_is_told_and_refused_by_other_commands(
    syncd, folder, revision, state
) -> None:
    alter(folder, f"UPDATE syncd_schema SET version_num = '{revision}'")

    assert syncd("db", "current", "--json").json["state"] == state
    assert syncd("db", "check").status == 7
    assert syncd("status").status == 6


def test_a_newer_schema_is_not_upgraded(syncd, folder) -> None:
    alter(folder, "UPDATE syncd_schema SET version_num = '9999'")

    assert syncd("db", "upgrade").status == 6


def test_a_file_of_another_kind_is_no_store(syncd, folder) -> None:
    (folder / "syncd.db").write_bytes(b"no database" * 1000)

    answer = syncd("status")

    assert answer.status == 6
    assert "is not an SQLite database" in answer.err


def test_a_damaged_page_is_found(syncd, folder) -> None:
    data = bytearray((folder / "syncd.db").read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle : middle + 4096] = b"\xff" * 4096
    (folder / "syncd.db").write_bytes(data)

    answer = syncd("db", "check")

    assert answer.status == 7
    assert "damaged: " in answer.out
