"""A full content of every type of message, and what is one step too much in each of its places."""

from copy import deepcopy
from typing import Any, NamedTuple

URL = "https://work.weixin.qq.com"
#: Stands for the media_id of an uploaded file of a kind.
IMAGE, VOICE, VIDEO, FILE = (f"MEDIA-{kind}" for kind in ("image", "voice", "video", "file"))

_SOURCE = {"icon_url": f"{URL}/a.png", "desc": "企业微信", "desc_color": 1}
_MENU = {
    "desc": "副交互",
    "action_list": [{"text": "接受推送", "key": "A1"}, {"text": "不再推送", "key": "A2"}],
}
_TITLE = {"title": "欢迎使用企业微信", "desc": "您的好友正在邀请您加入企业微信"}
_QUOTE = {"type": 1, "url": URL, "title": "企业微信的引用样式", "quote_text": "真的很好用"}
_ROWS = [
    {"keyname": "邀请人", "value": "张三"},
    {"type": 1, "keyname": "官网", "value": "点击访问", "url": URL},
    {"type": 2, "keyname": "下载", "value": "企业微信.apk", "media_id": FILE},
    {"type": 3, "keyname": "员工信息", "value": "点击查看", "userid": "zhangsan"},
]
_JUMPS = [
    {"type": 1, "title": "官网", "url": URL},
    {"type": 2, "title": "小程序", "appid": "wx1", "pagepath": "/index.html"},
    {"title": "只是文字"},
]
_ACTION = {"type": 2, "appid": "wx1", "pagepath": "/index.html"}
_OPTIONS = [{"id": "1", "text": "选项一"}, {"id": "2", "text": "选项二"}]
_SELECTION = {"question_key": "q1", "title": "城市", "option_list": _OPTIONS, "selected_id": "1"}
_SUBMIT = {"text": "提交", "key": "submit"}

CARDS: dict[str, dict[str, Any]] = {
    "text_notice": {
        "source": _SOURCE,
        "action_menu": _MENU,
        "main_title": _TITLE,
        "quote_area": _QUOTE,
        "emphasis_content": {"title": "100", "desc": "核心数据"},
        "sub_title_text": "下载企业微信还能抢红包！",
        "horizontal_content_list": _ROWS,
        "jump_list": _JUMPS,
        "card_action": _ACTION,
        "task_id": "text@1",
    },
    "news_notice": {
        "source": _SOURCE,
        "action_menu": _MENU,
        "main_title": _TITLE,
        "quote_area": _QUOTE,
        "image_text_area": {
            "type": 1,
            "url": URL,
            "title": "左图右文",
            "desc": "描述",
            "image_url": f"{URL}/b.png",
        },
        "card_image": {"url": f"{URL}/c.png", "aspect_ratio": 1.3},
        "vertical_content_list": [{"title": "惊喜红包等你来拿", "desc": "下载企业微信"}],
        "horizontal_content_list": _ROWS,
        "jump_list": _JUMPS,
        "card_action": {"type": 1, "url": URL},
        "task_id": "news@1",
    },
    "button_interaction": {
        "source": _SOURCE,
        "action_menu": _MENU,
        "main_title": _TITLE,
        "quote_area": _QUOTE,
        "sub_title_text": "下载企业微信还能抢红包！",
        "horizontal_content_list": _ROWS,
        "card_action": {"type": 0},
        "task_id": "button@1",
        "button_selection": _SELECTION,
        "button_list": [
            {"text": "按钮1", "style": 1, "key": "k1"},
            {"type": 1, "text": "按钮2", "style": 4, "url": URL},
        ],
    },
    "vote_interaction": {
        "source": _SOURCE,
        "main_title": _TITLE,
        "task_id": "vote@1",
        "checkbox": {
            "question_key": "q1",
            "mode": 1,
            "option_list": [{**one, "is_checked": False} for one in _OPTIONS],
        },
        "submit_button": _SUBMIT,
    },
    "multiple_interaction": {
        "source": _SOURCE,
        "main_title": _TITLE,
        "task_id": "multiple@1",
        "select_list": [_SELECTION, {**_SELECTION, "question_key": "q2"}],
        "submit_button": _SUBMIT,
    },
}

#: By the name of the type, of the card's kind for cards.
CONTENTS: dict[str, dict[str, Any]] = {
    "text": {"content": f'你的快递已到，请<a href="{URL}">查看</a>\n前往邮件中心。'},
    "image": {"media_id": IMAGE},
    "voice": {"media_id": VOICE},
    "video": {"media_id": VIDEO, "title": "标题", "description": "描述"},
    "file": {"media_id": FILE},
    "textcard": {
        "title": "领奖通知",
        "description": '<div class="gray">2016年9月26日</div>恭喜你抽中一台手机',
        "url": URL,
        "btntxt": "更多",
    },
    "news": {
        "articles": [
            {
                "title": "中秋节礼品领取",
                "description": "豪礼",
                "url": URL,
                "picurl": f"{URL}/a.png",
            },
            {"title": "小程序", "appid": "wx1", "pagepath": "pages/index?userid=zhangsan"},
        ]
    },
    "mpnews": {
        "articles": [
            {
                "title": "标题",
                "thumb_media_id": IMAGE,
                "author": "作者",
                "content_source_url": URL,
                "content": "<p>内容</p>",
                "digest": "摘要",
            }
        ]
    },
    "markdown": {"content": '您的会议室已经预定\n>事项：<font color="info">开会</font>'},
    "miniprogram_notice": {
        "appid": "wx1",
        "page": "pages/index",
        "title": "会议室预订成功",
        "description": "4月27日 16:16",
        "emphasis_first_item": True,
        "content_item": [{"key": "会议室", "value": "402"}],
    },
    **{kind: {"card_type": kind, **card} for kind, card in CARDS.items()},
}


def msgtype_of(name: str) -> str:
    """Return the type whose content this is."""
    return "template_card" if name in CARDS else name


def changed(name: str, place: str, value: Any) -> dict[str, Any]:
    """Return the content with another value at a place such as `articles.0.title`.

    None takes it away; a function makes a value of the one that is there.
    """
    content = deepcopy(CONTENTS[name])
    *way, last = _way(place)
    part: Any = content
    for key in way:
        part = part[key]
    if value is None:
        del part[last]
    else:
        part[last] = value(part[last]) if callable(value) else value
    return content


def _way(place: str) -> list[str | int]:
    return [int(one) if one.isdecimal() else one for one in place.split(".")]


def in_bytes(number: int) -> str:
    """Return Chinese text of so many bytes."""
    return "汉" * (number // 3) + "x" * (number % 3)


def link(number: int) -> str:
    """Return an address of so many bytes."""
    return f"{URL}/" + "x" * (number - len(URL) - 1)


class Limit(NamedTuple):
    """How much a place takes; one more is a fault with this code and these words."""

    name: str
    place: str
    most: int
    make: Any  #: of a number, a value that large
    code: int
    words: str


def _repeated(name: str, place: str) -> Any:
    part: Any = CONTENTS[name]
    for key in _way(place):
        part = part[key]
    if place.endswith("action_list"):
        return lambda number: [{"text": "x", "key": str(one)} for one in range(number)]
    return lambda number: [part[0]] * number


def _bytes(name: str, place: str, most: int, code: int = 40058) -> Limit:
    words = f"is {most + 1:,} bytes, WeCom takes {most:,}"
    return Limit(name, place, most, in_bytes, code, words)


def _letters(name: str, place: str, most: int, code: int = 40058) -> Limit:
    words = f"is {most + 1:,} characters, WeCom takes {most:,}"
    return Limit(name, place, most, lambda number: "汉" * number, code, words)


def _ascii(name: str, place: str, most: int, code: int = 40058) -> Limit:
    words = f"is {most + 1:,} bytes, WeCom takes {most:,}"
    return Limit(name, place, most, lambda number: "k" * number, code, words)


def _link(name: str, place: str) -> Limit:
    return Limit(name, place, 2048, link, 40039, "is 2,049 bytes, WeCom takes 2,048")


def _number(name: str, place: str, most: int, code: int = 40058) -> Limit:
    words = f"holds {most + 1}, WeCom takes {most}"
    return Limit(name, place, most, _repeated(name, place), code, words)


LIMITS = [
    _bytes("text", "content", 2048, 45002),
    _bytes("markdown", "content", 2048, 45002),
    _bytes("video", "title", 128),
    _bytes("video", "description", 512),
    _bytes("textcard", "title", 128),
    _bytes("textcard", "description", 512),
    _link("textcard", "url"),
    _letters("textcard", "btntxt", 4),
    _number("news", "articles", 8, 45008),
    _bytes("news", "articles.0.title", 128),
    _bytes("news", "articles.1.description", 512),
    _link("news", "articles.0.url"),
    _link("news", "articles.0.picurl"),
    _bytes("news", "articles.1.pagepath", 128),
    _number("mpnews", "articles", 8, 45008),
    _bytes("mpnews", "articles.0.title", 128),
    _bytes("mpnews", "articles.0.author", 64, 45032),
    _bytes("mpnews", "articles.0.content", 666_000, 45002),
    _bytes("mpnews", "articles.0.digest", 512),
    _ascii("miniprogram_notice", "page", 1024, 90204),
    _letters("miniprogram_notice", "title", 12),
    _letters("miniprogram_notice", "description", 12),
    _number("miniprogram_notice", "content_item", 10, 90201),
    _letters("miniprogram_notice", "content_item.0.key", 10, 90202),
    _letters("miniprogram_notice", "content_item.0.value", 30, 90203),
    _number("text_notice", "action_menu.action_list", 3, 42051),
    _ascii("text_notice", "action_menu.action_list.0.key", 1024),
    _link("text_notice", "quote_area.url"),
    _number("text_notice", "horizontal_content_list", 6, 42035),
    _link("text_notice", "horizontal_content_list.1.url"),
    _number("text_notice", "jump_list", 3, 42042),
    _link("text_notice", "jump_list.0.url"),
    _link("news_notice", "card_action.url"),
    _link("news_notice", "card_image.url"),
    _link("news_notice", "image_text_area.image_url"),
    _number("news_notice", "vertical_content_list", 4, 42036),
    _number("button_interaction", "button_list", 6, 42038),
    _ascii("button_interaction", "button_list.0.key", 1024),
    _number("button_interaction", "button_selection.option_list", 10),
    _ascii("button_interaction", "button_selection.option_list.0.id", 128),
    _number("vote_interaction", "checkbox.option_list", 20),
    _ascii("vote_interaction", "checkbox.option_list.1.id", 128),
    _ascii("vote_interaction", "submit_button.key", 1024),
    _number("multiple_interaction", "select_list", 3, 42047),
    _number("multiple_interaction", "select_list.0.option_list", 10),
]


def limit_name(limit: Limit) -> str:
    """Return a name for a case."""
    return f"{limit.name} {limit.place}"
