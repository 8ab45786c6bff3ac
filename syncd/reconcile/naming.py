"""Who names whom as the manager, told by what is kept beside each record without reading it.

A manager who was not there may come later, without any change of the records that name them. The
mark of the manager's id stands behind the digest of each such record: so a run that looks at the
manager finds them, and no other run has to look at them.
"""

from collections.abc import Collection, Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Final

#: Bytes of a digest; whatever stands behind them is the mark.
DIGEST_SIZE: Final = 16
_MARK_SIZE: Final = 8


@lru_cache(maxsize=10_000)
def mark(manager: str) -> bytes:
    """Return the mark of a manager's id; two ids may share one, and then too many are looked at."""
    return blake2b(manager.encode("utf-8", "surrogatepass"), digest_size=_MARK_SIZE).digest()


def says_the_same(stored: bytes | None, digest: bytes) -> bool:
    """Return whether what is kept beside a record begins with a digest."""
    return stored is not None and stored[:DIGEST_SIZE] == digest


def naming(digests: Mapping[str, bytes | None], managers: Collection[str]) -> set[str]:
    """Return whose marks are those of some managers; `digests` as they are kept, by id."""
    if not managers:
        return set()
    marks = {mark(one) for one in managers}
    return {id_ for id_, one in digests.items() if one and one[DIGEST_SIZE:] in marks}
