import pytest

from syncd.errors import UsageError
from syncd.simulator.api import Api
from syncd.simulator.company_file import dump_company
from syncd.simulator.faults import Fault, Kind
from syncd.simulator.generate import build_company
from syncd.simulator.mutations import mutate
from syncd.simulator.options import SimulatorOptions

SIZED = SimulatorOptions(shape="sized", users=20, departments=3)


@pytest.fixture
def api() -> Api:
    return Api(build_company(SIZED), SIZED)


def test_starting_over_undoes_everything_that_was_done(call, clock):
    api = call.api
    before = dump_company(api.company)
    token = call.token()
    mutate(api.company, [{"op": "leave", "userid": "lisi"}, {"op": "contacts", "secret": "x"}])
    api.faults.add(Fault(Kind.RESET))
    api.set_options({"latency": 3})
    api.advance(1000)
    api.shelf.put("file", "a", b"b")
    api.start_over()
    assert dump_company(api.company) == before
    assert api.faults.rules == []
    assert api.options.latency.total_seconds() == 0
    assert (api.counts, list(api.log), api.shelf.all()) == ({}, [], [])
    assert api.now() == clock.time
    assert call("user/get", userid="lisi")["errcode"] == 0
    assert call.token() != token


def test_options_hold_until_the_next_start(api):
    api.start_over({"users": 5, "fields_withheld": True, "token_life": 60})
    assert len(api.company.members) == 5
    assert api.company.apps[0].fields_withheld
    assert api.options.token_life.total_seconds() == 60
    api.start_over()
    assert len(api.company.members) == 20
    assert not api.company.apps[0].fields_withheld


def test_a_number_of_people_is_enough_to_ask_for_a_company_of_that_size():
    options = SimulatorOptions()
    api = Api(build_company(options), options)
    api.start_over({"users": 7})
    assert len(api.company.members) == 7


def test_another_company_holds_until_the_next_start(api, company):
    api.start_over({}, company)
    assert "lisi" in api.company.members
    api.start_over()
    assert "lisi" not in api.company.members


@pytest.mark.parametrize("given", [{"speed": 1}, {"port": 8080}])
def test_an_option_that_cannot_be_is_refused_and_nothing_is_undone(api, given):
    mutate(api.company, {"op": "hire", "userid": "n", "name": "n", "department": [1]})
    with pytest.raises(UsageError):
        api.start_over(given)
    assert "n" in api.company.members


def test_a_company_that_was_given_is_not_made_by_options(company):
    api = Api(company, SimulatorOptions(), given=True)
    with pytest.raises(UsageError, match="The company was given, so users"):
        api.start_over({"users": 5})
    api.start_over({"concurrency": 2})
    assert "lisi" in api.company.members


def test_time_passes_on_demand_and_never_back(call):
    token = call.token()
    call.api.advance(7200)
    assert call.token() != token
    with pytest.raises(UsageError):
        call.api.advance(-1)
