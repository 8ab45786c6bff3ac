import orjson
import pytest

from syncd.simulator.calls import Call

PNG = b"\x89PNG\r\n\x1a\n and the rest"
FORM = "multipart/form-data; boundary=edge"


def form(content, disposition='form-data; name="media"; filename="图.png"', edge="edge"):
    head = f"--{edge}\r\nContent-Disposition: {disposition}\r\nContent-Type: x/y\r\n\r\n"
    return head.encode() + content + f"\r\n--{edge}--\r\n".encode()


@pytest.fixture
def upload(call):
    """Return a function that uploads a form and returns the answer."""

    def uploaded(kind, body, content_type=FORM):
        query = {"access_token": call.token(), "type": kind}
        path = "/cgi-bin/media/upload"
        reply = call.api.answer(Call("POST", path, query, body, "127.0.0.1", content_type)).reply
        return orjson.loads(reply.body)

    return uploaded


def test_an_uploaded_file_is_answered_with_its_media_id_and_comes_back(call, upload, clock):
    answer = upload("image", form(PNG))
    media_id = answer["media_id"]
    assert answer == {
        "errcode": 0,
        "errmsg": "ok",
        "type": "image",
        "media_id": media_id,
        "created_at": str(int(clock.time)),
    }
    reply = call.with_secret("other-secret").reply("media/get", media_id=media_id)
    assert reply.body == PNG
    assert b'Content-Disposition: attachment; filename="%E5%9B%BE.png"\r\n' in reply.wire
    assert b"Error-Code" not in reply.wire


def test_bytes_that_look_like_the_form_stay_in_the_file(call, upload):
    tricky = PNG + b"\r\n\r\n--edge is no boundary without its line\r\n\x00\xff\r\n"
    upload("image", form(tricky, edge="other edge"), 'multipart/form-data; boundary="other edge"')
    (medium,) = call.api.shelf.all()
    assert medium.content == tricky
    assert medium.filename == "图.png"


@pytest.mark.parametrize(
    ("type_", "content", "expected"),
    [
        ("picture", PNG, 40005),
        ("image", b"GIF89a is no png", 40004),
        ("image", b"\xff\xd8\xff\xe0 jpeg", 0),
        ("image", PNG + bytes(10 * 1024 * 1024), 45001),
        ("voice", b"RIFF wave", 301017),
        ("voice", b"#!AMR\n voice", 0),
        ("video", b"\x00\x00\x00\x18ftypmp42", 0),
        ("video", b"no film at all", 40004),
        ("file", b"12345", 40006),
        ("file", b"123456", 0),
        ("file", b"", 44001),
    ],
)
def test_a_file_fits_its_type_and_its_size(upload, type_, content, expected):
    assert upload(type_, form(content))["errcode"] == expected


@pytest.mark.parametrize(
    "disposition",
    [
        'form-data; name="file"; filename="a.png"',
        'form-data; name="media"',
        "form-data; name=\"media\"; filename*=utf-8''%E5%9B%BE.png",
    ],
)
def test_a_part_that_is_not_named_as_wecom_wants_it_is_empty(upload, disposition):
    assert upload("file", form(PNG, disposition))["errcode"] == 44001


def test_a_body_that_is_no_form_is_empty(upload):
    assert upload("file", b'{"media": 1}', "application/json")["errcode"] == 44001


def test_media_is_kept_for_three_days(call, upload, clock):
    media_id = upload("image", form(PNG))["media_id"]
    clock.time += 3 * 86_400 - 1
    assert call.reply("media/get", media_id=media_id).body == PNG
    clock.time += 1
    assert call("media/get", media_id=media_id)["errcode"] == 40145
    assert call("media/get", media_id="unknown")["errcode"] == 40007
    assert call("media/get")["errcode"] == 41006
