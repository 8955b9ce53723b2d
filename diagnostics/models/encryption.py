"""Secrets at rest: AES-256-GCM, bound to the row and column they were written for.

A stored value reads `key id:base64(nonce + ciphertext + tag)`. Its additional data is "table:pk:field", so a value
copied into another row or column does not open. Settings' FIELD_ENCRYPTION_KEYS hold the keys: the first one
encrypts, all of them decrypt. A value that does not open raises; ciphertext is never handed out as if it were text.
"""

from __future__ import annotations

import base64
import binascii
import os
from typing import TYPE_CHECKING, Any, overload

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

from diagnostics.engine.secrets import Secret
from diagnostics.exceptions import UnreadableSecret

_NONCE = 12  # bytes, what GCM is specified for
SECOND_FACTOR = "mfa_authenticator::data"  # the place of allauth's secrets: sealed before their row has an id

if TYPE_CHECKING:
    _Field = models.Field[Secret | None, Secret | None]
else:
    _Field = models.Field  # generic for the type checker only


class Sealed(str):
    """Ciphertext as it stands in the database; printing it shows nothing of use."""

    __slots__ = ()

    @property
    def key_id(self) -> str:
        """Which of FIELD_ENCRYPTION_KEYS sealed it."""
        return self.partition(":")[0]

    def __repr__(self) -> str:
        return "<sealed>"


def seal(secret: Secret, aad: str) -> Sealed:
    """Encrypt under the first key; `aad` is "table:pk:field"."""
    key_id, key = next(iter(settings.FIELD_ENCRYPTION_KEYS.items()))
    nonce = os.urandom(_NONCE)
    body = nonce + AESGCM(key).encrypt(nonce, secret.reveal().encode(), aad.encode())
    return Sealed(f"{key_id}:{base64.b64encode(body).decode('ascii')}")


def unseal(sealed: str, aad: str) -> Secret:
    """Decrypt, or raise UnreadableSecret with what to do about it."""
    key_id, _, encoded = sealed.partition(":")
    key = settings.FIELD_ENCRYPTION_KEYS.get(key_id)
    if key is None:
        raise UnreadableSecret(
            f"A stored secret was encrypted with the key {key_id!r}, which FIELD_ENCRYPTION_KEYS no longer holds."
        )
    try:
        body = base64.b64decode(encoded, validate=True)
        return Secret(AESGCM(key).decrypt(body[:_NONCE], body[_NONCE:], aad.encode()).decode())
    except (InvalidTag, binascii.Error, ValueError):
        raise UnreadableSecret(
            f"A stored secret does not open with the key {key_id!r}: "
            "that key was changed, or the value was moved from another row."
        ) from None


class _SecretAttribute:
    """The attribute of an encrypted field: opens what the database gave at the moment it is read, and keeps no copy."""

    def __init__(self, field: EncryptedField) -> None:
        self.field = field

    @overload
    def __get__(self, instance: None, owner: type[models.Model]) -> _SecretAttribute: ...
    @overload
    def __get__(self, instance: models.Model, owner: type[models.Model]) -> Secret | None: ...
    def __get__(self, instance: models.Model | None, owner: type[models.Model]) -> Any:
        if instance is None:
            return self
        name = self.field.attname
        if name not in instance.__dict__:
            instance.refresh_from_db(fields=[name])
        held = instance.__dict__[name]
        return unseal(held, self.field.aad(instance)) if isinstance(held, Sealed) else held

    def __set__(self, instance: models.Model, value: Any) -> None:
        if value is not None and not isinstance(value, Sealed | Secret):
            raise TypeError(f"{self.field.name} takes a Secret or None")
        instance.__dict__[self.field.attname] = value


class EncryptedField(_Field):
    """A Secret or None, sealed in the database. It is written by `save()` only and cannot be searched for."""

    description = "A secret, encrypted at rest"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.update(null=True, blank=True, default=None, editable=False)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Leave out what every such field is."""
        name, path, args, kwargs = super().deconstruct()
        for fixed in ("null", "blank", "default", "editable"):
            kwargs.pop(fixed, None)
        return name, path, args, kwargs

    def get_internal_type(self) -> str:
        return "TextField"

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.attname, _SecretAttribute(self))

    def aad(self, instance: models.Model) -> str:
        """What binds a value to its place."""
        return f"{instance._meta.db_table}:{instance.pk}:{self.attname}"

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Sealed | None:
        return None if value is None else Sealed(value)

    def to_python(self, value: Any) -> Any:
        return value  # never turned into text: that would store a secret's shape as the secret

    def pre_save(self, model_instance: models.Model, add: bool) -> Sealed | None:
        held = model_instance.__dict__.get(self.attname)
        if isinstance(held, Secret):
            held = model_instance.__dict__[self.attname] = seal(held, self.aad(model_instance))
        return held

    def get_prep_value(self, value: Any) -> str | None:
        """Only sealed text goes to the database, so `update()` and `filter()` with a plain value fail loudly."""
        if value is None or isinstance(value, Sealed):
            return value if value is None else str(value)
        raise TypeError(f"{self.name} is sealed by save(); it cannot be queried or updated in bulk")

    def value_to_string(self, obj: models.Model) -> str:
        """What dumps write: the sealed text."""
        held = obj.__dict__.get(self.attname)
        if isinstance(held, Secret):
            held = seal(held, self.aad(obj))
        return "" if held is None else str(held)

    def resealed(self, instance: models.Model) -> bool:
        """Put the value under the first key; False when it is there already or empty. The caller saves."""
        held = instance.__dict__.get(self.attname)
        if not isinstance(held, Sealed) or held.key_id == next(iter(settings.FIELD_ENCRYPTION_KEYS)):
            return False
        instance.__dict__[self.attname] = unseal(held, self.aad(instance))
        return True
