"""Reads an LDAP directory in a process of its own: `read_people.py WAY URL BASE DN PASSWORD`.

Ways: `pages` (the connection's pages and nothing done with them), `stock` (the same by ldap3's own
reader), `source` (the whole of `LdapSource.read`). Prints as JSON the seconds from the connection
to the last entry, how many entries there were, and the largest resident set of this process alone.
"""

import gc
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from people import ATTRIBUTES, FILTER

from syncd.sources.ldap import LdapSettings, LdapSource, connection
from syncd.sources.ldap.connection import open_directory

_FIELDS = {"custom.given": "givenName", "custom.family": "sn", "address": "street"}


def main(way: str, url: str, base: str, dn: str, password: str) -> None:
    """Read, and print what it took."""
    settings = LdapSettings("bench", (url,), base, dn, lambda: password, fields=_FIELDS)
    gc.set_threshold(100_000, 50, 100)  # as `syncd` does
    if way == "stock":
        connection.read_leanly = lambda _: None
    began = time.perf_counter()
    found = _source(settings) if way == "source" else _pages(settings)
    seconds = time.perf_counter() - began
    sys.stdout.write(json.dumps({"seconds": seconds, "entries": found, "peak_mib": _peak_mib()}))


def _pages(settings: LdapSettings) -> int:
    found = 0
    with open_directory(settings, lambda: datetime.now(UTC)) as directory:
        for page in directory.pages(settings.base_dn, FILTER, ATTRIBUTES):
            found += sum(len(each.attributes) == len(ATTRIBUTES) for each in page.entries)
    return found


def _source(settings: LdapSettings) -> int:
    return len(LdapSource(settings).read({}).users)


def _peak_mib() -> float:
    """Return what the kernel counts since this program was loaded, without what its parent held."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
