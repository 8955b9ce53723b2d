"""Moving stored secrets under a new key."""

from __future__ import annotations

from uuid import UUID

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import models, transaction

from diagnostics.models import Environment
from diagnostics.models.encryption import SECOND_FACTOR, EncryptedField, Sealed, seal, unseal
from diagnostics.services import locks


def rotate() -> int:
    """Seal every secret with the first of FIELD_ENCRYPTION_KEYS; gives the number of rows changed."""
    fields = [field for field in Environment._meta.concrete_fields if isinstance(field, EncryptedField)]
    environments = sum(_rotate_row(pk, fields) for pk in Environment.objects.values_list("pk", flat=True))
    return environments + sum(_rotate_factor(pk) for pk in Authenticator.objects.values_list("pk", flat=True))


@transaction.atomic
def _rotate_row(pk: UUID, fields: list[EncryptedField]) -> bool:
    """Locked, so that an edit at the same moment is not undone."""
    locks.hold_environment(pk)
    row: models.Model | None = Environment.objects.filter(pk=pk).first()
    if row is None:  # deleted meanwhile
        return False
    changed = [field.name for field in fields if field.resealed(row)]
    if changed:
        row.save(update_fields=changed)
    return bool(changed)


@transaction.atomic
def _rotate_factor(pk: int) -> bool:
    """A second factor's secret: the key of codes, or the seed of recovery codes."""
    row = Authenticator.objects.select_for_update().get(pk=pk)
    changed = False
    for name in {"secret", "seed"} & set(row.data):
        if Sealed(row.data[name]).key_id != next(iter(settings.FIELD_ENCRYPTION_KEYS)):
            row.data[name] = str(seal(unseal(row.data[name], SECOND_FACTOR), SECOND_FACTOR))
            changed = True
    if changed:
        row.save(update_fields=["data"])
    return changed
