"""Fixtures of the suites that talk to a fake WeCom."""

import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from syncd.wecom.client import WeComClient
from tests.contract.fake_wecom import CERTIFICATE, SECRET, FakeWeCom, Time, serve


@pytest.fixture
def wecom() -> Iterator[FakeWeCom]:
    yield from serve()


@pytest.fixture
def wecom_tls() -> Iterator[FakeWeCom]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    yield from serve(context)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def make(time: Time) -> Iterator[Callable[..., WeComClient]]:
    made: list[WeComClient] = []

    def factory(base_url: str, **options: Any) -> WeComClient:
        settings: dict[str, Any] = {
            "secret_name": "app_secret",
            "agent_id": 1000002,
            "clock": time.clock,
            "sleep": time.sleep,
            "random": lambda: 0.5,
        }
        made.append(WeComClient("ww01", SECRET, base_url=base_url, **settings | options))
        return made[-1]

    yield factory
    for client in made:
        client.close()


@pytest.fixture
def client(wecom: FakeWeCom, make: Callable[..., WeComClient]) -> WeComClient:
    return make(wecom.base_url)


@pytest.fixture
def no_names(monkeypatch) -> None:
    """Let no name be known, without asking a name server."""

    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
