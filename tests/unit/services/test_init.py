import tomllib
from pathlib import Path

import pytest

from syncd.services.init import Answers, Draft, draft

FILE = Path("/nowhere/syncd.toml")


def made(keep: str = "file", secret: str = "s3cret") -> Draft:
    settings = {"type": "wecom", "corp_id": 'ww"1', "agent_id": 7}
    return draft(
        Answers(FILE, "sqlite:///x.db", "corp-1", settings, {"app_secret": secret}, keep)  # type: ignore[arg-type] # one of three
    )


def written(one: Draft) -> dict[str, object]:
    return tomllib.loads(one.files[FILE])


def test_a_secret_goes_into_a_file_of_its_own() -> None:
    one = made()

    assert written(one) == {
        "store": {"url": "sqlite:///x.db"},
        "sources": {
            "corp-1": {
                "type": "wecom",
                "corp_id": 'ww"1',
                "agent_id": 7,
                "app_secret": "file:corp-1_app_secret",
            }
        },
    }
    assert list(one.files) == [Path("/nowhere/corp-1_app_secret"), FILE]  # what it needs is first
    assert one.files[Path("/nowhere/corp-1_app_secret")] == "s3cret\n"


@pytest.mark.parametrize(
    ("keep", "expected", "variables"),
    [
        pytest.param("literal", "s3cret", (), id="in the configuration"),
        pytest.param(
            "env", "env:SYNCD_CORP_1_APP_SECRET", ("SYNCD_CORP_1_APP_SECRET",), id="outside"
        ),
    ],
)
def test_a_person_chooses_where_secrets_go(
    keep: str, expected: str, variables: tuple[str, ...]
) -> None:
    one = made(keep)

    assert written(one)["sources"]["corp-1"]["app_secret"] == expected  # type: ignore[index] # TOML
    assert list(one.files) == [FILE]
    assert one.variables == variables


@pytest.mark.parametrize("reference", ["env:X", "file:/x", "credential:x"])
def test_a_reference_is_written_as_it_is(reference: str) -> None:
    one = made(secret=reference)

    assert written(one)["sources"]["corp-1"]["app_secret"] == reference  # type: ignore[index] # TOML
    assert list(one.files) == [FILE]


def test_what_is_tried_has_the_secret_and_shows_it_nowhere() -> None:
    one = made()

    assert one.trial["sources"]["corp-1"]["app_secret"] == "s3cret"
    assert "s3cret" not in repr(one)
