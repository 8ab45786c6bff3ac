"""The tables: those of the contract, which applications read, and what stands behind them.

`docs/database.md` explains every column. A change here needs a migration with one statement and
a new `HEAD`; tests compare the two.
"""

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    text,
)

from syncd.store.types import (
    Id,
    Json,
    LongBytes,
    LongText,
    PackedText,
    UtcDateTime,
    key,
    octets,
    utc_now,
)

#: The newest migration. It stands here so that looking at a schema does not load Alembic.
HEAD: Final = "0067"
#: Where Alembic notes the schema's revision; an application may use Alembic beside us.
VERSION_TABLE: Final = "syncd_schema"

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# --- the directory -----------------------------------------------------------------------------

department: Final = Table(
    "directory_department",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("parent_id", Id, ForeignKey("directory_department.id")),
    Column("name", String(255), nullable=False),
    Column("name_en", String(255)),
    Column("full_path", LongText, nullable=False),
    Column("depth", Integer, nullable=False),
    Column("sort_order", Id, nullable=False),
    Column("source", key(), nullable=False),
    Column("external_id", key(), nullable=False),
    Column("status", key(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("gone_at", UtcDateTime),
    UniqueConstraint("source", "external_id"),
)

user: Final = Table(
    "directory_user",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("userid", String(255)),
    Column("name", String(255), nullable=False),
    Column("alias", String(255)),
    Column("mobile", String(64)),
    Column("email", String(255)),
    Column("biz_email", String(255)),
    Column("telephone", String(64)),
    Column("employee_no", String(255)),
    Column("position", String(255)),
    Column("gender", String(16)),
    Column("address", String(1024)),
    Column("avatar_url", String(2048)),
    Column("manager_id", Id, ForeignKey("directory_user.id"), index=True),
    Column("main_department_id", Id, ForeignKey("directory_department.id")),
    Column("status", key(16), nullable=False),
    Column("gone_at", UtcDateTime),
    Column("source_disabled_at", UtcDateTime),
    Column("admin_disabled_at", UtcDateTime),
    Column("custom", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    # The userid folded as it is compared: two people may not share it, but one of them may exist.
    Column("userid_key", key(), index=True),
)

membership: Final = Table(
    "directory_membership",
    metadata,
    Column("user_id", Id, ForeignKey("directory_user.id"), primary_key=True, autoincrement=False),
    Column(
        "department_id",
        Id,
        ForeignKey("directory_department.id"),
        primary_key=True,
        autoincrement=False,
        index=True,
    ),
    Column("is_primary", Boolean, nullable=False),
    Column("is_leader", Boolean, nullable=False),
    Column("sort_order", Id, nullable=False),
    sqlite_with_rowid=False,
)

link: Final = Table(
    "directory_link",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("source", key(), nullable=False),
    Column("external_id", key(), nullable=False),
    Column("user_id", Id, ForeignKey("directory_user.id"), index=True),
    Column("method", key(32), nullable=False),
    Column("key_value", key()),
    Column("linked_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
    # The record that owns the user: its absence deactivates, its fields come first.
    Column("is_owner", Boolean, nullable=False),
    UniqueConstraint("source", "external_id"),
)

#: One row: the last id given to a department, a user and a link.
counter: Final = Table(
    "directory_counter",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("department_id", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("link_id", Id, nullable=False),
)

record: Final = Table(
    "directory_record",
    metadata,
    Column("source", key(), primary_key=True),
    Column("kind", key(16), primary_key=True),
    Column("external_id", key(), primary_key=True),
    Column("read_at", UtcDateTime, nullable=False),
    Column("digest", octets(64)),
    Column("gone_at", UtcDateTime),
    Column("data", LongText, nullable=False),
    # The value of the common field as it is compared, where there are several sources.
    Column("key_value", key(), index=True),
)

# --- runs --------------------------------------------------------------------------------------

run: Final = Table(
    "sync_run",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("trigger", key(16), nullable=False),
    Column("mode", key(16), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("outcome", key(16)),
    Column("counts", Json, nullable=False),
    Column("plan_digest", key(64)),
    Column("error", LongText),
    Column("actor", String(255), nullable=False),
    Column("why", LongText),
    Column("readings", Json, nullable=False),
    Column("guard_counts", Json, nullable=False),
    # JSON: who carries a run without the lease out; NULL once it has ended, and with the lease.
    Column("process", LongText),
    sqlite_autoincrement=True,
)

change: Final = Table(
    "sync_change",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("run_id", Id, ForeignKey("sync_run.id"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("entity", key(16), nullable=False),
    Column("entity_id", Id, nullable=False),
    Column("action", key(16), nullable=False),
    Column("before", Json),
    Column("after", Json),
    Column("cause", Json, nullable=False),
    Index(None, "entity", "entity_id"),
    sqlite_autoincrement=True,
)

conflict: Final = Table(
    "sync_conflict",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("kind", key(32), nullable=False),
    Column("source", key(), nullable=False),
    Column("external_id", key(), nullable=False),
    Column("key_value", LongText),
    Column("detail", Json, nullable=False),
    Column("first_run_id", Id, ForeignKey("sync_run.id"), nullable=False),
    Column("last_run_id", Id, ForeignKey("sync_run.id"), nullable=False),
    Column("resolved_at", UtcDateTime, index=True),
    Column("accepted", Json, nullable=False),
    Column("accepted_by", String(255)),
    Column("accepted_why", LongText),
    Column("accepted_at", UtcDateTime),
    Index(None, "source", "external_id"),
    sqlite_autoincrement=True,
)

plan: Final = Table(
    "sync_plan",
    metadata,
    Column("run_id", Id, ForeignKey("sync_run.id"), primary_key=True, autoincrement=False),
    Column("digest", key(64), nullable=False),
    Column("body", PackedText),
)

#: One row: who may write, and how often the store has moved.
lease: Final = Table(
    "sync_lease",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("token", Id, nullable=False),
    Column("store_version", Id, nullable=False),
    Column("host", String(255)),
    Column("boot_id", String(64)),
    Column("pid", Id),
    Column("process_start", String(64)),
    Column("run_id", Id),
    Column("acquired_at", UtcDateTime),
    Column("expires_at", UtcDateTime),
)

source: Final = Table(
    "sync_source",
    metadata,
    Column("name", key(), primary_key=True),
    Column("type", key(32), nullable=False),
    Column("identity", LongText, nullable=False),
    Column("fingerprint", key(), nullable=False),
    Column("readable", Json, nullable=False),
    Column("withheld", Json, nullable=False),
    Column("scope", Json, nullable=False),
    Column("capabilities", Json, nullable=False),
    Column("first_loaded_at", UtcDateTime),
    Column("seen_at", UtcDateTime),
    # The common field of which `directory_record.key_value` holds the values.
    Column("key_field", key()),
    Column("is_authority", Boolean),
)

#: Where the reading of a source goes on; one row for each kind of reading.
cursor: Final = Table(
    "sync_cursor",
    metadata,
    Column("source", key(), primary_key=True),
    Column("kind", key(16), primary_key=True),
    Column("position", Json, nullable=False),
    Column("moved_at", UtcDateTime, nullable=False),
)

#: New names of sources: what `sync_change` tells up to a change bears the former one.
rename: Final = Table(
    "sync_rename",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("former_name", key(), nullable=False),
    Column("name", key(), nullable=False),
    Column("last_change_id", Id, nullable=False),
    Column("renamed_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

#: Whose a value of the common field is, as a source said that shows nobody's and was asked.
lookup: Final = Table(
    "sync_lookup",
    metadata,
    Column("source", key(), primary_key=True),
    Column("field", key(32), primary_key=True),
    Column("value", key(), primary_key=True),
    # NULL: nobody's, or of nobody who may be seen.
    Column("external_id", key()),
    Column("asked_at", UtcDateTime, nullable=False),
    # Since when this was the answer each time.
    Column("since", UtcDateTime, nullable=False),
    Index(None, "source", "external_id"),
)

#: How often asking found nobody, by the hour; of the corporation, whatever its source is called.
lookup_miss: Final = Table(
    "sync_lookup_miss",
    metadata,
    Column("identity", key(), primary_key=True),
    Column("endpoint", key(64), primary_key=True),
    Column("hour", UtcDateTime, primary_key=True),
    Column("number", Integer, nullable=False),
    # What the source said when it would not answer any more.
    Column("refusal", LongText),
)

#: What is not to be read or sent for a while: everything, a source, or the outbox.
pause: Final = Table(
    "sync_pause",
    metadata,
    Column("kind", key(16), primary_key=True),
    Column("name", key(), primary_key=True),
    Column("paused_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime),
    Column("actor", String(255), nullable=False),
    Column("why", LongText),
)

# --- the audit log -----------------------------------------------------------------------------

#: One row: the end of the chain, under whose lock sequence and hash are given.
audit_chain: Final = Table(
    "audit_chain",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("chain", key(64), nullable=False),
    Column("first_seq", Id, nullable=False),
    Column("last_seq", Id, nullable=False),
    Column("last_hash", key(64), nullable=False),
    Column("pseudonym_key", octets(32), nullable=False),
)

audit_block: Final = Table(
    "audit_block",
    metadata,
    Column("first_seq", Id, primary_key=True, autoincrement=False),
    Column("last_seq", Id, nullable=False),
    Column("lines", LongBytes, nullable=False),
)

audit_file: Final = Table(
    "audit_file",
    metadata,
    Column("host", key(128), primary_key=True),
    Column("path", key(512), primary_key=True),
    Column("last_seq", Id, nullable=False),
    Column("size", Id, nullable=False),
    # The first line that it was given: the lines before had gone when it was registered.
    Column("first_seq", Id),
    Column("noted_at", UtcDateTime),
)

# --- the outbox --------------------------------------------------------------------------------

message: Final = Table(
    "outbox_message",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("recipient", LongText, nullable=False),
    Column("msgtype", key(32), nullable=False),
    Column("content", Json, nullable=False),
    Column("source", key()),
    Column("dedupe_key", key(), unique=True),
    Column("priority", Integer, nullable=False, server_default=text("0")),
    Column("not_before", UtcDateTime),
    Column("expires_at", UtcDateTime),
    Column("status", key(16), nullable=False, server_default="queued", index=True),
    Column("created_at", UtcDateTime, nullable=False, server_default=utc_now()),
    Column("finished_at", UtcDateTime),
    # How many people it is for; NULL until that has been found out.
    Column("people", Integer),
    # Why nothing of it was sent, or why it waits: a word, and a sentence for people.
    Column("reason", key(32)),
    Column("error", LongText),
    # When a person let it go to more people than `outbox.confirm_above`.
    Column("approved_at", UtcDateTime),
    sqlite_autoincrement=True,
)

#: A request to WeCom as it was written down before it was sent, and is repeated.
call: Final = Table(
    "outbox_call",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("source", key(), nullable=False),
    Column("status", key(16), nullable=False),
    # The request; NULL once it needs no repeating.
    Column("body", LongBytes),
    Column("body_hash", octets(32), nullable=False, index=True),
    # Seconds within which WeCom takes the same body for the same message.
    Column("duplicate_window", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    # Grows with every claim: who has lost a call cannot settle it.
    Column("token", Id, nullable=False),
    Column("host", String(255)),
    Column("boot_id", String(64)),
    Column("pid", Id),
    Column("process_start", String(64)),
    Column("first_sent_at", UtcDateTime, nullable=False),
    Column("claimed_until", UtcDateTime),
    Column("repeat_at", UtcDateTime),
    Column("settled_at", UtcDateTime),
    Column("msgid", String(255)),
    Column("response_code", String(255)),
    Column("error_code", Integer),
    Column("error", LongText),
    Column("recalled_at", UtcDateTime),
    Index(None, "status", "repeat_at"),
    sqlite_autoincrement=True,
)

delivery: Final = Table(
    "outbox_delivery",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("message_id", Id, ForeignKey("outbox_message.id"), nullable=False),
    Column("user_id", Id, ForeignKey("directory_user.id")),
    Column("external_id", key()),
    Column("status", key(16), nullable=False, server_default="pending"),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_attempt_at", UtcDateTime),
    Column("last_error_code", Integer),
    Column("last_error", LongText),
    Column("delivered_at", UtcDateTime),
    # The source that sends.
    Column("source", key()),
    # As the message names whom it does not find.
    Column("recipient", LongText),
    Column("priority", Integer, nullable=False, server_default=text("0")),
    # Why it was not delivered: a word.
    Column("reason", key(32)),
    # When it was last written into a call, by the database's clock.
    Column("claimed_at", UtcDateTime),
    # Without a reference: SQLite could not take it back. The calls go with the messages.
    Column("call_id", Id, index=True),
    UniqueConstraint("message_id", "user_id"),
    # What is due next, without what waits or is over.
    Index(None, "status", "source", "priority", "next_attempt_at"),
    # What somebody got lately.
    Index(None, "user_id", "claimed_at"),
    sqlite_autoincrement=True,
)

#: Files that WeCom has, by what is in them; it forgets them after three days.
media: Final = Table(
    "outbox_media",
    metadata,
    Column("source", key(), primary_key=True),
    Column("digest", key(64), primary_key=True),
    Column("type", key(16), primary_key=True),
    Column("media_id", String(512), nullable=False),
    Column("uploaded_at", UtcDateTime, nullable=False),
)

#: A source whose messages wait, because WeCom lets none through.
channel: Final = Table(
    "outbox_channel",
    metadata,
    Column("source", key(), primary_key=True),
    Column("reason", key(32), nullable=False),
    Column("stopped_at", UtcDateTime, nullable=False),
    # When one call goes out to see whether it works again.
    Column("probe_at", UtcDateTime, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("error_code", Integer),
    Column("error", LongText),
)

#: How many people each source has sent a message to on a day of Beijing, `YYYY-MM-DD`.
quota: Final = Table(
    "outbox_quota",
    metadata,
    Column("source", key(), primary_key=True),
    Column("day", key(10), primary_key=True),
    Column("people", Integer, nullable=False),
)

# --- incidents and alerts ----------------------------------------------------------------------

#: Sources whose last reading broke off.
failure: Final = Table(
    "sync_failure",
    metadata,
    Column("source", key(), primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("error", LongText, nullable=False),
)

incident: Final = Table(
    "sync_incident",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("kind", key(32), nullable=False),
    # The source; empty where the whole store is meant.
    Column("subject", key(), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("detail", Json, nullable=False),
    Column("clear_since", UtcDateTime),
    Column("relapses", Integer, nullable=False),
    Column("ended_at", UtcDateTime, index=True),
    sqlite_autoincrement=True,
)

#: Of what people are told, by which way, and whether they were.
alert: Final = Table(
    "sync_alert",
    metadata,
    Column("incident_id", Id, ForeignKey("sync_incident.id"), primary_key=True),
    Column("phase", key(16), primary_key=True),
    Column("way", key(16), primary_key=True),
    Column("attempts", Integer, nullable=False),
    # NULL when they were told, and when there is nothing to tell any more.
    Column("next_attempt_at", UtcDateTime),
    Column("told_at", UtcDateTime),
    Column("error", LongText),
)

#: What stands in tables of one row before anything has happened.
FIRST_ROWS: Final = (
    (counter, {"id": 1, "department_id": 0, "user_id": 0, "link_id": 0}),
    (lease, {"id": 1, "token": 0, "store_version": 0}),
)
