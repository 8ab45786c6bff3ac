"""A simulated WeCom and an administrator's machine for every test."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from syncd.simulator import Company, Simulator, SimulatorOptions
from tests.e2e.company import build_small_company
from tests.e2e.host import Host
from tests.servers.database import TestDatabase

HostFactory = Callable[..., Host]


@pytest.fixture
def make_host(tmp_path, make_database) -> Iterator[HostFactory]:
    """Return a function of a company and simulator options that makes a machine to run syncd on.

    Its database is a file, or one of a server of the given kind.

    After the test every log must be whole and no file may hold a secret.
    """
    hosts: list[Host] = []
    places: list[TestDatabase] = []
    with ExitStack() as stack:

        def make(company: Company | None = None, kind: str = "sqlite", **options: Any) -> Host:
            def make_place() -> TestDatabase:
                places.append(make_database(kind, tmp_path))
                return places[-1]

            given = company or build_small_company()
            wecom = stack.enter_context(Simulator(SimulatorOptions(**options), given))
            place = None if kind == "sqlite" else make_place
            hosts.append(Host(tmp_path / f"host{len(hosts)}", wecom, place))
            return hosts[-1]

        yield make
    for host in hosts:
        host.end_processes()
        host.assert_keeps_secrets()
        if host.log.exists() and host.log.stat().st_size:
            host.assert_whole_log()
    for place in places:
        place.drop()


@pytest.fixture
def host(make_host) -> Host:
    """A machine whose WeCom has 40 people in 6 departments, all of it visible to the app."""
    return make_host()


@pytest.fixture
def chance() -> random.Random:
    """What a campaign draws its cases from; the seed is shown where a test fails."""
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201 - it is how a failure is repeated
    return random.Random(seed)
