"""Plain HTTP to a simulator that serves the samples of the WeCom reference; knows no client."""

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from syncd.simulator import (
    App,
    Company,
    Contacts,
    Department,
    Member,
    Range,
    SimulatorOptions,
    Tag,
    ThreadedSimulator,
)

CORP = "ww0123456789abcdef"
APP, NARROW, CLOSED = 1000002, 1000003, 1000004
SECRETS = {"app": "s-app", "narrow": "s-narrow", "contacts": "s-contacts"}


class Some:
    """Equals every value of a type that is not empty: ids and times differ from run to run."""

    def __init__(self, kind: type):
        self.kind = kind

    def __eq__(self, other: object) -> bool:
        return type(other) is self.kind and bool(other)

    __hash__ = None

    def __repr__(self) -> str:
        return f"some {self.kind.__name__}"


def company() -> Company:
    """Return departments 2 and 3 of section 4.2, a member, and one who is not activated."""
    return Company(
        corp_id=CORP,
        contacts=Contacts("s-contacts"),
        apps=[
            App(APP, "s-app", "通讯录", trusted_ips=None),
            App(NARROW, "s-narrow", visible=Range(parties=(3,)), fields_withheld=True),
            App(CLOSED, "s-closed", closed=True),
        ],
        departments=[
            Department(1, "企业", 0, 2147484646),
            Department(2, "广州研发中心", 1, 10, "RDGZ", ("ZhangSan",)),
            Department(3, "邮箱产品部", 2, 40),
        ],
        members=[
            Member.of(
                "ZhangSan",
                "李四",
                [2, 3],
                order=[1, 4294967295],
                position="后台工程师",
                mobile="13800000000",
                gender="1",
                email="zhangsan@gzdev.com",
                biz_mail="zhangsan@qyycs2.wecom.work",
                is_leader_in_dept=[1, 0],
                avatar="http://wx.qlogo.cn/mmopen/ajNVdqHZLLA3WJ6DSZUfiakYe37PKnQhBIeOQBO4czqrnZDS79FH5Wm5m4X69TBicnHFlhiafvDwklOpZeXYQQ2icg/0",
                telephone="020-123456",
                extattr={"attrs": [{"type": 0, "name": "文本名称", "text": {"value": "文本"}}]},
            ),
            Member.of("new@corp.1", "未激活", [1], status=4),
        ],
        tags=[Tag(1, "乒乓球协会", users=("ZhangSan",), parties=(2,))],
    )


class Wire:
    """Calls a simulator as the owner of a secret, and returns headers and JSON."""

    def __init__(self, simulator: ThreadedSimulator):
        self.simulator = simulator

    def __call__(
        self, secret: str | None, endpoint: str, body: Any = None, **query: Any
    ) -> tuple[http.client.HTTPMessage, Any]:
        """Call with the token of a secret, or with none."""
        if secret is not None:
            query = {"access_token": self.token(secret), **query}
        headers, sent = self.raw(endpoint, body, **query)
        return headers, json.loads(sent)

    def token(self, secret: str) -> str:
        """Return the token of a secret."""
        query = {"corpid": CORP, "corpsecret": SECRETS[secret]}
        return json.loads(self.raw("gettoken", **query)[1])["access_token"]

    def raw(
        self, endpoint: str, body: Any = None, content_type: str = "", **query: Any
    ) -> tuple[http.client.HTTPMessage, bytes]:
        """Call, and return headers and body as they came; HTTP is 200 in any case."""
        netloc = urlsplit(self.simulator.base_url).netloc
        connection = http.client.HTTPConnection(netloc, timeout=10)
        try:
            if body is not None and not isinstance(body, bytes):
                body = json.dumps(body, ensure_ascii=False).encode()
                content_type = "application/json; charset=utf-8"
            connection.request(
                "GET" if body is None else "POST",
                f"/cgi-bin/{endpoint}?{urlencode(query)}",
                body=body,
                headers={"Content-Type": content_type} if content_type else {},
            )
            response = connection.getresponse()
            assert response.status == 200
            return response.headers, response.read()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadedSimulator]:
    """Return one simulator for a module's tests."""
    with ThreadedSimulator(SimulatorOptions(), company()) as running:
        yield running


@pytest.fixture
def wire(server: ThreadedSimulator) -> Wire:
    """Return what calls it, with everything as after the start."""
    server.start_over()
    return Wire(server)
