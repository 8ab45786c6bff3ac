"""`syncd explain` about a message that did not arrive, and WeCom asked for real."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from syncd.simulator.running import ThreadedSimulator
from tests.integration.cli.conftest import CONFIGURATION


def outbox(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "syncd.db")) as connection, connection:
        for one in statements:
            connection.execute(one)


def send(folder: Path, userid: str, status: str, reason: str = "") -> None:
    """Queue a message to somebody, and let this become of it."""
    outbox(
        folder,
        "INSERT INTO outbox_message (recipient, msgtype, content, status)"
        f" VALUES ('userid:{userid}', 'text', '{{}}', 'done')",
        "INSERT INTO outbox_delivery (message_id, user_id, source, external_id, status, reason, claimed_at, delivered_at)"
        f" SELECT m.id, u.id, 'wecom', '{userid}', '{status}', NULLIF('{reason}', ''), '2026-11-28 12:00:00',"
        f" CASE '{status}' WHEN 'delivered' THEN '2026-11-28 12:00:00' END"
        f" FROM directory_user u, (SELECT max(id) AS id FROM outbox_message) m WHERE u.userid = '{userid}'",
    )


@pytest.fixture
def wecom(folder: Path):
    """Return a WeCom of the folder's people that runs now."""
    with ThreadedSimulator() as simulator:
        settings = {"corp_id": simulator.corp_id, "agent_id": simulator.agent_id}
        text = CONFIGURATION.format(base_url=simulator.base_url, **settings)
        (folder / "syncd.toml").write_text(text, encoding="utf-8")
        (folder / "app_secret").write_text(simulator.app_secret, encoding="utf-8")
        yield simulator


def verdicts(answer) -> dict[str, str]:
    return {one["item"]: one["verdict"] for one in answer.json["arrival"]["items"]}


def somebody(wecom) -> str:
    return next(iter(wecom.company_now().members))


def test_without_a_message_nothing_is_said_of_messages(syncd):
    shown = syncd("explain", "newhire")
    assert "Messages" not in shown.out
    found = syncd("explain", "newhire", "--json").json
    assert (found["messages"], found["arrival"]) == ([], None)


def test_a_message_that_did_not_arrive_is_gone_through_by_itself(syncd, folder):
    send(folder, "newhire", "dead", "not_visible")
    shown = syncd("explain", "newhire")
    assert "Why message 1 did not arrive" in shown.out
    assert "in the visible range" in shown.out
    assert "this is it" in shown.out
    assert "ask the person" in shown.out
    answer = syncd("explain", "newhire", "--json")
    assert answer.json["messages"][0]["reason"] == "not_visible"
    assert verdicts(answer)["range"] == "is_it"
    assert answer.json["arrival"]["was_asked"] is False


def test_one_that_arrived_as_far_as_is_known_says_how_to_look(syncd, folder):
    send(folder, "newhire", "delivered")
    shown = syncd("explain", "newhire")
    assert "Why message" not in shown.out
    assert "--message ID --ask" in shown.out


def test_wecom_is_asked_only_with_ask(syncd, folder, wecom):
    userid = somebody(wecom)
    send(folder, userid, "delivered")
    wecom.reset_counts()
    assert (
        verdicts(syncd("explain", userid, "--message", "1", "--json"))["activated"] == "cannot_tell"
    )
    assert wecom.calls() == {}
    answer = syncd("explain", userid, "--ask", "--json")
    assert answer.json["arrival"]["was_asked"] is True
    found = verdicts(answer)
    assert {found[one] for one in ("app", "range", "activated")} == {"ok"}
    assert {one for one in wecom.calls() if one != "gettoken"} == {"agent/get", "user/get"}


@pytest.mark.parametrize(("status", "verdict"), [(2, "is_it"), (4, "is_it"), (1, "ok")])
def test_wecom_says_who_is_not_activated_or_disabled(syncd, folder, wecom, status, verdict):
    userid = somebody(wecom)
    wecom.change(userid, status=status)
    send(folder, userid, "delivered")
    assert verdicts(syncd("explain", userid, "--ask", "--json"))["activated"] == verdict


def test_wecom_says_who_is_not_in_range_any_more(syncd, folder, wecom):
    userid = somebody(wecom)
    wecom.leave(userid)
    send(folder, userid, "delivered")
    assert verdicts(syncd("explain", userid, "--ask", "--json"))["range"] == "is_it"


def test_an_app_that_is_switched_off_is_it(syncd, folder, wecom):
    userid = somebody(wecom)
    wecom.change_app(closed=True)
    send(folder, userid, "delivered")
    assert verdicts(syncd("explain", userid, "--ask", "--json"))["app"] == "is_it"


def test_in_chinese_every_item_is_chinese(syncd, folder, monkeypatch):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    send(folder, "newhire", "dead", "not_visible")
    shown = syncd("explain", "newhire")
    table = shown.out.partition("为何没有收到")[2].partition("\n\n")[0]
    assert "请询问本人" in table
    assert "the person" not in table


def test_a_record_without_a_user_gets_no_messages(syncd, folder):
    outbox(folder, "UPDATE directory_link SET user_id = NULL WHERE external_id = 'newhire'")
    refused = syncd("explain", "wecom:newhire", "--ask")
    assert refused.status == 2
    assert "gets no messages" in refused.err


def test_a_message_that_is_not_there_is_a_wrong_number(syncd):
    refused = syncd("explain", "newhire", "--message", "99")
    assert refused.status == 2
    assert "There is no message 99." in refused.err


def test_a_message_to_one_person_is_gone_through_where_it_is_shown(syncd, folder):
    send(folder, "newhire", "dead", "not_visible")
    shown = syncd("outbox", "show", "1")
    assert "Why message 1 did not arrive" in shown.out
    assert verdicts(syncd("outbox", "show", "1", "--json"))["range"] == "is_it"


def test_one_to_several_is_gone_through_for_whom_somebody_names(syncd, folder, wecom):
    userid = somebody(wecom)
    send(folder, userid, "delivered")
    assert syncd("outbox", "show", "1", "--json").json["arrival"] is None
    answer = syncd("outbox", "show", "1", "--user", userid, "--ask", "--json")
    assert answer.json["arrival"]["was_asked"] is True
    assert verdicts(answer)["activated"] == "ok"


def test_without_a_person_nobody_can_be_asked_about(syncd, folder):
    send(folder, "newhire", "dead", "refused")
    assert syncd("outbox", "show", "1", "--ask").status == 2
    assert syncd("outbox", "show", "1", "--user", "nobody").status == 2
