"""Filters as they are checked before a server is asked, beside ldap3, which writes them."""

from hypothesis import example, given
from hypothesis import strategies as st
from ldap3.operation.search import parse_filter

from syncd.config.ldap_filter import check_filter

PARTS = ["(", ")", "(&", "(|", "(!", "(uid=a)", "(cn=*b*)", "(x)", "=", " ", "uid", "\\28", "&"]
FILTERS = st.recursive(
    st.sampled_from(["(uid=a)", "(cn=*b*)", "( o=x y )", "(a:dn:=b)", "(n>=3)"]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda all_: f"(&{''.join(all_)})"),
        st.lists(inner, min_size=1, max_size=3).map(lambda all_: f"(| {' '.join(all_)} )"),
        inner.map(lambda one: f"(!{one})"),
    ),
    max_leaves=8,
)


def is_understood(written: str) -> bool:
    try:
        parse_filter(written, None, True, True, None, False)
    except Exception:  # noqa: BLE001 - whatever ldap3 ends with, it has not understood
        return False
    return True


def is_accepted(written: str) -> bool:
    try:
        return check_filter(written) == written
    except ValueError:
        return False


@given(FILTERS)
def test_every_filter_is_accepted(written):
    assert is_understood(written)
    assert is_accepted(written)


@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join))
@example("(uid=*))(|(uid=*)")
def test_what_is_accepted_is_what_ldap3_understands(written):
    stripped = written.strip()
    bracketed = stripped if stripped.startswith("(") else f"({stripped})"
    if is_accepted(written):
        assert is_understood(bracketed)
