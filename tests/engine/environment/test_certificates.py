"""Which certificate authorities each client trusts, and what is wrong with the files that its settings name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme

from diagnostics.engine.environment import Asked, capture, registered, this_machine
from diagnostics.engine.environment.machine import Unreadable
from tests.engine.environment.machines import KNOWLEDGE, USER_SETTINGS, fact, seen

PEM = trustme.CA().cert_pem.bytes()
PRIVATE = b"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n"
BEGINNING = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
CA = "/etc/corp/ca.pem"


@pytest.mark.parametrize(
    ("client", "environ", "stores"),
    [
        ("claude-code", {}, ("public", "system")),
        ("claude-code@2.1.100", {}, ("public",)),
        ("claude-code", {"CLAUDE_CODE_CERT_STORE": "bundled"}, ("public",)),
        ("claude-code", {"CLAUDE_CODE_CERT_STORE": "system"}, ("system",)),
        ("claude-code", {"CLAUDE_CODE_CERT_STORE": "nonsense"}, ("public", "system")),
        ("anthropic-python@0.121.0", {}, ("public",)),
        ("anthropic-python@2.12.0", {}, ("system",)),
        ("anthropic-typescript", {}, ("public",)),
        ("curl", {}, ("system",)),
    ],
)
def test_stores(client: str, environ: dict[str, str], stores: tuple[str, ...]) -> None:
    assert seen(environ, client=client).trust.stores == stores


@pytest.mark.parametrize(
    ("client", "content", "stores", "extra"),
    [
        ("claude-code@2.1.330", PEM, ("public", "system"), (CA,)),
        ("claude-code@2.1.330", None, ("public", "system"), ()),
        ("claude-code@2.1.197", PEM, ("public",), (CA,)),
        ("claude-code@2.1.197", None, ("public",), ()),
        ("anthropic-typescript", PEM, ("public",), ()),
    ],
)
def test_a_file_for_the_systems_store(
    client: str, content: Any, stores: tuple[str, ...], extra: tuple[str, ...]
) -> None:
    environment = seen({"SSL_CERT_FILE": CA}, {CA: content}, client=client)
    assert environment.trust.stores == stores
    assert bool(environment.trust.extra_pem) == bool(extra)
    assert not seen({"SSL_CERT_FILE": CA, "CLAUDE_CODE_CERT_STORE": "bundled"}, {CA: PEM}).trust.extra_pem


@pytest.mark.parametrize(
    ("client", "content", "stores"),
    [
        ("claude-code@2.1.197", b"hello", ()),
        ("claude-code@2.1.197", b"", ()),
        ("claude-code@2.1.197", None, ("public", "system")),
        ("claude-code@2.1.197", PRIVATE, ("public", "system")),  # something else in PEM form: left out
        ("claude-code@2.1.197", Unreadable("permission"), ("public", "system")),
        ("claude-code@2.1.197", b"hello\n" + PEM, ("public", "system")),
        ("claude-code@2.1.197", PEM + BEGINNING, ("public", "system")),
        ("claude-code@2.1.197", BEGINNING + PEM, ()),
        ("claude-code@2.1.330", b"hello", ("public", "system")),
    ],
)
def test_a_file_without_a_certificate_ends_every_connection_of_some(
    client: str, content: Any, stores: tuple[str, ...]
) -> None:
    assert seen({"NODE_EXTRA_CA_CERTS": CA}, {CA: content}, client=client).trust.stores == stores


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (PEM, None),
        (b"# corporate root\n" + PEM, None),
        (PEM.replace(b"\n", b"\r\n"), None),
        (None, "missing"),
        (b" \n", "empty"),
        (b"not a certificate", "not_pem"),
        (b"\x30\x82\x03\x00" + b"\x00" * 64, "not_pem"),  # DER
        (b"\xef\xbb\xbf" + PEM, "not_pem"),  # the mark hides the only block
        (PEM.decode().encode("utf-16"), "not_pem"),
        (BEGINNING, "not_pem"),
        (b"-----BEGIN CERTIFICATE-----\nnonsense!\n-----END CERTIFICATE-----\n", "not_pem"),
        (Unreadable("permission"), "unreadable"),
        (Unreadable("folder"), "unreadable"),
    ],
)
def test_what_a_file_may_be(content: Any, problem: str | None) -> None:
    facts = seen({"NODE_EXTRA_CA_CERTS": CA}, {CA: content}).facts
    assert facts["config.ca.files"] == (CA,)
    assert facts["config.ca.problems"] == ((problem,) if problem else ())
    assert facts.get("config.ca.variable") == ("NODE_EXTRA_CA_CERTS" if problem else None)


def test_the_variable_that_stands_in_the_place_of_all_others_is_told() -> None:
    assert fact("config.ca.variable", {"SSL_CERT_FILE": CA}, {CA: PEM}, client="anthropic-python") == "SSL_CERT_FILE"


def test_settings_may_name_the_file() -> None:
    files = {USER_SETTINGS: {"env": {"NODE_EXTRA_CA_CERTS": "~/ca.pem"}}}
    assert fact("config.ca.problems", {}, files) == ("missing",)  # no shell stands between: the tilde stays


def on_disk(tmp_path: Path, environ: dict[str, str], client: str) -> Any:
    machine = replace(this_machine(), environ=environ, home=str(tmp_path), cwd=str(tmp_path))
    return capture(Asked(client=client), machine, KNOWLEDGE)


def test_node_leaves_out_a_file_it_cannot_use_and_httpx_stops_at_it(tmp_path: Path) -> None:
    good, gone = tmp_path / "ca.pem", str(tmp_path / "gone.pem")
    good.write_bytes(PEM)
    node = on_disk(tmp_path, {"NODE_EXTRA_CA_CERTS": gone}, "claude-code")
    assert node.trust.extra_files == ()
    assert on_disk(tmp_path, {"NODE_EXTRA_CA_CERTS": "ca.pem"}, "claude-code").trust.extra_files == (str(good),)
    python = on_disk(tmp_path, {"SSL_CERT_FILE": gone, "SSL_CERT_DIR": str(tmp_path)}, "anthropic-python")
    assert python.trust.replaced_by == (gone,)
    assert python.facts["config.ca.variable"] == "SSL_CERT_FILE"


def test_a_folder_counts_where_no_file_is_named(tmp_path: Path) -> None:
    environ = {"SSL_CERT_DIR": f"{tmp_path}:/other", "REQUESTS_CA_BUNDLE": "/ignored.pem"}
    assert on_disk(tmp_path, environ, "anthropic-python").trust.replaced_by == (str(tmp_path), "/other")


def test_certificates_of_a_registered_environment_travel_as_text() -> None:
    machine = registered({"NODE_EXTRA_CA_CERTS": CA, "SSL_CERT_FILE": CA}, {CA: PEM})
    node = capture(Asked(), machine, KNOWLEDGE).trust
    assert (node.stores, node.extra_pem.encode(), node.extra_files) == (("public", "system"), PEM, ())
    python = capture(Asked(client="anthropic-python"), machine, KNOWLEDGE).trust
    assert (python.stores, python.extra_pem.encode(), python.replaced_by) == ((), PEM, ())


@pytest.mark.parametrize(
    ("client", "value", "off"),
    [
        ("claude-code", "0", True),
        ("claude-code", "1", False),
        ("anthropic-typescript", "0", True),
        ("anthropic-python", "0", False),
        ("curl", "0", False),
    ],
)
def test_verification_switched_off(client: str, value: str, off: bool) -> None:
    environ = {"NODE_TLS_REJECT_UNAUTHORIZED": value}
    assert fact("config.tls.verification_off", environ, client=client) is off
