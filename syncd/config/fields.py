"""The names of the fields that a person has here, and where a source may take them from."""

import difflib
import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from syncd.text import text

FIELD_NAMES = (
    "userid",
    "name",
    "alias",
    "mobile",
    "email",
    "biz_email",
    "telephone",
    "employee_no",
    "position",
    "gender",
    "address",
    "avatar_url",
    "manager",
)

_CUSTOM = re.compile(r"custom\.[^\s.\x00-\x1f]{1,64}")


def check_field_name(name: str) -> str:
    """Return ``name`` if it is a field or ``custom.<name>``.

    Raises:
        ValueError: It is neither; the text has the nearest field.
    """
    if name in FIELD_NAMES or _CUSTOM.fullmatch(name):
        return name
    near = difflib.get_close_matches(name, FIELD_NAMES, n=1)
    advice = (
        text('did you mean "{near}"?', near=near[0])
        if near
        else text('a field of your own is written "custom.{name}"', name=name)
    )
    raise ValueError(text('"{name}" is no field: {advice}', name=name, advice=advice))


def _check_attribute(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(text("must be the name of an attribute, in quotes"))
    if "{" in value or "}" in value:
        raise ValueError(
            text("a value made of several attributes is not supported by this version")
        )
    if value == "extattr" or value.endswith("."):
        raise ValueError(
            text('an extended attribute is written "extattr.<its name>", such as "extattr.工号"')
        )
    return value.strip()


FieldName = Annotated[str, AfterValidator(check_field_name)]
Attribute = Annotated[str, BeforeValidator(_check_attribute)]
