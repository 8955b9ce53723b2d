"""The documents say what the code does: every setting, option, file and make target they name exists, and none is left out."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
_READERS = "text|switch|whole|one_of|names|networks|web_address|time_zone|url_with_scheme|kept_secret|encryption_keys|mail_settings"
_KNOB = re.compile(rf'(?:knobs\.)?(?:{_READERS})\(\s*"([A-Z_]+)"')


def _knobs() -> set[str]:
    """Names of the environment variables that the settings read."""
    return {
        name
        for file in ("settings.py", "knobs.py", "single_sign_on.py")
        for name in _KNOB.findall((ROOT / "troubleshooter" / file).read_text(encoding="utf-8"))
    }


def _described() -> set[str]:
    """Variables that stand in the first column of the README's table of settings."""
    table = README.split("## Settings", 1)[1].split("\n## ", 1)[0]
    first_cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return {name for cell in first_cells for name in re.findall(r"`([A-Z_]+)`", cell)}


def test_every_setting_is_described_and_every_description_is_a_setting() -> None:
    assert _described() == _knobs()


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_make_targets_named_in_a_document_exist(document: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z-]+)\b(?=`|\n)", (ROOT / document).read_text(encoding="utf-8")))
    assert named
    assert named <= targets


def test_options_named_in_the_readme_are_options_of_the_probe() -> None:
    command = [sys.executable, "-m", "diagnostics.engine", "--help"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200, check=True).stdout
    section = README.split("## On the machine where it hurts", 1)[1].split("\n## ", 1)[0]
    named = set(re.findall(r"--[a-z][a-z-]+", section)) - {"--help"}
    assert named
    assert named <= set(re.findall(r"--[a-z][a-z-]+", told))


def test_folders_in_the_layout_exist() -> None:
    layout = CONTRIBUTING.split("## Where things stand", 1)[1].split("\n## ", 1)[0]
    folders = re.findall(
        r"^    ((?:troubleshooter|diagnostics|tests|benchmarks|templates|static)[\w/]*)/", layout, re.MULTILINE
    )
    assert len(folders) > 6
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []


def test_pictures_of_the_readme_are_there() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert pictures
    assert [picture for picture in pictures if not (ROOT / picture).is_file()] == []
