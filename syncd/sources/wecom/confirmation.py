"""Asking again about who is missing, before an absence is believed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from syncd.model.entry import Absence, Entry, Hidden, Kind, Missing, Snapshot
from syncd.sources.base import Progress
from syncd.sources.wecom.absence import (
    Evidence,
    has_shrunk,
    judge_departments,
    judge_person,
    judge_place,
    range_of,
    unusable_of,
)
from syncd.sources.wecom.directory import (
    BAD_MEMBER_ID,
    INVISIBLE,
    NO_SUCH_MEMBER,
    Directory,
    Row,
    broken_off,
    code_of,
)
from syncd.sources.wecom.parallel import in_parallel
from syncd.sources.wecom.payload import without_gender
from syncd.sources.wecom.reading import Reader, departments
from syncd.sources.wecom.tree import Selection, department_id
from syncd.sources.wecom.view import Placements, Regime, View, list_placements
from syncd.sources.wecom.visible_range import VisibleRange
from syncd.wecom.errors import WeComError, WeComMalformed, WeComRefused


@dataclass(frozen=True, slots=True)
class Seen:
    """A member who was there after all."""

    member: Row
    sent_at: datetime


#: What became of one person who was asked for; None: WeCom knows nobody by that id.
Answer = Seen | Hidden | None


class _Look(NamedTuple):
    """The second look, and what the settings leave of it."""

    view: View
    selection: Selection


@dataclass(slots=True)
class _Verdict:
    gone: set[str] = field(default_factory=set)
    unconfirmed: set[str] = field(default_factory=set)
    hidden: dict[str, Hidden] = field(default_factory=dict)
    found: list[Entry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Confirmer:
    """Judges the missing of one snapshot by a second look."""

    reader: Reader
    snapshot: Snapshot
    #: What the last applied reading gave as its scope.
    scope: Mapping[str, object]
    progress: Progress

    def confirm(self, missing: Missing, limit: int | None) -> Absence:
        """Return what became of the missing; see `Source.confirm`."""
        if not missing.users and not missing.departments:
            return Absence()
        view = self.reader.look(self.snapshot.scope)
        selection = self.reader.select(view.listing, self.snapshot.scope)
        look = _Look(view, selection)
        evidence = self._evidence(look)
        gone, hidden, there = judge_departments(missing.departments, evidence)
        verdict = _Verdict()
        if missing.users and view.regime is Regime.APP:
            self._by_asking(missing, limit, look, evidence, verdict)
        elif missing.users:
            self._by_second_listing(missing.users, look, verdict)
        listed = departments(view, view.listing, selection)
        return Absence(
            gone_users=frozenset(verdict.gone),
            gone_departments=gone,
            unconfirmed=frozenset(verdict.unconfirmed),
            hidden_users=verdict.hidden,
            hidden_departments=hidden,
            found=(*(one for one in listed if one.external_id in there), *verdict.found),
            cause="absent" if evidence.is_whole else "left_or_out_of_range",
        )

    def _evidence(self, look: _Look) -> Evidence:
        view, selection = look
        now = view.visible_range or VisibleRange()
        seen = range_of(self.snapshot.scope)
        unreadable = self.snapshot.scope.get("unreadable")
        return Evidence(
            read=frozenset(entry.external_id for entry in self.snapshot.departments),
            unreadable=frozenset(unreadable if isinstance(unreadable, list) else ()),
            listing=view.listing,
            selection=selection,
            is_whole=view.is_whole and seen is not None and seen.is_whole,
            visible_range=now,
            has_new_unusable=len(view.listing.rejections)
            > unusable_of(self.scope, Kind.DEPARTMENT),
            has_shrunk=not view.is_whole and has_shrunk((range_of(self.scope), seen), now),
        )

    # By the app's secret: one by one

    def _by_asking(
        self,
        missing: Missing,
        limit: int | None,
        look: _Look,
        evidence: Evidence,
        verdict: _Verdict,
    ) -> None:
        candidates = set()
        for id_, places in missing.users.items():
            part = judge_person(id_, places, missing.departments, evidence)
            if part is None:
                candidates.add(id_)
            else:
                verdict.hidden[id_] = part
        # Those whose absence deactivates nobody are asked for after the others, and as few.
        for group in (candidates & missing.active, candidates - missing.active):
            self._ask_some(sorted(group), limit, look, verdict)

    def _ask_some(self, ids: list[str], limit: int | None, look: _Look, verdict: _Verdict) -> None:
        """Ask until one more than the limit are proven gone; the rest is unconfirmed."""
        needed = len(ids) if limit is None else limit + 1
        gone, asked = 0, 0
        while gone < needed and asked < len(ids):
            some = ids[asked : asked + needed - gone]
            before = len(verdict.gone)
            for id_, answer in self._ask(self.reader.secrets.app, some):
                self._settle(id_, answer, look, verdict)
            asked += len(some)
            gone += len(verdict.gone) - before
        verdict.unconfirmed.update(ids[asked:])

    def _ask(self, directory: Directory | None, ids: list[str]) -> Iterable[tuple[str, Answer]]:
        if directory is None:
            return
        now = self.reader.now

        def ask(id_: str) -> Answer:
            return ask_member(directory, id_, now())

        answers = in_parallel(ask, ids, self.reader.settings.concurrency)
        for done, (id_, answer) in enumerate(answers, 1):
            self.progress("confirmations", done, len(ids))
            yield id_, answer

    def _settle(self, id_: str, answer: Answer, look: _Look, verdict: _Verdict) -> None:
        if answer is None:
            verdict.gone.add(id_)
        elif isinstance(answer, Hidden):
            verdict.hidden[id_] = answer
        else:
            part = judge_place(id_, _places(answer.member), look.selection)
            if part is not None:
                verdict.hidden[id_] = part
            else:
                verdict.found.append(self._entry(answer.member, answer.sent_at, look))

    # By the contacts secret: who exists in the whole company

    def _by_second_listing(self, users: Iterable[str], look: _Look, verdict: _Verdict) -> None:
        placements = look.view.placements or self._who_exists(look.view)
        # An entry whose id cannot be read proves that somebody is there. One that is new may be
        # any of the missing; one that was there before cannot be who was read beside it.
        is_blurred = len(placements.rejections) > unusable_of(self.scope, Kind.USER)
        there = []
        for id_ in users:
            places = placements.people.get(id_)
            if places is None:
                if is_blurred:
                    verdict.hidden[id_] = Hidden(f"member:{id_}", "unread")
                else:
                    verdict.gone.add(id_)
                continue
            part = judge_place(id_, [str(one) for one in places], look.selection)
            if part is not None:
                verdict.hidden[id_] = part
            else:
                there.append(id_)
        self._find(there, look, placements, verdict)

    def _who_exists(self, view: View) -> Placements:
        """Return a second listing, by the cheapest way that the server knows."""
        contacts = self.reader.secrets.contacts
        if contacts is None:
            return Placements(self.reader.now(), {}, {})
        try:
            return list_placements(contacts, self.reader.now)
        except (WeComRefused, WeComMalformed):
            # An old private deployment lacks user/list_id (reference 16); what it can do is asked
            # again in full, and whatever goes wrong then breaks the reading off.
            return self._names_of_all(contacts, view)

    def _names_of_all(self, contacts: Directory, view: View) -> Placements:
        sent_at = self.reader.now()
        source = self.reader.settings.name

        def names(id_: str) -> list[Row]:
            try:
                return contacts.list_user_names(int(id_))
            except WeComError as error:
                raise broken_off(error, source, id_) from error

        pairs = []
        for id_, rows in in_parallel(names, view.listing.rows, self.reader.settings.concurrency):
            pairs += [(row.get("userid"), int(id_)) for row in rows]
        return Placements.of(pairs, sent_at)

    def _find(self, ids: list[str], look: _Look, placements: Placements, verdict: _Verdict) -> None:
        """Read those again who were there after all, with their details where these are shown."""
        packer_places = {id_: list(placements.people[id_]) for id_ in ids}
        details = self.reader.details_of(look.view)
        without = set(ids)
        for id_, answer in self._ask(details, ids):
            if isinstance(answer, Seen):
                without.discard(id_)
                member = {**answer.member, "userid": answer.member["userid"]}
                verdict.found.append(
                    self._entry(member, placements.sent_at, look, {id_: packer_places[id_]})
                )
        for id_ in sorted(without):
            row = {"userid": placements.spelling[id_], "department": packer_places[id_]}
            alone = look.view.regime is not Regime.BOTH
            verdict.found.append(self._entry(row, placements.sent_at, look, {}, details=alone))

    def _entry(
        self,
        member: Row,
        read_at: datetime,
        look: _Look,
        places: Mapping[str, list[int]] | None = None,
        *,
        details: bool = True,
    ) -> Entry:
        packer = self.reader.packer(
            look.selection, places, sees_everybody=look.view.shows_everybody
        )
        (entry,) = packer.pack([member], read_at, details=details).entries
        readable = self.snapshot.readable or frozenset()
        return entry if "gender" in readable else without_gender(entry)


def ask_member(directory: Directory, id_: str, sent_at: datetime) -> Answer:
    """Return a member by `user/get`, why they cannot be seen, or None: nobody has that id.

    Raises:
        WeComError: WeCom did not answer, or with a code that says nothing about the person.
    """
    try:
        member = directory.get_user(id_)
    except WeComError as error:
        code = code_of(error)
        if code == NO_SUCH_MEMBER:
            return None
        if code in INVISIBLE:
            return Hidden(f"member:{id_}", "permission")
        if code == BAD_MEMBER_ID:  # also "not in contacts": too vague for a proof
            return Hidden(f"member:{id_}", "unread")
        raise
    if str(member.get("userid")).lower() != id_:  # another person's answer proves nothing
        return Hidden(f"member:{id_}", "unread")
    return Seen(member, sent_at)


def _places(member: Row) -> list[str]:
    places = member.get("department")
    ids = (department_id(one) for one in places) if isinstance(places, list) else ()
    return [one for one in ids if one is not None]
