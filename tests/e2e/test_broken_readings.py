"""A department that breaks, lies, hangs or vanishes: nobody goes because of it."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from subprocess import Popen
from typing import Any

import pytest

from syncd.simulator import Simulator
from tests.e2e.company import build_small_company
from tests.e2e.host import OWN_ROWS, Host

FAST = 'timeout = "1s"\nbulk_timeout = "1s"'

#: Faults that pass when the call is repeated, and faults of the answer itself.
BROKEN = {
    "hangs": {"kind": "hang", "seconds": 20},
    "resets": {"kind": "reset"},
    "answers 502": {"kind": "status", "status": 502},
    "answers HTML": {"kind": "html"},
    "breaks off": {"kind": "truncated"},
    "sends half as if whole": {"kind": "garbled"},
    "sends another type": {"kind": "wrong_type"},
    "is busy (-1)": {"kind": "errcode", "errcode": -1},
    "forbids to repeat": {"kind": "errcode", "errcode": -1, "interval": -1},
    "answers an unknown code": {"kind": "errcode", "errcode": 87654},
}


@dataclass(frozen=True)
class Broken:
    """A run in which one department was broken to the end of the retries."""

    host: Host
    before: dict[str, Any]
    process: Popen[str]


@pytest.fixture(scope="module")
def broken_runs(tmp_path_factory) -> Iterator[dict[str, Broken]]:
    """Let all of them wait for their retries at the same time: that takes seconds."""
    runs = {}
    with ExitStack() as stack:
        for number, (how, fault) in enumerate(BROKEN.items()):
            wecom = stack.enter_context(Simulator(company=build_small_company()))
            host = Host(tmp_path_factory.mktemp("broken") / str(number), wecom)
            host.configure(source=FAST)
            host.sync()
            host.wecom.leave("p9")
            host.wecom.fault(endpoint="user/list", department=4, **fault)
            runs[how] = Broken(host, host.dump(), host.start("sync"))
        yield runs


@pytest.mark.parametrize("how", BROKEN)
def test_a_department_that_is_broken_to_the_end_writes_nothing_and_is_named(broken_runs, how):
    run = broken_runs[how]
    answer = run.host.finish(run.process)
    assert answer.status == 3
    assert "department 4" in answer.stdout
    assert "exclude" in answer.stdout
    assert run.host.dump() == run.before
    assert run.host.last_run()["outcome"] == "failed"
    assert "department 4" in run.host.last_run()["error"]
    run.host.assert_keeps_secrets()


@pytest.mark.parametrize("how", ["resets", "breaks off", "is busy (-1)", "sends half as if whole"])
def test_a_department_that_is_broken_once_is_read_again(host, how):
    fault = dict(BROKEN[how])
    host.wecom.fault(fault.pop("kind"), "user/list", department=4, times=1, **fault)
    host.sync()
    assert len(host.active_users()) == 40


def test_a_department_that_is_left_out_loads_without_it(host):
    host.wecom.fault("errcode", "user/list", department=4, errcode=87654)
    host.configure(source="exclude = [4]")
    host.sync()
    assert "p3" not in host.active_users()
    assert "p1" in host.active_users()


def test_a_rate_that_stays_exceeded_writes_nothing(host):
    host.sync()
    before = host.dump()
    host.wecom.fault("errcode", "user/list", department=4, errcode=45009, interval=1)
    answer = host.sync(exits=3)
    assert "45009" in answer.said
    assert "department 4" in answer.stdout
    assert host.dump() == before


def test_a_rate_that_was_exceeded_for_a_moment_is_waited_for(host):
    host.wecom.fault("errcode", "user/list", department=4, errcode=45009, interval=1, times=1)
    host.sync()
    assert len(host.active_users()) == 40


def test_a_list_of_departments_that_breaks_writes_nothing(host):
    host.sync()
    before = host.dump()
    for fault in ({"kind": "wrong_type"}, {"kind": "errcode", "errcode": 87654}, {"kind": "empty"}):
        host.wecom.clear_faults()
        kind = fault.pop("kind")
        host.wecom.fault(kind, "department/list", **fault)
        host.sync(exits={3, 4})
        assert host.dump(without={"sync_plan", *OWN_ROWS}) == {
            name: rows for name, rows in before.items() if name != "sync_plan"
        }


def test_a_department_that_vanishes_during_the_reading_is_gone(host):
    host.sync()
    host.wecom.fault(
        "mutate",
        "user/list",
        department=6,
        times=1,
        mutation={"op": "delete_department", "id": 6},
    )
    host.sync()
    host.wecom.clear_faults()
    assert len(host.active_users()) == 40
    host.sync()
    host.assert_like_fresh_load()


def test_a_department_that_denies_itself_and_is_still_listed_is_broken(host):
    host.sync()
    before = host.dump()
    host.wecom.fault("errcode", "user/list", department=4, errcode=60003)
    answer = host.sync(exits=3)
    assert "department 4" in answer.stdout
    assert host.dump() == before


def test_an_answer_that_is_too_large_is_read_in_pieces(host):
    host.sync()
    host.wecom.change("p3", name="改名")
    host.wecom.leave("p9")
    host.wecom.fault("errcode", "user/list", department=4, errcode=45029)
    host.sync()
    assert host.user("p3")["name"] == "改名"
    assert host.user("p9")["status"] == "inactive"
    host.assert_like_fresh_load()


@pytest.mark.parametrize("code", [60011, 60021, 50002])
def test_a_department_that_may_not_be_read_keeps_its_people(host, code):
    host.sync()
    host.wecom.leave("p3")
    host.wecom.leave("p13")
    host.wecom.change("p2", name="改名")
    host.wecom.fault("errcode", "user/list", department=4, errcode=code)
    host.sync()
    assert host.user("p3")["status"] == "active"
    assert host.user("p2")["name"] == "改名"
    assert host.user("p13")["status"] == "inactive"
    assert host.conflicts("scope_shrunk")


def test_who_was_in_an_invisible_part_goes_when_a_person_accepts_it(host):
    host.sync()
    host.wecom.mutate({"op": "range", "agentid": host.wecom.agent_id, "parties": [2]})
    host.sync()
    (conflict,) = host.conflicts("scope_shrunk")
    accepted = host.syncd(
        "conflicts", "accept", str(conflict["id"]), "--why", "moved to another app"
    )
    assert accepted.status == 0, accepted
    host.sync(exits=4)  # so many are still the guard's business
    assert len(host.active_users()) == 40
    host.configure(tail="[guard]\nmax_deactivations = { floor = 100, share = 1.0 }")
    host.sync()
    assert len(host.active_users()) == 24
    host.assert_changes_are_logged()


def test_a_few_people_of_an_invisible_part_go_when_a_person_accepts_it(host):
    host.wecom.mutate({"op": "create_department", "id": 9, "name": "九", "parentid": 1})
    host.wecom.hire("nine", "九", [9], mobile="13899999999")
    host.wecom.mutate({"op": "range", "agentid": host.wecom.agent_id, "parties": [2, 3, 9]})
    host.sync()
    host.wecom.mutate({"op": "range", "agentid": host.wecom.agent_id, "parties": [2, 3]})
    host.sync()
    assert "nine" in host.active_users()
    (conflict,) = host.conflicts("scope_shrunk")
    host.sync()
    assert "nine" in host.active_users()
    accepted = host.syncd("conflicts", "accept", str(conflict["id"]), "--why", "closed")
    assert accepted.status == 0, accepted
    host.sync()
    assert "nine" not in host.active_users()
    host.assert_like_fresh_load()


def test_who_moves_from_a_late_department_to_an_early_one_is_not_gone(host):
    host.sync()
    # p3 is in department 4 only; by the time that one is read, p3 sits in one that was read before.
    host.configure(source="concurrency = 1")
    host.wecom.fault(
        "mutate",
        "user/list",
        department=4,
        times=1,
        mutation={"op": "move", "userid": "p3", "department": [1]},
    )
    host.sync()
    assert host.user("p3")["status"] == "active"
    host.wecom.clear_faults()
    host.sync()
    assert host.departments_of("p3") == {"1"}
    host.assert_like_fresh_load()


def test_who_moves_while_identifiers_are_read_is_not_gone(host):
    host.wecom.mutate({"op": "contacts", "regime": "new_ip"})
    host.configure(app=False, contacts=True)
    host.sync()
    host.wecom.fault("empty", "user/list_id", times=1)
    host.sync(exits=4)  # an empty first listing shows nobody, and is held
    assert len(host.active_users()) == 40
