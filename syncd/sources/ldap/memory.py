"""What the source wants to find again at its next reading (`Snapshot.scope`)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from syncd.sources.ldap.settings import View


@dataclass(frozen=True, slots=True)
class Memory:
    """What earlier readings have left behind.

    An attribute that nobody carries may be empty for everybody, or be withheld from us::

        carried at the last reading by   and now by nobody
        two or more                      withheld: unknown (rule 8)
        one                              cleared: known to be empty, until somebody has it again
        nobody, cleared before           still known to be empty
        nobody, never seen               unknown
    """

    #: Every different setting that has been read under, the latest last: people who vanish
    #: because a setting changed have not left.
    views: tuple[View, ...] = ()
    #: Attribute → persons who carried it.
    carriers: Mapping[str, int] = field(default_factory=dict)
    #: Attributes that nobody carries, and that are known to be empty.
    empty: frozenset[str] = frozenset()
    #: References to other servers that have always been there.
    references: frozenset[str] = frozenset()
    #: Entries without a usable id that have always been there.
    nameless: int = 0
    #: Groups that have been read, while they are members of what is configured.
    groups: frozenset[str] = frozenset()

    @property
    def readable(self) -> frozenset[str]:
        """Return the attributes whose absence means that they are empty."""
        return self.empty | {attribute for attribute, count in self.carriers.items() if count}

    def after(
        self,
        view: View,
        carriers: Counter[str],
        references: frozenset[str],
        nameless: int,
        groups: frozenset[str] = frozenset(),
    ) -> "Memory":
        """Return the memory of a reading that followed this one."""
        first = not self.views
        cleared = {attribute for attribute, count in self.carriers.items() if count == 1}
        return Memory(
            views=(*(each for each in self.views if each != view), view),
            carriers={attribute: count for attribute, count in carriers.items() if count},
            empty=(self.empty | cleared) - {name for name, count in carriers.items() if count},
            references=references if first else self.references & references,
            nameless=nameless if first else min(self.nameless, nameless),
            groups=groups,
        )

    def as_scope(self) -> dict[str, object]:
        """Return the memory as JSON."""
        return {
            "views": [_as_json(view) for view in self.views],
            "carriers": dict(sorted(self.carriers.items())),
            "empty": sorted(self.empty),
            "references": sorted(self.references),
            "nameless": self.nameless,
            "groups": sorted(self.groups),
        }


def recall(scope: Mapping[str, Any]) -> Memory:
    """Return the memory that a scope holds; an empty one for the first reading."""
    if not scope:
        return Memory()
    return Memory(
        views=tuple(_view(view) for view in scope["views"]),
        carriers=scope["carriers"],
        empty=frozenset(scope["empty"]),
        references=frozenset(scope["references"]),
        nameless=scope["nameless"],
        groups=frozenset(scope["groups"]),
    )


def _as_json(view: View) -> dict[str, object]:
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(view).items()
    }


def _view(stored: Mapping[str, Any]) -> View:
    return View(
        base_dn=stored["base_dn"],
        person_filter=stored["person_filter"],
        department_filter=stored["department_filter"],
        include=tuple(stored["include"]),
        exclude=tuple(stored["exclude"]),
        departments=stored["departments"],
        groups=tuple(stored["groups"]),
    )
