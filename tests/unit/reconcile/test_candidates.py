"""Whom a record may be, for a person to decide."""

from syncd.model.entry import Ref
from syncd.reconcile.candidates import MOST, Candidates, Known

ZHANG = Known(1, "zhang", "张 三", "138 0013 8001")
NAMESAKE = Known(2, "zhang2", "张三", None)
LI = Known(3, "li", "Li Si", "+8613800138001")


def names(candidates: Candidates, source: str = "wecom", **fields: str | None) -> list[str]:
    return [f"{one.user.userid}:{'+'.join(one.by)}" for one in candidates.of(source, fields)]


def test_the_same_number_and_name_come_first_and_then_the_number() -> None:
    here = Candidates([NAMESAKE, LI, ZHANG], {})
    assert names(here, mobile="13800138001", name="张三") == [
        "zhang:mobile+name",
        "li:mobile",
        "zhang2:name",
    ]


def test_names_are_compared_as_people_read_them() -> None:
    here = Candidates([LI], {})
    assert names(here, name="ＬＩ  si") == ["li:name"]
    assert names(here, name="Li") == []


def test_who_has_a_record_of_that_source_comes_later_and_is_told() -> None:
    taken = Ref("wecom", "w2")
    here = Candidates([NAMESAKE, Known(4, "other", "张三", None)], {("wecom", 2): taken})
    assert [(one.user.id, one.taken) for one in here.of("wecom", {"name": "张三"})] == [
        (4, None),
        (2, taken),
    ]
    assert [one.taken for one in here.of("hr", {"name": "张三"})] == [None, None]


def test_nothing_is_like_nothing() -> None:
    here = Candidates([Known(1, None, " ", None), Known(2, None, "x", "")], {})
    assert names(here, mobile=None, name=None) == []
    assert names(here, mobile="", name=" ") == []
    assert names(here, mobile="0000") == []


def test_of_many_with_one_name_a_few_are_told() -> None:
    here = Candidates([Known(one, str(one), "王伟", None) for one in range(50)], {})
    assert len(here.of("wecom", {"name": "王伟"})) == MOST
