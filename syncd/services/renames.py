"""Finds whom a decision about new ids depends on, where only a part of the directory is planned.

Whether a value is one person's alone is said by all records of the source. They are looked
through only where somebody went and somebody came with the same value, or a doubt is open.
"""

from collections.abc import Collection

from syncd.model.entry import Ref
from syncd.reconcile.normalize import canonical
from syncd.reconcile.reading import Reading
from syncd.reconcile.rekey import former_of, keys_in_question
from syncd.store.reader import Reader


def around_renames(store: Reader, reading: Reading, field: str | None) -> set[Ref]:
    """Return the people whom the plan must look at besides those who were read or are missing.

    They are: who was renamed, of whom it is doubted, and who carries a value that decides it.
    `field` is the common field, None where there is none.
    """
    source = reading.source
    found = {Ref(source, id_) for pair in reading.renames.items() for id_ in pair}
    keys: set[str] = set()
    for one in store.identity_doubts(source):
        former = former_of(one)
        if former is not None:
            found |= {former, Ref(source, one.external_id)}
            keys |= {one.key_value} if one.key_value else set()
    if field is None:
        return found
    went = reading.absence.gone_users
    if went and reading.users:
        people = store.people_records({Ref(source, id_) for id_ in went})
        keys |= keys_in_question(people.values(), reading.users.values(), field)
    return found | _carriers(store, source, field, keys) if keys else found


def _carriers(store: Reader, source: str, field: str, keys: Collection[str]) -> set[Ref]:
    values = store.field_values(source, field)
    return {Ref(source, id_) for id_, value in values if canonical(field, value) in keys}
