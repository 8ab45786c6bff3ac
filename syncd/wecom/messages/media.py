"""Files that go with messages: kinds and limits as data, and their check (document 90253)."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType

from syncd.text import text
from syncd.wecom.fault import Fault

_MEGABYTE = 1024 * 1024
#: A file must be larger than this.
MORE_THAN = 5
_LONGEST_VOICE = 60
#: Frames a second, and bytes of a frame by its type, header included (RFC 4867, section 5).
_FRAMES = 50
_AMR = {
    b"#!AMR\n": (13, 14, 16, 18, 20, 21, 27, 32, 6, *[0] * 6, 1),
    b"#!AMR-WB\n": (18, 24, 33, 37, 41, 47, 51, 59, 61, 6, *[0] * 4, 1, 1),
}


@dataclass(frozen=True, slots=True)
class MediaKind:
    """One value of `type` of `media/upload`."""

    most: int  #: bytes
    endings: tuple[str, ...] = ()  #: of the file's name; none: any
    marks: tuple[tuple[int, bytes], ...] = ()  #: (place, bytes): a file has one of them
    content_type: str = "application/octet-stream"
    wrong_format: int = 40004  #: WeCom's code


MEDIA_KINDS: Mapping[str, MediaKind] = MappingProxyType(
    {
        "image": MediaKind(
            10 * _MEGABYTE,
            ("jpg", "jpeg", "png"),
            ((0, b"\xff\xd8\xff"), (0, b"\x89PNG\r\n\x1a\n")),
            "image/jpeg",
        ),
        "voice": MediaKind(2 * _MEGABYTE, ("amr",), ((0, b"#!AMR"),), "audio/amr", 301017),
        "video": MediaKind(10 * _MEGABYTE, ("mp4",), ((4, b"ftyp"),), "video/mp4"),
        "file": MediaKind(20 * _MEGABYTE),
    }
)


def check_file(kind: str, filename: str, content: bytes, size: int | None = None) -> list[Fault]:
    """Return what keeps a file from being uploaded as this kind; nothing when it may be.

    `size` is the whole file's, where `content` is only its beginning.
    """
    known = MEDIA_KINDS.get(kind)
    if known is None:
        kinds = ", ".join(MEDIA_KINDS)
        said = text("`{kind}` is no kind of file; WeCom has {kinds}", kind=kind, kinds=kinds)
        return [Fault(filename, said, 40005)]
    if not filename:
        return [Fault(filename, text("a file needs a name"), 40058)]
    if faults := _size(known, kind, filename, len(content) if size is None else size):
        return faults
    return _format(known, kind, filename, content) or _length(kind, filename, content)


def form(kind: str, filename: str, content: bytes) -> tuple[str, bytes]:
    """Return content type and body of the upload, the same for the same file.

    The name goes as plain UTF-8: who sent it as `filename*=` was told that the file is empty
    (44001).
    """
    boundary = f"syncd-{sha256(content).hexdigest()[:32]}"
    name = filename.translate({ord('"'): "%22", ord("\r"): "%0D", ord("\n"): "%0A"})
    head = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="media"; filename="{name}"; '
        f"filelength={len(content)}\r\n"
        f"Content-Type: {_content_type(MEDIA_KINDS[kind], content)}\r\n\r\n"
    )
    body = b"".join((head.encode(), content, f"\r\n--{boundary}--\r\n".encode()))
    return f"multipart/form-data; boundary={boundary}", body


def _content_type(kind: MediaKind, content: bytes) -> str:
    return "image/png" if content.startswith(b"\x89PNG") and kind.marks else kind.content_type


def _size(known: MediaKind, kind: str, filename: str, size: int) -> list[Fault]:
    if size <= MORE_THAN:
        said = text(
            "{name} is {found} bytes, WeCom takes more than {least}",
            name=filename,
            found=size,
            least=MORE_THAN,
        )
        return [Fault(filename, said, 40006 if size else 44001)]
    if size > known.most:
        said = text(
            "{name} is {found:,} bytes, WeCom takes {most:,} as {kind}",
            name=filename,
            found=size,
            most=known.most,
            kind=kind,
        )
        return [Fault(filename, said, 45001)]
    return []


def _format(known: MediaKind, kind: str, filename: str, content: bytes) -> list[Fault]:
    if not known.marks:
        return []
    stem, _, ending = filename.rpartition(".")
    named = bool(stem) and ending.lower() in known.endings
    marked = any(content[place:].startswith(mark) for place, mark in known.marks)
    if named and marked:
        return []
    endings = ", ".join(known.endings)
    if marked:
        said = text(
            "{name} has another ending than {endings}, which WeCom takes as {kind}",
            name=filename,
            endings=endings,
            kind=kind,
        )
    else:
        said = text(
            "what is in {name} is none of {endings}, which WeCom takes as {kind}",
            name=filename,
            endings=endings,
            kind=kind,
        )
    return [Fault(filename, said, known.wrong_format)]


def _length(kind: str, filename: str, content: bytes) -> list[Fault]:
    seconds = _seconds(content) if kind == "voice" else None
    if seconds is None or seconds <= _LONGEST_VOICE:
        return []
    said = text(
        "{name} lasts {found:g} seconds, WeCom takes {most}",
        name=filename,
        found=round(seconds, 1),
        most=_LONGEST_VOICE,
    )
    return [Fault(filename, said, 45007)]


def _seconds(content: bytes) -> float | None:
    """Return how long an AMR file lasts, None where that cannot be told."""
    for mark, sizes in _AMR.items():
        if content.startswith(mark):
            frames, place = 0, len(mark)
            while place < len(content):
                size = sizes[content[place] >> 3 & 15]
                if size == 0:
                    return None
                frames, place = frames + 1, place + size
            return frames / _FRAMES
    return None
