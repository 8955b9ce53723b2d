"""The hook that others point pre-commit at: run as pre-commit runs it, from a clone in which nothing is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.engine.scan.keys import ANTHROPIC

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What pre-commit fetches: the tree as git has it, without an environment."""
    folder = tmp_path / "clone"
    shutil.copytree(ROOT / "diagnostics", folder / "diagnostics", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", folder)
    return folder


@pytest.fixture
def staged(tmp_path: Path) -> Path:
    """Somebody's repository with three staged files."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "bad file.py").write_text(f'k = "{ANTHROPIC}"\n')
    (folder / "good.py").write_text("import os\n\nk = os.environ['ANTHROPIC_API_KEY']\n")
    (folder / "docker-compose.yml").write_text(
        "services:\n  a:\n    environment:\n      ANTHROPIC_API_KEY: ${ANTHROPIC_API_KEY}\n"
    )
    for command in (("init", "-q"), ("add", ".")):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def hook(clone: Path, staged: Path, *files: str) -> subprocess.CompletedProcess[str]:
    """`language: script`: the entry's file of the clone, in the repository, with the names of staged files."""
    (entry,) = yaml.safe_load((clone / ".pre-commit-hooks.yaml").read_text())
    assert entry["language"] == "script"
    bare = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "LC_ALL": "C"}
    command = [str(clone / entry["entry"]), *entry.get("args", ()), *files]
    return subprocess.run(command, cwd=staged, env=bare, capture_output=True, text=True, timeout=200, check=False)


def test_a_staged_key_stops_the_commit(clone: Path, staged: Path) -> None:
    ended = hook(clone, staged, "bad file.py", "good.py", "docker-compose.yml")
    assert (ended.returncode, ended.stderr) == (1, "")
    assert "bad file.py\n  [!] line 1: A key written into a file  (key.hardcoded)" in ended.stdout
    assert ANTHROPIC[-40:-4] not in ended.stdout
    assert "3 files looked at: 1 problem." in ended.stdout


def test_staged_files_without_one_pass(clone: Path, staged: Path) -> None:
    ended = hook(clone, staged, "good.py", "docker-compose.yml")
    assert (ended.returncode, ended.stderr, ended.stdout) == (0, "", "2 files looked at: nothing found.\n")


def test_it_leaves_nothing_behind(clone: Path, staged: Path) -> None:
    hook(clone, staged, "good.py")
    assert list(clone.rglob("__pycache__")) == []
    told = subprocess.run(["git", "status", "--porcelain"], cwd=staged, capture_output=True, text=True, check=True)
    assert all(line.startswith("A ") for line in told.stdout.splitlines())
