"""How a plan is said to a person."""

from syncd.cli.plan_text import SHOWN, is_shortened, plan_lines
from syncd.model.change import Action, Cause, Change, Entity, Plan
from syncd.model.conflict import Conflict, ConflictKind, OpenConflict
from syncd.model.directory import LinkMethod, LinkRow, MembershipRow, UserRow
from syncd.model.entry import Ref
from syncd.services.report import Names

ROW = UserRow("zs", "张三", *[None] * 12, {})


def user(number: int, action: Action, before: UserRow | None, after: UserRow | None) -> Change:
    ref = Ref("wecom", f"u{number}")
    return Change(Entity.USER, action, ref, None, number, before, after, Cause("read"))


def lines(*changes: Change, **parts: object) -> list[str]:
    names = Names({Ref("wecom", "u1"): "李四"}, {Ref("wecom", "7"): "研发部"})
    return list(plan_lines(Plan(changes, **parts), names))


def test_every_step_has_its_sign_its_values_and_its_reason():
    change = user(1, Action.UPDATE, ROW, ROW._replace(mobile="13800000001"))
    assert lines(change) == [
        "People (1)",
        "  ~ update 张三 (wecom:u1)  mobile: ∅ → 13800000001",
        "      why: the source says so now",
    ]


def test_a_name_cannot_steer_the_terminal():
    change = user(1, Action.CREATE, None, ROW._replace(name="\x1b[31m张\n三"))
    assert lines(change)[1] == "  + create \\x1b[31m张\\x0a三 (wecom:u1)"


def test_what_would_steer_the_terminal_is_written_as_its_code():
    change = user(1, Action.UPDATE, ROW, ROW._replace(name="\x1b[31m李", position="\u202eboss"))
    said = lines(change)[1]
    assert said.startswith("  ~ update \\x1b[31m李 (wecom:u1)")
    assert said.endswith("position: ∅ → \\u202eboss")


def test_a_long_plan_shows_the_first_of_each_kind_and_counts_the_rest():
    said = lines(*(user(number, Action.CREATE, None, ROW) for number in range(SHOWN + 5)))
    assert said[0] == f"People ({SHOWN + 5})"
    assert said[-1] == "  + … and 5 more of create"
    assert len(said) == 2 + 2 * SHOWN


def test_a_plan_is_shortened_when_there_is_more_of_a_kind_than_is_shown():
    steps = tuple(user(number, Action.CREATE, None, ROW) for number in range(SHOWN + 1))
    assert is_shortened(Plan(steps))
    assert not is_shortened(Plan(steps[:SHOWN]))


def test_people_and_departments_are_called_by_name():
    row = MembershipRow(is_primary=True, is_leader=False, sort_order=0)
    membership = Change(
        Entity.MEMBERSHIP,
        Action.CREATE,
        Ref("wecom", "u1"),
        Ref("wecom", "7"),
        1,
        None,
        row,
        Cause("new"),
    )
    assert lines(membership)[1] == "  + create 李四 (wecom:u1)  department: ∅ → 研发部 (7)"


def test_links_come_with_their_people():
    link = LinkRow(Ref("wecom", "u1"), LinkMethod.AUTHORITY)
    change = Change(
        Entity.LINK, Action.LINK, Ref("wecom", "u1"), None, None, None, link, Cause("new")
    )
    assert lines(change) == []


def test_conflicts_say_who_stays_as_they_are():
    shrunk = Conflict(
        ConflictKind.SCOPE_SHRUNK, "wecom", "department:7", None, {"people": ["a", "b"]}
    )
    old = OpenConflict(1, Conflict(ConflictKind.USERID_TAKEN, "wecom", "u9"), 1, 1)
    assert lines(opened=(shrunk,), resolved=(old,)) == [
        "Conflicts (2)",
        "  + open scope_shrunk wecom:department:7  2 people in it stay as they are",
        "  - resolve userid_taken wecom:u9",
    ]


def test_a_link_that_gives_a_user_another_owner_is_told():
    old, new = Ref("wecom", "a"), Ref("wecom", "u1")
    change = Change(
        Entity.LINK,
        Action.REKEY,
        new,
        None,
        7,
        LinkRow(old, LinkMethod.AUTHORITY),
        LinkRow(new, LinkMethod.AUTHORITY),
        Cause("rekeyed", (("former", str(old)),)),
    )
    said = lines(change, former={new: old})
    assert said[:2] == ["Links (1)", "  ~ rekey 李四 (wecom:u1)  record: wecom:a → wecom:u1"]
    assert said[2].startswith("      why: the same person under a new id")
