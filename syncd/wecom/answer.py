"""From the bytes of an answer to what WeCom said, or to the error that it means."""

from collections.abc import Callable
from typing import Any

import orjson
import structlog

from syncd.text import text
from syncd.wecom.errors import ErrorBody, WeComError, WeComMalformed, answer_error, asked
from syncd.wecom.retry import Call

_log = structlog.get_logger()

#: WeCom says so, with errcode 0, when it could read only a part of our JSON (reference: 开发前必读).
_MISREAD = "wrong json format"


def read_answer(
    content: bytes, call: Call, *, host: str, secret_name: str, hide: Callable[[str], str]
) -> dict[str, Any]:
    """Return the answer; its errcode is 0 or absent, and it holds what the endpoint promises.

    `hide` masks secrets in what WeCom says. Nothing of a failed answer is ever returned: its
    lists are empty for another reason than that there is nobody.

    Raises:
        WeComAnswer: the errcode is not 0.
        WeComMalformed: the bytes are no answer of WeCom.
    """
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError:
        document = None  # raised below: the exception carries the whole text
    if type(document) is not dict:
        raise malformed(
            call, host, text("the answer is {kind}, no JSON object", kind=_kind(content))
        )
    code = document.get("errcode", 0)
    if type(code) is not int:
        raise malformed(call, host, text("`errcode` is no number"))
    if code != 0:
        raise answer_error(
            ErrorBody.of(code, document, hide),
            endpoint=call.endpoint.path,
            subject=call.subject,
            secret_name=secret_name,
        )
    if flaw := call.endpoint.flaw(document):
        raise malformed(call, host, flaw)
    if _MISREAD in str(document.get("errmsg")):
        _log.warning("wecom_request_misread", endpoint=call.endpoint.path, subject=call.subject)
    return document


def malformed(call: Call, host: str, flaw: str) -> WeComError:
    """Return the error for an answer that WeCom cannot have given."""
    return WeComMalformed(
        text(
            "{call}: {flaw} ({host})",
            call=asked(call.endpoint.path, call.subject),
            flaw=flaw,
            host=host,
        ),
        hint=text(
            "Check base_url, and whether a proxy or gateway in between answers in WeCom's place."
        ),
        endpoint=call.endpoint.path,
        subject=call.subject,
        may_have_arrived=call.body is not None,
    )


def _kind(content: bytes) -> str:
    start = content[:200].lstrip().lower()
    if not start:
        return text("empty")
    if start.startswith((b"<!doctype", b"<html")):
        return "HTML"
    return text("cut off or not JSON") if start[:1] in b"{[" else text("not JSON")
