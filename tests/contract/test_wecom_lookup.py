"""Asking WeCom whose a value is, against the simulator."""

from datetime import timedelta

import pytest

from syncd.errors import SourceError
from syncd.simulator import App, Company, Contacts, Department, Member, Range, SimulatorOptions
from syncd.simulator.running import ThreadedSimulator
from syncd.sources.base import Finder, Inquiry
from syncd.sources.wecom import WecomSettings, WecomSource
from syncd.sources.wecom.lookup import number_for_wecom
from syncd.wecom.client import WeComClient
from syncd.wecom.retry import RetryPolicy

AGENT = 1000002
PEOPLE = 40


def company():
    """Return a company whose app was made after 2022-06-20: it shows no numbers."""
    members = [
        Member.of(
            f"P{n}",
            f"人{n}",
            [2 if n < 30 else 3],
            mobile=f"138{n:08}",
            email=f"p{n}@mail.example",
            biz_mail=f"p{n}@corp.example",
        )
        for n in range(1, PEOPLE)
    ]
    abroad = Member.of("Abroad", "海外", [2], mobile="+44 7911 123456")
    return Company(
        corp_id="ww5f3a91c07de24b68",
        contacts=Contacts("contacts"),
        apps=[App(AGENT, "app", visible=Range(parties=(2,)), fields_withheld=True)],
        departments=[Department(1, "公司", 0), Department(2, "研发", 1), Department(3, "销售", 1)],
        members=[*members, abroad],
    )


@pytest.fixture
def simulator():
    with ThreadedSimulator(SimulatorOptions(), company()) as running:
        yield running


@pytest.fixture
def waits():
    return []


@pytest.fixture
def make(simulator, waits):
    """Return what makes a source with one of the secrets; waits take no time."""

    def client(name, secret, agent):
        return WeComClient(
            simulator.corp_id,
            secret,
            secret_name=name,
            base_url=simulator.base_url,
            agent_id=agent,
            policy=RetryPolicy(block=timedelta(seconds=60)),
            sleep=waits.append,
        )

    made = []

    def source(secret="app"):
        settings = WecomSettings("wecom", simulator.corp_id, concurrency=4)
        if secret == "app":
            of_secret = {"app": client("app_secret", "app", AGENT)}
        else:
            of_secret = {"contacts": client("contacts_secret", "contacts", None)}
        made.append(WecomSource(settings, **of_secret))
        return made[-1]

    yield source
    for one in made:
        one.close()


def mobile(n):
    return f"+86138{n:08}"


@pytest.mark.parametrize("secret", ["app", "contacts"])
def test_everybody_is_found_by_the_value_that_their_field_compares(make, secret):
    source = make(secret)
    assert isinstance(source, Finder)
    for by, value in (
        ("mobile", mobile(7)),
        ("email", "p7@mail.example"),
        ("biz_email", "p7@corp.example"),
    ):
        inquiry = Inquiry(by, [value])
        source.find(inquiry)
        assert (inquiry.answers, inquiry.begun, inquiry.is_shut) == ({value: "p7"}, 1, False)


def test_a_number_from_abroad_is_asked_for_with_its_country(make, simulator):
    inquiry = Inquiry("mobile", ["+447911123456"])
    make().find(inquiry)
    assert inquiry.answers == {"+447911123456": "abroad"}


@pytest.mark.parametrize(
    ("number", "asked"),
    [
        ("+8613800138000", "13800138000"),
        ("+447911123456", "+447911123456"),
        ("+85251234567", "+85251234567"),
        ("+862161234567", "+862161234567"),  # a desk: not written without its country
    ],
)
def test_a_chinese_mobile_alone_is_asked_for_without_its_country(number, asked):
    assert number_for_wecom(number) == asked


def test_a_kind_of_address_is_not_taken_for_the_other(make):
    inquiry = Inquiry("biz_email", ["p7@mail.example"])
    make().find(inquiry)
    assert inquiry.answers == {"p7@mail.example": None}


def test_nobody_and_nobody_who_may_be_seen_are_the_same_answer(make):
    inquiry = Inquiry("mobile", [mobile(7), mobile(35), mobile(99)])  # 35 is outside the range
    make().find(inquiry)
    assert inquiry.answers == {mobile(7): "p7", mobile(35): None, mobile(99): None}


@pytest.mark.parametrize("errcode", [46004, 60103, 60146])
def test_each_code_for_nobody_is_nobody(make, simulator, errcode):
    simulator.fault("errcode", "user/getuserid", errcode=errcode, times=1)
    inquiry = Inquiry("mobile", [mobile(7)])
    make().find(inquiry)
    assert inquiry.answers == {mobile(7): None}


def test_too_many_in_vain_shut_the_endpoint_and_what_was_answered_stays(make, simulator, waits):
    source = make()
    inquiry = Inquiry("mobile", [mobile(n) for n in range(100, 130)])
    with pytest.raises(SourceError, match="45009"):
        source.find(inquiry)
    assert inquiry.is_shut
    assert set(inquiry.answers.values()) == {None}
    assert len(inquiry.answers) <= inquiry.begun <= 30
    assert set(waits) == {60.0}  # the minute's limit might have been it
    again = Inquiry("mobile", [mobile(7)])
    with pytest.raises(SourceError):
        source.find(again)
    other = Inquiry("email", ["p7@mail.example"])  # counts by itself
    source.find(other)
    assert other.answers == {"p7@mail.example": "p7"}


@pytest.mark.parametrize(("errcode", "is_shut"), [(48002, True), (60011, True), (-1, False)])
def test_a_refusal_ends_the_asking_and_a_bad_moment_does_so_for_now(
    make, simulator, errcode, is_shut
):
    simulator.fault("errcode", "user/getuserid", errcode=errcode, times=100)
    inquiry = Inquiry("mobile", [mobile(7)])
    with pytest.raises(SourceError):
        make().find(inquiry)
    assert (inquiry.answers, inquiry.begun, inquiry.is_shut) == ({}, 1, is_shut)
