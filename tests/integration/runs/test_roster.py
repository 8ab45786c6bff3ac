"""Many links at once, from a file; on each database."""

from collections.abc import Mapping

import pytest

from syncd.model.directory import LinkMethod
from syncd.model.entry import Ref
from syncd.model.run import Mode, Outcome, Trigger
from syncd.services.by_hand import Author
from syncd.services.roster import Effect, Naming, Said, TakenIn, take_in
from tests.integration.runs.several import LINKED, NUMBER, Offices

OPS = Author("ops", "the list of May")


def import_(offices: Offices, *lines: tuple[str, str], **options: bool) -> TakenIn:
    """Take in lines of records and userids; each is told by its number in the file."""
    said = [
        Said(number, number, Ref("wecom", record), user)
        for number, (record, user) in enumerate(lines, 2)
    ]
    return take_in(offices.by_hand(), said, OPS, **options)


def refused(done: TakenIn) -> Mapping[int, str]:
    """Return why lines were refused, by their number."""
    return {one.said.line: str(one.reason) for one in done.refused}


def test_what_a_file_says_is_one_run_that_every_later_one_keeps(offices):
    offices.sync()
    done = import_(offices, ("guest", "p9"), ("w1", "-"), ("w2", ""), ("w3", "p3"))
    assert done.effects == {Effect.LINKED: 1, Effect.UNLINKED: 1}
    assert (done.unchanged, done.silent, refused(done)) == (1, 1, {})
    run = offices.store.run(done.assigned.run_id)
    assert (run.trigger, run.actor, run.why) == (Trigger.LINK, "ops", "the list of May")
    expected = LINKED | {"guest": "corp:p9", "w1": None}
    assert offices.owners("wecom") == expected
    for mode in (Mode.SYNC, Mode.FULL):
        assert offices.sync(mode=mode).plan.changes == ()
    offices.sources["corp"].people["p9"]["mobile"] = NUMBER(1)
    offices.sync()
    assert offices.owners("wecom") == expected
    assert offices.replay().is_same


def test_lines_that_cannot_be_done_are_refused_one_by_one_and_the_others_are_done(offices):
    offices.sync()
    done = import_(
        offices,
        ("guest", "p9"),
        ("w1", "p9"),
        ("nobody", "p8"),
        ("w2", "nobody"),
        ("w3", "user:99"),
        ("w4", "-"),
        ("w4", "p4"),
    )
    assert refused(done) == {
        3: "wecom:w1 belongs to Person p1, user 2.",
        4: "There is no record wecom:nobody.",
        5: "There is no user 'nobody'.",
        6: "There is no user 'user:99'.",
        7: "The lines 7, 8 say different things of wecom:w4.",
        8: "The lines 7, 8 say different things of wecom:w4.",
    }
    assert offices.owners("wecom") == LINKED | {"guest": "corp:p9"}
    assert all(one.hint for one in done.refused)


def test_two_records_of_one_source_for_one_user_are_both_refused(offices):
    offices.sync()
    offices.sources["wecom"].hire("other", "Other", None)
    offices.sync()
    done = import_(offices, ("guest", "p9"), ("other", "p9"))
    assert refused(done) == {
        2: "Person p9, user 10, has wecom:other of that source already.",
        3: "Person p9, user 10, has wecom:guest of that source already.",
    }
    assert import_(offices, ("guest", "p9"), ("other", "p9"), also=True).refused == []
    assert offices.owners("wecom") == LINKED | {"guest": "corp:p9", "other": "corp:p9"}


def test_a_record_may_be_freed_for_another_in_the_same_file(offices):
    offices.sync()
    done = import_(offices, ("w1", "-"), ("guest", "p1"))
    assert done.refused == []
    assert offices.owners("wecom") == LINKED | {"guest": "corp:p1", "w1": None}


def test_nothing_is_done_on_trial_and_nothing_where_strictness_is_asked_for(offices):
    offices.sync()
    before = offices.store.runs(1)[0].id
    for options in ({"is_trial": True}, {"strict": True}):
        done = import_(offices, ("guest", "p9"), ("w1", "p9"), **options)
        assert (done.is_written, done.assigned.run_id) == (False, None)
        assert done.effects == {Effect.LINKED: 1}
        assert set(refused(done)) == {3}
    assert offices.owners("wecom") == LINKED
    assert offices.store.runs(1)[0].id == before


def test_the_record_that_a_user_is_made_of_stays_its_own(offices):
    offices.sync()
    lines = [
        Said(2, 2, Ref("corp", "p1"), "p1"),
        Said(3, 3, Ref("corp", "p2"), "-"),
        Said(4, 4, Ref("corp", "p3"), "p4"),
    ]
    done = take_in(offices.by_hand(), lines, OPS)
    assert done.unchanged == 1
    assert set(refused(done)) == {3, 4}
    assert all("stays the user's own" in one for one in refused(done).values())


def test_cells_that_were_moved_are_found_by_the_names(offices):
    offices.sync()
    lines = [
        Said(2, 2, Ref("wecom", "guest"), "p9", record_name="Somebody else"),
        Said(3, 3, Ref("wecom", "guest"), "p9", name="Person p8"),
        Said(4, 4, Ref("wecom", "w1"), "", record_name="Somebody else"),
    ]
    done = take_in(offices.by_hand(), lines, OPS)
    assert refused(done) == {
        2: "wecom:guest is Person guest here, and Somebody else in the file.",
        3: "p9 is Person p9 here, and Person p8 in the file.",
    }
    assert offices.owners("wecom") == LINKED


def test_what_a_rule_said_becomes_a_persons_word_where_the_file_says_so(offices):
    offices.sync()
    said = Said(2, 2, Ref("wecom", "w1"), "p1")
    assert take_in(offices.by_hand(), [said], OPS).effects == {}
    done = take_in(offices.by_hand(), [said._replace(is_manual=True)], OPS)
    assert done.effects == {Effect.CONFIRMED: 1}
    assert offices.store.world(None).links[Ref("wecom", "w1")].method is LinkMethod.MANUAL
    assert take_in(offices.by_hand(), [said], OPS).unchanged == 1  # a person's word is not weakened


def roster(offices: Offices) -> dict[Ref, tuple[str | None, LinkMethod | None]]:
    """Return how every record's user is named, and by what the record belongs to it."""
    with offices.store.roster() as found:
        naming = Naming(found.people.userids)
        return {
            one.ref: (
                None if one.user is None else naming.of(one.user.id, one.user.userid),
                one.method,
            )
            for one in found.lines
        }


def test_what_is_exported_names_everybody_and_brings_every_decision_back(offices):
    offices.sync()
    import_(offices, ("guest", "p9"), ("w1", "-"))
    exported = roster(offices)
    assert exported[Ref("wecom", "guest")] == ("p9", LinkMethod.MANUAL)
    assert exported[Ref("wecom", "w1")] == (None, LinkMethod.MANUAL)
    assert exported[Ref("corp", "p1")] == ("p1", LinkMethod.AUTHORITY)
    assert len(exported) == 19
    undone = import_(offices, ("guest", "-"), ("w1", "p1"))
    assert undone.effects == {Effect.LINKED: 1, Effect.UNLINKED: 1}
    lines = [
        Said(number, number, ref, user or ("-" if method is LinkMethod.MANUAL else ""))
        for number, (ref, (user, method)) in enumerate(exported.items(), 2)
    ]
    import_(offices, ("w1", "-"), ("guest", "-"))
    done = take_in(offices.by_hand(), lines, OPS)
    assert done.refused == []
    assert roster(offices) == exported


def test_a_user_without_a_userid_of_its_own_is_named_by_the_number(offices):
    corp = offices.sources["corp"].people
    corp["p1"]["userid"] = corp["p2"]["userid"] = "Twin"
    corp["p3"]["userid"] = "user:4"
    offices.sync()
    named = {str(ref): user for ref, (user, _) in roster(offices).items()}
    assert [named[f"corp:p{one}"] for one in range(1, 5)] == ["user:2", "user:3", "user:4", "p4"]
    done = import_(offices, ("guest", "twin"))
    assert refused(done) == {2: "'twin' fits several people: user:2, user:3."}
    assert import_(offices, ("guest", "USERID:P9")).refused
    assert import_(offices, ("guest", "userid:P9")).refused == []


def test_a_sync_that_comes_between_is_no_harm(offices):
    offices.sync()
    by = offices.by_hand()
    report = offices.sync()
    assert report.outcome is Outcome.NO_CHANGE
    take_in(by, [Said(2, 2, Ref("wecom", "guest"), "p9")], OPS)
    assert offices.owners("wecom")["guest"] == "corp:p9"


@pytest.mark.parametrize("spelling", ["W1", " w1 "])
def test_a_record_may_be_spelled_as_people_and_spreadsheets_do(offices, spelling):
    offices.sync()
    assert import_(offices, (spelling, "-")).effects == {Effect.UNLINKED: 1}
