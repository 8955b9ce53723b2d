"""Sample reports and values for the page that shows every component; no real host, key or person in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms

from diagnostics.drawing.states import STATES
from diagnostics.drawing.stations import Report
from diagnostics.engine.vocabulary import SIDES

_HTTPS_OK: dict[str, Any] = {"tls.handshake.version": "TLS 1.3"}


def _attempt(probe: str, started: float, seconds: float, **more: Any) -> dict[str, Any]:
    attempt: dict[str, Any] = {
        "probe": probe,
        "status": "done",
        "reason": None,
        "started": started,
        "seconds": seconds,
        "facts": {},
    }
    return {**attempt, "events": [], **more}


def _report(attempts: list[dict[str, Any]], seconds: float, verdict: dict[str, Any] | None, **more: Any) -> Report:
    client = {"name": "claude-code", "version": "2.1.197", "source": "package.json"}
    run = {"id": "01", "started_at": "2026-11-22T20:15:00Z", "seconds": seconds, "client": client}
    return {"run": run, "attempts": attempts, "findings": [], "experiments": [], "verdict": verdict, **more}


def _verdict(cause: str, layer: str | None) -> dict[str, Any]:
    return {"cause": cause, "layer": layer, "confidence": 0.97}


def healthy() -> Report:
    """A green run of a direct path."""
    return _report(
        [
            _attempt("config", 0.0, 0.004, facts={"config.base_url.first_party": True}),
            _attempt("dns.system", 0.006, 0.012, facts={"dns.system.addresses": ["160.79.104.10"]}),
            _attempt("tcp.v4", 0.019, 0.014, facts={"tcp.v4.connected": True}),
            _attempt("tls.client", 0.034, 0.041, facts={"tls.client.trusted": True, **_HTTPS_OK}),
            _attempt("edge.trace", 0.077, 0.062, facts={"edge.trace.status": 200, "edge.trace.country": "DE"}),
            _attempt(
                "api.models", 0.078, 0.212, facts={"api.models.status": 200}, events=[{"at": 0.18, "what": "byte"}]
            ),
        ],
        0.31,
        _verdict("healthy", None),
    )


def proxy_wants_credentials() -> Report:
    """A proxy answers 407, and without the proxy the API answers."""
    proxy = {"config.proxy.present": True, "config.proxy.url": "http://proxy.corp.example:3128"}
    return _report(
        [
            _attempt("config", 0.0, 0.005, facts=proxy),
            _attempt("control.hosts", 0.006, 0.391, facts={"control.reached": 0}),
            _attempt("proxy.dns", 0.006, 0.011),
            _attempt("proxy.tcp", 0.018, 0.008, facts={"proxy.tcp.connected": True}),
            _attempt("proxy.connect", 0.027, 0.031, facts={"proxy.connect.status": 407}),
            _attempt("dns.independent", 0.007, 0.066),
            _attempt("tls.client", 0.0, 0.0, status="skipped", reason="needs proxy.connect"),
        ],
        0.92,
        _verdict("proxy_auth_required", "proxy"),
        experiments=[
            {"changed": "proxy", "from": "proxy.corp.example", "to": "direct", "before": "407", "after": "200"}
        ],
    )


def packets_dropped() -> Report:
    """The API's address swallows connections until our limit."""
    return _report(
        [
            _attempt("config", 0.0, 0.005),
            _attempt("control.hosts", 0.008, 0.207, facts={"control.reached": 3}),
            _attempt("dns.system", 0.008, 0.023, facts={"dns.system.addresses": ["160.79.104.10"]}),
            _attempt("dns.independent", 0.009, 0.081),
            _attempt("tcp.v4", 0.033, 4.0, status="failed", reason="connect_timeout"),
            _attempt("tcp.v6", 0.034, 0.003, status="failed", reason="network_unreachable"),
            _attempt("service.status", 0.21, 0.377, facts={"service.status.status": 200}),
        ],
        4.31,
        _verdict("firewall_blocked", "tcp"),
    )


def undecided() -> Report:
    """A certificate that is not trusted, and nothing that says why."""
    report = dict(healthy())
    failed = _attempt("tls.client", 0.034, 0.041, status="failed", reason="tls_unknown_authority")
    report["attempts"] = [*report["attempts"][:3], failed]
    report["verdict"] = {**_verdict("unknown", None), "confidence": 0.4}
    return report


def running() -> Report:
    """The first half of a run, without a verdict yet."""
    return {**healthy(), "attempts": healthy()["attempts"][:3], "verdict": None}


def refused_key() -> Report:
    """Everything passes until the API refuses the key."""
    report = dict(healthy())
    models = _attempt("api.models", 0.078, 0.112, facts={"api.models.status": 401})
    finding = {"code": "clock.off", "level": "warning", "says": "", "facts": ["edge.trace.country"]}
    return {
        **report,
        "attempts": [*report["attempts"][:5], models],
        "verdict": _verdict("key_rejected", "auth"),
        "findings": [finding],
    }


def no_way_out() -> Report:
    """Nothing beyond the first hop answers."""
    failed = [
        _attempt("config", 0.0, 0.005),
        _attempt("control.hosts", 0.008, 2.0, status="failed", reason="network_unreachable"),
        _attempt("dns.system", 0.008, 0.9, status="failed", reason="dns_unreachable"),
    ]
    return _report(failed, 3.1, _verdict("no_internet", "network"))


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(help_text="As your team calls it.")
    base_url = forms.CharField(label="Base URL", help_text="Where the client sends its requests.", initial="https://")
    ca_pem = forms.CharField(label="Extra certificates", widget=forms.Textarea, required=False, help_text="PEM text.")
    kind = forms.ChoiceField(choices=[("laptop", "Laptop"), ("ci", "CI job")])
    runs_from = forms.ChoiceField(
        choices=[("worker", "The dashboard's network"), ("machine", "The machine itself")], widget=forms.RadioSelect
    )
    message = forms.BooleanField(label="Send one small message", required=False, help_text="It costs a few tokens.")


def context() -> dict[str, Any]:
    """Values for every component, by the names under which `components/all.html` uses them."""
    now = datetime.now(UTC)
    ages = (timedelta(), timedelta(minutes=4), timedelta(hours=30), timedelta(days=20), timedelta(days=-2))
    broken, works = ("ok", "ok", "ok", "problem", "skipped", "skipped", "skipped"), ("ok",) * 7
    layers = ("config", "dns", "tcp", "tls", "http", "auth", "request")
    return {
        "paths": _paths(),
        "layers": list(zip(layers, broken, strict=True)),
        "green_layers": list(zip(layers, works, strict=True)),
        "states": list(STATES),
        "sides": SIDES,
        "moments": [now - age for age in ages],
        "lengths": [0.0041, 0.412, 3.2, 125, 3900],
        "form": SampleForm({"base_url": "api.example"}),
        "reference": healthy(),
        "command": _COMMAND,
        **_values(),
    }


_COMMAND = "export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/corp-root.pem"


def _paths() -> list[tuple[str, Report]]:
    return [
        ("Broken at the proxy, and an experiment around it", proxy_wants_credentials()),
        ("Broken at the connection", packets_dropped()),
        ("Broken at the API, with a warning before it", refused_key()),
        ("No way out", no_way_out()),
        ("Not decided", undecided()),
        ("Running", running()),
        ("Healthy", healthy()),
    ]


def _values() -> dict[str, Any]:
    changes, undo = "this shell, until it ends", "unset NODE_EXTRA_CA_CERTS"
    powershell = '$env:NODE_EXTRA_CA_CERTS = "C:\\corp-root.pem"'
    states = [{"value": "broken", "label": "Broken"}, {"value": "works", "label": "Works", "selected": True}]
    return {
        "facts": [("tls.chain.issuer", "CN=Corp Root CA, O=Corp"), ("tls.client.roots", 146)],
        "tabs": [
            {"key": "bash", "label": "bash", "command": _COMMAND, "changes": changes, "undo": undo},
            {"key": "powershell", "label": "PowerShell", "command": powershell},
            {"key": "settings", "label": "Settings file", "text": "Write it into the env part of your settings file."},
        ],
        "steps": [
            {"title": "Find your company's root certificate", "state": "done"},
            {"title": "Give it to Node", "state": "checking", "current": True},
            {"title": "Restart the client", "state": "todo"},
            {"title": "Ask the network team for an exception", "state": "could_not"},
            {"title": "Set the clock", "state": "not_needed"},
        ],
        "rows": [
            {"label": "Chain accepted by the client", "before": "no", "after": "yes", "differs": True},
            {"label": "Issuer", "before": "CN=Corp Root CA", "after": "CN=Corp Root CA", "differs": False},
        ],
        "candidates": [
            {
                "cause": "tls_certificate_invalid",
                "title": "The certificate itself is bad",
                "confidence": 0.21,
                "against": "The chain is valid today and names the host.",
            },
            {
                "cause": "clock_skew",
                "title": "This machine's clock is wrong",
                "confidence": 0.04,
                "against": "The clock is 0.4 s off by three servers.",
            },
        ],
        "filters": [{"name": "state", "label": "State", "options": states}],
    }
