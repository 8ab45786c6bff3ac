"""Looking people up in vain, too often."""

import pytest

from syncd.simulator.answers import ApiError
from syncd.simulator.vain_lookups import VainLookups

MOBILE, EMAIL = "user/getuserid", "user/get_userid_by_email"


def is_shut(lookups, endpoint):
    try:
        lookups.admit(endpoint)
    except ApiError as error:
        return error.errcode == 45009
    return False


@pytest.mark.parametrize("errcode", [46004, 60103, 60146])
def test_more_than_a_fifth_in_vain_shut_an_endpoint_for_a_day(clock, errcode):
    lookups = VainLookups(clock)
    for _ in range(2):
        lookups.note(MOBILE, errcode, members=10)
    assert not is_shut(lookups, MOBILE)
    lookups.note(MOBILE, errcode, members=10)
    assert is_shut(lookups, MOBILE)
    assert not is_shut(lookups, EMAIL)
    clock.time += 86_399
    assert is_shut(lookups, MOBILE)
    clock.time += 1
    assert not is_shut(lookups, MOBILE)


def test_what_was_in_vain_a_day_ago_counts_no_more(clock):
    lookups = VainLookups(clock)
    for _ in range(3):
        lookups.note(MOBILE, 46004, members=10)
        clock.time += 50_000
    assert not is_shut(lookups, MOBILE)


@pytest.mark.parametrize(("endpoint", "errcode"), [("user/get", 60111), (MOBILE, 40058)])
def test_other_refusals_do_not_count(clock, endpoint, errcode):
    lookups = VainLookups(clock)
    for _ in range(20):
        lookups.note(endpoint, errcode, members=10)
    assert not is_shut(lookups, endpoint)


def test_a_company_of_four_is_shut_out_by_its_first_wrong_number(call):
    assert call(MOBILE, {"mobile": "13900000000"})["errcode"] == 46004
    assert call(MOBILE, {"mobile": "13800000001"})["errcode"] == 45009
    assert call(EMAIL, {"email": "ww@corp.example"})["userid"] == "wangwu"
    call.api.advance(86_400)
    assert call(MOBILE, {"mobile": "13800000001"})["userid"] == "zhangsan"
