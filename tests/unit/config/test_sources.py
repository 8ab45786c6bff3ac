import pytest

from syncd.config.sources import LdapSource, WeComSource


def test_a_source_is_of_the_class_of_its_type(check, wecom_document, ldap_document):
    assert isinstance(check.wecom().sources["wecom"], WeComSource)
    assert isinstance(check.accept(ldap_document()).sources["corp_ldap"], LdapSource)


def test_a_wecom_source_needs_one_of_two_secrets(check):
    problems = check.refuse_wecom(contacts_secret=None)
    assert "contacts_secret" in problems["sources.wecom.app_secret"]


def test_an_app_secret_needs_its_agent_id(check):
    problems = check.refuse_wecom(app_secret="env:APP")
    assert "AgentId" in problems["sources.wecom.agent_id"]
    assert check.wecom(app_secret="env:APP", agent_id=1000003).sources["wecom"].agent_id == 1000003


@pytest.mark.parametrize("value", [1000003, "1000003"])
def test_an_agent_id_in_the_place_of_the_corp_id_is_recognised(check, value):
    assert "企业ID" in check.refuse_wecom(corp_id=value)["sources.wecom.corp_id"]


def test_the_base_address_has_no_cgi_bin(check):
    problems = check.refuse_wecom(base_url="https://qyapi.weixin.qq.com/cgi-bin/")
    assert "drop it" in problems["sources.wecom.base_url"]


def test_a_slash_behind_the_base_address_is_dropped(check):
    assert (
        check.wecom(base_url="https://wecom.example.com/")
        .sources["wecom"]
        .base_url.endswith(".com")
    )


def test_a_password_in_a_bad_address_is_not_repeated(check):
    problems = check.refuse_wecom(proxy="ftp://user:hunter2@proxy.example.com")
    assert "hunter2" not in str(problems)
    assert "user:****" in problems["sources.wecom.proxy"]


def test_an_extended_attribute_may_feed_any_field(check):
    fields = {"employee_no": "extattr.工号", "custom.grade": "extattr.职级"}
    assert check.wecom(fields=fields).sources["wecom"].fields == fields


def test_an_unknown_field_is_refused_with_the_nearest(check):
    problems = check.refuse_wecom(fields={"employeno": "extattr.工号"})
    assert 'did you mean "employee_no"?' in problems["sources.wecom.fields.employeno"]


@pytest.mark.parametrize(
    ("field", "attribute"),
    [
        ("name", "{sn}{givenName"),
        ("name", {"from": "sn", "match": "x"}),
        ("name", ["sn"]),
        ("manager", "{direct_leader}{x}"),
        ("gender", {"from": "gender", "pad_left": 2}),
        ("name", ""),
        ("name", "extattr."),
        ("custom.a.b", "x"),
        ("custom.", "x"),
    ],
)
def test_a_mapping_that_cannot_be_read_is_refused(check, field, attribute):
    assert len(check.refuse_wecom(fields={field: attribute})) == 1


def test_a_value_made_of_attributes_is_kept_as_it_is_written(check):
    fields = {
        "name": "{extattr.姓}{name}",
        "employee_no": {"from": "extattr.工号", "strip_prefix": "E", "pad_left": 8},
        "mobile": {"from": "telephone", "match": "^.*?(1[0-9]{10})$"},
    }
    assert check.wecom(fields=fields).sources["wecom"].fields == fields


def test_what_is_wrong_with_a_step_is_told_where_it_stands(check):
    problems = check.refuse_wecom(fields={"employee_no": {"from": "x", "pad_lft": 8}})
    assert "pad_lft is not a known step" in problems["sources.wecom.fields.employee_no"]


@pytest.mark.parametrize(
    "name", ["extattr.工号", "工号", "{sn}{given Name}", "{from.x}", "employee_no", "1.2."]
)
def test_an_attribute_that_no_ldap_server_can_have_is_refused(check, ldap_document, name):
    problems = check.refuse(ldap_document(fields={"employee_no": name}))
    (said,) = [text for path, text in problems.items() if "fields" in path]
    assert "is no attribute of LDAP" in said or "extattr" in said


def test_attributes_of_ldap_may_have_options_and_numbers(check, ldap_document):
    fields = {"name": "cn;lang-zh", "alias": "{1.2.840.113556.1.4.221}-{displayName}"}
    assert check.accept(ldap_document(fields=fields)).sources["corp_ldap"].fields == fields


def test_departments_are_ids_or_paths(check):
    source = check.wecom(include=[2, "公司/销售部"], exclude=["7"]).sources["wecom"]
    assert source.include == ("2", "公司/销售部")
    assert source.exclude == ("7",)


def test_a_password_is_not_sent_unencrypted_to_another_machine(check, ldap_document):
    problems = check.refuse(
        ldap_document(urls=["ldap://dc1.example.com"], bind_dn="cn=a", bind_password="env:P")
    )
    assert "allow_plaintext" in problems["sources.corp_ldap.urls"]


@pytest.mark.parametrize(
    "keys",
    [
        {"urls": ["ldap://127.0.0.1:389"]},
        {"urls": ["ldap://localhost"]},
        {"urls": ["ldap://[::1]"]},
        {"urls": ["ldap://dc1.example.com"], "allow_plaintext": True},
        {"urls": ["ldaps://dc1.example.com"]},
    ],
)
def test_a_password_may_stay_on_this_machine_or_be_allowed_in_the_open(check, ldap_document, keys):
    check.accept(ldap_document(bind_dn="cn=a", bind_password="env:P", **keys))


@pytest.mark.parametrize(
    ("keys", "path"),
    [({"bind_dn": "cn=a"}, "bind_password"), ({"bind_password": "env:P"}, "bind_dn")],
)
def test_an_account_and_its_password_belong_together(check, ldap_document, keys, path):
    assert f"sources.corp_ldap.{path}" in check.refuse(ldap_document(**keys))


@pytest.mark.parametrize(
    "url", ["http://dc1.example.com", "ldaps://", "ldaps://dc1/dc=example", "dc1"]
)
def test_an_address_of_a_server_is_only_that(check, ldap_document, url):
    assert "sources.corp_ldap.urls.0" in check.refuse(ldap_document(urls=[url]))


@pytest.mark.parametrize("key", ["person_filter", "department_filter"])
@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("(uid=*", "never closed"),
        ("(&(uid=*)(mail=*)", "never closed"),
        ("(uid=*))", "never opened"),
        ("(uid=*))(|(uid=*)", "never opened"),
        ("(uid=*)(mail=*)", "joined by"),
        ("(!(uid=*)(mail=*))", "joined by"),
        ("(&)", "cannot be read"),
        ("(&(uid=*)mail=*)", "'mail=*)' cannot be read"),
        ("(uid)", "'(uid)' cannot be read"),
        ("(=x)", "cannot be read"),
        ("uid=a(b)", "cannot be read"),
        (" ", "cannot be read"),
    ],
)
def test_a_filter_that_cannot_be_one_is_refused_before_a_server_is_asked(
    check, ldap_document, key, written, says
):
    (problem,) = check.refuse(ldap_document(**{key: written})).items()
    assert problem[0] == f"sources.corp_ldap.{key}"
    assert says in problem[1]


@pytest.mark.parametrize(
    "written",
    [
        "uid=*",
        " (uid=*) ",
        "(&(objectClass=user)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))",
        "(| (ou=销售部) (ou=R\\28D\\29) )",
        "(&(whenCreated>=20260101000000.0Z)(cn~=x)(!(description=a=b&c|d!e)))",
    ],
)
def test_a_filter_is_kept_as_it_is_written(check, ldap_document, written):
    loaded = check.accept(ldap_document(person_filter=written))
    assert loaded.sources["corp_ldap"].person_filter == written


@pytest.mark.parametrize(
    ("keys", "path"),
    [({"base_dn": "example.com"}, "base_dn"), ({"groups": ["cn=a,dc=b", "staff"]}, "groups.1")],
)
def test_a_name_without_an_attribute_is_no_dn(check, ldap_document, keys, path):
    (problem,) = check.refuse(ldap_document(**keys)).items()
    assert problem[0] == f"sources.corp_ldap.{path}"
    assert "no DN" in problem[1]


def test_servers_must_not_be_none(check, ldap_document):
    assert check.refuse(ldap_document(urls=[])) == {"sources.corp_ldap.urls": "must not be empty"}


def test_a_fingerprint_moves_with_what_is_read_and_not_with_secrets_or_speed(check):
    plain = check.wecom().sources["wecom"]
    for keys in (
        {"contacts_secret": "env:OTHER"},
        {"concurrency": 2},
        {"every": "1h"},
        {"include": []},
    ):
        assert check.wecom(**keys).sources["wecom"].fingerprint == plain.fingerprint
    seen = {plain.fingerprint}
    for keys in (
        {"exclude": [7]},
        {"include": [7]},
        {"fields": {"name": "alias"}},
        {"fields": {"employee_no": {"from": "alias", "pad_left": 8}}},
        {"corp_id": "wwother"},
    ):
        seen.add(check.wecom(**keys).sources["wecom"].fingerprint)
    assert len(seen) == 6


def test_the_fingerprint_of_the_scope_does_not_move_with_the_fields(check):
    plain, mapped = check.wecom(), check.wecom(fields={"name": "alias"})
    assert plain.sources["wecom"].scope_fingerprint == mapped.sources["wecom"].scope_fingerprint
    assert plain.sources["wecom"].fingerprint != mapped.sources["wecom"].fingerprint


def test_fingerprints_stay_what_they_are_between_releases(check, ldap_document):
    assert check.wecom(exclude=[7, 12]).sources["wecom"].fingerprint == "14f03146b3896eb6"
    assert check.accept(ldap_document()).sources["corp_ldap"].fingerprint == "c81488bc8324f984"


def test_the_order_of_departments_in_a_list_means_nothing(check):
    one, other = check.wecom(exclude=[7, 12]), check.wecom(exclude=[12, 7])
    assert one.sources["wecom"].fingerprint == other.sources["wecom"].fingerprint


def test_starttls_makes_a_password_safe_to_send(check, ldap_document):
    check.accept(
        ldap_document(
            urls=["ldap://dc1.example.com"], bind_dn="cn=a", bind_password="env:P", start_tls=True
        )
    )
    problems = check.refuse(ldap_document(start_tls=True))
    assert "urls has none" in problems["sources.corp_ldap.start_tls"]


def test_a_bind_by_certificate_needs_one_and_tls_and_no_password(check, ldap_document):
    problems = check.refuse(
        ldap_document(
            urls=["ldap://dc1.example.com"],
            bind_method="external",
            bind_dn="cn=a",
            bind_password="env:P",
        )
    )
    assert {path.rpartition(".")[2] for path in problems} == {
        *("bind_dn", "bind_password", "client_cert", "start_tls")
    }
    certificate = {"client_cert": "c.pem", "client_key": "c.key"}
    check.accept(ldap_document(bind_method="external", **certificate))
    check.accept(ldap_document(urls=["ldapi://%2Frun%2Fldapi"], bind_method="external"))


@pytest.mark.parametrize("name", ["", "*)(uid", "a b", "部门"])
def test_departments_come_from_an_attribute_that_can_be_one(check, ldap_document, name):
    problems = check.refuse(ldap_document(departments=f"attribute:{name}"))
    assert list(problems) == ["sources.corp_ldap.departments"]
    check.accept(ldap_document(departments="attribute:departmentNumber"))
