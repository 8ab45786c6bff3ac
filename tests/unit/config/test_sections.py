from datetime import time, timedelta
from pathlib import Path

import pytest

from syncd.config.configuration import Configuration
from syncd.config.fields import FIELD_NAMES
from syncd.config.guard import DEFAULT_LIMITS, GuardLimit
from syncd.errors import ConfigError


def test_nothing_at_all_is_a_valid_configuration_that_no_source_can_be_read_with(check):
    configuration = check.accept({})
    assert configuration.authority is None
    with pytest.raises(ConfigError, match="no source is configured"):
        configuration.require_source()


def test_a_source_that_is_switched_off_does_not_count(check, wecom_document):
    with pytest.raises(ConfigError, match="no source is enabled"):
        check.accept(wecom_document(enabled=False)).require_source()
    check.accept(wecom_document()).require_source()


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///syncd.db", "/srv/config/syncd.db"),
        ("sqlite:///../data/syncd.db", "/srv/config/../data/syncd.db"),
        ("sqlite:////var/lib/syncd/syncd.db", "/var/lib/syncd/syncd.db"),
    ],
)
def test_a_relative_database_is_relative_to_the_configuration(check, url, path):
    configuration = check.accept({"store": {"url": url}})
    assert configuration.store.sqlite_path == Path(path)
    assert configuration.audit_file == Path(path).with_name("audit.jsonl")


def test_the_audit_log_may_have_a_place_of_its_own(check):
    configuration = check.accept({"audit": {"file": "log/audit.jsonl"}})
    assert configuration.audit_file == Path("/srv/config/log/audit.jsonl")


@pytest.mark.parametrize(
    ("url", "known_as"),
    [
        ("postgresql+psycopg://u@db/syncd", "postgresql+psycopg://u:p%40%2F%3A%20x@db/syncd"),
        ("postgres://u:old@db:5432/syncd", "postgresql+psycopg://u:p%40%2F%3A%20x@db:5432/syncd"),
        ("mysql://u@db/syncd?ssl_ca=/x", "mysql+pymysql://u:p%40%2F%3A%20x@db/syncd?ssl_ca=/x"),
        ("mariadb://u@[::1]/syncd", "mysql+pymysql://u:p%40%2F%3A%20x@[::1]/syncd"),
    ],
)
def test_the_password_of_a_server_may_stand_apart_from_its_address(check, url, known_as):
    check.env = {"PASSWORD": "p@/: x"}
    configuration = check.accept({"store": {"url": url, "password": "env:PASSWORD"}})
    assert configuration.store.sqlite_path is None
    assert configuration.store.sqlalchemy_url == known_as


def test_a_password_without_a_user_is_told_when_it_is_used(check):
    document = {"store": {"url": "postgresql://db/syncd", "password": "hunter2"}}
    configuration = check.accept(document)
    with pytest.raises(ConfigError, match="names no user") as told:
        _ = configuration.store.sqlalchemy_url
    assert "hunter2" not in told.value.message


@pytest.mark.parametrize(
    ("env", "folder"), [({}, "/var/lib/syncd"), ({"STATE_DIRECTORY": "/s:/t"}, "/s")]
)
def test_the_log_of_a_server_stands_in_the_state_directory(check, env, folder):
    check.env = env
    configuration = check.accept({"store": {"url": "postgresql://db/syncd"}})
    assert configuration.audit_file == Path(folder) / "audit.jsonl"


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///x.db?mode=ro",
        "oracle://u:hunter2@h",
        "postgresql://u:hunter2@h",
        "mysql://u:hunter2@h:port/syncd",
    ],
)
def test_a_database_that_keeps_nothing_or_is_none_is_refused(check, url):
    assert "hunter2" not in check.refuse({"store": {"url": url}})["store.url"]


def test_the_database_may_be_named_by_a_reference(check):
    check.env = {"DB": "sqlite:///here.db"}
    assert (
        check.accept({"store": {"url": "env:DB"}}).store.sqlalchemy_url
        == "sqlite:////srv/config/here.db"
    )


@pytest.mark.parametrize("env", [{}, {"DB": "postgresql://db"}, {"DB": "nothing"}])
def test_a_reference_that_leads_to_no_database_is_told_when_it_is_used(check, env):
    check.env = env
    configuration = check.accept({"store": {"url": "env:DB"}})
    with pytest.raises(ConfigError):
        _ = configuration.store.sqlite_path


def test_the_limits_are_those_of_the_contract(check):
    assert check.accept({}).guard.limits == {
        "max_deactivations": GuardLimit(10, 0.05, 3),
        "max_unlinks": GuardLimit(10, 0.05, 3),
        "max_blanked": GuardLimit(10, 0.10, 3),
        "max_changed": GuardLimit(50, 0.30, 50),
        "max_moves": GuardLimit(50, 0.20, 50),
        "max_created": GuardLimit(50, 0.30, 50),
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"floor": 20}, GuardLimit(20, 0.05, 20)),
        ({"share": 0.2}, GuardLimit(10, 0.2, 3)),
        ({"floor": 20, "share": 0.2, "small_floor": 1}, GuardLimit(20, 0.2, 1)),
    ],
)
def test_what_a_limit_leaves_out_keeps_its_default(check, given, expected):
    assert (
        check.accept({"guard": {"max_deactivations": given}}).guard.limits["max_deactivations"]
        == expected
    )


def test_a_small_company_has_a_small_floor():
    limit = DEFAULT_LIMITS["max_deactivations"]
    assert [limit.floor_for(population) for population in (0, 99, 100)] == [3, 3, 10]


@pytest.mark.parametrize("given", [{"share": 1.5}, {"floor": -1}, {"floor": "many"}, 5])
def test_a_limit_that_is_none_is_refused(check, given):
    assert len(check.refuse({"guard": {"max_created": given}})) == 1


def test_the_full_pass_is_at_two_in_shanghai(check):
    schedule = check.accept({}).schedule
    assert (schedule.full_at, schedule.timezone.key) == (time(2), "Asia/Shanghai")


@pytest.mark.parametrize(
    "key_value",
    [("full_at", "25:00"), ("full_at", 2), ("timezone", "Asia/Bejing"), ("timezone", "")],
)
def test_a_time_or_zone_that_does_not_exist_is_refused(check, key_value):
    key, value = key_value
    assert f"schedule.{key}" in check.refuse({"schedule": {key: value}})


def test_waits_of_the_outbox_are_lengths_of_time(check):
    assert check.accept({"outbox": {"retry": ["1s", "2m"]}}).outbox.retry == (
        timedelta(seconds=1),
        timedelta(minutes=2),
    )
    assert "outbox.retry.1" in check.refuse({"outbox": {"retry": ["1s", "soon"]}})


def test_files_of_messages_come_from_folders_that_are_named(check, tmp_path):
    assert check.accept({}).outbox.media_folders == ()
    given = check.accept({"outbox": {"media_folders": ["/srv/files"], "daily_limit": 5}}).outbox
    assert (given.media_folders, given.daily_limit) == ((Path("/srv/files"),), 5)


@pytest.mark.parametrize(
    "given", [{"threads": 0}, {"threads": 65}, {"confirm_above": 0}, {"daily_limit": 0}]
)
def test_a_number_of_the_outbox_that_makes_no_sense_is_refused(check, given):
    assert list(check.refuse({"outbox": given})) == [f"outbox.{next(iter(given))}"]


_APP = {"agent_id": 1000003, "app_secret": "env:SECRET", "contacts_secret": None}


def test_a_wecom_source_with_the_secret_of_an_app_sends(check):
    check.env["SECRET"] = "s"
    configuration = check.wecom(**_APP)
    assert list(configuration.sending_sources) == ["wecom"]
    configuration.require_sender()


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (_APP | {"enabled": False}, "no source sends messages"),
        ({"contacts_secret": "env:SECRET"}, "no source sends messages"),
        (_APP | {"apply": False}, "no source sends: wecom has apply = false"),
    ],
)
def test_it_is_said_why_nothing_sends(check, keys, said):
    check.env["SECRET"] = "s"
    configuration = check.wecom(**keys)
    assert dict(configuration.sending_sources) == {}
    with pytest.raises(ConfigError, match=said):
        configuration.require_sender()


def test_the_configuration_is_frozen(check):
    configuration = check.accept({})
    with pytest.raises(ValueError, match="frozen"):
        configuration.guard = None
    assert isinstance(configuration, Configuration)


def test_the_fields_are_those_of_the_contract():
    assert " ".join(FIELD_NAMES) == (
        "userid name alias mobile email biz_email telephone employee_no position gender address avatar_url manager"
    )
