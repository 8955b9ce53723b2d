"""A report that somebody sends: what is measured is taken, everything odd is refused with a sentence."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from diagnostics.engine import pipeline, report
from diagnostics.engine.records import Attempt, Event

RUN = {
    "id": "r1",
    "started_at": "2026-11-22T20:15:00Z",
    "seconds": 3.21,
    "client": {"name": "claude-code", "version": None, "source": "assumed"},
    "mode": "print",
    "vantage": {"kind": "probe", "name": "laptop"},
    "error": None,
}
ATTEMPT = Attempt(
    "proxy.connect",
    "done",
    None,
    0.4,
    0.03,
    {"proxy.connect.status": 407, "proxy.connect.schemes": ("basic",)},
    (Event(0.01, "connected"),),
)


def sent() -> dict[str, Any]:
    """A report as the probe writes it, read back from its bytes."""
    made: dict[str, Any] = json.loads(report.dumps(pipeline.conclude(RUN, {"settings": []}, [ATTEMPT])))
    return made


def test_what_was_measured_comes_back_as_it_was() -> None:
    upload = report.parse(json.dumps(sent()))
    assert upload.attempts == (ATTEMPT,)
    assert pipeline.judge(upload).verdict.cause == "proxy_auth_required"


def test_a_verdict_that_came_along_is_not_believed() -> None:
    forged = sent()
    forged["verdict"] = {"cause": "healthy", "confidence": 1.0}
    assert pipeline.judge(report.parse(forged)).verdict.cause == "proxy_auth_required"


def test_canonical_bytes_do_not_depend_on_order() -> None:
    made = pipeline.conclude(RUN, {"b": 1, "a": 2}, [ATTEMPT])
    other = pipeline.conclude(dict(reversed(list(RUN.items()))), {"a": 2, "b": 1}, [ATTEMPT])
    assert report.dumps(made) == report.dumps(other)
    assert b'": ' not in report.dumps(made)


def _changed(path: str, value: Any) -> dict[str, Any]:
    made = copy.deepcopy(sent())
    place: Any = made
    *way, last = path.split("/")
    for key in way:
        place = place[int(key) if key.isdigit() else key]
    if value is None and last not in ("error",):
        place.pop(last)
    else:
        place[last] = value
    return made


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("schema", "other/2", "form"),
        ("run", None, "run"),
        ("run/mode", "both", "run.mode"),
        ("run/seconds", -1, "seconds"),
        ("run/started_at", "## yesterday", "not a time"),
        ("environment", {"settings": 5}, "environment.settings"),
        ("environment", {"settings": ["HTTPS_PROXY"]}, "environment.settings"),
        ("run/seconds", True, "seconds"),
        ("run/vantage/kind", "moon", "vantage"),
        ("attempts", {}, "list"),
        ("attempts", [{}] * 500, "entries"),
        ("attempts/0/probe", "nmap", "probe"),
        ("attempts/0/status", "won", "status"),
        ("attempts/0/facts/proxy.connect.status", "407", "wrong kind"),
        ("attempts/0/facts/proxy.connect.status", True, "wrong kind"),
        ("attempts/0/facts/proxy.connect.schemes", ["a"] * 500, "wrong kind"),
        ("attempts/0/facts/proxy.connect.failure", "gremlins", "wrong kind"),
        ("attempts/0/facts/made.up.fact", 1, "not known here"),
        ("attempts/0/started", 1e9, "seconds"),
        ("environment", {"a": "x" * 5000}, "characters"),
        ("environment", {"a": [1] * 6000}, "too many"),
        ("environment", {"key": "sk-ant-api03-" + "a" * 93 + "AA"}, "secret"),
        ("environment", {"proxy": "http://anna:hunter2hunter2@proxy:3128"}, "secret"),
    ],
)
def test_odd_reports_are_refused_with_a_sentence(path: str, value: Any, told: str) -> None:
    with pytest.raises(report.ReportError, match=told):
        report.parse(_changed(path, value))


@pytest.mark.parametrize("text", ["", "[1", "[" * 100_000, '{"a": NaN}', "[]", '"text"', "x" * 1_000_001])
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(report.ReportError):
        report.parse(text)


def test_deep_nesting_is_refused() -> None:
    deep: Any = "x"
    for _ in range(50):
        deep = [deep]
    with pytest.raises(report.ReportError, match="deep"):
        report.parse(_changed("environment", {"a": deep}))


OTHER = {
    "name": "curl",
    "version": None,
    "source": "assumed",
    "facts": {"config.client.name": "curl"},
    "without": ["config.model"],
}


def test_other_clients_come_as_what_was_configured_and_are_judged_anew() -> None:
    forged = sent()
    forged["clients"] = [{**OTHER, "outlook": "passes", "differs": ["proxy"], "says": "<b>all is well</b>"}]
    upload = report.parse(forged)
    assert [(one.name, one.facts, one.without) for one in upload.others] == [
        ("curl", {"config.client.name": "curl"}, ("config.model",))
    ]
    [judged] = pipeline.judge(upload).clients
    assert judged.outlook == "fails"
    assert judged.says == "The same stops it: The proxy wants a user name and password."


def test_a_client_that_is_not_known_here_is_left_out() -> None:
    strange = sent()
    strange["clients"] = [{**OTHER, "name": "wget"}]
    assert pipeline.judge(report.parse(strange)).clients == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"facts": {"proxy.connect.status": 200}},
        {"facts": {"config.nothing": 1}},
        {"facts": {"config.proxy.present": "yes"}},
        {"without": ["tcp.connected"]},
        {"without": [7]},
        {"name": None},
        {"source": "x" * 301},
    ],
)
def test_an_odd_client_is_refused(wrong: dict[str, Any]) -> None:
    odd = sent()
    odd["clients"] = [{**OTHER, **wrong}]
    with pytest.raises(report.ReportError):
        report.parse(odd)
