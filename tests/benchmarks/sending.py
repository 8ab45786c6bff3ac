"""Measures the outbox: what syncd delivers beside the same calls made bare, and how soon it does.

The people and the simulator are those of a company; each database has an installation of its own.
"""

import json
import random
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from company import Size
from installation import SYNCD, Installation, environment
from outcome import Verdict
from place import Place
from process import Failed, run

from syncd.simulator import Simulator

_BARE = Path(__file__).with_name("bare_send.py")
#: WeCom's own limits would hold the measurement up: there is nobody to protect here.
_SETTINGS = "rate = 10000000\nrate_hour = 100000000\nrate_total = 10000000\n"
#: Rows that one statement inserts.
_TOGETHER = 500
#: Messages whose latency is measured, and the pause between two of them, in seconds.
_SINGLE, _PAUSE = 60, (0.2, 0.7)
LEAST_RATIO, LEAST_AMONG_FINISHED, MOST_BROADCAST = 0.85, 0.9, 1.5
#: Kind of database → the largest median from INSERT to call, in seconds.
MOST_LATENCY = {"sqlite": 1.0, "postgresql": 0.3, "mariadb": 1.0}


@dataclass(slots=True)
class Sending:
    """What was measured on one database."""

    #: Messages a second: bare calls, and syncd, round by round.
    bare: list[float] = field(default_factory=list)
    syncd: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    peak_mib: float = 0.0
    #: Messages a second with a million finished rows in the tables.
    among_finished: float | None = None
    #: Seconds from the INSERT to the last call, and how many calls those were.
    broadcast: tuple[float, int] | None = None
    #: Seconds from each INSERT to its call.
    latencies: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Return the median rate of syncd, as a part of the bare calls'."""
        return statistics.median(self.syncd) / statistics.median(self.bare)

    @property
    def p95(self) -> float:
        """Return the latency that 95 of 100 messages keep."""
        return sorted(self.latencies)[int(len(self.latencies) * 0.95)]


class Measurement:
    """All measurements on one database."""

    def __init__(
        self,
        wecom: Simulator,
        size: Size,
        folder: Path,
        place: Place,
        say: Callable[[str], None],
    ) -> None:
        """Install syncd, and let it read the company.

        Raises:
            Failed: a command failed.
        """
        self._wecom, self._size, self._say = wecom, size, say
        self.found = Sending()
        self._syncd = Installation(folder, wecom, place, threads=size.threads, both=False)
        config = folder / "syncd.toml"
        text = config.read_text(encoding="utf-8").replace(
            "concurrency =", f"{_SETTINGS}concurrency ="
        )
        tail = f"\n[outbox]\nthreads = {size.threads}\n"
        config.write_text(text + tail, encoding="utf-8")
        self._syncd.sync()
        self._people = sorted(self._syncd.active())

    def round(self, number: int) -> None:
        """Send a message of its own to everybody, by bare calls and by syncd.

        Raises:
            Failed: it was not done.
        """
        self.found.bare.append(self._bare())
        rate, cost = self._drain(number)
        self.found.syncd.append(rate)
        self.found.cpu_seconds.append(cost.cpu_seconds)
        self.found.peak_mib = max(self.found.peak_mib, cost.peak_mib)
        self._say(f"{rate:.0f} messages a second; bare calls {self.found.bare[-1]:.0f}")

    def among_finished(self, rows: int) -> None:
        """Do a round with so many finished rows in the tables.

        Raises:
            Failed: it was not done.
        """
        self._finish_many(rows)
        self.found.among_finished, _ = self._drain(1000)
        self._say(f"{self.found.among_finished:.0f} a second among {rows:,} finished rows")

    def idle(self) -> None:
        """Let a daemon that has nothing to do deliver a broadcast, and single messages.

        Raises:
            Failed: they did not arrive.
        """
        with self._daemon(), self._syncd.place.writer() as execute:
            _keep_off_half_hours()
            self._wecom.reset_counts()
            began = time.time()
            execute(_insert("all", "for everybody"))
            self._await_end()
            everybody = self._wecom.ledger()
            last = max(one["at"] for one in everybody)
            calls = self._wecom.calls()["message/send"]
            self.found.broadcast = last - began, calls
            self._say(f"a broadcast took {last - began:.2f} s and {calls} calls")
            # Some are not activated, and see nothing.
            self._one_by_one(execute, [one["userid"] for one in everybody[:_SINGLE]])
        median = statistics.median(self.found.latencies)
        self._say(f"from INSERT to call: median {median:.3f} s, p95 {self.found.p95:.3f} s")

    def _one_by_one(self, execute: Callable[[str], object], people: Sequence[str]) -> None:
        chance = random.Random(1)
        for number, userid in enumerate(people):
            time.sleep(chance.uniform(*_PAUSE))
            at = time.time()
            execute(_insert(f"userid:{userid}", f"single {number}"))
            self._await_end()
            self.found.latencies.append(self._wecom.ledger(userid)[-1]["at"] - at)

    # --- how it is done ------------------------------------------------------------------------

    def _bare(self) -> float:
        where = (self._wecom.base_url, self._wecom.corp_id, self._wecom.app_secret)
        people = self._syncd.folder / "people"
        people.write_text("\n".join(self._people), encoding="utf-8")
        agent, threads = str(self._wecom.agent_id), str(self._size.threads)
        command = [sys.executable, _BARE, *where, agent, threads, people]
        _, output = run(command, folder=self._syncd.folder)
        done = json.loads(output)
        return float(done["calls"] / done["seconds"])

    def _drain(self, number: int) -> tuple[float, Any]:
        with self._syncd.place.writer() as execute:
            for start in range(0, len(self._people), _TOGETHER):
                chosen = enumerate(self._people[start : start + _TOGETHER], start)
                values = ", ".join(_row(one, f"round {number}, text {at}") for at, one in chosen)
                execute(f"{_COLUMNS} VALUES {values}")
        self._wecom.reset_counts()
        cost = self._syncd.run("outbox", "drain")
        sent = self._wecom.calls()["message/send"]
        if sent != len(self._people):
            raise Failed(f"{sent} messages arrived, of {len(self._people)}")
        return len(self._people) / cost.seconds, cost

    def _await_end(self) -> None:
        end = time.monotonic() + 60
        query = "SELECT count(*) FROM outbox_message WHERE status IN ('queued', 'sending')"
        while self._syncd.place.ask(query) != [(0,)]:
            if time.monotonic() > end:
                raise Failed("the messages did not come to their end")
            time.sleep(0.05)

    @contextmanager
    def _daemon(self) -> Iterator[None]:
        config = self._syncd.folder / "syncd.toml"
        log = self._syncd.folder / "daemon.log"
        with log.open("wb") as file:
            daemon = subprocess.Popen(
                [SYNCD, "run", "--config", config],
                cwd=self._syncd.folder,
                env=environment(),
                stderr=file,
            )
        try:
            end = time.monotonic() + 120
            while "event=run_finished" not in log.read_text(encoding="utf-8"):
                if daemon.poll() is not None or time.monotonic() > end:
                    raise Failed(f"the daemon did not come up\n{log.read_text()[-2000:]}")
                time.sleep(0.1)
            yield
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(40)

    def _finish_many(self, rows: int) -> None:
        """Insert finished messages and their deliveries."""
        digits = (
            "(SELECT 0 AS d UNION ALL "
            + " UNION ALL ".join(f"SELECT {n}" for n in range(1, 10))
            + ")"
        )
        places = len(str(rows - 1))
        number = " + ".join(f"d{at}.d * {10**at}" for at in range(places))
        tables = " CROSS JOIN ".join(f"{digits} d{at}" for at in range(places))
        with self._syncd.place.writer() as execute:
            execute(
                "INSERT INTO outbox_message (recipient, msgtype, content, status, finished_at)"
                f" SELECT 'all', 'text', '{{}}', 'done', '2026-01-01 00:00:00' FROM {tables}"
                f" WHERE {number} < {rows}"
            )
            execute(
                "INSERT INTO outbox_delivery (message_id, user_id, external_id, status, source,"
                " attempts, claimed_at, delivered_at)"
                " SELECT m.id, 1 + m.id % 1000, 'x', 'delivered', 'wecom', 1,"
                " '2026-01-01 00:00:00', '2026-01-01 00:00:00' FROM outbox_message m"
                " WHERE m.status = 'done' AND m.finished_at = '2026-01-01 00:00:00'"
            )


_COLUMNS = "INSERT INTO outbox_message (recipient, msgtype, content)"


def _row(userid: str, text: str) -> str:
    return f"""('userid:{userid}', 'text', '{{"content": "{text}"}}')"""


def _insert(recipient: str, text: str) -> str:
    return f"""{_COLUMNS} VALUES ('{recipient}', 'text', '{{"content": "{text}"}}')"""


def _keep_off_half_hours() -> None:
    """Wait until a broadcast goes out at once: in minutes 0 and 30 it waits, as WeCom asks for."""
    while time.localtime().tm_min in {0, 30} or time.localtime().tm_min in {29, 59}:
        time.sleep(1)


def verdicts(found: Sending, kind: str, *, is_target: bool) -> Iterator[Verdict]:
    """Yield every promised number of one database; a ratio is told as its inverse, at most so many."""
    bound = 1 / LEAST_RATIO if is_target else None
    yield Verdict("bare calls' rate, times syncd's", 1 / found.ratio, bound)
    if found.among_finished is not None:
        own = statistics.median(found.syncd)
        most = 1 / LEAST_AMONG_FINISHED if is_target else None
        yield Verdict("its rate, times that among finished rows", own / found.among_finished, most)
    if found.broadcast is not None:
        seconds, calls = found.broadcast
        yield Verdict("a broadcast, seconds", seconds, MOST_BROADCAST if is_target else None)
        yield Verdict("a broadcast, calls", calls, 10 if is_target else None)
    if found.latencies:
        median = statistics.median(found.latencies)
        most = MOST_LATENCY[kind] if is_target else None
        yield Verdict("from INSERT to call, median seconds", median, most)
        yield Verdict("from INSERT to call, p95 seconds", found.p95)


def as_json(found: Sending) -> dict[str, Any]:
    """Return what was measured as JSON values."""
    return {
        "bare_per_second": found.bare,
        "syncd_per_second": found.syncd,
        "ratio": found.ratio,
        "cpu_seconds": found.cpu_seconds,
        "peak_mib": found.peak_mib,
        "among_finished_per_second": found.among_finished,
        "broadcast": found.broadcast,
        "latencies": found.latencies,
    }
