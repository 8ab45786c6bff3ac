import os
from pathlib import Path

import pytest

from syncd.store.holder import Holder, read_process_start, this_process

HERE = Holder("here", "boot-2", 10, "500")


def process(proc: Path, pid: int, start: str, *, state: str = "S", name: str = "syncd") -> None:
    (proc / str(pid)).mkdir()
    fields = [state, *("0" for _ in range(18)), start, "0"]
    (proc / str(pid) / "stat").write_text(f"{pid} ({name}) {' '.join(fields)}\n")


@pytest.mark.parametrize(
    ("holder", "gone"),
    [
        pytest.param(Holder("here", "boot-2", 42, "777"), False, id="the same process"),
        pytest.param(Holder("here", "boot-2", 42, "776"), True, id="another process with its id"),
        pytest.param(Holder("here", "boot-2", 43, "777"), True, id="no process"),
        pytest.param(Holder("here", "boot-1", 42, "777"), True, id="before a restart"),
        pytest.param(Holder("here", "boot-2", 44, "777"), True, id="a zombie"),
        pytest.param(Holder("there", "boot-1", 43, "1"), False, id="another host"),
    ],
)
def test_a_holder_is_gone_only_when_that_is_certain(
    tmp_path: Path, holder: Holder, gone: bool
) -> None:
    process(tmp_path, 42, "777")
    process(tmp_path, 44, "777", state="Z")
    assert holder.is_gone(HERE, tmp_path) is gone


def test_a_process_name_with_brackets_and_spaces_is_read_over(tmp_path: Path) -> None:
    process(tmp_path, 7, "321", name="a) S 1 (b")
    assert read_process_start(7, tmp_path) == "321"


def test_this_process_is_alive() -> None:
    me = this_process()
    assert me.pid == os.getpid()
    assert not me.is_gone(me)
