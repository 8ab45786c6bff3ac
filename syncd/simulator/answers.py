"""What goes back over the wire: bodies, error texts, headers."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

#: Beginnings of the English error texts: observed ones (reference 18) and, where none was
#: seen, ours in the same tone. A client must never match on them.
TEXTS: Mapping[int, str] = {
    -1: "system busy",
    40001: "invalid credential",
    40003: "invalid userid",
    40004: "invalid media file type",
    40005: "invalid type",
    40006: "invalid media size",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid corpid",
    40014: "invalid access_token",
    40032: "userid list too long",
    40035: "invalid parameter",
    40039: "url too long",
    40056: "invalid agentid",
    40058: "invalid Request Parameter",
    40063: "missing parameter",
    40068: "invalid tagid",
    40074: "news cannot be confidential",
    40094: "invalid url",
    40145: "media_id expired",
    41001: "access_token missing",
    41002: "corpid missing",
    41004: "corpsecret missing",
    41006: "media_id missing",
    41009: "userid missing",
    41011: "agentid missing",
    41016: "title missing",
    41017: "tagid missing",
    41033: "description missing",
    42001: "access_token expired",
    42014: "invalid task_id",
    42015: "card of another app",
    42020: "replace_name missing",
    42027: "url of a row missing",
    42028: "media_id of a row missing",
    42029: "userid of a row missing",
    42035: "too many rows",
    42036: "invalid vertical_content_list",
    42038: "invalid button_list",
    42039: "key or url of a button missing",
    42042: "invalid jump_list",
    42044: "card_image and image_text_area missing",
    42045: "invalid card_action",
    42046: "text of submit_button missing",
    42047: "invalid select_list",
    42049: "key of submit_button missing",
    42050: "keyname of a row missing",
    42051: "invalid action_menu",
    42052: "recall out of time",
    44001: "empty media data",
    44004: "empty content",
    45001: "media size out of limit",
    45002: "message content size out of limit",
    45008: "article count out of limit",
    45009: "api freq out of limit",
    45029: "response out of size limit",
    45032: "author out of limit",
    45033: "api concurrent out of limit",
    45034: "url must begin with http or https",
    46004: "user not exist",
    48002: "api forbidden",
    48009: "api forbidden for contact assistant",
    50003: "app disabled",
    60001: "department invalid length",
    60003: "department not found",
    60004: "parent department not found",
    60005: "department contains user",
    60006: "department contains sub department",
    60007: "root department cannot be deleted",
    60008: "department existed",
    60009: "department name contains invalid character",
    60010: "department cycle",
    # the space before the comma is WeCom's own
    60011: "no privilege to access/modify contact/party/agent ",
    60020: "not allow to access from your ip",
    60102: "userid existed",
    60103: "invalid mobile",
    60104: "mobile existed",
    60106: "email existed",
    60111: "userid not found",
    60112: "invalid user name",
    60123: "invalid party id",
    60129: "missing mobile or email",
    60132: "is_leader_in_dept and department not match",
    60140: "invalid response_code",
    60268: "invalid cursor",
    81013: "user & party & tag all invalid",
    82001: "touser, toparty and totag are all empty",
    82002: "toparty list too long",
    82003: "totag list too long",
    90200: "mini program appid missing",
    90201: "content_item out of limit",
    90202: "key of content_item out of limit",
    90203: "value of content_item out of limit",
    90204: "invalid page",
    301002: "not allow operate another agent with this accesstoken",
    301017: "voice must be amr",
    701099: "user has no license",
}


class ApiError(Exception):
    """An answer whose errcode is not 0; only inside the simulator, it never leaves it.

    Args:
        errcode: WeCom's code.
        field: What is wrong, put in front of the text as WeCom does with 40058.
        **keys: Result keys that the error body carries all the same (reference 1).
    """

    def __init__(self, errcode: int, *, field: str = "", **keys: Any) -> None:
        """Keep what the body will say."""
        super().__init__(errcode)
        self.errcode = errcode
        self.field = field
        self.keys = keys


class Reply:
    """A finished HTTP answer, put together once and then sent as often as it is asked for."""

    __slots__ = ("_head_length", "errcode", "errmsg", "status", "wire")

    def __init__(
        self,
        body: bytes,
        *,
        status: int = 200,
        content_type: str = "application/json; charset=UTF-8",
        errcode: int | None = 0,
        errmsg: str = "ok",
        headers: Sequence[str] = (),
    ) -> None:
        """Put head and body together; without an errcode there are no `Error-*` headers."""
        self.status = status
        self.errcode = errcode
        self.errmsg = errmsg
        head = self._head(content_type, len(body), headers)
        self._head_length = len(head)
        #: What is sent, head and body.
        self.wire = head + body

    @property
    def body(self) -> bytes:
        """The body alone."""
        return self.wire[self._head_length :]

    def _head(self, content_type: str, length: int, headers: Sequence[str]) -> bytes:
        lines = [
            f"HTTP/1.1 {self.status} {_REASONS.get(self.status, 'Answer')}",
            "Server: nginx",
            f"Content-Type: {content_type}",
            f"Content-Length: {length}",
            "Connection: keep-alive",
            *headers,
        ]
        if self.errcode is not None:
            lines.append(f"Error-Code: {self.errcode}")
            lines.append(f"Error-Msg: {_header_text(self.errmsg)}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii", "replace")


_REASONS = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


def success(keys: Mapping[str, Any], errmsg: str = "ok") -> Reply:
    """Return a success with the result keys after errcode and errmsg."""
    return Reply(orjson.dumps({"errcode": 0, "errmsg": errmsg, **keys}), errmsg=errmsg)


def failure(
    errcode: int, errmsg: str, keys: Mapping[str, Any] | None = None, *, status: int = 200
) -> Reply:
    """Return an error body; HTTP stays 200, as WeCom's does."""
    body = {"errcode": errcode, "errmsg": errmsg, **(keys or {})}
    return Reply(orjson.dumps(body), errcode=errcode, errmsg=errmsg, status=status)


class ErrorTexts:
    """Writes error texts in WeCom's shape, each with a hint id of its own."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Take the clock from which hint ids begin: seconds since the epoch."""
        self._now = now
        self._count = 0

    def text(self, errcode: int, ip: str, field: str = "") -> str:
        """Return `<text>, hint: [<id>], from ip: <ip>, more info at <url>` (reference 1)."""
        self._count += 1
        said = TEXTS.get(errcode, "request refused")
        start = f"{field}. {said}" if field else said
        hint = f"{int(self._now())}_{self._count}_{(self._count * 2654435761) % 2**32:08x}"
        return (
            f"{start}, hint: [{hint}], from ip: {ip}, more info at "
            f"https://open.work.weixin.qq.com/devtool/query?e={errcode}"
        )


def _header_text(errmsg: str) -> str:
    return errmsg.replace("\r", " ").replace("\n", " ")
