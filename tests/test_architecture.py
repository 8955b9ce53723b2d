"""What must stay true of the tree itself. Import directions are import-linter's, in `make check`."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LONGEST_FILE = 360
LONGEST_FUNCTION = 50
LONGEST_LIST = 130  # a function that only lists things, such as options: nothing in it branches
# Written in two pieces so that this file does not find itself.
INDEX_HOSTS = ("pypi" + ".org", "pythonhosted" + ".org", "registry.npm" + "js", "index" + "-url")


def tracked(*patterns: str) -> list[Path]:
    """Files that git knows or would add; an export without git has only its tree."""
    told = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in told.stdout.splitlines() if (ROOT / line).is_file()]


def sources() -> list[Path]:
    """Our Python, without what Django generates."""
    return [file for file in tracked("diagnostics/*.py", "troubleshooter/*.py") if "migrations" not in file.parts]


def test_the_app_stays_empty_so_that_the_probe_can_import_it() -> None:
    assert (ROOT / "diagnostics" / "__init__.py").read_text() == ""


def test_importing_the_engine_loads_no_web_side() -> None:
    code = (
        "import importlib, pkgutil, sys, diagnostics.engine as e\n"
        "for m in pkgutil.walk_packages(e.__path__, 'diagnostics.engine.'):\n"
        "    if not m.name.endswith('__main__'): importlib.import_module(m.name)\n"
        "print(sorted({'django', 'celery', 'redis', 'pydantic', 'structlog', 'troubleshooter'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.stdout.strip() == "[]", told.stdout + told.stderr


def test_the_engine_is_written_in_the_grammar_of_python_3_9() -> None:
    for file in tracked("diagnostics/engine/*.py"):
        ast.parse(file.read_text(encoding="utf-8"), str(file), feature_version=(3, 9))


@pytest.mark.optional
def test_the_engine_compiles_under_python_3_9() -> None:
    versions = sorted((Path.home() / ".pyenv" / "versions").glob("3.9.*/bin/python"))
    versions += sorted(Path("/root/.pyenv/versions").glob("3.9.*/bin/python"))
    if not versions:
        pytest.skip("no Python 3.9 on this machine")
    code = "import ast, sys; [ast.parse(open(name, encoding='utf-8').read(), name) for name in sys.argv[1:]]"
    subprocess.run([str(versions[-1]), "-c", code, *map(str, tracked("diagnostics/engine/*.py"))], check=True)


def test_the_locks_hold_hashes_and_name_no_package_index() -> None:
    locks = tracked("requirements/*.txt")
    assert {file.name for file in locks} == {"base.txt", "dev.txt", "installer.txt", "probe.txt", "snapshots.txt"}
    for file in locks:
        text = file.read_text()
        assert "://" not in text
        assert len(re.findall(r"^\S+==", text, re.MULTILINE)) <= text.count("--hash=sha256:")


def test_no_file_names_a_package_index() -> None:
    found = []
    for file in tracked("."):
        if file.is_relative_to(ROOT / ".ci"):
            continue
        text = file.read_bytes()
        found += [f"{file.relative_to(ROOT)}: {host}" for host in INDEX_HOSTS if host.encode() in text]
    assert found == []


def test_files_and_functions_stay_short() -> None:
    long = []
    for file in sources():
        text = file.read_text(encoding="utf-8")
        if text.count("\n") > LONGEST_FILE:
            long.append(f"{file.relative_to(ROOT)}: {text.count(chr(10))} lines")
        long += [f"{file.relative_to(ROOT)}: {name} has {lines} lines" for name, lines in _functions(text)]
    assert long == []


def _functions(text: str) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            branches = any(
                isinstance(part, ast.If | ast.For | ast.While | ast.Try | ast.With) for part in ast.walk(node)
            )
            if lines > (LONGEST_FUNCTION if branches else LONGEST_LIST):
                yield node.name, lines


def test_no_other_way_to_the_network() -> None:
    """import-linter cannot name the standard library's submodules, so these two are held here."""
    found = []
    for file in tracked("diagnostics/*.py"):
        apart = ("diagnostics/engine/net/", "diagnostics/lab/")  # the network itself, and the broken ones
        inside = file.relative_to(ROOT).as_posix()
        if not inside.startswith(apart) and re.search(
            r"^\s*(from|import) (urllib\.request|http\.client)", file.read_text(), re.M
        ):
            found.append(inside)
    assert found == []


def test_no_generic_helpers() -> None:
    odd = [file for file in sources() if file.stem in ("utils", "helpers", "common", "misc") or "utils" in file.parts]
    assert odd == []


def test_no_python_names_a_single_cause() -> None:
    causes = {file.stem for file in (ROOT / "diagnostics" / "knowledge" / "causes").glob("*.toml")}
    # The two ways a verdict can be no cause at all, and the safe word where nothing was decided.
    causes -= {"healthy", "unknown"}
    found = []
    for file in tracked("diagnostics/engine/*.py"):
        if file.name == "vocabulary.py":  # the closed list itself
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and node.value in causes:
                found += [f"{file.relative_to(ROOT)}:{node.lineno}: {node.value}"]
    assert found == []
