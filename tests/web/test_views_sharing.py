"""A shared report: exactly what was previewed, nothing of the team, gone when it ends."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from diagnostics.exceptions import InvalidInput
from diagnostics.models import AuditEvent, Environment, Run, ShareLink, Team, User
from diagnostics.services import sharing
from diagnostics.views import outside, shared, sheets
from tests import factories


@pytest.fixture
def run(environment: Environment) -> Run:
    return factories.make_finished_run(environment)


def _make(client: Client, run: Run, **data: object) -> ShareLink:
    client.post(reverse("share", args=[run.pk]), {"days": 7, "hides": []} | data)
    return ShareLink.objects.get()


def _main(page: bytes) -> str:
    return html.unescape(page.decode().partition("<main")[2].partition("</main>")[0].replace("<wbr>", ""))


def test_a_link_is_made_listed_and_opens_without_an_account(member: Client, run: Run) -> None:
    link = _make(member, run, days=30)
    assert link.expires_at is not None
    assert timedelta(days=29) < link.expires_at - timezone.now() <= timedelta(days=30)
    address = reverse("shared", args=[sharing.token(link)])
    assert address in member.get(reverse("share", args=[run.pk])).content.decode()
    page = Client().get(address)
    assert page.status_code == 200
    assert "The proxy wants a password" in page.content.decode()


def test_a_shared_page_is_for_no_search_engine_and_sends_no_referrer(member: Client, run: Run) -> None:
    page = Client().get(reverse("shared", args=[sharing.token(_make(member, run))]))
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert page["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page["Cache-Control"]


def test_nothing_of_the_team_is_on_a_shared_page(member: Client, run: Run, team: Team, colleague: User) -> None:
    page = Client().get(reverse("shared", args=[sharing.token(_make(member, run))])).content.decode()
    private = (team.slug, team.name, str(team.pk), run.environment.name, html.escape(run.environment.name), str(run.pk))
    for word in (*private, str(run.environment_id), colleague.email, "/runs/", "/cases/", "What to do", "sign-out"):
        assert word not in page, word


def test_what_is_hidden_is_on_neither_page(member: Client, run: Run) -> None:
    link = _make(member, run, hides=["hosts", "addresses"])
    page = Client().get(reverse("shared", args=[sharing.token(link)])).content.decode()
    assert "proxy.corp.example" not in page.replace("<wbr>", "")
    assert "10.20.30.40" not in page.replace("<wbr>", "")
    assert "Parts of this report were left out" in page


def test_the_address_of_the_preview_holds_no_token(member: Client, run: Run) -> None:
    page = member.get(reverse("share", args=[run.pk])).content.decode()
    form = page[page.index(f'action="{reverse("share_preview", args=[run.pk])}"') :].partition("</form>")[0]
    assert '<input type="hidden"' not in form
    assert re.search(
        r'<button [^>]*formmethod="post"[^>]* name="csrfmiddlewaretoken" value="\w{20,}">Make a link', form
    )


def test_the_preview_is_exactly_what_outsiders_see(member: Client, run: Run) -> None:
    """Byte for byte but for indentation, the address, which is made with the link, and the addresses of the files below it."""
    link = _make(member, run, hides=["hosts", "names"])
    preview = member.get(reverse("share_preview", args=[run.pk]), {"hides": ["names", "hosts"], "days": "7"})
    path = reverse("shared", args=[sharing.token(link)])
    shown = _main(Client().get(path).content).replace(f"http://127.0.0.1:8000{path}", "ADDRESS")
    before = sheets.tight(_main(preview.content)).replace(f"http://127.0.0.1:8000/s/{outside.NOT_MADE}/", "ADDRESS")
    before = before.replace(f"{reverse('share_preview', args=[run.pk])}?hides=hosts&hides=names&form=", path)
    assert shown == before


@pytest.mark.parametrize("name", ["report.json", "report.html", "report.md", "report.txt", "card.png"])
def test_the_preview_gives_the_very_files_of_outsiders(member: Client, run: Run, name: str) -> None:
    link = _make(member, run, hides=["hosts", "names"])
    address = reverse("shared", args=[sharing.token(link)])
    theirs = Client().get(f"{address}{name}")
    ours = member.get(reverse("share_preview", args=[run.pk]), {"hides": ["hosts", "names"], "form": name})
    made, not_made = f"http://127.0.0.1:8000{address}".encode(), f"http://127.0.0.1:8000/s/{outside.NOT_MADE}/".encode()
    assert theirs.content.replace(made, b"A") == ours.content.replace(not_made, b"A")
    assert theirs["Content-Type"] == ours["Content-Type"]
    assert "proxy.corp.example" not in theirs.content.decode("latin-1").replace("<wbr>", "")


def test_public_is_made_from_its_preview_alone(member: Client, run: Run) -> None:
    address, asked = reverse("share", args=[run.pk]), {"days": "public", "hides": ["names"]}
    sent = member.post(address, asked)
    assert sent["Location"] == f"{reverse('share_preview', args=[run.pk])}?days=public&hides=names"
    assert member.post(address, asked | {"seal": "forged"}).status_code == 422
    assert not ShareLink.objects.exists()
    preview = member.get(sent["Location"])
    assert "Make this public" in preview.content.decode()
    seal = preview.context["seal"]
    other = member.post(address, asked | {"hides": [], "seal": seal})
    assert "Look at the preview first" in other.content.decode(), "another choice was not previewed"
    assert member.post(address, asked | {"seal": seal}).status_code == 302
    link = ShareLink.objects.get()
    assert (link.expires_at, link.hides) == (None, ["names"])
    with time_machine.travel(timezone.now() + timedelta(days=4000)):
        assert Client().get(reverse("shared", args=[sharing.token(link)])).status_code == 200
    assert "everybody: it is public" in member.get(reverse("run", args=[run.pk])).content.decode()


def test_what_was_chosen_is_still_chosen_on_the_way_back(member: Client, run: Run) -> None:
    """A form back at its defaults would make a link that shows what the preview had left out."""
    address = reverse("share", args=[run.pk])
    chosen = {"days": "30", "hides": ["addresses", "hosts", "names"], "card_tells": "on"}
    preview = member.get(reverse("share_preview", args=[run.pk]), chosen).content.decode()
    (back,) = re.findall(r'href="([^"]+)">Change what they see', preview)
    made = member.post(address, chosen)["Location"]
    for way in (html.unescape(back), made):
        form = member.get(way).context["form"]
        assert form["days"].value() == 30
        assert sorted(form["hides"].value()) == chosen["hides"]
        assert form["card_tells"].value() is True
    nothing = member.get(f"{address}?days=7").context["form"]
    assert nothing["hides"].value() == [], "what was unticked stays so"
    odd = member.get(f"{address}?days=forever&hides=nonsense").context["form"]
    assert (odd["days"].value(), odd["hides"].value()) == (7, [])


def test_a_seal_is_for_one_person_and_one_hour(member: Client, owner: User, run: Run) -> None:
    seal = member.get(reverse("share_preview", args=[run.pk])).context["seal"]
    with pytest.raises(InvalidInput, match="preview first"):
        sharing.create(owner, run, None, [], seal=seal)
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert member.post(reverse("share", args=[run.pk]), {"days": "public", "seal": seal}).status_code == 422
    assert not ShareLink.objects.exists()


def test_back_to_the_team_ends_every_link_and_is_told_in_the_trail(member: Client, run: Run) -> None:
    for days in (1, 30):
        member.post(reverse("share", args=[run.pk]), {"days": days})
    assert "people with a link" in member.get(reverse("run", args=[run.pk])).content.decode()
    member.post(reverse("share_close", args=[run.pk]))
    for link in ShareLink.objects.all():
        assert Client().get(reverse("shared", args=[sharing.token(link)])).status_code == 404
    assert "the team only" in member.get(reverse("run", args=[run.pk])).content.decode()
    actions = list(AuditEvent.objects.order_by("at").values_list("action", flat=True))
    assert sorted(actions) == ["share_made"] * 2 + ["share_revoked"] * 2
    assert not [word for event in AuditEvent.objects.all() for word in (event.about, event.address) if "/s/" in word]


@pytest.mark.parametrize(
    ("agent", "counts"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", True),
        ("Mozilla/5.0 (Linux; Android 14; CUBOT X70) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36", True),
        ("curl/8.5.0", True),
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", False),
        ("Twitterbot/1.0", False),
        ("facebookexternalhit/1.1", False),
        ("Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)", False),
        ("WhatsApp/2.23.20.0", False),
        ("TelegramBot (like TwitterBot)", False),
        ("Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5", False),
    ],
)
def test_only_people_count_as_views(member: Client, run: Run, agent: str, counts: bool) -> None:
    link = _make(member, run)
    address = reverse("shared", args=[sharing.token(link)])
    assert Client(headers={"user-agent": agent}).get(address).status_code == 200
    Client().head(address)
    Client(headers={"sec-purpose": "prefetch;prerender"}).get(address)
    Client().get(f"{address}card.png")
    member.get(address)
    link.refresh_from_db()
    assert link.views == int(counts)


def test_a_link_preview_names_nobody_unless_it_may(member: Client, environment: Environment) -> None:
    report = factories.make_report()
    report["verdict"]["title"] = "proxy.corp.example at 10.20.30.40 refuses ada-laptop"
    run = factories.make_finished_run(environment, report)
    for tells in (False, True):
        ShareLink.objects.all().delete()
        link = _make(member, run, hides=[], **({"card_tells": "on"} if tells else {}))
        head = Client().get(reverse("shared", args=[sharing.token(link)])).content.decode().partition("<body")[0]
        words = " ".join(shared.outside_of(link).card().words)
        for secret in ("proxy.corp.example", "10.20.30.40", "ada-laptop"):
            assert (secret in head) is tells, secret
            assert (secret in words) is tells, secret
        for tag in ("og:title", "og:description", "og:image", "twitter:card", 'name="description"'):
            assert tag in head
        assert f'content="http://127.0.0.1:8000/s/{sharing.token(link)}/card.png"' in head


def test_the_line_to_measure_again_names_no_hidden_client(owner: User, environment: Environment) -> None:
    report = factories.make_report()
    report["run"]["client"] |= {"name": "anthropic-python", "version": "0.40.0"}
    report["attempts"][0]["facts"] |= {"config.client.name": "anthropic-python", "config.client.version": "0.40.0"}
    run = factories.make_finished_run(environment, report)
    said = [
        shared.outside_of(sharing.create(owner, run, 7, hides)).page()["share"]["command"]
        for hides in ([], ["settings"])
    ]
    assert said[0].startswith("python3 probe.pyz --client anthropic-python@0.40.0")
    assert "setting" not in said[1]
    assert "--client" not in said[1]


def test_hidden_settings_leave_no_gap_in_a_link_preview(member: Client, environment: Environment) -> None:
    report = factories.make_report()
    client = report["run"]["client"] | {"name": "claude-code", "version": "2.1.197"}
    report["run"]["client"] = client
    report["attempts"][0]["facts"] |= {f"config.client.{name}": client[name] for name in ("name", "version")}
    link = _make(member, factories.make_finished_run(environment, report), hides=["settings"])
    outside = shared.outside_of(link)
    assert " Measured 2026-11-22 20:15:00 UTC." in " ".join(outside.card().lines)
    assert outside.read()[0].client == "[setting]"


def test_the_picture_is_small_tagged_and_ends_with_its_link(member: Client, owner: User, run: Run) -> None:
    link = _make(member, run)
    address = reverse("shared_card", args=[sharing.token(link)])
    answer = Client().get(address)
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("image/png", "private, no-cache")
    assert Image.open(BytesIO(answer.content)).size == (1200, 630)
    assert len(answer.content) < 60_000
    again = {"if-none-match": answer["ETag"]}
    assert Client(headers=again).get(address).status_code == 304
    sharing.revoke(owner, link)
    assert Client(headers=again).get(address).status_code == 404


@pytest.mark.parametrize("spoiled", ["expired", "revoked", "tampered", "of another"])
@pytest.mark.parametrize(
    "tail", ["", "report.json", "report.html", "report.md", "report.txt", "report.exe", "card.png"]
)
def test_no_address_of_a_dead_link_tells_anything(
    member: Client, owner: User, run: Run, team: Team, tail: str, spoiled: str
) -> None:
    link = sharing.create(owner, run, 1)
    token, when = sharing.token(link), timezone.now()
    if spoiled == "expired":
        when += timedelta(days=2)
    if spoiled == "revoked":
        sharing.revoke(owner, link)
    if spoiled == "tampered":
        token = token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB")
    if spoiled == "of another":
        token = token[:22] + sharing.token(sharing.create(owner, run, 1))[22:]
    with time_machine.travel(when):
        answer = Client().get(f"/s/{token}/{tail}")
    assert answer.status_code == 404
    _tells_nothing(answer, team, run)
    assert "proxy" not in answer.content.decode().partition("<main")[2].partition("</main>")[0]


@pytest.mark.parametrize("tail", ["", "report.json", "report.html", "report.md", "report.txt", "card.png"])
def test_no_address_of_a_link_tells_of_the_team(member: Client, owner: User, run: Run, team: Team, tail: str) -> None:
    answer = Client().get(f"/s/{sharing.token(sharing.create(owner, run, 1, ['names']))}/{tail}")
    assert answer.status_code == 200
    assert "AgAA" not in answer.content.decode("latin-1")
    _tells_nothing(answer, team, run)


def _tells_nothing(answer: Any, team: Team, run: Run) -> None:
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert re.search("no-store|no-cache", answer["Cache-Control"])
    assert not answer.cookies
    told = answer.content.decode("latin-1") + repr(answer.headers)
    members = [place.user.email for place in team.memberships.select_related("user")]
    for word in (
        team.slug,
        team.name,
        str(team.pk),
        str(run.pk),
        str(run.environment_id),
        run.environment.name,
        *members,
    ):
        assert word not in told, word


def test_where_a_link_exists_pasted_texts_say_what_outsiders_see(member: Client, run: Run) -> None:
    link = _make(member, run, hides=["hosts"])
    share = member.get(reverse("run", args=[run.pk])).context["share"]
    for text in (share["markdown"], share["ticket"]):
        assert f"/s/{sharing.token(link)}/" in text
        assert "/runs/" not in text
        assert "proxy.corp.example" not in text
    assert str(run.pk) not in share["markdown"]


def test_the_team_sees_all_that_it_shows(member: Client, client: Client, run: Run, owner: User, stranger: User) -> None:
    works, ended = sharing.create(owner, run, 7), sharing.create(owner, run, 7)
    sharing.revoke(owner, ended)
    page = member.get(reverse("shares")).content.decode()
    assert sharing.token(works) in page
    assert str(owner) in page
    assert "Not opened yet" in page
    assert f"link-{ended.pk}" not in page
    gone = member.get(reverse("shares"), {"state": "ended"}).content.decode()
    assert f"link-{ended.pk}" in gone
    assert sharing.token(ended) not in gone
    assert "Nothing matches" in member.get(reverse("shares"), {"state": "public"}).content.decode()
    response = member.post(reverse("share_revoke", args=[works.pk]), {"from": "list"})
    assert response["Location"] == reverse("shares")
    assert "Only the team sees its runs" in member.get(reverse("shares")).content.decode()
    client.force_login(stranger)
    assert "link-" not in client.get(reverse("shares"), {"state": "ended"}).content.decode()


@pytest.mark.parametrize("size", [2, 120])
def test_the_list_takes_as_few_queries_at_any_size_and_has_pages(
    member: Client, owner: User, run: Run, size: int, django_assert_max_num_queries: Any
) -> None:
    for _ in range(size):
        sharing.create(owner, run, 7)
    with django_assert_max_num_queries(5):
        page = member.get(reverse("shares"))
    assert page.content.decode().count('id="link-') == min(size, 50)
    assert ('rel="next"' in page.content.decode()) is (size > 50)


def test_views_are_counted_and_shown(member: Client, run: Run) -> None:
    link = _make(member, run)
    for _ in range(2):
        Client().get(reverse("shared", args=[sharing.token(link)]))
    assert "Opened 2 times" in member.get(reverse("share", args=[run.pk])).content.decode()


def test_an_ended_link_is_gone(member: Client, run: Run) -> None:
    link = _make(member, run, days=1)
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        page = Client().get(reverse("shared", args=[sharing.token(link)]))
    assert page.status_code == 404
    assert "share link" in page.content.decode()


@pytest.mark.parametrize("days", ["0", "400", "x", ""])
def test_an_odd_time_is_refused(member: Client, run: Run, days: str) -> None:
    response = member.post(reverse("share", args=[run.pk]), {"days": days})
    assert response.status_code == 422
    assert "Choose 1, 7, 30 or 90 days, or public." in response.content.decode()
    assert not ShareLink.objects.exists()


def test_a_run_without_a_report_cannot_be_shared(member: Client, environment: Environment) -> None:
    going = factories.make_run(environment)
    response = member.post(reverse("share", args=[going.pk]), {"days": 7}, follow=True)
    assert "There is no report to share yet." in response.content.decode()
