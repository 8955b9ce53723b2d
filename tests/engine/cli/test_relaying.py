"""What makes a watched run news for the dashboard: what decides it, never how long it took."""

from __future__ import annotations

from typing import Any

from diagnostics.engine.cli.relaying import saying
from diagnostics.engine.pipeline import Course, conclude
from diagnostics.engine.records import Attempt, Report


def _report(status: int, seconds: float, error: str | None = None, **facts: Any) -> Report:
    tried = (
        Attempt("config", "done", facts={"config.proxy.present": True, "config.base_url.host": "api.anthropic.com"}),
        Attempt("proxy.connect", "done", seconds=seconds, facts={"proxy.connect.status": status, **facts}),
    )
    return conclude(Course().particulars(error), {}, tried)


def test_time_is_no_news() -> None:
    first, second = _report(407, 0.1), _report(407, 3.0)
    assert first.verdict.cause == "proxy_auth_required"
    assert saying(first) == saying(second)


def test_another_verdict_another_value_and_a_fault_of_ours_are() -> None:
    first = saying(_report(407, 0.1))
    assert saying(_report(403, 0.1)) != first
    assert saying(_report(407, 0.1, error="broke")) != first
    assert saying(_report(502, 0.1)) != saying(_report(503, 0.1))
