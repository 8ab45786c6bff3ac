"""The endpoints syncd calls, as data: path, and what an answer must hold to be one.

Sources: reference documents 91039 (token), 90208, 95350, 95351 (departments), 90196, 90200,
90201, 96067, 95402, 95895 (members), 90213, 90216 (tags), 90227 (apps),
90236, 94867, 94888 (messages), 90253 (media).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from syncd.text import text


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint below `/cgi-bin/`."""

    path: str
    answers: Mapping[str, type] = field(default_factory=lambda: MappingProxyType({}))  #: key → type
    rows: str = ""  #: the key whose list must hold objects only
    may_answer: Mapping[str, type] = field(default_factory=lambda: MappingProxyType({}))
    method: str = "GET"
    bulk: bool = False  #: question or answer may be large and slow: it has the longer time-out
    paced: bool = True  #: it counts in WeCom's rates for each endpoint (document 90312)
    proof: tuple[str, ...] = ()  #: keys of which a success must have one

    def flaw(self, document: Mapping[str, Any]) -> str:
        """Return what makes a successful answer unusable, or an empty text.

        Only what callers rely on is looked at; unknown fields are WeCom's good right. Types
        are compared exactly: JSON's `true` is no number.
        """
        for key, kind in self.answers.items():
            if type(document.get(key)) is not kind:
                return _other(document, key, kind)
        for key, kind in self.may_answer.items():
            if document.get(key) is not None and type(document[key]) is not kind:
                return _other(document, key, kind)
        if self.proof and document.keys().isdisjoint(self.proof):
            return text("`{key}` is missing", key=self.proof[0])
        if self.rows and not all(type(row) is dict for row in document[self.rows]):
            return text("`{key}` holds something else than objects", key=self.rows)
        return ""


def _other(document: Mapping[str, Any], key: str, kind: type) -> str:
    found = type(document[key]).__name__ if key in document else text("missing")
    return text("`{key}` is {found}, not {kind}", key=key, found=found, kind=kind.__name__)


def _listing(path: str, rows: str, **more: Any) -> Endpoint:
    return Endpoint(path, answers={rows: list}, rows=rows, bulk=True, **more)


GETTOKEN = Endpoint("gettoken", answers={"access_token": str, "expires_in": int})
DEPARTMENT_LIST = _listing("department/list", "department")
DEPARTMENT_SIMPLELIST = _listing("department/simplelist", "department_id")
DEPARTMENT_GET = Endpoint("department/get", answers={"department": dict})
USER_LIST = _listing("user/list", "userlist")
USER_SIMPLELIST = _listing("user/simplelist", "userlist")
USER_LIST_ID = _listing("user/list_id", "dept_user", may_answer={"next_cursor": str}, method="POST")
USER_GET = Endpoint("user/get", answers={"userid": str})
USER_GETUSERID = Endpoint("user/getuserid", answers={"userid": str}, method="POST")
USER_BY_EMAIL = Endpoint("user/get_userid_by_email", answers={"userid": str}, method="POST")
TAG_LIST = _listing("tag/list", "taglist")
TAG_GET = _listing("tag/get", "userlist", may_answer={"partylist": list})
AGENT_GET = Endpoint(
    "agent/get",
    answers={"agentid": int},
    may_answer={"allow_userinfos": dict, "allow_partys": dict, "allow_tags": dict, "close": int},
)
# What only another server says with neither key in it was not accepted by WeCom.
MESSAGE_SEND = Endpoint("message/send", method="POST", paced=False, proof=("errcode", "msgid"))
MESSAGE_RECALL = Endpoint("message/recall", method="POST", proof=("errcode",))
UPDATE_TEMPLATE_CARD = Endpoint(
    "message/update_template_card", method="POST", proof=("errcode", "invaliduser")
)
MEDIA_UPLOAD = Endpoint("media/upload", answers={"media_id": str}, method="POST", bulk=True)
