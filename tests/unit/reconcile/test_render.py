"""How a plan is said to a person."""

import re
from pathlib import Path

import pytest

import syncd.reconcile
from syncd.model.change import Action, Cause, Change, Entity, Violation
from syncd.model.record import MembershipRecord
from syncd.reconcile.render import SENTENCES, Line, line, violation_text, why
from syncd.text import translated
from tests.unit.reconcile.memory import ROOT, Company, Memory, department, person, ref

COMPANY = Company.of(
    ROOT,
    department("2", name="研发部"),
    person("a", "1", "2", mobile="1", name="王伟"),
    person("b", "1"),
)
STORED = Memory().sync(COMPANY)


def lines(company: Company) -> list[Line]:
    plan = STORED.plan(STORED.read(company))
    return [line(one) for one in plan.changes]


def test_every_cause_that_the_code_knows_has_a_sentence_in_both_languages() -> None:
    folder = Path(syncd.reconcile.__file__).parent
    source = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")))
    codes = set(re.findall(r'Cause\("(\w+)"', source)) | {"absent", "left_or_out_of_range"}
    assert len(codes) > 8
    assert codes == SENTENCES.keys()
    chinese = [translated(sentence, "zh") for sentence in SENTENCES.values()]
    assert all(re.search("[\u4e00-\u9fff]", one) for one in chinese)


def test_a_first_load_is_told_with_plus_signs_and_names() -> None:
    memory = Memory()
    told = [line(one) for one in memory.plan(memory.read(COMPANY)).changes]
    assert {one.sign for one in told} == {"+"}
    assert ("department", "create", "2", "D1/研发部") in {
        (one.entity, one.action, one.external_id, one.name) for one in told
    }
    assert {one.name for one in told if one.entity == "user"} == {"王伟", "Name b"}
    assert {one.values for one in told if one.entity == "membership"} == {
        (("department", "", "1"),),
        (("department", "", "2"),),
    }


def test_a_changed_value_is_told_with_what_it_was() -> None:
    (told,) = lines(COMPANY.plus(person("a", "1", "2", mobile="2", name="王伟", alias="W")))
    assert (told.sign, told.action, told.source, told.external_id) == ("~", "update", "corp", "a")
    assert told.values == (("alias", "", "W"), ("mobile", "1", "2"))
    assert (told.cause, told.why) == ("read", "the source says so now")


def test_somebody_who_goes_is_told_with_the_reason() -> None:
    told, membership = lines(COMPANY.minus("b"))
    assert (told.sign, told.action) == ("-", "deactivate")
    assert told.values == (("status", "active", "inactive"),)
    assert told.why == SENTENCES["absent"]
    assert (membership.sign, membership.values) == ("-", (("department", "1", ""),))


def test_a_department_that_moves_is_told_with_its_new_place() -> None:
    company = COMPANY.plus(department("3"), department("2", "3", "研发部"))
    told = next(one for one in lines(company) if one.action == "move")
    assert (told.sign, told.name) == ("~", "D1/D3/研发部")
    assert told.values == (("parent", "1", "3"), ("full_path", "D1/研发部", "D1/D3/研发部"))


def test_a_department_that_goes_is_told_as_inactive() -> None:
    told = lines(COMPANY.minus("department:2"))[0]
    assert (told.sign, told.values) == ("-", (("status", "active", "inactive"),))


def test_a_membership_that_changes_is_told_with_its_flags() -> None:
    leads = MembershipRecord("1", True, 5)
    (told,) = lines(COMPANY.plus(person("b", leads)))
    assert (told.sign, told.entity) == ("~", "membership")
    assert told.values == (
        ("department", "1", "1"),
        ("is_leader", "False", "True"),
        ("sort_order", "0", "5"),
    )


@pytest.mark.parametrize("action", list(Action))
def test_every_action_has_a_sign(action: Action) -> None:
    assert action.sign in {"+", "~", "-"}


@pytest.mark.parametrize(
    ("violation", "parts"),
    [
        (Violation("max_blanked", "mobile", 7, 4, 10, 100), ["7 mobile", "4", "10 of 100"]),
        (Violation("max_deactivations", "users", 7, 0, 3, 20), ["7 users", "3 of 20"]),
        (Violation("max_deactivations", "unconfirmed", 7, 0, 0, 7), ["7 people", "asked for"]),
        (Violation("empty_snapshot", "users", 0, 0, 0, 0), ["no users"]),
        (Violation("protected", "boss", 1, 0, 0, 1), ["boss", "protected"]),
    ],
)
def test_a_guard_says_what_it_counted_and_what_it_allows(
    violation: Violation, parts: list[str]
) -> None:
    text = violation_text(violation)
    assert all(part in text for part in parts), text
    assert ("earlier" in text) == bool(violation.earlier)


def test_why_is_english_unless_chinese_is_asked_for() -> None:
    new = Change(Entity.USER, Action.CREATE, ref("a"), None, None, None, None, Cause("new"))
    assert line(new).why == why(new.cause) == SENTENCES["new"]
