"""What follows from a second look, case by case."""

from datetime import UTC, datetime

import pytest

from syncd.model.entry import Absence, Entry, Hidden, Kind, Missing
from syncd.sources.ldap.absence import Evidence, Sight, judge
from syncd.sources.ldap.dn import dn_key
from syncd.sources.ldap.settings import View
from syncd.sources.ldap.tree import Range, Unit, plant

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ROOT = Unit("root", dn_key("dc=x"), "x", NOON)
OUTER = Unit("outer", dn_key("ou=o,dc=x"), "o", NOON)
INNER = Unit("inner", dn_key("ou=i,ou=o,dc=x"), "i", NOON)
TREE = plant(ROOT, [OUTER, INNER])
WIDE = View("dc=x")
NARROW = View("dc=x", exclude=("outer",))
MISSING = Missing({"p": frozenset({"inner"})}, {"inner": "outer"}, frozenset({"p"}))
FOUND = Entry(Kind.USER, "p", NOON, b"{}")


def sight(view: View, users=(), departments=()) -> Sight:
    return Sight(view, Range(TREE, view), dict(users), dict(departments))


def evidence(*, view=WIDE, earlier=(), outside=(), blind=None, found=()) -> Evidence:
    return Evidence(sight(view), earlier, outside, blind, found)


def test_what_is_nowhere_is_gone():
    assert judge(MISSING, evidence()) == Absence(
        gone_users=frozenset({"p"}), gone_departments=frozenset({"inner"})
    )


def test_what_is_there_is_found_and_a_department_of_the_same_id_is_not():
    absence = judge(Missing({"p": frozenset()}, {}, frozenset()), evidence(found=(FOUND,)))
    assert absence == Absence(found=(FOUND,))


@pytest.mark.parametrize("blind", ["permission", "unread"])
def test_while_we_cannot_see_everything_nothing_is_gone(blind):
    absence = judge(MISSING, evidence(blind=blind))
    hidden = Hidden("department:inner", blind)
    assert absence == Absence(hidden_users={"p": hidden}, hidden_departments={"inner": hidden})


def test_a_person_without_a_last_department_is_hidden_under_the_base():
    nowhere = Missing({"p": frozenset()}, {}, frozenset())
    assert judge(nowhere, evidence(blind="unread")).hidden_users == {
        "p": Hidden("department:root", "unread")
    }


def test_what_an_earlier_setting_shows_is_hidden_with_the_topmost_part_that_was_left_out():
    earlier = [sight(WIDE, {"p": INNER}, {"inner": INNER})]
    absence = judge(MISSING, evidence(view=NARROW, earlier=earlier, outside={"p"}))
    hidden = Hidden("department:outer", "excluded")
    assert absence == Absence(hidden_users={"p": hidden}, hidden_departments={"inner": hidden})


@pytest.mark.parametrize(
    ("view", "reason"),
    [
        (View("ou=other,dc=x"), "base"),
        (View("dc=x", include=("root",)), "include"),
        (View("dc=x", exclude=("nothing",)), "excluded"),
        (View("dc=x", person_filter="(uid=*)"), "excluded"),
    ],
)
def test_the_reason_is_the_setting_that_has_changed(view, reason):
    earlier = [sight(WIDE, {"p": INNER})]
    (hidden,) = judge(MISSING, evidence(view=view, earlier=earlier)).hidden_users.values()
    assert hidden.reason == reason


def test_a_former_base_that_is_gone_hides_nobody():
    earlier = [Sight(View("dc=gone"), None)]
    assert judge(MISSING, evidence(earlier=earlier)).gone_users == {"p"}


def test_who_is_below_the_base_and_out_of_range_does_not_make_others_so():
    both = Missing(dict.fromkeys("pq", frozenset({"inner"})), {}, frozenset({"p", "q"}))
    absence = judge(both, evidence(outside={"p"}))
    assert absence.gone_users == {"p", "q"}
    assert (absence.cause, absence.causes) == ("absent", {"p": "left_or_out_of_range"})


def test_who_is_hidden_has_no_cause():
    assert not judge(MISSING, evidence(outside={"p"}, blind="unread")).causes
