"""What the end of a source changes: its links with other sources' users go, its users stay."""

from collections.abc import Iterable

from syncd.model.change import Action, Cause, Change, Entity, Plan
from syncd.model.conflict import OpenConflict
from syncd.model.directory import Link, LinkRow
from syncd.model.entry import Ref

_RETIRED = Cause("source_retired")


def plan_retirement(
    links: Iterable[tuple[Link, Ref | None]], conflicts: Iterable[OpenConflict]
) -> Plan:
    """Return the steps that end a source.

    Nobody is deactivated: the users and departments that it owns stay as they are, with the links
    that say so, until another authority takes them over.

    Args:
        links: Its links that own no user, each with the record that owns its user.
        conflicts: The open conflicts of the source; there is nobody who could resolve them.
    """
    return Plan(
        changes=tuple(_unlink(link, owner) for link, owner in links), resolved=tuple(conflicts)
    )


def _unlink(link: Link, owner: Ref | None) -> Change:
    before = LinkRow(owner, link.method, link.key_value)
    return Change(Entity.LINK, Action.UNLINK, link.ref, None, link.id, before, None, _RETIRED)
