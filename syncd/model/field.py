"""The fields of a person that syncd keeps, by the names that the configuration uses."""

from collections.abc import Mapping
from typing import Final

#: Text columns of `directory_user`, in the order of the table.
TEXT_FIELDS: Final = (
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
)
#: A reference to another person, by the source's immutable id.
MANAGER: Final = "manager"
#: Every field that `[sources.X] fields` may name, besides `custom.<name>`.
FIELDS: Final = (*TEXT_FIELDS, MANAGER)
#: What precedes the name of a field of the administrator's own.
CUSTOM_PREFIX: Final = "custom."
#: Characters that a value may have at most; a longer one is unknown and reported (rule 13).
MAX_LENGTH: Final[Mapping[str, int]] = {
    "userid": 255,
    "name": 255,
    "alias": 255,
    "mobile": 64,
    "email": 255,
    "biz_email": 255,
    "telephone": 64,
    "employee_no": 255,
    "position": 255,
    "gender": 16,
    "address": 1024,
    "avatar_url": 2048,
    "manager": 255,
}
#: The same for fields of the administrator's own.
MAX_CUSTOM_LENGTH: Final = 4096
#: The same for the id of a record, in characters.
MAX_ID_LENGTH: Final = 255


def is_field(name: str) -> bool:
    """Return whether `name` is one of ours, or `custom.` and a name."""
    return name in FIELDS or (name.startswith(CUSTOM_PREFIX) and len(name) > len(CUSTOM_PREFIX))
