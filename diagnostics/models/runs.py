"""A diagnostic run, and what each of its probes found."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from diagnostics.models.base import TeamRow


class Run(TeamRow):
    """One run of the engine for an environment. The row is the truth; a task's message is only a wake-up call.

    `report` is the canonical JSON of the frozen report, written once together with its sha256; what lists show of it is
    copied beside it at that moment.
    """

    class Kind(models.TextChoices):
        FULL = "full", "Full run"
        CHECK = "check", "Check of one step"

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting for the machine"
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        FINISHED = "finished", "Finished"
        FAILED = "failed", "Failed on our side"
        CANCELLED = "cancelled", "Stopped"
        EXPIRED = "expired", "Expired"

    OPEN = (Status.WAITING, Status.QUEUED, Status.RUNNING)

    # Lists' indexes begin with team and environment: an index of their own would only cost writes.
    team = models.ForeignKey("diagnostics.Team", on_delete=models.CASCADE, related_name="+", db_index=False)
    environment = models.ForeignKey(
        "diagnostics.Environment", on_delete=models.CASCADE, related_name="runs", db_index=False
    )
    case = models.ForeignKey("diagnostics.Case", on_delete=models.SET_NULL, null=True, related_name="runs")
    requested_by = models.ForeignKey("diagnostics.User", on_delete=models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.FULL)
    plan = models.JSONField(default=list)  # probe names of a check; empty for all
    focus = models.JSONField(default=dict)  # {"causes", "probes"}: what a pasted text suggested, and what would decide
    snapshot = models.JSONField(default=dict)  # the environment as registered when the run was asked for; no secrets

    status = models.CharField(max_length=10, choices=Status.choices)
    vantage_kind = models.CharField(max_length=10)  # "worker" or "probe"
    vantage_name = models.CharField(max_length=120, blank=True)
    queued_at = models.DateTimeField()  # when it was asked for; lists are ordered by it
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField(null=True)  # no later than this, whatever state it is in
    woken_at = models.DateTimeField(null=True)  # when a worker was last told of it
    lease_owner = models.CharField(max_length=40, blank=True)  # the claim that may write to this run
    lease_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    cancel_requested = models.BooleanField(default=False)
    probes_total = models.PositiveSmallIntegerField(default=0)
    probes_done = models.PositiveSmallIntegerField(default=0)

    upload_token_sha256 = models.CharField(max_length=64, null=True, unique=True)
    upload = models.TextField(blank=True)  # what a machine sent, until it is judged
    upload_sha256 = models.CharField(max_length=64, blank=True)  # tells a repeated upload from another one

    report = models.TextField(null=True)
    report_sha256 = models.CharField(max_length=64, blank=True)
    cause = models.CharField(max_length=40, blank=True)
    confidence = models.FloatField(null=True)
    side = models.CharField(max_length=12, blank=True)
    layer = models.CharField(max_length=12, blank=True)
    title = models.CharField(max_length=200, blank=True)
    path = models.JSONField(default=list)  # [layer, "ok" | "problem" | "unknown" | "skipped"] of each station
    error = models.CharField(max_length=300, blank=True)  # one sentence, for runs that did not finish

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["waiting", "queued", "running", "finished", "failed", "cancelled", "expired"]),
                name="run_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status="finished", report__isnull=False, finished_at__isnull=False)
                & ~Q(report_sha256="")
                & ~Q(cause="")
                | ~Q(status="finished") & Q(report__isnull=True, report_sha256="", cause=""),
                name="run_finished_means_frozen",
            ),
            models.CheckConstraint(
                condition=~Q(status="running") | ~Q(lease_owner="") & Q(lease_until__isnull=False),
                name="run_running_is_leased",
            ),
        ]
        indexes = [
            models.Index("team", "kind", F("queued_at").desc(), F("id").desc(), name="run_list"),
            models.Index("team", "kind", "cause", F("queued_at").desc(), F("id").desc(), name="run_list_by_cause"),
            models.Index("team", "kind", "status", F("queued_at").desc(), F("id").desc(), name="run_list_by_status"),
            models.Index("environment", "kind", F("queued_at").desc(), F("id").desc(), name="run_list_by_environment"),
            # The last healthy run before a failing one, however many failed in between.
            models.Index("environment", "cause", F("queued_at").desc(), F("id").desc(), name="run_last_of_cause"),
            # What no case holds, oldest first: kept for so many days (services/retention.py).
            models.Index("team", "case", "queued_at", name="run_kept"),
            models.Index("status", "woken_at", name="run_sweep"),  # SQLite uses no partial index with parameters
        ]

    def __str__(self) -> str:
        return f"run {self.id}"

    @property
    def is_open(self) -> bool:
        """Whether it can still change."""
        return self.status in self.OPEN


class Attempt(TeamRow):
    """One probe's try inside a run, stored as it ends; `try_number` counts the workers that took the run."""

    team = models.ForeignKey("diagnostics.Team", on_delete=models.CASCADE, related_name="+", db_index=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="attempts", db_index=False)  # see attempt_once
    try_number = models.PositiveSmallIntegerField()
    position = models.PositiveSmallIntegerField()  # order in which they ended
    probe = models.CharField(max_length=40)
    variant = models.CharField(max_length=60, blank=True)
    status = models.CharField(max_length=8)
    reason = models.CharField(max_length=120, blank=True)
    started = models.FloatField()  # seconds since the run began
    seconds = models.FloatField()
    facts = models.JSONField(default=dict)
    events = models.JSONField(default=list)  # [{"at", "what", "detail"}]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "try_number", "probe", "variant"], name="attempt_once")]

    def __str__(self) -> str:
        return f"{self.probe} {self.status}"
