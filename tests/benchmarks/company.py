"""The company that is read, in a simulator of its own process, and how a part of it changes."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from syncd.simulator import Simulator
from syncd.simulator.options import SimulatorOptions


@dataclass(frozen=True, slots=True)
class Size:
    """How large the company is, and how slow its answers are."""

    users: int
    departments: int
    latency: timedelta
    threads: int


@dataclass(frozen=True, slots=True)
class Day:
    """What a day has changed: how many of each."""

    edits: int
    moves: int
    leavers: int
    hires: int


def simulator(size: Size, *, limits: bool = True) -> Simulator:
    """Return a simulator, not yet started, whose app sees the whole company.

    Without `limits` a member takes any number of messages.
    """
    most = {} if limits else {"member_per_minute": None, "member_per_hour": None}
    return Simulator(
        SimulatorOptions(
            shape="sized",
            users=size.users,
            departments=size.departments,
            share_in_two=0.2,
            latency=size.latency,
            **most,
        )
    )


def change_a_part(wecom: Simulator, userids: Sequence[str], size: Size, number: int) -> Day:
    """Change 1 % of the people as a working day does: posts, moves, leavers, hires."""
    chance = random.Random(number)
    count = max(10, size.users // 100)
    chosen = chance.sample(list(userids), count)
    tenth = count // 10
    day = Day(edits=count - 3 * tenth, moves=2 * tenth, leavers=tenth, hires=tenth)
    edited, moved = chosen[: day.edits], chosen[day.edits : day.edits + day.moves]
    mutations: list[dict[str, Any]] = [
        {"op": "change", "userid": userid, "fields": {"position": f"专员{number}"}}
        for userid in edited
    ]
    mutations += [
        {"op": "move", "userid": userid, "department": [_department(chance, size)]}
        for userid in moved
    ]
    mutations += [{"op": "leave", "userid": userid} for userid in chosen[day.edits + day.moves :]]
    mutations += [
        {
            "op": "hire",
            "userid": f"hired.{number}.{at}",
            "name": f"新员工{at}",
            "department": [_department(chance, size)],
        }
        for at in range(day.hires)
    ]
    wecom.mutate(*mutations)
    return day


def _department(chance: random.Random, size: Size) -> int:
    return chance.randrange(2, size.departments + 1)
