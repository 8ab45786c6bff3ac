from syncd.cli.conflicts import SENTENCES
from syncd.model.conflict import ConflictKind


def test_every_kind_of_conflict_is_explained() -> None:
    assert SENTENCES.keys() == {kind.value for kind in ConflictKind}
