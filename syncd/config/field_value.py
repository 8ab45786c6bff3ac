"""How a field's value is made of attributes: a small closed set of steps. Pure; runs no code.

In ``fields`` of a source a value is

- the name of an attribute: ``"employeeNumber"``;
- a text with attributes in braces: ``"{sn}{givenName}"``. It has a value only where each of them
  has one, but for those that may be absent: ``"{givenName?} {sn}"``. ``{{`` and ``}}`` are braces;
- a table: ``{ from = <either>, match = "…(…)…", strip_prefix = "E", pad_left = 8 }``, whose steps
  are taken in this order. Of several values of one attribute the first that matches counts.

The steps make up nothing: what does not match has no value, and nothing is padded to nothing.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from syncd.config.pattern import Pattern, check_pattern
from syncd.text import text

#: The most digits that `pad_left` fills up to.
MAX_PADDING: Final = 64
_STEPS: Final = ("from", "match", "strip_prefix", "pad_left")
_PIECES: Final = re.compile(
    r"(?P<brace>\{\{|\}\})|\{(?P<name>[^{}]*)\}|(?P<text>[^{}]+)|(?P<stray>.)", re.DOTALL
)
#: What is between braces: an attribute of LDAP with its options, a key of WeCom, or an extended attribute.
_ATTRIBUTE: Final = re.compile(r"[^\s{}?\x00-\x1f]+(?: [^\s{}?\x00-\x1f]+)*")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a template: text as it is, or an attribute."""

    text: str
    is_attribute: bool = False
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class FieldValue:
    """One field's value, as attributes and steps."""

    parts: tuple[Part, ...]
    pattern: Pattern | None = None
    prefix: str = ""
    width: int = 0
    #: The attributes that the value is made of, each once.
    attributes: tuple[str, ...] = field(init=False)
    #: Whether the value is one attribute as it is.
    is_plain: bool = field(init=False)

    def __post_init__(self) -> None:
        """Find out once what is asked for every person."""
        names = tuple(dict.fromkeys(part.text for part in self.parts if part.is_attribute))
        is_stepped = bool(self.pattern or self.prefix or self.width)
        object.__setattr__(self, "attributes", names)
        object.__setattr__(self, "is_plain", len(self.parts) == 1 and not is_stepped)

    @property
    def most_values(self) -> int | None:
        """Return how many values of an attribute are looked at; None for all."""
        return None if self.pattern and len(self.parts) == 1 else 1

    def renamed(self, rename: Callable[[str], str]) -> "FieldValue":
        """Return the same value with other names of attributes."""
        parts = tuple(
            Part(rename(part.text), is_attribute=True, is_optional=part.is_optional)
            if part.is_attribute
            else part
            for part in self.parts
        )
        return FieldValue(parts, self.pattern, self.prefix, self.width)

    def of(self, values: Mapping[str, Sequence[str]]) -> str | None:
        """Return the value for somebody with these attributes; None where there is none.

        Whether an attribute without a value is empty or could not be read is for the caller to
        know: where one could not be read, what is returned means nothing.

        Raises:
            TooLong: A value is longer than `match` may be tried on.
        """
        for source in self._sources(values):
            made = self._stepped(source)
            if made:
                return made
        return None

    def _sources(self, values: Mapping[str, Sequence[str]]) -> Sequence[str]:
        if len(self.parts) == 1 and self.parts[0].is_attribute:
            found = values.get(self.parts[0].text, ())
            return found[: self.most_values]
        pieces, any_there = [], False
        for part in self.parts:
            if not part.is_attribute:
                pieces.append(part.text)
                continue
            value = next(iter(values.get(part.text, ())), "").strip()
            if not value and not part.is_optional:
                return ()
            any_there = any_there or bool(value)
            pieces.append(value)
        return ("".join(pieces).strip(),) if any_there else ()

    def _stepped(self, value: str) -> str | None:
        if self.pattern is not None:
            found = self.pattern.find(value)
            if found is None:
                return None
            value = found
        if self.prefix or self.width:
            value = value.strip().removeprefix(self.prefix)
        return value.rjust(self.width, "0") if value.strip() else None


def field_value(written: object) -> FieldValue:
    """Return what a value in ``fields`` says.

    Raises:
        ValueError: It says nothing that is known; the text tells what is wrong.
    """
    if isinstance(written, str):
        return FieldValue(_parts(written))
    if not isinstance(written, Mapping):
        raise ValueError(  # noqa: TRY004 - pydantic's way of being told
            text('must be the name of an attribute, in quotes, or a table with from = "…"')
        )
    unknown = sorted(set(written) - set(_STEPS))
    if unknown:
        raise ValueError(
            text(
                "{unknown} is not a known step; known are: {known}",
                unknown=unknown[0],
                known=", ".join(_STEPS),
            )
        )
    if not isinstance(written.get("from"), str):
        raise ValueError(  # noqa: TRY004 - the same
            text('says no attribute: from = "…" is missing, or is no text')
        )
    return FieldValue(
        _parts(written["from"]),
        check_pattern(written["match"]) if "match" in written else None,
        _prefix(written),
        _width(written),
    )


def _prefix(written: Mapping[str, Any]) -> str:
    prefix = written.get("strip_prefix", "")
    if not isinstance(prefix, str) or ("strip_prefix" in written and not prefix):
        raise ValueError(text('strip_prefix must be a text that is not empty, such as "E"'))
    return prefix


def _width(written: Mapping[str, Any]) -> int:
    width = written.get("pad_left", 0)
    if "pad_left" in written and (type(width) is not int or not 0 < width <= MAX_PADDING):
        raise ValueError(
            text(
                "pad_left must be a whole number from 1 to {most}: the length to fill up to with zeros",
                most=MAX_PADDING,
            )
        )
    return int(width)


def _parts(written: str) -> tuple[Part, ...]:
    if "{" not in written and "}" not in written:
        return (Part(_attribute(written), is_attribute=True),)
    parts: list[Part] = []
    for piece in _PIECES.finditer(written):
        if piece["stray"]:
            raise ValueError(text("a brace has no other half; a brace itself is written twice"))
        if piece["name"] is not None:
            name = piece["name"]
            optional = name.endswith("?")
            parts.append(
                Part(_attribute(name.removesuffix("?")), is_attribute=True, is_optional=optional)
            )
        else:
            parts.append(Part(piece["text"] or piece["brace"][0]))
    if not any(part.is_attribute for part in parts):
        raise ValueError(text("names no attribute in its braces"))
    if any("\0" in part.text for part in parts):
        raise ValueError(text("must not hold NUL"))
    return tuple(parts)


def _attribute(written: str) -> str:
    name = written.strip()
    if not name:
        raise ValueError(text("must be the name of an attribute, in quotes"))
    if name == "extattr" or name.endswith("."):
        raise ValueError(
            text('an extended attribute is written "extattr.<its name>", such as "extattr.工号"')
        )
    if not _ATTRIBUTE.fullmatch(name):
        raise ValueError(text('"{name}" is no name of an attribute', name=name))
    return name
