"""curl's own file: what of it goes before the variables."""

from __future__ import annotations

import pytest

from diagnostics.engine import library
from diagnostics.engine.environment import Asked, capture, registered
from diagnostics.engine.records import FactValue

HOME = "/home/anna"


def facts(text: str, **environ: str) -> dict[str, FactValue]:
    machine = registered({**environ, "ANTHROPIC_API_KEY": "x"}, {f"{HOME}/.curlrc": text.encode()}, home=HOME)
    return dict(capture(Asked(client="curl"), machine, library.load()).facts)


@pytest.mark.parametrize(
    "line", ['proxy = "p.example:1"', "--proxy p.example:1", "-x p.example:1", "proxy: p.example:1 "]
)
def test_its_proxy_goes_before_the_variable(line: str) -> None:
    found = facts(f"# mine\nsilent\n{line}\n", https_proxy="http://other.example:2")
    assert found["config.proxy.url"] == "p.example:1"
    assert found["config.proxy.source"] == "~/.curlrc"


def test_the_variable_of_exceptions_counts_for_it_and_its_own_goes_before() -> None:
    assert facts("proxy = p.example:1\n", NO_PROXY="*")["config.proxy.bypassed"] is True
    assert facts('proxy = p.example:1\nnoproxy = "other.example"\n', NO_PROXY="*")["config.proxy.bypassed"] is False


def test_its_authorities_go_before_the_variable() -> None:
    found = facts('cacert = "/gone.pem"\n', CURL_CA_BUNDLE="/other.pem")
    assert found["config.ca.files"] == ("/gone.pem",)


def test_a_password_in_it_is_shown_nowhere() -> None:
    assert "s3cret-pw" not in repr(facts("proxy = http://anna:s3cret-pw@p.example:1\n"))


def found_in(files: dict[str, str], version: str = "8.16.0", platform: str = "linux", **environ: str) -> object:
    """The place whose proxy counts, as the report names it."""
    home = HOME if platform == "linux" else "C:\\Users\\anna"
    at = {path.replace("~", home): f"proxy = p.example:{port}\n".encode() for port, path in enumerate(files, 1)}
    machine = registered(environ, at, home=home, platform=platform)
    return capture(Asked(client=f"curl@{version}"), machine, library.load()).facts.get("config.proxy.source")


C, X, DOT, PLAIN = "/c/.curlrc", "/x/curlrc", "~/.curlrc", "~/.config/curlrc"
SET = {"CURL_HOME": "/c", "XDG_CONFIG_HOME": "/x"}


@pytest.mark.parametrize(
    ("version", "files", "environ", "place"),
    [
        ("8.16.0", (C, X, DOT, PLAIN), SET, C),
        ("8.16.0", (X, DOT, PLAIN), SET, X),
        ("8.16.0", ("/x/.curlrc", DOT), SET, DOT),
        ("8.16.0", ("/x/.curlrc", PLAIN), SET, None),  # ~/.config stands for a variable that is not set
        ("8.16.0", (C, X, DOT, PLAIN), {}, DOT),
        ("8.16.0", (C, X, PLAIN), {"CURL_HOME": "", "XDG_CONFIG_HOME": ""}, PLAIN),
        ("8.16.0", ("/c/.config/curlrc", PLAIN), {"CURL_HOME": "/c"}, "/c/.config/curlrc"),
        ("8.16.0", (PLAIN,), {"CURL_HOME": "/c"}, None),
        ("7.88.1", ("/x/.curlrc", DOT), SET, "/x/.curlrc"),
        ("7.88.1", (X, DOT), SET, DOT),
        ("7.88.1", (PLAIN,), {}, PLAIN),
        ("7.81.0", (PLAIN,), {}, None),
        ("7.68.0", ("/x/.curlrc", DOT), SET, DOT),
    ],
)
def test_the_first_place_that_has_one_counts(
    version: str, files: tuple[str, ...], environ: dict[str, str], place: str | None
) -> None:
    assert found_in(dict.fromkeys(files, ""), version, **environ) == place


def test_on_windows_it_may_begin_with_an_underscore() -> None:
    assert found_in({"~\\_curlrc": ""}, platform="win32") == "~/_curlrc"
    assert found_in({"C:\\App\\.curlrc": ""}, platform="win32", APPDATA="C:\\App") == "C:\\App\\.curlrc"


def test_an_empty_file_in_the_first_place_hides_the_next() -> None:
    files = {"/c/.curlrc": b"# nothing\n", f"{HOME}/.curlrc": b"proxy = p.example:1\n"}
    machine = registered({"CURL_HOME": "/c"}, files, home=HOME)
    assert capture(Asked(client="curl"), machine, library.load()).facts["config.proxy.present"] is False


@pytest.mark.parametrize(
    ("text", "off"),
    [
        ("insecure\n", True),
        ("--insecure\n", True),
        ("-k\n", True),
        ("-sSk\r\n", True),
        ("insecure = false\n", True),  # what stands behind it is passed over
        ("no-insecure\ninsecure\n", True),
        ("insecure\nno-insecure\n", False),
        ("# insecure\n", False),
        ("proxy-insecure\n", False),
        ("-okay\n", False),  # a file's name
        ("k\n", False),
        ("", False),
    ],
)
def test_its_word_switches_the_checks_off(text: str, off: bool) -> None:
    assert facts(text)["config.tls.verification_off"] is off
    assert facts(text, insecure="0", NODE_TLS_REJECT_UNAUTHORIZED="0")["config.tls.verification_off"] is off
