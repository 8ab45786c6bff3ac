"""What tests look at of a snapshot."""

from syncd.model.entry import Missing, Snapshot
from syncd.model.record import DepartmentRecord, UserRecord
from syncd.sources.ldap import LdapSource


def people(source: LdapSource, snapshot: Snapshot) -> dict[str, UserRecord]:
    """Return the persons by their userid."""
    records = [source.normalize(entry) for entry in snapshot.users]
    return {record.fields["userid"]: record for record in records}


def departments(source: LdapSource, snapshot: Snapshot) -> dict[str, DepartmentRecord]:
    """Return the departments by their name."""
    return {record.name: record for record in map(source.normalize, snapshot.departments)}


def missing(source: LdapSource, before: Snapshot, after: Snapshot) -> Missing:
    """Return what a store would miss that holds the first snapshot and sees the second."""
    shown = {entry.external_id for entry in (*after.users, *after.departments)}
    users = {
        record.external_id: frozenset(one.department for one in record.memberships or ())
        for record in people(source, before).values()
        if record.external_id not in shown
    }
    units = {
        record.external_id: record.parent
        for record in departments(source, before).values()
        if record.external_id not in shown
    }
    return Missing(users, units, frozenset(users))
