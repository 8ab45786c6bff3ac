"""What this source asks of WeCom, and what WeCom's refusals mean for a reading."""

from collections import Counter
from typing import Any, Final, Protocol

from syncd.errors import SourceError, SourceMalformed, SourceRejected, SourceUnavailable
from syncd.text import joined, text
from syncd.wecom.codes import ErrorClass
from syncd.wecom.errors import WeComAnswer, WeComError

#: One object as WeCom gives it.
Row = dict[str, Any]

#: The caller may not see this department or member (the contract's "invisible part").
INVISIBLE: Final = frozenset({60011, 60021, 50002})
#: The department is not there, or was not there when it was asked for.
NO_SUCH_DEPARTMENT: Final = 60003
#: The member left, was deleted, or cannot be seen: WeCom does not tell them apart.
NO_SUCH_MEMBER: Final = 60111
#: The id is malformed, or belongs to nobody any more.
BAD_MEMBER_ID: Final = 40003
#: The answer would be too large; ask for less at a time.
TOO_LARGE: Final = 45029
#: The contacts secret may not read details from this address (added after 2022-08-15).
IDENTIFIERS_ONLY: Final = 48009


class Directory(Protocol):
    """WeCom as one secret sees it; `syncd.wecom.client.WeComClient` is one.

    Every method returns what an answer with errcode 0 held, or raises `WeComError`: a
    `WeComAnswer` has WeCom's `code`.
    """

    @property
    def calls(self) -> Counter[str]:
        """Return how many requests were sent, by endpoint."""

    def get_departments(self) -> list[Row]:
        """Return `department/list`."""

    def list_department_ids(self) -> list[Row]:
        """Return `department/simplelist`."""

    def get_department(self, department_id: int, /) -> Row:
        """Return `department/get`."""

    def list_users(self, department_id: int, /) -> list[Row]:
        """Return `user/list`."""

    def list_user_names(self, department_id: int, /) -> list[Row]:
        """Return `user/simplelist`."""

    def get_user(self, userid: str, /) -> Row:
        """Return `user/get`."""

    def list_user_ids(self) -> list[tuple[Any, Any]]:
        """Return `user/list_id` to its end, as (userid, department) pairs."""

    def find_userid_by_mobile(self, mobile: str, /) -> str:
        """Return `user/getuserid`."""

    def find_userid_by_email(self, email: str, /, *, personal: bool) -> str:
        """Return `user/get_userid_by_email`."""

    def get_tag(self, tag_id: int, /) -> Row:
        """Return `tag/get`."""

    def get_agent(self) -> Row:
        """Return `agent/get` for the own app."""

    def close(self) -> None:
        """Close the connections."""


def code_of(error: WeComError) -> int | None:
    """Return WeCom's errcode, or None where WeCom did not answer at all."""
    return error.code if isinstance(error, WeComAnswer) else None


def broken_off(error: WeComError, source: str, department: str) -> SourceError:
    """Return the error of a reading that one department broke off, with the way around it.

    What concerns the secret, the app or our address is the same for every department, so
    leaving one out would not help: such an error is returned as it is.
    """
    if isinstance(error, WeComAnswer):
        general = {ErrorClass.CONFIG, ErrorClass.TOKEN} & set(error.described.classes)
        if general or error.code == IDENTIFIERS_ONLY:
            return error
    around = text(
        'To read without it, add "{department}" to exclude of [sources.{source}].',
        department=department,
        source=source,
    )
    hint = joined(" ", [one for one in (error.hint, around) if one])
    message = text(
        "Reading department {department} of {source} broke off: {message}",
        department=department,
        source=source,
        message=error.message,
    )
    kinds = (SourceUnavailable, SourceMalformed, SourceRejected)
    kind = next((kind for kind in kinds if isinstance(error, kind)), SourceError)
    return kind(message, hint=hint)
