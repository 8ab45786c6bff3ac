from pathlib import Path

import pytest

from syncd.config.common_field import MAPPED
from syncd.config.load import find_configuration, load_configuration, require_secrets
from syncd.errors import ConfigError, ExitStatus
from syncd.sources.ldap.kinds import KINDS
from syncd.sources.wecom.attributes import DEFAULTS

WECOM = '[sources.wecom]\ntype = "wecom"\ncorp_id = "ww0"\ncontacts_secret = "env:CONTACTS"\n'
OFF = '[sources.old]\nenabled = false\ntype = "wecom"\ncorp_id = "ww1"\ncontacts_secret = "env:GONE"\n'


def write(folder, text, name="syncd.toml"):
    file = folder / name
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    return file


def load(tmp_path, text, env=None):
    return load_configuration(write(tmp_path, text), env or {})


def warned(tmp_path, text):
    return {warning.path: warning.text for warning in load(tmp_path, text)[1]}


def test_the_option_comes_before_the_environment_and_that_before_the_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    write(tmp_path / "config", "")
    env = {"SYNCD_CONFIG": "/of/env.toml"}
    assert find_configuration(Path("/of/option.toml"), env) == Path("/of/option.toml")
    assert find_configuration(None, env) == Path("/of/env.toml")
    assert find_configuration(None, {}) == Path("config/syncd.toml")


def test_no_file_anywhere_says_where_one_was_looked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("syncd.config.load.SYSTEM_FILE", tmp_path / "none.toml")
    with pytest.raises(ConfigError, match=r"\./config/syncd\.toml") as refused:
        find_configuration(None, {})
    assert "syncd init" in refused.value.hint
    assert refused.value.exit_status == ExitStatus.USAGE


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read: No such file"),
        (b"[store\n", "is no TOML"),
        (b"a = 1\na = 2\n", "is no TOML"),
        (b"\xff\xfe", "is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_understood_is_named_with_the_reason(tmp_path, content, reason):
    file = tmp_path / "syncd.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=reason) as refused:
        load_configuration(file, {})
    assert str(file) in refused.value.message


def test_a_folder_in_the_place_of_the_file_is_no_crash(tmp_path):
    with pytest.raises(ConfigError, match="Is a directory"):
        load_configuration(tmp_path, {})


def test_a_byte_order_mark_does_no_harm(tmp_path):
    file = tmp_path / "syncd.toml"
    file.write_bytes(b"\xef\xbb\xbf[store]\n")
    load_configuration(file, {})


def test_relative_paths_are_relative_to_the_file_and_not_to_where_one_stands(tmp_path, monkeypatch):
    monkeypatch.chdir("/")
    configuration, _ = load(tmp_path, '[store]\nurl = "sqlite:///syncd.db"\n')
    assert configuration.store.sqlite_path == tmp_path / "syncd.db"


def test_loading_reads_no_secret_and_a_disabled_source_never_needs_one(tmp_path):
    configuration, warnings = load(tmp_path, WECOM + OFF, {"CONTACTS": "s3cr3t"})
    assert warnings == []
    require_secrets(configuration)


def test_all_missing_secrets_are_told_at_once(tmp_path):
    text = WECOM + 'app_secret = "file:nope"\nagent_id = 1\n' + OFF + '[store]\nurl = "env:DB"\n'
    configuration, _ = load(tmp_path, text)
    with pytest.raises(ConfigError) as refused:
        require_secrets(configuration)
    for path in ("store.url", "sources.wecom.app_secret", "sources.wecom.contacts_secret"):
        assert path in refused.value.message
    assert "GONE" not in refused.value.message


def test_a_literal_secret_works_and_is_warned_about(tmp_path):
    text = WECOM.replace("env:CONTACTS", "hunter2")
    configuration, warnings = load(tmp_path, text)
    assert configuration.sources["wecom"].contacts_secret.reveal() == "hunter2"
    assert [warning.path for warning in warnings] == ["sources.wecom.contacts_secret"]
    assert "hunter2" not in str(warnings)


def test_a_literal_secret_in_a_file_that_everybody_can_read_is_told_twice(tmp_path):
    file = write(tmp_path, WECOM.replace("env:CONTACTS", "hunter2"))
    file.chmod(0o644)
    assert any("chmod 600" in warning.text for warning in load_configuration(file, {})[1])


def test_an_unencrypted_wecom_is_warned_about_unless_it_is_near_or_allowed(tmp_path):
    far = WECOM + 'base_url = "http://wecom.example.com"\n'
    assert "not encrypted" in warned(tmp_path, far)["sources.wecom.base_url"]
    assert warned(tmp_path, far + "allow_plaintext = true\n") == {}
    assert warned(tmp_path, WECOM + 'base_url = "http://127.0.0.1:8000"\n') == {}


def test_what_has_no_effect_yet_is_warned_about_and_not_refused(tmp_path):
    text = WECOM + 'lookup = true\n[http]\nlisten = "127.0.0.1:80"\n'
    found = warned(tmp_path, text)
    assert found["http"] == "[http] has no effect in this version"
    assert set(found) == {"http", "sources.wecom.lookup"}


def test_a_value_that_asks_for_what_happens_anyway_is_not_warned_about(tmp_path):
    assert warned(tmp_path, WECOM + 'lookup = false\n[reconcile]\nunmatched = "report"\n') == {}


def test_a_key_without_effect_in_one_type_of_source_may_have_one_in_another(tmp_path):
    pair = 'client_cert = "c.pem"\nclient_key = "c.key"\n'
    ldap = '[sources.x]\ntype = "ldap"\nurls = ["ldaps://h"]\nbase_dn = "dc=x"\n'
    assert set(warned(tmp_path, WECOM + pair)) == {
        "sources.wecom.client_cert",
        "sources.wecom.client_key",
    }
    assert warned(tmp_path, ldap + pair) == {}


SEVERAL = """
[sources.corp]
type = "ldap"
urls = ["ldaps://dc1.example.com"]
base_dn = "dc=example,dc=com"
"""


@pytest.mark.parametrize("field", ["mobile", "email", "biz_email"])
def test_asking_for_people_is_for_several_sources_and_a_field_that_wecom_can_be_asked_by(
    tmp_path, field
):
    rules = '[reconcile]\nauthority = "corp"\ncommon_field = "{}"\n'
    asking = WECOM + "lookup = true\n" + SEVERAL + 'fields = { biz_email = "mail" }\n'
    assert warned(tmp_path, asking + rules.format(field)) == {}
    told = warned(tmp_path, asking + rules.format("employee_no"))
    assert "has no effect" in told["sources.wecom.lookup"]
    assert "has no effect" in warned(tmp_path, WECOM + "lookup = true\n")["sources.wecom.lookup"]


@pytest.mark.parametrize(
    ("field", "unmapped"),
    [
        ("mobile", set()),
        ("employee_no", {"sources.wecom.fields"}),
        ("biz_email", {"sources.corp.fields"}),
        ("custom.badge", {"sources.corp.fields", "sources.wecom.fields"}),
    ],
)
def test_a_source_that_is_not_told_where_the_common_field_stands_is_warned_about(
    tmp_path, field, unmapped
):
    rules = f'[reconcile]\nauthority = "corp"\ncommon_field = "{field}"\n'
    told = warned(tmp_path, WECOM + SEVERAL + rules)
    assert set(told) == unmapped
    assert all(field in each for each in told.values())
    wecom, corp = (f'fields = {{ "{field}" = "{one}" }}\n' for one in ("extattr.x", "x"))
    assert warned(tmp_path, WECOM + wecom + SEVERAL + corp + rules) == {}


def test_the_fields_that_a_source_has_without_being_told_are_those_that_it_reads():
    assert MAPPED["wecom"] == frozenset(DEFAULTS)
    for kind in KINDS.values():
        assert MAPPED["ldap"] == frozenset(kind.fields)


def test_an_authority_that_is_asked_and_users_of_another_source_do_not_go_together(tmp_path):
    rules = '[reconcile]\nauthority = "{}"\ncommon_field = "mobile"\nunmatched = "create"\n'
    asking = WECOM + "lookup = true\n" + SEVERAL
    assert warned(tmp_path, asking + rules.format("corp")) == {}
    with pytest.raises(ConfigError, match=r"sources\.wecom\.lookup"):
        warned(tmp_path, asking + rules.format("wecom"))
