"""Hand-offs: the packet that a receiver gets, the link that tries again, and what the team sees of it."""

from __future__ import annotations

import html
import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from diagnostics.exceptions import Conflict, NotAllowed
from diagnostics.lab.practice import PRACTICES
from diagnostics.models import (
    AccessToken,
    AuditEvent,
    CaseEvent,
    Environment,
    HandOff,
    HandOffChange,
    Membership,
    Run,
    Team,
    User,
)
from diagnostics.services import cases, environments, execution, handoffs, practice, runs, tokens, uploads, watching
from tests import factories

KEY = "sk-ant-api03-" + "CanaryKeyCanaryKey" * 5 + "ZZZZZZAA"


@pytest.fixture
def run(environment: Environment) -> Run:
    made = factories.make_finished_run(environment)
    cases.record(made)
    return made


@pytest.fixture
def hand_off(colleague: User, run: Run) -> HandOff:
    return handoffs.create(colleague, run, "it", 7, ["names"], "Please help us.")


def _address(hand_off: HandOff, name: str = "handed", *more: str) -> str:
    return reverse(name, args=[handoffs.token(hand_off), *more])


def _text(page: Any) -> str:
    return html.unescape(page.content.decode().replace("<wbr>", ""))


def _finish(run: Run, report: dict[str, Any]) -> None:
    """A worker ends it with this report."""
    Run.objects.filter(pk=run.pk).update(status="running", lease_owner="w", lease_until=timezone.now())
    run.refresh_from_db()
    body = json.dumps(report, sort_keys=True)
    verdict = report["verdict"]
    Run.objects.filter(pk=run.pk).update(
        status="finished",
        finished_at=timezone.now(),
        lease_owner="",
        lease_until=None,
        report=body,
        report_sha256="0" * 64,
        cause=verdict["cause"],
        title=verdict["title"],
        layer=verdict["layer"] or "",
    )
    run.refresh_from_db()
    cases.record(run)
    handoffs.record(run)


def _other(cause: str, layer: str | None, summary: str) -> dict[str, Any]:
    body = factories.make_report(cause)
    body["verdict"] |= {"layer": layer, "summary": summary}
    return body


def test_the_likeliest_receiver_comes_first_and_each_has_a_page(member: Client, run: Run) -> None:
    assert [one.name for one in handoffs.receivers(run)] == ["it", "network"]
    chosen = member.get(reverse("hand_off_choose", args=[run.pk]))
    assert chosen["Location"] == reverse("hand_off", args=[run.pk, "it"])
    page = _text(member.get(chosen["Location"]))
    assert "Sign-in schemes it offers" in page
    assert "basic" in page
    assert member.get(reverse("hand_off", args=[run.pk, "account"])).status_code == 404


def test_a_run_that_nobody_else_can_mend_says_so(member: Client, environment: Environment) -> None:
    for report in (factories.make_report("healthy"), None):
        made = factories.make_finished_run(environment, report) if report else factories.make_run(environment)
        assert "Nothing to hand over" in _text(member.get(reverse("hand_off_choose", args=[made.pk])))


def test_the_runs_page_and_the_wizard_lead_to_it(member: Client, run: Run) -> None:
    assert reverse("hand_off_choose", args=[run.pk]) in _text(member.get(reverse("run", args=[run.pk])))
    member.get(reverse("wizard", args=[run.pk]))
    step = _text(member.get(reverse("wizard_step", args=[run.pk, "credentials"])))
    assert reverse("hand_off", args=[run.pk, "it"]) in step


def test_a_receiver_finds_the_button_and_its_refusal(hand_off: HandOff, sent: list[UUID]) -> None:
    """On a phone it stands some screens below; an answer that a form asked for is shown where the form stands."""
    page = Client().get(_address(hand_off)).content.decode()
    assert page.index('href="#outcome"') < page.index("packet-title")
    assert f'action="{_address(hand_off, "handed_changed")}#outcome"' in page


def test_the_choice_stays_after_a_link_is_made(member: Client, run: Run) -> None:
    """Else the page shows at once what was left out, and so does the next link."""
    address = reverse("hand_off", args=[run.pk, "it"])
    made = member.post(address, {"days": 7, "hides": ["addresses", "hosts"]}, follow=True)
    assert sorted(made.context["form"]["hides"].value()) == ["addresses", "hosts"]
    assert "proxy.corp.example" not in _text(made).partition("packet-title")[2]


def test_the_texts_name_the_link_that_shows_the_same(member: Client, run: Run, reader: User, client: Client) -> None:
    address, chosen = reverse("hand_off", args=[run.pk, "it"]), {"chosen": "1", "hides": ["hosts", "names"]}
    member.post(address, {"days": 7, "hides": ["hosts", "names"], "note": "The third floor."})
    link = f"http://127.0.0.1:8000{_address(HandOff.objects.get())}"
    for text in member.get(address, chosen).context["texts"].values():
        assert link in unquote(text)
        assert "The third floor." in unquote(text)
    for name in ("packet.txt", "packet.md", "packet.eml"):
        assert link[-43:] in member.get(f"{address}{name}", chosen).content.decode().replace("=\r\n", "")
    other = member.get(address, {"chosen": "1", "hides": ["hosts", "names", "addresses"]}).context["texts"]
    assert link not in unquote("".join(other.values())), "it would show what is left out here"
    handoffs.revoke(User.objects.get(email="carlos@example.com"), HandOff.objects.get())
    assert link not in member.get(address, chosen).context["texts"]["text"]


def test_who_may_start_no_run_gets_no_link_in_a_text(client: Client, run: Run, reader: User, hand_off: HandOff) -> None:
    client.force_login(reader)
    hides = HandOff.objects.update(hides=["credential", "names"])
    page = client.get(reverse("hand_off", args=[run.pk, "it"]), {"chosen": "1", "hides": ["names"]})
    assert hides
    assert handoffs.token(hand_off) not in page.content.decode()


def test_every_form_is_had_without_script_by_sender_and_receiver(member: Client, run: Run, hand_off: HandOff) -> None:
    for client, page in ((member, reverse("hand_off", args=[run.pk, "it"])), (Client(), _address(hand_off))):
        links = re.findall(r'href="([^"]*packet\.(?:txt|md|eml)[^"]*)"', client.get(page).content.decode())
        assert len(links) == 3, page
        for link in links:
            assert client.get(html.unescape(link)).status_code == 200


def test_every_form_of_it_is_a_file(member: Client, run: Run) -> None:
    base = reverse("hand_off", args=[run.pk, "network"])
    text = member.get(base + "packet.txt").content.decode()
    assert text.startswith("Subject: An LLM API is stopped on our network: api.anthropic.com\n")
    assert "WHAT WE ASK YOU TO DO" in text
    assert member.get(base + "packet.md").content.decode().startswith("## An LLM API is stopped")
    listed = member.get(base + "allow-list.csv").content.decode().splitlines()
    assert listed[0] == "Host,Port,Protocol,Need,For,Addresses"
    assert any(line.startswith("api.anthropic.com,443,HTTPS,must,") for line in listed)
    mail = member.get(base + "packet.eml")
    assert b"allow-list.csv" in mail.content
    assert mail["Content-Disposition"] == 'attachment; filename="network-packet.eml"'
    assert member.get(base + "certificate.pem").status_code == 404  # none was shown


@pytest.mark.parametrize("kind", ["hosts", "addresses", "settings"])
def test_what_is_left_out_is_in_no_form_of_it(member: Client, run: Run, kind: str) -> None:
    gone = {"hosts": ("proxy.corp.example", "anthropic.com"), "addresses": ("10.20.30.40",), "settings": ("3128",)}[
        kind
    ]
    base = reverse("hand_off", args=[run.pk, "network"])
    query = {"chosen": "1", "hides": kind}
    page = _text(member.get(base, query, headers={"HX-Request": "true"}))
    files = [member.get(base + name, query).content.decode() for name in ("packet.txt", "packet.md", "packet.eml")]
    for text in (page, *files):
        assert not [word for word in gone if word in text]


def test_no_secret_is_in_any_packet(member: Client, team: Team) -> None:
    environment = factories.make_environment(team, credential=KEY)
    body = factories.make_report("key_rejected")
    body["attempts"][0]["facts"] |= {
        "config.key.shape": environment.credential_shape, "config.key.fingerprint": "0123456789abcdef", "config.key.length": 108,
    }  # fmt: skip
    made = factories.make_finished_run(environment, body)
    for name in ("account", "it", "network"):
        base = reverse("hand_off", args=[made.pk, name])
        pages = [member.get(base), *(member.get(base + f"packet.{end}") for end in ("txt", "md", "eml"))]
        shown = [page.content.decode() for page in pages if page.status_code == 200]
        assert name != "account" or shown
        for text in shown:
            assert KEY[20:60] not in text
            assert (environment.credential_shape in text) == (name == "account") or "=" in text
    link = handoffs.create(
        User.objects.get(email="carlos@example.com"), made, "account", 7, ["credential"], f"It is {KEY}"
    )
    page = _text(Client().get(_address(link)))
    assert KEY[20:60] not in page
    assert environment.credential_shape not in page.partition("It is")[2].partition("</blockquote>")[2]
    assert "0123456789abcdef" not in page


def test_readers_are_given_no_link_that_starts_a_run(reader: User, member: Client, hand_off: HandOff, run: Run) -> None:
    client = Client()
    client.force_login(reader)
    for address in (reverse("hand_off", args=[run.pk, "it"]), reverse("run", args=[run.pk]), reverse("hand_offs")):
        assert _address(hand_off) not in _text(client.get(address))
    assert _address(hand_off) in _text(member.get(reverse("run", args=[run.pk])))


def test_readers_see_packets_without_the_keys_shape_and_make_no_link(reader: User, environment: Environment) -> None:
    body = factories.make_report("key_rejected")
    made = factories.make_finished_run(environment, body)
    client = Client()
    client.force_login(reader)
    address = reverse("hand_off", args=[made.pk, "account"])
    page = client.get(address)
    assert page.status_code == 200
    assert "sk-ant-api03-…AgAA" not in _text(page)
    assert "Make a link" not in _text(page)
    assert client.post(address, {"days": 7}).status_code == 403
    with pytest.raises(NotAllowed):
        handoffs.create(reader, made, "account", 7)


@pytest.mark.parametrize(
    ("name", "more"), [("handed", []), ("handed_file", ["packet.txt"]), ("handed_progress", []), ("handed_changed", [])]
)
def test_of_a_link_that_is_over_nothing_is_kept(colleague: User, hand_off: HandOff, name: str, more: list[str]) -> None:
    handoffs.revoke(colleague, hand_off)
    ask = Client().post if name == "handed_changed" else Client().get
    answer = ask(_address(hand_off, name, *more))
    assert answer.status_code == 404
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert "no-store" in answer["Cache-Control"]


def test_a_link_is_made_listed_told_and_opened(member: Client, run: Run) -> None:
    address = reverse("hand_off", args=[run.pk, "it"])
    answer = member.post(address, {"days": 7, "hides": ["names"], "note": "The third floor."})
    link = HandOff.objects.get()
    assert answer["Location"] == f"{address}?chosen=1&hides=names#link-{link.pk}"
    assert _address(link) in _text(member.get(address))
    assert AuditEvent.objects.get().action == "hand_off_made"
    assert CaseEvent.objects.filter(kind="handed", text="Handed over to: IT.").exists()
    page = Client().get(_address(link))
    assert "The third floor." in _text(page)
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert page["Referrer-Policy"] == "same-origin"
    assert "no-store" in page["Cache-Control"]
    assert "Opened 1 time" in _text(member.get(address))
    assert "Opened" in _text(member.get(reverse("hand_offs")))


@pytest.mark.parametrize(("data", "says"), [
    ({"days": "x", "note": "kept words"}, "Choose 1, 7, 30 or 90 days."),
    ({"days": "7", "note": "kept words" + "x" * 1000}, "Write at most 1000 characters."),
    ({"days": "7", "note": "kept words", "hides": ["all"]}, "Choose what to leave out from the list."),
])  # fmt: skip
def test_odd_links_are_refused_and_nothing_typed_is_lost(
    member: Client, run: Run, data: dict[str, Any], says: str
) -> None:
    answer = member.post(reverse("hand_off", args=[run.pk, "it"]), data)
    assert answer.status_code == 422
    assert says in _text(answer)
    assert "kept words" in _text(answer)
    assert not HandOff.objects.exists()


def test_of_an_archived_environment_no_link_is_made_and_restoring_is_offered(
    owner: User, member: Client, run: Run, environment: Environment
) -> None:
    address = reverse("hand_off", args=[run.pk, "it"])
    environments.archive(owner, environment)
    page = _text(member.get(address))
    assert handoffs.ARCHIVED in page
    assert "Make a link" not in page
    assert reverse("environment_restore", args=[environment.pk]) in page
    refused = member.post(address, {"note": "Please look.", "days": "7"})
    assert refused.status_code == 422
    assert handoffs.ARCHIVED in _text(refused)
    assert "Please look." in _text(refused)
    assert not HandOff.objects.exists()
    member.post(reverse("environment_restore", args=[environment.pk]))
    assert member.post(address, {"days": "7"}).status_code == 302


def test_the_choice_is_shown_without_a_link_and_without_an_address_that_holds_it(member: Client, run: Run) -> None:
    address = reverse("hand_off", args=[run.pk, "it"])
    assert 'formmethod="get"' not in _text(member.get(address))
    answer = member.post(address, {"days": 7, "hides": ["hosts"], "note": "kept words", "show": "1"})
    assert answer.status_code == 200
    assert "kept words" in _text(answer)
    assert "http://[host]:3128" in _text(answer)
    assert not HandOff.objects.exists()


def test_nothing_of_the_team_is_on_the_receivers_page(hand_off: HandOff, run: Run, team: Team, colleague: User) -> None:
    page = _text(Client().get(_address(hand_off)))
    private = (team.name, str(team.pk), run.environment.name, str(run.pk), str(run.environment_id), colleague.email)
    assert not [word for word in (*private, "/runs/", "/cases/", "sign-out", "ada-laptop") if word in page]


def test_previews_and_heads_are_no_views_and_start_nothing(hand_off: HandOff, sent: list[UUID]) -> None:
    client = Client()
    client.head(_address(hand_off))
    client.get(_address(hand_off), headers={"User-Agent": "Slackbot-LinkExpanding 1.0"})
    client.get(_address(hand_off), headers={"Sec-Purpose": "prefetch"})
    assert client.get(_address(hand_off, "handed_changed"))["Location"] == _address(hand_off)
    hand_off.refresh_from_db()
    assert (hand_off.views, hand_off.state) == (0, "sent")
    client.get(_address(hand_off))
    hand_off.refresh_from_db()
    assert (hand_off.views, hand_off.state) == (1, "opened")
    assert not HandOffChange.objects.exists()
    assert sent == []


def test_the_teams_own_look_is_no_view(member: Client, hand_off: HandOff) -> None:
    assert member.get(_address(hand_off)).status_code == 200
    hand_off.refresh_from_db()
    assert hand_off.state == "sent"


def test_pressing_needs_the_forms_token(hand_off: HandOff) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(_address(hand_off, "handed_changed")).status_code == 403
    token = client.get(_address(hand_off)).cookies["csrftoken"].value
    answer = client.post(_address(hand_off, "handed_changed"), {"csrfmiddlewaretoken": token})
    assert answer.status_code == 302


@pytest.mark.parametrize("how", ["revoked", "ended", "forged"])
def test_a_dead_link_opens_and_starts_nothing(member: Client, hand_off: HandOff, how: str) -> None:
    later = timezone.now() + timedelta(days=8) if how == "ended" else timezone.now()
    if how == "revoked":
        member.post(reverse("hand_off_revoke", args=[hand_off.pk]))
        assert AuditEvent.objects.filter(action="hand_off_revoked").count() == 1
    token = handoffs.token(hand_off)[:-2] + "AA" if how == "forged" else handoffs.token(hand_off)
    with time_machine.travel(later):
        for name in ("handed", "handed_progress"):
            assert Client().get(reverse(name, args=[token])).status_code == 404
        assert Client().get(reverse("handed_file", args=[token, "packet.txt"])).status_code == 404
        assert Client().post(reverse("handed_changed", args=[token])).status_code == 404
    assert not HandOffChange.objects.exists()


def test_a_share_links_token_opens_no_hand_off(hand_off: HandOff) -> None:
    assert Client().get(reverse("shared", args=[handoffs.token(hand_off)])).status_code == 404


def test_pressing_runs_it_again_and_both_sides_hear_what_came(
    member: Client, hand_off: HandOff, run: Run, environment: Environment
) -> None:
    Run.objects.filter(pk=run.pk).update(vantage_kind="worker")
    outside = Client()
    said = {"note": "Opened <the> proxy", "by": "Kim\nof IT"}
    assert outside.post(_address(hand_off, "handed_changed"), said)["Location"] == f"{_address(hand_off)}#outcome"
    change = HandOffChange.objects.get()
    assert change.run is not None
    assert (change.run.kind, change.run.requested_by, change.by) == (Run.Kind.FULL, None, "Kim of IT")
    assert "Trying again" in _text(outside.get(_address(hand_off)))
    Run.objects.filter(pk=change.run.pk).update(
        status="running", lease_owner="w", lease_until=timezone.now(), probes_done=3, probes_total=9
    )
    assert "not proven" not in _text(member.get(reverse("hand_offs")))
    polled = outside.get(_address(hand_off, "handed_progress"), headers={"HX-Request": "true"})
    assert "3 of 9 checks done" in _text(polled)
    since = f"trying-{change.pk}-3"
    same = outside.get(_address(hand_off, "handed_progress"), {"since": since}, headers={"HX-Request": "true"})
    assert same.status_code == 204
    _finish(change.run, factories.make_report())
    ended = outside.get(_address(hand_off, "handed_progress"), {"since": since}, headers={"HX-Request": "true"})
    assert ended.status_code == 286
    assert "Still stopped: The proxy at 10.20.30.40 asked for credentials." in _text(ended)
    mine = _text(member.get(reverse("hand_off", args=[run.pk, "it"])))
    assert "Opened <the> proxy" in mine
    assert "Opened &lt;the&gt; proxy" in member.get(reverse("hand_off", args=[run.pk, "it"])).content.decode()
    assert "Kim of IT" in mine
    assert "Still stopped" in _text(member.get(reverse("hand_offs")))
    for page in (reverse("run", args=[run.pk]), reverse("hand_offs")):
        assert "not proven" in _text(member.get(page)).partition("They changed it")[2]
    timeline = list(CaseEvent.objects.filter(kind="handed").order_by("at").values_list("text", flat=True))
    assert timeline[-2] == "IT (Kim of IT) says that they changed it: Opened <the> proxy"
    assert timeline[-1].startswith("IT pressed “I changed it”. Still stopped: ")


_MOVED = "Your part works now, thank you. What stops the client next is another matter."
_ELSE = "Still stopped, now by something else. Whoever sent you this sees what it is."
_OPEN = "It does not work yet, and the facts do not say why."


@pytest.mark.parametrize(("report", "outcome", "says", "state"), [
    (factories.make_report("healthy"), "works", "It works now. Thank you.", "proven"),
    (_other("key_rejected", "auth", "The key is refused."), "moved", _MOVED, "proven"),
    (_other("dns_failure", "dns", "No name."), "still", _ELSE, "changed"),
    (_other("unknown", None, "It does not decide."), "undecided", _OPEN, "changed"),
])  # fmt: skip
def test_what_came_is_told_in_the_receivers_words(
    hand_off: HandOff, run: Run, report: dict[str, Any], outcome: str, says: str, state: str
) -> None:
    Run.objects.filter(pk=run.pk).update(vantage_kind="worker")
    hand_off.run.refresh_from_db()
    change = handoffs.changed(hand_off)
    assert change.run is not None
    _finish(change.run, report)
    change.refresh_from_db()
    hand_off.refresh_from_db()
    assert (change.outcome, change.says, hand_off.state) == (outcome, says, state)
    page = _text(Client().get(_address(hand_off)))
    assert says in page
    assert ("I changed it</button>" in page) == (outcome != "works")


def test_two_who_press_at_once_lose_no_word(hand_off: HandOff, run: Run) -> None:
    hand_off.run.vantage_kind = "probe"
    first = handoffs.changed(hand_off, "Kim", "Opened the port")
    second = handoffs.changed(hand_off, "Noor", "And told the proxy.")
    handoffs.changed(hand_off, "Noor", "And told the proxy.")  # the same form, sent again
    assert first == second
    assert HandOffChange.objects.get().note == "Opened the port\nNoor: And told the proxy."
    told = [event.text for event in CaseEvent.objects.filter(kind="handed").order_by("at")]
    assert told[-2].startswith("IT (Kim) says that they changed it: Opened the port. Run it again")
    assert told[-1] == "IT (Noor) adds: And told the proxy."
    for number in range(9):
        handoffs.changed(hand_off, "", f"{number}" * 900)
    assert len(HandOffChange.objects.get().note) <= handoffs.NOTES_MOST + 9


def test_a_press_is_one_at_a_time_one_a_minute_and_twenty_a_day(hand_off: HandOff) -> None:
    first = handoffs.changed(hand_off)
    assert handoffs.changed(hand_off) == first
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        for _ in range(handoffs.A_DAY - 1):
            _finish(HandOffChange.objects.order_by("-at")[0].run, factories.make_report())  # type: ignore[arg-type]
            if _ == 0:
                with pytest.raises(Conflict, match="less than a minute ago"):
                    handoffs.changed(hand_off)
            clock.shift(timedelta(seconds=61))
            handoffs.changed(hand_off)
        _finish(HandOffChange.objects.order_by("-at")[0].run, factories.make_report())  # type: ignore[arg-type]
        clock.shift(timedelta(seconds=61))
        answer = Client().post(_address(hand_off, "handed_changed"), {"note": "kept words"})
        assert answer.status_code == 422
        assert "It was tried 20 times today." in _text(answer)
        assert "kept words" in _text(answer)
    assert Run.objects.filter(requested_by=None, kind="full").exclude(pk=hand_off.run_id).count() == handoffs.A_DAY


def test_a_run_that_ends_without_a_report_blames_no_change(hand_off: HandOff) -> None:
    change = handoffs.changed(hand_off)
    assert change.run is not None
    Run.objects.filter(pk=change.run.pk).update(status="failed", finished_at=timezone.now())
    assert "That is no sign of your change" in _text(Client().get(_address(hand_off)))
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        assert handoffs.changed(hand_off) != change
    change.refresh_from_db()
    assert change.outcome == "failed"


def test_what_cannot_be_run_is_told_without_the_teams_affairs(hand_off: HandOff, environment: Environment) -> None:
    Environment.objects.filter(pk=environment.pk).update(archived_at=timezone.now())
    answer = Client().post(_address(hand_off, "handed_changed"))
    assert answer.status_code == 422
    assert "It cannot be tried just now." in _text(answer)
    assert "archived" not in _text(answer)
    assert not HandOffChange.objects.exists()


def test_a_machines_people_are_asked_and_their_next_run_answers(
    member: Client,
    colleague: User,
    team: Team,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: Any,
) -> None:
    colleague.first_name = "Carla"
    colleague.save()
    environment = factories.make_environment(team, runs_from="machine")
    made = factories.make_finished_run(environment, vantage_kind="probe")
    cases.record(made)
    link = handoffs.create(colleague, made, "it", 7)
    with django_capture_on_commit_callbacks(execute=True):
        Client().post(_address(link, "handed_changed"), {"note": "It's <done>"})
    assert [(one.to, one.subject) for one in mailoutbox] == [(["carlos@example.com"], "IT changed it: run it again")]
    assert "It's <done>" in mailoutbox[0].body
    assert reverse("run", args=[made.pk]) in mailoutbox[0].body
    assert "Carla was asked to run it again" in _text(Client().get(_address(link)))
    page = _text(member.get(reverse("run", args=[made.pk])))
    assert "Waits for a run" in page
    assert reverse("run_start", args=[environment.pk]) in page
    again = runs.start(colleague, environment).run
    _finish(again, factories.make_report("healthy"))
    assert "It works now. Thank you." in _text(Client().get(_address(link)))
    assert HandOff.objects.get().state == "proven"


def test_a_machine_that_listens_is_asked_itself(
    owner: User, team: Team, mailoutbox: list[EmailMessage], django_capture_on_commit_callbacks: Any
) -> None:
    environment = factories.make_environment(team, runs_from="machine")
    made = factories.make_finished_run(environment, vantage_kind="probe")
    cases.record(made)
    link = handoffs.create(owner, made, "it", 7)
    tokens.make(owner, team, "Probe", [AccessToken.Scope.WATCH], 7, environment)
    AccessToken.objects.update(heard_at=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        Client().post(_address(link, "handed_changed"))
    assert mailoutbox == []
    page = _text(Client().get(_address(link)))
    assert "It is measured on a machine of theirs, which was asked" in page
    assert "every 2s" in page
    assert not CaseEvent.objects.filter(text__contains="Run it again").exists()
    again = watching.wanted(environment)[0]
    assert again.kind == Run.Kind.FULL
    AccessToken.objects.update(heard_at=timezone.now() - timedelta(minutes=5))
    assert "was asked to run it again" in _text(Client().get(_address(link)))
    _finish(Run.objects.get(pk=again.pk), factories.make_report("healthy"))
    assert "It works now. Thank you." in _text(Client().get(_address(link)))


@pytest.mark.parametrize(("report", "subject", "says"), [
    (factories.make_report("healthy"), "it works now", "and the whole path works."),
    (_other("key_rejected", "auth", "The key is refused."), "their part works now", "What stops the client next: "),
    (factories.make_report(), "it is still stopped", "can press again there"),
    (_other("unknown", None, "It does not decide."), "it does not work yet", "the facts do not say why"),
])  # fmt: skip
def test_the_sender_is_mailed_what_came_of_it_once(
    hand_off: HandOff,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: Any,
    report: dict[str, Any],
    subject: str,
    says: str,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        change = handoffs.changed(hand_off, "Kim", "It's <done>")
        assert handoffs.changed(hand_off, "Kim") == change
    assert mailoutbox == []
    assert change.run is not None
    with django_capture_on_commit_callbacks(execute=True):
        _finish(change.run, report)
        handoffs.record(change.run)
    (told,) = mailoutbox
    assert (told.to, told.subject) == (["carlos@example.com"], f"IT (Kim) changed it: {subject}")
    assert "It's <done>" in told.body
    assert says in told.body
    assert reverse("run", args=[change.run.pk]) in told.body
    assert report["verdict"]["title"] in told.body or subject not in ("it is still stopped", "their part works now")
    with django_capture_on_commit_callbacks(execute=True):
        Membership.objects.filter(user=hand_off.created_by).delete()
        HandOffChange.objects.update(answered_at=None)
        handoffs.record(change.run)
    assert len(mailoutbox) == 1, "who left the team is told nothing"


@pytest.mark.usefixtures("sent")
def test_the_sender_is_mailed_what_a_listening_machine_measured_by_itself(
    owner: User, team: Team, mailoutbox: list[EmailMessage], django_capture_on_commit_callbacks: Any
) -> None:
    environment = factories.make_environment(team, runs_from="machine")
    made = factories.make_finished_run(environment, vantage_kind="probe")
    link = handoffs.create(owner, made, "it", 7)
    secret = tokens.make(owner, team, "Probe", [AccessToken.Scope.WATCH], 7, environment).secret
    with django_capture_on_commit_callbacks(execute=True):
        handoffs.changed(link)
    assert [one.subject for one in mailoutbox] == ["IT changed it: run it again"]
    for seconds in (3, 4):  # of two reports of the beat the first answers
        report = factories.make_report()
        report["run"]["seconds"] = seconds
        with django_capture_on_commit_callbacks(execute=True):
            beat = uploads.receive(secret, None, report)
            execution.execute(beat.pk)
    assert [one.subject for one in mailoutbox[1:]] == ["IT changed it: it is still stopped"]


def test_who_left_the_team_is_sent_nothing(
    colleague: User, environment: Environment, mailoutbox: list[EmailMessage], django_capture_on_commit_callbacks: Any
) -> None:
    made = factories.make_finished_run(environment, vantage_kind="probe")
    link = handoffs.create(colleague, made, "it", 7)
    Membership.objects.filter(user=colleague).delete()
    with django_capture_on_commit_callbacks(execute=True):
        assert Client().post(_address(link, "handed_changed")).status_code == 302
    assert mailoutbox == []


def test_what_outsiders_write_holds_no_secret(hand_off: HandOff) -> None:
    Client().post(_address(hand_off, "handed_changed"), {"note": f"The key is {KEY}", "by": KEY[:70]})
    change = HandOffChange.objects.get()
    assert KEY[20:60] not in change.note + change.by
    assert not CaseEvent.objects.filter(text__contains=KEY[20:60]).exists()


def test_lists_ask_a_constant_number_of_queries(
    member: Client, colleague: User, run: Run, django_assert_max_num_queries: Any
) -> None:
    for many in (1, 12):
        while HandOff.objects.count() < many:
            HandOffChange.objects.create(
                team_id=run.team_id, hand_off=handoffs.create(colleague, run, "it", 7), environment_id=run.environment_id,
                at=timezone.now(), run=factories.make_run(run.environment),
            )  # fmt: skip
        for address in (reverse("hand_offs"), reverse("hand_off", args=[run.pk, "it"]), reverse("run", args=[run.pk])):
            with django_assert_max_num_queries(12):
                assert member.get(address).status_code == 200


def test_strangers_make_no_link(stranger: User, run: Run) -> None:
    client = Client()
    client.force_login(stranger)
    assert client.post(reverse("hand_off", args=[run.pk, "it"]), {"days": 7}).status_code == 404
    assert client.get(reverse("hand_off", args=[run.pk, "it"]) + "packet.txt").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_the_whole_way_on_a_practice_network(owner: User, team: Team) -> None:
    """A worker's run of a broken practice network, handed over, mended, and tried again by the link."""
    practice.register_environments(team, owner)
    broken = Environment.objects.get(practice="corporate_proxy")
    first = runs.start(owner, broken).run
    execution.execute(first.pk)
    first.refresh_from_db()
    link = handoffs.create(owner, first, handoffs.receivers(first)[0].name, 7)
    for mended, outcome in ((False, "still"), (True, "works")):
        if mended:
            fixed = PRACTICES["corporate_proxy"].fixes
            environments.edit(owner, broken, **fixed)
            HandOffChange.objects.update(at=timezone.now() - timedelta(minutes=2))
        change = handoffs.changed(link)
        assert change.run is not None
        execution.execute(change.run.pk)
        change.refresh_from_db()
        assert change.outcome == outcome
