"""All entries that were changed, persons or not: what the others mean for those who are read."""

from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from syncd.model.cursor import Why
from syncd.sources.ldap.directory import Directory, Found
from syncd.sources.ldap.reading import Gathered, note_mark
from syncd.sources.ldap.settings import View

#: Entries that decide what the server shows of others.
_SHAPING: Final = frozenset(
    {
        *(b"cosdefinition", b"cossuperdefinition", b"costemplate", b"nsroledefinition"),
        *(b"collectiveattributesubentry", b"referral"),
    }
)


class Touched(NamedTuple):
    """The entries that were changed."""

    #: With their ids, where they have one to use, and their classes.
    entries: list[tuple[str | None, Found]]
    #: The latest mark of them, and whose it is; None where there are none.
    latest: tuple[str, str] | None


def read_touched(directory: Directory, base: str, condition: str, most: float) -> Touched | None:
    """Return the entries of which a condition holds; None where they are more than so many.

    Raises:
        SourceError: They could not be read to the end.
    """
    kind, entries, marks = directory.kind, [], Gathered()
    for page in directory.pages(base, condition, [kind.id, kind.mark, "objectClass"]):
        for found in page.entries:
            external_id = kind.id_of(found.attributes.get(kind.id.lower(), ()))
            if external_id is not None:
                note_mark(kind, external_id, found.attributes.get(kind.mark.lower(), ()), marks)
            entries.append((external_id, found))
        if len(entries) > most:
            return None
    return Touched(entries, max(marks.marks.values(), default=None))


def ids_of_no_persons(
    directory: Directory,
    view: View,
    containers: Collection[str],
    others: Iterable[tuple[str | None, Found]],
) -> set[str] | Why:
    """Return the ids of entries that are no persons; why everything is to be read where they matter.

    None of them may stand above others, nor be one of `containers`, which did.

    Raises:
        SourceError: The server could not be asked.
    """
    below = f"(|{view.person_filter}{view.department_filter})"
    ids = set()
    for external_id, found in others:
        classes = {each.lower() for each in found.attributes.get("objectclass", ())}
        if classes & _SHAPING:
            return Why.DOUBT
        if external_id in containers or directory.has_any_within(found.dn, below):
            return Why.DEPARTMENTS
        if external_id is not None:
            ids.add(external_id)
    return ids
