"""Measures syncd: `make bench`. Prints a table and writes `bench.json`; docs/performance.md.

The company is generated, the simulator runs in its own process with its pages prepared, and
every run of the `syncd` command stands beside a bare pull of the same pages. Ends with 1 where a
target is missed, and with 2 where the work measured was not done.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import ldap_changes
import ldap_reading
import outcome
import sending
import two_sources
from company import Size, simulator
from people import slapd
from place import KINDS, places
from process import Failed
from scenario import Measurement, Series

REGIMES = {"app": "app secret alone", "both": "both secrets"}
TITLES = {**REGIMES, "two": two_sources.TITLE}


def main() -> int:
    """Measure as the options say; return the exit status."""
    options = _options()
    if options.ldap:
        return _ldap(options)
    if options.outbox:
        return _outbox(options)
    size = Size(
        options.users, options.departments, timedelta(milliseconds=options.latency), options.threads
    )
    say(
        f"{size.users} users in {size.departments} departments, {options.latency:g} ms, {size.threads} threads"
    )
    try:
        with tempfile.TemporaryDirectory(prefix="syncd-bench-") as folder:
            measure = _measure_two if options.two_sources else _measure
            measured, loads, waits = measure(options, size, Path(folder))
    except Failed as error:
        say(str(error))
        return 2
    return _tell(options, size, measured, loads, waits)


def _measure(
    options: argparse.Namespace, size: Size, folder: Path
) -> tuple[dict[str, dict[str, Series]], list[float], dict[str, float]]:
    regimes = list(REGIMES) if options.regime == "all" else [options.regime]
    measured, loads = {}, []
    with simulator(size) as wecom, places(options.database) as place:
        for regime in regimes:
            measurement = Measurement(
                wecom, size, folder, place, lambda text, name=regime: say(f"  {name}: {text}")
            )
            for number in range(options.rounds):
                measurement.round(number, both=regime == "both")
            if regime == regimes[0]:
                measurement.help()
            measured[regime] = measurement.series
            loads += measurement.loads
        if options.waits:
            measurement.applications()
    return measured, loads, measurement.waits


def _measure_two(
    options: argparse.Namespace, size: Size, folder: Path
) -> tuple[dict[str, dict[str, Series]], list[float], dict[str, float]]:
    with simulator(size) as wecom, places(options.database) as place:
        mobiles = two_sources.mobiles(wecom)
        with slapd(size.users, size.departments, folder, mobiles=mobiles) as server:
            more = two_sources.configuration(server.url)
            measurement = two_sources.TwoSources(wecom, size, folder, place, say)
            measurement.more = more
            for number in range(options.rounds):
                measurement.case(number)
    return {"two": measurement.series}, measurement.loads, {}


def _tell(
    options: argparse.Namespace,
    size: Size,
    measured: dict[str, dict[str, Series]],
    loads: list[float],
    waits: dict[str, float],
) -> int:
    status = 0
    document: dict[str, Any] = {
        "database": options.database,
        "longest_wait_of_an_insert": waits,
        "users": size.users,
        "departments": size.departments,
        "latency_ms": options.latency,
        "threads": size.threads,
        "rounds": options.rounds,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_average": {"least": min(loads), "most": max(loads)},
        "regimes": {},
    }
    for regime, series in measured.items():
        say("")
        for line in outcome.table(TITLES[regime], series):
            say(line)
        valid = outcome.is_valid(size, series)
        ideal = outcome.ideal_pull(size)
        say(
            f"  the latency alone makes {ideal:.2f} s: the ratios are {'valid' if valid else 'NOT valid'}"
        )
        is_target = regime != "both" and not options.quick
        targets = outcome.TWO_SOURCES if regime == "two" else outcome.ONE_SOURCE
        found = list(outcome.verdicts(series, targets, is_target=is_target))
        for one in found:
            if one.target is not None:
                say(f"  {_judged(one)} {one.name}: {one.value:.2f}{_bound(one)}")
                status = status if one.is_met else 1
        document["regimes"][regime] = {
            "valid": valid,
            "verdicts": [_as_json(one) for one in found],
            "series": outcome.as_json(series),
        }
    for name, seconds in waits.items():
        say(f"  an application's INSERT waited at most {seconds:.2f} s during: {name}")
    say(f"\nload average {min(loads):.1f} to {max(loads):.1f} on {os.cpu_count()} cores")
    name = "bench-two.json" if options.two_sources else "bench.json"
    _write(options.output or Path(name), document)
    return status


def _ldap(options: argparse.Namespace) -> int:
    """Measure the reading of an LDAP directory; return the exit status."""
    say(f"{options.users} people in {options.departments} departments of an OpenLDAP server")
    try:
        with tempfile.TemporaryDirectory(prefix="syncd-bench-") as folder:
            readings, loads = ldap_reading.measure(
                options.users, options.departments, options.rounds, Path(folder), say
            )
            followed, more = ldap_changes.measure(
                options.users, options.departments, options.rounds, Path(folder), say
            )
    except Failed as error:
        say(str(error))
        return 2
    say("")
    for line in ldap_reading.table(readings):
        say(line)
    for line in ldap_changes.table(followed):
        say(line)
    found = [
        *ldap_reading.verdicts(readings, is_target=not options.quick),
        *ldap_changes.verdicts(followed, is_target=not options.quick),
    ]
    for one in found:
        say(f"  {_judged(one)} {one.name}: {one.value:.2f}{_bound(one)}")
    document = {
        "users": options.users,
        "departments": options.departments,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_average": {"least": min(loads + more), "most": max(loads + more)},
        "verdicts": [_as_json(one) for one in found],
        "following": ldap_changes.as_json(followed),
        "readings": ldap_reading.as_json(readings),
    }
    _write(options.output or Path("bench-ldap.json"), document)
    return 0 if all(one.is_met for one in found) else 1


def _outbox(options: argparse.Namespace) -> int:
    """Measure the delivery of messages on every database; return the exit status."""
    latency = timedelta(milliseconds=options.latency)
    size = Size(options.people, max(10, options.people // 50), latency, options.threads)
    say(f"{size.users} people, {options.latency:g} ms, {size.threads} threads")
    kinds = KINDS if options.database == "all" else [options.database]
    document: dict[str, Any] = {
        "people": size.users,
        "latency_ms": options.latency,
        "threads": size.threads,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "databases": {},
    }
    status = 0
    try:
        for kind in kinds:
            found = _sent(options, size, kind)
            told = list(sending.verdicts(found, kind, is_target=not options.quick))
            say(f"\n{kind}: syncd {_rates(found.syncd)}, bare calls {_rates(found.bare)} a second")
            for one in told:
                say(f"  {_judged(one)} {one.name}: {one.value:.2f}{_bound(one)}")
                status = status if one.is_met else 1
            document["databases"][kind] = {
                "verdicts": [_as_json(one) for one in told],
                **sending.as_json(found),
            }
    except Failed as error:
        say(str(error))
        return 2
    _write(options.output or Path("bench-outbox.json"), document)
    return status


def _sent(options: argparse.Namespace, size: Size, kind: str) -> sending.Sending:
    with (
        tempfile.TemporaryDirectory(prefix="syncd-bench-") as folder,
        simulator(size, limits=False) as wecom,
        places(kind) as place,
    ):
        here = Path(folder) / f"outbox_{kind}"
        one = sending.Measurement(
            wecom, size, here, place(here), lambda text: say(f"  {kind}: {text}")
        )
        for number in range(options.rounds):
            one.round(number)
        one.idle()
        if options.finished:
            one.among_finished(options.finished)
        return one.found


def _rates(found: list[float]) -> str:
    return " ".join(f"{one:.0f}" for one in found)


def _judged(one: outcome.Verdict) -> str:
    return "met   " if one.is_met else "MISSED"


def _bound(one: outcome.Verdict) -> str:
    return "" if one.target is None else f" (at most {one.target:g})"


def _as_json(one: outcome.Verdict) -> dict[str, Any]:
    return {"name": one.name, "value": one.value, "target": one.target, "met": one.is_met}


def _write(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    say(f"written: {path}")


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure syncd against the simulator.")
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--departments", type=int, default=2_000)
    parser.add_argument("--latency", type=float, default=20.0, help="milliseconds of every answer")
    parser.add_argument("--threads", type=int, default=16, help="of the pull and of syncd")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--regime", choices=[*REGIMES, "all"], default="all")
    parser.add_argument("--database", choices=[*KINDS, "all"], help="sqlite; --outbox: all of them")
    parser.add_argument(
        "--waits", action="store_true", help="and how long an application's INSERT waits"
    )
    parser.add_argument(
        "--ldap",
        action="store_true",
        help="the reading of an LDAP directory beside ldapsearch, and following it",
    )
    parser.add_argument("--outbox", action="store_true", help="the delivery of messages")
    parser.add_argument("--people", type=int, default=10_000, help="of --outbox")
    parser.add_argument(
        "--finished", type=int, default=0, help="and with so many finished messages in the tables"
    )
    parser.add_argument(
        "--two-sources", action="store_true", help="an LDAP directory and WeCom, linked by mobile"
    )
    parser.add_argument("--output", type=Path, help="the JSON; else bench.json or bench-*.json")
    parser.add_argument(
        "--quick", action="store_true", help="a tenth of it, once: shows that it works, no targets"
    )
    parser.add_argument("--million", action="store_true", help="a million people, once, app alone")
    options = parser.parse_args()
    if options.quick:
        options.users, options.departments, options.rounds = 10_000, 200, 1
        options.people = 1_000
    options.database = options.database or ("all" if options.outbox else "sqlite")
    if options.million:
        options.users, options.departments, options.rounds = 1_000_000, 20_000, 1
        options.regime = "app"
    return options


if __name__ == "__main__":
    sys.exit(main())
