"""`syncd undo`, as an administrator meets it."""


def test_a_run_is_undone_and_the_plan_is_printed(syncd) -> None:
    answer = syncd("undo", "2", "--why", "not yet", "--as", "alice")
    assert answer.status == 0, answer.err
    assert "Run 5: run 2 is undone." in answer.out
    assert "the next sync may do the same again" in answer.out.lower()
    assert "+ reactivate 白" in answer.out
    assert "an administrator has undone the run" in answer.out
    found = {one["external_id"]: one["state"] for one in syncd("find", "i", "--json").json["found"]}
    assert found["baihui"] == "active"
    assert syncd("find", "newhire", "--json").json["found"][0]["state"] == "inactive"
    run = syncd("runs", "--json").json["runs"][0]
    assert (run["trigger"], run["mode"], run["why"]) == ("undo", "targeted", "not yet")
    assert syncd("audit", "verify").status == 0
    assert syncd("audit", "replay").status == 0


def test_what_has_moved_since_is_listed(syncd) -> None:
    assert syncd("disable", "newhire", "--why", "meanwhile").status == 0
    answer = syncd("undo", "2")
    assert answer.status == 0
    assert "Not undone (1)" in answer.out
    assert "(wecom:newhire): has moved since: admin_disabled_at" in answer.out


def test_an_undo_of_a_first_load_is_held_until_it_is_confirmed(syncd) -> None:
    answer = syncd("undo", "1")
    assert answer.status == 4
    assert "syncd undo 1 --yes" in answer.out
    run = syncd("runs", "--json").json["runs"][0]
    assert (run["trigger"], run["outcome"]) == ("undo", "held")
    assert syncd("runs", str(run["id"]), "--json").json["plan"]["undone_run"] == 1
    assert syncd("status", "--json").json["held_run"] == 4
    assert syncd("approve", str(run["id"])).status == 2
    assert syncd("undo", "1", "--yes").status == 0
    assert syncd("status", "--json").json["users"]["active"] < 10


def test_only_a_run_that_has_changed_something_can_be_undone(syncd) -> None:
    for run, said in (("77", "There is no run 77"), ("4", "Run 4 has changed nothing")):
        answer = syncd("undo", run)
        assert answer.status == 2
        assert said in answer.err
