"""Tokens with which a person's programs call the API."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from diagnostics.models.base import Ending


class AccessToken(Ending):
    """One person's key to one team, for programs. Only the sha256 of it is kept; `prefix` is its harmless beginning.

    It hangs on the membership: whoever leaves the team takes every token along, and what it may do is asked of the role each time.
    """

    class Scope(models.TextChoices):
        READ = "read", "Read runs, cases and environments"
        RUN = "run", "Start runs and read them"
        WATCH = "watch", "Answer for one environment: send its reports, repeat checks on its machine"

    @property
    def may(self) -> list[str]:
        """What it may do, in words."""
        return [str(self.Scope(scope).label) for scope in self.scopes]

    team = models.ForeignKey("diagnostics.Team", on_delete=models.CASCADE, related_name="+", db_index=False)
    membership = models.ForeignKey("diagnostics.Membership", on_delete=models.CASCADE, related_name="tokens")
    environment = models.ForeignKey(
        "diagnostics.Environment", on_delete=models.CASCADE, null=True, related_name="tokens"
    )  # all that it reaches; None: the whole team's
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    sha256 = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)  # of Scope
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)  # when a probe last asked with it whether anything is wanted
    machines = models.JSONField(default=dict)  # which ones send reports with it: see services/watching.py

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(scopes__icontains="watch") | Q(environment__isnull=False), name="token_watches_one"
            )
        ]
        indexes = [models.Index("team", F("created_at").desc(), name="tokens_of_team")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def has(self, scope: str) -> bool:
        """Whether it was made for this."""
        return scope in self.scopes

    @classmethod
    def working(cls, now: datetime) -> Q:
        """Those that open something at `now`: none of somebody who may no longer sign in."""
        return super().working(now) & Q(membership__user__is_active=True)

    def ended(self, now: datetime) -> str:
        """Why it opens nothing any more, in a word; empty while it does."""
        if self.revoked_at is not None:
            return "Revoked"
        return "" if self.works(now) else "Ended"
