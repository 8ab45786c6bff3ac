"""Says the tree of departments, and finds the one that is meant."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from syncd.cli.output import printable
from syncd.errors import UsageError
from syncd.model.conflict import ConflictKind
from syncd.model.entry import Ref
from syncd.store.conflicts import StoredConflict
from syncd.store.look import Branch
from syncd.text import Text, joined, plural, text

#: Department → its open conflicts, as (number, kind).
Marks = Mapping[Ref, Sequence[tuple[int, str]]]

_OWN = {ConflictKind.ORPHAN_DEPARTMENT, ConflictKind.DEPARTMENT_CYCLE}
_PREFIX = "department:"


def marks(conflicts: Iterable[StoredConflict]) -> Marks:
    """Return which departments open conflicts are about."""
    found: dict[Ref, list[tuple[int, str]]] = defaultdict(list)
    for stored in conflicts:
        one = stored.open.conflict
        named = one.detail.get("departments")
        ids = [str(name) for name in named] if isinstance(named, list) else []
        if one.kind in _OWN:
            ids.append(one.external_id)
        elif one.kind is ConflictKind.REJECTED and one.external_id.startswith(_PREFIX):
            ids.append(one.external_id.removeprefix(_PREFIX))
        for external_id in ids:
            found[Ref(one.source, external_id)].append((stored.open.id, one.kind.value))
    return found


def choose(tops: Sequence[Branch], name: str) -> Branch:
    """Return the department that `name` names: an id, a path, a name, or source:id.

    Raises:
        UsageError: There is none, or several have that name.
    """
    everything = list(_all(tops))
    for fits in (
        [one for one in everything if str(one.department.id) == name],
        [one for one in everything if str(one.department.ref) == name],
        [one for one in everything if one.department.row.full_path == name.strip("/")],
        [
            one
            for one in everything
            if name in {one.department.row.name, one.department.row.name_en}
        ],
    ):
        if len(fits) == 1:
            return fits[0]
        if fits:
            paths = "\n  ".join(
                f"{one.department.id}  {printable(one.department.row.full_path)}" for one in fits
            )
            raise UsageError(
                text("Several departments are called {name!r}:\n  {paths}", name=name, paths=paths),
                hint=text("Give the id."),
            )
    raise UsageError(
        text("There is no department {name!r}.", name=name),
        hint=text("syncd tree shows them; those that went do not."),
    )


def _all(branches: Iterable[Branch]) -> Iterator[Branch]:
    for one in branches:
        yield one
        yield from _all(one.children)


def lines(tops: Sequence[Branch], found: Marks, depth: int | None) -> Iterator[str]:
    """Yield the tree, a line a department."""
    for top in tops:
        yield _line(top, found, depth == 1)
        yield from _below(top, found, "", None if depth is None else depth - 1)


def _below(branch: Branch, found: Marks, indent: str, depth: int | None) -> Iterator[str]:
    if depth == 0:
        return
    for child in branch.children:
        is_last = child is branch.children[-1]
        branch_sign = "└── " if is_last else "├── "
        yield joined("", [indent, branch_sign, _line(child, found, depth == 1)])
        further = indent + ("    " if is_last else "│   ")
        yield from _below(child, found, further, None if depth is None else depth - 1)


def _line(one: Branch, found: Marks, is_cut: bool) -> Text:  # noqa: FBT001 - private, two callers
    row = one.department.row
    parts: list[str] = [f"{printable(row.name)}  {one.total:,}"]
    if one.direct != one.total:
        parts.append(text(" ({number:,} direct)", number=one.direct))
    if is_cut and one.children:
        number = len(list(_all(one.children)))
        parts.append(
            plural(number, " … {number:,} department below", " … {number:,} departments below")
        )
    for number, kind in found.get(one.department.ref, ()):
        parts.append(text("  ! {kind} (conflict {number})", kind=kind, number=number))
    return joined("", parts)


def as_document(one: Branch, found: Marks, depth: int | None = None) -> dict[str, object]:
    """Return a department with all below it as JSON values."""
    row = one.department.row
    further = None if depth is None else depth - 1
    return {
        "id": one.department.id,
        "source": one.department.ref.source,
        "external_id": one.department.ref.external_id,
        "name": row.name,
        "name_en": row.name_en,
        "full_path": row.full_path,
        "direct": one.direct,
        "total": one.total,
        "conflicts": [
            {"id": number, "kind": kind} for number, kind in found.get(one.department.ref, ())
        ],
        "children": []
        if further == 0
        else [as_document(child, found, further) for child in one.children],
    }
