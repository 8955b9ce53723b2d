"""What somebody pasted and chose to keep."""

from __future__ import annotations

from django.db import models
from django.db.models import F

from diagnostics.models.base import TeamRow


class PastedText(TeamRow):
    """A masked text and what the decoder said of it on that day. Nothing pasted is stored but by somebody's wish."""

    team = models.ForeignKey("diagnostics.Team", on_delete=models.CASCADE, related_name="+", db_index=False)
    author = models.ForeignKey("diagnostics.User", on_delete=models.SET_NULL, null=True, related_name="+")
    environment = models.ForeignKey("diagnostics.Environment", on_delete=models.SET_NULL, null=True, related_name="+")
    text = models.TextField()  # masked by the server, whatever the browser has done
    answer = models.JSONField()  # as services.decoding.as_json wrote it, with the versions that made it
    cause = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    confidence = models.FloatField()
    created_at = models.DateTimeField()  # lists are ordered by it

    class Meta:
        indexes = [models.Index("team", F("created_at").desc(), F("id").desc(), name="text_list")]

    def __str__(self) -> str:
        return f"text {self.id}"
