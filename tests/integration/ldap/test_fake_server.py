"""What a directory may do that none of the real servers here can be made to do."""

import time
import uuid
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest

from syncd.errors import SourceMalformed, SourceRejected, SourceUnavailable
from syncd.sources.ldap import LdapSettings, LdapSource
from syncd.sources.ldap.connection import open_directory
from tests.integration.ldap.fake import SUFFIX, Entry, Fake, running
from tests.integration.ldap.reading import people

WINDOWS = {
    "supportedCapabilities": [b"1.2.840.113556.1.4.800"],
    "namingContexts": [SUFFIX.encode()],
}
OPENLDAP = {"objectClass": [b"OpenLDAProotDSE"], "namingContexts": [SUFFIX.encode()]}


def id_of(number: int) -> uuid.UUID:
    return uuid.UUID(int=number + 1)


def base() -> Entry:
    return Entry(
        SUFFIX,
        {
            "objectClass": [b"domain"],
            "entryUUID": [str(id_of(-1)).encode()],
            "objectGUID": [id_of(-1).bytes_le],
        },
    )


def person(number: int, **attributes: list[bytes]) -> Entry:
    given = {
        "objectClass": [b"user", b"person", b"inetOrgPerson"],
        "objectCategory": [b"person"],
        "entryUUID": [str(id_of(number)).encode()],
        "objectGUID": [id_of(number).bytes_le],
        "uid": [f"u{number}".encode()],
        "sAMAccountName": [f"u{number}".encode()],
        "mobile": [f"1380000{number:04}".encode()],
    }
    return Entry(f"CN=u{number},{SUFFIX}", {**given, **attributes})


@pytest.fixture
def serve():
    """Return a function that starts a server, and gives it with a source that reads it."""
    with ExitStack() as stack:

        def start(fake: Fake, **settings: object) -> LdapSource:
            fake.entries.insert(0, base())
            stack.enter_context(running(fake))
            given = {
                "name": "corp",
                "urls": (fake.url,),
                "base_dn": SUFFIX,
                "bind_dn": "cn=reader",
                "bind_password": lambda: "secret",
                "timeout": timedelta(seconds=5),
            }
            return LdapSource(LdapSettings(**{**given, **settings}))

        yield start


def test_a_server_that_gives_smaller_pages_than_asked_for_is_read_to_its_end(serve):
    fake = Fake([person(n) for n in range(25)], WINDOWS, largest_page=10)
    source = serve(fake)
    assert len(people(source, source.read({}))) == 25


@pytest.mark.parametrize("page", [1, 2, 7])
def test_a_connection_that_closes_in_the_middle_of_a_page_is_no_short_reading(serve, page):
    fake = Fake([person(n) for n in range(70)], OPENLDAP, closes_in_page=page)
    source = serve(fake, page_size=10)
    with pytest.raises(SourceUnavailable, match="closed the connection"):
        source.read({})


def test_a_server_that_falls_silent_in_the_middle_of_a_page_is_given_up_in_time(serve):
    fake = Fake([person(n) for n in range(30)], OPENLDAP, stalls_in_page=2)
    source = serve(fake, page_size=10, timeout=timedelta(seconds=1))
    began = time.monotonic()
    with pytest.raises(SourceUnavailable, match="did not answer in time"):
        source.read({})
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("code", "kind", "says"),
    [
        (3, SourceUnavailable, "timeLimitExceeded"),
        (4, SourceRejected, "sizeLimitExceeded"),
        (11, SourceRejected, "adminLimitExceeded"),
        (51, SourceUnavailable, "busy"),
        (53, SourceRejected, "unwillingToPerform"),
    ],
)
def test_a_result_that_ends_a_page_early_is_no_short_reading(serve, code, kind, says):
    fake = Fake([person(n) for n in range(30)], WINDOWS, ends_with=(code, "because"))
    source = serve(fake, page_size=10)
    with pytest.raises(kind, match=f"{says}.*because") as caught:
        source.read({})
    assert caught.value.hint


def test_values_that_come_in_ranges_are_read_to_their_end(serve):
    members = [f"CN=u{n},{SUFFIX}".encode() for n in range(4321)]
    group = Entry(f"CN=all,{SUFFIX}", {"objectClass": [b"group"], "member": members})
    fake = Fake([group], WINDOWS, largest_range=1500)
    source = serve(fake)
    with open_directory(source._settings, source._clock) as directory:
        found = directory.entry(group.dn, ["member"])
        assert list(found.attributes["member"]) == members
        assert set(found.attributes) == {"member"}


def test_people_of_a_group_beyond_the_range_of_a_server_all_arrive(serve):
    crowd = [person(n) for n in range(40)]
    members = [entry.dn.encode() for entry in crowd[:35]]
    group = Entry(f"cn=staff,{SUFFIX}", {"objectClass": [b"groupOfNames"], "member": members})
    source = serve(Fake([*crowd, group], OPENLDAP, largest_range=10), groups=(group.dn,))
    assert len(people(source, source.read({}))) == 35


def test_a_range_that_does_not_go_on_is_no_short_reading(serve):
    group = Entry(
        f"cn=staff,{SUFFIX}",
        {"objectClass": [b"groupOfNames"], "member;range=0-9": [b"x"] * 10},
    )
    fake = Fake([group], OPENLDAP)
    source = serve(fake)
    with (
        open_directory(source._settings, source._clock) as directory,
        pytest.raises(SourceUnavailable, match="to their end"),
    ):
        directory._all_values(group.dn, "member", "0-9", [b"x"] * 10)


@pytest.mark.parametrize("bounds", ["", "0", "x-*", "5-9", "0-", "0-x", "9-0", "0-99999999999"])
def test_a_range_that_makes_no_sense_is_no_answer(serve, bounds):
    source = serve(Fake([person(1)], OPENLDAP, bounds=bounds))
    with pytest.raises(SourceMalformed, match="makes no sense"):
        source.read({})


def test_references_to_other_domains_are_counted_and_not_followed(serve):
    nowhere = [f"ldap://ForestDnsZones.nowhere.invalid/DC=ForestDnsZones,{SUFFIX}"]
    fake = Fake([person(1)], WINDOWS, references=nowhere)
    snapshot = serve(fake).read({})
    assert snapshot.facts["references"] == 1
    assert len(snapshot.users) == 1


def test_an_entry_without_an_id_is_rejected_and_the_others_arrive(serve):
    fake = Fake([person(1), person(2, objectGUID=[]), person(3, objectGUID=[b"short"])], WINDOWS)
    source = serve(fake)
    snapshot = source.read({})
    assert set(people(source, snapshot)) == {"u1"}
    assert [(each.external_id, each.reason) for each in snapshot.rejections] == [
        (f"CN=u2,{SUFFIX}", "empty"),
        (f"CN=u3,{SUFFIX}", "type"),
    ]


def test_of_two_entries_with_one_id_the_second_is_rejected(serve):
    double = person(2, entryUUID=[str(id_of(1)).encode()])
    source = serve(Fake([person(1), double, person(3)], OPENLDAP))
    snapshot = source.read({})
    assert set(people(source, snapshot)) == {"u1", "u3"}
    assert [(each.external_id, each.reason) for each in snapshot.rejections] == [
        (double.dn, "duplicate")
    ]


def test_a_server_that_does_not_say_what_it_is_is_refused_and_named(serve):
    fake = Fake([person(1)], {"vendorName": [b"Some Vendor"], "vendorVersion": [b"7.1"]})
    source = serve(fake)
    with pytest.raises(SourceRejected, match=r"Some Vendor, 7\.1") as caught:
        source.read({})
    assert "directory" in caught.value.hint


def test_a_server_that_does_not_say_what_it_is_can_be_told(serve):
    source = serve(Fake([person(1)]), directory="openldap")
    assert set(people(source, source.read({}))) == {"u1"}


@pytest.mark.parametrize(
    ("sub_code", "says"),
    [
        ("525", "there is no such account"),
        ("52e", "no such account, or the password is wrong"),
        ("530", "may not sign in at this hour"),
        ("531", "may not sign in from this machine"),
        ("532", "the password has expired"),
        ("533", "the account is disabled"),
        ("701", "the account has expired"),
        ("773", "the password must be changed"),
        ("775", "the account is locked"),
    ],
)
def test_what_windows_says_of_a_refused_bind_is_told_in_words(serve, sub_code, says):
    said = f"80090308: LdapErr: DSID-0C09, comment: AcceptSecurityContext error, data {sub_code}, v4563"
    source = serve(Fake(bind_result=(49, said)))
    with pytest.raises(SourceRejected, match=says) as caught:
        source.read({})
    assert f"data {sub_code}" in caught.value.message
    assert caught.value.hint


def test_a_refused_bind_is_tried_on_no_other_server(serve):
    refusing, other = Fake(bind_result=(49, "")), Fake([person(1)], OPENLDAP)
    serve(refusing)
    serve(other)
    source = LdapSource(
        LdapSettings("corp", (refusing.url, other.url), SUFFIX, "cn=reader", lambda: "secret")
    )
    with pytest.raises(SourceRejected):
        source.read({})
    assert (len(refusing.binds), other.binds) == (1, [])


def test_a_password_that_was_refused_is_not_sent_again_and_again(serve):
    fake = Fake([person(1)], OPENLDAP, bind_result=(49, ""))
    serve(fake)
    now, password = [datetime(2026, 5, 6, 7, tzinfo=UTC)], ["secret"]
    settings = LdapSettings("corp", (fake.url,), SUFFIX, "cn=reader", lambda: password[0])
    source = LdapSource(settings, clock=lambda: now[0])

    def binds(after: timedelta) -> int:
        """Read at intervals of ten minutes for so long, and return how often it was bound."""
        before, end = len(fake.binds), now[0] + after
        while now[0] < end:
            with pytest.raises(SourceRejected):
                source.read({})
            now[0] += timedelta(minutes=10)
        return len(fake.binds) - before

    assert binds(timedelta(hours=1)) == 1
    assert binds(timedelta(minutes=10)) == 1
    with pytest.raises(SourceRejected, match="refused at 2026-05-06 08:00 UTC") as caught:
        source.read({})
    assert "before 2026-05-06 10:00 UTC" in caught.value.message
    assert "secret" not in caught.value.message + repr(source._settings)
    assert binds(timedelta(days=1)) == 3  # after two hours, four and eight
    password[0] = "another"
    assert binds(timedelta(minutes=10)) == 1
    fake.bind_result = (0, "")
    password[0] = "right"
    assert len(source.read({}).users) == 1
    fake.bind_result = (49, "")
    assert binds(timedelta(hours=1)) == 1


def test_an_account_that_is_locked_is_asked_for_with_each_reading(serve):
    message = "80090308: LdapErr: DSID-0C0903D9, data 775, v2580"
    fake = Fake(bind_result=(49, message))
    source = serve(fake)
    for count in (1, 2):
        with pytest.raises(SourceRejected, match="locked"):
            source.read({})
        assert len(fake.binds) == count


@pytest.mark.parametrize("code", [51, 52])
def test_a_server_that_is_busy_leaves_the_next_one_to_be_read(serve, code):
    busy, other = Fake(bind_result=(code, "")), Fake([person(1)], OPENLDAP)
    serve(busy)
    serve(other)
    source = LdapSource(
        LdapSettings("corp", (busy.url, other.url), SUFFIX, "cn=reader", lambda: "secret")
    )
    assert len(source.read({}).users) == 1
