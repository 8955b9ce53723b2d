"""Packets handed to somebody outside the team, and what came of it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from diagnostics.models.base import Ending, TeamRow


class HandOff(Ending):
    """A link to one receiver's packet of one run, until it ends or is revoked. Its token derives from the id: no secret is stored."""

    class Hides(models.TextChoices):
        HOSTS = "hosts", "Host names"
        ADDRESSES = "addresses", "Addresses"
        NAMES = "names", "Names of people, machines and environments"
        SETTINGS = "settings", "The environment's settings"
        CREDENTIAL = "credential", "Shape and fingerprint of the key"

    run = models.ForeignKey("diagnostics.Run", on_delete=models.CASCADE, related_name="hand_offs", db_index=False)
    receiver = models.SlugField(max_length=20, db_index=False)  # a file of knowledge/handoffs
    hides = models.JSONField(default=list)  # of Hides
    note = models.TextField(blank=True)  # the sender's words to the receiver; without secrets
    created_by = models.ForeignKey("diagnostics.User", on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    touched_at = models.DateTimeField()  # of anything that a member's page shows of it
    views = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(null=True)  # when the receiver said so last
    proven_at = models.DateTimeField(null=True)  # when a run showed that their part is done

    class Meta:
        indexes = [
            models.Index("run", F("created_at").desc(), name="hand_offs_of_run"),
            models.Index("team", F("created_at").desc(), F("id").desc(), name="hand_off_list"),
        ]

    def __str__(self) -> str:
        return f"hand-off of run {self.run_id} to {self.receiver}"

    @property
    def state(self) -> str:
        """How far it is: sent, opened, changed, proven."""
        if self.proven_at is not None:
            return "proven"
        if self.changed_at is not None:
            return "changed"
        return "opened" if self.opened_at is not None else "sent"


class HandOffChange(TeamRow):
    """The receiver pressed "I changed it". `run` tries it again; None until somebody runs it on its own machine."""

    hand_off = models.ForeignKey(HandOff, on_delete=models.CASCADE, related_name="changes", db_index=False)
    environment = models.ForeignKey(
        "diagnostics.Environment", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    by = models.CharField(max_length=80, blank=True)  # as they call themselves
    note = models.TextField(blank=True)
    run = models.ForeignKey("diagnostics.Run", on_delete=models.SET_NULL, null=True, related_name="hand_off_changes")
    answered_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, blank=True)  # a field of handoff_schema.Outcome, or "failed"
    says = models.CharField(max_length=600, blank=True)  # the outcome in the receiver's words

    class Meta:
        indexes = [
            models.Index("hand_off", F("at").desc(), name="hand_off_changes"),
            models.Index("environment", "answered_at", name="hand_off_waiting"),
        ]
        constraints = [
            models.UniqueConstraint("hand_off", condition=Q(answered_at=None), name="hand_off_one_change_at_a_time")
        ]

    def __str__(self) -> str:
        return f"change {self.at:%Y-%m-%d %H:%M}"
