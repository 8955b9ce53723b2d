"""A problem from its first failing run to its proven fix."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from diagnostics.models.base import TeamRow


class Case(TeamRow):
    """One cause in one environment. At most one is open for a pair of them; one opened by hand may name no environment.

    An open case that waits for somebody says whom in `waiting_on`: it is open all the same, and runs go on joining it.
    """

    class State(models.TextChoices):
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"

    number = models.PositiveIntegerField()  # counts within the team
    environment = models.ForeignKey(
        "diagnostics.Environment", on_delete=models.CASCADE, null=True, related_name="cases"
    )
    cause = models.CharField(max_length=40)  # as the team sees it now
    said = models.CharField(max_length=40, blank=True)  # as the verdict of the run that opened it; empty: by hand
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(
        "diagnostics.User", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )  # None: a run
    assignee = models.ForeignKey(
        "diagnostics.User", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    waiting_on = models.CharField(max_length=120, blank=True)
    changed_at = models.DateTimeField()  # lists are ordered by it
    green_since = models.DateTimeField(null=True)  # a healthy run came and no failing one after it
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("diagnostics.User", on_delete=models.SET_NULL, null=True, related_name="+")
    what_it_was = models.TextField(blank=True)
    what_fixed = models.TextField(blank=True)
    took = models.PositiveBigIntegerField(null=True)  # seconds from opening to closing
    # What was measured when it was opened, by which cases are alike (diagnostics/likeness.py); never rewritten.
    traits = models.JSONField(default=dict)  # fact -> value
    telling = models.CharField(max_length=160, blank=True)  # the one of them that tells most, as "fact=value"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "number"], name="case_number_once"),
            models.UniqueConstraint(fields=["environment", "cause"], condition=Q(state="open"), name="case_open_once"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True) | Q(state="closed", closed_at__isnull=False),
                name="case_closed_has_time",
            ),
        ]
        indexes = [
            models.Index("team", "state", F("changed_at").desc(), F("id").desc(), name="case_list"),
            models.Index("team", F("changed_at").desc(), F("id").desc(), name="case_list_all"),
            models.Index("team", "cause", F("changed_at").desc(), F("id").desc(), name="case_list_by_cause"),
            models.Index("environment", F("changed_at").desc(), F("id").desc(), name="case_list_by_environment"),
            models.Index(
                "environment", "state", F("changed_at").desc(), F("id").desc(), name="case_open_by_environment"
            ),
            models.Index("team", "assignee", F("changed_at").desc(), F("id").desc(), name="case_list_by_assignee"),
            models.Index("team", "opened_by", F("changed_at").desc(), F("id").desc(), name="case_list_by_opener"),
            models.Index("team", "telling", "state", F("closed_at").desc(), name="case_alike"),
            models.Index("team", "cause", "state", F("closed_at").desc(), name="case_alike_by_cause"),
            models.Index("team", "state", "closed_at", name="case_times"),
        ]

    def __str__(self) -> str:
        return f"case {self.number}"

    @property
    def mark(self) -> str:
        """As people write it, and as the search takes it: ``#12``."""
        return f"#{self.number}"


class CaseEvent(TeamRow):
    """One line of a case's timeline."""

    class Kind(models.TextChoices):
        RUN = "run", "Run"
        NOTE = "note", "Note"
        STATE = "state", "State"
        FIX = "fix", "Fix"
        WIZARD = "wizard", "Wizard"
        TEXT = "text", "Pasted text"
        CAUSE = "cause", "Cause"
        HANDED = "handed", "Hand-off"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="events", db_index=False)  # see case_timeline
    at = models.DateTimeField()
    kind = models.CharField(max_length=6, choices=Kind.choices)
    author = models.ForeignKey(
        "diagnostics.User", on_delete=models.SET_NULL, null=True, related_name="+"
    )  # None: the product itself
    text = models.TextField(blank=True)  # of a note: Markdown
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)  # a note that its author took back: its words are gone, the line stays
    run = models.ForeignKey("diagnostics.Run", on_delete=models.CASCADE, null=True, related_name="+")
    pasted = models.ForeignKey("diagnostics.PastedText", on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [models.Index("case", "at", "id", name="case_timeline")]
        constraints = [models.UniqueConstraint(fields=["case", "run"], condition=Q(kind="run"), name="case_run_once")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.text[:40]}"
