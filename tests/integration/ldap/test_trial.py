"""Trying an LDAP source out, and `syncd init` with it, on a real slapd."""

import stat
from pathlib import Path

import pytest

from syncd.cli import run
from syncd.errors import SourceRejected
from tests.integration.ldap.slapd import (
    READER,
    READER_PASSWORD,
    SUFFIX,
    person,
    unit,
)

RESEARCH = unit("研发部")


@pytest.fixture
def company(slapd):
    slapd.prepare([RESEARCH, person("zhangsan", "张三", RESEARCH[0])])
    slapd.start()
    return slapd


def test_a_source_that_can_be_read_says_what_it_found(company, make_source) -> None:
    found = make_source().try_out()

    assert [one.partition(":")[0] for one in found] == ["bind", "directory", "base_dn"]
    assert found[1] == "directory: OpenLDAP"
    assert company.url in found[0]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        pytest.param({"bind_password": lambda: "wrong"}, "refused", id="a wrong password"),
        pytest.param({"base_dn": f"ou=nowhere,{SUFFIX}"}, "nothing at", id="no such base"),
        pytest.param({"person_filter": "(uid=nobody)"}, "No person", id="nobody below it"),
    ],
)
@pytest.mark.usefixtures("company")
def test_a_source_that_shows_nobody_is_refused_with_its_setting(
    make_source, settings, says
) -> None:
    with pytest.raises(SourceRejected) as refused:
        make_source(**settings).try_out()

    assert says in refused.value.message
    assert refused.value.hint


def test_the_first_configuration_of_an_ldap_directory(company, tmp_path: Path, capsys) -> None:
    file = tmp_path / "syncd.toml"
    options = ["--url", company.url, "--base-dn", SUFFIX, "--bind-dn", READER]
    password = ["--bind-password", READER_PASSWORD]

    assert run(["init", "--yes", "--config", str(file), *options, *password]) == 0
    assert stat.S_IMODE((tmp_path / "ldap_bind_password").stat().st_mode) == 0o600
    assert READER_PASSWORD not in file.read_text(encoding="utf-8")
    assert run(["sync", "--config", str(file)]) == 0
    assert "people are to be seen" in capsys.readouterr().out
