"""When a run makes experiments, what they do to its ranking, and that whoever reads the report later comes to the same."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from diagnostics.engine import causes, library, pipeline, report, text
from diagnostics.engine.pipeline import Course
from diagnostics.engine.records import Attempt, Facts, Report
from diagnostics.lab import tcp
from diagnostics.lab.proxy import proxy
from tests.scenarios.networks.declaring import API, OFFICE, THROUGH_OFFICE, Broken
from tests.scenarios.networks.diagnosing import diagnosed
from tests.scenarios.scenario import attempts_of, baseline, changed

REFUSED: Facts = changed(
    baseline("proxied"), ("proxy.connect", "tls.", "hello.", "edge.", "api."), {"proxy.connect.status": 407}
)


def proved(passes: bool, factor: str = "proxy", to: str = "direct", **more: Any) -> Attempt:
    """An experiment's attempt."""
    told = {"passes": passes, "from": "as set", "to": to, "before": "407", "after": "200" if passes else "407", **more}
    facts = {f"experiment.{factor}.{name}": value for name, value in told.items()}
    return Attempt("hello.api", "done", facts={**facts, "hello.api.status": 200}, variant=f"{factor}: {to}")


def open_after(*attempts: Attempt) -> tuple[str, ...]:
    """Factors that are worth flipping after these attempts."""
    facts, _, ranking = pipeline.judged(attempts)
    return causes.open_factors(ranking, facts, library.load())


class TestWhenTheyAreMade:
    def test_where_evidence_of_a_near_candidate_asks_for_them(self) -> None:
        assert open_after(*attempts_of(REFUSED)) == ("proxy",)

    def test_not_once_they_are_made(self) -> None:
        assert open_after(*attempts_of(REFUSED), proved(True)) == ()

    def test_not_where_the_clients_way_works(self) -> None:
        assert open_after(*attempts_of(baseline("direct"))) == ()

    @pytest.mark.parametrize("fault", [{"api.models.status": 429, "api.models.error_type": "rate_limit_error"}])
    def test_not_where_no_change_of_the_way_could_tell(self, fault: dict[str, Any]) -> None:
        facts = changed(baseline("direct"), ("api.",), {**fault, "api.models.answerer": "provider"})
        assert open_after(*attempts_of(facts)) == ()

    def test_a_healthy_run_makes_none(self) -> None:
        made = run(Broken("through a proxy", "healthy", lambda: {OFFICE: proxy()}, THROUGH_OFFICE))
        assert (made.verdict.cause, made.experiments) == ("healthy", ())
        assert not [attempt for attempt in made.attempts if attempt.variant]


class TestWhatTheyProve:
    def test_what_was_seen_on_another_way_does_not_count(self) -> None:
        facts = pipeline.facts_of((*attempts_of(REFUSED), proved(True)))
        assert facts["experiment.proxy.passes"] is True
        assert "hello.api.status" not in facts

    @pytest.mark.parametrize("order", [(True, False), (False, True)])
    def test_one_change_that_passes_is_not_taken_back_by_another(self, order: tuple[bool, bool]) -> None:
        tried = [proved(passes, "family", f"{'IPv4' if passes else 'IPv6'} only") for passes in order]
        facts = pipeline.facts_of(tried)
        assert (facts["experiment.family.passes"], facts["experiment.family.to"]) == (True, "IPv4 only")

    def test_confidence_rises_with_the_proof_and_only_with_it(self) -> None:
        before, after, against = (
            pipeline.judged((*attempts_of(REFUSED), *more))[2] for more in ((), (proved(True),), (proved(False),))
        )
        assert before.cause == after.cause == against.cause == "proxy_auth_required"
        assert before.confidence < after.confidence
        assert against.confidence == before.confidence
        assert "experiment.passes_directly" in after.ranked[0].because

    def test_what_comes_and_goes_proves_nothing(self) -> None:
        control = proved(True, "nothing", "as configured")
        _, found, _ = pipeline.judged((*attempts_of(REFUSED), proved(True), control))
        assert "experiment.passes_directly" not in {finding.code for finding in found}


class TestTheReport:
    BROKEN = Broken("forbids", "proxy_blocked", lambda: {OFFICE: proxy(connect=403)}, THROUGH_OFFICE)

    def test_says_it_in_plain_words(self) -> None:
        made = run(self.BROKEN)
        (one,) = made.experiments
        assert (one.changed, one.origin, one.to, one.before, one.after) == (
            "proxy",
            f"http://{OFFICE}",
            "direct",
            "403",
            "200",
        )
        told = " ".join(text.render(made).split())
        assert "Fails as configured (403); passes when only the proxy is left out (200)." in told
        assert "Changed only" not in told  # the evidence has said it

    def test_judged_elsewhere_it_is_the_same(self) -> None:
        made = run(self.BROKEN)
        sent = json.loads(report.dumps(made))
        assert sent["experiments"] == [
            {"changed": "proxy", "from": f"http://{OFFICE}", "to": "direct", "before": "403", "after": "200"}
        ]
        again = pipeline.judge(report.parse({**sent, "experiments": []}))
        assert (again.verdict, again.experiments) == (made.verdict, made.experiments)

    def test_a_run_that_is_cut_off_tells_those_that_have_ended(self) -> None:
        course = Course(attempts=[*attempts_of(REFUSED), proved(True)])
        assert [one.changed for one in course.so_far("cancelled").experiments] == ["proxy"]

    def test_a_way_round_that_is_no_better_is_told_too(self) -> None:
        made = run(
            Broken("fenced", "proxy_blocked", self.BROKEN.hosts, THROUGH_OFFICE, lab={"direct": {"*": tcp.refused()}})
        )
        assert [(one.before, one.after) for one in made.experiments] == [("403", "connect_refused")]
        assert made.verdict.cause == "proxy_blocked"
        assert {one.probe for one in made.attempts if one.variant} == {"hello.api"}
        told = " ".join(text.render(made).split())
        assert f"Changed only the proxy: http://{OFFICE} -> direct. Before: 403. After: connection refused." in told
        assert API in str(made.findings)


def run(broken: Broken) -> Report:
    """The report of one run in this network."""
    return asyncio.run(diagnosed(broken))
