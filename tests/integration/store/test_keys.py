"""The survey of the common field, of records as every database keeps them."""

import time
from dataclasses import replace

import pytest

from syncd.model.change import Gone, Plan, RecordWrite
from syncd.model.entry import Kind, Ref
from syncd.model.record import MembershipRecord, RecordState, UserRecord
from syncd.model.source import SourceState
from syncd.services.keys import AskedSource, Intention, survey_keys
from tests.integration.store.conftest import NOW

WECOM = AskedSource("wecom", "wecom", frozenset({"userid", "name", "mobile"}))
LDAP = AskedSource("ldap", "ldap", frozenset({"userid", "name", "mobile", "employee_no"}))
WECOM_LEADS = Intention("wecom", "mobile", frozenset())


@pytest.fixture
def two_sources(store, syncs, directory):
    """WeCom owns three people, and an LDAP directory has three records of its own."""
    plan = directory.company()
    departments = [one for one in plan.records if one.kind is Kind.DEPARTMENT]
    people = [
        directory.user_record(name, "1", mobile=f"1380000000{n}")
        for n, name in enumerate(("wang", "li", "zhao"))
    ]
    syncs.apply(
        replace(plan, records=(*departments, *people)),
        source_states=[SourceState("wecom", "wecom", "ww1")],
    )
    ldap = replace(directory, source="ldap")
    theirs = (
        ldap.user_record("u1", mobile="+86 138-0000-0001"),
        ldap.user_record("u2", mobile="13800000099"),
        ldap.user_record("u3", mobile=None),
    )
    syncs.apply(Plan(records=theirs), source_states=[SourceState("ldap", "ldap", "dc=x")])


def fitness(found, field):
    return next(one for one in found.fields if one.field == field)


def test_records_of_two_sources_are_surveyed_as_the_store_keeps_them(store, two_sources) -> None:
    found = survey_keys(store, (WECOM, LDAP), WECOM_LEADS)

    assert [(one.name, one.type, one.people, one.read_at) for one in found.sources] == [
        ("wecom", "wecom", 3, NOW),
        ("ldap", "ldap", 3, NOW),
    ]
    match = fitness(found, "mobile").matches["ldap"]
    assert (match.overlap_written, match.overlap) == (0, 1)
    assert (match.links, match.unmatched, match.missing_key) == (1, 1, 1)


def test_a_source_that_is_no_longer_configured_is_surveyed_too(store, two_sources) -> None:
    found = survey_keys(store, (WECOM,), WECOM_LEADS)

    assert [(one.name, one.type) for one in found.sources] == [("wecom", "wecom"), ("ldap", "ldap")]


def test_whoever_is_gone_does_not_count(store, syncs, directory, two_sources) -> None:
    syncs.apply(Plan(gone=(Gone(Kind.USER, Ref("ldap", "u1")),)))

    assert fitness(survey_keys(store, (), WECOM_LEADS), "mobile").sides["ldap"].people == 2


def test_a_survey_waits_for_no_run_and_moves_nothing(store, syncs, two_sources, open_store) -> None:
    syncs.begin()  # holds the lease
    version = store.store_version()

    found = survey_keys(open_store(read_only=True), (WECOM, LDAP), WECOM_LEADS)

    assert found.authority == "wecom"
    assert store.store_version() == version
    assert len(store.runs()) == 3


def test_a_store_without_records_has_nothing_to_survey(store) -> None:
    store.prepare()

    assert survey_keys(store, (WECOM,), WECOM_LEADS).authority is None


def many(source: str, numbers: range):
    """Yield people whose mobile each source writes in its own way."""
    way = "{}" if source == "wecom" else "+86 {}"
    for n in numbers:
        fields = {
            "userid": f"user{n}",
            "name": f"成员{n}",
            "mobile": way.format(13_000_000_000 + 7 * n),
            "email": f"User{n}@corp.example",
            "employee_no": f"{n:08d}",
            "custom.grade": f"P{n % 9}",
        }
        memberships = (MembershipRecord("1", False, 0),)
        record = UserRecord(source, f"{n:08d}", NOW, fields, memberships, "1", RecordState.ACTIVE)
        yield RecordWrite(Kind.USER, record, b"1")


@pytest.mark.hard
def test_a_hundred_thousand_people_on_each_side_take_less_than_ten_seconds(store, syncs) -> None:
    store.prepare()
    for source, numbers in (("wecom", range(100_000)), ("ldap", range(5_000, 105_000))):
        syncs.apply(Plan(records=tuple(many(source, numbers))))

    began = time.monotonic()
    found = survey_keys(store, (WECOM, LDAP), WECOM_LEADS)

    assert time.monotonic() - began < 10
    assert fitness(found, "mobile").matches["ldap"].links == 95_000
    assert found.recommended == "employee_no"
