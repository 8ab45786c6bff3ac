"""What tells the kinds of directory apart, and how each writes an id."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.sources.ldap.kinds import ACTIVE_DIRECTORY, DS389, KINDS, OPENLDAP
from syncd.sources.ldap.root_dse import recognise

DASHED = "59d52207-7582-47db-af12-0222f34a326e"


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        (OPENLDAP, [DASHED.upper().encode()], DASHED),
        (OPENLDAP, [b"not an id"], None),
        (OPENLDAP, [b"\xff\xfe"], None),
        (OPENLDAP, [], None),
        (ACTIVE_DIRECTORY, [uuid.UUID(DASHED).bytes_le], DASHED),
        (ACTIVE_DIRECTORY, [b"short"], None),
        (DS389, [b"E5C5D381-5C1211EF-8F8AB8A0-3D4E1B6A"], "e5c5d381-5c1211ef-8f8ab8a0-3d4e1b6a"),
        (DS389, [DASHED.encode()], None),
        (DS389, [b"\xff" * 35], None),
    ],
)
def test_an_id_is_lower_case_dashed_text_or_unusable(kind, values, expected):
    assert kind.id_of(values) == expected


def test_an_id_of_active_directory_is_looked_for_by_its_bytes():
    assert ACTIVE_DIRECTORY.id_filter(DASHED) == (
        r"(objectGUID=\07\22\d5\59\82\75\db\47\af\12\02\22\f3\4a\32\6e)"
    )
    assert OPENLDAP.id_filter(DASHED) == f"(entryUUID={DASHED})"


@given(st.sampled_from(sorted(KINDS)), st.text())
def test_what_is_no_id_never_gets_into_a_filter(code, given_id):
    kind = KINDS[code]
    if kind.is_id(given_id):
        assert set(kind.id_filter(given_id)) <= set(
            "()=\\-" + "abcdefghijklmnopqrstuvwxyz0123456789DGIU"
        )


@pytest.mark.parametrize("kind", [OPENLDAP, ACTIVE_DIRECTORY])
@given(raw=st.uuids())
def test_what_was_read_as_an_id_can_be_looked_for(kind, raw):
    assert kind.is_id(str(raw))


@pytest.mark.parametrize(
    ("root_dse", "kind"),
    [
        ({"objectclass": [b"top", b"OpenLDAProotDSE"]}, OPENLDAP),
        ({"supportedcapabilities": [b"1.2.840.113556.1.4.800"]}, ACTIVE_DIRECTORY),
        ({"supportedcapabilities": [b"1.2.840.113556.1.4.1851"]}, ACTIVE_DIRECTORY),
        ({"vendorname": [b"389 Project"]}, DS389),
        ({"vendorversion": [b"389-Directory/1.3.9.1 B2019.164.1418"]}, DS389),
        ({"vendorname": [b"Oracle"], "vendorversion": [b"OUD 12"]}, None),
        ({}, None),
    ],
)
def test_a_server_is_known_by_what_it_says_of_itself(root_dse, kind):
    assert recognise(root_dse) is kind
