"""An administrator's machine: a folder with a configuration, and the installed command."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from syncd.services.audit_lines import log_files
from syncd.services.audit_replay import replay
from syncd.services.audit_verify import verify
from syncd.simulator import Simulator
from syncd.store.store import Store
from tests.servers.database import TestDatabase

SYNCD = Path(sys.executable).with_name("syncd")
#: What a run always writes, whatever becomes of it, and the row that whoever looks for messages
#: locks; "as before" leaves it out.
OWN_ROWS = frozenset(
    {
        *("sync_run", "sync_failure", "sync_lease", "audit_chain", "audit_block", "audit_file"),
        "outbox_quota",
    }
)
DIRECTORY = (
    "directory_department",
    "directory_user",
    "directory_membership",
    "directory_link",
    "directory_record",
    "directory_counter",
)
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command ended, and what it said."""

    status: int
    stdout: str
    stderr: str

    @property
    def said(self) -> str:
        return self.stdout + self.stderr

    @property
    def json(self) -> dict[str, Any]:
        document = json.loads(self.stdout)
        assert document["schema_version"] == 1
        return document


@dataclass
class Host:
    """A folder in which `syncd` is run, and the simulated WeCom that it reads."""

    folder: Path
    wecom: Simulator
    #: Makes the database, where it is not a file in the folder.
    make_place: Callable[[], TestDatabase] | None = None
    secrets: set[str] = field(default_factory=set)
    started: list[subprocess.Popen[str]] = field(default_factory=list)
    #: Whether another hand has changed the database: the log then yields what was there before.
    is_tampered_with: bool = False

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.place = self.make_place() if self.make_place else None
        self.secrets |= {self.wecom.app_secret, self.wecom.contacts_secret}
        self.learn_tokens()
        self.configure()

    @property
    def database(self) -> Path:
        return self.folder / "syncd.db"

    @property
    def log(self) -> Path:
        return self.folder / "audit.jsonl"

    @property
    def config(self) -> Path:
        return self.folder / "syncd.toml"

    def configure(
        self, *, app: bool = True, contacts: bool = False, source: str = "", tail: str = ""
    ) -> None:
        """Write the configuration; `source` goes into the source's section, `tail` behind it."""
        url = self.place.url if self.place else "sqlite:///syncd.db"
        lines = ["[store]", f'url = "{url}"', "", "[sources.wecom]", 'type = "wecom"']
        lines += [f'corp_id = "{self.wecom.corp_id}"', f'base_url = "{self.wecom.base_url}"']
        if app:
            lines += [f"agent_id = {self.wecom.agent_id}", 'app_secret = "env:APP_SECRET"']
        if contacts:
            lines.append('contacts_secret = "env:CONTACTS_SECRET"')
        self.config.write_text("\n".join([*lines, source, "", tail, ""]), encoding="utf-8")

    # ── running the command ──────────────────────────────────────────────────

    def start(
        self,
        *args: str,
        env: Mapping[str, str] | None = None,
        prefix: Collection[str] = (),
        preexec: Callable[[], None] | None = None,
    ) -> subprocess.Popen[str]:
        """Start the command, in a group of its own, and return at once."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("SYNCD", "http", "HTTP"))}
        own = {
            "APP_SECRET": self.wecom.app_secret,
            "CONTACTS_SECRET": self.wecom.contacts_secret,
            "SYNCD_CONFIG": str(self.config),
            "STATE_DIRECTORY": str(self.folder),  # where a server's log goes
        }
        process = subprocess.Popen(
            [*prefix, str(SYNCD), *args],
            env={**clean, **own, **(env or {})},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
            preexec_fn=partial(_before_it_starts, preexec),  # noqa: PLW1509 - these tests have no threads
        )
        self.started.append(process)
        return process

    def end_processes(self) -> None:
        """End what a failed test has left running."""
        for process in self.started:
            if process.returncode is None:
                process.kill()
                process.communicate()

    def finish(self, process: subprocess.Popen[str]) -> Answer:
        """Wait for a started command; what it said may hold neither traceback nor secret."""
        try:
            stdout, stderr = process.communicate(timeout=90)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        # Python's own, where Ctrl-C came before the command was there to listen.
        assert process.returncode == -signal.SIGINT or "Traceback" not in stderr, stderr
        for secret in self.secrets:
            assert secret not in stdout + stderr
        return Answer(process.returncode, stdout, stderr)

    def syncd(self, *args: str, **how: Any) -> Answer:
        """Run the command to its end."""
        return self.finish(self.start(*args, **how))

    def sync(self, *args: str, exits: int | Collection[int] = 0, **how: Any) -> Answer:
        """Run `syncd sync`, which must end as expected."""
        answer = self.syncd("sync", *args, **how)
        assert answer.status in ((exits,) if isinstance(exits, int) else exits), answer
        return answer

    # ── looking at what it left ──────────────────────────────────────────────

    def rows(self, query: str, *values: Any) -> Rows:
        if self.place:
            return self.place.dicts(_filled(query, values))
        with closing(sqlite3.connect(self.database)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query, values)]

    def one(self, query: str, *values: Any) -> Any:
        """Return the single value that a query gives."""
        (row,) = self.rows(query, *values)
        (value,) = row.values()
        return value

    def execute(self, statement: str, *values: Any) -> None:
        if self.place:
            self.place.execute(_filled(statement, values))
            return
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute(statement, values)

    def dump(self, *, without: Collection[str] = OWN_ROWS) -> dict[str, Rows]:
        """Return every table with all its rows, but for those named; empty without a database."""
        if self.place:
            names = self.place.tables()
        elif self.database.exists():
            query = "SELECT name FROM sqlite_master WHERE type = 'table'"
            names = [row["name"] for row in self.rows(query)]
        else:
            return {}
        return {
            name: sorted(self.rows(f"SELECT * FROM {name}"), key=repr)
            for name in sorted(names)
            if name not in without and not name.startswith("sqlite_")
        }

    def directory(self) -> dict[str, Rows]:
        """Return the rows of the directory tables."""
        dump = self.dump()
        return {name: dump.get(name, []) for name in DIRECTORY}

    def active(self) -> dict[str, Any]:
        """Return the active directory (contract, section 2): what history must not matter for."""
        users = self.rows(
            "SELECT l.external_id AS ref, u.userid, u.name, u.alias, u.mobile, u.email, u.biz_email,"
            " u.telephone, u.employee_no, u.position, u.gender, u.address, u.avatar_url, u.custom,"
            " m.external_id AS manager, d.external_id AS main"
            " FROM directory_user u JOIN directory_link l ON l.user_id = u.id"
            " LEFT JOIN directory_link m ON m.user_id = u.manager_id"
            " LEFT JOIN directory_department d ON d.id = u.main_department_id"
            " WHERE u.status = 'active' ORDER BY 1"
        )
        departments = self.rows(
            "SELECT d.external_id AS ref, d.name, d.name_en, d.full_path, d.depth, d.sort_order,"
            " p.external_id AS parent FROM directory_department d"
            " LEFT JOIN directory_department p ON p.id = d.parent_id"
            " WHERE d.status = 'active' ORDER BY 1"
        )
        memberships = self.rows(
            "SELECT l.external_id AS user, d.external_id AS department, m.is_primary, m.is_leader,"
            " m.sort_order FROM directory_membership m JOIN directory_user u ON u.id = m.user_id"
            " JOIN directory_link l ON l.user_id = m.user_id"
            " JOIN directory_department d ON d.id = m.department_id"
            " WHERE u.status = 'active' ORDER BY 1, 2"
        )
        return {"users": users, "departments": departments, "memberships": memberships}

    def active_users(self) -> set[str]:
        return {row["ref"] for row in self.active()["users"]}

    def user(self, external_id: str) -> dict[str, Any]:
        (row,) = self.rows(
            "SELECT u.* FROM directory_user u JOIN directory_link l ON l.user_id = u.id"
            " WHERE l.external_id = ?",
            external_id,
        )
        return row

    def departments_of(self, external_id: str) -> set[str]:
        rows = self.active()["memberships"]
        return {row["department"] for row in rows if row["user"] == external_id}

    def conflicts(self, kind: str | None = None) -> Rows:
        rows = self.rows("SELECT * FROM sync_conflict WHERE resolved_at IS NULL ORDER BY id")
        return [row for row in rows if kind in (None, row["kind"])]

    def last_run(self) -> dict[str, Any]:
        (row,) = self.rows("SELECT * FROM sync_run ORDER BY id DESC LIMIT 1")
        return row

    def lines(self) -> Rows:
        """Return the lines of the audit log."""
        text = self.log.read_text(encoding="utf-8") if self.log.exists() else ""
        return [json.loads(line) for line in text.splitlines()]

    def keep(self) -> dict[str, bytes]:
        """Return database and log as they are on the disk, for `restore`."""
        return {path.name: path.read_bytes() for path in self._written()}

    def restore(self, kept: Mapping[str, bytes]) -> None:
        """Bring database and log back to an earlier moment."""
        for path in self._written():
            path.unlink()
        for name, content in kept.items():
            (self.folder / name).write_bytes(content)

    def _written(self) -> list[Path]:
        return (
            [self.log, *self.folder.glob("syncd.db*")]
            if self.log.exists()
            else [*self.folder.glob("syncd.db*")]
        )

    # ── what must hold at any time ───────────────────────────────────────────

    def fresh(self, name: str = "fresh") -> "Host":
        """Return another machine with the same configuration and an empty database."""
        other = Host(self.folder / name, self.wecom, self.make_place)
        text = self.config.read_text(encoding="utf-8")
        if self.place and other.place:
            text = text.replace(self.place.url, other.place.url)
        other.config.write_text(text, encoding="utf-8")
        return other

    def assert_like_fresh_load(self, name: str = "fresh") -> None:
        """The active directory is the one that a first load would make."""
        other = self.fresh(name)
        other.sync()
        assert self.active() == other.active()

    def assert_changes_are_logged(self) -> None:
        """Every change in the store is in the log, once, and the log is whole."""
        stored = self.rows("SELECT count(*) AS n FROM sync_change")[0]["n"]
        assert sum(line["event"] == "change" for line in self.lines()) == stored
        assert self.syncd("audit", "verify").status == 0

    def assert_whole_log(self) -> None:
        """What `syncd audit verify` looks at holds; without the time that a command takes to start."""
        url = self.place.url if self.place else f"sqlite:///{self.database}"
        store = Store.open(url, read_only=True)
        try:
            found = verify(log_files(self.log), store).findings
            yielded = replay(log_files(self.log), store)
        finally:
            store.close()
        assert not found, found
        if not self.is_tampered_with:
            assert yielded.is_same, yielded

    def assert_keeps_secrets(self) -> None:
        """No secret and no access token stands in any file that syncd has written."""
        written = [path for path in self.folder.rglob("*") if path.is_file()]
        for path in written:
            content = path.read_bytes()
            for secret in self.secrets:
                assert secret.encode() not in content, path

    def learn_tokens(self) -> None:
        """Take note of the access tokens: the simulator hands the same ones out while they live."""
        for secret in (self.wecom.app_secret, self.wecom.contacts_secret):
            self.secrets |= {_token(self.wecom.base_url, self.wecom.corp_id, secret)}
        self.wecom.reset_counts()


def _filled(statement: str, values: Collection[Any]) -> str:
    """Return a statement with its values in place of the question marks."""
    for value in values:
        literal = str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"
        statement = statement.replace("?", literal, 1)
    return statement


def _before_it_starts(further: Callable[[], None] | None) -> None:
    # A shell lets what it runs in the background ignore Ctrl-C; these tests press it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if further is not None:
        further()


def _token(base_url: str, corp_id: str, secret: str) -> str:
    url = f"{base_url}/cgi-bin/gettoken?corpid={corp_id}&corpsecret={secret}"
    with urllib.request.urlopen(url, timeout=10) as response:
        return json.loads(response.read())["access_token"]


@contextmanager
def locked_database(path: Path) -> Iterator[None]:
    """Hold the write lock of an SQLite file, as another program would."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def wait_until(true: Callable[[], object]) -> None:
    """Wait for something that is bound to happen soon."""
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)
