"""Whatever happens on the way, the directory ends as a fresh load would make it."""

import random
from typing import Any

import pytest

from tests.e2e.company import build_small_company
from tests.e2e.host import Host

LOOSE = """[guard]
max_deactivations = { floor = 1000, share = 1.0 }
max_changed = { floor = 1000, share = 1.0 }
max_blanked = { floor = 1000, share = 1.0 }
max_moves = { floor = 1000, share = 1.0 }
max_created = { floor = 1000, share = 1.0 }
"""
#: Faults that are over with one answer: no wait of seconds before a repetition.
QUICK: tuple[dict[str, Any], ...] = (
    {"kind": "errcode", "errcode": 87654},
    {"kind": "errcode", "errcode": 60011},
    {"kind": "errcode", "errcode": 60003},
    {"kind": "errcode", "errcode": 45029},
    {"kind": "errcode", "errcode": 48002},
    {"kind": "empty"},
    {"kind": "wrong_type"},
    {"kind": "wrong_type", "path": "errcode", "value": "0"},
)


# ── a fault at every call ───────────────────────────────────────────────────────────────────


@pytest.fixture(params=["app", "contacts", "both"])
def changed_host(request, make_host) -> Host:
    """A loaded machine whose WeCom has changed: p4 has left, p5 has moved, p6 has a new name."""
    host = make_host(build_small_company(users=10, departments=3))
    if request.param != "app":
        host.wecom.mutate({"op": "contacts", "regime": "new_ip"})
    host.configure(app=request.param != "contacts", contacts=request.param != "app")
    host.sync()
    host.wecom.leave("p4")
    host.wecom.move("p5", [3])
    host.wecom.change("p6", name="改名")
    return host


@pytest.mark.parametrize(
    "sampled", [4, pytest.param(None, marks=pytest.mark.hard)], ids=["some", "all"]
)
def test_a_fault_at_any_call_deactivates_nobody_else(changed_host, chance, sampled):
    host = changed_host
    kept = host.keep()
    host.wecom.reset_counts()
    host.sync()
    calls = sum(host.wecom.calls().values())
    after = host.active()
    cases = [(index, fault) for index in range(1, calls + 1) for fault in QUICK]
    for index, fault in cases if sampled is None else chance.sample(cases, sampled):
        host.restore(kept)
        host.wecom.clear_faults()
        host.wecom.fault(**fault, after=index, times=1)
        answer = host.sync(exits={0, 3, 4})
        inactive = {
            row["external_id"]
            for row in host.rows(
                "SELECT l.external_id FROM directory_user u JOIN directory_link l"
                " ON l.user_id = u.id WHERE u.status = 'inactive'"
            )
        }
        assert inactive <= {"p4"}, (index, fault, answer)
        host.wecom.clear_faults()
        host.sync(exits=0)
        assert host.active() == after, (index, fault, answer)


# ── any order of changes, runs and faults ───────────────────────────────────────────────────


@pytest.mark.parametrize(
    "rounds", [6, pytest.param(60, marks=pytest.mark.hard)], ids=["some", "many"]
)
@pytest.mark.parametrize("access", ["app", "both"])
def test_any_sequence_of_changes_runs_and_faults_ends_like_a_fresh_load(
    make_host, chance, rounds, access
):
    host = make_host(build_small_company(users=30))
    host.configure(contacts=access == "both", tail=LOOSE)
    for _ in range(rounds):
        company = host.wecom.company_now()
        for _ in range(chance.randrange(1, 8)):
            host.wecom.mutate(_mutation(chance, company))
            company = host.wecom.company_now()
        if chance.random() < 0.4:
            fault = chance.choice(QUICK)
            host.wecom.fault(**fault, after=chance.randrange(1, 12), times=1)
        command = chance.choice([(), (), (), ("--full",), ("--user", "p1")])
        host.sync(*command, exits={0, 2, 3, 4})
        host.wecom.clear_faults()
    host.sync("--full")
    host.assert_like_fresh_load()
    assert host.sync("--json").json["outcome"] == "no_change"
    host.assert_changes_are_logged()


def _mutation(chance: random.Random, company: Any) -> dict[str, Any]:
    """Return something that happens in a company, and whoever was there before is still the same."""
    people = list(company.members.values())
    departments = list(company.departments)
    person = chance.choice(people)
    number = chance.randrange(100, 140)
    hire = {
        "op": "hire",
        "userid": f"h{number}",
        "name": f"新人{number}",
        "department": chance.sample(departments, min(2, len(departments))),
        "mobile": f"139{number:08}",
        "direct_leader": [chance.choice(people).userid],
    }
    others = [one for one in departments if one != 1]
    choices: list[dict[str, Any]] = [
        hire,
        hire,
        {"op": "leave", "userid": person.userid} if person.userid != "p1" else hire,
        {"op": "move", "userid": person.userid, "department": [chance.choice(departments)]},
        {"op": "change", "userid": person.userid, "fields": {"alias": f"a{number}"}},
        {"op": "change", "userid": person.userid, "fields": {"position": ""}},
        {"op": "status", "userid": person.userid, "status": chance.choice([1, 1, 2, 4])},
        {
            "op": "create_department",
            "name": f"新部门{number}",
            "parentid": chance.choice(departments),
        },
    ]
    if others:
        one = chance.choice(others)
        choices += [
            {"op": "rename_department", "id": one, "name": f"改{number}"},
            {"op": "move_department", "id": one, "parentid": chance.choice(departments)},
            {"op": "change_department", "id": one, "order": number},
        ]
        parents = {department.parentid for department in company.departments.values()}
        if len(others) > 3 and one not in parents:
            choices.append({"op": "delete_department", "id": one})
    return chance.choice(choices)


# ── the clock ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("off", ["-1h", "+1h"])
def test_a_clock_that_was_an_hour_off_loses_nobody_and_no_change(host, require_server, off):
    faketime = [str(require_server("faketime", "faketime")), "-f", off]
    host.sync()
    host.wecom.leave("p9")
    host.wecom.change("p7", name="改名")
    host.wecom.hire("new.one", "新人", [2])
    host.sync(prefix=faketime)
    assert host.active_users() >= {f"p{n}" for n in range(1, 41)} - {"p9"}
    host.wecom.leave("p10")
    host.wecom.change("p8", name="又改名")
    host.sync()
    host.assert_like_fresh_load()


def test_a_clock_that_is_an_hour_behind_the_last_run_still_brings_changes(host, require_server):
    faketime = [str(require_server("faketime", "faketime")), "-f", "-1h"]
    host.sync()
    host.wecom.leave("p9")
    host.wecom.change("p7", name="改名")
    host.sync(prefix=faketime)
    host.assert_like_fresh_load()
