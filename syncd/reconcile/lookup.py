"""Decides which values a source is asked for that shows nobody's, and when one is asked for again.

WeCom shuts the endpoint for a day where wrong numbers make more than a fifth of the corporation.
So only those values are asked for whose answer can link somebody::

    the value                                            is asked for
    is carried by one record of its source, of somebody
    who has no record of the source that is asked        yes
    and is that of another such user too                 no: it would link nobody
    was asked for                                        when a day has passed, then twice as long
                                                         as the answer has been the same; a month
                                                         at most
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from syncd.model.entry import Ref
from syncd.model.lookup import Answer, Miss
from syncd.model.record import UserRecord
from syncd.reconcile.normalize import fold_userid, matching_key
from syncd.reconcile.reading import Reading
from syncd.reconcile.resolve import may_become_user

_SOONEST: Final = timedelta(days=1)
_LATEST: Final = timedelta(days=30)
#: WeCom counts a day, and shuts for one; an hour more, because the hour is all that is noted.
_COUNTED: Final = timedelta(hours=25)
#: An answer about a value that nobody carries is kept for as long: the run may have been held.
KEPT_UNUSED: Final = timedelta(days=7)
#: Half of the fifth of the corporation that WeCom allows.
_PART: Final = 10


class Person(NamedTuple):
    """Somebody who has no record of the source that is asked, and the value to ask for."""

    ref: Ref
    key: str


@dataclass(frozen=True, slots=True)
class Budget:
    """How many more questions may find nobody."""

    allowed: int
    missed: int
    #: What the source said when it would answer no more, while that holds.
    refusal: str | None = None
    #: When more may be asked; None for now.
    resumes_at: datetime | None = None

    @property
    def left(self) -> int:
        """Return how many more may find nobody now."""
        return 0 if self.refusal is not None else max(0, self.allowed - self.missed)


def allowed_misses(people: int) -> int:
    """Return how many questions of 24 hours may find nobody: half of what WeCom allows.

    `people` is the size of the corporation as far as it can be seen, which is never more.
    """
    return people // _PART


def counted_from(at: datetime) -> datetime:
    """Return from which hour on misses count at a moment."""
    return at - _COUNTED


def budget_of(misses: Iterable[Miss], people: int, at: datetime) -> Budget:
    """Return what is left of the budget at a moment; `misses` are those of `counted_from`."""
    counted = sorted(one for one in misses if one.hour > counted_from(at))
    allowed = allowed_misses(people)
    missed = sum(one.number for one in counted)
    refused = [one for one in counted if one.refusal is not None]
    if refused:
        return Budget(allowed, missed, refused[-1].refusal, refused[-1].hour + _COUNTED)
    return Budget(allowed, missed, None, _enough_at(counted, missed - allowed))


def _enough_at(counted: Iterable[Miss], too_many: int) -> datetime | None:
    """Return when so many misses are a day old that another is allowed; None for now."""
    if too_many < 0:
        return None
    for one in counted:
        too_many -= one.number
        if too_many < 0:
            return one.hour + _COUNTED
    return None


def with_news(
    people: Iterable[Person],
    readings: Mapping[str, Reading],
    field: str,
    known: Mapping[str, Collection[str]],
    *,
    makers: Collection[str],
    protected: Collection[str] = (),
) -> list[Person]:
    """Return whom to ask for, with what was read just now.

    Args:
        people: Those of the store.
        readings: What was read, by source.
        field: The common field.
        known: Source → ids that the store knows; of others a reading may tell for the first time.
        makers: Sources whose new people are to be asked for.
        protected: Folded userids of people whom no rule may link.
    """
    found = {one.ref: one.key for one in people}
    for source, reading in readings.items():
        for id_ in reading.absence.gone_users:
            found.pop(Ref(source, id_), None)
        for id_, record in reading.users.items():
            ref = Ref(source, id_)
            is_new = source in makers and id_ not in known[source] and may_become_user(record)
            is_new = is_new and not is_protected(record, protected)
            if field in record.fields and (ref in found or is_new):
                key = matching_key(field, record.fields[field])
                found.pop(ref, None)
                if key is not None:
                    found[ref] = key
    return [Person(ref, key) for ref, key in found.items()]


def is_protected(record: UserRecord, protected: Collection[str]) -> bool:
    """Return whether a record bears the userid of somebody whom no rule may link."""
    userid = record.fields.get("userid")
    return bool(protected and userid) and fold_userid(userid or "") in protected


def carriers_with_news(
    carriers: Mapping[tuple[str, str], Collection[str]],
    readings: Mapping[str, Reading],
    field: str,
) -> dict[tuple[str, str], set[str]]:
    """Return who carries a value in each source (source and value → ids), with what was read."""
    found: dict[tuple[str, str], set[str]] = {}
    for (source, key), ids in carriers.items():
        reading = readings.get(source)
        moved = _moved(reading, field) if reading is not None else set()
        found[source, key] = set(ids) - moved
    for source, reading in readings.items():
        for id_, record in reading.users.items():
            key_now = matching_key(field, record.fields.get(field))
            if key_now is not None:
                found.setdefault((source, key_now), set()).add(id_)
    return found


def _moved(reading: Reading, field: str) -> set[str]:
    told = {id_ for id_, record in reading.users.items() if field in record.fields}
    return told | reading.absence.gone_users


def askable(
    people: Iterable[Person],
    carriers: Mapping[tuple[str, str], Collection[str]],
    *,
    are_users: bool,
) -> dict[str, Ref]:
    """Return the values that can link somebody, each with one whose it is.

    Args:
        people: Those who have no record of the source that is asked.
        carriers: Who carries a value: source and value → ids.
        are_users: Whether they own users: then a value of two of them is of two users.
    """
    found: dict[str, Ref] = {}
    of_several: set[str] = set()
    for ref, key in people:
        if len(carriers.get((ref.source, key), ())) > 1:
            continue
        if are_users and key in found:
            of_several.add(key)
        found.setdefault(key, ref)
    return {key: ref for key, ref in found.items() if key not in of_several}


def is_unknown(record: UserRecord, field: str) -> bool:
    """Return whether a source has never shown a field of somebody, so that it can be asked for."""
    return field not in record.fields


def is_due(answer: Answer | None, at: datetime) -> bool:
    """Return whether a value is to be asked for (again)."""
    if answer is None:
        return True
    wait = min(max(answer.asked_at - answer.since, _SOONEST), _LATEST)
    return at - answer.asked_at >= wait


def in_turn(values: Iterable[str], answers: Mapping[str, Answer], at: datetime) -> list[str]:
    """Return the values that are to be asked for now: the new ones, then those of longest ago."""
    due = [one for one in values if is_due(answers.get(one), at)]
    asked = [one for one in due if one in answers]
    new = [one for one in due if one not in answers]
    return [*sorted(new), *sorted(asked, key=lambda one: (answers[one].asked_at, one))]
