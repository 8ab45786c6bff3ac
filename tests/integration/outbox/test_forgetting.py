"""What is left of people and of old messages: nothing that need not be."""

from datetime import timedelta

from syncd.model.message import Disposition
from syncd.store.blackout import black_out, erase_messages
from syncd.store.chain import Journal
from syncd.store.remembered import read_traces
from syncd.store.removal import untie_messages
from syncd.store.renaming import rename_source
from syncd.store.retention import History
from syncd.store.store import Store
from tests.integration.outbox.office import NOW, Office, lost, refused

TRACE = "zhaomin"
COLUMNS = {
    "outbox_message": ("recipient", "error"),
    "outbox_delivery": ("external_id", "recipient", "last_error"),
    "outbox_call": ("body", "error"),
    "outbox_channel": ("error",),
}


def erase(office: Office) -> None:
    with office.open().write() as connection:
        traces = read_traces(connection, 2)
        erase_messages(connection, traces)
        untie_messages(connection, traces.user_id, NOW)
        black_out(connection, traces)


def left(office: Office) -> list[str]:
    return [
        f"{table}.{column}"
        for table, columns in COLUMNS.items()
        for column in columns
        for (value,) in office.rows(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")
        if TRACE.encode() in (value if isinstance(value, bytes) else value.encode()).lower()
    ]


def test_nothing_is_left_of_who_was_erased_in_what_is_over_waits_or_was_for_them_alone(
    office: Office,
) -> None:
    office.hire("a", "ZhaoMin", "c")
    given = [lost(taken=False), refused(-1, Disposition.RETRY), None]
    office.wecom.answer = lambda _: given.pop(0) if given else None
    office.queue("userid:zhaomin", {"content": "in doubt"}, priority=3)
    office.queue("user:2|user:3", {"content": "busy"}, priority=2)
    office.queue("all", {"content": "over"}, priority=1)
    office.queue("userid:zhaomin|nonsense")
    office.drain(threads=1)
    office.wecom.answer = lambda _: refused(60020, Disposition.CONFIGURATION)
    office.database.execute("UPDATE outbox_delivery SET last_error = 'zhaomin is wrong'")
    office.database.execute("UPDATE outbox_call SET error = 'userid zhaomin is wrong'")
    assert left(office)
    erase(office)
    assert left(office) == []
    assert office.statuses("outbox_call") == {"given_up": 1, "refused": 1, "sent": 1}
    office.wecom.answer = lambda _: None
    office.wait_and_drain(minutes=5)
    assert office.statuses("outbox_message").keys() <= {"done", "dead"}
    assert office.wecom.got("zhaomin") == 1
    assert not {"pending", "claimed"} & office.statuses().keys()


def test_a_request_to_others_too_is_repeated_as_it_was_and_then_gone(office: Office) -> None:
    office.hire("a", "ZhaoMin", "c")
    given = [lost(taken=True)]
    office.wecom.answer = lambda _: given.pop(0) if given else None
    key = office.queue("all")
    office.drain()
    erase(office)
    assert left(office) == ["outbox_call.body"]
    office.wait_and_drain(seconds=10)
    assert left(office) == []
    assert office.message(key)["status"] == "done"
    assert set(office.wecom.ledger.values()) == {1}


def test_a_message_whose_last_recipient_is_removed_is_over(office: Office) -> None:
    office.hire("a", "ZhaoMin")
    office.wecom.answer = lambda body: (
        refused(-1, Disposition.RETRY) if "zhaomin" in body["touser"] else None
    )
    key = office.queue("user:1", {"content": "x"})
    both = office.queue("user:2|user:9")
    office.drain()
    erase(office)
    assert office.message(key)["status"] == "done"
    assert office.message(both)["status"] == "dead"


def test_old_messages_take_their_calls_with_them_and_files_and_days_go(
    office: Office, store: Store
) -> None:
    office.hire("a", "b")
    given = [refused(-1, Disposition.RETRY)]
    office.wecom.answer = lambda _: given.pop(0) if given else None
    office.queue("all")
    office.drain()
    office.wait_and_drain(seconds=10)
    outbox = office.outbox()
    outbox.note_media("wecom", "d", "file", "old")
    office.clock.advance(days=10)
    outbox.note_media("wecom", "e", "file", "new")
    office.queue("user:1")
    office.drain()
    assert len(office.calls()) == 3
    now = office.clock.now
    forget = store.retention.forget
    assert sum(forget(History.MESSAGES, now - timedelta(days=5), actor="ops", at=now)) == 1
    assert [one["status"] for one in office.calls()] == ["sent"]
    assert len(office.deliveries()) == 1
    assert office.rows("SELECT media_id FROM outbox_media") == [("new",)]
    assert len(office.rows("SELECT day FROM outbox_quota")) == 1


def test_a_source_that_is_renamed_goes_on_with_what_waits(office: Office) -> None:
    office.hire("a")
    office.queue("user:1", {"content": "waits"})
    office.wecom.answer = lambda _: refused(60020, Disposition.CONFIGURATION)
    office.drain()
    office.database.execute(
        "INSERT INTO outbox_quota (source, day, people) VALUES ('renamed', '2026-03-04', 9)"
    )
    with office.open().write() as connection:
        journal = Journal(connection, at=NOW, actor="ops", run_id=None, personal=True)
        rename_source(connection, "wecom", "renamed")
        journal.close()
    office.wecom.answer = lambda _: None
    office.clock.advance(minutes=1)
    office.drain(senders={"renamed": office.wecom}, default_source="renamed")
    assert office.statuses() == {"delivered": 1}
    assert office.rows("SELECT source FROM outbox_channel") == []
