"""`message/send` (reference 9)."""

from collections.abc import Callable, Mapping
from typing import Any

from syncd.simulator.answers import ApiError, Reply, success
from syncd.simulator.calls import Context
from syncd.simulator.entities import Member

_MOST_USERS = 1000
_MOST_PARTIES = _MOST_TAGS = 100
_TEXT_BYTES = 2048
_MOST_ARTICLES = 8
_INTERVAL = 1800
_LONGEST_INTERVAL = 14_400
_ACTIVATED = 1

_TYPES = frozenset(
    {
        "text",
        "image",
        "voice",
        "video",
        "file",
        "textcard",
        "news",
        "mpnews",
        "markdown",
        "miniprogram_notice",
        "template_card",
    }
)


def send(context: Context) -> Reply:
    """Deliver a message to the visible recipients and name the others.

    Who is not activated receives nothing and is not named as invalid.
    """
    agentid = _agentid(context)
    msgtype = context.text("msgtype")
    if msgtype not in _TYPES:
        raise ApiError(40008)
    content = _content(context, msgtype)
    reached, invalid = _recipients(context)
    if not reached:
        # the lists come with 81013 all the same (reference 9.1)
        raise ApiError(81013, **invalid)
    interval = _duplicate_interval(context)
    msgid = context.mailroom.sent_before(agentid, context.raw_body, interval)
    if msgid is None:
        awake = [m.userid for m in reached.values() if m.status == _ACTIVATED]
        msgid = context.mailroom.deliver(awake, agentid, msgtype, content)
        context.mailroom.remember(agentid, context.raw_body, msgid)
    return success({**invalid, "msgid": msgid})


def _agentid(context: Context) -> int:
    given = context.parameters.get("agentid")
    if given is None or given == "":
        raise ApiError(41011)
    known = {app.agentid for app in context.company.apps}
    if not str(given).isdigit() or int(given) not in known:
        raise ApiError(40056)
    if int(given) != context.identity.agentid:
        raise ApiError(301002)
    return int(given)


def _recipients(context: Context) -> tuple[dict[str, Member], dict[str, str]]:
    """Return the members reached, by key, and the invalid names by the answer's keys."""
    users, parties, tags = (_names(context, key) for key in ("touser", "toparty", "totag"))
    if not (users or parties or tags):
        raise ApiError(82001)
    for names, most, errcode in (
        (users, _MOST_USERS, 40032),
        (parties, _MOST_PARTIES, 82002),
        (tags, _MOST_TAGS, 82003),
    ):
        if len(names) > most:
            raise ApiError(errcode)
    if users == ["@all"]:
        everybody = context.company.members.values()
        return {m.key: m for m in everybody if context.view.sees_member(m)}, {}
    reached: dict[str, Member] = {}
    invalid = {
        "invaliduser": _add(reached, users, lambda name: _user(context, name)),
        "invalidparty": _add(reached, parties, lambda name: _party(context, name)),
        "invalidtag": _add(reached, tags, lambda name: _tag(context, name)),
    }
    return reached, {key: names for key, names in invalid.items() if names}


def _names(context: Context, key: str) -> list[str]:
    return [name.strip() for name in context.text(key).split("|") if name.strip()]


def _add(
    reached: dict[str, Member], names: list[str], find: Callable[[str], list[Member] | None]
) -> str:
    """Add the members that names stand for; return the names that stand for nobody."""
    invalid = []
    for name in names:
        found = find(name)
        if found is None:
            invalid.append(name.lower())
        else:
            reached.update({member.key: member for member in found})
    return "|".join(invalid)


def _user(context: Context, name: str) -> list[Member] | None:
    member = context.view.member(name)
    return [member] if member else None


def _party(context: Context, name: str) -> list[Member] | None:
    if not name.isdigit() or not context.view.sees_department(int(name)):
        return None
    below = context.company.subtree(int(name))
    return [member for one in below for member in context.company.members_in(one)]


def _tag(context: Context, name: str) -> list[Member] | None:
    found = [tag for tag in context.company.tags if str(tag.tagid) == name]
    if not found:
        return None
    members = [context.view.member(user) for user in found[0].users]
    inside = [member for member in members if member]
    for party in found[0].parties:
        inside += _party(context, str(party)) or []
    return inside


def _duplicate_interval(context: Context) -> int:
    """Seconds within which the same body is not delivered again; 0 when nobody asked."""
    if context.integer("enable_duplicate_check") != 1:
        return 0
    asked = context.integer("duplicate_check_interval")
    return min(_INTERVAL if asked is None else asked, _LONGEST_INTERVAL)


def _content(context: Context, msgtype: str) -> Any:
    """Return what is shown, over-long text cut as WeCom does, or refuse what is wrong."""
    content = context.parameters.get(msgtype)
    if not isinstance(content, dict):
        raise ApiError(40058, field=f"{msgtype} missing")
    check = _CHECKS.get(msgtype)
    return check(content, context) if check else content


def _text(content: Mapping[str, Any], _: Context) -> dict[str, Any]:
    text = str(content.get("content") or "")
    if not text:
        raise ApiError(44004)
    cut = text.encode()[:_TEXT_BYTES].decode(errors="ignore")
    return {**content, "content": cut}


def _textcard(content: Mapping[str, Any], _: Context) -> dict[str, Any]:
    if not content.get("title"):
        raise ApiError(41016)
    if not content.get("description"):
        raise ApiError(41033)
    if not content.get("url"):
        raise ApiError(40094)
    if not str(content["url"]).startswith(("http://", "https://")):
        raise ApiError(45034)
    return dict(content)


def _news(content: Mapping[str, Any], context: Context) -> dict[str, Any]:
    articles = content.get("articles") or []
    if len(articles) > _MOST_ARTICLES:
        raise ApiError(45008)
    if not articles or not all(article.get("title") for article in articles):
        raise ApiError(41016)
    if context.integer("safe"):
        raise ApiError(40074)
    return dict(content)


_CHECKS: Mapping[str, Callable[[Mapping[str, Any], Context], Any]] = {
    "text": _text,
    "markdown": _text,
    "textcard": _textcard,
    "news": _news,
}
