"""A corporation in memory that may be changed while it is being read."""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from operator import itemgetter
from typing import Any, TypeVar

from syncd.errors import UsageError
from syncd.simulator.entities import ROOT, App, Contacts, Department, Member, Tag

_K = TypeVar("_K")
_V = TypeVar("_V")


class Company:
    """Departments, members, tags and callers, with the indexes that answers are made from.

    Every method takes the lock, and every change raises `version`, so that prepared answers
    know when they are stale. Nothing is validated beyond what keeps the indexes true: a test
    may put in what a real corporation never would. The rules of the writing endpoints are in
    `endpoints/editing.py`.
    """

    def __init__(
        self,
        *,
        corp_id: str,
        contacts: Contacts,
        apps: Iterable[App] = (),
        departments: Iterable[Department] = (),
        members: Iterable[Member] = (),
        tags: Iterable[Tag] = (),
    ) -> None:
        """Take the parts over; a root department is added when there is none."""
        self.lock = threading.RLock()
        self.corp_id = corp_id
        self.contacts = contacts
        self.version = 0
        self.rights_version = 0
        self.page_versions: Counter[int] = Counter()
        self._apps = {app.agentid: app for app in apps}
        self._tags = {tag.tagid: tag for tag in tags}
        self._departments: dict[int, Department] = {}
        self._children: dict[int, dict[int, None]] = {}
        self._members: dict[str, Member] = {}
        self._serials: dict[str, int] = {}
        self._inside: dict[int, dict[str, None]] = {}
        self._reports: dict[str, set[str]] = {}
        self._next_serial = 1
        self._order: tuple[int, list[tuple[int, Member]]] | None = None
        for department in departments:
            self.put_department(department)
        if ROOT not in self._departments:
            self.put_department(Department(ROOT, corp_id, parentid=0))
        for member in members:
            self.put_member(member)

    def parts(self) -> dict[str, Any]:
        """Return what a company like this one, as it is now, is made from."""
        with self.lock:
            return {
                "corp_id": self.corp_id,
                "contacts": self.contacts,
                "apps": self.apps,
                "departments": tuple(self._departments.values()),
                "members": tuple(self._members.values()),
                "tags": self.tags,
            }

    # ── reading ──────────────────────────────────────────────────────────────

    @property
    def apps(self) -> tuple[App, ...]:
        """All apps, in the order they were made."""
        return tuple(self._apps.values())

    @property
    def tags(self) -> tuple[Tag, ...]:
        """All tags, in the order they were made."""
        return tuple(self._tags.values())

    @property
    def departments(self) -> Mapping[int, Department]:
        """Every department by id."""
        return self._departments

    @property
    def members(self) -> Mapping[str, Member]:
        """Every member by case-folded userid, in the order of joining."""
        return self._members

    def app(self, agentid: int) -> App:
        """Return an app.

        Raises:
            UsageError: There is no app with this id.
        """
        return _known(self._apps, agentid, "app")

    def department(self, department: int) -> Department:
        """Return a department.

        Raises:
            UsageError: There is no department with this id.
        """
        return _known(self._departments, department, "department")

    def member(self, userid: str) -> Member:
        """Return a member, whatever the case of the userid.

        Raises:
            UsageError: There is no member with this userid.
        """
        return _known(self._members, userid.casefold(), "member")

    def tag(self, tagid: int) -> Tag:
        """Return a tag.

        Raises:
            UsageError: There is no tag with this id.
        """
        return _known(self._tags, tagid, "tag")

    def serial(self, userid: str) -> int:
        """Return the member's place in the order of joining; it never changes."""
        return self._serials[userid.casefold()]

    def in_order(self) -> list[tuple[int, Member]]:
        """Return every member with their serial, in the order of joining."""
        if self._order is None or self._order[0] != self.version:
            rows = [(self._serials[key], member) for key, member in self._members.items()]
            # a member with a new userid stands last among the members and keeps the serial
            rows.sort(key=itemgetter(0))
            self._order = (self.version, rows)
        return self._order[1]

    def children(self, department: int) -> tuple[int, ...]:
        """Return the ids of the departments directly below."""
        return tuple(self._children.get(department, ()))

    def subtree(self, department: int) -> Iterator[int]:
        """Yield a department's id and those of all below it, parents first."""
        seen = {department}
        waiting = [department]
        while waiting:
            here = waiting.pop(0)
            yield here
            below = [child for child in self.children(here) if child not in seen]
            seen.update(below)
            waiting.extend(below)

    def members_in(self, department: int) -> list[Member]:
        """Return the members who are directly in a department."""
        return [self._members[key] for key in self._inside.get(department, ())]

    # ── changing ─────────────────────────────────────────────────────────────

    def put_member(self, member: Member) -> None:
        """Add a member, or replace the one with the same userid."""
        with self.lock:
            key = member.key
            self._unindex(key)
            self._members[key] = member
            if key not in self._serials:
                self._serials[key] = self._next_serial
                self._next_serial += 1
            for department in member.departments:
                self._inside.setdefault(department, {})[key] = None
                self.page_versions[department] += 1
            for leader in member.leaders:
                self._reports.setdefault(leader.casefold(), set()).add(key)
            self.version += 1

    def remove_member(self, userid: str) -> None:
        """Remove a member, also from tags and wherever they lead somebody.

        Raises:
            UsageError: There is no member with this userid.
        """
        with self.lock:
            self._drop(self.member(userid).key, ())

    def rename_userid(self, userid: str, new_userid: str) -> None:
        """Give a member another userid; the place in the listing stays.

        Raises:
            UsageError: There is no such member, or the new userid is taken.
        """
        with self.lock:
            member = self.member(userid)
            if new_userid.casefold() != member.key and new_userid.casefold() in self._members:
                raise UsageError(f"The userid {new_userid!r} is taken.")
            serial = self._serials[member.key]
            self._drop(member.key, (new_userid,))
            self._serials[new_userid.casefold()] = serial
            self.put_member(member.changed({"userid": new_userid}))

    def put_department(self, department: Department) -> None:
        """Add a department, or replace the one with the same id."""
        with self.lock:
            old = self._departments.get(department.id)
            if old is not None and old.parentid != department.parentid:
                self._children[old.parentid].pop(old.id, None)
            self._departments[department.id] = department
            if department.id != ROOT:
                self._children.setdefault(department.parentid, {})[department.id] = None
            self.version += 1

    def remove_department(self, department: int) -> None:
        """Remove a department; those who were only in it go to the parent.

        Raises:
            UsageError: There is no such department, it is the root, or it has others below it.
        """
        with self.lock:
            old = self.department(department)
            if department == ROOT or self.children(department):
                raise UsageError(
                    f"Department {department} is the root or has departments below it.",
                    hint="Move or delete those first.",
                )
            for member in self.members_in(department):
                left = [d for d in member.departments if d != department] or [old.parentid]
                self.put_member(member.placed(left))
            del self._departments[department]
            self._inside.pop(department, None)
            self._children[old.parentid].pop(department, None)
            self.version += 1

    def put_tag(self, tag: Tag) -> None:
        """Add a tag, or replace the one with the same id."""
        with self.lock:
            self._tags[tag.tagid] = tag
            self._rights_changed()

    def put_app(self, app: App) -> None:
        """Add an app, or replace the one with the same id."""
        with self.lock:
            self._apps[app.agentid] = app
            self._rights_changed()

    def put_contacts(self, contacts: Contacts) -> None:
        """Change what the contacts secret is and may do."""
        with self.lock:
            self.contacts = contacts
            self._rights_changed()

    # ── keeping the indexes true ─────────────────────────────────────────────

    def _rights_changed(self) -> None:
        self.rights_version += 1
        self.version += 1

    def _unindex(self, key: str) -> None:
        old = self._members.get(key)
        if old is None:
            return
        for department in old.departments:
            self._inside.get(department, {}).pop(key, None)
            self.page_versions[department] += 1
        for leader in old.leaders:
            self._reports.get(leader.casefold(), set()).discard(key)

    def _drop(self, key: str, heir: tuple[str, ...]) -> None:
        """Take a member out; whoever named them names the heir, or nobody."""
        self._unindex(key)
        del self._members[key], self._serials[key]
        for report in self._reports.pop(key, set()):
            member = self._members[report]
            leaders = list(_without(member.leaders, key)) + list(heir)
            self.put_member(member.changed({"direct_leader": leaders}))
        for tag in self.tags:
            if (left := _without(tag.users, key)) != tag.users:
                self.put_tag(replace(tag, users=left + heir))
        for department in list(self._departments.values()):
            leaders_left = _without(department.department_leader, key)
            if leaders_left != department.department_leader:
                self.put_department(replace(department, department_leader=leaders_left + heir))
        self.version += 1


def _without(userids: tuple[str, ...], key: str) -> tuple[str, ...]:
    return tuple(userid for userid in userids if userid.casefold() != key)


def _known(table: Mapping[_K, _V], key: _K, what: str) -> _V:
    try:
        return table[key]
    except KeyError:
        raise UsageError(f"The company has no {what} {key!r}.") from None
