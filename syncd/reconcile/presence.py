"""Who is there before a reading, and who is after it, with what is known of them then."""

from collections.abc import Iterator
from dataclasses import dataclass

from syncd.model.entry import Ref
from syncd.model.record import UserRecord
from syncd.model.world import World
from syncd.reconcile.normalize import canonical, merge_user
from syncd.reconcile.reading import Reading


@dataclass(frozen=True, slots=True)
class Presence:
    """The people of the source that was read."""

    world: World
    reading: Reading
    #: Ids of everybody who is not there any more once the plan is applied.
    gone: frozenset[str]

    def ref(self, id_: str) -> Ref:
        """Return the reference of an id of this source."""
        return Ref(self.reading.source, id_)

    def before(self, ref: Ref) -> UserRecord | None:
        """Return somebody's record as it is stored, None where there is none."""
        return None if ref in self.world.gone else self.world.records.get(ref)

    def after(self, ref: Ref) -> UserRecord | None:
        """Return somebody's record as it will be, None where there is none any more.

        Whoever had left and returns is given without what was known of the id before.
        """
        known, new = self.before(ref), self.reading.users.get(ref.external_id)
        if ref.source != self.reading.source:
            return known
        if new is not None:
            return merge_user(known, new)
        return None if ref.external_id in self.gone else known

    def values_before(self, field: str) -> Iterator[str | None]:
        """Yield the value of a field of all who were there."""
        for ref, record in self.world.records.items():
            if ref.source == self.reading.source and ref not in self.world.gone:
                yield record.fields.get(field)

    def values_after(self, field: str) -> Iterator[str | None]:
        """Yield the value of a field of all who will be there; quicker than their whole records."""
        read = self.reading.users
        for ref, record in self.world.records.items():
            id_ = ref.external_id
            is_there = id_ not in read and id_ not in self.gone and ref not in self.world.gone
            if is_there and ref.source == self.reading.source:
                yield record.fields.get(field)
        for id_, new in read.items():
            if field in new.fields:
                yield new.fields[field]
            else:
                known = self.world.records.get(self.ref(id_))
                yield None if known is None else known.fields.get(field)

    def everybody_after(self) -> Iterator[UserRecord]:
        """Yield the records of all who will be there, by id."""
        ids = {ref.external_id for ref in self.world.records if ref.source == self.reading.source}
        for id_ in sorted(ids | self.reading.users.keys()):
            ref = self.ref(id_)
            record = self.after(ref)
            if record is not None:
                yield merge_user(self.world.records.get(ref), record)


def key_of(record: UserRecord, field: str) -> str | None:
    """Return a record's value of the common field as it is compared, None where it is no key."""
    return canonical(field, record.fields.get(field))
