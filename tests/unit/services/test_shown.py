"""What a source has shown becomes records one by one, and no entry outlives its record."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from syncd.model.entry import Entry, Kind, Snapshot
from syncd.model.record import DepartmentRecord, Record, UserRecord
from syncd.services.shown import Shown, as_records, digest, digest_key

NOW = datetime(2026, 5, 6, 7, tzinfo=UTC)


@dataclass
class Normalizer:
    """The one part of a source that is needed here; it notes how many people wait."""

    waiting: list[Entry]
    seen: list[tuple[str, int]] = field(default_factory=list)

    def normalize(self, entry: Entry) -> Record:
        self.seen.append((entry.external_id, len(self.waiting)))
        id_ = entry.external_id
        if entry.kind is Kind.DEPARTMENT:
            return DepartmentRecord("wecom", id_, entry.read_at, id_, None, None, 0, is_top=True)
        return UserRecord("wecom", id_, entry.read_at, {"name": id_}, ())


def entry(kind: Kind, id_: str) -> Entry:
    return Entry(kind, id_, NOW, id_.encode())


def test_entries_are_let_go_of_one_by_one_as_they_become_records() -> None:
    people = [entry(Kind.USER, id_) for id_ in "abc"]
    root = entry(Kind.DEPARTMENT, "1")
    source = Normalizer(people)
    snapshot = Snapshot("wecom", NOW, (root,), (), frozenset())
    shown = as_records(source, snapshot, people, "settings")  # type: ignore[arg-type] # a part of it
    assert source.seen == [("1", 3), ("a", 2), ("b", 1), ("c", 0)]
    assert people == []
    assert shown.records is not None
    assert list(shown.records.users) == ["a", "b", "c"]
    assert list(shown.records.departments) == ["1"]
    key = digest_key("settings")
    assert shown.records.digests == {
        Kind.DEPARTMENT: {"1": digest(root, key)},
        Kind.USER: {id_: digest(entry(Kind.USER, id_), key) for id_ in "abc"},
    }


def test_records_say_as_many_and_the_same_ids_as_the_entries_did() -> None:
    people = [entry(Kind.USER, id_) for id_ in "abc"]
    snapshot = Snapshot("wecom", NOW, (entry(Kind.DEPARTMENT, "1"),), people, frozenset())
    before = Shown(snapshot)
    after = as_records(Normalizer([]), snapshot, [*people], "settings")  # type: ignore[arg-type] # a part of it
    for kind, ids in ((Kind.USER, {"a", "b", "c"}), (Kind.DEPARTMENT, {"1"})):
        assert set(before.ids(kind)) == set(after.ids(kind)) == ids
        assert before.number(kind) == after.number(kind) == len(ids)
