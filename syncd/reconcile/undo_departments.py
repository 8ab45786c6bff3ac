"""Undoing what a run did to departments, so that the tree stays one.

A row that the run changed is left as it is where its former state no longer fits::

    the row                             is left as it is     reason
    has moved since                     always               moved
    would hang under an inactive one    always               parent
    would be its own ancestor           always               circle
    would be inactive                   with people in it,   in_use
                                        or departments
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from syncd.model.change import Action, Cause, Change, Entity
from syncd.model.directory import Department, DepartmentRow
from syncd.model.entry import Ref
from syncd.model.past import PastChange, Skipped

_ABOVE = Cause("above")
#: Columns that follow from names and from what is above, as long as a department is active.
_DERIVED = frozenset({"full_path", "depth"})


class DepartmentUndo:
    """The departments as they will be."""

    def __init__(self, stored: Mapping[Ref, Department], at: datetime) -> None:
        """Begin with the departments as they are."""
        self._stored = stored
        self._at = at
        self._undone: dict[Ref, list[PastChange]] = {}
        self.rows = {ref: one.row for ref, one in stored.items()}
        self.skipped: list[Skipped] = []

    def take_back(self, change: PastChange) -> None:
        """Take one change back, the last one first."""
        ref = change.department
        row = self.rows.get(ref) if ref is not None else None
        if ref is None or row is None or change.after is None:
            self.skipped.append(Skipped(change, "missing"))
            return
        moved = tuple(
            name
            for name, value in change.after.items()
            if getattr(row, name) != value and name not in _DERIVED
        )
        if moved:
            self.skipped.append(Skipped(change, "moved", moved))
            return
        before = {"gone_at": self._at} if change.before is None else dict(change.before)
        self.rows[ref] = row._replace(**before)
        self._undone.setdefault(ref, []).append(change)

    def settle(self, inhabited: Collection[Ref]) -> None:
        """Leave as they are the rows whose former state no longer fits; set the paths anew.

        Args:
            inhabited: Departments that people are in whom the undo leaves there.
        """
        while wrong := next(self._misfits(inhabited), None):
            ref, reason = wrong
            self.rows[ref] = self._stored[ref].row
            self.skipped += [Skipped(one, reason) for one in self._undone.pop(ref)]
        if self._undone:
            self._set_paths()

    def is_active(self, ref: Ref) -> bool:
        """Return whether a department will be active."""
        row = self.rows.get(ref)
        return row is not None and row.is_active

    def touched(self) -> list[Ref]:
        """Return the departments that are as before the run, sorted."""
        return sorted(ref for ref in self._undone if self.rows[ref] != self._stored[ref].row)

    def changes(self, cause: Cause) -> Iterator[Change]:
        """Yield the steps that make the departments so."""
        for ref, after in self.rows.items():
            stored = self._stored[ref]
            if after != stored.row:
                why = cause if ref in self._undone else _ABOVE
                action = _action(stored.row, after)
                new = after._replace(astray=())
                yield Change(Entity.DEPARTMENT, action, ref, None, stored.id, stored.row, new, why)

    def _misfits(self, inhabited: Collection[Ref]) -> Iterator[tuple[Ref, str]]:
        for ref in self._undone:
            if not self.rows[ref].is_active and ref in inhabited:
                yield ref, "in_use"
        for ref, row in self.rows.items():
            parent = row.parent
            if not row.is_active or parent is None:
                continue
            if not self.is_active(parent):
                if parent in self._undone:
                    yield parent, "in_use"
                elif ref in self._undone:
                    yield ref, "parent"
            elif ref in self._undone and self._is_in_circle(ref):
                yield ref, "circle"

    def _is_in_circle(self, ref: Ref) -> bool:
        seen: set[Ref] = set()
        at: Ref | None = ref
        while at is not None and at not in seen:
            seen.add(at)
            at = self.rows[at].parent if at in self.rows else None
        return at is not None

    def _set_paths(self) -> None:
        """Give every active department the path and depth that follow from those above it."""
        children: dict[Ref | None, list[Ref]] = {}
        for ref, row in self.rows.items():
            if row.is_active:
                children.setdefault(row.parent, []).append(ref)
        level = list(children.get(None, ()))
        while level:
            for ref in level:
                self.rows[ref] = self._placed(self.rows[ref])
            level = [child for ref in level for child in children.get(ref, ())]

    def _placed(self, row: DepartmentRow) -> DepartmentRow:
        step = row.name.replace("/", "／")
        if row.parent is None:
            return row._replace(full_path=step, depth=0)
        above = self.rows[row.parent]
        return row._replace(full_path=f"{above.full_path}/{step}", depth=above.depth + 1)


def _action(before: DepartmentRow, after: DepartmentRow) -> Action:
    if before.is_active != after.is_active:
        return Action.REACTIVATE if after.is_active else Action.DEACTIVATE
    return Action.MOVE if before.parent != after.parent else Action.UPDATE
