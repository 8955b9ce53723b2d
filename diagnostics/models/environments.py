"""A place from which somebody calls the API, as the team registered it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from diagnostics.models.base import TeamRow
from diagnostics.models.encryption import EncryptedField


class Environment(TeamRow):
    """A laptop, CI job, container or service: its client, where that sends, through what, trusting whom, which key.

    No key is a normal choice: it can stay on the machine.
    """

    class Kind(models.TextChoices):
        LAPTOP = "laptop", "Laptop"
        CI = "ci", "CI job"
        CONTAINER = "container", "Container"
        STAGING = "staging", "Staging"
        PRODUCTION = "production", "Production"
        OTHER = "other", "Other"

    class Mode(models.TextChoices):
        AUTO = "auto", "As the client finds it"
        INTERACTIVE = "interactive", "Interactive"
        PRINT = "print", "Print (scripts and CI)"

    class RunsFrom(models.TextChoices):
        WORKER = "worker", "The dashboard's network"
        MACHINE = "machine", "The machine itself"

    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.LAPTOP)
    client = models.CharField(max_length=60, default="claude-code")
    client_version = models.CharField(max_length=40, blank=True)
    mode = models.CharField(max_length=12, choices=Mode.choices, default=Mode.AUTO)
    base_url = models.CharField(
        max_length=500, blank=True
    )  # empty: the client's own; kept as written, its faults are what a run finds
    model = models.CharField(max_length=120, blank=True)
    proxy_url = EncryptedField()  # a proxy URL may hold a password
    proxy_shown = models.CharField(max_length=300, blank=True)  # the same without user name and password
    no_proxy = models.CharField(max_length=1000, blank=True)
    ca_pem = models.TextField(blank=True)
    credential = EncryptedField()
    credential_variable = models.CharField(max_length=60, blank=True)
    credential_shape = models.CharField(max_length=80, blank=True)
    credential_fingerprint = models.CharField(max_length=16, blank=True)
    runs_from = models.CharField(max_length=10, choices=RunsFrom.choices, default=RunsFrom.WORKER)
    # For whom a wizard writes its lines, as chosen there last; empty where nobody chose.
    lines_system = models.CharField(max_length=10, blank=True)
    lines_shell = models.CharField(max_length=12, blank=True)
    lines_client = models.CharField(max_length=60, blank=True)
    lines_lasting = models.BooleanField(null=True, blank=True)
    practice = models.SlugField(max_length=40, null=True, blank=True)
    notes = models.TextField(blank=True)
    created_by = models.ForeignKey("diagnostics.User", on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)
    doomed_at = models.DateTimeField(null=True, editable=False)  # to be deleted with all it holds: a worker is at it

    class Meta:
        indexes = [models.Index(fields=["doomed_at"], name="environment_doomed")]
        constraints = [
            models.UniqueConstraint("team", Lower("name"), condition=Q(archived_at=None), name="environment_name_once"),
            models.UniqueConstraint(
                fields=["team", "practice"], condition=Q(archived_at=None), name="environment_practice_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name
