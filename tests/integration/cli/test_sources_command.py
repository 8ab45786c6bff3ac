"""`syncd sources`: a source under another name, and the end of one, by the real commands."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from syncd.simulator import SimulatorOptions
from syncd.simulator.running import ThreadedSimulator
from tests.integration.cli.test_documented_json import EXAMPLES, differences


def configure(folder: Path, *changes: tuple[str, str]) -> None:
    file = folder / "syncd.toml"
    text = file.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)


RENAMED = ("[sources.wecom]", "[sources.corp]")
DISABLED = ("[sources.wecom]", "[sources.wecom]\nenabled = false")


@pytest.fixture
def of_ldap(folder: Path) -> None:
    """Let an LDAP directory have a record of user 3, and one of nobody."""
    record = "INSERT INTO directory_record (source, kind, external_id, read_at, data) VALUES"
    values = "'2026-01-01 00:00:00.000000', '[{\"name\": \"王五\"}, null, null, null, 1]'"
    with closing(sqlite3.connect(folder / "syncd.db")) as connection:
        connection.execute(f"{record} ('corp_ldap', 'user', 'u1', {values})")
        connection.execute(f"{record} ('corp_ldap', 'user', 'u2', {values})")
        connection.execute(
            "INSERT INTO directory_link (id, source, external_id, user_id, method, linked_at,"
            " last_seen_at, is_owner) VALUES (9999, 'corp_ldap', 'u1', 3, 'manual',"
            " '2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000', 0)"
        )
        connection.execute(
            "INSERT INTO sync_source (name, type, identity, fingerprint, readable, withheld, scope,"
            " capabilities) VALUES ('corp_ldap', 'ldap', 'dc=x', 'f', '[]', '[]', '{}', '{}')"
        )
        connection.commit()


def listed(answer) -> dict[str, dict[str, object]]:
    return {one["name"]: one for one in answer.json["sources"]}


# ── list ────────────────────────────────────────────────────────────────────────────────────


def test_sources_are_listed_with_what_is_theirs(syncd) -> None:
    wecom = listed(syncd("sources", "--json"))["wecom"]

    assert (wecom["state"], wecom["type"]) == ("authority", "wecom")
    assert wecom["users"] == wecom["records"] - wecom["departments"]
    assert wecom["last_reading_at"]
    assert "its people are the users" in syncd("sources").out


def test_a_source_that_is_no_longer_configured_says_what_can_be_done(syncd, folder) -> None:
    configure(folder, RENAMED)

    shown = syncd("sources")

    assert "syncd sources rename wecom NEW" in shown.out
    assert "syncd sources retire wecom" in shown.out
    assert listed(syncd("sources", "--json"))["wecom"]["state"] == "not_configured"
    assert listed(syncd("sources", "--json"))["corp"]["users"] == 0


def test_before_the_first_sync_the_configured_sources_are_listed(call, empty) -> None:
    assert listed(call(empty, "sources", "--json"))["wecom"]["records"] == 0


# ── rename ──────────────────────────────────────────────────────────────────────────────────


def test_after_a_rename_the_next_sync_goes_on_where_it_was(call, empty) -> None:
    with ThreadedSimulator(SimulatorOptions()) as wecom:
        address = re.search(r'base_url = "(.*)"', (empty / "syncd.toml").read_text())[1]
        configure(empty, (address, wecom.base_url))
        assert call(empty, "sync").status == 0
        people = [one.userid for one in wecom.company_now().members.values()]
        wecom.mutate(*({"op": "leave", "userid": one} for one in people[100:140]))
        assert call(empty, "sync").status == 4
        configure(empty, RENAMED)
        refused = call(empty, "sync")
        assert refused.status == 2
        assert "not configured" in refused.err

        renamed = call(empty, "sources", "rename", "wecom", "corp", "--as", "anna")
        assert renamed.status == 0, renamed.err

        held = call(empty, "sync", "--json")
        assert (held.status, held.json["run_id"]) == (4, 2)  # the same plan: no further run
        assert call(empty, "approve", "2").status == 0
        assert call(empty, "sync", "--full", "--json").json["outcome"] == "no_change"
        assert call(empty, "audit", "replay").status == 0
        assert call(empty, "audit", "verify").status == 0

    lines = map(json.loads, (empty / "audit.jsonl").read_text("utf-8").splitlines())
    (told,) = [line for line in lines if line["event"] == "source_renamed"]
    assert (told["actor"], told["before"], told["after"]) == ("anna", "wecom", "corp")


def test_a_new_name_that_is_not_configured_says_what_is_left_to_do(syncd) -> None:
    renamed = syncd("sources", "rename", "wecom", "corp")

    assert renamed.status == 0
    assert "[sources.wecom] becomes [sources.corp]" in renamed.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(["nobody", "corp"], "nothing of a source", id="unknown"),
        pytest.param(["wecom", "wecom"], "already", id="the same"),
        pytest.param(["wecom", "a.b"], "cannot be the name", id="no name"),
    ],
)
def test_a_rename_that_makes_no_sense_is_refused(syncd, words, says) -> None:
    refused = syncd("sources", "rename", *words)

    assert refused.status == 2
    assert says in refused.err


def test_another_directory_is_no_new_name(syncd, folder) -> None:
    corp_id = re.search(r'corp_id = "(.*)"', (folder / "syncd.toml").read_text())[1]
    configure(folder, RENAMED, (corp_id, "ww0000000000000000"))

    refused = syncd("sources", "rename", "wecom", "corp")

    assert refused.status == 2
    assert "another directory" in refused.err


# ── retire ──────────────────────────────────────────────────────────────────────────────────


def test_an_enabled_source_is_not_retired(syncd) -> None:
    refused = syncd("sources", "retire", "wecom", "--why", "closed", "--yes")

    assert refused.status == 2
    assert "enabled = false" in refused.err


def test_the_end_of_the_authority_is_shown_before_and_deactivates_nobody(syncd, folder) -> None:
    before = syncd("status", "--json").json["users"]
    configure(folder, DISABLED)

    shown = syncd("sources", "retire", "wecom", "--why", "closed")
    assert shown.status == 4
    assert "nobody is deactivated" in shown.out
    assert "--yes" in shown.out
    assert listed(syncd("sources", "--json"))["wecom"]["state"] == "disabled"

    done = syncd("sources", "retire", "wecom", "--why", "closed", "--as", "anna", "--yes")
    assert done.status == 0, done.err
    assert syncd("status", "--json").json["users"] == before
    assert listed(syncd("sources", "--json"))["wecom"]["state"] == "retired"
    run = syncd("runs", "--json").json["runs"][0]
    assert (run["actor"], run["why"], run["counts"]) == ("anna", "closed", {})
    assert syncd("audit", "replay").status == 0


def test_a_source_that_comes_back_has_its_people_again(call, empty) -> None:
    with ThreadedSimulator(SimulatorOptions()) as wecom:
        address = re.search(r'base_url = "(.*)"', (empty / "syncd.toml").read_text())[1]
        configure(empty, (address, wecom.base_url))
        call(empty, "sync")
        configure(empty, DISABLED)
        assert call(empty, "sources", "retire", "wecom", "--why", "x", "--yes").status == 0
        wecom.leave("baihui")
        configure(empty, DISABLED[::-1])

        back = call(empty, "sync", "--json")

    assert back.status == 0
    assert back.json["counts"]["user"] == {"deactivate": 1}


@pytest.mark.usefixtures("of_ldap")
def test_of_another_source_the_links_and_records_go(syncd) -> None:
    shown = syncd("sources", "retire", "corp_ldap", "--why", "closed")
    assert shown.status == 0, shown.out
    assert "Links with users of other sources that go: 1" in shown.out

    assert "corp_ldap" not in listed(syncd("sources", "--json"))
    assert syncd("find", "王五", "--json").json["found"] == []
    changes = syncd("audit", "--user", "3", "--json").json["changes"]
    # The link is gone, and the user's own history says by what.
    (lost,) = [one for one in changes if one["cause"] == {"code": "source_retired"}]
    assert (lost["entity"], lost["action"]) == ("link", "unlink")
    (told,) = syncd("audit", "--run", "5", "--json").json["changes"]
    assert (told["entity"], told["action"], told["cause"]) == (
        "link",
        "unlink",
        {"code": "source_retired"},
    )


@pytest.mark.usefixtures("of_ldap")
def test_a_guard_holds_the_loss_of_many_links(syncd, folder) -> None:
    with closing(sqlite3.connect(folder / "syncd.db")) as connection:
        connection.executemany(
            "INSERT INTO directory_link (id, source, external_id, user_id, method, linked_at,"
            " last_seen_at, is_owner) VALUES (?, 'corp_ldap', ?, ?, 'common_field',"
            " '2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000', 0)",
            [(8000 + n, f"v{n}", 10 + n) for n in range(20)],
        )
        connection.commit()

    held = syncd("sources", "retire", "corp_ldap", "--why", "closed", "--json")
    assert held.status == 4
    assert differences(EXAMPLES["syncd sources retire"], held.json) == []
    assert held.json["run_id"] is None
    assert [one["guard"] for one in held.json["held_by"]] == ["max_unlinks"]
    assert len(held.json["unlinked"]) == 21

    done = syncd("sources", "retire", "corp_ldap", "--why", "closed", "--yes", "--json")
    assert (done.status, done.json["run_id"]) == (0, 5)
