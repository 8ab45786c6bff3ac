from pathlib import Path

import pytest

from syncd.config.origin import Origin
from syncd.config.secret import Reference, Secret
from syncd.errors import ConfigError


def secret(kind, name, env=None, folder="/nowhere"):
    return Secret((Reference(kind, name),), Origin(Path(folder), env or {}))


def test_a_secret_is_read_from_the_environment():
    assert secret("env", "APP", {"APP": "s3cr3t"}).reveal() == "s3cr3t"


@pytest.mark.parametrize(("env", "state"), [({}, "is not set"), ({"APP": ""}, "is empty")])
def test_a_variable_that_is_missing_or_empty_is_named(env, state):
    with pytest.raises(ConfigError, match=f"APP {state}"):
        secret("env", "APP", env).reveal()


def test_a_secret_file_is_relative_to_the_configuration_and_loses_its_line_end(tmp_path):
    (tmp_path / "app").write_text(" s3cr3t \n", encoding="utf-8")
    assert secret("file", "app", folder=tmp_path).reveal() == " s3cr3t "


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "No such file"), (b"\n", "is empty"), (b"\xff\xfe", "not UTF-8")]
)
def test_a_secret_file_that_is_of_no_use_is_named(tmp_path, content, reason):
    if content is not None:
        (tmp_path / "app").write_bytes(content)
    with pytest.raises(ConfigError, match=reason):
        secret("file", "app", folder=tmp_path).reveal()


def test_a_credential_is_read_from_the_folder_that_systemd_names(tmp_path):
    (tmp_path / "app").write_text("s3cr3t", encoding="utf-8")
    assert (
        secret("credential", "app", {"CREDENTIALS_DIRECTORY": str(tmp_path)}).reveal() == "s3cr3t"
    )


def test_a_credential_outside_of_systemd_says_what_to_do():
    with pytest.raises(ConfigError) as refused:
        secret("credential", "app").reveal()
    assert "LoadCredential=" in refused.value.hint


def test_no_secret_shows_in_repr_str_or_format():
    both = Secret(
        (Reference("literal", "hunter2"), Reference("env", "APP")),
        Origin(Path("/x"), {"APP": "hunter2"}),
    )
    for shown in (repr(both), str(both), f"{both}", repr(both.references), repr(both.origin)):
        assert "hunter2" not in shown
    assert "env:APP" in str(both)


def test_of_a_list_the_first_is_used_and_all_are_accepted(check, wecom_document):
    check.env = {"NEW": "new", "OLD": "old"}
    rotating = check.accept(wecom_document(contacts_secret=["env:NEW", "env:OLD"]))
    contacts = rotating.sources["wecom"].contacts_secret
    assert contacts.reveal() == "new"
    assert contacts.reveal_all() == ("new", "old")


@pytest.mark.parametrize("value", ["", "   ", "env:", "credential:../x", 5, [], ["env:A", 5]])
def test_what_can_be_no_secret_is_refused(check, value):
    assert "sources.wecom.contacts_secret" in check.refuse_wecom(contacts_secret=value)
