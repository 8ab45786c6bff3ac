"""Says what is held of each source, and what became of one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from syncd.cli.output import Column, say, show_table
from syncd.cli.pause import pause_line
from syncd.config.configuration import Configuration
from syncd.errors import UsageError
from syncd.model.holding import Holding
from syncd.model.pause import Pause, pause_of_source
from syncd.model.run import ReadingSummary
from syncd.reconcile.render import violation_text
from syncd.services.plan_document import violation_document
from syncd.services.sources import Renamed, Retirement
from syncd.store.store import Store
from syncd.text import Text, text

if TYPE_CHECKING:
    from syncd.config.sources import LdapSource, WeComSource

_COLUMNS = (
    Column(text("source")),
    Column(text("source type")),
    Column(text("state")),
    Column(text("users"), numeric=True),
    Column(text("departments"), numeric=True),
    Column(text("other links"), numeric=True),
    Column(text("records"), numeric=True),
    Column(text("last reading")),
    Column(text("of everything")),
    Column(text("directory")),
)
#: State → what it means.
STATES = {
    "authority": text("enabled; its people are the users"),
    "enabled": text("enabled"),
    "disabled": text("configured, and not read"),
    "not_configured": text("in the store, and not configured: rename or retire it"),
    "retired": text("retired; its users wait for another authority"),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A source, as it is configured and as the store holds it."""

    holding: Holding
    type: str | None
    #: One of `STATES`.
    state: str
    reading: ReadingSummary | None
    #: The last one that was of everything, where that is known.
    complete: ReadingSummary | None
    pause: Pause | None


def look(store: Store, configuration: Configuration, now: datetime) -> list[Listed]:
    """Return every source that is configured or of which the store holds anything."""
    holdings, readings, pauses = store.sources.holdings(), store.last_readings(), store.pauses()
    complete = store.last_readings(complete=True)
    names = dict.fromkeys((*configuration.sources, *sorted(holdings)))
    found = []
    for name in names:
        holding, settings = holdings.get(name, Holding(name)), configuration.sources.get(name)
        stored = holding.state.type if holding.state is not None else None
        found.append(
            Listed(
                holding,
                settings.type if settings is not None else stored,
                _state(holding, settings, configuration.authority),
                readings.get(name),
                complete.get(name),
                pause_of_source(pauses, name, now),
            )
        )
    return found


def _state(
    holding: Holding, settings: "WeComSource | LdapSource | None", authority: str | None
) -> str:
    if settings is None:
        return "retired" if holding.state is None else "not_configured"
    if not settings.enabled:
        return "retired" if holding.state is None and holding.owns_anything else "disabled"
    return "authority" if holding.name == authority else "enabled"


def show(found: list[Listed]) -> None:
    """Print the sources."""
    if not found:
        say(text("No source is configured."))
        return
    show_table(_COLUMNS, [_row(one) for one in found])
    for one in found:
        if one.state == "not_configured":
            say(
                text(
                    "{name} is not configured: syncd sources rename {name} NEW if it has another "
                    "name now, else syncd sources retire {name} --why TEXT",
                    name=one.holding.name,
                )
            )
        if one.pause is not None:
            say(pause_line(one.pause))


def _row(one: Listed) -> tuple[object, ...]:
    holding = one.holding
    return (
        holding.name,
        one.type or "-",
        STATES[one.state],
        holding.users,
        holding.departments,
        holding.other_links,
        holding.records,
        one.reading.began_at if one.reading is not None else "-",
        one.complete.began_at if one.complete is not None else "-",
        holding.state.identity if holding.state is not None else "-",
    )


def as_document(one: Listed) -> dict[str, Any]:
    """Return a source as JSON values."""
    holding = one.holding
    return {
        "name": holding.name,
        "type": one.type,
        "state": one.state,
        "identity": holding.state.identity if holding.state is not None else None,
        "last_reading_at": one.reading.began_at if one.reading is not None else None,
        "last_complete_reading_at": one.complete.began_at if one.complete is not None else None,
        "is_paused": one.pause is not None,
        **_held(holding),
    }


def _held(holding: Holding) -> dict[str, int]:
    return {
        "users": holding.users,
        "active_users": holding.active_users,
        "departments": holding.departments,
        "other_links": holding.other_links,
        "records": holding.records,
        "open_conflicts": holding.open_conflicts,
    }


# ── rename ──────────────────────────────────────────────────────────────────────────────────


def require_name(name: str) -> None:
    """Refuse what cannot stand in `[sources.NAME]`.

    Raises:
        UsageError: It cannot be the name of a source.
    """
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415 - start-up time

    from syncd.config.source_values import SourceName  # noqa: PLC0415

    try:
        TypeAdapter(SourceName).validate_python(name)
    except ValidationError:
        raise UsageError(
            text("{name!r} cannot be the name of a source.", name=name),
            hint=text('Letters, digits, "_" and "-", at most 64 of them.'),
        ) from None


def show_renamed(done: Renamed, configuration: Configuration) -> None:
    """Print what a new name has changed, and what is left to do."""
    say(text("The source {old} is called {new} now.", old=done.old, new=done.new))
    if done.new not in configuration.sources:
        say(
            text(
                "Rename it in the configuration too: [sources.{old}] becomes [sources.{new}], also "
                "where [reconcile] names it. Then restart the daemon.",
                old=done.old,
                new=done.new,
            )
        )
    _show_pending(done.audit_pending)


def renamed_document(done: Renamed) -> dict[str, Any]:
    """Return what a new name has changed as JSON values."""
    return {
        "before": done.old,
        "after": done.new,
        "rows": done.rows,
        "audit_pending": done.audit_pending,
    }


# ── retire ──────────────────────────────────────────────────────────────────────────────────


def show_retired(done: Retirement) -> None:
    """Print what the end of a source changes, or has changed."""
    is_done = done.run_id is not None
    name = done.holding.name
    if is_done:
        say(text("The source {name} is retired (run {run}).", name=name, run=done.run_id))
    else:
        say(text("What the end of the source {name} would change:", name=name))
    for line in _consequences(done):
        say(text("  {line}", line=line))
    if not is_done:
        for one in done.judgement.violations:
            say(text("  Held: {reason}", reason=violation_text(one)))
        say(text("Nothing was written. If it is meant, say so with --yes."))
    _show_pending(done.audit_pending)


def _consequences(done: Retirement) -> Iterator[Text]:
    holding = done.holding
    links = len(done.plan.changes)
    if holding.owns_anything:
        yield text(
            "{users:,} users (active: {active:,}) and {departments:,} departments are its own: they"
            " stay as they are, nobody is deactivated, and nothing updates them until another"
            " authority takes them over by the common field.",
            users=holding.users,
            active=holding.active_users,
            departments=holding.departments,
        )
    yield text("Links with users of other sources that go: {number:,}", number=links)
    if done.plan.resolved:
        number = len(done.plan.resolved)
        yield text("Open conflicts of the source that go: {number:,}", number=number)
    if holding.owns_anything:
        yield text("Records of whoever owns no user go; those of its users stay with them.")
    else:
        yield text("Records that go: {number:,}", number=holding.records)


def _show_pending(why: str | None) -> None:
    if why is not None:
        said = text("{problem} The next run writes the entry.", problem=why)
        say(text("syncd: {message}", message=said), err=True)


def retired_document(done: Retirement) -> dict[str, Any]:
    """Return the end of a source as JSON values."""
    return {
        "source": done.holding.name,
        "run_id": done.run_id,
        **_held(done.holding),
        "unlinked": [str(one.ref) for one in done.plan.changes],
        "held_by": [violation_document(one) for one in done.judgement.violations],
        "audit_pending": done.audit_pending,
    }
