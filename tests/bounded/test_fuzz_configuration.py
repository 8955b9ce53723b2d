"""Whatever stands in variables and files, looking at it ends, gives facts of the declared types, and can be printed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.engine.environment import certificates, proxies, summarise, urls
from diagnostics.engine.environment.clients.rules import Setup, rules_for
from diagnostics.engine.environment.machine import MemoryFiles, registered
from diagnostics.engine.environment.no_proxy import MATCHERS
from diagnostics.engine.environment.variables import Layer, Variables
from diagnostics.engine.facts import FACTS
from diagnostics.engine.net import trust
from diagnostics.engine.records import Environment, Origin
from tests.bounded.spiteful import ANY_TEXT, JSON, URL, VARIABLE, near
from tests.engine.environment import machines

_TYPES: dict[str, Any] = {"bool": bool, "int": int, "str": str, "words": tuple, "float": float}
_NAMES = st.sampled_from(
    ["env", "apiKeyHelper", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "HTTPS_PROXY", "NO_PROXY", "claudeAiOauth", "model"]
    + ["accessToken", "refreshToken", "expiresAt", "refreshTokenExpiresAt", "scopes", "primaryApiKey", "oauthAccount", "projects"]
    + ["hasCompletedOnboarding", "customApiKeyResponses", "rejected", "forceLoginMethod", machines.PROJECT, "hasTrustDialogAccepted"]
)  # fmt: skip
_CLIENTS = st.sampled_from(["claude-code", "claude-code@2.1.197", "anthropic-python", "anthropic-typescript", "curl"])
_FILES = (machines.USER_SETTINGS, machines.LOCAL_SETTINGS, machines.MANAGED_SETTINGS, machines.STATE, machines.LOGIN)


def _is_sound(environment: Environment) -> None:
    for name, value in environment.facts.items():
        assert type(value) is _TYPES[FACTS[name][0]], name
    json.dumps(summarise(environment), allow_nan=False).encode()


@given(st.dictionaries(st.sampled_from(sorted(proxies.NAMES)) | VARIABLE, URL | VARIABLE, max_size=6), _CLIENTS)
def test_any_variables(environ: dict[str, str], client: str) -> None:
    _is_sound(machines.seen(environ, client=client))


@given(
    st.sampled_from(["ANTHROPIC_BASE_URL", "HTTPS_PROXY", "ANTHROPIC_CUSTOM_HEADERS", "API_TIMEOUT_MS"]),
    URL,
    URL,
    _CLIENTS,
)
def test_any_url_in_any_place(name: str, value: str, spared: str, client: str) -> None:
    _is_sound(machines.seen({name: value, "NO_PROXY": spared}, client=client))


@given(URL, st.sampled_from(["whatwg", "rfc3986"]))
def test_urls_are_read_or_refused(text: str, parser: str) -> None:
    try:
        read = urls.parse(text, parser)
    except urls.UnreadableUrl as error:
        assert error.problem in ("no_scheme", "bad_port", "unparsable")
    else:
        assert 0 <= read.origin.port <= 65535
        assert str(read.origin)
    urls.printable(text)


@given(URL, st.sampled_from(sorted(urls.SCHEMELESS)), _CLIENTS)
def test_proxies_are_chosen_or_refused(value: str, scheme: str, client: str) -> None:
    rules = rules_for(
        machines.KNOWLEDGE.clients[client.partition("@")[0]], Setup(client.partition("@")[2] or "99")
    ).proxy
    made = proxies.choose(Variables((Layer("environment", {"https_proxy": value}),)), None, rules, {"https": value})
    assert made.facts["config.proxy.present"] in (True, False)


@given(st.lists(URL | ANY_TEXT, max_size=8).map(",".join), st.sampled_from(sorted(MATCHERS)), URL)
def test_no_proxy_says_yes_or_no(value: str, matcher: str, host: str) -> None:
    for target in (
        Origin("https", host.lower(), 443),
        Origin("http", "::1", 8080),
        Origin("https", "api.anthropic.com", 443),
    ):
        assert MATCHERS[matcher](value, target) in (True, False)


@pytest.mark.parametrize("path", _FILES)
@given(
    content=st.binary(max_size=300)
    | JSON.map(json.dumps).map(str.encode)
    | near(_NAMES).map(json.dumps).map(str.encode)
)
def test_any_bytes_in_any_file(path: str, content: bytes) -> None:
    for mode in ("interactive", "print"):
        _is_sound(machines.seen({"PATH": "/usr/bin"}, {path: content}, mode=mode))


_LEAF = JSON | st.integers(10**300, 10**310) | st.sampled_from(["sk-ant-oat01-x", "user:inference", True, 0, 1e308])


@given(*[_LEAF] * 4, st.lists(_LEAF, max_size=3) | _LEAF)
def test_a_login_with_anything_in_it(access: Any, refresh: Any, ends: Any, refresh_ends: Any, scopes: Any) -> None:
    login = {"refreshToken": refresh, "expiresAt": ends, "refreshTokenExpiresAt": refresh_ends}
    for one in (
        {**login, "accessToken": access, "scopes": scopes},
        {**login, "accessToken": "x", "scopes": ["user:inference"]},
    ):
        _is_sound(machines.seen({}, {machines.LOGIN: json.dumps({"claudeAiOauth": one})}))


_SETTINGS = st.sampled_from(
    ["apiKeyHelper", "model", "env", "projects", "customApiKeyResponses", "oauthAccount", "forceLoginOrgUUID"]
)


@given(
    st.dictionaries(_SETTINGS, _LEAF), st.dictionaries(st.sampled_from(["HTTPS_PROXY", "ANTHROPIC_BASE_URL"]), _LEAF)
)
def test_settings_with_anything_in_them(settings: dict[str, Any], env: dict[str, Any]) -> None:
    for path in (machines.USER_SETTINGS, machines.MANAGED_SETTINGS, machines.STATE):
        _is_sound(machines.seen({}, {path: json.dumps({**settings, "env": env}), machines.LOGIN: json.dumps(settings)}))


_PEM = st.sampled_from([b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----", b"-----BEGIN TRUSTED CERTIFICATE-----"]
    + [b"\n", b"\r\n", b"MIIB", b"MAA=", b"AAAA", b"\xef\xbb\xbf", b"=", b"\0", b"\xff", b"-----"])  # fmt: skip


@given(st.lists(_PEM | st.binary(max_size=20), max_size=20).map(b"".join))
def test_any_bytes_as_authorities(content: bytes) -> None:
    machine = registered({"NODE_EXTRA_CA_CERTS": "/ca.pem"}, {"/ca.pem": content})
    assert certificates.problem_of(machine, "/ca.pem") in (None, "empty", "not_pem")
    roots = trust.Roots(public_pem=content.decode("latin-1"), system_files=())
    assert trust.size(roots.public()) >= 0


@given(st.dictionaries(ANY_TEXT, st.binary(max_size=20), max_size=4), ANY_TEXT)
def test_any_folder(contents: dict[str, bytes], folder: str) -> None:
    MemoryFiles(contents).entries(folder)
