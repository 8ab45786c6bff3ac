"""The visible range (可见范围) of an app: what it may see at all, by `agent/get`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from syncd.errors import SourceMalformed, SourceRejected
from syncd.sources.wecom.directory import Directory, Row
from syncd.sources.wecom.payload import bad_id
from syncd.sources.wecom.tree import ROOT, department_id
from syncd.text import joined, plural, text

_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class VisibleRange:
    """Departments (with all below them), members and tags that an app was given."""

    departments: frozenset[str] = frozenset()
    #: Lower-case userids of those named one by one.
    members: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    #: What the visible tags hold.
    tag_departments: frozenset[str] = frozenset()
    tag_members: frozenset[str] = frozenset()

    @property
    def is_whole(self) -> bool:
        """Return whether the range is the whole company."""
        return ROOT in self.tops

    @property
    def tops(self) -> frozenset[str]:
        """Return the departments named, by themselves or by a tag."""
        return self.departments | self.tag_departments

    @property
    def people(self) -> frozenset[str]:
        """Return the lower-case userids of members named, by themselves or by a tag."""
        return self.members | self.tag_members

    def is_within(self, other: "VisibleRange") -> bool:
        """Return whether another range has every part that this one names."""
        if other.is_whole:
            return True
        return self.tops <= other.tops and self.tags <= other.tags and self.people <= other.people

    def as_json(self) -> dict[str, list[str]]:
        """Return the range as `Snapshot.scope` holds it."""
        return {name: sorted(getattr(self, name)) for name in self.__slots__}

    @classmethod
    def from_json(cls, value: object) -> "VisibleRange | None":
        """Return the range that `as_json` gave, or None for anything else."""
        if not isinstance(value, Mapping):
            return None
        return cls(**{name: frozenset(_texts(value.get(name))) for name in cls.__slots__})

    def in_words(self) -> str:
        """Return the range for people."""
        if self.is_whole:
            return text("range: the whole company")
        parts = []
        if self.departments:
            parts.append(text("departments {departments}", departments=_some(self.departments)))
        if self.members:
            parts.append(
                plural(
                    len(self.members),
                    "{number} member named one by one",
                    "{number} members named one by one",
                )
            )
        if self.tags:
            parts.append(text("tags {tags}", tags=_some(self.tags)))
        return text("range: {parts}", parts=joined(", ", parts or [text("nothing")]))


def ask_range(app: Directory, source: str) -> VisibleRange:
    """Return what the app may see, its tags looked into.

    Raises:
        SourceRejected: the app is switched off.
        WeComError: WeCom did not answer, or refused.
    """
    agent = app.get_agent()
    if agent.get("close") == 1:
        raise SourceRejected(
            text("The app of {source} is switched off in WeCom's console", source=source),
            hint=text("Enable it: 应用管理 → the app."),
        )
    tags = _ids(_inner(agent, "allow_tags", "tagid"))
    held = [app.get_tag(int(tag)) for tag in sorted(tags, key=int)]
    return VisibleRange(
        departments=_ids(_inner(agent, "allow_partys", "partyid")),
        members=_userids(_inner(agent, "allow_userinfos", "user")),
        tags=tags,
        tag_departments=frozenset[str]().union(*(_ids(tag.get("partylist")) for tag in held)),
        tag_members=frozenset[str]().union(*(_userids(tag.get("userlist")) for tag in held)),
    )


def _inner(row: Row, outer: str, inner: str) -> Any:
    holder = row.get(outer)
    return holder.get(inner) if isinstance(holder, dict) else None


def _ids(values: object) -> frozenset[str]:
    # A range that was misread would look like one that has shrunk.
    found = [department_id(value) for value in _listed(values)]
    if None in found:
        raise SourceMalformed(
            text("WeCom named {values!r:.200} as a part of the app's visible range", values=values)
        )
    return frozenset(one for one in found if one is not None)


def _listed(values: object) -> list[Any]:
    if values is None:  # all parts of a range are optional (reference 7.2)
        return []
    if not isinstance(values, list):
        raise SourceMalformed(
            text("WeCom named {values!r:.200} as a part of the app's visible range", values=values)
        )
    return values


def _userids(rows: object) -> frozenset[str]:
    named = [row.get("userid") for row in _listed(rows) if isinstance(row, dict)]
    return frozenset(str(one).lower() for one in named if not bad_id(one))


def _texts(values: object) -> Iterable[str]:
    return (str(one) for one in values) if isinstance(values, list) else ()


def _some(ids: frozenset[str]) -> str:
    ordered = sorted(ids, key=int)
    first = ", ".join(ordered[:_MOST_NAMED])
    if len(ordered) <= _MOST_NAMED:
        return first
    return text("{first} and {number} more", first=first, number=len(ordered) - _MOST_NAMED)
