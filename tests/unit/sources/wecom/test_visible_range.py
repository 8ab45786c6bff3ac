"""What an app may see, by `agent/get` and its tags."""

import pytest

from syncd.errors import SourceMalformed, SourceRejected
from syncd.sources.wecom.visible_range import VisibleRange, ask_range


class FakeApp:
    """Answers `agent/get` and `tag/get`."""

    def __init__(self, agent, tags=None):
        self._agent, self._tags = agent, tags or {}

    def get_agent(self):
        return {"agentid": 7, **self._agent}

    def get_tag(self, tag_id, /):
        return self._tags[tag_id]


def asked(agent, tags=None):
    return ask_range(FakeApp(agent, tags), "wecom")


def test_all_three_kinds_of_parts():
    found = asked(
        {
            "allow_userinfos": {"user": [{"userid": "ZhangSan"}]},
            "allow_partys": {"partyid": [2, 3]},
            "allow_tags": {"tagid": [5]},
        },
        {5: {"userlist": [{"userid": "LiSi", "name": "x"}], "partylist": [4294967295]}},
    )
    assert found.tops == {"2", "3", "4294967295"}
    assert found.people == {"zhangsan", "lisi"}
    assert not found.is_whole
    assert found.in_words() == "range: departments 2, 3, 1 member named one by one, tags 5"


@pytest.mark.parametrize(
    "agent", [{}, {"allow_partys": None}, {"allow_partys": {}}, {"allow_userinfos": {"user": None}}]
)
def test_every_part_is_optional(agent):
    assert asked(agent) == VisibleRange()
    assert asked(agent).in_words() == "range: nothing"


def test_the_root_is_the_whole_company_also_by_a_tag():
    assert asked({"allow_partys": {"partyid": [1, 7]}}).is_whole
    tags = {5: {"userlist": [], "partylist": [1]}}
    assert asked({"allow_tags": {"tagid": [5]}}, tags).is_whole


@pytest.mark.parametrize(
    "agent",
    [
        {"allow_partys": {"partyid": "2"}},
        {"allow_partys": {"partyid": [2, None]}},
        {"allow_tags": {"tagid": [{}]}},
        {"allow_userinfos": {"user": 3}},
    ],
)
def test_a_range_that_lies_is_no_smaller_range(agent):
    with pytest.raises(SourceMalformed):
        asked(agent)


def test_an_app_that_is_switched_off_is_refused():
    with pytest.raises(SourceRejected, match="switched off"):
        asked({"close": 1})
