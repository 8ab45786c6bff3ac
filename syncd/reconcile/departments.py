"""The tree of departments: what each row should be.

A parent is found by the source's id::

    parent's record    the department is    it hangs under    conflict
    present            -                    its parent        -
    absent             a top                nothing           -
    absent             no top               the root, if any  orphan_department
    in a circle        smallest id of it    the root, if any  department_cycle
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from syncd.model.change import Action, Cause, Change, Entity
from syncd.model.conflict import Conflict, ConflictKind
from syncd.model.directory import Department, DepartmentRow
from syncd.model.entry import Ref
from syncd.model.record import DepartmentRecord

Records = Mapping[str, DepartmentRecord]


@dataclass(frozen=True, slots=True)
class Tree:
    """Where every department hangs."""

    #: Id → parent's id, None at the top; parents before children.
    parents: Mapping[str, str | None]
    conflicts: tuple[Conflict, ...]


def arrange(source: str, records: Records) -> Tree:
    """Return where every department of a source hangs, whatever the source says of parents."""
    root = _root(records)
    parents: dict[str, str | None] = {}
    conflicts: list[Conflict] = []
    for id_, record in records.items():
        if record.parent is None or record.parent in records:
            parents[id_] = record.parent
        elif record.is_top:
            parents[id_] = None
        else:
            parents[id_] = root
            orphan = {"parent": record.parent, "placed_under": root}
            conflicts.append(
                Conflict(ConflictKind.ORPHAN_DEPARTMENT, source, id_, record.parent, orphan)
            )
    for circle in _circles(parents):
        breaker = min(circle)
        parents[breaker] = root
        detail: dict[str, object] = {"circle": sorted(circle), "placed_under": parents[breaker]}
        conflicts.append(Conflict(ConflictKind.DEPARTMENT_CYCLE, source, breaker, None, detail))
    return Tree(_parents_first(parents), tuple(conflicts))


def _root(records: Records) -> str | None:
    """Return the one department that has no parent at the source, None if not exactly one."""
    roots = [id_ for id_, record in records.items() if record.parent is None]
    return roots[0] if len(roots) == 1 else None


def _circles(parents: Mapping[str, str | None]) -> list[set[str]]:
    """Return the sets of departments that are their own ancestors."""
    done: set[str] = set()
    circles = []
    for start in parents:
        path: dict[str, None] = {}
        at: str | None = start
        while at is not None and at not in done and at not in path:
            path[at] = None
            at = parents[at]
        if at is not None and at in path:
            walked = list(path)
            circles.append(set(walked[walked.index(at) :]))
        done.update(path)
    return circles


def _parents_first(parents: Mapping[str, str | None]) -> dict[str, str | None]:
    children: dict[str | None, list[str]] = {}
    for id_, parent in parents.items():
        children.setdefault(parent, []).append(id_)
    ordered: dict[str, str | None] = {}
    level = sorted(children.get(None, ()))
    while level:
        ordered.update((id_, parents[id_]) for id_ in level)
        level = sorted(child for id_ in level for child in children.get(id_, ()))
    return ordered


def desired_departments(
    source: str, records: Records, tree: Tree, stored: Mapping[Ref, Department]
) -> dict[Ref, DepartmentRow]:
    """Return the row that each present department should have, parents first.

    A name that cannot be read is the last one that was stored, else the id.
    """
    rows: dict[Ref, DepartmentRow] = {}
    for id_, parent_id in tree.parents.items():
        record = records[id_]
        known = stored.get(Ref(source, id_))
        name = record.name or (known.row.name if known is not None else id_)
        parent = Ref(source, parent_id) if parent_id is not None else None
        above = rows[parent] if parent is not None else None
        step = name.replace("/", "／")
        rows[Ref(source, id_)] = DepartmentRow(
            parent=parent,
            name=name,
            name_en=record.name_en or None,
            full_path=f"{above.full_path}/{step}" if above else step,
            depth=above.depth + 1 if above else 0,
            sort_order=record.sort_order or 0,
        )
    return rows


def department_changes(
    desired: Mapping[Ref, DepartmentRow],
    stored: Mapping[Ref, Department],
    gone: Mapping[Ref, Cause],
    read: frozenset[Ref],
    at: datetime,
) -> list[Change]:
    """Return what makes the stored departments the desired ones.

    `gone` names those proven gone, with the cause; `read` those whose record has changed, so
    that a row which differs all the same is known to have been changed by another hand.
    """
    changes = []
    for ref, row in desired.items():
        old = stored.get(ref)
        if old is None:
            changes.append(
                Change(Entity.DEPARTMENT, Action.CREATE, ref, None, None, None, row, Cause("new"))
            )
        elif old.row != row:
            cause = _cause(ref, old.row, row, read)
            changes.append(_change(_action(old.row, row), ref, old, row, cause))
    changes.extend(_removals(stored, gone, at))
    return changes


def _removals(
    stored: Mapping[Ref, Department], gone: Mapping[Ref, Cause], at: datetime
) -> Iterable[Change]:
    for ref in sorted(gone):
        old = stored.get(ref)
        if old is None:
            continue
        row = old.row._replace(gone_at=old.row.gone_at or at, astray=())
        if row != old.row:
            action = Action.DEACTIVATE if old.row.is_active else Action.UPDATE
            yield _change(action, ref, old, row, gone[ref])


def _change(action: Action, ref: Ref, old: Department, row: DepartmentRow, cause: Cause) -> Change:
    return Change(Entity.DEPARTMENT, action, ref, None, old.id, old.row, row, cause)


def _action(old: DepartmentRow, new: DepartmentRow) -> Action:
    if not old.is_active:
        return Action.REACTIVATE
    return Action.MOVE if old.parent != new.parent else Action.UPDATE


def _cause(ref: Ref, old: DepartmentRow, new: DepartmentRow, read: frozenset[Ref]) -> Cause:
    if not old.is_active:
        return Cause("returned")
    if ref in read:
        return Cause("read")
    if old._replace(full_path=new.full_path, depth=new.depth, parent=new.parent) == new:
        return Cause("above")  # an ancestor was renamed, moved or removed
    return Cause("put_back")
