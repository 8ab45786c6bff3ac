"""Following a directory of 100,000 people: nothing changed, a hundred changes, and everything."""

import json
import os
import random
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ldap3
from outcome import Verdict
from people import READER, SUFFIX, dn_of, slapd
from process import Cost, Failed, run

#: Seconds from the start of the command to its end, and of them for asking the server.
MOST_SECONDS, MOST_OF_LDAP, MOST_UNCHANGED = 1.5, 0.3, 0.1
CHANGES, LEAVERS = 95, 5
SYNCD = Path(sys.executable).with_name("syncd")
_ASK = Path(__file__).with_name("ask_for_changes.py")
_CONFIGURATION = """\
[store]
url = "sqlite:///syncd.db"
[audit]
file = "audit.jsonl"
[sources.corp]
type = "ldap"
urls = ["{url}"]
bind_dn = "{dn}"
bind_password = "file:password"
base_dn = "{base}"
"""
#: How the server tells who has gone → what it is configured with.
SERVERS = {
    "deletions": ("overlay syncprov", "syncprov-sessionlog 10000", "index entryCSN eq"),
    "ids": ("overlay syncprov", "index entryCSN eq"),
}


@dataclass(slots=True)
class Following:
    """All runs of one kind."""

    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    peak_mib: list[float] = field(default_factory=list)
    #: Of asking the server, in a process of its own.
    ldap_seconds: list[float] = field(default_factory=list)

    def add(self, cost: Cost) -> None:
        """Note one run."""
        self.seconds.append(cost.seconds)
        self.cpu_seconds.append(cost.cpu_seconds)
        self.peak_mib.append(cost.peak_mib)


Followings = dict[str, Following]


def measure(
    users: int, departments: int, rounds: int, folder: Path, say: Callable[[str], None]
) -> tuple[Followings, list[float]]:
    """Return what following a directory took, and the load averages.

    Raises:
        Failed: A run did not do what had been done in the directory.
    """
    found: Followings = {}
    loads = []
    for name, configuration in SERVERS.items():
        place = folder / name
        place.mkdir()
        with slapd(users, departments, place, configuration) as server:
            office = _Office(place, server.url)
            office.sync("applied")
            chance = random.Random(users)
            ones = list(range(users))
            chance.shuffle(ones)
            unchanged, changed = Following(), Following()
            for _ in range(rounds):
                unchanged.ldap_seconds.append(office.ask())
                unchanged.add(office.sync("no_change"))
                _work(server, departments, [ones.pop() for _ in range(CHANGES + LEAVERS)])
                changed.ldap_seconds.append(office.ask())
                changed.add(office.sync("applied", {"update": CHANGES, "deactivate": LEAVERS}))
                loads.append(os.getloadavg()[0])
                say(
                    f"  {name}: {changed.seconds[-1]:.2f} s, {changed.ldap_seconds[-1]:.2f} of LDAP"
                )
            whole = Following()
            whole.add(office.sync("no_change", None, "--full"))
            found |= {
                f"{name}: nothing changed": unchanged,
                f"{name}: {CHANGES + LEAVERS} changes": changed,
                f"{name}: everything, --full": whole,
            }
    return found, loads


class _Office:
    """syncd in a folder."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        (folder / "password").touch(mode=0o600)
        (folder / "password").write_text(READER[1], encoding="utf-8")
        text = _CONFIGURATION.format(url=url, dn=READER[0], base=SUFFIX)
        (folder / "syncd.toml").write_text(text, encoding="utf-8")

    def sync(self, outcome: str, users: dict[str, int] | None = None, *options: str) -> Cost:
        """Run a sync, and see what it did."""
        words = [SYNCD, "sync", "--json", *options, "--config", self._folder / "syncd.toml"]
        cost, output = run(words, folder=self._folder)
        told = json.loads(output)
        is_done = told["outcome"] == outcome
        if users is not None:
            done = told["counts"].get("user", {})
            # Whoever named a leaver as the manager has none now.
            is_done &= done.get("update", 0) >= users["update"]
            is_done &= done.get("deactivate") == users["deactivate"]
        if not is_done:
            raise Failed(f"{' '.join(map(str, words))}: {told['outcome']}, {told['counts']}")
        return cost

    def ask(self) -> float:
        """Return the seconds that asking the server for what has changed takes; nothing moves."""
        words = [sys.executable, _ASK, self._folder / "syncd.toml"]
        seconds: float = json.loads(run(words, folder=self._folder)[1])["seconds"]
        return seconds


def _work(server: Any, departments: int, ones: list[int]) -> None:
    with server.admin() as connection:
        for number in ones[LEAVERS:]:
            changes = {"title": [(ldap3.MODIFY_REPLACE, [f"总监{random.random()}"])]}
            assert connection.modify(dn_of(number, departments), changes), connection.result
        for number in ones[:LEAVERS]:
            assert connection.delete(dn_of(number, departments)), connection.result


def verdicts(found: Followings, *, is_target: bool) -> Iterator[Verdict]:
    """Yield every promised number."""
    for name, one in found.items():
        if "everything" in name:
            continue
        total, ldap = statistics.median(one.seconds), statistics.median(one.ldap_seconds)
        most = MOST_UNCHANGED if "nothing" in name else MOST_OF_LDAP
        yield Verdict(f"{name}, seconds of LDAP", ldap, most if is_target else None)
        if "nothing" not in name:
            yield Verdict(f"{name}, seconds", total, MOST_SECONDS if is_target else None)


def table(found: Followings) -> Iterator[str]:
    """Yield the lines of the table."""
    yield f"{'':<34} {'seconds':>8} {'LDAP s':>7} {'CPU s':>7} {'peak MiB':>9}  runs"
    for name, one in found.items():
        ldap = f"{statistics.median(one.ldap_seconds):>7.2f}" if one.ldap_seconds else f"{'-':>7}"
        runs = " ".join(f"{seconds:.2f}" for seconds in one.seconds)
        yield (
            f"{name:<34} {statistics.median(one.seconds):>8.2f} {ldap}"
            f" {statistics.median(one.cpu_seconds):>7.2f} {max(one.peak_mib):>9.0f}  {runs}"
        )


def as_json(found: Followings) -> dict[str, Any]:
    """Return the runs as JSON values."""
    return {
        name: {
            "seconds": statistics.median(one.seconds),
            "ldap_seconds": statistics.median(one.ldap_seconds) if one.ldap_seconds else None,
            "cpu_seconds": statistics.median(one.cpu_seconds),
            "peak_mib": max(one.peak_mib),
            "runs": one.seconds,
        }
        for name, one in found.items()
    }
