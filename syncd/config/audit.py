"""``[audit]``: the log of everything that was changed."""

from typing import Literal

from syncd.config.origin import ConfigPath
from syncd.config.section import Section, setting


class AuditSettings(Section):
    """Where the audit log is, and how it speaks of people."""

    file: ConfigPath | None = setting(
        None,
        doc="The file; by default audit.jsonl beside the SQLite file.",
        example="/var/lib/syncd/audit.jsonl",
    )
    personal_data: Literal["plain", "hash"] = setting(
        "plain",
        doc='"hash" writes pseudonyms instead of names, numbers and addresses; such a log cannot be replayed.',
    )
