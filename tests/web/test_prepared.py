"""Queries that are composed once find what Django's would find, whatever they are filled with."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import DateTimeField, UUIDField
from django.utils import timezone

from diagnostics import selectors
from diagnostics.models import Environment, Membership, Run, Team, User
from diagnostics.selectors import run as of_runs
from diagnostics.selectors.prepared import Prepared, _literal
from diagnostics.services import sharing
from tests import factories


def test_the_sight_is_what_the_composed_query_finds(owner: User, reader: User, environment: Environment) -> None:
    healthy = factories.make_report()
    healthy["verdict"]["cause"] = "healthy"
    worked = factories.make_finished_run(environment, healthy, cause="healthy")
    failed = [factories.make_finished_run(environment, requested_by=owner) for _ in range(2)]
    link = sharing.create(owner, failed[1], 7)
    for viewer in (owner, reader):
        for run in (worked, *failed):
            found = of_runs._sight(viewer.pk, run.pk, timezone.now()).get()
            assert selectors.sight_or_404(viewer, run.pk) == found
    sight = selectors.sight_or_404(owner, failed[1].pk)
    assert (sight.worked_id, sight.began_id, sight.share_id) == (worked.pk, failed[0].pk, link.pk)
    assert (sight.role, sight.email) == ("owner", owner.email)


def test_a_person_s_places_are_whole(owner: User, team: Team) -> None:
    (place,) = selectors.memberships(owner)
    stored = Membership.objects.select_related("team").get(user=owner)
    for field in Membership._meta.concrete_fields:
        assert getattr(place, field.attname) == getattr(stored, field.attname), field.attname
    for field in Team._meta.concrete_fields:
        assert getattr(place.team, field.attname) == getattr(stored.team, field.attname), field.attname
    place.team.name = "Renamed"
    place.team.save()
    assert Team.objects.get(pk=team.pk).name == "Renamed"


def test_each_value_goes_where_it_belongs(environment: Environment) -> None:
    now = timezone.now()
    asked = Prepared(
        lambda first, since, second: Run.objects.filter(
            environment__in=[first, second], queued_at__gte=since, status=Run.Status.FINISHED
        ).values_list("pk", "queued_at"),
        first=UUIDField(),
        since=DateTimeField(),
        second=UUIDField(),
    )
    other = factories.make_environment(environment.team, name="Other")
    old, new = factories.make_finished_run(environment), factories.make_finished_run(other)
    Run.objects.filter(pk=old.pk).update(queued_at=now - timedelta(days=3))
    given = {"first": environment.pk, "second": other.pk}
    assert asked.rows(since=now - timedelta(days=1), **given) == [(new.pk, new.queued_at)]
    assert len(asked.rows(since=now - timedelta(days=9), **given)) == 2
    assert asked.rows(since=now - timedelta(days=9), first=new.pk, second=new.pk) == []


def test_a_value_that_nothing_asks_for_is_a_mistake(db: None) -> None:
    forgotten = Prepared(lambda run: Run.objects.values_list("pk"), run=UUIDField())
    with pytest.raises(TypeError, match="asks nothing of run"):
        forgotten.rows(run=None)


@pytest.mark.parametrize(
    ("constant", "written"),
    [("full", "'full'"), ("it's 5 %", "'it''s 5 %%'"), (7, "7"), (True, "TRUE"), (None, "%s")],
)
def test_constants_are_written_as_sql_has_them(constant: str | int | None, written: str) -> None:
    assert _literal(constant) == written
