"""What is measured, in which order: every sync stands beside a bare pull of the same pages."""

import json
import os
import shutil
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from company import Size, change_a_part
from installation import SYNCD, Installation
from place import Place
from process import Cost, Failed, run
from waiting import application

from syncd.simulator import Simulator

_PULL = Path(__file__).with_name("pull.py")
_HELPS = 7


@dataclass(slots=True)
class Series:
    """All measurements of one kind."""

    costs: list[Cost] = field(default_factory=list)
    #: Calls of the last of them, by endpoint, as the simulator counted them.
    calls: dict[str, int] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """Return the median wall time."""
        return statistics.median(one.seconds for one in self.costs)

    @property
    def cpu_seconds(self) -> float:
        """Return the median CPU time."""
        return statistics.median(one.cpu_seconds for one in self.costs)

    @property
    def peak_mib(self) -> float:
        """Return the largest resident set of all."""
        return max(one.peak_mib for one in self.costs)


class Measurement:
    """The rounds of one permission regime, or of another case."""

    #: The sources that are read besides, and how people are matched.
    more: str = ""

    def __init__(
        self,
        wecom: Simulator,
        size: Size,
        folder: Path,
        place: Callable[[Path], Place],
        say: Callable[[str], None],
    ) -> None:
        """Measure against a running simulator; `say` hears of the progress."""
        self._wecom, self._size, self._folder, self._say = wecom, size, folder, say
        self._place = place
        #: Kind of run → the longest that an application's INSERT waited, in seconds.
        self.waits: dict[str, float] = {}
        self.series: dict[str, Series] = defaultdict(Series)
        self.loads: list[float] = []

    def round(self, number: int, *, both: bool) -> None:
        """Load, look again twice, change 1 %, and look again.

        Raises:
            Failed: a command failed, or did not do its work.
        """
        place = self._folder / f"{'both' if both else 'app'}-{number}"
        syncd = self._install(place, both=both)
        self._sync(syncd, "first load")
        syncd.expect("applied", {"department": {"create": self._size.departments}})
        people = self._wecom.state()["users"]
        if syncd.people() != people:
            raise Failed(f"{syncd.people()} people were stored, and {people} are there")
        self._look_again(syncd)
        day = change_a_part(self._wecom, syncd.active(), self._size, number + 1000 * both)
        self._bare_pull()  # not counted: it makes the simulator put its changed pages together
        self._sync(syncd, "1 % changed")
        syncd.expect("applied", {"user": {"create": day.hires, "deactivate": day.leavers}})
        shutil.rmtree(place)  # it is large, and the next round has its own

    def _look_again(self, syncd: Installation) -> None:
        for name, options in (("no change", ()), ("no change, --full", ("--full",))):
            before = syncd.mark()
            self._sync(syncd, name, *options)
            syncd.expect("no_change")
            if syncd.mark() != before:
                raise Failed(f"{name}: something was written")

    def applications(self) -> None:
        """Load and change 1 % while an application queues messages; their times are not counted.

        Raises:
            Failed: a command failed.
        """
        syncd = self._install(self._folder / "waits", both=False)
        syncd.run("db", "upgrade")
        for name in ("first load", "no change", "1 % changed"):
            if name == "1 % changed":
                change_a_part(self._wecom, syncd.active(), self._size, 7)
            with application(syncd.place) as waits:
                syncd.sync()
            self.waits[name] = waits.longest
            self._say(f"{name}: an INSERT waited {waits.longest:.2f} s at most, of {waits.rows}")
        shutil.rmtree(syncd.folder)

    def _install(self, folder: Path, *, both: bool = False) -> Installation:
        threads = self._size.threads
        place = self._place(folder)
        return Installation(folder, self._wecom, place, threads=threads, both=both, more=self.more)

    def help(self) -> None:
        """Measure `syncd --help`."""
        for _ in range(_HELPS):
            cost, _ = run([SYNCD, "--help"], folder=self._folder)
            self.series["--help"].costs.append(cost)

    def _sync(self, syncd: Installation, name: str, *options: str) -> None:
        self.series["bare pull"].costs.append(self._bare_pull())
        self._wecom.reset_counts()
        series = self.series[name]
        series.costs.append(syncd.sync(*options))
        series.calls = self._wecom.calls()
        self.loads.append(os.getloadavg()[0])
        self._say(f"{name}: {series.costs[-1].seconds:.2f} s")

    def _bare_pull(self) -> Cost:
        """Return the cost of a pull; its seconds without the start of the interpreter."""
        self._wecom.reset_counts()
        where = (self._wecom.base_url, self._wecom.corp_id, self._wecom.app_secret)
        command = [sys.executable, _PULL, *where, str(self._size.threads)]
        cost, output = run(command, folder=self._folder)
        found = json.loads(output)
        self.series["bare pull"].calls = self._wecom.calls()
        return Cost(found["seconds"], cost.cpu_seconds, cost.peak_mib)
