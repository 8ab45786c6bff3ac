"""A simulated WeCom and an administrator's machine for every test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from syncd.services import audit
from syncd.services.audit_verify import verify
from syncd.simulator import Company, Simulator, SimulatorOptions
from syncd.store.store import Store
from tests.e2e.company import build_small_company
from tests.e2e.host import Host

HostFactory = Callable[..., Host]


@pytest.fixture
def make_host(tmp_path) -> Iterator[HostFactory]:
    """Return a function of a company and simulator options that makes a machine to run syncd on.

    After the test every log must be whole and no file may hold a secret.
    """
    hosts: list[Host] = []
    with ExitStack() as stack:

        def make(company: Company | None = None, **options: Any) -> Host:
            given = company or build_small_company()
            wecom = stack.enter_context(Simulator(SimulatorOptions(**options), given))
            hosts.append(Host(tmp_path / f"host{len(hosts)}", wecom))
            return hosts[-1]

        yield make
    for host in hosts:
        host.assert_keeps_secrets()
        if host.log.exists() and host.log.stat().st_size:
            _assert_whole(host)


@pytest.fixture
def host(make_host) -> Host:
    """A machine whose WeCom has 40 people in 6 departments, all of it visible to the app."""
    return make_host()


def _assert_whole(host: Host) -> None:
    store = Store.open(f"sqlite:///{host.database}", read_only=True)
    try:
        found = verify(audit.log_files(host.log), store).findings
    finally:
        store.close()
    assert not found, found
