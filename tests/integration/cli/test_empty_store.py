import pytest


@pytest.mark.parametrize(
    "words", [["status"], ["runs"], ["find", "x"], ["tree"], ["keys"], ["audit"]]
)
def test_before_the_first_sync_looking_says_so_calmly(call, empty, words) -> None:
    answer = call(empty, *words)

    assert answer.status == 0
    assert "Nothing has been synced yet" in answer.out
    assert not (empty / "syncd.db").exists()


@pytest.mark.parametrize(
    "words", [["status"], ["runs"], ["find", "x"], ["tree"], ["keys"], ["audit"]]
)
def test_a_schema_without_any_run_is_as_new(call, empty, words) -> None:
    assert call(empty, "db", "upgrade").status == 0

    assert "Nothing has been synced yet" in call(empty, *words).out


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (["runs"], "runs"),
        (["find", "x"], "found"),
        (["tree"], "departments"),
        (["keys"], "fields"),
        (["audit"], "changes"),
        (["conflicts"], "conflicts"),
    ],
)
def test_the_json_of_an_empty_store_is_an_empty_list(call, empty, words, key) -> None:
    assert call(empty, *words, "--json").json[key] == []


def test_the_status_of_an_empty_store_names_the_configured_source(call, empty) -> None:
    document = call(empty, "status", "--json").json

    assert document["store"]["is_empty"] is True
    assert [one["name"] for one in document["sources"]] == ["wecom"]
    assert document["sources"][0]["last_reading"] is None
    assert document["last_run"] is None


@pytest.mark.parametrize(
    "words",
    [
        ["runs", "1"],
        ["audit", "--user", "1"],
        ["tree", "1"],
        ["conflicts", "accept", "1", "--why", "x"],
    ],
)
def test_nothing_can_be_named_in_an_empty_store(call, empty, words) -> None:
    assert call(empty, *words).status == 2
    assert not (empty / "syncd.db").exists()


def test_a_log_that_was_never_written_is_whole(call, empty) -> None:
    answer = call(empty, "audit", "verify")

    assert (answer.status, answer.out) == (0, "ok: nothing has been written to the log yet\n")


def test_a_database_without_tables_is_found_by_the_check(call, empty) -> None:
    assert call(empty, "db", "check").status == 7
    assert call(empty, "db", "current").out.startswith("none (empty")
    assert not (empty / "syncd.db").exists()


def test_an_upgrade_makes_the_schema_and_then_has_nothing_to_do(call, empty) -> None:
    first = call(empty, "db", "upgrade", "--json").json
    second = call(empty, "db", "upgrade")

    assert first["before"] is None
    assert f"schema {first['after']} already" in second.out
    assert call(empty, "db", "check").status == 0
    assert "never read" in call(empty, "status").out


@pytest.mark.parametrize("words", [["status"], ["runs"], ["audit", "verify"], ["db", "check"]])
def test_without_a_configuration_a_command_says_how_to_make_one(
    call, tmp_path, monkeypatch, words
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("syncd.config.load.SYSTEM_FILE", tmp_path / "none.toml")

    answer = call(None, *words)

    assert answer.status == 2
    assert "there is no configuration" in answer.err
    assert "syncd init" in answer.err
