"""Reading an LDAP directory beside `ldapsearch` with the same attributes and pages."""

import json
import os
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from outcome import Verdict
from people import ATTRIBUTES, READER, SUFFIX, TENTH, ldapsearch, slapd
from process import Failed, run

#: Reading all entries → at most so many times `ldapsearch`.
MOST_TIMES = 4.0
#: Ten times the pages → at most so much more memory.
MOST_MORE_MIB = 8.0
WAYS = {
    "pages": "all entries, nothing done with them",
    "source": "all entries, as the LDAP source keeps them",
    "stock": "all entries, by ldap3's own reader",
}
_READ = Path(__file__).with_name("read_people.py")


@dataclass(slots=True)
class Reading:
    """All readings of one kind."""

    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    peak_mib: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Return the median wall time."""
        return statistics.median(self.seconds)


Readings = dict[str, Reading]


def measure(
    users: int, departments: int, rounds: int, folder: Path, say: Callable[[str], None]
) -> tuple[Readings, list[float]]:
    """Return what every way of reading took, and the load averages.

    Raises:
        Failed: A reading did not find everybody.
    """
    readings: Readings = defaultdict(Reading)
    loads = []
    place = folder / "reading"
    place.mkdir()
    with slapd(users, departments, folder) as server:
        for number in range(rounds):
            _search(readings["ldapsearch"], ldapsearch(server, SUFFIX, READER), place, users)
            for way in WAYS if number == 0 else ("pages", "source"):
                _read(readings[way], way, (server.url, SUFFIX), place, users)
                say(f"  {WAYS[way]}: {readings[way].seconds[-1]:.2f} s")
            _read(readings["a tenth"], "pages", (server.url, TENTH), place, None)
            loads.append(os.getloadavg()[0])
    return readings, loads


def _search(reading: Reading, command: list[str | Path], folder: Path, users: int) -> None:
    counted = folder / "found"
    with counted.open("wb"):
        cost, _ = run(["sh", "-c", 'exec "$@" > found', "sh", *command], folder=folder)
    with counted.open("rb") as lines:
        found = sum(line.startswith(b"dn:") for line in lines)
    if found != users:
        raise Failed(f"ldapsearch found {found} people of {users}")
    reading.seconds.append(cost.seconds)
    reading.cpu_seconds.append(cost.cpu_seconds)


def _read(
    reading: Reading, way: str, where: tuple[str, str], folder: Path, users: int | None
) -> None:
    cost, output = run([sys.executable, _READ, way, *where, *READER], folder=folder)
    told = json.loads(output)
    if users is not None and told["entries"] != users:
        raise Failed(f"{way}: {told['entries']} people of {users} were read")
    reading.seconds.append(told["seconds"])
    reading.cpu_seconds.append(cost.cpu_seconds)
    reading.peak_mib.append(told["peak_mib"])


def verdicts(readings: Readings, *, is_target: bool) -> Iterator[Verdict]:
    """Yield every promised number."""
    times = readings["pages"].median / readings["ldapsearch"].median
    yield Verdict("reading all entries, times ldapsearch", times, MOST_TIMES if is_target else None)
    more = max(readings["pages"].peak_mib) - max(readings["a tenth"].peak_mib)
    yield Verdict("MiB more for ten times the pages", more, MOST_MORE_MIB if is_target else None)


def table(readings: Readings) -> Iterator[str]:
    """Yield the lines of the table."""
    base = readings["ldapsearch"].median
    yield f"{'':<44} {'seconds':>8} {'× search':>8} {'CPU s':>7} {'peak MiB':>9}  runs"
    names = {"ldapsearch": "ldapsearch", **WAYS, "a tenth": "a tenth of the entries, nothing done"}
    for key, name in names.items():
        one = readings[key]
        peak = f"{max(one.peak_mib):>9.0f}" if one.peak_mib else f"{'-':>9}"
        runs = " ".join(f"{seconds:.2f}" for seconds in one.seconds)
        yield (
            f"{name:<44} {one.median:>8.2f} {one.median / base:>8.2f}"
            f" {statistics.median(one.cpu_seconds):>7.2f} {peak}  {runs}"
        )


def as_json(readings: Readings) -> dict[str, Any]:
    """Return the readings as JSON values."""
    return {
        name: {
            "seconds": one.median,
            "cpu_seconds": statistics.median(one.cpu_seconds),
            "peak_mib": max(one.peak_mib, default=None),
            "runs": one.seconds,
        }
        for name, one in readings.items()
    } | {"attributes": list(ATTRIBUTES)}
