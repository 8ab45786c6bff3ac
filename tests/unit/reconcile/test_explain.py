from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syncd.model.change import Action, Entity
from syncd.model.conflict import Conflict, ConflictKind, OpenConflict
from syncd.model.directory import LinkMethod
from syncd.model.dossier import Dossier, Step, StoredLink, StoredMembership, StoredRecord
from syncd.model.entry import Kind, Ref, Rejection
from syncd.model.explanation import FieldOrigin, Rule, Unmatched
from syncd.model.field import TEXT_FIELDS
from syncd.model.record import MembershipRecord, RecordState, UserRecord
from syncd.model.run import Mode, Run, Trigger
from syncd.model.source import SourceState
from syncd.reconcile.explain import explain
from syncd.reconcile.settings import Policy

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
REF = Ref("wecom", "wang")
SECOND = Ref("ldap", "uuid-1")
POLICY = Policy("wecom", "mobile")
SAYS: Mapping[str, str | None] = {
    "userid": "wang",
    "name": "王",
    "mobile": "138",
    "email": None,
    "manager": "li",
    "custom.grade": "P7",
}
READABLE = frozenset(SAYS)


def link(ref: Ref = REF, *, is_owner: bool = True, id_: int = 5) -> StoredLink:
    method = LinkMethod.AUTHORITY if is_owner else LinkMethod.COMMON_FIELD
    return StoredLink(id_, ref, method, None, NOW, NOW, is_owner)


def record(ref: Ref = REF, gone_at: datetime | None = None, **parts: Any) -> StoredRecord:
    memberships = (MembershipRecord("2", True, 3),)
    values = {"fields": SAYS, "memberships": memberships, "main_department": "2"}
    return StoredRecord(UserRecord(*ref, NOW, **{**values, **parts}), gone_at)


def user(**columns: Any) -> dict[str, Any]:
    row = dict.fromkeys([*TEXT_FIELDS, "gone_at", "source_disabled_at", "admin_disabled_at"])
    row |= {"id": 7, "userid": "wang", "name": "王", "mobile": "138", "custom": {"grade": "P7"}}
    return {**row, "status": "active", **columns}


def dossier(**parts: Any) -> Dossier:
    inside = StoredMembership(20, Ref("wecom", "2"), "公司/研发", True, True, 3)
    values = {
        "user": user(),
        "links": (link(),),
        "records": {REF: record()},
        "memberships": (inside,),
        "manager": (Ref("wecom", "li"), "李"),
        "main_department": (Ref("wecom", "2"), "公司/研发"),
        "states": {"wecom": SourceState("wecom", "wecom", "ww1", readable=READABLE)},
    }
    return Dossier(**{**values, **parts})


def field(known: Dossier, name: str, policy: Policy = POLICY) -> FieldOrigin:
    return next(one for one in explain(known, policy).fields if one.field == name)


def saying(**fields: str | None) -> dict[Ref, StoredRecord]:
    return {REF: record(fields={**SAYS, **fields})}


def state(**parts: Any) -> dict[str, SourceState]:
    values = {"readable": READABLE, **parts}
    return {"wecom": SourceState("wecom", "wecom", "ww1", **values)}


DOUBT = OpenConflict(1, Conflict(ConflictKind.IDENTITY_DOUBTFUL, *REF), 1, 1)
BAD = Rejection(Kind.USER, "wang", "mobile", "nul")


@pytest.mark.parametrize(
    ("known", "name", "value", "rule"),
    [
        pytest.param(dossier(), "mobile", "138", Rule.AUTHORITY, id="the record has it"),
        pytest.param(dossier(), "custom.grade", "P7", Rule.AUTHORITY, id="a custom field"),
        pytest.param(dossier(), "email", None, Rule.EMPTY, id="the record says: empty"),
        pytest.param(dossier(), "alias", None, Rule.UNKNOWN, id="the record says nothing"),
        pytest.param(
            dossier(states=state(withheld=frozenset({"mobile"}))),
            "mobile",
            "138",
            Rule.WITHHELD,
            id="shown to nobody now",
        ),
        pytest.param(
            dossier(states=state(readable=READABLE - {"mobile"})),
            "mobile",
            "138",
            Rule.UNREADABLE,
            id="never shown in a whole reading",
        ),
        pytest.param(
            dossier(records={REF: record(rejections=(BAD,))}),
            "mobile",
            "138",
            Rule.REJECTED,
            id="unusable at the source",
        ),
        pytest.param(
            dossier(user=user(gone_at=NOW), records={REF: record(gone_at=NOW)}),
            "mobile",
            "138",
            Rule.GONE,
            id="gone",
        ),
        pytest.param(
            dossier(user=user(gone_at=NOW), conflicts=(DOUBT,)),
            "mobile",
            "138",
            Rule.DOUBTFUL,
            id="back as somebody else",
        ),
        pytest.param(
            dossier(user=user(name="wang"), records=saying(name=None)),
            "name",
            "wang",
            Rule.PLACEHOLDER,
            id="the name is not known",
        ),
        pytest.param(
            dossier(records=saying(mobile="139")),
            "mobile",
            "138",
            Rule.PENDING,
            id="another hand has changed the row",
        ),
        pytest.param(dossier(records={}), "mobile", "138", Rule.NO_RECORD, id="nothing is kept"),
        pytest.param(dossier(), "manager", "李", Rule.AUTHORITY, id="the manager"),
        pytest.param(
            dossier(manager=None), "manager", None, Rule.NOT_IN_DIRECTORY, id="a manager we lack"
        ),
        pytest.param(
            dossier(manager=None, records=saying(manager=None)),
            "manager",
            None,
            Rule.EMPTY,
            id="no manager",
        ),
        pytest.param(
            dossier(), "main_department", "公司/研发", Rule.AUTHORITY, id="the main department"
        ),
        pytest.param(
            dossier(records={REF: record(main_department=None)}),
            "main_department",
            "公司/研发",
            Rule.CHOSEN,
            id="a main department that we chose",
        ),
        pytest.param(
            dossier(main_department=None, memberships=()),
            "main_department",
            None,
            Rule.EMPTY,
            id="in no department",
        ),
    ],
)
def test_every_field_names_its_rule(
    known: Dossier, name: str, value: str | None, rule: Rule
) -> None:
    found = field(known, name)

    assert (found.value, found.rule, found.ref) == (value, rule, REF)


def test_every_field_of_a_user_is_explained() -> None:
    names = [one.field for one in explain(dossier(), POLICY).fields]

    assert names == [*TEXT_FIELDS, "custom.grade", "manager", "main_department"]


def test_a_preferred_source_is_named_where_it_has_a_value() -> None:
    both = dossier(
        links=(link(), link(SECOND, is_owner=False, id_=6)),
        records={REF: record(), SECOND: record(SECOND, fields={"mobile": "138", "email": None})},
        states={**state(), "ldap": SourceState("ldap", "ldap", "dc=x", readable=READABLE)},
    )
    policy = replace(POLICY, prefer={"mobile": ("ldap", "wecom"), "email": ("ldap", "wecom")})

    assert (field(both, "mobile", policy).ref, field(both, "mobile", policy).rule) == (
        SECOND,
        Rule.PREFERRED,
    )
    assert field(both, "email", policy).ref == REF


# ── which run brought it ────────────────────────────────────────────────────────────────────


def step(run_id: int, entity: Entity, action: Action, **after: object) -> Step:
    before = after.pop("before", {})
    assert isinstance(before, dict)
    at = NOW + timedelta(days=run_id)
    return Step(run_id, at, entity, 7, action, before, after, {"code": "read"})


HISTORY = (
    step(1, Entity.USER, Action.CREATE, name="王", mobile="137", custom={"grade": "P7"}),
    step(1, Entity.MEMBERSHIP, Action.CREATE, user_id=7, department_id=20, is_leader=False),
    step(2, Entity.USER, Action.UPDATE, mobile="138"),
    step(3, Entity.MEMBERSHIP, Action.UPDATE, user_id=7, department_id=20, is_leader=True),
    step(3, Entity.MEMBERSHIP, Action.CREATE, user_id=7, department_id=21),
    step(
        4,
        Entity.USER,
        Action.UPDATE,
        before={"custom": {"grade": "P7"}},
        custom={"grade": "P7", "site": "北京"},
    ),
    replace(step(5, Entity.LINK, Action.LINK, user_id=7), entity_id=5),
    step(6, Entity.USER, Action.DEACTIVATE, source_disabled_at="…", status="inactive"),
)
RUNS = {n: Run(n, Trigger.CLI, Mode.SYNC, NOW, "anna") for n in range(2, 7)}
OLD = dossier(
    user=user(custom={"grade": "P7", "site": "北京"}, source_disabled_at=NOW, status="inactive"),
    records=saying(**{"custom.site": "北京"}),
    steps=HISTORY,
    runs=RUNS,
)


@pytest.mark.parametrize(
    ("name", "run_id"),
    [
        pytest.param("mobile", 2, id="the change"),
        pytest.param("name", 1, id="the creation"),
        pytest.param("custom.grade", 1, id="a custom field that stayed"),
        pytest.param("custom.site", 4, id="a custom field that came"),
    ],
)
def test_every_field_names_the_run_that_brought_it(name: str, run_id: int) -> None:
    brought = field(OLD, name).brought

    assert brought is not None
    assert brought.run_id == run_id
    assert brought.at == NOW + timedelta(days=run_id)
    assert brought.run == RUNS.get(run_id)  # the first one is no longer kept


def test_departments_links_and_reasons_name_their_runs_too() -> None:
    found = explain(OLD, POLICY)

    (inside,) = found.departments
    assert inside.since == NOW + timedelta(days=1)
    assert inside.brought is not None
    assert inside.brought.run_id == 3
    (linked,) = found.links
    assert linked.brought is not None
    assert linked.brought.run_id == 5
    (reason,) = found.reasons
    assert (reason.reason, reason.at) == ("source_disabled_at", NOW)
    assert reason.brought is not None
    assert reason.brought.run_id == 6
    assert found.made is not None
    assert found.made.run_id == 1


def test_what_is_no_longer_kept_names_no_run() -> None:
    assert field(dossier(), "mobile").brought is None


@pytest.mark.parametrize(
    ("named", "rule"),
    [
        pytest.param((MembershipRecord("2"),), Rule.AUTHORITY, id="named"),
        pytest.param((MembershipRecord("3"),), Rule.HIDDEN, id="not named now"),
        pytest.param(None, Rule.UNKNOWN, id="never read"),
    ],
)
def test_a_department_names_its_rule(named: Any, rule: Rule) -> None:
    (inside,) = explain(dossier(records={REF: record(memberships=named)}), POLICY).departments

    assert inside.rule is rule


# ── conflicts, and who has no user ──────────────────────────────────────────────────────────


def conflict(kind: ConflictKind, external_id: str, source: str = "wecom", **detail: Any) -> Any:
    return OpenConflict(1, Conflict(kind, source, external_id, None, detail), 1, 1)


@pytest.mark.parametrize(
    ("one", "concerns"),
    [
        pytest.param(conflict(ConflictKind.USERID_TAKEN, "wang"), True, id="the person's"),
        pytest.param(conflict(ConflictKind.REJECTED, "li"), False, id="another person's"),
        pytest.param(conflict(ConflictKind.REJECTED, "wang", "ldap"), False, id="another source's"),
        pytest.param(conflict(ConflictKind.FIELD_WITHHELD, "mobile"), True, id="a field's"),
        pytest.param(
            conflict(ConflictKind.SCOPE_SHRUNK, "department:2", people=["wang"]), True, id="named"
        ),
        pytest.param(
            conflict(ConflictKind.SCOPE_SHRUNK, "department:2", people=["li"]),
            False,
            id="not named",
        ),
    ],
)
def test_conflicts_that_concern_the_person_are_told(one: OpenConflict, concerns: bool) -> None:
    found = explain(dossier(conflicts=(one,)), POLICY)

    assert (found.conflicts == (one,)) == concerns


def unmatched(
    ref: Ref = SECOND, policy: Policy = POLICY, *conflicts: OpenConflict, **parts: Any
) -> Unmatched | None:
    alone = Dossier(None, records={ref: record(ref, **parts)}, conflicts=conflicts)
    return explain(alone, policy).unmatched


@pytest.mark.parametrize(
    ("found", "why"),
    [
        pytest.param(unmatched(gone_at=NOW), Unmatched.GONE, id="gone"),
        pytest.param(unmatched(), Unmatched.NOBODY_HAS_THE_VALUE, id="nobody has its value"),
        pytest.param(unmatched(fields={}), Unmatched.MISSING_KEY, id="no value"),
        pytest.param(
            unmatched(SECOND, Policy("wecom")), Unmatched.NO_COMMON_FIELD, id="no common field"
        ),
        pytest.param(
            unmatched(
                SECOND, POLICY, conflict(ConflictKind.DUPLICATE_KEY, SECOND.external_id, "ldap")
            ),
            Unmatched.DUPLICATE_KEY,
            id="two with one value",
        ),
        pytest.param(unmatched(REF, state=RecordState.LEFT), Unmatched.LEFT, id="left before"),
        pytest.param(unmatched(REF, may_create=False), Unmatched.TOO_LITTLE_KNOWN, id="only an id"),
        pytest.param(unmatched(REF), Unmatched.NEXT_RUN, id="will be made"),
    ],
)
def test_a_record_without_a_user_says_why(found: Unmatched | None, why: Unmatched) -> None:
    assert found is why
