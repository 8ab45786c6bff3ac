"""A database or a log that cannot be used: exit 6, and nothing half-written."""

import fcntl
import resource
import shutil
import subprocess

import pytest

from tests.e2e.company import build_small_company
from tests.e2e.host import locked_database, wait_until


def test_a_database_that_another_program_holds_is_told_of(host):
    host.sync()
    host.wecom.leave("p9")
    before = host.dump(without=())
    with locked_database(host.database):
        answer = host.sync(exits=6)
        assert "locked" in answer.stderr
        assert host.syncd("plan").status == 0
    assert host.dump(without=()) == before
    host.sync()
    host.assert_like_fresh_load()


def test_a_database_that_is_locked_in_mid_run_loses_nothing(host):
    host.sync()
    host.wecom.leave("p9")
    before = host.directory()
    host.wecom.fault("slow", "user/list", department=3, seconds=1)
    host.wecom.reset_counts()
    process = host.start("sync")
    wait_until(lambda: host.wecom.calls().get("user/list"))
    with locked_database(host.database):
        answer = host.finish(process)
    assert answer.status == 6
    assert host.directory() == before
    host.wecom.clear_faults()
    host.sync()
    assert host.one("SELECT count(*) FROM sync_run WHERE outcome IS NULL") == 0
    host.assert_like_fresh_load()


@pytest.mark.parametrize(("revision", "advice"), [("0001", "syncd db upgrade"), ("9999", "newer")])
def test_another_schema_is_refused_with_what_mends_it(host, revision, advice):
    host.sync()
    right = host.one("SELECT version_num FROM syncd_schema")
    host.execute("UPDATE syncd_schema SET version_num = ?", revision)
    before = host.dump(without=())
    for command in (["sync"], ["plan"], ["--full"]):
        answer = host.syncd(*command)
        assert answer.status == 6, answer
        assert advice in answer.stderr
    assert host.dump(without=()) == before
    host.execute("UPDATE syncd_schema SET version_num = ?", right)


@pytest.mark.parametrize("command", ["sync", "plan"])
def test_a_file_that_is_no_database_is_left_alone(host, command):
    host.database.write_text("these are the minutes of the meeting\n" * 100)
    answer = host.syncd(command)
    assert answer.status == 6
    assert "not an SQLite database" in answer.stderr
    assert host.database.read_text().startswith("these are the minutes")


def test_a_folder_that_is_not_there_is_named(host):
    host.config.write_text(host.config.read_text().replace("sqlite:///", "sqlite:///missing/"))
    answer = host.sync(exits=6)
    assert "missing" in answer.stderr


def test_a_damaged_database_is_told_of(host):
    host.sync()
    content = bytearray(host.database.read_bytes())
    for wal in host.folder.glob("syncd.db-*"):
        wal.unlink()
    content[4096 : len(content) - 4096] = bytes(len(content) - 8192)
    host.database.write_bytes(bytes(content))
    answer = host.syncd("sync")
    assert answer.status == 6, answer
    host.database.unlink()
    host.log.unlink()


@pytest.mark.parametrize("kib", [40, 200, 300, 400, 600])
def test_a_disk_that_fills_up_leaves_the_store_before_or_after(make_host, kib):
    host = make_host(build_small_company(users=200))

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (kib * 1024, kib * 1024))

    answer = host.sync(exits={0, 6}, preexec=limit)
    directory = host.directory()
    assert len(directory["directory_user"]) == (200 if answer.status == 0 else 0)
    assert not any(rows for name, rows in directory.items() if name != "directory_counter") or (
        answer.status == 0
    )
    host.sync()
    host.assert_like_fresh_load()
    host.assert_changes_are_logged()


@pytest.fixture
def small_disk(make_host):
    """A machine whose folder is a file system of its own; what it takes is not allowed everywhere."""
    host = make_host(build_small_company(users=200))
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "syncd-test", host.folder],
        capture_output=True,
        check=False,
    )
    if not mounted or mounted.returncode:
        pytest.skip("mounting a file system is not allowed here")
    try:
        host.configure()
        yield host
        shutil.copytree(host.folder, host.folder.with_name("copy"))
    finally:
        subprocess.run(["umount", "-l", host.folder], check=True)


def test_a_full_disk_loses_nothing(small_disk):
    host = small_disk
    host.sync()
    before = host.directory()
    host.wecom.mutate(
        *(
            {
                "op": "change",
                "userid": f"p{n}",
                "fields": {"alias": f"alias{n}", "address": "路" * 90},
            }
            for n in range(1, 201)
        )
    )
    filler = host.folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass
    answer = host.sync(exits=6)
    assert "disk" in answer.stderr
    filler.unlink()  # SQLite needs a little room even for reading
    assert host.directory() == before
    host.sync()
    assert host.user("p7")["alias"] == "alias7"
    host.assert_changes_are_logged()


def test_a_read_only_disk_is_told_of(small_disk):
    host = small_disk
    host.sync()
    host.wecom.leave("p9")
    subprocess.run(["mount", "-o", "remount,ro", host.folder], check=True)
    before = host.keep()
    assert host.sync(exits=6).stderr
    plan = host.syncd("plan")
    assert plan.status in {0, 6}, plan  # SQLite itself needs a log beside the file, or none
    assert host.keep() == before
    subprocess.run(["mount", "-o", "remount,rw", host.folder], check=True)


# ── the log ─────────────────────────────────────────────────────────────────────────────────


def test_a_log_that_cannot_be_written_stops_the_run_before_it_begins(host):
    host.sync()
    host.wecom.leave("p9")
    before = host.directory()
    kept = host.log.rename(host.folder / "kept")
    host.log.mkdir()
    answer = host.sync(exits=6)
    assert "audit.jsonl" in answer.stderr
    assert host.directory() == before
    host.log.rmdir()
    kept.rename(host.log)


def test_a_log_that_fails_later_gets_its_lines_with_the_next_run(host):
    host.sync()
    host.wecom.leave("p9")
    host.wecom.fault("slow", "user/list", department=3, seconds=1)
    host.wecom.reset_counts()
    process = host.start("sync")
    wait_until(lambda: host.wecom.calls().get("user/list"))
    kept = host.log.rename(host.folder / "kept")
    host.log.mkdir()
    answer = host.finish(process)
    assert answer.status == 0
    assert "audit log could not be written" in answer.stdout
    assert host.user("p9")["status"] == "inactive"
    host.log.rmdir()
    kept.rename(host.log)
    host.wecom.clear_faults()
    host.sync()
    host.assert_changes_are_logged()


def test_a_line_that_was_torn_while_it_was_written_is_cut_and_written_again(host):
    host.sync()
    host.wecom.leave("p9")
    host.wecom.fault("slow", "user/list", department=3, seconds=0.5)
    host.wecom.reset_counts()
    process = host.start("sync")
    wait_until(lambda: host.wecom.calls().get("user/list"))
    with host.log.open("ab") as log:
        fcntl.flock(log, fcntl.LOCK_EX)
        wait_until(lambda: host.user("p9")["status"] == "inactive")
        process.kill()
        host.finish(process)
        waiting = host.rows("SELECT lines FROM audit_block ORDER BY first_seq")[0]["lines"]
        log.write(waiting[: len(waiting) - 70])
    host.wecom.clear_faults()
    host.sync()
    assert waiting in host.log.read_bytes()
    host.assert_changes_are_logged()


@pytest.mark.parametrize("damage", ["edited", "removed", "swapped", "cut"])
def test_a_log_that_was_tampered_with_is_found_out(host, damage):
    host.sync()
    whole = host.log.read_text(encoding="utf-8").splitlines(keepends=True)
    lines = list(whole)
    if damage == "edited":
        lines[10] = lines[10].replace('"p', '"q', 1)
        assert lines != whole
    elif damage == "removed":
        del lines[10]
    elif damage == "swapped":
        lines[10], lines[11] = lines[11], lines[10]
    else:
        del lines[-3:]
    host.log.write_text("".join(lines), encoding="utf-8")
    assert host.syncd("audit", "verify").status == 7
    host.log.write_text("".join(whole), encoding="utf-8")
    assert host.syncd("audit", "verify").status == 0
