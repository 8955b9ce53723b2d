"""Every way in which TLS can be wrong, as OpenSSL sees it."""

from __future__ import annotations

import ssl
import warnings
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from cryptography.hazmat.primitives import serialization

from diagnostics.lab import certificates
from diagnostics.lab.api import api
from diagnostics.lab.tls import Tls, tls
from tests.lab.fixtures import Serve
from tests.lab.referee import ask, connect, shake, trusting

HOST = "api.anthropic.com"


@pytest.mark.parametrize(
    ("chain", "code"),  # X509_V_ERR_* of OpenSSL's x509_vfy.h
    [
        ("private_ca", 19),
        ("expired", 10),
        ("not_yet_valid", 9),
        ("wrong_name", 62),
        ("self_signed", 18),
        ("intermediate_missing", 20),
    ],
)
def test_a_broken_chain_is_refused_for_its_own_reason(serve: Serve, chain: str, code: int) -> None:
    lab = serve({HOST: api(tls=tls(chain))})
    with pytest.raises(ssl.SSLCertVerificationError) as refusal:
        shake(lab, HOST)
    assert refusal.value.verify_code == code


def test_the_practice_chain_is_accepted_and_names_its_host(serve: Serve) -> None:
    with shake(serve(), HOST) as connection:
        names = dict(connection.getpeercert() or {})["subjectAltName"]
    assert names == (("DNS", HOST),)


def test_the_private_authority_is_accepted_by_those_who_have_it(serve: Serve) -> None:
    lab = serve({HOST: api(tls=tls("private_ca"))})
    told = ask(lab, f"https://{HOST}/api/hello", context=trusting(lab, certificates.private_root().pem))
    assert told.status == 200


def test_the_missing_intermediate_is_all_that_is_missing(serve: Serve) -> None:
    lab = serve({HOST: api(tls=tls("intermediate_missing"))})
    [intermediate] = certificates.leaf(HOST).further
    pem = ssl.DER_cert_to_PEM_cert(intermediate.public_bytes(serialization.Encoding.DER))
    shake(lab, HOST, context=trusting(lab, pem)).close()


@pytest.mark.parametrize(("days", "code"), [(-800, 10), (800, 9)])
def test_a_world_with_another_clock_has_certificates_to_match(serve: Serve, days: int, code: int) -> None:
    lab = serve(ahead=timedelta(days=days))
    with pytest.raises(ssl.SSLCertVerificationError) as refusal:
        shake(lab, HOST)
    assert refusal.value.verify_code == code
    date = ask(lab, "http://detectportal.firefox.com/success.txt").headers["date"]
    told = parsedate_to_datetime(date) - datetime.now(UTC)
    assert abs(told - timedelta(days=days)) < timedelta(minutes=1)


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_an_old_protocol_has_no_version_in_common(serve: Serve, version: str) -> None:
    lab = serve({HOST: api(tls=tls(version=version))})
    with pytest.raises(ssl.SSLError) as refusal:
        shake(lab, HOST)
    assert refusal.value.reason in ("UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION")
    old = trusting(lab)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.set_ciphers("ALL:@SECLEVEL=0")
    with shake(lab, HOST, context=old) as connection:
        assert connection.version() == {"1.0": "TLSv1", "1.1": "TLSv1.1"}[version]


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_pinned_version_is_spoken(serve: Serve, version: str) -> None:
    with shake(serve({HOST: api(tls=tls(version=version))}), HOST) as connection:
        assert connection.version() == f"TLSv{version}"


def test_a_rare_cipher_is_not_in_common(serve: Serve) -> None:
    lab = serve({HOST: api(tls=tls(rare_cipher=True))})
    with pytest.raises(ssl.SSLError) as refusal:
        shake(lab, HOST)
    assert refusal.value.reason == "SSLV3_ALERT_HANDSHAKE_FAILURE"


def test_a_client_certificate_is_demanded_and_accepted(serve: Serve) -> None:
    lab = serve({HOST: api(tls=tls(client_cert=True))})
    with shake(lab, HOST) as connection, pytest.raises(ssl.SSLError) as refusal:
        connection.recv(1)  # with 1.3 the client hears of it after its handshake
    assert refusal.value.reason == "TLSV13_ALERT_CERTIFICATE_REQUIRED"
    known = trusting(lab)
    certificates.load(known, certificates.client_identity())
    assert ask(lab, f"https://{HOST}/api/hello", context=known).status == 200


def test_plain_http_on_the_tls_port_is_no_tls(serve: Serve) -> None:
    lab = serve({HOST: api(tls=tls(plain_http=True))})
    with pytest.raises(ssl.SSLError) as refusal:
        shake(lab, HOST)
    assert refusal.value.reason == "WRONG_VERSION_NUMBER"
    with connect(lab, HOST) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert sock.recv(100).startswith(b"HTTP/1.1 400 ")


def test_a_hello_is_answered_with_a_reset(serve: Serve) -> None:
    with pytest.raises(ConnectionResetError):
        shake(serve({HOST: api(tls=tls(reset_after_hello=True))}), HOST)


def test_a_hello_is_answered_with_the_end(serve: Serve) -> None:
    with pytest.raises((ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionResetError)) as refusal:
        shake(serve({HOST: api(tls=tls(close_after_hello=True))}), HOST)
    assert not isinstance(refusal.value, ConnectionResetError)


def test_a_hello_is_never_answered(serve: Serve) -> None:
    lab = serve({HOST: api(tls=tls(silent=True))})
    with connect(lab, HOST, seconds=0.3) as sock, pytest.raises(TimeoutError):
        trusting(lab).wrap_socket(sock, server_hostname=HOST)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"chain": "nonsense"}, "unknown chain"),
        ({"version": "0.9"}, "unknown version"),
        ({"plain_http": True, "silent": True}, "one thing"),
    ],
)
def test_a_wrong_declaration_is_refused_at_once(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        tls(**wrong)  # type: ignore[arg-type]


def test_leafs_and_contexts_are_made_once() -> None:
    assert certificates.leaf(HOST) is certificates.leaf(HOST)
    assert Tls().context(HOST) is tls().context(HOST)
    assert Tls().context(HOST) is not tls("expired").context(HOST)
