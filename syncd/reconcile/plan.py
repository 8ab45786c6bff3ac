"""Makes a plan: all that has to change so that the directory says what the sources say.

A plan is made for a neighbourhood: the people whose records have changed or are gone, everybody
whose row depends on them, and, when any department has changed, all departments. Planning a
neighbourhood gives exactly the steps that planning everything would give for it, so an event,
a hundred changes and a first load are the same code.

The authority's persons are users by themselves, and so is whoever owns a user. Of the others it is
decided whose they are (`matching`), from what all records say once the plan is applied; a source
that was not read says what it said last.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import chain
from operator import itemgetter

from syncd.model.change import Cause, Change, Gone, Plan, RecordWrite
from syncd.model.conflict import Conflict, ConflictKind
from syncd.model.directory import DepartmentRow, User
from syncd.model.entry import Kind, Ref
from syncd.model.field import MANAGER
from syncd.model.record import DepartmentRecord, UserRecord
from syncd.model.world import World
from syncd.reconcile import ambiguity, users
from syncd.reconcile.adopt import adopt
from syncd.reconcile.correlate import KEY_KINDS
from syncd.reconcile.departments import arrange, department_changes, desired_departments
from syncd.reconcile.matching import Matching, moves_a_user
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
from syncd.reconcile.presence import Presence
from syncd.reconcile.reading import Reading
from syncd.reconcile.rekey import find_rekeys
from syncd.reconcile.resolve import (
    NO_REASONS,
    Reasons,
    desired_memberships,
    desired_row,
    is_doubtful,
    is_plainly_new,
    manager_of,
    may_become_user,
    reasons_when_present,
    resolved,
)
from syncd.reconcile.settings import Policy
from syncd.reconcile.succession import Succession
from syncd.reconcile.takeover import take_over


def make_plan(
    world: World,
    readings: Reading | Collection[Reading],
    policy: Policy,
    at: datetime,
    *,
    people: frozenset[Ref] | None = None,
    matched: frozenset[Ref] = frozenset(),
    departments: bool = True,
    is_new_field: bool = False,
) -> Plan:
    """Return everything that has to change, with the reason of every step.

    Args:
        world: What the store holds around the people concerned.
        readings: What the sources said that were read; each source once.
        policy: What the administrator has decided.
        at: The time that stands in the rows for what this plan finds gone or disabled.
        people: Whom to plan; None for everybody in `world` and `readings`.
        matched: Of these people it is decided whose they are: `world` has whoever shares a user or
            a value with them, and with those again. It is decided of everybody where everybody is
            planned.
        departments: Whether departments are planned; then `world` holds all their records.
        is_new_field: Whether people were matched by another common field before, or by none.
    """
    every = (readings,) if isinstance(readings, Reading) else readings
    by_source = {one.source: one for one in every}
    planner = _Planner(world, by_source, policy, at, people, matched, departments)
    return planner.plan(is_new_field=is_new_field)


@dataclass(slots=True)
class _Planner:
    """The state of one planning; every method but `plan` fills a part of it."""

    world: World
    readings: Mapping[str, Reading]
    policy: Policy
    at: datetime
    people: frozenset[Ref] | None
    matched: frozenset[Ref]
    plans_departments: bool
    changes: list[Change] = field(default_factory=list)
    records: list[RecordWrite] = field(default_factory=list)
    gone: list[Gone] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    department_rows: Mapping[Ref, DepartmentRow] = field(default_factory=dict)
    gone_people: dict[Ref, Cause] = field(default_factory=dict)
    gone_departments: dict[Ref, Cause] = field(default_factory=dict)
    #: Who is looked at, with the merged record of whoever is there: users by themselves, …
    scope: dict[Ref, UserRecord | None] = field(default_factory=dict)
    #: … and those who may belong to one of these.
    others: dict[Ref, UserRecord | None] = field(default_factory=dict)
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
    #: Owner → what the other records of the user say, where any field prefers another order.
    linked: Mapping[Ref, list[UserRecord]] = field(default_factory=dict)
    #: Record → the record that owns its user, of those that do not own one themselves.
    owner_of: Mapping[Ref, Ref] = field(default_factory=dict)
    #: User's owner → userid as it will be, where that may come from another source.
    userids: dict[Ref, str | None] = field(default_factory=dict)

    def plan(self, *, is_new_field: bool) -> Plan:
        for reading in self.readings.values():
            self._decide_who_is_gone(reading)
        self._decide_who_succeeds()
        if self.plans_departments:
            self._plan_departments()
        self._decide_departments()
        self._decide_scope()
        self._decide_reasons()
        matching = self._match()
        for ref, record in self.scope.items():
            self._plan_person(ref, record)
        for ref, record in self.others.items():
            self._plan_other(ref, record)
        self.changes += matching.changes
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
            self._matched_anew(matching) if is_new_field else None,
            {source: dict(counts) for source, counts in matching.outcomes.items()},
        )

    def _matched_anew(self, matching: Matching) -> tuple[str, int, int] | None:
        field_, looked_at = self.policy.matching_field, 0
        for counts in matching.outcomes.values():
            looked_at += counts.total()
        if field_ is None or not looked_at:
            return None
        return field_, sum(moves_a_user(one) for one in matching.changes), looked_at

    def _unconfirmed(self) -> frozenset[Ref]:
        return frozenset(
            Ref(source, id_)
            for source, reading in self.readings.items()
            for id_ in reading.absence.unconfirmed
        )

    def _decide_who_is_gone(self, reading: Reading) -> None:
        absence, source = reading.absence, reading.source
        for id_ in sorted(absence.gone_users):
            why = Cause(absence.causes.get(id_, absence.cause))
            self.gone_people[Ref(source, id_)] = why
        for id_ in sorted(absence.gone_departments):
            self.gone_departments[Ref(source, id_)] = Cause("absent")
        conflicts, going = ambiguity.shrunk(reading, partial(self._is_accepted, source))
        self.conflicts += conflicts
        for (kind, id_), why in going.items():
            gone = self.gone_people if kind is Kind.USER else self.gone_departments
            gone[Ref(source, id_)] = why
        # A plan with one of these is always held; who is inactive already is left for the next run.
        for id_ in sorted(absence.unconfirmed):
            if self._would_be_missed(Ref(source, id_)):
                self.gone_people[Ref(source, id_)] = _NOT_CONFIRMED

    def _would_be_missed(self, ref: Ref) -> bool:
        """Return whether an absence deactivates somebody, or ends a link with a user."""
        user, link = self.world.users.get(ref), self.world.links.get(ref)
        if user is not None or ref.source not in self.policy.others:
            return user is not None and user.row.is_active
        return link is not None and link.user_id is not None

    def _decide_who_succeeds(self) -> None:
        """Let users go over to the records that own them from now on; then plan as ever."""
        for source in self._sources():
            # Whoever is doubted stays doubted also while the source itself is not read.
            reading = self.readings.get(source) or Reading(source, is_complete=False)
            found = give_way(self.world, (Ref(source, id_) for id_ in reading.others))
            if found is not None:
                self._succeed(found)
                records, left = kept_of_former(found)
                self.records += records
                self.gone += left
            gone = frozenset(ref.external_id for ref in self.gone_people if ref.source == source)
            found = take_over(self.world, reading, self.policy, gone, self.at)
            if found is not None:
                self.taken_from = found.taken_from
                self._succeed(found)
            found = find_rekeys(self.world, reading, self.policy, gone)
            if found is not None:
                for former in found.former.values():
                    self.gone_people.setdefault(former, _RENAMED)
                if self.people is not None:
                    self.people |= {*found.former, *found.former.values()}
                self._succeed(found)
        found = self._adopted()
        if found is not None:
            self._succeed(found)

    def _sources(self) -> list[str]:
        """Return the sources whose people are planned, whether they were read or not."""
        return sorted({self.policy.authority, *self.policy.others, *self.readings})

    def _adopted(self) -> Succession | None:
        """Return whose users the authority takes over from the sources that made them."""
        may_be = self.policy.matching_field and any(
            ref.source in self.policy.others for ref in self.world.users
        )
        if not may_be or (self.people is not None and not self.matched):
            return None
        people = set(self.matched)  # of the others not everybody who shares a value need be here
        if self.people is None:
            people = set(self.world.records)
            for source, reading in self.readings.items():
                people.update(Ref(source, id_) for id_ in reading.users)
        return adopt(self.world, self.policy, sorted(people), self._after, self.doubtful)

    def _after(self, ref: Ref) -> UserRecord | None:
        """Return somebody's record as it will be; quicker answers come with `scope`."""
        reading = self.readings.get(ref.source)
        if reading is None:
            return None if ref in self.world.gone else self.world.records.get(ref)
        gone = frozenset({ref.external_id} if ref in self.gone_people else ())
        return Presence(self.world, reading, gone).after(ref)

    def _succeed(self, found: Succession) -> None:
        self.world = found.world
        self.former = {**self.former, **found.former}
        self.changes += found.changes
        self.conflicts += found.conflicts
        self.doubtful |= found.waiting
        self.read |= found.former.keys()

    def _is_accepted(self, source: str, id_: str) -> bool:
        if source in self.policy.deactivate_out_of_scope:
            return True
        # By id, because the part that somebody is in may be called otherwise by now.
        return any(
            id_ in one.accepted
            for one in self.world.conflicts
            if one.conflict.kind is ConflictKind.SCOPE_SHRUNK and one.conflict.source == source
        )

    # ── departments ─────────────────────────────────────────────────────────────────────────

    def _plan_departments(self) -> None:
        for source in self.readings:
            if source != self.policy.authority:
                self._department_records(source)  # kept, and no more: they are no departments
        source = self.policy.authority
        records = self._department_records(source)
        tree = arrange(source, records)
        self.department_rows = desired_departments(source, records, tree, self.world.departments)
        stored = {ref: one for ref, one in self.world.departments.items() if ref.source == source}
        gone = dict.fromkeys(stored.keys() - self.department_rows.keys(), _GONE_BEFORE)
        gone |= {ref: why for ref, why in self.gone_departments.items() if ref.source == source}
        read = frozenset(self.read_departments)
        self.changes += department_changes(self.department_rows, stored, gone, read, self.at)
        self.conflicts += tree.conflicts

    def _department_records(self, source: str) -> dict[str, DepartmentRecord]:
        stored = {
            ref.external_id: record
            for ref, record in self.world.department_records.items()
            if ref.source == source
        }
        records = dict(stored)
        reading = self.readings.get(source)
        for id_, new in reading.departments.items() if reading is not None else ():
            records[id_] = merged = merge_department(stored.get(id_), new)
            old = stored.get(id_)
            is_same = old is not None and same_department(old, merged)
            if not is_same:
                self.read_departments.add(Ref(source, id_))
            self._keep(Kind.DEPARTMENT, merged, is_same=is_same, is_settled=not merged.rejections)
        for ref in self.gone_departments:
            if ref.source == source and records.pop(ref.external_id, None) is not None:
                self.gone.append(Gone(Kind.DEPARTMENT, ref))
        return records

    def _decide_departments(self) -> None:
        """Note which departments are in the directory once this plan is applied."""
        here = self.policy.authority if self.plans_departments else None
        for ref, stored in self.world.departments.items():
            if ref.source == here and self._is_hidden(ref) and stored.row.is_active:
                self.hidden_departments.add(ref)
            elif ref.source == here or not stored.row.is_active:
                continue
            self.departments[ref] = ref
        self.departments.update((ref, ref) for ref in self.department_rows)

    def _is_hidden(self, ref: Ref) -> bool:
        reading = self.readings.get(ref.source)
        hidden = reading.absence.hidden_departments if reading is not None else ()
        return ref.external_id in hidden and ref not in self.gone_departments

    # ── people ──────────────────────────────────────────────────────────────────────────────

    def _decide_scope(self) -> None:
        """Merge each person's record with what was known; the gone have none."""
        records, users = self.world.records, self.world.users
        for ref in self._refs():
            old = records.get(ref)
            was_here = old is not None and ref not in self.world.gone
            new = self._read(ref)
            if self._is_other(ref):
                self._merge_other(ref, old if was_here else None, new)
            elif new is not None and old is None and ref not in users and ref not in self.doubtful:
                self.scope[ref] = new  # nobody who was known before: all of a first load
                self.read.add(ref)
            elif new is not None:
                self.scope[ref] = self._merge(ref, old, new)
            elif ref in self.gone_people:
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
        reading = self.readings.get(ref.source)
        return reading is not None and ref.external_id in reading.same

    def _may_be_other(self, ref: Ref, user: User | None, record: UserRecord) -> bool:
        """Return whether somebody may be another person than the user, and nobody has said who."""
        if ref in self.former or self._is_the_same(ref):
            return False
        return is_doubtful(user, record, self.policy.common_field)

    def _read(self, ref: Ref) -> UserRecord | None:
        """Return what a source said of somebody just now, None where it said nothing new."""
        reading = self.readings.get(ref.source)
        return reading.users.get(ref.external_id) if reading is not None else None

    def _is_other(self, ref: Ref) -> bool:
        """Return whether somebody is no user without somebody else's record."""
        return ref.source in self.policy.others and ref not in self.world.users

    def _merge_other(self, ref: Ref, old: UserRecord | None, new: UserRecord | None) -> None:
        """Note a record that is no user; nothing is inherited from whoever had the id before."""
        if new is not None:
            self.others[ref] = merged = merge_user(old, new)
            if old is None or not same_user(old, merged):
                self.read.add(ref)
        elif ref in self.gone_people:
            self.others[ref] = None
            if old is not None:
                self.gone.append(Gone(Kind.USER, ref))
        else:
            self.others[ref] = old

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

    def _refs(self) -> Iterable[Ref]:
        # Whose source is none of these makes no user here, and its users are not ours to plan.
        sources = set(self._sources())
        if self.people is not None:
            return sorted(ref for ref in self.people if ref.source in sources)
        stored = chain(self.world.records, self.world.users)
        everybody = {ref for ref in stored if ref.source in sources}
        for source, reading in self.readings.items():
            everybody.update([Ref(source, id_) for id_ in reading.users])
        everybody.update(self.gone_people)
        # As pairs are sorted, but texts are compared quicker than pairs.
        by_id = sorted(everybody, key=itemgetter(1))
        by_id.sort(key=itemgetter(0))
        return by_id

    def _decide_reasons(self) -> None:
        for ref, record in self.scope.items():
            user = self.world.users.get(ref)
            if record is None or self._is_left_behind(user):
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

    def _is_left_behind(self, user: User | None) -> bool:
        """Return whether a user is gone whom only the authority can bring back (rule 2)."""
        return (
            user is not None
            and user.row.gone_at is not None
            and user.owner.source in self.policy.others
            and not self.policy.creates
        )

    # ── whose the others are ────────────────────────────────────────────────────────────────

    def _match(self) -> Matching:
        """Decide whose the other records are; those that make users of their own are people now."""
        matching = Matching(
            self.world,
            self.policy,
            self.scope,
            self.others,
            self._will_be_user,
            self._why_gone,
            self.doubtful,
            None if self.people is None else self.matched,
        )
        if self.policy.others or self.policy.prefer:
            matching.decide()
        self.conflicts += matching.conflicts
        self.owner_of = matching.owner_of
        for ref, record in matching.created.items():
            del self.others[ref]
            self.scope[ref] = record
            self.reasons[ref] = reasons = reasons_when_present(None, record, self.at)
            if reasons.is_active:
                self.active[ref] = ref
        if self.policy.prefer:
            self.linked = self._linked_records()
        return matching

    def _will_be_user(self, ref: Ref) -> bool:
        """Return whether a record owns a user that is not gone, once this plan is applied."""
        if ref in self.scope:
            return self.scope[ref] is not None and self.reasons.get(ref) is not None
        user = self.world.users.get(ref)
        return user is not None and user.row.gone_at is None

    def _linked_records(self) -> dict[Ref, list[UserRecord]]:
        linked: dict[Ref, list[UserRecord]] = {}
        for ref in sorted(self.owner_of):
            known = None if ref in self.world.gone else self.world.records.get(ref)
            record = self.others.get(ref, known)
            if record is not None:
                linked.setdefault(self.owner_of[ref], []).append(record)
        return linked

    def _plan_other(self, ref: Ref, record: UserRecord | None) -> None:
        if record is None or self._read(ref) is None:
            return
        is_same, is_settled = ref not in self.read, not record.rejections
        self._keep(Kind.USER, record, is_same=is_same, is_settled=is_settled)

    # ── rows ────────────────────────────────────────────────────────────────────────────────

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
        elif user is not None and not self._is_left_behind(user):
            self.conflicts.append(ambiguity.doubtful(user, record))
        is_settled = self._is_settled_person(record)
        if self._read(ref) is not None:
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
        if ref in self.gone_people:
            return self.gone_people[ref]
        return _GONE_BEFORE if ref in self.world.gone else None

    def _plan_present(
        self, ref: Ref, user: User | None, record: UserRecord, reasons: Reasons
    ) -> None:
        memberships = desired_memberships(
            record, user, self.departments.get, self.hidden_departments
        )
        primary = next((one for one, row in memberships.items() if row.is_primary), None)
        manager = record.fields.get(MANAGER)
        boss = self._boss((record.source, manager)) if manager else None
        told = record
        if self.policy.prefer:
            told, boss = self._preferred(ref, record)
        row = desired_row(told, reasons, boss, primary)
        was_read = ref in self.read
        if user is None:
            self.changes.append(users.created(ref, row))
        else:
            self.changes.extend(users.changed(user, row, was_read=was_read))
        self.changes.extend(users.membership_changes(ref, user, memberships, was_read=was_read))
        link = self.world.links.get(ref)
        if user is None or link is None or link.user_id != user.id:
            self.changes.append(users.linked(ref, link))

    def _boss(self, manager: tuple[str, str]) -> Ref | None:
        """Return the active user's owner whom a source names as somebody's manager."""
        found = self.active.get(manager)
        if found is None and self.owner_of:
            owner = self.owner_of.get(Ref(*manager))
            found = self.active.get(owner) if owner is not None else None
        return found

    def _preferred(self, ref: Ref, record: UserRecord) -> tuple[UserRecord, Ref | None]:
        """Return what the preferred sources say of somebody, and who the manager is."""
        linked, prefer = self.linked.get(ref, ()), self.policy.prefer
        manager = manager_of(record, linked, prefer.get(MANAGER, ()))
        told = resolved(record, linked, prefer)
        if "userid" in prefer:
            self.userids[ref] = told.fields.get("userid")
        return told, self._boss(manager) if manager is not None else None

    def _is_settled_person(self, record: UserRecord) -> bool:
        """Return whether the row says all that the record says.

        It does not while a department is missing, which may come later without any change of this
        record, and while a field is rejected (rule 13: tried again every time). A missing manager
        is no reason: whoever looks at the manager finds this record (`naming`). Of whom there is no
        row, nothing is left to say: only another entry makes somebody of a record like that.
        """
        source = record.source
        if record.rejections:
            return False
        if Ref(source, record.external_id) not in self.reasons:
            return True
        for one in record.memberships or () if source not in self.policy.others else ():
            if (source, one.department) not in self.departments:
                return False
        return self.reasons.get(Ref(source, record.external_id), NO_REASONS) is not None

    def _keep(
        self, kind: Kind, record: UserRecord | DepartmentRecord, *, is_same: bool, is_settled: bool
    ) -> None:
        """Write the record down where it or its digest differs from what is kept."""
        id_, reading = record.external_id, self.readings[record.source]
        digest = reading.digest(kind, id_) if is_settled else None
        if digest is not None and isinstance(record, UserRecord):
            manager = record.fields.get(MANAGER)
            digest = digest + mark(manager) if manager else digest
        if not is_same or digest != reading.stored_digest(kind, id_):
            self.records.append(RecordWrite(kind, record, digest))

    # ── conflicts ───────────────────────────────────────────────────────────────────────────

    def _collect_conflicts(self) -> None:
        for source, reading in self.readings.items():
            self.conflicts += ambiguity.rejected(source, reading.every_rejection())
            self.conflicts += ambiguity.withheld(source, reading.withheld)
        self.conflicts += ambiguity.userid_taken(self._holders())

    def _holders(self) -> dict[str, list[tuple[int | None, Ref]]]:
        """Return who bears a userid that several bear, of the active users concerned."""
        first: dict[str, Ref] = {}
        shared: dict[str, list[Ref]] = {}
        for ref in self.active.values():
            user = self.world.users.get(ref)
            record = self.scope.get(ref)
            userid = record.fields.get("userid") if record else user.row.userid if user else None
            userid = self.userids.get(ref, userid)
            if userid:
                key = fold_userid(userid)
                holder = first.setdefault(key, ref)
                if holder is not ref:
                    shared.setdefault(key, [holder]).append(ref)
        stored = self.world.users.get
        return {
            key: [(user.id if (user := stored(ref)) else None, ref) for ref in refs]
            for key, refs in shared.items()
            # Of others not everybody who bears the userid need be here.
            if any(ref in self.scope for ref in refs)
        }

    def _is_settled(self, conflict: Conflict) -> bool:
        """Return whether this plan has looked at what a stored conflict is about."""
        source, kind = conflict.source, conflict.kind
        if source in self.taken_from:
            return True
        reading = self.readings.get(source)
        if kind in ambiguity.SOURCE_WIDE:
            return reading is not None and reading.is_complete
        if kind in ambiguity.DEPARTMENT_KINDS:
            return self.plans_departments and source == self.policy.authority
        if kind is ConflictKind.REJECTED:
            return reading is not None and (
                reading.is_complete or conflict.external_id in reading.users
            )
        return self._has_looked_at(Ref(source, conflict.external_id), kind)

    def _has_looked_at(self, ref: Ref, kind: ConflictKind) -> bool:
        if ref not in self.scope and ref not in self.others:
            return False
        is_of_keys = kind in KEY_KINDS and self.policy.matching_field is not None
        return not is_of_keys or self.people is None or ref in self.matched


#: Found gone by an earlier plan, and yet active: another hand has changed the row.
_GONE_BEFORE = Cause("put_back")
#: Goes on under another id, as the source itself has told.
_RENAMED = Cause("renamed")
#: Missing, and not asked for again because too many are: a plan with this is always held.
_NOT_CONFIRMED = Cause("not_confirmed")
