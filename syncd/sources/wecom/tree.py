"""The departments of one listing: parents, paths, and which of them are to be read. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from sys import intern

from syncd.errors import SourceMalformed, SourceRejected
from syncd.model.entry import Kind, Rejection
from syncd.sources.wecom.directory import Row
from syncd.text import joined, text

#: The id of every corporation's root department (reference 4.1).
ROOT = "1"
_BIGGEST_ID = 2**63 - 1
#: How a department says that it has no parent.
_NO_PARENT = (None, 0, "0", "")


@dataclass(frozen=True, slots=True)
class Listing:
    """What WeCom listed as departments at one moment."""

    sent_at: datetime
    #: Id → WeCom's own object.
    rows: Mapping[str, Row]
    rejections: tuple[Rejection, ...] = ()

    @classmethod
    def of(cls, rows: Iterable[Row], sent_at: datetime) -> "Listing":
        """Return the listing; a row whose id cannot be used is rejected, not in `rows`.

        Raises:
            SourceMalformed: a parent is no id; the tree would fall apart.
        """
        good: dict[str, Row] = {}
        bad = []
        for row in rows:
            id_ = department_id(row.get("id"))
            if id_ is None:
                stand_in = repr(row.get("id"))[:80]
                bad.append(Rejection(Kind.DEPARTMENT, stand_in, "id", "type"))
                continue
            parent = row.get("parentid")
            if parent not in _NO_PARENT and department_id(parent) is None:
                raise SourceMalformed(
                    text(
                        "WeCom named {parent!r:.80} as the parent of department {id}",
                        parent=parent,
                        id=id_,
                    )
                )
            good[id_] = row
        return cls(sent_at, good, tuple(bad))

    def parent(self, id_: str) -> str | None:
        """Return a department's parent as WeCom names it, whether listed or not."""
        return department_id(self.rows[id_].get("parentid")) if id_ in self.rows else None

    def line(self, id_: str) -> list[str]:
        """Return a department and the listed ones above it, the nearest first."""
        line: list[str] = []
        at: str | None = id_
        while at is not None and at in self.rows and at not in line:
            line.append(at)
            at = self.parent(at)
        return line

    def without(self, ids: Iterable[str]) -> "Listing":
        """Return the listing without some departments."""
        gone = set(ids)
        rows = {id_: row for id_, row in self.rows.items() if id_ not in gone}
        return Listing(self.sent_at, rows, self.rejections)

    def with_details(self, other: "Listing") -> "Listing":
        """Return the union; `other` comes from who may see names, so its attributes count."""
        rows = {**self.rows}
        for id_, row in other.rows.items():
            rows[id_] = {**self.rows.get(id_, {}), **row}
        rejections = (*self.rejections, *(r for r in other.rejections if r not in self.rejections))
        return Listing(min(self.sent_at, other.sent_at), rows, rejections)

    @property
    def has_names(self) -> bool:
        """Return whether any department came with a name."""
        return any(row.get("name") for row in self.rows.values())


def department_id(value: object) -> str | None:
    """Return a department's id as text, or None where it can be none (0 is nobody's id)."""
    if type(value) is int and 0 < value <= _BIGGEST_ID:
        return intern(str(value))  # one text stands in all memberships of a department
    if (
        type(value) is str
        and value.isascii()
        and value.isdigit()
        and len(value) < len(str(_BIGGEST_ID))
    ):
        return str(int(value)) if int(value) else None
    return None


@dataclass(frozen=True, slots=True)
class Selection:
    """The listed departments that `include` and `exclude` leave to be read."""

    departments: frozenset[str]
    #: Whether everything is read, also who is in no department.
    is_all: bool
    #: Setting as written → id that it was found to mean.
    include: Mapping[str, str] = field(default_factory=dict)
    exclude: Mapping[str, str] = field(default_factory=dict)
    #: Those that an `exclude` leaves out; the others are not under any `include`.
    excluded: frozenset[str] = frozenset()
    #: Settings that name no department which is listed.
    unknown_includes: tuple[str, ...] = ()
    unknown_excludes: tuple[str, ...] = ()

    def reason(self, id_: str) -> str:
        """Return why a listed department is not read."""
        return "excluded" if id_ in self.excluded else "include"

    @property
    def tops(self) -> frozenset[str]:
        """Return the departments named by `include`: the tops of what is read."""
        return frozenset(self.include.values())


def select(
    listing: Listing,
    include: Iterable[str],
    exclude: Iterable[str],
    remembered: Mapping[str, Mapping[str, str]],
) -> Selection:
    """Return which departments are to be read.

    `remembered` holds what the last reading found each setting to mean (`include` and
    `exclude`): a path stays with its department when that is renamed.

    Raises:
        SourceRejected: `include` names no department that can be seen, or a path is named
            although no names can be read.
    """
    wanted, unwanted = tuple(include), tuple(exclude)
    if not wanted and not unwanted:
        return Selection(frozenset(listing.rows), is_all=True)
    _check_readable((*wanted, *unwanted), listing, remembered)
    paths = _paths(listing)
    included = _resolve(wanted, listing, paths, remembered.get("include", {}))
    excluded = _resolve(unwanted, listing, paths, remembered.get("exclude", {}))
    if wanted and not included:
        raise SourceRejected(
            text(
                "include names no department that can be seen: {wanted}",
                wanted=joined(", ", wanted),
            ),
            hint=text(
                "Correct include, or widen the app's visible range to hold these departments."
            ),
        )
    tops, cuts = set(included.values()), set(excluded.values())
    out = {id_ for id_ in listing.rows if not cuts.isdisjoint(listing.line(id_))}
    into = {id_ for id_ in listing.rows if not wanted or not tops.isdisjoint(listing.line(id_))}
    return Selection(
        frozenset(into - out),
        is_all=False,
        include=included,
        exclude=excluded,
        excluded=frozenset(out),
        unknown_includes=tuple(text for text in wanted if text not in included),
        unknown_excludes=tuple(text for text in unwanted if text not in excluded),
    )


def _check_readable(
    texts: Iterable[str], listing: Listing, remembered: Mapping[str, Mapping[str, str]]
) -> None:
    known = {text for found in remembered.values() for text in found}
    paths = [text for text in texts if department_id(text) is None and text not in known]
    if paths and not listing.has_names:
        raise SourceRejected(
            text(
                "include or exclude names a path ({path}), but the names of departments cannot be read",
                path=paths[0],
            ),
            hint=text(
                "Name departments by their ids, or add the secret of an app that may see them."
            ),
        )


def _resolve(
    texts: Iterable[str], listing: Listing, paths: Mapping[str, str], remembered: Mapping[str, str]
) -> dict[str, str]:
    """Return setting → id, for each setting that names a listed department."""
    found = {}
    for given in texts:
        id_ = department_id(given)
        if id_ is None or id_ not in listing.rows:
            id_ = paths.get(given.strip("/"), remembered.get(given))
        if id_ in listing.rows:
            found[given] = str(id_)
    return found


def _paths(listing: Listing) -> dict[str, str]:
    """Return path → id, names joined by `/` from the top; `/` inside a name is `／`."""
    paths = {}
    for id_ in listing.rows:
        names = [str(listing.rows[one].get("name") or one) for one in reversed(listing.line(id_))]
        paths["/".join(name.replace("/", "／") for name in names)] = id_
    return paths
