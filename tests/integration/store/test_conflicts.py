"""Which conflicts a plan about some people is given."""

from syncd.model.conflict import Conflict, ConflictKind
from syncd.store.store import Store
from tests.integration.store.conftest import Directory, Syncs


def test_what_was_rejected_is_known_to_every_plan_and_never_opened_twice(
    store: Store, syncs: Syncs, directory: Directory
) -> None:
    rejected = [
        Conflict(ConflictKind.REJECTED, "wecom", id_, None, {"fields": {"id": "nul"}})
        for id_ in ("no usable id", "department:9", "zhao")
    ]
    taken = Conflict(ConflictKind.USERID_TAKEN, "wecom", "zhao", "zhao", {"held_by": "wecom:li"})
    orphan = Conflict(ConflictKind.ORPHAN_DEPARTMENT, "wecom", "2", "99", {})
    syncs.apply(directory.company())
    syncs.apply(directory.plan(opened=(*rejected, taken, orphan)))

    def given(*people: str, departments: bool = False) -> list[Conflict]:
        refs = [directory.ref(one) for one in people]
        world = store.world(refs, departments_records=departments)
        return [one.conflict for one in world.conflicts]

    assert given() == rejected
    assert given(departments=True) == [*rejected, orphan]
    assert given("zhao") == [*rejected, taken]
