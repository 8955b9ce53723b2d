"""The permalink: rendered from the stored report alone, frozen, told to the browser once."""

from __future__ import annotations

import hashlib
import html
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from diagnostics.engine import library
from diagnostics.engine.vocabulary import FAILURES
from diagnostics.models import Case, Environment, Role, Run, Team, User
from diagnostics.services import cases
from diagnostics.views import reports, walking
from diagnostics.views.reading import words
from tests import factories

ATTACK = '<script>alert("x")</script>'


@pytest.fixture
def run(environment: Environment) -> Run:
    made = factories.make_finished_run(environment)
    cases.record(made)
    return made


def _page(client: Client, run: Run) -> str:
    return client.get(reverse("run", args=[run.pk])).content.decode()


def _text(client: Client, run: Run) -> str:
    return html.unescape(_page(client, run).replace("<wbr>", ""))


def test_the_verdict_says_what_who_how_sure_and_why(member: Client, run: Run) -> None:
    page = _text(member, run)
    assert "<h1>The proxy wants a password</h1>" in page
    assert "The proxy at 10.20.30.40 asked for credentials." in page
    assert "proxy_auth_required" in page
    assert "Almost certain, 97 %" in page
    assert "decided by 1 fact<" in page
    assert "You can change this yourself" in page
    assert reverse("wizard", args=[run.pk]) in page
    assert "What this does not say" in page


def test_where_no_cause_is_named_nothing_is_called_certain(member: Client, environment: Environment) -> None:
    run = factories.make_finished_run(environment, factories.make_report("unknown"))
    page = _text(member, run)
    assert ">unknown<" in page
    assert "Almost certain" not in page
    assert "97 %" not in page


def test_the_evidence_names_fact_value_and_where_from(member: Client, run: Run) -> None:
    evidence = _text(member, run).partition('id="evidence"')[2].partition("</section>")[0]
    assert "The proxy at proxy.corp.example wants credentials." in evidence
    assert 'id="fact-proxy-connect-status"' in evidence
    assert "<code>407</code>" in evidence
    assert 'href="#probe-proxy-connect"' in evidence
    assert 'data-copy="407"' in evidence
    assert ">decided<" in evidence


def test_a_run_of_a_worker_says_from_where_it_looked(member: Client, environment: Environment) -> None:
    report = factories.make_report()
    report["run"]["vantage"] = {"kind": "worker", "name": "w1"}
    assert "From the dashboard's network." in _text(member, factories.make_finished_run(environment, report))


def test_a_run_of_the_machine_has_no_such_banner(member: Client, run: Run) -> None:
    assert "From the dashboard's network." not in _text(member, run)


def test_a_green_run_is_one_line(member: Client, environment: Environment) -> None:
    report = factories.make_report("healthy", findings=[])
    report["verdict"]["ranked"][0]["because"] = []
    page = _text(member, factories.make_finished_run(environment, report))
    assert "Show all" in page
    assert 'id="evidence"' not in page
    assert "What to do" not in page
    assert "97 %" not in page


def test_unknown_shows_the_candidates_and_the_check_that_would_decide(member: Client, environment: Environment) -> None:
    report = factories.make_report("unknown")
    report["verdict"] |= {
        "side": None,
        "layer": None,
        "title": "The evidence does not decide",
        "ranked": [
            {"cause": "unknown", "confidence": 0.6, "because": [], "against": []},
            {"cause": "firewall_blocked", "confidence": 0.4, "because": [], "against": ["proxy.wants_credentials"]},
        ],
        "undecided": {"candidates": ["firewall_blocked"], "probe": "tls.handshake"},
    }
    page = _text(member, factories.make_finished_run(environment, report))
    assert "What it could be" in page
    assert "Against it:</span> The proxy at proxy.corp.example wants credentials." in page
    assert "Would settle it:</span> The certificate that is shown, whoever signed it" in page


def test_what_was_not_checked_and_what_stands_beside_is_told(member: Client, environment: Environment) -> None:
    report = factories.make_report()
    report["verdict"]["not_checked"] = [
        {"probe": "tls.client", "why": "needs proxy.connect"},
        {"probe": "dns.independent", "why": "guard"},
    ]
    report["verdict"]["also"] = [{"cause": "clock_skew", "finding": "clock.off", "says": "The clock is 4 minutes off."}]
    page = _text(member, factories.make_finished_run(environment, report))
    assert "Whether this client trusts it: needs the proxy first" in page
    assert "not tried: the address guard of this dashboard does not allow that network" in page
    assert "The clock is 4 minutes off." in page


def test_a_fault_of_ours_in_the_middle_is_told(member: Client, environment: Environment) -> None:
    report = factories.make_report()
    report["run"]["error"] = "The engine ended early."
    assert "The engine ended early." in _text(member, factories.make_finished_run(environment, report))


def test_the_download_has_the_sha256_that_the_page_shows(member: Client, run: Run) -> None:
    stored = member.get(reverse("run_json", args=[run.pk]))
    digest = hashlib.sha256(stored.content).hexdigest()
    assert digest == run.report_sha256
    assert digest in _page(member, run)
    assert json.loads(stored.content)["schema"] == "troubleshooter.report/1"
    assert stored["Content-Disposition"] == f'attachment; filename="troubleshooter-{run.pk}.json"'


def test_the_page_stays_when_the_knowledge_changes(member: Client, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    known = library.load()
    before = _page(member, run).partition("<main")[2]
    changed = {code: replace(cause, title="Changed", summary="Changed") for code, cause in known.causes.items()}
    other = replace(known, version="sha256:" + "f" * 64, causes=changed, signatures=())
    for module in (reports, walking):
        monkeypatch.setattr(module, "load", lambda: other)
    after = _page(member, run).partition("<main")[2]
    assert _without_tokens(after) == _without_tokens(before)


def _without_tokens(page: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)


def test_what_the_network_said_is_text_and_never_markup(member: Client, environment: Environment) -> None:
    report = factories.make_report()
    report["attempts"][1]["facts"]["proxy.connect.title"] = ATTACK
    report["attempts"][1]["events"] = [{"at": 0.0, "what": ATTACK, "detail": ATTACK}]
    report["attempts"][1]["reason"] = ATTACK
    report["findings"][0] |= {"says": ATTACK, "facts": ["proxy.connect.title"]}
    report["verdict"] |= {"title": ATTACK, "summary": ATTACK, "also": [{"cause": None, "finding": "x", "says": ATTACK}]}
    report["environment"]["settings"] = [{"name": ATTACK, "value": ATTACK, "source": ATTACK, "effective": True}]
    report["run"]["vantage"]["name"] = ATTACK
    run = factories.make_finished_run(environment, report)
    page = _page(member, run)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_an_attempt_of_another_version_of_the_engine_is_shown(member: Client, environment: Environment) -> None:
    report = factories.make_report()
    report["attempts"].append(
        {"probe": "quic.handshake", "status": "done", "reason": None, "started": 0.1, "seconds": 0.1}
        | {"facts": {"quic.ok": True}, "events": []}
    )
    page = _text(member, factories.make_finished_run(environment, report))
    assert "quic.handshake" in page


def test_texts_to_paste(member: Client, run: Run) -> None:
    page = member.get(reverse("run", args=[run.pk])).context["share"]
    assert page["markdown"].startswith("## The proxy wants a password\n")
    assert (
        "- Status of the proxy's answer to CONNECT: `407` (Whether the proxy lets the API through)" in page["markdown"]
    )
    assert page["ticket"].startswith("Subject: The proxy wants a password\n")
    assert f"/runs/{run.pk}/" in page["ticket"]
    assert page["command"] == "python3 probe.pyz" or page["command"].endswith(f"diagnose --like {run.pk}")


def test_foreign_words_open_nothing_in_a_pasted_text(member: Client, environment: Environment) -> None:
    attack = "![x](https://evil.example/x) [here](https://evil.example) <b>`` `code` \n## Approved\n* 1"
    report = factories.make_report()
    report["verdict"] |= {"title": attack, "summary": attack, "also": [{"cause": None, "finding": "x", "says": attack}]}
    report["findings"][0] |= {"facts": ["proxy.connect.title"]}
    report["attempts"][1]["facts"]["proxy.connect.title"] = attack
    report["run"]["vantage"]["name"] = attack
    share = member.get(reverse("run", args=[factories.make_finished_run(environment, report).pk])).context["share"]
    assert not re.search(r"(?<!\\)(\]\(|<b>)", re.sub("(?s)```.*?```", "", share["markdown"]))
    assert "```" in share["markdown"]
    for text in (share["markdown"], share["ticket"].split("What was measured:")[1]):
        assert not re.search(r"(?m)^(## Approved|\* 1)", text)


# -- Told to the browser once ----------------------------------------------------------------


def test_a_second_visit_is_answered_with_304(member: Client, run: Run) -> None:
    address = reverse("run", args=[run.pk])
    first = member.get(address)
    assert "private" in first["Cache-Control"]
    again = member.get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_304_goes_to_the_page_s_team_too(member: Client, run: Run, colleague: User, team: Team) -> None:
    other = factories.make_team("Other")
    other.memberships.create(user=colleague, role=Role.MEMBER, joined_at=timezone.now())
    address = reverse("run", args=[run.pk])
    tag = member.get(address)["ETag"]
    member.post(reverse("switch_team"), {"team": str(other.pk)})
    assert member.get(address, headers={"If-None-Match": tag}).status_code == 304
    assert "<h1>Platform</h1>" in member.get(reverse("team")).content.decode()


def test_what_changes_on_the_page_changes_its_tag(member: Client, run: Run, owner: User, colleague: User) -> None:
    address = reverse("run", args=[run.pk])
    tag = member.get(address)["ETag"]
    cases.close(owner, Case.objects.get(), "a password")
    fresh = member.get(address, headers={"If-None-Match": tag})
    assert fresh.status_code == 200
    assert b"a password" in fresh.content


def test_a_tag_of_one_person_means_nothing_for_another(member: Client, run: Run, reader: User) -> None:
    address = reverse("run", args=[run.pk])
    tag = member.get(address)["ETag"]
    member.force_login(reader)
    assert member.get(address, headers={"If-None-Match": tag}).status_code == 200


def test_a_message_is_not_swallowed_by_304(member: Client, run: Run) -> None:
    address = reverse("run", args=[run.pk])
    tag = member.get(address)["ETag"]
    member.post(reverse("environment_archive", args=[run.environment_id]))
    assert member.get(address, headers={"If-None-Match": tag}).status_code == 200


def test_the_permalink_takes_few_queries(member: Client, run: Run, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(7):  # session, person, sight, run, teams, cases alike by trait and by cause
        member.get(reverse("run", args=[run.pk]))


def test_what_was_tried_with_one_thing_changed_is_told(member: Client, environment: Environment) -> None:
    report = factories.make_report()
    told = {
        "passes": True,
        "from": "http://proxy.corp.example:3128",
        "to": "direct",
        "before": "connect_refused",
        "after": "200",
    }
    attempt = {
        **report["attempts"][0],
        "probe": "hello.api",
        "status": "done",
        "reason": None,
        "facts": {f"experiment.proxy.{name}": value for name, value in told.items()} | {"hello.api.status": 200},
        "variant": "proxy: direct",
    }
    report["attempts"].append(attempt)
    report["experiments"] = [{"changed": "proxy", **{name: told[name] for name in ("from", "to", "before", "after")}}]
    report["findings"].append(
        {
            "code": "experiment.passes_directly",
            "level": "info",
            "says": "Passes directly.",
            "facts": ["experiment.proxy.passes"],
        }
    )
    page = _text(member, factories.make_finished_run(environment, report))
    section = page.partition('id="probe-experiment"')[2].partition("</section>")[0]
    assert "Only the proxy changed, from <code>http://proxy.corp.example:3128</code> to <code>direct</code>." in section
    assert "Before: connection refused. After: 200." in section
    assert "Passes" in section
    assert 'from <a href="#probe-experiment">an experiment</a>' in page


def test_one_file_holds_the_whole_report_and_loads_nothing(member: Client, run: Run) -> None:
    response = member.get(reverse("run_html", args=[run.pk]))
    assert response["Content-Disposition"] == f'attachment; filename="troubleshooter-{run.pk}.html"'
    page = html.unescape(response.content.decode())
    assert "<h1>The proxy wants a password</h1>" in page
    assert "default-src 'none'" in page
    assert ".verdict" in page.partition("<style>")[2]
    for loading in ("<script", "<link", "src=", r"url\((?!['\"]?#)", "@import", "hx-"):
        assert not re.search(loading, page), loading
    assert not re.search(r'href="/', page), "a link from the root leads nowhere in a file"
    assert "Platform" not in page.partition("<body>")[2], "nothing of the team"


def test_one_file_for_read_only_people_describes_no_credential(client: Client, reader: User, run: Run) -> None:
    client.force_login(reader)
    page = client.get(reverse("run_html", args=[run.pk])).content.decode()
    assert "The proxy wants a password" in page
    assert "AgAA" not in page


def test_one_file_of_a_stranger_is_not_found(client: Client, stranger: User, run: Run) -> None:
    client.force_login(stranger)
    assert client.get(reverse("run_html", args=[run.pk])).status_code == 404


def test_every_failure_has_a_state_word_and_only_silence_is_no_answer() -> None:
    told = {word: words.outcome(word) for word in FAILURES}
    assert {word for word, says in told.items() if says == "No answer"} == {
        w for w in FAILURES if w.endswith("_timeout")
    }
    assert set(words._OUTCOMES) == set(FAILURES)
    assert told["connect_refused"] == told["proxy_refused_tunnel"] == "Refused"
    assert (told["connect_reset"], told["dns_nxdomain"], words.outcome("of_later")) == (
        "Cut off",
        "Not found",
        "Not known",
    )


@pytest.mark.parametrize(
    ("reason", "word"),
    [("connect_refused", "Refused"), ("connect_timeout", "No answer"), ("host_unreachable", "Unreachable")],
)
def test_a_check_without_a_finding_says_what_came(
    member: Client, environment: Environment, reason: str, word: str
) -> None:
    report = factories.make_report()
    report["attempts"].append(
        {
            "probe": "tcp.v6",
            "status": "failed",
            "reason": reason,
            "started": 0.1,
            "seconds": 0.1,
            "facts": {},
            "events": [],
        }
    )
    page = _page(member, factories.make_finished_run(environment, report))
    row = page.partition('id="probe-tcp-v6"')[2].partition('class="name"')[0]
    assert f"</svg>{word}</span>" in row
