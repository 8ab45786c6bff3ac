"""`syncd disable` and `enable`, as an administrator meets them."""


def test_somebody_is_disabled_and_enabled_again(syncd) -> None:
    answer = syncd("disable", "newhire", "--why", "left the building", "--as", "alice")
    assert answer.status == 0, answer.err
    assert "is disabled." in answer.out
    assert "𠮷野\\x1b[31m家 (newhire)" in answer.out
    run = syncd("runs", "--json").json["runs"][0]
    assert (run["trigger"], run["mode"], run["actor"]) == ("disable", "targeted", "alice")
    assert run["why"] == "left the building"
    assert "inactive" in syncd("find", "newhire").out
    again = syncd("disable", "newhire", "--why", "twice")
    assert (again.status, "is disabled already" in again.out) == (0, True)
    assert syncd("runs", "--json").json["runs"][0]["id"] == run["id"]
    back = syncd("enable", "newhire")
    assert (back.status, "active again" in back.out) == (0, True)


def test_who_is_gone_stays_inactive_and_the_command_says_so(syncd) -> None:
    assert syncd("disable", "baihui", "--why", "for good").status == 0
    answer = syncd("enable", "baihui")
    assert answer.status == 0
    assert "Inactive all the same: gone from the source since" in answer.out
    user = syncd("enable", "baihui", "--json").json["user"]
    assert (user["status"], user["admin_disabled_at"]) == ("inactive", None)


def test_a_reason_is_asked_for_and_nobody_else_is_taken(syncd) -> None:
    assert syncd("disable", "newhire").status == 2
    blank = syncd("disable", "newhire", "--why", " ")
    assert (blank.status, "'--why': it is empty" in blank.err) == (2, True)
    answer = syncd("disable", "nobody.here", "--why", "x")
    assert answer.status == 2
    assert "nobody.here" in answer.err


def test_an_empty_store_has_nobody_to_disable(call, empty) -> None:
    answer = call(empty, "disable", "zhangsan", "--why", "x")
    assert answer.status == 2
    assert not (empty / "syncd.db").exists()
