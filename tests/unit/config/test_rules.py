import pytest


def test_several_enabled_sources_need_an_authority_and_a_common_field(
    check, wecom_document, ldap_document
):
    both = {"sources": wecom_document()["sources"] | ldap_document()["sources"]}
    problems = check.refuse(both)
    assert problems.keys() == {"reconcile.authority", "reconcile.common_field"}
    assert all("wecom, corp_ldap" in text for text in problems.values())
    problems = check.refuse(both | {"reconcile": {"common_field": "mobile"}})
    assert problems.keys() == {"reconcile.authority"}
    settings = {"authority": "corp_ldap", "common_field": "mobile"}
    assert check.accept(both | {"reconcile": settings}).authority == "corp_ldap"


def test_a_second_source_may_wait_switched_off(check, wecom_document, ldap_document):
    both = {"sources": wecom_document()["sources"] | ldap_document(enabled=False)["sources"]}
    configuration = check.accept(both)
    assert list(configuration.enabled_sources) == ["wecom"]
    assert configuration.authority == "wecom"


def test_the_authority_must_be_an_enabled_source(check, wecom_document):
    problems = check.refuse(wecom_document() | {"reconcile": {"authority": "wecm"}})
    assert 'did you mean "wecom"?' in problems["reconcile.authority"]
    problems = check.refuse(wecom_document(enabled=False) | {"reconcile": {"authority": "wecom"}})
    assert "is not enabled" in problems["reconcile.authority"]


def test_the_common_field_is_one_name_or_a_list_of_one(check):
    assert (
        check.accept({"reconcile": {"common_field": "mobile"}}).reconcile.common_field == "mobile"
    )
    assert (
        check.accept({"reconcile": {"common_field": ["mobile"]}}).reconcile.common_field == "mobile"
    )
    assert "reconcile.common_field" in check.refuse(
        {"reconcile": {"common_field": ["mobile", "email"]}}
    )


def test_rules_between_keys_are_told_beside_the_problems_of_single_keys(check, wecom_document):
    problems = check.refuse(
        wecom_document(every="soon", contacts_secret=None) | {"guard": {"max_moves": {"flor": 1}}}
    )
    assert set(problems) == {
        "sources.wecom.every",
        "sources.wecom.app_secret",
        "guard.max_moves.flor",
    }


@pytest.mark.parametrize(
    ("document", "path", "nearest"),
    [
        ({"source": {}}, "source", '"sources"'),
        ({"store": {"ulr": "x"}}, "store.ulr", '"url"'),
        ({"guard": {"max_deactivation": {}}}, "guard.max_deactivation", '"max_deactivations"'),
        ({"corp_id": "ww0"}, "corp_id", '[sources.<name>] with type = "wecom"'),
        ({"schedule": {"every": "1m"}}, "schedule.every", "[sources.<name>]"),
        ({"audit": {"zzz": 1}}, "audit.zzz", "file, personal_data"),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest_known_one(check, document, path, nearest):
    assert nearest in check.refuse(document)[path]


def test_an_unknown_key_of_a_source_is_compared_with_the_keys_of_its_type(check):
    assert '"agent_id"' in check.refuse_wecom(agentid=3)["sources.wecom.agentid"]
    assert 'type = "ldap"' in check.refuse_wecom(bind_dn="cn=a")["sources.wecom.bind_dn"]


@pytest.mark.parametrize(
    ("source", "text"),
    [({"type": "wecome"}, '"wecom" or "ldap"'), ({"corp_id": "ww0"}, "has no type")],
)
def test_a_source_of_no_known_type_is_refused(check, source, text):
    assert text in check.refuse({"sources": {"x": source}})["sources.x.type"]


def test_a_source_name_is_one_that_can_be_typed(check, wecom_document):
    table = wecom_document()["sources"]["wecom"]
    assert (
        "cannot be the name" in check.refuse({"sources": {"my source": table}})["sources.my source"]
    )


@pytest.mark.parametrize(
    "document", [{"sources": 3}, {"sources": {"x": 3}}, {"store": "x"}, {"reconcile": 5}]
)
def test_a_value_in_the_place_of_a_table_is_a_problem_and_no_crash(check, document):
    assert all("must be a table" in text for text in check.refuse(document).values())


def test_no_secret_is_repeated_in_what_is_said_about_it(check):
    problems = check.refuse_wecom(
        contacts_secret={"value": "hunter2"}, app_secrt="hunter2", agent_id="hunter2"
    )
    assert "hunter2" not in str(problems)


def test_a_source_may_be_a_shadow(check, wecom_document):
    assert check.accept(wecom_document(apply=False)).sources["wecom"].apply is False


@pytest.mark.parametrize(
    ("given", "missing"), [("client_cert", "client_key"), ("client_key", "client_cert")]
)
def test_a_certificate_and_its_key_belong_together(check, given, missing):
    assert f"sources.wecom.{missing}" in check.refuse_wecom(**{given: "c.pem"})
