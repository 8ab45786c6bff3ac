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
        ConfigError: A stored source is not configured any more, the people are another source's,
            or the source is another directory now.
    """
    for state in states.values():
        if state.name not in configured:
            raise ConfigError(
                text(
                    "The store holds the source {name!r}, which is not configured.", name=state.name
                ),
                hint=(
                    text(
                        "Configure [sources.{name}] again. Renaming or retiring a source on purpose is not possible in this version.",
                        name=state.name,
                    )
                ),
            )
        if state.name != source.name and state.first_loaded_at is not None:
            raise ConfigError(
                text(
                    "The people in the store are those of the source {name!r}; reading them from {other!r} would make everybody a second time.",
                    name=state.name,
                    other=source.name,
                ),
                hint=(
                    text(
                        "Enable [sources.{name}] instead, or use a new database. Taking people over from another source is not possible in this version.",
                        name=state.name,
                    )
                ),
            )
        if state.name == source.name and not _is_same(state.identity, source.identity):
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


def _is_same(stored: str, configured: str) -> bool:
    return stored == configured or stored.startswith(configured + _SEPARATOR)


def _other_directory(name: str, stored: str, now: str) -> ConfigError:
    return ConfigError(
        text(
            "The source {name!r} was {stored}, and is {now} now.", name=name, stored=stored, now=now
        ),
        hint=(
            text(
                "A store keeps to one directory, or everybody would be replaced. Correct the settings of [sources.{name}], or use a new database for the new directory.",
                name=name,
            )
        ),
    )
