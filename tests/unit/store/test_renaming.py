import pytest

from syncd.reconcile.guard import Judgement
from syncd.store.renaming import COLUMNS, renamed_plan
from syncd.store.schema import metadata

BODY = {
    "held_by": [
        {"guard": "max_unlinks", "subject": "zeta", "count": 9},
        {"guard": "max_blanked", "subject": "zeta", "count": 1},
    ],
    "guarded": [
        ["user", "alpha", "b", "deactivate", "status", "active", "inactive"],
        ["user", "zeta", "a", "deactivate", "status", "active", "inactive"],
    ],
    "changes": [{"entity": "user", "source": "zeta", "external_id": "zeta"}],
    "conflicts": {
        "opened": [{"kind": "rejected", "source": "zeta", "external_id": "a"}],
        "changed": [],
        "resolved": [{"kind": "rejected", "source": "alpha", "external_id": "b"}],
    },
}


def test_a_held_plan_is_the_same_under_a_sources_new_name() -> None:
    plan = renamed_plan(BODY, "zeta", "aaa")

    assert plan["guarded"] == [
        ["user", "aaa", "a", "deactivate", "status", "active", "inactive"],
        ["user", "alpha", "b", "deactivate", "status", "active", "inactive"],
    ]
    assert plan["changes"] == [{"entity": "user", "source": "aaa", "external_id": "zeta"}]
    assert [one["source"] for one in plan["conflicts"]["opened"]] == ["aaa"]
    assert [one["source"] for one in plan["conflicts"]["resolved"]] == ["alpha"]


def test_only_guards_that_count_by_source_take_the_name() -> None:
    plan = renamed_plan(BODY, "zeta", "aaa")

    assert [one["subject"] for one in plan["held_by"]] == ["aaa", "zeta"]


@pytest.mark.parametrize(("old", "new"), [("zeta", "aaa"), ("alpha", "zz")])
def test_the_digest_is_what_a_run_under_the_new_name_would_find(old: str, new: str) -> None:
    lines = [tuple(new if value == old else value for value in line) for line in BODY["guarded"]]

    renamed = tuple(map(tuple, renamed_plan(BODY, old, new)["guarded"]))

    assert Judgement((), {}, renamed).digest == Judgement((), {}, tuple(sorted(lines))).digest


def test_every_column_that_holds_a_sources_name_is_renamed() -> None:
    named = {table.name for table in metadata.tables.values() if "source" in table.columns}

    assert named | {"sync_source", "sync_pause", "sync_incident"} == COLUMNS.keys()
