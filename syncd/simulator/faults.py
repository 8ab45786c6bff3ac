"""Faults on demand: which call is spoilt, how, and how often."""

import itertools
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from syncd.errors import UsageError


class Kind(StrEnum):
    """What happens to a call that a rule matches."""

    HANG = "hang"  #: nothing is sent for `seconds`, then the connection is closed
    SLOW = "slow"  #: the right answer, `seconds` later
    RESET = "reset"  #: the connection is reset without an answer
    STATUS = "status"  #: HTTP `status` with a short text
    HTML = "html"  #: HTTP 200 with a proxy's page
    TRUNCATED = "truncated"  #: half of the body, then the connection is closed
    GARBLED = "garbled"  #: half of the body as if it were the whole: JSON that breaks off
    WRONG_TYPE = "wrong_type"  #: the value at `path` is replaced by one of another type
    EMPTY = "empty"  #: errcode 0 and an empty list
    ERRCODE = "errcode"  #: `errcode`, with `errmsg`, `interval`, `suggestion` where given
    MUTATE = "mutate"  #: `mutation` is carried out first, then the call is answered rightly


#: These spoil nothing: the call is answered rightly, and by another rule spoilt.
BESIDE = frozenset({Kind.SLOW, Kind.MUTATE})


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule. Every condition that is given must hold for a call to match.

    Of the matching calls the first `after - 1` pass, the next `times` are spoilt (None: all),
    the rest pass. A call is spoilt by the first rule that applies; `slow` and `mutate` apply
    beside it. A call that is spoilt is carried out all the same, as when an answer is lost;
    without `carried_out` it is lost on its way in. `errcode` refuses, so nothing is carried out.
    """

    kind: Kind
    endpoint: str = "*"  #: as in the URL after /cgi-bin/, `*` for any
    department: int | None = None  #: `department_id` or `id` of the call
    userid: str | None = None  #: `userid` of the call, in any case
    where: Mapping[str, str] = field(default_factory=dict)  #: other parameters, as text
    after: int = 1  #: from this matching call on, counted from 1
    times: int | None = None  #: so many calls
    share: float = 1.0  #: this part of the calls, by chance; the same seed, the same calls
    carried_out: bool = True  #: for all that spoil: the call took effect, its answer is spoilt
    seconds: float = 30.0  #: for hang and slow
    status: int = 502  #: for status
    errcode: int = -1  #: for errcode
    errmsg: str = ""  #: for errcode; WeCom's own text when empty
    interval: int | None = None  #: for errcode: a key of the body, seconds
    suggestion: str | None = None  #: for errcode: a key of the body
    path: str = ""  #: for wrong_type: a place such as `userlist.0.userid`, `*` for every element
    value: Any = None  #: for wrong_type: what is put there; by itself another type
    mutation: Mapping[str, Any] | Sequence[Mapping[str, Any]] = ()  #: for mutate

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> "Fault":
        """Return the rule that a JSON object describes.

        Raises:
            UsageError: A key or the kind is unknown.
        """
        known = {f.name for f in fields(cls)}
        unknown = sorted(set(asked) - known)
        kinds = ", ".join(kind.value for kind in Kind)
        if unknown:
            raise UsageError(
                f"A fault has no {', '.join(unknown)}.", hint=f"It may have {sorted(known)}."
            )
        if asked.get("kind") not in set(Kind):
            raise UsageError(f"There is no fault {asked.get('kind')!r}.", hint=f"Known: {kinds}.")
        given = dict(asked)
        given["kind"] = Kind(given["kind"])
        if given.get("where"):
            given["where"] = {k: str(v) for k, v in given["where"].items()}
        return cls(**given)

    def matches(self, endpoint: str, parameters: Mapping[str, Any]) -> bool:
        """Return whether a call meets every condition of this rule."""
        if self.endpoint not in ("*", endpoint):
            return False
        if self.department is not None:
            asked = parameters.get("department_id", parameters.get("id"))
            if str(asked) != str(self.department):
                return False
        asked_user = str(parameters.get("userid", "")).casefold()
        if self.userid is not None and asked_user != self.userid.casefold():
            return False
        return all(str(parameters.get(name)) == value for name, value in self.where.items())


@dataclass(slots=True)
class Rule:
    """A fault in force, with what it has done so far."""

    number: int
    fault: Fault
    chance: random.Random
    seen: int = 0
    used: int = 0

    def take(self, endpoint: str, parameters: Mapping[str, Any]) -> bool:
        """Count a call, and return whether it is to be spoilt."""
        if not self.fault.matches(endpoint, parameters):
            return False
        self.seen += 1
        if self.seen < self.fault.after:
            return False
        if self.fault.times is not None and self.used >= self.fault.times:
            return False
        if self.fault.share < 1 and self.chance.random() >= self.fault.share:
            return False
        self.used += 1
        return True


class Faults:
    """The rules in force, in the order in which they were set."""

    def __init__(self, seed: int = 1) -> None:
        """Begin with none; the seed decides what a `share` falls on."""
        self.rules: list[Rule] = []
        self._seed = seed
        self._numbers = itertools.count(1)

    def add(self, fault: Fault) -> int:
        """Put a rule into force and return its number."""
        number = next(self._numbers)
        rule = Rule(number, fault, random.Random(self._seed + number))
        self.rules.append(rule)
        return rule.number

    def clear(self, number: int | None = None) -> None:
        """Lift one rule, or all of them."""
        self.rules = [rule for rule in self.rules if number not in (None, rule.number)]

    def take(self, endpoint: str, parameters: Mapping[str, Any]) -> list[Fault]:
        """Return the faults that apply to a call: any beside ones, and one that spoils."""
        taken: list[Fault] = []
        spoilt = False
        for rule in self.rules:
            beside = rule.fault.kind in BESIDE
            if (beside or not spoilt) and rule.take(endpoint, parameters):
                taken.append(rule.fault)
                spoilt = spoilt or not beside
        return taken
