"""The client's own certificate: what is wrong with its files, and where the client ends at them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from diagnostics.engine.environment import Asked, capture, this_machine
from diagnostics.engine.environment.machine import Unreadable
from diagnostics.lab.certificates import private_root
from tests.engine.environment.machines import KNOWLEDGE, seen

CERTIFICATE = b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"
KEY = b"-----BEGIN EC PRIVATE KEY-----\nMAA=\n-----END EC PRIVATE KEY-----\n"
NAMES = {"CLAUDE_CODE_CLIENT_CERT": "/own.pem", "CLAUDE_CODE_CLIENT_KEY": "/own.key"}
CERT_NAME, KEY_NAME = NAMES


@pytest.mark.parametrize(
    ("environ", "files", "problem", "variable", "stops"),
    [
        (NAMES, {"/own.pem": CERTIFICATE, "/own.key": KEY}, (), None, (False, False)),
        (NAMES, {"/own.key": KEY}, ("missing",), CERT_NAME, (False, False)),
        (
            NAMES,
            {"/own.pem": CERTIFICATE, "/own.key": Unreadable("permission")},
            ("unreadable",),
            KEY_NAME,
            (False, False),
        ),
        (NAMES, {"/own.pem": b"hello", "/own.key": KEY}, ("not_pem",), CERT_NAME, (True, False)),
        (NAMES, {"/own.pem": CERTIFICATE, "/own.key": CERTIFICATE}, ("not_pem",), KEY_NAME, (True, False)),
        ({CERT_NAME: "/own.pem"}, {"/own.pem": CERTIFICATE}, ("alone",), CERT_NAME, (True, False)),
    ],
)
def test_its_files(
    environ: dict[str, str],
    files: dict[str, Any],
    problem: tuple[str, ...],
    variable: str | None,
    stops: tuple[bool, bool],
) -> None:
    for version, ends in zip(("2.1.197", "2.1.330"), stops, strict=True):
        facts = seen(environ, files, client=f"claude-code@{version}").facts
        assert facts["config.mtls.problems"] == problem
        assert facts.get("config.mtls.variable") == variable
        assert facts["config.mtls.stops"] is ends


def test_nothing_is_said_where_none_is_named() -> None:
    assert not [name for name in seen().facts if name.startswith("config.mtls")]
    assert not [name for name in seen(NAMES, client="curl").facts if name.startswith("config.mtls")]


def test_a_key_of_another_certificate_ends_every_version(tmp_path: Path) -> None:
    one, other = private_root(), (tmp_path / "other.key")
    own = tmp_path / "own.pem"
    own.write_text(one.pem)
    other.write_bytes(_key())
    machine = replace(
        this_machine(), environ={CERT_NAME: str(own), KEY_NAME: str(other)}, home=str(tmp_path), cwd=str(tmp_path)
    )
    facts = capture(Asked(), machine, KNOWLEDGE).facts
    assert (facts["config.mtls.problems"], facts["config.mtls.stops"]) == (("mismatch",), True)


def _key() -> bytes:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    made = ec.generate_private_key(ec.SECP256R1())
    plain = serialization.NoEncryption()
    return made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
