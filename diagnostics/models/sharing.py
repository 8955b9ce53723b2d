"""Links that show one report to people without an account."""

from __future__ import annotations

from django.db import models
from django.db.models import F

from diagnostics.models.base import Ending


class ShareLink(Ending):
    """Opens one run's report until it expires or is revoked; without an end it is public. Its token derives from the id, so no
    secret is stored.
    """

    class Hides(models.TextChoices):
        HOSTS = "hosts", "Host names"
        ADDRESSES = "addresses", "Addresses"
        NAMES = "names", "Names of people, machines and environments"
        SETTINGS = "settings", "The environment's settings"

    run = models.ForeignKey("diagnostics.Run", on_delete=models.CASCADE, related_name="share_links")
    hides = models.JSONField(default=list)  # of Hides
    created_by = models.ForeignKey("diagnostics.User", on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)  # null: public, until it is revoked
    card_tells = models.BooleanField(default=False)  # whether link previews may name hosts, addresses and people, too
    views = models.PositiveIntegerField(default=0)
    last_viewed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index("run", F("created_at").desc(), name="share_links_of_run"),
            models.Index("team", F("created_at").desc(), F("id").desc(), name="share_links_of_team"),
        ]

    def __str__(self) -> str:
        return f"share link of run {self.run_id}"

    @property
    def is_public(self) -> bool:
        """Whether it has no end."""
        return self.expires_at is None
