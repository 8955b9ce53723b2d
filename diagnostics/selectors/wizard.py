"""What happened in a wizard's walk, and the newest that is known of its environment."""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.db.models import Count, Exists, F, Max, OuterRef, Q, Subquery

from diagnostics.models import Run, User, WizardCheck, WizardWalk
from diagnostics.selectors.looking import seen, standing
from diagnostics.selectors.token import heard_on


def walk_checks(walk: WizardWalk) -> list[WizardCheck]:
    """Everything that happened, the latest first, each with its run and who did it."""
    found = WizardCheck.objects.filter(walk=walk).select_related("run", "by")
    return list(found.defer("run__report", "run__upload", "run__snapshot").order_by("-at", "-id"))


def newest_full_run(walk: WizardWalk) -> Run | None:
    """The latest full run of the walk's environment that has a report, where it came after the red one."""
    found = Run.objects.filter(
        environment=walk.run.environment_id,
        kind=Run.Kind.FULL,
        status=Run.Status.FINISHED,
        queued_at__gt=walk.run.queued_at,
    )
    return (
        found.only("environment", "queued_at", "finished_at", "report", "cause").order_by("-queued_at", "-id").first()
    )


def walk_pulse(viewer: User, run_id: UUID) -> str:
    """One small query for a poll that mostly has nothing to tell: a word that changes with what the walk's pages show.

    A page's own looks count only when they have found something. Empty where there is no walk, or none for this viewer.
    """
    told = Q(checks__automatic=False) | Q(checks__passed=True)
    newest = Run.objects.filter(
        environment=OuterRef("run__environment"), kind=Run.Kind.FULL, status=Run.Status.FINISHED
    ).order_by("-queued_at", "-id")
    walks = standing(seen(WizardWalk.objects.filter(playbook=F("run__cause")), viewer).filter(run=run_id), "run__")
    counted = walks.annotate(
        rows=Count("checks", filter=told),
        last=Max("checks__at", filter=told),
        ended=Max("checks__run__finished_at", filter=told),
        taken=Count("checks", filter=told & Q(checks__run__status=Run.Status.RUNNING)),
        newest=Subquery(newest.values("finished_at")[:1]),
        heard=Exists(heard_on(OuterRef("run__environment"))),
    )
    columns = ("rows", "last", "ended", "taken", "proof__status", "proof__probes_done", "newest", "heard")
    for row in counted.values_list(*columns)[:1]:
        return hashlib.sha256(repr(row).encode()).hexdigest()[:16]
    return ""
