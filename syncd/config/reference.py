"""The tables of docs/configuration.md, made from the settings themselves.

``python -m syncd.config.reference docs/configuration.md`` renews them; a test compares.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from syncd.config.alerts import EmailSettings
from syncd.config.configuration import Configuration
from syncd.config.example import default_of, model_of, reading_order
from syncd.config.guard import LimitSettings
from syncd.config.later import ApplicationSettings
from syncd.config.section import shown_of
from syncd.config.sources import Callback, LdapSource, WeComSource
from syncd.config.toml_text import toml_value

_BEGIN = "<!-- settings: begin, made by `make generated` -->\n"
_END = "<!-- settings: end -->\n"


def with_reference(page: str) -> str:
    """Return ``page`` with the tables between its two marks renewed.

    Raises:
        ValueError: The page has no marks.
    """
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError("the page has no marks to put the tables between")
    return before + begin + "\n" + "\n".join(_tables()) + "\n" + end + after


def _tables() -> Iterator[str]:
    for heading, model in _sections():
        yield f"### {heading}\n"
        yield "| key | default | meaning |\n| --- | --- | --- |"
        for key in reading_order(model):
            yield _row(key, model)
        yield ""


def _sections() -> Iterator[tuple[str, type[BaseModel]]]:
    for key, field in Configuration.model_fields.items():
        match key:
            case "sources":
                yield '`[sources.<name>]`, `type = "wecom"`', WeComSource
                yield "`callback` of a WeCom source", Callback
                yield '`[sources.<name>]`, `type = "ldap"`', LdapSource
            case "applications":
                yield "`[applications.<name>]`", ApplicationSettings
            case _:
                yield f"`[{key}]`", model_of(field)
        if key == "guard":
            yield "a limit of `[guard]`", LimitSettings
        if key == "alerts":
            yield "`email` of `[alerts]`", EmailSettings


def _row(key: str, model: type[BaseModel]) -> str:
    field = model.model_fields[key]
    default, shown = default_of(field), shown_of(field)
    if field.is_required():
        told = "required"
    elif default in (None, [], {}) and shown["example"] is not None:
        told = f"none; e.g. `{toml_value(shown['example'])}`"
    else:
        told = f"`{toml_value(default)}`"
    term = f" ({shown['zh']})" if shown["zh"] else ""
    meaning = (field.description or "").replace("<", "&lt;")
    return f"| `{key}` | {told} | {meaning}{term} |"


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.write_text(with_reference(target.read_text(encoding="utf-8")), encoding="utf-8")
