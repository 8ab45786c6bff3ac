"""A message's content: what is wrong with it, which files it needs, and the body that sends it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from syncd.text import text
from syncd.wecom.fault import Fault
from syncd.wecom.messages.shape import WRONG, Choice
from syncd.wecom.messages.types import CONTENTS, SAFE, SAFE_FILES, WITHOUT_ID_TRANS

#: So many members one call may name.
MOST_RECIPIENTS = 1000
_LONGEST_INTERVAL = 14_400
#: Bytes of a content as JSON: more than all of WeCom's own limits leave room for, and no more than a
#: database takes with one statement.
_MOST_BYTES = 7_000_000
_EVERYBODY = "@all"
#: Keys of the request that may stand beside a content's own, and are lifted out of it.
_LIFTED = ("safe", "enable_id_trans")
#: The `type` of a row of a card that leads to a file.
_ROW_WITH_FILE = 2


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A local file that must be uploaded before a message that holds it can be sent."""

    path: str  #: as the content has it
    type: str  #: `image`, `voice`, `video` or `file`


def check(msgtype: str, content: object) -> tuple[Fault, ...]:
    """Return what WeCom would refuse or cut in a message; nothing when it may be sent.

    What stands in its files is not looked at; `upload_media` does that.
    """
    known = CONTENTS.get(msgtype)
    if known is None:
        types = ", ".join(CONTENTS)
        said = text("`{type}` is no type of message; WeCom has {types}", type=msgtype, types=types)
        return (Fault("msgtype", said, 40008),)
    try:
        size = len(orjson.dumps({msgtype: content}))  # as deep as it stands in the request
    except TypeError as error:  # half a character, a number beyond 64 bits, endless depth
        said = text("the content cannot be sent as JSON: {reason}", reason=error)
        return (Fault("", said, WRONG),)
    if size > _MOST_BYTES:
        said = text(
            "it is {found:,} bytes as JSON, syncd sends {most:,}", found=size, most=_MOST_BYTES
        )
        return (Fault("", said, WRONG),)
    faults = [*known.faults("", content, msgtype)]
    if isinstance(content, dict):
        faults += _lifted_faults(msgtype, content)
    if not faults and isinstance(content, dict):
        faults += _both(msgtype, content)
    return tuple(faults)


def media_paths(msgtype: str, content: Mapping[str, Any]) -> tuple[MediaFile, ...]:
    """Return the local files of a content that `check` found good, each once, in its order."""
    files = (MediaFile(part[key], kind) for part, key, _, kind in _files(msgtype, content))
    return tuple(dict.fromkeys(files))


def compose(
    msgtype: str,
    content: Mapping[str, Any],
    *,
    agent_id: int,
    touser: Sequence[str],
    duplicate_check_interval: int,
    media: Mapping[str, str],
) -> bytes:
    """Return the body of `message/send` for a content that `check` found good.

    The same arguments give the same bytes, in whatever order the content's keys stand: WeCom
    delivers the same bytes once within `duplicate_check_interval` seconds. `media` gives the
    media_id for each path of `media_paths`.

    Raises:
        ValueError: `touser` is empty, names too many, or holds what is no one member's userid;
            the interval is not one of WeCom's.
        KeyError: `media` lacks a path.
    """
    _check_recipients(touser)
    if not 1 <= duplicate_check_interval <= _LONGEST_INTERVAL:
        raise ValueError(f"an interval of {duplicate_check_interval} s is not WeCom's")
    body: dict[str, Any] = {
        "touser": "|".join(touser),
        "msgtype": msgtype,
        "agentid": agent_id,
        msgtype: _shown(msgtype, content, media),
        "enable_duplicate_check": 1,
        "duplicate_check_interval": duplicate_check_interval,
    }
    for key in _LIFTED:
        if content.get(key) is not None:
            body[key] = content[key]
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)


def is_recipient(userid: str) -> bool:
    """Return whether a userid names one member and nobody else in `touser`."""
    return bool(userid.strip()) and "|" not in userid and userid.strip() != _EVERYBODY


def _check_recipients(touser: Sequence[str]) -> None:
    if not 1 <= len(touser) <= MOST_RECIPIENTS:
        raise ValueError(f"a call names 1 to {MOST_RECIPIENTS} members, not {len(touser)}")
    if not all(map(is_recipient, touser)):
        raise ValueError("a recipient is not one member")


def _lifted_faults(msgtype: str, content: Mapping[str, Any]) -> Iterator[Fault]:
    safe, translated = content.get("safe"), content.get("enable_id_trans")
    if safe is not None:
        yield from _safe_faults(msgtype, content, safe)
    if translated is not None:
        yield from Choice((0, 1)).faults("enable_id_trans", translated)
        if type(translated) is int and translated == 1 and msgtype in WITHOUT_ID_TRANS:
            said = text("{path} is not for {type}", path="enable_id_trans", type=msgtype)
            yield Fault("enable_id_trans", said, WRONG)


def _safe_faults(msgtype: str, content: Mapping[str, Any], safe: object) -> Iterator[Fault]:
    allowed = SAFE.get(msgtype)
    if allowed is None:
        if safe != 0 or isinstance(safe, bool):
            said = text("{path} is not for {type}", path="safe", type=msgtype)
            yield Fault("safe", said, 40074 if msgtype == "news" else WRONG)
        return
    yield from Choice(allowed).faults("safe", safe)
    path = content.get("path")
    if msgtype != "file" or safe != 1 or not isinstance(path, str) or not path:
        return
    if path.rpartition(".")[2].lower() not in SAFE_FILES:
        said = text(
            "{path} cannot be confidential; of files WeCom takes {endings} as such",
            path=path,
            endings=", ".join(SAFE_FILES),
        )
        yield Fault("path", said, 40004)


def _both(msgtype: str, content: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield where a file is named twice: nobody is to guess which is meant."""
    for part, path, media_id, _ in _files(msgtype, content):
        if part.get(media_id):
            said = text(
                "{path} and {media_id} stand for one file; give one of them",
                path=path,
                media_id=media_id,
            )
            yield Fault(path, said)


def _files(
    msgtype: str, content: Mapping[str, Any]
) -> Iterator[tuple[Mapping[str, Any], str, str, str]]:
    """Yield (part, key of a path, key of the media_id, kind) where a local file is named."""
    if msgtype in ("image", "voice", "video", "file"):
        parts, path, media_id, kind = [content], "path", "media_id", msgtype
    elif msgtype == "mpnews":
        parts, path, media_id, kind = content["articles"], "thumb_path", "thumb_media_id", "image"
    elif msgtype == "template_card":
        parts, path, media_id, kind = _rows_with_files(content), "path", "media_id", "file"
    else:
        return
    for part in parts:
        if part.get(path):
            yield part, path, media_id, kind


def _rows_with_files(card: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows = card.get("horizontal_content_list")
    if not isinstance(rows, list):  # a kind of card that has none: it is passed on as it is
        return []
    return [one for one in rows if isinstance(one, dict) and one.get("type") == _ROW_WITH_FILE]


def _shown(msgtype: str, content: Mapping[str, Any], media: Mapping[str, str]) -> Any:
    """Return what stands under the type's name: ids for paths, and nothing that is null."""
    ids = {
        id(part): (path, media_id, media[part[path]])
        for part, path, media_id, _ in _files(msgtype, content)
    }

    def shown(value: Any) -> Any:
        if isinstance(value, list):
            return [shown(one) for one in value]
        if not isinstance(value, dict):
            return value
        kept = {key: shown(one) for key, one in value.items() if one is not None}
        if id(value) in ids:
            path, media_id, found = ids[id(value)]
            del kept[path]
            kept[media_id] = found
        return kept

    whole = shown(content)
    for key in _LIFTED:
        whole.pop(key, None)
    return whole
