"""`syncd explain` on a directory with a history, by the real command."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest


@contextmanager
def another_hand(folder: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(folder / "syncd.db")) as connection:
        yield connection
        connection.commit()


def field(document: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in document["fields"] if one["field"] == name)


def test_a_person_is_explained_field_by_field(syncd) -> None:
    found = syncd("explain", "newhire", "--json").json

    assert found["user"]["run"]["id"] == 2
    name = field(found, "name")
    assert (name["rule"], name["source"], name["external_id"]) == ("authority", "wecom", "newhire")
    assert (name["run"]["id"], name["run"]["cause"]) == (2, {"code": "new"})
    assert field(found, "mobile")["rule"] == "unknown"
    (link,) = found["links"]
    assert (link["method"], link["run"]["id"]) == ("authority", 2)
    (inside,) = found["departments"]
    assert (inside["is_primary"], inside["rule"], inside["run"]["id"]) == (True, "authority", 2)
    (record,) = found["records"]
    assert record["main_department"] == inside["external_id"]


def test_a_leaver_is_explained_with_the_run_that_found_it(syncd) -> None:
    found = syncd("explain", "baihui", "--json").json

    (reason,) = found["reasons"]
    assert (reason["reason"], reason["run"]["id"]) == ("gone_at", 2)
    assert reason["run"]["cause"] == {"code": "absent"}
    assert field(found, "mobile")["rule"] == "gone"
    assert field(found, "mobile")["run"]["why"] == "first load"
    assert field(found, "main_department")["value"]
    assert found["departments"] == []


def test_a_person_reads_tables(syncd) -> None:
    shown = syncd("explain", "baihui")

    assert shown.status == 0
    assert "inactive" in shown.out
    assert "run 2 (cli by" in shown.out
    assert "last known value: the person is gone" in shown.out
    assert "first load" in shown.out


def test_names_that_would_steer_the_terminal_are_shown_as_codes(syncd) -> None:
    shown = syncd("explain", "newhire").out

    assert "\\x1b" in shown
    assert "\x1b" not in shown


def test_a_value_of_another_hand_is_told(syncd, folder) -> None:
    with another_hand(folder) as connection:
        connection.execute("UPDATE directory_user SET position = 'boss' WHERE userid = 'newhire'")

    position = field(syncd("explain", "newhire", "--json").json, "position")

    assert (position["value"], position["rule"]) == ("boss", "pending")


@pytest.mark.parametrize(
    "words", ["baihui", "BaiHui", "userid:baihui", "user:1", "1", "wecom:baihui"]
)
def test_a_person_is_named_in_many_ways(syncd, words) -> None:
    assert syncd("explain", words, "--json").json["user"]["userid"] == "baihui"


@pytest.mark.parametrize("words", ["orphan", "ORPHAN", "ldap:orphan", "wang.wu"])
def test_a_record_without_a_user_says_why(syncd, folder, words) -> None:
    with another_hand(folder) as connection:
        connection.execute(
            "INSERT INTO directory_record (source, kind, external_id, read_at, data) VALUES"
            " ('ldap', 'user', 'orphan', '2026-01-01 00:00:00.000000',"
            """ '[{"userid": "wang.wu", "name": "王五"}, null, null, null, 1]')"""
        )

    found = syncd("explain", words, "--json").json

    assert found["user"] is None
    assert found["unmatched"]["code"] == "no_common_field"
    assert found["records"][0]["fields"]["name"] == "王五"
    assert "is a record without a user" in syncd("explain", words).out


@pytest.mark.parametrize(
    "words", ["nobody", "user:9999", "wecom:nobody", "x:y", "99999999999999999999"]
)
def test_nobody_is_refused(syncd, words) -> None:
    refused = syncd("explain", words)

    assert refused.status == 2
    assert "syncd find" in refused.err


def test_a_userid_of_two_people_asks_which(syncd, folder) -> None:
    with another_hand(folder) as connection:
        connection.execute("UPDATE directory_user SET userid_key = 'baihui' WHERE id = 2")

    refused = syncd("explain", "baihui")

    assert refused.status == 2
    assert "user:1, user:2" in refused.err
