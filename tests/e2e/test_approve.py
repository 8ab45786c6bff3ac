"""`syncd approve`: a person's word for a plan that a guard holds."""


def leave(host, *numbers: int) -> None:
    host.wecom.mutate(*({"op": "leave", "userid": f"p{n}"} for n in numbers))


def held(host, *numbers: int) -> str:
    """Let these people leave, and return the run that is held for it."""
    host.sync()
    leave(host, *numbers)
    return str(host.sync("--json", exits=4).json["run_id"])


def test_a_held_plan_is_applied_as_it_was_reviewed(host):
    run = held(host, *range(5, 35))
    answer = host.syncd("approve", run, "--why", "a subsidiary was sold", "--json")
    assert answer.status == 0, answer.said
    assert answer.json["outcome"] == "applied"
    assert answer.json["besides"] == 0
    assert len(host.active_users()) == 10
    last = host.last_run()
    assert (last["trigger"], last["why"]) == ("approve", "a subsidiary was sold")


def test_what_moved_since_and_is_harmless_is_applied_too_and_told(host):
    run = held(host, *range(5, 25))
    host.wecom.hire("new.one", "新人", [2])
    answer = host.syncd("approve", run)
    assert answer.status == 0, answer.said
    assert f"Applied besides what run {run} showed" in answer.stdout
    assert "新人" in answer.stdout
    assert "new.one" in host.active_users()


def test_a_guarded_change_that_nobody_has_reviewed_is_held_again(host):
    run = held(host, *range(5, 25))
    leave(host, 30)
    answer = host.syncd("approve", run, "--json")
    assert answer.status == 4, answer.said
    assert answer.json["run_id"] > int(run)
    assert len(host.active_users()) == 40
    assert host.syncd("approve", str(answer.json["run_id"])).status == 0
    assert len(host.active_users()) == 19


def test_who_has_returned_meanwhile_stays(host):
    before = host.wecom.company_now().members["p5"].fields
    run = held(host, *range(5, 25))
    host.wecom.mutate({"op": "hire", **before})
    assert host.syncd("approve", run).status == 0
    assert len(host.active_users()) == 21


def test_approved_changes_count_no_further(host):
    run = held(host, *range(5, 25))
    assert host.syncd("approve", run).status == 0
    leave(host, 30)
    host.sync()
    assert len(host.active_users()) == 19


def test_an_empty_directory_may_be_approved(host):
    run = held(host, *range(1, 41))
    answer = host.syncd("approve", run)
    assert answer.status == 0, answer.said
    assert host.active_users() == set()


def test_only_a_held_run_can_be_approved(host):
    host.sync()
    for run, text in (("1", "Run 1 is not held"), ("77", "There is no run 77")):
        answer = host.syncd("approve", run)
        assert answer.status == 2
        assert text in answer.stderr


def test_a_plan_that_is_no_longer_held_is_simply_applied(host):
    before = [host.wecom.company_now().members[f"p{n}"].fields for n in range(5, 25)]
    run = held(host, *range(5, 25))
    host.wecom.mutate(*({"op": "hire", **fields} for fields in before))
    assert host.syncd("approve", run).status == 0
    assert len(host.active_users()) == 40
