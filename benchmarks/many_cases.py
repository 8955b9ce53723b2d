"""Very many cases at once, with their timelines and words, and what their list and search cost then.

``seed(team, 100_000)`` takes about a minute on SQLite. ``python -m benchmarks.many_cases`` measures on a scratch database;
with DATABASE_URL it takes that one, which has to be empty.
"""

from __future__ import annotations

import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from benchmarks.measuring import Figure, show

if TYPE_CHECKING:
    from diagnostics.models import Case, CaseEvent, CaseWords, Environment, Team, User

CASES = 100_000
_BATCH = 2_000
_FAULTS = (
    ("proxy_auth_required", "The proxy wants a password", "proxy.connect.status=407"),
    ("tls_intercepted", "A proxy re-signs TLS and Node does not trust its CA", "tls.chain.issuer=Corp Root CA"),
    ("key_rejected", "The API does not know this key", "answer.status=401"),
    ("rate_limited", "Too many requests for this organisation", "answer.status=429"),
    ("dns_failure", "The name of the API has no address here", "failure=dns_nxdomain"),
    ("firewall_blocked", "A firewall drops connections to the API", "failure=connect_timeout"),
    ("region_unsupported", "The API does not serve this country", "edge.trace.country=HK"),
    ("unknown", "The evidence does not decide", "failure=connect_reset"),
)
_WORDS = ("asked", "network", "team", "certificate", "bundle", "restarted", "runner", "again", "frankfurt", "allow-list", "node")  # fmt: skip


def seed(
    team: Team, count: int, environments: Sequence[Environment] = (), people: Sequence[User] = (), chance: int = 1
) -> None:
    """Add `count` cases to the team, four of a hundred open, each with two to four events; the same for the same `chance`."""
    from django.db import transaction

    from diagnostics.models import Case, CaseEvent, CaseWords, Team
    from tests import factories

    places = environments or [factories.make_environment(team, name=f"Runner {number:03}") for number in range(200)]
    dice, first = random.Random(chance), team.cases_opened + 1
    with transaction.atomic():
        for start in range(first, first + count, _BATCH):
            numbers = range(start, min(start + _BATCH, first + count))
            made = [_case(team, number, places, people, dice) for number in numbers]
            Case.objects.bulk_create(made)
            CaseEvent.objects.bulk_create([event for case in made for event in _events(case, people, dice)])
            CaseWords.objects.bulk_create([findable(case) for case in made])
        Team.objects.filter(pk=team.pk).update(cases_opened=first + count - 1)


def _case(team: Team, number: int, places: Sequence[Environment], people: Sequence[User], dice: random.Random) -> Case:
    """Older ones are closed; an open one has an environment and cause of its own, as the constraint wants."""
    from django.utils import timezone

    from diagnostics.models import Case

    cause, title, telling = _FAULTS[number % len(_FAULTS)]
    opened = timezone.now() - timedelta(minutes=5 * (CASES - number % CASES))
    took = int(dice.lognormvariate(8, 1.5))
    is_open, name, _, value = number % 25 == 0, *telling.partition("=")
    return Case(
        team=team,
        number=number,
        environment=None if is_open else places[dice.randrange(len(places))],
        cause=cause,
        said=cause,
        title=title,
        state=Case.State.OPEN if is_open else Case.State.CLOSED,
        opened_at=opened,
        changed_at=opened + timedelta(seconds=took),
        closed_at=None if is_open else opened + timedelta(seconds=took),
        took=None if is_open else took,
        assignee=dice.choice(people) if people and number % 3 == 0 else None,
        what_fixed="" if is_open else f"{' '.join(dice.sample(_WORDS, 4))} {number}",
        traits={name: value, "config.client.name": "claude-code"},
        telling=telling,
    )


def _events(case: Case, people: Sequence[User], dice: random.Random) -> Iterator[CaseEvent]:
    from diagnostics.models import CaseEvent

    def event(kind: str, text: str, at: datetime, author: User | None = None) -> CaseEvent:
        return CaseEvent(team_id=case.team_id, case=case, at=at, kind=kind, text=text, author=author)

    author = dice.choice(people) if people else None
    yield event("run", case.title, case.opened_at)
    for place in range(dice.randrange(3)):
        yield event("note", " ".join(dice.sample(_WORDS, 6)), case.opened_at + timedelta(seconds=place + 1), author)
    if case.closed_at:
        yield event("fix", case.what_fixed, case.closed_at, author)


def findable(case: Case) -> CaseWords:
    """What a case made in bulk is found by."""
    from diagnostics.models import CaseWords
    from diagnostics.services import case_words

    place = case_words.place_of(case.environment)
    return CaseWords(team_id=case.team_id, case=case, words=case_words.compose(case), place=place)


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="troubleshooter-benchmark-") as scratch:
        os.environ |= {"DATA_DIR": scratch, "BROKER_URL": "memory://", "LOG_LEVEL": "ERROR"}
        os.environ["DJANGO_SETTINGS_MODULE"] = "troubleshooter.settings"
        import django

        django.setup()
        from django.conf import settings

        settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        from django.test.runner import DiscoverRunner
        from django.test.utils import setup_test_environment

        setup_test_environment()

        runner = DiscoverRunner(verbosity=0, interactive=False)
        databases = runner.setup_databases()
        try:
            _measure()
        finally:
            runner.teardown_databases(databases)


def _measure() -> None:
    from django.db import connection
    from django.test import Client

    from diagnostics.models import Role
    from tests import factories

    team = factories.make_team("Benchmark")
    owner = factories.make_member(team, Role.OWNER)
    began = time.monotonic()
    seed(team, CASES, people=[owner, *(factories.make_member(team) for _ in range(4))])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    show(f"{CASES} cases on {connection.vendor}", [Figure("seeding", time.monotonic() - began, "s")])
    client = Client()
    client.force_login(owner)
    figures = [_page(client, name, address) for name, address in _addresses(client).items()]
    show("Wall time of a page, median of 7", figures)


def _addresses(client: Any) -> dict[str, str]:
    from diagnostics.models import Case, Environment

    page = client.get("/cases/").context["page"]
    deep = Case.objects.order_by("changed_at").values_list("changed_at", "pk")[CASES // 2 :][:1][0]
    place = Environment.objects.first()
    assert place is not None
    return {
        "the list": "/cases/",
        "its second page": f"/cases/?before={page.next}".replace("+", "%2B"),
        "half way down": f"/cases/?before={deep[0].isoformat()}~{deep[1]}".replace("+", "%2B"),
        "open": "/cases/?state=open",
        "waiting, of which there is none": "/cases/?state=waiting",
        "a cause": "/cases/?cause=dns_failure",
        "a cause and an environment": f"/cases/?cause=dns_failure&environment={place.pk}",
        "assigned to me": "/cases/?assignee=me",
        "opened by somebody, of whom there is none": "/cases/?opened_by=me",
        "older than 90 days": "/cases/?age=older90",
        "a word that every eighth has": "/cases/?q=certificate",
        "a word that one has": f"/cases/?q={CASES - 7}",
        "a beginning that all have": "/cases/?q=t",
        "a phrase": "/cases/?q=%22proxy+wants%22",
        "a common word among the open of a cause": "/cases/?q=network&state=open&cause=rate_limited",
        "a word that none has": "/cases/?q=qwertzu",
        "a case": f"/cases/{Case.objects.filter(number=CASES - 8).values_list('pk', flat=True)[0]}/",
        "times, all": "/cases/times/?days=all",
        "times, 30 days": "/cases/times/?days=30",
    }


def _page(client: Any, name: str, address: str) -> Figure:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address)
        told = list(asked)  # now: the next request clears the list
    seconds = statistics.median(_timed(lambda: client.get(address)) for _ in range(7))
    slowest = max((float(one["time"]) for one in told), default=0.0)
    return Figure(
        name, seconds * 1000, "ms", note=f"{len(told)} queries, {answer.status_code}, slowest {slowest * 1000:.0f} ms"
    )


def _timed(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
