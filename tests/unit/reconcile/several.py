"""A store in memory with several sources, to drive the planner with; see `memory`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from syncd.model.change import Plan
from syncd.model.conflict import ConflictKind, OpenConflict
from syncd.model.directory import Link, LinkMethod
from syncd.model.entry import Absence, Kind, Ref
from syncd.model.field import MANAGER
from syncd.model.record import DepartmentRecord, MembershipRecord, RecordState, UserRecord
from syncd.model.world import World
from syncd.reconcile.ambiguity import DEPARTMENT_KINDS, SOURCE_WIDE
from syncd.reconcile.assigning import Assignment, Desk, plan_assignments
from syncd.reconcile.naming import naming, says_the_same
from syncd.reconcile.normalize import fold_userid, matching_key
from syncd.reconcile.plan import make_plan
from syncd.reconcile.reading import Reading
from syncd.reconcile.settings import Limits, Policy
from tests.unit.reconcile.memory import NOW, Tables, digest

CORP, WECOM, HR = "corp", "wecom", "hr"
POLICY = Policy(CORP, "mobile", others=frozenset({WECOM, HR}))

Person = Mapping[str, str | None]


def person(source: str, id_: str, mobile: str | None = None, **fields: str | None) -> UserRecord:
    """Return somebody as a source sees them."""
    known = {"userid": id_, "name": f"Name {id_}", "mobile": mobile, "position": None} | fields
    places = (MembershipRecord("1", False, 0),)
    return UserRecord(source, id_, NOW, known, places, "1", RecordState.ACTIVE)


Record = UserRecord | DepartmentRecord


def root(source: str) -> DepartmentRecord:
    """Return the one department of a source."""
    return DepartmentRecord(source, "1", NOW, "Acme", None, None, 0, True)


def protecting(policy: Policy, *userids: str) -> Policy:
    """Return the policy with protected people."""
    return replace(policy, limits=Limits(protected=frozenset(userids)))


@dataclass(frozen=True, slots=True)
class Learnt:
    """Changed answers: who was asked, the records that were named or are, and the values."""

    sources: frozenset[str] = frozenset()
    refs: frozenset[Ref] = frozenset()
    keys: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Several:
    """A store, and the digests of the entries that its records were made of."""

    world: World = field(default_factory=World)
    digests: Mapping[tuple[Kind, Ref], bytes | None] = field(default_factory=dict)
    last_id: int = 0
    #: What has changed since the last plan of what sources said when they were asked.
    learnt: Learnt = field(default_factory=Learnt)

    # ── reading ─────────────────────────────────────────────────────────────────────────────

    def read(
        self,
        source: str,
        people: Collection[UserRecord],
        *,
        everything: bool = True,
        is_proof: bool = True,
    ) -> Reading:
        """Return a whole reading; without proof, nobody is gone."""
        shown: dict[tuple[Kind, Ref], Record] = {
            (Kind.USER, Ref(source, one.external_id)): one for one in people
        }
        shown[Kind.DEPARTMENT, Ref(source, "1")] = root(source)
        news = {
            key: one
            for key, one in shown.items()
            if everything or not says_the_same(self.digests.get(key), digest(one))
        }
        missing = {
            ref.external_id
            for kind, ref in self.digests
            if kind is Kind.USER and ref.source == source and (kind, ref) not in shown
        }
        return Reading(
            source,
            {ref.external_id: one for (_, ref), one in news.items() if isinstance(one, UserRecord)},
            {
                ref.external_id: one
                for (_, ref), one in news.items()
                if isinstance(one, DepartmentRecord)
            },
            {
                kind: {
                    ref.external_id: digest(one) for (of, ref), one in news.items() if of is kind
                }
                for kind in Kind
            },
            {
                kind: {
                    ref.external_id: self.digests[kind, ref]
                    for of, ref in news
                    if of is kind and (kind, ref) in self.digests
                }
                for kind in Kind
            },
            Absence(frozenset(missing)) if is_proof else Absence(),
            size=len(shown),
        )

    # ── planning ────────────────────────────────────────────────────────────────────────────

    def plan(self, readings: Collection[Reading], policy: Policy = POLICY) -> Plan:
        """Return the plan for everybody."""
        return make_plan(self.world, readings, policy, NOW)

    def plan_near(self, readings: Collection[Reading], policy: Policy = POLICY) -> Plan:
        """Return the plan for the neighbourhood of some readings, from that part of the world alone."""
        people, matched = self.neighbourhood(readings, policy)
        departments = any(reading.departments for reading in readings)
        return make_plan(
            self._around(people, readings, departments=departments),
            readings,
            policy,
            NOW,
            people=people,
            matched=matched,
            departments=departments,
        )

    def neighbourhood(
        self, readings: Collection[Reading], policy: Policy
    ) -> tuple[frozenset[Ref], frozenset[Ref]]:
        """Return whom the readings concern, and whose links are to be decided with them."""
        core: set[Ref] = set()
        keys: set[str | None] = set()
        for one in readings:
            core |= {Ref(one.source, id_) for id_ in (*one.users, *one.absence.gone_users)}
            if self.learnt.sources == {one.source}:
                core |= self.learnt.refs
                keys |= self.learnt.keys
            keys |= {matching_key("mobile", new.fields.get("mobile")) for new in one.users.values()}
        return self._near(core, keys - {None}, {one.source for one in readings}, policy)

    def _near(
        self, core: Collection[Ref], keys: Collection[str], read: Collection[str], policy: Policy
    ) -> tuple[frozenset[Ref], frozenset[Ref]]:
        doubted = {ref for source in (CORP, WECOM, HR) for ref in self._doubts(source)}
        matched = self.related({*core, *doubted}, keys)
        userids = self._userids(matched)
        people = matched | {
            owner
            for owner, user in self.world.users.items()
            if user.row.manager in matched
            or (user.row.userid and fold_userid(user.row.userid) in userids)
        }
        people |= self._naming(people, read, policy)
        return frozenset(people), frozenset(matched)

    def assignments(
        self, said: Mapping[Ref, Assignment], policy: Policy
    ) -> tuple[Plan, frozenset[Ref]]:
        """Return the plan of what a person says, from that part of the world, and what is refused."""
        core = {*said, *(one.owner for one in said.values() if one.owner is not None)}
        people, matched = self._near(core, (), (), policy)
        world = self._around(people, (), departments=False)
        desk = Desk(world, said, policy, also=False)
        refused = frozenset(
            ref for ref in said if not desk.is_so_already(ref) and desk.refusal(ref) is not None
        )
        wanted = {
            ref: one
            for ref, one in said.items()
            if ref not in refused and not desk.is_so_already(ref)
        }
        plan = plan_assignments(world, wanted, policy, NOW, people=people, matched=matched)
        return plan, refused

    def _naming(self, people: Collection[Ref], read: Collection[str], policy: Policy) -> set[Ref]:
        """Return whose records name one of some people, and whose users those are."""
        tell = policy.others if policy.creates or MANAGER in policy.prefer else frozenset()
        found = set()
        for source in tell | (set(read) - policy.others):
            kept = {
                ref.external_id: one
                for (kind, ref), one in self.digests.items()
                if kind is Kind.USER and ref.source == source
            }
            near = {ref.external_id for ref in people if ref.source == source}
            ids = naming(kept, near)
            if source not in read:
                ids |= {id_ for id_, one in kept.items() if one is None}
            found |= {Ref(source, id_) for id_ in ids}
        return found | self._with_links({ref for ref in found if ref.source in tell})

    def _doubts(self, source: str) -> Collection[Ref]:
        kind = ConflictKind.IDENTITY_DOUBTFUL
        return [
            ref
            for one in self.world.conflicts
            if one.conflict.kind is kind and one.conflict.source == source
            for ref in (
                Ref(source, one.conflict.external_id),
                Ref(
                    str(one.conflict.detail.get("former_source", source)),
                    str(one.conflict.detail.get("former")),
                ),
            )
        ]

    def related(self, refs: Collection[Ref], keys: Collection[str]) -> set[Ref]:
        """Return these records, and all that share a user or a value with them, and with those."""
        found, wanted = set(refs), set(keys)
        while True:
            users = {one.user_id for ref, one in self.world.links.items() if ref in found} - {None}
            more = {ref for ref, one in self.world.links.items() if one.user_id in users}
            keys = {
                ref: matching_key("mobile", record.fields.get("mobile"))
                for ref, record in self.world.records.items()
            }
            wanted |= {key for ref, key in keys.items() if key and ref in found}
            told = self.world.found.items()
            wanted |= {key for ref, values in told if ref in found for _, key in values}
            more |= {ref for ref, key in keys.items() if key in wanted} - self.world.gone
            named = {ref for ref, values in told for _, key in values if key in wanted}
            more |= (named & self.world.records.keys()) - self.world.gone
            if more <= found:
                return found
            found |= more

    def _userids(self, people: Collection[Ref]) -> set[str]:
        users = (self.world.users.get(key) for key in people)
        return {fold_userid(one.row.userid) for one in users if one and one.row.userid}

    def _around(
        self, people: Collection[Ref], readings: Collection[Reading], *, departments: bool
    ) -> World:
        world, near = self.world, set(people)
        userids = self._userids(people)
        known = (world.records.get(ref) for ref in people)
        userids |= {fold_userid(one.fields.get("userid") or "") for one in known if one}
        for reading in readings:
            for new in reading.users.values():
                userids.add(fold_userid(new.fields.get("userid") or ""))
                near.add(Ref(reading.source, new.fields.get(MANAGER) or ""))
        near |= {
            owner
            for owner, user in world.users.items()
            if user.row.userid and fold_userid(user.row.userid) in userids
        }
        near = self._with_links(near)
        near |= {one.row.manager for key in near if (one := world.users.get(key))} - {None}
        near |= {
            Ref(key.source, one)
            for key in near
            if (known := world.records.get(key)) and (one := known.fields.get(MANAGER))
        }
        near = self._with_links(near)
        return World(
            {key: one for key, one in world.users.items() if key in near},
            {key: one for key, one in world.links.items() if key in near},
            {key: one for key, one in world.records.items() if key in near},
            world.gone & near,
            world.departments,
            world.department_records if departments else {},
            tuple(one for one in world.conflicts if _concerns(one, near, departments=departments)),
            {ref: values for ref, values in world.found.items() if ref in near},
        )

    def _with_links(self, refs: Collection[Ref]) -> set[Ref]:
        users = {one.user_id for ref, one in self.world.links.items() if ref in refs} - {None}
        return {*refs, *(ref for ref, one in self.world.links.items() if one.user_id in users)}

    # ── applying ────────────────────────────────────────────────────────────────────────────

    def apply(self, plan: Plan) -> "Several":
        """Return the store after a plan, as if it had been one transaction."""
        tables = Tables(self.world, self.last_id)
        tables.carry_out(plan)
        world, digests = self.world, dict(self.digests)
        records, gone = dict(world.records), set(world.gone)
        departments = dict(world.department_records)
        for kind, record, value in plan.records:
            key = Ref(record.source, record.external_id)
            digests[kind, key] = value
            if isinstance(record, UserRecord):
                records[key] = record
                gone.discard(key)
            else:
                departments[key] = record
        for kind, key in plan.gone:
            digests.pop((kind, key))
            if kind is Kind.USER:
                gone.add(key)
            else:
                departments.pop(key)
        return Several(
            World(
                tables.users,
                tables.links,
                records,
                frozenset(gone),
                tables.departments,
                departments,
                tables.conflicts(plan),
                world.found,
            ),
            digests,
            tables.last_id,
        )

    def sync(
        self, policy: Policy = POLICY, *, near: bool = False, **people: Collection[UserRecord]
    ) -> "Several":
        """Return the store after one run that reads these sources."""
        readings = [self.read(one, who, everything=not near) for one, who in people.items()]
        plan = self.plan_near if near else self.plan
        return self.apply(plan(readings, policy))

    def told(self, source: str, answers: Mapping[str, str | None]) -> "Several":
        """Return the store after a source has said whose some numbers are: number → id."""
        keys = {matching_key("mobile", number): id_ for number, id_ in answers.items()}
        before = {
            key: ref.external_id
            for ref, values in self.world.found.items()
            if ref.source == source
            for _, key in values
        }
        changed = {key for key, id_ in keys.items() if key and before.get(key) != id_}
        now = {**before, **{key: id_ for key, id_ in keys.items() if key}}
        named = {before.get(key) for key in changed} | {now[key] for key in changed}
        found: dict[Ref, list[tuple[str, str]]] = {}
        for key, id_ in sorted(now.items()):
            if id_ is not None:
                found.setdefault(Ref(source, id_), []).append(("mobile", key))
        learnt = Learnt(
            frozenset({source}),
            frozenset(Ref(source, id_) for id_ in named if id_ is not None),
            frozenset(changed),
        )
        others = {ref: one for ref, one in self.world.found.items() if ref.source != source}
        told = {**others, **{ref: tuple(values) for ref, values in found.items()}}
        return replace(self, world=replace(self.world, found=told), learnt=learnt)

    def linked_by_hand(self, ref: Ref, owner: Ref | None) -> "Several":
        """Return the store after a person has said whose a record is, or that it is nobody's."""
        user = None if owner is None else self.world.users[owner].id
        known = self.world.links.get(ref)
        link = Link(known.id if known else self.last_id + 1, ref, user, LinkMethod.MANUAL, None)
        world = replace(self.world, links={**self.world.links, ref: link})
        return replace(self, world=world, last_id=self.last_id + 1)

    # ── looking ─────────────────────────────────────────────────────────────────────────────

    def owner(self, source: str, id_: str) -> str | None:
        """Return the record that owns a record's user, as `source:id`; None for nobody's."""
        link = self.world.links.get(Ref(source, id_))
        owners = {user.id: ref for ref, user in self.world.users.items()}
        return None if link is None or link.user_id is None else str(owners[link.user_id])

    def conflicts(self, kind: ConflictKind) -> dict[str, Mapping[str, object]]:
        """Return the details of the open conflicts of a kind, by record."""
        return {
            f"{one.conflict.source}:{one.conflict.external_id}": one.conflict.detail
            for one in self.world.conflicts
            if one.conflict.kind is kind
        }

    def active_directory(self) -> dict[str, object]:
        """Return active users by the record that owns them, and whose every record is."""
        owners = {user.id: ref for ref, user in self.world.users.items() if user.row.is_active}
        return {
            "people": {
                str(ref): (user.row, dict(user.memberships))
                for ref, user in self.world.users.items()
                if user.row.is_active
            },
            "links": {
                str(ref): str(owners[link.user_id])
                for ref, link in self.world.links.items()
                if link.user_id in owners
            },
        }


def _concerns(one: OpenConflict, people: Collection[Ref], *, departments: bool) -> bool:
    conflict = one.conflict
    if conflict.kind in SOURCE_WIDE or conflict.kind is ConflictKind.REJECTED:
        return True
    if conflict.kind in DEPARTMENT_KINDS:
        return departments
    return Ref(conflict.source, conflict.external_id) in people
