from pathlib import Path

import pytest


@pytest.fixture
def program(tmp_path):
    file = tmp_path / "sampled"
    file.write_text("#!/bin/sh\n", encoding="utf-8")
    file.chmod(0o755)
    return file


def test_a_server_is_found_by_its_name_on_the_path(require_server, program, monkeypatch):
    monkeypatch.setenv("PATH", str(program.parent))
    assert require_server("Sample", "sampled") == program


def test_a_server_is_found_by_its_whole_path(require_server, program):
    assert require_server("Sample", str(program)) == Path(program)


def test_a_missing_server_skips_with_its_reason_on_a_developers_machine(
    require_server, monkeypatch
):
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="Sample is not installed"):
        require_server("Sample", "no-such-server")


def test_a_missing_server_fails_where_ci_is_true(require_server, monkeypatch):
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="Sample is not installed"):
        require_server("Sample", "no-such-server")
