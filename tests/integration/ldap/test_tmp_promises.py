"""Whatever happens in a directory, reading changes ends where reading everything ends."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import ldap3
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from syncd.model.run import Outcome
from syncd.reconcile.settings import Limit, Limits, Policy
from syncd.store.store import Store
from tests.integration.ldap.office import Office
from tests.integration.ldap.slapd import SUFFIX, Slapd, person, unit

STAFF = unit("员工")
UNITS = [unit(name, STAFF[0])[0] for name in ("一部", "二部", "三部")]
OUTSIDE = unit("外部")[0]
#: No unit; people may be below it.
TEAM = f"cn=team,{UNITS[0]}"
PLACES = [*UNITS, STAFF[0], TEAM, OUTSIDE]
NAMES = [f"p{number}" for number in range(8)]
_ANY = Limit(10_000, 100.0)
_LIMITS = Limits(_ANY, _ANY, _ANY, _ANY, _ANY, _ANY, _ANY)

names = st.sampled_from(NAMES)
places = st.integers(0, len(PLACES) - 1)
attributes = st.sampled_from(["mobile", "title", "telephoneNumber", "employeeType"])
steps = st.one_of(
    st.tuples(st.just("add"), names, places),
    st.tuples(st.just("delete"), names),
    st.tuples(st.just("move"), names, places),
    st.tuples(st.just("rename"), names, names),
    st.tuples(st.just("set"), names, attributes, st.sampled_from(["", "1", "2", "left"])),
    st.tuples(st.just("manager"), names, names, places),
    st.tuples(
        st.just("unit"), st.integers(0, 2), st.sampled_from(["一部", "二部", "三部", "四部"])
    ),
    st.tuples(st.just("team"), st.sampled_from(["team", "crew"])),
    st.tuples(st.just("sync")),
)


class World:
    """What is done to a server; what cannot be done is left out."""

    def __init__(self, connection: ldap3.Connection) -> None:
        self._connection = connection

    def begin(self) -> None:
        """Have the server hold a small company and nothing else."""
        for base in (STAFF[0], OUTSIDE):
            for dn in sorted(self._below(base, "(objectClass=*)"), key=lambda dn: -dn.count(",")):
                self._connection.delete(dn)
        for dn in (STAFF[0], OUTSIDE, *UNITS):
            name = dn.partition(",")[0].removeprefix("ou=")
            self._connection.add(dn, attributes={"objectClass": "organizationalUnit", "ou": name})
        self._connection.add(TEAM, attributes={"objectClass": "organizationalRole"})
        for number in range(5):
            boss = {"manager": f"uid=p0,{UNITS[0]}"} if number else {}
            more = {"mobile": str(number), "title": "t"}
            self._add(*person(f"p{number}", f"P{number}", UNITS[number % 2], **more, **boss))

    def do(self, step: tuple[str, ...]) -> None:
        getattr(self, f"do_{step[0]}")(*step[1:])

    def do_add(self, name: str, place: int) -> None:
        self._add(*person(name, name, PLACES[place], mobile="9", title="t"))

    def do_delete(self, name: str) -> None:
        if dn := self._find(name):
            self._connection.delete(dn)

    def do_move(self, name: str, place: int) -> None:
        if dn := self._find(name):
            own = dn.partition(",")[0]
            self._connection.modify_dn(dn, own, new_superior=PLACES[place])

    def do_rename(self, old: str, new: str) -> None:
        if (dn := self._find(old)) and not self._find(new):
            self._connection.modify_dn(dn, f"uid={new}")

    def do_set(self, name: str, attribute: str, value: str) -> None:
        if dn := self._find(name):
            values = [value] if value else []
            self._connection.modify(dn, {attribute: [(ldap3.MODIFY_REPLACE, values)]})

    def do_manager(self, name: str, boss: str, place: int) -> None:
        if dn := self._find(name):
            values = [f"uid={boss},{PLACES[place]}"]
            self._connection.modify(dn, {"manager": [(ldap3.MODIFY_REPLACE, values)]})

    def do_unit(self, number: int, name: str) -> None:
        self._connection.modify_dn(UNITS[number], f"ou={name}")

    def do_team(self, name: str) -> None:
        self._connection.modify_dn(TEAM, f"cn={name}")

    def do_sync(self) -> None:
        """Do nothing here."""

    def _add(self, dn: str, values: dict[str, object]) -> None:
        self._connection.add(dn, attributes=values)

    def _find(self, name: str) -> str | None:
        return next(iter(self._below(SUFFIX, f"(uid={name})")), None)

    def _below(self, base: str, search_filter: str) -> list[str]:
        self._connection.search(base, search_filter, attributes=["1.1"])
        return [one["dn"] for one in self._connection.response or ()]


@pytest.fixture(params=["deletions", "ids"])
def server(slapd: Slapd, request: pytest.FixtureRequest) -> Iterator[Slapd]:
    log = ["syncprov-sessionlog 1000"] if request.param == "deletions" else []
    slapd.options = ["moduleload syncprov"]
    slapd.policy = ["overlay syncprov", *log]
    slapd.prepare([STAFF, unit("外部")])
    slapd.start()
    return slapd


@contextmanager
def opened(make_source, folder: Path) -> Iterator[Office]:
    store = Store.open(f"sqlite:///{folder / 'syncd.db'}")
    source = make_source(
        base_dn=STAFF[0],
        exclude=("员工/三部",),
        person_filter="(&(objectClass=inetOrgPerson)(!(employeeType=left)))",
    )
    yield Office(store, folder, source, policy=Policy("corp", None, limits=_LIMITS))
    store.close()


@settings(
    max_examples=80,
    phases=[Phase.explicit, Phase.generate],  # a server is too slow for making examples small
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=st.lists(steps, min_size=3, max_size=14))
def test_changes_end_where_everything_ends(server, make_source, history):
    with tempfile.TemporaryDirectory() as name, server.admin() as connection:
        world = World(connection)
        world.begin()
        with opened(make_source, Path(name)) as office:
            assert office.sync().outcome is Outcome.APPLIED
            for step in history:
                world.do(step)
                if step[0] == "sync":
                    settle(office)
            settle(office)
            if not office.store.has_source_conflict("corp"):
                office.check()


def settle(office: Office) -> None:
    """Sync; a plan that is held is approved, and until then no cursor moves."""
    before = office.store.cursors("corp")
    report = office.sync()
    if report.outcome is Outcome.HELD:
        assert office.store.cursors("corp") == before
        report = office.approve(report)
    assert report.outcome in {Outcome.APPLIED, Outcome.NO_CHANGE}, report
