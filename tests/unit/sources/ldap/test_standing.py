"""Where a server stands tells what has changed, or that it cannot be told."""

import pytest

from syncd.model.cursor import Why
from syncd.sources.ldap.standing import How, Standing, context_of, recall_standing, since

EARLY, LATE, LATER = (
    f"202611281426{second}.052339Z#000000#{{server}}#000000" for second in ("01", "02", "03")
)


def csn(**marks: str) -> Standing:
    named = {name[1:]: mark.format(server=name[1:]) for name, mark in marks.items()}
    return Standing(How.CSN, "", "dc=example,dc=test", named)


def usn(number: int, server: str = "dc1#00") -> Standing:
    return Standing(How.USN, server, "", {"usn": str(number)})


def time(server: str = "ldap://one") -> Standing:
    return Standing(How.TIME, server)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        pytest.param(csn(_000=LATE), csn(_000=LATE), None, id="nothing has changed"),
        pytest.param(
            csn(_000=EARLY), csn(_000=LATE), EARLY.format(server="000"), id="one server has moved"
        ),
        pytest.param(
            csn(_001=EARLY, _002=LATE),
            csn(_001=EARLY, _002=LATER),
            LATE.format(server="002"),
            id="what has moved counts, not what stands long",
        ),
        pytest.param(
            csn(_001=EARLY, _002=LATE),
            csn(_001=LATE, _002=LATER),
            EARLY.format(server="001"),
            id="the earlier of two",
        ),
        pytest.param(csn(_000=LATE), csn(_000=EARLY), Why.RESTORED, id="a restored server"),
        pytest.param(
            csn(_001=EARLY, _002=LATE),
            csn(_001=LATER, _002=EARLY),
            Why.RESTORED,
            id="a replica that is behind with one of them",
        ),
        pytest.param(
            csn(_001=EARLY), csn(_001=EARLY, _002=LATE), Why.SERVER, id="a server more that writes"
        ),
        pytest.param(
            csn(_001=EARLY, _002=LATE), csn(_001=EARLY), Why.RESTORED, id="one that is forgotten"
        ),
        pytest.param(csn(_000=LATE), None, Why.UNREADABLE, id="it is shown no more"),
        pytest.param(usn(7), usn(7), None, id="no number was given"),
        pytest.param(usn(99), usn(100), "100", id="numbers, the next of them"),
        pytest.param(usn(100), usn(99), Why.RESTORED, id="a lower number, as numbers compare"),
        pytest.param(usn(9), usn(10, "dc2#00"), Why.SERVER, id="another controller"),
        pytest.param(usn(9), usn(10, "dc1#01"), Why.SERVER, id="restored, it says so itself"),
        pytest.param(time(), time("ldap://two"), Why.SERVER, id="times of another server"),
        pytest.param(csn(_000=LATE), time(), Why.SERVER, id="another means"),
    ],
)
def test_what_has_changed_since(before, now, expected):
    assert since(before, now, "") == expected


@pytest.mark.parametrize(
    ("latest", "expected"),
    [
        ("20261128142652Z", "20261128141652Z"),
        (LATE.format(server="007"), "20261128141602.000000Z#000000#000#000000"),
    ],
)
def test_times_go_ten_minutes_back(latest, expected):
    assert since(time(), time(), latest) == expected


@pytest.mark.parametrize("standing", [csn(_000=EARLY), usn(5), time()])
def test_a_standing_is_stored_and_found_again(standing):
    assert recall_standing(standing.as_json()) == standing


def test_the_nearest_tree_is_the_one_that_an_entry_is_in():
    trees = ("dc=test", "DC=Example, dc=test", "cn=config", "")
    assert context_of(trees, "uid=a,ou=b,dc=example,dc=test") == "DC=Example, dc=test"
    assert context_of(trees, "uid=a,dc=other,dc=test") == "dc=test"
    assert context_of(trees, "o=elsewhere") is None
