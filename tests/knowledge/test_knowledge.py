"""The knowledge files: valid, complete, the same however they are packed; and each kind of mistake is found with file and key."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest

from diagnostics import knowledge_schema, system_checks
from diagnostics.engine import findings, library, playbooks
from diagnostics.engine.probes import PROBES
from diagnostics.engine.vocabulary import ANSWERERS, CAUSES, FAILURES, HEALTHY, PROBE_NAMES, UNKNOWN

TABLES = library.read_tables(library.FOLDER)
KNOWLEDGE = library.build(TABLES)
PROMISED = (  # noqa: SIM905  one name a line would hide the tests below
    "healthy key_missing key_malformed key_rejected base_url_malformed base_url_other_provider no_internet dns_failure "
    "dns_hijacked firewall_blocked proxy_unreachable proxy_auth_required proxy_blocked tls_intercepted clock_skew "
    "region_unsupported edge_blocked rate_limited service_outage unknown"
).split()


def test_the_shipped_knowledge_is_valid() -> None:
    assert set(PROMISED) <= set(knowledge_schema.check_knowledge().causes) <= set(CAUSES)


def test_packed_as_json_it_is_the_same_and_has_the_same_version() -> None:
    packed = json.loads(library.canonical(TABLES))
    assert library.build(packed) == KNOWLEDGE
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", KNOWLEDGE.version)


def test_one_changed_letter_is_another_version() -> None:
    changed = copy.deepcopy(TABLES)
    changed["causes"]["unknown"]["title"] += "."
    assert library.build(changed).version != KNOWLEDGE.version


def test_the_probes_have_the_names_that_knowledge_may_use() -> None:
    assert {probe.name for probe in PROBES} == set(PROBE_NAMES)


@pytest.mark.parametrize("code", sorted(KNOWLEDGE.causes))
def test_every_cause_is_told_in_words(code: str) -> None:
    cause = KNOWLEDGE.causes[code]
    assert cause.title[0].isupper()
    assert not cause.title.endswith(".")
    assert cause.summary.endswith((".", "}"))
    assert len(cause.plain) > 60
    if code not in (HEALTHY, UNKNOWN):
        assert cause.evidence
        assert cause.confused_with
        assert cause.decider


@pytest.mark.parametrize("code", sorted(KNOWLEDGE.playbooks))
def test_every_playbook_leads_to_the_whole_path(code: str) -> None:
    steps = KNOWLEDGE.playbooks[code].steps
    assert steps[-1].name == "whole_path"
    assert code == HEALTHY or 3 <= len(steps) <= 9
    for walked in playbooks.walk(code, {}, KNOWLEDGE):
        assert walked.do.endswith((".", "?"))
        assert "not measured" not in walked.do + walked.why + walked.expect + walked.changes + walked.undo
        assert walked.proved is not True, f"{walked.step.name} is proven by nothing at all"


def test_a_step_that_changes_something_can_be_undone() -> None:
    for playbook in KNOWLEDGE.playbooks.values():
        for step in playbook.steps:
            if step.fix is not None:
                assert step.changes, (playbook.code, step.name)
                assert step.undo, (playbook.code, step.name)


def test_what_people_hate_is_never_said() -> None:
    text = json.dumps(TABLES["causes"]) + json.dumps(TABLES["playbooks"]) + json.dumps(TABLES["signatures"])
    for never in (
        "check your internet",
        "NODE_TLS_REJECT_UNAUTHORIZED",
        "verify=False",
        "--insecure",
        "curl -k",
        "strict-ssl",
    ):
        assert never.lower() not in text.lower()


def _broken(kind: str, name: str, path: str, value: Any) -> dict[str, Any]:
    tables = copy.deepcopy(TABLES)
    place: Any = tables[kind][name]
    *way, last = path.split(".")
    for key in way:
        place = place[int(key) if key.isdigit() else key]
    place[int(last) if last.isdigit() else last] = value
    return tables


@pytest.mark.parametrize(
    ("kind", "name", "path", "value", "told"),
    [
        ("signatures", "proxy", "finding.2.when", {"fact": "proxy.conect.status", "is": 407}, "proxy.conect.status"),
        ("signatures", "proxy", "finding.2.when", {"fact": "proxy.connect.status", "equals": 407}, "one test"),
        (
            "signatures",
            "proxy",
            "finding.2.when",
            {"fact": "proxy.connect.status", "is": "407"},
            "no value of kind int",
        ),
        ("signatures", "proxy", "finding.2.when", {"fact": "proxy.tcp.failure", "is": "gremlins"}, "no failure word"),
        ("signatures", "proxy", "finding.2.when", {"fact": "proxy.connect.title", "matches": "(["}, "does not compile"),
        ("signatures", "proxy", "finding.2.when", {"fact": "proxy.connect.title", "above": 3}, "compares numbers"),
        ("signatures", "proxy", "finding.2.when", {"all": []}, "list of conditions"),
        ("signatures", "proxy", "finding.2.level", "fatal", "level"),
        ("signatures", "proxy", "finding.2.says", "The proxy {proxy.conect.status} says no.", "proxy.conect.status"),
        ("signatures", "proxy", "finding.2.says", "The proxy {proxy.connect.title} says no.", "may be unmeasured"),
        ("signatures", "proxy", "finding.2.color", "red", "finding.2.color"),
        ("signatures", "proxy", "finding.2.code", "proxy.denies", "declared twice"),
        ("signatures", "proxy", "finding.2.withdrawn_by", ["no.such"], "no.such"),
        ("causes", "proxy_blocked", "code", "proxy_hates_me", "not declared"),
        ("causes", "proxy_blocked", "code", "proxy_bypassed", "the file is named"),
        ("causes", "proxy_blocked", "evidence.0.finding", "no.such", "no.such"),
        ("causes", "proxy_blocked", "evidence.0.weight", 0, "no weight"),
        ("causes", "proxy_blocked", "decider", "nmap", "nmap"),
        ("causes", "proxy_blocked", "stage", "moon", "moon"),
        ("causes", "proxy_blocked", "prior", 1.0, "prior"),
        ("playbooks", "proxy_blocked", "step.0.probes", [], "step.0.probes"),
        ("playbooks", "proxy_blocked", "step.0.probes", ["nmap"], "nmap"),
        ("playbooks", "proxy_blocked", "step.0.fix", "hosts_file", "hosts_file"),
        ("playbooks", "proxy_blocked", "step.0.commands", [{"system": "beos", "run": "x"}], "system"),
        ("playbooks", "proxy_blocked", "step.1.name", "right_proxy", "named twice"),
        ("playbooks", "proxy_blocked", "step.1.use.0.operation", "set_fire", "no operation 'set_fire'"),
        ("playbooks", "proxy_blocked", "step.1.use.0.colour", "red", "set_proxy takes no 'colour'"),
        ("playbooks", "proxy_blocked", "step.1.use", [{"operation": "set_proxy"}], "set_proxy wants 'url'"),
        ("playbooks", "proxy_blocked", "step.1.use.0.instead", "set_prox", "no operation 'set_prox'"),
        ("playbooks", "proxy_blocked", "step.1.use.0.url", "{config.proxy.url}", "give words after |"),
        ("playbooks", "proxy_blocked", "step.1.use.0.url", "{config.proxi.url|x}", "config.proxi.url"),
        ("playbooks", "proxy_blocked", "step.1.use.0.client", "netscape", "no client 'netscape'"),
        ("playbooks", "key_rejected", "step.0.use.0.name", "a key", "'a key' is no word"),
        ("playbooks", "key_missing", "step.2.use.0.name", "@nothing", "no client reads @nothing"),
        ("playbooks", "proxy_blocked", "step.1.when.question", "who", "no question 'who'"),
        ("playbooks", "proxy_blocked", "step.1.when.is", "perhaps", "none of the choices"),
        ("playbooks", "proxy_blocked", "question.0.default", "perhaps", "none of its choices"),
        ("playbooks", "proxy_blocked", "question.0.name", "another", "no step hangs on it"),
        ("playbooks", "proxy_blocked", "question.0.name", "allow", "a step has this name, too"),
        ("operations", "set_proxy", "form.0.run", "export HTTPS_PROXY={uri}", "{uri} is no argument"),
        ("operations", "set_proxy", "form.0.changes", "", "changes: missing"),
        ("operations", "set_proxy", "form.0.shells", ["cmd"], "no shell of linux"),
        ("operations", "set_proxy", "form.0.lasting", True, "written twice"),
        ("operations", "set_proxy", "form.0.colour", "red", "form.0.colour"),
        ("operations", "check_json", "form.0.in_cmd", True, "only a line of PowerShell"),
        ("operations", "check_json", "form.1.run", 'echo "x"', "between cmd's double quotes"),
    ],
)
def test_a_mistake_is_found_with_file_and_key(kind: str, name: str, path: str, value: Any, told: str) -> None:
    with pytest.raises(knowledge_schema.KnowledgeError) as raised:
        knowledge_schema.validate(_broken(kind, name, path, value))
    assert told in str(raised.value)
    assert f"knowledge/{kind}/" in str(raised.value)


def test_a_cause_without_a_playbook_is_refused() -> None:
    tables = copy.deepcopy(TABLES)
    del tables["playbooks"]["proxy_blocked"]
    with pytest.raises(knowledge_schema.KnowledgeError, match="no playbook knowledge/playbooks/proxy_blocked"):
        knowledge_schema.validate(tables)


def test_evidence_is_used_and_findings_lead_somewhere() -> None:
    """Every problem that a signature can tell is evidence of a cause, or told beside the verdict on purpose."""
    used = {item.finding for cause in KNOWLEDGE.causes.values() for item in cause.evidence}
    used |= {code for cause in KNOWLEDGE.causes.values() for code in cause.explains}
    loose = {sign.code for sign in KNOWLEDGE.signatures if sign.level == "problem"} - used
    assert loose == set()


_CONNECTING = ("connect_", "host_", "network_", "address_")
_ON_THE_PATH: tuple[tuple[str, tuple[str, ...], dict[str, Any]], ...] = (
    ("dns.system.failure", ("dns_",), {}),
    ("proxy.dns.failure", ("dns_",), {"config.proxy.present": True, "config.proxy.bypassed": False}),
    (
        "proxy.tcp.failure",
        _CONNECTING,
        {"config.proxy.present": True, "config.proxy.bypassed": False, "proxy.tcp.connected": False},
    ),
    ("proxy.connect.failure", ("proxy_", "tls_"), {"config.proxy.present": True, "config.proxy.bypassed": False}),
    ("tcp.failure", _CONNECTING, {"tcp.connected": False}),
    (
        "tls.handshake.failure",
        (
            "tls_reset",
            "tls_closed",
            *_CONNECTING,
            "proxy_",
            "io_",
            "tls_timeout",
            "tls_not_tls",
            "tls_version",
            "tls_no_cipher",
            "tls_client",
            "tls_alert",
        ),
        {},
    ),
    (
        "tls.client.failure",
        ("tls_unknown", "tls_self", "tls_expired", "tls_not_yet", "tls_wrong", "tls_bad", "tls_trust"),
        {"tls.client.trusted": False},
    ),
    ("api.models.failure", ("http_",), {}),
    ("hello.platform.failure", ("dns_", "proxy_", "tls_", "http_", *_CONNECTING), {"config.first_run_counts": True}),
)


@pytest.mark.parametrize(
    ("fact", "word", "beside"),
    [(fact, word, beside) for fact, starts, beside in _ON_THE_PATH for word in FAILURES if word.startswith(starts)],
)
def test_no_failure_on_the_path_goes_unsaid(fact: str, word: str, beside: dict[str, Any]) -> None:
    facts: dict[str, Any] = {
        "config.base_url.first_party": True,
        "tls.public.trusted": False,
        "tls.public.failure": "tls_unknown_authority",
    }
    if "hello" in fact:
        facts = {"config.base_url.first_party": True}
    made = findings.derive({**facts, **beside, fact: word}, KNOWLEDGE)
    assert [one.code for one in made if one.level == "problem" and fact in one.facts]


@pytest.mark.parametrize("answerer", ANSWERERS)
@pytest.mark.parametrize(
    "status", [200, 302, 307, 400, 401, 402, 403, 404, 405, 407, 413, 418, 429, 451, 500, 502, 503, 504, 529]
)
def test_no_answer_of_the_api_host_but_acceptance_goes_unsaid(status: int, answerer: str) -> None:
    facts: dict[str, Any] = {
        "config.base_url.first_party": True,
        "config.base_url.vendor": "anthropic",
        "config.base_url.compatible": False,
    }
    facts |= {
        "api.models.status": status,
        "api.models.answerer": answerer,
        "api.models.accepted": False,
        "api.models.credential_sent": True,
    }
    made = findings.derive({**facts, "config.key.present": True, "config.key.kind": "api_key"}, KNOWLEDGE)
    assert [one.code for one in made if one.level == "problem"]


def test_a_wrong_file_is_told_by_the_system_check(monkeypatch: pytest.MonkeyPatch) -> None:
    assert system_checks.check_knowledge(None) == []
    monkeypatch.setattr(library, "read_tables", lambda path: _broken("causes", "proxy_blocked", "decider", "nmap"))
    (message,) = system_checks.check_knowledge(None)
    assert message.id == "troubleshooter.E002"
    assert message.msg.startswith("knowledge/causes/proxy_blocked.toml: decider: ")
