"""Distinguished names (RFC 4514), as far as placing an entry in a tree needs them."""

import re
from functools import lru_cache
from typing import NamedTuple

#: A DN in a form that can be compared, the entry's own name first: one text per level.
DnKey = tuple[str, ...]

#: What makes a comma something else than the end of a level, or something else its end.
_QUOTED = re.compile(r'[\\";]')
_HEX_RUN = re.compile(r"(?:\\[0-9a-fA-F]{2})+")
#: What makes an entry's own level something else than one attribute and its value as it is.
_UNPLAIN = re.compile(r'[\\";+]')
#: What has a meaning in a DN (RFC 4514, 2.4); a value here has no space at either end.
_SPECIAL = re.compile(r'[,+"\\<>;=]')
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class Name(NamedTuple):
    """One attribute and value of a level of a DN."""

    attribute: str
    value: str


def dn_key(dn: str) -> DnKey:
    """Return `dn` for comparison: without regard to case, spacing and way of escaping."""
    if _QUOTED.search(dn):
        return _level_keys(dn)
    own, _, above = dn.partition(",")
    return (_level_key(own), *_keys_above(above)) if own.strip() else _keys_above(above)


def dn_of(key: DnKey) -> str:
    """Return a DN that stands for `key`, in the spelling that is compared."""
    return ",".join("+".join(map(_escaped, level.split("\0"))) for level in key)


def _escaped(name: str) -> str:
    attribute, _, value = name.partition("=")
    value = _SPECIAL.sub(r"\\\g<0>", value)
    return f"{attribute}=\\{value}" if value.startswith("#") else f"{attribute}={value}"


def own_names(dn: str) -> tuple[Name, ...]:
    """Return the attributes and values of the entry's own level, unescaped; empty for the root."""
    own, _, _ = dn.partition(",")
    if own.strip() and not _UNPLAIN.search(own):
        return (_name(own),)
    levels = _split(dn, ",;")
    return tuple(_name(part) for part in _split(levels[0], "+")) if levels else ()


def _level_keys(dn: str) -> DnKey:
    return tuple(_level_key(level) for level in _split(dn, ",;"))


#: Thousands of entries lie below the same one.
_keys_above = lru_cache(maxsize=4096)(_level_keys)


def _level_key(level: str) -> str:
    if not ("\\" in level or '"' in level or "+" in level):  # as nearly every one is
        attribute, _, value = level.partition("=")
        return f"{attribute.strip().lower()}={' '.join(value.casefold().split())}"
    names = sorted(
        f"{name.attribute.lower()}={' '.join(name.value.casefold().split())}"
        for name in map(_name, _split(level, "+"))
    )
    return "\0".join(names)


def _name(text: str) -> Name:
    attribute, _, value = text.partition("=")
    return Name(attribute.strip(), _unescape(value))


def _unescape(value: str) -> str:
    if "\\" not in value and '"' not in value:  # as in nearly every one
        return value.strip()
    # A last space that is escaped belongs to the value.
    value = value.lstrip() if value.endswith("\\ ") else value.strip()
    if len(value) > 1 and value.startswith('"') and value.endswith('"'):
        value = value[1:-1]  # RFC 2253, section 4: servers keep what was once written so
    value = _HEX_RUN.sub(_from_hex, value)
    return _ESCAPED.sub(r"\1", value)


def _from_hex(match: re.Match[str]) -> str:
    text = bytes.fromhex(match.group().replace("\\", "")).decode("utf-8", errors="replace")
    # What an escape stands for must not be taken for an escape itself.
    return text.replace("\\", "\\\\")


def _split(text: str, separators: str) -> list[str]:
    """Return the parts of `text` between separators that are neither escaped nor quoted."""
    if "\\" not in text and '"' not in text and ";" not in text:
        return [part for part in text.split(separators[0]) if part.strip()]
    parts, start, quoted, position = [], 0, False, 0
    while position < len(text):
        char = text[position]
        if char == "\\":
            position += 1
        elif char == '"':
            quoted = not quoted
        elif char in separators and not quoted:
            parts.append(text[start:position])
            start = position + 1
        position += 1
    parts.append(text[start:])
    return [part for part in parts if part.strip()]
