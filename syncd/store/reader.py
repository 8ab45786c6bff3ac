"""What can be asked of the store: for planning, and by people."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

from syncd.model.change import Population
from syncd.model.conflict import Conflict, ConflictKind
from syncd.model.cursor import Cursor, CursorKind
from syncd.model.dossier import Dossier
from syncd.model.entry import Kind, Ref
from syncd.model.past import Past
from syncd.model.pause import Pause
from syncd.model.record import UserRecord
from syncd.model.run import ReadingSummary, Run
from syncd.model.source import SourceState
from syncd.model.world import World
from syncd.reconcile.lookup import Person
from syncd.store import (
    askable,
    conflicts,
    cursors,
    dossier,
    history,
    lease,
    listing,
    look,
    owners,
    parts,
    past,
    pauses,
    people,
    plans,
    population,
    related,
    roster,
    runs,
    sources,
    upgrade,
    world,
)
from syncd.store.conflicts import StoredConflict
from syncd.store.database import Database
from syncd.store.history import NamedChange
from syncd.store.lease import Lease
from syncd.store.listing import ListedLink
from syncd.store.look import Branch, LoggedChange
from syncd.store.look import Person as FoundPerson
from syncd.store.lookups import Lookups
from syncd.store.roster import People, Roster
from syncd.store.upgrade import SchemaAge, SchemaState


class Reader:
    """Every question, each in a transaction of its own that sees one moment of the store."""

    def __init__(self, database: Database) -> None:
        """Ask one database."""
        self._database = database
        #: What was learnt by asking sources for people.
        self.lookups = Lookups(database)
        #: Whether this stands for a store that is not there yet.
        self.is_empty = False

    @property
    def name(self) -> str:
        """Return the store's place, fit to be shown."""
        return self._database.name

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def schema_state(self) -> SchemaState:
        """Return how the database's schema compares with this syncd's; makes no file."""
        if self.is_empty or self._database.is_missing:
            return SchemaState(SchemaAge.EMPTY, None)
        with self._database.read() as connection:
            return upgrade.read_schema(connection)

    # --- runs ----------------------------------------------------------------------------------

    def runs(self, limit: int = 20) -> list[Run]:
        """Return the newest runs, the newest first."""
        with self._database.read() as connection:
            return runs.read_runs(connection, limit)

    def run(self, run_id: int) -> Run | None:
        """Return a run, or None where there is none of this id."""
        with self._database.read() as connection:
            return runs.read_run(connection, run_id)

    def plan_body(self, run_id: int) -> str | None:
        """Return a held plan as JSON text; the newest two are kept whole."""
        with self._database.read() as connection:
            return plans.read_body(connection, run_id)

    def held_run(self) -> Run | None:
        """Return the run whose plan waits for a person, None where nothing is held."""
        with self._database.read() as connection:
            return runs.read_held(connection)

    def lease(self) -> Lease | None:
        """Return who holds the lease; it may have run out."""
        with self._database.read() as connection:
            return lease.read_lease(connection)

    def store_version(self) -> int:
        """Return how often the store has moved; read it before what a plan is made of."""
        with self._database.read() as connection:
            return lease.store_version(connection)

    def last_readings(self, *, complete: bool = False) -> dict[str, ReadingSummary]:
        """Return each source's reading of the newest applied or unchanged run.

        With `complete`, the newest that was of everything; without an entry where it is not known.
        """
        with self._database.read() as connection:
            return runs.last_readings(connection, complete=complete)

    def past(self, run_id: int) -> Past:
        """Return what a run has changed, in the words of the model."""
        with self._database.read() as connection:
            return past.read_past(connection, run_id)

    def guard_counts_since_full(self, now: datetime) -> dict[str, int]:
        """Return what was applied since the last applied full run, at most a day back, by guard."""
        with self._database.read() as connection:
            return runs.guard_counts_since_full(connection, now)

    def pauses(self) -> list[Pause]:
        """Return the maintenance windows; some may have ended by themselves."""
        with self._database.read() as connection:
            return pauses.read_pauses(connection)

    # --- for planning --------------------------------------------------------------------------

    def source_states(self) -> dict[str, SourceState]:
        """Return what is remembered of every source, by name."""
        with self._database.read() as connection:
            return sources.read_states(connection)

    def source_state(self, name: str) -> SourceState | None:
        """Return what is remembered of a source; None before its first applied reading."""
        return self.source_states().get(name)

    def retired_state(self, name: str) -> SourceState | None:
        """Return what is still known of a source that was retired: whose its records' ids are."""
        with self._database.read() as connection:
            return sources.read_retired(connection, name)

    def cursors(self, source: str) -> dict[CursorKind, Cursor]:
        """Return where the reading of a source goes on; empty where it begins anew."""
        with self._database.read() as connection:
            return cursors.read_cursors(connection, source)

    def unsettled(self, source: str) -> dict[Kind, frozenset[str]]:
        """Return the ids of a source's records that every run has to look at, also of the gone."""
        with self._database.read() as connection:
            return cursors.read_unsettled(connection, source)

    def digests(self, source: str, kind: Kind) -> dict[str, bytes | None]:
        """Return the digest of every record of a source that is not gone, by external id."""
        with self._database.read() as connection:
            return sources.read_digests(connection, source, kind)

    def read_ats(
        self, source: str, kind: Kind, external_ids: Collection[str]
    ) -> dict[str, datetime]:
        """Return when these records were last read, gone ones too; unknown ids are left out."""
        with self._database.read() as connection:
            return sources.read_read_ats(connection, source, kind, external_ids)

    def last_memberships(
        self, source: str, external_ids: Collection[str]
    ) -> dict[str, frozenset[str]]:
        """Return the departments that people were last seen in; gone ones are left out."""
        with self._database.read() as connection:
            return sources.read_memberships(connection, source, external_ids)

    def department_parents(self, source: str) -> dict[str, str | None]:
        """Return the parent of every department of a source that is not gone, None for a top."""
        with self._database.read() as connection:
            return sources.read_parents(connection, source)

    def linked_ids(self, source: str, external_ids: Collection[str]) -> frozenset[str]:
        """Return those of the ids whose record belongs to a user."""
        with self._database.read() as connection:
            return sources.read_linked(connection, source, external_ids)

    def active_ids(self, source: str, external_ids: Collection[str]) -> frozenset[str]:
        """Return those of the ids whose record owns an active user."""
        with self._database.read() as connection:
            return sources.read_active(connection, source, external_ids)

    def people_records(self, refs: Collection[Ref]) -> dict[Ref, UserRecord]:
        """Return the last records of these people, without those who are gone."""
        with self._database.read() as connection:
            people, gone = sources.read_people(connection, refs)
            return {ref: one for ref, one in people.items() if ref not in gone}

    def field_values(self, source: str, field: str) -> list[tuple[str, str | None]]:
        """Return (external id, value) of one field of every person of a source who is not gone."""
        with self._database.read() as connection:
            return sources.read_values(connection, source, field)

    def everybody(self) -> Iterator[UserRecord]:
        """Yield the last record of everybody of every source, without those who are gone.

        All are of one moment.
        """
        with self._database.read() as connection:
            yield from sources.read_everybody(connection)

    def identity_doubts(self, source: str) -> list[Conflict]:
        """Return the open conflicts about who somebody of a source is."""
        with self._database.read() as connection:
            return conflicts.read_of_kind(connection, ConflictKind.IDENTITY_DOUBTFUL, source)

    def has_source_conflict(self, source: str) -> bool:
        """Return whether a conflict about a source as a whole is open."""
        with self._database.read() as connection:
            return conflicts.has_source_wide(connection, source)

    def of_same_users(self, refs: Collection[Ref]) -> set[Ref]:
        """Return all records of the users whom these records have."""
        with self._database.read() as connection:
            return related.of_same_users(connection, refs)

    def related(self, refs: Collection[Ref], keys: Collection[str]) -> set[Ref]:
        """Return these records, and all that share a user or a value of the common field with them.

        And all that share one with those again. Gone records have no value; `keys` are values
        that are looked for besides the stored ones.
        """
        with self._database.read() as connection:
            return related.find_related(connection, refs, keys)

    def expand(self, refs: Collection[Ref], departments: Collection[Ref] = ()) -> set[Ref]:
        """Return the owners of users whose rows depend on what these records say.

        They are: users managed by a user of `refs`, users who share a userid with one, and
        members of `departments`.
        """
        with self._database.read() as connection:
            return world.expand(connection, refs, departments)

    def world(
        self,
        refs: Collection[Ref] | None,
        *,
        extra_managers: Collection[Ref] = (),
        userid_keys: Collection[str] = (),
        departments_records: bool = True,
    ) -> World:
        """Return what the store says around `refs`.

        Args:
            refs: The people that are to be planned; None for everything.
            extra_managers: Managers that new records name; those that the store knows are found.
            userid_keys: Userids as they are compared (`rows.userid_key`), whose users count too.
            departments_records: Whether departments are planned: their records and conflicts.
        """
        with self._database.read() as connection:
            return world.read_world(
                connection,
                refs,
                extra_managers=extra_managers,
                userid_keys=userid_keys,
                departments_records=departments_records,
            )

    def parts(
        self, sources: Collection[str], size: int, *, telling: Collection[str], by_value: bool
    ) -> Iterator[tuple[frozenset[Ref], World]]:
        """Yield everybody of some sources, about `size` users at a time, and what is around them.

        All parts are of one moment. A part has all whose records hang together (`related`), their
        managers, and their conflicts about the common field; no departments that could be relied
        upon, and not everybody who shares a userid with them (`sharing_userids`).

        Args:
            sources: Those whose people are wanted.
            size: Users of a part; where more hang together, it has all these.
            telling: The sources whose records say who a user's manager is.
            by_value: Whether records are matched by the common field.
        """
        with self._database.read() as connection:
            yield from parts.read_parts(
                connection, sources, size, telling=telling, by_value=by_value
            )

    def concerned(self, kinds: Collection[ConflictKind]) -> set[Ref]:
        """Return whom the open conflicts of these kinds are about."""
        with self._database.read() as connection:
            return conflicts.read_concerned(connection, kinds)

    def sharing_userids(self) -> set[Ref]:
        """Return the owners of users whose userid is another user's too, whatever its case."""
        with self._database.read() as connection:
            return parts.read_sharing(connection)

    def owner_of(self, user_id: int) -> Ref | None:
        """Return the record that owns a user, None where there is no such user."""
        with self._database.read() as connection:
            return people.read_owner(connection, user_id)

    def other_owners(self, source: str, protected: Collection[str] = ()) -> set[str]:
        """Return the other sources that own users who are not gone, or active departments.

        Users whose folded userid is in `protected` do not count.
        """
        with self._database.read() as connection:
            return owners.read_other_owners(connection, source, protected)

    def owners_of_userid(self, userid: str) -> list[Ref]:
        """Return the records that own the users of a userid, whatever its case."""
        with self._database.read() as connection:
            return people.read_owners_of_userid(connection, userid)

    def waiting_for_any(self, managers: Collection[Ref]) -> set[Ref]:
        """Return whose records name one of these managers, active or not."""
        with self._database.read() as connection:
            return people.read_waiting_for_any(connection, managers)

    def population(self) -> Population:
        """Return the counts that guards take their shares of."""
        with self._database.read() as connection:
            return population.read_population(connection)

    def askable(
        self,
        name: str,
        field: str,
        sources: Collection[str],
        *,
        is_authority: bool,
        protected: Collection[str] = (),
    ) -> list[Person]:
        """Return who has a value and no record of the source that is to be asked for them.

        Args:
            name: The source that is to be asked.
            field: The common field.
            sources: The others that take part.
            is_authority: Whether the one that is asked is the authority: then those of others who
                have no user. Else those who own users.
            protected: Folded userids of users whom no rule may link.
        """
        with self._database.read() as connection:
            return askable.read_askable(
                connection, name, field, sources, is_authority=is_authority, protected=protected
            )

    def carriers(
        self, keys: Collection[str], field: str, sources: Collection[str]
    ) -> dict[tuple[str, str], set[str]]:
        """Return who carries these values of a field: source and value → ids."""
        with self._database.read() as connection:
            return askable.read_carriers(connection, keys, field, sources)

    def has_unshown(
        self, name: str, field: str, other: str | None, told: Collection[str] = ()
    ) -> bool:
        """Return whether there is somebody of whom a source never showed a field, left to be found.

        They have a user, and no record of the source `other`; without one, they have no user.
        Of the ids in `told` the field, or that they are gone, is known by now.
        """
        with self._database.read() as connection:
            return askable.has_unshown(connection, name, field, other, told)

    # --- for people ----------------------------------------------------------------------------

    def conflicts(self, *, open_only: bool = True) -> list[StoredConflict]:
        """Return conflicts, the oldest first."""
        with self._database.read() as connection:
            return conflicts.read_conflicts(connection, open_only=open_only)

    def conflict_counts(self) -> dict[str, int]:
        """Return how many conflicts are open, by kind."""
        with self._database.read() as connection:
            return conflicts.count_open(connection)

    def unmatched_counts(self) -> dict[str, int]:
        """Return how many records belong to no user, by source."""
        with self._database.read() as connection:
            return listing.count_unmatched(connection)

    def links(
        self, *, user_id: int | None = None, unmatched: bool = False, limit: int = 1000
    ) -> list[ListedLink]:
        """Return links of records that own no user themselves, by source and id.

        Args:
            user_id: Those of this user alone, the owner's too.
            unmatched: Those of records that belong to nobody.
            limit: How many at most.
        """
        with self._database.read() as connection:
            return listing.read_links(connection, user_id=user_id, unmatched=unmatched, limit=limit)

    @contextmanager
    def roster(self) -> Iterator[Roster]:
        """Give every record with the user that it belongs to, all of one moment."""
        with self._database.read() as connection:
            yield roster.read_roster(connection)

    def people(self) -> People:
        """Return how users are named, and who may be meant by a record that is nobody's."""
        with self._database.read() as connection:
            return roster.read_everybody(connection)

    def user_ids(self, *, user_id: int | None = None, userid: str | None = None) -> list[int]:
        """Return the ids of the users that have this id or this userid, whatever its case."""
        with self._database.read() as connection:
            return dossier.read_user_ids(connection, user_id, userid)

    def user_of(self, ref: Ref) -> int | None:
        """Return the id of the user that a record belongs to, None where it belongs to nobody."""
        with self._database.read() as connection:
            return dossier.read_user_of(connection, ref)

    def dossier(self, subject: int | Ref) -> Dossier | None:
        """Return all that is known of a user (by id), or of a record that belongs to nobody.

        None where there is no such user or record.
        """
        with self._database.read() as connection:
            return dossier.read_dossier(connection, subject)

    def find(self, text: str) -> list[FoundPerson]:
        """Return at most 200 people and unmatched records that hold `text` in a name, number, address or id."""
        with self._database.read() as connection:
            return look.find_people(connection, text)

    def tree(self) -> tuple[Branch, ...]:
        """Return the active departments as a tree, with counts of active members."""
        with self._database.read() as connection:
            return look.read_tree(connection)

    def changes(
        self,
        *,
        user_id: int | None = None,
        run_id: int | None = None,
        since: datetime | None = None,
    ) -> Iterator[LoggedChange]:
        """Yield changes in the order in which they were made."""
        with self._database.read() as connection:
            yield from look.read_changes(connection, user_id=user_id, run_id=run_id, since=since)

    def status_counts(self) -> dict[str, dict[str, int]]:
        """Return `{"user": {status: n}, "department": {status: n}}`."""
        with self._database.read() as connection:
            return population.count_by_status(connection)

    def history(
        self,
        *,
        user_id: int | None = None,
        run_id: int | None = None,
        since: datetime | None = None,
        limit: int = 100,
    ) -> list[NamedChange]:
        """Return the newest changes with the names of what they are about, in order of time."""
        with self._database.read() as connection:
            return history.read_history(
                connection, user_id=user_id, run_id=run_id, since=since, limit=limit
            )

    def history_after(
        self,
        after_id: int,
        *,
        user_id: int | None = None,
        run_id: int | None = None,
        since: datetime | None = None,
        limit: int = 1000,
    ) -> tuple[list[NamedChange], int]:
        """Return the first changes after one, and the id up to which there is no other."""
        with self._database.read() as connection:
            return history.read_later(
                connection,
                after_id=after_id,
                user_id=user_id,
                run_id=run_id,
                since=since,
                limit=limit,
            )

    def newest_change(self) -> int:
        """Return the id of the newest change; 0 where there is none."""
        with self._database.read() as connection:
            return history.read_newest_id(connection)
