"""Who did what in a team."""

from __future__ import annotations

from django.db import models
from django.db.models import F

from diagnostics.models.base import TeamRow


class AuditEvent(TeamRow):
    """One line of a team's audit trail; written by `services.audit.record` and never changed."""

    team = models.ForeignKey("diagnostics.Team", on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()
    actor = models.ForeignKey("diagnostics.User", on_delete=models.SET_NULL, null=True, related_name="+")
    actor_name = models.CharField(
        max_length=254, blank=True
    )  # as it was then; empty: the product itself, or an outsider
    action = models.SlugField(max_length=40)  # a key of services.audit.ACTIONS
    about = models.CharField(max_length=300, blank=True)  # what it was done to, in words; never a secret
    address = models.CharField(max_length=200, blank=True)  # the path of its page, where it has one

    class Meta:
        indexes = [
            models.Index("team", F("at").desc(), F("id").desc(), name="audit_list"),
            models.Index("team", "action", F("at").desc(), F("id").desc(), name="audit_list_by_action"),
        ]

    def __str__(self) -> str:
        return f"{self.action}: {self.about[:40]}"
