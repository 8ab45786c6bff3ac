"""What all tests share: how a missing server is told, and how hypothesis works here."""

import logging
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from tests.servers.fixtures import (  # noqa: F401 - fixtures of all tests
    database,
    make_database,
    mariadb,
    postgresql,
    run_on_every_database,
    sqlite_template,
)
from tests.servers.ldap_fixtures import ds389, pki, samba  # noqa: F401 - the same

# What commands say is compared in English; a test of another language asks for it.
os.environ["LC_ALL"] = "C.UTF-8"
# A machine that is busy with other things makes no example wrong.
settings.register_profile("syncd", deadline=None)
settings.load_profile("syncd")

#: Debian keeps servers where an ordinary account does not look for commands.
_SYSTEM_FOLDERS = (
    *("/usr/sbin", "/usr/local/sbin", "/sbin", "/usr/lib/openldap"),
    *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True),
)

RequireServer = Callable[[str, str], Path]


@pytest.fixture(scope="session")
def require_server() -> RequireServer:
    """Return a function of a server's name and its program that returns the program's path.

    A missing program skips the test with its reason, and fails it where ``CI=true``.
    """
    return _require_server


def _require_server(name: str, program: str) -> Path:
    folders = os.pathsep.join((os.environ.get("PATH", ""), *_SYSTEM_FOLDERS))
    found = shutil.which(program, path=folders)
    if found is not None:
        return Path(found)
    reason = f"{name} is not installed ({program} was not found); `make servers` installs it"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(autouse=True)
def log_of_its_own() -> Iterator[None]:
    """Undo what a command that ran within a test has made of the log: its stream is closed."""
    root = logging.getLogger()
    before = list(root.handlers), root.level
    yield
    structlog.reset_defaults()
    root.handlers[:], level = before
    root.setLevel(level)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let tests that ask for a database run on every kind."""
    run_on_every_database(metafunc)
