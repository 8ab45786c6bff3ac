"""Files of this machine in messages: uploaded once, kept for less than three days, only from where they may be."""

import os
from pathlib import Path
from typing import Any

import pytest

from syncd.errors import SourceUnavailable
from syncd.model.message import Disposition
from syncd.services.deliver_sender import Unfitting
from tests.integration.outbox.office import Office, refused


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "files"
    made.mkdir()
    (made / "report.pdf").write_bytes(b"what is to be read")
    return made


def queue_file(office: Office, path: object, person: int = 1) -> int:
    return office.queue(f"user:{person}", {"path": str(path)}, msgtype="file")


def test_a_file_is_uploaded_once_for_many_messages(office: Office, folder: Path) -> None:
    office.hire("a", "b", "c")
    engine = office.engine(media_folders=(folder,))
    for person in (1, 2):
        queue_file(office, folder / "report.pdf", person)
    (folder / "copy.pdf").write_bytes(b"what is to be read")
    queue_file(office, "copy.pdf", 3)
    engine.drain()
    assert [name for _, name, _ in office.wecom.uploads] == ["report.pdf"]
    assert office.statuses() == {"delivered": 3}
    assert office.wecom.ledger[("a", '{"media_id": "media-1"}')] == 1
    office.drain(media_folders=(folder,))
    office.clock.advance(days=2)
    queue_file(office, folder / "report.pdf")
    office.drain(media_folders=(folder,))
    assert len(office.wecom.uploads) == 1
    office.clock.advance(days=1)
    queue_file(office, folder / "report.pdf")
    office.drain(media_folders=(folder,))
    assert len(office.wecom.uploads) == 2


def test_a_file_that_has_changed_is_uploaded_anew(office: Office, folder: Path) -> None:
    office.hire("a")
    engine = office.engine(media_folders=(folder,))
    queue_file(office, folder / "report.pdf")
    engine.drain()
    (folder / "report.pdf").write_bytes(b"something else")
    office.clock.advance(minutes=2)
    queue_file(office, folder / "report.pdf")
    engine.drain()
    assert [content for *_, content in office.wecom.uploads] == [
        b"what is to be read",
        b"something else",
    ]


def test_a_file_from_elsewhere_is_not_sent(office: Office, folder: Path, tmp_path: Path) -> None:
    office.hire("a")
    secret = tmp_path / "secret.pdf"
    secret.write_bytes(b"a secret of this machine")
    (folder / "link.pdf").symlink_to(secret)
    os.mkfifo(folder / "pipe.pdf")
    written = (secret, folder / "link.pdf", folder / ".." / "secret.pdf", "../secret.pdf")
    bad = [queue_file(office, one) for one in (*written, folder / "none.pdf", folder / "pipe.pdf")]
    good = queue_file(office, folder / "report.pdf")
    office.drain(media_folders=(folder,))
    for key in bad:
        [told] = office.deliveries(key)
        assert (told["status"], told["reason"]) == ("dead", "media")
        assert told["last_error"]
    assert office.message(good)["status"] == "done"
    assert len(office.wecom.uploads) == 1


def test_without_a_folder_no_file_is_sent(office: Office, folder: Path) -> None:
    office.hire("a")
    queue_file(office, folder / "report.pdf")
    office.drain()
    assert office.deliveries()[0]["reason"] == "media"


@pytest.mark.parametrize("permanent", [True, False])
def test_an_upload_that_fails_holds_up_nothing_else(
    office: Office, folder: Path, *, permanent: bool
) -> None:
    office.hire("a")
    engine = office.engine(media_folders=(folder,))
    office.wecom.upload_error = (Unfitting if permanent else SourceUnavailable)("not now")
    key, other = queue_file(office, folder / "report.pdf"), office.queue("user:1")
    drained = engine.drain()
    assert office.message(other)["status"] == "done"
    assert (office.message(key)["status"] == "dead") is permanent
    assert drained.unreachable == ({} if permanent else {"wecom": "not now"})
    office.wecom.upload_error = None
    office.clock.advance(minutes=1)
    engine.drain()
    assert (office.message(key)["status"] == "done") is not permanent


def test_a_file_that_wecom_has_forgotten_is_uploaded_anew_once(
    office: Office, folder: Path
) -> None:
    office.hire("a")
    engine = office.engine(media_folders=(folder,))
    forgotten = {"media-1"}

    def answer(body: dict[str, Any]) -> Any:
        if body["file"]["media_id"] in forgotten:
            return refused(40007, Disposition.MEDIA)
        return None

    office.wecom.answer = answer
    key = queue_file(office, folder / "report.pdf")
    engine.drain()
    assert office.message(key)["status"] == "done"
    assert len(office.wecom.uploads) == 2
    forgotten |= {f"media-{at}" for at in range(9)}
    key = queue_file(office, folder / "report.pdf")
    engine.drain()
    [told] = office.deliveries(key)
    assert (told["status"], told["reason"]) == ("dead", "media")
    assert len(office.wecom.uploads) == 3


def test_a_link_that_is_put_in_the_way_after_the_look_is_not_followed(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, outside = tmp_path / "files", tmp_path / "outside"
    (folder / "sub").mkdir(parents=True)
    outside.mkdir()
    (folder / "sub" / "a.txt").write_text("for everybody")
    (outside / "a.txt").write_text("for nobody at all")
    office.hire("a")
    office.queue("user:1", {"path": "sub/a.txt"}, msgtype="file")
    engine = office.engine(media_folders=(folder,))
    real = os.path.realpath

    def swapped(path: Path) -> str:
        found = real(path)
        if found.endswith("a.txt"):
            (folder / "sub").rename(tmp_path / "before")
            (folder / "sub").symlink_to(outside)
        return found

    monkeypatch.setattr(os.path, "realpath", swapped)
    engine.drain()
    assert not office.wecom.uploads
    assert office.deliveries()[0]["reason"] == "media"
