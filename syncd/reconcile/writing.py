"""What people write around a number, an address or an employee number that means nothing. Pure.

Nothing here may make two values equal that are two: where it is not certain what is meant, the
value is no key.
"""

import re
import unicodedata
from typing import Final

_QUOTES: Final = "'\"‘’“”`"
#: What a form asks for and nobody has.
_PLACEHOLDERS: Final = frozenset(
    [
        "无",
        "没有",
        "暂无",
        "未知",
        "未填",
        "不详",
        "待定",
        "空",
        "none",
        "null",
        "nil",
        "n/a",
        "#n/a",
        "nan",
        "unknown",
        "undefined",
        "tbd",
    ]
)
#: `tel:` or `手机：` before a number; a Latin one only with something behind it.
_LABEL: Final = re.compile(
    r"\s*(?:(?:tel|mobile|mob|cell|phone|sms|m|t)(?:[:.]|\s)\s*|(?:联系电话|移动电话|手机号码|手机号|手机|电话)\s*:?\s*)",
    re.IGNORECASE,
)
#: `(工作)` after a number: words only, since figures could be an extension.
_REMARK: Final = re.compile(r"\s*\([^()0-9+]*\)\s*\Z")
#: What a table of figures makes of a mobile number.
_FIGURE: Final = re.compile(r"\s*(1[0-9]{10})\.0+\s*\Z")
#: Between two numbers, or before an extension.
_SEVERAL: Final = re.compile(r"[;,#/*|、]")
#: As a number of North America is written without its +1; the figures could be a Chinese mobile.
_AMERICAN: Final = re.compile(r"\s*1[-. ]\(?[0-9]{3}\)?[-. ][0-9]{3}[-. ][0-9]{4}\s*\Z")
_NAMED: Final = re.compile(r"[^<>]*<([^<>]+)>\s*\Z")
_ADDRESS: Final = re.compile(r"[^\s@<>()\[\],;:\"]+@[^\s@<>()\[\],;:\"]+\Z")


def visible(value: str) -> str:
    """Return the value without width, invisible characters, and space or quotes around it."""
    if not value.isascii():
        value = "".join(each for each in value if unicodedata.category(each) != "Cf")
        value = unicodedata.normalize("NFKC", value)
    while (bare := value.strip().strip(_QUOTES)) != value:
        value = bare
    return value


def is_placeholder(value: str) -> bool:
    """Return whether a value only says that there is none: a dash, zeros, `无`, `N/A`."""
    return value.casefold() in _PLACEHOLDERS or not any(
        each.isalnum() and each != "0" for each in value
    )


def number_in(value: str) -> str | None:
    """Return the one phone number in a value, still as it is written; None where none is sure.

    Letters and extensions are not sure: a switchboard is many people's number.
    """
    written = _REMARK.sub("", visible(value))
    labelled = _LABEL.match(written)
    if labelled:
        written = written[labelled.end() :]
    figure = _FIGURE.match(written)
    if figure:
        return figure[1]
    if _SEVERAL.search(written) or any(each.isalpha() for each in written):
        return None
    return written


def is_american(number: str) -> bool:
    """Return whether a number is grouped as in North America, with a 1 and no + before it."""
    return _AMERICAN.match(number) is not None


def address_in(value: str) -> str | None:
    """Return the one mail address in a value, in lower case; None where there is none."""
    written = visible(value).rstrip(".;,")
    named = _NAMED.match(written)
    address = (named[1] if named else written).strip().lower().replace("。", ".")
    address = address.removeprefix("mailto:").strip(_QUOTES)
    return address if _ADDRESS.match(address) else None
