"""What may be sent: every type, every limit, and what is said about what breaks one."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.text import Text, translated
from syncd.wecom.messages import MediaFile, check, compose, is_recipient, media_paths
from syncd.wecom.messages.cards import CARDS as KNOWN_CARDS
from syncd.wecom.messages.types import CONTENTS as KNOWN
from tests.unit.wecom.message_samples import (
    CARDS,
    CONTENTS,
    LIMITS,
    URL,
    Limit,
    changed,
    limit_name,
    msgtype_of,
)


def faults(name: str, content: object) -> list[tuple[str, int | None]]:
    return [(fault.path, fault.code) for fault in check(msgtype_of(name), content)]


def json_path(place: str) -> str:
    """Return `a[0].b` for `a.0.b`."""
    shown = "".join(f"[{one}]" if one.isdecimal() else f".{one}" for one in place.split("."))
    return shown.removeprefix(".")


def test_every_type_and_kind_of_card_has_a_sample():
    assert {msgtype_of(name) for name in CONTENTS} == KNOWN.keys()
    assert CARDS.keys() == KNOWN_CARDS.keys()


@pytest.mark.parametrize("name", CONTENTS)
def test_what_is_documented_is_good(name):
    assert check(msgtype_of(name), CONTENTS[name]) == ()


@pytest.mark.parametrize("limit", LIMITS, ids=limit_name)
def test_a_limit_is_kept_to_the_last_byte_and_not_beyond(limit: Limit):
    last = changed(limit.name, limit.place, limit.make(limit.most))
    assert faults(limit.name, last) == []
    beyond = changed(limit.name, limit.place, limit.make(limit.most + 1))
    (fault,) = check(msgtype_of(limit.name), beyond)
    assert (fault.path, fault.code) == (json_path(limit.place), limit.code)
    assert fault.sentence == f"{fault.path} {limit.words}"
    assert isinstance(fault.sentence, Text)  # it can be said in Chinese


@pytest.mark.parametrize("place", ["title", "description"])
def test_a_mini_program_says_no_less_than_four_characters(place):
    assert faults("miniprogram_notice", changed("miniprogram_notice", place, "四个汉字")) == []
    (fault,) = check("miniprogram_notice", changed("miniprogram_notice", place, "三个字"))
    assert fault.sentence == f"{place} is 3 characters, WeCom takes 4 or more"


REQUIRED = [
    ("text", "content", 44004),
    ("markdown", "content", 44004),
    ("image", "media_id", 41006),
    ("voice", "media_id", 41006),
    ("video", "media_id", 41006),
    ("file", "media_id", 41006),
    ("textcard", "title", 41016),
    ("textcard", "description", 41033),
    ("textcard", "url", 40094),
    ("news", "articles", 41016),
    ("news", "articles.0.title", 41016),
    ("news", "articles.0.url", 40094),
    ("mpnews", "articles", 41016),
    ("mpnews", "articles.0.title", 41016),
    ("mpnews", "articles.0.thumb_media_id", 41006),
    ("mpnews", "articles.0.content", 44004),
    ("miniprogram_notice", "appid", 90200),
    ("miniprogram_notice", "title", 40058),
    ("miniprogram_notice", "content_item.0.key", 90202),
    ("miniprogram_notice", "content_item.0.value", 90203),
    *((kind, "card_type", 40058) for kind in CARDS),
    ("text_notice", "action_menu.action_list", 42051),
    ("text_notice", "action_menu.action_list.0.text", 42051),
    ("text_notice", "action_menu.action_list.1.key", 42051),
    ("text_notice", "quote_area.url", 40058),
    ("text_notice", "horizontal_content_list.0.keyname", 42050),
    ("text_notice", "horizontal_content_list.1.url", 42027),
    ("text_notice", "horizontal_content_list.2.media_id", 42028),
    ("text_notice", "horizontal_content_list.3.userid", 42029),
    ("text_notice", "jump_list.2.title", 42042),
    ("text_notice", "jump_list.0.url", 42042),
    ("text_notice", "jump_list.1.appid", 42042),
    ("text_notice", "card_action", 42045),
    ("text_notice", "card_action.type", 42045),
    ("text_notice", "card_action.appid", 42045),
    ("news_notice", "card_action.url", 42045),
    ("news_notice", "main_title", 40058),
    ("news_notice", "main_title.title", 40058),
    ("news_notice", "card_image.url", 42044),
    ("news_notice", "image_text_area.image_url", 42044),
    ("news_notice", "vertical_content_list.0.title", 42036),
    ("button_interaction", "main_title.title", 40058),
    ("button_interaction", "task_id", 42014),
    ("button_interaction", "button_list", 42038),
    ("button_interaction", "button_list.0.text", 42038),
    ("button_interaction", "button_list.0.key", 42039),
    ("button_interaction", "button_list.1.url", 42039),
    ("button_interaction", "button_selection.question_key", 40058),
    ("button_interaction", "button_selection.option_list", 40058),
    ("button_interaction", "button_selection.option_list.0.id", 40058),
    ("button_interaction", "button_selection.option_list.0.text", 40058),
    ("vote_interaction", "task_id", 42014),
    ("vote_interaction", "checkbox", 40058),
    ("vote_interaction", "checkbox.question_key", 40058),
    ("vote_interaction", "checkbox.option_list", 40058),
    ("vote_interaction", "submit_button", 42046),
    ("vote_interaction", "submit_button.text", 42046),
    ("vote_interaction", "submit_button.key", 42049),
    ("multiple_interaction", "task_id", 42014),
    ("multiple_interaction", "select_list", 42047),
    ("multiple_interaction", "select_list.0.question_key", 40058),
    ("multiple_interaction", "submit_button.key", 42049),
]


@pytest.mark.parametrize(("name", "place", "code"), REQUIRED)
def test_what_must_be_there_is_missed_when_it_is_absent_or_null_or_empty(name, place, code):
    def null(_: Any) -> None: ...

    empty = {str: "", list: [], dict: {}}
    for value in (None, null, lambda was: empty.get(type(was))):
        (fault,) = check(msgtype_of(name), changed(name, place, value))
        assert (fault.path, fault.code) == (json_path(place), code)
        assert "is missing" in fault.sentence or "needs" in fault.sentence


WRONG = [
    ("text", "content", 5, "content must be a text"),
    ("text", "content", ["x"], "content must be a text"),
    ("news", "articles", {"title": "x"}, "articles must be a list"),
    ("news", "articles.1", "x", "articles[1] must be an object"),
    ("news", "articles.0.url", "a.example", "articles[0].url lacks http:// or https://"),
    ("textcard", "url", "www.example.com/x", "url lacks http:// or https://"),
    ("textcard", "url", "ftp://example.com", "url lacks http:// or https://"),
    ("miniprogram_notice", "emphasis_first_item", 1, "emphasis_first_item must be true or false"),
    ("text_notice", "card_type", "big_notice", "card_type must be text_notice or news_notice or "),
    ("text_notice", "source", "x", "source must be an object"),
    ("text_notice", "source.desc_color", 4, "source.desc_color must be 0 or 1 or 2 or 3"),
    ("text_notice", "quote_area.type", "1", "quote_area.type must be 0 or 1 or 2"),
    ("text_notice", "quote_area.type", 1.0, "quote_area.type must be 0 or 1 or 2"),
    ("text_notice", "jump_list.0.type", True, "jump_list[0].type must be 0 or 1 or 2"),
    ("text_notice", "card_action.type", 0, "card_action.type must be 1 or 2"),
    ("text_notice", "task_id", "with space", "task_id must be 1 to 128 of the characters"),
    ("text_notice", "task_id", "x" * 129, "task_id must be 1 to 128 of the characters"),
    ("text_notice", "task_id", "任务", "task_id must be 1 to 128 of the characters"),
    ("text_notice", "task_id", 7, "task_id must be a text"),
    ("text_notice", "task_id", "x\n", "task_id must be 1 to 128 of the characters"),
    (
        *("text_notice", "action_menu.action_list.1.key", "A1"),
        "action_menu.action_list[1].key is there twice",
    ),
    (
        *("news_notice", "card_image.aspect_ratio", 1.29),
        "card_image.aspect_ratio must be a number from 1.3 to 2.25",
    ),
    (
        *("news_notice", "card_image.aspect_ratio", 2.26),
        "card_image.aspect_ratio must be a number from 1.3 to 2.25",
    ),
    (
        *("news_notice", "card_image.aspect_ratio", float("nan")),
        "card_image.aspect_ratio must be a number from 1.3 to 2.25",
    ),
    ("button_interaction", "button_list.0.style", 5, "button_list[0].style must be 1 or 2 or 3"),
    ("button_interaction", "button_list.0.style", 0, "button_list[0].style must be 1 or 2 or 3"),
    ("vote_interaction", "checkbox.mode", 2, "checkbox.mode must be 0 or 1"),
    (
        *("vote_interaction", "checkbox.option_list.0.is_checked", "yes"),
        "checkbox.option_list[0].is_checked must be true or false",
    ),
]


@pytest.mark.parametrize(("name", "place", "value", "words"), WRONG)
def test_what_is_of_another_kind_is_a_fault_that_says_what_it_must_be(name, place, value, words):
    (fault,) = check(msgtype_of(name), changed(name, place, value))
    assert fault.sentence.startswith(words)


@pytest.mark.parametrize("aspect_ratio", [1.3, 2, 2.25])
def test_a_number_within_bounds_may_be_whole(aspect_ratio):
    assert (
        faults("news_notice", changed("news_notice", "card_image.aspect_ratio", aspect_ratio)) == []
    )


@pytest.mark.parametrize("msgtype", KNOWN)
@pytest.mark.parametrize("content", [None, "x", 5, [], [{}], True])
def test_a_content_that_is_no_object_is_a_fault(msgtype, content):
    assert [(f.path, f.sentence) for f in check(msgtype, content)] == [
        (msgtype, f"{msgtype} must be an object")
    ]


@pytest.mark.parametrize("msgtype", ["", "x", "taskcard", "Text"])
def test_an_unknown_type_is_a_fault_that_names_the_known_ones(msgtype):
    (fault,) = check(msgtype, {"content": "x"})
    assert fault.code == 40008
    assert fault.sentence.startswith(f"`{msgtype}` is no type of message; WeCom has text, image, ")


@pytest.mark.parametrize(
    "value", ["\ud800", 2**70, {1: "x"}, object()], ids=["surrogate", "large", "key", "object"]
)
def test_what_cannot_be_written_as_json_is_a_fault_and_no_crash(value):
    (fault,) = check("text", {"content": "x", "new": value})
    assert fault.sentence.startswith("the content cannot be sent as JSON: ")
    deep: list[Any] = []
    for _ in range(2000):
        deep = [deep]
    assert check("text", {"content": "x", "new": deep})


def test_all_faults_are_told_at_once_each_with_its_place():
    content = {"articles": [{"title": "汉" * 43, "url": "x"}, {"description": 5}]}
    assert [(f.path, f.sentence) for f in check("news", content)] == [
        ("articles[0].title", "articles[0].title is 129 bytes, WeCom takes 128"),
        ("articles[0].url", "articles[0].url lacks http:// or https://"),
        ("articles[1].title", "articles[1].title is missing"),
        ("articles[1].description", "articles[1].description must be a text"),
        ("articles[1].url", "articles[1] needs url or appid and pagepath"),
    ]


def test_a_key_that_wecom_has_added_is_passed_on():
    for name, content in CONTENTS.items():
        assert faults(name, {**content, "new": {"what": [None, "else"]}}) == []


def test_a_text_notice_needs_a_title_or_a_subtitle():
    assert faults("text_notice", changed("text_notice", "main_title", None)) == []
    assert faults("text_notice", changed("text_notice", "sub_title_text", None)) == []
    neither = changed("text_notice", "main_title", {"desc": "x"}) | {"sub_title_text": ""}
    (fault,) = check("template_card", neither)
    assert fault.sentence == "template_card needs main_title.title or sub_title_text"


def test_a_news_notice_needs_a_picture_of_one_kind():
    both = CONTENTS["news_notice"]
    pictures = ("card_image", "image_text_area")
    for one in pictures:
        assert faults("news_notice", {key: v for key, v in both.items() if key != one}) == []
    (fault,) = check("template_card", {k: v for k, v in both.items() if k not in pictures})
    assert (fault.code, fault.sentence) == (
        42044,
        "template_card needs card_image or image_text_area",
    )


def test_a_notice_without_a_menu_needs_no_task_id():
    content = {key: v for key, v in CONTENTS["text_notice"].items() if key != "action_menu"}
    assert faults("text_notice", {k: v for k, v in content.items() if k != "task_id"}) == []
    assert faults("text_notice", content | {"task_id": ""}) == [("task_id", 42014)]


def test_what_a_type_demands_is_told_with_its_reason():
    said = check("template_card", changed("text_notice", "horizontal_content_list.1.url", None))
    assert said[0].sentence == "horizontal_content_list[1] needs url, for its type is 1"
    said = check("template_card", changed("text_notice", "task_id", None))
    assert said[0].sentence == "template_card needs task_id, for it has action_menu"


# safe and enable_id_trans

SAFE = {"text": (0, 1), "image": (0, 1), "video": (0, 1), "file": (0, 1), "mpnews": (0, 1, 2)}


@pytest.mark.parametrize("name", CONTENTS)
@pytest.mark.parametrize("safe", [0, 1, 2, True, "1", 3])
def test_confidential_is_what_wecom_lets_be(name, safe):
    good = type(safe) is int and safe in SAFE.get(name, (0,))
    found = faults(name, {**CONTENTS[name], "safe": safe})
    assert found == ([] if good else [("safe", 40074 if name == "news" else 40058)])


@pytest.mark.parametrize("name", CONTENTS)
def test_ids_are_made_into_names_in_all_types_but_markdown(name):
    for value in (0, 1):
        found = faults(name, {**CONTENTS[name], "enable_id_trans": value})
        assert bool(found) == (name == "markdown" and value == 1)
    for value in (2, "1", True):
        (fault,) = check(msgtype_of(name), {**CONTENTS[name], "enable_id_trans": value})
        assert fault.sentence == "enable_id_trans must be 0 or 1"


@pytest.mark.parametrize(
    ("path", "good"), [("/a/合同.PDF", True), ("a.png", True), ("a.zip", False), ("zip", False)]
)
def test_a_confidential_file_has_one_of_wecoms_endings(path, good):
    found = faults("file", {"path": path, "safe": 1})
    assert found == ([] if good else [("path", 40004)])
    assert faults("file", {"path": path, "safe": 0}) == []


# Files

ROW = {"type": 2, "keyname": "下载", "value": "合同", "path": "合同.pdf"}
CARD = changed("text_notice", "horizontal_content_list", [ROW, {"keyname": "x", "path": "no.pdf"}])
ARTICLE = {"title": "t", "content": "c"}
WITH_FILES = {
    "image": ("image", {"path": "a.png"}, [("a.png", "image")]),
    "voice": ("voice", {"path": "a.amr"}, [("a.amr", "voice")]),
    "video": ("video", {"path": "a.mp4", "title": "t"}, [("a.mp4", "video")]),
    "file": ("file", {"path": "a.pdf", "media_id": ""}, [("a.pdf", "file")]),
    "mpnews": (
        "mpnews",
        {
            "articles": [
                {**ARTICLE, "thumb_path": "b.png"},
                {**ARTICLE, "thumb_path": "a.png"},
                {**ARTICLE, "thumb_media_id": "M9"},
                {**ARTICLE, "thumb_path": "b.png"},
            ]
        },
        [("b.png", "image"), ("a.png", "image")],
    ),
    "card": ("template_card", CARD, [("合同.pdf", "file")]),
}


@pytest.mark.parametrize(("msgtype", "content", "expected"), WITH_FILES.values(), ids=WITH_FILES)
def test_local_files_are_named_once_and_replaced_by_their_ids(msgtype, content, expected):
    assert check(msgtype, content) == ()
    files = media_paths(msgtype, content)
    assert files == tuple(MediaFile(*one) for one in expected)
    body = composed(msgtype, content, media={one.path: f"ID-{one.path}" for one in files})
    shown = orjson.dumps(body[msgtype]).decode()
    assert all(f'media_id":"ID-{one.path}"' in shown for one in files)
    assert all(f'path":"{one.path}"' not in shown for one in files)
    with pytest.raises(KeyError):
        composed(msgtype, content)


@pytest.mark.parametrize("name", CONTENTS)
def test_what_names_media_ids_needs_no_upload(name):
    assert media_paths(msgtype_of(name), CONTENTS[name]) == ()


@pytest.mark.parametrize(
    ("msgtype", "content", "path"),
    [
        ("image", {"media_id": "M1", "path": "a.png"}, "path"),
        ("mpnews", {"articles": [{**ARTICLE, "thumb_media_id": "M1", "thumb_path": "a"}]}, "thumb_path"),
        ("template_card", CARD | {"horizontal_content_list": [{**ROW, "media_id": "M1"}]}, "path"),
    ],
)  # fmt: skip
def test_a_file_that_is_named_twice_is_a_fault(msgtype, content, path):
    (fault,) = check(msgtype, content)
    assert fault.path == path
    assert "stand for one file" in fault.sentence


def test_a_card_without_rows_keeps_whatever_it_has_there():
    content = CONTENTS["vote_interaction"] | {"horizontal_content_list": "x"}
    assert check("template_card", content) == ()
    assert media_paths("template_card", content) == ()
    assert composed("template_card", content)["template_card"] == content


# The body


def composed(msgtype: str, content: dict[str, Any], **options: Any) -> dict[str, Any]:
    return orjson.loads(body_of(msgtype, content, **options))


def body_of(msgtype: str, content: dict[str, Any], **options: Any) -> bytes:
    settings: dict[str, Any] = {
        "agent_id": 1000002,
        "touser": ["ZhangSan"],
        "duplicate_check_interval": 14_400,
        "media": {},
    }
    return compose(msgtype, content, **settings | options)


@pytest.mark.parametrize("name", CONTENTS)
def test_the_body_holds_the_content_under_its_type(name):
    msgtype = msgtype_of(name)
    assert composed(msgtype, CONTENTS[name], touser=["ZhangSan", "lisi"]) == {
        "touser": "ZhangSan|lisi",
        "msgtype": msgtype,
        "agentid": 1000002,
        msgtype: CONTENTS[name],
        "enable_duplicate_check": 1,
        "duplicate_check_interval": 14_400,
    }


def test_the_bytes_depend_on_nothing_but_the_values():
    content = {"title": "标题", "media_id": "M1", "safe": 1, "enable_id_trans": 0}
    backwards = dict(reversed(content.items()))
    assert body_of("video", content) == body_of("video", backwards)
    assert (
        body_of("video", content)
        == (
            '{"agentid":1000002,"duplicate_check_interval":14400,"enable_duplicate_check":1,'
            '"enable_id_trans":0,"msgtype":"video","safe":1,"touser":"ZhangSan",'
            '"video":{"media_id":"M1","title":"标题"}}'
        ).encode()
    )
    others = [body_of("video", content, duplicate_check_interval=one) for one in (14_399, 14_400)]
    assert others[0] != others[1]


def test_what_is_null_is_not_sent_and_the_content_is_left_as_it_was():
    content = {"articles": [{"title": "t", "url": URL, "picurl": None}], "safe": None}
    before = repr(content)
    assert check("news", content) == ()
    body = composed("news", content)
    assert body["news"] == {"articles": [{"title": "t", "url": URL}]}
    assert "safe" not in body
    assert repr(content) == before


def test_safe_is_lifted_from_the_content_itself_only():
    content = {"content": "x", "safe": 1, "new": {"safe": 1}}
    body = composed("text", content)
    assert (body["safe"], body["text"]) == (1, {"content": "x", "new": {"safe": 1}})


@pytest.mark.parametrize("touser", [[], ["x"] * 1001, ["@all"], [" @all"], ["a|b"], [""], [" "]])
def test_a_call_names_one_to_a_thousand_members_and_never_everybody(touser):
    with pytest.raises(ValueError):
        body_of("text", CONTENTS["text"], touser=touser)
    assert not all(map(is_recipient, touser)) or len(touser) in (0, 1001)


def test_a_call_names_a_thousand_members():
    names = [f"u{number}" for number in range(1000)]
    assert composed("text", CONTENTS["text"], touser=names)["touser"].split("|") == names


@pytest.mark.parametrize("interval", [0, -1, 14_401])
def test_the_interval_is_one_of_wecoms(interval):
    with pytest.raises(ValueError):
        body_of("text", CONTENTS["text"], duplicate_check_interval=interval)


# Whatever an application has put there

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(st.characters(), max_size=20)
    | st.sampled_from(["", "x" * 3000, URL, 0, 1, 2, "\ud800"]),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=8), below),
    max_leaves=8,
)


def places(value: Any, way: str = "") -> Iterator[str]:
    """Yield every place in a content."""
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for key, below in parts:
        yield f"{way}{key}"
        if isinstance(below, dict | list):
            yield from places(below, f"{way}{key}.")


@given(data=st.data(), name=st.sampled_from(sorted(CONTENTS)), value=VALUES)
def test_whatever_stands_somewhere_is_a_fault_or_can_be_sent(data, name, value):
    place = data.draw(st.sampled_from(list(places(CONTENTS[name]))))
    content = changed(name, place, lambda _: value)
    if check(msgtype_of(name), content) == ():
        files = {file.path: "M1" for file in media_paths(msgtype_of(name), content)}
        assert orjson.loads(body_of(msgtype_of(name), content, media=files))


@given(msgtype=st.sampled_from(sorted(KNOWN)), content=VALUES)
def test_whatever_an_application_asks_to_send_is_answered_by_faults(msgtype, content):
    for fault in check(msgtype, content):
        assert fault.sentence
        assert translated(fault.sentence, "zh") != fault.sentence
