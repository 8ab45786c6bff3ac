"""Column types that mean the same in SQLite, PostgreSQL and MariaDB/MySQL.

Rows that are read or written by the hundred thousand pass by SQLAlchemy's own conversion; for
them `write_time`, `read_time` and `write_json` do by hand what the types do.
"""

from base64 import b64decode, b64encode
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from zlib import compress, decompress

import orjson
from sqlalchemy import TEXT, BigInteger, Dialect, Integer, LargeBinary, String, Text
from sqlalchemy.dialects import mysql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateColumn, CreateTable
from sqlalchemy.sql.compiler import DDLCompiler, SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

#: Characters from which on a text is packed, and how a packed one begins, which no JSON does.
_LONG: Final = 1 << 20
_PACKED: Final = "zlib:"


@lru_cache(maxsize=1024)  # the people of one answer share the moment when it was asked for
def write_time(moment: datetime) -> str:
    """Return `moment` as SQLite keeps it: UTC, `YYYY-MM-DD HH:MM:SS.ffffff`."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(" ", "microseconds")[:26]


def read_time(value: Any) -> datetime:
    """Return the moment that a column holds, aware of its zone.

    Applications may have written `T` and `Z`; a driver may have made a `datetime` of it.
    """
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def read_time_or_none(value: Any) -> datetime | None:
    """Return the moment that a column holds, or None where it is NULL."""
    return None if value is None else read_time(value)


def write_time_or_none(moment: datetime | None) -> str | None:
    """Return `moment` as SQLite keeps it, or None."""
    return None if moment is None else write_time(moment)


def write_json(value: Any) -> str:
    """Return `value` as compact JSON text."""
    return orjson.dumps(value).decode()


def read_json(value: Any) -> Any:
    """Return what a JSON column holds; some drivers have decoded it already."""
    return orjson.loads(value) if isinstance(value, str | bytes) else value


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC with microseconds; naive values are refused."""

    impl = String(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the database's own type, or text in SQLite, which has none."""
        if dialect.name == "postgresql":
            from sqlalchemy.dialects.postgresql import TIMESTAMP  # noqa: PLC0415 - its import takes longer than a command's own work

            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        if dialect.name in {"mysql", "mariadb"}:
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(String(32))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Return what the driver is given."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone is not stored")
        if dialect.name == "sqlite":
            return write_time(value)
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return an aware moment."""
        del dialect
        return read_time_or_none(value)


class Json(TypeDecorator[Any]):
    """A JSON value: text in SQLite, the database's own type elsewhere."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the database's own type, or text in SQLite."""
        if dialect.name == "postgresql":
            from sqlalchemy.dialects.postgresql import JSONB  # noqa: PLC0415 - its import takes longer than a command's own work

            return dialect.type_descriptor(JSONB(none_as_null=True))
        if dialect.name in {"mysql", "mariadb"}:
            return dialect.type_descriptor(mysql.JSON(none_as_null=True))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Return text in SQLite; the other drivers encode by themselves."""
        if value is None or dialect.name != "sqlite":
            return value
        return write_json(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Return the decoded value."""
        del dialect
        return None if value is None else read_json(value)


class PackedText(TypeDecorator[str]):
    """A text of many megabytes: packed in MariaDB and MySQL, which take no statement so long."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type of a text without a limit that matters."""
        if dialect.name in {"mysql", "mariadb"}:
            return dialect.type_descriptor(mysql.LONGTEXT())
        return TEXT()  # as it is: PostgreSQL's descriptor would make a VARCHAR of it

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return what the driver is given."""
        if value is None or dialect.name != "mysql" or len(value) < _LONG:
            return value
        return _PACKED + b64encode(compress(value.encode())).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the text as it was."""
        del dialect
        if value is None or not value.startswith(_PACKED):
            return value
        return decompress(b64decode(value.removeprefix(_PACKED))).decode()


#: An id. Only `INTEGER PRIMARY KEY` is SQLite's own row number, which makes look-ups by it fast.
Id = BigInteger().with_variant(Integer(), "sqlite")
#: A long text; MariaDB's and MySQL's TEXT would end at 64 KiB.
LongText = Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
#: Bytes without a limit that matters.
LongBytes = LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")


def octets(length: int) -> LargeBinary:
    """Return the type of at most `length` bytes."""
    return LargeBinary(length).with_variant(mysql.VARBINARY(length), "mysql", "mariadb")


def key(length: int = 255) -> String:
    """Return the type of a key: text compared byte by byte, at most 255 characters long.

    MariaDB and MySQL would otherwise take `Zhang` and `zhang` for the same key.
    """
    binary = mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    return String(length).with_variant(binary, "mysql", "mariadb")


class utc_now(FunctionElement[datetime]):  # noqa: N801 - it is written like the SQL function it is
    """The moment of the statement by the database's clock, as a column default and in queries."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(utc_now, "sqlite")
def _sqlite_now(element: utc_now, compiler: SQLCompiler, **_: Any) -> str:
    del element, compiler
    return "(strftime('%Y-%m-%d %H:%M:%f000', 'now'))"


@compiles(utc_now, "postgresql")
def _postgresql_now(element: utc_now, compiler: SQLCompiler, **_: Any) -> str:
    del element, compiler
    return "statement_timestamp()"


@compiles(utc_now, "mysql", "mariadb")
def _mysql_now(element: utc_now, compiler: SQLCompiler, **_: Any) -> str:
    del element, compiler
    return "(UTC_TIMESTAMP(6))"


@compiles(CreateColumn, "postgresql")
def _postgresql_column(element: CreateColumn, compiler: DDLCompiler, **options: Any) -> str:
    """Give ids by an identity: a serial's sequence would need a grant of its own."""
    made = str(compiler.visit_create_column(element, **options))  # type: ignore[no-untyped-call] # SQLAlchemy's own
    return made.replace(" BIGSERIAL", " BIGINT GENERATED BY DEFAULT AS IDENTITY")


@compiles(CreateTable, "mysql", "mariadb")
def _mysql_table(element: CreateTable, compiler: DDLCompiler, **options: Any) -> str:
    """Make every table as syncd needs it, whatever the server would rather make."""
    made = str(compiler.visit_create_table(element, **options)).rstrip()  # type: ignore[no-untyped-call] # SQLAlchemy's own
    return f"{made} ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"
