"""Whose directory a store holds: one authority, and one directory behind it (rule 1)."""

from collections.abc import Collection, Mapping

from syncd.errors import ConfigError
from syncd.model.entry import Snapshot
from syncd.model.source import SourceState
from syncd.sources.base import Source
from syncd.text import text

#: Between what the configuration says of a directory and what only a reading can say.
_SEPARATOR = "#"


def check_sources(
    states: Mapping[str, SourceState], configured: Collection[str], source: Source
) -> None:
    """Refuse to read a source into a store that belongs to another directory.

    Raises:
        ConfigError: A stored source is not configured any more, or the source is another
            directory now.
    """
    for state in states.values():
        if state.name not in configured:
            raise ConfigError(
                text(
                    "The store holds the source {name!r}, which is not configured.", name=state.name
                ),
                hint=text(
                    "Configure [sources.{name}] again (enabled = false will do), or say what became "
                    "of it: syncd sources rename {name} NEW, or syncd sources retire {name}.",
                    name=state.name,
                ),
            )
        if state.name == source.name:
            check_configured(state, source)


def check_configured(state: SourceState | None, source: Source) -> None:
    """Refuse a source that is configured as another directory than the one it was, or was at its end.

    Raises:
        ConfigError: It is another one; the ids of its people are not those of the people before.
    """
    if state is not None and not same_directory(state.identity, source.identity):
        raise _other_directory(source.name, state.identity, source.identity)


def check_identity(state: SourceState | None, source: Source, snapshot: Snapshot) -> None:
    """Refuse a reading that turns out to be another directory's.

    Raises:
        ConfigError: The server is another one than the store was filled from.
    """
    if state is None or snapshot.identity is None or _SEPARATOR not in state.identity:
        return
    if snapshot.identity != state.identity:
        raise _other_directory(source.name, state.identity, snapshot.identity)


def same_directory(stored: str, configured: str) -> bool:
    """Return whether what the store says of a directory is what the configuration says of it."""
    return stored == configured or stored.startswith(configured + _SEPARATOR)


def _other_directory(name: str, stored: str, now: str) -> ConfigError:
    return ConfigError(
        text(
            "The source {name!r} was {stored}, and is {now} now.", name=name, stored=stored, now=now
        ),
        hint=text(
            "Correct the settings of [sources.{name}]. If it is to be another directory from now "
            "on, give that one a name of its own, and set enabled = false in [sources.{name}] or "
            "run syncd sources retire {name}: the new one then takes the people over by "
            "reconcile.common_field. syncd sources rename gives the same directory another name.",
            name=name,
        ),
    )
