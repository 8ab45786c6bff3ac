"""The inverse of a run, for the rows that are as that run left them.

Only the columns that the run changed are compared and put back::

    the run has           the undo
    made a user           disables it, as an administrator does; the link stays
    made a department     makes it inactive
    made a membership     removes it
    made a link           removes it, unless it is the one of a user's owner
    changed, removed,     puts the columns back as they were
    (de)activated
    purged                nothing

What the undo leaves of the directory is whole: nobody has an inactive manager because of it, and
nobody is in an inactive department. Records whose rows it changes are looked at again by the next
sync, which may do the same again.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from syncd.model.change import Action, Cause, Change, Entity, Gone, Plan, RecordWrite
from syncd.model.directory import MembershipRow, User, UserRow
from syncd.model.entry import Kind, Ref
from syncd.model.past import Past, PastChange, Skipped, Undo
from syncd.model.surrender import is_surrendered
from syncd.model.world import World
from syncd.reconcile.namesake import former_record
from syncd.reconcile.undo_departments import DepartmentUndo
from syncd.reconcile.undo_links import LinkUndo

_REFERENCE = Cause("reference")


def plan_undo(past: Past, world: World, at: datetime) -> Undo:
    """Return what puts the rows of a run back, and what of it is left as it is.

    Args:
        past: What the run has done.
        world: What the store holds around `past.people`, with everybody who is managed by one of
            them, and all members of departments that the run has made or brought back.
        at: Since when a user is disabled, or a department is gone, whom the run has made.
    """
    return _Undo(past, world, at).plan()


class _Undo:
    """The state of one undo: rows as they are at first, and as they will be at last."""

    def __init__(self, past: Past, world: World, at: datetime) -> None:
        self.past, self.world, self.at = past, world, at
        self.cause = Cause("undo", (("run", str(past.run_id)),))
        self.users = {user.id: user for user in world.users.values()}
        self.rows = {key: user.row for key, user in self.users.items()}
        self.members = {key: dict(user.memberships) for key, user in self.users.items()}
        self.departments = DepartmentUndo(world.departments, at)
        self.links = LinkUndo(world)
        self.skipped: list[Skipped] = []
        #: Users whose rows or memberships were taken back, and the changes that put one back.
        self.touched: set[int] = set()
        self.put_back: dict[tuple[int, Ref], PastChange] = {}

    def plan(self) -> Undo:
        take_back = {
            Entity.DEPARTMENT: self.departments.take_back,
            Entity.USER: self._user,
            Entity.MEMBERSHIP: self._membership,
            Entity.LINK: self.links.take_back,
        }
        for change in reversed(self.past.changes):
            take_back[change.entity](change)
        self._let_go_of_records()
        self._leave_gone_users()
        self.departments.settle(self._inhabited())
        self._leave_inactive_departments()
        for key in self.touched:
            self._choose_main_department(key)
        self._let_go_of_managers()
        changes = (
            *self.departments.changes(self.cause),
            *self._user_changes(),
            *self._membership_changes(),
            *self.links.changes(self.cause),
        )
        skipped = (*self.departments.skipped, *self.skipped, *self.links.skipped)
        records, gone = tuple(self._records()), tuple(self._gone())
        return Undo(Plan(changes, records, gone, former=self._former()), skipped)

    # ── taking back ─────────────────────────────────────────────────────────────────────────

    def _user(self, change: PastChange) -> None:
        row, after = self.rows.get(change.entity_id), change.after
        if row is None or after is None:
            self.skipped.append(Skipped(change, "missing"))
            return
        # The main department follows from the memberships.
        moved = tuple(
            name
            for name, value in after.items()
            if getattr(row, name) != value and name != "main_department"
        )
        if moved:
            self.skipped.append(Skipped(change, "moved", moved))
            return
        before = change.before if change.before is not None else {"admin_disabled_at": self.at}
        self.rows[change.entity_id] = row._replace(**before)  # type: ignore[arg-type]  # columns of a user
        self.touched.add(change.entity_id)

    def _membership(self, change: PastChange) -> None:
        members, department = self.members.get(change.entity_id), change.department
        if members is None or department is None or department not in self.world.departments:
            self.skipped.append(Skipped(change, "missing"))
            return
        row = members.get(department)
        if (row is None) != (change.after is None):
            self.skipped.append(Skipped(change, "moved"))
            return
        moved = tuple(
            name for name, value in (change.after or {}).items() if getattr(row, name) != value
        )
        if moved:
            self.skipped.append(Skipped(change, "moved", moved))
            return
        if change.before is None:
            del members[department]
        elif row is None:
            members[department] = MembershipRow(**change.before)  # type: ignore[arg-type]  # its columns
            self.put_back[change.entity_id, department] = change
        else:
            members[department] = row._replace(**change.before)  # type: ignore[arg-type]  # its columns
        self.touched.add(change.entity_id)

    # ── keeping the directory whole ─────────────────────────────────────────────────────────

    def _let_go_of_records(self) -> None:
        """Make those gone whose record is another user's again: nothing could prove it later."""
        for key in self.links.surrendering:
            row = self.rows[key]
            self.rows[key] = row._replace(gone_at=row.gone_at or self.at)
            self.touched.add(key)

    def _leave_gone_users(self) -> None:
        """Take everybody who is gone out of every department (contract, section 9)."""
        for key in self.touched:
            if self.rows[key].gone_at is not None:
                for department in list(self.members[key]):
                    self._drop(key, department, "gone")

    def _inhabited(self) -> set[Ref]:
        """Return the departments of people whom the undo has not brought there."""
        return {
            department
            for key, members in self.members.items()
            for department in members
            if (key, department) not in self.put_back
        }

    def _leave_inactive_departments(self) -> None:
        for key in self.touched:
            for department in list(self.members[key]):
                if not self.departments.is_active(department):
                    self._drop(key, department, "department")

    def _drop(self, key: int, department: Ref, reason: str) -> None:
        del self.members[key][department]
        change = self.put_back.pop((key, department), None)
        if change is not None:
            self.skipped.append(Skipped(change, reason))

    def _choose_main_department(self, key: int) -> None:
        """Let exactly one membership be the primary one, and the main department be its own."""
        row, members = self.rows[key], self.members[key]
        if not members:
            if row.gone_at is None:
                self.rows[key] = row._replace(main_department=None)
            return
        primary = next((one for one, member in members.items() if member.is_primary), min(members))
        if row.main_department in members:
            primary = row.main_department
        for department, member in members.items():
            members[department] = member._replace(is_primary=department == primary)
        self.rows[key] = row._replace(main_department=primary)

    def _let_go_of_managers(self) -> None:
        """Leave nobody with a manager who is inactive because of the undo."""
        for key, row in self.rows.items():
            boss = self.world.users.get(row.manager) if row.manager is not None else None
            if row.manager is None or (boss is None and key not in self.touched):
                continue
            if boss is None or not self.rows[boss.id].is_active:
                is_ours = boss is not None and boss.row.is_active
                if is_ours or key in self.touched:
                    self.rows[key] = row._replace(manager=None)

    # ── the plan ────────────────────────────────────────────────────────────────────────────

    def _former(self) -> dict[Ref, Ref]:
        """Return the records that will own a user again, each with the one that owns it now."""
        owners = self.links.owners()
        return {
            owners[key]: user.owner for key, user in self.users.items() if owners[key] != user.owner
        }

    def _user_changes(self) -> Iterator[Change]:
        owners = self.links.owners()
        new_owner = {user.owner: owners[key] for key, user in self.users.items()}
        for key, after in self.rows.items():
            user = self.users[key]
            if after != user.row:
                cause = self.cause if key in self.touched else _REFERENCE
                # Managers by the records that own them from now on, as the links will be.
                old, new = (_managed_by(row, new_owner) for row in (user.row, after))
                new = new._replace(astray=())
                action = _action(user.row, after)
                yield Change(Entity.USER, action, user.owner, None, key, old, new, cause)

    def _membership_changes(self) -> Iterator[Change]:
        for key, members in self.members.items():
            user = self.users[key]
            for department in sorted(members.keys() | user.memberships.keys()):
                before, after = user.memberships.get(department), members.get(department)
                if before == after:
                    continue
                action = Action.UPDATE
                if before is None or after is None:
                    action = Action.CREATE if before is None else Action.REMOVE
                yield Change(
                    Entity.MEMBERSHIP,
                    action,
                    user.owner,
                    department,
                    key,
                    before,
                    after,
                    self.cause,
                )

    def _moved(self) -> Iterator[tuple[User, Ref]]:
        """Yield the users that will be other ones, each with the record that will own it."""
        owners, links = self.links.owners(), self.links.touched()
        for key, user in self.users.items():
            if (
                self.rows[key] != user.row
                or self.members[key] != user.memberships
                or user.owner in links
            ):
                yield user, owners[key]

    def _records(self) -> Iterator[RecordWrite]:
        """Yield the records to be looked at again, and those that are no longer known to be gone."""
        wanted = self.links.touched() - self.world.gone - set(self.world.users)
        for user, owner in self._moved():
            if self.rows[user.id].gone_at is None:
                wanted.add(owner)
        superseded = set(self._superseded())
        for ref in sorted(wanted - superseded):
            if ref in self.world.records:
                yield RecordWrite(Kind.USER, self.world.records[ref], None)
        yield from self._former_records()
        for ref in self.departments.touched():
            if self.departments.is_active(ref) and ref in self.past.departments:
                yield RecordWrite(Kind.DEPARTMENT, self.past.departments[ref], None)

    def _gone(self) -> Iterator[Gone]:
        """Yield the records that are gone again, so that the next sync finds them as new."""
        gone = set(self._superseded())
        gone |= {owner for user, owner in self._moved() if self.rows[user.id].gone_at is not None}
        for ref in sorted(gone - self.world.gone):
            if ref in self.world.records or is_surrendered(ref.external_id):
                yield Gone(Kind.USER, ref)
        for ref in self.departments.touched():
            if not self.departments.is_active(ref) and ref in self.world.department_records:
                yield Gone(Kind.DEPARTMENT, ref)

    def _former_records(self) -> Iterator[RecordWrite]:
        """Yield what is kept of those whose record is another user's again."""
        owners = self.links.owners()
        for key in sorted(self.links.surrendering):
            user, new = self.users[key], owners[key]
            known = self.world.records.get(user.owner)
            if known is not None:
                yield RecordWrite(Kind.USER, former_record(user, known, new), None)

    def _superseded(self) -> Iterator[Ref]:
        """Yield the records that own a user now, and will own nobody."""
        owners = set(self.links.owners().values())
        for user in self.users.values():
            if user.owner not in owners:
                yield user.owner


def _managed_by(row: UserRow, new_owner: Mapping[Ref, Ref]) -> UserRow:
    if row.manager is None or row.manager not in new_owner:
        return row
    return row._replace(manager=new_owner[row.manager])


def _action(before: UserRow, after: UserRow) -> Action:
    if before.is_active == after.is_active:
        return Action.UPDATE
    return Action.REACTIVATE if after.is_active else Action.DEACTIVATE
