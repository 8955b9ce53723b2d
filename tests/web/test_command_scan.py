"""``manage.py scan``: what the probe does, with its exit codes."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.engine.scan.keys import ANTHROPIC


def run(*words: str) -> tuple[int, str, str]:
    """(exit code, output, errors) of the command."""
    out, errors = StringIO(), StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("scan", *words, stdout=out, stderr=errors)
    return int(ended.value.code or 0), out.getvalue(), errors.getvalue()


def test_it_does_what_the_probe_does(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(f'k = "{ANTHROPIC}"\n')
    code, out, errors = run(str(tmp_path))
    assert (code, errors) == (1, "")
    assert "key.hardcoded" in out
    assert ANTHROPIC[20:60] not in out


def test_a_clean_tree_is_0_and_a_wrong_line_2(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    assert run(str(tmp_path))[0] == 0
    code, out, errors = run("/nowhere/at/all")
    assert (code, out) == (2, "")
    assert "scan: there is nothing at /nowhere/at/all." in errors
