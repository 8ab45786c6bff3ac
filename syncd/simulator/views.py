"""What one caller may see of a company: visible range, withheld fields (reference 3)."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from syncd.simulator.company import Company
from syncd.simulator.entities import ROOT, App, Department, Member

#: Gone since 2022-06-20 for newer apps (reference 3.3); `gender` comes as "0" instead.
WITHHELD = frozenset(
    {"avatar", "thumb_avatar", "mobile", "email", "biz_mail", "qr_code", "address"}
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose secret a token belongs to: an app's, or (None) the contacts-sync tool's."""

    agentid: int | None

    @property
    def is_app(self) -> bool:
        """Whether this is a self-built app."""
        return self.agentid is not None


class View:
    """A company as one identity may see it at one moment."""

    def __init__(self, company: Company, app: App | None) -> None:
        """Look with an app's eyes, or (None) with those of the contacts-sync tool."""
        self.company = company
        self.app = app
        self.whole = app is None or ROOT in app.visible.parties
        self.withheld = app is not None and app.fields_withheld

    @property
    def sight(self) -> Hashable:
        """What two views have in common that show everybody alike: prepared pages are shared."""
        if self.app is None or self.whole:
            return self.withheld
        return self.app

    @cached_property
    def department_ids(self) -> frozenset[int]:
        """Ids of the visible departments: those of the range and its tags, with all below."""
        if self.app is None or self.whole:
            return frozenset(self.company.departments)
        tops = list(self.app.visible.parties)
        tops += [party for tag in self._tags for party in tag.parties]
        known = self.company.departments
        return frozenset(
            below for top in tops if top in known for below in self.company.subtree(top)
        )

    @cached_property
    def single_members(self) -> frozenset[str]:
        """Keys of the members who are in the range by name or by tag."""
        if self.app is None:
            return frozenset()
        named = list(self.app.visible.users)
        named += [user for tag in self._tags for user in tag.users]
        return frozenset(user.casefold() for user in named)

    @property
    def _tags(self) -> list[Any]:
        wanted = self.app.visible.tags if self.app else ()
        return [tag for tag in self.company.tags if tag.tagid in wanted]

    def sees_department(self, department: int) -> bool:
        """Return whether the department exists and is visible."""
        return department in self.department_ids

    def sees_member(self, member: Member) -> bool:
        """Return whether the member is visible."""
        if self.whole or member.key in self.single_members:
            return True
        return any(department in self.department_ids for department in member.departments)

    def member(self, userid: str) -> Member | None:
        """Return a member by userid in any case, or None where there is none to be seen."""
        member = self.company.members.get(userid.casefold())
        return member if member is not None and self.sees_member(member) else None

    def userids(self, wanted: Iterable[str]) -> list[str]:
        """Return those of the userids that belong to visible members, as they are spelled."""
        found = (self.member(userid) for userid in wanted)
        return [member.userid for member in found if member is not None]

    def department_answer(self, department: Department) -> dict[str, Any]:
        """Return the department's object with the leaders this caller may see."""
        shown = department.answer()
        if not self.whole:
            shown["department_leader"] = self.userids(department.department_leader)
        return shown

    def member_answer(self, member: Member) -> dict[str, Any]:
        """Return the member's object without what this caller may not see."""
        shown = dict(member.fields)
        if self.withheld:
            for name in WITHHELD:
                shown.pop(name, None)
            if "gender" in shown:
                shown["gender"] = "0"
        if not self.whole:
            self._cut(shown, member)
        return shown

    def _cut(self, shown: dict[str, Any], member: Member) -> None:
        """Keep of departments and leaders what is visible, the parallel lists with them."""
        places = [i for i, d in enumerate(member.departments) if d in self.department_ids]
        for name in ("department", "order", "is_leader_in_dept"):
            values = shown.get(name)
            if isinstance(values, list | tuple):
                shown[name] = [values[i] for i in places if i < len(values)]
        if shown.get("main_department") not in self.department_ids:
            shown.pop("main_department", None)
        if member.leaders:
            shown["direct_leader"] = self.userids(member.leaders)


class Views:
    """Keeps each identity's view until something it rests on changes."""

    def __init__(self, company: Company) -> None:
        """Look at this company."""
        self._company = company
        self._kept: dict[Identity, tuple[tuple[int, ...], View]] = {}

    def of(self, identity: Identity) -> View:
        """Return the identity's view of the company as it is now."""
        stamp = (self._company.version,)
        kept = self._kept.get(identity)
        if kept is not None and kept[0] == stamp:
            return kept[1]
        app = None if identity.agentid is None else self._company.app(identity.agentid)
        view = View(self._company, app)
        self._kept[identity] = (stamp, view)
        return view
