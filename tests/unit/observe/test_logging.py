import io
import json
import logging

import pytest
import structlog

from syncd.errors import SourceRejected
from syncd.observe.logging import configure_logging


def refuse():
    raise SourceRejected("the secret is wrong", hint="Look at 应用管理.")


def break_off():
    raise RuntimeError("GET /x?access_token=hunter2")


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def quiet_again():
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = before
    root.setLevel(level)


@pytest.fixture
def lines():
    stream = io.StringIO()

    def configure(verbosity=1, style="auto"):
        configure_logging(verbosity, stream=stream, style=style)
        return lambda: stream.getvalue().splitlines()

    return configure


def test_a_line_for_a_program_is_one_line_of_keys_and_values(lines):
    read = lines()
    structlog.get_logger().info("run_finished", outcome="applied", why="two\nlines", users=3)
    (line,) = read()
    assert line.startswith("timestamp=")
    assert "level=info event=run_finished outcome=applied why=two\\nlines users=3" in line


def test_a_line_for_a_person_has_the_event_first_and_no_keys_around_it():
    stream = Terminal()
    configure_logging(1, stream=stream)
    structlog.get_logger().info("run_finished", outcome="applied")
    assert "event=" not in stream.getvalue()
    assert "run_finished" in stream.getvalue()


def test_json_is_one_object_a_line_in_readable_chinese(lines):
    read = lines(style="json")
    structlog.get_logger().info("department_moved", name="销售部")
    (line,) = read()
    assert "销售部" in line
    assert json.loads(line)["event"] == "department_moved"


@pytest.mark.parametrize(("verbosity", "shown"), [(-1, 1), (0, 1), (1, 2), (2, 3), (9, 3)])
def test_more_v_show_more(lines, verbosity, shown):
    read = lines(verbosity)
    log = structlog.get_logger()
    for method in (log.warning, log.info, log.debug):
        method("thing_happened")
    assert len(read()) == shown


def test_an_error_of_ours_is_told_with_its_hint_and_without_a_traceback(lines):
    read = lines()
    try:
        refuse()
    except SourceRejected:
        structlog.get_logger().exception("run_failed")
    (line,) = read()
    assert 'error="the secret is wrong"' in line
    assert "应用管理" in line
    assert "Traceback" not in line


def test_with_vv_an_error_of_ours_has_its_traceback(lines):
    read = lines(2)
    structlog.get_logger().error("run_failed", exc_info=SourceRejected("no"))
    assert "SourceRejected: no" in read()[0]


def test_a_defect_has_its_traceback_on_the_one_line(lines):
    read = lines()
    try:
        _ = 1 // 0
    except ZeroDivisionError:
        structlog.get_logger().exception("run_failed")
    (line,) = read()
    assert "Traceback" in line
    assert "ZeroDivisionError" in line


@pytest.mark.parametrize("style", ["logfmt", "json", "console"])
def test_no_secret_passes_the_last_net(lines, style):
    read = lines(style=style)
    log = structlog.get_logger().bind(access_token="hunter2")
    try:
        break_off()
    except RuntimeError:
        log.exception(
            "call_failed",
            url="https://u:hunter2@p/x?corpsecret=hunter2",
            body={"secret": "hunter2"},
        )
    logging.getLogger("urllib3").warning("retrying %s", "/x?access_token=hunter2")
    text = "\n".join(read())
    assert "call_failed" in text
    assert "library_logged" in text
    assert "hunter2" not in text


def test_libraries_are_heard_from_warnings_on(lines):
    read = lines()
    logging.getLogger("apscheduler").info("Added job")
    logging.getLogger("apscheduler").warning("Run time of job was missed")
    (line,) = read()
    assert 'event=library_logged library=apscheduler message="Run time of job was missed"' in line


def test_configuring_twice_says_nothing_twice(lines):
    lines()
    read = lines()
    logging.getLogger("alembic").warning("once")
    assert len(read()) == 1
