"""What every table of the configuration has in common, and how one setting is declared."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo


class Section(BaseModel):
    """One table of the configuration: frozen, and without room for unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


def setting(
    default: Any = ...,
    *,
    doc: str,
    zh: str = "",
    example: Any = None,
    active: bool = False,
    **limits: Any,
) -> Any:
    """Declare one key with all that the example file and the documentation say about it.

    Args:
        default: The value where the file has none, immutable; ``...`` makes the key required.
        doc: What the key does, in a sentence or two.
        zh: The term that WeCom's console uses for it.
        example: The value to show where the default shows nothing.
        active: Whether the example file has the key switched on.
        **limits: Bounds that pydantic checks (``ge``, ``gt``, ``le``, ``min_length``, …).

    Returns:
        A pydantic field.
    """
    shown = {"zh": zh, "example": example, "active": active}
    return Field(default, description=doc, json_schema_extra=shown, **limits)


def table(*, doc: str, zh: str = "", example: Any = None) -> Any:
    """Declare a key that holds a table of names of the user's own, empty by default."""
    shown = {"zh": zh, "example": example, "active": False}
    return Field(default_factory=dict, description=doc, json_schema_extra=shown)


def shown_of(field: FieldInfo) -> Mapping[str, Any]:
    """Return the ``zh``, ``example`` and ``active`` that `setting` was given for ``field``."""
    shown = field.json_schema_extra
    return shown if isinstance(shown, dict) else {}
