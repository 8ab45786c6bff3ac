"""What follows from each error of a send."""

import pytest

from syncd.wecom.codes import CODES, ErrorClass
from syncd.wecom.errors import (
    ErrorBody,
    WeComError,
    WeComMalformed,
    WeComUnfit,
    WeComUnreachable,
    answer_error,
)
from syncd.wecom.messages.dispositions import Consequence, Disposition, Window, disposition

C = Consequence
ANY = (Window.MINUTE, Window.HOUR, Window.DAY)


def refused(code: int, endpoint: str = "message/send", **document: object) -> WeComError:
    body = ErrorBody.of(code, document, lambda text: text)
    return answer_error(body, endpoint=endpoint, subject="", secret_name="app_secret")


#: Every code of reference 9.7, and of 17 those that a send can meet: for several recipients.
EXPECTED = {
    # one recipient's fault
    **dict.fromkeys((81013, 40003, 40031, 46004, 60111, 60011, 60021, 60030, 50002), C.SPLIT),
    **dict.fromkeys((92000, 43004, 84061, 301021, 701008, 701099, 40125), C.SPLIT),
    # too many
    **dict.fromkeys((40032, 82001, 82002, 82003, 40035, 40206), C.SPLIT),
    # the content's own
    **dict.fromkeys((40008, 44004, 45002, 41016, 41033, 45008, 45032, 45034), C.MESSAGE),
    **dict.fromkeys((40094, 40039, 40058, 40063, 40033, 40074, 82004, 40201, 40204), C.MESSAGE),
    **dict.fromkeys((42014, *range(42027, 42032), 42033, *range(42035, 42048)), C.MESSAGE),
    **dict.fromkeys((42049, 42050, 42051, 43012, *range(90200, 90209), 40203), C.MESSAGE),
    # of its files, from the upload
    **dict.fromkeys((40004, 40005, 40006, 40009, 40011, 40123), C.MESSAGE),
    **dict.fromkeys((44001, 45001, 45007, 301017), C.MESSAGE),
    **dict.fromkeys((40007, 40145, 41006, 301015), C.MEDIA),
    # too fast
    **dict.fromkeys((45009, 45033, 45036, 701134), C.SLOW_DOWN),
    # WeCom's own failures
    **dict.fromkeys((-1, 6000, 45035, 81026, 301022, 302005, 2000111, 2000141), C.RETRY),
    # for every message alike
    **dict.fromkeys((40056, 41011, 301002, 48002, 50003, 301007, 60020), C.CONFIGURATION),
    **dict.fromkeys((40001, 40013, 40014, 40091, 41001, 41002, 41004, 41024), C.CONFIGURATION),
    **dict.fromkeys((42001, 45031, 48001, 48004, 48005, 48006, 48009, 48010), C.CONFIGURATION),
    **dict.fromkeys((43009, 50006, 60031, 92002, 92003, 301042, 840002, 2000002), C.CONFIGURATION),
    # nobody knows
    **dict.fromkeys((99999999, -7, 1), C.RETRY),
}


@pytest.mark.parametrize(("code", "expected"), EXPECTED.items())
def test_every_code_has_what_follows_from_it(code, expected):
    found = disposition(refused(code))
    assert (found.consequence, found.code) == (expected, code)


@pytest.mark.parametrize("code", [code for code, what in EXPECTED.items() if what is C.SPLIT])
def test_with_one_recipient_there_is_nothing_to_split(code):
    one = disposition(refused(code), several=False).consequence
    assert one is (C.MESSAGE if code in (40035, 40206) else C.RECIPIENT)


@pytest.mark.parametrize("code", [code for code, what in EXPECTED.items() if what is not C.SPLIT])
def test_with_one_recipient_all_else_follows_as_with_several(code):
    assert disposition(refused(code), several=False) == disposition(refused(code))


def test_no_code_of_the_table_is_without_what_follows():
    found = {code: disposition(refused(code)).consequence for code in CODES}
    assert set(found.values()) == set(Consequence) - {C.RECIPIENT, C.UNKNOWN_OUTCOME}
    for code, known in CODES.items():
        if known.classes[0] in (ErrorClass.CONFIG, ErrorClass.TOKEN, ErrorClass.PERM):
            # never the message's, but where it is for a kind of message alone
            assert found[code] is not C.MESSAGE or code == 43012
        if ErrorClass.RETRY in known.classes:
            assert found[code] in (C.RETRY, C.SLOW_DOWN)


@pytest.mark.parametrize(
    ("code", "endpoint", "windows"),
    [
        (45009, "message/send", ANY),
        (45009, "media/upload", ANY),
        (45009, "gettoken", (Window.HOUR,)),
        (45036, "message/send", ANY),
        (701134, "message/send", ANY),
        (45033, "message/send", ()),
        (-1, "message/send", ()),
        (60020, "message/send", ()),
    ],
)
def test_a_block_may_last_as_long_as_the_limits_are(code, endpoint, windows):
    assert disposition(refused(code, endpoint)).windows == windows


def test_windows_know_how_long_they_last():
    assert [window.at_most.total_seconds() for window in Window] == [60, 3600, 86_400]


@pytest.mark.parametrize("code", [40001, 40013, 40058, 40003, 81013, 40008, 48002, 60020, 99999999])
@pytest.mark.parametrize("several", [True, False])
def test_a_refused_token_is_no_message_s_and_nobody_s_fault(code, several):
    found = disposition(refused(code, "gettoken"), several=several)
    assert found.consequence is C.CONFIGURATION


@pytest.mark.parametrize("code", [-1, 81026, 2000111])
def test_a_token_that_could_not_be_had_for_a_while_passes_by_itself(code):
    assert disposition(refused(code, "gettoken")).consequence is C.RETRY


@pytest.mark.parametrize("kind", [WeComUnreachable, WeComMalformed])
def test_what_may_have_arrived_has_an_unknown_outcome_and_the_rest_is_tried_again(kind):
    lost = kind("x", endpoint="message/send", may_have_arrived=True)
    assert disposition(lost) == Disposition(C.UNKNOWN_OUTCOME)
    assert disposition(kind("x", endpoint="message/send")) == Disposition(C.RETRY)
    token = kind("x", endpoint="gettoken", may_have_arrived=True)
    assert disposition(token) == Disposition(C.RETRY)


def test_a_file_that_is_unfit_is_the_message_s_own_fault():
    assert disposition(WeComUnfit("x", faults=())) == Disposition(C.MESSAGE)


@pytest.mark.parametrize(
    ("document", "wait", "suggestion", "final"),
    [
        ({}, None, "", False),
        ({"interval": 5}, 5.0, "", False),
        ({"interval": 0}, 0.0, "", False),
        ({"interval": -1}, -1.0, "", True),
        ({"suggestion": "30"}, 30.0, "30", False),
        ({"suggestion": "call us"}, None, "call us", False),
        ({"interval": 7, "suggestion": "30"}, 7.0, "30", False),
    ],
)
@pytest.mark.parametrize("code", [-1, 45009, 60020, 81013, 99999999])
def test_what_wecom_asks_for_is_carried_with_it(code, document, wait, suggestion, final):
    found = disposition(refused(code, **document))
    assert (found.wait, found.suggestion, found.final) == (wait, suggestion, final)


def test_who_is_named_beside_a_code_needs_no_split():
    found = disposition(refused(81013, invaliduser="A|b", unlicenseduser=["C"]))
    assert (found.invalid_users, found.unlicensed_users) == ({"a", "b"}, {"c"})
