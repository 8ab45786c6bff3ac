"""After an erasure nothing tells of the person: no table, no page of the file, no line of the log."""

import gzip
import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from syncd.errors import AuditUnwritable, StoreBusy, UsageError
from syncd.model.change import Action, Cause, Change, Entity, Gone, Plan
from syncd.model.conflict import Conflict, ConflictKind
from syncd.model.directory import LinkMethod, LinkRow
from syncd.model.entry import Kind
from syncd.model.run import Mode, Outcome, Trigger
from syncd.services import audit_erasure
from syncd.services.audit import write_pending
from syncd.services.audit_lines import log_files
from syncd.services.audit_replay import replay
from syncd.services.audit_verify import verify
from syncd.services.by_hand import Author
from syncd.services.erasure import ErasureContext, erase, find, refuse_who_would_return
from syncd.store import erasing
from syncd.store.tombstone import tombstone

#: What is about the files of the log is the same on every database.
ON_SQLITE = pytest.mark.usefixtures("path")
AUTHOR = Author("ops", "asked for by letter of 3 March by 赵敏 (zhao)")
#: All that is known of Zhao, now and before.
TRACES = ("赵敏", "Zhao Min", "zhao", "+8613800000003", "13900000009", "zhao@example.com", "E-0003")


@pytest.fixture
def log(tmp_path) -> Path:
    return tmp_path / "audit.jsonl"


@pytest.fixture
def company(store, syncs, directory, log, database):
    """Zhao changed the mobile once, left, and is mentioned in conflicts, a plan, a run, a message."""
    zhao, link = directory.add_user(
        "zhao",
        alias="Zhao Min",
        mobile="13900000009",
        email="zhao@example.com",
        employee_no="E-0003",
    )
    zhao = zhao._replace(after=zhao.after._replace(name="赵敏"))
    opened = (
        Conflict(ConflictKind.USERID_TAKEN, "wecom", "zhao", "zhao", {"held_by": "wecom:li"}),
        Conflict(ConflictKind.USERID_TAKEN, "wecom", "li", "li", {"held_by": "wecom:zhao"}),
        Conflict(
            ConflictKind.SCOPE_SHRUNK,
            "wecom",
            "department:2",
            None,
            {"people": ["li", "zhao"], "departments": ["7"]},
        ),
    )
    syncs.apply(
        directory.plan(
            directory.add_department("1"),
            directory.add_user("li", manager=directory.ref("zhao")),
            [zhao, link],
            directory.join("zhao", "1"),
            records=(
                directory.department_record("1"),
                directory.user_record("li", "1", manager="zhao"),
                directory.user_record("zhao", "1", name="赵敏", mobile="13900000009"),
            ),
            opened=opened,
        )
    )
    write_pending(store, log, "here")
    log.rename(log.with_name("audit.jsonl.1"))
    with gzip.open(log.with_name("audit.jsonl.2.gz"), "wb") as packed:
        packed.write(log.with_name("audit.jsonl.1").read_bytes())
    log.with_name("audit.jsonl.1").unlink()
    database.execute(
        "UPDATE directory_user SET mobile = '+8613800000003' WHERE userid = 'zhao'",
        "UPDATE directory_user SET status = 'inactive', gone_at = '2026-03-03 00:00:00.000000'"
        " WHERE userid = 'zhao'",
        "UPDATE directory_record SET gone_at = '2026-03-03 00:00:00.000000'"
        " WHERE external_id = 'zhao'",
        "INSERT INTO sync_lookup (source, field, value, external_id, asked_at, since) VALUES"
        " ('wecom', 'mobile', '+8613800000003', 'zhao', '2026-03-03 00:00:00', '2026-03-03 00:00:00'),"
        " ('wecom', 'mobile', '+8613900000009', NULL, '2026-03-03 00:00:00', '2026-03-03 00:00:00'),"
        " ('wecom', 'mobile', '+8613900000001', 'li', '2026-03-03 00:00:00', '2026-03-03 00:00:00')",
        "INSERT INTO outbox_message (id, recipient, msgtype, content) VALUES"
        """ (1, 'userid:zhao', 'text', '{"content": "hello 赵敏"}'),"""
        """ (2, 'userid:ZHAO|user:1', 'text', '{"content": "both"}')""",
        "INSERT INTO outbox_delivery (message_id, user_id, external_id, last_error)"
        " VALUES (2, (SELECT id FROM directory_user WHERE userid = 'zhao'), 'zhao', 'no zhao')",
        "INSERT INTO sync_failure (source, since, last_at, failures, error) VALUES"
        " ('wecom', '2026-03-03 00:00:00', '2026-03-03 00:00:00', 1, 'user zhao: no answer')",
        "INSERT INTO sync_incident (id, kind, subject, opened_at, detail, relapses) VALUES"
        """ (1, 'source_failed', 'wecom', '2026-03-03 00:00:00', '{"reason": "user zhao: no"}', 0)""",
        "INSERT INTO sync_alert (incident_id, phase, way, attempts, error)"
        " VALUES (1, 'opened', 'email', 1, '550 zhao is no mailbox')",
    )
    begun = syncs.begin(why="赵敏 has left")
    store.hold(
        begun.run.id,
        token=begun.token,
        now=syncs.now,
        digest="d",
        body='{"guarded": [["user", "wecom", "zhao"]], "changes": []}',
        violations=(),
        counts={},
    )
    begun = syncs.begin()
    text = "the source does not know zhao"
    store.finish_run(begun.run.id, Outcome.FAILED, token=begun.token, now=syncs.now, error=text)
    write_pending(store, log, "here")
    return store


def whom(store):
    return find(store, "zhao")


@pytest.fixture
def context(company, log, now):
    return ErasureContext(company, lambda: now + timedelta(minutes=1), log, "here")


def found(folder: Path) -> list[tuple[str, str]]:
    """Return which traces are left in which files, packed or not."""
    left = []
    for path in sorted(one for one in folder.iterdir() if one.is_file()):
        content = path.read_bytes()
        content = gzip.decompress(content) if path.suffix == ".gz" else content
        left += [(path.name, trace) for trace in TRACES if trace.encode() in content]
    return left


def kept(database) -> list[tuple[str, str]]:
    """Return which traces are left in which tables."""
    return [
        (table, trace)
        for table in database.tables()
        for row in database.rows(f"SELECT * FROM {table}")
        for value in row
        for trace in TRACES
        if trace in (value.decode(errors="replace") if isinstance(value, bytes) else str(value))
    ]


def findings(store, log):
    return [one.code for one in verify(log_files(log), store).findings]


@ON_SQLITE
def test_the_traces_are_there_before(company, database, tmp_path):
    told = {name for name, _ in found(tmp_path)}
    assert {table for table, _ in kept(database)} == {
        "directory_user",
        "directory_link",
        "directory_record",
        "sync_change",
        "sync_conflict",
        "sync_lookup",
        "sync_plan",
        "sync_run",
        "outbox_message",
        "sync_failure",
        "sync_incident",
        "sync_alert",
        "outbox_delivery",
    }
    assert {"audit.jsonl", "audit.jsonl.2.gz"} <= told


def test_nothing_is_left_of_the_person_and_the_log_is_whole(
    company, context, tmp_path, log, database
):
    before = log.stat()
    log.chmod(0o600)
    report = erase(context, whom(company), AUTHOR)
    company.close()

    assert report.pending is None
    assert report.erased.is_removed
    assert (kept(database), found(tmp_path)) == ([], [])
    assert findings(company, log) == []
    assert log.stat().st_mode & 0o777 == 0o600
    assert log.stat().st_uid == before.st_uid
    assert not list(tmp_path.glob("*.erasing"))
    assert not list(tmp_path.glob(".*"))


def test_others_keep_what_is_theirs(company, context, log, database):
    erase(context, whom(company), AUTHOR)

    assert database.rows("SELECT userid, manager_id FROM directory_user") == [("li", None)]
    (record,) = database.rows("SELECT data FROM directory_record WHERE external_id = 'li'")
    assert json.loads(record[0])[0] == {"userid": "li", "name": "Li", "manager": None}
    conflicts = database.rows("SELECT external_id, detail FROM sync_conflict ORDER BY id")
    assert [(one, json.loads(detail)) for one, detail in conflicts] == [
        ("li", {"held_by": "(erased)"}),
        ("department:2", {"people": ["li"], "departments": ["7"]}),
    ]
    assert database.rows("SELECT id, recipient FROM outbox_message") == [(2, "user:1")]
    assert database.rows("SELECT user_id, external_id, last_error FROM outbox_delivery") == [
        (None, None, None)
    ]
    assert database.rows("SELECT body FROM sync_plan") == [(None,)]
    whys = database.rows("SELECT why, error FROM sync_run WHERE why <> '' OR error <> ''")
    assert whys == [
        ("(erased) has left", None),
        (None, "the source does not know (erased)"),
        ("asked for by letter of 3 March by (erased) ((erased))", None),
    ]


def test_the_record_under_a_former_id_goes_too(company, context, syncs, directory, database):
    ((key,),) = database.rows("SELECT id FROM directory_link WHERE external_id = 'zhao'")
    old, new = directory.ref("zhao"), directory.ref("u-17")
    rows = (LinkRow(old, LinkMethod.AUTHORITY), LinkRow(new, LinkMethod.AUTHORITY))
    syncs.apply(
        directory.plan(
            Change(Entity.LINK, Action.REKEY, new, None, key, *rows, Cause("renamed")),
            records=(directory.user_record("u-17", "1", name="赵敏"),),
            gone=(Gone(Kind.USER, old),),
            former={new: old},
        )
    )
    erase(context, whom(company), AUTHOR)
    company.close()

    assert (kept(database), found(context.audit_file.parent)) == ([], [])
    assert database.rows("SELECT external_id FROM directory_record WHERE kind = 'user'") == [
        ("li",)
    ]


def test_a_doubt_about_somebody_else_no_longer_tells_of_the_person(
    company, context, syncs, directory, database
):
    user_id = whom(company).user_id
    detail = {"user_id": user_id, "former": "zhao", "name_before": "赵敏", "name_now": "钱"}
    kind, value = ConflictKind.IDENTITY_DOUBTFUL, "+8613800000003"
    syncs.apply(directory.plan(opened=(Conflict(kind, "wecom", "qian", value, detail),)))
    erase(context, whom(company), AUTHOR)

    assert kept(database) == []


def test_whom_the_person_managed_is_looked_at_again(company, context, database):
    erase(context, whom(company), AUTHOR)

    assert database.rows("SELECT digest FROM directory_record WHERE external_id = 'li'") == [
        (None,)
    ]


@ON_SQLITE
def test_what_a_killed_erasure_has_left_is_removed(company, context, log, tmp_path, monkeypatch):
    class Killed(BaseException):
        pass

    def kill(part, path):
        (tmp_path / "copy").write_bytes(part.read_bytes())
        (tmp_path / "copy").rename(tmp_path / "left")
        names.append(part)
        raise Killed

    names: list[Path] = []
    with monkeypatch.context() as patch:
        patch.setattr(audit_erasure, "_finish", kill)
        with pytest.raises(Killed):
            erase(context, whom(company), AUTHOR)
    (tmp_path / "left").rename(names[0])  # no `finally` is run where a process is killed
    write_pending(company, log, "here")

    assert not list(tmp_path.glob(".*"))


def test_changes_keep_their_numbers_and_say_nothing(company, context, database):
    before = database.rows("SELECT count(*) FROM sync_change")[0][0]
    report = erase(context, whom(company), AUTHOR)

    zhao = report.erased.user_id
    told = [
        (one.entity, one.before, one.after, one.cause)
        for one in company.changes()
        if one.run_id < report.run_id and one.entity_id == zhao and one.entity != "department"
    ]
    assert told == [
        (entity, None, None, {"code": "appeared"}) for entity in ("user", "membership", "link")
    ]
    assert database.rows("SELECT count(*) FROM sync_change")[0][0] == before + 4


def test_the_log_still_rebuilds_the_directory(company, context, log):
    erase(context, whom(company), AUTHOR)

    told = replay(log_files(log), company)
    assert told.findings == ()
    assert told.differences == ()


def test_a_row_that_is_held_is_blanked_and_told_as_it_is(company, context, log, tmp_path, database):
    database.execute(
        "CREATE TABLE ticket (author BIGINT, FOREIGN KEY (author) REFERENCES directory_user (id))"
        + (" ENGINE = InnoDB" if database.kind == "mariadb" else ""),
        "INSERT INTO ticket SELECT id FROM directory_user WHERE userid = 'zhao'",
    )
    report = erase(context, whom(company), AUTHOR)

    assert not report.erased.is_removed
    query = "SELECT name, userid, mobile, status, custom FROM directory_user WHERE name = ''"
    assert database.rows(query) == [("", None, None, "inactive", "{}")]
    assert database.rows("SELECT author FROM ticket") == [(report.erased.user_id,)]
    company.close()
    assert (kept(database), found(tmp_path)) == ([], [])
    told = replay(log_files(log), company)
    assert (told.findings, told.differences) == ((), ())
    company.world(None)  # a row that is nobody's is no obstacle to planning


@ON_SQLITE
def test_a_tombstone_that_no_line_allows_is_found(company, context, log):
    erase(context, whom(company), AUTHOR)
    lines = log.read_bytes().splitlines()
    at = next(number for number, raw in enumerate(lines) if b'"event":"run_finished"' in raw)
    lines[at] = tombstone(lines[at])
    log.write_bytes(b"\n".join(lines) + b"\n")

    (finding,) = verify(log_files(log), company).findings
    assert (finding.code, finding.line) == ("edited", at + 1)
    assert "no later line says so" in finding.message
    assert not replay(log_files(log), company).is_same


@ON_SQLITE
def test_an_edited_tombstone_is_found(company, context, log):
    erase(context, whom(company), AUTHOR)
    packed = log.with_name("audit.jsonl.2.gz")
    content = gzip.decompress(packed.read_bytes())
    at = content.index(b'"event":"erased"')
    start = content.index(b'"hash":"', at) + 8
    forged = content[:start] + b"0" * 64 + content[start + 64 :]
    packed.write_bytes(gzip.compress(forged))

    assert findings(company, log) == ["edited"]


@pytest.mark.parametrize("broken", ["note", "_rewrite", "clean"])
@ON_SQLITE
def test_what_breaks_off_is_done_by_a_later_command(
    company, context, monkeypatch, broken, database
):
    class Killed(BaseException):
        pass

    def die(*_):
        raise Killed

    with monkeypatch.context() as patch:
        if broken == "clean":
            patch.setattr(erasing.Erasing, "clean", die)
        else:
            patch.setattr(
                "syncd.services.audit.note"
                if broken == "note"
                else f"{audit_erasure.__name__}.{broken}",
                die,
            )
        with pytest.raises(Killed):
            erase(context, whom(company), AUTHOR)
    if broken == "_rewrite":
        assert set(findings(company, context.audit_file)) == {"not_erased"}
    write_pending(company, context.audit_file, "here")
    company.close()

    assert (kept(database), found(context.audit_file.parent)) == ([], [])
    assert findings(company, context.audit_file) == []


@ON_SQLITE
def test_another_host_does_it_when_it_next_writes(company, context, log, tmp_path):
    far = tmp_path / "far"
    far.mkdir()
    copy = far / "audit.jsonl"
    write_pending(company, copy, "far")
    copy.write_bytes(b"")  # as if it had every line: the first ones went with the rotated file
    content = gzip.decompress(log.with_name("audit.jsonl.2.gz").read_bytes()) + log.read_bytes()
    copy.write_bytes(content)

    report = erase(context, whom(company), AUTHOR)
    assert report.hosts == ("far",)
    assert found(far) != []

    write_pending(company, copy, "far")
    assert found(far) == []
    assert findings(company, copy) == []


@ON_SQLITE
def test_lines_that_wait_in_the_store_are_erased_there(company, context, log, tmp_path, database):
    new = tmp_path / "new"
    new.mkdir()
    write_pending(company, new / "audit.jsonl", "new")
    database.execute("UPDATE sync_run SET why = NULL")
    begun = company.begin_run(
        trigger=Trigger.CLI, mode=Mode.SYNC, actor="ops", why=None, lease=True, now=context.clock()
    )
    company.finish_run(
        begun.run.id,
        Outcome.FAILED,
        token=begun.token,
        now=context.clock(),
        error="zhao again",
    )

    erase(context, whom(company), AUTHOR)

    waiting = b"".join(lines for _, _, lines in company.audit.blocks(0))
    assert b"zhao" not in waiting
    write_pending(company, new / "audit.jsonl", "new")
    assert found(new) == []


@ON_SQLITE
def test_a_file_that_cannot_be_written_is_told_and_tried_again(
    company, context, log, monkeypatch, database
):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(audit_erasure, "_finish", refuse)
        report = erase(context, whom(company), AUTHOR)
        assert isinstance(report.pending, AuditUnwritable)
        assert report.exit_status == 6

    write_pending(company, log, "here")
    company.close()
    assert (kept(database), found(log.parent)) == ([], [])


def test_a_database_that_is_being_read_is_cleaned_later(company, context, path, log, monkeypatch):
    monkeypatch.setattr(erasing, "_PATIENCE", 0.05)
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM directory_user").fetchall()
        report = erase(context, whom(company), AUTHOR)
        assert isinstance(report.pending, StoreBusy)

    write_pending(company, log, "here")
    company.close()
    assert found(path.parent) == []


def test_a_person_who_is_only_remembered_is_erased_too(company, context, log, tmp_path, database):
    zhao = whom(company).user_id
    begun = company.begin_run(
        trigger=Trigger.CLI,
        mode=Mode.TARGETED,
        actor="ops",
        why=None,
        lease=True,
        now=context.clock(),
    )
    company.retention.remove_people(
        [zhao],
        before=context.clock(),
        run_id=begun.run.id,
        token=begun.token,
        actor="ops",
        at=context.clock(),
    )
    company.finish_run(begun.run.id, Outcome.APPLIED, token=begun.token, now=context.clock())

    erase(context, find(company, f"user:{zhao}"), AUTHOR)
    company.close()

    assert (kept(database), found(tmp_path)) == ([], [])
    assert findings(company, log) == []


@ON_SQLITE
def test_lines_that_only_another_host_has_are_told_and_erased_from_there(
    company, context, log, tmp_path
):
    packed = log.with_name("audit.jsonl.2.gz")
    lines = gzip.decompress(packed.read_bytes()).count(b"\n")
    far = tmp_path / "far"
    far.mkdir()
    packed.rename(far / packed.name)
    zhao = whom(company).user_id
    report = erase(context, whom(company), AUTHOR)
    assert report.missing == lines

    (far / packed.name).rename(packed)  # the host that has them all
    again = erase(context, find(company, f"user:{zhao}"), AUTHOR)

    assert again.missing == 0
    assert found(tmp_path) == []
    assert findings(company, log) == []


@ON_SQLITE
def test_a_log_of_pseudonyms_is_rid_of_the_person_too(open_store, company, context, log, now):
    hidden = open_store(personal_data=False)
    conflict = Conflict(ConflictKind.USERID_TAKEN, "wecom", "zhao", "zhao", {"held_by": "x"})
    begun = hidden.begin_run(trigger=Trigger.CLI, mode=Mode.SYNC, actor="ops", why=None, now=now)
    hidden.apply(
        Plan(opened=(conflict,)),
        run_id=begun.run.id,
        token=begun.token,
        store_version=hidden.store_version(),
        at=now,
        counts={},
        guard_counts={},
        readings={},
    )
    write_pending(hidden, log, "here")
    told = [line for line in log.read_bytes().splitlines() if b'"conflict_opened"' in line]
    assert b'"external_id":"h:' in told[-1]

    erase(ErasureContext(hidden, context.clock, log, "here"), find(hidden, "zhao"), AUTHOR)

    assert b'"conflict_opened"' not in log.read_bytes()
    assert findings(hidden, log) == []


@ON_SQLITE
def test_who_is_still_there_is_refused(company, database):
    refuse_who_would_return(whom(company))
    with pytest.raises(UsageError, match="would make them anew"):
        refuse_who_would_return(find(company, "li"))
    database.execute("UPDATE directory_record SET gone_at = NULL")
    with pytest.raises(UsageError, match="wecom:zhao"):
        refuse_who_would_return(whom(company))


@ON_SQLITE
def test_nobody_is_erased_by_an_unknown_name(company):
    for name in ("nobody", "user:99", "99"):
        with pytest.raises(UsageError, match="There is no user"):
            find(company, name)
