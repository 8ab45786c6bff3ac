"""What a spoilt call looks like to its caller: the right answer, late, torn, or another."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from syncd.simulator.answers import Reply
from syncd.simulator.calls import Ending, Outcome
from syncd.simulator.faults import Fault, Kind

_HTML = (
    "<!DOCTYPE html><html><head><title>访问受限</title></head>"
    "<body><h1>Web gateway</h1><p>Please sign in to continue.</p></body></html>"
).encode()


def spoilt(reply: Reply, faults: Sequence[Fault]) -> Outcome:
    """Return what becomes of the right answer to a call that these faults apply to."""
    delay = sum(fault.seconds for fault in faults if fault.kind is Kind.SLOW)
    for fault in faults:
        if fault.kind is Kind.HANG:
            return Outcome(reply, delay + fault.seconds, Ending.CLOSE)
        if fault.kind is Kind.RESET:
            return Outcome(reply, delay, Ending.RESET)
        if fault.kind is Kind.TRUNCATED:
            return Outcome(reply, delay, Ending.HALF)
        reply = _spoil(fault, reply)
    return Outcome(reply, delay)


def _spoil(fault: Fault, reply: Reply) -> Reply:
    """Return what is sent instead of the right answer, for the faults that have a body."""
    spoilers: Mapping[Kind, Callable[[Fault, Reply], Reply]] = {
        Kind.STATUS: _status,
        Kind.HTML: _html,
        Kind.GARBLED: _garbled,
        Kind.WRONG_TYPE: _wrong_type,
        Kind.EMPTY: _empty,
    }
    spoiler = spoilers.get(fault.kind)
    return spoiler(fault, reply) if spoiler else reply


def _status(fault: Fault, _: Reply) -> Reply:
    text = b"<html><body><h1>%d</h1></body></html>" % fault.status
    return Reply(text, status=fault.status, content_type="text/html", errcode=None)


def _html(_: Fault, __: Reply) -> Reply:
    return Reply(_HTML, content_type="text/html; charset=utf-8", errcode=None)


def _garbled(_: Fault, reply: Reply) -> Reply:
    return Reply(reply.body[: len(reply.body) // 2], errcode=reply.errcode, errmsg=reply.errmsg)


def _wrong_type(fault: Fault, reply: Reply) -> Reply:
    body = orjson.loads(reply.body)
    path = fault.path or _main_key(body)
    _replace(body, path.split("."), fault.value)
    return Reply(orjson.dumps(body), errcode=reply.errcode, errmsg=reply.errmsg)


def _empty(_: Fault, reply: Reply) -> Reply:
    body = orjson.loads(reply.body)
    shown = {
        key: type(value)() if isinstance(value, list | dict) else value
        for key, value in body.items()
    }
    if "next_cursor" in shown:
        shown["next_cursor"] = ""
    return Reply(orjson.dumps(shown), errcode=reply.errcode, errmsg=reply.errmsg)


def _main_key(body: Mapping[str, Any]) -> str:
    """The first list or object of an answer is what it was asked for."""
    found = (key for key, value in body.items() if isinstance(value, list | dict))
    return next(found, next((key for key in body if key not in ("errcode", "errmsg")), "errcode"))


def _replace(place: Any, path: Sequence[str], value: Any) -> None:
    step, rest = path[0], path[1:]
    if isinstance(place, list):
        chosen: list[Any] = list(range(len(place))) if step == "*" else [int(step)]
        chosen = [index for index in chosen if index < len(place)]
    else:
        chosen = [step]
    for key in chosen:
        if rest:
            _replace(place[key], rest, value)
        else:
            old = place.get(key) if isinstance(place, dict) else place[key]
            place[key] = _another_type(old) if value is None else value


def _another_type(value: Any) -> Any:
    if isinstance(value, list):
        return {"0": value[0]} if value else {}
    if isinstance(value, dict):
        return [value]
    if isinstance(value, str):
        return 7
    return str(value)
