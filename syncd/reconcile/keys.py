"""Counts how fit each field is as the common field, from the last records of every source.

What two sources have in common is counted in `key_match`, and what is made of the numbers stands
in `key_advice`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from syncd.model.field import CUSTOM_PREFIX
from syncd.model.fitness import FieldState, Flaw, Side
from syncd.model.record import UserRecord
from syncd.reconcile.normalize import matching_key
from syncd.reconcile.resolve import may_become_user

#: Fields that may be considered, besides those of the administrator's own.
CANDIDATES: Final = (
    "userid",
    "mobile",
    "email",
    "biz_email",
    "employee_no",
    "alias",
    "name",
)
#: A known empty value; an unknown one is None.
_EMPTY: Final = ""
#: In place of a row's number: several rows carry the value.
SHARED: Final = -1
_EXAMPLES: Final = 3
_CHINESE_MOBILE: Final = re.compile(r"\+861[3-9][0-9]{9}\Z")
_SPREADSHEET: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?[eE]\+?[0-9]+\Z|[0-9]+\.0\Z")


@dataclass(slots=True)
class People:
    """Everybody of one source, a column a field: a hundred thousand records take little room."""

    source: str
    number: int = 0
    read_at: datetime | None = None
    columns: dict[str, list[str | None]] = field(default_factory=dict)
    #: Field → values that the source has and that cannot be used.
    rejected: Counter[str] = field(default_factory=Counter)
    #: Row → id of those whose record makes no user: it says that they have left, or too little.
    without_user: dict[int, str] = field(default_factory=dict)

    def add(self, record: UserRecord) -> None:
        """Count somebody who is there."""
        for name, value in record.fields.items():
            column = self.columns.get(name)
            if column is None:
                if not is_candidate(name):
                    continue
                column = self.columns[name] = []
            column.extend([None] * (self.number - len(column)))
            column.append(value if value is not None and not value.isspace() else _EMPTY)
        for one in record.rejections:
            self.rejected[one.field] += 1
        if not may_become_user(record):
            self.without_user[self.number] = record.external_id
        self.number += 1
        if self.read_at is None or record.read_at > self.read_at:
            self.read_at = record.read_at

    def column(self, name: str) -> Sequence[str | None]:
        """Return the field's value of everybody: None is unknown, "" is empty."""
        column = self.columns.setdefault(name, [])
        column.extend([None] * (self.number - len(column)))
        return column


def is_candidate(name: str) -> bool:
    """Return whether a field may be considered as the common field."""
    return name in CANDIDATES or name.startswith(CUSTOM_PREFIX)


def gather(records: Iterable[UserRecord]) -> dict[str, People]:
    """Return the people of every source; `records` are those who are not gone."""
    found: dict[str, People] = {}
    for record in records:
        people = found.get(record.source)
        if people is None:
            people = found[record.source] = People(record.source)
        people.add(record)
    return found


def candidates(everybody: Iterable[People]) -> list[str]:
    """Return the fields to be considered: ours, and those of the administrator's own."""
    own = {name for one in everybody for name in one.columns if name.startswith(CUSTOM_PREFIX)}
    return [*CANDIDATES, *sorted(own)]


@dataclass(frozen=True, slots=True)
class Carried:
    """Who carries which value of one field in one source."""

    side: Side
    #: Value as it is written.
    written: AbstractSet[str]
    #: Value as it is compared → the row of the one who carries it, `SHARED` for several.
    rows: Mapping[str, int]


class Forms:
    """The values of one field as they are compared; each is worked out once for all sources."""

    def __init__(self, name: str) -> None:
        """Compare the values of the field `name`."""
        self.name = name
        self._known: dict[str, str | None] = {}

    def of(self, value: str) -> str | None:
        """Return a value as it is compared, None where it is no key."""
        if value in self._known:
            return self._known[value]
        key = matching_key(self.name, value)
        self._known[value] = key
        return key


def look_at_side(
    people: People,
    forms: Forms,
    *,
    unseen: FieldState = FieldState.UNSEEN,
    is_withheld: bool = False,
) -> Carried:
    """Return one field of one source.

    Args:
        people: Everybody of the source.
        forms: The field, and its values as they are compared.
        unseen: How the field stands where nothing is known of anybody's.
        is_withheld: Whether the source shows it no more.
    """
    tally = _Tally(forms)
    for row, value in enumerate(people.column(forms.name)):
        if value is not None:
            tally.note(row, value)
    side = Side(
        state=FieldState.WITHHELD if is_withheld else FieldState.SHOWN if tally.known else unseen,
        people=people.number,
        known=tally.known,
        values=tally.values,
        distinct_written=len(tally.written),
        distinct=len(tally.rows),
        shared_values=len(tally.carriers),
        sharing=tally.carriers.total(),
        flaws=tally.flaws_with(people.rejected[forms.name]),
        shared_examples=tally.most_shared(),
        flawed_examples=tuple(tally.flawed),
    )
    return Carried(side, tally.written, tally.rows)


def of_users(people: People, forms: Forms, carried: Carried) -> Carried:
    """Return what the users of the authority carry, without those whose record makes none."""
    if not people.without_user:
        return carried
    tally = _Tally(forms)
    for row, value in enumerate(people.column(forms.name)):
        if value is not None and row not in people.without_user:
            tally.note(row, value)
    return replace(carried, rows=tally.rows)


@dataclass(slots=True)
class _Tally:
    """Counts one field of one source, value by value."""

    forms: Forms
    known: int = 0
    values: int = 0
    written: set[str] = field(default_factory=set)
    rows: dict[str, int] = field(default_factory=dict)
    #: Value that several carry → how many.
    carriers: Counter[str] = field(default_factory=Counter)
    flaws: Counter[Flaw] = field(default_factory=Counter)
    flawed: list[tuple[Flaw, str]] = field(default_factory=list)

    def note(self, row: int, value: str) -> None:
        """Count the known value of one row."""
        self.known += 1
        if value == _EMPTY:
            return
        self.values += 1
        self.written.add(value)
        key = self.forms.of(value)
        flaw = _flaw(self.forms.name, key)
        if flaw is not None:
            self.flaws[flaw] += 1
            if len(self.flawed) < _EXAMPLES:
                self.flawed.append((flaw, value))
        if key is None:
            return
        if key in self.rows:
            self.rows[key] = SHARED
            self.carriers[key] += 1 if key in self.carriers else 2  # the first one too
        else:
            self.rows[key] = row

    def flaws_with(self, rejected: int) -> dict[Flaw, int]:
        """Return the flaws, with values that the source has and that could not be taken."""
        return {**self.flaws, Flaw.REJECTED: rejected} if rejected else dict(self.flaws)

    def most_shared(self) -> tuple[tuple[str, int], ...]:
        """Return the values that most people share."""
        found = sorted(self.carriers.items(), key=lambda one: (-one[1], one[0]))
        return tuple(found[:_EXAMPLES])


def _flaw(name: str, key: str | None) -> Flaw | None:
    """Return what is wrong with a value, by its form for comparing."""
    if key is None:
        return Flaw.NO_ADDRESS if name in {"email", "biz_email"} else Flaw.NO_KEY
    if name == "mobile":
        is_desk_phone = key.startswith("+86") and not _CHINESE_MOBILE.match(key)
        return Flaw.NO_MOBILE if is_desk_phone else None
    if name == "employee_no" and _SPREADSHEET.match(key):
        return Flaw.SPREADSHEET
    return None
