"""What happened to a person's account: they see it themselves, whatever team they are in."""

from __future__ import annotations

from django.db import models
from django.db.models import F

from diagnostics.models.base import Row


class AccountEvent(Row):
    """One line of a person's recent activity; written by `services.account_events.note` and never changed."""

    user = models.ForeignKey("diagnostics.User", on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()
    kind = models.SlugField(max_length=40, db_index=False)  # a key of services.account_events.KINDS
    about = models.CharField(max_length=200, blank=True)  # how, or what: never a secret
    address = models.CharField(max_length=64, blank=True)  # where the request came from
    device = models.CharField(max_length=200, blank=True)  # what the browser called itself

    class Meta:
        indexes = [models.Index("user", F("at").desc(), F("id").desc(), name="account_events_list")]

    def __str__(self) -> str:
        return self.kind
