"""The first configuration: made of a person's answers, and written whole or not at all."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from syncd.config.toml_text import toml_key, toml_value
from syncd.errors import UsageError
from syncd.text import system_said, text

#: How a value says that it is no secret, but where one is to be found.
REFERENCES: Final = ("env:", "file:", "credential:")
Keep = Literal["file", "env", "literal"]
#: Only the account that runs syncd may read what is written here.
_MODE: Final = 0o600
_HEAD: Final = "# Written by syncd init; syncd config example shows every key.\n"

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person has said."""

    file: Path
    store: str
    name: str
    #: The keys of `[sources.NAME]` besides the secrets.
    settings: Mapping[str, object]
    #: Key → the secret itself, or a reference to it.
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: Where a secret goes that was given as it is.
    keep: Keep = "file"


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be written."""

    #: The configuration with every given secret in it as it is: to be tried, and never written.
    trial: Document = field(repr=False)
    #: Path → text; the configuration is the last one.
    files: Mapping[Path, str] = field(repr=False)
    #: Variables of the environment that have to be set where syncd runs.
    variables: tuple[str, ...] = ()


def draft(answers: Answers) -> Draft:
    """Return what is to be tried, and what is to be written."""
    folder = answers.file.parent
    written: dict[str, str] = {}
    files: dict[Path, str] = {}
    variables = []
    for key, value in answers.secrets.items():
        written[key] = value
        if value.startswith(REFERENCES) or answers.keep == "literal":
            continue
        if answers.keep == "env":
            variables.append(f"SYNCD_{answers.name}_{key}".replace("-", "_").upper())
            written[key] = f"env:{variables[-1]}"
        else:
            place = f"{answers.name}_{key}"
            files[folder / place] = value + "\n"
            written[key] = f"file:{place}"
    files[answers.file] = _HEAD + "".join(_toml(_document(answers, written)))
    return Draft(_document(answers, answers.secrets), files, tuple(variables))


def _document(answers: Answers, secrets: Mapping[str, str]) -> Document:
    source = {**answers.settings, **secrets}
    return {"store": {"url": answers.store}, "sources": {answers.name: source}}


def _toml(document: Document) -> Iterator[str]:
    tables = {"store": document["store"]}
    tables |= {f"sources.{toml_key(name)}": one for name, one in document["sources"].items()}
    for name, table in tables.items():
        yield f"\n[{name}]\n"
        for key, value in table.items():
            yield f"{toml_key(key)} = {toml_value(value)}\n"


def taken(made: Draft) -> list[Path]:
    """Return the files that are there already, and would be replaced by others."""
    return [path for path, content in made.files.items() if _is_other(path, content)]


def _is_other(path: Path, content: str) -> bool:
    try:
        return path.read_text(encoding="utf-8") != content
    except FileNotFoundError:
        return False
    except (OSError, UnicodeDecodeError):
        return True


def install(made: Draft, prepare: Callable[[], None], database: Path | None) -> None:
    """Make the schema, then write the files; whatever ends it early leaves nothing behind.

    Args:
        made: What is to be written.
        prepare: Makes the schema.
        database: The database's file, where it is one.

    Raises:
        StoreError: The schema cannot be made.
        UsageError: A file cannot be written.
    """
    with ExitStack() as undo:
        folders = {path.parent for path in made.files}
        folders |= {database.parent} if database is not None else set()
        try:
            for folder in sorted(folders):
                _make_folder(folder, undo)
            if database is not None and not database.exists():
                for suffix in ("", "-wal", "-shm"):
                    undo.callback(_remove, Path(f"{database}{suffix}"))
            prepare()
            for path, content in made.files.items():
                _write(path, content, undo)
        except OSError as error:
            raise UsageError(
                text(
                    "{path} cannot be written: {reason}.",
                    path=str(error.filename or ""),
                    reason=system_said(error),
                ),
                hint=text("Nothing was written. Choose another place with --config FILE."),
            ) from error
        undo.pop_all()


def _make_folder(folder: Path, undo: ExitStack) -> None:
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        undo.callback(_remove_folder, one)
        one.mkdir(exist_ok=True)


def _remove_folder(folder: Path) -> None:
    with suppress(OSError):  # it was not made, or somebody has put something into it
        folder.rmdir()


def _remove(file: Path) -> None:
    with suppress(OSError):  # it was not made; what went wrong is told, and not this
        file.unlink()


def _write(path: Path, content: str, undo: ExitStack) -> None:
    """Put a file in its place in one step, as it was before if anything goes wrong later."""
    new = path.with_name(f".{path.name}.new")
    undo.callback(_remove, new)
    new.unlink(missing_ok=True)
    _write_bytes(new, content.encode())
    if path.exists():
        undo.callback(_put_back, path, path.read_bytes(), path.stat().st_mode & 0o777)
    else:
        undo.callback(_remove, path)
    new.replace(path)


def _write_bytes(path: Path, content: bytes, mode: int = _MODE) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _put_back(path: Path, content: bytes, mode: int) -> None:
    path.unlink(missing_ok=True)
    _write_bytes(path, content, mode)
