"""Building ``probe.pyz``: the engine, its knowledge as one JSON, and the pure-Python libraries it stands on.

``python -m diagnostics.packing build/probe.pyz``. The same sources give the same bytes: entries are sorted and carry one fixed date.
The libraries come from the hash-locked ``requirements/probe.txt``, are unpacked once into ``build/vendor-<hash>`` and then need no index.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from diagnostics import knowledge_schema, texts_schema
from diagnostics.engine import library

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "probe.txt"
START = ROOT / "diagnostics" / "probe_start.py"
CACHE = ROOT / "build"
OLDEST = "3.9"
_DATE = (2026, 1, 1, 0, 0, 0)
_SHEBANG = b"#!/usr/bin/env python3\n"
_NOT_CARRIED = ("httpx/_main.py", "anyio/pytest_plugin.py", "anyio/_backends/_trio.py", "certifi/__main__.py")


def build(target: Path) -> Path:
    """Write the probe to ``target``. Raises ``knowledge_schema.KnowledgeError`` before anything wrong is packed."""
    tables = library.read_tables(library.FOLDER)
    knowledge_schema.validate(tables)
    texts_schema.check_texts()
    entries = dict(_engine()) | dict(_vendored())
    carried = sorted({name.split("/")[0].removesuffix(".py") for name in entries})
    entries[f"diagnostics/engine/{library.COMPILED}"] = library.canonical(tables)
    for kind in library.ASIDE:
        entries[f"diagnostics/engine/{kind}.json"] = library.canonical(library.aside(kind).tables)
    entries["__main__.py"] = START.read_bytes().replace(b"CARRIED = ()", f"CARRIED = {tuple(carried)!r}".encode())
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".probe-", delete=False) as made:
        made.write(_SHEBANG)
        _write(made, entries)
    os.chmod(made.name, 0o755)  # noqa: S103  a program that everybody may run
    os.replace(made.name, target)  # whoever downloads it meanwhile gets the old one whole
    return target


def _write(file: tempfile._TemporaryFileWrapper[bytes], entries: dict[str, bytes]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(entries):
            entry = zipfile.ZipInfo(name, _DATE)
            # The first lines are stored as they are: a Python without zlib must be able to say so.
            entry.compress_type = zipfile.ZIP_STORED if name == "__main__.py" else zipfile.ZIP_DEFLATED
            entry.external_attr, entry.create_system = 0o644 << 16, 3
            archive.writestr(entry, entries[name])


def _engine() -> Iterator[tuple[str, bytes]]:
    package = Path(__file__).resolve().parent
    yield "diagnostics/__init__.py", (package / "__init__.py").read_bytes()
    for file in (package / "engine").rglob("*.py"):
        yield str(file.relative_to(package.parent).as_posix()), file.read_bytes()


def _vendored() -> Iterator[tuple[str, bytes]]:
    folder = _install()
    for file in folder.rglob("*"):
        name = file.relative_to(folder).as_posix()
        if file.is_file() and _is_carried(name):
            yield name, file.read_bytes()


def _is_carried(name: str) -> bool:
    top = name.split("/")[0]
    return (
        name.endswith((".py", ".pem")) and top != "bin" and not top.endswith(".dist-info") and name not in _NOT_CARRIED
    )


def _install() -> Path:
    """The unpacked libraries of the lock; installed on first use, found again afterwards without any network."""
    folder = CACHE / f"vendor-{lock_digest()}"
    if folder.is_dir():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix=".vendor-") as scratch:
        fresh = Path(scratch) / "site"
        _pip_install(fresh)
        with contextlib.suppress(OSError):  # somebody else was faster: theirs is the same
            fresh.rename(folder)
    return folder


def lock_digest() -> str:
    """What names the unpacked libraries: another lock, another folder."""
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]


def _pip_install(folder: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--no-compile",
        "--require-hashes",
    ]
    command += ["--only-binary", ":all:", "--python-version", OLDEST, "--target", str(folder), "-r", str(LOCK)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    if told.returncode:
        raise SystemExit(
            f"The probe's libraries could not be installed from {LOCK.name}:\n{told.stderr.strip()[-2000:]}"
        )


def main() -> None:
    """Build the probe and say what came of it."""
    parser = argparse.ArgumentParser(
        prog="python -m diagnostics.packing", description=__doc__.splitlines()[0] if __doc__ else None
    )
    parser.add_argument("target", type=Path, nargs="?", default=CACHE / "probe.pyz")
    target = build(parser.parse_args().target)
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    print(f"{target}: {target.stat().st_size / 1000:.0f} kB, sha256 {digest}")


if __name__ == "__main__":
    main()
