"""Moving stored secrets under a new key."""

from __future__ import annotations

from uuid import UUID

from django.db import models, transaction

from diagnostics.models import Environment
from diagnostics.models.encryption import EncryptedField


def rotate() -> int:
    """Seal every secret with the first of FIELD_ENCRYPTION_KEYS; gives the number of rows changed."""
    fields = [field for field in Environment._meta.concrete_fields if isinstance(field, EncryptedField)]
    return sum(_rotate_row(pk, fields) for pk in Environment.objects.values_list("pk", flat=True))


@transaction.atomic
def _rotate_row(pk: UUID, fields: list[EncryptedField]) -> bool:
    """Locked, so that an edit at the same moment is not undone."""
    row: models.Model = Environment.objects.select_for_update().get(pk=pk)
    changed = [field.name for field in fields if field.resealed(row)]
    if changed:
        row.save(update_fields=changed)
    return bool(changed)
