"""What a secret may and may not do, and what an administrator is told of it."""

import pytest

from tests.e2e.host import wait_until

EVERYBODY = {f"p{n}" for n in range(1, 41)}
IN_5_OR_6 = {
    f"p{n}" for n in range(1, 41) if n % 6 in (4, 5) or (n % 5 == 0 and (n - 1) % 6 in (4, 5))
}


# ── who is not let in ───────────────────────────────────────────────────────────────────────


def test_a_wrong_secret_is_named_and_tried_once(host):
    host.wecom.reset_counts()
    answer = host.sync(exits=3, env={"APP_SECRET": "not-the-secret-at-all"})
    assert "app_secret" in answer.stdout
    assert "40001" in answer.said
    assert "corp_id" not in answer.stdout.split("40001")[0]
    assert host.wecom.calls() == {"gettoken": 1}
    assert host.last_run()["outcome"] == "failed"
    assert "not-the-secret-at-all" not in answer.said
    assert b"not-the-secret-at-all" not in host.database.read_bytes() + host.log.read_bytes()


def test_a_wrong_corporation_is_named_and_tried_once(host):
    host.config.write_text(
        host.config.read_text().replace(host.wecom.corp_id, "ww0000000000000000")
    )
    answer = host.sync(exits=3)
    assert "corp_id" in answer.stdout
    assert "40013" in answer.said
    assert host.wecom.calls() == {"gettoken": 1}


def test_a_wrong_contacts_secret_beside_a_right_app_secret_is_named_and_tried_once(host):
    host.configure(contacts=True)
    answer = host.sync(exits=3, env={"CONTACTS_SECRET": "not-this-one"})
    assert "contacts_secret" in answer.stdout
    refused = [one for one in host.wecom.log() if one["endpoint"] == "gettoken" and one["errcode"]]
    assert len(refused) == 1
    assert host.dump()["directory_user"] == []


@pytest.mark.parametrize("contacts", [False, True])
def test_an_address_that_is_not_trusted_is_told_with_where_to_add_it(host, contacts):
    host.configure(app=not contacts, contacts=contacts)
    host.sync()
    before = host.dump()
    host.wecom.set_options(caller_ip="203.0.113.7")
    host.wecom.mutate(
        {"op": "app", "agentid": host.wecom.agent_id, "trusted_ips": ["198.51.100.1"]}
    )
    host.wecom.mutate({"op": "contacts", "trusted_ips": ["198.51.100.1"]})
    answer = host.sync(exits=3)
    assert "203.0.113.7" in answer.stdout
    assert "IP" in answer.stdout
    assert host.dump() == before


# ── the contacts secret ─────────────────────────────────────────────────────────────────────


def test_the_contacts_secret_from_an_old_address_reads_everything(host):
    host.configure(app=False, contacts=True)
    host.sync()
    assert host.active_users() == EVERYBODY
    assert host.user("p1")["name"] == "人员1"


def test_the_contacts_secret_from_a_new_address_reads_identifiers(host):
    host.wecom.mutate({"op": "contacts", "regime": "new_ip"})
    host.configure(app=False, contacts=True)
    host.sync()
    assert host.active_users() == EVERYBODY
    assert host.user("p1")["name"] == "p1"
    assert host.departments_of("p5") == {"5", "6"}


def test_both_secrets_from_a_new_address_read_who_exists_and_what_they_are_like(host):
    host.wecom.mutate({"op": "contacts", "regime": "new_ip"})
    host.configure(contacts=True)
    host.sync()
    assert host.active_users() == EVERYBODY
    assert host.user("p1")["name"] == "人员1"
    host.wecom.leave("p9")
    host.sync()
    assert host.user("p9")["status"] == "inactive"


def test_a_name_once_known_is_not_replaced_by_a_userid(host):
    host.sync()
    host.wecom.mutate({"op": "contacts", "regime": "new_ip"})
    host.configure(app=False, contacts=True)
    host.sync()
    assert host.active_users() == EVERYBODY
    assert host.user("p7")["name"] == "人员7"
    assert host.user("p7")["mobile"] == "13800000007"


def test_details_outside_the_range_are_counted_in_the_report(host):
    host.wecom.mutate({"op": "contacts", "regime": "new_ip"})
    host.wecom.mutate({"op": "range", "agentid": host.wecom.agent_id, "parties": [5, 6]})
    host.configure(contacts=True)
    answer = host.sync()
    assert host.active_users() == IN_5_OR_6
    assert (
        f"details of {40 - len(IN_5_OR_6)} people are outside the app's visible range"
        in answer.stdout
    )


# ── the app secret alone ────────────────────────────────────────────────────────────────────


def test_an_app_that_sees_some_departments_loads_those(host):
    host.wecom.mutate({"op": "range", "agentid": host.wecom.agent_id, "parties": [5, 6]})
    host.sync()
    assert host.active_users() == IN_5_OR_6
    assert {row["ref"] for row in host.active()["departments"]} == {"5", "6"}


def test_an_app_that_sees_single_members_loads_those(host):
    host.wecom.mutate(
        {"op": "range", "agentid": host.wecom.agent_id, "users": ["p1", "p2"], "parties": []}
    )
    host.sync()
    assert host.active_users() == {"p1", "p2"}


def test_an_app_that_sees_tags_loads_who_carries_them(host):
    host.wecom.mutate(
        {"op": "tag", "tagid": 7, "tagname": "骨干", "users": ["p1"], "parties": [5]},
        {"op": "range", "agentid": host.wecom.agent_id, "parties": [], "tags": [7]},
    )
    host.sync()
    assert {"p1", "p4"} <= host.active_users()
    assert "p2" not in host.active_users()


def test_a_narrower_range_deactivates_nobody_until_it_is_accepted(host):
    host.sync()
    host.wecom.mutate({"op": "range", "agentid": host.wecom.agent_id, "parties": [2]})
    host.sync()
    assert host.active_users() == EVERYBODY
    assert host.conflicts("scope_shrunk")


def test_an_app_without_private_fields_leaves_what_is_known(host):
    host.sync()
    host.wecom.mutate({"op": "app", "agentid": host.wecom.agent_id, "fields_withheld": True})
    host.sync()
    assert host.user("p7")["mobile"] == "13800000007"
    withheld = {one["key_value"] for one in host.conflicts("field_withheld")}
    assert "mobile" in withheld or "mobile" in str(host.conflicts("field_withheld"))


@pytest.mark.parametrize("code", [42001, 40014])
def test_a_token_that_ends_in_mid_run_is_not_noticed(host, code):
    host.configure(source="concurrency = 1")
    host.wecom.fault("slow", "user/list", department=3, seconds=1)
    process = host.start("sync")
    wait_until(lambda: host.wecom.state()["in_flight"])
    wait_until(lambda: host.wecom.calls().get("user/list", 0) >= 2)
    assert host.wecom.expire_tokens(code) >= 1
    assert host.finish(process).status == 0
    host.learn_tokens()
    assert host.active_users() == EVERYBODY
