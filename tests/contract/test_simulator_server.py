"""The simulator over the wire: connections, faults, the control interface, its own process."""

import hashlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from syncd.errors import SourceUnavailable, UsageError
from syncd.simulator import (
    Kind,
    Range,
    Regime,
    Simulator,
    SimulatorOptions,
    ThreadedSimulator,
    build_company,
    dump_company,
    write_company,
)
from syncd.simulator.api import Api
from syncd.simulator.control import Control
from syncd.simulator.endpoints import ENDPOINTS
from syncd.simulator.mutations import OPERATIONS

MANUAL = Path(__file__).parents[2] / "docs" / "simulator.md"


@pytest.fixture(scope="module")
def simulator():
    with ThreadedSimulator() as running:
        yield running


@pytest.fixture
def connection(simulator):
    made = http.client.HTTPConnection(urlsplit(simulator.base_url).netloc, timeout=5)
    yield made
    made.close()
    simulator.clear_faults()


@pytest.fixture
def get(connection, simulator):
    """Return a function that reads a department over one kept connection."""

    def read(path):
        connection.request("GET", f"/cgi-bin/{path}")
        return connection.getresponse().read()

    query = f"corpid={simulator.corp_id}&corpsecret={simulator.app_secret}"
    token = json.loads(read(f"gettoken?{query}"))["access_token"]
    return lambda department=4: json.loads(
        read(f"user/list?access_token={token}&department_id={department}")
    )


def test_one_connection_serves_many_calls(get, connection):
    first = get()
    local = connection.sock.getsockname()
    assert get(5)["userlist"] != first["userlist"]
    assert connection.sock.getsockname() == local


def test_pages_are_ready_before_the_first_call():
    with ThreadedSimulator() as fresh:
        assert len(fresh.api._pages._kept) == len(fresh.company.departments)


def test_requests_that_arrive_in_pieces_and_in_one_piece_are_answered(simulator):
    address = urlsplit(simulator.base_url)
    body = b'{"errcode": 40014}'
    head = b"POST /_simulator/tokens/expire HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body)
    with socket.create_connection((address.hostname, address.port), timeout=5) as raw:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in (head[:10], head[10:], body[:4], body[4:] + head + body):
            raw.sendall(piece)
        received = b""
        while received.count(b'"ended"') < 2:
            received += raw.recv(65536)
    assert received.count(b"HTTP/1.1 200 OK") == 2


def test_what_is_no_http_is_answered_400_and_closed(simulator):
    address = urlsplit(simulator.base_url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as raw:
        raw.sendall(b"hello\r\n\r\n")
        received = b"".join(iter(lambda: raw.recv(65536), b""))
    assert received.startswith(b"HTTP/1.1 400 ")


def test_a_reset_is_a_reset(simulator, get):
    simulator.fault("reset", "user/list")
    with pytest.raises(ConnectionResetError):
        get()


def test_a_truncated_answer_ends_early(simulator, get):
    simulator.fault("truncated", "user/list")
    with pytest.raises(http.client.IncompleteRead):
        get()


def test_a_hanging_call_ends_without_an_answer(simulator, get):
    simulator.fault("hang", "user/list", seconds=0.05)
    began = time.monotonic()
    with pytest.raises(http.client.RemoteDisconnected):
        get()
    assert time.monotonic() - began >= 0.05


def test_latency_is_what_was_asked_for(simulator, get):
    simulator.set_options(latency=0.05)
    began = time.monotonic()
    get()
    assert 0.05 <= time.monotonic() - began < 1
    simulator.set_options(latency=0)


def test_a_rule_that_cannot_be_carried_out_is_a_500(simulator, get):
    simulator.fault("mutate", "user/list", mutation={"op": "leave", "userid": "nobody"})
    with pytest.raises(json.JSONDecodeError):
        get()


def test_a_person_moves_while_the_directory_is_read(simulator, get):
    late = get(17)["userlist"][-1]["userid"]
    move = {"op": "move", "userid": late, "department": [4]}
    simulator.fault("mutate", "user/list", department=17, mutation=move)
    read = [one["userid"] for department in (4, 17) for one in get(department)["userlist"]]
    assert late not in read
    simulator.move(late, [17])


def test_calls_are_counted_and_logged_without_secrets(simulator, get):
    simulator.reset_counts()
    get(6)
    assert simulator.calls() == {"user/list": 1}
    assert simulator.log() == [
        {"endpoint": "user/list", "parameters": {"department_id": "6"}, "errcode": 0}
    ]
    assert simulator.peak_in_flight() == 1


def test_rules_are_listed_with_what_they_have_done(simulator, get):
    number = simulator.fault("errcode", "user/list", errcode=-1, times=1)
    assert [get()["errcode"] for _ in range(2)] == [-1, 0]
    (rule,) = simulator.faults()
    assert (rule["number"], rule["kind"], rule["seen"], rule["used"]) == (number, "errcode", 2, 1)
    simulator.clear_faults()
    assert simulator.faults() == []


def test_the_company_is_steered_and_read_back(simulator):
    simulator.hire("Newcomer", "新来的", [5], position="实习生")
    simulator.change("newcomer", without=["gender"], mobile="13800000000")
    simulator.rename_department(5, "前端一组")
    copy = simulator.company_now()
    assert copy.member("newcomer").fields["mobile"] == "13800000000"
    assert "gender" not in copy.member("newcomer").fields
    assert copy.department(5).name == "前端一组"
    assert simulator.company.members.keys() == copy.members.keys()
    simulator.leave("newcomer")
    assert simulator.state()["users"] == 200


def test_a_member_reads_their_messages_from_the_ledger(simulator, connection):
    simulator.reset_counts()
    query = f"corpid={simulator.corp_id}&corpsecret={simulator.app_secret}"
    connection.request("GET", f"/cgi-bin/gettoken?{query}")
    token = json.loads(connection.getresponse().read())["access_token"]
    active = next(m for m in simulator.company.members.values() if m.status == 1)
    body = {"touser": active.userid, "agentid": simulator.agent_id, "msgtype": "text"}
    body["text"] = {"content": "你好"}
    connection.request("POST", f"/cgi-bin/message/send?access_token={token}", json.dumps(body))
    connection.getresponse().read()
    (receipt,) = simulator.ledger(active.userid.upper())
    assert receipt["content"] == {"content": "你好"}
    assert simulator.ledger("nobody") == []


def test_a_file_travels_with_the_form_that_clients_send(simulator, connection):
    simulator.reset_counts()
    file = b"#!AMR\n" + bytes(200_000)
    form = (
        b'--x\r\nContent-Disposition: form-data; name="media"; filename="a.amr"\r\n\r\n'
        + file
        + b"\r\n--x--\r\n"
    )
    query = f"corpid={simulator.corp_id}&corpsecret={simulator.app_secret}"
    connection.request("GET", f"/cgi-bin/gettoken?{query}")
    token = json.loads(connection.getresponse().read())["access_token"]
    where = f"/cgi-bin/media/upload?access_token={token}&type=voice"
    connection.request("POST", where, form, {"Content-Type": "multipart/form-data; boundary=x"})
    media_id = json.loads(connection.getresponse().read())["media_id"]
    connection.request("GET", f"/cgi-bin/media/get?access_token={token}&media_id={media_id}")
    assert connection.getresponse().read() == file
    (medium,) = simulator.media()
    assert (medium["media_id"], medium["filename"], medium["size"]) == (media_id, "a.amr", 200_006)
    assert medium["sha256"] == hashlib.sha256(file).hexdigest()


def test_a_body_that_waits_to_be_asked_for_is_asked_for_once(simulator):
    address = urlsplit(simulator.base_url)
    head = b"POST /_simulator/clock HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 14\r\n\r\n"
    with socket.create_connection((address.hostname, address.port), timeout=5) as raw:
        raw.sendall(head)
        assert raw.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        raw.sendall(b'{"seconds"')
        raw.sendall(b": 0}")
        assert raw.recv(65536).startswith(b"HTTP/1.1 200 OK")


def test_time_passes_and_everything_starts_over(simulator, get):
    simulator.advance(timedelta(hours=2))
    assert get()["errcode"] == 42001
    simulator.hire("newcomer", "新来的", [simulator.add_department("新部门", 5)])
    simulator.start_over(token_life=60)
    assert get()["errcode"] == 40014
    assert (simulator.state()["users"], simulator.state()["departments"]) == (200, 20)
    assert simulator.calls() == {"user/list": 1}
    with pytest.raises(UsageError):
        simulator.advance(timedelta(seconds=-1))
    simulator.start_over()


def test_what_an_app_and_the_contacts_secret_may_do_is_changed_by_name(simulator):
    simulator.set_range(parties=[2], users=["nobody"])
    simulator.change_app(trusted_ips=["192.0.2.1"])
    simulator.change_contacts(regime="new_ip")
    copy = simulator.company_now()
    assert copy.app(simulator.agent_id).visible == Range(users=("nobody",), parties=(2,))
    assert copy.app(simulator.agent_id).trusted_ips == ("192.0.2.1",)
    assert copy.contacts.regime is Regime.NEW_IP
    simulator.start_over()


def test_departments_are_added_changed_and_removed(simulator):
    number = simulator.add_department("法务部", 2, order=7)
    simulator.change_department(number, name="法务合规部", parentid=1)
    copy = simulator.company_now().department(number)
    assert (copy.name, copy.parentid, copy.order) == ("法务合规部", 1, 7)
    simulator.remove_department(number)
    assert number not in simulator.company_now().departments


def test_another_company_is_served_with_its_own_secrets():
    other = build_company(SimulatorOptions(app_secret="other", agent_id=1000009))
    with ThreadedSimulator(SimulatorOptions(shape="sized", users=3, departments=2)) as running:
        running.start_over(other)
        assert (running.app_secret, running.agent_id) == ("other", 1000009)
        assert running.company.members.keys() == other.members.keys()
        with pytest.raises(UsageError):
            running.start_over(other, users=5)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda s: s.mutate({"op": "promote"}), id="operation"),
        pytest.param(lambda s: s.fault("explode"), id="fault"),
        pytest.param(lambda s: s.expire_tokens(40001), id="errcode of a token"),
        pytest.param(lambda s: s.set_options(speed=1), id="option"),
        pytest.param(lambda s: s._ask("POST", "state"), id="path"),
    ],
)
def test_a_wrong_wish_is_refused_with_words(simulator, wrong):
    with pytest.raises(UsageError) as caught:
        wrong(simulator)
    assert caught.value.message


# ── its own process ──────────────────────────────────────────────────────────


def test_a_process_of_its_own_serves_the_company_it_was_given():
    company = build_company(SimulatorOptions(shape="sized", users=30, departments=3))
    with Simulator(SimulatorOptions(latency=timedelta(0)), company) as running:
        assert running.state()["users"] == 30
        running.hire("newcomer", "新来的", [2])
        assert dump_company(running.company_now())["members"][-1]["userid"] == "newcomer"
    assert "newcomer" not in company.members


def test_a_company_file_is_served_and_a_missing_one_is_told(tmp_path, capfd):
    path = tmp_path / "company.json"
    write_company(build_company(SimulatorOptions(corp_id="wwfile", app_secret="f")), path)
    with Simulator(SimulatorOptions(company_file=path)) as running:
        assert (running.corp_id, running.app_secret) == ("wwfile", "f")
    with pytest.raises(SourceUnavailable):
        Simulator(SimulatorOptions(company_file=tmp_path / "none.json")).start()
    assert "none.json" in capfd.readouterr().err


def spawned():
    process = subprocess.Popen(
        [sys.executable, "-m", "syncd.simulator"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdin.write(b'{"options": {}, "company": null}\n')
    process.stdin.flush()
    assert process.stdout.readline().startswith(b"http://127.0.0.1:")
    return process


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda process: process.terminate(), id="SIGTERM"),
        pytest.param(lambda process: os.kill(process.pid, signal.SIGINT), id="SIGINT"),
        pytest.param(lambda process: process.stdin.close(), id="its parent is gone"),
    ],
)
def test_it_ends_quietly(end):
    process = spawned()
    try:
        end(process)
        assert process.wait(5) == 0
        assert process.stderr.read() == b""
    finally:
        process.kill()
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()


# ── the manual ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("heading", "names"),
    [
        ("Mutations", set(OPERATIONS)),
        ("Faults", {kind.value for kind in Kind}),
        ("Options", set(SimulatorOptions().to_json())),
    ],
)
def test_the_manual_names_everything_there_is(heading, names):
    (section,) = re.findall(
        rf"^## {heading}$(.*?)(?=^## |\Z)", MANUAL.read_text(), re.MULTILINE | re.DOTALL
    )
    assert set(re.findall(r"^\| `(\w+)`", section, re.MULTILINE)) == names


def section(heading):
    (found,) = re.findall(
        rf"^## {heading}$(.*?)(?=^## |\Z)", MANUAL.read_text(), re.MULTILINE | re.DOTALL
    )
    return found


def test_the_manual_names_every_endpoint():
    listed = section("What it answers").partition("Any other path")[0]
    named = set()
    for group in listed.split("·"):
        prefix, *names = re.findall(r"`(\w+/?)`", group)
        named |= {prefix + name for name in names} or {prefix}
    assert named == {*ENDPOINTS, "gettoken"}


def test_the_manual_names_every_control_call():
    table = section("The control interface")
    named = set(re.findall(r"^\| `(\w+) /_simulator/([\w/]+)`", table, re.MULTILINE))
    company = build_company(SimulatorOptions(shape="sized", users=1, departments=1))
    assert named == set(Control(Api(company, SimulatorOptions()))._table)


def test_the_manual_names_everything_that_the_fixture_has():
    named = set(re.findall(r"`(\w+)[(`]", section("In your tests: the pytest fixture")))
    public = {name for name in dir(Simulator) if not name.startswith("_")}
    assert public - {"start", "stop"} <= named
