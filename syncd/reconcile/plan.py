"""Makes a plan: all that has to change so that the directory says what the source says.

A plan is made for a neighbourhood: the people whose records have changed or are gone, everybody
whose row depends on them, and, when any department has changed, all departments. Planning a
neighbourhood gives exactly the steps that planning everything would give for it, so an event,
a hundred changes and a first load are the same code.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from syncd.model.change import Cause, Change, Gone, Plan, RecordWrite
from syncd.model.conflict import Conflict, ConflictKind
from syncd.model.directory import DepartmentRow, User
from syncd.model.entry import Kind, Ref
from syncd.model.field import MANAGER
from syncd.model.record import DepartmentRecord, UserRecord
from syncd.model.world import World
from syncd.reconcile import ambiguity, users
from syncd.reconcile.departments import arrange, department_changes, desired_departments
from syncd.reconcile.namesake import give_way, kept_of_former
from syncd.reconcile.naming import mark
from syncd.reconcile.normalize import (
    fold_userid,
    merge_department,
    merge_user,
    remembered,
    same_department,
    same_user,
)
from syncd.reconcile.reading import Reading
from syncd.reconcile.rekey import find_rekeys
from syncd.reconcile.resolve import (
    NO_REASONS,
    Reasons,
    desired_memberships,
    desired_row,
    is_doubtful,
    is_plainly_new,
    may_become_user,
    reasons_when_present,
)
from syncd.reconcile.settings import Policy
from syncd.reconcile.succession import Succession
from syncd.reconcile.takeover import take_over


def make_plan(
    world: World,
    reading: Reading,
    policy: Policy,
    at: datetime,
    *,
    people: frozenset[Ref] | None = None,
    departments: bool = True,
) -> Plan:
    """Return everything that has to change, with the reason of every step.

    Args:
        world: What the store holds around the people concerned.
        reading: What the source said.
        policy: What the administrator has decided.
        at: The time that stands in the rows for what this plan finds gone or disabled.
        people: Whom to plan; None for everybody in `world` and `reading`.
        departments: Whether departments are planned; then `world` holds all their records.
    """
    return _Planner(world, reading, policy, at, people, departments).plan()


@dataclass(slots=True)
class _Planner:
    """The state of one planning; every method but `plan` fills a part of it."""

    world: World
    reading: Reading
    policy: Policy
    at: datetime
    people: frozenset[Ref] | None
    plans_departments: bool
    changes: list[Change] = field(default_factory=list)
    records: list[RecordWrite] = field(default_factory=list)
    gone: list[Gone] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    department_rows: Mapping[Ref, DepartmentRow] = field(default_factory=dict)
    gone_people: dict[str, Cause] = field(default_factory=dict)
    gone_departments: dict[str, Cause] = field(default_factory=dict)
    #: Who is looked at, with the merged record of whoever is there.
    scope: dict[Ref, UserRecord | None] = field(default_factory=dict)
    #: Who of them is active once the plan is applied; None stands for a doubtful identity.
    reasons: dict[Ref, Reasons | None] = field(default_factory=dict)
    #: Departments and people that are there and active once the plan is applied, each by itself:
    #: one `Ref` stands wherever it is referred to.
    departments: dict[tuple[str, str], Ref] = field(default_factory=dict)
    active: dict[tuple[str, str], Ref] = field(default_factory=dict)
    #: Those of the departments that the source cannot see now.
    hidden_departments: set[Ref] = field(default_factory=set)
    #: Whose record is not the one that is kept.
    read: set[Ref] = field(default_factory=set)
    read_departments: set[Ref] = field(default_factory=set)
    doubtful: set[Ref] = field(default_factory=set)
    #: Records that own the user of another one from now on → that other one.
    former: Mapping[Ref, Ref] = field(default_factory=dict)
    #: See `Plan.taken_from`.
    taken_from: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def plan(self) -> Plan:
        self._decide_who_is_gone()
        self._decide_who_succeeds()
        if self.plans_departments:
            self._plan_departments()
        self._decide_departments()
        self._decide_scope()
        self._decide_reasons()
        for ref, record in self.scope.items():
            self._plan_person(ref, record)
        self._collect_conflicts()
        opened, changed, resolved = ambiguity.compare(
            self.conflicts, self.world.conflicts, self._is_settled
        )
        return Plan(
            tuple(self.changes),
            tuple(self.records),
            tuple(self.gone),
            opened,
            changed,
            resolved,
            self._unconfirmed(),
            self.former,
            self.taken_from,
        )

    def _unconfirmed(self) -> frozenset[Ref]:
        return frozenset(self._ref(id_) for id_ in self.reading.absence.unconfirmed)

    def _ref(self, external_id: str) -> Ref:
        return Ref(self.reading.source, external_id)

    def _decide_who_is_gone(self) -> None:
        absence = self.reading.absence
        self.gone_people = {
            id_: Cause(absence.causes.get(id_, absence.cause)) for id_ in sorted(absence.gone_users)
        }
        self.gone_departments = dict.fromkeys(sorted(absence.gone_departments), Cause("absent"))
        conflicts, going = ambiguity.shrunk(self.reading, self._is_accepted)
        self.conflicts += conflicts
        for (kind, id_), why in going.items():
            (self.gone_people if kind is Kind.USER else self.gone_departments)[id_] = why
        # A plan with one of these is always held; who is inactive already is left for the next run.
        for id_ in sorted(absence.unconfirmed):
            user = self.world.users.get(self._ref(id_))
            if user is not None and user.row.is_active:
                self.gone_people[id_] = _NOT_CONFIRMED

    def _decide_who_succeeds(self) -> None:
        """Let users go over to the records that own them from now on; then plan as ever."""
        gone = frozenset(self.gone_people)
        found = give_way(self.world, map(self._ref, self.reading.others))
        if found is not None:
            self._succeed(found)
            records, left = kept_of_former(found)
            self.records += records
            self.gone += left
        found = take_over(self.world, self.reading, self.policy, gone, self.at)
        if found is not None:
            self.taken_from = found.taken_from
            self._succeed(found)
        found = find_rekeys(self.world, self.reading, self.policy, gone)
        if found is not None:
            for former in found.former.values():
                self.gone_people.setdefault(former.external_id, _RENAMED)
            if self.people is not None:
                self.people |= {*found.former, *found.former.values()}
            self._succeed(found)

    def _succeed(self, found: Succession) -> None:
        self.world = found.world
        self.former = {**self.former, **found.former}
        self.changes += found.changes
        self.conflicts += found.conflicts
        self.doubtful |= found.waiting
        self.read |= found.former.keys()

    def _is_accepted(self, id_: str) -> bool:
        if self.reading.source in self.policy.deactivate_out_of_scope:
            return True
        # By id, because the part that somebody is in may be called otherwise by now.
        return any(
            id_ in one.accepted
            for one in self.world.conflicts
            if one.conflict.kind is ConflictKind.SCOPE_SHRUNK
            and one.conflict.source == self.reading.source
        )

    # ── departments ─────────────────────────────────────────────────────────────────────────

    def _plan_departments(self) -> None:
        records = self._department_records()
        tree = arrange(self.reading.source, records)
        self.department_rows = desired_departments(
            self.reading.source, records, tree, self.world.departments
        )
        stored = {
            ref: one
            for ref, one in self.world.departments.items()
            if ref.source == self.reading.source
        }
        gone = dict.fromkeys(stored.keys() - self.department_rows.keys(), _GONE_BEFORE)
        gone |= {self._ref(id_): why for id_, why in self.gone_departments.items()}
        read = frozenset(self.read_departments)
        self.changes += department_changes(self.department_rows, stored, gone, read, self.at)
        self.conflicts += tree.conflicts

    def _department_records(self) -> dict[str, DepartmentRecord]:
        stored = {
            ref.external_id: record
            for ref, record in self.world.department_records.items()
            if ref.source == self.reading.source
        }
        records = dict(stored)
        for id_, new in self.reading.departments.items():
            records[id_] = merged = merge_department(stored.get(id_), new)
            old = stored.get(id_)
            is_same = old is not None and same_department(old, merged)
            if not is_same:
                self.read_departments.add(self._ref(id_))
            self._keep(Kind.DEPARTMENT, merged, is_same=is_same, is_settled=not merged.rejections)
        for id_ in self.gone_departments:
            if records.pop(id_, None) is not None:
                self.gone.append(Gone(Kind.DEPARTMENT, self._ref(id_)))
        return records

    def _decide_departments(self) -> None:
        """Note which departments are in the directory once this plan is applied."""
        here = self.reading.source if self.plans_departments else None
        for ref, stored in self.world.departments.items():
            if ref.source == here and self._is_hidden(ref.external_id) and stored.row.is_active:
                self.hidden_departments.add(ref)
            elif ref.source == here or not stored.row.is_active:
                continue
            self.departments[ref] = ref
        self.departments.update((ref, ref) for ref in self.department_rows)

    def _is_hidden(self, id_: str) -> bool:
        return id_ in self.reading.absence.hidden_departments and id_ not in self.gone_departments

    # ── people ──────────────────────────────────────────────────────────────────────────────

    def _decide_scope(self) -> None:
        """Merge each person's record with what was known; the gone have none."""
        read, records, users = self.reading.users, self.world.records, self.world.users
        for ref in self._refs():
            old = records.get(ref)
            was_here = old is not None and ref not in self.world.gone
            new = read.get(ref.external_id) if self._is_here(ref) else None
            if new is not None and old is None and ref not in users and ref not in self.doubtful:
                self.scope[ref] = new  # nobody who was known before: all of a first load
                self.read.add(ref)
            elif new is not None:
                self.scope[ref] = self._merge(ref, old, new)
            elif self._is_here(ref) and ref.external_id in self.gone_people:
                self.scope[ref] = None
                if was_here:
                    self.gone.append(Gone(Kind.USER, ref))
            else:
                self.scope[ref] = self._as_kept(ref, old) if was_here else None

    def _as_kept(self, ref: Ref, old: UserRecord | None) -> UserRecord | None:
        """Return the kept record; of whom a person knows again, with what was known before."""
        user = self.world.users.get(ref)
        if old is None or user is None or not self._is_the_same(ref):
            return old
        self.read.add(ref)
        return merge_user(remembered(user, old), old)

    def _is_the_same(self, ref: Ref) -> bool:
        """Return whether a person has said that somebody is who it was."""
        return ref.external_id in self.reading.same and self._is_here(ref)

    def _may_be_other(self, ref: Ref, user: User | None, record: UserRecord) -> bool:
        """Return whether somebody may be another person than the user, and nobody has said who."""
        if ref in self.former or self._is_the_same(ref):
            return False
        return is_doubtful(user, record, self.policy.common_field)

    def _merge(self, ref: Ref, old: UserRecord | None, new: UserRecord) -> UserRecord:
        """Return what is known of a person; nothing is inherited from a doubtful namesake."""
        user, known = self.world.users.get(ref), old
        if self._may_be_other(ref, user, new) or ref in self.doubtful:
            self.doubtful.add(ref)
            known = None if ref in self.world.gone else old
        elif old is not None and user is not None and self._ends_doubt(user, old, new):
            known = remembered(user, old)
        merged = merge_user(known, new)
        if (
            known is None
            or known is not old
            or ref in self.world.gone
            or not same_user(known, merged)
        ):
            self.read.add(ref)
        return merged

    def _ends_doubt(self, user: User, old: UserRecord, new: UserRecord) -> bool:
        """Return whether what is kept of a person is a namesake's, and the person is back."""
        is_named = new.fields.get("name") is not None
        return is_named and is_doubtful(user, old, self.policy.common_field)

    def _is_here(self, ref: Ref) -> bool:
        return ref.source == self.reading.source

    def _refs(self) -> Iterable[Ref]:
        if self.people is not None:
            return sorted(filter(self._is_here, self.people))
        # Whose source is another one makes no user here, and its users are not this one's to plan.
        source = self.reading.source
        stored = chain(self.world.records, self.world.users)
        everybody = {ref for ref in stored if ref.source == source}
        everybody.update([Ref(source, id_) for id_ in chain(self.reading.users, self.gone_people)])
        return sorted(everybody)

    def _decide_reasons(self) -> None:
        for ref, record in self.scope.items():
            user = self.world.users.get(ref)
            if record is None:
                continue
            if user is None and ref not in self.doubtful and is_plainly_new(record):
                self.reasons[ref] = NO_REASONS
                self.active[ref] = ref
                continue
            if ref in self.doubtful or self._may_be_other(ref, user, record):
                self.reasons[ref] = None
            elif user is not None or may_become_user(record):
                self.reasons[ref] = reasons = reasons_when_present(user, record, self.at)
                if reasons.is_active:
                    self.active[ref] = ref
        for ref, user in self.world.users.items():
            if ref not in self.scope and user.row.is_active:
                self.active[ref] = ref

    def _plan_person(self, ref: Ref, record: UserRecord | None) -> None:
        user = self.world.users.get(ref)
        if record is None:
            cause = self._why_gone(ref)
            if user is not None and cause is not None:
                self.changes.extend(users.gone(user, cause, self.at))
            return
        reasons = self.reasons.get(ref)
        steps_before = len(self.changes)
        if reasons is not None:
            self._plan_present(ref, user, record, reasons)
        elif user is not None:
            self.conflicts.append(ambiguity.doubtful(user, record))
        is_settled = self._is_settled_person(record)
        if ref.external_id in self.reading.users and self._is_here(ref):
            self._keep(Kind.USER, record, is_same=ref not in self.read, is_settled=is_settled)
        elif (
            ref in self.former
            or self._is_the_same(ref)
            or (len(self.changes) > steps_before and not is_settled)
        ):
            # A department went; should it return, this entry will be no news.
            self.records.append(RecordWrite(Kind.USER, record, None))

    def _why_gone(self, ref: Ref) -> Cause | None:
        """Return why somebody is gone; None where nothing has ever proven it."""
        if self._is_here(ref) and ref.external_id in self.gone_people:
            return self.gone_people[ref.external_id]
        return _GONE_BEFORE if ref in self.world.gone else None

    def _plan_present(
        self, ref: Ref, user: User | None, record: UserRecord, reasons: Reasons
    ) -> None:
        memberships = desired_memberships(
            record, user, self.departments.get, self.hidden_departments
        )
        primary = next((one for one, row in memberships.items() if row.is_primary), None)
        manager = record.fields.get(MANAGER)
        boss = self.active.get((record.source, manager)) if manager else None
        row = desired_row(record, reasons, boss, primary)
        was_read = ref in self.read
        if user is None:
            self.changes.append(users.created(ref, row))
        else:
            self.changes.extend(users.changed(user, row, was_read=was_read))
        self.changes.extend(users.membership_changes(ref, user, memberships, was_read=was_read))
        link = self.world.links.get(ref)
        if user is None or link is None or link.user_id != user.id:
            self.changes.append(users.linked(ref, link))

    def _is_settled_person(self, record: UserRecord) -> bool:
        """Return whether the row says all that the record says.

        It does not while a department is missing, which may come later without any change of this
        record, and while a field is rejected (rule 13: tried again every time). A missing manager
        is no reason: whoever looks at the manager finds this record (`naming`).
        """
        source = record.source
        if record.rejections:
            return False
        for one in record.memberships or ():
            if (source, one.department) not in self.departments:
                return False
        return self.reasons.get(Ref(source, record.external_id), NO_REASONS) is not None

    def _keep(
        self, kind: Kind, record: UserRecord | DepartmentRecord, *, is_same: bool, is_settled: bool
    ) -> None:
        """Write the record down where it or its digest differs from what is kept."""
        key = (kind, record.external_id)
        digest = self.reading.digests.get(key) if is_settled else None
        if digest is not None and isinstance(record, UserRecord):
            manager = record.fields.get(MANAGER)
            digest = digest + mark(manager) if manager else digest
        if not is_same or digest != self.reading.stored_digests.get(key):
            self.records.append(RecordWrite(kind, record, digest))

    # ── conflicts ───────────────────────────────────────────────────────────────────────────

    def _collect_conflicts(self) -> None:
        source = self.reading.source
        self.conflicts += ambiguity.rejected(source, self.reading.every_rejection())
        self.conflicts += ambiguity.withheld(source, self.reading.withheld)
        self.conflicts += ambiguity.userid_taken(self._holders())

    def _holders(self) -> dict[str, list[tuple[int | None, Ref]]]:
        """Return who bears a userid that several bear, of the active users concerned."""
        first: dict[str, Ref] = {}
        shared: dict[str, list[Ref]] = {}
        for ref in self.active.values():
            user = self.world.users.get(ref)
            record = self.scope.get(ref)
            userid = record.fields.get("userid") if record else user.row.userid if user else None
            if userid:
                key = fold_userid(userid)
                holder = first.setdefault(key, ref)
                if holder is not ref:
                    shared.setdefault(key, [holder]).append(ref)
        stored = self.world.users.get
        return {
            key: [(user.id if (user := stored(ref)) else None, ref) for ref in refs]
            for key, refs in shared.items()
        }

    def _is_settled(self, conflict: Conflict) -> bool:
        """Return whether this plan has looked at what a stored conflict is about."""
        if conflict.source != self.reading.source:
            return conflict.source in self.taken_from
        if conflict.kind in ambiguity.SOURCE_WIDE:
            return self.reading.is_complete
        if conflict.kind in ambiguity.DEPARTMENT_KINDS:
            return self.plans_departments
        if conflict.kind is ConflictKind.REJECTED:
            return self.reading.is_complete or conflict.external_id in self.reading.users
        return self._ref(conflict.external_id) in self.scope


#: Found gone by an earlier plan, and yet active: another hand has changed the row.
_GONE_BEFORE = Cause("put_back")
#: Goes on under another id, as the source itself has told.
_RENAMED = Cause("renamed")
#: Missing, and not asked for again because too many are: a plan with this is always held.
_NOT_CONFIRMED = Cause("not_confirmed")
