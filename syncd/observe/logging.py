"""The log: lines on stderr, for a person on a terminal and for a program elsewhere."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, Literal, TextIO

import structlog

from syncd.errors import SyncdError
from syncd.observe.redaction import redact

Format = Literal["auto", "console", "logfmt", "json"]
EventDict = MutableMapping[str, Any]

_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)


def level_of(verbosity: int) -> int:
    """Return the level of the standard library for so many ``-v``: warnings, then info, then debug."""
    return _LEVELS[max(0, min(verbosity, len(_LEVELS) - 1))]


def configure_logging(
    verbosity: int = 0, *, stream: TextIO | None = None, style: Format = "auto"
) -> None:
    """Let everything that is logged from now on go to ``stream``; may be called again.

    Libraries that use the standard library's logging come out the same way, from warnings on and
    with ``-vv`` from info on.

    Args:
        verbosity: How many ``-v``: 0 shows warnings, 1 one line per run as a daemon wants it, 2 all.
        stream: Where to; stderr where it is None.
        style: ``auto`` is ``console`` on a terminal and ``logfmt`` elsewhere.
    """
    target = sys.stderr if stream is None else stream
    level = level_of(verbosity)
    if style == "auto":
        style = "console" if target.isatty() else "logfmt"
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=style != "console"),
            _Explain(with_traceback=level <= logging.DEBUG),
            _redacted,
            *_renderers(style, target),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(target),
        cache_logger_on_first_use=False,
    )
    _take_over_libraries(logging.INFO if verbosity > 1 else logging.WARNING)


def _renderers(style: Format, target: TextIO) -> list[structlog.typing.Processor]:
    match style:
        case "json":
            return [structlog.processors.JSONRenderer(ensure_ascii=False, default=str)]
        case "console":
            renderer = structlog.dev.ConsoleRenderer(
                colors=target.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
            return [renderer]
        case _:
            order = ["timestamp", "level", "event"]
            return [
                _single_lines,
                structlog.processors.LogfmtRenderer(key_order=order, bool_as_flag=False),
            ]


class _Explain:
    """Turns ``exc_info`` into text: message and hint of an error of ours, a traceback of a defect."""

    def __init__(self, *, with_traceback: bool) -> None:
        self._with_traceback = with_traceback

    def __call__(self, _logger: Any, _method: str, event: EventDict) -> EventDict:
        given = event.pop("exc_info", None)
        error = _error_of(given)
        if error is None:
            return event
        event["error_kind"] = type(error).__name__
        if isinstance(error, SyncdError):
            event["error"] = error.message
            if error.hint:
                event["hint"] = error.hint
        if self._with_traceback or not isinstance(error, SyncdError):
            event["exception"] = "".join(traceback.format_exception(error)).rstrip()
        return event


def _error_of(given: object) -> BaseException | None:
    """Return the error that ``exc_info`` means: itself, the one being handled, or a triple's."""
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1] if isinstance(given[1], BaseException) else None
    return sys.exc_info()[1] if given else None


def _redacted(_logger: Any, _method: str, event: EventDict) -> EventDict:
    return {key: redact(value, key) for key, value in event.items()}


def _single_lines(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Keep one event on one line: whoever reads lines must not be told two things by one."""
    return {
        key.replace(" ", "_"): value.replace("\r", "\\r").replace("\n", "\\n")
        if isinstance(value, str)
        else value
        for key, value in event.items()
    }


class _ToStructlog(logging.Handler):
    """Hands what a library logs to structlog, so that it is redacted and formatted like the rest."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger().log(
            record.levelno,
            "library_logged",
            library=record.name,
            message=record.getMessage(),
            exc_info=record.exc_info,
        )


def _take_over_libraries(level: int) -> None:
    root = logging.getLogger()
    for handler in list(root.handlers):
        if isinstance(handler, _ToStructlog):
            root.removeHandler(handler)
    root.addHandler(_ToStructlog())
    root.setLevel(level)
