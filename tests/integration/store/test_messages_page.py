"""What docs/messages.md shows is carried out: every statement, every program, every sample."""

import json
import re
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest

from syncd.messages import queue_message
from syncd.model.message import DeliveryStatus, MessageStatus, Reason, RecipientKind
from syncd.simulator.running import ThreadedSimulator
from syncd.wecom.messages import check
from tests.integration.store.test_queueing import connected, queued

DOCS = Path(__file__).parents[3] / "docs"
PAGE, CHINESE = ((DOCS / name).read_text("utf-8") for name in ("messages.md", "messages.zh.md"))
BLOCK = re.compile(r"^```([a-z]+)(?: ([^\n]+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
BLOCKS = [(language, name, text) for language, name, text in BLOCK.findall(PAGE)]
SAMPLES = {name: json.loads(text) for language, name, text in BLOCKS if language == "json"}
SIGN = "userid:zhangsan|department:3"
FILES = {
    "image": ("plan.png", b"\x89PNG\r\n\x1a\n picture"),
    "voice": ("notice.amr", b"#!AMR\n voice"),
    "video": ("tour.mp4", b"\x00\x00\x00\x18ftypmp42"),
    "file": ("contract-7.pdf", b"%PDF-1.7 contract"),
}


def block(language: str, name: str) -> str:
    (text,) = [text for one, named, text in BLOCKS if (one, named) == (language, name)]
    return text


def test_both_languages_show_the_same_examples():
    assert BLOCK.findall(CHINESE) == BLOCK.findall(PAGE)


@pytest.mark.parametrize("page", [PAGE, CHINESE], ids=["english", "chinese"])
@pytest.mark.parametrize("words", [MessageStatus, DeliveryStatus, Reason, RecipientKind])
def test_every_word_of_a_message_is_on_the_page(page, words):
    shown = set(re.findall(r"`(\w+)(?::\w+)?`", page))
    assert {one.value for one in words} - shown == set()


def test_the_statement_for_each_database_queues_a_message(store, database):
    with closing(connected(database)) as connection:
        connection.cursor().execute(block("sql", database.kind))
        connection.commit()
    (row,) = queued(database)
    assert (row.recipient, row.msgtype, row.dedupe_key) == (SIGN, "text", "contract-7-sign")
    assert row.content == {"content": "合同待您签署"}
    assert row.status == "queued"
    # by the database's own clock, whatever the zone of the session is
    hours = (row.expires_at - row.created_at).total_seconds() / 3600
    assert hours == pytest.approx(2, abs=0.01)


def with_contracts(database) -> None:
    database.execute(
        "DROP TABLE IF EXISTS contract",
        "CREATE TABLE contract (id INT PRIMARY KEY, state VARCHAR(20))",
        "INSERT INTO contract VALUES (7, 'new')",
    )


def test_the_program_for_each_driver_queues_a_message_in_its_own_transaction(store, database):
    with_contracts(database)
    if database.kind == "sqlite":
        place: Any = str(database.path)
    elif database.kind == "postgresql":
        place = database.url.replace("postgresql+psycopg://", "postgresql://")
    else:
        place = {"host": "127.0.0.1", "port": database.server.port, "user": "root"}
        place |= {"database": database.name, "charset": "utf8mb4"}
    program = compile(block("python", database.kind), "docs/messages.md", "exec")
    exec(program, {"DATABASE": place})
    (row,) = queued(database)
    assert row.recipient.startswith("userid:zhangsan")
    assert row.content
    assert database.rows("SELECT state FROM contract") == [("waiting",)]
    database.execute("DROP TABLE contract")


def test_the_statements_of_the_java_program_work_in_one_transaction(store, database):
    with_contracts(database)
    java = block("java", "")
    update, insert = re.findall(r'prepareStatement\(\s*"([^"]+)"', java)
    if database.kind != "postgresql":
        insert = insert.replace("CAST(? AS jsonb)", "?")
    if database.kind != "sqlite":
        update, insert = (one.replace("?", "%s") for one in (update, insert))
    values = ("user:17", "text", '{"content": "hi"}', "contract-7-sign")
    with closing(connected(database)) as connection:
        cursor = connection.cursor()
        cursor.execute(update, (7,))
        cursor.execute(insert, values)
        connection.rollback()
        assert queued(database) == []
        cursor.execute(update, (7,))
        cursor.execute(insert, values)
        connection.commit()
    assert [row.dedupe_key for row in queued(database)] == ["contract-7-sign"]
    assert database.rows("SELECT state FROM contract") == [("waiting",)]
    database.execute("DROP TABLE contract")


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_the_rights_on_the_page_are_enough_to_queue_and_for_nothing_else(store, database):
    is_postgresql = database.kind == "postgresql"
    sender = "sender" if is_postgresql else "sender@'%'"
    grant = block("sql", f"{database.kind} rights").replace("syncd.", f"{database.name}.")
    make = f"CREATE {'ROLE sender LOGIN PASSWORD' if is_postgresql else f'USER {sender} IDENTIFIED BY'} 'secret'"
    try:
        database.execute(make, grant)
        with closing(connected(database, user="sender", password="secret")) as connection:
            assert queue_message(connection, "all", "text", {"content": "hi"}) == 1
            connection.commit()
            refused = (psycopg.errors.InsufficientPrivilege, pymysql.err.OperationalError)
            for statement in (
                "SELECT content FROM outbox_message",
                "UPDATE outbox_message SET status = 'done'",
                "DELETE FROM outbox_message",
                "SELECT id FROM outbox_delivery",
                "SELECT id FROM directory_user",
            ):
                with pytest.raises(refused, match="denied"):
                    connection.cursor().execute(statement)
                connection.rollback()
    finally:
        if is_postgresql:
            database.execute("DROP OWNED BY sender", "DROP ROLE sender")
        else:
            database.execute(f"DROP USER {sender}")
    assert len(queued(database)) == 1


@pytest.fixture(scope="module")
def wecom():
    with ThreadedSimulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def post(wecom):
    """Return a function that posts to WeCom as an app does, by the standard library."""
    from urllib.request import Request, urlopen  # noqa: PLC0415 - of this fixture alone

    def ask(path: str, data: bytes, **headers: str) -> dict[str, Any]:
        request = Request(f"{wecom.base_url}/cgi-bin/{path}", data, headers)
        with urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())

    token = ask(f"gettoken?corpid={wecom.corp_id}&corpsecret={wecom.app_secret}", None)
    return lambda path, data, **headers: ask(
        f"{path}{'&' if '?' in path else '?'}access_token={token['access_token']}", data, **headers
    )


def uploaded(post, kind: str) -> str:
    name, content = FILES[kind]
    edge = "edge"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="media"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
    answer = post(
        f"media/upload?type={kind}",
        body,
        **{"Content-Type": f"multipart/form-data; boundary={edge}"},
    )
    assert answer["errcode"] == 0, answer
    return answer["media_id"]


def with_files(post, msgtype: str, content: Any) -> Any:
    """Return a content whose local files WeCom has."""
    if isinstance(content, list):
        return [with_files(post, msgtype, one) for one in content]
    if not isinstance(content, dict):
        return content
    keys = {"path": ("media_id", msgtype), "thumb_path": ("thumb_media_id", "image")}
    return {
        keys[key][0] if key in keys else key: uploaded(post, keys[key][1])
        if key in keys
        else with_files(post, msgtype, value)
        for key, value in content.items()
    }


def test_there_is_a_sample_of_every_type():
    assert set(SAMPLES) == {
        *("text", "image", "voice", "video", "file", "textcard", "news", "mpnews", "markdown"),
        *("miniprogram_notice", "template_card"),
    }


@pytest.mark.parametrize("msgtype", SAMPLES)
def test_syncd_finds_nothing_wrong_with_the_sample_of_any_type(msgtype):
    assert check(msgtype, SAMPLES[msgtype]) == ()


@pytest.mark.parametrize("msgtype", SAMPLES)
def test_the_sample_of_every_type_is_taken_whole(wecom, post, msgtype):
    somebody = next(iter(wecom.company_now().members))
    content = with_files(post, msgtype, SAMPLES[msgtype])
    body = {"touser": somebody, "msgtype": msgtype, "agentid": wecom.agent_id, msgtype: content}
    answer = post("message/send", json.dumps(body).encode())
    assert answer["errcode"] == 0, answer
    assert not answer.get("invaliduser")
    received = wecom.ledger(somebody)[-1]
    assert (received["msgtype"], received["content"]) == (msgtype, content)  # nothing was cut
