"""What people read is in their language; what programs read never changes."""

import json
import re
import sqlite3
from contextlib import closing

import pytest

from syncd.simulator import SimulatorOptions, ThreadedSimulator
from tests.integration.cli.conftest import CONFIGURATION

#: Three plain English words in a row; commands, and what WeCom says, are taken out before.
ENGLISH = re.compile(r"\b[A-Za-z]+,? [a-z]+,? [a-z]+\b")
COMMAND = re.compile(r'syncd( [a-z]+)+|Usage: .*|用法：.*|"not allow[^"]*"')
LOG = re.compile("^timestamp=.*", re.MULTILINE)
CHINESE = re.compile("[\u4e00-\u9fff]")

COMMANDS = {
    "status": ["status"],
    "runs": ["runs"],
    "a run": ["runs", "2"],
    "a held run": ["runs", "4"],
    "conflicts": ["conflicts", "--all"],
    "find": ["find", "newhire"],
    "find nobody": ["find", "zzzz"],
    "tree": ["tree", "--depth", "1"],
    "audit": ["audit", "--run", "2"],
    "no change": ["audit", "--since", "1s"],
    "verify": ["audit", "verify"],
    "config check": ["config", "check"],
    "db current": ["db", "current"],
    "db check": ["db", "check"],
    "db upgrade": ["db", "upgrade"],
    "replay": ["audit", "replay"],
    "explain": ["explain", "newhire"],
    "explain somebody who went": ["explain", "baihui"],
    "sources": ["sources"],
    "a source that nothing is retired of": ["sources", "retire", "nobody"],
    "purge": ["purge", "--check"],
    "pause": ["pause", "--until", "2h", "--why", "x"],
    "resume": ["resume"],
    "disable": ["disable", "baihui", "--why", "x"],
    "enable": ["enable", "newhire", "--why", "x"],
    "undo": ["undo", "2", "--why", "x"],
    "link": ["link", "newhire", "wecom:nobody", "--why", "x"],
    "forget": ["audit", "forget", "elsewhere", "--why", "x"],
    "erase": ["db", "erase", "newhire", "--why", "x"],
    "help of the database": ["db", "--help"],
    "an unknown run": ["runs", "99"],
    "an unknown department": ["tree", "nowhere"],
    "an unknown person": ["audit", "--user", "nobody"],
    "an unknown conflict": ["conflicts", "accept", "99", "--why", "x"],
    "an approval of a run that is not held": ["approve", "1"],
    "an unknown command": ["stat"],
    "an unknown option": ["status", "--bogus"],
    "a missing option": ["audit", "restart"],
    "no number": ["runs", "first"],
    "no time": ["audit", "--since", "yesterday"],
    "two options that exclude each other": ["sync", "--full", "--user", "x"],
    "nothing": [],
    "help": ["sync", "--help"],
    "help of a group": ["conflicts", "--help"],
}


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS.keys())
def test_in_chinese_no_english_sentence_is_said(syncd, words):
    english, chinese = syncd(*words, "--lang", "en"), syncd(*words, "--lang", "zh")
    assert chinese.status == english.status
    said = chinese.out + chinese.err
    assert CHINESE.search(said)
    assert ENGLISH.findall(COMMAND.sub("", said)) == []


def test_english_is_found_where_there_is_some(syncd):
    answer = syncd("runs", "4", "--lang", "en")
    assert ENGLISH.search(COMMAND.sub("", answer.out))


@pytest.mark.parametrize(
    "words",
    [
        ["status"],
        ["runs"],
        ["runs", "4"],
        ["conflicts", "--all"],
        ["find", "newhire"],
        ["tree"],
        ["audit"],
        ["audit", "verify"],
        ["config", "check"],
        ["config", "show"],
        ["db", "current"],
        ["db", "check"],
    ],
    ids=" ".join,
)
def test_json_is_the_same_in_both_languages(syncd, words):
    english, chinese = syncd(*words, "--json"), syncd(*words, "--json", "--lang", "zh")
    assert json.loads(english.out)["schema_version"] == 1
    drop = re.compile(r'"(at|now)": ".*?"')
    assert drop.sub("", chinese.out) == drop.sub("", english.out)


def test_the_locale_decides_where_nothing_is_said(syncd, monkeypatch):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "用法" in syncd("--help").out
    assert "Usage" in syncd("--help", "--lang", "en").out
    assert "Usage" in syncd("--lang=en", "--help").out


def test_a_language_that_there_is_not_is_refused(syncd):
    answer = syncd("status", "--lang", "fr")
    assert (answer.status, "'fr' is not one of" in answer.err) == (2, True)


def test_the_reasons_of_a_stored_run_are_said_in_chinese(syncd):
    held = syncd("runs", "4", "--lang", "zh").out
    assert "max_deactivations：成员 39，此前的运行已有 1，上限为 10（总数 196）" in held
    assert "app_secret：可见范围：全公司" in held
    assert "原因：来源中已不存在，已再次查询确认" in held


def test_a_sync_and_its_plan_are_told_in_chinese_and_logged_in_english(call, empty):
    with ThreadedSimulator(SimulatorOptions(users=20, departments=4, shape="sized")) as wecom:
        settings = {"corp_id": wecom.corp_id, "agent_id": wecom.agent_id}
        file = empty / "syncd.toml"
        file.write_text(CONFIGURATION.format(base_url=wecom.base_url, **settings), "utf-8")
        plan, sync = call(empty, "plan", "--lang", "zh"), call(empty, "sync", "--lang", "zh")
        unchanged = call(empty, "--lang", "zh", "-v", "sync")
        wecom.fault("errcode", "gettoken", errcode=60020)
        refused = call(empty, "--lang", "zh", "sync")
        stored = call(empty, "--lang", "zh", "status")
    assert LOG.search(unchanged.err)
    assert [one for one in LOG.findall(unchanged.err) if CHINESE.search(one)] == []
    told = [one.out + one.err for one in (plan, sync, unchanged, refused, stored)]
    assert [one for one in told if ENGLISH.search(COMMAND.sub("", LOG.sub("", one)))] == []
    assert "  成员：新增 20" in sync.out
    assert "企业微信不信任本服务器的 IP" in refused.err + refused.out
    assert "企业可信IP" in refused.err + refused.out
    assert "企业微信不信任本服务器的 IP" in stored.out


@pytest.mark.parametrize("command", [["status"], ["runs"], ["runs", "4"]], ids=" ".join)
def test_what_a_run_failed_with_is_told_in_chinese_and_kept_in_english(folder, syncd, command):
    said = "gettoken: connection refused (http://127.0.0.1:9)"
    with closing(sqlite3.connect(folder / "syncd.db")) as rows, rows:
        rows.execute("UPDATE sync_run SET outcome = 'failed', error = ? WHERE id = 4", [said])
    assert "gettoken：连接被拒绝（http://127.0.0.1:9）" in syncd("--lang", "zh", *command).out
    assert said in json.dumps(syncd("--lang", "zh", *command, "--json").json)
