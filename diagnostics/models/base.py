"""What every row has: an id nobody can guess and, but for people, the team it belongs to."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q


class Row(models.Model):
    """A row whose id may stand in a URL."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True


class TeamRow(Row):
    """A row of one team; selectors answer only inside the viewer's teams."""

    team = models.ForeignKey("diagnostics.Team", on_delete=models.CASCADE, related_name="+")

    class Meta:
        abstract = True


class Ending(TeamRow):
    """A link or token: it opens something until `expires_at` (None: without an end) or until it is revoked."""

    expires_at: Any  # each kind says whether it may be without an end
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    @classmethod
    def working(cls, now: datetime) -> Q:
        """Those that open something at `now`."""
        return Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now))

    def works(self, now: datetime) -> bool:
        """Whether this one is neither revoked nor over at `now`."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)
