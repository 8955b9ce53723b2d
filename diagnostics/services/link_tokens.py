"""Tokens of links that people without an account open: a row's id and a keyed digest of it. Nothing of a token is stored."""

from __future__ import annotations

import base64
import binascii
import hmac
from uuid import UUID

from django.conf import settings
from django.utils.crypto import salted_hmac

_MAC = 16  # bytes of the token that cannot be guessed


def make(row_id: UUID, salt: str) -> str:
    """What stands in the URL, 43 characters; ``salt`` keeps one kind of link from opening another."""
    return base64.urlsafe_b64encode(row_id.bytes + _mac(row_id, salt, settings.SECRET_KEY)).decode("ascii").rstrip("=")


def read(text: str, salt: str) -> UUID | None:
    """The id in a token that we made, with this key or an earlier one; else None."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        row_id = UUID(bytes=raw[:16])
    except (ValueError, binascii.Error):
        return None
    if base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=") != text:
        return None  # the decoder passes over marks that are none of its own: one link has one address
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    good = any(hmac.compare_digest(raw[16:], _mac(row_id, salt, key)) for key in keys)
    return row_id if good else None


def _mac(row_id: UUID, salt: str, key: str) -> bytes:
    return salted_hmac(salt, row_id.bytes, secret=key, algorithm="sha256").digest()[:_MAC]
