"""What the facts measured for one client say of the others on its machine: passes, fails, or not known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from diagnostics.engine import library
from diagnostics.engine.environment import Asked, Machine, capture, other_clients, registered
from diagnostics.engine.outlooks import outlooks
from diagnostics.engine.records import Facts, FactValue, Outlook
from diagnostics.engine.vocabulary import DIFFERENCES, OUTLOOKS
from tests.engine.environment.machines import HOME, KEY, USER_SETTINGS
from tests.scenarios.scenario import baseline

KNOWLEDGE = library.load()
PROXY = "http://proxy.corp.example:3128"
MEASURED = {name: value for name, value in baseline("direct").items() if not name.startswith("config.")}
NO_TLS: Mapping[str, FactValue] = {"tls.client.trusted": False, "tls.client.failure": "tls_unknown_authority"}


def told(
    environ: Mapping[str, str],
    measured: Mapping[str, Any],
    *,
    client: str = "claude-code",
    cause: str = "firewall_blocked",
    without: tuple[str, ...] = (),
    files: Mapping[str, bytes] | None = None,
) -> dict[str, Outlook]:
    """The other clients' outlooks on a machine with these variables, after a run that went well but for what is given."""
    asked, own = Asked(client=client), machine(environ, files)
    environment = capture(asked, own, KNOWLEDGE)
    base = {name: value for name, value in MEASURED.items() if not name.startswith(without or ("-",))}
    facts: Facts = {**base, **measured, **environment.facts}
    found = outlooks(other_clients(asked, own, KNOWLEDGE, environment), facts, cause, KNOWLEDGE)
    assert [one.client.name for one in found] == sorted(name for name in KNOWLEDGE.clients if name != client)
    assert {one.outlook for one in found} <= set(OUTLOOKS)
    assert {word for one in found for word in one.differs} <= set(DIFFERENCES)
    return {one.client.name: one for one in found}


def machine(environ: Mapping[str, str], files: Mapping[str, bytes] | None = None) -> Machine:
    return registered({"ANTHROPIC_API_KEY": KEY, **environ}, files, home=HOME, cwd=HOME)


def brief(found: Mapping[str, Outlook]) -> dict[str, str]:
    return {name: one.outlook for name, one in found.items()}


def test_where_all_went_well_the_others_pass_too() -> None:
    found = told({}, {}, cause="healthy")
    assert set(brief(found).values()) == {"passes"}
    assert found["curl"].says == "It trusts the operating system's store, and nothing that was seen stops it."


def test_a_certificate_that_only_the_systems_store_accepts() -> None:
    measured = {"tls.public.trusted": False, "tls.public.failure": "tls_unknown_authority"}
    found = told({}, measured, cause="healthy")
    assert brief(found) == {
        "anthropic-python": "passes", "anthropic-typescript": "fails", "curl": "passes", "node": "fails", "python-requests": "fails"
    }  # fmt: skip
    assert found["node"].differs == ("trust",)
    assert "re-signs TLS" in found["node"].says


def test_a_file_that_nobody_judged_by_leaves_it_open() -> None:
    environ = {"REQUESTS_CA_BUNDLE": "/ca.pem"}
    files = {"/ca.pem": b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"}
    assert told(environ, {}, cause="healthy", files=files)["python-requests"].outlook == "unknown"


def test_a_proxy_that_others_do_not_read() -> None:
    """The proxy refuses. Who goes around it fails where the direct way is shut, and is not known where it is open."""
    refused = {"proxy.connect.status": 403, "config.proxy.present": True}
    above = ("tls.", "hello.", "edge.", "api.", "control.")
    shut = {
        "tcp.connected": False,
        "tcp.v4.connected": False,
        "tcp.failure": "connect_timeout",
        "tcp.v4.failure": "connect_timeout",
    }
    found = told({"HTTPS_PROXY": PROXY}, {**refused, **shut}, cause="proxy_blocked", without=above)
    assert brief(found) == dict.fromkeys(found, "fails")
    assert found["curl"].says.startswith("The same stops it: ")
    assert found["node"].says.startswith("It goes directly. ")
    found = told({"HTTPS_PROXY": PROXY}, refused, cause="proxy_blocked", without=above)
    assert brief(found)["node"] == "unknown"


@pytest.mark.parametrize(("passes", "after", "outlook"), [(True, "200", "passes"), (False, "connect_reset", "fails")])
def test_an_experiment_that_took_the_other_clients_way(passes: bool, after: str, outlook: str) -> None:
    proof = {
        "experiment.proxy.passes": passes,
        "experiment.proxy.to": f"{PROXY} (HTTPS_PROXY)",
        "experiment.proxy.after": after,
    }
    shut = {"tcp.connected": False, "tcp.failure": "connect_timeout", **proof}
    environ = {"HTTPS_PROXY": PROXY, "NODE_EXTRA_CA_CERTS": ""}
    found = told(
        environ, shut, client="node", cause="proxy_bypassed", without=("tls.", "hello.", "edge.", "api.", "control.")
    )
    assert found["claude-code"].outlook == outlook
    assert found["claude-code"].says.startswith(f"It goes through {PROXY} (HTTPS_PROXY): that was tried, and ")
    # It trusts other authorities, so a way that answers is not yet one that works.
    assert found["curl"].outlook == ("unknown" if passes else "fails")
    assert found["anthropic-typescript"].outlook == "fails"


def test_a_setting_at_which_one_of_them_ends() -> None:
    found = told({"all_proxy": "socks://127.0.0.1:7891/", "HTTPS_PROXY": PROXY}, {}, cause="healthy")
    assert found["anthropic-python"].outlook == "fails"
    assert found["anthropic-python"].says.startswith("It ends at all_proxy. ")


def test_a_base_url_that_others_do_not_read() -> None:
    dead = {
        "tcp.connected": False,
        "tcp.failure": "connect_refused",
        "hello.api.status": 200,
        "hello.api.answerer": "provider",
    }
    environ = {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}
    found = told(environ, dead, cause="gateway_fault", without=("tls.", "edge.", "api."))
    assert found["curl"].differs == ("base_url", "trust")
    assert found["curl"].outlook == "unknown"
    assert found["curl"].says.startswith(
        "It asks https://api.anthropic.com: that was tried, and it answered (200); whether the authorities"
    )
    assert found["anthropic-python"].says.startswith("The same stops it: ")


def test_a_key_that_only_a_settings_file_has() -> None:
    files = {USER_SETTINGS: b'{"env": {"ANTHROPIC_API_KEY": "' + KEY.encode() + b'"}}'}
    asked, own = Asked(), registered({}, files, home=HOME, cwd=HOME)
    environment = capture(asked, own, KNOWLEDGE)
    found = outlooks(
        other_clients(asked, own, KNOWLEDGE, environment), {**MEASURED, **environment.facts}, "healthy", KNOWLEDGE
    )
    assert {one.outlook for one in found} == {"fails"}
    assert all({"credential", "settings_file"} <= set(one.differs) for one in found)
    assert all("No key reaches the client" in one.says for one in found)


def test_another_credential_was_not_tried() -> None:
    found = told(
        {"ANTHROPIC_AUTH_TOKEN": "token-of-a-gateway"}, {}, cause="healthy"
    )  # Claude Code sends the token, curl the key
    assert (found["curl"].outlook, found["curl"].differs) == ("unknown", ("trust", "credential"))


def test_a_refusal_that_no_credential_changes() -> None:
    refused = {
        "api.models.status": 403, "api.models.answerer": "edge_region", "api.models.error_type": "forbidden",
        "api.models.accepted": False, "hello.api.status": 403, "hello.ok": False,
    }  # fmt: skip
    found = told({"ANTHROPIC_AUTH_TOKEN": "token"}, refused, cause="region_unsupported", without=("api.count_tokens",))
    assert brief(found)["curl"] == "fails"


def test_the_proxys_credentials_count() -> None:
    environ = {
        "https_proxy": "http://anna:one@proxy.corp.example:3128",
        "HTTPS_PROXY": "http://anna:two@proxy.corp.example:3128",
    }
    environ["NODE_USE_ENV_PROXY"] = "1"
    found = told(environ, {}, cause="healthy")
    assert "proxy" not in found["curl"].differs  # both take the lower case
    text = repr(found)
    assert "anna:one" not in text
    assert "anna:two" not in text


def test_the_same_facts_give_the_same() -> None:
    assert told({"HTTPS_PROXY": PROXY}, {}) == told({"HTTPS_PROXY": PROXY}, {})
