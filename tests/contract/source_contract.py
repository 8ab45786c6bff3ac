"""What every source passes, whatever directory stands behind it.

A test module for one type of source subclasses `SourceContract` and supplies the fixture
`stage`: a directory in which something can happen, and the source that reads it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

import pytest

from syncd.errors import SourceError
from syncd.model.entry import Absence, Missing, Snapshot
from syncd.model.field import is_field
from syncd.model.record import DepartmentRecord, UserRecord
from syncd.sources.base import Source


class Stage(Protocol):
    """A directory with at least eight people in at least two departments, and its source."""

    source: Source
    #: Names at least one person who is there, and whom `remove` may take away.
    removable: list[str]

    def now(self) -> datetime:
        """Return the time by the clock that the source uses."""

    def remove(self, external_id: str) -> None:
        """Take a person out of the directory."""

    def break_off(self) -> None:
        """Make every reading fail after it has begun."""

    def mend(self) -> None:
        """Undo `break_off`."""


def payloads(snapshot: Snapshot) -> dict[str, bytes]:
    entries = (*snapshot.departments, *snapshot.users)
    return {f"{entry.kind}:{entry.external_id}": entry.payload for entry in entries}


def missing_of(source: Source, before: Snapshot, after: Snapshot) -> Missing:
    """Return what a store would miss that holds the first snapshot and sees the second."""
    users = absent(before.users, after.users)
    departments = absent(before.departments, after.departments)
    placed = {}
    for id_, entry in users.items():
        record = source.normalize(entry)
        assert isinstance(record, UserRecord)
        places = record.memberships or ()
        placed[id_] = frozenset(one.department for one in places)
    parents = {}
    for id_, entry in departments.items():
        record = source.normalize(entry)
        assert isinstance(record, DepartmentRecord)
        parents[id_] = record.parent
    return Missing(users=placed, departments=parents, active=frozenset(placed))


def absent(before, after):
    there = {entry.external_id for entry in after}
    return {entry.external_id: entry for entry in before if entry.external_id not in there}


def answered(absence: Absence) -> list[str]:
    """Return every id that an answer speaks of, as often as it does."""
    return [
        *absence.gone_users,
        *absence.gone_departments,
        *absence.unconfirmed,
        *absence.hidden_users,
        *absence.hidden_departments,
        *(entry.external_id for entry in absence.found),
    ]


class SourceContract:
    """The suite; see the module's docstring."""

    def test_reading_twice_gives_the_same_entries(self, stage: Stage):
        first = stage.source.read({})
        second = stage.source.read(first.scope)
        assert payloads(first) == payloads(second)
        assert first.readable == second.readable
        assert first.scope == second.scope

    def test_no_two_entries_have_one_id(self, stage: Stage):
        snapshot = stage.source.read({})
        for entries in (snapshot.users, snapshot.departments):
            ids = [entry.external_id for entry in entries]
            assert len(ids) == len(set(ids))
            assert len(ids) >= 2

    def test_every_entry_makes_a_record_of_its_own(self, stage: Stage):
        snapshot = stage.source.read({})
        for entry in (*snapshot.users, *snapshot.departments):
            record = stage.source.normalize(entry)
            told = (record.source, record.external_id, record.read_at)
            assert told == (stage.source.name, entry.external_id, entry.read_at)

    def test_normalizing_is_pure(self, stage: Stage):
        entries = stage.source.read({}).users
        once = [stage.source.normalize(entry) for entry in entries]
        assert [stage.source.normalize(entry) for entry in reversed(entries)] == once[::-1]

    def test_an_entry_was_asked_for_while_the_reading_lasted(self, stage: Stage):
        before = stage.now()
        snapshot = stage.source.read({})
        after = stage.now()
        assert before <= snapshot.began_at
        for entry in (*snapshot.users, *snapshot.departments):
            assert snapshot.began_at <= entry.read_at <= after

    def test_fields_have_our_names_and_are_told_as_readable(self, stage: Stage):
        snapshot = stage.source.read({})
        assert snapshot.readable
        for entry in snapshot.users:
            record = stage.source.normalize(entry)
            assert isinstance(record, UserRecord)
            assert all(is_field(name) for name in record.fields)
            assert record.fields.keys() <= snapshot.readable

    def test_no_field_is_readable_that_the_source_is_not_configured_to_read(self, stage: Stage):
        readable = stage.source.read({}).readable or frozenset()
        assert {"userid"} <= readable <= stage.source.fields

    def test_progress_is_told_to_its_end(self, stage: Stage):
        told: dict[str, tuple[int, int]] = {}

        def listen(stage_: str, done: int, total: int) -> None:
            told[stage_] = (done, total)

        stage.source.read({}, listen)
        assert told.keys() <= {"departments", "users", "confirmations"}
        assert told
        assert all(done == total for done, total in told.values())

    def test_a_scope_survives_json(self, stage: Stage):
        import orjson  # noqa: PLC0415 - only here, and not part of the protocol

        scope: Mapping[str, object] = stage.source.read({}).scope
        assert orjson.loads(orjson.dumps(scope)) == scope

    def test_a_reading_names_the_same_directory_every_time(self, stage: Stage):
        first, second = stage.source.read({}), stage.source.read({})
        assert first.identity == second.identity
        assert (first.identity or stage.source.identity).startswith(stage.source.identity)

    def test_who_left_is_gone(self, stage: Stage):
        before = stage.source.read({})
        stage.remove(stage.removable[0])
        after = stage.source.read(before.scope)
        missing = missing_of(stage.source, before, after)
        assert list(missing.users) == [stage.removable[0]]
        absence = stage.source.confirm(after, missing, 10, before.scope)
        assert absence.gone_users == {stage.removable[0]}
        assert not absence.unconfirmed

    def test_who_is_there_is_found_and_not_gone(self, stage: Stage):
        snapshot = stage.source.read({})
        entry = next(e for e in snapshot.users if e.external_id == stage.removable[0])
        kept = [one for one in snapshot.users if one is not entry]
        torn = Snapshot(
            source=snapshot.source,
            began_at=snapshot.began_at,
            departments=snapshot.departments,
            users=kept,
            readable=snapshot.readable,
            scope=snapshot.scope,
        )
        missing = missing_of(stage.source, snapshot, torn)
        absence = stage.source.confirm(torn, missing, 10, snapshot.scope)
        assert not absence.gone_users
        (found,) = absence.found
        again = stage.source.normalize(found)
        was = stage.source.normalize(entry)
        assert isinstance(again, UserRecord)
        assert isinstance(was, UserRecord)
        assert (again.fields, again.memberships) == (was.fields, was.memberships)

    def test_every_missing_one_is_answered_once(self, stage: Stage):
        before = stage.source.read({})
        for external_id in stage.removable[:4]:
            stage.remove(external_id)
        after = stage.source.read(before.scope)
        missing = missing_of(stage.source, before, after)
        absence = stage.source.confirm(after, missing, 1, before.scope)
        told = answered(absence)
        assert sorted(told) == sorted([*missing.users, *missing.departments])
        assert len(absence.gone_users) >= 2
        assert absence.gone_users | absence.unconfirmed == set(stage.removable[:4])

    def test_nothing_missing_is_nothing_gone(self, stage: Stage):
        snapshot = stage.source.read({})
        nobody = Missing(users={}, departments={}, active=frozenset())
        assert stage.source.confirm(snapshot, nobody, 10, snapshot.scope) == Absence()

    def test_a_reading_that_broke_off_is_no_snapshot(self, stage: Stage):
        whole = payloads(stage.source.read({}))
        stage.break_off()
        with pytest.raises(SourceError) as caught:
            stage.source.read({})
        assert caught.value.message
        stage.mend()
        assert payloads(stage.source.read({})) == whole

    def test_an_absence_that_cannot_be_confirmed_is_an_error(self, stage: Stage):
        before = stage.source.read({})
        stage.remove(stage.removable[0])
        after = stage.source.read(before.scope)
        missing = missing_of(stage.source, before, after)
        stage.break_off()
        with pytest.raises(SourceError):
            stage.source.confirm(after, missing, 10, before.scope)

    def test_one_person_is_read_like_all(self, stage: Stage):
        whole = stage.source.read({})
        entry = next(e for e in whole.users if e.external_id == stage.removable[0])
        one = stage.source.read_user(stage.removable[0])
        (alone,) = one.users
        assert one.readable is None
        was, now = stage.source.normalize(entry), stage.source.normalize(alone)
        assert isinstance(was, UserRecord)
        assert isinstance(now, UserRecord)
        assert now.fields == was.fields
        assert now.memberships in {None, was.memberships}

    def test_nobody_is_read_under_an_unknown_id(self, stage: Stage):
        stage.remove(stage.removable[0])
        assert not stage.source.read_user(stage.removable[0]).users
