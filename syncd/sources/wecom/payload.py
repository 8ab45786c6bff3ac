"""From WeCom's objects to entries: the same state gives the same bytes in every reading.

Kept is what a field, a membership or the state is made of, and nothing else: WeCom adds
attributes without notice, and an avatar's host or query changes without the picture changing.
Two keys of our own may stand in a payload:

- `@identifiers`: only the person's ids are known although another secret should show more;
- `@top`: a department that hangs under nothing although it has a parent.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from sys import intern
from typing import Final

import orjson

from syncd.model.entry import Entry, Kind, Rejection
from syncd.model.field import MAX_ID_LENGTH
from syncd.sources.wecom.attributes import EXTENDED, AttributeMap, extended
from syncd.sources.wecom.directory import Row

IDENTIFIERS: Final = "@identifiers"
TOP: Final = "@top"
#: How `gender` says "undefined or not permitted" (reference 5.1).
_NO_GENDER = "0"
#: Whom somebody reports to: only those are listed whom the caller may see (reference 5.1).
_LEADERS: Final = "direct_leader"
_DEPARTMENT_KEYS = ("id", "name", "name_en", "order", "parentid")
#: Lists that run parallel to `department`.
_PARALLEL = ("order", "is_leader_in_dept")
_STAND_IN_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Batch:
    """The people of one answer."""

    entries: tuple[Entry, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    #: Attributes that somebody carried, extended ones as `extattr.<name>`; `gender` only where
    #: it says something.
    carried: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Packer:
    """Makes entries of members; may be used by many threads."""

    attributes: AttributeMap
    #: Departments that memberships may name; None where every one may be named.
    departments: frozenset[int] | None = None
    #: Lower-case userid → ids of all departments, where another secret tells them in full.
    places: Mapping[str, list[int]] = field(default_factory=dict)
    #: Whether the caller may see everybody, so that an empty list of leaders means that there
    #: are none. Otherwise it says nothing, and is left out.
    sees_everybody: bool = True

    def pack(self, members: Iterable[Row], read_at: datetime, *, details: bool = True) -> Batch:
        """Return the entries of members; `details` is False where only their ids are known."""
        batch = _Batch(self.attributes, self.sees_everybody)
        for member in members:
            userid = member.get("userid")
            reason = bad_id(userid)
            if reason:
                batch.rejections.append(Rejection(Kind.USER, stand_in(userid), "id", reason))
                continue
            id_ = str(userid).lower()
            kept = batch.keep(member)
            if self.places or self.departments is not None:
                self._place(id_, kept)
            if not details:
                kept[IDENTIFIERS] = True
            volatile = self._part_avatar(kept)
            batch.entries.append(Entry(Kind.USER, id_, read_at, encode(kept), volatile))
        return Batch(tuple(batch.entries), tuple(batch.rejections), batch.carried())

    def _place(self, id_: str, kept: Row) -> None:
        places = self.places.get(id_)
        if places is None and self.departments is not None:
            shown = kept.get("department")
            if isinstance(shown, list):
                places = [one for one in shown if one in self.departments]
        if places is not None:
            _place(kept, places)

    def _part_avatar(self, kept: Row) -> str:
        """Leave the path of the avatar's address in the member and return the rest."""
        key = self.attributes.avatar
        url = kept.get(key) if key else None
        if key is None or type(url) is not str or not url.startswith("http"):
            return ""
        slash = url.find("/", len("http://") + 1)
        if slash < 0:
            return ""
        path, mark, query = url[slash:].partition("?")
        kept[key] = path
        # A directory has few hosts: one text stands for all who share it.
        return intern(url[:slash]) + mark + query


@dataclass(slots=True)
class _Batch:
    """A batch in the making. Members have few shapes: what is kept is found out once for each."""

    attributes: AttributeMap
    sees_everybody: bool
    entries: list[Entry] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    #: Keys of a member → those that are not kept.
    shapes: dict[tuple[str, ...], list[str]] = field(default_factory=dict)
    has_gender: bool = False
    has_leaders: bool = False
    extended: set[str] = field(default_factory=set)

    def keep(self, member: Row) -> Row:
        shape = tuple(member)
        dropped = self.shapes.get(shape)
        if dropped is None:
            dropped = self.shapes[shape] = [k for k in shape if k not in self.attributes.kept]
        kept = member.copy()
        for key in dropped:
            del kept[key]
        if "gender" in kept:
            gender = kept["gender"]
            if type(gender) is int:
                gender = kept["gender"] = str(gender)
            self.has_gender = self.has_gender or gender != _NO_GENDER
        if _LEADERS in kept:
            if self.sees_everybody or not is_without_leader(kept):
                self.has_leaders = True
            else:
                del kept[_LEADERS]
        if EXTENDED in kept:
            wanted = self.attributes.extended
            rows = [row for row in extended_rows(kept) if row["name"] in wanted]
            kept[EXTENDED] = {"attrs": rows}
            if len(self.extended) < len(wanted):
                self.extended.update([row["name"] for row in rows])
        return kept

    def carried(self) -> frozenset[str]:
        keys = {key for shape in self.shapes for key in shape} & self.attributes.kept
        if not self.has_gender:
            keys.discard("gender")
        if not self.has_leaders:
            keys.discard(_LEADERS)
        return frozenset(keys) | {extended(name) for name in self.extended}


def is_without_leader(member: Row) -> bool:
    """Return whether a member is shown with an empty list of leaders."""
    return member.get(_LEADERS) in ([], "")


def extended_rows(member: Row) -> list[Row]:
    """Return a member's extended attributes that are objects, whatever else stands there."""
    holder = member.get(EXTENDED)
    rows = holder.get("attrs") if isinstance(holder, dict) else None
    if not isinstance(rows, list):
        return []
    return [row for row in rows if isinstance(row, dict) and isinstance(row.get("name"), str)]


def _place(kept: Row, places: list[int]) -> None:
    """Make `department` the given ones, with order and leader flag where they are known."""
    listed = kept.get("department")
    if listed == places:
        return
    if not isinstance(listed, list):
        kept["department"] = places
        return
    try:
        if len(listed) == len(places) and set(listed) == set(places):
            return
    except TypeError:  # something that is no id stands in the list; it is rejected later
        return
    shown = [at for at, one in enumerate(listed) if one in places]
    # Those whose place the caller may not see follow, without order and flag.
    kept["department"] = [listed[at] for at in shown] + [p for p in places if p not in listed]
    for key in _PARALLEL:
        values = kept.get(key)
        if isinstance(values, list):
            # Cut at the first gap: what stands behind it would belong to another department.
            kept[key] = [values[at] for at in shown if at < len(values)]


def restore_avatar(path: str, volatile: str) -> str:
    """Return the whole address of an avatar."""
    head, mark, query = volatile.partition("?")
    return head + path + mark + query


def pack_department(row: Row, id_: str, read_at: datetime, *, is_top: bool) -> Entry:
    """Return the entry of a department."""
    kept = {key: row[key] for key in _DEPARTMENT_KEYS if key in row}
    if is_top:
        kept[TOP] = True
    return Entry(Kind.DEPARTMENT, id_, read_at, encode(kept))


def without_gender(entry: Entry) -> Entry:
    """Return the entry as if WeCom had not mentioned a gender of `0`.

    Where nobody has another gender it is withheld, not unknown; that shows only when the whole
    directory has been read. Quotes inside a JSON text are escaped, so the bytes looked for can
    be nothing but the member itself.
    """
    payload = entry.payload
    if b'"gender":"0"' not in payload:
        return entry
    payload = payload.replace(b'"gender":"0",', b"").replace(b',"gender":"0"', b"")
    return entry._replace(payload=payload)


def encode(value: Row) -> bytes:
    """Return an object as JSON, its keys in order."""
    try:
        # A copy: what orjson gives keeps the whole buffer that it was written into, several KiB
        # for each of 100,000 people (measured: 850 MiB for 60 MiB of payloads).
        return bytes(memoryview(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)))
    except TypeError:  # a number beyond 64 bits, or half a character: rule 13 judges it later
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def decode(payload: bytes) -> Row:
    """Return the object of a payload."""
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError:
        value = json.loads(payload)
    return value if isinstance(value, dict) else {}


def bad_id(userid: object) -> str:
    """Return why a userid can be no id (rule 13), or an empty text."""
    if type(userid) is not str:
        return "type"
    if userid.isalnum() and userid.isascii() and len(userid) <= MAX_ID_LENGTH:
        return ""  # nearly all of them
    if not userid:
        return "empty"
    if "\0" in userid:
        return "nul"
    if len(userid.lower()) > MAX_ID_LENGTH:  # a few letters are longer in lower case
        return "too_long"
    return "" if userid.isascii() or _is_text(userid) else "encoding"


def stand_in(value: object) -> str:
    """Return something printable that names an id which cannot be used."""
    return ascii(value)[:_STAND_IN_LENGTH]


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
