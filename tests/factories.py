"""Rows for tests: small, valid, and made through the same services as the real ones where there is a rule to keep."""

from __future__ import annotations

import hashlib
import itertools
import json
from datetime import timedelta
from typing import Any

from django.utils import timezone

from diagnostics.models import Environment, Membership, Role, Run, Team, User
from diagnostics.services import environments

_numbers = itertools.count(1)

KEY = "sk-ant-api03-" + "canary-of-a-key-" * 5 + "AA"


def make_user(email: str = "") -> User:
    """A person without a password."""
    return User.objects.create_user(email or f"person{next(_numbers)}@example.com")


def make_team(name: str = "") -> Team:
    """A team with nobody in it and without practice environments."""
    number = next(_numbers)
    return Team.objects.create(name=name or f"Team {number}", slug=f"team-{number}", created_at=timezone.now())


def make_member(team: Team, role: str = Role.MEMBER, email: str = "") -> User:
    """A person of the team."""
    user = make_user(email)
    Membership.objects.create(team=team, user=user, role=role, joined_at=timezone.now())
    return user


def make_environment(team: Team, **values: Any) -> Environment:
    """A registered environment; `values` as `environments.register` takes them, and `practice`."""
    now = timezone.now()
    values.setdefault("name", f"Laptop {next(_numbers)}")
    row = Environment(team=team, created_at=now, updated_at=now, practice=values.pop("practice", None))
    return environments.save_new(row, **values)


def make_run(environment: Environment, **columns: Any) -> Run:
    """A run as it stands after `start`: queued for a worker, or as `columns` say."""
    now = timezone.now()
    known: dict[str, Any] = {
        "team_id": environment.team_id,
        "environment": environment,
        "status": Run.Status.QUEUED,
        "vantage_kind": "worker",
        "snapshot": environments.snapshot(environment),
        "queued_at": now,
        "deadline_at": now + timedelta(hours=24),
    }
    return Run.objects.create(**(known | columns))


def make_finished_run(environment: Environment, report: dict[str, Any] | None = None, **columns: Any) -> Run:
    """A run with a frozen report; by default `make_report()`."""
    body = report or make_report()
    verdict, text = body["verdict"], json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    known: dict[str, Any] = {
        "status": Run.Status.FINISHED,
        "started_at": timezone.now(),
        "finished_at": timezone.now(),
        "report": text,
        "report_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "cause": verdict["cause"],
        "confidence": verdict["confidence"],
        "side": verdict["side"] or "",
        "layer": verdict["layer"] or "",
        "title": verdict["title"],
        "tries": 1,
    }
    return make_run(environment, **(known | columns))


def make_report(cause: str = "proxy_auth_required", **changes: Any) -> dict[str, Any]:
    """A small report of the contract's form: a proxy that wants credentials, or another `cause` with the same facts."""
    healthy = cause == "healthy"
    return {
        "schema": "troubleshooter.report/1",
        "run": {
            "id": "0" * 32,
            "started_at": "2026-11-22T20:15:00Z",
            "seconds": 0.41,
            "client": {"name": "claude-code", "version": None, "source": "assumed"},
            "mode": "interactive",
            "versions": {"engine": "0.1.0", "knowledge": "sha256:" + "0" * 64},
            "vantage": {"kind": "probe", "name": "ada-laptop"},
            "error": None,
        },
        "environment": {"base_url": "https://api.anthropic.com", "proxy": {"url": "http://proxy.corp.example:3128"}},
        "attempts": [
            {
                "probe": "config",
                "status": "done",
                "reason": None,
                "started": 0.0,
                "seconds": 0.001,
                "facts": {
                    "config.base_url.first_party": True,
                    "config.base_url.host": "api.anthropic.com",
                    "config.key.present": True,
                    "config.key.shape": "sk-ant-api03-…AgAA",
                    "config.proxy.present": True,
                    "config.proxy.url": "http://proxy.corp.example:3128",
                },
                "events": [],
            },
            {
                "probe": "proxy.connect",
                "status": "done",
                "reason": None,
                "started": 0.002,
                "seconds": 0.03,
                "facts": {"proxy.connect.status": 407, "proxy.connect.schemes": ["basic"]},
                "events": [{"at": 0.01, "what": "connected", "detail": "10.20.30.40"}],
            },
        ],
        "findings": [
            {
                "code": "proxy.wants_credentials",
                "level": "problem",
                "says": "The proxy at proxy.corp.example wants credentials.",
                "facts": ["proxy.connect.status"],
            }
        ],
        "experiments": [],
        "verdict": {
            "cause": cause,
            "confidence": 0.97,
            "side": None if healthy else "client",
            "layer": None if healthy else "proxy",
            "title": "The client works" if healthy else "The proxy wants a password",
            "summary": "The proxy at 10.20.30.40 asked for credentials.",
            "ranked": [{"cause": cause, "confidence": 0.97, "because": ["proxy.wants_credentials"], "against": []}],
            "undecided": None,
            "also": [],
            "not_checked": [],
        },
        "next_step": None,
        **changes,
    }
