"""A company small enough to reason about, and an API that answers without a network.

1 总部 ── 2 研发 ── 3 后端      zhangsan {3}, LiSi {2, 4}, wangwu {4}, zhaoliu {1}
       └─ 4 销售                the app sees everything unless a test says otherwise
"""

from collections.abc import Callable

import orjson
import pytest

from syncd.simulator.answers import Reply
from syncd.simulator.api import Api
from syncd.simulator.calls import Call, Outcome
from syncd.simulator.company import Company
from syncd.simulator.entities import App, Contacts, Department, Member, Range, Tag
from syncd.simulator.options import SimulatorOptions

APP, OTHER_APP = 1000002, 1000003


class Clock:
    """Time that stands until a test moves it."""

    def __init__(self):
        self.time = 1_000_000.0

    def __call__(self):
        return self.time


class Caller:
    """Calls an API as a client would, with the token of one secret."""

    def __init__(self, api: Api, clock: Clock):
        self.api = api
        self.clock = clock
        self.secret = "app-secret"

    def outcome(self, endpoint: str, body=None, **query) -> Outcome:
        raw = b"" if body is None else orjson.dumps(body)
        method = "GET" if body is None else "POST"
        texts = {name: str(value) for name, value in query.items()}
        return self.api.answer(Call(method, f"/cgi-bin/{endpoint}", texts, raw, "127.0.0.1"))

    def reply(self, endpoint: str, body=None, **query) -> Reply:
        return self.outcome(endpoint, body, access_token=self.token(), **query).reply

    def __call__(self, endpoint: str, body=None, **query) -> dict:
        return orjson.loads(self.reply(endpoint, body, **query).body)

    def token(self) -> str:
        answer = self.outcome("gettoken", corpid="wwtest", corpsecret=self.secret)
        return orjson.loads(answer.reply.body)["access_token"]

    def userids(self, department: int) -> list[str]:
        return [one["userid"] for one in self("user/list", department_id=department)["userlist"]]

    def with_secret(self, secret: str) -> "Caller":
        other = Caller(self.api, self.clock)
        other.secret = secret
        return other


@pytest.fixture
def company() -> Company:
    return Company(
        corp_id="wwtest",
        contacts=Contacts(secret="contacts-secret"),
        apps=[App(APP, "app-secret"), App(OTHER_APP, "other-secret")],
        departments=[
            Department(1, "总部", 0, 100),
            Department(2, "研发", 1, 90, "R&D", ("LiSi",)),
            Department(3, "后端", 2, 80),
            Department(4, "销售", 1, 70),
        ],
        members=[
            Member.of(
                "zhangsan", "张三", [3], mobile="13800000001", gender="1", direct_leader=["LiSi"]
            ),
            Member.of("LiSi", "李四", [2, 4], order=[7, 8], is_leader_in_dept=[1, 0]),
            Member.of("wangwu", "王五", [4], email="ww@mail.example", biz_mail="ww@corp.example"),
            Member.of("zhaoliu", "赵六", [1], status=4),
        ],
        tags=[Tag(1, "骨干", users=("zhangsan",)), Tag(2, "销售组", parties=(4,))],
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(company: Company, clock: Clock) -> Callable[..., Caller]:
    """Return a function that makes a caller of an API with the given options."""

    def made(**options) -> Caller:
        return Caller(Api(company, SimulatorOptions(**options), clock=clock, now=clock), clock)

    return made


@pytest.fixture
def call(make) -> Caller:
    return make()


@pytest.fixture
def see(company: Company) -> Callable[..., None]:
    """Return a function that gives the app another visible range."""

    def seen(**visible) -> None:
        company.put_app(App(APP, "app-secret", visible=Range(**{"parties": (), **visible})))

    return seen
