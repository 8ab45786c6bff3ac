import pytest

from syncd.store.former_names import FormerNames, Rename

#: `a` became `b`, `b` became `c`; later another source was called `a`, and became `d`.
NAMES = FormerNames([Rename("a", "b", 10), Rename("b", "c", 20), Rename("a", "d", 30)])


@pytest.mark.parametrize(
    ("name", "change_id", "now"),
    [
        pytest.param("a", 10, "c", id="twice renamed since"),
        pytest.param("b", 11, "c", id="once renamed since"),
        pytest.param("a", 11, "d", id="another source under the same name"),
        pytest.param("c", 25, "c", id="told under the present name"),
        pytest.param("a", 31, "a", id="a third source of that name"),
        pytest.param("x", 1, "x", id="never renamed"),
    ],
)
def test_a_change_is_about_the_source_that_bore_the_name_then(
    name: str, change_id: int, now: str
) -> None:
    assert NAMES.now(name, change_id) == now
