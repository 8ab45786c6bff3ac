"""`syncd audit verify`, `replay` and `restart`: the log as files, and what it is good for."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar

import click

from syncd.cli.invocation import begin, common_options, filled, json_option
from syncd.errors import ExitStatus
from syncd.text import Text, plural, text

if TYPE_CHECKING:
    from pathlib import Path

    from syncd.config.configuration import Configuration
    from syncd.services.audit_compare import Difference
    from syncd.services.audit_verify import Finding
    from syncd.store.store import Store

T = TypeVar("T")
_MOST = 1_000_000


@click.command()
@json_option
@common_options
def verify(*, as_json: bool, config: str | None, verbose: int) -> int:
    """Find out whether the log is whole: no line edited, moved, missing or cut off.

    Rotated files beside it are read too, packed ones as well. Ends with 7 when something is wrong.
    """
    configuration = begin(config, verbose)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli.output import say, show_json  # noqa: PLC0415
    from syncd.services.audit_verify import Verification  # noqa: PLC0415
    from syncd.services.audit_verify import verify as verify_log  # noqa: PLC0415

    def look(files: "Sequence[Path]", store: "Store") -> Verification:
        known = store.audit.file(bootstrap.host(), str(configuration.audit_file))
        return verify_log(files, store, (known and known.first_seq) or 1)

    files, found = _of_log(configuration, look, lambda one: not one.findings)
    if as_json:
        show_json(
            {
                "ok": not found.findings,
                "files": [str(one) for one in files],
                "lines": found.lines,
                "last_seq": found.last_seq,
                "findings": [_finding_document(one) for one in found.findings],
            }
        )
        return ExitStatus.FOUND if found.findings else ExitStatus.DONE
    _say_findings(found.findings)
    if not found.lines and not found.findings:
        say(text("ok: nothing has been written to the log yet"))
    elif not found.findings:
        say(
            text(
                "ok: {lines} in {files}, the chain is unbroken to line {seq:,}",
                lines=plural(found.lines, "{number:,} line", "{number:,} lines"),
                files=_files(files),
                seq=found.last_seq,
            )
        )
    return ExitStatus.FOUND if found.findings else ExitStatus.DONE


@click.command()
@click.option(
    "--limit",
    default=100,
    type=click.IntRange(1, _MOST),
    metavar="N",
    show_default=True,
    help="The first so many differences.",
)
@json_option
@common_options
def replay(*, limit: int, as_json: bool, config: str | None, verbose: int) -> int:
    """Rebuild the directory from the log alone, and compare it with the store.

    Rotated files beside it are read too, packed ones as well. Ends with 7 when a row differs,
    or when the log cannot be replayed.
    """
    configuration = begin(config, verbose)
    from syncd.cli.output import say, show_json  # noqa: PLC0415 - start-up time
    from syncd.services.audit_replay import Replay  # noqa: PLC0415
    from syncd.services.audit_replay import replay as rebuild  # noqa: PLC0415

    def look(files: "Sequence[Path]", store: "Store") -> Replay:
        return rebuild(files, store, limit)

    files, found = _of_log(configuration, look, lambda one: not one.findings)
    if as_json:
        show_json(
            {
                "ok": found.is_same,
                "files": [str(one) for one in files],
                "lines": found.lines,
                "last_seq": found.last_seq,
                "rows": dict(found.rows),
                "differing": found.differing,
                "differences": [_difference_document(one) for one in found.differences],
                "findings": [_finding_document(one) for one in found.findings],
            }
        )
        return ExitStatus.DONE if found.is_same else ExitStatus.FOUND
    _say_findings(found.findings)
    for one in found.differences:
        _say_difference(one)
    if found.differing > len(found.differences):
        say(
            text(
                "The first {shown} of {all} differences; --limit N shows more.",
                shown=len(found.differences),
                all=found.differing,
            )
        )
    if found.is_same:
        say(
            text(
                "ok: {lines} in {files} yield the directory as it is: {rows}",
                lines=plural(found.lines, "{number:,} line", "{number:,} lines"),
                files=_files(files),
                rows=_rows(found.rows),
            )
        )
    return ExitStatus.DONE if found.is_same else ExitStatus.FOUND


@click.command()
@click.option("--as", "actor", metavar="NAME", help="Who decides it; else the login name.")
@click.option(
    "--why", metavar="TEXT", required=True, callback=filled, help="Why, for the log's next line."
)
@common_options
def restart(*, actor: str | None, why: str, config: str | None, verbose: int) -> int:
    """Begin a new chain above the file's last line, after the database was restored.

    A restored database is behind its log. Until this is said nothing is written to the log, and
    `syncd audit verify` finds the lines that the database does not know.
    """
    configuration = begin(config, verbose)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli.output import say  # noqa: PLC0415
    from syncd.services.audit import write_pending  # noqa: PLC0415
    from syncd.services.audit_restart import restart as begin_anew  # noqa: PLC0415

    file = configuration.audit_file
    with closing(bootstrap.open_store(configuration)) as store:
        store.prepare()
        who = actor or bootstrap.actor()
        end = begin_anew(store, file, at=bootstrap.now(), actor=who, why=why)
        write_pending(store, file, bootstrap.host())
    say(text("A new chain begins with line {seq} of {file}.", seq=end.first_seq, file=file))
    return ExitStatus.DONE


@click.command()
@click.argument("host", metavar="HOST")
@click.option("--file", "path", metavar="PATH", help="Only this file of HOST.")
@click.option("--as", "actor", metavar="NAME", help="Who decides it; else the login name.")
@click.option(
    "--why", metavar="TEXT", required=True, callback=filled, help="Why, for the log's next line."
)
@common_options
def forget(
    *, host: str, path: str | None, actor: str | None, why: str, config: str | None, verbose: int
) -> int:
    """Let no line wait any longer for the log of HOST, which is gone for good.

    Every line stays in the database until each host's file has it. A host that comes back, or
    that is still there, is registered again by its next run, and its file goes on from there.
    """
    configuration = begin(config, verbose)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli.output import say  # noqa: PLC0415
    from syncd.services import audit, audit_copies  # noqa: PLC0415

    who, file = actor or bootstrap.actor(), configuration.audit_file
    with closing(bootstrap.open_store(configuration)) as store:
        store.prepare()
        audit.check_writable(file)
        gone = audit_copies.forget(store, host, path, at=bootstrap.now(), actor=who, why=why)
        audit.write_pending(store, file, bootstrap.host())
    for one in gone:
        say(
            text(
                "{file} of {host} is forgotten: no line waits for it any more.",
                file=one.path,
                host=one.host,
            )
        )
    return ExitStatus.DONE


def _of_log(
    configuration: "Configuration",
    look: "Callable[[Sequence[Path], Store], T]",
    is_well: Callable[[T], bool],
) -> "tuple[list[Path], T]":
    """Return the log's files and what `look` says of them; again if a run wrote meanwhile."""
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.services.audit_lines import log_files  # noqa: PLC0415

    file = configuration.audit_file
    attempts = 3
    with closing(bootstrap.open_store(configuration, read_only=True)) as store:
        while True:
            attempts -= 1
            files = log_files(file) if file.parent.is_dir() else []
            before = (store.audit.end(), _sizes(files))
            found = look(files, store)
            now = (store.audit.end(), _sizes(files))
            if is_well(found) or now == before or not attempts:
                return files, found


def _sizes(files: "Sequence[Path]") -> list[int]:
    return [one.stat().st_size for one in files if one.exists()]


def _say_findings(findings: "Sequence[Finding]") -> None:
    from syncd.cli.output import say  # noqa: PLC0415 - start-up time

    for one in findings:
        say(text("{code}: {where}{message}", code=one.code, where=_where(one), message=one.message))


def _where(one: "Finding") -> str:
    return f"{one.file}:{one.line}: " if one.file else ""


def _finding_document(one: "Finding") -> dict[str, object]:
    return {
        "code": one.code,
        "file": str(one.file) if one.file else None,
        "line": one.line,
        "message": one.message,
    }


def _say_difference(one: "Difference") -> None:
    from syncd.cli.output import say  # noqa: PLC0415 - start-up time

    row = f"{one.entity.value} {'/'.join(map(str, one.key.values()))}"
    if one.code == "only_in_log":
        say(text("{row}: the log has made it, and the store does not have it", row=row))
    elif one.code == "only_in_store":
        say(text("{row}: the store has it, and the log has not made it", row=row))
    else:
        for sentence in _columns(row, one):
            say(sentence)


def _columns(row: str, one: "Difference") -> Iterator[Text]:
    from syncd.cli.output import printable  # noqa: PLC0415 - start-up time

    for column, (told, stored) in one.columns.items():
        yield text(
            "{row}: {column} is {told} in the log and {stored} in the store",
            row=row,
            column=column,
            told=printable(_value(told)),
            stored=printable(_value(stored)),
        )


def _value(value: object) -> str:
    return "∅" if value is None else str(value)


def _difference_document(one: "Difference") -> dict[str, object]:
    return {
        "entity": one.entity.value,
        "key": one.key,
        "code": one.code,
        "columns": {
            name: {"log": told, "store": stored} for name, (told, stored) in one.columns.items()
        },
    }


def _files(files: "Sequence[Path]") -> Text:
    return plural(len(files), "{number} file", "{number} files")


def _rows(rows: dict[str, int]) -> Text:
    return text(
        "{departments:,} departments, {users:,} users, {memberships:,} memberships, {links:,} links",
        departments=rows["department"],
        users=rows["user"],
        memberships=rows["membership"],
        links=rows["link"],
    )
