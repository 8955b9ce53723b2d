"""Share links: unguessable, expiring, revocable; outsiders see exactly what was previewed."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
import time_machine
from django.http import Http404
from django.utils import timezone

from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.models import Membership, Run, ShareLink, Team, User
from diagnostics.services import outsiders, sharing
from tests import factories, pace


@pytest.fixture
def run(team: Team) -> Run:
    return factories.make_finished_run(factories.make_environment(team, name="Olga's laptop"))


def test_a_link_opens_its_run_and_counts_views(owner: User, run: Run) -> None:
    link = sharing.create(owner, run, 7)
    token = sharing.token(link)
    assert sharing.open_link(token).run == run
    assert sharing.sight_of(token) == (link.pk, run.team_id, run.report_sha256, [], False)
    for _ in range(2):
        sharing.count_view(link.pk)
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


@pytest.mark.parametrize("more", ["=", "!!", "\n", " "])
def test_a_link_has_one_address(owner: User, run: Run, more: str) -> None:
    token = sharing.token(sharing.create(owner, run, days=7))
    with pytest.raises(Http404):
        sharing.open_link(token + more)
    last = token[:-1] + chr(ord(token[-1]) + 1)  # the same bytes: a token's last letter has two bits to spare
    with pytest.raises(Http404):
        sharing.open_link(last)


def test_links_live_through_a_change_of_the_secret_key(owner: User, run: Run, settings: object) -> None:
    token = sharing.token(sharing.create(owner, run, 7))
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]  # type: ignore[attr-defined]
    settings.SECRET_KEY = "another secret key of at least 32 characters"  # type: ignore[attr-defined]
    assert sharing.open_link(token).run == run


def test_a_revoked_or_expired_link_is_gone(owner: User, run: Run) -> None:
    revoked, expiring = sharing.create(owner, run, 7), sharing.create(owner, run, 1)
    sharing.revoke(owner, revoked)
    for opened in (sharing.open_link, sharing.sight_of):
        with pytest.raises(Http404):
            opened(sharing.token(revoked))
        with time_machine.travel(timezone.now() + timedelta(days=1, seconds=1)), pytest.raises(Http404):
            opened(sharing.token(expiring))


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


_BARE = {
    "config.base_url.value": "zqgate:8080/v1",
    "config.proxy.url": "http://zqproxy:3128",
    "config.proxy.address": "zqproxy:3128",
    "config.proxy.system": ["npm: http://zqnpm:80", "Windows: zqdesk:8080"],
    "config.proxy.alternative": "http://zqother:3128",
    "api.models.location": "zqportal",
    "api.models.via": "1.1 zqedge (squid/5.7), 1.1 google",
    "proxy.connect.server": "1.1 zqcache (squid/6.1)",
    "tls.chain.names": ["zqnas", "*.zqcorp"],
    "tls.chain.subject": "zqbox",
    "experiment.proxy.from": "zqfrom:3128",
    "experiment.base_url.to": "http://zqto",
}


@pytest.mark.parametrize("says", ["%s", "Nobody named %s answers.", "ask (%s)"])
def test_a_host_without_a_dot_is_hidden_wherever_it_stands(team: Team, says: str) -> None:
    names = "gate proxy npm desk other portal edge cache nas corp box from to set intra ex port quoted client exp old"
    body = factories.make_report()
    body["attempts"][1]["facts"] = _BARE
    body["clients"] = [{"name": "curl", "facts": {"config.proxy.address": "zqclient:1"}, "says": "x"}]
    body["experiments"] = [{"changed": "proxy", "from": "zqexp:3128", "to": "no proxy", "before": "x", "after": "y"}]
    settings = {
        "HTTPS_PROXY": "zqset",
        "NO_PROXY": "localhost,zqintra,*.zqex;zqport:8443 'zqquoted',10.0.0.0/8,.zqcorp",
    }
    body["environment"] = {
        "settings": [{"name": name, "value": value, "source": "shell"} for name, value in settings.items()],
        "no_proxy": ["zqold"],
    }
    body["findings"][0]["says"] = " ".join(says % f"zq{name}" for name in names.split())
    run = factories.make_finished_run(factories.make_environment(team), body)
    shown = json.dumps(sharing.outsiders_report(run, ["hosts"]))
    assert re.findall(r"zq\w+", shown) == []
    assert "localhost" in shown
    assert "google" in shown
    assert "10.0.0.0/8" in shown


@pytest.mark.parametrize("name", ["*.zqgate.corp.example", ".zqgate.corp.example", "*.zqgate"])
def test_a_whole_domain_is_hidden_in_facts_sentences_and_cards(team: Team, name: str) -> None:
    body = factories.make_report()
    body["attempts"][1]["facts"] |= {"tls.chain.names": [name, "api.anthropic.com"]}
    body["attempts"][1]["events"] = [{"at": 0.1, "what": "certificate", "detail": f"CN={name}, O=Corp"}]
    body["findings"][0]["says"] = body["verdict"]["title"] = f"The certificate is for {name}, not for this host."
    run = factories.make_finished_run(factories.make_environment(team), body)
    assert "zq" not in json.dumps(sharing.outsiders_report(run, ["hosts"]))
    assert "zq" not in json.dumps(sharing.card_report(run, [], card_tells=False))


def test_hidden_files_are_no_hosts(team: Team) -> None:
    body = factories.make_report()
    body["findings"][0]["says"] = "It reads ~/.config.d/proxy and ~/.claude.json and C:\\x\\.env.local here."
    run = factories.make_finished_run(factories.make_environment(team), body)
    assert sharing.outsiders_report(run, ["hosts"])["findings"][0]["says"] == body["findings"][0]["says"]


@pytest.mark.parametrize(
    "folder",
    [
        "C:\\Users\\zqbob\\x",
        "C:\\\\Users\\\\zqbob\\\\x",
        "C:/Users/zqbob/x",
        "c:\\users\\zqbob\\x",
        "c:/users/zqbob/x",
        "C:\\Users\\Bob zqSmith\\x",
        "/Users/bob de zqsmith/Library",
        "/home//zqbob/x",
        "'C:\\Users\\zqbob', which is zqbob's,",
    ],
)
def test_a_folder_names_nobody_however_it_is_written(team: Team, folder: str) -> None:
    body = factories.make_report()
    body["findings"][0]["says"] = f"It reads {folder} here."
    run = factories.make_finished_run(factories.make_environment(team), body)
    assert "zq" not in json.dumps(sharing.outsiders_report(run, ["names"]))


def test_words_of_settings_are_no_hosts(team: Team) -> None:
    body = factories.make_report()
    body["environment"] = {"settings": [{"name": "CLIENT_PROXY_RESOLVES_HOSTS", "value": "true", "source": "shell"}]}
    body["findings"][0]["says"] = "That is true, and nginx/1.25 speaks directly."
    run = factories.make_finished_run(factories.make_environment(team), body)
    assert sharing.outsiders_report(run, ["hosts"])["findings"][0]["says"] == body["findings"][0]["says"]


@pytest.mark.parametrize("unit", ["a", "a_", "a.", "a@a.", "sk-", "0:", "f", "/home/a", "a:1"])
def test_a_long_word_is_hidden_in_time(unit: str) -> None:
    body = factories.make_report()
    body["environment"] = {"no_proxy": [(unit * 60_000)[:60_000], "…"]}
    with pace.within(500):
        outsiders.without(body, {}, frozenset(ShareLink.Hides.values) - {ShareLink.Hides.SETTINGS})


def test_a_report_of_a_thousand_hosts_is_hidden_in_time(team: Team) -> None:
    body = factories.make_report()
    body["environment"] = {"no_proxy": [f"h{number}.evil{number}.example" for number in range(1000)]}
    run = factories.make_finished_run(factories.make_environment(team), body)
    with pace.within(2000):
        shown = sharing.outsiders_report(run, ["hosts"])
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


CANARIES = {
    "hosts": [
        "proxy.corp.example",
        "bücher.corp.example",
        "überfirma.example",
        "gateway",
        "jump.gov.py",
        "PROXY.CORP.EXAMPLE",
    ],
    "addresses": ["10.20.30.41", "192.0.2.7", "2001:db8::7", "fe80::7", "fd00:1:2:3:4:5:6:8", "ip-10-0-0-7"],
    "names": ["ada-laptop", "ADA-LAPTOP", "ada.lovelace", "ada@corp.example"],
    "settings": ["/opt/ca-corp.pem", "corp-model-7", "http://gateway:3128"],
}
_PLACES = (
    "in {}",
    "({})",
    "{}:3128",
    "via:{}",
    "http://{}:8080/x",
    "http://u@{}/",
    "[{}]:443",
    "{}/24",
    "{}, {}",
    "<{}>",
    "{}.",
    "x={}",
)


@pytest.mark.parametrize(("kind", "canary"), [(kind, one) for kind, words in CANARIES.items() for one in words])
def test_what_is_hidden_is_found_wherever_a_report_may_say_it(team: Team, kind: str, canary: str) -> None:
    """In sentences, facts, events, tables, keys and other clients' words, with ports, brackets and marks around it."""
    body = factories.make_report()
    texts = [place.replace("{}", canary) for place in _PLACES]
    if kind == "names":
        texts = [place.replace("{}", canary) for place in ("in {}", "({})", "/home/{}/x", "C:\\Users\\{}\\x", "{}.")]
    config = body["attempts"][0]["facts"]
    config |= {
        "config.base_url.host": "gateway",
        "config.ca.files": ["/opt/ca-corp.pem"],
        "config.model": "corp-model-7",
    }
    config["config.proxy.url"] = "http://gateway:3128"
    if kind == "names":
        body["run"]["vantage"]["name"] = "ada-laptop"
        texts.append("/home/ada.lovelace/x and ada@corp.example")
    text = " ; ".join(texts)
    body["findings"][0]["says"] = body["verdict"]["summary"] = body["verdict"]["title"] = text
    body["verdict"]["also"] = [{"cause": None, "finding": "x", "says": text}]
    body["verdict"]["not_checked"] = [{"probe": "api.auth", "why": text}]
    body["attempts"][1]["facts"]["proxy.connect.title"] = text
    body["attempts"][1]["events"] = [{"at": 0.1, "what": "connected", "detail": each} for each in texts]
    body["environment"]["settings"] = [{"name": "X", "value": text, "source": text, "effective": True}]
    body["environment"]["by_host"] = {"x" if canary.isidentifier() or kind == "names" else canary: text}
    body["clients"] = [{"name": "curl", "version": None, "outlook": "fails", "differs": [], "says": text}]
    body["experiments"] = [{"changed": "proxy", "from": text, "to": "direct", "before": "407", "after": "200"}]
    body["next_step"] = {"playbook": "x", "step": "y", "do": text}
    run = factories.make_finished_run(factories.make_environment(team, name="Ada's"), body, title="x")
    shown = json.dumps(sharing.outsiders_report(run, [kind]), ensure_ascii=False).lower()
    where = shown.find(canary.lower())
    assert where < 0, shown[max(where - 60, 0) : where + 60]
    assert json.loads(shown)["attempts"][1]["facts"]["proxy.connect.status"] == 407


def test_words_that_look_alike_stay(team: Team) -> None:
    told = "took 12:30:05 at 2026-11-22T20:15:00Z, version 2.1.197, sha AA:BB:CC:DD:EE:FF:00:11:22:33, std::string, settings.local.json"
    body = factories.make_report()
    body["findings"][0]["says"] = told
    run = factories.make_finished_run(factories.make_environment(team), body)
    assert sharing.outsiders_report(run, ["addresses", "hosts"])["findings"][0]["says"] == told


def test_a_name_is_hidden_however_short_it_is(team: Team) -> None:
    body = factories.make_report()
    body["run"]["vantage"]["name"] = "pc"
    body["findings"][0]["says"] = r"settings of /mnt/home/al/x and C:\Users\bo\x"
    run = factories.make_finished_run(factories.make_environment(team), body)
    shown = sharing.outsiders_report(run, ["names"])
    assert shown["run"]["vantage"]["name"] == "[name]"
    assert shown["findings"][0]["says"] == r"settings of /mnt/home/[name]/x and C:\Users\[name]\x"
    assert json.loads(run.report or "")["run"]["vantage"]["name"] == "pc"


def test_names_of_checks_are_no_hosts(team: Team) -> None:
    body = factories.make_report()
    body["verdict"]["not_checked"] = [{"probe": "tls.public", "why": "needs tls.handshake, asked of tls.corp.example"}]
    body["findings"][0]["says"] = "hello.api and tls.handshake"
    run = factories.make_finished_run(factories.make_environment(team), body)
    shown = sharing.outsiders_report(run, ["hosts"])
    assert shown["findings"][0]["says"] == "hello.api and tls.handshake"
    assert shown["verdict"]["not_checked"][0]["why"] == "needs tls.handshake, asked of [host]"


def test_outsiders_do_not_learn_the_run_s_address(run: Run) -> None:
    assert sharing.outsiders_report(run, [])["run"]["id"] == ""
