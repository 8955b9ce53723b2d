"""The audit trail: what is told in it, who reads it, and the file of it."""

from __future__ import annotations

import csv
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from diagnostics.exceptions import InvalidInput, NotAllowed
from diagnostics.models import AuditEvent, Environment, Membership, Role, Team, User
from diagnostics.services import accounts, audit, environments, practice, sharing, teams, texts
from tests import factories


@pytest.fixture
def boss(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def _told(team: Team) -> list[str]:
    return list(AuditEvent.objects.filter(team=team).order_by("at", "id").values_list("action", flat=True))


def test_whatever_changes_who_may_see_or_do_what_is_told(owner: User, team: Team, colleague: User) -> None:
    made = environments.register(owner, team, name="CI")
    environments.edit(owner, made, notes="slow")
    environments.edit(owner, made, credential=factories.KEY)
    environments.edit(owner, made, credential="")
    environments.archive(owner, made)
    environments.archive(owner, made)  # it was already: nothing more to tell
    environments.restore(owner, made)
    link = sharing.create(owner, factories.make_finished_run(made), 7)
    sharing.revoke(owner, link)
    sharing.revoke(owner, link)
    place = Membership.objects.get(user=colleague, team=team)
    teams.change_role(owner, place, Role.MANAGER)
    teams.rename(owner, team, "Platform two")
    teams.rename(owner, team, "Platform two")
    teams.remove_member(owner, place)
    assert _told(team) == [
        "environment_registered", "environment_changed", "credential_replaced", "credential_removed", "environment_archived",
        "environment_restored", "share_made", "share_revoked", "role_changed", "team_renamed", "member_removed",
    ]  # fmt: skip
    assert factories.KEY not in str(list(AuditEvent.objects.values()))
    assert sharing.token(link) not in str(list(AuditEvent.objects.values()))


def test_a_change_of_settings_says_what_from_what_to_what(owner: User, team: Team) -> None:
    made = environments.register(owner, team, name="CI", base_url="https://a.example", proxy_url="http://p.example:1")
    environments.edit(owner, made, base_url="https://b.example", model="m", notes="slow", ca_pem="")
    environments.edit(owner, made, proxy_url="http://ada:hunter2horse@p.example:1")
    environments.edit(owner, made, base_url="")
    told = list(AuditEvent.objects.filter(action="environment_changed").order_by("at").values_list("about", flat=True))
    assert told == [
        "CI: base URL “https://a.example” → “https://b.example”, model none → “m”, notes",
        "CI: sign-in at the proxy",
        "CI: base URL “https://b.example” → none",
    ]
    environments.edit(owner, made, model="hunter2horse", credential=factories.KEY)
    assert "hunter2horse" not in str(list(AuditEvent.objects.values()))


def test_what_was_refused_is_not_told(owner: User, team: Team, environment: Environment) -> None:
    with pytest.raises(InvalidInput):
        environments.register(owner, team, name=environment.name)
    with pytest.raises(InvalidInput):
        teams.rename(owner, team, "  ")
    assert _told(team) == []


def test_a_reset_of_the_range_and_leaving_are_told(owner: User, team: Team, colleague: User) -> None:
    team = accounts.create_team(colleague, "Night shift")
    practice.reset(colleague, Environment.objects.filter(team=team).first() or pytest.fail("no range"))
    Membership.objects.create(team=team, user=owner, role=Role.MEMBER, joined_at=timezone.now())
    teams.remove_member(owner, Membership.objects.get(team=team, user=owner))
    assert _told(team)[0] == "team_made"
    assert _told(team)[-2:] == ["practice_reset", "member_left"]


def test_handing_a_team_over_asks_for_its_name_and_tells_both(
    boss: Client, owner: User, team: Team, colleague: User, django_capture_on_commit_callbacks: Any, mailoutbox: Any
) -> None:
    place = Membership.objects.get(user=colleague, team=team)
    wrong = boss.post("/team/settings/", {"member": place.pk, "typed_name": "platform"})
    assert wrong.status_code == 422
    assert "Write the team&#x27;s name as it stands: Platform" in wrong.content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        boss.post("/team/settings/", {"member": place.pk, "typed_name": "Platform"})
    roles = dict(Membership.objects.filter(team=team).values_list("user__email", "role"))
    assert roles == {owner.email: Role.MANAGER, colleague.email: Role.OWNER}
    assert sorted(mail.to[0] for mail in mailoutbox) == sorted(roles)
    with pytest.raises(NotAllowed):
        teams.transfer_ownership(owner, place, "Platform")
    assert boss.get("/team/settings/").status_code == 403


def test_a_team_is_handed_to_nobody_outside(boss: Client, stranger: User) -> None:
    other = Membership.objects.get(user=stranger)
    answer = boss.post("/team/settings/", {"member": other.pk, "typed_name": "Platform"})
    assert answer.status_code == 422
    assert "Choose a member of this team" in answer.content.decode()


def test_renaming(boss: Client, team: Team) -> None:
    assert boss.post("/team/settings/", {"name": " "}).status_code == 422
    boss.post("/team/settings/", {"name": "Core  team"})
    team.refresh_from_db()
    assert team.name == "Core team"


@pytest.fixture
def long_trail(owner: User, colleague: User, team: Team) -> None:
    now = timezone.now()
    AuditEvent.objects.bulk_create(
        AuditEvent(
            team=team,
            at=now - timedelta(hours=number),
            actor=(owner, colleague)[number % 2],
            actor_name=str((owner, colleague)[number % 2]),
            action=("share_made", "role_changed")[number % 3 == 0],
            about=f"thing {number}",
        )
        for number in range(120)
    )


def test_it_is_paged_by_key_and_filtered(boss: Client, colleague: User, long_trail: None) -> None:
    seen, address = [], "/team/audit/"
    while address:
        page = boss.get(address).context["page"]
        seen += [event.about for event in page.rows]
        address = f"/team/audit/?before={page.next}".replace("+", "%2B") if page.next else ""
    assert seen == [f"thing {number}" for number in range(120)]
    narrowed = boss.get("/team/audit/", {"person": str(colleague.pk), "action": "role_changed", "days": "1"})
    assert [event.about for event in narrowed.context["page"].rows] == [f"thing {number}" for number in (3, 9, 15, 21)]
    odd = boss.get("/team/audit/", {"person": "x", "action": "y", "days": "z", "before": "w"})
    assert len(odd.context["page"].rows) == 50
    assert "Nothing matches" in boss.get("/team/audit/", {"action": "team_made"}).content.decode()


def test_its_queries_do_not_grow(boss: Client, team: Team, owner: User) -> None:
    counts = []
    for number in (1, 45):
        for _ in range(number):
            audit.record(team, owner, "role_changed", "x")
        with CaptureQueriesContext(connection) as asked:
            boss.get("/team/audit/")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_file_has_all_of_it_and_no_formula(boss: Client, team: Team, owner: User, long_trail: None) -> None:
    audit.record(team, owner, "environment_changed", '=HYPERLINK("https://evil.example")')
    answer: Any = boss.get("/team/audit.csv")
    assert 'filename="audit-' in answer["Content-Disposition"]
    rows = list(csv.reader(StringIO(b"".join(answer.streaming_content).decode())))
    assert len(rows) == 122
    assert rows[1][5] == '\'=HYPERLINK("https://evil.example")'


def test_another_teams_trail_is_not_in_it(boss: Client, stranger: User, team: Team) -> None:
    audit.record(Membership.objects.get(user=stranger).team, stranger, "role_changed", "canary of the others")
    for address in ("/team/audit/", f"/team/audit/?person={stranger.pk}"):
        assert "canary of the others" not in boss.get(address).content.decode()


def test_nobody_hides_behind_another_name(boss: Client, team: Team, owner: User, colleague: User) -> None:
    accounts.rename_person(owner, "Olga")
    accounts.rename_person(colleague, "Olga")
    kept = texts.keep(colleague, team, "connection refused")
    texts.delete(colleague, kept)
    page = boss.get("/team/audit/").content.decode()
    assert "deleted the kept text" in page
    assert colleague.email in page.partition("<tbody>")[2].partition("</tr>")[0]
    answer: Any = boss.get("/team/audit.csv")
    rows = list(csv.DictReader(StringIO(b"".join(answer.streaming_content).decode())))
    assert (rows[0]["person"], rows[0]["e-mail"], rows[0]["action"]) == ("Olga", colleague.email, "text_deleted")
