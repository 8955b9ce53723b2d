"""Proxies that npm's, git's, pip's and curl's own files name: read as they are written, and nothing else of these files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.engine import library
from diagnostics.engine.environment import Asked, capture, registered, tool_proxies

HOME = "/home/anna"
PROXY = "http://proxy.corp.example:3128"


def named(files: dict[str, str], client: str = "claude-code") -> tuple[str, ...]:
    machine = registered({}, {f"{HOME}/{name}": text.encode() for name, text in files.items()}, home=HOME)
    return tuple(map(str, tool_proxies.found(machine, client)))


@pytest.mark.parametrize(
    ("file", "text", "program"),
    [
        (".npmrc", f"registry=https://registry.example/\nhttps-proxy={PROXY}\n", "npm"),
        (".npmrc", f'proxy = "{PROXY}"\n', "npm"),
        (".gitconfig", f"[user]\n\tname = Anna\n[http]\n\tproxy = {PROXY}\n", "git"),
        (".config/git/config", "[http]\n  proxy = proxy.corp.example:3128\n", "git"),
        (".config/pip/pip.conf", f"[global]\nproxy = {PROXY}\n", "pip"),
        (".curlrc", f'proxy = "{PROXY}"\n', "curl"),
        (".curlrc", f"--proxy {PROXY}\n", "curl"),
        (".curlrc", f"-x {PROXY}\n", "curl"),
        (".config/curlrc", f"proxy = {PROXY}\n", "curl"),
    ],
)
def test_each_programs_way_to_write_it_is_read(file: str, text: str, program: str) -> None:
    assert named({file: text}) == (f"{program}: {PROXY}",)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (".npmrc", "proxy=null\nhttps-proxy=false\n"),
        (".npmrc", "https-proxy=${HTTPS_PROXY}\n"),
        (".npmrc", f"; proxy={PROXY}\n# proxy={PROXY}\nnoproxy=localhost\n"),
        (".gitconfig", f'[http "https://git.corp.example"]\n\tproxy = {PROXY}\n'),
        (".gitconfig", f"[remote]\n\tproxy = {PROXY}\n"),
        (".config/pip/pip.conf", f"[install]\nfind-links = {PROXY}\n"),
        (".curlrc", "proxy-header = one\nuser-agent = proxy\n"),
    ],
)
def test_what_is_none_or_for_one_host_alone_says_nothing(file: str, text: str) -> None:
    assert named({file: text}) == ()


def test_curls_file_stands_where_its_variables_say() -> None:
    files = {"/c/.curlrc": f"proxy = {PROXY}\n".encode()}
    machine = registered({"CURL_HOME": "/c"}, files, home=HOME)
    assert [str(one) for one in tool_proxies.found(machine, "claude-code")] == [f"curl: {PROXY}"]


def test_the_clients_own_file_is_none_of_others() -> None:
    assert named({".curlrc": f"proxy = {PROXY}\n"}, client="curl") == ()


def test_one_proxy_of_several_programs_is_told_once() -> None:
    files = {".npmrc": f"proxy={PROXY}\n", ".gitconfig": f"[http]\nproxy={PROXY}\n"}
    assert named(files) == (f"npm: {PROXY}",)


def test_credentials_are_not_repeated_and_such_a_proxy_is_not_tried() -> None:
    text = b"//registry.example/:_authToken=0123456789abcdef0123\nproxy=http://anna:s3cret-pw@proxy.corp.example:3128\n"
    found = capture(Asked(), registered({}, {f"{HOME}/.npmrc": text}, home=HOME), library.load())
    told = found.facts["config.proxy.system"]
    assert told != ()
    assert "s3cret-pw" not in repr(found.facts)
    assert "0123456789abcdef0123" not in repr(found.facts)
    assert found.alternatives.proxies == ()


@pytest.mark.parametrize("password", ["pa#s3cret", 'pa"s3cret', "pa s3cret", "pa;s3cret", "pa'/s3cret", "s3cret#"])
def test_no_part_of_an_odd_password_is_shown(password: str) -> None:
    text = f"https-proxy=http://anna:{password}@proxy.corp.example:3128\n".encode()
    for file in (".npmrc", ".curlrc"):
        found = capture(Asked(), registered({}, {f"{HOME}/{file}": text}, home=HOME), library.load())
        assert "s3cret" not in repr(found.facts)
        assert "http://anna" not in repr(found.facts)


def test_one_without_credentials_can_be_tried() -> None:
    found = capture(Asked(), registered({}, {f"{HOME}/.npmrc": f"proxy={PROXY}".encode()}, home=HOME), library.load())
    assert [str(one.origin) for one in found.alternatives.proxies] == [PROXY]
    assert found.facts["config.proxy.alternative"] == PROXY


@given(st.text(max_size=400))
def test_any_text_is_read_without_an_error(text: str) -> None:
    named({".npmrc": text, ".gitconfig": f"[http]\n{text}", ".curlrc": text})
