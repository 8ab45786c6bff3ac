"""The client: one secret of one corporation, and a method for each endpoint syncd reads."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import orjson
import structlog

from syncd.errors import UsageError
from syncd.text import text
from syncd.wecom import endpoints
from syncd.wecom.caller import DEFAULT_BASE_URL, Caller, Row
from syncd.wecom.endpoints import Endpoint
from syncd.wecom.errors import WeComAnswer
from syncd.wecom.retry import Call

__all__ = ["DEFAULT_BASE_URL", "Row", "WeComClient"]

_log = structlog.get_logger()

_CURSOR_REFUSED = frozenset({50100, 60268})
_LISTING_RESTARTS = 2
_LIST_ID_LIMIT = 10_000
_PERSONAL_MAIL, _CORPORATE_MAIL = 2, 1


class WeComClient(Caller):
    """Calls WeCom with one secret. Safe for many threads; a context manager.

    Every method returns what WeCom answered with errcode 0, or raises:

    Raises:
        WeComRefused: WeCom answered with a code; `code` says which.
        WeComBusy: WeCom was busy, or limits us, to the end of the retries.
        WeComUnreachable: no answer to the end of the retries.
        WeComMalformed: answers that are none, to the end of the retries.
    """

    # Departments

    def get_departments(self, department_id: int | None = None) -> list[Row]:
        """Return `department/list`: a department and all below it, or all that are visible."""
        return self._rows(endpoints.DEPARTMENT_LIST, *_department("id", department_id))

    def list_department_ids(self, department_id: int | None = None) -> list[Row]:
        """Return `department/simplelist`: `{id, parentid, order}` each, otherwise as above."""
        return self._rows(endpoints.DEPARTMENT_SIMPLELIST, *_department("id", department_id))

    def get_department(self, department_id: int) -> Row:
        """Return `department/get`: one department with all its fields."""
        department: Row = self._ask(endpoints.DEPARTMENT_GET, *_department("id", department_id))[
            "department"
        ]
        return department

    # Members

    def list_users(self, department_id: int) -> list[Row]:
        """Return `user/list`: the members directly in a department, with all visible fields."""
        return self._rows(endpoints.USER_LIST, *_department("department_id", department_id))

    def list_user_names(self, department_id: int) -> list[Row]:
        """Return `user/simplelist`: `{userid, name, department}` of those directly in one."""
        return self._rows(endpoints.USER_SIMPLELIST, *_department("department_id", department_id))

    def get_user(self, userid: str) -> Row:
        """Return `user/get`: one member; unknown or not visible is `WeComRefused` 60111."""
        return self._ask(
            endpoints.USER_GET, {"userid": userid}, text("user {userid}", userid=userid)
        )

    def list_user_ids(self) -> list[tuple[Any, Any]]:
        """Return `user/list_id` to its end: (userid, department) pairs as WeCom gives them.

        Contacts secret only. A cursor that WeCom refuses restarts the listing, twice at
        most; a listing that did not reach its end is always an error.
        """
        for _ in range(_LISTING_RESTARTS):
            try:
                return self._list_user_ids()
            except WeComAnswer as error:
                if error.code not in _CURSOR_REFUSED:
                    raise
                _log.warning("wecom_listing_restarted", errcode=error.code, hint_id=error.hint_id)
        return self._list_user_ids()

    def find_userid_by_mobile(self, mobile: str) -> str:
        """Return `user/getuserid`; 46004 and 60146: nobody, or not visible."""
        body = {"mobile": mobile}
        return str(
            self._ask(endpoints.USER_GETUSERID, subject=text("a mobile number"), body=body)[
                "userid"
            ]
        )

    def find_userid_by_email(self, email: str, *, personal: bool = False) -> str:
        """Return `user/get_userid_by_email`; 46004, 60147 and 60148: nobody, or not visible."""
        body = {"email": email, "email_type": _PERSONAL_MAIL if personal else _CORPORATE_MAIL}
        return str(
            self._ask(endpoints.USER_BY_EMAIL, subject=text("an e-mail address"), body=body)[
                "userid"
            ]
        )

    # Tags and the app

    def list_tags(self) -> list[Row]:
        """Return `tag/list`: `{tagid, tagname}` each."""
        return self._rows(endpoints.TAG_LIST, {}, "")

    def get_tag(self, tag_id: int) -> Row:
        """Return `tag/get`: `userlist` and `partylist` of a tag, as far as visible."""
        return self._ask(endpoints.TAG_GET, {"tagid": tag_id}, text("tag {id}", id=tag_id))

    def get_agent(self) -> Row:
        """Return `agent/get` for the own app: `allow_partys` and so on say what is visible.

        Raises:
            UsageError: the client was made without `agent_id`.
        """
        if self.agent_id is None:
            raise UsageError(
                text("agent_id is not set"), hint=text("Set agent_id beside app_secret.")
            )
        return self._ask(
            endpoints.AGENT_GET, {"agentid": self.agent_id}, text("agent {id}", id=self.agent_id)
        )

    # How a call is made

    def _rows(self, endpoint: Endpoint, query: Mapping[str, object], subject: str) -> list[Row]:
        rows: list[Row] = self._ask(endpoint, query, subject)[endpoint.rows]
        return rows

    def _list_user_ids(self) -> list[tuple[Any, Any]]:
        pairs: list[tuple[Any, Any]] = []
        body: Row = {"limit": _LIST_ID_LIMIT}
        seen: set[str] = set()
        while True:
            page = self._ask(endpoints.USER_LIST_ID, body=body)
            pairs += [(row.get("userid"), row.get("department")) for row in page["dept_user"]]
            cursor = page.get("next_cursor")
            if not cursor:
                return pairs
            if cursor in seen:
                raise self.unusable(
                    Call(endpoints.USER_LIST_ID), text("the same cursor came twice")
                )
            seen.add(cursor)
            body = {"limit": _LIST_ID_LIMIT, "cursor": cursor}

    def _ask(
        self,
        endpoint: Endpoint,
        query: Mapping[str, object] | None = None,
        subject: str = "",
        body: Row | None = None,
    ) -> Row:
        content = None if body is None else orjson.dumps(body)
        return self.ask(Call(endpoint, urlencode(query or {}), content, subject))


def _department(key: str, department_id: int | None) -> tuple[dict[str, object], str]:
    if department_id is None:
        return {}, ""
    return {key: department_id}, text("department {id}", id=department_id)
