"""What a certificate says, read from its DER (RFC 5280) without a cryptography library.

Only names, dates and alternative names are read; trust is OpenSSL's business. Every length is checked, since the bytes
come from strangers.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone

_ATTRIBUTES = {
    bytes.fromhex(number): label
    for number, label in {
        "550403": "CN",
        "550405": "serialNumber",
        "550406": "C",
        "550407": "L",
        "550408": "ST",
        "55040a": "O",
        "55040b": "OU",
        "2a864886f70d010901": "emailAddress",
        "0992268993f22c640119": "DC",
    }.items()
}
_ALTERNATIVE_NAMES = bytes.fromhex("551d11")
_LOGGED = bytes.fromhex("2b06010401d679020402")  # promises of public logs (RFC 6962 3.3)
_SEQUENCE, _OID, _UTC_TIME, _OCTETS = 0x30, 0x06, 0x17, 0x04


class Unreadable(ValueError):
    """Bytes that are no certificate."""


@dataclass(frozen=True)
class Certificate:
    """Subject and issuer as ``CN=…, O=…``, dates in UTC, alternative names and addresses, sha256 of the DER.

    ``logged``: it carries promises of public logs. Every public authority's do since 2018, and no private one can get them.
    """

    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime
    names: tuple[str, ...]
    addresses: tuple[str, ...]
    fingerprint: str
    self_issued: bool
    logged: bool = False

    def valid_at(self, seconds: float) -> bool:
        """Whether a moment (seconds since the epoch) lies within its dates."""
        return self.not_before.timestamp() <= seconds <= self.not_after.timestamp()

    def covers(self, host: str) -> bool:
        """Whether it names the host by RFC 6125: the left-most label may be a star, the common name does not count."""
        try:
            return str(ipaddress.ip_address(host)) in self.addresses
        except ValueError:
            wanted = host.lower().rstrip(".")
        rest = wanted.partition(".")[2]
        return any(name == wanted or (name.startswith("*.") and rest != "" and name[2:] == rest) for name in self.names)


def read(der: bytes) -> Certificate:
    """Read one certificate; ``Unreadable`` when it is none."""
    try:
        return _read(der)
    except (IndexError, ValueError, OverflowError) as error:
        raise Unreadable(type(error).__name__) from None


def pem(der: bytes) -> str:
    """A certificate as the text that files hold (RFC 7468), without a line break at its end."""
    body = base64.b64encode(der).decode("ascii")
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----"])


def is_self_issued(der: bytes) -> bool:
    """Whether a certificate names itself as its issuer, as a root does; so does what cannot be read, to be careful."""
    try:
        return read(der).self_issued
    except Unreadable:
        return True


def _read(der: bytes) -> Certificate:
    fields = list(_parts(_inside(_inside(der, _SEQUENCE), _SEQUENCE)))
    at = 1 if fields[0][0] == 0xA0 else 0  # the version stands only in v2 and v3
    issuer, dates, subject = fields[at + 2][1], list(_parts(fields[at + 3][1])), fields[at + 4][1]
    extensions = dict(_extensions([value for tag, value in fields[at + 5 :] if tag == 0xA3]))
    names, addresses = _alternative_names(extensions.get(_ALTERNATIVE_NAMES, b"\x30\x00"))
    return Certificate(
        subject=_name(subject),
        issuer=_name(issuer),
        not_before=_time(*dates[0]),
        not_after=_time(*dates[1]),
        names=names,
        addresses=addresses,
        fingerprint=hashlib.sha256(der).hexdigest(),
        self_issued=subject == issuer,
        logged=_LOGGED in extensions,
    )


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each value that stands one after the other in ``data``."""
    at = 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length >= 0x80:
            size = length & 0x7F
            if not 0 < size <= 4:
                raise ValueError("length")
            length, at = int.from_bytes(data[at : at + size], "big"), at + size
        if at + length > len(data):
            raise ValueError("length")
        yield tag, data[at : at + length]
        at += length


def _inside(data: bytes, tag: int) -> bytes:
    """Content of the first value, which must have this tag."""
    found, content = next(_parts(data), (0, b""))
    if found != tag:
        raise ValueError("tag")
    return content


def _name(data: bytes) -> str:
    shown = []
    for _, relative in _parts(data):
        for _, pair in _parts(relative):
            (kind, oid), (tag, value) = list(_parts(pair))[:2]
            label = _ATTRIBUTES.get(oid) if kind == _OID else None
            if label is not None:
                shown.append((label, _text(tag, value)))
    shown.sort(key=lambda item: item[0] != "CN")  # the common name first: it is what people look for
    return ", ".join(f"{label}={value}" for label, value in shown)


def _text(tag: int, value: bytes) -> str:
    decoded = value.decode({0x1E: "utf-16-be", 0x14: "latin-1"}.get(tag, "utf-8"), "replace")
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in decoded)


def _time(tag: int, value: bytes) -> datetime:
    text = value.decode("ascii")
    if tag == _UTC_TIME:  # two digits: RFC 5280 4.1.2.5.1 puts 50 and later into the 1900s
        text = ("19" if int(text[:2]) >= 50 else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=timezone.utc)


def _extensions(holders: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Number and content of each extension; the first one of a number counts."""
    for holder in holders:
        for _, extension in reversed(list(_parts(_inside(holder, _SEQUENCE)))):
            parts = list(_parts(extension))
            if parts[-1][0] == _OCTETS:
                yield parts[0][1], parts[-1][1]


def _alternative_names(extension: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    names, addresses = [], []
    for tag, value in _parts(_inside(extension, _SEQUENCE)):
        if tag == 0x82:
            names.append(value.decode("ascii", "replace").lower().rstrip("."))
        elif tag == 0x87 and len(value) in (4, 16):
            addresses.append(str(ipaddress.ip_address(value)))
    return tuple(names), tuple(addresses)
