"""What `syncd keys` counts, and what it makes of the numbers."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.model.entry import Kind, Rejection
from syncd.model.fitness import FieldState, Flaw, Verdict
from syncd.model.record import UserRecord
from syncd.model.source import SourceState
from syncd.reconcile.key_match import compare, protected_rows
from syncd.reconcile.keys import Forms, candidates, gather, look_at_side
from syncd.reconcile.normalize import canonical
from syncd.services.keys import AskedSource, Intention, survey
from tests.unit.reconcile.memory import NOW

ASKED = (
    AskedSource("ldap", "ldap", frozenset({"userid", "name", "mobile", "email", "employee_no"})),
    AskedSource(
        "wecom", "wecom", frozenset({"userid", "name", "alias", "mobile", "email", "biz_email"})
    ),
)
LDAP_LEADS = Intention("ldap", None, frozenset())


def record(source: str, id_: object, **fields: str | None) -> UserRecord:
    named = {name.replace("custom_", "custom."): value for name, value in fields.items()}
    return UserRecord(source, str(id_), NOW, named, None)


def surveyed(*records: UserRecord, intention=LDAP_LEADS, states=(), asked=ASKED):
    return survey(gather(records), {one.name: one for one in states}, asked, intention)


def fitness(found, field):
    return next(one for one in found.fields if one.field == field)


def side(field: str, *values: str | None, **more):
    """Return one field of one source; "?" is a value that the source did not let us read."""
    records = (
        record("ldap", n, **({} if value == "?" else {field: value}))
        for n, value in enumerate(values)
    )
    return look_at_side(gather(records)["ldap"], Forms(field), **more).side


# ── one source ──────────────────────────────────────────────────────────────────────────────────


def test_unknown_empty_and_blank_values_are_told_apart_from_values() -> None:
    found = side("employee_no", "7", None, "?", " \u3000", "8")

    assert (found.people, found.known, found.values) == (5, 4, 2)
    assert found.coverage == pytest.approx(0.4)


def test_a_field_that_appears_late_belongs_to_those_who_have_it() -> None:
    people = gather(
        [
            record("ldap", 1, userid="a"),
            record("ldap", 2, custom_badge="9"),
            record("ldap", 3),
        ]
    )["ldap"]

    assert list(people.column("custom.badge")) == [None, "9", None]
    assert list(people.column("userid")) == ["a", None, None]
    assert candidates([people])[-1] == "custom.badge"


def test_values_that_are_one_number_written_differently_are_shared() -> None:
    found = side(
        "mobile", "13800138000", "+86 138-0013-8000", "１３８００１３８０００", "13900139000"
    )

    assert (found.distinct_written, found.distinct) == (4, 2)
    assert (found.shared_values, found.sharing) == (1, 3)
    assert found.shared_examples == (("+8613800138000", 3),)


def test_the_values_that_most_people_share_are_named_first() -> None:
    found = side("employee_no", *"aabbbcddddee")

    assert found.shared_examples == (("d", 4), ("b", 3), ("a", 2))
    assert (found.shared_values, found.sharing) == (4, 11)


@pytest.mark.parametrize(
    ("field", "value", "flaw"),
    [
        ("mobile", "none", Flaw.NO_KEY),
        ("mobile", "010-12345678", Flaw.NO_MOBILE),
        ("mobile", "+44 7911 123456", None),
        ("mobile", "138 0013 8000", None),
        ("email", "zhang.san", Flaw.NO_ADDRESS),
        ("biz_email", "zhang san@corp.example", Flaw.NO_ADDRESS),
        ("email", " Zhang.San@Corp.example ", None),
        ("employee_no", "1.0E+05", Flaw.SPREADSHEET),
        ("employee_no", "10023.0", Flaw.SPREADSHEET),
        ("employee_no", "00123", None),
        ("custom.badge", "x" * 256, Flaw.NO_KEY),
        ("custom.badge", "x" * 255, None),
    ],
)
def test_a_flawed_value_is_told_with_its_flaw(field, value, flaw) -> None:
    found = side(field, value)

    assert found.flaws == ({} if flaw is None else {flaw: 1})
    assert found.flawed_examples == (() if flaw is None else ((flaw, value),))


def test_what_can_be_no_key_has_a_value_and_is_none() -> None:
    found = side("mobile", "none", "none")

    assert (found.values, found.distinct, found.sharing) == (2, 0, 0)


def test_a_value_that_the_source_has_and_that_cannot_be_used_is_a_flaw() -> None:
    one = UserRecord(
        "ldap", "1", NOW, {}, None, rejections=(Rejection(Kind.USER, "1", "mobile", "nul"),)
    )

    found = look_at_side(gather([one])["ldap"], Forms("mobile")).side
    assert found.flaws == {Flaw.REJECTED: 1}


def test_the_latest_reading_of_a_source_is_told() -> None:
    later = UserRecord("ldap", "2", NOW + timedelta(hours=1), {}, None)

    found = surveyed(record("ldap", 1), later, record("ldap", 3))
    assert [(one.name, one.people, one.read_at) for one in found.sources] == [
        ("ldap", 3, NOW + timedelta(hours=1)),
        ("wecom", 0, None),
    ]


# ── what two sources have in common ─────────────────────────────────────────────────────────────

VALUES = st.sampled_from(
    (
        "13800138000",
        "+86 138 0013 8000",
        "13900139000",
        "13700137000",
        "x",
        "0",
        "Ａ",
        "a",
        "",
        None,
    )
)
NAMES = st.sampled_from(("王伟", "Wang Wei", "wangwei", "李四", None))
SIDES = st.lists(st.tuples(VALUES, NAMES, st.booleans()), min_size=1, max_size=12)


def people_of(source, rows):
    return [
        record(source, n, userid=str(n), name=name, **({"mobile": value} if known else {}))
        for n, (value, name, known) in enumerate(rows)
    ]


def expected(owners, others, field, protected) -> Counter[str]:
    """Return what becomes of each record, as the contract tells it: one record at a time."""
    found = Counter[str]()
    for one in others:
        key = canonical(field, one.fields.get(field))
        same = [two for two in others if canonical(field, two.fields.get(field)) == key]
        users = [two for two in owners if canonical(field, two.fields.get(field)) == key]
        if key is None:
            found["missing_key"] += 1
        elif len(same) > 1:
            found["duplicate_key"] += 1
        elif not users:
            found["unmatched"] += 1
        elif len(users) > 1 or users[0].fields["userid"] in protected:
            found["ambiguous"] += 1
        else:
            found["links"] += 1
    return found


@given(SIDES, SIDES, st.sampled_from(("mobile", "employee_no", "userid")), st.sets(st.just("0")))
def test_every_record_is_counted_once_and_as_the_rules_link_it(left, right, field, protected):
    rename = {"mobile": "mobile"} if field == "mobile" else {"mobile": field}
    owners, others = (
        [
            UserRecord(
                one.source,
                one.external_id,
                NOW,
                {**one.fields, **{rename[k]: v for k, v in one.fields.items() if k in rename}},
                None,
            )
            for one in people_of(source, rows)
        ]
        for source, rows in (("ldap", left), ("wecom", right))
    )
    one, two = (gather(records)[records[0].source] for records in (owners, others))
    forms = Forms(field)
    found = compare(
        look_at_side(one, forms),
        look_at_side(two, forms),
        (one.column("name"), two.column("name")),
        protected_rows(one, protected),
    )

    told = expected(owners, others, field, protected)
    for name in ("links", "unmatched", "duplicate_key", "ambiguous", "missing_key"):
        assert getattr(found, name) == told[name], name
    assert sum(told.values()) == len(others)
    keys = [
        {canonical(field, record.fields.get(field)) for record in records} - {None}
        for records in (owners, others)
    ]
    assert found.overlap == len(keys[0] & keys[1])
    assert found.names_differ <= found.names_compared <= found.links


@given(SIDES, SIDES, st.randoms(use_true_random=False))
def test_the_order_of_records_changes_nothing_but_the_examples(left, right, chance) -> None:
    records = [*people_of("ldap", left), *people_of("wecom", right)]
    shuffled = list(records)
    chance.shuffle(shuffled)

    def plain(found):
        return [
            (
                one.field,
                one.matches,
                one.verdict,
                one.reason,
                [s.sharing for s in one.sides.values()],
            )
            for one in found.fields
        ]

    one, two = surveyed(*records), surveyed(*shuffled)
    assert plain(one) == plain(two)
    assert (one.recommended, one.reason, one.sources) == (two.recommended, two.reason, two.sources)


def test_normalisation_is_told_by_the_overlap_before_and_after() -> None:
    found = surveyed(
        record("ldap", 1, mobile="+86 138-0013-8000"),
        record("ldap", 2, mobile="13900139000"),
        record("wecom", 1, mobile="13800138000"),
        record("wecom", 2, mobile="13900139000"),
    )

    match = fitness(found, "mobile").matches["wecom"]
    assert (match.overlap_written, match.overlap, match.links) == (1, 2, 2)


def test_numbers_that_lost_their_zeros_are_told_and_not_linked() -> None:
    found = surveyed(
        *(record("ldap", n, employee_no=f"{n:06d}") for n in range(1, 31)),
        *(record("wecom", n, employee_no=str(n)) for n in range(1, 31)),
    )

    number = fitness(found, "employee_no")
    assert (number.matches["wecom"].links, number.matches["wecom"].near) == (0, 30)
    assert number.verdict is Verdict.APART
    assert "30 more differ in leading zeros" in number.reason
    assert found.recommended is None


def test_a_value_that_would_fit_two_but_for_its_zeros_is_not_near() -> None:
    found = surveyed(
        record("ldap", 1, employee_no="0007"),
        record("ldap", 2, employee_no="07"),
        record("wecom", 1, employee_no="7"),
    )

    assert fitness(found, "employee_no").matches["wecom"].near == 0


# ── what is thought of them ─────────────────────────────────────────────────────────────────────


def company(number=100, **makers):
    """Return people of two sources; a maker returns the values of person n on both sides."""
    for n in range(number):
        values = {field: make(n) for field, make in makers.items()}
        yield record("ldap", n, **{field: pair[0] for field, pair in values.items()})
        yield record("wecom", n, **{field: pair[1] for field, pair in values.items()})


def mobile(n):
    return (f"1380013{n:04d}",) * 2


def test_the_field_that_links_most_people_is_recommended() -> None:
    found = surveyed(
        *company(
            mobile=lambda n: mobile(n) if n < 80 else (None, None),
            employee_no=lambda n: (f"E{n}",) * 2,
        )
    )

    assert found.recommended == "employee_no"
    assert fitness(found, "mobile").verdict is Verdict.WEAK
    assert fitness(found, "mobile").reason == "links 80, another field 100"


@pytest.mark.parametrize(
    ("field", "expected"),
    [("userid", "mobile"), ("alias", "mobile"), ("employee_no", "employee_no")],
)
def test_of_equals_the_one_that_stays_a_persons_own_is_recommended(field, expected) -> None:
    found = surveyed(*company(mobile=mobile, **{field: lambda n: (f"E{n}",) * 2}))

    assert found.recommended == expected
    other = {"mobile", field} - {expected}
    assert {fitness(found, one).verdict for one in other} == {Verdict.USABLE}


def test_a_name_is_never_recommended() -> None:
    found = surveyed(*company(name=lambda n: (f"N{n}",) * 2))

    assert fitness(found, "name").verdict is Verdict.NEVER
    assert fitness(found, "name").matches["wecom"].links == 100
    assert found.recommended is None


def test_a_field_that_joins_people_of_different_names_is_not_recommended() -> None:
    # Both directories make userids of names, each in its own order: zhangsan is not zhangsan.
    found = surveyed(
        *company(
            name=lambda n: (f"N{n}",) * 2,
            mobile=lambda n: mobile(n) if n < 60 else (None, None),
            userid=lambda n: (f"u{n}", f"u{n if n < 80 else 179 - n}"),
        )
    )

    assert fitness(found, "userid").verdict is Verdict.UNSAFE
    assert fitness(found, "userid").matches["wecom"].names_differ == 20
    assert found.recommended == "mobile"


def test_names_written_in_two_scripts_speak_against_no_field() -> None:
    found = surveyed(*company(name=lambda n: (f"王{n}", f"Wang {n}"), mobile=mobile))

    assert fitness(found, "mobile").matches["wecom"].names_differ == 100
    assert found.recommended == "mobile"
    assert "100 of 100 links join people of different names" in found.reason


def test_a_rank_that_many_people_share_links_nobody() -> None:
    found = surveyed(*company(custom_grade=lambda n: (f"P{n % 9}",) * 2, mobile=mobile))

    grade = fitness(found, "custom.grade")
    assert (grade.matches["wecom"].links, grade.matches["wecom"].duplicate_key) == (0, 100)
    assert grade.verdict is Verdict.APART


def test_a_field_without_a_value_on_one_side_says_on_which() -> None:
    found = surveyed(
        *company(mobile=lambda n: (mobile(n)[0], None), userid=lambda n: (f"u{n}",) * 2)
    )

    assert fitness(found, "mobile").verdict is Verdict.UNREAD
    assert fitness(found, "mobile").reason == "no value in wecom"


def test_one_source_has_no_overlap_and_nothing_is_recommended() -> None:
    found = surveyed(
        *(record("ldap", n, mobile=mobile(n // 2)[0], userid=f"u{n}") for n in range(9))
    )

    assert found.recommended is None
    assert "There is one source" in found.reason
    assert fitness(found, "userid").verdict is Verdict.USABLE
    assert fitness(found, "userid").reason == "9 of 9 people have a value, nobody shares one"
    assert fitness(found, "mobile").reason == (
        "9 of 9 people have a value, 8 share theirs with somebody"
    )
    assert fitness(found, "mobile").verdict is Verdict.WEAK
    assert fitness(found, "name").verdict is Verdict.NEVER
    assert all(not one.matches for one in found.fields)


def test_three_sources_are_each_compared_with_the_authority() -> None:
    third = [record("hr", n, mobile=mobile(n)[0]) for n in range(50, 150)]
    found = surveyed(*company(mobile=mobile), *third)

    matches = fitness(found, "mobile").matches
    assert {name: (one.links, one.unmatched) for name, one in matches.items()} == {
        "hr": (50, 50),
        "wecom": (100, 0),
    }
    assert found.recommended == "mobile"


def test_a_source_that_lacks_the_recommended_field_is_named() -> None:
    third = [record("hr", n, mobile=None) for n in range(50)]

    assert "no value in hr" in surveyed(*company(mobile=mobile), *third).reason


def test_nothing_read_gives_nothing() -> None:
    found = surveyed()

    assert (found.authority, found.fields, found.recommended) == (None, (), None)
    assert [one.people for one in found.sources] == [0, 0]


def test_without_records_of_the_configured_authority_the_largest_source_stands_for_it() -> None:
    records = [record("hr", 1, mobile="13800138000"), *(record("wecom", n) for n in range(2))]

    assert surveyed(*records).authority == "wecom"
    assert surveyed(*records, intention=Intention(None, None, frozenset())).authority == "wecom"


def test_a_protected_user_is_never_counted_as_a_link() -> None:
    people = list(company(mobile=mobile, userid=lambda n: (f"U{n}",) * 2))
    found = surveyed(*people, intention=Intention("ldap", None, frozenset({"u7"})))

    match = fitness(found, "mobile").matches["wecom"]
    assert (match.links, match.ambiguous) == (99, 1)


# ── what a source does not show ─────────────────────────────────────────────────────────────────


def state(name: str, *withheld: str) -> SourceState:
    return SourceState(name, "wecom", "ww1", withheld=frozenset(withheld))


def test_a_field_that_no_setting_asks_for_is_told_from_one_that_nobody_has() -> None:
    found = surveyed(record("ldap", 1, userid="a"), record("wecom", 1, userid="a", name="A"))

    states = {source: side.state for source, side in fitness(found, "employee_no").sides.items()}
    assert states == {"ldap": FieldState.UNSEEN, "wecom": FieldState.UNMAPPED}


def test_a_source_that_is_not_configured_is_asked_for_everything() -> None:
    found = surveyed(record("ldap", 1, userid="a"), asked=())

    assert fitness(found, "alias").sides["ldap"].state is FieldState.UNSEEN
    assert found.sources[0].type is None


def test_an_app_that_gets_neither_mobile_nor_mail_is_told_with_the_ways_out() -> None:
    found = surveyed(
        record("ldap", 1, userid="a", mobile="13800138000"),
        record("wecom", 1, userid="a", name="A", alias=None),
    )

    (one,) = found.withheld
    assert (one.source, one.cause) == ("wecom", "new_app")
    assert one.fields == ("mobile", "email", "biz_email")
    assert "an app made after 2022-06-20 does not get them" in one.text
    ways = " ".join(one.ways_out)
    assert "extattr.工号" in ways
    assert "before 2022-06-20" in ways
    assert "before 2022-08-15" in ways


def test_fields_that_were_shown_before_are_withheld_although_their_values_are_kept() -> None:
    shown = record(
        "wecom", 1, userid="a", name="A", mobile="13800138000", email="a@b", biz_email=""
    )
    found = surveyed(
        shown, states=[state("wecom", "mobile")], intention=Intention("wecom", None, frozenset())
    )

    assert fitness(found, "mobile").sides["wecom"].state is FieldState.WITHHELD
    assert [one.fields for one in found.withheld] == [("mobile",)]


def test_a_contacts_secret_that_gives_ids_is_told_to_bring_an_app() -> None:
    found = surveyed(record("wecom", 1, userid="a"))

    (one,) = found.withheld
    assert one.cause == "identifiers"
    assert "name" in one.fields
    assert "app_secret" in one.ways_out[0]


def test_nothing_is_withheld_where_one_of_the_private_fields_is_shown() -> None:
    assert surveyed(record("wecom", 1, name="A", mobile="13800138000")).withheld == ()
    assert surveyed(record("wecom", 1, name="A", mobile=None)).withheld == ()
    assert surveyed(record("ldap", 1, name="A")).withheld == ()
