"""The API's, vendors' and relays' own words of refusal, whichever call they answer: the body decides before the status."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest

from diagnostics.engine.net.http import Answer
from diagnostics.engine.probes.answerer import Place, who
from diagnostics.engine.probes.bodies import body_of
from diagnostics.engine.records import FactValue
from diagnostics.engine.vocabulary import CALLS
from tests.scenarios.scenario import HERE, baseline, changed, judged

OWN = Place("api.anthropic.com", "anthropic", True)
ELSEWHERE = Place("llm.corp.example", None, True)
ELSEWHERE_FACTS: dict[str, FactValue] = {
    "config.base_url.value": "https://llm.corp.example",
    "config.base_url.host": "llm.corp.example",
    "config.base_url.first_party": False,
    "config.base_url.default": False,
}


def facts_of(call: str, place: Place, status: int, said: Any) -> dict[str, FactValue]:
    """What a probe would have seen of this answer."""
    answer = Answer(status, {"content-type": "application/json"}, json.dumps(said).encode(), False, 0.1, 0.2)
    body = body_of(answer)
    told = {"error_type": body.kind, "error_code": body.code, "error_message": body.message}
    return {
        **{f"{call}.{name}": value for name, value in told.items() if value},
        f"{call}.status": status,
        f"{call}.answerer": who(answer, body, place)[0],
        f"{call}.accepted": False,
        f"{call}.credential_sent": True,
    }


WORDS = tomllib.loads((HERE / "refusals.toml").read_text(encoding="utf-8"))


def rows(table: str) -> list[Any]:
    """(status, body, cause) of each refusal of a table."""
    return [
        pytest.param(row["status"], json.loads(row["body"]), row["cause"], id=row["body"][:60]) for row in WORDS[table]
    ]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("status", "said", "cause"), rows("own"))
def test_the_apis_own_words(call: str, status: int, said: Any, cause: str) -> None:
    without = ("api.",) if call == "api.models" else (call,)
    if cause == "key_rejected":
        without = ("api.",)
    report = judged(changed(baseline("direct"), without, facts_of(call, OWN, status, said)))
    assert report.verdict.cause == cause, [(one.cause, one.confidence) for one in report.verdict.ranked]
    assert str(said["error"]["message"])[:40] in report.verdict.summary or cause not in (
        "credit_exhausted",
        "org_disabled",
    )


@pytest.mark.parametrize("call", ["api.models", "api.message"])
@pytest.mark.parametrize(("status", "said", "cause"), rows("others"))
def test_words_of_vendors_and_relays(call: str, status: int, said: Any, cause: str) -> None:
    without = ("api.", "config.base_url.vendor", "config.base_url.compatible")
    report = judged(
        changed(baseline("direct"), without, {**ELSEWHERE_FACTS, **facts_of(call, ELSEWHERE, status, said)})
    )
    assert report.verdict.cause == cause, [(one.cause, one.confidence) for one in report.verdict.ranked]


@pytest.mark.parametrize("call", ["api.count_tokens", "api.message"])
@pytest.mark.parametrize(("status", "said", "cause"), rows("model"))
def test_words_for_a_model_that_is_not_there(call: str, status: int, said: Any, cause: str) -> None:
    without = (call, "config.base_url.vendor", "config.base_url.compatible")
    report = judged(
        changed(baseline("direct"), without, {**ELSEWHERE_FACTS, **facts_of(call, ELSEWHERE, status, said)})
    )
    assert report.verdict.cause == cause, [(one.cause, one.confidence) for one in report.verdict.ranked]
