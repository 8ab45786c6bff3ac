"""`syncd init` against a simulated WeCom: asked, tried and written whole, or not at all."""

import stat
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from syncd import bootstrap
from syncd.cli import cli
from syncd.simulator import SimulatorOptions
from syncd.simulator.running import ThreadedSimulator


@pytest.fixture(scope="module")
def wecom() -> Iterator[ThreadedSimulator]:
    with ThreadedSimulator(SimulatorOptions()) as running:
        yield running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "etc" / "syncd.toml"


@pytest.fixture
def options(wecom: ThreadedSimulator, file: Path) -> list[str]:
    return [
        *("init", "--yes", "--config", str(file), "--corp-id", wecom.corp_id),
        *("--agent-id", str(wecom.agent_id), "--app-secret", wecom.app_secret),
        *("--base-url", wecom.base_url),
    ]


def changed(options: list[str], name: str, value: str) -> list[str]:
    place = options.index(name) + 1
    return [*options[:place], value, *options[place + 1 :]]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def left(folder: Path) -> list[str]:
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*"))


def test_options_say_everything(call, options, file) -> None:
    answer = call(None, *options)

    assert answer.status == 0, answer.err
    assert "departments it may see: 20" in answer.out
    secret = file.parent / "wecom_app_secret"
    assert (mode(file), mode(secret)) == (0o600, 0o600)
    assert "simulated-app-secret" not in file.read_text() + answer.out + answer.err
    assert call(None, "db", "current", "--json", "--config", str(file)).json["state"] == "current"
    assert call(None, "sync", "--config", str(file)).status == 0
    assert not list(file.parent.glob(".*"))


@pytest.mark.parametrize(
    ("name", "value"), [("--app-secret", "wrong"), ("--corp-id", "ww0000000000000000")]
)
def test_what_wecom_refuses_is_not_written(call, options, tmp_path, name, value) -> None:
    answer = call(None, *changed(options, name, value))

    assert answer.status == 3
    assert answer.err
    assert left(tmp_path) == []


def test_a_store_that_cannot_be_made_leaves_nothing(call, options, tmp_path) -> None:
    (tmp_path / "file").write_text("")

    answer = call(None, *options, "--store", f"sqlite:///{tmp_path}/file/syncd.db")

    assert answer.status in {2, 6}
    assert left(tmp_path) == ["file"]


def test_a_store_of_something_else_is_left_as_it_is(call, options, tmp_path) -> None:
    other = tmp_path / "other.db"
    other.write_bytes(b"this is no database at all" * 100)

    answer = call(None, *options, "--store", f"sqlite:///{other}")

    assert answer.status == 6
    assert other.read_bytes() == b"this is no database at all" * 100
    assert left(tmp_path) == ["other.db"]


def test_an_existing_file_is_replaced_only_where_that_is_said(call, options, file) -> None:
    file.parent.mkdir()
    file.write_text("# mine\n")

    refused = call(None, *options)
    assert refused.status == 2
    assert "--overwrite" in refused.err
    assert file.read_text() == "# mine\n"
    assert left(file.parent) == ["syncd.toml"]

    assert call(None, *options, "--overwrite").status == 0
    assert "[sources.wecom]" in file.read_text()


def test_a_replaced_file_comes_back_where_the_end_fails(call, options, file, tmp_path) -> None:
    file.parent.mkdir()
    file.write_text("# mine\n")
    (file.parent / "wecom_app_secret").write_text("mine\n")
    (file.parent / ".syncd.toml.new").mkdir()  # in the way of the last step

    answer = call(None, *options, "--overwrite")

    assert answer.status == 2
    assert file.read_text() == "# mine\n"
    assert (file.parent / "wecom_app_secret").read_text() == "mine\n"
    assert not (file.parent / "syncd.db").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(["--corp-id", "ww5f3a91c07de24b68"], "--app-secret", id="no secret"),
        pytest.param(["--type", "ldap", "--url", "ldaps://x"], "--base-dn", id="no base"),
        pytest.param(
            ["--corp-id", "ww5f3a91c07de24b68", "--app-secret", "x"], "--agent-id", id="no agent"
        ),
        pytest.param(["--type", "ldap", "--corp-id", "x"], "--corp-id", id="of the other kind"),
    ],
)
def test_what_is_missing_is_named(call, file, words, says) -> None:
    answer = call(None, "init", "--yes", "--config", str(file), *words)

    assert answer.status == 2
    assert says in answer.err
    assert not file.parent.exists()


# ── asking ──────────────────────────────────────────────────────────────────────────────────


def asked(wecom: ThreadedSimulator, *answers: str) -> click.testing.Result:
    said = "".join(f"{one}\n" for one in answers)
    return CliRunner().invoke(
        cli, ["init", "--base-url", wecom.base_url], input=said, standalone_mode=False
    )


def test_a_person_is_asked_for_what_is_needed(wecom, file) -> None:
    result = asked(
        wecom, str(file), "wecom", wecom.corp_id, wecom.app_secret, "", "1000002", "literal", ""
    )

    assert result.exception is None
    assert result.return_value == 0
    assert 'app_secret = "simulated-app-secret"' in file.read_text()
    assert "simulated-app-secret" not in result.output
    assert mode(file) == 0o600


def test_a_person_decides_when_the_trial_failed(wecom, file) -> None:
    answers = (str(file), "wecom", wecom.corp_id, "wrong", "", "1000002", "file", "")

    declined = asked(wecom, *answers, "n")
    assert declined.return_value == 3
    assert not file.exists()

    assert asked(wecom, *answers, "y").return_value == 0
    assert (file.parent / "wecom_app_secret").read_text() == "wrong\n"


def test_a_person_who_stops_leaves_nothing(wecom, file, tmp_path) -> None:
    result = asked(wecom, str(file), "wecom", wecom.corp_id)  # the input ends: like Ctrl-C

    assert isinstance(result.exception, click.Abort)
    assert left(tmp_path) == []


@pytest.mark.parametrize("moment", ["try_source", "open_store"])
def test_ctrl_c_leaves_nothing(call, options, tmp_path, monkeypatch, moment) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bootstrap, moment, interrupt)

    assert call(None, *options).status == 130
    assert left(tmp_path) == []
