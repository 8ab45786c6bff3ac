"""What an entry of ours holds: canonical JSON, so that equal entries have equal bytes.

A person::

    {"attributes": {"cn": ["张三"], …},   what the entry carries of the requested attributes
     "department": "<id>" or null,       absent where it is unknown
     "directory": "openldap",            the kind of server, which says what attributes mean
     "manager": "<id>" or null,          whom the manager's DN stood for in the same reading
     "readable": ["cn", "mobile", …]}    attributes whose absence means that they are empty

A department::

    {"name": "研发部", "parent": "<id>" or null, "top": false}

A value that is no UTF-8 text stands as `{"base64": "…"}`.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson


def encode(value: object) -> bytes:
    """Return `value` as canonical JSON."""
    # A copy: what orjson gives keeps the whole buffer that it was written into, several KiB for
    # each entry of a directory.
    return bytes(memoryview(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)))


def decode(payload: bytes) -> Mapping[str, Any]:
    """Return what a payload holds."""
    content: Mapping[str, Any] = orjson.loads(payload)
    return content


def encode_attributes(attributes: Mapping[str, Sequence[bytes]]) -> bytes:
    """Return attributes as they stand in a person's payload."""
    try:
        return encode({name: [raw.decode() for raw in each] for name, each in attributes.items()})
    except UnicodeDecodeError:
        return encode({name: [_value(raw) for raw in each] for name, each in attributes.items()})


def person(
    attributes: bytes,
    departments: Sequence[str | None],
    directory: str,
    manager: str | None,
    readable: Sequence[str],
) -> bytes:
    """Return a person's payload around attributes that are encoded already.

    `departments` holds one id, or None for a person who belongs to none; nothing is unknown.
    """
    # Attributes wait encoded for the end of the reading, where managers become known; putting
    # the parts together spares decoding them again.
    placed = b"".join([b'"department":%b,' % _encoded_id(each) for each in departments])
    return b'{"attributes":%b,%b"directory":%b,"manager":%b,"readable":%b}' % (
        attributes,
        placed,
        _encoded_id(directory),
        _encoded_id(manager),
        _encoded_names(tuple(readable)),
    )


@lru_cache(maxsize=10_000)
def _encoded_id(value: str | None) -> bytes:
    return encode(value)  # many people have the same department, and the same manager


@lru_cache(maxsize=8)
def _encoded_names(names: tuple[str, ...]) -> bytes:
    return encode(sorted(names))  # the same for everybody of a reading


def department(name: str, parent: str | None) -> bytes:
    """Return a department's payload; without a parent it is a top."""
    return encode({"name": name, "parent": parent, "top": parent is None})


def _value(raw: bytes) -> object:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": b64encode(raw).decode("ascii")}
