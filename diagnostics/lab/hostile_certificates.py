"""Certificates that a public authority would never sign: thousands of names, endless chains, words that steer a terminal."""

from __future__ import annotations

import datetime
import functools
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from diagnostics.lab import certificates
from diagnostics.lab.certificates import Identity
from diagnostics.lab.tls import Tls

_DAY = datetime.timedelta(days=1)
_Dates = tuple[datetime.datetime, datetime.datetime]


def _make(subject: x509.Name, issuer: Identity, names: tuple[str, ...], dates: _Dates) -> Identity:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(dates[0])
        .not_valid_after(dates[1])
        .add_extension(x509.BasicConstraints(ca=not names, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False
        )
    return Identity(builder.sign(issuer.key, hashes.SHA256()), key)


def _name(*values: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, value, _validate=False) for value in values])


def _usual() -> _Dates:
    now = datetime.datetime.now(datetime.UTC)
    return now - _DAY, now + 90 * _DAY


def _leaf(host: str, *, subject: x509.Name | None = None, more: tuple[str, ...] = ()) -> Identity:
    return _make(subject or _name(host), certificates.practice_root(), (host, *more), _usual())


def _many(count: int) -> Callable[[str], Identity]:
    return lambda host: _leaf(host, more=tuple(f"host-{number}.example" for number in range(count)))


def _long_chain(host: str) -> Identity:
    above, further = certificates.practice_root(), []
    for number in range(99):
        above = _make(_name(f"Authority {number}"), above, (), _usual())
        further.append(above.certificate)
    return replace(_make(_name(host), above, (host,), _usual()), further=tuple(reversed(further)))


def _steering(host: str) -> Identity:
    words = "\x1b[2J\x1b]0;owned\x07 \u202eEVIL\u2066 \u2028\ufeff<b>\x00"
    return _leaf(
        host, subject=_name(words, words * 20), more=("a\x00b.example", "\x1b[2J.example", "*.*.*", "<script>", "")
    )


def _far_dates(host: str) -> Identity:
    first = datetime.datetime(1950, 1, 1, tzinfo=datetime.UTC)
    last = datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=datetime.UTC)
    return _make(_name(host), certificates.practice_root(), (host,), (first, last))


CERTIFICATES: Mapping[str, Callable[[str], Identity]] = {
    "names_3000": _many(3_000),
    "names_10000": _many(10_000),
    "long_chain": _long_chain,
    "huge_name": lambda host: _leaf(host, subject=_name("O" * 60_000)),
    "many_parts": lambda host: _leaf(host, subject=_name(*["part"] * 3_000)),
    "steering": _steering,
    "far_dates": _far_dates,
}
"""(host) -> what its server shows."""


@dataclass(frozen=True)
class HostileTls(Tls):
    """TLS with a certificate of ``CERTIFICATES``."""

    certificate: str = "steering"

    def context(self, host: str, days_ahead: int = 0) -> ssl.SSLContext:
        """The server's context for a host."""
        return _context(self.certificate, host)


@functools.cache
def _context(name: str, host: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificates.load(context, CERTIFICATES[name](host))
    context.set_alpn_protocols(["http/1.1"])
    return context
