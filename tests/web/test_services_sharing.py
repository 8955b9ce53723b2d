"""Share links: unguessable, expiring, revocable; outsiders see exactly what was previewed."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest
import time_machine
from django.http import Http404
from django.utils import timezone

from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.models import Membership, Run, ShareLink, Team, User
from diagnostics.services import sharing
from tests import factories


@pytest.fixture
def run(team: Team) -> Run:
    return factories.make_finished_run(factories.make_environment(team, name="Olga's laptop"))


def test_a_link_opens_its_run_and_counts_views(owner: User, run: Run) -> None:
    link = sharing.create(owner, run, 7)
    token = sharing.token(link)
    assert sharing.open_link(token).run == run
    sharing.open_link(token)
    link.refresh_from_db()
    assert link.views == 2
    assert link.last_viewed_at is not None


def test_the_token_is_not_stored_and_cannot_be_made_from_the_id(owner: User, run: Run, settings: object) -> None:
    link = sharing.create(owner, run, 7)
    token = sharing.token(link)
    assert len(token) == 43
    assert token not in str(ShareLink.objects.values().get())
    for wrong in ("", "x", token[:-3] + "AAA", "A" * 43, "é" * 43, token[:22]):
        with pytest.raises(Http404):
            sharing.open_link(wrong)
    settings.SECRET_KEY = "another secret key of at least 32 characters"  # type: ignore[attr-defined]
    with pytest.raises(Http404):
        sharing.open_link(token)


def test_links_live_through_a_change_of_the_secret_key(owner: User, run: Run, settings: object) -> None:
    token = sharing.token(sharing.create(owner, run, 7))
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]  # type: ignore[attr-defined]
    settings.SECRET_KEY = "another secret key of at least 32 characters"  # type: ignore[attr-defined]
    assert sharing.open_link(token).run == run


def test_a_revoked_or_expired_link_is_gone(owner: User, run: Run) -> None:
    revoked, expiring = sharing.create(owner, run, 7), sharing.create(owner, run, 1)
    sharing.revoke(owner, revoked)
    with pytest.raises(Http404):
        sharing.open_link(sharing.token(revoked))
    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=1)), pytest.raises(Http404):
        sharing.open_link(sharing.token(expiring))


def test_only_finished_runs_are_shared_for_a_bounded_time(owner: User, run: Run) -> None:
    with pytest.raises(Conflict, match="no report to share"):
        sharing.create(owner, factories.make_run(run.environment), 7)
    with pytest.raises(InvalidInput):
        sharing.create(owner, run, 0)
    with pytest.raises(InvalidInput):
        sharing.create(owner, run, 7, ["everything"])


def test_a_credential_s_shape_is_never_shown(run: Run) -> None:
    shown = json.dumps(sharing.outsiders_report(run, []))
    assert "AgAA" not in shown
    assert "10.20.30.40" in shown
    assert "proxy.corp.example" in shown
    assert "ada-laptop" in shown


def test_a_read_only_member_sees_the_report_without_shapes(owner: User, reader: User, run: Run) -> None:
    mine, theirs = (Membership.objects.get(user=user) for user in (owner, reader))
    assert sharing.report_seen_by(mine, run) == json.loads(run.report or "")
    shown = sharing.report_seen_by(theirs, run)
    assert "AgAA" not in json.dumps(shown)
    assert shown["attempts"][1] == json.loads(run.report or "")["attempts"][1]


def test_no_sentence_of_a_report_describes_a_credential(team: Team, reader: User) -> None:
    told = "answered 401 to ANTHROPIC_API_KEY (sk-ant-api03-\u2026AgAA, fingerprint 0123456789abcdef)"
    body = factories.make_report("key_rejected")
    body["attempts"][0]["facts"]["config.key.fingerprint"] = "0123456789abcdef"
    body["findings"][0]["says"] = body["verdict"]["summary"] = f"The API {told}."
    body["verdict"]["also"] = [{"cause": None, "finding": "x", "says": "Another, gsk_\u2026 (12 characters), too."}]
    run = factories.make_finished_run(factories.make_environment(team), body)
    for shown in (sharing.outsiders_report(run, []), sharing.report_seen_by(Membership.objects.get(user=reader), run)):
        text = json.dumps(shown, ensure_ascii=False)
        assert not [word for word in ("AgAA", "sk-ant", "gsk_", "0123456789abcdef", "12 char") if word in text]
        assert (
            shown["verdict"]["summary"] == "The API answered 401 to ANTHROPIC_API_KEY ([hidden], fingerprint [hidden])."
        )


@pytest.mark.parametrize(
    ("hides", "gone"),
    [
        ("hosts", ["proxy.corp.example", "api.anthropic.com"]),
        ("addresses", ["10.20.30.40"]),
        ("names", ["ada-laptop", "Olga"]),
        ("settings", ["http://proxy.corp.example:3128", "https://api.anthropic.com"]),
    ],
)
def test_what_is_hidden_stands_nowhere(run: Run, hides: str, gone: list[str]) -> None:
    shown = json.dumps(sharing.outsiders_report(run, [hides]))
    assert not [word for word in gone if word in shown]


def test_hiding_leaves_the_verdict_and_its_evidence_readable(run: Run) -> None:
    shown = sharing.outsiders_report(run, list(ShareLink.Hides.values))
    stored = json.loads(run.report or "")
    assert shown["verdict"]["cause"] == "proxy_auth_required"
    assert shown["verdict"]["ranked"] == stored["verdict"]["ranked"]
    assert shown["verdict"]["summary"] == "The proxy at [address] asked for credentials."
    assert shown["findings"][0]["facts"] == ["proxy.connect.status"]
    assert shown["findings"][0]["says"] == "The proxy at [host] wants credentials."
    assert shown["attempts"][1]["facts"] == stored["attempts"][1]["facts"]
    assert shown["run"]["started_at"] == "2026-11-22T20:15:00Z"
    assert shown["run"]["versions"] == stored["run"]["versions"]
    assert stored == json.loads(run.report or "")


def test_a_report_of_a_thousand_hosts_is_hidden_in_time(team: Team) -> None:
    body = factories.make_report()
    body["environment"] = {"no_proxy": [f"h{number}.evil{number}.example" for number in range(1000)]}
    run = factories.make_finished_run(factories.make_environment(team), body)
    began = time.process_time()
    shown = sharing.outsiders_report(run, ["hosts"])
    assert time.process_time() - began < 5
    assert set(shown["environment"]["no_proxy"]) == {"[host]"}


@pytest.mark.parametrize(
    "address", ["160.79.104.10", "::1", "2607:6bc0::10", "fe80::1", "fd00:1:2:3:4:5:6:7", "::ffff:10.0.0.1"]
)
def test_addresses_of_both_families_are_hidden(team: Team, address: str) -> None:
    body = factories.make_report()
    body["attempts"][1]["events"][0]["detail"] = f"[{address}]:443 took 12:30:05, version 2.1.197"
    run = factories.make_finished_run(factories.make_environment(team), body)
    shown = sharing.outsiders_report(run, ["addresses"])
    detail = shown["attempts"][1]["events"][0]["detail"]
    assert address not in json.dumps(shown)
    assert detail.endswith("version 2.1.197")
