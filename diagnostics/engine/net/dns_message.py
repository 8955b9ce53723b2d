"""As much of the DNS wire format (RFC 1035) as two questions need: what are a name's A and AAAA records?

Our own hundred lines because importing a resolver library costs more than the whole query, and because what arrives
comes from strangers: every length is checked and a pointer may only lead backwards.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass

A, AAAA = 1, 28
_QUERY, _RECURSION = 0x0000, 0x0100
_HEADER = struct.Struct("!HHHHHH")
_RECORD = struct.Struct("!HHIH")


class Malformed(ValueError):
    """Bytes that are no answer to our question."""


@dataclass(frozen=True)
class Message:
    """An answer: its response code (RFC 1035 4.1.1) and the addresses of the type that was asked for."""

    code: int
    addresses: tuple[str, ...]


def question(number: int, name: str, kind: int) -> bytes:
    """A recursive query for ``name``; raises ``Malformed`` for a name that no query can carry."""
    return _HEADER.pack(number, _QUERY | _RECURSION, 1, 0, 0, 0) + _labels(name) + struct.pack("!HH", kind, 1)


def _labels(name: str) -> bytes:
    try:
        labels = [
            label.encode("idna") if not label.isascii() else label.encode("ascii")
            for label in name.rstrip(".").split(".")
        ]
    except UnicodeError:
        raise Malformed("name") from None
    if any(not 0 < len(label) < 64 for label in labels) or sum(map(len, labels)) + len(labels) > 254:
        raise Malformed("name")
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def answer(data: bytes, number: int, name: str, kind: int) -> Message:
    """Read the answer to ``question(number, name, kind)``; ``Malformed`` when it is not one."""
    try:
        return _answer(data, number, name, kind)
    except (struct.error, IndexError):
        raise Malformed("short") from None


def _answer(data: bytes, number: int, name: str, kind: int) -> Message:
    identity, flags, questions, answers, _, _ = _HEADER.unpack_from(data)
    if identity != number or not flags & 0x8000 or questions != 1:
        raise Malformed("header")
    asked = _labels(name) + struct.pack("!HH", kind, 1)
    at = _HEADER.size + len(asked)
    if data[_HEADER.size : at].lower() != asked.lower():
        raise Malformed("question")
    found = []
    for _ in range(answers):
        at = _skip_name(data, at)
        record, klass, _, length = _RECORD.unpack_from(data, at)
        at += _RECORD.size
        value = data[at : at + length]
        at += length
        if at > len(data):
            if flags & 0x0200:  # truncated: what stands whole is enough
                break
            raise Malformed("short")
        if klass == 1 and record == kind and length == (4 if kind == A else 16):
            found.append(socket.inet_ntop(socket.AF_INET if kind == A else socket.AF_INET6, value))
    return Message(flags & 0x000F, tuple(found))


def _skip_name(data: bytes, at: int) -> int:
    while True:
        length = data[at]
        if length & 0xC0 == 0xC0:
            return at + 2
        if length & 0xC0:
            raise Malformed("label")
        at += 1 + length
        if length == 0:
            return at
