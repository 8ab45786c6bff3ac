"""The one multipart form that WeCom takes: a file in a part named `media`."""

import re
from dataclasses import dataclass, field

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
_NAME = re.compile(rb'[;\s]name="?([^";]*)"?', re.IGNORECASE)
#: The plain form only: files named in the `filename*=` form were met as empty (reference 10).
_FILENAME = re.compile(rb'[;\s]filename="([^"]*)"', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """A file as it was sent."""

    filename: str
    content: bytes = field(repr=False)


def file_part(content_type: str, body: bytes, name: str) -> Part | None:
    """Return the file in the part of that name, or None where the form has none.

    Args:
        content_type: The request's header, which names the boundary.
        body: The request's body.
        name: The part's name.
    """
    found = _BOUNDARY.search(content_type)
    if found is None or not content_type.lower().startswith("multipart/form-data"):
        return None
    boundary = b"--" + found[1].strip().encode("latin-1")
    # the first boundary may stand without the line end that belongs to each of the others
    for piece in (b"\r\n" + body).split(b"\r\n" + boundary)[1:-1]:
        head, _, content = piece.partition(b"\r\n\r\n")
        part_name, filename = _NAME.search(head), _FILENAME.search(head)
        if part_name and filename and part_name[1] == name.encode():
            return Part(filename[1].decode("utf-8", "replace"), content)
    return None
