"""A wizard's pages as tests read them: addresses, texts, news, and what a worker would write."""

from __future__ import annotations

import html
import json
import re
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from diagnostics.models import Environment, Run, User, WizardCheck
from diagnostics.services import cases, environments, wizards
from tests import factories

HTMX = {"HX-Request": "true"}


def begun(environment: Environment, owner: User) -> Run:
    """A red run of a proxy that wants a password, and its walk."""
    environments.edit(owner, environment, runs_from="worker", proxy_url="http://proxy.corp.example:3128")
    made = factories.make_finished_run(environment)
    cases.record(made)
    wizards.begin(owner, made)
    return made


def step_at(run: Run, name: str = "credentials", what: str = "wizard_step") -> str:
    return reverse(what, args=[run.pk, name])


def text_at(client: Client, address: str, **query: str) -> str:
    return html.unescape(client.get(address, query).content.decode().replace("<wbr>", ""))


def rail_of(page: str) -> str:
    """The task list as it is read."""
    return plain(page.partition('aria-label="Steps"')[2].partition("</nav>")[0])


def plain(page: str) -> str:
    """Without tags, with one blank between words."""
    words = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    return re.sub(r"\s+([,.):])", r"\1", words).replace("( ", "(")


def news_on(client: Client, page: str, run: Run) -> str:
    found = re.search(r"hx-vals='([^']+)' hx-trigger", page)
    assert found
    answer = client.get(reverse("wizard_follow", args=[run.pk]), json.loads(found.group(1)), headers=HTMX)
    return html.unescape(answer.content.decode()) if answer.status_code == 200 else str(answer.status_code)


def end_check(
    check: WizardCheck,
    passed: bool,
    says: str = "",
    after: dict[str, Any] | None = None,
    told: dict[str, bool] | None = None,
) -> None:
    """What a worker would write at the end of a check."""
    assert check.run is not None
    Run.objects.filter(pk=check.run.pk).update(status="cancelled", finished_at=timezone.now())
    check.passed, check.says, check.after = passed, says, after or {}
    check.told = told or {check.step: passed}
    check.save()


def measured(run: Run, **facts: Any) -> Run:
    """A later full run of the same environment with these facts."""
    body = factories.make_report()
    body["attempts"][1]["facts"] = facts
    return factories.make_finished_run(run.environment, body)


def member_of(run: Run) -> User:
    return User.objects.filter(memberships__team=run.team_id)[0]
