"""The fixture `wecom_simulator` as a project of somebody else meets it, in a pytest of its own."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

pytest_plugins = "pytester"

ROOT = Path(__file__).resolve().parents[2]
MANUALS = [ROOT / "docs" / "simulator.md", ROOT / "docs" / "simulator.zh.md"]

CLIENT = '''
import json
import urllib.parse
import urllib.request


class Client:
    """A small client, as a project that integrates WeCom has one."""

    def __init__(self, base_url, corp_id, secret):
        self._base_url = base_url
        self._identity = {"corpid": corp_id, "corpsecret": secret}
        self._token = None

    def call(self, endpoint, body=None, **query):
        if self._token is None:
            self._token = self._ask("gettoken", None, self._identity)["access_token"]
        return self._ask(endpoint, body, {"access_token": self._token, **query})

    def _ask(self, endpoint, body, query):
        url = f"{self._base_url}/cgi-bin/{endpoint}?{urllib.parse.urlencode(query)}"
        sent = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        with urllib.request.urlopen(urllib.request.Request(url, sent), timeout=5) as answer:
            return json.load(answer)


def client_of(wecom):
    return Client(wecom.base_url, wecom.corp_id, wecom.app_secret)
'''


@pytest.fixture
def project(pytester, monkeypatch):
    """Return a function that runs tests in a strict project that has syncd installed."""
    # the plugin comes by name: this environment may not know of its entry point yet
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeini("[pytest]\nfilterwarnings = error\naddopts = --strict-markers --strict-config")
    pytester.makepyfile(client=CLIENT)

    def run(*arguments, plugin="syncd.pytest_plugin", **files):
        pytester.makepyfile(**files)
        named = ("-p", plugin) if plugin else ()
        return pytester.run(sys.executable, "-m", "pytest", *named, *arguments)

    return run


def test_a_test_gets_a_wecom_to_talk_to_and_sees_what_was_said(project):
    done = project(
        test_it="""
        from client import client_of

        def test_a_person_gets_a_message(wecom_simulator):
            wecom = wecom_simulator
            team = wecom.add_department("支付组")
            wecom.hire("zhangsan", "张三", [team])
            client = client_of(wecom)
            assert client.call("user/get", userid="zhangsan")["name"] == "张三"
            text = {"touser": "ZhangSan|nobody", "agentid": wecom.agent_id, "msgtype": "text"}
            answer = client.call("message/send", {**text, "text": {"content": "合同待您签署"}})
            assert answer["invaliduser"] == "nobody"
            (message,) = wecom.ledger("zhangsan")
            assert message["content"] == {"content": "合同待您签署"}
            assert [call["endpoint"] for call in wecom.log()] == [
                "gettoken", "user/get", "message/send"
            ]
            assert "corpsecret" not in str(wecom.log())
            assert wecom.app_secret not in str(wecom.log())
        """
    )
    done.assert_outcomes(passed=1)


def test_every_test_begins_with_the_same_company_and_nothing_done_whatever_the_order(project):
    done = project(
        test_it="""
        import pytest

        @pytest.mark.parametrize("time", [1, 2])
        def test_leaves_everything_behind(wecom_simulator, time):
            wecom = wecom_simulator
            assert (wecom.calls(), wecom.faults(), wecom.ledger()) == ({}, [], [])
            assert wecom.state()["users"] == 200
            wecom.hire("zhangsan", "张三", [1])
            wecom.fault("reset")
            wecom.set_range(parties=[2])
            wecom.change_app(secret="another", closed=True)
            wecom.set_options(latency=60, concurrency=0)
            app = wecom.company_now().app(wecom.agent_id)
            assert app.visible.parties == (2,)

        def test_the_session_has_one_server(wecom_simulator, wecom_simulator_server):
            assert wecom_simulator is wecom_simulator_server
        """
    )
    done.assert_outcomes(passed=3)


def test_a_marker_gives_one_test_other_options_and_the_innermost_wins(project):
    done = project(
        test_it="""
        import pytest

        pytestmark = pytest.mark.wecom_simulator(users=5, departments=2)

        def test_of_the_module(wecom_simulator):
            assert wecom_simulator.state()["users"] == 5

        @pytest.mark.wecom_simulator(users=7, app_secret="of this test")
        def test_of_its_own(wecom_simulator):
            state = wecom_simulator.state()
            assert (state["users"], state["departments"]) == (7, 2)
            assert wecom_simulator.app_secret == "of this test"

        def test_after_it(wecom_simulator):
            assert wecom_simulator.app_secret == "simulated-app-secret"

        @pytest.mark.wecom_simulator(speed=1)
        def test_refused(wecom_simulator):
            pass
        """
    )
    done.assert_outcomes(passed=3, errors=1)
    done.stdout.fnmatch_lines(["*UsageError: The simulator has no option speed.*"])


def test_a_project_serves_its_own_company(project):
    done = project(
        conftest="""
        import pytest
        from syncd.simulator import App, Company, Contacts, Department, Member, SimulatorOptions

        @pytest.fixture(scope="session")
        def wecom_simulator_company():
            return Company(
                corp_id="ww0123456789abcdef",
                contacts=Contacts("contacts secret"),
                apps=[App(1000007, "secret of the app")],
                departments=[Department(1, "我们", 0)],
                members=[Member.of("lisi", "李四", [1])],
            )

        @pytest.fixture(scope="session")
        def wecom_simulator_options():
            return SimulatorOptions(concurrency=3)
        """,
        test_it="""
        def test_first(wecom_simulator):
            assert (wecom_simulator.agent_id, wecom_simulator.state()["users"]) == (1000007, 1)
            wecom_simulator.leave("lisi")

        def test_second(wecom_simulator):
            assert wecom_simulator.state()["users"] == 1
        """,
    )
    done.assert_outcomes(passed=2)


def test_a_project_that_does_not_use_it_loads_none_of_it(project):
    done = project(
        "-s",
        test_it="""
        import sys

        def test_it():
            loaded = {name for name in sys.modules if name.partition(".")[0] == "syncd"}
            assert loaded == {"syncd", "syncd.pytest_plugin"}
            assert not {"orjson", "sqlalchemy", "pydantic", "requests"} & set(sys.modules)
        """,
    )
    done.assert_outcomes(passed=1)
    assert "warning" not in done.stdout.str().lower()


def test_the_process_ends_with_the_session(project, pytester):
    project(
        test_it="""
        from pathlib import Path

        def test_it(wecom_simulator):
            Path("number").write_text(str(wecom_simulator._process.pid))
        """
    ).assert_outcomes(passed=1)
    number = (pytester.path / "number").read_text()
    assert not Path("/proc", number).exists()


def test_the_entry_point_names_a_module_that_exists():
    points = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    assert points["pytest11"] == {"wecom_simulator": "syncd.pytest_plugin"}
    assert (ROOT / "syncd" / "pytest_plugin.py").is_file()


# ── the manual ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize("manual", MANUALS, ids=lambda manual: manual.name)
def test_the_worked_examples_of_the_manual_pass_as_they_stand(project, manual):
    blocks = re.findall(
        r"^```python (\w+)\.py$\n(.*?)^```$", manual.read_text(), re.MULTILINE | re.DOTALL
    )
    assert any(name.startswith("test_") for name, _ in blocks)
    done = project(**dict(blocks))
    outcomes = done.parseoutcomes()
    assert set(outcomes) == {"passed"}, outcomes
