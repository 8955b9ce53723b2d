"""Trust sets: each made once, of what it names and of nothing else."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import pytest

from diagnostics.engine.net import Failure, Roots, trust
from diagnostics.engine.records import TrustSettings
from diagnostics.lab import certificates

ROOT, CORP = certificates.practice_root().pem, certificates.private_root().pem


def roots(tmp_path: Path, system: str = CORP) -> Roots:
    store = tmp_path / "system.pem"
    store.write_text(system)
    return Roots(public_pem=ROOT, system_files=(str(tmp_path / "absent.pem"), str(store)))


def test_a_context_is_built_once_for_each_setting(tmp_path: Path) -> None:
    known = roots(tmp_path)
    settings = TrustSettings(stores=("public", "system"))
    assert known.public() is roots(tmp_path).public()
    assert known.client(settings) is known.client(settings)
    assert known.client(settings) is not known.public()
    assert Roots().public() is Roots.default().public()


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        (TrustSettings(), 1),
        (TrustSettings(stores=("public", "system")), 2),
        (TrustSettings(stores=("public", "public")), 1),
        (TrustSettings(extra_pem=CORP), 2),
        (TrustSettings(extra_files=("{corp}", "{absent}", "{folder}")), 2),
        (TrustSettings(replaced_by=("{corp}",)), 1),
        (TrustSettings(replaced_by=("{folder}",)), 1),
        (TrustSettings(replaced_by=("{mixed}",)), 1),
    ],
)
def test_what_a_set_holds(tmp_path: Path, settings: TrustSettings, size: int) -> None:
    folder = tmp_path / "certs"
    folder.mkdir()
    (folder / "corp.pem").write_text(CORP)
    (folder / "readme").write_text("no certificate")
    (tmp_path / "mixed.pem").write_text(
        "junk\n" + CORP + "-----BEGIN CERTIFICATE-----\nMIIBroken\n-----END CERTIFICATE-----\n"
    )
    places = {
        "corp": folder / "corp.pem",
        "absent": tmp_path / "none",
        "folder": folder,
        "mixed": tmp_path / "mixed.pem",
    }
    named = {
        field: tuple(str(path).format(**places) for path in getattr(settings, field))
        for field in ("extra_files", "replaced_by")
    }
    context = roots(tmp_path).client(TrustSettings(settings.stores, extra_pem=settings.extra_pem, **named))
    assert trust.size(context) == size


@pytest.mark.parametrize("content", ["", "not a certificate", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----"])
def test_a_file_that_replaces_all_and_holds_nothing_is_a_failure_of_its_own(tmp_path: Path, content: str) -> None:
    (tmp_path / "empty.pem").write_text(content)
    with pytest.raises(Failure) as refusal:
        roots(tmp_path).client(TrustSettings(replaced_by=(str(tmp_path / "empty.pem"),)))
    assert refusal.value.word == "tls_trust_unusable"


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert trust.read_file(str(tmp_path / "pipe")) is None


def test_a_workers_roots_read_no_file_of_another_machine(tmp_path: Path) -> None:
    (tmp_path / "corp.pem").write_text(CORP)
    blind = Roots(public_pem=ROOT, read=lambda path: None)
    assert trust.size(blind.client(TrustSettings(extra_files=(str(tmp_path / "corp.pem"),)))) == 1


def test_the_environment_has_no_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "corp.pem").write_text(CORP)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "corp.pem"))
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    only = certificates.leaf("of.this.test").pem  # a set that no other test has built
    context = Roots(public_pem=ROOT + only).public()
    assert trust.size(context) == 1
    assert context.keylog_filename is None
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert (
        not context.verify_flags & ssl.VERIFY_X509_STRICT
    )  # clients do not ask for it, whatever this interpreter's default


def test_a_root_is_known_by_its_bytes(tmp_path: Path) -> None:
    known = roots(tmp_path)
    assert trust.is_root_of(known.public(), ssl.PEM_cert_to_DER_cert(ROOT))
    assert not trust.is_root_of(known.public(), ssl.PEM_cert_to_DER_cert(CORP))


def test_each_set_is_listed_with_its_size(tmp_path: Path) -> None:
    (tmp_path / "extra.pem").write_text(CORP)
    settings = TrustSettings(stores=("public", "system"), extra_files=(str(tmp_path / "extra.pem"),))
    known = Roots(public_pem=ROOT, system_files=(str(tmp_path / "none.pem"),))
    assert known.listed(settings) == [
        {"set": "public", "from": "given in place of every bundled list", "size": 1},
        {"set": "system", "from": "not found", "size": 0},
        {"set": "file", "from": str(tmp_path / "extra.pem"), "size": 1},
        {"set": "client", "from": "public, system, files", "size": 2},
    ]
    bundled = Roots(system_files=()).listed(TrustSettings())
    assert bundled[0]["from"] == "bundled with the probe"
    assert bundled[0]["size"] == bundled[-1]["size"]
    assert int(bundled[0]["size"]) > 100
    broken = Roots(system_files=()).listed(TrustSettings(replaced_by=("/none",)))
    assert broken[-1] == {"set": "client", "from": "files", "size": 0}
