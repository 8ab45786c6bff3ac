"""Who may be meant by records that belong to nobody, with the commands that say so."""

import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from syncd.model.entry import Ref
from syncd.model.record import UserRecord
from syncd.reconcile.candidates import Candidate
from syncd.services.roster import Naming
from syncd.store.reader import Reader


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A user who may be meant by a record, and what a person types to say so."""

    candidate: Candidate
    #: One command after the other.
    commands: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """Return it as JSON values."""
        user, taken = self.candidate.user, self.candidate.taken
        return {
            "user_id": user.id,
            "userid": user.userid,
            "name": user.name,
            "by": list(self.candidate.by),
            "has": None if taken is None else str(taken),
            "commands": list(self.commands),
        }


@dataclass(frozen=True, slots=True)
class Suggested:
    """A record, and who may be meant by it."""

    record: UserRecord
    suggestions: tuple[Suggestion, ...]


def suggest(store: Reader, refs: Collection[Ref], authority: str) -> Mapping[Ref, Suggested]:
    """Return who may be meant by records, of those that belong to nobody.

    The authority's records are users by themselves, or doubted: nobody is suggested for them.
    """
    others = [ref for ref in refs if ref.source != authority]
    linked = {
        ref for source in {ref.source for ref in others} for ref in _linked(store, source, others)
    }
    records = store.people_records([ref for ref in others if ref not in linked])
    if not records:
        return {}
    people = store.people()
    naming = Naming(people.userids)
    return {
        ref: Suggested(
            record,
            tuple(
                Suggestion(one, _commands(ref, one, naming))
                for one in people.candidates.of(ref.source, record.fields)
            ),
        )
        for ref, record in records.items()
    }


def _linked(store: Reader, source: str, refs: Collection[Ref]) -> list[Ref]:
    ids = [ref.external_id for ref in refs if ref.source == source]
    return [Ref(source, id_) for id_ in store.linked_ids(source, ids)]


def _commands(ref: Ref, candidate: Candidate, naming: Naming) -> tuple[str, ...]:
    user = naming.of(candidate.user.id, candidate.user.userid)
    user = f"userid:{user}" if user.isdecimal() else user  # alone it might be an id
    link = shlex.join(("syncd", "link", user, str(ref)))
    if candidate.taken is None:
        return (link,)
    return (shlex.join(("syncd", "unlink", str(candidate.taken))), link)
