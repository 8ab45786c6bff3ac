"""UUIDs as sixteen bytes instead of text: to compare a hundred thousand of them in a moment."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain, islice
from struct import Struct
from typing import Final, NamedTuple
from uuid import UUID

SIZE: Final = 16
#: How many are cut at a time, by a loop in C; OpenLDAP, too, sends as many together.
_AT_ONCE: Final = 256
#: How many texts are packed at a time.
_BATCH: Final = 4 * _AT_ONCE
#: The text of one: its length, and where its dashes are.
_LENGTH: Final = 36
_DASHES: Final = (8, 13, 18, 23)
_TEXT: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Packed(NamedTuple):
    """Ids, each in one of two forms."""

    #: Sixteen bytes each.
    uuids: set[bytes]
    #: Those that are no UUID in lower case with dashes.
    others: set[str]

    def texts(self) -> set[str]:
        """Return the ids as they were."""
        return {*map(text_of, self.uuids), *self.others}


def packed(ids: Iterable[str]) -> Packed:
    """Return ids in the form in which they can be compared."""
    found = Packed(set(), set())
    rest = iter(ids)
    while batch := list(islice(rest, _BATCH)):
        raw = _all_of(batch)
        if raw is None:
            plain = set(filter(_TEXT.fullmatch, batch))
            found.others.update(set(batch) - plain)
            found.uuids.update(UUID(each).bytes for each in plain)
        else:
            found.uuids.update(cut(raw))
    return found


def text_of(uuid: bytes) -> str:
    """Return sixteen bytes as text in lower case with dashes."""
    return str(UUID(bytes=uuid))


def cut(raw: bytes, head: int = 0) -> Iterator[bytes]:
    """Return the UUIDs of records, each with so many bytes before it; no byte may be left over."""
    one, many = _records(head)
    whole = len(raw) - len(raw) % many.size
    return chain.from_iterable(chain(many.iter_unpack(raw[:whole]), one.iter_unpack(raw[whole:])))


@cache
def _records(head: int) -> tuple[Struct, Struct]:
    record = f"{head}x{SIZE}s"
    return Struct(record), Struct(record * _AT_ONCE)


def _all_of(batch: Sequence[str]) -> bytes | None:
    """Return UUIDs one behind the other; None where a text among them is none in plain form.

    With every length and every dash right, and no other dash, what is left of each are 32
    characters; they are figures in base 16 where two of them everywhere make a byte.
    """
    text, count = "".join(batch), len(batch)
    if (
        set(map(len, batch)) != {_LENGTH}
        or text.count("-") != len(_DASHES) * count
        or any(text[at::_LENGTH] != "-" * count for at in _DASHES)
        or text != text.lower()
    ):
        return None
    try:
        raw = bytes.fromhex(text.replace("-", ""))
    except ValueError:
        return None
    return raw if len(raw) == SIZE * count else None  # spaces are passed over
