"""Many rows at once, in the way that each server takes them fastest."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Table

Tuple = tuple[Any, ...]

#: Rows of one statement: more save nothing, and the statement stays far below what a server takes.
_ROWS: Final = 250
#: Escapes of JSON that SQL does not know: form feed, and characters by their number.
_FOREIGN: Final = re.compile(rb"\\[fu]")


def copy_rows(
    session: Any,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[Tuple],
    same: Mapping[str, str | int],
) -> None:
    """Insert rows into PostgreSQL by COPY; what is the same in all of them stands in `same`.

    `session` is the driver's connection.
    """
    tail = tuple(same.values())
    names = ", ".join(f'"{name}"' for name in (*columns, *same))
    with (
        session.cursor() as cursor,
        cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy,
    ):
        for row in rows:
            copy.write_row(row + tail)


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


def insert_literally(
    session: Any,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[Tuple],
    *,
    same: Mapping[str, str | int],
    replaced: Sequence[str] = (),
) -> None:
    """Insert rows into MariaDB or MySQL, many with each statement, or replace columns of theirs.

    `session` is the driver's connection.
    The driver writes value by value in Python, which takes twice as long as the server does. A row
    as JSON is nearly a row as SQL: numbers, texts, truth values and null are written alike, and a
    row with one of the few characters that are not goes the driver's way.
    """
    tail = tuple(same.values())
    names = ", ".join(f"`{name}`" for name in (*columns, *same))
    start = f"INSERT INTO `{table.name}` ({names}) VALUES "  # noqa: S608 - names of ours
    end = ", ".join(f"`{name}` = VALUES(`{name}`)" for name in replaced)
    end = f" ON DUPLICATE KEY UPDATE {end}" if end else ""
    for at in range(0, len(rows), _ROWS):
        chunk = [row + tail for row in rows[at : at + _ROWS]] if tail else rows[at : at + _ROWS]
        values = b",".join([b"(" + orjson.dumps(row, default=_bytes)[1:-1] + b")" for row in chunk])
        if _FOREIGN.search(values) is None:
            session.query(start.encode() + values + end.encode())
        else:
            marks = ", ".join(["%s"] * (len(columns) + len(same)))
            cursor = session.cursor()
            cursor.executemany(f"{start}({marks}){end}", chunk)


def _bytes(value: Any) -> orjson.Fragment:
    """Return bytes as SQL writes them."""
    return orjson.Fragment(b"x'" + value.hex().encode() + b"'")
