"""Says who may be meant by records that belong to nobody."""

from collections.abc import Iterator, Mapping

from syncd.cli.output import printable
from syncd.model.entry import Ref
from syncd.reconcile.candidates import Candidate
from syncd.services.candidates import Suggested
from syncd.text import Text, joined, term, text

#: Of so many records it is said in words; `--json` has all.
SHOWN = 20


def lines(found: Mapping[Ref, Suggested]) -> Iterator[Text]:
    """Yield who may be meant, with the commands to type; nothing where nobody may be."""
    told = {ref: one for ref, one in found.items() if one.suggestions}
    if not told:
        return
    yield text("Candidates; a person decides, nothing is settled by them:")
    for ref, one in list(told.items())[:SHOWN]:
        name = printable(one.record.fields.get("name") or "-")
        yield text("  {record} ({name})", record=printable(str(ref)), name=name)
        for each in one.suggestions:
            yield _who(each.candidate)
            for command in each.commands:
                yield text("      {command}", command=printable(command))
    if len(told) > SHOWN:
        yield text("  … and {number} more; --json has them all", number=len(told) - SHOWN)


def _who(one: Candidate) -> Text:
    by = joined(" and ", [term(field) for field in one.by])
    known = {"name": printable(one.user.name), "user": one.user.id, "by": by}
    if one.taken is None:
        return text("    {name}, user {user}, by {by}:", **known)
    return text(
        "    {name}, user {user}, by {by}, who has {record} already:",
        **known,
        record=printable(str(one.taken)),
    )
