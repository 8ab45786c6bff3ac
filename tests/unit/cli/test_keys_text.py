"""What `syncd keys` says to a person."""

from datetime import timedelta

import pytest

from syncd.cli.keys_text import FLAWS, STATES, VERDICTS, _percent, show
from syncd.model.fitness import FieldState, Flaw, Verdict
from syncd.model.record import UserRecord
from syncd.reconcile.keys import gather
from syncd.services.keys import AskedSource, Intention, survey
from tests.unit.reconcile.memory import NOW

WECOM = AskedSource("wecom", "wecom", frozenset({"mobile", "userid"}))


def people(source: str, number: int, **makers):
    for n in range(number):
        fields = {field: make(n) for field, make in makers.items()}
        yield UserRecord(source, str(n), NOW, fields, None)


def both(**makers):
    return [*people("corp", 20, **makers), *people("wecom", 20, **makers)]


@pytest.fixture
def said(capsys):
    """Return a function that says what was surveyed, and returns the lines."""

    def tell(records, common_field=None, asked=()) -> list[str]:
        found = survey(gather(records), {}, asked, Intention("corp", common_field, frozenset()))
        show(found, NOW + timedelta(minutes=5))
        return capsys.readouterr().out.splitlines()

    return tell


def mobile(n: int) -> str:
    return f"1380013{n:04d}"


def userid(n: int) -> str:
    return f"u{n}"


def test_every_code_has_its_words() -> None:
    assert STATES.keys() == set(FieldState)
    assert VERDICTS.keys() == set(Verdict)
    assert FLAWS.keys() == set(Flaw)


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (0, 0, "-"),
        (0, 7, "0 %"),
        (1, 1000, "< 1 %"),
        (1, 3, "33 %"),
        (999, 1000, "99 %"),
        (1000, 1000, "100 %"),
    ],
)
def test_neither_nearly_nobody_nor_nearly_everybody_is_rounded_away(part, whole, expected) -> None:
    assert _percent(part, whole) == expected


def test_each_source_is_named_with_its_age_and_the_authority_with_what_it_is(said) -> None:
    lines = said(both(mobile=mobile))

    assert lines[:2] == [
        "corp: 20 people, last read 5 minutes ago; its people are the users",
        "wecom: 20 people, last read 5 minutes ago",
    ]


def test_a_configured_source_without_records_has_not_been_read(said) -> None:
    lines = said(list(people("corp", 3, mobile=mobile)), asked=(WECOM,))

    assert "wecom: has not been read yet" in lines


def test_the_recommended_field_that_is_configured_already_is_just_confirmed(said) -> None:
    (line,) = [one for one in said(both(mobile=mobile), "mobile") if "Recommended" in one]

    assert line == (
        'Recommended: common_field = "mobile": it links 20 of the 20 people whom both sides could '
        "have at most; a company phone may be handed on to somebody else."
    )


def test_a_configured_field_that_links_as_many_may_stay(said) -> None:
    lines = said(both(mobile=mobile, userid=userid), "userid")

    assert lines[-1].startswith('Recommended: common_field = "mobile"')
    assert lines[-1].endswith("userid links as many: keep it if it serves.")


def test_another_field_than_the_configured_one_is_told_to_be_held(said) -> None:
    lines = said(both(mobile=mobile, alias=lambda _: "boss"), "alias")

    assert lines[-1].endswith("The first run with another common field is held for you to review.")


def test_values_of_a_rank_are_not_listed_as_if_they_were_mistakes(said) -> None:
    lines = said(both(**{"custom.grade": lambda n: f"P{n % 3}"}))

    assert not [line for line in lines if "shared are" in line]


def test_a_shared_number_is_listed_with_how_many_people_have_it(said) -> None:
    lines = said(both(mobile=lambda n: mobile(min(n, 17))))

    assert "mobile, wecom: shared are +8613800130017 (3 people)" in lines


def test_a_field_that_joins_other_names_says_so(said) -> None:
    records = [
        *people("corp", 40, name=lambda n: f"N{n}", mobile=mobile, userid=userid),
        *people("wecom", 40, name=lambda n: f"N{n}", mobile=mobile, userid=lambda n: f"u{39 - n}"),
    ]

    assert "userid: 40 of 40 links join people of different names" in said(records)


def test_before_anything_was_read_that_is_said(said) -> None:
    assert said([]) == ["Nothing has been synced yet: syncd sync brings the directory here."]
