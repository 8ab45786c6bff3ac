"""Asking WeCom whose a mobile or an e-mail address is, where it shows nobody's (reference 5.7)."""

import re
import threading
from typing import Final

from syncd.model.field import MAX_ID_LENGTH
from syncd.sources.base import Inquiry
from syncd.sources.wecom.directory import Directory
from syncd.sources.wecom.parallel import in_parallel
from syncd.wecom.errors import WeComAnswer

#: Our field → the endpoint whose wrong questions count together.
ENDPOINTS: Final = {
    "mobile": "user/getuserid",
    "email": "user/get_userid_by_email",
    "biz_email": "user/get_userid_by_email",
}
#: Nobody, or nobody whom the secret may see; or no number at all, in WeCom's eyes.
_NOBODY: Final = frozenset({46004, 60103, 60105, 60146, 60147, 60148})
_CHINESE_MOBILE: Final = re.compile(r"\+86(1[3-9][0-9]{9})\Z")


def ask(directory: Directory, inquiry: Inquiry, workers: int) -> None:
    """Ask for every value of an inquiry, some at the same time, and fill it.

    Raises:
        WeComError: WeCom did not answer, or refused to; what was answered before stays.
    """
    lock = threading.Lock()

    def whose(value: str) -> str | None:
        with lock:
            inquiry.begun += 1
        return _whose(directory, inquiry.by, value)

    try:
        for value, id_ in in_parallel(whose, inquiry.values, workers):
            inquiry.answers[value] = id_
    except WeComAnswer as error:
        inquiry.is_shut = not error.described.retried
        raise


def _whose(directory: Directory, field: str, value: str) -> str | None:
    try:
        if field == "mobile":
            found = directory.find_userid_by_mobile(number_for_wecom(value))
        else:
            found = directory.find_userid_by_email(value, personal=field == "email")
    except WeComAnswer as error:
        if error.code in _NOBODY:
            return None
        raise
    return found.lower() if 0 < len(found) <= MAX_ID_LENGTH else None


def number_for_wecom(number: str) -> str:
    """Return a number in E.164 as WeCom writes it: a Chinese mobile without the country's code."""
    chinese = _CHINESE_MOBILE.match(number)
    return chinese[1] if chinese else number
