"""The names of the fields that a person has here, and where a source may take them from."""

import difflib
import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from syncd.config.field_value import field_value
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


#: An attribute's description (RFC 4512, section 2.5): a short name or an OID, and options.
_LDAP_NAME = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)+)(?:;[A-Za-z0-9-]+)*", re.ASCII
)
#: What these hold is no text, but somebody, or one of two words.
_NEVER_MADE = frozenset({"manager", "gender"})


def _check_value(value: object) -> object:
    field_value(value)
    return value.strip() if isinstance(value, str) else value


def _check_fields(fields: Mapping[str, object]) -> Mapping[str, object]:
    for name in sorted(_NEVER_MADE & fields.keys()):
        if not field_value(fields[name]).is_plain:
            raise ValueError(
                text("{name} can be one attribute as it is, and nothing else", name=name)
            )
    return fields


def _check_ldap_fields(fields: Mapping[str, object]) -> Mapping[str, object]:
    for field, written in fields.items():
        for name in field_value(written).attributes:
            if not _LDAP_NAME.fullmatch(name):
                raise ValueError(
                    text(
                        '{field}: "{name}" is no attribute of LDAP; one looks like "employeeNumber"',
                        field=field,
                        name=name,
                    )
                )
    return fields


FieldName = Annotated[str, AfterValidator(check_field_name)]
#: An attribute, a text with attributes in braces, or a table of steps: `syncd.config.field_value`.
Value = Annotated[str | Mapping[str, str | int], BeforeValidator(_check_value)]
Fields = Annotated[Mapping[FieldName, Value], AfterValidator(_check_fields)]
LdapFields = Annotated[Fields, AfterValidator(_check_ldap_fields)]
