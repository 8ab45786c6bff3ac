"""A store in memory that does with a plan what the real one does, to drive the planner with.

It refuses what a database would refuse (a parent, manager or department that is not there, a
conflict that is open already, a row that is not as the plan says that it was), so a plan that
cannot be applied fails the test that made it.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import TypeVar

from syncd.model.change import Action, Change, Entity, Plan, Population
from syncd.model.conflict import ConflictKind, OpenConflict
from syncd.model.directory import Department, Link, LinkRow, Row, User
from syncd.model.entry import Absence, Hidden, Kind, Ref
from syncd.model.field import MANAGER, TEXT_FIELDS
from syncd.model.record import DepartmentRecord, MembershipRecord, RecordState, UserRecord
from syncd.model.world import World
from syncd.reconcile.ambiguity import DEPARTMENT_KINDS, SOURCE_WIDE
from syncd.reconcile.differing import DOUBTS, Differing, departments_after
from syncd.reconcile.naming import naming, says_the_same
from syncd.reconcile.normalize import canonical, fold_userid
from syncd.reconcile.plan import make_plan
from syncd.reconcile.reading import Reading
from syncd.reconcile.rekey import former_of, keys_in_question
from syncd.reconcile.settings import Policy

SOURCE = "corp"
NOW = datetime(2026, 1, 1, 8, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
POLICY = Policy(authority=SOURCE)

T = TypeVar("T", UserRecord, DepartmentRecord)


def ref(id_: str) -> Ref:
    """Return the reference of a record of the one source."""
    return Ref(SOURCE, id_)


def person(
    id_: str,
    *departments: str | MembershipRecord,
    main: str | None = None,
    state: RecordState | None = RecordState.ACTIVE,
    unknown: Collection[str] = (),
    may_create: bool = True,
    **fields: str | None,
) -> UserRecord:
    """Return a person with every field known, but those named as unknown."""
    known = dict.fromkeys((*TEXT_FIELDS, MANAGER)) | {"userid": id_, "name": f"Name {id_}"}
    known |= fields
    return UserRecord(
        SOURCE,
        id_,
        NOW,
        {name: value for name, value in known.items() if name not in unknown},
        tuple(
            one if isinstance(one, MembershipRecord) else MembershipRecord(one, False, 0)
            for one in departments
        ),
        main,
        state,
        may_create,
    )


def department(
    id_: str,
    parent: str | None = "1",
    name: str | None = "",
    *,
    is_top: bool = False,
    order: int = 0,
) -> DepartmentRecord:
    """Return a department, called by its id unless another name is given."""
    called = f"D{id_}" if name == "" else name
    return DepartmentRecord(SOURCE, id_, NOW, called, None, parent, order, is_top)


ROOT = department("1", None)


@dataclass(frozen=True, slots=True)
class Company:
    """What the source would say in a whole reading."""

    departments: Mapping[str, DepartmentRecord]
    people: Mapping[str, UserRecord]

    @classmethod
    def of(cls, *records: UserRecord | DepartmentRecord) -> "Company":
        """Return the company of these records, in their order."""
        return cls(
            {one.external_id: one for one in records if isinstance(one, DepartmentRecord)},
            {one.external_id: one for one in records if isinstance(one, UserRecord)},
        )

    def plus(self, *records: UserRecord | DepartmentRecord) -> "Company":
        """Return the company with more records, or other ones in place of the same ids."""
        return Company.of(*self.departments.values(), *self.people.values(), *records)

    def minus(self, *ids: str) -> "Company":
        """Return the company without some people; a department is named `department:<id>`."""
        return Company(
            {id_: one for id_, one in self.departments.items() if f"department:{id_}" not in ids},
            {id_: one for id_, one in self.people.items() if id_ not in ids},
        )


def digest(record: UserRecord | DepartmentRecord) -> bytes:
    """Return what stands for everything a record says, besides when it was read."""
    text = repr(replace(record, read_at=NOW)).encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=16).digest()


Hiding = Mapping[str, Hidden]


@dataclass(frozen=True, slots=True)
class Memory:
    """A store: what it holds, and the digests of the entries that its records were made of."""

    world: World = field(default_factory=World)
    digests: Mapping[tuple[Kind, str], bytes | None] = field(default_factory=dict)
    last_id: int = 0

    # ── reading ─────────────────────────────────────────────────────────────────────────────

    def read(
        self,
        company: Company,
        *,
        everything: bool = True,
        is_proof: bool = True,
        hidden: Hiding | None = None,
        hidden_departments: Hiding | None = None,
    ) -> Reading:
        """Return a whole reading; without proof, whoever is missing is neither gone nor hidden.

        Of `hidden`, those count who are missing: a source hides nobody whom it shows.
        """
        news = {
            (kind, one.external_id): one
            for kind, ones in ((Kind.DEPARTMENT, company.departments), (Kind.USER, company.people))
            for one in ones.values()
            if everything
            or not says_the_same(self.digests.get((kind, one.external_id)), digest(one))
        }
        seen_people = {id_ for kind, id_ in self.digests if kind is Kind.USER}
        seen_departments = {id_ for kind, id_ in self.digests if kind is Kind.DEPARTMENT}
        hidden = {
            id_: why
            for id_, why in (hidden or {}).items()
            if id_ in seen_people - company.people.keys()
        }
        hidden_departments = {
            id_: why
            for id_, why in (hidden_departments or {}).items()
            if id_ in seen_departments - company.departments.keys()
        }
        absence = Absence(
            frozenset(seen_people - company.people.keys() - hidden.keys()),
            frozenset(seen_departments - company.departments.keys() - hidden_departments.keys()),
            hidden_users=hidden,
            hidden_departments=hidden_departments,
        )
        return replace(
            self._reading(news),
            absence=absence if is_proof else Absence(),
            size=len(company.people) + len(company.departments),
        )

    def read_person(self, record: UserRecord) -> Reading:
        """Return the reading of one person, which proves nothing about the others."""
        return replace(self._reading({(Kind.USER, record.external_id): record}), is_complete=False)

    def _reading(self, news: Mapping[tuple[Kind, str], UserRecord | DepartmentRecord]) -> Reading:
        return Reading(
            SOURCE,
            {id_: one for (_, id_), one in news.items() if isinstance(one, UserRecord)},
            {id_: one for (_, id_), one in news.items() if isinstance(one, DepartmentRecord)},
            {
                kind: {id_: digest(one) for (of, id_), one in news.items() if of is kind}
                for kind in Kind
            },
            {
                kind: {
                    id_: self.digests[kind, id_]
                    for of, id_ in news
                    if of is kind and (kind, id_) in self.digests
                }
                for kind in Kind
            },
        )

    # ── planning ────────────────────────────────────────────────────────────────────────────

    def plan(self, reading: Reading, policy: Policy = POLICY, at: datetime = NOW) -> Plan:
        """Return the plan for everybody."""
        return make_plan(self.world, reading, policy, at)

    def plan_near(self, reading: Reading, policy: Policy = POLICY, at: datetime = NOW) -> Plan:
        """Return the plan for the neighbourhood of a reading, from that part of the world alone."""
        people = self.neighbourhood(reading, policy)
        departments = plans_departments(reading)
        world = self.around(people, reading, departments=departments)
        return make_plan(world, reading, policy, at, people=people, departments=departments)

    def plan_in_parts(
        self, reading: Reading, policy: Policy = POLICY, at: datetime = NOW, *, size: int = 1
    ) -> Plan:
        """Return the plan for everybody as a full pass makes it, `size` people at a time."""
        news = self.core(reading, policy)
        search = self.differing(reading, policy, at, size=size)
        people = self.around_them(news | search.people, reading)
        world = self.around(people, reading, departments=True, userids=search.userids)
        return make_plan(world, reading, policy, at, people=people)

    def differing(
        self, reading: Reading, policy: Policy = POLICY, at: datetime = NOW, *, size: int = 1
    ) -> Differing:
        """Return who is not what their record says, found as the store's parts show it."""
        world = self.world
        doubts = (one.conflict for one in world.conflicts if one.conflict.kind in DOUBTS)
        search = Differing(
            policy,
            at,
            departments_after(replace(world, users={}, links={}), [reading], policy, at),
            {ref(one.external_id) for one in doubts} | self._sharing(),
        )
        everybody = sorted(world.records.keys() | world.users.keys())
        nothing = Reading(SOURCE)
        for at_ in range(0, len(everybody), size):
            part = frozenset(everybody[at_ : at_ + size])
            search.look(part, self.around(part, nothing, departments=False))
        return search

    def _sharing(self) -> set[Ref]:
        userids = Counter(
            fold_userid(one.row.userid) for one in self.world.users.values() if one.row.userid
        )
        return {
            key
            for key, one in self.world.users.items()
            if one.row.userid and userids[fold_userid(one.row.userid)] > 1
        }

    def neighbourhood(self, reading: Reading, policy: Policy = POLICY) -> frozenset[Ref]:
        """Return who is read, gone or hidden, and every user whose row depends on them."""
        return self.around_them(self.core(reading, policy), reading)

    def core(self, reading: Reading, policy: Policy = POLICY) -> frozenset[Ref]:
        """Return who is read, gone or hidden, and whom a decision about new ids depends on."""
        absence = reading.absence
        core = {ref(id_) for id_ in (*reading.users, *absence.gone_users, *absence.hidden_users)}
        core |= {ref(id_) for pair in reading.renames.items() for id_ in pair}
        return frozenset(core | self._around_renames(reading, policy))

    def around_them(self, core: frozenset[Ref], reading: Reading) -> frozenset[Ref]:
        """Return some people, and every user whose row depends on them."""
        absence = reading.absence
        emptied = {ref(id_) for id_ in (*absence.gone_departments, *absence.hidden_departments)}
        userids = self._userids(core)
        near = core | {
            owner
            for owner, user in self.world.users.items()
            if user.row.manager in core
            or emptied & user.memberships.keys()
            or (user.row.userid and fold_userid(user.row.userid) in userids)
        }
        kept = {id_: one for (kind, id_), one in self.digests.items() if kind is Kind.USER}
        return near | {ref(id_) for id_ in naming(kept, {one.external_id for one in near})}

    def _around_renames(self, reading: Reading, policy: Policy) -> set[Ref]:
        """Return whom a decision about new ids depends on: who is doubted, who has the values."""
        doubts = {
            ref(one.conflict.external_id): (former, one.conflict.key_value)
            for one in self.world.conflicts
            if (former := former_of(one.conflict)) is not None
        }
        field = policy.common_field
        found = {one for new, (former, _) in doubts.items() for one in (new, former)}
        if field is None:
            return found
        known = self.world.records
        went = [known[key] for id_ in reading.absence.gone_users if (key := ref(id_)) in known]
        keys = keys_in_question(went, list(reading.users.values()), field)
        keys |= {key for _, key in doubts.values() if key}
        return found | {
            key
            for key, one in known.items()
            if canonical(field, one.fields.get(field)) in keys and key not in self.world.gone
        }

    def around(
        self,
        people: Collection[Ref],
        reading: Reading,
        *,
        departments: bool,
        userids: Collection[str] = (),
    ) -> World:
        """Return what the store loads for some people: them, their managers, their userids."""
        named = {ref(one) for new in reading.users.values() if (one := new.fields.get(MANAGER))}
        userids = {*userids, *self._userids(people)}
        records = (self.world.records.get(key) for key in people if key not in self.world.users)
        known = [one for one in (*reading.users.values(), *records) if one is not None]
        userids |= {fold_userid(one.fields.get("userid") or "") for one in known}
        near = {
            *people,
            *named,
            *(
                owner
                for owner, user in self.world.users.items()
                if user.row.userid and fold_userid(user.row.userid) in userids
            ),
        }
        near |= {one.row.manager for key in near if (one := self.world.users.get(key))} - {None}
        near |= {
            ref(one)
            for key in near
            if (known := self.world.records.get(key)) and (one := known.fields.get(MANAGER))
        }
        world = self.world
        return World(
            {key: one for key, one in world.users.items() if key in near},
            {key: one for key, one in world.links.items() if key in near},
            {key: one for key, one in world.records.items() if key in near},
            world.gone & near,
            world.departments,
            world.department_records if departments else {},
            tuple(one for one in world.conflicts if _concerns(one, near, departments=departments)),
        )

    def _userids(self, people: Collection[Ref]) -> set[str]:
        users = (self.world.users.get(key) for key in people)
        return {fold_userid(one.row.userid) for one in users if one and one.row.userid}

    # ── applying ────────────────────────────────────────────────────────────────────────────

    def apply(self, plan: Plan) -> "Memory":
        """Return the store after a plan, as if it had been one transaction."""
        tables = Tables(self.world, self.last_id)
        tables.carry_out(plan)
        world, digests = self.world, dict(self.digests)
        records, gone = dict(world.records), set(world.gone)
        departments = dict(world.department_records)
        for kind, record, value in plan.records:
            key = ref(record.external_id)
            digests[kind, record.external_id] = value
            if isinstance(record, UserRecord):
                records[key] = record
                gone.discard(key)
            else:
                departments[key] = record
        for kind, key in plan.gone:
            digests.pop((kind, key.external_id))
            if kind is Kind.USER:
                gone.add(key)
            else:
                departments.pop(key)
        return Memory(
            World(
                tables.users,
                tables.links,
                records,
                frozenset(gone),
                tables.departments,
                departments,
                tables.conflicts(plan),
            ),
            digests,
            tables.last_id,
        )

    def sync(
        self,
        company: Company,
        policy: Policy = POLICY,
        at: datetime = NOW,
        **reading: object,
    ) -> "Memory":
        """Return the store after a whole reading; `reading` is what `read` takes."""
        return self.apply(self.plan(self.read(company, **reading), policy, at))  # type: ignore[arg-type]  # handed through

    def sync_near(
        self,
        company: Company,
        policy: Policy = POLICY,
        at: datetime = NOW,
        **reading: object,
    ) -> "Memory":
        """Return the store after a run that only looks at what is news."""
        read = self.read(company, everything=False, **reading)  # type: ignore[arg-type]  # handed through
        return self.apply(self.plan_near(read, policy, at))

    def sync_person(self, record: UserRecord, at: datetime = NOW) -> "Memory":
        """Return the store after a reading of one person."""
        return self.apply(self.plan_near(self.read_person(record), at=at))

    # ── looking ─────────────────────────────────────────────────────────────────────────────

    def with_sources(self, **names: str) -> "Memory":
        """Return the store as if these sources had other names; nothing is known of entries."""
        world = self.world

        def name(source: str) -> str:
            return names.get(source, source)

        def named(key: Ref | None) -> Ref | None:
            return key and key._replace(source=name(key.source))

        def row(one: Row) -> Row:
            refs = {
                of: named(value) for of, value in one._asdict().items() if isinstance(value, Ref)
            }
            return one._replace(**refs)

        def records(of: Mapping[Ref, T]) -> dict[Ref, T]:
            return {named(key): replace(one, source=name(one.source)) for key, one in of.items()}

        return Memory(
            World(
                {
                    named(key): User(
                        user.id,
                        named(key),
                        row(user.row),
                        {named(one): place for one, place in user.memberships.items()},
                    )
                    for key, user in world.users.items()
                },
                {named(key): replace(one, ref=named(key)) for key, one in world.links.items()},
                records(world.records),
                frozenset(map(named, world.gone)),
                {
                    named(key): replace(one, ref=named(key), row=row(one.row))
                    for key, one in world.departments.items()
                },
                records(world.department_records),
                tuple(
                    replace(one, conflict=replace(one.conflict, source=name(one.conflict.source)))
                    for one in world.conflicts
                ),
            ),
            {},
            self.last_id,
        )

    def user(self, id_: str) -> User:
        """Return the user of a record."""
        return self.world.users[ref(id_)]

    def conflicts(self, kind: ConflictKind) -> dict[str, OpenConflict]:
        """Return the open conflicts of a kind by what they concern."""
        return {
            one.conflict.external_id: one
            for one in self.world.conflicts
            if one.conflict.kind is kind
        }

    def accept(self, kind: ConflictKind, external_id: str) -> "Memory":
        """Return the store after a person has let go whoever a conflict names."""
        one = self.conflicts(kind)[external_id]
        detail = one.conflict.detail
        named = {
            *detail["people"],  # type: ignore[misc]  # JSON
            *(f"department:{id_}" for id_ in detail["departments"]),  # type: ignore[attr-defined]  # JSON
        }
        accepted = replace(one, accepted=one.accepted | named)
        rest = (accepted if other is one else other for other in self.world.conflicts)
        return replace(self, world=replace(self.world, conflicts=tuple(rest)))

    def changed_by_hand(self, id_: str, **columns: object) -> "Memory":
        """Return the store after another program has written into a user's row."""
        user = self.user(id_)
        changed = replace(user, row=user.row._replace(**columns))  # type: ignore[arg-type]  # any
        users = {**self.world.users, ref(id_): changed}
        return replace(self, world=replace(self.world, users=users))

    def department_changed_by_hand(self, id_: str, **columns: object) -> "Memory":
        """Return the store after another program has written into a department's row."""
        one = self.world.departments[ref(id_)]
        changed = replace(one, row=one.row._replace(**columns))  # type: ignore[arg-type]  # any
        departments = {**self.world.departments, ref(id_): changed}
        return replace(self, world=replace(self.world, departments=departments))

    def active_directory(self) -> dict[str, object]:
        """Return the active directory (contract, section 2): no ids, times or inactive rows."""
        people = {
            key.external_id: (
                user.row._replace(main_department=None),
                dict(user.memberships),
            )
            for key, user in self.world.users.items()
            if user.row.is_active
        }
        departments = {
            key.external_id: one.row
            for key, one in self.world.departments.items()
            if one.row.is_active
        }
        return {"people": people, "departments": departments}

    def population(self) -> Population:
        """Return the counts that the guards take their shares of."""
        active = [one for one in self.world.users.values() if one.row.is_active]
        values = {
            name: sum(bool(getattr(one.row, name)) for one in active)
            for name in (*TEXT_FIELDS, MANAGER)
        }
        return Population(
            len(active),
            sum(one.row.is_active for one in self.world.departments.values()),
            sum(len(one.memberships) for one in self.world.users.values()),
            {SOURCE: len(self.world.links)},
            values,
        )


def plans_departments(reading: Reading) -> bool:
    """Return whether a reading has to do with departments at all."""
    absence = reading.absence
    return bool(reading.departments or absence.gone_departments or absence.hidden_departments)


def _concerns(one: OpenConflict, people: Collection[Ref], *, departments: bool) -> bool:
    conflict = one.conflict
    if conflict.kind in SOURCE_WIDE or conflict.kind is ConflictKind.REJECTED:
        return True
    if conflict.kind in DEPARTMENT_KINDS:
        return departments
    return ref(conflict.external_id) in people


class Tables:
    """The rows of a store while a plan is written into them."""

    def __init__(self, world: World, last_id: int) -> None:
        self.users = dict(world.users)
        self.links = dict(world.links)
        self.departments = dict(world.departments)
        self.last_id = last_id
        self._conflicts = world.conflicts
        self._former: Mapping[Ref, Ref] = {}

    def _owner(self, ref_: Ref) -> int:
        """Return the user of the record that owned it before, or owns it now."""
        by_former = {old: new for new, old in self._former.items()}
        return self.users[by_former.get(ref_, ref_)].id

    def carry_out(self, plan: Plan) -> None:
        """Write all changes of a plan."""
        self.succeed(plan.former)
        for change in plan.changes:
            self.write(change)
        self.check()

    def write(self, change: Change) -> None:
        write = {
            Entity.DEPARTMENT: self._department,
            Entity.USER: self._user,
            Entity.MEMBERSHIP: self._membership,
            Entity.LINK: self._link,
        }
        write[change.entity](change)

    def _id(self, change: Change) -> int:
        if change.entity_id is not None:
            return change.entity_id
        self.last_id += 1
        return self.last_id

    def _department(self, change: Change) -> None:
        old = self.departments.get(change.ref)
        assert (old and old.id) == change.entity_id
        assert (old and old.row) == change.before
        assert change.after.parent is None or change.after.parent in self.departments
        self.departments[change.ref] = Department(self._id(change), change.ref, change.after)

    def _user(self, change: Change) -> None:
        old = self.users.get(change.ref)
        assert (old and old.id) == change.entity_id
        assert (old and old.row) == change.before
        memberships = old.memberships if old else {}
        self.users[change.ref] = User(self._id(change), change.ref, change.after, memberships)

    def _membership(self, change: Change) -> None:
        user = self.users[change.ref]
        assert change.entity_id in {None, user.id}
        memberships = dict(user.memberships)
        assert memberships.pop(change.department, None) == change.before
        assert (change.action is Action.REMOVE) == (change.after is None)
        if change.after is not None:
            memberships[change.department] = change.after
        self.users[change.ref] = replace(user, memberships=memberships)

    def _rekey(self, change: Change) -> None:
        former = change.before.user
        link = self.links.pop(former)
        assert link.id == change.entity_id
        assert change.before == LinkRow(former, link.method, link.key_value)
        assert change.ref not in self.links
        assert change.after.user == change.ref
        assert self.users[change.ref].id == link.user_id
        self.links[change.ref] = replace(link, ref=change.ref)

    def succeed(self, former: Mapping[Ref, Ref]) -> None:
        """Give users other owners; whoever was managed by the one is managed by the other."""
        new_owner = {old: new for new, old in former.items()}
        assert len(new_owner) == len(former)
        assert not former.keys() & self.users.keys()
        self.users = {
            new_owner.get(key, key): replace(
                user,
                owner=new_owner.get(key, key),
                row=user.row._replace(manager=new_owner.get(user.row.manager, user.row.manager)),
            )
            for key, user in self.users.items()
        }
        self._former = former

    def _link(self, change: Change) -> None:
        if change.action is Action.REKEY:
            self._rekey(change)
            return
        old = self.links.get(change.ref)
        assert (old and old.id) == change.entity_id
        row = change.after
        if old is not None:
            before = change.before
            owner = None if before.user is None else self._owner(before.user)
            assert owner == old.user_id
            assert (before.method, before.key_value) == (old.method, old.key_value)
        if row is None:
            assert change.action is Action.UNLINK
            del self.links[change.ref]
            return
        user = None if row.user is None else self.users[row.user].id
        self.links[change.ref] = Link(self._id(change), change.ref, user, row.method, row.key_value)

    def check(self) -> None:
        """Fail where a foreign key would."""
        for user in self.users.values():
            assert user.row.manager is None or user.row.manager in self.users
            assert user.memberships.keys() <= self.departments.keys()
            main = user.row.main_department
            assert main is None or main in self.departments
            primaries = [key for key, row in user.memberships.items() if row.is_primary]
            assert len(primaries) == bool(user.memberships)
            assert not user.memberships or primaries == [main]

    def conflicts(self, plan: Plan) -> tuple[OpenConflict, ...]:
        """Return the open conflicts after the plan."""
        by_id = {one.id: one for one in self._conflicts}
        for before, after in plan.changed:
            by_id[before.id] = replace(by_id[before.id], conflict=after)
        for one in plan.resolved:
            del by_id[one.id]
        for one in plan.opened:
            self.last_id += 1
            by_id[self.last_id] = OpenConflict(self.last_id, one, 1, 1)
        keys = [one.conflict.key for one in by_id.values()]
        assert len(keys) == len(set(keys)), "a conflict was opened twice"
        return tuple(by_id.values())
