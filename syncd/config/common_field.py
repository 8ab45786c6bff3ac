"""Whether every source is told where its common field stands."""

from collections.abc import Iterator
from typing import Final

from syncd.config.configuration import Configuration
from syncd.config.problems import ConfigWarning
from syncd.text import text

#: By the type of a source: the fields that it has without being told; a test compares them with
#: what the sources themselves read.
MAPPED: Final = {
    "wecom": frozenset(
        [
            *("userid", "name", "alias", "mobile", "email", "biz_email", "telephone"),
            *("position", "gender", "address", "avatar_url", "manager"),
        ]
    ),
    "ldap": frozenset(
        ["userid", "name", "email", "mobile", "telephone", "employee_no", "position", "manager"]
    ),
}


def unmapped_common_field(configuration: Configuration) -> Iterator[ConfigWarning]:
    """Yield a warning for each source of which nobody can be known by the common field."""
    wanted = configuration.reconcile.common_field
    for name, source in configuration.enabled_sources.items():
        if wanted is not None and wanted not in {*MAPPED[source.type], *source.fields}:
            yield ConfigWarning(
                f"sources.{name}.fields",
                text(
                    "does not say where {field} stands, which is reconcile.common_field: nobody of this source can be known by it",
                    field=wanted,
                ),
            )
