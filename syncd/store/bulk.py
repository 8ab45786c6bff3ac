"""Many rows at once, in the way that each server takes them fastest."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Table

Tuple = tuple[Any, ...]

#: Rows of one statement: more save nothing, and the statement stays far below what a server takes.
_ROWS: Final = 250
#: Bytes of one statement, where more than one row is in it. MariaDB takes 16 MiB in all.
_BYTES: Final = 4 << 20
#: Escapes of JSON that SQL does not know: form feed, and characters by their number.
_FOREIGN: Final = re.compile(rb"\\[fu]")
#: Escapes of JSON that COPY does not know: all but those of a quote and a backslash.
_CONTROL: Final = re.compile(rb"\\[bfnrtu]")
#: How COPY reads the values of a JSON array. PostgreSQL's manual, COPY, "CSV Format".
_AS_JSON: Final = "WITH (FORMAT csv, NULL 'null', QUOTE '\"', ESCAPE '\\')"


def copying(
    session: Any,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[Tuple],
    same: Mapping[str, str | int],
) -> Callable[[], None]:
    """Return what inserts rows into PostgreSQL by COPY; what is the same in all stands in `same`.

    `session` is the driver's connection, which only what is returned uses. A row as JSON is nearly
    one as COPY reads it: what is quoted there is quoted here, and null stands bare. Rows with one
    of the few characters that are not alike go the driver's way, value by value.
    """
    tail = tuple(same.values())
    names = ", ".join(f'"{name}"' for name in (*columns, *same))
    into = f'COPY "{table.name}" ({names}) FROM STDIN'
    end = b"," + orjson.dumps(tail)[1:-1] + b"\n" if tail else b"\n"
    lines = b"".join([orjson.dumps(row, default=_escaped)[1:-1] + end for row in rows])
    if _CONTROL.search(lines) is None:
        return partial(_copy, session, f"{into} {_AS_JSON}", lines)
    return partial(_copy_by_driver, session, into, [row + tail for row in rows])


def _copy(session: Any, statement: str, lines: bytes) -> None:
    with session.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(lines)


def _copy_by_driver(session: Any, statement: str, rows: Sequence[Tuple]) -> None:
    with session.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def look_at_columns(connection: Connection, columns: Mapping[Table, Sequence[str]]) -> None:
    """Let PostgreSQL look at columns of tables that have grown by much.

    Until it has, it takes every value for a frequent one, and reads the whole table for a few rows.
    It looks by itself within a minute; the next run may come before. A small sample will do till
    then.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL default_statistics_target = 10")
        named = (f'"{table.name}" ({", ".join(names)})' for table, names in columns.items())
        connection.exec_driver_sql(f"ANALYZE {', '.join(named)}")


def inserting_literally(
    session: Any,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[Tuple],
    *,
    same: Mapping[str, str | int],
    replaced: Sequence[str] = (),
) -> Callable[[], None]:
    """Return what inserts rows into MariaDB or MySQL, or replaces columns of theirs.

    `session` is the driver's connection, which only what is returned uses. The driver writes value
    by value in Python, which takes twice as long as the server does. A row as JSON is nearly a row
    as SQL: numbers, texts, truth values and null are written alike, and a row with one of the few
    characters that are not goes the driver's way.
    """
    tail = tuple(same.values())
    names = ", ".join(f"`{name}`" for name in (*columns, *same))
    start = f"INSERT INTO `{table.name}` ({names}) VALUES "  # noqa: S608 - names of ours
    end = ", ".join(f"`{name}` = VALUES(`{name}`)" for name in replaced)
    end = f" ON DUPLICATE KEY UPDATE {end}" if end else ""
    steps: list[Callable[[], object]] = []
    left = [rows[at : at + _ROWS] for at in range(0, len(rows), _ROWS)][::-1]
    while left:
        few = left.pop()
        chunk = [row + tail for row in few] if tail else few
        values = b",".join([b"(" + orjson.dumps(row, default=_bytes)[1:-1] + b")" for row in chunk])
        if len(values) > _BYTES and len(few) > 1:
            left += [few[len(few) // 2 :], few[: len(few) // 2]]
        elif _FOREIGN.search(values) is None:
            steps.append(partial(session.query, start.encode() + values + end.encode()))
        else:
            marks = ", ".join(["%s"] * (len(columns) + len(same)))
            steps.append(partial(_insert_by_driver, session, f"{start}({marks}){end}", chunk))
    return partial(_do_all, steps)


def _insert_by_driver(session: Any, statement: str, rows: Sequence[Tuple]) -> None:
    session.cursor().executemany(statement, rows)


def _do_all(steps: Iterable[Callable[[], object]]) -> None:
    for step in steps:
        step()


def _escaped(value: Any) -> orjson.Fragment:
    """Return bytes as PostgreSQL reads them from a quoted text."""
    return orjson.Fragment(b'"\\\\x' + value.hex().encode() + b'"')


def _bytes(value: Any) -> orjson.Fragment:
    """Return bytes as SQL writes them."""
    return orjson.Fragment(b"x'" + value.hex().encode() + b"'")
