"""What every command starts with: its options, its configuration, its log."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final, TypeVar

import click

from syncd.cli.language import language_option
from syncd.config.configuration import Configuration
from syncd.model.row_id import GREATEST
from syncd.text import text

F = TypeVar("F", bound=Callable[..., Any])
#: The id of a row, or how many: what a database can be asked for.
NUMBER: Final = click.IntRange(1, GREATEST)
#: What a command leaves to the end of the process; see `Context.remains`.
REMAINS: list[object] = []


def common_options(command: F) -> F:
    """Add `--config`, `-v` and `--lang`, which every command takes."""
    command = language_option(command)
    command = click.option("--config", "config", metavar="FILE", help="The configuration file.")(
        command
    )
    return click.option("-v", "verbose", count=True, help="Say more on stderr.")(command)


def json_option(command: F) -> F:
    """Add `--json`, which every command that reports takes."""
    return click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")(command)


def filled(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Return what was given for an option that has to be given, unless it is blank.

    Raises:
        click.BadParameter: It is: nobody would learn a reason from it.
    """
    if not value.strip():
        raise click.BadParameter(text("it is empty"), context, parameter)
    return value


def begin(config: str | None, verbose: int) -> Configuration:
    """Set the log up, and return the checked configuration; its warnings go to the log.

    Raises:
        ConfigError: There is none, or it has problems.
    """
    import structlog  # noqa: PLC0415 - start-up time

    from syncd.config.load import load_configuration  # noqa: PLC0415

    start_log(verbose)
    path = config or _outer().get("config")
    configuration, warnings = load_configuration(Path(path) if path else None, os.environ)
    log = structlog.get_logger(__name__)
    for warning in warnings:
        log.warning("configuration_doubted", key=warning.path, reason=warning.text)
    return configuration


def start_log(verbose: int) -> None:
    """Send the log to stderr; more of it with every `-v`."""
    from syncd.observe.logging import configure_logging  # noqa: PLC0415 - start-up time

    configure_logging(max(verbose, _outer().get("verbose", 0)), stream=sys.stderr)


def hand_down(context: click.Context, config: str | None, verbose: int) -> None:
    """Let options that stood before a sub-command count for it too: `syncd audit -v verify`."""
    outer = _outer()
    verbose = max(verbose, outer.get("verbose", 0))
    context.find_root().obj = {
        **outer,
        "config": config or outer.get("config"),
        "verbose": verbose,
    }


def _outer() -> dict[str, Any]:
    """Return the options that stood before the command's name."""
    context = click.get_current_context(silent=True)
    while context is not None and context.parent is not None:
        context = context.parent
    return context.obj or {} if context is not None else {}


def expect_much(*, once: bool) -> None:
    """Let the garbage collector look less often, for commands that hold a whole directory.

    Hundreds of thousands of objects live as long as a run; with Python's own thresholds the
    collector goes through them again and again and finds nothing. A command that runs `once`
    needs it not at all: what counts references frees all but a few kilobytes.
    """
    import gc  # noqa: PLC0415 - of no use to most commands

    from syncd.observe.memory import share_memory  # noqa: PLC0415 - start-up time

    share_memory()
    if once:
        gc.disable()
    else:
        gc.set_threshold(100_000, 50, 100)
        gc.freeze()  # what was imported stays to the end


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM end what is inside like Ctrl-C does, so that it can clear up."""

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
