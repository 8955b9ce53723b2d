"""What every row has: an id nobody can guess and, but for people, the team it belongs to."""

from __future__ import annotations

import uuid

from django.db import models


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
