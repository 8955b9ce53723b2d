"""Where the key goes, and where it never goes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from diagnostics.engine.records import Credential, Environment, FactValue
from diagnostics.engine.secrets import Secret
from diagnostics.lab import KEY, vendors
from diagnostics.lab.api import api
from diagnostics.lab.http import Request, Response, Site
from diagnostics.lab.proxy import proxy
from diagnostics.lab.tls import tls
from tests.engine.probes.conftest import Observe, environment
from tests.lab.fixtures import Serve

HOST = "api.anthropic.com"
CANARY = "sk-ant-api03-" + "canary" * 15 + "XYAA"


def test_the_key_goes_to_the_origin_of_the_base_url_alone(serve: Serve, observe: Observe) -> None:
    lab = serve()
    observe(lab, environment(model="claude-opus-5-5"))
    carried = {(request.host, request.target) for request in lab.seen if request.credentials}
    assert carried == {(HOST, "/v1/models?limit=100"), (HOST, "/v1/messages/count_tokens")}


def test_it_goes_in_the_headers_of_its_client(serve: Serve, observe: Observe) -> None:
    lab = serve()
    both = Credential("key_helper", "apiKeyHelper", "settings", Secret(KEY), ("x-api-key", "authorization"))
    observe(lab, _with(both), only=("api.models",))
    sent = next(request.credentials for request in lab.seen if request.target.startswith("/v1/models"))
    assert (sent["x-api-key"].reveal(), sent["authorization"].reveal()) == (KEY, f"Bearer {KEY}")


def test_what_goes_along_has_its_own_header(serve: Serve, observe: Observe) -> None:
    lab = serve()
    token = Credential("auth_token", "ANTHROPIC_AUTH_TOKEN", "shell", Secret(CANARY), ("authorization",))
    along = Credential("api_key", "ANTHROPIC_API_KEY", "shell", Secret(KEY), ("x-api-key",), beside=True)
    loser = Credential("api_key", "primaryApiKey", "~/.claude.json", Secret(CANARY), ("x-api-key",), beside=True)
    observe(lab, replace(environment(), credentials=(token, along, loser)), only=("api.models",))
    sent = next(request.credentials for request in lab.seen if request.target.startswith("/v1/models"))
    assert (sent["authorization"].reveal(), sent["x-api-key"].reveal()) == (f"Bearer {CANARY}", KEY)


def test_an_oauth_token_comes_with_its_beta(serve: Serve, observe: Observe) -> None:
    lab = serve()
    token = Credential(
        "login", "claudeAiOauth", "~/.claude/.credentials.json", Secret("sk-ant-oat01-" + "x" * 40), ("authorization",)
    )
    seen = observe(lab, _with(token), only=("api.models",))
    asked = next(request for request in lab.seen if request.target.startswith("/v1/models"))
    assert asked.headers["anthropic-beta"] == "oauth-2025-04-20"
    assert seen["api.models.error_message"] == "OAuth access token is invalid."


def test_without_a_key_the_question_is_asked_all_the_same(serve: Serve, observe: Observe) -> None:
    seen = observe(serve(), environment(key=None, model="claude-opus-5-5"))
    assert (seen["api.models.credential_sent"], seen["api.models.withheld"]) == (False, "none")
    assert (seen["api.models.status"], seen["api.models.answerer"]) == (401, "provider")
    assert seen.attempt("api.count_tokens").reason == "not needed: no credential may be sent there"


def test_where_one_must_stay_none_is_sent(serve: Serve, observe: Observe) -> None:
    lab = serve()
    token = Credential("auth_token", "ANTHROPIC_AUTH_TOKEN", "shell", Secret(KEY), ("authorization",))
    along = Credential("api_key", "ANTHROPIC_API_KEY", "shell", Secret(CANARY), ("x-api-key",), beside=True)
    facts: dict[str, FactValue] = {"config.key.along_stays": "other_vendor"}
    seen = observe(lab, replace(environment(facts=facts), credentials=(token, along)))
    assert (seen["api.models.credential_sent"], seen["api.models.withheld"]) == (False, "other_vendor")
    assert not [request for request in lab.seen if request.credentials]


def test_nothing_is_asked_where_the_client_stops_at_its_proxy_setting(serve: Serve, observe: Observe) -> None:
    lab = serve()
    seen = observe(lab, replace(environment(key=CANARY, model="claude-opus-5-5"), cut_off=(HOST,)))
    assert seen.attempt("api.models").reason == "not needed: the client cannot use its proxy setting"
    assert {request.host for request in lab.seen}.isdisjoint({HOST})
    assert seen["hello.platform.status"] == 200


@pytest.mark.parametrize(
    ("base_url", "vendor"), [("https://api.openai.com", "anthropic"), ("https://api.anthropic.com", "openai")]
)
def test_a_key_never_goes_to_another_vendor(serve: Serve, observe: Observe, base_url: str, vendor: str) -> None:
    lab = serve({"api.openai.com": vendors.openai()})
    seen = observe(lab, environment(base_url, key=CANARY, key_vendor=vendor))
    assert (seen["api.models.credential_sent"], seen["api.models.withheld"]) == (False, "other_vendor")
    assert seen["api.models.status"] == 401
    assert not [request for request in lab.seen if request.credentials]


def test_a_key_that_no_header_can_carry_stays_here(serve: Serve, observe: Observe) -> None:
    lab = serve()
    seen = observe(lab, environment(key="sk-ant-“smart”\nkey", facts={"config.key.header_illegal": True}))
    assert seen["api.models.withheld"] == "malformed"
    assert not [request for request in lab.seen if request.credentials]


def test_no_request_leaves_over_a_handshake_that_failed(serve: Serve, observe: Observe) -> None:
    lab = serve({HOST: api(tls=tls("private_ca")), "platform.claude.com": api(tls=tls("wrong_name"))})
    observe(lab, environment(key=CANARY))
    assert not [request for request in lab.seen if request.host in (HOST, "platform.claude.com")]


def test_a_redirect_is_told_and_not_followed(serve: Serve, observe: Observe) -> None:
    away = Site(lambda request: Response(302, b"", {"location": "https://evil.example/v1/models"}))
    lab = serve({HOST: away, "evil.example": api()})
    seen = observe(lab, environment(key=CANARY))
    assert (seen["api.models.status"], seen["api.models.location"]) == (302, "evil.example")
    assert not [request for request in lab.seen if request.host == "evil.example"]


def test_a_server_that_repeats_the_key_is_not_repeated(serve: Serve, observe: Observe) -> None:
    def parrot(request: Request) -> Response:
        given = request.headers.get("x-api-key", "")
        return Response.json(
            401, {"type": "error", "error": {"type": f"no {given}", "message": f"{given} and sk-proj-{'o' * 40}WXYZ"}}
        )

    seen = observe(serve({HOST: Site(parrot)}), environment(key=CANARY))
    whole = repr(seen.observations)
    assert "canarycanary" not in whole
    assert "ooooo" not in whole
    assert "sk-ant-api03-…XYAA" in str(seen["api.models.error_message"])


def test_whatever_a_stranger_writes_is_harmless_to_print(serve: Serve, observe: Observe) -> None:
    def spiteful(request: Request) -> Response:
        given = request.headers.get("x-api-key", "")
        message = f"\x1b[2J{given}\u202e"
        return Response.json(401, {"error": {"type": "x", "message": message}}, {"server": f"nginx {given}"})

    seen = observe(serve({HOST: Site(spiteful)}), environment(key=CANARY))
    whole = str([attempt.facts for attempt in seen.observations.attempts])
    assert "canarycanary" not in whole
    assert "\\x1b" not in whole
    assert "\\u202e" not in whole
    assert str(seen["api.models.server"]).startswith("nginx [sk-ant-api03-…")


def test_a_proxys_page_that_repeats_the_password_is_not_repeated(serve: Serve, observe: Observe) -> None:
    wanted = proxy(connect=403, page="no entry for anna:s3cret-s3cret")
    lab = serve({"proxy.corp.example:3128": wanted})
    seen = observe(lab, environment(proxy="http://anna:s3cret-s3cret@proxy.corp.example:3128"))
    assert "no entry for anna:" in str(seen["proxy.connect.title"])
    assert "s3cret" not in repr(seen.observations)


def _with(credential: Credential) -> Environment:
    return replace(environment(), credentials=(credential,))
