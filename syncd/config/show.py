"""The configuration that is in effect: defaults filled in, secrets and passwords masked."""

from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from syncd.config.configuration import Configuration
from syncd.config.guard import written_limit
from syncd.config.toml_text import plain_value, toml_key, toml_value
from syncd.errors import ConfigError

Tables = dict[str, object]


def effective(configuration: Configuration) -> Tables:
    """Return all settings in effect as plain values, ready for JSON; keys without a value are left out.

    A secret stands as its reference (``env:NAME``), a literal one as asterisks.
    """
    tables = _plain(configuration)
    tables["audit"] = {"file": _audit_file(configuration), **_table(tables, "audit")}
    limits = {name: written_limit(limit) for name, limit in configuration.guard.limits.items()}
    tables["guard"] = {**_table(tables, "guard"), **limits}
    if not configuration.applications:
        del tables["applications"]
    if configuration.authority:
        tables["reconcile"] = {**_table(tables, "reconcile"), "authority": configuration.authority}
    return tables


def as_toml(configuration: Configuration) -> str:
    """Return all settings in effect as TOML; what it prints can be loaded unless a literal was masked."""
    return "\n".join(_lines(effective(configuration), ())).strip() + "\n"


def _lines(table: Mapping[str, object], path: tuple[str, ...]) -> Iterator[str]:
    """Yield the plain keys of ``table``, then its sections; deeper tables stand on one line."""
    sections = {key: value for key, value in table.items() if _is_section(path, key, value)}
    for key, value in table.items():
        if key not in sections:
            yield f"{toml_key(key)} = {toml_value(value)}"
    for key, value in sections.items():
        inner = (*path, key)
        if inner not in {("sources",), ("applications",)}:
            yield f"\n[{'.'.join(toml_key(step) for step in inner)}]"
        yield from _lines(value, inner)  # type: ignore[arg-type]  # a section is a mapping


def _is_section(path: tuple[str, ...], key: str, value: object) -> bool:
    return (
        isinstance(value, Mapping)
        and (not path or path in {("sources",), ("applications",)})
        and bool(key)
    )


def _plain(model: BaseModel) -> Tables:
    found: Tables = {}
    for key in type(model).model_fields:
        value = getattr(model, key)
        if isinstance(value, BaseModel):
            found[key] = _plain(value)
        elif isinstance(value, Mapping):
            found[key] = {
                name: _plain(each) if isinstance(each, BaseModel) else plain_value(each)
                for name, each in value.items()
            }
        elif value is not None:
            found[key] = plain_value(value)
    return found


def _table(tables: Tables, key: str) -> Tables:
    value = tables[key]
    if not isinstance(value, dict):
        raise TypeError(f"{key} is a table")
    return value


def _audit_file(configuration: Configuration) -> str:
    try:
        return str(configuration.audit_file)
    except ConfigError:  # the store's address is a reference that cannot be read here
        return "audit.jsonl beside the SQLite file"
