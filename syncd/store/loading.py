"""`LOAD DATA LOCAL`, fed from memory: a quarter less work for a server than an INSERT of the rows.

The server asks its client for a file by name, and the client answers with whatever it likes. Here
it answers with the rows at hand, whichever name was asked for, and opens no file. A session says
that it knows this request, but the driver refuses it (`local_infile` stays off) wherever a server
brings it up by itself: only `load`, which has asked for it, ever answers.

`LOCAL` makes an error of a row a warning. So a block of rows of which not each is in, without any
warning, is taken back and inserted literally: what the rows mean, and what is wrong with them, an
INSERT says.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from functools import partial
from types import NoneType
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, event

from syncd.store.behind import behind
from syncd.store.bulk import Tuple, inserting_literally

#: Rows of one block at most. Galera may commit on its own after ten thousand of a statement
#: (`wsrep_load_data_splitting`), which would let others see half of a run.
_MOST: Final = 5000
#: Fewer rows than this are not worth what a block costs besides: two more answers of the server.
_LEAST: Final = 100
#: Bytes that are sent at once, far below what docs/database.md asks of `max_allowed_packet`.
_PIECE: Final = 1 << 20
#: What ends a field and a row, and what makes NULL of an N: characters that no text of ours has.
_FIELD, _ROW, _ESCAPE = "\x1f", "\x1e", "\x1b"
_NULL: Final = f"{_ESCAPE}N"
#: Nothing in it depends on `sql_mode` or the server's character sets.
_FORMAT: Final = (
    "CHARACTER SET utf8mb4 FIELDS TERMINATED BY 0x1f ENCLOSED BY '' ESCAPED BY 0x1b"
    " LINES STARTING BY '' TERMINATED BY 0x1e"
)
_SAVEPOINT: Final = "before_rows"
#: Where a connection remembers that its server takes no rows in this way.
_REFUSES: Final = "syncd_refuses_rows"
#: What a server says that takes none: it is not allowed (older ones, MySQL, MariaDB), or what
#: stands before the server does not know it.
_REFUSED: Final = frozenset({1148, 3948, 4166, 1047, 1235})
#: How a value of each type is written.
_WRITTEN: Final[Mapping[type, Callable[[Any], str]]] = {
    str: str,
    int: str,
    bool: lambda value: "1" if value else "0",
    NoneType: lambda _: _NULL,
    bytes: bytes.hex,
    bytearray: bytearray.hex,
}
_BYTES: Final = frozenset({bytes, bytearray, NoneType})
_PLAIN: Final = frozenset({str, int, bool, NoneType})


def let_sessions_load(engine: Engine) -> None:
    """Make the sessions of an engine say that they answer a `LOAD DATA LOCAL`.

    No address makes the driver answer one by itself, which it would do with any file of this host.
    """
    from pymysql.constants import CLIENT  # noqa: PLC0415 - not everybody has MariaDB

    def connecting(_dialect: Any, _record: Any, _args: Any, options: dict[str, Any]) -> None:
        options["client_flag"] = options.get("client_flag", 0) | CLIENT.LOCAL_FILES
        options["local_infile"] = False

    event.listen(engine, "do_connect", connecting)


def inserting(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[Tuple],
    *,
    same: Mapping[str, str | int],
) -> Iterator[Callable[[], object]]:
    """Yield what inserts rows into MariaDB or MySQL; what is the same in all stands in `same`.

    Where others may be waiting for the rows, which is everywhere but in a large run, they go by
    INSERT. What is yielded uses the driver's own connection alone.
    """
    info = connection.info
    session: Any = connection.connection.driver_connection
    literally = partial(inserting_literally, session, table, columns, same=same)
    if behind(connection) is None:
        yield literally(rows)
        return
    for at in range(0, len(rows), _MOST):
        block = rows[at : at + _MOST]
        written = None
        if len(block) >= _LEAST and _REFUSES not in info:
            written = write_rows(table.name, columns, block, same)
        if written is None:
            yield literally(block)
        else:
            yield partial(_load_or, partial(literally, block), session, info, len(block), written)


def _load_or(
    literally: Callable[[], Callable[[], None]],
    session: Any,
    info: MutableMapping[Any, Any],
    rows: int,
    written: tuple[str, bytes],
) -> None:
    if _REFUSES in info or not _load_all(session, info, written, rows):
        literally()()


def _load_all(
    session: Any, info: MutableMapping[Any, Any], written: tuple[str, bytes], rows: int
) -> bool:
    """Return whether the server has taken every row as it is; otherwise it has taken none."""
    from pymysql.err import Error  # noqa: PLC0415 - not everybody has MariaDB

    session.query(f"SAVEPOINT {_SAVEPOINT}")
    try:
        taken = load(session, *written)
    except Error as error:
        if error.args[0] not in _REFUSED:
            raise
        info[_REFUSES] = True
        return False
    if taken == (rows, 0):
        return True
    session.query(f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}")
    return False


def load(session: Any, statement: str, data: bytes) -> tuple[int, int]:
    """Send a `LOAD DATA LOCAL` and what it is to read; return its numbers of rows and warnings.

    MariaDB's "Client/Server Protocol", LOCAL_INFILE packet; MySQL has the same.

    Raises:
        pymysql.err.Error: What the server says, or that the connection was lost.
    """
    from pymysql.err import Error  # noqa: PLC0415 - not everybody has MariaDB

    try:
        return _converse(session, statement, data)
    except BaseException as error:
        if not isinstance(error, Error):
            # The server may be waiting for more rows, and for nothing else.
            session._force_close()  # noqa: SLF001 - the driver's public way would say goodbye first
        raise


def _converse(session: Any, statement: str, data: bytes) -> tuple[int, int]:
    from pymysql.constants import COMMAND, CR  # noqa: PLC0415 - not everybody has MariaDB
    from pymysql.err import OperationalError  # noqa: PLC0415 - the same
    from pymysql.protocol import OKPacketWrapper  # noqa: PLC0415 - the same

    # The driver's own way ends with a file of this host, named by the server.
    session._execute_command(COMMAND.COM_QUERY, statement)  # noqa: SLF001 - see above
    answer = session._read_packet()  # noqa: SLF001 - see above
    if answer.is_load_local_packet():
        for at in range(0, len(data), _PIECE):
            session.write_packet(data[at : at + _PIECE])
        session.write_packet(b"")
        answer = session._read_packet()  # noqa: SLF001 - see above
    if not answer.is_ok_packet():
        session._force_close()  # noqa: SLF001 - what comes next would be taken for another answer
        raise OperationalError(CR.CR_COMMANDS_OUT_OF_SYNC, "The server answered out of turn")
    done = OKPacketWrapper(answer)
    session.server_status = done.server_status
    return done.affected_rows, done.warning_count


def write_rows(
    table: str, columns: Sequence[str], rows: Sequence[Tuple], same: Mapping[str, str | int]
) -> tuple[str, bytes] | None:
    """Return the statement and what it reads, or None where a value cannot be written like that."""
    by_column = dict(zip(columns, zip(*rows, strict=True), strict=True))
    kinds = {name: set(map(type, column)) for name, column in by_column.items()}
    empty = [name for name in columns if kinds[name] == {NoneType}]
    given = [name for name in columns if kinds[name] != {NoneType}]
    binary = [name for name in given if kinds[name] <= _BYTES]
    if not given or not all(kinds[name] <= _BYTES or kinds[name] <= _PLAIN for name in given):
        return None
    texts = [_texts(by_column[name], kinds[name]) for name in given]
    data = (_ROW.join(map(_FIELD.join, zip(*texts, strict=True))) + _ROW).encode()
    nulls = sum(by_column[name].count(None) for name in given if NoneType in kinds[name])
    marks = (len(rows) * (len(given) - 1), len(rows), nulls)
    if tuple(map(data.count, (b"\x1f", b"\x1e", b"\x1b"))) != marks:
        return None  # one of these characters stands in a value
    into = [f"@`{name}`" if name in binary else f"`{name}`" for name in given]
    values = [f"`{name}` = UNHEX(@`{name}`)" for name in binary]
    values += [f"`{name}` = NULL" for name in empty]
    values += [f"`{name}` = {_literal(value)}" for name, value in same.items()]
    end = f" SET {', '.join(values)}" if values else ""
    start = f"LOAD DATA LOCAL INFILE 'rows of syncd' INTO TABLE `{table}`"
    return f"{start} {_FORMAT} ({', '.join(into)}){end}", data


def _texts(column: Tuple, kinds: set[type]) -> Iterable[str]:
    """Return the values of a column as they are written."""
    if kinds == {str}:
        return column
    if kinds == {str, NoneType}:
        return [_NULL if one is None else one for one in column]
    if len(kinds) == 1:
        return map(_WRITTEN[kinds.pop()], column)
    return [_WRITTEN[type(one)](one) for one in column]


def _literal(value: str | int) -> str:
    """Return a value as SQL that no `sql_mode` reads in another way."""
    return str(value) if isinstance(value, int) else f"_utf8mb4 x'{value.encode().hex()}'"
