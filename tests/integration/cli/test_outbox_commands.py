"""`syncd notify` and `syncd outbox`, by the real commands."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from syncd.simulator import SimulatorOptions
from syncd.simulator.running import ThreadedSimulator
from tests.integration.cli.test_documented_json import EXAMPLES, differences


def execute(folder: Path, statement: str, *values: object) -> int:
    with closing(sqlite3.connect(folder / "syncd.db")) as connection, connection:
        return int(connection.execute(statement, values).lastrowid or 0)


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "syncd.db")) as connection:
        return connection.execute(query).fetchall()


def configured(folder: Path, text: str) -> None:
    """Add settings to the configuration of a folder."""
    with (folder / "syncd.toml").open("a", encoding="utf-8") as file:
        file.write(text)


@pytest.fixture
def wecom(folder: Path):
    """Run the simulator that the configuration of the folder names from now on."""
    with ThreadedSimulator(SimulatorOptions()) as running:
        file = folder / "syncd.toml"
        text = re.sub(r'base_url = ".*"', f'base_url = "{running.base_url}"', file.read_text())
        file.write_text(text, encoding="utf-8")
        (folder / "app_secret").write_text(running.app_secret, encoding="utf-8")
        yield running


# --- notify --------------------------------------------------------------------------------------


def test_a_message_is_queued_as_an_application_would_insert_it(syncd, folder) -> None:
    answer = syncd(
        *("notify", "--to", "user:7", "--to", "userid:baihui", "--text", "合同待您签署"),
        *("--priority", "5", "--dedupe-key", "c-1", "--not-before", "2h", "--as", "anna"),
    )

    assert answer.out == "Message 1 is queued; syncd outbox show 1 says what becomes of it.\n"
    (row,) = rows(
        folder,
        "SELECT recipient, msgtype, content, priority, dedupe_key, status FROM outbox_message",
    )
    assert row[:2] == ("user:7|userid:baihui", "text")
    assert json.loads(row[2]) == {"content": "合同待您签署"}
    assert row[3:] == (5, "c-1", "queued")
    log = (folder / "audit.jsonl").read_text("utf-8").splitlines()[-1]
    assert '"event":"message_queued"' in log
    assert '"actor":"anna"' in log
    assert "合同" not in log


def test_any_type_is_queued_with_its_content_from_a_file(syncd, folder) -> None:
    card = {"title": "t", "description": "d", "url": "https://example.com"}
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
    args = ("--to", "all", "--msgtype", "textcard", "--content", f"@{folder / 'card.json'}")
    assert syncd("notify", *args, "--json").json["message"] == 1
    assert json.loads(rows(folder, "SELECT content FROM outbox_message")[0][0]) == card


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--to", "zhangsan", "--text", "hi"], "'zhangsan' is no recipient"),
        (["--to", "all"], "One of --text, --markdown, or --msgtype with --content"),
        (["--to", "all", "--text", "hi", "--markdown", "hi"], "One of --text"),
        (["--to", "all", "--text", "hi", "--content", "{}"], "One of --text"),
        (["--to", "all", "--msgtype", "news", "--content", "{"], "--content is no JSON"),
        (["--to", "all", "--msgtype", "news", "--content", "[]"], "must be a JSON object"),
        (["--to", "all", "--msgtype", "news", "--content", "@/none"], "/none cannot be read"),
        (["--to", "all", "--text", "hi", "--not-before", "soon"], "--not-before 'soon' is no time"),
        (["--to", "all", "--text", "hi", "--expires-at", "2020-01-01"], "has passed"),
        (["--to", "all", "--text", "hi", "--source", "ldap"], "No source that sends is called"),
        (["--to", "all", "--text", ""], "content is missing"),
        (["--to", "all", "--text", "é" * 1025], "2,050 bytes, WeCom takes 2,048"),
        (["--to", "all", "--msgtype", "fax", "--content", "{}"], "fax"),
    ],
)
def test_what_could_not_be_sent_is_refused_before_it_is_queued(syncd, folder, args, said) -> None:
    answer = syncd("notify", *args)
    assert answer.status == 2
    assert said in answer.err
    assert rows(folder, "SELECT count(*) FROM outbox_message") == [(0,)]


def test_a_source_is_named_where_several_send(syncd, folder) -> None:
    configured(
        folder,
        '[sources.second]\ntype = "wecom"\ncorp_id = "ww2222222222222222"\nagent_id = 3\n'
        'app_secret = "file:app_secret"\nbase_url = "http://127.0.0.1:9"\n'
        '[reconcile]\nauthority = "wecom"\ncommon_field = "mobile"\n',
    )
    refused = syncd("notify", "--to", "all", "--text", "hi")
    assert refused.status == 2
    assert "Several sources send: wecom, second" in refused.err
    assert syncd("notify", "--to", "all", "--text", "hi", "--source", "second").status == 0


def test_where_no_source_sends_it_is_said(syncd, folder) -> None:
    file = folder / "syncd.toml"
    file.write_text(file.read_text().replace("app_secret = ", "contacts_secret = "), "utf-8")
    refused = syncd("notify", "--to", "all", "--text", "hi")
    assert refused.status == 2
    assert "no source sends messages" in refused.err
    assert "agent_id and app_secret" in refused.err


# --- looking -------------------------------------------------------------------------------------


def test_messages_are_listed_with_what_became_of_them(syncd, folder) -> None:
    assert syncd("outbox", "list").out == "There are no messages.\n"
    syncd("notify", "--to", "all", "--text", "hi")
    execute(
        folder,
        "INSERT INTO outbox_message (recipient, msgtype, content, status, reason)"
        " VALUES (?, 'text', '{}', 'dead', 'bad_content')",
        "user:\x1b[31m1",
    )

    listed = syncd("outbox", "list")
    assert [line.split()[0] for line in listed.out.splitlines()] == ["id", "2", "1"]
    assert "user:\\x1b[31m1" in listed.out
    assert [one["id"] for one in syncd("outbox", "list", "--json").json["messages"]] == [2, 1]
    dead = syncd("outbox", "list", "--status", "dead", "--reason", "bad_content", "--json")
    assert [one["id"] for one in dead.json["messages"]] == [2]
    assert syncd("outbox", "list", "--older-than", "1h").out == "No message is like that.\n"
    assert syncd("outbox", "list", "--user", "baihui").out == "No message is like that.\n"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["list", "--reason", "weather"], "There is no reason 'weather'"),
        (["list", "--older-than", "long"], "'long' is no length of time"),
        (["list", "--user", "nobody.at.all"], "There is no user"),
        (["show", "9"], "There is no message 9"),
        (["retry", "9"], "There is no message 9"),
        (["cancel", "9"], "There is no message 9"),
        (["approve", "9"], "There is no message 9"),
        (["update-card", "9", "--button", "x"], "There is no message 9"),
        (["update-card", "9"], "One of --button and --content"),
    ],
)
def test_what_makes_no_sense_is_said(syncd, args, said) -> None:
    answer = syncd("outbox", *args)
    assert answer.status == 2
    assert said in answer.err


def test_a_dead_message_is_shown_with_the_reason_and_what_to_do(syncd, folder) -> None:
    execute(
        folder,
        "INSERT INTO outbox_message (recipient, msgtype, content, status, reason, error)"
        " VALUES ('all', 'text', '{broken', 'dead', 'bad_content', 'content is no JSON')",
    )
    shown = syncd("outbox", "show", "1").out
    assert "Message 1: dead, text to all" in shown
    assert "bad_content: msgtype or content is not what WeCom takes." in shown
    assert "content is no JSON" in shown
    assert "{broken" in shown
    chinese = syncd("outbox", "show", "1", "--lang", "zh").out
    assert "消息 1：死信，text，接收人 all" in chinese
    assert "msgtype 或 content 不符合企业微信的要求" in chinese


def test_status_and_stats_show_what_waits(syncd, folder) -> None:
    assert "Outbox: nothing waits" in syncd("status").out
    syncd("notify", "--to", "all", "--text", "hi")
    execute(
        folder,
        "INSERT INTO outbox_channel VALUES"
        " ('wecom', 'configuration', '2026-11-28 01:00:00', '2026-11-28 01:05:00', 2, 60020, 'No.')",
    )
    shown = syncd("status").out
    assert "Outbox: 1 message queued, 0 deliveries waiting, 0 being sent" in shown
    assert "oldest waiting: just now" in shown
    assert "wecom sends nothing since 2026-11-28 01:00:00Z (configuration)" in shown
    assert syncd("status", "--json").json["outbox"]["queued"] == 1
    syncd("pause", "--outbox", "--as", "anna")
    stats = syncd("outbox", "stats")
    assert "The outbox: paused since" in stats.out
    assert "Messages: 1 queued" in stats.out
    assert syncd("outbox", "stats", "--json").json["stopped"][0]["error_code"] == 60020


# --- deciding ------------------------------------------------------------------------------------


def delivered(folder: Path, wecom: ThreadedSimulator, *, msgtype: str = "text") -> int:
    """Send a message by hand, as an engine would, and write down that it has arrived."""
    import requests  # noqa: PLC0415 - nowhere else here

    token = requests.get(
        f"{wecom.base_url}/cgi-bin/gettoken",
        params={"corpid": wecom.corp_id, "corpsecret": wecom.app_secret},
        timeout=5,
    ).json()["access_token"]
    content: dict[str, Any] = {"content": "hi"}
    if msgtype == "template_card":
        content = {
            "card_type": "button_interaction",
            "main_title": {"title": "Sign"},
            "task_id": "t-1",
            "button_list": [{"text": "Sign", "key": "sign"}],
        }
    body = {"touser": "baihui", "msgtype": msgtype, "agentid": wecom.agent_id, msgtype: content}
    sent = requests.post(
        f"{wecom.base_url}/cgi-bin/message/send",
        params={"access_token": token},
        json=body,
        timeout=5,
    ).json()
    assert sent["errcode"] == 0, sent
    message = execute(
        folder,
        "INSERT INTO outbox_message (recipient, msgtype, content, status)"
        " VALUES ('userid:baihui', ?, '{}', 'done')",
        msgtype,
    )
    call = execute(
        folder,
        "INSERT INTO outbox_call (source, status, body_hash, duplicate_window, attempts, token,"
        " first_sent_at, msgid, response_code)"
        " VALUES ('wecom', 'sent', x'00', 10800, 1, 1, strftime('%Y-%m-%d %H:%M:%f'), ?, ?)",
        sent["msgid"],
        sent.get("response_code"),
    )
    (user,) = rows(folder, "SELECT id FROM directory_user WHERE userid = 'baihui'")[0]
    execute(
        folder,
        "INSERT INTO outbox_delivery (message_id, user_id, external_id, status, source, call_id,"
        " delivered_at) VALUES (?, ?, 'baihui', 'delivered', 'wecom', ?,"
        " strftime('%Y-%m-%d %H:%M:%f'))",
        message,
        user,
        call,
    )
    return message


def test_a_delivered_message_is_taken_back_from_who_has_it(syncd, folder, wecom) -> None:
    message = delivered(folder, wecom)

    answer = syncd("outbox", "cancel", str(message), "--as", "anna", "--why", "wrong one")

    assert answer.out == "Taken back from 1 person.\n"
    assert [one["recalled_at"] is not None for one in wecom.ledger("baihui")] == [True]
    assert "taken back at" in syncd("outbox", "show", str(message)).out
    again = syncd("outbox", "cancel", str(message))
    assert again.status == 2
    assert "is over: it is cancelled" in again.err


def test_what_went_out_with_another_message_is_left_and_said(syncd, folder, wecom) -> None:
    message = delivered(folder, wecom)
    execute(
        folder,
        "INSERT INTO outbox_delivery (message_id, user_id, status, source, call_id)"
        " SELECT ?, 1, 'delivered', 'wecom', max(id) FROM outbox_call",
        execute(
            folder,
            "INSERT INTO outbox_message (recipient, msgtype, content, status)"
            " VALUES ('user:1', 'text', '{}', 'done')",
        ),
    )
    answer = syncd("outbox", "cancel", str(message))
    assert answer.status == 0
    assert "Not taken back from 1 person (call 1): the same call brought message 2" in answer.out
    assert [one["recalled_at"] for one in wecom.ledger("baihui")] == [None]


def test_where_wecom_does_not_answer_cancel_ends_with_3(syncd, folder, wecom) -> None:
    message = delivered(folder, wecom)
    wecom.fault("status", "message/recall", status=503)
    answer = syncd("outbox", "cancel", str(message))
    assert answer.status == 3
    assert "Not taken back from 1 person" in answer.out
    assert rows(folder, "SELECT status FROM outbox_message") == [("done",)]


def test_a_card_is_changed_before_who_has_it_and_only_once(syncd, folder, wecom) -> None:
    message = delivered(folder, wecom, msgtype="template_card")

    answer = syncd("outbox", "update-card", str(message), "--button", "已签署")

    assert answer.out == f"The card of message {message} is changed for 1 people.\n"
    assert wecom.ledger("baihui")[0]["update"] == {"button": {"replace_name": "已签署"}}
    again = syncd("outbox", "update-card", str(message), "--button", "x")
    assert again.status == 2
    assert "changed already" in again.err


def test_a_message_that_is_no_card_cannot_be_changed(syncd, folder, wecom) -> None:
    refused = syncd("outbox", "update-card", str(delivered(folder, wecom)), "--button", "x")
    assert refused.status == 2
    assert "is a text, no card" in refused.err


def test_retry_and_approve_say_what_they_did(syncd, folder) -> None:
    insert = (
        "INSERT INTO outbox_message (recipient, msgtype, content, status, reason, people)"
        " VALUES ('all', 'text', '{}', ?, ?, 600)"
    )
    dead = execute(folder, insert, "dead", "no_source")
    waiting = execute(folder, insert, "queued", "needs_approval")
    assert syncd("outbox", "retry", str(dead)).out == f"Message {dead} is queued again.\n"
    assert syncd("outbox", "approve", str(waiting), "--why", "the boss says so").out == (
        f"Message {waiting} goes to 600 people.\n"
    )
    assert '"why":"the boss says so"' in (folder / "audit.jsonl").read_text("utf-8")
    assert syncd("audit", "verify").status == 0


# --- JSON ----------------------------------------------------------------------------------------


def of_everything(folder: Path, wecom: ThreadedSimulator) -> None:
    """Fill the outbox with a message in every state that the examples show."""
    message = delivered(folder, wecom, msgtype="template_card")
    other = execute(
        folder,
        "INSERT INTO outbox_message (recipient, msgtype, content, status)"
        " VALUES ('user:1', 'text', '{}', 'sending')",
    )
    for status, reason, key in (
        ("delivered", None, 1),
        ("dead", "outcome_unknown", 2),
        ("dead", "retries_used_up", 3),
        ("pending", None, 4),
    ):
        execute(
            folder,
            "INSERT INTO outbox_delivery (message_id, user_id, external_id, status, source,"
            " reason, call_id) VALUES (?, ?, 'x', ?, 'wecom', ?, ?)",
            other,
            key,
            status,
            reason,
            message if status == "delivered" else None,
        )
    execute(
        folder,
        "INSERT INTO outbox_message (recipient, msgtype, content, status, reason, people)"
        " VALUES ('all', 'text', '{}', 'queued', 'needs_approval', 600)",
    )


DOCUMENTED = {
    "syncd notify": ["notify", "--to", "all", "--text", "hi"],
    "syncd outbox list": ["outbox", "list"],
    "syncd outbox show": ["outbox", "show", "1"],
    "syncd outbox retry": ["outbox", "retry", "2"],
    "syncd outbox cancel": ["outbox", "cancel", "2"],
    "syncd outbox approve": ["outbox", "approve", "3"],
    "syncd outbox update-card": ["outbox", "update-card", "1", "--button", "done"],
    "syncd outbox stats": ["outbox", "stats"],
    "syncd outbox drain": ["outbox", "drain"],
}


def test_every_example_of_the_outbox_is_compared_with_its_command() -> None:
    examples = {name for name in EXAMPLES if name.startswith(("syncd notify", "syncd outbox"))}
    assert examples == DOCUMENTED.keys()


@pytest.mark.parametrize("name", DOCUMENTED)
def test_the_json_of_a_command_is_as_documented(syncd, folder, wecom, name) -> None:
    of_everything(folder, wecom)
    answer = syncd(*DOCUMENTED[name], "--json")
    assert answer.status == 0
    assert differences(EXAMPLES[name], answer.json) == []
