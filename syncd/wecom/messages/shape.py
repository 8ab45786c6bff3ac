"""How a message's content is described as data, and how a value is held against it.

A shape says what WeCom documents of a value; `faults` yields what is not so. Keys that a shape
does not know are no fault, for WeCom adds some without notice; `null` is the same as no key.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from syncd.text import Text as Sentence
from syncd.text import joined, text
from syncd.wecom.fault import Fault

#: A parameter is wrong: what WeCom answers where it has no code of its own.
WRONG = 40058
_SCHEMES = ("http://", "https://")


class Unit(StrEnum):
    """How WeCom measures a text."""

    BYTES = "bytes"  #: of UTF-8
    CHARACTERS = "characters"


@dataclass(frozen=True, slots=True)
class Words:
    """A text. WeCom cuts many that are too long without a word; here they are a fault."""

    most: int | None = None
    unit: Unit = Unit.BYTES
    least: int = 0  #: where the text is not empty
    too_long: int = WRONG  #: WeCom's code

    def faults(self, path: str, value: object) -> Iterator[Fault]:
        """Yield what is wrong with a value that stands at `path`."""
        if not isinstance(value, str):
            yield _other(path, text("a text"))
            return
        found = len(value.encode() if self.unit is Unit.BYTES else value)
        if self.most is not None and found > self.most:
            yield Fault(path, _too_long(path, found, self.most, self.unit), self.too_long)
        if 0 < found < self.least:
            said = text(
                "{path} is {found} characters, WeCom takes {least} or more",
                path=path,
                found=found,
                least=self.least,
            )
            yield Fault(path, said, self.too_long)


def _too_long(path: str, found: int, most: int, unit: Unit) -> Sentence:
    values = {"path": path, "found": found, "most": most}
    if unit is Unit.BYTES:
        return text("{path} is {found:,} bytes, WeCom takes {most:,}", **values)
    return text("{path} is {found:,} characters, WeCom takes {most:,}", **values)


@dataclass(frozen=True, slots=True)
class Link:
    """An address with its scheme."""

    most: int = 2048  #: bytes

    def faults(self, path: str, value: object) -> Iterator[Fault]:
        """Yield what is wrong with a value that stands at `path`."""
        yield from Words(self.most, too_long=40039).faults(path, value)
        if isinstance(value, str) and value and not value.lower().startswith(_SCHEMES):
            yield Fault(path, text("{path} lacks http:// or https://", path=path), 45034)


@dataclass(frozen=True, slots=True)
class Name:
    """A text of certain characters."""

    form: str  #: a regular expression for the whole
    allowed: Sentence  #: the same in words
    code: int = WRONG

    def faults(self, path: str, value: object) -> Iterator[Fault]:
        """Yield what is wrong with a value that stands at `path`."""
        if not isinstance(value, str):
            yield _other(path, text("a text"))
        elif not re.fullmatch(self.form, value):
            said = text("{path} must be {allowed}", path=path, allowed=self.allowed)
            yield Fault(path, said, self.code)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few values, numbers or words."""

    values: tuple[int, ...] | tuple[str, ...]
    code: int = WRONG

    def faults(self, path: str, value: object) -> Iterator[Fault]:
        """Yield what is wrong with a value that stands at `path`."""
        kind = type(self.values[0])  # neither `true` nor `1.0` is the number 1
        if type(value) is not kind or value not in self.values:
            named = joined(" or ", [str(one) for one in self.values])
            yield Fault(path, text("{path} must be {allowed}", path=path, allowed=named), self.code)


@dataclass(frozen=True, slots=True)
class Between:
    """A number within bounds."""

    least: float
    most: float

    def faults(self, path: str, value: object) -> Iterator[Fault]:
        """Yield what is wrong with a value that stands at `path`."""
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (number and self.least <= value <= self.most):  # type: ignore[operator]  # a number
            said = text(
                "{path} must be a number from {least} to {most}",
                path=path,
                least=self.least,
                most=self.most,
            )
            yield Fault(path, said, WRONG)


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def faults(self, path: str, value: object) -> Iterator[Fault]:
        """Yield what is wrong with a value that stands at `path`."""
        if not isinstance(value, bool):
            yield _other(path, text("true or false"))


@dataclass(frozen=True, slots=True)
class Needs:
    """A rule between keys: at least one of these sets of keys must be there.

    Keys below keys are written with a dot. It holds always; or only where `when` is there; or
    only where `when` is one of `values`, None being no such key.
    """

    one_of: tuple[tuple[str, ...], ...]
    code: int = WRONG
    when: str = ""
    values: tuple[object, ...] = ()

    def faults(self, path: str, whole: Mapping[str, Any], name: str) -> Iterator[Fault]:
        """Yield the fault, if it is one, of the keys of `whole`, which stands at `path`."""
        cause = _at(whole, self.when) if self.when else None
        concerned = cause in self.values if self.values else not self.when or _given(cause)
        if not concerned or any(
            all(_given(_at(whole, key)) for key in keys) for keys in self.one_of
        ):
            return
        needed = joined(" or ", [joined(" and ", keys) for keys in self.one_of])
        values = {"path": path or name, "needed": needed, "key": self.when, "value": cause}
        if not self.when or cause is None:
            said = text("{path} needs {needed}", **values)
        elif self.values:
            said = text("{path} needs {needed}, for its {key} is {value}", **values)
        else:
            said = text("{path} needs {needed}, for it has {key}", **values)
        yield Fault(_below(path, self.one_of[0][0]), said, self.code)


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of one key of an object."""

    shape: "Shape"
    missing: int | None = None  #: it is required; WeCom's code where it is not there


def must(shape: "Shape", missing: int = WRONG) -> Key:
    """Return a key that must be there, and not be empty."""
    return Key(shape, missing)


@dataclass(frozen=True, slots=True)
class Part:
    """An object."""

    keys: Mapping[str, Key] = field(default_factory=lambda: MappingProxyType({}))
    rules: tuple[Needs, ...] = ()
    code: int = WRONG  #: where it is none

    @classmethod
    def of(cls, *rules: Needs, **keys: "Key | Shape") -> "Part":
        """Return an object with these keys, of which those in `must` are required."""
        known = {name: one if isinstance(one, Key) else Key(one) for name, one in keys.items()}
        return cls(MappingProxyType(known), rules)

    def with_keys(self, *rules: Needs, **keys: "Key | Shape") -> "Part":
        """Return the same with more keys and rules."""
        more = Part.of(*rules, **keys)
        return Part(MappingProxyType({**self.keys, **more.keys}), self.rules + more.rules)

    def faults(self, path: str, value: object, name: str = "") -> Iterator[Fault]:
        """Yield what is wrong with a value at `path`; `name` stands for an empty path."""
        if not isinstance(value, dict):
            yield _other(path or name, text("an object"))
            return
        for key, known in self.keys.items():
            where, found = _below(path, key), value.get(key)
            if known.missing is not None and not _given(found):
                yield Fault(where, text("{path} is missing", path=where), known.missing)
            elif found is not None:
                yield from known.shape.faults(where, found)
        for rule in self.rules:
            yield from rule.faults(path, value, name)


@dataclass(frozen=True, slots=True)
class Parts:
    """A list of objects."""

    each: Part
    most: int
    too_many: int = WRONG  #: WeCom's code
    unique: str = ""  #: a key that no two of them share
    repeated: int = WRONG

    def faults(self, path: str, value: object) -> Iterator[Fault]:
        """Yield what is wrong with a value that stands at `path`."""
        if not isinstance(value, list):
            yield _other(path, text("a list"))
            return
        if len(value) > self.most:
            said = text(
                "{path} holds {found:,}, WeCom takes {most}",
                path=path,
                found=len(value),
                most=self.most,
            )
            yield Fault(path, said, self.too_many)
            return
        seen: list[object] = []
        for place, one in enumerate(value):
            where = f"{path}[{place}]"
            yield from self.each.faults(where, one)
            mark = one.get(self.unique) if self.unique and isinstance(one, dict) else None
            if mark is not None and mark in seen:
                again = _below(where, self.unique)
                yield Fault(again, text("{path} is there twice", path=again), self.repeated)
            seen.append(mark)


Shape = Words | Link | Name | Choice | Between | Flag | Part | Parts


def _given(value: object) -> bool:
    """Return whether there is anything: 0 and false are something."""
    return value is not None and value not in ("", [], {})


def _at(whole: Mapping[str, Any], keys: str) -> Any:
    """Return what stands at `a.b`, or None."""
    value: Any = whole
    for key in keys.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _other(path: str, kind: Sentence) -> Fault:
    return Fault(path, text("{path} must be {allowed}", path=path, allowed=kind), WRONG)
