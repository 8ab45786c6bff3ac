"""A reading in a process of its own: the same snapshot, the same errors, and no process left over."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from syncd.errors import ConfigError, SourceRejected, SourceUnavailable
from syncd.model.entry import Entry, Snapshot
from syncd.sources import aside
from syncd.sources.aside import ReadingAside
from syncd.sources.base import ReadsAside
from syncd.sources.ldap import LdapSettings, LdapSource
from syncd.sources.ldap.refused import PasswordRefused, RefusedPasswords
from syncd.sources.stream import DefectAside
from syncd.text import translated
from tests.integration.ldap.fake import Fake, running
from tests.integration.ldap.slapd import (
    BLIND,
    BLIND_PASSWORD,
    READER,
    READER_PASSWORD,
    SUFFIX,
    Slapd,
    person,
    unit,
)
from tests.integration.ldap.test_fake_server import OPENLDAP, base
from tests.integration.ldap.test_fake_server import person as fake_person

UNITS = [unit("研发部"), unit("后端 𠮷", unit("研发部")[0]), unit("销售部")]
#: What people have in their entries, and what nobody should.
ODD = ["13800138000", "员工𠮷\U0001f600", "\u202e倒", " padded ", "a" * 3000, "quote\"\\'{}", "٣"]
PASSWORD = "aside-secret-nobody-may-see"
BINARY = b"\xff\xfe\x00no text\x80"


def begun(source: LdapSource, scope: dict[str, object] | None = None) -> ReadingAside:
    reading = source.begin(scope or {})
    assert isinstance(reading, ReadingAside)
    return reading


def timeless(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot without the times of its requests, which no two readings share."""

    def at_once(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
        return tuple(one._replace(read_at=datetime.min.replace(tzinfo=UTC)) for one in entries)

    return replace(
        snapshot,
        began_at=datetime.min.replace(tzinfo=UTC),
        departments=at_once(snapshot.departments),
        users=at_once(snapshot.users),
    )


def is_alive(pid: int) -> bool:
    """Return whether there is such a process; one that has ended and is not buried counts too."""
    return Path(f"/proc/{pid}").exists()


def wait_until(condition: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def stalled() -> Iterator[LdapSource]:
    """Return a source whose server falls silent in the middle of a page."""
    fake = Fake([base(), *map(fake_person, range(30))], OPENLDAP, stalls_in_page=2)
    with ExitStack() as stack:
        stack.enter_context(running(fake))
        source = LdapSource(
            LdapSettings(
                name="corp",
                urls=(fake.url,),
                base_dn=base().dn,
                bind_dn="cn=reader",
                bind_password=lambda: PASSWORD,
                page_size=10,
                timeout=timedelta(seconds=60),
            )
        )
        source.binds = fake.binds  # type: ignore[attr-defined] # for `in_the_middle`
        yield source


def in_the_middle(source: LdapSource) -> ReadingAside:
    """Return a reading that has bound, and waits for an answer that never comes."""
    reading = begun(source)
    wait_until(lambda: source.binds)  # type: ignore[attr-defined]
    return reading


def test_a_snapshot_is_the_same_wherever_it_was_read(slapd, make_source):
    chance = Random(20260506)
    people = []
    for number in range(2500):
        more: dict[str, str | bytes] = {
            name: chance.choice(ODD)
            for name in ("title", "employeeNumber", "mobile", "mail")
            if chance.random() < 0.6
        }
        if number and chance.random() < 0.5:
            more["manager"] = f"uid=u{chance.randrange(number)},{chance.choice(UNITS)[0]}"
        if chance.random() < 0.01:
            more["description"] = "hidden"  # its id may not be read: a rejection
        people.append(person(f"u{number}", f"员工𠮷{number}", chance.choice(UNITS)[0], **more))
    slapd.prepare([*UNITS, *people])
    slapd.start()
    for number in range(0, 40, 4):
        slapd.replace(people[number][0], "audio", BINARY)
    source = make_source(
        fields={"custom.code": "{uid}-{title}", "alias": "description", "custom.voice": "audio"}
    )
    here = source.read({})
    assert len(here.users) > 2300
    assert here.rejections
    assert any(b"base64" in one.payload for one in here.users)
    there = begun(source).finish()
    assert timeless(there) == timeless(here)
    assert [*there.capabilities.items()] == [*here.capabilities.items()]
    for name, said in here.capabilities.items():
        assert translated(there.capabilities[name], "zh") == translated(said, "zh")
    assert [source.normalize(one) for one in timeless(there).users] == [
        source.normalize(one) for one in timeless(here).users
    ]
    again = begun(source, dict(here.scope)).finish()
    assert timeless(again) == timeless(source.read(here.scope))
    assert again.began_at > there.began_at > here.began_at
    assert max(one.read_at for one in again.users) >= again.began_at


def test_an_ldap_source_offers_it(make_source, slapd):
    assert isinstance(make_source(), ReadsAside)


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({"bind_password": lambda: "wrong"}, SourceRejected),
        ({"base_dn": "ou=nowhere,dc=example,dc=test"}, SourceRejected),
        ({"include": ("ou=nowhere",)}, SourceRejected),
        ({"person_filter": "(&(uid=a)"}, SourceRejected),
        ({"urls": ("ldap://127.0.0.1:1",)}, SourceUnavailable),
        ({"urls": ("ldaps://127.0.0.1:1", "gopher://x")}, SourceUnavailable),
        ({"ca_file": Path("/nonexistent"), "start_tls": True}, SourceRejected),
        ({"bind_password": lambda: ""}, SourceRejected),
    ],
)
def test_an_error_is_the_same_wherever_it_arose(slapd, make_source, settings, kind):
    slapd.prepare(UNITS)
    slapd.start()
    with pytest.raises(kind) as here:
        make_source(**settings).read({})
    reading = begun(make_source(**settings))
    with pytest.raises(kind) as there:
        reading.finish()
    assert type(there.value) is type(here.value)
    assert vars(there.value) == vars(here.value)
    for language in ("en", "zh"):
        for one in ("message", "hint"):
            said = translated(getattr(here.value, one), language)
            assert translated(getattr(there.value, one), language) == said
    assert not is_alive(reading.pid)


def test_client_certificates_and_relative_paths_go_along(
    slapd, make_source, certificate, tmp_path, monkeypatch
):
    cert, key = certificate
    slapd.certificate, slapd.key, slapd.authority = cert, key, cert
    slapd.prepare(UNITS)
    slapd.start()
    monkeypatch.chdir(cert.parent)
    source = make_source(
        urls=(slapd.tls_url,), ca_file=Path(cert.name), client_cert=Path(cert.name), client_key=key
    )
    assert len(begun(source).finish().departments) == 4


def test_a_password_that_cannot_be_had_is_told_by_a_reading_here(make_source, slapd):
    def missing() -> str:
        raise ConfigError("the environment variable LDAP_PASSWORD is not set")

    assert make_source(bind_password=missing).begin({}) is None


def test_a_password_that_was_refused_there_is_not_sent_again_soon_anywhere():
    fake = Fake([base()], OPENLDAP, bind_result=(49, "invalid credentials"))
    with running(fake):
        settings = LdapSettings(
            name="corp",
            urls=(fake.url,),
            base_dn=base().dn,
            bind_dn="cn=reader",
            bind_password=lambda: PASSWORD,
        )
        source = LdapSource(settings)
        with pytest.raises(PasswordRefused):
            begun(source).finish()
        assert len(fake.binds) == 1
        assert source.begin({}) is None  # what holds it up is told by a reading here
        with pytest.raises(PasswordRefused, match="not tried again"):
            source.read({})
        assert len(fake.binds) == 1
        assert [times for _, times in settings.refused._known.values()] == [1]


def test_a_password_that_was_accepted_there_is_no_longer_a_refused_one(slapd, make_source):
    slapd.prepare(UNITS)
    slapd.start()
    refused = RefusedPasswords()
    long_ago = datetime.now(UTC) - timedelta(days=2)
    refused.note(READER, READER_PASSWORD, long_ago)
    begun(make_source(refused=refused)).finish()
    assert refused._known == {}


def test_a_source_with_a_clock_of_its_own_is_read_here():
    moment = datetime(2026, 5, 6, tzinfo=UTC)
    settings = LdapSettings(name="corp", urls=("ldap://127.0.0.1:1",), base_dn=SUFFIX)
    assert LdapSource(settings, clock=lambda: moment).begin({}) is None


def test_a_defect_shows_with_its_traceback(make_source, slapd):
    slapd.prepare()
    slapd.start()
    reading = begun(make_source(), {"views": None, "carriers": {}})
    with pytest.raises(DefectAside, match=r"(?s)Traceback.*in recall\n.*TypeError"):
        reading.finish()


def test_how_far_it_is_can_be_heard(slapd, make_source):
    slapd.prepare([*UNITS, *(person(f"u{n}", f"员工{n}", UNITS[0][0]) for n in range(30))])
    slapd.start()
    heard = []
    begun(make_source(page_size=10)).finish(lambda *said: heard.append(said))
    assert heard == [
        ("departments", 4, 4),
        ("users", 10, 10),
        ("users", 20, 20),
        ("users", 30, 30),
    ]


def test_no_secret_stands_where_other_processes_can_read_it(stalled, monkeypatch):
    monkeypatch.setenv("SYNCD_LDAP_PASSWORD", PASSWORD)
    monkeypatch.setenv("LDAP_PASSWORD", PASSWORD)
    reading = in_the_middle(stalled)
    try:
        place = Path(f"/proc/{reading.pid}")
        told = place.joinpath("cmdline").read_bytes(), place.joinpath("environ").read_bytes()
        assert b"syncd.sources.ldap" in told[0]
        assert b"PATH=" in told[1]
        for one in told:
            assert PASSWORD.encode() not in one
        assert PASSWORD not in repr(vars(reading))
    finally:
        reading.stop()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_process_that_is_killed_is_a_source_that_could_not_be_read(stalled, number):
    reading = in_the_middle(stalled)
    os.kill(reading.pid, number)
    with pytest.raises(SourceUnavailable, match=signal.Signals(number).name) as caught:
        reading.finish()
    assert "memory" in caught.value.hint
    assert "进程" in translated(caught.value.message, "zh")
    assert not is_alive(reading.pid)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_is_not_ended_by_a_signal_that_is_for_those_who_have_asked(slapd, make_source, number):
    slapd.prepare(UNITS)
    slapd.start()
    reading = begun(make_source())
    os.kill(reading.pid, number)
    assert len(reading.finish().departments) == 4


def test_signals_reach_this_process_as_before(make_source, slapd):
    slapd.prepare()
    slapd.start()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    begun(make_source()).stop()
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before


def test_a_reading_that_is_stopped_is_gone_at_once(stalled):
    reading = in_the_middle(stalled)
    began = time.monotonic()
    reading.stop()
    reading.stop()
    assert time.monotonic() - began < 2
    assert not is_alive(reading.pid)


def test_it_is_gone_once_all_is_told(slapd, make_source):
    slapd.prepare(UNITS)
    slapd.start()
    reading = begun(make_source())
    reading.finish()
    assert not is_alive(reading.pid)


def test_it_ends_with_the_process_that_has_begun_it(stalled):
    source = f"""
import os, sys
from datetime import timedelta
from syncd.sources.ldap import LdapSettings, LdapSource
source = LdapSource(LdapSettings(name="corp", urls=({stalled._settings.urls[0]!r},),
    base_dn={base().dn!r}, bind_dn="cn=reader", bind_password=lambda: "x", page_size=10,
    timeout=timedelta(seconds=60)))
print(source.begin({{}}).pid, flush=True)
sys.stdin.read()
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    pid = int(parent.stdout.readline())
    wait_until(lambda: stalled.binds)
    assert is_alive(pid)
    parent.kill()
    parent.communicate()
    wait_until(lambda: not is_alive(pid) or _is_buried_by_nobody(pid), 5)


def _is_buried_by_nobody(pid: int) -> bool:
    """Return whether a process has ended, and waits for an init that this machine may not have."""
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True


@pytest.fixture
def small(slapd: Slapd, make_source: Callable[..., LdapSource]) -> LdapSource:
    slapd.prepare(UNITS)
    slapd.start()
    return make_source()


def test_without_an_interpreter_to_start_it_is_read_here(small, monkeypatch):
    monkeypatch.setattr(sys, "executable", "")
    assert small.begin({}) is None


def test_where_no_process_can_be_had_it_is_read_here_and_that_is_told(small, monkeypatch, capsys):
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    assert small.begin({}) is None
    assert "reading_not_begun_aside" in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    "program",
    [
        "raise SystemExit(3)",
        "print('hello from sitecustomize')",
        "import time; print('9.9.9 /opt/other/syncd', flush=True); time.sleep(60)",
    ],
)
def test_a_process_that_is_no_reading_is_replaced_by_one_here(
    small, monkeypatch, tmp_path, capsys, program
):
    monkeypatch.setattr(aside, "_flags", lambda: ("-c", program))
    reading = begun(small)
    assert len(reading.finish().departments) == 4
    assert not is_alive(reading.pid)
    assert "reading_not_begun_aside" in "".join(capsys.readouterr())


def test_it_loads_no_more_than_a_reading_needs():
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            """
import sys, syncd.sources.ldap, syncd.sources.stream, syncd.observe.memory
print(*(one for one in sys.modules if "." not in one))
""",
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    # structlog above all: nobody has told that process where its log goes.
    unwanted = {"structlog", "sqlalchemy", "requests", "click", "rich", "phonenumbers", "alembic"}
    assert not unwanted & set(loaded)


def test_the_account_that_reads_is_the_one_that_is_configured(slapd, make_source):
    slapd.prepare([*UNITS, person("u1", "员工", UNITS[0][0], mobile="13800138000")])
    slapd.start()
    blind = make_source(bind_dn=BLIND, bind_password=lambda: BLIND_PASSWORD)
    there = begun(blind).finish()
    assert "mobile" not in (there.readable or ())
    assert timeless(there) == timeless(blind.read({}))
