"""The table of error codes: complete, and of the classes that WeCom's documentation asks for."""

import pytest

from syncd.wecom.codes import CODES, ErrorClass, describe

REFERENCE = {
    -1, 6000, 40001, 40003, 40004, 40005, 40006, 40007, 40008, 40009, 40011, 40013, 40014, 40029,
    40031, 40032, 40033, 40035, 40039, 40054, 40055, 40056, 40057, 40058, 40063, 40066, 40068,
    40070, 40071, 40072, 40073, 40074, 40088, 40089, 40091, 40093, 40094, 40123, 40125, 40145,
    40146, 40201, 40204, 40203, 40206, 40207, 40208, 40209, 40210, 41001, 41002, 41004, 41024,
    41006, 41008, 41009, 41010, 41011, 41016, 41017, 41018, 41019, 41033, 42001, 42003, 42009,
    42012, 42014, 42015, 42016, 42017, 42018, 42019, 42020, 42022, 42027, 42028, 42029, 42030,
    42031, 42033, 42035, 42036, 42037, 42038, 42039, 42040, 42041, 42042, 42043, 42044, 42045,
    42046, 42047, 42049, 42050, 42051, 42052, 43004, 43009, 43012, 44001, 44004, 45001, 45002,
    45007, 45008, 45009, 45022, 45024, 45026, 45029, 45031, 45032, 45033, 45034, 45035, 45036,
    46004, 48001, 48002, 48003, 48004, 48005, 48006, 48008, 48009, 48010, 48011, 50001, 50002,
    50003, 50006, 50100, 60001, 60003, 60004, 60005, 60006, 60007, 60008, 60009, 60010, 60011,
    60020, 60021, 60030, 60031, 60102, 60103, 60104, 60105, 60106, 60110, 60111, 60112, 60123,
    60124, 60125, 60127, 60129, 60132, 60136, 60140, 60146, 60147, 60148, 60150, 60257, 60268,
    80001, 81001, 81002, 81003, 81011, 81012, 81013, 81014, 81017, 81026, 82001, 82002, 82003,
    82004, 84014, 84015, 84090, 84025, 84061, 85004, 85005, 85006, 85007, 85008, 85111, 90200,
    90201, 90202, 90203, 90204, 90205, 90206, 90207, 90208, 91040, 92000, 92001, 92002, 92003,
    301002, 301005, 301007, 301012, 301013, 301014, 301015, 301017, 301021, 301036, 301042,
    302003, 302004, 302005, 302006, 302007, 302008, 670001, 701008, 701099, 701134, 830001,
    830003, 830002, 840002, 2000002, 2000111, 2000141,
    # outside of the list of global codes, from the pages on tokens and on retries
    40082, 301022,
}  # fmt: skip


def test_every_code_of_the_reference_is_known_and_no_other() -> None:
    assert set(CODES) == REFERENCE


def test_every_code_has_a_meaning_and_a_class() -> None:
    assert [c.code for c in CODES.values() if not c.meaning or not c.classes] == []
    assert all(number == entry.code for number, entry in CODES.items())


def test_what_an_administrator_must_change_says_how() -> None:
    silent = {c.code for c in CODES.values() if ErrorClass.CONFIG in c.classes and not c.advice}
    assert silent == set()


def test_exactly_the_system_failures_are_tried_again() -> None:
    retried = {code for code, entry in CODES.items() if entry.retried}
    assert retried == {
        -1, 6000, 45033, 45035, 45036, 81026, 301022, 302005, 302008, 2000111, 2000141,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "classes"),
    [
        (40001, ("config", "token")),
        (40014, ("token",)),
        (42001, ("token",)),
        (45009, ("rate",)),
        (45033, ("rate", "retry")),
        (48009, ("perm",)),
        (60003, ("bad", "perm")),
        (60011, ("perm",)),
        (60020, ("config",)),
        (60111, ("unreach", "perm")),
        (42047, ("bad",)),
    ],
)
def test_classes_are_those_of_the_reference(code: int, classes: tuple[str, ...]) -> None:
    assert describe(code).classes == classes


def test_an_unknown_code_is_bad_and_not_retried() -> None:
    unknown = describe(987654)
    assert (unknown.code, unknown.classes, unknown.retried) == (987654, (ErrorClass.BAD,), False)
