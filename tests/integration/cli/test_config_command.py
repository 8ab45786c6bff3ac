def test_a_good_configuration_is_ok(call, empty) -> None:
    answer = call(empty, "config", "check")

    assert answer.status == 0
    assert answer.out.endswith("ok (every secret can be read)\n")


def test_a_secret_that_is_not_there_is_found_unless_offline(call, empty) -> None:
    (empty / "app_secret").unlink()

    answer = call(empty, "config", "check")

    assert answer.status == 2
    assert "sources.wecom.app_secret" in answer.err
    assert call(empty, "config", "check", "--offline").status == 0


def test_warnings_are_part_of_the_answer(call, empty) -> None:
    file = empty / "syncd.toml"
    file.write_text(file.read_text().replace('"file:app_secret"', '"literal-secret"'))

    answer = call(empty, "config", "check")

    assert answer.status == 0
    assert "warning: sources.wecom.app_secret" in answer.out
    assert "literal-secret" not in answer.out + answer.err


def test_problems_are_in_the_json_too(call, empty) -> None:
    (empty / "syncd.toml").write_text("[store]\nurll = 1\n")

    answer = call(empty, "config", "check", "--json")

    assert answer.status == 2
    assert answer.json["ok"] is False
    assert "store.urll" in answer.json["error"]["message"]


def test_settings_are_shown_with_secrets_masked(call, empty) -> None:
    file = empty / "syncd.toml"
    file.write_text(file.read_text().replace('"file:app_secret"', '"literal-secret"'))

    text = call(empty, "config", "show").out
    document = call(empty, "config", "show", "--json")

    assert "********" in text
    assert "literal-secret" not in text + document.out
    assert document.json["settings"]["sources"]["wecom"]["type"] == "wecom"


def test_the_example_is_printed_without_a_configuration(call) -> None:
    answer = call(None, "config", "example")

    assert answer.status == 0
    assert "[sources.wecom]" in answer.out
