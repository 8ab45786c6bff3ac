"""A bind that a real OpenLDAP server refuses says why, as far as the server tells."""

import pytest

from syncd.errors import SourceRejected
from tests.integration.ldap.slapd import ADMIN, SUFFIX, Slapd, person, unit

POLICIES = unit("policies")
DEFAULT = f"cn=default,{POLICIES[0]}"
POLICY = (
    DEFAULT,
    {
        "objectClass": ["person", "pwdPolicy"],
        "sn": "default",
        "pwdAttribute": "userPassword",
        "pwdLockout": "TRUE",
        "pwdMaxFailure": "2",
        "pwdMaxAge": "86400",
        "pwdMustChange": "TRUE",
    },
)
ZHANGSAN = person("zhangsan", "张三", userPassword="right-password")
LISI = person("lisi", "李四", userPassword="old-password", pwdChangedTime="20200101000000Z")


@pytest.fixture
def company(slapd: Slapd) -> Slapd:
    slapd.policy = (f"ppolicy_default {DEFAULT}", "ppolicy_use_lockout")
    slapd.prepare([POLICIES, POLICY, ZHANGSAN, LISI])
    slapd.start()
    return slapd


def refusal(source) -> SourceRejected:
    with pytest.raises(SourceRejected) as caught:
        source.read({})
    assert caught.value.hint
    return caught.value


def as_zhangsan(make_source, password: str = "right-password"):
    return make_source(bind_dn=ZHANGSAN[0], bind_password=lambda: password)


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"bind_password": lambda: "wrong"}, id="a wrong password"),
        pytest.param({"bind_dn": f"cn=nobody,{SUFFIX}"}, id="no such account"),
    ],
)
def test_openldap_does_not_tell_a_wrong_name_from_a_wrong_password(company, make_source, settings):
    error = refusal(make_source(**settings))
    assert "there is no such account, or the password is wrong" in error.message
    assert "bind_dn and bind_password" in error.hint


def test_an_account_that_is_locked_is_told_from_a_wrong_password(company, make_source):
    for _ in range(2):
        assert "password is wrong" in refusal(as_zhangsan(make_source, "wrong")).message
    assert "the account is locked" in refusal(as_zhangsan(make_source)).message


def test_a_password_that_has_expired_says_so(company, make_source):
    source = make_source(bind_dn=LISI[0], bind_password=lambda: "old-password")
    assert "the password has expired" in refusal(source).message


def test_a_password_that_must_be_changed_first_says_so_though_the_bind_succeeds(
    company, make_source
):
    company.replace(ZHANGSAN[0], "pwdReset", "TRUE")
    assert "must be changed" in refusal(as_zhangsan(make_source)).message


def test_a_name_that_is_no_dn_says_so(company, make_source):
    error = refusal(make_source(bind_dn="reader"))
    assert "bind_dn is no valid DN" in error.message


def test_an_anonymous_bind_that_is_not_allowed_says_so(company, make_source):
    error = refusal(make_source(bind_dn=None, bind_password=None))
    assert "allows no anonymous bind" in error.message
    assert "bind_dn" in error.hint


def test_the_password_is_asked_for_with_every_bind_and_kept_nowhere(company, make_source):
    asked = []
    source = make_source(bind_dn=ADMIN, bind_password=lambda: asked.append(1) or "admin-secret")
    source.read({})
    source.read({})
    assert len(asked) == 2
