"""`syncd keys`, on a store that a real sync has filled, with and without a second source."""

from contextlib import closing
from dataclasses import replace

import pytest

from syncd.model.change import Plan, RecordWrite
from syncd.model.entry import Kind
from syncd.model.run import Mode, Trigger
from syncd.model.source import SourceState
from syncd.store.store import Store

LDAP = """
[sources.corp_ldap]
type = "ldap"
enabled = false
urls = ["ldaps://ldap.example.com"]
base_dn = "dc=example,dc=com"
"""


def as_ldap_has_them(one, number):
    """Return the record of the same person in an LDAP directory."""
    mobile = one.fields.get("mobile")
    if mobile and not mobile.startswith("+"):
        mobile = f"+86 {mobile}"
    fields = {
        "userid": f"uid{number}",
        "name": one.fields["name"],
        # The first two share a number, and the third has the one of the reception.
        "mobile": "010-12345678" if number == 2 else mobile,
        "email": None,
        "employee_no": f"{number:06d}",
    }
    return replace(one, source="corp_ldap", external_id=f"e{number}", fields=fields)


@pytest.fixture
def joined(folder):
    """Return the folder, with the records of an LDAP directory beside WeCom's."""
    with closing(Store.open(f"sqlite:///{folder / 'syncd.db'}")) as store:
        people = sorted(store.everybody(), key=lambda one: one.external_id)
        records = [as_ldap_has_them(one, n) for n, one in enumerate(people)]
        records[1] = replace(records[1], fields=records[0].fields)
        now = people[0].read_at
        begun = store.begin_run(trigger=Trigger.CLI, mode=Mode.SYNC, actor="ops", now=now)
        store.apply(
            Plan(records=tuple(RecordWrite(Kind.USER, one, b"1") for one in records)),
            run_id=begun.run.id,
            token=begun.token,
            store_version=store.store_version(),
            at=now,
            counts={},
            guard_counts={},
            readings={},
            source_states=[SourceState("corp_ldap", "ldap", "dc=example,dc=com")],
        )
    with (folder / "syncd.toml").open("a", encoding="utf-8") as file:
        file.write(LDAP)
    return folder


def row(out: str, *begins: str) -> list[str]:
    """Return the cells of the last line that begins with these cells."""
    return [
        cells for one in out.splitlines() if (cells := one.split())[: len(begins)] == [*begins]
    ][-1]


def test_one_source_is_told_by_what_its_people_have(syncd) -> None:
    answer = syncd("keys")

    assert (answer.status, answer.err) == (0, "")
    assert "wecom: 200 people, last read" in answer.out
    assert "its people are the users" in answer.out
    assert "No common field is configured (reconcile.common_field)." in answer.out
    assert row(answer.out, "userid", "wecom")[2:5] == ["200", "100", "%"]
    assert row(answer.out, "employee_no", "wecom")[-4:] == ["no:", "not", "in", "fields"]
    assert "Nothing is recommended. There is one source" in answer.out
    assert "verdict" not in answer.out


def test_two_sources_are_compared_and_one_field_is_recommended(syncd, joined) -> None:
    answer = syncd("keys")

    assert answer.status == 0
    assert row(answer.out, "mobile", "corp_ldap")[4:] == ["196", "2", "1", "1", "0", "recommended"]
    assert "never a key" in answer.out
    assert 'Recommended: common_field = "mobile": it links 196 of the 200 people' in answer.out
    assert "mobile, corp_ldap: shared are +86" in answer.out
    assert "mobile, corp_ldap: 1 × a desk phone's number, for instance 010-12345678" in answer.out


def test_the_json_has_the_numbers_of_each_side_and_what_is_expected(syncd, joined) -> None:
    document = syncd("keys", "--json").json

    mobile = next(one for one in document["fields"] if one["field"] == "mobile")
    assert document["recommended"] == mobile["field"]
    assert mobile["verdict"] == "recommended"
    assert mobile["sides"]["corp_ldap"]["flaws"] == {"no_mobile": 1}
    assert mobile["expected"] == {
        "links": 196,
        "conflicts": {"duplicate_key": 2, "ambiguous": 0, "missing_key": 1},
    }
    assert mobile["matches"]["corp_ldap"]["unmatched"] == 1


def test_the_configured_field_is_named_and_judged_with_the_others(syncd, joined) -> None:
    with (joined / "syncd.toml").open("a", encoding="utf-8") as file:
        file.write('\n[reconcile]\nauthority = "wecom"\ncommon_field = "email"\n')

    assert "The common field is email." in syncd("keys").out
    assert "The first run with another common field is held for you" in syncd("keys").out


def test_what_wecom_withholds_is_told_with_the_ways_out(syncd, joined) -> None:
    with closing(Store.open(f"sqlite:///{joined / 'syncd.db'}")) as store:
        records = [
            replace(one, fields={"userid": one.fields["userid"], "name": one.fields["name"]})
            for one in store.everybody()
            if one.source == "wecom"
        ]
        now = records[0].read_at
        begun = store.begin_run(trigger=Trigger.CLI, mode=Mode.SYNC, actor="ops", now=now)
        store.apply(
            Plan(records=tuple(RecordWrite(Kind.USER, one, b"1") for one in records)),
            run_id=begun.run.id,
            token=begun.token,
            store_version=store.store_version(),
            at=now,
            counts={},
            guard_counts={},
            readings={},
        )

    answer = syncd("keys")
    assert "WeCom withholds mobile, email, biz_email from wecom" in answer.out
    assert "  - Choose a field that every app gets: an extended attribute (成员资料)" in answer.out
    assert '[sources.wecom] fields = { employee_no = "extattr.工号" }' in answer.out
    assert "Nothing is recommended." in answer.out
    withheld = syncd("keys", "--json").json["withheld"]
    assert [one["cause"] for one in withheld] == ["new_app"]
    assert len(withheld[0]["ways_out"]) == 4
    (asking,) = [one for one in withheld[0]["ways_out"] if "lookup = true" in one]
    assert asking.startswith("Let WeCom say whose a value is: [sources.wecom] lookup = true")
    assert 'common_field = "mobile"' in asking


def test_a_survey_leaves_the_database_as_it_is(syncd, joined) -> None:
    before = (joined / "syncd.db").read_bytes()

    assert syncd("keys").status == 0
    assert (joined / "syncd.db").read_bytes() == before


def test_an_odd_value_cannot_steer_the_terminal(syncd, joined) -> None:
    with closing(Store.open(f"sqlite:///{joined / 'syncd.db'}")) as store:
        one = next(one for one in store.everybody() if one.external_id == "e5")
        bad = replace(one, fields={**one.fields, "email": "\x1b[2Jnobody"})
        begun = store.begin_run(trigger=Trigger.CLI, mode=Mode.SYNC, actor="ops", now=one.read_at)
        store.apply(
            Plan(records=(RecordWrite(Kind.USER, bad, b"1"),)),
            run_id=begun.run.id,
            token=begun.token,
            store_version=store.store_version(),
            at=one.read_at,
            counts={},
            guard_counts={},
            readings={},
        )

    out = syncd("keys").out
    assert "\x1b" not in out
    assert r"no e-mail address, for instance \x1b[2Jnobody" in out
