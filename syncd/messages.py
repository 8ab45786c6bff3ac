"""Queueing a message from an application written in Python, in a transaction of its own.

::

    from syncd.messages import queue_message

    with connection:  # the application's own connection, and its own transaction
        connection.execute("UPDATE contract SET state = 'waiting' WHERE id = ?", (7,))
        queue_message(connection, "user:17", "text", {"content": "Contract 7 waits for you."})

What becomes of the message stands in `outbox_message` and `outbox_delivery`; docs/messages.md has it
all. Nothing of syncd's configuration is read, and no other module of it is loaded.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import ModuleType
from typing import Any, Final

__all__ = ["queue_message"]

#: Driver → what stands for a value in its statements.
_PLACEHOLDERS: Final = {"sqlite3": "?", "psycopg": "%s", "pymysql": "%s"}


def queue_message(
    connection: Any,
    recipient: str | Iterable[str],
    msgtype: str,
    content: Mapping[str, object],
    *,
    source: str | None = None,
    dedupe_key: str | None = None,
    priority: int | None = None,
    not_before: datetime | None = None,
    expires_at: datetime | None = None,
) -> int:
    """Queue a message and return its id. It is sent once the transaction has been committed.

    Nothing is committed here: the message is queued if the application's transaction is, and only
    then. What is wrong with recipient, type or content is found by the worker, which marks the
    message as `dead` and says why.

    Args:
        connection: An open connection of sqlite3, psycopg 3 or PyMySQL to the database of syncd.
        recipient: `user:17`, `userid:zhangsan`, `department:3`, `tag:2` or `all`; several as a list.
        msgtype: WeCom's type of message: `text`, `markdown`, `file`, …
        content: The object that WeCom documents under the key of that name.
        source: The WeCom source that sends; only needed where several could.
        dedupe_key: The application's own name for the message; the database refuses a second one.
        priority: The larger, the sooner; 0 where it is not given.
        not_before: Not sent earlier. It must know its time zone.
        expires_at: Not sent later. It must know its time zone.

    Raises:
        TypeError: The connection is of another driver.
        ValueError: A moment has no time zone, or the content is not JSON.
        Exception: What the driver raises: its `IntegrityError` where the `dedupe_key` is taken.
    """
    driver = _driver_of(connection)
    given = {
        "recipient": recipient if isinstance(recipient, str) else "|".join(recipient),
        "msgtype": msgtype,
        "content": json.dumps(content, ensure_ascii=False, allow_nan=False),
        "source": source,
        "dedupe_key": dedupe_key,
        "priority": priority,
        "not_before": _moment(driver, "not_before", not_before),
        "expires_at": _moment(driver, "expires_at", expires_at),
    }
    # What is not given has a default in the database, and needs no right to its column.
    values = {name: value for name, value in given.items() if value is not None}
    places = ", ".join([_PLACEHOLDERS[driver.__name__]] * len(values))
    statement = f"INSERT INTO outbox_message ({', '.join(values)}) VALUES ({places})"  # noqa: S608 - names of columns
    return _insert(driver, connection, statement, tuple(values.values()))


def _driver_of(connection: Any) -> ModuleType:
    """Return the driver's module, also where the application has a class of its own."""
    for kind in type(connection).__mro__:
        name = kind.__module__.partition(".")[0]
        if name in _PLACEHOLDERS and not kind.__name__.startswith("Async"):
            return sys.modules[name]
    kind = type(connection)
    raise TypeError(
        f"queue_message takes a connection of {', '.join(_PLACEHOLDERS)}, not one of "
        f"{kind.__module__}.{kind.__qualname__}; with another driver run the INSERT itself"
    )


def _moment(driver: ModuleType, name: str, moment: datetime | None) -> datetime | str | None:
    """Return a moment as the driver takes it for the column, which is UTC everywhere."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError(f"{name} has no time zone; write datetime.now(UTC) or astimezone()")
    in_utc = moment.astimezone(UTC)
    match driver.__name__:
        case "sqlite3":
            return f"{in_utc:%Y-%m-%d %H:%M:%S.%f}"
        case "pymysql":
            return in_utc.replace(tzinfo=None)
        case _:
            return in_utc


def _insert(driver: ModuleType, connection: Any, statement: str, values: tuple[object, ...]) -> int:
    if driver.__name__ != "psycopg":
        cursor = connection.cursor()
        try:
            cursor.execute(statement, values)
            return int(cursor.lastrowid)
        finally:
            cursor.close()
    # Whatever the application's own cursors make of a row.
    with connection.cursor(row_factory=driver.rows.tuple_row) as cursor:
        cursor.execute(f"{statement} RETURNING id", values)
        return int(cursor.fetchone()[0])
