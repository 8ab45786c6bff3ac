"""A person says whose a record is, or that it is nobody's; on each database."""

import pytest

from syncd.errors import UsageError
from syncd.model.directory import LinkMethod
from syncd.model.entry import Ref
from syncd.model.run import Mode, Outcome, Trigger
from syncd.reconcile.assigning import BY_RULE, NOBODY, Assignment
from syncd.services.assigning import AssignedOne, assign_one
from syncd.services.by_hand import Author, disable
from syncd.services.candidates import suggest
from syncd.services.explain import explain_person
from syncd.services.linking import settle_doubt
from syncd.services.undo import undo
from tests.integration.runs.several import LINKED, NUMBER, Offices, directory

OPS = Author("ops", "asked")


def said(offices: Offices, record: str, owner: str | None, *, also: bool = False) -> AssignedOne:
    """Say that a record of WeCom is the user of a record of the authority, or nobody's."""
    what = NOBODY if owner is None else Assignment(Ref("corp", owner))
    return assign_one(offices.by_hand(), Ref("wecom", record), what, OPS, also=also)


def check_it_lasts(offices: Offices, owners: dict[str, str | None]) -> None:
    """See that no run of any kind changes it, and that the log tells it."""
    assert offices.owners("wecom") == owners
    for mode in (Mode.SYNC, Mode.FULL):
        report = offices.sync(mode=mode)
        assert (report.outcome, report.plan.changes) == (Outcome.NO_CHANGE, ())
    for source in ("wecom", "corp"):
        offices.sources[source].people[{"wecom": "w6", "corp": "p6"}[source]]["name"] = "New"
        offices.sync(source)
    assert offices.owners("wecom") == owners
    assert offices.replay().is_same


def test_a_record_that_nobody_has_is_linked_and_stays_so(offices):
    offices.sync()
    done = said(offices, "guest", "p9")
    assert (done.user.owner, done.user_before) == (Ref("corp", "p9"), None)
    assert done.method is LinkMethod.MANUAL
    run = offices.store.run(done.run_id)
    assert (run.trigger, run.actor, run.why) == (Trigger.LINK, "ops", "asked")
    assert run.outcome is Outcome.APPLIED
    check_it_lasts(offices, LINKED | {"guest": "corp:p9"})


def test_a_decision_survives_whatever_the_sources_say_later(offices):
    offices.sync()
    said(offices, "guest", "p9")
    said(offices, "w1", None)
    corp, wecom = offices.sources["corp"].people, offices.sources["wecom"].people
    corp["p8"]["mobile"], corp["p9"]["mobile"] = NUMBER(77), None
    wecom["w1"]["mobile"] = NUMBER(2)
    offices.sync()
    del wecom["guest"]
    offices.sync("wecom")
    offices.sources["wecom"].hire("guest", "Back", NUMBER(8))
    offices.sync()
    assert offices.owners("wecom") == LINKED | {"guest": "corp:p9", "w1": None, "w2": "corp:p2"}
    assert offices.replay().is_same


def test_a_record_that_is_unlinked_is_not_linked_again_by_any_sync(offices):
    offices.sync()
    done = said(offices, "w1", None)
    assert (done.user, done.user_before.owner) == (None, Ref("corp", "p1"))
    check_it_lasts(offices, LINKED | {"w1": None})
    offices.creates = True
    offices.sync(mode=Mode.FULL)
    assert offices.owners("wecom")["w1"] is None
    found = explain_person(offices.store, "wecom:w1", offices.context().policy)
    assert found.unmatched == "by_hand"


def test_a_record_may_be_left_to_the_rules_again(offices):
    offices.sync()
    said(offices, "w1", None)
    done = assign_one(offices.by_hand(), Ref("wecom", "w1"), BY_RULE, OPS)
    assert (done.user.owner, done.method) == (Ref("corp", "p1"), LinkMethod.COMMON_FIELD)
    said(offices, "guest", "p9")
    done = assign_one(offices.by_hand(), Ref("wecom", "guest"), BY_RULE, OPS)
    assert (done.user, done.method) == (None, LinkMethod.COMMON_FIELD)
    check_it_lasts(offices, LINKED)


def test_what_is_so_already_is_not_written_again(offices):
    offices.sync()
    said(offices, "w1", "p1")  # a rule said so before, a person does now
    assert said(offices, "w1", "p1").run_id is None
    assert said(offices, "guest", None).run_id is not None
    assert said(offices, "guest", None).run_id is None
    assert assign_one(offices.by_hand(), Ref("wecom", "w2"), BY_RULE, OPS).run_id is None
    own = Ref("corp", "p1")
    assert assign_one(offices.by_hand(), own, Assignment(own), OPS).run_id is None


def test_the_end_of_one_conflict_may_be_the_end_of_others(offices):
    offices.sources["wecom"].hire("twin", "Person p1", NUMBER(1))
    offices.sources["wecom"].people["w2"]["mobile"] = None
    offices.sync()
    assert set(offices.conflicts()) == {"wecom:twin", "wecom:w1", "wecom:w2"}
    said(offices, "w1", "p1")
    said(offices, "w2", "p2")
    said(offices, "twin", None)
    assert offices.conflicts() == {}
    check_it_lasts(offices, LINKED | {"twin": None})


def test_what_a_decision_lets_others_have_is_written_with_it(offices):
    offices.sync()
    said(offices, "w1", None)
    offices.sources["wecom"].people["guest"]["mobile"] = NUMBER(1)
    offices.sync("wecom")
    assert offices.conflicts() == {"wecom:guest": "duplicate_key"}
    said(offices, "guest", "p1")
    assert offices.conflicts() == {}
    offices.sources["wecom"].people["w1"]["mobile"] = None
    offices.sync("wecom")
    done = assign_one(offices.by_hand(), Ref("wecom", "guest"), NOBODY, OPS)
    assert done.user is None
    check_it_lasts(offices, LINKED | {"w1": None, "guest": None})


def test_a_user_that_a_doubt_has_kept_waiting_is_found_by_other_sources_at_once(offices):
    """`link --new` makes a user: a record of a source that is not read again finds it."""
    corp = offices.sources["corp"]
    offices.sync()
    offices.sources["wecom"].people["guest"]["mobile"] = NUMBER(9)
    offices.sync()
    assert offices.owners("wecom")["guest"] == "corp:p9"
    corp.people["li"] = {**corp.people.pop("p9"), "name": "Li Si"}
    offices.sync()
    assert offices.conflicts()["corp:li"] == "identity_doubtful"
    settle_doubt(offices.by_hand(), Ref("corp", "li"), None, OPS)
    assert offices.owners("wecom")["guest"] == "corp:li"
    assert offices.sync().plan.changes == ()
    assert offices.sync(mode=Mode.FULL).plan.changes == ()
    assert offices.replay().is_same


def test_fields_that_are_preferred_come_and_go_with_the_link(offices):
    offices.prefer = {"position": ("wecom",)}
    offices.sources["wecom"].people["guest"]["position"] = "Cook"
    offices.sync()
    said(offices, "guest", "p9")
    row = offices.store.world(None).users[Ref("corp", "p9")].row
    assert row.position == "Cook"
    check_it_lasts(offices, LINKED | {"guest": "corp:p9"})
    said(offices, "guest", None)
    assert offices.store.world(None).users[Ref("corp", "p9")].row.position is None
    check_it_lasts(offices, LINKED)


def test_a_manager_whom_another_source_names_comes_with_the_link(offices):
    offices.prefer = {"manager": ("wecom",)}
    offices.sources["wecom"].people["w3"]["manager"] = "guest"
    offices.sync()
    assert offices.manager("corp", "p3") is None
    said(offices, "guest", "p9")
    assert offices.manager("corp", "p3") == "corp:p9"
    check_it_lasts(offices, LINKED | {"guest": "corp:p9"})


def test_a_protected_user_may_be_linked_by_a_person_and_by_nothing_else(offices):
    offices.protected = frozenset({"p1"})
    offices.sync()
    assert offices.conflicts() == {"wecom:w1": "ambiguous"}
    said(offices, "w1", "p1")
    assert offices.conflicts() == {}
    check_it_lasts(offices, LINKED)


def test_a_taken_record_names_its_user_and_the_command_that_frees_it(offices):
    offices.sync()
    with pytest.raises(UsageError) as told:
        said(offices, "w1", "p9")
    assert told.value.message == "wecom:w1 belongs to Person p1, user 2."
    assert told.value.hint == "syncd unlink wecom:w1 frees it."
    said(offices, "w1", None)
    said(offices, "w1", "p9")
    check_it_lasts(offices, LINKED | {"w1": "corp:p9"})


def test_a_user_has_one_record_of_a_source_unless_a_person_wants_both(offices):
    offices.sync()
    with pytest.raises(UsageError) as told:
        said(offices, "guest", "p1")
    assert told.value.message == "Person p1, user 2, has wecom:w1 of that source already."
    said(offices, "guest", "p1", also=True)
    check_it_lasts(offices, LINKED | {"guest": "corp:p1"})


@pytest.mark.parametrize(
    ("record", "what", "says"),
    [
        pytest.param("corp:p1", NOBODY, "corp:p1 is the record that Person p1", id="own"),
        pytest.param("corp:p1", BY_RULE, "corp:p1 is the record that Person p1", id="own by rule"),
        pytest.param(
            "corp:p1", Assignment(Ref("corp", "p2")), "it stays the user's own", id="another's"
        ),
        pytest.param("wecom:nobody", NOBODY, "There is no record wecom:nobody", id="unknown"),
        pytest.param(
            "wecom:w7", Assignment(Ref("corp", "p9")), "wecom:w7 is gone from its source", id="gone"
        ),
    ],
)
def test_what_no_person_can_say_is_refused(offices, record, what, says):
    offices.sync()
    del offices.sources["wecom"].people["w7"]
    offices.sync("wecom")
    before = offices.owners("wecom")
    with pytest.raises(UsageError, match=says):
        assign_one(offices.by_hand(), Ref(*record.split(":")), what, OPS)
    assert offices.owners("wecom") == before


def test_what_a_person_has_said_can_be_undone(offices):
    offices.sync()
    linked, unlinked = said(offices, "guest", "p9"), said(offices, "w1", None)
    for one in (unlinked, linked):
        assert undo(offices.by_hand(), one.run_id, OPS, confirmed=True).outcome is Outcome.APPLIED
    assert offices.owners("wecom") == LINKED
    check_it_lasts(offices, LINKED)


def test_a_link_of_a_source_that_is_gone_for_good_can_be_taken_back(offices):
    offices.sync()
    said(offices, "guest", "p9")
    del offices.sources["wecom"].people["guest"]
    offices.sync("wecom")
    assert offices.owners("wecom")["guest"] == "corp:p9"  # it may return
    done = assign_one(offices.by_hand(), Ref("wecom", "guest"), BY_RULE, OPS)
    assert (done.user, done.method) == (None, None)
    assert offices.sync(mode=Mode.FULL).plan.changes == ()
    assert offices.replay().is_same


def test_where_the_common_field_is_another_one_by_now_only_the_record_itself_moves(offices):
    offices.sync()
    offices.common_field = "userid"
    offices.sources["hr"] = directory("hr")
    said(offices, "guest", "p9")
    assert offices.owners("wecom") == LINKED | {"guest": "corp:p9"}
    assert offices.approve(offices.sync()).outcome is Outcome.APPLIED
    assert offices.owners("wecom") == LINKED | {"guest": "corp:p9"}


def test_candidates_are_suggested_by_number_and_by_name_with_what_to_type(offices):
    wecom = offices.sources["wecom"]
    wecom.hire("twin", "Person p1", NUMBER(1))
    wecom.hire("namesake", "person  P9", None)
    wecom.hire("second", "x", NUMBER(2) + " 转 1")
    offices.sync()
    refs = [Ref("wecom", one) for one in ("twin", "namesake", "second", "guest", "w2", "nobody")]
    found = suggest(offices.store, [*refs, Ref("corp", "p1")], "corp")
    told = {
        ref.external_id: [(each.candidate.by, each.commands) for each in one.suggestions]
        for ref, one in found.items()
    }
    assert told == {
        "twin": [(("mobile", "name"), ("syncd link p1 wecom:twin",))],
        "namesake": [(("name",), ("syncd link p9 wecom:namesake",))],
        "second": [],
        "guest": [],
    }
    said(offices, "w1", "p1")
    (one,) = suggest(offices.store, refs, "corp")[Ref("wecom", "twin")].suggestions
    assert one.commands == ("syncd unlink wecom:w1", "syncd link p1 wecom:twin")
    offices.sources["corp"].people["p9"]["userid"] = "1001"
    disable(offices.by_hand(), Ref("corp", "p1"), OPS)
    offices.sync()
    found = suggest(offices.store, refs, "corp")
    assert found[Ref("wecom", "twin")].suggestions == ()  # who is inactive is not meant
    (one,) = found[Ref("wecom", "namesake")].suggestions
    assert one.commands == ("syncd link userid:1001 wecom:namesake",)
    assert suggest(offices.store, [], "corp") == {}


def test_the_one_who_had_a_record_is_told_who_took_it_away_and_why(offices):
    offices.sync()
    user = offices.store.user_of(Ref("wecom", "w1"))
    before = offices.store.newest_change()
    done = said(offices, "w1", None)
    (step,) = offices.store.history_after(before, user_id=user)[0]
    assert offices.store.history(user_id=user)[-1] == step
    assert (step.name, step.record) == ("Person p1 (p1)", "wecom:w1")
    assert step.change.run_id == done.run_id
    policy = offices.context().policy
    (parted,) = explain_person(offices.store, f"user:{user}", policy).parted
    assert parted.ref == Ref("wecom", "w1")
    assert (parted.brought.run.actor, parted.brought.run.why) == ("ops", "asked")
    (link,) = explain_person(offices.store, "wecom:w1", policy).links
    assert link.brought.run_id == done.run_id
    assert explain_person(offices.store, "wecom:guest", policy).links == ()

    said(offices, "w1", "p1")
    assert explain_person(offices.store, f"user:{user}", policy).parted == ()


def test_the_one_who_had_a_record_is_told_that_it_went_to_another_or_is_gone(offices):
    offices.sync()
    user = offices.store.user_of(Ref("wecom", "w1"))
    said(offices, "w1", None)
    taken = said(offices, "w1", "p9")
    policy = offices.context().policy
    (parted,) = explain_person(offices.store, f"user:{user}", policy).parted
    assert parted.brought.run_id < taken.run_id
    assert [one.name for one in offices.store.history(user_id=user)[-2:]] == [
        "Person p1 (p1)",
        "Person p9 (p9)",
    ]
    other = offices.store.user_of(Ref("wecom", "w2"))
    del offices.sources["wecom"].people["w2"]
    gone = offices.sync("wecom")
    (parted,) = explain_person(offices.store, f"user:{other}", policy).parted
    assert (parted.ref, parted.brought.run_id) == (Ref("wecom", "w2"), gone.run_id)
    assert offices.store.history(user_id=other)[-1].name == "Person p2 (p2)"
