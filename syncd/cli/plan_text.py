"""Says a plan to a person: grouped, with signs and reasons; only the first lines when it is long."""

from collections.abc import Iterable, Iterator

from syncd.cli.output import printable
from syncd.model.change import Change, Entity, Plan
from syncd.model.conflict import Conflict, ConflictKind
from syncd.model.entry import Ref
from syncd.reconcile.render import Line, line
from syncd.services.report import Names
from syncd.text import term, text

#: How many lines of one kind are shown.
SHOWN = 10
ENTITIES = {
    Entity.DEPARTMENT: text("Departments"),
    Entity.USER: text("People"),
    Entity.MEMBERSHIP: text("Memberships"),
    Entity.LINK: text("Links"),
}
#: Values of these are ids of departments, of that of people.
_DEPARTMENTS = frozenset({"department", "main_department", "parent"})
_PEOPLE = frozenset({"manager"})


def plan_lines(plan: Plan, names: Names) -> Iterator[str]:
    """Yield the steps of a plan, and what becomes of conflicts.

    Links come with their people and are left out, but for those that give a user another owner.
    """
    for entity in (Entity.LINK, Entity.DEPARTMENT, Entity.USER, Entity.MEMBERSHIP):
        groups = _by_action(
            one
            for one in plan.changes
            if one.entity is entity and (entity is not Entity.LINK or one.ref in plan.former)
        )
        if groups:
            number = sum(map(len, groups.values()))
            yield text("{entity} ({number})", entity=ENTITIES[entity], number=number)
        for action in sorted(groups):
            yield from _group(groups[action], names)
    yield from _conflicts(plan)


def is_shortened(plan: Plan) -> bool:
    """Return whether the lines of a plan leave steps of a kind out, because there are many."""
    return any(
        number > SHOWN
        for entity, actions in plan.counts().items()
        if entity != Entity.LINK.value
        for number in actions.values()
    )


def _by_action(changes: Iterable[Change]) -> dict[str, list[Change]]:
    groups: dict[str, list[Change]] = {}
    for change in changes:
        groups.setdefault(change.action.value, []).append(change)
    return groups


def _group(changes: list[Change], names: Names) -> Iterator[str]:
    for change in changes[:SHOWN]:
        one = line(change)
        yield text(
            "  {sign} {action} {title}{values}",
            sign=one.sign,
            action=term(one.action),
            title=printable(_title(one, names)),
            values=printable(_values(one, names)),
        )
        yield text("      why: {why}", why=one.why)
    if len(changes) > SHOWN:
        first = changes[0].action
        yield _more(first.sign, len(changes) - SHOWN, first.value)


def _more(sign: str, number: int, action: str) -> str:
    return text(
        "  {sign} … and {number} more of {action}", sign=sign, number=number, action=term(action)
    )


def _title(one: Line, names: Names) -> str:
    ref = Ref(one.source, one.external_id)
    name = one.name or names.people.get(ref, "")
    return f"{name} ({ref})" if name and name != one.external_id else str(ref)


def _values(one: Line, names: Names) -> str:
    parts = [
        f"{what}: {_value(one.source, what, before, names)} → {_value(one.source, what, after, names)}"
        for what, before, after in one.values
    ]
    return "  " + "; ".join(parts) if parts else ""


def _value(source: str, what: str, value: str, names: Names) -> str:
    if not value:
        return "∅"
    known = names.departments if what in _DEPARTMENTS else names.people if what in _PEOPLE else {}
    name = known.get(Ref(source, value))
    return f"{name} ({value})" if name else value


def _conflicts(plan: Plan) -> Iterator[str]:
    resolved = [one.conflict for one in plan.resolved]
    if plan.opened or resolved:
        yield text("Conflicts ({number})", number=len(plan.opened) + len(resolved))
    for sign, word, found in (("+", "open", list(plan.opened)), ("-", "resolve", resolved)):
        for one in found[:SHOWN]:
            yield text(
                "  {sign} {action} {kind} {of}{told}",
                sign=sign,
                action=term(word),
                kind=one.kind.value,
                of=printable(f"{one.source}:{one.external_id}"),
                told=_told(one),
            )
        if len(found) > SHOWN:
            yield _more(sign, len(found) - SHOWN, word)


def _told(one: Conflict) -> str:
    people = one.detail.get("people")
    if one.kind is not ConflictKind.SCOPE_SHRUNK or not isinstance(people, list):
        return ""
    return text("  {number} people in it stay as they are", number=len(people))
