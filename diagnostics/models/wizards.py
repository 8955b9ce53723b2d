"""A person's walk through a playbook, and the proof of each step."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from diagnostics.models.base import TeamRow


class WizardWalk(TeamRow):
    """A playbook walked for the verdict of one red run; it ends with a green one."""

    run = models.ForeignKey("diagnostics.Run", on_delete=models.CASCADE, related_name="walks")
    playbook = models.CharField(max_length=40)  # a cause code
    started_by = models.ForeignKey("diagnostics.User", on_delete=models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    proof = models.ForeignKey(
        "diagnostics.Run", on_delete=models.SET_NULL, null=True, related_name="+"
    )  # the full run that should be green
    green_run = models.ForeignKey("diagnostics.Run", on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "playbook"], name="walk_once")]

    def __str__(self) -> str:
        return f"walk of {self.playbook}"


class WizardCheck(TeamRow):
    """One thing that happened to a step: a check by probes with what was measured before and after, or a person's word.

    Rows are only ever added, and the latest counts: so nothing is lost of what two people do at once, and everything
    can be taken back. For an answered question `step` is the question's name and `says` the choice.
    """

    class Mark(models.TextChoices):
        CHECK = "check", "Checked"
        DONE = "done", "Done"
        SKIPPED = "skipped", "Not needed"
        COULD_NOT = "could_not", "Could not be completed"
        REOPENED = "reopened", "Taken back"
        ANSWERED = "answered", "Answered"

    walk = models.ForeignKey(WizardWalk, on_delete=models.CASCADE, related_name="checks")
    step = models.CharField(max_length=60)
    mark = models.CharField(max_length=10, choices=Mark.choices)
    run = models.OneToOneField("diagnostics.Run", on_delete=models.CASCADE, null=True, related_name="wizard_check")
    before = models.JSONField(default=dict)  # facts of the step's probes
    after = models.JSONField(default=dict)
    passed = models.BooleanField(null=True)  # None: not decided yet, or nothing to measure
    says = models.CharField(max_length=2000, blank=True)  # the outcome in one sentence; the reason of a person's word
    told = models.JSONField(
        default=dict
    )  # step -> whether this run's facts prove it (playbooks.Proven); steps they say nothing of are left out
    answers = models.JSONField(default=dict)  # question -> choice, as the page had them that asked for this check
    automatic = models.BooleanField(default=False)  # a look of the page itself; one that finds nothing new is not kept
    by = models.ForeignKey("diagnostics.User", on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(mark="check") | Q(run__isnull=False), name="wizard_check_has_run")
        ]
        indexes = [models.Index("walk", "step", F("at").desc(), name="wizard_checks")]

    def __str__(self) -> str:
        return f"{self.step}: {self.mark}"
