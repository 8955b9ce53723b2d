"""Secrets are a type nobody can print, log, store or serialise by accident.

Only ``engine/net`` opens one (``reveal``). What may leave is its shape (``sk-ant-api03-…AgAA``) and a fingerprint
that tells "the same key as staging" without showing it.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import re
from typing import NoReturn, Optional

from diagnostics.engine.disguises import PREFIX, is_strong, octets

SHAPES = re.compile(
    r"(?:sk-[\w-]{0,100}|gsk_|xai-|AIza|eyJ|Bearer )\u2026\w{0,4}(?: \(\d+ characters\))?|\u2026 \(\d+ characters\)"
)
"""What ``Secret.shape`` prints: a prefix of above, the last characters or the length. Text for outsiders is cleared of it."""
_ROUNDS = 20_000  # a fingerprint must not be a fast oracle for short passwords


@functools.lru_cache(maxsize=64)
def _slowly(digest: bytes) -> str:
    """Slow on purpose, so once for each secret: a run looks at the same key with the eyes of every client."""
    return hashlib.pbkdf2_hmac("sha256", digest, b"troubleshooter.fingerprint/2", _ROUNDS).hex()[:16]


def salted(fingerprint: str, salt: str) -> str:
    """A fingerprint within a team: the same for the same secret there, and nothing to test words with for who lacks the salt."""
    return hmac.new(salt.encode(), fingerprint.encode(), "sha256").hexdigest()[:16]


class Secret:
    """A credential. ``str``, ``repr`` and formatting give its shape; pickling, JSON and copying it raise."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """The value itself. Called where bytes are written to a socket, and in the rules that judge its form."""
        return self.__value

    def is_same(self, text: str) -> bool:
        """Whether a text is this very value."""
        return hmac.compare_digest(self.__value.encode(errors="surrogateescape"), text.encode(errors="surrogateescape"))

    @property
    def shape(self) -> str:
        """Prefix and last four characters where at least 24 stand between them, else only the length."""
        value = self.__value.strip()
        found = PREFIX.match(value)
        prefix = found.group(0) if found else ""
        if len(value) - len(prefix) >= 28:
            return f"{prefix}…{value[-4:]}" if value[-4:].isalnum() else f"{prefix}…"
        return f"{prefix}… ({len(self.__value)} characters)"

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits, the same for the same secret everywhere (surrounding white space does not count).

        Shown only as ``fingerprint_for``: whoever has it can try words, slowly.
        """
        return _slowly(hashlib.sha256(octets(self.__value.strip())).digest())

    def fingerprint_for(self, salt: str) -> Optional[str]:
        """The fingerprint that may be shown: a team's own, or without a salt only that of what nobody finds by trying words."""
        if salt:
            return salted(self.fingerprint, salt)
        return self.fingerprint if is_strong(self.__value) else None

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __len__(self) -> int:
        return len(self.__value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.__value == other.reveal()

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __str__(self) -> str:
        return self.shape

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        return format(self.shape, spec)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is never pickled, copied or serialised")
