"""What a message shows, by its type: limits, cuts and refusals (reference 9.2)."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from syncd.simulator.answers import ApiError
from syncd.simulator.calls import Context
from syncd.simulator.endpoints import cards
from syncd.simulator.shelf import Medium

_TEXT_BYTES = 2048
#: Where "far too long" begins is not documented: ten times what is shown.
_FAR_TOO_LONG = 10 * _TEXT_BYTES
_MOST_ARTICLES = 8
_ARTICLE_BYTES = 666 * 1024
_AUTHOR_BYTES = 64
_URL_BYTES = 2048
_MOST_ITEMS, _KEY, _VALUE, _PAGE_BYTES, _NOTICE_TITLE = 10, (1, 10), (1, 30), 1024, (4, 12)
_SCHEMES = ("http://", "https://")
#: Kinds of file that may be sent confidentially.
_CONFIDENTIAL = frozenset(
    "txt pdf doc docx ppt pptx xls xlsx xml jpg jpeg png bmp gif".split()  # noqa: SIM905 - a list of words reads best as words
)

Fields = Mapping[str, Any]


def shown(context: Context, msgtype: str) -> Any:
    """Return what the members see, over-long text cut as WeCom does.

    Raises:
        ApiError: 40008 the type is unknown; 40058 its object is missing; else what is wrong in it.
    """
    check = _CHECKS.get(msgtype)
    if check is None:
        raise ApiError(40008)
    content = context.parameters.get(msgtype)
    if not isinstance(content, dict):
        raise ApiError(40058, field=f"{msgtype} missing")
    return check(content, context)


def medium(context: Context, given: Any, *kinds: str) -> Medium:
    """Return the file of one of these kinds that a media_id stands for.

    Raises:
        ApiError: 41006 there is none; 40007 it is unknown or of another kind; 40145 it is too old.
    """
    if not given:
        raise ApiError(41006)
    found = context.shelf.get(str(given))
    if found is None or found.kind not in kinds:
        raise ApiError(40007)
    if context.shelf.is_old(found):
        raise ApiError(40145)
    return found


def _text(content: Fields, _: Context) -> Fields:
    text = str(content.get("content") or "")
    if not text:
        raise ApiError(44004)
    if len(text.encode()) > _FAR_TOO_LONG:
        raise ApiError(45002)
    return {**content, "content": _cut_bytes(text, _TEXT_BYTES)}


def _picture(content: Fields, context: Context) -> Fields:
    medium(context, content.get("media_id"), "image")
    return content


def _voice(content: Fields, context: Context) -> Fields:
    medium(context, content.get("media_id"), "voice")
    return content


def _video(content: Fields, context: Context) -> Fields:
    medium(context, content.get("media_id"), "video")
    return _cut(content, {"title": 128, "description": 512}, _cut_bytes)


def _file(content: Fields, context: Context) -> Fields:
    found = medium(context, content.get("media_id"), "file")
    ending = found.filename.rpartition(".")[2].lower()
    if context.integer("safe") == 1 and ending not in _CONFIDENTIAL:
        raise ApiError(40004)
    return content


def _textcard(content: Fields, _: Context) -> Fields:
    if not content.get("title"):
        raise ApiError(41016)
    if not content.get("description"):
        raise ApiError(41033)
    _check_url(content.get("url"))
    return _cut(content, {"title": 128, "description": 512, "btntxt": 4}, _cut_characters)


def _news(content: Fields, context: Context) -> Fields:
    articles = _articles(content)
    if context.integer("safe"):
        raise ApiError(40074)
    for article in articles:
        if not (article.get("appid") and article.get("pagepath")):
            _check_url(article.get("url"))
    cut = [_cut(one, {"title": 128, "description": 512}, _cut_bytes) for one in articles]
    return {**content, "articles": cut}


def _mpnews(content: Fields, context: Context) -> Fields:
    articles = _articles(content)
    for article in articles:
        medium(context, article.get("thumb_media_id"), "image")
        if len(str(article.get("author") or "").encode()) > _AUTHOR_BYTES:
            raise ApiError(45032)
        text = str(article.get("content") or "")
        if not text:
            raise ApiError(44004)
        if len(text.encode()) > _ARTICLE_BYTES:
            raise ApiError(45002)
    cut = [_cut(one, {"title": 128, "digest": 512}, _cut_bytes) for one in articles]
    return {**content, "articles": cut}


def _miniprogram(content: Fields, context: Context) -> Fields:
    if not content.get("appid"):
        raise ApiError(90200)
    if context.text("touser") == "@all":
        raise ApiError(40058, field="touser @all not allowed")
    items = content.get("content_item") or []
    if len(items) > _MOST_ITEMS:
        raise ApiError(90201)
    for item in items:
        if not _within(item.get("key"), _KEY):
            raise ApiError(90202)
        if not _within(item.get("value"), _VALUE):
            raise ApiError(90203)
    if len(str(content.get("page") or "").encode()) > _PAGE_BYTES:
        raise ApiError(90204)
    if not _within(content.get("title"), _NOTICE_TITLE):
        raise ApiError(40058, field="miniprogram_notice.title must be 4 to 12 words")
    return content


def _card(content: Fields, _: Context) -> Fields:
    cards.check(content)
    return content


_CHECKS: Mapping[str, Callable[[Fields, Context], Fields]] = {
    "text": _text,
    "image": _picture,
    "voice": _voice,
    "video": _video,
    "file": _file,
    "textcard": _textcard,
    "news": _news,
    "mpnews": _mpnews,
    "markdown": _text,
    "miniprogram_notice": _miniprogram,
    "template_card": _card,
}

# ── id templates (reference 9.4) ─────────────────────────────────────────────

_TEMPLATE = re.compile(r"\$(userName|departmentName|userAlias|userAliasOrName)=([^$\s]+)\$")


def translated(context: Context, value: Any) -> Any:
    """Return a text, or all texts in a value, with the ids in templates made into names."""
    if isinstance(value, str):
        return _TEMPLATE.sub(lambda found: _named(context, found), value)
    if isinstance(value, dict):
        return {key: translated(context, one) for key, one in value.items()}
    if isinstance(value, list):
        return [translated(context, one) for one in value]
    return value


def _named(context: Context, found: re.Match[str]) -> str:
    """Return the name behind an id; what the app may not see stays as it was typed."""
    kind, name = found.groups()
    if kind == "departmentName":
        if not name.isdecimal() or not context.view.sees_department(int(name)):
            return found[0]
        return context.company.department(int(name)).name
    member = context.view.member(name)
    if member is None:
        return found[0]
    alias = str(member.fields.get("alias") or "")
    if kind == "userName":
        return member.name
    return alias or (member.name if kind == "userAliasOrName" else found[0])


# ── lengths ──────────────────────────────────────────────────────────────────


def _articles(content: Fields) -> list[Fields]:
    articles = content.get("articles") or []
    if len(articles) > _MOST_ARTICLES:
        raise ApiError(45008)
    if not articles or not all(article.get("title") for article in articles):
        raise ApiError(41016)
    return list(articles)


def _check_url(url: Any) -> None:
    if not url:
        raise ApiError(40094)
    if not str(url).startswith(_SCHEMES):
        raise ApiError(45034)
    if len(str(url).encode()) > _URL_BYTES:
        raise ApiError(40039)


def _within(value: Any, characters: tuple[int, int]) -> bool:
    least, most = characters
    return least <= len(str(value or "")) <= most


def _cut(content: Fields, lengths: Mapping[str, int], cut: Callable[[str, int], str]) -> Fields:
    short = {key: cut(str(content[key]), n) for key, n in lengths.items() if content.get(key)}
    return {**content, **short}


def _cut_bytes(text: str, most: int) -> str:
    return text.encode()[:most].decode(errors="ignore")


def _cut_characters(text: str, most: int) -> str:
    return text[:most]
