"""`syncd links export` and `links import`: many links at once, as a file for a spreadsheet."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli.invocation import begin, common_options, json_option
from syncd.cli.language import spoken
from syncd.cli.output import say
from syncd.errors import ExitStatus, UsageError
from syncd.text import system_said, text

if TYPE_CHECKING:
    from syncd.cli.roster_csv import Table
    from syncd.services.roster import Naming, Said, TakenIn
    from syncd.store.roster import RosterLine

#: Stands for stdin and stdout.
PIPE = "-"


@click.command()
@click.argument("file", metavar="FILE.csv")
@click.option("--unmatched", is_flag=True, help="The records that belong to nobody.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@common_options
def export(*, file: str, unmatched: bool, force: bool, config: str | None, verbose: int) -> int:
    """Write every record of every source, and whose it is, to FILE.csv; - is stdout.

    For people who fill in the column of userids, in Excel for instance, and for syncd links
    import. The words of the first line are in the language of --lang.
    """
    configuration = begin(config, verbose)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli import roster_csv  # noqa: PLC0415
    from syncd.services.roster import Naming  # noqa: PLC0415

    count = 0

    def rows() -> Iterator[list[str | None]]:
        nonlocal count
        for one in roster.lines:
            if one.user is None or not unmatched:
                count += 1
                may_be = (
                    candidates.of(one.ref.source, one.fields)
                    if one.user is None and one.ref.source != configuration.authority
                    else ()
                )
                named = " ".join(naming.of(each.user.id, each.user.userid) for each in may_be)
                yield [*_cells(one, naming), named]

    with (
        closing(bootstrap.open_store(configuration, read_only=True)) as store,
        store.roster() as roster,
    ):
        naming, candidates = Naming(roster.people.userids), roster.people.candidates
        _write(file, roster_csv.written(rows(), spoken()), force=force)
    if file != PIPE:
        say(text("{file}: {number:,} records, mode 0600", file=file, number=count))
    return ExitStatus.DONE


@click.command("import")
@click.argument("file", metavar="FILE.csv")
@click.option("--dry-run", "is_trial", is_flag=True, help="Say what it would do; write nothing.")
@click.option("--strict", is_flag=True, help="Nothing at all where any line is refused.")
@click.option("--also", is_flag=True, help="A user may have several records of one source.")
@click.option("--why", metavar="TEXT", help="Why, for the audit log.")
@click.option("--as", "actor", metavar="NAME", help="Who decides it; else the login name.")
@json_option
@common_options
def import_(
    *,
    file: str,
    is_trial: bool,
    strict: bool,
    also: bool,
    why: str | None,
    actor: str | None,
    as_json: bool,
    config: str | None,
    verbose: int,
) -> int:
    """Let records belong to whom FILE.csv says in the column of userids; - is stdin.

    An empty userid says nothing, and - that the record is nobody's. Lines that cannot be done are
    refused one by one, with the number of the line; the others are done in one transaction.
    """
    configuration = begin(config, verbose)
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.cli import links_text, roster_csv  # noqa: PLC0415
    from syncd.cli.output import show_json  # noqa: PLC0415
    from syncd.services.by_hand import Author, open_for_decision  # noqa: PLC0415
    from syncd.services.roster import take_in  # noqa: PLC0415

    table = roster_csv.read(_read(file), file)
    with closing(bootstrap.open_store(configuration)) as store:
        by = bootstrap.by_hand(configuration, store)
        open_for_decision(by)
        author = Author(actor or bootstrap.actor(), why)
        done = take_in(by, _said(table), author, also=also, strict=strict, is_trial=is_trial)
    if as_json:
        show_json(links_text.as_document(done))
    else:
        for one in links_text.lines(done, is_gbk=table.encoding == "gb18030"):
            say(one)
    return _status(done)


def _status(done: "TakenIn") -> int:
    if done.assigned.audit_pending is not None:
        said = text("{problem} The next run writes the entry.", problem=done.assigned.audit_pending)
        say(text("syncd: {message}", message=said), err=True)
    return ExitStatus.USAGE if done.refused else ExitStatus.DONE


def _said(table: "Table") -> "list[Said]":
    from syncd.cli.roster_csv import is_manual  # noqa: PLC0415 - start-up time
    from syncd.model.entry import Ref  # noqa: PLC0415
    from syncd.services.roster import Said  # noqa: PLC0415

    return [
        Said(
            one.number,
            one.row,
            Ref(one.cells["source"], one.cells["record_id"]),
            one.cells["userid"],
            one.cells.get("record_name", ""),
            one.cells.get("name", ""),
            is_manual(one.cells.get("method", "")),
        )
        for one in table.lines
    ]


def _cells(one: "RosterLine", naming: "Naming") -> list[str | None]:
    from syncd.model.directory import LinkMethod  # noqa: PLC0415 - start-up time
    from syncd.services.roster import NOBODY_WORD  # noqa: PLC0415
    from syncd.text import term, translated  # noqa: PLC0415

    user, fields = one.user, one.fields
    is_manual = one.method is LinkMethod.MANUAL
    of_record = [
        one.ref.source,
        one.ref.external_id,
        *(fields.get(name) for name in ("name", "userid", "employee_no", "mobile")),
        fields.get("email") or fields.get("biz_email"),
    ]
    method = None if user is None and not is_manual else one.method
    state = None if user is None else "active" if user.is_active else "inactive"
    words = [None if word is None else translated(term(word), spoken()) for word in (state, method)]
    if user is None:
        whose: list[str | None] = [NOBODY_WORD if is_manual else None, None, None, None, None]
    else:
        named = naming.of(user.id, user.userid)
        whose = [named, user.name, user.employee_no, user.mobile, user.department]
    return [*of_record, *whose, *words, " ".join(one.conflicts)]


def _write(file: str, parts: Iterable[bytes], *, force: bool) -> None:
    """Write a file of mode 0600, or to stdout: all of it, or nothing."""
    if file == PIPE:
        for part in parts:
            sys.stdout.buffer.write(part)
        sys.stdout.buffer.flush()
        return
    path = Path(file)
    if os.path.lexists(path) and not force:
        raise UsageError(
            text("{file} is there already.", file=file),
            hint=text("Name another file, or let it be written over with --force."),
        )
    new = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                out.writelines(parts)
                out.flush()
                os.fsync(out.fileno())
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(
            text("{file} cannot be written: {reason}", file=file, reason=system_said(error)),
            hint=text("Name a folder that is there and may be written, with room for the file."),
        ) from error


def _read(file: str) -> bytes:
    if file == PIPE:
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise UsageError(
            text("{file} cannot be read: {reason}", file=file, reason=system_said(error)),
            hint=text("Name a file that is there and may be read, or - for stdin."),
        ) from error
