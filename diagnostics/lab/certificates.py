"""A practice root, a private corporate authority, and every way in which a server certificate can be wrong.

Made anew in each process and kept only in its memory: no private key outlives the laboratory. Elliptic-curve keys,
since an RSA key costs a hundred times more to make.
"""

from __future__ import annotations

import datetime
import functools
import ipaddress
import os
import ssl
import tempfile
from dataclasses import dataclass, replace

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CHAINS = ("practice", "private_ca", "expired", "not_yet_valid", "wrong_name", "self_signed", "intermediate_missing")
"""``practice`` is what a healthy public server has; the others are its broken neighbours."""

_PROMISES = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2"), b"\x04\x02\x00\x00")
"""A list of promises (RFC 6962 3.3) with nothing in it: what it says is nobody's business here."""

_DAY = datetime.timedelta(days=1)
_WRONG_NAME = "somewhere-else.example"


@dataclass(frozen=True)
class Identity:
    """A certificate with its private key, and the certificates that its server sends after it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    further: tuple[x509.Certificate, ...] = ()

    @property
    def pem(self) -> str:
        """The certificate alone, as PEM text."""
        return _pem(self.certificate)

    @property
    def chain_pem(self) -> str:
        """What a server sends: the certificate, then the further ones."""
        return self.pem + "".join(_pem(one) for one in self.further)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")


def _name(common: str, organisation: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


def _alternative_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _make(
    subject: x509.Name,
    issuer: Identity | None,
    valid: tuple[int, int],
    hosts: tuple[str, ...] = (),
    logged: bool = False,
) -> Identity:
    """One certificate. ``valid`` is (first day, last day) counted from today; ``hosts`` empty makes an authority.

    ``logged``: it carries promises of public logs, as what a public authority signs for a server always does.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    signer = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + valid[0] * _DAY)
        .not_valid_after(now + valid[1] * _DAY)
        .add_extension(x509.BasicConstraints(ca=not hosts, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(_key_usage(authority=not hosts), critical=True)
    )
    if hosts:
        names = x509.SubjectAlternativeName([_alternative_name(host) for host in hosts])
        purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        builder = builder.add_extension(names, critical=False).add_extension(purposes, critical=False)
    if logged:
        builder = builder.add_extension(_PROMISES, critical=False)
    return Identity(builder.sign(signer, hashes.SHA256()), key)


def _key_usage(authority: bool) -> x509.KeyUsage:
    # Python 3.13 verifies strictly: an authority without keyCertSign would be refused for the wrong reason.
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


@functools.cache
def practice_root() -> Identity:
    """Stands for the public roots: hand ``practice_root().pem`` to the engine in place of Mozilla's list."""
    return _make(_name("Troubleshooter Practice Root", "Troubleshooter practice range"), None, (-400, 3650))


@functools.cache
def private_root() -> Identity:
    """The authority of a company's inspecting proxy: no public list has it."""
    return _make(_name("Initech Web Inspection CA", "Initech Corporation"), None, (-400, 3650))


@functools.cache
def _intermediate() -> Identity:
    return _make(
        _name("Troubleshooter Practice Issuing CA", "Troubleshooter practice range"), practice_root(), (-300, 1800)
    )


@functools.cache
def leaf(host: str, chain: str = "practice", days_ahead: int = 0) -> Identity:
    """The certificate that a server for ``host`` sends, right or wrong in the way that ``chain`` (of CHAINS) names.

    Its dates are right for a clock that is ``days_ahead`` of this machine's.
    """
    if chain not in CHAINS:
        raise ValueError(f"unknown chain {chain!r}: one of {', '.join(CHAINS)}")
    first, last = {"expired": (-90, -3), "not_yet_valid": (30, 120)}.get(chain, (-30, 300))
    valid = first + days_ahead, last + days_ahead
    named = _WRONG_NAME if chain == "wrong_name" else host
    subject = _name(named, "Troubleshooter practice range")
    if chain == "private_ca":
        made = _make(subject, private_root(), valid, (named,))
        return replace(made, further=(private_root().certificate,))  # inspecting proxies send their root
    if chain == "self_signed":
        return _make(subject, None, valid, (named,))
    made = _make(subject, _intermediate(), valid, (named,), logged=True)
    return made if chain == "intermediate_missing" else replace(made, further=(_intermediate().certificate,))


@functools.cache
def client_identity(name: str = "practice-client") -> Identity:
    """A client certificate that ``tls(client_cert=True)`` accepts."""
    return _make(_name(name, "Initech Corporation"), private_root(), (-10, 300), (f"{name}.example",))


def load(context: ssl.SSLContext, identity: Identity) -> None:
    """Give an identity to a context. The ssl module takes keys from files only: one file, ours alone, gone at once."""
    key = identity.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    handle, path = tempfile.mkstemp(suffix=".pem")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(key + identity.chain_pem.encode("ascii"))
        context.load_cert_chain(path)
    finally:
        os.unlink(path)
