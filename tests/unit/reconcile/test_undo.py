"""What is put back of a run, and what is left because it no longer fits."""

from syncd.model.change import Action, Change, Entity, Plan
from syncd.model.directory import Department, DepartmentRow, Link, LinkMethod, LinkRow, User
from syncd.model.entry import Ref
from syncd.model.past import Past, PastChange, Undo
from syncd.model.record import UserRecord
from syncd.model.world import World
from syncd.reconcile.undo import plan_undo
from tests.unit.reconcile.memory import LATER, NOW, ROOT, Company, Memory, department, person, ref

COMPANY = Company.of(
    ROOT, department("2"), department("3", "2"), person("a", "1"), person("b", "3")
)
STORED = Memory().sync(COMPANY)
OTHER = Ref("ldap", "cn=a")


def undone(world: World, *changes: PastChange) -> Undo:
    return plan_undo(Past(7, changes), world, LATER)


def links(undo: Undo) -> list[Change]:
    return [one for one in undo.plan.changes if one.entity is Entity.LINK]


def department_change(id_: str, action: Action, before: object, after: object) -> PastChange:
    one = STORED.world.departments[ref(id_)]
    return PastChange(Entity.DEPARTMENT, action, one.id, ref(id_), before, after)  # type: ignore[arg-type]  # columns


def with_link(user: User | None, *, is_stored: bool = True) -> World:
    """Return the world with a record of a second source, linked to a user or to nobody."""
    record = UserRecord("ldap", "cn=a", NOW, {}, None)
    link = Link(99, OTHER, None if user is None else user.id, LinkMethod.COMMON_FIELD, "1")
    world = STORED.world
    return World(
        world.users,
        {**world.links, OTHER: link} if is_stored else world.links,
        {**world.records, OTHER: record},
        world.gone,
        world.departments,
        world.department_records,
    )


def link_columns(user: int | None) -> dict[str, object]:
    return {
        "source": "ldap",
        "external_id": "cn=a",
        "user": user,
        "method": LinkMethod.COMMON_FIELD,
        "key_value": "1",
        "is_owner": False,
    }


def test_a_link_that_was_made_goes_and_its_record_is_looked_at_again() -> None:
    user = STORED.user("a")
    made = PastChange(Entity.LINK, Action.LINK, 99, None, None, link_columns(user.id))
    undo = undone(with_link(user), made)
    (change,) = links(undo)
    assert (change.action, change.ref, change.entity_id) == (Action.UNLINK, OTHER, 99)
    assert (change.before, change.after) == (
        LinkRow(ref("a"), LinkMethod.COMMON_FIELD, "1"),
        None,
    )
    assert [(one.record.external_id, one.digest) for one in undo.plan.records] == [("cn=a", None)]


def test_a_link_that_was_of_nobody_before_is_of_nobody_again() -> None:
    user = STORED.user("a")
    linked = PastChange(Entity.LINK, Action.LINK, 99, None, {"user": None}, {"user": user.id})
    (change,) = links(undone(with_link(user), linked))
    assert (change.action, change.after) == (
        Action.UNLINK,
        LinkRow(None, LinkMethod.COMMON_FIELD, "1"),
    )


def test_a_link_that_was_cut_is_made_again() -> None:
    user = STORED.user("a")
    cut = PastChange(Entity.LINK, Action.UNLINK, 99, None, link_columns(user.id), None)
    (change,) = links(undone(with_link(user, is_stored=False), cut))
    assert (change.action, change.ref, change.entity_id) == (Action.LINK, OTHER, None)
    assert change.after == LinkRow(ref("a"), LinkMethod.COMMON_FIELD, "1")


def test_a_record_that_is_somebody_elses_by_now_is_left() -> None:
    cut = PastChange(Entity.LINK, Action.UNLINK, 98, None, link_columns(STORED.user("a").id), None)
    undo = undone(with_link(STORED.user("b")), cut)
    assert undo.plan.changes == ()
    assert [one.reason for one in undo.skipped] == ["taken"]


def test_the_link_of_an_owner_stays() -> None:
    link = STORED.world.links[ref("a")]
    made = PastChange(
        Entity.LINK,
        Action.LINK,
        link.id,
        None,
        None,
        {"source": "corp", "external_id": "a", "user": link.user_id, "is_owner": True},
    )
    assert undone(STORED.world, made) == Undo(Plan())


def test_nothing_is_put_under_a_department_that_is_gone() -> None:
    world = STORED.sync(COMPANY.minus("department:2", "department:3")).world
    assert not world.departments[ref("2")].row.is_active
    brought = PastChange(
        Entity.DEPARTMENT,
        Action.DEACTIVATE,
        world.departments[ref("3")].id,
        ref("3"),
        {"gone_at": None},
        {"gone_at": world.departments[ref("3")].row.gone_at},
    )
    undo = undone(world, brought)
    assert undo.plan.changes == ()
    assert [one.reason for one in undo.skipped] == ["parent"]


def test_a_name_that_is_put_back_stands_in_the_paths_below() -> None:
    renamed = department_change("2", Action.UPDATE, {"name": "Old"}, {"name": "D2"})
    undo = undone(STORED.world, renamed)
    paths = {
        one.ref.external_id: (one.after.full_path, one.cause.code)
        for one in undo.plan.changes
        if isinstance(one.after, DepartmentRow)
    }
    assert paths == {"2": ("D1/Old", "undo"), "3": ("D1/Old/D3", "above")}


def test_what_is_no_longer_there_is_left() -> None:
    purged = PastChange(Entity.USER, Action.UPDATE, 4711, None, {"name": "A"}, {"name": "B"})
    nowhere = PastChange(Entity.DEPARTMENT, Action.UPDATE, 4712, None, {"name": "A"}, {"name": "B"})
    undo = undone(STORED.world, purged, nowhere)
    assert undo.plan.changes == ()
    assert {one.reason for one in undo.skipped} == {"missing"}


def test_departments_are_compared_with_their_rows_and_not_with_their_paths() -> None:
    world = STORED.world
    moved = Department(
        world.departments[ref("3")].id,
        ref("3"),
        world.departments[ref("3")].row._replace(full_path="elsewhere/D3", depth=5),
    )
    world = World(
        world.users,
        world.links,
        world.records,
        world.gone,
        {**world.departments, ref("3"): moved},
        world.department_records,
    )
    renamed = department_change(
        "3",
        Action.UPDATE,
        {"name": "Old", "full_path": "D1/D2/Old"},
        {"name": "D3", "full_path": "D1/D2/D3"},
    )
    undo = undone(world, renamed)
    assert undo.skipped == ()
    (change,) = undo.plan.changes
    assert isinstance(change.after, DepartmentRow)
    assert (change.after.full_path, change.after.depth) == ("D1/D2/Old", 2)


def test_of_somebody_who_was_erased_nothing_is_put_back() -> None:
    user = STORED.user("a")
    undo = undone(
        STORED.world,
        PastChange(Entity.USER, Action.UPDATE, user.id, None, None, None),
        PastChange(Entity.MEMBERSHIP, Action.REMOVE, user.id, None, None, None),
        PastChange(Entity.LINK, Action.UNLINK, 99, None, None, None),
        PastChange(Entity.LINK, Action.PURGE, 98, None, link_columns(None), None),
    )
    assert undo.plan == Plan()
    assert [one.reason for one in undo.skipped] == ["missing"] * 4
