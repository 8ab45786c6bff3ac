"""What waits holds nothing else: a tag that WeCom does not tell, a source that does not answer."""

import threading
from pathlib import Path

import pytest

from syncd.errors import SourceUnavailable
from syncd.services.deliver import Drained
from tests.integration.outbox.office import Office

#: More than one transaction looks at.
MANY = 1001


def drained(office: Office) -> Drained:
    """Drain, and see that it ends by itself."""
    stop = threading.Event()
    alarm = threading.Timer(60, stop.set)
    alarm.start()
    try:
        found = office.engine().drain(stop)
    finally:
        alarm.cancel()
    assert not stop.is_set()
    return found


@pytest.mark.parametrize("recipient", ["tag:5", "user:1|tag:5", " tag: 5 ", "tag:05"])
def test_messages_to_a_tag_that_wecom_does_not_tell_hold_no_others(
    office: Office, recipient: str
) -> None:
    office.hire("a")
    with office.open().write_beside() as connection:
        for at in range(MANY):
            values = (recipient, "text", f'{{"content": "{at}"}}', "2026-03-04 05:06:07")
            marks = "?, ?, ?, ?" if office.database.kind == "sqlite" else "%s, %s, %s, %s"
            connection.exec_driver_sql(
                "INSERT INTO outbox_message (recipient, msgtype, content, created_at)"
                f" VALUES ({marks})",
                values,
            )
    good = office.queue("user:1", {"content": "good"})
    told = drained(office)
    assert list(told.unreachable) == ["wecom"]
    assert office.statuses("outbox_message")["queued"] >= MANY
    if recipient != "tag:05":  # as nobody writes it; it ends all the same
        assert office.message(good)["status"] == "done"


def test_a_source_that_does_not_answer_is_asked_for_one_tag_only(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.hire("a")
    for at in range(1, 6):
        office.queue(f"tag:{at}", {"content": "x"})
    asked: list[int] = []

    def get_tag(tag_id: int) -> None:
        asked.append(tag_id)
        raise SourceUnavailable("WeCom cannot be reached.")

    monkeypatch.setattr(office.wecom, "get_tag", get_tag)
    drained(office)
    assert asked == [1]


def test_a_source_that_does_not_answer_is_given_one_file_only(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.hire("a")
    for at in range(5):
        (tmp_path / f"{at}.txt").write_text(f"file {at} of five")
        office.queue("user:1", {"path": f"{at}.txt"}, msgtype="file")
    given: list[str] = []

    def upload(kind: str, name: str, content: bytes) -> None:
        given.append(name)
        raise SourceUnavailable("WeCom cannot be reached.")

    monkeypatch.setattr(office.wecom, "upload", upload)
    good = office.queue("user:1", {"content": "good"})
    office.drain(media_folders=(tmp_path,))
    assert given == ["0.txt"]
    assert office.message(good)["status"] == "done"
    assert office.statuses() == {"pending": 5, "delivered": 1}
