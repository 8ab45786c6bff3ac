import orjson
import pytest

from syncd.errors import UsageError
from syncd.simulator.calls import Ending
from syncd.simulator.faults import Fault, Kind


@pytest.fixture
def spoil(call):
    """Return a function that puts a rule into force."""

    def add(kind, endpoint="user/list", **conditions):
        return call.api.faults.add(Fault.of({"kind": kind, "endpoint": endpoint, **conditions}))

    return add


def outcome(call, department=3):
    return call.outcome("user/list", access_token=call.token(), department_id=department)


def test_an_errcode_comes_so_many_times(call, spoil):
    spoil("errcode", errcode=-1, times=2)
    codes = [call("user/list", department_id=3)["errcode"] for _ in range(3)]
    assert codes == [-1, -1, 0]


def test_a_fault_begins_at_the_nth_matching_call(call, spoil):
    spoil("errcode", errcode=45009, after=3, times=1)
    codes = [call("user/list", department_id=3)["errcode"] for _ in range(4)]
    assert codes == [0, 0, 45009, 0]


def test_a_fault_meets_one_department_only(call, spoil):
    spoil("errcode", errcode=60011, department=4)
    assert call("user/list", department_id=3)["errcode"] == 0
    assert call("user/list", department_id=4)["errcode"] == 60011


def test_a_fault_meets_one_member_whatever_the_case(call, spoil):
    spoil("errcode", "user/get", errcode=-1, userid="LISI")
    assert call("user/get", userid="lisi")["errcode"] == -1
    assert call("user/get", userid="wangwu")["errcode"] == 0


def test_a_fault_meets_any_parameter_also_of_a_body(call, spoil):
    spoil("errcode", "user/list_id", errcode=-1, where={"limit": 5})
    contacts = call.with_secret("contacts-secret")
    assert contacts("user/list_id", {"limit": 5})["errcode"] == -1
    assert contacts("user/list_id", {"limit": 6})["errcode"] == 0


def test_an_error_body_may_carry_interval_and_suggestion(call, spoil):
    spoil("errcode", errcode=45009, errmsg="slow down", interval=30, suggestion="later")
    assert call("user/list", department_id=3) == {
        "errcode": 45009,
        "errmsg": "slow down",
        "interval": 30,
        "suggestion": "later",
    }


def test_a_list_becomes_an_object(call, spoil):
    spoil("wrong_type")
    assert isinstance(call("user/list", department_id=3)["userlist"], dict)


def test_one_value_anywhere_takes_another_type(call, spoil):
    spoil("wrong_type", path="userlist.0.userid")
    assert call("user/list", department_id=4)["userlist"][0]["userid"] == 7
    spoil("wrong_type", "department/list", path="department.*.order", value="high")
    departments = call("department/list")["department"]
    assert {one["order"] for one in departments} == {"high"}


def test_an_empty_answer_is_a_success_with_nobody(call, spoil):
    spoil("empty")
    answer = call("user/list", department_id=3)
    assert (answer["errcode"], answer["userlist"]) == (0, [])


def test_an_empty_listing_has_no_next_page(call, spoil):
    spoil("empty", "user/list_id")
    answer = call.with_secret("contacts-secret")("user/list_id", {"limit": 1})
    assert (answer["dept_user"], answer["next_cursor"]) == ([], "")


def test_html_and_a_status_are_no_json(call, spoil):
    spoil("html", times=1)
    spoil("status", status=503)
    page, unavailable = outcome(call).reply, outcome(call).reply
    assert page.status == 200
    assert b"text/html" in page.wire
    assert unavailable.status == 503
    assert unavailable.wire.startswith(b"HTTP/1.1 503 ")


def test_a_garbled_body_breaks_off(call, spoil):
    spoil("garbled")
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(outcome(call).reply.body)


@pytest.mark.parametrize(
    ("kind", "ending", "delay"),
    [
        ("hang", Ending.CLOSE, 9),
        ("reset", Ending.RESET, 0),
        ("truncated", Ending.HALF, 0),
        ("slow", Ending.ANSWER, 9),
    ],
)
def test_a_connection_ends_as_the_fault_says(call, spoil, kind, ending, delay):
    spoil(kind, seconds=9)
    spoilt = outcome(call)
    assert (spoilt.ending, spoilt.delay) == (ending, delay)


def test_a_person_moves_behind_the_reader(call, spoil):
    """From a department read late to one read early: no list of this reading has them."""
    move = {"op": "move", "userid": "wangwu", "department": [3]}
    spoil("mutate", department=4, mutation=move, times=1)
    read = [userid for department in (3, 4) for userid in call.userids(department)]
    assert "wangwu" not in read
    assert "wangwu" in call.userids(3)


def test_slowness_does_not_hide_another_fault(call, spoil):
    spoil("slow", seconds=2)
    spoil("errcode", errcode=-1)
    spoilt = outcome(call)
    assert spoilt.delay == 2
    assert spoilt.reply.errcode == -1


def test_rules_are_counted_and_lifted(call, spoil):
    first = spoil("errcode", after=2)
    spoil("empty")
    call("user/list", department_id=3)
    assert [(rule.seen, rule.used) for rule in call.api.faults.rules] == [(1, 0), (1, 1)]
    call.api.faults.clear(first)
    assert len(call.api.faults.rules) == 1
    call.api.faults.clear()
    assert call.userids(3) == ["zhangsan"]


@pytest.mark.parametrize(
    "wrong", [{}, {"kind": "explode"}, {"kind": "reset", "endpoints": "user/list"}]
)
def test_a_rule_that_is_none_is_refused(wrong):
    with pytest.raises(UsageError):
        Fault.of(wrong)


TEXT = {"touser": "lisi", "agentid": 1000002, "msgtype": "text", "text": {"content": "x"}}


@pytest.mark.parametrize("spoilt", ["hang", "reset", "status", "html", "truncated", "garbled"])
@pytest.mark.parametrize(("carried_out", "arrived"), [(True, 1), (False, 0)])
def test_a_spoilt_call_took_effect_unless_it_was_lost_on_its_way_in(
    call, spoilt, carried_out, arrived
):
    call.api.faults.add(Fault(Kind(spoilt), "message/send", carried_out=carried_out))
    call.outcome("message/send", TEXT, access_token=call.token())
    assert len(call.api.mailroom.receipts("lisi")) == arrived


def test_a_slow_call_takes_effect_whatever_the_rule_says(call):
    call.api.faults.add(Fault(Kind.SLOW, "message/send", carried_out=False))
    assert call("message/send", TEXT)["msgid"]


def test_a_refused_call_took_no_effect(call):
    call.api.faults.add(Fault(Kind.ERRCODE, "message/send"))
    assert call("message/send", TEXT)["errcode"] == -1
    assert call.api.mailroom.receipts() == []


def test_a_share_of_the_calls_is_spoilt_the_same_ones_for_the_same_seed(make):
    def spoilt(**options):
        call = make(**options)
        call.api.faults.add(Fault(Kind.ERRCODE, "tag/list", share=0.3))
        return [call("tag/list")["errcode"] for _ in range(200)]

    first = spoilt(seed=7)
    assert 30 < first.count(-1) < 90
    assert first == spoilt(seed=7)
    assert first != spoilt(seed=8)
