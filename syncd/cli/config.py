"""`syncd config`: check, show, or make a configuration."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli.invocation import common_options, json_option, start_log
from syncd.cli.language import language_option, spoken
from syncd.cli.output import say
from syncd.errors import ConfigError, ExitStatus
from syncd.text import term, text, translated

if TYPE_CHECKING:
    from syncd.config.configuration import Configuration
    from syncd.config.problems import ConfigWarning


#: A line of comment in the example, in places of a terminal.
_WIDTH = 96


@click.group()
@language_option
def config() -> None:
    """Check the configuration, show it, or print one to begin with."""


@config.command()
@click.option("--offline", is_flag=True, help="Leave the secrets alone: for CI, which has none.")
@json_option
@common_options
def check(*, offline: bool, as_json: bool, config: str | None, verbose: int) -> int:
    """Say all that is wrong with the configuration, or that it is ok.

    Secrets are read from where the configuration says they are, and not shown.
    """
    start_log(verbose)
    file: Path | None = None
    warnings: list[ConfigWarning] = []
    error: ConfigError | None = None
    try:
        file = _file(config)
        configuration, warnings = _load(file)
        _require(configuration, file, offline=offline)
    except ConfigError as found:
        error = found
    if as_json:
        _show_check(file, warnings, error, offline=offline)
    elif error is None:
        _say_ok(file, warnings, offline=offline)
    if error is not None:
        raise error
    return ExitStatus.DONE


def _require(configuration: "Configuration", file: Path, *, offline: bool) -> None:
    from syncd.config.load import require_secrets  # noqa: PLC0415 - start-up time

    if not offline:
        require_secrets(configuration, str(file))


def _say_ok(file: Path | None, warnings: "list[ConfigWarning]", *, offline: bool) -> None:
    for warning in warnings:
        say(text("warning: {path}: {warning}", path=warning.path, warning=warning.text))
    if offline:
        say(text("{file}: ok (the secrets were not looked at)", file=file))
    else:
        say(text("{file}: ok (every secret can be read)", file=file))


def _show_check(
    file: Path | None,
    warnings: "list[ConfigWarning]",
    error: ConfigError | None,
    *,
    offline: bool,
) -> None:
    from syncd.cli.output import show_json  # noqa: PLC0415 - start-up time

    show_json(
        {
            "file": str(file) if file else None,
            "ok": error is None,
            "error": {"message": error.message, "hint": error.hint} if error else None,
            "warnings": [{"path": one.path, "text": one.text} for one in warnings],
            "secrets_checked": not offline,
        }
    )


@config.command()
@json_option
@common_options
def show(*, as_json: bool, config: str | None, verbose: int) -> int:
    """Show the settings in effect, defaults filled in and secrets masked."""
    from syncd.cli.output import show_json  # noqa: PLC0415 - start-up time
    from syncd.config.show import as_toml, effective  # noqa: PLC0415

    start_log(verbose)
    file = _file(config)
    configuration, _ = _load(file)
    if as_json:
        show_json({"file": str(file), "settings": effective(configuration)})
    else:
        click.echo(f"# {file}\n{as_toml(configuration)}", nl=False)
    return ExitStatus.DONE


@config.command()
@language_option
def example() -> int:
    """Print a configuration with every key, what it means, and its default."""
    from syncd.cli.help import wrapped  # noqa: PLC0415 - start-up time
    from syncd.config.example import Wording, example_toml  # noqa: PLC0415

    wording = Wording()
    if spoken() != "en":
        wording = Wording(
            said=lambda sentence: translated(term(sentence), spoken()),
            wrap=lambda words: wrapped(words.replace("。 ", "。"), _WIDTH),
        )
    click.echo(example_toml(wording), nl=False)
    return ExitStatus.DONE


def _file(given: str | None) -> Path:
    from syncd.config.load import find_configuration  # noqa: PLC0415 - start-up time

    outer = click.get_current_context().find_root().obj or {}
    path = given or outer.get("config")
    return find_configuration(Path(path) if path else None, os.environ)


def _load(file: Path) -> "tuple[Configuration, list[ConfigWarning]]":
    from syncd.config.load import load_configuration  # noqa: PLC0415 - start-up time

    return load_configuration(file, os.environ)
