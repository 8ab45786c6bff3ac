"""Sending: once, with what became of it, or with an error that says whether it may have arrived."""

import json
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO

import pytest

from syncd.errors import SourceRejected, UsageError
from syncd.simulator.multipart import file_part
from syncd.wecom.client import WeComClient
from syncd.wecom.errors import WeComAnswer, WeComError, WeComMalformed, WeComUnfit, WeComUnreachable
from syncd.wecom.messages.media import MEDIA_KINDS
from syncd.wecom.messenger import Messenger, Sent, UploadedMedia
from syncd.wecom.pace import Pace
from syncd.wecom.token import FetchedToken
from tests.contract.fake_wecom import (
    CERTIFICATE,
    HANG,
    HTML,
    RESET,
    TOKEN,
    Http,
    Stall,
    closed_port,
    refusal,
)

BODY = '{"touser":"zhangsan","msgtype":"text","text":{"content":"合同待您签署"}}'.encode()
SENT = {"errcode": 0, "errmsg": "ok", "msgid": "M1"}
SEND = "message/send"
PNG = b"\x89PNG\r\n\x1a\n picture"


@pytest.fixture
def messenger(client: WeComClient) -> Messenger:
    return Messenger(client)


def failure(messenger: Messenger, body: bytes = BODY) -> WeComError:
    with pytest.raises(WeComError) as caught:
        messenger.send_message(body)
    return caught.value


def with_token(client: WeComClient) -> Messenger:
    """Return a messenger that needs no gettoken: what fails is the message itself."""
    client._tokens.get(client._key, lambda: FetchedToken("token", 7200))
    return Messenger(client)


# What is sent, and what came of it


def test_a_body_is_sent_as_it_is_to_message_send(wecom, messenger) -> None:
    wecom.always[SEND] = SENT
    assert messenger.send_message(BODY) == Sent("M1")
    asked = wecom.requests[-1]
    assert (asked.method, asked.path, asked.body) == ("POST", SEND, BODY)
    assert asked.query == {"access_token": f"{TOKEN}1"}
    assert asked.headers["content-type"] == "application/json; charset=utf-8"
    assert asked.headers["content-length"] == str(len(BODY))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, Sent("M1")),
        ({"invaliduser": "", "invalidparty": "", "invalidtag": "", "unlicenseduser": ""}, Sent("M1")),
        ({"invaliduser": None}, Sent("M1")),
        ({"invaliduser": "lisi"}, Sent("M1", invalid_users=frozenset({"lisi"}))),
        ({"invaliduser": "LiSi|wangwu"}, Sent("M1", invalid_users=frozenset({"lisi", "wangwu"}))),
        ({"invaliduser": ["LiSi", "b"]}, Sent("M1", invalid_users=frozenset({"lisi", "b"}))),
        ({"invalidparty": "2|77"}, Sent("M1", invalid_parties=frozenset({"2", "77"}))),
        ({"invalidparty": [2, 77]}, Sent("M1", invalid_parties=frozenset({"2", "77"}))),
        ({"invalidparty": 2}, Sent("M1", invalid_parties=frozenset({"2"}))),
        ({"invalidtag": "1"}, Sent("M1", invalid_tags=frozenset({"1"}))),
        ({"unlicenseduser": "a | B"}, Sent("M1", unlicensed_users=frozenset({"a", "b"}))),
        ({"response_code": "R1"}, Sent("M1", "R1")),
        ({"msgid": None}, Sent("")),
    ],
)  # fmt: skip
def test_the_lists_of_an_answer_are_sets_of_lower_case_names(
    wecom, messenger, more, expected
) -> None:
    wecom.always[SEND] = SENT | more
    assert messenger.send_message(BODY) == expected


def test_an_answer_without_errcode_is_a_success_when_it_has_a_msgid(wecom, messenger) -> None:
    wecom.always[SEND] = {"msgid": "M1"}
    assert messenger.send_message(BODY) == Sent("M1")


def test_messages_do_not_count_in_the_rates_of_endpoints(wecom, make, time) -> None:
    wecom.always[SEND] = SENT
    pace = Pace(per_minute=1, total_per_minute=1, clock=time.clock, sleep=time.sleep)
    messenger = Messenger(make(wecom.base_url, pace=pace))
    for _ in range(3):
        messenger.send_message(BODY)
    assert time.slept == []


# Once


@pytest.mark.parametrize("code", [-1, 6000, 45009, 45033, 45035, 81026, 40003, 81013, 99999999])
def test_a_refused_message_is_not_repeated_and_has_not_arrived(
    wecom, messenger, time, code
) -> None:
    wecom.always[SEND] = refusal(code)
    error = failure(messenger)
    assert isinstance(error, WeComAnswer)
    assert (error.code, error.may_have_arrived) == (code, False)
    assert (wecom.count(SEND), time.slept) == (1, [])


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_refused_token_is_replaced_once_for_the_message_was_not_sent(
    wecom, messenger, time, code
) -> None:
    wecom.script[SEND] = [refusal(code), SENT]
    assert messenger.send_message(BODY) == Sent("M1")
    assert [(r.token, r.body) for r in wecom.requests if r.path == SEND] == [
        (f"{TOKEN}1", BODY),
        (f"{TOKEN}2", BODY),
    ]
    wecom.always[SEND] = refusal(code)
    error = failure(messenger)
    assert (error.code, error.may_have_arrived) == (code, False)
    assert (wecom.count(SEND), time.slept) == (4, [])


def test_who_is_refused_is_named_in_the_error_too(wecom, messenger) -> None:
    wecom.always[SEND] = refusal(81013, invaliduser="LiSi|b", unlicenseduser="c")
    body = failure(messenger).body
    assert (body.invalid_users, body.unlicensed_users) == ({"lisi", "b"}, {"c"})


# Whether it may have arrived

CUT = b'{"errcode":0,"errmsg":"ok","msgid":"M'
#: The message was read, and no answer tells what became of it.
UNKNOWN = {
    "no answer in time": HANG,
    "an answer that stops": Stall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"),
    "closed": Http(b""),
    "reset": RESET,
    "cut off": Http.of(200, CUT, length=900),
    "no HTTP": Http(b"220 mail.example.com ESMTP\r\n"),
    "HTTP 500": Http.of(500, b"{}"),
    "HTTP 502": Http.of(502, HTML),
    "HTTP 504": Http.of(504, HTML),
    "HTTP 429": Http.of(429, b""),
    "HTTP 403": Http.of(403, HTML),
    "redirected": Http.of(302, b"", more=b"Location: http://127.0.0.1:1/\r\n"),
    "HTML": HTML,
    "cut JSON": CUT,
    "empty": b"",
    "a list": b"[]",
    "errcode of text": {"errcode": "0", "msgid": "M1"},
    "neither errcode nor msgid": {"status": "ok"},
    "wrong gzip": Http.of(200, b"{}", more=b"Content-Encoding: gzip\r\n"),
}  # fmt: skip
SHORT = {"timeout": timedelta(milliseconds=60)}


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
def test_what_was_read_and_not_answered_may_have_arrived_and_is_not_repeated(
    wecom, make, time, answer
) -> None:
    wecom.always[SEND] = answer
    error = failure(with_token(make(wecom.base_url, **SHORT)))
    assert isinstance(error, WeComUnreachable | WeComMalformed)
    assert error.may_have_arrived
    assert (wecom.count(SEND), time.slept) == (1, [])


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
def test_without_a_token_nothing_has_arrived_whatever_gettoken_said(wecom, make, answer) -> None:
    wecom.always["gettoken"] = answer
    error = failure(Messenger(make(wecom.base_url, **SHORT)))
    assert error.endpoint == "gettoken"
    assert not error.may_have_arrived
    assert (wecom.count("gettoken"), wecom.count(SEND)) == (4, 0)  # its own repetitions


@pytest.mark.parametrize("code", [40001, 40013, 40091, 60020, 45009])
def test_a_refused_gettoken_means_that_nothing_has_arrived(wecom, messenger, code) -> None:
    wecom.always["gettoken"] = refusal(code)
    error = failure(messenger)
    assert (error.code, error.may_have_arrived, wecom.count(SEND)) == (code, False, 0)


def test_a_message_that_is_refused_for_its_token_has_not_arrived_when_none_can_be_fetched(
    wecom, messenger
) -> None:
    wecom.always[SEND] = refusal(40014)
    wecom.script["gettoken"] = [{"errcode": 0, "access_token": "x", "expires_in": 7200}]
    wecom.always["gettoken"] = HTML
    error = failure(messenger)
    assert (error.endpoint, error.may_have_arrived) == ("gettoken", False)


def test_a_refused_connection_means_that_nothing_has_arrived(make) -> None:
    error = failure(with_token(make(f"http://127.0.0.1:{closed_port()}")))
    assert (error.message[:13], error.may_have_arrived) == ("message/send:", False)
    assert "connection refused" in error.message


def test_an_unknown_host_means_that_nothing_has_arrived(make, no_names) -> None:
    error = failure(with_token(make("http://wecom.invalid")))
    assert "the host name is not known" in error.message
    assert not error.may_have_arrived


@pytest.fixture
def full() -> Iterator[str]:
    """Yield the address of a server that takes no connection: its queue is full."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listening.getsockname())
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        for one in waiting:
            one.close()


def test_no_connection_in_time_means_that_nothing_has_arrived(make, full) -> None:
    error = failure(with_token(make(full, **SHORT)))
    assert "no connection within 0.06 s" in error.message
    assert not error.may_have_arrived


def test_a_failed_handshake_means_that_nothing_has_arrived(wecom, wecom_tls, make) -> None:
    untrusted = failure(with_token(make(wecom_tls.base_url)))
    assert "the certificate is not accepted" in untrusted.message
    without = failure(with_token(make(wecom.base_url.replace("http:", "https:"))))
    assert "TLS failed" in without.message
    assert [untrusted.may_have_arrived, without.may_have_arrived] == [False, False]
    assert wecom_tls.requests == []


def test_a_connection_that_breaks_after_the_handshake_may_have_carried_the_message(
    wecom_tls, make
) -> None:
    wecom_tls.always[SEND] = RESET
    error = failure(with_token(make(wecom_tls.base_url, ca_file=CERTIFICATE)))
    assert error.may_have_arrived
    assert wecom_tls.count(SEND) == 1


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_not_there_or_refuses_has_kept_the_message(wecom, make, scheme) -> None:
    dead = make(f"{scheme}://wecom.invalid", proxy=f"http://127.0.0.1:{closed_port()}")
    # the path of a request to the proxy: of the call itself, or of a CONNECT to port 443
    wecom.always |= {SEND: Http.of(407, HTML), "443": Http.of(407, HTML)}
    refusing = make(f"{scheme}://wecom.invalid", proxy=wecom.base_url)
    for error in (failure(with_token(dead)), failure(with_token(refusing))):
        assert not error.may_have_arrived
    assert len(wecom.requests) == 1


def test_a_proxy_that_breaks_off_after_it_had_the_message_may_have_passed_it_on(
    wecom, make
) -> None:
    wecom.always[SEND] = RESET
    error = failure(with_token(make("http://wecom.invalid", proxy=wecom.base_url)))
    assert error.may_have_arrived


def test_a_connection_that_breaks_in_the_middle_of_the_message_may_have_carried_it(make) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()

        def break_off() -> None:
            connection, _ = listening.accept()
            connection.recv(1000)
            connection.close()  # with unread bytes in it: a reset

        thread = threading.Thread(target=break_off)
        thread.start()
        client = make(f"http://127.0.0.1:{listening.getsockname()[1]}")
        error = failure(with_token(client), BODY + b" " * 8_000_000)
        thread.join()
    assert isinstance(error, WeComUnreachable)
    assert error.may_have_arrived


# Afterwards


def test_a_recall_names_the_message_and_is_repeated(wecom, messenger, time) -> None:
    wecom.script["message/recall"] = [refusal(-1), RESET, {"errcode": 0, "errmsg": "ok"}]
    messenger.recall_message("M1")
    assert [json.loads(r.body) for r in wecom.requests[1:]] == [{"msgid": "M1"}] * 3
    wecom.always["message/recall"] = refusal(42052)
    with pytest.raises(WeComError, match="message/recall of message M1"):
        messenger.recall_message("M1")


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"replace_name": "已签"}, {"button": {"replace_name": "已签"}}),
        (
            {"template_card": {"card_type": "text_notice"}},
            {"template_card": {"card_type": "text_notice"}},
        ),
    ],
)
def test_a_card_is_changed_once(wecom, messenger, change, shown) -> None:
    path = "message/update_template_card"
    wecom.always[path] = {"errcode": 0, "errmsg": "ok", "invaliduser": ["LiSi"]}
    changed = messenger.update_template_card("R1", userids=["zhangsan", "lisi"], **change)
    assert changed == {"lisi"}
    assert json.loads(wecom.requests[-1].body) == {
        "userids": ["zhangsan", "lisi"],
        "partyids": [],
        "tagids": [],
        "atall": 0,
        "agentid": 1000002,
        "response_code": "R1",
        "enable_id_trans": 0,
        **shown,
    }
    wecom.always[path] = RESET
    with pytest.raises(WeComUnreachable) as caught:
        messenger.update_template_card("R2", everybody=True, **change)
    assert caught.value.may_have_arrived
    assert wecom.count(path) == 2


def test_a_card_is_changed_by_its_app_and_into_one_thing(wecom, make, messenger) -> None:
    with pytest.raises(ValueError, match="either"):
        messenger.update_template_card("R1", everybody=True)
    with pytest.raises(UsageError, match="agent_id"):
        Messenger(make(wecom.base_url, agent_id=None)).update_template_card(
            "R1", everybody=True, replace_name="x"
        )


# Files

UPLOADED = {"errcode": 0, "type": "image", "media_id": "MEDIA-1", "created_at": "1380000000"}
FILES = {
    "image": ("图 “1”.png", PNG),
    "voice": ("a.AMR", b"#!AMR\n" + b"\x3c" + bytes(31)),
    "video": ("a.mp4", b"\x00\x00\x00\x18ftypmp42"),
    "file": ("合同.pdf", b"%PDF-1.7"),
}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("wrap", [bytes, BytesIO])
def test_a_file_is_uploaded_with_its_name_and_content(wecom, messenger, kind, wrap) -> None:
    wecom.always["media/upload"] = UPLOADED
    name, content = FILES[kind]
    assert messenger.upload_media(kind, name, wrap(content)) == UploadedMedia("MEDIA-1", 1380000000)
    asked = wecom.requests[-1]
    assert asked.query["type"] == kind
    assert f'filename="{name}"; filelength={len(content)}'.encode() in asked.body
    part = file_part(asked.headers["content-type"], asked.body, "media")
    assert (part.filename, part.content) == (name, content)


def test_a_name_cannot_break_out_of_its_header(wecom, messenger) -> None:
    wecom.always["media/upload"] = UPLOADED
    messenger.upload_media("file", 'a"; name="x\r\nX-Evil: 1.txt', b"123456")
    body = wecom.requests[-1].body
    assert b'filename="a%22; name=%22x%0D%0AX-Evil: 1.txt"' in body
    assert body.count(b"\r\n") == 6


@pytest.mark.parametrize(
    ("created_at", "expected"), [("1", 1), (2, 2), (None, None), ("soon", None), (True, None)]
)
def test_the_time_of_an_upload_may_be_text_or_a_number(
    wecom, messenger, created_at, expected
) -> None:
    wecom.always["media/upload"] = UPLOADED | {"created_at": created_at}
    assert messenger.upload_media("file", "a.txt", b"123456").created_at == expected


def test_an_upload_is_repeated_with_the_whole_file(wecom, messenger) -> None:
    wecom.script["media/upload"] = [RESET, refusal(-1), UPLOADED]
    content = BytesIO(PNG + bytes(200_000))
    content.seek(5)  # where the stream stands does not matter
    messenger.upload_media("image", "a.png", content)
    bodies = [r.body for r in wecom.requests if r.path == "media/upload"]
    assert len(set(bodies)) == 1 < len(bodies)
    assert content.getvalue() in bodies[0]


def test_an_upload_has_the_longer_time_out(wecom, make) -> None:
    wecom.always["media/upload"] = HANG
    client = make(wecom.base_url, **SHORT, bulk_timeout=timedelta(milliseconds=90))
    with pytest.raises(WeComUnreachable, match=r"no answer within 0\.09 s"):
        with_token(client).upload_media("file", "a.txt", b"123456")


def amr(seconds: float) -> bytes:
    return b"#!AMR\n" + (b"\x3c" + bytes(31)) * round(seconds * 50)


MEGABYTE = 1024 * 1024
UNFIT = {
    "kind": ("audio", "a.mp3", b"123456", 40005, "`audio` is no kind of file; WeCom has image, "),
    "no name": ("file", "", b"123456", 40058, "a file needs a name"),
    "empty": ("file", "a.txt", b"", 44001, "a.txt is 0 bytes, WeCom takes more than 5"),
    "tiny": ("file", "a.txt", b"12345", 40006, "a.txt is 5 bytes, WeCom takes more than 5"),
    "large file": (
        *("file", "a.zip", bytes(20 * MEGABYTE + 1), 45001),
        "a.zip is 20,971,521 bytes, WeCom takes 20,971,520 as file",
    ),
    "large picture": (
        *("image", "a.png", PNG + bytes(10 * MEGABYTE), 45001),
        "a.png is 10,485,776 bytes, WeCom takes 10,485,760 as image",
    ),
    "large film": (
        *("video", "a.mp4", b"0000ftyp" + bytes(10 * MEGABYTE), 45001),
        "a.mp4 is 10,485,768 bytes, WeCom takes 10,485,760 as video",
    ),
    "large voice": (
        *("voice", "a.amr", b"#!AMR\n" + bytes(2 * MEGABYTE), 45001),
        "a.amr is 2,097,158 bytes, WeCom takes 2,097,152 as voice",
    ),
    "long voice": (
        *("voice", "a.amr", amr(60.5), 45007),
        "a.amr lasts 60.5 seconds, WeCom takes 60",
    ),
    "GIF": (
        *("image", "a.gif", b"GIF89a", 40004),
        "what is in a.gif is none of jpg, jpeg, png, which WeCom takes as image",
    ),
    "a GIF's name": (
        *("image", "a.gif", PNG, 40004),
        "a.gif has another ending than jpg, jpeg, png, which WeCom takes as image",
    ),
    "no ending": (
        *("image", ".png", PNG, 40004),
        ".png has another ending than jpg, jpeg, png, which WeCom takes as image",
    ),
    "MP3": (
        *("voice", "a.mp3", b"ID3 music", 301017),
        "what is in a.mp3 is none of amr, which WeCom takes as voice",
    ),
    "AVI": (
        *("video", "a.avi", b"RIFF....AVI ", 40004),
        "what is in a.avi is none of mp4, which WeCom takes as video",
    ),
}


@pytest.mark.parametrize("wrap", [bytes, BytesIO])
@pytest.mark.parametrize(("kind", "name", "content", "code", "said"), UNFIT.values(), ids=UNFIT)
def test_a_file_that_breaks_a_limit_is_refused_before_anything_is_sent(  # noqa: PLR0917 - a table
    wecom, messenger, kind, name, content, code, said, wrap
) -> None:
    with pytest.raises(WeComUnfit) as caught:
        messenger.upload_media(kind, name, wrap(content))
    error = caught.value
    assert [(fault.path, fault.code) for fault in error.faults] == [(name, code)]
    assert said in error.message
    assert isinstance(error, SourceRejected)
    assert not error.may_have_arrived
    assert wecom.requests == []


@pytest.mark.parametrize("kind", MEDIA_KINDS)
def test_a_file_at_the_limit_is_uploaded(wecom, messenger, kind) -> None:
    wecom.always["media/upload"] = UPLOADED
    name, content = FILES[kind]
    most = MEDIA_KINDS[kind].most
    messenger.upload_media(kind, name, content + b"\x50" * (most - len(content)))
    assert int(wecom.requests[-1].headers["content-length"]) > most


def test_a_voice_of_sixty_seconds_is_uploaded(wecom, messenger) -> None:
    wecom.always["media/upload"] = UPLOADED
    messenger.upload_media("voice", "a.amr", amr(60))
    assert wecom.count("media/upload") == 1
