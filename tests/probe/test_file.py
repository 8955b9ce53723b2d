"""``probe.pyz`` as a file: small, whole, the same bytes from the same sources wherever it is built."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from diagnostics import packing
from diagnostics.engine import library


def test_the_same_sources_give_the_same_bytes_anywhere(probe: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "another folder"
    for part in ("diagnostics", "requirements"):
        shutil.copytree(packing.ROOT / part, elsewhere / part, ignore=shutil.ignore_patterns("__pycache__"))
    vendored = next(packing.CACHE.glob("vendor-*"))
    shutil.copytree(vendored, elsewhere / "build" / vendored.name)
    for file in elsewhere.rglob("*.py"):
        os.utime(file, (1, 1))
        file.chmod(0o600)
    odd = {"TZ": "Asia/Kathmandu", "LC_ALL": "C", "SOURCE_DATE_EPOCH": "7", "PYTHONHASHSEED": "1", "PATH": "/nowhere"}
    command = [sys.executable, "-m", "diagnostics.packing", str(elsewhere / "made.pyz")]
    subprocess.run(command, cwd=elsewhere, env=odd, umask=0o077, check=True, capture_output=True, timeout=200)
    assert (elsewhere / "made.pyz").read_bytes() == probe.read_bytes()
    assert (elsewhere / "made.pyz").stat().st_mode & 0o777 == 0o755


def test_it_is_small_and_holds_only_what_it_needs(probe: Path) -> None:
    names = zipfile.ZipFile(probe).namelist()
    assert probe.stat().st_size < 2_500_000
    assert names == sorted(names)
    assert {name.split("/")[0].removesuffix(".py") for name in names} <= {
        "__main__", "diagnostics", "httpx", "httpcore", "h11", "anyio", "sniffio", "idna", "certifi", "exceptiongroup", "typing_extensions"
    }  # fmt: skip
    assert not [
        name
        for name in names
        if name.startswith("diagnostics/") and "/engine/" not in name and name != "diagnostics/__init__.py"
    ]
    packed = json.loads(zipfile.ZipFile(probe).read("diagnostics/engine/knowledge.json"))
    assert library.build(packed).version == library.load().version


def test_its_first_lines_can_be_read_without_unpacking(probe: Path) -> None:
    first = zipfile.ZipFile(probe).getinfo("__main__.py")
    assert first.compress_type == zipfile.ZIP_STORED


def test_building_again_needs_no_package_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path) -> None:
        raise AssertionError("asked the index")

    monkeypatch.setattr(packing, "_pip_install", refuse)
    packing.build(tmp_path / "offline.pyz")


def test_two_who_install_at_once_both_find_the_libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def install(folder: Path) -> None:
        folder.mkdir()
        (folder / "h11.py").write_text("")
        if not list(tmp_path.glob("vendor-*")):  # while this one was at it, another one ended
            (tmp_path / f"vendor-{packing.lock_digest()}").mkdir()
            (tmp_path / f"vendor-{packing.lock_digest()}" / "h11.py").write_text("")

    monkeypatch.setattr(packing, "CACHE", tmp_path)
    monkeypatch.setattr(packing, "_pip_install", install)
    assert [file.name for file in packing._install().rglob("*")] == ["h11.py"]
