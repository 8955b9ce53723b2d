"""Invitations into a team."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F
from django.utils import timezone

from diagnostics.models.base import Ending
from diagnostics.models.teams import Role


class Invitation(Ending):
    """Lets one person in, once, until it expires or is revoked. Its tokens derive from the id, so no secret is stored."""

    email = models.EmailField(max_length=254, blank=True)  # empty: whoever holds the link
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    days = models.PositiveSmallIntegerField(default=7)  # how long it lives from when it was made or renewed
    created_by = models.ForeignKey("diagnostics.User", on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    used_by = models.ForeignKey("diagnostics.User", on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [models.Index("team", F("created_at").desc(), name="invitations_of_team")]
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="invitation_role_known"),
            models.UniqueConstraint(
                fields=["team", "email"],
                condition=models.Q(revoked_at=None, used_at=None) & ~models.Q(email=""),
                name="invitation_once_open",
            ),
        ]

    def __str__(self) -> str:
        return f"invitation of {self.email or 'whoever holds the link'}"

    @classmethod
    def working(cls, now: datetime) -> models.Q:
        """Those that let somebody in at `now`."""
        return super().working(now) & models.Q(used_at=None)

    @property
    def expired(self) -> bool:
        """Whether it opens nothing any more unless it is renewed."""
        return self.expires_at <= timezone.now()
