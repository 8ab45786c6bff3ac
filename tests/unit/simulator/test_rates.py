import pytest

from syncd.simulator.answers import ApiError
from syncd.simulator.rates import Rates


def admitted(rates, endpoint, calls):
    """Return the errcodes of some calls one after the other, 0 where one was let in."""
    codes = []
    for _ in range(calls):
        try:
            rates.admit(endpoint, 1)
            codes.append(0)
        except ApiError as error:
            codes.append(error.errcode)
    return codes


def test_calls_beyond_the_limit_of_a_minute_are_refused(clock):
    rates = Rates({"user/list": 3}, None, clock)
    assert admitted(rates, "user/list", 5) == [0, 0, 0, 45009, 45009]
    assert admitted(rates, "department/list", 5) == [0] * 5


def test_a_block_lasts_a_minute_from_its_first_refusal(clock):
    rates = Rates({"user/list": 1}, None, clock)
    assert admitted(rates, "user/list", 1) == [0]
    clock.time += 30
    assert admitted(rates, "user/list", 1) == [45009]
    clock.time += 59
    assert admitted(rates, "user/list", 1) == [45009]
    clock.time += 1
    assert admitted(rates, "user/list", 1) == [0]


def test_a_minute_slides(clock):
    rates = Rates({"*": 2}, None, clock)
    assert admitted(rates, "user/get", 1) == [0]
    clock.time += 50
    assert admitted(rates, "user/get", 1) == [0]
    clock.time += 11
    assert admitted(rates, "user/get", 2) == [0, 45009]


def test_sends_do_not_count_in_the_general_limit(clock):
    assert admitted(Rates({"*": 1}, None, clock), "message/send", 4) == [0] * 4
    assert admitted(Rates({"message/send": 1}, None, clock), "message/send", 2) == [0, 45009]


@pytest.mark.parametrize(("in_flight", "refused"), [(2, False), (3, True)])
def test_calls_at_the_same_time_are_limited(clock, in_flight, refused):
    rates = Rates({}, 2, clock)
    if refused:
        with pytest.raises(ApiError) as caught:
            rates.admit("user/list", in_flight)
        assert caught.value.errcode == 45033
    else:
        rates.admit("user/list", in_flight)


def test_the_api_answers_45009_and_recovers(make, clock):
    call = make(per_minute={"user/list": 1})
    codes = [call("user/list", department_id=3)["errcode"] for _ in range(2)]
    clock.time += 61
    codes.append(call("user/list", department_id=3)["errcode"])
    assert codes == [0, 45009, 0]
