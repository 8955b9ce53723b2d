"""``--plan`` names every experiment that a run may make, and whom it would ask, before anything is asked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from diagnostics.engine.cli.options import Options
from diagnostics.engine.cli.planning import plan
from diagnostics.engine.environment import registered
from diagnostics.lab import KEY

CORP = "http://anna:s3cret-pw@proxy.corp.example:3128"


def told(environ: dict[str, str], **options: Any) -> dict[str, Any]:
    """The plan as data."""
    made: dict[str, Any] = json.loads(
        plan(Options(json=True, **options), registered({"ANTHROPIC_API_KEY": KEY, **environ}))
    )
    return made


def changes(environ: dict[str, str], **options: Any) -> list[tuple[str, str]]:
    return [(one["changed"], one["to"]) for one in told(environ, **options)["experiments"]]


def test_behind_a_proxy_only_the_proxy() -> None:
    assert changes({"HTTPS_PROXY": CORP}) == [("proxy", "direct")]


def test_without_one_the_kind_of_address_and_the_resolver() -> None:
    assert [factor for factor, _ in changes({})] == ["family", "resolver"]


@pytest.mark.parametrize(
    ("environ", "destination"),
    [
        ({"HTTPS_PROXY": CORP, "NO_PROXY": "*"}, "http://proxy.corp.example:3128 (the proxy that HTTPS_PROXY names)"),
        ({"ANTHROPIC_BASE_URL": "http://127.0.0.1:4000"}, "https://api.anthropic.com (the client's own base URL)"),
    ],
    ids=["a proxy that is not used", "the default base URL"],
)
def test_whom_they_would_ask_stands_among_the_destinations(environ: dict[str, str], destination: str) -> None:
    assert destination in told(environ)["destinations"]
    assert "s3cret" not in json.dumps(told(environ))


def test_a_credential_that_loses_by_its_name() -> None:
    environ = {"ANTHROPIC_AUTH_TOKEN": KEY[:-6] + "OTHRAA"}
    assert ("credential", "ANTHROPIC_AUTH_TOKEN") in changes(environ, client="anthropic-python")
    assert "OTHRAA" not in json.dumps(told(environ, client="anthropic-python")["experiments"])


def test_none_of_the_path_alone() -> None:
    assert changes({"HTTPS_PROXY": CORP}, quick=True) == []


def test_it_is_told_in_words_too() -> None:
    text = plan(Options(), registered({"HTTPS_PROXY": CORP}))
    assert "Where something fails, up to 4 of these are tried then, one thing changed at a time, within 6 s:" in text
    assert "  proxy: direct" in text
    assert "Upper bound: 30 s." in text
