"""The copies of the audit log on several hosts, as `syncd status` tells of them."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from syncd.cli.output import moment
from syncd.services.audit_copies import Copy
from syncd.text import Text, plural, text


def copy_lines(copies: Sequence[Copy], mine: tuple[str, str], now: datetime) -> Iterator[Text]:
    """Yield which copies besides this host's, `mine` by host and path, lack lines."""
    for one in copies:
        if one.since is None or (one.file.host, one.file.path) == mine:
            continue
        yield plural(
            one.behind,
            "Audit log of {host}: {number:,} entry not yet in {file}, since {since}",
            "Audit log of {host}: {number:,} entries not yet in {file}, since {since}",
            host=one.file.host,
            file=one.file.path,
            since=moment(one.since),
        )
        if one.is_late(now):
            yield text(
                "  If that host is gone for good: syncd audit forget {host} --why TEXT",
                host=one.file.host,
            )


def copy_document(one: Copy, now: datetime) -> dict[str, object]:
    """Return a copy as JSON values."""
    return {
        "host": one.file.host,
        "file": one.file.path,
        "last_seq": one.file.last_seq,
        "pending": one.behind,
        "pending_since": one.since,
        "is_late": one.is_late(now),
        "written_at": one.file.noted_at,
    }
