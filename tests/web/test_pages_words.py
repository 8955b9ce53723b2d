"""What a newcomer stumbled over, page by page: words that fit, lists that name things, nothing said twice."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from diagnostics.engine.probes import PROBES
from diagnostics.models import AuditEvent, Case, CaseEvent, Environment, Role, Run, Team, User
from diagnostics.services import cases, invitations, practice, tokens
from diagnostics.services.audit import ACTIONS
from diagnostics.views import notes
from diagnostics.views.data import _counted
from diagnostics.views.reading.report import Reading, read
from tests import factories


def test_a_used_invitation_says_to_who_used_it_that_they_are_in(client: Client, owner: User, team: Team) -> None:
    made = invitations.invite(owner, team, "", Role.MEMBER)
    link = invitations.link_path(made)
    used, other = factories.make_user("nina@example.com"), factories.make_user("otto@example.com")
    invitations.accept(used, made)
    client.force_login(used)
    assert f"You are in {team.name} already." in client.get(link, follow=True).content.decode()
    client.force_login(other)
    assert client.get(link).status_code == 410
    client.logout()
    assert client.get(link).status_code == 410


def test_a_wrong_password_or_code_speaks_of_no_saving(client: Client, owner: User) -> None:
    page = client.post("/sign-in/", {"login": "", "password": ""}).content.decode()
    assert "You are not signed in yet. Please look at the 2 marked fields." in page
    assert "Nothing was saved" not in page


def test_a_practice_card_tells_how_it_stands_now(ada: Client, owner: User, team: Team) -> None:
    practice.register_environments(team, owner)
    one = Environment.objects.filter(team=team, practice="corporate_proxy").get()
    address = reverse("practice")
    assert "Break it again" not in ada.get(address).content.decode(), "all of them are broken"
    Environment.objects.filter(pk=one.pk).update(no_proxy="*")
    factories.make_finished_run(one, factories.make_report("healthy"))
    page = ada.get(address).content.decode()
    assert page.count("Break it again") == 1
    assert "Changed since" not in page
    ada.post(reverse("practice_reset", args=[one.pk]))
    Environment.objects.filter(pk=one.pk).update(updated_at=timezone.now() + timedelta(hours=1))
    page = ada.get(address).content.decode()
    assert "Break it again" not in page
    assert "Changed since" in page


def test_an_environment_s_page_looks_again_while_a_run_waits(ada: Client, environment: Environment) -> None:
    address = reverse("environment", args=[environment.pk])
    assert 'hx-select="#lately"' not in ada.get(address).content.decode()
    run = factories.make_run(environment, status=Run.Status.WAITING)
    assert 'hx-select="#lately"' in ada.get(address).content.decode()
    gone = ada.get(reverse("environment", args=[run.pk]), headers={"HX-Request": "true"})
    assert (gone.status_code, gone["HX-Refresh"]) == (404, "true"), "a page whose environment is gone says so"
    Run.objects.filter(pk=run.pk).update(status=Run.Status.CANCELLED)
    assert 'hx-select="#lately"' not in ada.get(address).content.decode()


def test_lists_are_filtered_by_the_causes_names(ada: Client, environment: Environment) -> None:
    for name in ("cases", "runs"):
        page = ada.get(reverse(name), {"state": "open"}).content.decode()
        cases.record(factories.make_finished_run(environment)) if name == "cases" else None
        page = ada.get(reverse(name)).content.decode()
        assert '<option value="proxy_auth_required">The proxy wants a user name and password</option>' in page


def test_the_trail_s_filter_lists_whole_words(ada: Client, team: Team, owner: User) -> None:
    AuditEvent.objects.create(team=team, at=timezone.now(), action="keep_changed", about="to 90 days")
    page = ada.get(reverse("audit")).content.decode()
    options = re.findall(r"<option[^>]*>([^<]*)</option>", page)
    assert not [one for one in options if one.endswith((",", ":"))]
    assert len(ACTIONS) < len(options)


def test_who_made_a_listening_token_revokes_it_there(member: Client, colleague: User, owner: User, team: Team) -> None:
    machine = factories.make_environment(team, runs_from="machine")
    mine = tokens.make(colleague, team, "mine", ["watch"], 7, machine).token
    other = tokens.make(owner, team, "other", ["watch"], 7, machine).token
    page = member.get(reverse("environment_listen", args=[machine.pk])).content.decode()
    assert reverse("token_revoke", args=[mine.pk]) in page
    assert reverse("token_revoke", args=[other.pk]) not in page
    assert "Answer for one environment" in page


def test_what_came_with_an_import_is_counted_in_words() -> None:
    assert [_counted("case", 1), _counted("case", 2)] == ["1 case", "2 cases"]
    assert [_counted("judgement", 1), _counted("judgement", 2)] == [
        "1 judgement of a verdict",
        "2 judgements of verdicts",
    ]
    assert _counted("wizard_check", 23) == "23 wizard checks"


def test_a_fact_stands_once_in_the_evidence(environment: Environment) -> None:
    report = factories.make_report()
    first = report["findings"][0]
    report["findings"].append({**first, "code": "proxy.other", "says": "Another statement.", "level": "warning"})
    reading = read(report, PROBES)
    assert isinstance(reading, Reading)
    one, two = reading.evidence
    assert [fact.name for fact in one.facts] == first["facts"]
    assert (two.facts, [fact.name for fact in two.again]) == ((), first["facts"])


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see https://docs.example/a_b?c=d.", ["https://docs.example/a_b?c=d"]),
        ("(https://docs.example/a_(b))", ["https://docs.example/a_(b)"]),
        ("https://a.example and HTTP://b.example/!", ["https://a.example", "HTTP://b.example/"]),
        ("`https://a.example`", []),
        ("[words](https://a.example)", ["https://a.example"]),
        ("<https://a.example>", ["https://a.example"]),
        ("https:// nothing, javascript:alert(1)", []),
        ('https://a.example/"onmouseover="x', ["https://a.example/"]),
    ],
)
def test_a_pasted_address_is_a_link(text: str, links: list[str]) -> None:
    html = notes.render(text)
    assert re.findall(r'<a href="([^"]*)"', html) == links
    assert html.count('rel="nofollow noopener noreferrer"') == len(links)
    assert "onmouseover=" not in re.sub(r">[^<]*<", "><", html)


def test_checks_that_repeat_are_folded_like_runs(ada: Client, owner: User, environment: Environment) -> None:
    run = factories.make_finished_run(environment)
    cases.record(run)
    case = Case.objects.get()
    for _ in range(11):
        cases.tell(case, CaseEvent.Kind.WIZARD, "Checked, not there yet: Set the proxy.", author=owner)
    cases.tell(case, CaseEvent.Kind.WIZARD, "Checked, not there yet: Another step.", author=owner)
    page = ada.get(reverse("case", args=[case.pk])).content.decode()
    assert page.count("Checked, not there yet: Set the proxy.") == 2
    assert "9 more checks said the same" in page
    assert "Another step." in page


def test_a_file_of_a_shared_report_wraps_its_address(ada: Client, environment: Environment) -> None:
    run = factories.make_finished_run(environment)
    page = ada.get(reverse("share_preview", args=[run.pk]), {"form": "report.html"}).content.decode()
    assert '<span class="anywhere">Shared at:' in page
