"""Very many runs and cases of one team, written in bulk."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.urls import reverse
from django.utils import timezone

from benchmarks.many_cases import findable
from benchmarks.team import Furnished
from diagnostics.engine.library import load
from diagnostics.models import Case, CaseEvent, CaseWords, Environment, Run, Team

BATCH = 1_000
WORDS = (
    "proxy",
    "certificate",
    "laptop",
    "gateway",
    "timeout",
    "office",
    "key",
    "container",
    "region",
    "queue",
    "nightly",
    "VPN",
)


class Crowd:
    """A team's rows: `grow` fills up to a number of runs and as many closed cases, spread over a year."""

    def __init__(self, place: Furnished) -> None:
        self._place = place
        self._source = Run.objects.exclude(report=None).select_related("environment").order_by("queued_at")[0]
        self._team: Team = self._source.team
        self._environments = list(Environment.objects.filter(team=self._team, practice=None).order_by("name"))
        self._causes = sorted(code for code in load().playbooks)
        self._made = 0
        self._now = timezone.now()

    def grow(self, rows: int) -> None:
        """Up to so many rows."""
        numbers = iter(range(self._made, rows))
        while batch := list(islice(numbers, BATCH)):
            made = [self._case(number) for number in batch]
            Case.objects.bulk_create(made)
            CaseWords.objects.bulk_create([findable(case) for case in made])
            runs = [self._run(number, case) for number, case in zip(batch, made, strict=True)]
            Run.objects.bulk_create(runs)
            CaseEvent.objects.bulk_create(
                self._event(number, case, run) for number, case, run in zip(batch, made, runs, strict=True)
            )
        self._made = rows
        _analyze()

    def pages(self) -> dict[str, str]:
        """Addresses of what people open, by name."""
        case = Case.objects.filter(team=self._team).order_by("-number")[0]
        return {
            "dashboard": "/",
            "environments": "/environments/",
            "environment": self._place.environment,
            "run": self._place.run,
            "runs": "/runs/",
            "runs of one cause": f"/runs/?cause={self._causes[3]}",
            "cases": "/cases/",
            "closed cases of one cause": f"/cases/?state=closed&cause={self._causes[3]}",
            "a search of cases": "/cases/?q=proxy+certif",
            "how long cases take": "/cases/times/",
            "case": reverse("case", args=[case.pk]),
        }

    def _at(self, number: int) -> datetime:
        return self._now - timedelta(minutes=5 * (number + 1))

    def _environment(self, number: int) -> Environment:
        return self._environments[number % len(self._environments)]

    def _case(self, number: int) -> Case:
        at, cause = self._at(number), self._causes[number % len(self._causes)]
        words = " ".join(WORDS[(number * step) % len(WORDS)] for step in (1, 5, 7))
        return Case(
            id=uuid.UUID(int=(1 << 120) + number), team=self._team, number=1_000 + number, environment=self._environment(number),
            cause=cause, title=f"{cause.replace('_', ' ')}: {words} {number}", state=Case.State.CLOSED, opened_at=at, changed_at=at,
            closed_at=at + timedelta(hours=number % 72), took=3_600 * (number % 72), what_fixed=f"Told the {words} about {number}.",
        )  # fmt: skip

    def _run(self, number: int, case: Case) -> Run:
        values: dict[str, Any] = {
            field.attname: getattr(self._source, field.attname)
            for field in Run._meta.concrete_fields
            if field.name not in ("id", "upload_token_sha256")
        }
        at = self._at(number)
        moved = {
            "environment_id": case.environment_id,
            "case_id": case.pk,
            "queued_at": at,
            "started_at": at,
            "finished_at": at,
        }
        return Run(
            **values | moved | {"id": uuid.UUID(int=(2 << 120) + number), "cause": case.cause, "title": case.title}
        )

    def _event(self, number: int, case: Case, run: Run) -> CaseEvent:
        return CaseEvent(
            id=uuid.UUID(int=(3 << 120) + number),
            team=self._team,
            case=case,
            at=case.opened_at,
            kind=CaseEvent.Kind.RUN,
            text=case.title,
            run=run,
        )


def _analyze() -> None:
    """What PostgreSQL does by itself after so many writes; SQLite never does."""
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
