"""A copy of the whole database in one file: of one moment, looked over, and there or not there.

SQLite copies itself. PostgreSQL and MariaDB have programs for it; the password goes to them in a
file that only we can read, never in a process list or an environment.
"""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sqlalchemy import make_url
from sqlalchemy.engine import URL

from syncd.errors import StoreError, StoreUnavailable, UsageError
from syncd.store.border import store_errors
from syncd.store.inspection import look_at_schema
from syncd.store.upgrade import SchemaAge
from syncd.text import system_said, text

#: The end of a dump of MariaDB or MySQL that was not broken off.
_COMPLETED: Final = b"-- Dump completed"
_TAIL: Final = 4096


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy that was made."""

    path: Path
    #: Bytes.
    size: int
    #: The newest migration in it.
    revision: str | None


def back_up(url: str, target: Path) -> Backup:
    """Copy a database to a file of mode 0600, and return what was made.

    Raises:
        UsageError: The file exists, or there is nothing to be copied.
        StoreUnavailable: The file cannot be written, or the program for it is not installed.
        StoreError: The database is damaged, or the program failed.
    """
    state = look_at_schema(url)
    if state.age is SchemaAge.EMPTY:
        raise UsageError(
            text("The store is empty: nothing has been synced yet."),
            hint=text("syncd sync brings the directory here."),
        )
    with _in_place_of(target) as part:
        parsed = make_url(url)
        kind = parsed.get_backend_name()
        if kind == "sqlite":
            _copy_sqlite(Path(parsed.database or ""), part)
        elif kind == "postgresql":
            _dump_postgresql(parsed, part)
        else:
            _dump_mariadb(parsed, part)
        size = part.stat().st_size
    return Backup(target, size, state.revision)


@contextmanager
def _in_place_of(target: Path) -> Iterator[Path]:
    """Give a file to be filled, which becomes the target when the block has come to its end."""
    if os.path.lexists(target):
        raise _exists(target)
    try:
        number, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        os.close(number)
    except OSError as error:
        raise _unwritable(target, error) from error
    part = Path(name)
    try:
        yield part
        _put(part, target)
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        part.unlink(missing_ok=True)


def _put(part: Path, target: Path) -> None:
    """Give a finished file its name, and see to it that both survive a loss of power."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    try:
        os.link(part, target)  # unlike a renaming it takes nobody's place
    except FileExistsError:
        raise _exists(target) from None
    except OSError:  # a file system without links
        part.rename(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _exists(target: Path) -> UsageError:
    return UsageError(
        text("{file} exists already.", file=target),
        hint=text("A backup takes no other file's place: name a new one."),
    )


def _unwritable(target: Path, error: OSError) -> StoreUnavailable:
    return StoreUnavailable(
        text(
            "{file} cannot be written: {reason}.",
            file=target,
            reason=system_said(error) if error.strerror else str(error),
        ),
        hint=text("Check that the folder exists, its owner and mode, and the room on the disk."),
    )


# --- SQLite ------------------------------------------------------------------------------------


def _copy_sqlite(path: Path, part: Path) -> None:
    with store_errors(str(path)):
        place = f"file:{quote(str(path))}?mode=ro"
        with closing(sqlite3.connect(place, uri=True, isolation_level=None)) as source:
            # One moment, however long it takes, and without the pages that hold nothing.
            source.execute("VACUUM INTO ?", (str(part),))
    with store_errors(str(part)), closing(sqlite3.connect(part)) as copy:
        found = [str(row[0]) for row in copy.execute("PRAGMA integrity_check(3)")]
    if found != ["ok"]:
        raise StoreError(
            text("The copy of {store} is damaged: {what}.", store=path, what="; ".join(found)),
            hint=text("syncd db check looks the store itself over."),
        )


# --- servers -----------------------------------------------------------------------------------


def _dump_postgresql(url: URL, part: Path) -> None:
    program = _program(("pg_dump",), 'pg_dump --format=custom --file=FILE "DATABASE"')
    place = URL.create(
        "postgresql", url.username, None, url.host, url.port, url.database, url.query
    ).render_as_string()
    with _secret_file(f"*:*:*:*:{_passed(url.password or '')}\n") as secret:
        arguments = ("--format=custom", "--no-password", f"--file={part}", f"--dbname={place}")
        _run(program, arguments, {"PGPASSFILE": str(secret)})
    listed = _run(_program(("pg_restore",), "pg_restore --list FILE"), ("--list", str(part)), {})
    if b" sync_run " not in listed:
        raise StoreError(
            text("{file} holds no table of syncd.", file=part), hint=text("Check [store] url.")
        )


def _dump_mariadb(url: URL, part: Path) -> None:
    names = ("mariadb-dump", "mysqldump")
    program = _program(names, "mariadb-dump --single-transaction --result-file=FILE DATABASE")
    lines = {"user": url.username, "password": url.password, "host": url.host, "port": url.port}
    socket = url.query.get("unix_socket")
    lines["socket"] = socket if isinstance(socket, str) else None
    lines["ssl-ca"] = ca if isinstance(ca := url.query.get("ssl_ca"), str) else None
    options = "".join(f'{key}="{_quoted(str(one))}"\n' for key, one in lines.items() if one)
    with _secret_file(f"[client]\n{options}") as secret:
        arguments = (
            f"--defaults-extra-file={secret}",
            "--single-transaction",
            "--quick",
            "--hex-blob",
            "--default-character-set=utf8mb4",
            f"--result-file={part}",
            url.database or "",
        )
        _run(program, arguments, {})
    with part.open("rb") as file:
        file.seek(max(0, part.stat().st_size - _TAIL))
        if _COMPLETED not in file.read():
            raise StoreError(
                text("{program} broke off.", program=Path(program).name),
                hint=text("Look at the server's log."),
            )


def _program(names: Sequence[str], by_hand: str) -> str:
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        raise StoreUnavailable(
            text("{program} is not installed here.", program=names[0]),
            hint=text(
                "Install the database's client programs, or run on its server: {command}",
                command=by_hand,
            ),
        )
    return found


def _run(program: str, arguments: Sequence[str], variables: Mapping[str, str]) -> bytes:
    """Run a program to its end, and return what it said.

    Raises:
        StoreError: It failed; the message has its last words.
    """
    done = subprocess.run(
        [program, *arguments], env={**os.environ, **variables}, capture_output=True, check=False
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise StoreError(
            text(
                "{program} failed: {reason}",
                program=Path(program).name,
                reason=said[-1] if said else done.returncode,
            ),
            hint=text("Nothing was left behind; its version must not be older than the server's."),
        )
    return done.stdout


@contextmanager
def _secret_file(content: str) -> Iterator[Path]:
    """Give a file that only this account can read, and that is gone afterwards."""
    number, name = tempfile.mkstemp(prefix="syncd-")
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(content)
        yield Path(name)
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()


def _passed(password: str) -> str:
    """Return a password as a file of passwords of PostgreSQL has it."""
    return password.replace("\\", "\\\\").replace(":", "\\:")


def _quoted(value: str) -> str:
    """Return a value as an option file of MariaDB has it between quotation marks."""
    return value.replace("\\", "\\\\").replace('"', '\\"')
