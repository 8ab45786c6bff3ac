"""What is read from a certificate, and from bytes that are none."""

import ssl
from datetime import UTC, datetime

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from syncd.sources.ldap.certificate import read_certificate
from syncd.sources.ldap.tls_faults import alert

AUTHORITY = trustme.CA(organization_name="Example", organization_unit_name="测试")


def der(pem: bytes) -> bytes:
    return ssl.PEM_cert_to_DER_cert(pem.decode())


LEAF = der(
    AUTHORITY.issue_cert(
        "ldap.example.test",
        "192.0.2.7",
        "2001:db8::1",
        common_name="ldap",
        not_before=datetime(2020, 2, 29, tzinfo=UTC),
        not_after=datetime(2060, 1, 2, 3, 4, 5, tzinfo=UTC),
    )
    .cert_chain_pems[0]
    .bytes()
)


def test_names_issuer_and_days_are_read():
    found = read_certificate(LEAF)
    assert found.subject == "ldap"
    assert found.issuer == "O=Example, OU=测试"
    assert found.names == ("ldap.example.test", "192.0.2.7", "2001:db8::1")
    assert found.not_before == datetime(2020, 2, 29, tzinfo=UTC)
    assert found.not_after == datetime(2060, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_a_certificate_without_names_has_none():
    assert read_certificate(der(AUTHORITY.cert_pem.bytes())).names == ()


@given(st.integers(0, len(LEAF) - 1), st.binary(max_size=3))
def test_bytes_that_are_no_certificate_are_refused_or_read(place, other):
    broken = LEAF[:place] + other + LEAF[place + len(other) :][: len(other) * 7]
    try:
        read_certificate(broken)
    except ValueError:
        return


@pytest.mark.parametrize(
    ("said", "tells"),
    [
        ("[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required", "demands"),
        ("[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca (_ssl.c:2580)", "does not trust"),
        ("[SSL: TLSV1_ALERT_PROTOCOL_VERSION] tlsv1 alert protocol version", "too old"),
        ("[SSL: SSLV3_ALERT_HANDSHAKE_FAILURE] sslv3 alert handshake failure", "no way of enc"),
    ],
)
def test_what_the_other_side_says_of_our_certificate_is_told(said, tells):
    error = alert("ldaps://x", said)
    assert error is not None
    assert tells in error.message.replace("shares no", "no")


def test_what_says_nothing_of_certificates_is_no_alert():
    assert alert("ldaps://x", "Connection reset by peer") is None
