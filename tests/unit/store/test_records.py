from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from syncd.model.entry import Kind, Rejection
from syncd.model.record import DepartmentRecord, MembershipRecord, RecordState, UserRecord
from syncd.store.records import decode_department, decode_user, encode_record

READ_AT = datetime(2026, 3, 4, tzinfo=UTC)
# Lone surrogates are no text: normalising rejects them before a record is made.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
maybe = st.none() | texts
integers = st.integers(-(2**53), 2**63 - 1)
rejections = st.lists(
    st.builds(Rejection, st.sampled_from(Kind), texts, texts, texts), max_size=3
).map(tuple)
memberships = st.lists(
    st.builds(MembershipRecord, texts, st.none() | st.booleans(), st.none() | integers), max_size=3
).map(tuple)
users = st.builds(
    UserRecord,
    source=texts,
    external_id=texts,
    read_at=st.just(READ_AT),
    fields=st.dictionaries(texts, maybe, max_size=4),
    memberships=st.none() | memberships,
    main_department=maybe,
    state=st.none() | st.sampled_from(RecordState),
    may_create=st.booleans(),
    rejections=rejections,
)
departments = st.builds(
    DepartmentRecord,
    source=texts,
    external_id=texts,
    read_at=st.just(READ_AT),
    name=maybe,
    name_en=maybe,
    parent=maybe,
    sort_order=st.none() | integers,
    is_top=st.booleans(),
    rejections=rejections,
)


@given(users)
def test_a_person_comes_back_as_it_was_written(record: UserRecord) -> None:
    again = decode_user(record.source, record.external_id, READ_AT, encode_record(record))
    assert again == record
    assert type(again.state) is type(record.state)


@given(departments)
def test_a_department_comes_back_as_it_was_written(record: DepartmentRecord) -> None:
    assert (
        decode_department(record.source, record.external_id, READ_AT, encode_record(record))
        == record
    )


def test_an_unknown_field_is_not_written_as_an_empty_one() -> None:
    unknown = UserRecord("wecom", "li", READ_AT, {}, None)
    empty = UserRecord("wecom", "li", READ_AT, {"email": None}, ())
    assert encode_record(unknown) != encode_record(empty)
