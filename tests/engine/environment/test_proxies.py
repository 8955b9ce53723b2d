"""Which proxy each client takes, what it makes of a badly written one, and whom NO_PROXY spares."""

from __future__ import annotations

from dataclasses import replace

import pytest

from diagnostics.engine.environment import Asked, capture, registered
from diagnostics.engine.environment.system_proxies import parse_windows
from tests.engine.environment.machines import KNOWLEDGE, STATE, USER_SETTINGS, fact, seen

PROXY = "http://proxy.corp:8080"
OTHER = "http://other.corp:3128"


@pytest.mark.parametrize(
    ("client", "environ", "variable"),
    [
        ("claude-code", {"HTTPS_PROXY": PROXY}, "HTTPS_PROXY"),
        ("claude-code", {"https_proxy": PROXY, "HTTPS_PROXY": OTHER}, "https_proxy"),
        ("claude-code", {"HTTP_PROXY": PROXY}, "HTTP_PROXY"),
        ("claude-code", {"http_proxy": PROXY, "HTTPS_PROXY": OTHER}, "HTTPS_PROXY"),
        ("claude-code", {"https_proxy": "", "HTTPS_PROXY": OTHER}, "HTTPS_PROXY"),
        ("claude-code", {"ALL_PROXY": PROXY}, "ALL_PROXY"),
        ("claude-code@2.1.197", {"ALL_PROXY": PROXY}, None),
        ("anthropic-python", {"HTTPS_PROXY": PROXY}, "HTTPS_PROXY"),
        ("anthropic-python", {"https_proxy": "", "HTTPS_PROXY": PROXY}, None),  # a blank one cancels its twin
        ("anthropic-python", {"HTTP_PROXY": PROXY}, None),
        ("anthropic-python", {"ALL_PROXY": PROXY}, "ALL_PROXY"),
        ("anthropic-typescript", {"HTTPS_PROXY": PROXY}, None),
        ("curl", {"HTTPS_PROXY": PROXY}, "HTTPS_PROXY"),
        ("curl", {"HTTP_PROXY": PROXY}, None),
        ("curl", {"all_proxy": PROXY}, "all_proxy"),
    ],
)
def test_which_variable_counts(client: str, environ: dict[str, str], variable: str | None) -> None:
    environment = seen(environ, client=client)
    assert environment.facts["config.proxy.present"] is (variable is not None)
    assert environment.facts.get("config.proxy.variable") == variable
    assert (environment.proxy.variable if environment.proxy else None) == variable


def test_curl_takes_http_proxy_in_lower_case_only_for_plain_http() -> None:
    plain = {"client": "curl", "base_url": "http://gw.corp"}
    assert fact("config.proxy.variable", {"http_proxy": PROXY}, **plain) == "http_proxy"
    assert fact("config.proxy.present", {"HTTP_PROXY": PROXY}, **plain) is False


def test_variables_that_this_client_does_not_read_are_named() -> None:
    assert fact("config.proxy.ignored", {"HTTPS_PROXY": PROXY}, client="anthropic-typescript") == ("HTTPS_PROXY",)
    assert fact("config.proxy.ignored", {"HTTPS_PROXY": PROXY}) == ()


@pytest.mark.parametrize(
    ("client", "value", "shown", "problems"),
    [
        ("claude-code", PROXY, PROXY, ()),
        ("claude-code", f" {PROXY}\n", PROXY, ()),
        ("claude-code", "https://proxy.corp:8080", "https://proxy.corp:8080", ()),
        ("claude-code", "proxy.corp:8080", PROXY, ()),
        ("claude-code", "10.0.0.1:8080", "http://10.0.0.1:8080", ()),
        ("claude-code@2.1.197", "10.0.0.1:8080", None, ("no_scheme",)),
        ("claude-code@2.1.197", "proxy.corp:8080", PROXY, ()),
        ("claude-code", "proxy.corp", None, ("no_scheme",)),
        ("claude-code", "user:pw@proxy.corp:8080", None, ("no_scheme",)),
        ("claude-code", "htp://proxy.corp:8080", None, ("unknown_scheme",)),
        ("claude-code", "socks5://proxy.corp:1080", None, ("socks_unsupported",)),
        ("claude-code", "http://proxy.corp:99999", None, ("bad_port",)),
        ("claude-code", "http://proxy.corp:abc", None, ("bad_port",)),
        ("claude-code", f"'{PROXY}'", None, ("quotes",)),
        ("claude-code", "http://proxy corp:8080", None, ("whitespace",)),
        ("claude-code", "http://u:p@ss@proxy.corp:8080", PROXY, ()),
        ("claude-code", "http://u:p#ss@proxy.corp:8080", None, ("unescaped_credentials",)),
        ("claude-code", "http://u:p/ss@proxy.corp:8080", None, ("unescaped_credentials",)),
        ("claude-code", "http://u:p@ss#w@proxy.corp:8080", None, ("unescaped_credentials",)),
        ("anthropic-python", "http://u:p@ss?w@proxy.corp:8080", None, ("unescaped_credentials",)),
        ("claude-code", "http://CORP\\u:p@proxy.corp:8080", None, ("unescaped_credentials",)),
        ("claude-code", "http://u:p%ss@proxy.corp:8080", PROXY, ("unescaped_credentials",)),
        ("anthropic-python", "proxy.corp", "http://proxy.corp", ()),
        ("anthropic-python", "socks5://proxy.corp:1080", "socks5://proxy.corp:1080", ()),
        ("anthropic-python", "socks4://proxy.corp:1080", None, ("socks_unsupported",)),
        ("anthropic-python", "http://CORP\\u:p@proxy.corp:8080", PROXY, ()),
        ("anthropic-python", "http://u:p%ss@proxy.corp:8080", PROXY, ()),
        ("anthropic-python", "http://u:p/ss@proxy.corp:8080", None, ("unescaped_credentials",)),
    ],
)
def test_what_a_client_makes_of_a_value(client: str, value: str, shown: str | None, problems: tuple[str, ...]) -> None:
    environment = seen({"HTTPS_PROXY": value}, client=client)
    assert environment.facts["config.proxy.problems"] == problems
    assert (str(environment.proxy.origin) if environment.proxy else None) == shown


@pytest.mark.parametrize(
    ("value", "name", "word"),
    [
        ("http://u:p%40ss@proxy.corp:8080", "u", "p@ss"),
        ("http://u:p@ss@proxy.corp:8080", "u", "p@ss"),
        ("http://u@proxy.corp:8080", "u", None),
        ("http://u:p%ss@proxy.corp:8080", None, None),  # the client leaves out what it cannot decode
    ],
)
def test_credentials_of_the_proxy(value: str, name: str | None, word: str | None) -> None:
    proxy = seen({"HTTPS_PROXY": value}).proxy
    assert proxy is not None
    assert (proxy.username.reveal() if proxy.username else None) == name
    assert (proxy.password.reveal() if proxy.password else None) == word


def test_upper_and_lower_case_at_odds() -> None:
    facts = seen({"https_proxy": PROXY, "HTTPS_PROXY": OTHER}).facts
    assert facts["config.proxy.problems"] == ("cases_differ",)
    assert fact("config.proxy.problems", {"https_proxy": PROXY, "HTTPS_PROXY": PROXY}) == ()


GW = "https://gw.corp.test:8443"


@pytest.mark.parametrize(
    ("no_proxy", "base_url", "bypassed"),
    # client by client: claude-code 2.1.330, 2.1.197, anthropic-python 2.12.0, 0.121.0, curl, requests, node 26.10.0, 22.21.0
    [
        ("gw.corp.test", GW, (True, True, True, True, True, True, True, True)),
        ("corp.test", GW, (True, True, True, True, True, True, True, False)),
        (".corp.test", GW, (True, True, True, True, True, True, True, True)),
        (".gw.corp.test", GW, (True, True, False, False, True, True, True, False)),
        ("*.corp.test", GW, (True, False, False, False, False, False, True, True)),
        ("a.b gw.corp.test", GW, (True, False, False, False, True, False, True, True)),
        ("a.b, gw.corp.test", GW, (True, True, True, True, True, True, True, True)),
        ("gw.corp.test:8443", GW, (True, True, True, True, False, True, True, True)),
        ("corp.test:8443", GW, (True, False, True, True, False, True, True, False)),
        (".gw.corp.test:8443", GW, (True, True, False, False, False, True, True, False)),
        ("gw.corp.test:9", GW, (False, False, False, False, False, False, False, False)),
        ("gw.corp.test:443", "https://gw.corp.test", (True, False, False, False, False, False, True, True)),
        ("*", GW, (True, True, True, True, True, True, True, True)),
        ("a.b,*", GW, (True, True, True, True, False, False, False, True)),
        ("GW.Corp.Test", GW, (True, True, True, True, True, True, True, True)),
        ("gw.corp.test.", GW, (True, False, False, False, True, False, False, False)),
        ("w.corp.test", GW, (False, False, False, False, False, False, False, False)),
        ("10.0.0.8", "https://10.0.0.8", (True, True, True, True, True, True, True, True)),
        ("10.0.0.0/8", "https://10.0.0.8", (True, False, True, False, True, True, False, False)),
        ("localhost", "https://localhost:8443", (True, True, True, True, True, True, True, True)),
        ("127.0.0.1", "https://localhost:8443", (False, False, False, False, False, False, False, False)),
    ],
)
def test_no_proxy_by_client(no_proxy: str, base_url: str, bypassed: tuple[bool, ...]) -> None:
    environ = {"HTTPS_PROXY": PROXY, "NO_PROXY": no_proxy, "NODE_USE_ENV_PROXY": "1"}
    clients = (
        "claude-code@2.1.330",
        "claude-code@2.1.197",
        "anthropic-python@2.12.0",
        "anthropic-python@0.121.0",
        "curl",
        "python-requests",
        "node@26.10.0",
        "node@22.21.0",
    )
    found = tuple(seen(environ, client=client, base_url=base_url) for client in clients)
    assert tuple(each.facts["config.proxy.bypassed"] for each in found) == bypassed
    assert tuple(each.proxy is None for each in found) == bypassed


def test_lower_case_no_proxy_wins() -> None:
    environ = {"HTTPS_PROXY": PROXY, "no_proxy": "elsewhere", "NO_PROXY": "api.anthropic.com"}
    assert fact("config.proxy.bypassed", environ) is False


def test_first_run_hosts_may_go_another_way_than_the_gateway() -> None:
    environ = {"HTTPS_PROXY": PROXY, "NO_PROXY": "gw.corp.test", "ANTHROPIC_BASE_URL": GW}
    environment = seen(environ)
    assert environment.proxy is None
    assert set(environment.proxy_for) == {"api.anthropic.com", "platform.claude.com"}
    assert str(environment.proxy_for["api.anthropic.com"].origin) == PROXY  # type: ignore[union-attr]


def test_settings_win_over_the_shell_and_a_blank_cancels() -> None:
    user = {USER_SETTINGS: {"env": {"HTTPS_PROXY": PROXY}}}
    assert str(seen({"HTTPS_PROXY": OTHER}, user).proxy.origin) == PROXY  # type: ignore[union-attr]
    blank = {USER_SETTINGS: {"env": {"HTTPS_PROXY": ""}}}
    assert seen({"HTTPS_PROXY": OTHER}, blank).proxy is None
    assert seen({"HTTPS_PROXY": OTHER}, {STATE: {"env": {"HTTPS_PROXY": ""}}}).proxy is None


def test_the_systems_proxy_counts_where_the_library_reads_it() -> None:
    machine = replace(registered({}, platform="darwin"), system_proxies={"https": PROXY})
    python = capture(Asked(client="anthropic-python"), machine, KNOWLEDGE)
    assert (python.facts["config.proxy.variable"], str(python.proxy.origin)) == ("https", PROXY)  # type: ignore[union-attr]
    assert capture(Asked(), machine, KNOWLEDGE).proxy is None
    set_too = replace(machine, environ={"HTTP_PROXY": OTHER})
    assert capture(Asked(client="anthropic-python"), set_too, KNOWLEDGE).proxy is None


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("proxy:8080", {"http": "http://proxy:8080", "https": "http://proxy:8080"}),
        ("http=a:1;https=https://b:2", {"http": "http://a:1", "https": "https://b:2"}),
        ("", {}),
    ],
)
def test_what_the_windows_registry_holds(written: str, found: dict[str, str]) -> None:
    assert parse_windows(written) == found


def test_the_list_of_settings_tells_which_name_wins() -> None:
    environ = {"HTTPS_PROXY": PROXY, "HTTP_PROXY": OTHER, "ANTHROPIC_AUTH_TOKEN": "t", "CLAUDE_CODE_OAUTH_TOKEN": "o"}
    listed = {each.name: each.effective for each in seen(environ).settings}
    assert listed == {
        "HTTPS_PROXY": True, "HTTP_PROXY": False, "ANTHROPIC_AUTH_TOKEN": True, "CLAUDE_CODE_OAUTH_TOKEN": False
    }  # fmt: skip


SOCKS = "socks5://proxy.corp:1080"
FIRST_RUN = ("api.anthropic.com", "platform.claude.com")


@pytest.mark.parametrize(
    ("client", "environ", "mode", "stops", "cut_off"),
    [
        ("claude-code", {"HTTPS_PROXY": PROXY}, "print", False, ()),
        ("claude-code", {"HTTPS_PROXY": SOCKS}, "print", True, FIRST_RUN),
        ("claude-code", {"HTTPS_PROXY": SOCKS, "NO_PROXY": "*"}, "print", False, ()),
        ("claude-code", {"HTTPS_PROXY": "proxy.corp", "NO_PROXY": "*"}, "print", True, FIRST_RUN),
        ("claude-code", {"HTTPS_PROXY": SOCKS, "NO_PROXY": FIRST_RUN[0]}, "print", False, FIRST_RUN[1:]),
        ("claude-code", {"HTTPS_PROXY": SOCKS, "NO_PROXY": FIRST_RUN[0]}, "interactive", True, FIRST_RUN[1:]),
        ("claude-code", {"HTTPS_PROXY": "http://u:p%ss@proxy.corp:8080"}, "print", False, ()),
        ("claude-code@2.1.197", {"HTTPS_PROXY": "10.0.0.1:8080"}, "print", True, FIRST_RUN),
        ("claude-code@2.1.330", {"HTTPS_PROXY": "10.0.0.1:8080"}, "print", False, ()),
        ("curl", {"HTTPS_PROXY": SOCKS}, "print", False, ()),
        ("curl", {"HTTPS_PROXY": "htp://proxy.corp", "NO_PROXY": "*"}, "print", False, ()),
    ],
)
def test_where_the_client_stops_at_the_setting(
    client: str, environ: dict[str, str], mode: str, stops: bool, cut_off: tuple[str, ...]
) -> None:
    environment = seen(environ, client=client, mode=mode)
    assert environment.facts["config.proxy.stops"] is stops
    assert environment.cut_off == cut_off


@pytest.mark.parametrize(
    ("value", "address"),
    [
        (f"'{PROXY}'", "proxy.corp:8080"),
        (f'"{PROXY}/"', "proxy.corp:8080"),
        ("htpp://proxy.corp:8080", "proxy.corp:8080"),
        ("'http://anna:pa/ss@proxy.corp:8080'", "proxy.corp:8080"),
        ("http://anna:pa/ss#1@[::1]:8080", "[::1]:8080"),
        ("'http://proxy.corp'", None),  # which port is meant, nobody knows
        ("http://proxy.corp:port", None),
        ("'http://anna:p@ss/word:80'", None),
        ("socks5://127.0.0.1:1080", None),
        ("'socks5h://127.0.0.1:1080'", None),
    ],
)
def test_what_was_meant_by_a_setting_that_cannot_be_used(value: str, address: str | None) -> None:
    facts = seen({"HTTPS_PROXY": value}).facts
    assert facts["config.proxy.problems"]
    assert facts.get("config.proxy.address") == address
