"""What the measurements mean: the targets, the table and the JSON."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from company import Size
from scenario import Series

MOST_HELP_SECONDS = 0.15
#: A bare pull slower than this many times calls × latency / threads was held up by something else.
MOST_OF_IDEAL = 1.5
_WIDTH = 20


@dataclass(frozen=True, slots=True)
class Targets:
    """What was promised of one case."""

    #: What is measured → at most so many times the bare pull.
    times: Mapping[str, float]
    most_mib: float


ONE_SOURCE = Targets({"first load": 5.0, "no change": 2.0, "1 % changed": 2.3}, 500.0)
TWO_SOURCES = Targets({"first load": 6.0, "no change": 3.0}, 600.0)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One number and whether it is what it should be; None where nothing was promised."""

    name: str
    value: float
    target: float | None = None

    @property
    def is_met(self) -> bool:
        """Return whether the target is met, or there is none."""
        return self.target is None or self.value <= self.target


def ideal_pull(size: Size) -> float:
    """Return the seconds that the latency alone makes a pull take."""
    return size.departments * size.latency.total_seconds() / size.threads


def is_valid(size: Size, series: Mapping[str, Series]) -> bool:
    """Return whether the pull was quick enough for a ratio to mean anything."""
    return series["bare pull"].seconds <= MOST_OF_IDEAL * ideal_pull(size)


def verdicts(
    series: Mapping[str, Series], targets: Targets, *, is_target: bool
) -> Iterator[Verdict]:
    """Yield every promised number of one case; only the target one is held to them."""
    pull = series["bare pull"].seconds
    for name, target in targets.times.items():
        ratio = series[name].seconds / pull
        yield Verdict(f"{name}, times the bare pull", ratio, target if is_target else None)
    peak = max(series[name].peak_mib for name in targets.times)
    yield Verdict("peak memory, MiB", peak, targets.most_mib if is_target else None)
    if "--help" in series:
        yield Verdict("syncd --help, seconds", series["--help"].seconds, MOST_HELP_SECONDS)


def table(title: str, series: Mapping[str, Series]) -> Iterator[str]:
    """Yield the lines of one regime's table."""
    pull = series["bare pull"].seconds
    yield f"{title:<{_WIDTH}} {'seconds':>8} {'× pull':>7} {'CPU s':>7} {'peak MiB':>9} {'calls':>7}  runs"
    for name, one in series.items():
        calls = f"{sum(one.calls.values()):>7}" if one.calls else f"{'-':>7}"
        ratio = f"{one.seconds / pull:>7.2f}" if name != "--help" else f"{'-':>7}"
        runs = " ".join(f"{cost.seconds:.2f}" for cost in one.costs)
        yield (
            f"{name:<{_WIDTH}} {one.seconds:>8.2f} {ratio} {one.cpu_seconds:>7.2f}"
            f" {one.peak_mib:>9.0f} {calls}  {runs}"
        )
    for name in ("first load", "1 % changed"):
        if name in series:
            told = ", ".join(f"{path} {n}" for path, n in sorted(series[name].calls.items()))
            yield f"  calls of the {name}: {told}"


def as_json(series: Mapping[str, Series]) -> dict[str, Any]:
    """Return one regime as JSON values."""
    return {
        name: {
            "seconds": one.seconds,
            "cpu_seconds": one.cpu_seconds,
            "peak_mib": one.peak_mib,
            "calls": one.calls,
            "runs": [asdict(cost) for cost in one.costs],
        }
        for name, one in series.items()
    }
