"""What a client does on the wire, by its version, its build and its runtime: as measured with the real ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from diagnostics.engine.environment import Asked, capture, registered
from diagnostics.engine.environment.clients.rules import Setup, applies
from diagnostics.engine.environment.installed import debian_version
from diagnostics.engine.environment.machine import MemoryFiles
from diagnostics.engine.environment.runtimes import runtime_version
from diagnostics.engine.records import Environment
from tests.engine.environment.machines import HOME, KNOWLEDGE, USER_SETTINGS, seen

PROXY = "http://proxy.corp:8080"
OTHER = "http://other.corp:8080"
EXACT = {"HTTPS_PROXY": PROXY, "NO_PROXY": "api.anthropic.com"}
NATIVE = f"{HOME}/.local/share/claude/versions"
NPM = "/usr/lib/node_modules/@anthropic-ai/claude-code/package.json"
SITE = f"{HOME}/project/.venv/lib/python3.11/site-packages"


def with_build(version: str, build: str, environ: dict[str, str], files: dict[str, Any] | None = None) -> Environment:
    """Claude Code of a version, installed by npm or as the native build."""
    found = {NPM: {"version": version}} if build == "npm" else {f"{NATIVE}/{version}": b""}
    return seen(environ, {**found, **(files or {})})


@pytest.mark.parametrize(
    ("version", "build", "environ", "proxied"),
    [
        ("1.0.17", "npm", {"https_proxy": PROXY}, False),
        ("1.0.21", "npm", {"https_proxy": PROXY}, True),
        ("1.0.92", "npm", EXACT, True),
        ("1.0.93", "npm", EXACT, False),
        ("2.1.30", "npm", EXACT, False),
        ("2.1.30", "native", EXACT, True),
        ("2.1.20", "native", EXACT, False),
        ("2.1.20", "native", {"HTTP_PROXY": PROXY}, False),
        ("2.1.20", "npm", {"HTTP_PROXY": PROXY}, True),
        ("2.1.83", "native", EXACT, True),
        ("2.1.84", "native", EXACT, False),
        ("2.1.112", "npm", {"HTTPS_PROXY": PROXY, "NO_PROXY": "anthropic.com"}, True),
        ("2.1.112", "npm", {"HTTPS_PROXY": PROXY, "NO_PROXY": "a.b *.anthropic.com"}, False),
        ("2.1.270", "native", {"ALL_PROXY": PROXY}, False),
        ("2.1.281", "native", {"ALL_PROXY": PROXY}, True),
        ("2.1.270", "npm", {"HTTPS_PROXY": PROXY, "NO_PROXY": "a.b api.anthropic.com"}, True),
        ("2.1.281", "npm", {"HTTPS_PROXY": PROXY, "NO_PROXY": "a.b api.anthropic.com"}, False),
    ],
)
def test_claude_codes_way_by_version_and_build(
    version: str, build: str, environ: dict[str, str], proxied: bool
) -> None:
    environment = with_build(version, build, environ)
    assert (environment.client.version, environment.facts["config.client.build"]) == (version, build)
    assert (environment.proxy is not None) is proxied


@pytest.mark.parametrize(("version", "read"), [("1.0.4", False), ("1.0.8", True), ("2.0.77", True)])
def test_a_proxy_of_a_settings_file_may_come_too_late(version: str, read: bool) -> None:
    user = {USER_SETTINGS: {"env": {"HTTPS_PROXY": PROXY}}}
    assert (with_build(version, "npm", {}, user).proxy is not None) is read
    assert with_build("2.0.77", "native", {}, user).proxy is None


@pytest.mark.parametrize(
    ("version", "value", "shown"),
    [
        ("2.1.112", "proxy.corp:8080", None),
        ("2.1.198", "proxy.corp:8080", PROXY),
        ("2.1.198", "10.0.0.1:8080", None),
        ("2.1.203", "proxy.corp:8080", None),
        ("2.1.315", "proxy.corp:8080", None),
        ("2.1.330", "10.0.0.1:8080", "http://10.0.0.1:8080"),
    ],
)
def test_a_proxy_without_scheme(version: str, value: str, shown: str | None) -> None:
    environment = with_build(version, "npm", {"HTTPS_PROXY": value})
    assert (str(environment.proxy.origin) if environment.proxy else None) == shown
    assert environment.facts["config.proxy.stops"] is (shown is None)


@pytest.mark.parametrize(
    ("version", "build", "environ", "stores"),
    [
        ("2.1.100", "native", {}, ("public",)),
        ("2.1.105", "native", {}, ("public", "system")),
        ("2.1.105", "npm", {}, ("public",)),
        ("2.1.105", "npm", {"CLAUDE_CODE_CERT_STORE": "system"}, ("system",)),  # of a Node that is not known
        ("2.1.150", "native", {"CLAUDE_CODE_CERT_STORE": "bundled"}, ("public", "system")),
        ("2.1.191", "native", {"CLAUDE_CODE_CERT_STORE": "bundled"}, ("public",)),
        ("2.1.252", "native", {"SSL_CERT_FILE": "/other.pem"}, ("public",)),
        ("2.1.261", "native", {"SSL_CERT_FILE": "/other.pem"}, ("public", "system")),
    ],
)
def test_claude_codes_trust_by_version_and_build(
    version: str, build: str, environ: dict[str, str], stores: tuple[str, ...]
) -> None:
    assert with_build(version, build, environ).trust.stores == stores


def test_a_build_that_nothing_tells_is_the_usual_one_of_its_time() -> None:
    assert seen(client="claude-code@2.1.30").facts["config.client.build"] == "native"
    assert seen(client="claude-code@2.0.14").facts["config.client.build"] == "npm"
    # the version asked for is not the one that lies here
    assert (
        seen(files={NPM: {"version": "2.1.40"}}, client="claude-code@2.1.30").facts["config.client.build"] == "native"
    )
    assert seen(files={NPM: {"version": "2.1.30"}}, client="claude-code@2.1.30").facts["config.client.build"] == "npm"


@pytest.mark.parametrize(
    ("version", "environ", "proxied"),
    [
        ("0.46.0", {"HTTPS_PROXY": PROXY}, True),
        ("0.47.0", {"HTTPS_PROXY": PROXY}, False),
        ("0.53.0", {"ALL_PROXY": PROXY}, False),
        ("0.54.0", {"HTTPS_PROXY": PROXY}, True),
    ],
)
def test_the_python_sdks_proxy(version: str, environ: dict[str, str], proxied: bool) -> None:
    assert (seen(environ, client=f"anthropic-python@{version}").proxy is not None) is proxied


@pytest.mark.parametrize(
    ("environ", "problem", "shown"),
    [
        ({"NO_PROXY": "localhost,[::1]"}, "no_proxy_entry", "[::1]"),
        ({"NO_PROXY": "localhost,fd00::/8", "HTTPS_PROXY": PROXY}, "no_proxy_entry", "fd00::/8"),
        (
            {"all_proxy": "socks://127.0.0.1:7891/", "HTTPS_PROXY": PROXY},
            "socks_unsupported",
            "socks://127.0.0.1:7891/",
        ),
        ({"HTTP_PROXY": "ftp://proxy.corp:21"}, "unknown_scheme", "ftp://proxy.corp:21"),
        (
            {"HTTPS_PROXY": "ftp://proxy.corp:21", "NO_PROXY": "api.anthropic.com"},
            "unknown_scheme",
            "ftp://proxy.corp:21",
        ),
    ],
)
def test_the_python_sdk_ends_at_any_setting_it_cannot_use(environ: dict[str, str], problem: str, shown: str) -> None:
    environment = seen(environ, client="anthropic-python")
    assert environment.facts["config.proxy.problems"] == (problem,)
    assert environment.facts["config.proxy.url"] == shown
    assert environment.facts["config.proxy.stops"] is True
    assert environment.proxy is None
    assert environment.cut_off == ("api.anthropic.com",)


def test_such_an_entry_does_not_end_claude_code() -> None:
    assert seen({"NO_PROXY": "[::1]", "HTTPS_PROXY": PROXY}).facts["config.proxy.problems"] == ()


@pytest.mark.parametrize("no_proxy", ["::1", "10.0.0.0/8", "*,[::1]", "localhost"])
def test_entries_that_do_not_end_the_python_sdk(no_proxy: str) -> None:
    environ = {"NO_PROXY": no_proxy, **({"all_proxy": "socks://127.0.0.1:1/"} if "*" in no_proxy else {})}
    assert seen(environ, client="anthropic-python").facts.get("config.proxy.stops") is not True


@pytest.mark.parametrize(("beside", "problems"), [((), ("socks_package_missing",)), (("socksio-1.0.0.dist-info",), ())])
def test_socks_needs_a_package(beside: tuple[str, ...], problems: tuple[str, ...]) -> None:
    files = {f"{SITE}/{name}/METADATA": b"" for name in ("anthropic-2.12.0.dist-info", *beside)}
    environ = {"HTTPS_PROXY": "socks5://proxy.corp:1080"}
    assert seen(environ, files, client="anthropic-python").facts["config.proxy.problems"] == problems
    assert seen(environ, client="anthropic-python").facts["config.proxy.problems"] == ()  # not found: not known


@pytest.mark.parametrize(
    ("client", "first"),
    [
        ("anthropic-python@2.12.0", ("ANTHROPIC_API_KEY", ("authorization",), ())),
        ("anthropic-python@1.17.0", ("ANTHROPIC_API_KEY", ("x-api-key",), ("ANTHROPIC_AUTH_TOKEN",))),
        ("anthropic-python@0.50.0", ("ANTHROPIC_API_KEY", ("x-api-key",), ("ANTHROPIC_AUTH_TOKEN",))),
        ("anthropic-python@0.46.0", ("ANTHROPIC_API_KEY", ("x-api-key",), ())),
        ("anthropic-typescript@0.91.0", ("ANTHROPIC_API_KEY", ("x-api-key",), ("ANTHROPIC_AUTH_TOKEN",))),
    ],
)
def test_where_an_sdk_puts_two_credentials(client: str, first: tuple[str, tuple[str, ...], tuple[str, ...]]) -> None:
    held = seen({"ANTHROPIC_API_KEY": "k", "ANTHROPIC_AUTH_TOKEN": "t"}, client=client).credentials
    assert (held[0].name, held[0].headers, tuple(each.name for each in held if each.beside)) == first


def node(version: str | None, environ: dict[str, str], client: str = "node") -> Environment:
    """Code on a Node of this version, found on PATH as nvm lays it out."""
    folder = f"{HOME}/.nvm/versions/node/v{version}/bin"
    files = {f"{folder}/node": b""} if version else {}
    return seen({**environ, "PATH": folder}, files, client=client)


@pytest.mark.parametrize("client", ["node", "anthropic-typescript"])
@pytest.mark.parametrize(
    ("version", "environ", "proxied"),
    [
        ("20.20.2", {}, False),
        ("20.20.2", {"NODE_USE_ENV_PROXY": "1"}, False),
        ("22.20.0", {"NODE_USE_ENV_PROXY": "1"}, False),
        ("22.21.0", {"NODE_USE_ENV_PROXY": "1"}, True),
        ("22.21.0", {"NODE_USE_ENV_PROXY": "true"}, False),
        ("23.11.1", {"NODE_USE_ENV_PROXY": "1"}, False),
        ("24.4.1", {"NODE_USE_ENV_PROXY": "true"}, True),
        ("24.4.1", {"NODE_OPTIONS": "--use-env-proxy"}, False),
        ("24.5.0", {"NODE_OPTIONS": "--enable-source-maps --use-env-proxy"}, True),
        ("26.10.0", {"NODE_USE_ENV_PROXY": "1"}, True),
        (None, {"NODE_USE_ENV_PROXY": "1"}, True),
        (None, {}, False),
    ],
)
def test_node_reads_a_proxy_when_it_is_told_to(
    client: str, version: str | None, environ: dict[str, str], proxied: bool
) -> None:
    environment = node(version, {"HTTPS_PROXY": PROXY, **environ}, client)
    assert environment.facts.get("config.runtime.version") == version
    assert (environment.proxy is not None) is proxied


@pytest.mark.parametrize(
    ("version", "environ", "stores", "extra"),
    [
        ("20.20.2", {"NODE_USE_SYSTEM_CA": "1"}, ("public",), ()),
        ("22.21.0", {"NODE_USE_SYSTEM_CA": "1"}, ("public", "system"), ()),
        ("24.4.1", {"NODE_USE_SYSTEM_CA": "1"}, ("public",), ()),
        ("24.4.1", {"NODE_OPTIONS": "--use-system-ca"}, ("public", "system"), ()),
        ("20.20.2", {"NODE_OPTIONS": "--use-openssl-ca"}, ("system",), ()),
        ("20.20.2", {"NODE_OPTIONS": "--use-openssl-ca", "SSL_CERT_DIR": "/certs"}, ("system",), ("/certs",)),
        ("20.20.2", {"SSL_CERT_FILE": "/ca.pem"}, ("public",), ()),
    ],
)
def test_which_store_node_takes(
    version: str, environ: dict[str, str], stores: tuple[str, ...], extra: tuple[str, ...]
) -> None:
    machine = replace(node_machine(version, environ), in_memory=False)
    trust = capture(Asked(client="node"), machine, KNOWLEDGE).trust
    assert (trust.stores, trust.extra_files) == (stores, extra)


def node_machine(version: str, environ: dict[str, str]) -> Any:
    folder = f"{HOME}/.nvm/versions/node/v{version}/bin"
    return registered({**environ, "PATH": folder}, {f"{folder}/node": b""}, home=HOME)


HEADER = b"#define NODE_MAJOR_VERSION 20\n#define NODE_MINOR_VERSION 1\n#define NODE_PATCH_VERSION 2\n"
DEBIAN = b"Package: nodejs\nStatus: install ok installed\nVersion: 18.19.0+dfsg-6\n\n"


@pytest.mark.parametrize(
    ("path", "files", "version"),
    [
        ("/usr/local/bin", {"/usr/local/bin/node": b"", "/usr/local/include/node/node_version.h": HEADER}, "20.1.2"),
        ("/opt/homebrew/Cellar/node/22.1.0/bin", {"/opt/homebrew/Cellar/node/22.1.0/bin/node": b""}, "22.1.0"),
        ("/usr/bin", {"/usr/bin/node": b"", "/var/lib/dpkg/status": DEBIAN}, "18.19.0"),
        ("/usr/bin", {"/usr/bin/node": b""}, None),
        ("/nowhere", {}, None),
    ],
)  # fmt: skip
def test_where_nodes_version_is_read(path: str, files: dict[str, bytes], version: str | None) -> None:
    assert runtime_version("node", None, registered({"PATH": path}, files)) == version


def test_debians_list_tells_installed_packages_alone() -> None:
    listed = (
        b"Package: curl\nStatus: install ok installed\nVersion: 7.88.1-10+deb12u14\n\n"
        b"Package: gone\nStatus: deinstall ok config-files\nVersion: 1.0-1\n\n"
    )
    machine = registered({}, {"/var/lib/dpkg/status": listed})
    assert debian_version("curl", machine) == "7.88.1"
    assert debian_version("gone", machine) is None
    assert debian_version("curl", replace(machine, files=MemoryFiles({}))) is None
    assert capture(Asked(client="curl"), machine, KNOWLEDGE).client.version == "7.88.1"


@pytest.mark.parametrize(
    ("entry", "true"),
    [
        ({"since": "1.2"}, True),
        ({"before": "1.2"}, False),
        ({"since": "1.2.1"}, False),
        ({"gap": ["1.0", "1.3"]}, False),
        ({"build": "npm"}, False),
        ({"runtime_since": "20"}, True),
        ({"runtime_before": "20"}, False),
        ({"variable": "A", "matches": "^on$"}, True),
        ({"variable": "B", "matches": "."}, False),
    ],
)
def test_when_an_entry_applies(entry: dict[str, Any], true: bool) -> None:
    assert applies(entry, Setup("1.2.0", "native", "22.1.0", {"A": "on", "B": ""}.__getitem__)) is true
