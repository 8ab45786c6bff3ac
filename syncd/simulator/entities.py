"""What a simulated corporation is made of: departments, members, tags, and those who may call."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

#: The root department has this id in every corporation (reference 4.1).
ROOT = 1


@dataclass(frozen=True, slots=True)
class Department:
    """One department, as `department/list` shows it (reference 4.1)."""

    id: int
    name: str
    parentid: int = ROOT
    order: int = 0
    name_en: str = ""
    department_leader: tuple[str, ...] = ()

    def answer(self) -> dict[str, Any]:
        """Return the object of the API; `name_en` is absent when it is not set."""
        shown: dict[str, Any] = {"id": self.id, "name": self.name}
        if self.name_en:
            shown["name_en"] = self.name_en
        shown["department_leader"] = list(self.department_leader)
        shown["parentid"] = self.parentid
        shown["order"] = self.order
        return shown


@dataclass(frozen=True, slots=True)
class Member:
    """One member: the API's own object, as a caller without any restriction sees it.

    The fields are kept as they would be sent (reference 5.1), so a test may set any key to any
    JSON value, also to a wrong one, and may leave any key out.
    """

    fields: Mapping[str, Any]

    @classmethod
    def of(cls, userid: str, name: str, department: Iterable[int], **fields: Any) -> Self:
        """Return a member with the fields that every answer carries, and those given.

        Args:
            userid: The account, in the spelling that is kept.
            name: The display name.
            department: Ids of the member's departments, the main one first.
            **fields: Anything else of reference 5.1; outranks the defaults.
        """
        departments = list(department)
        shown: dict[str, Any] = {
            "userid": userid,
            "name": name,
            "department": departments,
            "order": [0] * len(departments),
            "is_leader_in_dept": [0] * len(departments),
            "direct_leader": [],
            "position": "",
            "gender": "0",
            "status": 1,
        }
        if departments:
            shown["main_department"] = departments[0]
        return cls(shown | fields)

    @property
    def userid(self) -> str:
        """The account as it is spelled in answers."""
        return str(self.fields["userid"])

    @property
    def key(self) -> str:
        """The account as it is compared: without case."""
        return self.userid.casefold()

    @property
    def name(self) -> str:
        """The name, empty when the member has none."""
        return str(self.fields.get("name") or "")

    @property
    def departments(self) -> tuple[int, ...]:
        """Ids of the departments the member belongs to."""
        return tuple(self.fields.get("department") or ())

    @property
    def leaders(self) -> tuple[str, ...]:
        """Accounts of the direct leaders."""
        return tuple(self.fields.get("direct_leader") or ())

    @property
    def status(self) -> int:
        """1 activated, 2 disabled, 4 not activated, 5 left."""
        return int(self.fields.get("status", 1))

    def changed(self, fields: Mapping[str, Any], without: Iterable[str] = ()) -> "Member":
        """Return this member with other values, and without the named keys."""
        gone = set(without)
        return Member({k: v for k, v in {**self.fields, **fields}.items() if k not in gone})

    def placed(self, departments: Iterable[int]) -> "Member":
        """Return this member in other departments; what is known of a kept one stays."""
        wanted = list(departments)
        fields: dict[str, Any] = {"department": wanted}
        for parallel in ("order", "is_leader_in_dept"):
            values = dict(zip(self.departments, self.fields.get(parallel) or (), strict=False))
            fields[parallel] = [values.get(department, 0) for department in wanted]
        if self.fields.get("main_department") not in wanted:
            fields["main_department"] = wanted[0] if wanted else 0
        return self.changed(fields)


@dataclass(frozen=True, slots=True)
class Range:
    """What an app may see: members, departments with all below them, tags (reference 3.1)."""

    users: tuple[str, ...] = ()
    parties: tuple[int, ...] = (ROOT,)
    tags: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag with the members and departments in it (reference 7.1)."""

    tagid: int
    tagname: str
    users: tuple[str, ...] = ()
    parties: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class App:
    """A self-built app: its secret, what it sees, and from where it may call."""

    agentid: int
    secret: str = field(repr=False)
    name: str = "syncd"
    visible: Range = Range()
    #: Created after 2022-06-20: the seven privacy fields are not returned (reference 3.3).
    fields_withheld: bool = False
    #: 企业可信IP; None accepts every address, as apps made before 2022-06-20 do.
    trusted_ips: tuple[str, ...] | None = None
    closed: bool = False
    #: Members without a basic licence for this app (接口许可): they get no message of it.
    unlicensed: tuple[str, ...] = ()


class Regime(StrEnum):
    """From where the contacts secret calls, seen from 2022-08-15 (reference 3.4)."""

    OLD_IP = "old_ip"  #: an address known before: everything may be read
    NEW_IP = "new_ip"  #: an address added since: identifiers only, details answer 48009


@dataclass(frozen=True, slots=True)
class Contacts:
    """The contacts-sync tool (通讯录同步): its secret and what it may do."""

    secret: str = field(repr=False)
    regime: Regime = Regime.OLD_IP
    editing: bool = True
    trusted_ips: tuple[str, ...] | None = None
