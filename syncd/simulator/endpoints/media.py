"""`media/*`: temporary media (reference 10)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from syncd.simulator.answers import ApiError, Reply, success
from syncd.simulator.calls import Context
from syncd.simulator.endpoints import content
from syncd.simulator.multipart import file_part

_MEGABYTE = 1024 * 1024
_MORE_THAN = 5


@dataclass(frozen=True, slots=True)
class _Kind:
    most: int  #: bytes
    fits: Callable[[bytes], bool]
    errcode: int  #: where the file is another kind
    content_type: str


_KINDS: Mapping[str, _Kind] = {
    "image": _Kind(
        10 * _MEGABYTE,
        lambda file: file.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")),
        40004,
        "image/jpeg",
    ),
    "voice": _Kind(2 * _MEGABYTE, lambda file: file.startswith(b"#!AMR"), 301017, "audio/amr"),
    "video": _Kind(10 * _MEGABYTE, lambda file: file[4:8] == b"ftyp", 40004, "video/mp4"),
    "file": _Kind(20 * _MEGABYTE, lambda _: True, 40004, "application/octet-stream"),
}


def upload(context: Context) -> Reply:
    """Keep a file for three days and answer its media_id.

    The size, and for pictures, voice and films the first bytes, must be those of the type.
    """
    name = context.text("type")
    kind = _KINDS.get(name)
    if kind is None:
        raise ApiError(40005)
    part = file_part(context.content_type, context.raw_body, "media")
    if part is None or not part.content:
        raise ApiError(44001)
    if len(part.content) <= _MORE_THAN:
        raise ApiError(40006)
    if len(part.content) > kind.most:
        raise ApiError(45001)
    if not kind.fits(part.content):
        raise ApiError(kind.errcode)
    medium = context.shelf.put(name, part.filename, part.content)
    return success({"type": name, "media_id": medium.media_id, "created_at": str(int(medium.at))})


def get(context: Context) -> Reply:
    """Answer a file as it was uploaded; an error is JSON."""
    found = content.medium(context, context.text("media_id"), *_KINDS)
    return Reply(
        found.content,
        content_type=_KINDS[found.kind].content_type,
        errcode=None,
        headers=(f'Content-Disposition: attachment; filename="{quote(found.filename)}"',),
    )
