"""What became of those whom a snapshot does not show: decided from a second look, pure."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from syncd.model.entry import Absence, Entry, Hidden, Missing
from syncd.sources.ldap.settings import View
from syncd.sources.ldap.tree import Range, Unit


@dataclass(frozen=True, slots=True)
class Sight:
    """What the second look shows under one setting."""

    view: View
    #: None where the base is not there (any more), or nobody is to be placed below it.
    range: Range | None
    #: Those of the missing persons who are to be read, with their departments.
    users: Mapping[str, Unit] = field(default_factory=dict)
    departments: Mapping[str, Unit] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that the second look has brought."""

    now: Sight
    #: Under the settings of earlier readings, the latest first.
    earlier: Sequence[Sight]
    #: Missing persons who are below the base, and are not to be read under the present settings.
    outside: Collection[str]
    #: Why an absence proves nothing at present, as a code of `Hidden`; None where it does.
    blind: str | None
    found: Sequence[Entry]


def judge(missing: Missing, evidence: Evidence) -> Absence:
    """Return which of the missing are gone.

    found now, under the present settings     there after all
    found now, under an earlier setting only  hidden: the setting has changed, not the person
    not found, and we cannot see everything   hidden
    not found otherwise                       gone

    The cause is each person's own: `left_or_out_of_range` for who is still below the base, in
    what is excluded or no longer fits the filter, and `absent` for who is nowhere.
    """
    found = {(entry.kind, entry.external_id) for entry in evidence.found}
    ids = {external_id for _, external_id in found}
    root = evidence.now.range.tree.root.external_id if evidence.now.range else ""
    users = {
        each: _hidden(each, lambda sight: sight.users, evidence, min(departments, default=root))
        for each, departments in missing.users.items()
        if each not in ids
    }
    departments = {
        each: _hidden(each, lambda sight: sight.departments, evidence, each)
        for each in missing.departments
        if each not in ids
    }
    gone = frozenset(each for each, hidden in users.items() if hidden is None)
    return Absence(
        gone_users=gone,
        gone_departments=frozenset(each for each, why in departments.items() if why is None),
        hidden_users={each: why for each, why in users.items() if why is not None},
        hidden_departments={each: why for each, why in departments.items() if why is not None},
        found=tuple(evidence.found),
        causes=dict.fromkeys(sorted(gone & frozenset(evidence.outside)), "left_or_out_of_range"),
    )


def _hidden(
    external_id: str,
    shown: Callable[[Sight], Mapping[str, Unit]],
    evidence: Evidence,
    department: str,
) -> Hidden | None:
    for sight in evidence.earlier:
        unit = shown(sight).get(external_id)
        if unit is not None:
            part = _part(unit, sight, evidence.now)
            return Hidden(f"department:{part}", _difference(sight.view, evidence.now.view))
    return Hidden(f"department:{department}", evidence.blind) if evidence.blind else None


def _part(unit: Unit, earlier: Sight, now: Sight) -> str:
    """Return the topmost department above that the present settings leave out."""
    chain = earlier.range.tree.chain(unit) if earlier.range else (unit,)
    visible = now.range.ids if now.range else frozenset()
    lost = [each.external_id for each in chain if each.external_id not in visible]
    return lost[-1] if lost else unit.external_id


def _difference(earlier: View, now: View) -> str:
    """Return which setting has changed, as a code of `Hidden`."""
    if earlier.base_dn != now.base_dn:
        return "base"
    if earlier.exclude == now.exclude and earlier.include != now.include:
        return "include"
    return "excluded"
