"""Changes for people and programs: cells of a table, a line of its own, a JSON document."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from syncd.cli.language import spoken
from syncd.cli.output import SCHEMA_VERSION, Column, moment, printable, say, show_table
from syncd.store.history import NamedChange
from syncd.text import joined, term, text, translated


def show_changes(shown: Sequence[NamedChange], *, is_cut: bool) -> None:
    """Print changes as a table."""
    if is_cut:
        say(text("The newest {number} changes; --limit N shows more.", number=len(shown)))
    columns = [
        Column(text("at")),
        Column(text("run")),
        Column(text("change")),
        Column(text("of")),
        Column(text("values")),
        Column(text("why")),
    ]
    show_table(columns, [_cells(one) for one in shown])


def change_line(one: NamedChange) -> str:
    """Return a change as a line of its own, of the same cells as the table."""
    return "  ".join(printable(_shown(cell)) for cell in _cells(one) if cell)


def json_line(one: NamedChange) -> str:
    """Return a change as JSON in one line, with its `schema_version`."""
    import orjson  # noqa: PLC0415 - start-up time

    document = {"schema_version": SCHEMA_VERSION, **as_document(one)}
    return orjson.dumps(document, option=orjson.OPT_UTC_Z).decode()


def _shown(cell: object) -> str:
    if isinstance(cell, datetime):
        return moment(cell)
    return translated(cell, spoken()) if isinstance(cell, str) else str(cell)


def _cells(one: NamedChange) -> list[object]:
    change = one.change
    what = text(
        "{sign} {action} {entity}",
        sign=change.action.sign,
        action=term(change.action.value),
        entity=term(change.entity.value),
    )
    values = joined("; ", _values(one))
    who = one.name or str(change.entity_id)
    return [change.at, change.run_id, what, who, values, why(change.cause)]


def why(cause: Mapping[str, Any]) -> str:
    """Return the sentence of a stored cause; its code where it has none."""
    from syncd.reconcile.render import SENTENCES  # noqa: PLC0415 - start-up time

    code = str(cause.get("code", ""))
    return SENTENCES.get(code, code)


def _values(one: NamedChange) -> Iterator[str]:
    before, after = one.change.before, one.change.after
    if one.change.entity.value == "membership":
        yield one.department
    if before is None or after is None:
        side = after or before or {}
        if "external_id" in side and "method" in side:  # a link; others are named already
            link = f"{side['source']}:{side['external_id']}"
            yield text("{link} by {method}", link=link, method=term(side["method"]))
        return
    if one.record:
        yield one.record
    for column, value in after.items():
        if before.get(column) != value:
            yield f"{column}: {_text(before.get(column))} → {_text(value)}"


def _text(value: Any) -> str:
    return "∅" if value is None else str(value)


def as_document(one: NamedChange) -> dict[str, object]:
    """Return a change as JSON values."""
    change = one.change
    return {
        "id": change.id,
        "run_id": change.run_id,
        "at": change.at,
        "entity": change.entity.value,
        "entity_id": change.entity_id,
        "name": one.name or None,
        "department": one.department or None,
        "record": one.record or None,
        "action": change.action.value,
        "before": change.before,
        "after": change.after,
        "cause": change.cause,
        "why": why(change.cause),
    }
