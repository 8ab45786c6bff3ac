"""What `check` lets pass the simulator shows whole; what it refuses would be cut or refused there."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from syncd.simulator import ThreadedSimulator
from syncd.wecom.client import WeComClient
from syncd.wecom.errors import WeComAnswer, WeComUnreachable
from syncd.wecom.messages import check, compose, media_paths
from syncd.wecom.messages.dispositions import Consequence, disposition
from syncd.wecom.messenger import Messenger
from tests.contract.reference_wire import (  # noqa: F401 - a fixture among them
    APP,
    CORP,
    SECRETS,
    server,
)
from tests.unit.wecom.message_samples import (
    CARDS,
    CONTENTS,
    LIMITS,
    Limit,
    changed,
    limit_name,
    msgtype_of,
)

FILES = {
    "image": ("图.png", b"\x89PNG\r\n\x1a\n picture"),
    "voice": ("a.amr", b"#!AMR\n" + b"\x3c" + bytes(31)),
    "video": ("a.mp4", b"\x00\x00\x00\x18ftypmp42"),
    "file": ("合同.pdf", b"%PDF-1.7"),
}


@pytest.fixture
def simulator(server: ThreadedSimulator) -> ThreadedSimulator:  # noqa: F811 - a fixture
    server.start_over(member_per_minute=None)
    return server


@pytest.fixture
def messenger(simulator: ThreadedSimulator) -> Iterator[Messenger]:
    with WeComClient(
        CORP,
        SECRETS["app"],
        secret_name="app_secret",
        base_url=simulator.base_url,
        agent_id=APP,
        timeout=timedelta(seconds=5),
    ) as client:
        yield Messenger(client)


@pytest.fixture
def uploaded(messenger: Messenger) -> dict[str, str]:
    """Return the media_id of a file of each kind."""
    return {kind: messenger.upload_media(kind, *file).media_id for kind, file in FILES.items()}


def with_ids(content: dict[str, Any], uploaded: dict[str, str]) -> dict[str, Any]:
    shown = json.dumps(content)
    for kind, media_id in uploaded.items():
        shown = shown.replace(f"MEDIA-{kind}", media_id)
    return json.loads(shown)


def body(msgtype: str, content: dict[str, Any], *touser: str, **options: Any) -> bytes:
    settings = {"agent_id": APP, "duplicate_check_interval": 14_400, "media": {}}
    return compose(msgtype, content, touser=touser or ("ZhangSan",), **settings | options)


def received(simulator: ThreadedSimulator) -> Any:
    """Return what the member saw of the only message."""
    (one,) = simulator.ledger("zhangsan")
    return one["msgtype"], one["content"]


@pytest.mark.parametrize("name", CONTENTS)
def test_every_type_is_accepted_and_shown_as_it_was_given(simulator, messenger, uploaded, name):
    msgtype, content = msgtype_of(name), with_ids(CONTENTS[name], uploaded)
    assert check(msgtype, content) == ()
    sent = messenger.send_message(body(msgtype, content))
    assert received(simulator) == (msgtype, content)
    assert simulator.ledger("zhangsan")[0]["msgid"] == sent.msgid
    assert bool(sent.response_code) == (name in CARDS)  # each sample has a menu or interacts


@pytest.mark.parametrize("limit", LIMITS, ids=limit_name)
def test_what_reaches_a_limit_is_shown_whole(simulator, messenger, uploaded, limit: Limit):
    msgtype = msgtype_of(limit.name)
    content = with_ids(changed(limit.name, limit.place, limit.make(limit.most)), uploaded)
    messenger.send_message(body(msgtype, content))
    assert received(simulator) == (msgtype, content)


#: The stricter of two measures, or a limit that the simulator does not have: it shows these whole.
STRICTER = {
    "textcard title",
    "textcard description",
    "mpnews articles.0.content",
    "news articles.0.picurl",
    "news articles.1.pagepath",
    "miniprogram_notice description",
    "text_notice action_menu.action_list.0.key",
    "text_notice quote_area.url",
    "text_notice horizontal_content_list.1.url",
    "text_notice jump_list.0.url",
    "news_notice card_action.url",
    "news_notice card_image.url",
    "news_notice image_text_area.image_url",
    "button_interaction button_list.0.key",
    "button_interaction button_selection.option_list",
    "button_interaction button_selection.option_list.0.id",
    "vote_interaction checkbox.option_list.1.id",
    "vote_interaction submit_button.key",
}


def refusal(messenger: Messenger, sent: bytes) -> WeComAnswer | None:
    """Return the error that a message is answered with, if it is."""
    try:
        messenger.send_message(sent)
    except WeComAnswer as error:
        return error
    return None


@pytest.mark.parametrize("limit", LIMITS, ids=limit_name)
def test_what_is_refused_before_it_is_sent_would_be_cut_or_refused(
    simulator, messenger, uploaded, limit: Limit
):
    msgtype = msgtype_of(limit.name)
    content = with_ids(changed(limit.name, limit.place, limit.make(limit.most + 1)), uploaded)
    (fault,) = check(msgtype, content)
    error = refusal(messenger, body(msgtype, content))
    if error is None:
        whole = received(simulator) == (msgtype, content)
        assert whole == (limit_name(limit) in STRICTER)
    else:
        assert (error.code, simulator.ledger()) == (fault.code, [])
        assert disposition(error).consequence is Consequence.MESSAGE


def test_local_files_are_uploaded_and_shown(simulator, messenger, tmp_path):
    content = {
        **CONTENTS["text_notice"],
        "horizontal_content_list": [
            {"type": 2, "keyname": "下载", "value": "合同", "path": "合同.pdf"}
        ],
    }
    (tmp_path / "合同.pdf").write_bytes(b"%PDF-1.7")
    media = {}
    for file in media_paths("template_card", content):
        with (tmp_path / file.path).open("rb") as stream:
            media[file.path] = messenger.upload_media(file.type, file.path, stream).media_id
    messenger.send_message(body("template_card", content, media=media))
    (row,) = received(simulator)[1]["horizontal_content_list"]
    assert row == {"type": 2, "keyname": "下载", "value": "合同", "media_id": media["合同.pdf"]}
    (kept,) = simulator.media()
    assert (kept["filename"], kept["media_id"]) == ("合同.pdf", media["合同.pdf"])


@pytest.mark.parametrize("kind", FILES)
def test_each_kind_of_file_is_uploaded_by_its_path(simulator, messenger, kind):
    name, data = FILES[kind]
    media_id = messenger.upload_media(kind, name, data).media_id
    messenger.send_message(body(kind, {"path": name}, media={name: media_id}))
    assert received(simulator) == (kind, {"media_id": media_id})


def test_safe_and_id_templates_reach_the_message(simulator, messenger):
    content = {"content": "$userName=ZhangSan$ 您好", "safe": 1, "enable_id_trans": 1}
    messenger.send_message(body("text", content))
    (one,) = simulator.ledger("zhangsan")
    assert (one["content"], one["safe"]) == ({"content": "李四 您好"}, 1)


def test_the_same_bytes_are_delivered_once_and_another_interval_is_another_message(
    simulator, messenger
):
    same = body("text", CONTENTS["text"])
    first, second = messenger.send_message(same), messenger.send_message(same)
    assert first == second
    other = messenger.send_message(body("text", CONTENTS["text"], duplicate_check_interval=14_399))
    assert other.msgid != first.msgid
    assert len(simulator.ledger("zhangsan")) == 2


def test_an_answer_that_is_lost_may_have_arrived_and_the_repeat_does_not_double_it(
    simulator, messenger
):
    simulator.fault("reset", "message/send", times=1)
    same = body("text", CONTENTS["text"])
    with pytest.raises(WeComUnreachable) as caught:
        messenger.send_message(same)
    assert disposition(caught.value).consequence is Consequence.UNKNOWN_OUTCOME
    assert len(simulator.ledger("zhangsan")) == 1  # it had arrived
    messenger.send_message(same)
    assert len(simulator.ledger("zhangsan")) == 1


LOST = {
    "hang": {"seconds": 1},
    "reset": {},
    "status": {"status": 502},
    "html": {},
    "truncated": {},
    "garbled": {},
}


@pytest.mark.parametrize("carried_out", [True, False])
@pytest.mark.parametrize("kind", LOST)
def test_every_lost_answer_is_an_unknown_outcome_whether_or_not_it_arrived(
    simulator, kind, carried_out
):
    simulator.fault(kind, "message/send", carried_out=carried_out, **LOST[kind])
    with WeComClient(
        CORP,
        SECRETS["app"],
        secret_name="app_secret",
        base_url=simulator.base_url,
        timeout=timedelta(milliseconds=250),
    ) as client:
        with pytest.raises(Exception) as caught:
            Messenger(client).send_message(body("text", CONTENTS["text"]))
        assert client.calls["message/send"] == 1
    assert disposition(caught.value).consequence is Consequence.UNKNOWN_OUTCOME
    assert len(simulator.ledger()) == carried_out


def test_who_cannot_be_reached_is_named_and_the_others_have_it(simulator, messenger):
    sent = messenger.send_message(body("text", CONTENTS["text"], "ZhangSan", "LiuDeHua"))
    assert sent.invalid_users == {"liudehua"}
    simulator.change_app(agent_id=APP, unlicensed=["ZhangSan"])
    sent = messenger.send_message(body("text", {"content": "x"}, "ZhangSan", "new@corp.1"))
    assert sent.unlicensed_users == {"zhangsan"}
    with pytest.raises(WeComAnswer) as caught:
        messenger.send_message(body("text", {"content": "y"}, "LiuDeHua", "Nobody"))
    found = disposition(caught.value)
    assert (found.consequence, found.code) == (Consequence.SPLIT, 81013)
    assert found.invalid_users == {"liudehua", "nobody"}


def test_a_message_is_recalled(simulator, messenger):
    messenger.recall_message(messenger.send_message(body("text", CONTENTS["text"])).msgid)
    assert simulator.ledger("zhangsan")[0]["recalled_at"]


def test_a_card_is_changed_and_only_once(simulator, messenger):
    card = CONTENTS["button_interaction"]
    sent = messenger.send_message(body("template_card", {**card, "horizontal_content_list": []}))
    change = {"userids": ["ZhangSan", "Nobody"], "replace_name": "已提交"}
    assert messenger.update_template_card(sent.response_code, **change) == {"nobody"}
    assert simulator.ledger("zhangsan")[0]["update"] == {"button": {"replace_name": "已提交"}}
    with pytest.raises(WeComAnswer) as caught:
        messenger.update_template_card(sent.response_code, **change)
    assert caught.value.code == 60140


def test_a_media_id_that_is_too_old_asks_for_another_upload(simulator, messenger, uploaded):
    simulator.advance(timedelta(days=3))
    for media_id in (uploaded["image"], "unknown"):
        with pytest.raises(WeComAnswer) as caught:
            messenger.send_message(body("image", {"media_id": media_id}))
        assert disposition(caught.value).consequence is Consequence.MEDIA


@pytest.mark.parametrize(
    ("secret", "agent_id", "code"),
    [("contacts", APP, 48002), ("narrow", APP, 301002), ("app", 9, 40056), ("wrong", APP, 40001)],
)
def test_what_concerns_every_message_stops_the_channel(simulator, secret, agent_id, code):
    with WeComClient(
        CORP,
        SECRETS.get(secret, "wrong"),
        secret_name="app_secret",
        base_url=simulator.base_url,
    ) as client:
        error = refusal(Messenger(client), body("text", CONTENTS["text"], agent_id=agent_id))
    assert error.code == code
    assert disposition(error).consequence is Consequence.CONFIGURATION
