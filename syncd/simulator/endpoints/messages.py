"""`message/*` (reference 9)."""

from typing import Any

from syncd.simulator.answers import ApiError, Reply, success
from syncd.simulator.calls import Context
from syncd.simulator.endpoints import cards, content, recipients
from syncd.simulator.mailroom import Letter

_INTERVAL = 1800
_LONGEST_INTERVAL = 14_400
_RECALL_WITHIN = 86_400.0
#: Types that may be sent confidentially; `safe` is 2 for mpnews alone.
_SAFE = frozenset({"text", "image", "video", "file", "mpnews"})


def send(context: Context) -> Reply:
    """Deliver a message to the visible recipients and name the others.

    Who is not activated receives nothing and is not named as invalid.
    """
    agentid = _agentid(context)
    before = context.mailroom.sent_before(agentid, context.raw_body, _duplicate_interval(context))
    if before is not None:
        return _sent(before, recipients.of_message(context).answer())
    msgtype = context.text("msgtype")
    shown = content.shown(context, msgtype)
    found = recipients.of_message(context)
    if not found.members:
        # the lists come with the error all the same (reference 9.1)
        raise ApiError(701099 if found.unlicensed else 81013, **found.answer())
    _take_task(context, agentid, shown)
    context.mailroom.quotas.admit(agentid, len(found.members))
    if context.integer("enable_id_trans") == 1 and msgtype != "markdown":
        shown = content.translated(context, shown)
    letter = context.mailroom.post(
        found.members.values(),
        agentid=agentid,
        msgtype=msgtype,
        content=shown,
        safe=(context.integer("safe") or 0) if msgtype in _SAFE else 0,
        updatable=msgtype == "template_card" and cards.may_change(shown),
    )
    context.mailroom.remember(context.raw_body, letter)
    return _sent(letter, found.answer())


def recall(context: Context) -> Reply:
    """Take a message back from everybody, within a day and by the app that sent it."""
    msgid = context.text("msgid")
    letter = context.mailroom.letter(msgid)
    if letter is None or letter.agentid != context.identity.agentid:
        raise ApiError(40058, field="msgid" if msgid else "msgid missing")
    if context.mailroom.age(letter) > _RECALL_WITHIN:
        raise ApiError(42052)
    context.mailroom.recall(letter)
    return success({})


def update_card(context: Context) -> Reply:
    """Change a card before those who have it, once; the answer's list is an array here."""
    _agentid(context)
    code = context.text("response_code")
    letter = context.mailroom.card(code)
    if letter is None:
        raise ApiError(60140)
    if letter.agentid != context.identity.agentid:
        raise ApiError(42015)
    shown = _changed_card(context)
    if context.integer("atall") == 1:
        found = recipients.everybody(context)
    else:
        users, parties, tags = (_list(context, k) for k in ("userids", "partyids", "tagids"))
        if not (users or parties or tags):
            raise ApiError(82001)
        found = recipients.named(context, users, parties, tags)
    context.mailroom.change_card(letter, found.members, shown)
    return success({"invaliduser": list(found.invalid.get("invaliduser", ()))})


def _sent(letter: Letter, lists: dict[str, str]) -> Reply:
    keys: dict[str, Any] = {**lists, "msgid": letter.msgid}
    if letter.response_code:
        keys["response_code"] = letter.response_code
    return success(keys)


def _agentid(context: Context) -> int:
    given = context.parameters.get("agentid")
    if given is None and context.text("msgtype") == "miniprogram_notice":
        given = context.identity.agentid  # the documentation's own samples name none
    if given is None or given == "":
        raise ApiError(41011)
    known = {app.agentid for app in context.company.apps}
    if not str(given).isdecimal() or int(given) not in known:
        raise ApiError(40056)
    if int(given) != context.identity.agentid:
        raise ApiError(301002)
    return int(given)


def _take_task(context: Context, agentid: int, shown: Any) -> None:
    task = str(shown.get("task_id") or "") if context.text("msgtype") == "template_card" else ""
    if task and not context.mailroom.take_task(agentid, task):
        raise ApiError(42014)


def _duplicate_interval(context: Context) -> int:
    """Seconds within which the same body is not delivered again; 0 when nobody asked."""
    if context.integer("enable_duplicate_check") != 1:
        return 0
    asked = context.integer("duplicate_check_interval")
    return min(_INTERVAL if asked is None else asked, _LONGEST_INTERVAL)


def _changed_card(context: Context) -> Any:
    """Return what the members see from now on: another text on the button, or another card."""
    card, button = context.parameters.get("template_card"), context.parameters.get("button")
    if isinstance(card, dict):
        cards.check({"task_id": "as-before", **card})
        return {"template_card": card}
    if not isinstance(button, dict):
        raise ApiError(40063)
    if not button.get("replace_name"):
        raise ApiError(42020)
    return {"button": button}


def _list(context: Context, key: str) -> list[str]:
    given = context.parameters.get(key) or []
    if not isinstance(given, list):
        raise ApiError(40035)
    return [str(one) for one in given]
