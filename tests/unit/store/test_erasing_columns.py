"""Whoever adds a column where somebody may be named has to think of the right to be forgotten."""

from sqlalchemy import JSON, LargeBinary, String, Text
from sqlalchemy.types import TypeDecorator

from syncd.store.schema import metadata
from syncd.store.types import UtcDateTime

#: What `syncd.store.erasing` takes a person out of: rows that go, rows that are blanked.
ERASED = {
    "directory_user": {
        *("userid", "name", "alias", "mobile", "email", "biz_email", "telephone", "employee_no"),
        *("position", "gender", "address", "avatar_url", "custom", "userid_key"),
    },
    "directory_link": {"external_id", "key_value"},
    "directory_record": {"external_id", "data", "digest", "key_value"},
    "sync_run": {"why", "error"},
    "sync_change": {"before", "after", "cause"},
    "sync_conflict": {"external_id", "key_value", "detail", "accepted", "accepted_why"},
    "sync_plan": {"body"},
    "sync_source": {"scope"},
    "sync_pause": {"why"},
    "audit_block": {"lines"},
    "outbox_message": {"recipient", "content", "error"},
    "outbox_delivery": {"external_id", "last_error", "recipient"},
    "outbox_call": {"body", "error"},
    "outbox_channel": {"error"},
}
#: What is about no person, or tells who has decided something.
OF_NOBODY = {
    "directory_department": {"name", "name_en", "full_path", "source", "external_id", "status"},
    "directory_user": {"status"},
    "directory_link": {"source", "method"},
    "directory_record": {"source", "kind"},
    "sync_run": {
        *("trigger", "mode", "outcome", "counts", "plan_digest", "readings", "guard_counts"),
        *("actor", "process"),
    },
    "sync_change": {"entity", "action"},
    "sync_conflict": {"kind", "source", "accepted_by"},
    "sync_plan": {"digest"},
    "sync_lease": {"host", "boot_id", "process_start"},
    "sync_source": {
        *("name", "type", "identity", "fingerprint", "readable", "withheld", "capabilities"),
        "key_field",
    },
    "sync_pause": {"kind", "name", "actor"},
    "sync_rename": {"former_name", "name"},
    "audit_chain": {"chain", "last_hash", "pseudonym_key"},
    "audit_file": {"host", "path"},
    "outbox_message": {"msgtype", "source", "dedupe_key", "status", "reason"},
    "outbox_delivery": {"status", "source", "reason"},
    "outbox_call": {
        *("source", "status", "body_hash", "host", "boot_id", "process_start", "msgid"),
        "response_code",
    },
    "outbox_media": {"source", "digest", "type", "media_id"},
    "outbox_channel": {"source", "reason"},
    "outbox_quota": {"source", "day"},
}


def may_name_somebody(column):
    kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    return isinstance(kind, String | Text | JSON | LargeBinary) and not isinstance(
        column.type, UtcDateTime
    )


def test_every_column_that_may_name_somebody_is_known_to_the_erasure():
    there = {
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.columns
        if may_name_somebody(column)
    }
    known = {
        (table, column)
        for tables in (ERASED, OF_NOBODY)
        for table, columns in tables.items()
        for column in columns
    }
    assert there == known
