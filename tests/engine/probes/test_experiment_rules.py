"""Which credential an experiment may carry and where, and what it may cost."""

from __future__ import annotations

import asyncio

import pytest

from diagnostics.engine.net import Guard, Net, Roots
from diagnostics.engine.probes import Plan, possible
from diagnostics.engine.records import Facts
from diagnostics.lab import KEY, tcp
from diagnostics.lab.api import api
from diagnostics.lab.certificates import private_root
from diagnostics.lab.http import Request, Response, Site
from diagnostics.lab.proxy import proxy
from diagnostics.lab.tls import Tls, tls
from diagnostics.lab.vendors import gateway
from tests.engine.probes.changing import API, OFFICE, TOKEN, V4, V6, Setting, through
from tests.lab.fixtures import Serve


class TestCredential:
    REVOKED = KEY[:-8] + "REVOKEAA"

    def test_the_one_that_loses_would_have_been_accepted(self, serve: Serve) -> None:
        environ = {"ANTHROPIC_API_KEY": self.REVOKED, "CLAUDE_CODE_OAUTH_TOKEN": TOKEN}
        tried = Setting(serve({API: api(keys=(TOKEN,))}), environ).tried("credential")
        assert tried.changes == [("credential", "CLAUDE_CODE_OAUTH_TOKEN", "401", "200")]
        assert tried.carried == {(API, "authorization")}
        assert [one.headers.get("anthropic-beta") for one in tried.seen] == ["oauth-2025-04-20"]

    def test_it_is_refused_too(self, serve: Serve) -> None:
        environ = {"ANTHROPIC_API_KEY": self.REVOKED, "CLAUDE_CODE_OAUTH_TOKEN": TOKEN}
        assert Setting(serve(), environ).tried("credential")["credential.passes"] is False

    def test_of_two_that_go_together_each_alone(self, serve: Serve) -> None:
        environ = {"ANTHROPIC_API_KEY": self.REVOKED, "ANTHROPIC_AUTH_TOKEN": KEY}
        tried = Setting(serve(), environ).tried("credential")
        assert sorted(tried.changes) == [
            ("credential", "ANTHROPIC_API_KEY alone", "401", "401"),
            ("credential", "ANTHROPIC_AUTH_TOKEN alone", "401", "200"),
        ]
        assert [set(one.credentials) for one in tried.seen] in (
            [{"authorization"}, {"x-api-key"}],
            [{"x-api-key"}, {"authorization"}],
        )
        assert tried["credential.to"] == "ANTHROPIC_AUTH_TOKEN alone"

    def test_what_was_not_judged_proves_nothing(self, serve: Serve) -> None:
        facts: Facts = {"api.models.status": 401, "api.models.answerer": "provider"}
        environ = {"ANTHROPIC_API_KEY": self.REVOKED, "CLAUDE_CODE_OAUTH_TOKEN": TOKEN}
        tried = Setting(serve({API: api("rate_limited", keys=(TOKEN,))}), environ).tried("credential", facts=facts)
        assert (tried["credential.after"], tried["credential.passes"]) == ("429", None)

    @pytest.mark.parametrize(
        "loser",
        [
            {"CLAUDE_CODE_OAUTH_TOKEN": f"{TOKEN[:40]}\n{TOKEN[40:]}"},
            {"CLAUDE_CODE_OAUTH_TOKEN": "sk-proj-" + "a1B2" * 12 + "T3BlbkFJ" + "c3D4" * 12},
        ],
        ids=["malformed", "another vendor's"],
    )
    def test_what_must_stay_here_stays(self, serve: Serve, loser: dict[str, str]) -> None:
        tried = Setting(serve(), {"ANTHROPIC_API_KEY": self.REVOKED, **loser}).tried("credential")
        assert (tried.attempts, tried.seen) == ((), ())

    def test_a_gateway_gets_no_key_of_the_provider_that_the_client_does_not_send_it(self, serve: Serve) -> None:
        lab = serve({"llm.corp.example": gateway(keys=("corp-secret-1",), tls=Tls())})
        environ = {
            "ANTHROPIC_BASE_URL": "https://llm.corp.example",
            "ANTHROPIC_API_KEY": "corp-secret-2",
            "CLAUDE_CODE_OAUTH_TOKEN": TOKEN,
        }
        assert Setting(lab, environ).tried("credential").attempts == ()

    def test_it_is_tried_where_the_other_one_is_and_nowhere_else(self, serve: Serve) -> None:
        lab = serve({"llm.corp.example": gateway(keys=("corp-secret-1",), tls=Tls())})
        environ = {
            "ANTHROPIC_BASE_URL": "https://llm.corp.example",
            "ANTHROPIC_API_KEY": "corp-secret-1",
            "ANTHROPIC_AUTH_TOKEN": "corp-secret-2",
        }
        tried = Setting(lab, environ, "claude-code@2.1.197").tried("credential")
        assert {host for host, _ in tried.carried} <= {"llm.corp.example"}

    def test_no_helper_is_run_and_no_login_renewed(self, serve: Serve) -> None:
        files = {"/.claude/settings.json": b'{"apiKeyHelper": "/bin/false"}'}
        tried = Setting(serve(), {"ANTHROPIC_API_KEY": self.REVOKED}, files=files).tried("credential")
        assert tried.attempts == ()


class TestRules:
    def test_a_credential_never_leaves_on_another_flip(self, serve: Serve) -> None:
        lab = serve(
            {OFFICE: proxy(connect=407, credentials=("a", "b")), API: api(tls=tls(chain="private_ca"))}, v6={API: api()}
        )
        files = {"/corp.pem": private_root().pem.encode()}
        tried = Setting(lab, through(REQUESTS_CA_BUNDLE="/corp.pem"), files=files).tried()
        assert tried.attempts
        assert tried.carried == set()

    def test_at_most_four_are_asked(self, serve: Serve) -> None:
        lab = serve({API: api(tls=tls(chain="private_ca"))}, v6={API: api()})
        environ = {"REQUESTS_CA_BUNDLE": "/a.pem", "CURL_CA_BUNDLE": "/b.pem", "AWS_CA_BUNDLE": "/c.pem"}
        files = {path: private_root().pem.encode() + b"\n" * place for place, path in enumerate(environ.values())}
        facts: Facts = {"dns.system.addresses": (V4, V6), "tls.client.failure": "tls_unknown_authority"}
        tried = Setting(lab, environ, "anthropic-python", files).tried(facts=facts)
        assert len(tried.attempts) == possible.MOST
        assert {one.variant.partition(":")[0] for one in tried.attempts} == {"family", "trust"}

    def test_silence_costs_a_few_seconds_and_no_more(self, serve: Serve) -> None:
        lab = serve({API: tcp.silent()}, resolver={API: ("93.184.216.66",)})
        facts: Facts = {
            "dns.system.addresses": ("93.184.216.66",), "dns.independent.addresses": (V4,), "tcp.failure": "connect_timeout",
        }  # fmt: skip
        tried = Setting(lab, {}).tried("resolver", facts=facts, plan=Plan(timeout=60.0))
        assert (tried["resolver.after"], tried["resolver.passes"]) == ("tls_timeout", False)
        assert tried.seconds < 3 * possible.SECONDS  # of the run's sixty

    def test_a_question_that_was_not_given_its_time_proves_nothing(self, serve: Serve) -> None:
        lab = serve({API: tcp.silent()}, resolver={API: ("93.184.216.66",)})
        facts: Facts = {
            "dns.system.addresses": ("93.184.216.66",), "dns.independent.addresses": (V4,), "tcp.failure": "connect_timeout",
        }  # fmt: skip
        tried = Setting(lab, {}).tried("resolver", facts=facts, plan=Plan(timeout=1.0))
        assert tried["resolver.passes"] is None

    @pytest.mark.parametrize("plan", [Plan(quick=True), Plan(only=frozenset({"api.models"})), Plan(timeout=0.2)])
    def test_none_in_a_run_that_has_no_room_for_them(self, serve: Serve, plan: Plan) -> None:
        lab = serve({OFFICE: proxy(connect=403)})
        facts: Facts = {"proxy.connect.status": 403}
        assert Setting(lab, through()).tried("proxy", facts=facts, plan=plan).attempts == ()

    def test_what_the_guard_refuses_is_no_evidence(self, serve: Serve) -> None:
        class Unmapped(Net):
            """Outside of the practice range nothing is mapped, and the guard is asked."""

            async def resolve(self, host: str, limit: float = 1.0) -> tuple[str, ...]:
                return ("10.1.2.3",)

        lab = serve()
        facts: Facts = {"proxy.connect.status": 403}
        net = Unmapped(Guard.strict(), roots=Roots(lab.public_pem))
        tried = asyncio.run(Setting(lab, through()).tried_over(net, "proxy", facts=facts))
        (refused,) = tried.attempts
        assert (refused.variant, refused.status, refused.reason, refused.facts) == (
            "proxy: direct",
            "skipped",
            "guard",
            {},
        )
        assert tried.changes == []

    def test_what_comes_and_goes_is_told(self, serve: Serve) -> None:
        facts: Facts = {"dns.system.addresses": (V4, V6), "tls.handshake.failure": "tls_timeout"}
        tried = Setting(serve(v6={API: api()}), {}).tried("family", facts=facts)
        assert tried["nothing.passes"] is True

    def test_another_path_of_the_same_host_says_nothing(self, serve: Serve) -> None:
        """Its first-run address answers, and what the client asks for is cut."""

        def answer(request: Request) -> Response:
            fine = request.path == "/api/hello"
            return Response.json(200, {"message": "hello"}) if fine else Response(200, then="reset")

        tried = Setting(serve({OFFICE: proxy(), API: Site(answer)}), through()).tried("proxy")
        assert str(tried["proxy.before"]).startswith("http_")
        assert tried["proxy.passes"] is False
