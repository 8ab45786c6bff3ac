"""A WeCom (企业微信) for anybody's tests: the pytest fixture `wecom_simulator`.

pytest finds this module by itself wherever syncd is installed (entry point `pytest11`) and reads
it before any test, so it imports nothing but pytest: a project that does not ask for the fixture
pays for nothing. docs/simulator.md has a worked example; `pytest -p no:wecom_simulator` leaves it
out.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from syncd.simulator import Company, Simulator, SimulatorOptions

_MARKER = "wecom_simulator"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, also where `--strict-markers` is set."""
    config.addinivalue_line(
        "markers",
        f"{_MARKER}(**options): options of syncd.simulator.SimulatorOptions for this test, "
        "times in seconds; the innermost marker wins.",
    )


@pytest.fixture(scope="session")
def wecom_simulator_options() -> "SimulatorOptions":
    """Return what the simulator is started with; a conftest.py may say otherwise."""
    from syncd.simulator import SimulatorOptions  # noqa: PLC0415 - only for who uses it

    return SimulatorOptions()


@pytest.fixture(scope="session")
def wecom_simulator_company() -> "Company | None":
    """Return the company that is served, None for the one that the options describe."""
    return None


@pytest.fixture(scope="session")
def wecom_simulator_server(
    wecom_simulator_options: "SimulatorOptions", wecom_simulator_company: "Company | None"
) -> "Iterator[Simulator]":
    """Return the one simulator of this test run, as the tests before have left it.

    It runs in a process of its own, so frozen clocks, patched sockets and the tests' own threads
    do not touch it.
    """
    from syncd.simulator import Simulator  # noqa: PLC0415 - only for who uses it

    with Simulator(wecom_simulator_options, wecom_simulator_company) as running:
        yield running


@pytest.fixture
def wecom_simulator(
    request: pytest.FixtureRequest, wecom_simulator_server: "Simulator"
) -> "Simulator":
    """Return a WeCom as if it had just been started: its company, no calls, faults, messages.

    `@pytest.mark.wecom_simulator(fields_withheld=True)` starts it with other options.
    """
    options: dict[str, Any] = {}
    for marker in request.node.iter_markers(_MARKER):  # the innermost comes first
        options = {**marker.kwargs, **options}
    wecom_simulator_server.start_over(**options)
    return wecom_simulator_server
