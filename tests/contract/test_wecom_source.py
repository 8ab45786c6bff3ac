"""A WeCom corporation as a source, against the simulator: every secret, every range, every fault."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from syncd.errors import SourceError, SourceMalformed, SourceRejected
from syncd.model.entry import Hidden
from syncd.model.record import DepartmentRecord, RecordState, UserRecord
from syncd.simulator import (
    App,
    Company,
    Contacts,
    Department,
    Member,
    Range,
    Regime,
    SimulatorOptions,
    Tag,
    ThreadedSimulator,
)
from syncd.sources.wecom import WecomSettings, WecomSource
from syncd.wecom.client import WeComClient
from syncd.wecom.retry import RetryPolicy
from tests.contract.source_contract import SourceContract, missing_of, payloads

AGENT = 1000002
#: A department id and an order beyond 31 bits, as real corporations have them.
BIG = 4294967295


def company(visible, regime, *, withheld=False):
    """Return a company: 1 ─ 2 (─ 21), 3, BIG; twelve people, one of them in three departments."""
    people = [
        Member.of(
            "ZhangSan",
            "张三",
            [2, 21, BIG],
            order=[1, BIG, 0],
            is_leader_in_dept=[1, 0, 0],
            mobile="13800000001",
            gender="1",
            email="zs@example.com",
            avatar="https://wework.example/head/1/0?v=7",
            alias="",
            direct_leader=["Wang.Wu"],
            extattr={"attrs": [{"type": 0, "name": "工号", "text": {"value": "0007"}}]},
        ),
        Member.of("Wang.Wu", "王五𠮷", [1], mobile="13800000002", gender="2", status=4),
        Member.of("disabled", "停用", [3], status=2),
        Member.of("left", "离开", [3], status=5),
    ]
    places = (2, 2, 21, 21, 3, 3, BIG, BIG)
    people += [Member.of(f"p{n}", f"人{n}", [d], gender="1") for n, d in enumerate(places)]
    return Company(
        corp_id="ww5f3a91c07de24b68",
        contacts=Contacts("contacts", regime=regime),
        apps=[App(AGENT, "app", visible=visible, fields_withheld=withheld)],
        departments=[
            Department(1, "公司", 0),
            Department(2, "研发/中心", 1, order=BIG),
            Department(21, "平台", 2),
            Department(3, "销售", 1),
            Department(BIG, "大", 1),
        ],
        members=people,
        tags=[Tag(5, "标签", users=("p6",), parties=(21,))],
    )


@dataclass
class WecomStage:
    """A simulator and the source that reads it."""

    simulator: ThreadedSimulator
    source: WecomSource
    removable: list[str]

    def now(self):
        return datetime.now(UTC)

    def remove(self, external_id):
        self.simulator.leave(external_id)

    def break_off(self):
        for endpoint in ("user/list", "user/list_id", "user/simplelist", "user/get"):
            self.simulator.fault("html", endpoint)

    def mend(self):
        self.simulator.clear_faults()


def client(simulator, secret_name, secret):
    # Nothing is repeated, so that a fault at one call is a fault of the reading.
    policy = RetryPolicy(repeats=0, budget=timedelta(seconds=20))
    return WeComClient(
        simulator.corp_id,
        secret,
        secret_name=secret_name,
        base_url=simulator.base_url,
        agent_id=AGENT if secret_name == "app_secret" else None,
        timeout=timedelta(seconds=5),
        bulk_timeout=timedelta(seconds=5),
        concurrency=4,
        policy=policy,
        sleep=lambda _: None,
    )


#: Which secrets a source has, and from where the contacts secret calls.
SITUATIONS = {
    "contacts, old address": ("contacts", Regime.OLD_IP),
    "contacts, new address": ("contacts", Regime.NEW_IP),
    "app": ("app", Regime.NEW_IP),
    "both, old address": ("both", Regime.OLD_IP),
    "both, new address": ("both", Regime.NEW_IP),
}


@pytest.fixture
def open_stage():
    """Return a function that starts a simulator and makes a source for it."""
    opened = []

    def start(secrets="app", visible=None, regime=Regime.NEW_IP, *, withheld=False, **settings):
        made = company(visible or Range(), regime, withheld=withheld)
        simulator = ThreadedSimulator(SimulatorOptions(), made)
        simulator.start()
        opened.append(simulator)
        stage = WecomStage(simulator, None, ["p0", "p2", "p4", "p5"])
        stage.source = source_for(simulator, secrets, **settings)
        opened.append(stage.source)
        return stage

    yield start
    for one in reversed(opened):
        (one.close if isinstance(one, WecomSource) else one.stop)()


def source_for(simulator, secrets, **settings):
    app = contacts = None
    if secrets in {"app", "both"}:
        app = client(simulator, "app_secret", "app")
    if secrets in {"contacts", "both"}:
        contacts = client(simulator, "contacts_secret", "contacts")
    given = WecomSettings("wecom", "ww5f3a91c07de24b68", concurrency=4, **settings)
    return WecomSource(given, app=app, contacts=contacts)


@pytest.fixture(params=SITUATIONS)
def stage(request, open_stage):
    secrets, regime = SITUATIONS[request.param]
    return open_stage(secrets, regime=regime, fields={"employee_no": "extattr.工号"})


class TestWecomSource(SourceContract):
    def test_one_person_is_read_like_all(self, stage):
        if stage.source.read({}).scope["regime"] == "identifiers":
            with pytest.raises(SourceRejected, match="48009"):
                stage.source.read_user("p0")
            return
        super().test_one_person_is_read_like_all(stage)

    def test_nobody_is_read_under_an_unknown_id(self, stage):
        if stage.source.read({}).scope["regime"] == "identifiers":
            with pytest.raises(SourceRejected, match="48009"):
                stage.source.read_user("nobody")
            return
        super().test_nobody_is_read_under_an_unknown_id(stage)

    def test_everybody_and_every_department_arrives(self, stage):
        users, departments = records(stage.source)
        assert users.keys() == {
            "zhangsan", "wang.wu", "disabled", "left", *(f"p{n}" for n in range(8))
        }  # fmt: skip
        assert departments.keys() == {"1", "2", "21", "3", str(BIG)}
        zhangsan = users["zhangsan"]
        assert zhangsan.fields["userid"] == "ZhangSan"
        assert {one.department for one in zhangsan.memberships} == {"2", "21", str(BIG)}
        assert departments["21"].parent == "2"
        assert departments["1"].parent is None
        assert departments["1"].is_top
        assert all(user.may_create for user in users.values())


def records(source, scope=None):
    snapshot = source.read(scope or {})
    users = {e.external_id: source.normalize(e) for e in snapshot.users}
    departments = {e.external_id: source.normalize(e) for e in snapshot.departments}
    assert all(isinstance(one, UserRecord) for one in users.values())
    assert all(isinstance(one, DepartmentRecord) for one in departments.values())
    return users, departments


def confirmed(stage, before, after=None, limit=10, scope=None):
    after = after or stage.source.read(before.scope)
    missing = missing_of(stage.source, before, after)
    return stage.source.confirm(after, missing, limit, before.scope if scope is None else scope)


# What each situation shows


@pytest.mark.parametrize("secrets", ["app", "both", "contacts"])
def test_details_arrive_in_our_field_names(open_stage, secrets):
    stage = open_stage(
        secrets,
        regime=Regime.OLD_IP,
        fields={"employee_no": "extattr.工号", "custom.job": "position"},
    )
    users, departments = records(stage.source)
    zhangsan = users["zhangsan"]
    assert zhangsan.fields == {
        "userid": "ZhangSan",
        "name": "张三",
        "alias": None,
        "mobile": "13800000001",
        "email": "zs@example.com",
        "position": None,
        "gender": "male",
        "avatar_url": "https://wework.example/head/1/0?v=7",
        "manager": "wang.wu",
        "employee_no": "0007",
        "custom.job": None,
    }
    first, second, third = zhangsan.memberships
    assert (first.is_leader, second.is_leader, second.sort_order) == (True, False, BIG)
    assert third.department == str(BIG)
    assert zhangsan.main_department == "2"
    assert users["wang.wu"].state is RecordState.ACTIVE
    assert users["disabled"].state is RecordState.DISABLED
    assert users["left"].state is RecordState.LEFT
    assert departments["2"].name == "研发/中心"
    assert departments["2"].sort_order == BIG
    assert users["disabled"].fields["gender"] is None


def test_the_fields_of_a_source_are_the_defaults_and_its_own_whether_they_can_be_read_or_not(
    open_stage,
):
    plain = open_stage("contacts").source
    assert {"userid", "name", "mobile", "manager"} <= plain.fields
    own = open_stage("app", fields={"employee_no": "extattr.工号", "custom.job": "position"})
    assert own.source.fields - plain.fields == {"employee_no", "custom.job"}


def test_an_app_made_after_2022_withholds_gender_and_mobile(open_stage):
    stage = open_stage("app", withheld=True)
    snapshot = stage.source.read({})
    assert not {"mobile", "email", "gender", "avatar_url"} & snapshot.readable
    users, _ = records(stage.source)
    assert not {"mobile", "gender"} & users["zhangsan"].fields.keys()
    assert "no private fields" in snapshot.capabilities["app_secret"]


def test_the_contacts_secret_from_a_new_address_gives_identifiers_and_makes_people(open_stage):
    stage = open_stage("contacts", regime=Regime.NEW_IP)
    snapshot = stage.source.read({})
    assert snapshot.readable == {"userid"}
    assert "48009" in snapshot.capabilities["contacts_secret"]
    users, departments = records(stage.source)
    assert users["zhangsan"].fields == {"userid": "ZhangSan"}
    assert users["zhangsan"].state is None
    assert departments["2"].name is None
    assert departments["2"].parent == "1"


def test_what_worked_last_time_is_asked_first_and_learned_again(open_stage):
    stage = open_stage("contacts", regime=Regime.NEW_IP)
    first = stage.source.read({})
    stage.simulator.reset_counts()
    second = stage.source.read(first.scope)
    assert stage.simulator.calls().get("department/list", 0) == 0
    stage.simulator.mutate({"op": "contacts", "regime": "old_ip"})
    third = stage.source.read(second.scope)
    assert third.capabilities["contacts_secret"] == "details"
    assert "name" in third.readable


def test_people_whose_details_the_app_may_not_see_are_counted_and_not_made(open_stage):
    stage = open_stage("both", Range(parties=(2,)))
    snapshot = stage.source.read({})
    users, departments = records(stage.source)
    assert snapshot.facts["details_invisible"] == 7
    assert users["p0"].may_create
    assert not users["p4"].may_create
    assert users["p4"].fields == {"userid": "p4"}
    assert {one.department for one in users["zhangsan"].memberships} == {"2", "21", str(BIG)}
    assert users["zhangsan"].memberships[2].is_leader is None
    assert departments["2"].parent == "1"
    assert not departments["2"].is_top
    assert departments["3"].name is None


def test_a_range_of_some_departments_has_them_as_tops(open_stage):
    stage = open_stage("app", Range(parties=(2, 3)))
    users, departments = records(stage.source)
    assert departments.keys() == {"2", "21", "3"}
    assert departments["2"].is_top
    assert departments["3"].is_top
    assert not departments["21"].is_top
    assert "p6" not in users
    assert {one.department for one in users["zhangsan"].memberships} == {"2", "21"}
    assert "departments 2, 3" in stage.source.read({}).capabilities["app_secret"]


@pytest.mark.parametrize("secrets", ["app", "both"])
def test_a_leader_outside_the_range_is_unknown_and_not_none(open_stage, secrets):
    stage = open_stage(secrets, Range(parties=(2,)))  # the leader is in 1
    users, _ = records(stage.source)
    assert "manager" not in users["zhangsan"].fields
    (alone,) = stage.source.read_user("zhangsan").users
    assert "manager" not in stage.source.normalize(alone).fields
    stage.simulator.mutate({"op": "range", "agentid": AGENT, "parties": [1]})
    users, _ = records(stage.source)
    assert users["zhangsan"].fields["manager"] == "wang.wu"
    assert users["p0"].fields["manager"] is None
    (alone,) = stage.source.read_user("p0").users
    assert stage.source.normalize(alone).fields["manager"] is None


def test_who_is_found_after_all_keeps_a_leader_outside_the_range(open_stage):
    stage = open_stage("app", Range(parties=(2,)))
    before = stage.source.read({})
    others = [entry for entry in before.users if entry.external_id != "zhangsan"]
    (entry,) = confirmed(stage, before, replace(before, users=others)).found
    assert entry.payload == payloads(before)["user:zhangsan"]


def test_a_range_of_single_members_is_read_one_by_one(open_stage):
    stage = open_stage("app", Range(parties=(), users=("ZhangSan", "p6")))
    snapshot = stage.source.read({})
    users, departments = records(stage.source)
    assert users.keys() == {"zhangsan", "p6"}
    assert not departments
    assert users["p6"].memberships == ()
    assert "user/list" not in stage.simulator.calls()
    assert snapshot.facts["calls"] <= 5


def test_a_range_of_a_tag_holds_its_departments_and_members(open_stage):
    stage = open_stage("app", Range(parties=(), tags=(5,)))
    users, departments = records(stage.source)
    assert departments.keys() == {"21"}
    assert departments["21"].is_top
    assert users.keys() == {"zhangsan", "p2", "p3", "p6"}


def test_no_call_is_made_per_person_where_a_department_can_tell(open_stage):
    stage = open_stage("both", Range(parties=(1,), users=("p0",), tags=(5,)))
    stage.source.read({})
    assert stage.simulator.calls() == {
        "gettoken": 2,
        "agent/get": 1,
        "tag/get": 1,
        "department/list": 1,
        "department/simplelist": 1,
        "user/list_id": 1,
        "user/list": 5,
    }


# include and exclude


@pytest.mark.parametrize("secrets", ["app", "both", "contacts"])
def test_exclude_leaves_a_department_and_all_below_it_out(open_stage, secrets):
    stage = open_stage(secrets, regime=Regime.OLD_IP, exclude=("2",))
    users, departments = records(stage.source)
    assert departments.keys() == {"1", "3", str(BIG)}
    assert {one.department for one in users["zhangsan"].memberships} == {str(BIG)}
    assert not {"p0", "p2"} & users.keys()


@pytest.mark.parametrize("secrets", ["app", "both"])
def test_include_by_path_reads_that_part_and_makes_it_a_top(open_stage, secrets):
    stage = open_stage(secrets, include=("公司/研发／中心",), exclude=("21",))
    users, departments = records(stage.source)
    assert departments.keys() == {"2"}
    assert departments["2"].is_top
    assert users.keys() == {"zhangsan", "p0", "p1"}


def test_a_path_stays_with_its_department_when_that_is_renamed(open_stage):
    stage = open_stage("app", exclude=("公司/销售",))
    first = stage.source.read({})
    stage.simulator.rename_department(3, "市场")
    second = stage.source.read(first.scope)
    assert payloads(second) == payloads(first)


def test_an_include_that_names_nothing_is_refused(open_stage):
    stage = open_stage("app", include=("公司/没有",))
    with pytest.raises(SourceRejected, match="没有"):
        stage.source.read({})


@pytest.mark.parametrize("secrets", ["app", "both", "contacts"])
def test_a_setting_that_names_nothing_is_counted(open_stage, secrets):
    stage = open_stage(secrets, regime=Regime.OLD_IP, exclude=("3", "公司/没有", "99"))
    assert stage.source.read({}).facts["unknown_excludes"] == 2
    stage = open_stage(secrets, regime=Regime.OLD_IP, include=("2", "99"), exclude=("3",))
    facts = stage.source.read({}).facts
    assert "unknown_excludes" not in facts
    assert facts["unknown_includes"] == 1


def test_a_path_without_readable_names_is_refused(open_stage):
    stage = open_stage("contacts", regime=Regime.NEW_IP, exclude=("公司/销售",))
    with pytest.raises(SourceRejected) as caught:
        stage.source.read({})
    assert "ids" in caught.value.hint


@pytest.mark.parametrize("secrets", ["app", "both", "contacts"])
def test_a_new_exclude_hides_and_does_not_deactivate(open_stage, secrets):
    stage = open_stage(secrets, regime=Regime.OLD_IP)
    before = stage.source.read({})
    stage.source.close()
    stage.source = source_for(stage.simulator, secrets, exclude=("3",))
    absence = confirmed(stage, before)
    assert not absence.gone_users
    assert not absence.gone_departments
    assert absence.hidden_departments == {"3": Hidden("department:3", "excluded")}
    assert absence.hidden_users.keys() == {"disabled", "left", "p4", "p5"}
    assert set(absence.hidden_users.values()) == {Hidden("department:3", "excluded")}


def test_a_new_include_hides_all_others(open_stage):
    stage = open_stage("both")
    before = stage.source.read({})
    stage.source.close()
    stage.source = source_for(stage.simulator, "both", include=("2",))
    stage.remove("p4")
    absence = confirmed(stage, before)
    assert absence.gone_users == {"p4"}  # the contacts secret sees that nobody is left of them
    assert absence.hidden_users["p5"] == Hidden("department:3", "include")
    assert absence.hidden_departments["3"] == Hidden("department:3", "include")


# Absence


def test_a_mover_is_found_where_they_are_now(open_stage):
    stage = open_stage("app")
    before = stage.source.read({})
    # When department 21 is asked for, p3 has just gone to 2, which was read before.
    stage.source.close()
    stage.source = source_for(stage.simulator, "app")
    moved = {"op": "move", "userid": "p3", "department": [2]}
    stage.simulator.fault("mutate", "user/list", department=3, mutation=moved, times=1)
    after = read_in_order(stage, before.scope)
    assert "p3" not in {entry.external_id for entry in after.users}
    absence = confirmed(stage, before, after)
    assert not absence.gone_users
    (entry,) = absence.found
    assert [one.department for one in stage.source.normalize(entry).memberships] == ["2"]


@pytest.mark.parametrize("regime", [Regime.OLD_IP, Regime.NEW_IP])
def test_a_mover_is_found_by_the_contacts_secret(open_stage, regime):
    stage = open_stage("contacts", regime=regime)
    before = stage.source.read({})
    after = replace(before, users=[e for e in before.users if e.external_id != "p3"])
    stage.simulator.move("p3", [2])
    absence = confirmed(stage, before, after)
    assert not absence.gone_users
    (entry,) = absence.found
    assert [one.department for one in stage.source.normalize(entry).memberships] == ["2"]


def read_in_order(stage, scope):
    """Read with one call at a time, departments in the order of their ids."""
    simulator = stage.simulator
    given = WecomSettings("wecom", "ww5f3a91c07de24b68", concurrency=1)
    with client(simulator, "app_secret", "app") as app:
        return WecomSource(given, app=app).read(scope)


def test_a_leaver_of_a_narrower_range_left_or_moved_out_of_it(open_stage):
    stage = open_stage("app", Range(parties=(2,)))
    before = stage.source.read({})
    stage.simulator.move("p0", [3])
    stage.simulator.leave("p1")
    absence = confirmed(stage, before)
    assert absence.gone_users == {"p0", "p1"}
    assert absence.cause == "left_or_out_of_range"


@pytest.mark.parametrize("code", [60111, 60011])
def test_a_department_that_left_the_range_is_hidden_with_all_below(open_stage, code):
    stage = open_stage("app", Range(parties=(2, 3)))
    stage.simulator.set_options(out_of_range_errcode=code)
    before = stage.source.read({})
    stage.simulator.mutate({"op": "range", "agentid": AGENT, "parties": [3]})
    after = stage.source.read(before.scope)
    absence = confirmed(stage, before, after)
    part = Hidden("department:2", "visible_range")
    assert not absence.gone_users
    assert not absence.gone_departments
    assert absence.hidden_departments == {"2": part, "21": part}
    assert set(absence.hidden_users.values()) == {part}
    assert "user/get" not in stage.simulator.calls()
    # The next run finds the range as it was: nothing has become provable, and no name has changed.
    missing = missing_of(stage.source, before, after)
    later = stage.source.confirm(after, missing, 10, after.scope)
    assert later == absence


def test_a_range_that_shrinks_from_the_whole_company_hides(open_stage):
    stage = open_stage("app")
    before = stage.source.read({})
    stage.simulator.mutate({"op": "range", "agentid": AGENT, "parties": [3]})
    stage.remove("p4")
    after = stage.source.read(before.scope)
    absence = confirmed(stage, before, after)
    assert not absence.gone_users
    assert not absence.gone_departments
    # The root is the topmost department that is stored and cannot be seen any more.
    part = Hidden("department:1", "visible_range")
    assert absence.hidden_users["p0"] == absence.hidden_departments["21"] == part
    # Who has left a department that is still seen is not hidden among those, and goes next time.
    assert absence.hidden_users["p4"] == Hidden("department:3", "visible_range")
    later = confirmed(stage, before, after, scope=after.scope)
    assert later.gone_users == {"p4"}
    others = {id_: why for id_, why in absence.hidden_users.items() if id_ != "p4"}
    assert later.hidden_users == others
    assert later.hidden_departments == absence.hidden_departments


def test_a_member_taken_out_of_a_range_by_a_tag_is_hidden_under_one_name(open_stage):
    stage = open_stage("app", Range(parties=(3,), tags=(5,)))
    before = stage.source.read({})
    stage.simulator.mutate({"op": "range", "agentid": AGENT, "parties": [3], "tags": []})
    after = stage.source.read(before.scope)
    first = confirmed(stage, before, after)
    assert first.hidden_users["p6"] == Hidden("member:p6", "visible_range")
    assert first.hidden_users["p2"] == Hidden("department:21", "visible_range")
    assert confirmed(stage, before, after, scope=after.scope) == first


def test_a_range_that_shrinks_after_the_reading_proves_nothing(open_stage):
    stage = open_stage("app")
    before = stage.source.read({})
    stage.simulator.leave("p0")
    after = stage.source.read(before.scope)
    stage.simulator.mutate({"op": "range", "agentid": AGENT, "parties": [3]})
    absence = confirmed(stage, before, after)
    assert not absence.gone_users
    assert absence.hidden_users.keys() == {"p0"}


def test_a_member_taken_out_of_a_range_by_name_is_hidden(open_stage):
    stage = open_stage("app", Range(parties=(), users=("p0", "p1")))
    before = stage.source.read({})
    stage.simulator.mutate({"op": "range", "agentid": AGENT, "users": ["p1"]})
    after = stage.source.read(before.scope)
    for scope in (before.scope, after.scope):
        absence = confirmed(stage, before, after, scope=scope)
        assert not absence.gone_users
        assert absence.hidden_users == {"p0": Hidden("member:p0", "visible_range")}


def test_a_member_named_by_the_range_who_is_nobody_any_more_is_gone(open_stage):
    stage = open_stage("app", Range(parties=(), users=("p0", "p1")))
    before = stage.source.read({})
    stage.simulator.leave("p0")
    absence = confirmed(stage, before)
    assert absence.gone_users == {"p0"}


def test_a_deleted_department_is_gone(open_stage):
    for secrets, visible in (("app", Range()), ("app", Range(parties=(2,))), ("both", Range())):
        stage = open_stage(secrets, visible)
        before = stage.source.read({})
        stage.simulator.mutate({"op": "delete_department", "id": 21})
        absence = confirmed(stage, before)
        assert absence.gone_departments == {"21"}
        assert not absence.gone_users


def test_an_unreadable_department_hides_its_people_and_stays(open_stage):
    stage = open_stage("app")
    before = stage.source.read({})
    stage.simulator.fault("errcode", "user/list", department=3, errcode=60011)
    after = stage.source.read(before.scope)
    assert after.facts["departments_unreadable"] == 1
    absence = confirmed(stage, before, after)
    assert not absence.gone_users
    assert absence.hidden_users["p4"] == Hidden("department:3", "permission")
    assert not absence.hidden_departments


def test_not_more_people_are_asked_for_than_the_guard_needs(open_stage):
    stage = open_stage("app")
    before = stage.source.read({})
    for n in range(8):
        stage.remove(f"p{n}")
    stage.simulator.reset_counts()
    absence = confirmed(stage, before, limit=2)
    assert stage.simulator.calls()["user/get"] == 3
    assert len(absence.gone_users) == 3
    assert len(absence.unconfirmed) == 5


def test_the_second_listing_confirms_all_at_once(open_stage):
    stage = open_stage("both")
    before = stage.source.read({})
    for n in range(8):
        stage.remove(f"p{n}")
    absence = confirmed(stage, before, limit=2)
    assert len(absence.gone_users) == 8
    assert not absence.unconfirmed
    assert "user/get" not in stage.simulator.calls()


def test_an_old_server_without_list_id_is_listed_by_department(open_stage):
    stage = open_stage("contacts", regime=Regime.OLD_IP)
    stage.simulator.fault("errcode", "user/list_id", errcode=48005)
    before = stage.source.read({})
    stage.remove("p0")
    absence = confirmed(stage, before)
    assert absence.gone_users == {"p0"}


# Answers that break a reading off, and those that do not


def test_a_department_that_vanishes_during_the_reading_is_left_out(open_stage):
    stage = open_stage("app")
    gone = {"op": "delete_department", "id": BIG}
    stage.simulator.fault("mutate", "user/list", department=3, mutation=gone, times=1)
    snapshot = read_in_order(stage, {})
    assert str(BIG) not in {entry.external_id for entry in snapshot.departments}
    assert stage.simulator.calls()["department/list"] == 2


def test_a_department_that_is_listed_and_unknown_breaks_the_reading_off(open_stage):
    stage = open_stage("app")
    stage.simulator.fault("errcode", "user/list", department=3, errcode=60003)
    with pytest.raises(SourceRejected) as caught:
        stage.source.read({})
    assert "department 3" in caught.value.message
    assert "exclude" in caught.value.hint


@pytest.mark.parametrize("secrets", ["app", "both"])
def test_a_department_too_large_for_one_answer_is_read_person_by_person(open_stage, secrets):
    stage = open_stage(secrets)
    whole = stage.source.read({})
    stage.simulator.fault("errcode", "user/list", department=3, errcode=45029)
    assert payloads(stage.source.read({})) == payloads(whole)
    assert stage.simulator.calls()["user/get"] == 4


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("reset", {}),
        ("html", {}),
        ("truncated", {}),
        ("garbled", {}),
        ("status", {"status": 502}),
        ("wrong_type", {"path": "userlist"}),
        ("errcode", {"errcode": -1}),
        ("errcode", {"errcode": 99999}),
    ],
)
def test_a_broken_department_is_named_with_the_setting_that_leaves_it_out(open_stage, kind, more):
    stage = open_stage("app")
    stage.simulator.fault(kind, "user/list", department=21, **more)
    with pytest.raises(SourceError) as caught:
        stage.source.read({})
    assert "department 21" in caught.value.message
    assert "exclude" in caught.value.hint
    assert "wecom" in caught.value.hint


@pytest.mark.parametrize("secrets", ["app", "contacts", "both"])
def test_an_untrusted_address_is_named(open_stage, secrets):
    stage = open_stage(secrets)
    stage.simulator.fault("errcode", "*", errcode=60020)
    with pytest.raises(SourceRejected) as caught:
        stage.source.read({})
    assert "127.0.0.1" in caught.value.message + caught.value.hint


def test_an_app_that_is_switched_off_is_said_to_be(open_stage):
    stage = open_stage("app")
    stage.simulator.mutate({"op": "app", "agentid": AGENT, "closed": True})
    with pytest.raises(SourceRejected):
        stage.source.read({})


def test_people_who_may_be_listed_by_ids_only_are_read_so(open_stage):
    stage = open_stage("contacts", regime=Regime.OLD_IP)
    stage.simulator.fault("errcode", "user/list", errcode=48009)
    snapshot = stage.source.read({})
    assert snapshot.scope["contacts"] == "identifiers"
    assert len(snapshot.users) == 12


FAULTS = {
    "reset": {"kind": "reset"},
    "html": {"kind": "html"},
    "garbled": {"kind": "garbled"},
    "truncated": {"kind": "truncated"},
    "status": {"kind": "status", "status": 500},
    "busy": {"kind": "errcode", "errcode": -1},
    "limit": {"kind": "errcode", "errcode": 45009},
    "unknown code": {"kind": "errcode", "errcode": 7777},
    "address": {"kind": "errcode", "errcode": 60020},
    "secret": {"kind": "errcode", "errcode": 40001},
    "token": {"kind": "errcode", "errcode": 40014},
    "not permitted": {"kind": "errcode", "errcode": 48002},
}


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_any_call_is_an_error_or_changes_nothing(open_stage, situation, fault):
    secrets, regime = SITUATIONS[situation]
    stage = open_stage(secrets, Range(parties=(1,), users=("p6",)), regime)
    whole = stage.source.read({})
    stage.simulator.reset_counts()
    stage.source.read({})
    calls = sum(stage.simulator.calls().values())
    failed = 0
    for call in range(1, calls + 1):
        stage.simulator.fault(**FAULTS[fault], after=call, times=1)
        try:
            assert payloads(stage.source.read({})) == payloads(whole)
        except SourceError:
            failed += 1
        stage.simulator.clear_faults()
    assert calls >= 3
    assert failed == calls


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_token_that_ends_during_the_reading_is_not_noticed(open_stage, situation):
    secrets, regime = SITUATIONS[situation]
    stage = open_stage(secrets, regime=regime)
    whole = stage.source.read({})
    stage.simulator.expire_tokens()
    assert payloads(stage.source.read({})) == payloads(whole)


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("visible", [Range(), Range(parties=(2, 3), users=("p6",), tags=(5,))])
def test_an_empty_list_in_place_of_any_answer_deactivates_nobody(open_stage, situation, visible):
    secrets, regime = SITUATIONS[situation]
    stage = open_stage(secrets, visible, regime)
    whole = stage.source.read({})
    for call in range(1, 16):
        stage.simulator.fault("empty", after=call, times=1)
        try:
            after = stage.source.read(whole.scope)
        except SourceMalformed:
            continue
        finally:
            stage.simulator.clear_faults()
        absence = confirmed(stage, whole, after)
        assert not absence.gone_users
        assert not absence.gone_departments
        assert not absence.unconfirmed


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("fault", ["html", "busy", "unknown code", "address", "not permitted"])
def test_a_fault_at_any_call_of_a_confirmation_deactivates_nobody_who_is_there(
    open_stage, situation, fault
):
    secrets, regime = SITUATIONS[situation]
    stage = open_stage(secrets, regime=regime)
    before = stage.source.read({})
    stage.remove("p0")
    after = stage.source.read(before.scope)
    after = replace(after, users=[e for e in after.users if e.external_id != "p2"])
    for call in range(1, 10):
        stage.simulator.fault(**FAULTS[fault], after=call, times=1)
        try:
            absence = confirmed(stage, before, after)
        except SourceError:
            continue
        finally:
            stage.simulator.clear_faults()
        assert absence.gone_users == {"p0"}
        assert [entry.external_id for entry in absence.found] == ["p2"]


# What cannot be used


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [
        ("name", "a\0b", "name"),
        ("name", "长" * 300, "name"),
        ("mobile", {"no": "text"}, "mobile"),
        ("department", ["x"], "department"),
        ("status", "left", "status"),
        ("gender", 7, "gender"),
        ("direct_leader", [3], "manager"),
    ],
)
def test_a_bad_field_is_unknown_and_reported(open_stage, field, value, name):
    stage = open_stage("app")
    rows = next(i for i, m in enumerate(sorted_members(stage, 3)) if m == "p4")
    path = f"userlist.{rows}.{field}"
    stage.simulator.fault("wrong_type", "user/list", department=3, path=path, value=value)
    users, _ = records(stage.source)
    (rejection,) = users["p4"].rejections
    assert rejection.field == name
    assert name not in users["p4"].fields
    assert len(users) == 12


def sorted_members(stage, department):
    with client(stage.simulator, "app_secret", "app") as app:
        return [row["userid"] for row in app.list_users(department)]


@pytest.mark.parametrize("value", ["", "a\0b", 17, "x" * 256])
@pytest.mark.parametrize("secrets", ["app", "both"])
def test_a_bad_id_rejects_a_person_and_no_other(open_stage, value, secrets):
    stage = open_stage(secrets)
    stage.simulator.fault(
        "wrong_type", "user/list", department=3, path="userlist.0.userid", value=value
    )
    snapshot = stage.source.read({})
    (rejection,) = snapshot.rejections
    assert rejection.field == "id"
    assert len(snapshot.users) == (11 if secrets == "app" else 12)


def test_an_id_that_cannot_be_read_may_be_anybodys(open_stage):
    stage = open_stage("contacts", regime=Regime.NEW_IP)
    before = stage.source.read({})
    stage.simulator.fault("wrong_type", "user/list_id", path="dept_user.0.userid", value=17)
    after = stage.source.read(before.scope)
    absence = confirmed(stage, before, replace(after, users=after.users[1:]))
    assert not absence.gone_users


@pytest.mark.parametrize("regime", [Regime.NEW_IP, Regime.OLD_IP])
def test_an_unusable_id_that_was_there_before_stops_nobody_else(open_stage, regime):
    stage = open_stage("contacts", regime=regime)
    whole = stage.source.read({})
    stage.simulator.fault("wrong_type", "user/list_id", path="dept_user.0.userid", value=17)
    if regime is Regime.OLD_IP:  # people are read by another call than they are confirmed by
        stage.simulator.fault("wrong_type", "user/list", path="userlist.0.userid", value=17)
    before = stage.source.read(whole.scope)
    stage.remove("p5")
    after = stage.source.read(before.scope)
    left = replace(before, users=[e for e in before.users if e.external_id in {"p4", "p5"}])
    assert confirmed(stage, left, after, scope=before.scope).gone_users == {"p5"}
    assert before.scope["unusable"] == {"user": 1, "department": 0}
    # One that is new may be anybody who is missing.
    absence = confirmed(stage, left, after, scope=whole.scope)
    assert absence.hidden_users["p5"] == Hidden("member:p5", "unread")


def test_a_department_without_a_usable_id_that_was_there_before_stops_no_other(open_stage):
    stage = open_stage("app")
    bad = {"path": "department.4.id", "value": "x"}
    stage.simulator.fault("wrong_type", "department/list", **bad)
    before = stage.source.read({})
    assert len(before.departments) == 4
    stage.simulator.mutate({"op": "delete_department", "id": 21})
    stage.simulator.clear_faults()
    stage.simulator.fault("wrong_type", "department/list", path="department.3.id", value="x")
    after = stage.source.read(before.scope)
    assert confirmed(stage, before, after).gone_departments == {"21"}
    absence = confirmed(stage, before, after, scope={**before.scope, "unusable": {}})
    assert absence.hidden_departments == {"21": Hidden("department:21", "unread")}


def test_a_person_in_a_hundred_departments_is_one_person(open_stage):
    stage = open_stage("both")
    made = [
        {"op": "create_department", "id": n, "name": f"部{n}", "parentid": 3}
        for n in range(100, 200)
    ]
    stage.simulator.mutate(*made)
    stage.simulator.hire("many", "多", range(100, 200))
    users, _ = records(stage.source)
    assert len(users["many"].memberships) == 100


def test_userids_that_differ_in_case_are_one_person(open_stage):
    stage = open_stage("app")
    stage.simulator.fault(
        "wrong_type", "user/list", department=3, path="userlist.0.userid", value="P0"
    )
    users, _ = records(stage.source)
    assert "p0" in users
    assert "P0" not in users
