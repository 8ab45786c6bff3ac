"""Takes in what a personnel department says of many records at once, line by line."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from syncd.model.change import Change, Entity
from syncd.model.directory import LinkMethod, LinkRow
from syncd.model.entry import Ref
from syncd.model.row_id import read_id
from syncd.model.surrender import is_surrendered
from syncd.reconcile.assigning import NOBODY, Assignment
from syncd.reconcile.normalize import fold_userid
from syncd.services.assigning import Assigned, assign, refused_because
from syncd.services.by_hand import Author, ByHand
from syncd.store.reader import Reader
from syncd.text import Text, joined, text

#: What stands in the column of userids of a record that is nobody's by a person's word.
NOBODY_WORD: Final = "-"


class Said(NamedTuple):
    """A line of a file: what it says of a record."""

    #: Where it stands in the file, and which row a spreadsheet shows it in.
    line: int
    row: int
    record: Ref
    #: A userid, `user:ID` or `userid:…`; `-` for nobody; empty where the line says nothing.
    user: str
    #: What the file calls both; empty where it does not say.
    record_name: str = ""
    name: str = ""
    #: Whether the file says that a person has decided so.
    is_manual: bool = False


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line of which nothing was done."""

    said: Said
    reason: Text
    hint: Text


class Effect(StrEnum):
    """What a line has done, or would do."""

    LINKED = "linked"
    UNLINKED = "unlinked"
    #: A rule had said so; a person says it now.
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of a file."""

    assigned: Assigned
    refused: Sequence[RefusedLine]
    #: What was done, or would be: how many lines of each effect.
    effects: Mapping[Effect, int]
    #: Lines that say what is so already, and lines that say nothing.
    unchanged: int
    silent: int
    #: Whether it was only looked at, or nothing was written because something was refused.
    is_written: bool


class Naming:
    """How a column names users: by the userid alone where it is one user's."""

    def __init__(self, userids: Mapping[str, Sequence[int]]) -> None:
        """Begin; `userids`: userid as it is compared → the users that bear it."""
        self._userids = userids

    def of(self, user_id: int, userid: str | None) -> str:
        """Return the word for a user."""
        is_plain = userid is not None and ":" not in userid and userid.strip() == userid
        if userid is None or not is_plain or userid == NOBODY_WORD:
            return f"user:{user_id}"
        bearers = self._userids.get(fold_userid(userid), ())
        return userid if list(bearers) == [user_id] else f"user:{user_id}"


@dataclass(slots=True)
class _Known:
    """The store as lines are compared with it."""

    records: dict[Ref, "_Record"] = field(default_factory=dict)
    #: User's id → what it is called, and the record that owns it.
    names: dict[int, str] = field(default_factory=dict)
    owners: dict[int, Ref] = field(default_factory=dict)
    userids: Mapping[str, Sequence[int]] = field(default_factory=dict)


class _Record(NamedTuple):
    name: str | None
    user_id: int | None
    method: LinkMethod | None


def take_in(
    by: ByHand,
    lines: Sequence[Said],
    author: Author,
    *,
    also: bool = False,
    strict: bool = False,
    is_trial: bool = False,
) -> TakenIn:
    """Do what the lines of a file say, in one transaction; a line that cannot be done is refused.

    Args:
        by: What a decision works with.
        lines: The lines, in order.
        author: Who decides, and why.
        also: Whether a user may have several records of one source.
        strict: Whether nothing is done where any line is refused.
        is_trial: Whether nothing is done at all.

    Raises:
        StoreError: The store cannot be written; nothing was.
    """
    known = _read(by.store)
    judge = _Judge(known)
    for one in lines:
        judge.take(one)
    judge.compare()
    refused = [*judge.refused]
    wanted = judge.wanted()
    is_stopped = strict and bool(refused)
    assigned = assign(
        by, wanted, author, also=also, all_or_nothing=strict, is_trial=is_trial or is_stopped
    )
    for ref, why in assigned.refused.items():
        reason, hint = refused_because(ref, why, assigned.users)
        refused += [RefusedLine(line, reason, hint) for line in judge.said[ref]]
    effects = Counter(filter(None, map(_effect, _own_steps(assigned, wanted))))
    unchanged = judge.unchanged + len(assigned.unchanged)
    return TakenIn(
        assigned,
        sorted(refused, key=lambda one: one.said.line),
        effects,
        unchanged,
        judge.silent,
        is_written=not is_trial and not (strict and bool(refused)),
    )


def _own_steps(assigned: Assigned, wanted: Mapping[Ref, Assignment]) -> Iterator[Change]:
    for one in assigned.plan.changes:
        if one.entity is Entity.LINK and one.ref in wanted:
            yield one


def _effect(step: Change) -> Effect | None:
    before = step.before.user if isinstance(step.before, LinkRow) else None
    after = step.after.user if isinstance(step.after, LinkRow) else None
    if after is not None:
        return Effect.CONFIRMED if before == after else Effect.LINKED
    return Effect.UNLINKED


def _read(store: Reader) -> _Known:
    known = _Known()
    with store.roster() as roster:
        known.userids = roster.people.userids
        for one in roster.lines:
            user = one.user
            known.records[one.ref] = _Record(
                one.fields.get("name"), None if user is None else user.id, one.method
            )
            if user is not None:
                known.names[user.id] = user.name
                if one.is_owner:
                    known.owners[user.id] = one.ref
    return known


class _Judge:
    """Compares lines with the store, and with each other."""

    def __init__(self, known: _Known) -> None:
        self._known = known
        #: Record → the lines that say something new of it.
        self.said: dict[Ref, list[Said]] = defaultdict(list)
        self._users: dict[Ref, list[int | None]] = defaultdict(list)
        self.refused: list[RefusedLine] = []
        self.unchanged = 0
        self.silent = 0

    def take(self, said: Said) -> None:
        """Note what a line says, or refuse it."""
        if not said.user.strip():
            self.silent += 1
            return
        said = said._replace(record=self._spelled(said.record))
        record = self._known.records.get(said.record)
        if record is None:
            reason = text("There is no record {record}.", record=str(said.record))
            self.refused.append(RefusedLine(said, reason, _AS_EXPORTED))
            return
        user_id, problem = None, None
        if said.user.strip() != NOBODY_WORD:
            user_id, problem = self._user(said.user.strip())
        if problem is None and record.user_id != user_id:  # what is so is so by any name
            problem = self._misnamed(said, record, user_id)
        if problem is not None:
            self.refused.append(RefusedLine(said, *problem))
        else:
            self.said[said.record].append(said)
            self._users[said.record].append(user_id)

    def compare(self) -> None:
        """Refuse records of which the lines do not say the same, and leave out what is so already."""
        for ref, lines in list(self.said.items()):
            users = set(self._users[ref])
            if len(users) > 1:
                numbers = joined(", ", [str(one.line) for one in lines])
                reason = text(
                    "The lines {lines} say different things of {record}.",
                    lines=numbers,
                    record=str(ref),
                )
                self.refused += [RefusedLine(one, reason, _ONE_LINE) for one in lines]
            elif not self._is_so(ref, users.pop(), lines):
                continue
            else:
                self.unchanged += len(lines)
            del self.said[ref]

    def wanted(self) -> dict[Ref, Assignment]:
        """Return what is to be done."""
        owners = self._known.owners
        return {
            ref: NOBODY if (user := self._users[ref][0]) is None else Assignment(owners[user])
            for ref in self.said
        }

    def _spelled(self, ref: Ref) -> Ref:
        """Return a record as the store spells it, where the file has it in other letters."""
        bare = Ref(ref.source.strip(), ref.external_id.strip())
        for one in (ref, bare, Ref(bare.source, bare.external_id.lower())):
            if one in self._known.records:
                return one
        return bare

    def _misnamed(
        self, said: Said, record: "_Record", user_id: int | None
    ) -> tuple[Text, Text] | None:
        """Return what is wrong where the file calls somebody otherwise than the store."""
        problem = _misnamed(str(said.record), said.record_name, record.name)
        # Beside the userid of another user stands the name of the one who has the record.
        if problem is None and user_id is not None and record.user_id is None:
            problem = _misnamed(said.user.strip(), said.name, self._known.names[user_id])
        return problem

    def _user(self, word: str) -> tuple[int | None, tuple[Text, Text] | None]:
        """Return the user whom a line names, or what is wrong with that."""
        found = self._bearers(word)
        if len(found) == 1:
            return found[0], None
        if not found:
            reason = text("There is no user {name!r}.", name=word)
            return None, (reason, text("syncd find looks for people."))
        named = joined(", ", [f"user:{one}" for one in found])
        return None, (
            text("{name!r} fits several people: {people}.", name=word, people=named),
            text("Write one of them: user: and the number."),
        )

    def _bearers(self, word: str) -> list[int]:
        known = self._known
        kind, colon, rest = word.partition(":")
        if colon and kind == "user":
            number = read_id(rest)
            return [number] if number is not None and number in known.owners else []
        userid = rest if colon and kind == "userid" else word
        found = [one for one in known.userids.get(fold_userid(userid), ()) if one in known.owners]
        there = [one for one in found if not is_surrendered(known.owners[one].external_id)]
        return there or found  # somebody new may have the userid of one who left (rule 10)

    def _is_so(self, ref: Ref, user_id: int | None, lines: Sequence[Said]) -> bool:
        """Return whether a record is whose the file says; what a rule said may be confirmed."""
        record = self._known.records[ref]
        if record.user_id != user_id:
            return False
        is_own = user_id is not None and self._known.owners.get(user_id) == ref
        if is_own or record.method is LinkMethod.MANUAL:
            return True
        return user_id is not None and not any(one.is_manual for one in lines)


def _misnamed(what: str, told: str, name: str | None) -> tuple[Text, Text] | None:
    """Return what is wrong where a file calls somebody otherwise: its cells may have been moved."""
    if not told.strip() or name is None or told.strip() == name.strip():
        return None
    return (
        text("{what} is {name} here, and {told} in the file.", what=what, name=name, told=told),
        text(
            "Cells may have moved while the file was sorted, or letters were lost when it was saved; "
            "export it anew."
        ),
    )


_AS_EXPORTED: Final = text("Source and id must stand in the file as syncd links export wrote them.")
_ONE_LINE: Final = text("Leave one line of each record.")
