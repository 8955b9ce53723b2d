"""What people say of a verdict: right, or something else."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from diagnostics.models.base import TeamRow


class Judgement(TeamRow):
    """A person's word on the verdict of one run. It changes no report; it is counted beside the laboratory's figures.

    `believed` is what it really was, `unknown` where nobody knows; equal to `said` it confirms the verdict. One stands for
    a run at a time; one that was taken back stays readable and is not counted.
    """

    run = models.ForeignKey("diagnostics.Run", on_delete=models.SET_NULL, null=True, related_name="judgements")
    case = models.ForeignKey("diagnostics.Case", on_delete=models.SET_NULL, null=True, related_name="judgements")
    said = models.CharField(max_length=40)
    confidence = models.FloatField()  # of the verdict, 0..1
    knowledge = models.CharField(max_length=80)  # version that made the verdict
    believed = models.CharField(max_length=40)
    why = models.TextField(blank=True)
    by = models.ForeignKey("diagnostics.User", on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run"], condition=Q(taken_back_at=None), name="judgement_one_stands"),
        ]
        indexes = [models.Index("said", "taken_back_at", "believed", name="judgement_figures")]

    def __str__(self) -> str:
        return f"{self.said}: {self.believed}"

    @property
    def confirms(self) -> bool:
        """Whether the verdict was right."""
        return self.said == self.believed
