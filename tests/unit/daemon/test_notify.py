"""What is told to systemd, over a real socket."""

import socket
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from syncd.daemon.notify import notify


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as one:
        one.settimeout(5)
        yield one


def test_the_state_arrives_in_one_message(listener, tmp_path: Path):
    path = str(tmp_path / "notify")
    listener.bind(path)
    assert notify("READY=1\nSTATUS=等待", {"NOTIFY_SOCKET": path})
    assert listener.recv(1000) == "READY=1\nSTATUS=等待".encode()


@pytest.mark.skipif(sys.platform != "linux", reason="abstract sockets are Linux's")
def test_an_address_with_an_at_sign_is_an_abstract_one(listener):
    listener.bind("")  # the kernel chooses a free name in the abstract namespace
    name = listener.getsockname()
    assert notify("STOPPING=1", {"NOTIFY_SOCKET": "@" + name[1:].decode()})
    assert listener.recv(1000) == b"STOPPING=1"


@pytest.mark.parametrize("env", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2:1234"}])
def test_without_an_address_of_this_machine_nobody_is_told(env):
    assert not notify("READY=1", env)


def test_a_listener_that_is_gone_is_no_failure(tmp_path: Path):
    assert not notify("READY=1", {"NOTIFY_SOCKET": str(tmp_path / "nobody")})


def test_a_listener_that_does_not_read_holds_nobody_up(listener, tmp_path: Path):
    path = str(tmp_path / "deaf")
    listener.bind(path)
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as other:
        other.setblocking(False)  # fills the queue of the listener
        with suppress(BlockingIOError):
            while True:
                other.sendto(b"x", path)
    assert not notify("READY=1", {"NOTIFY_SOCKET": path})
