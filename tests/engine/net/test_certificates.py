"""Certificates read from their DER, against a library that reads them for a living."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.engine.net.certificates import Certificate, Unreadable, pem, read
from diagnostics.lab import certificates

DER = serialization.Encoding.DER


def made(
    *names: x509.GeneralName, common: str = "Łódź Corp CA", begins: datetime | None = None, ends: datetime | None = None
) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Corp, Inc."), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )
    now = datetime(2026, 11, 22, tzinfo=UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begins or now)
        .not_valid_after(ends or now + timedelta(days=30))
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(DER)


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_the_roots_of_the_world_are_read_as_others_read_them() -> None:
    for theirs in x509.load_pem_x509_certificates(certifi.contents().encode()):
        ours = read(theirs.public_bytes(DER))
        assert ours.not_before == theirs.not_valid_before_utc
        assert ours.not_after == theirs.not_valid_after_utc
        assert ours.fingerprint == theirs.fingerprint(hashes.SHA256()).hex()
        assert ours.self_issued is (theirs.subject == theirs.issuer)
        for name in theirs.subject.get_attributes_for_oid(NameOID.COMMON_NAME):
            assert f"CN={name.value!s}" in ours.subject


def test_names_and_addresses_of_a_server() -> None:
    leaf = certificates.leaf("api.anthropic.com")
    ours = read(leaf.certificate.public_bytes(DER))
    assert ours.names == ("api.anthropic.com",)
    assert ours.subject == "CN=api.anthropic.com, O=Troubleshooter practice range"
    assert ours.issuer.startswith("CN=Troubleshooter Practice Issuing CA")
    assert not ours.self_issued


def test_letters_of_the_world_and_dates_past_2050() -> None:
    ours = read(made(ends=datetime(2055, 1, 1, tzinfo=UTC), begins=datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC)))
    assert ours.subject == "CN=Łódź Corp CA, O=Corp, Inc."
    assert (ours.not_before.year, ours.not_after.year) == (1999, 2055)
    assert ours.valid_at(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
    assert not ours.valid_at(datetime(2056, 1, 1, tzinfo=UTC).timestamp())


def test_what_cannot_be_printed_is_not() -> None:
    assert "\x1b" not in read(made(common="\x1b[31mred")).subject


@pytest.mark.parametrize(
    ("host", "covered"),
    [
        ("api.example.com", True),
        ("API.EXAMPLE.COM.", True),
        ("a.wild.example", True),
        ("wild.example", False),
        ("a.b.wild.example", False),
        ("example.com", False),
        ("10.0.0.7", True),
        ("10.0.0.8", False),
        ("2001:db8::1", True),
        ("Łódź Corp CA", False),  # the common name does not count
    ],
)
def test_which_hosts_it_is_for(host: str, covered: bool) -> None:
    names = [x509.DNSName("api.example.com"), x509.DNSName("*.wild.example")]
    addresses = [x509.IPAddress(ipaddress.ip_address(text)) for text in ("10.0.0.7", "2001:db8::1")]
    assert read(made(*names, *addresses)).covers(host) is covered


@given(st.binary(max_size=400))
def test_bytes_of_a_stranger_are_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read(data)


WHOLE = made(x509.DNSName("a.example"))


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_a_certificate_with_a_broken_byte_is_read_or_refused(at: int, value: int) -> None:
    broken = WHOLE[:at] + bytes([value]) + WHOLE[at + 1 :]
    try:
        assert isinstance(read(broken), Certificate)
    except Unreadable:
        return


@given(st.integers(0, len(WHOLE) - 1))
def test_a_certificate_cut_off_is_refused(length: int) -> None:
    with pytest.raises(Unreadable):
        read(WHOLE[:length])


def test_public_logs_are_promised_in_what_public_authorities_sign_alone() -> None:
    told = {
        chain: read(certificates.leaf("a.example", chain).certificate.public_bytes(DER)).logged
        for chain in certificates.CHAINS
    }
    assert {chain for chain, logged in told.items() if not logged} == {"private_ca", "self_signed"}


def test_as_pem_it_is_the_same_certificate() -> None:
    der = made(x509.DNSName("api.anthropic.com"))
    text = pem(der)
    assert x509.load_pem_x509_certificate(text.encode()).public_bytes(DER) == der
    assert max(map(len, text.splitlines())) <= 64
