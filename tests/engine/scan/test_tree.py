"""A tree of files: what is looked at, what is left out and counted, what git says, and how it is told."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from diagnostics.engine import library
from diagnostics.engine.disguises import without_prefix
from diagnostics.engine.environment.machine import this_machine
from diagnostics.engine.scan import Asked, repository, scan, telling
from diagnostics.engine.scan.examining import Examiner
from diagnostics.engine.scan.records import Counts, Found, Outcome
from tests import pace
from tests.canaries import leaks

from .keys import ANTHROPIC, EVERY, OPENAI

TODAY = date(2026, 11, 28)
EXAMINER = Examiner(TODAY, machine=this_machine())
KEY = f'key = "{ANTHROPIC}"\n'


def look(*paths: Path, **asked: Any) -> Outcome:
    """The outcome of a scan, which holds no key in any form."""
    outcome = scan(Asked(tuple(map(str, paths)), **asked), EXAMINER)
    for text in outputs(outcome):
        assert leaks(text, [without_prefix(secret) for secret in EVERY]) == []
    return outcome


def outputs(outcome: Outcome) -> tuple[str, ...]:
    return (
        telling.as_text(outcome, "info", 80, True),
        telling.as_json(outcome, "1").decode(),
        telling.as_sarif(outcome, EXAMINER.wording.rules, "1").decode(),
        repr(outcome),
    )


def told(outcome: Outcome) -> dict[str, str]:
    """Name of the file -> code, of what was found."""
    return {Path(one.file).name: one.code for one in outcome.found}


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """An empty repository."""
    git(tmp_path, "init", "-q")
    return tmp_path


def git(folder: Path, *words: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *identity, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


# -- What is looked at


def test_folders_of_others_links_programs_and_huge_files_are_left_out_and_counted(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text(KEY)
    for folder in ("node_modules", "mine"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "b.py").write_text(KEY)
    (tmp_path / "mine" / "pyvenv.cfg").write_text("")
    (tmp_path / "picture.png").write_text(KEY)
    (tmp_path / "program").write_bytes(b"\x7fELF\0\0" + KEY.encode())
    (tmp_path / "huge.log").write_bytes(b"x" * (9 << 20))
    (tmp_path / "wide.txt").write_bytes(KEY.encode("utf-16"))
    outcome = look(tmp_path)
    assert told(outcome) == {"a.py": "key.hardcoded", "wide.txt": "key.hardcoded"}
    assert outcome.counts.skipped == {"folders of others' code": 2, "files without text": 2, "files over 8 MiB": 1}
    assert any("--all" in one for one in outcome.unchecked)
    assert len(look(tmp_path, everything=True).found) == 4


def test_links_lead_nowhere(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.py").write_text(KEY)
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "out").symlink_to(outside)
    (inside / "file.py").symlink_to(outside / "a.py")
    (inside / "round").symlink_to(inside)
    (inside / "dead").symlink_to(inside / "nothing")
    outcome = look(inside)
    assert outcome.found == ()
    assert outcome.counts.skipped == {"links": 4}
    assert [one.code for one in look(inside / "file.py").found] == ["key.hardcoded"]  # named by somebody


def test_pipes_sockets_and_what_may_not_be_read_hold_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.env")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        (tmp_path / "a.env").write_text("ANTHROPIC_APIKEY=x\n")
        began = time.monotonic()
        outcome = look(tmp_path)
    assert time.monotonic() - began < 20
    assert told(outcome) == {"a.env": "name.near_miss"}
    assert outcome.counts.skipped == {"files that are none": 2}


def test_names_and_contents_that_are_no_text(tmp_path: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/\xff\x1b[31m.env"
    with open(odd, "wb") as file:
        file.write(b"\xff\xfe"[:1] + b"\xe9ANTHROPIC_APIKEY=x\nCLAUDE_API_KEY=\xff\n")
    outcome = look(tmp_path)
    assert [one.code for one in outcome.found] == ["name.near_miss"] * len(outcome.found) != []
    for text in outputs(outcome)[:3]:
        assert "\x1b[31m" not in text.replace("\x1b[1;31m", "")
        text.encode("utf-8")


def test_thousands_of_files_take_seconds(tmp_path: Path) -> None:
    for number in range(2_000):
        (tmp_path / f"m{number}.py").write_text(
            f"import os\n\n\ndef f{number}(x: int) -> int:\n    return x * {number}\n" * 20
        )
    (tmp_path / "z.py").write_text(KEY)
    with pace.within(2000):
        outcome = look(tmp_path)
    assert (outcome.counts.files, len(outcome.found)) == (2_001, 1)


def test_who_stops_it_has_what_there_is(tmp_path: Path) -> None:
    for number in range(50):
        (tmp_path / f"m{number:02}.py").write_text(KEY)
    found, counts = list[Found](), Counts()
    outcome = scan(Asked((str(tmp_path),)), EXAMINER, lambda: counts.files >= 10, found, counts)
    assert outcome.stopped
    assert 5 < len(outcome.found) < 20
    assert "Stopped early" in telling.as_text(outcome, "info", 80, False)


# -- What git says


def test_a_key_that_git_ignores_is_only_mentioned(repo: Path) -> None:
    (repo / ".gitignore").write_text(".env\nlocal/\n")
    (repo / "local").mkdir()
    for name in (".env", ".env.local", "local/notes.txt", "shared.txt"):
        (repo / name).write_text(f"ANTHROPIC_API_KEY={ANTHROPIC}\n")
        (repo / name).chmod(0o600)
    outcome = look(repo)
    assert told(outcome) == {
        ".env": "key.kept",
        ".env.local": "key.hardcoded",  # not ignored: the next `git add .` takes it along
        "notes.txt": "key.kept",
        "shared.txt": "key.hardcoded",
    }


@pytest.mark.parametrize(("mode", "level"), [(0o644, "warning"), (0o640, "info"), (0o600, None)])
def test_who_else_may_read_a_file_with_a_key(tmp_path: Path, mode: int, level: str | None) -> None:
    file = tmp_path / ".env"
    file.write_text(f"ANTHROPIC_API_KEY={ANTHROPIC}\n")
    file.chmod(mode)
    found = [one for one in look(file).found if one.code == "key.readable"]
    assert [one.level for one in found] == ([level] if level else [])


@pytest.fixture
def committed(repo: Path) -> Path:
    """A key that was committed twice and taken out again; another one that stands still."""
    (repo / "a b").mkdir()
    (repo / "a b" / "old.py").write_text("import os\n\n" + KEY)
    git(repo, "add", ".")
    git(repo, "commit", "-qm", "one")
    (repo / "a b" / "old.py").write_text("import os\n")
    (repo / "moved.py").write_text(KEY)
    (repo / "now.py").write_text(f'x = "{OPENAI}"\n')
    git(repo, "add", ".")
    git(repo, "commit", "-qm", "two")
    (repo / "moved.py").unlink()
    git(repo, "commit", "-qam", "three")
    return repo


def test_keys_of_the_history_are_told_once_with_their_first_commit(committed: Path) -> None:
    first = git(committed, "rev-list", "--max-parents=0", "HEAD")
    found = {one.line: one for one in look(committed).found if one.code == "key.in_history"}
    assert found.keys() == {1, 3}
    assert (found[3].commit, Path(found[3].file).parts[-2:]) == (first, ("a b", "old.py"))
    assert "no longer stands" in found[3].says
    assert "still stands" in found[1].says
    assert found[3].fingerprint != found[1].fingerprint
    assert {one.code for one in look(committed, history=False).found} == {"key.hardcoded"}
    assert [one.code for one in look(committed / "now.py").found] == ["key.hardcoded"]
    assert [Path(one.file).name for one in look(committed / "a b").found] == ["old.py"]  # of that folder alone


def test_a_repository_runs_none_of_its_programs(committed: Path, tmp_path: Path) -> None:
    trap = committed / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\ncat\n")
    trap.chmod(0o755)
    for name in (
        "core.pager",
        "core.fsmonitor",
        "diff.external",
        "diff.x.textconv",
        "diff.x.command",
        "gpg.program",
        "filter.x.clean",
    ):
        git(committed, "config", name, str(trap))
    git(committed, "config", "log.showSignature", "true")
    (committed / ".gitattributes").write_text("*.py diff=x filter=x\n")
    assert len([one for one in look(committed).found if one.code == "key.in_history"]) == 2
    assert not (tmp_path / "ran").exists()


def test_a_history_is_read_for_so_long_and_no_longer(committed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = committed / "bin"
    slow.mkdir()
    (slow / "git").write_text("#!/bin/sh\nexec sleep 60\n")
    (slow / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow}:{os.environ['PATH']}")
    began = time.monotonic()
    keys, missing = repository.history(str(committed), str(committed), EXAMINER.finder, lambda: False, seconds=0.5)
    assert (keys, "older part" in missing) == ((), True)
    assert time.monotonic() - began < 20


def test_a_shallow_clone_is_told_in_every_form(committed: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    clone = tmp_path_factory.mktemp("clones") / "shallow"
    git(committed, "clone", "-q", "--depth", "1", f"file://{committed}", str(clone))
    outcome = look(clone)
    assert [Path(one.file).name for one in outcome.found if one.code == "key.in_history"] == ["now.py"]
    text, made, sarif, _ = outputs(outcome)
    assert "it is shallow, and only 1 commit could be read" in " ".join(text.split())
    assert ["only 1 commit could" in one for one in json.loads(made)["unchecked"]] == [True]
    (invocation,) = json.loads(sarif)["runs"][0]["invocations"]
    assert invocation["executionSuccessful"]
    (note,) = invocation["toolExecutionNotifications"]
    assert note["level"] == "note"
    assert "only 1 commit could" in note["message"]["text"]
    git(clone, "fetch", "-q", "--unshallow")
    assert look(clone).unchecked == ()
    assert len([one for one in look(clone).found if one.code == "key.in_history"]) == 2


def test_without_git_it_says_so(committed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    outcome = look(committed)
    assert {one.code for one in outcome.found} == {"key.hardcoded"}
    assert any("no git here" in one for one in outcome.unchecked)


# -- How it is told


def test_sarif_has_the_form_that_code_hosts_take(committed: Path) -> None:
    (committed / ".env").write_text("ANTHROPIC_BASE_URL=https://api.anthropic.com/v1\n")
    outcome = look(committed)
    made = json.loads(telling.as_sarif(outcome, EXAMINER.wording.rules, library.aside("scan").version))
    assert (made["version"], made["$schema"].endswith("sarif-2.1.0.json"), len(made["runs"])) == ("2.1.0", True, 1)
    driver, results = made["runs"][0]["tool"]["driver"], made["runs"][0]["results"]
    assert len(results) == len(outcome.found) > 2
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(ids) == len(set(ids))
    for rule in driver["rules"]:
        assert {"id", "name", "shortDescription", "fullDescription", "help", "defaultConfiguration"} <= rule.keys()
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
        assert "{" not in rule["help"]["text"]
    for result in results:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        place = result["locations"][0]["physicalLocation"]
        assert place["region"]["startLine"] >= 1
        assert " " not in place["artifactLocation"]["uri"]
        assert len(result["partialFingerprints"]["troubleshooterFinding/v1"]) == 32


def test_a_finding_stays_the_same_when_lines_move(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    text = f"ANTHROPIC_BASE_URL=https://api.anthropic.com/v1\nX={ANTHROPIC}\n"
    file.write_text(text)
    before = {one.identity for one in look(file).found}
    file.write_text("\n\n# more\n" + text)
    assert {one.identity for one in look(file).found} == before


@pytest.mark.parametrize(("level", "code"), [("problem", 1), ("warning", 1), ("info", 1)])
def test_the_level_decides_what_is_told_and_the_exit_code(tmp_path: Path, level: str, code: int) -> None:
    (tmp_path / "a.env").write_text(
        "ANTHROPIC_APIKEY=x\nNO_PROXY=.corp.example\nANTHROPIC_API_KEY_FILE=/x\nOPENAI_API_KEY=\n"
    )
    outcome = look(tmp_path)
    levels = {one.level for one in outcome.found}
    assert levels == {"problem", "warning", "info"}
    text = telling.as_text(outcome, level, 80, False)
    assert telling.exit_code(outcome.found, level) == code
    assert ("[?]" in text, "[i]" in text) == (level != "problem", level == "info")
    hints = [one for one in outcome.found if one.level == "info"]
    assert telling.exit_code(hints, "warning") == 0


def test_json_says_everything(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ANTHROPIC_APIKEY=x\n")
    made = json.loads(telling.as_json(look(tmp_path), "sha256:1"))
    assert (made["schema"], made["rules"], made["stopped"]) == ("troubleshooter.scan/1", "sha256:1", False)
    assert made["summary"] == {"problem": 1, "warning": 0, "info": 0, "files": 1, "ignored": 0}
    assert made["findings"][0]["corrected"] == "ANTHROPIC_API_KEY=x"


def test_a_false_alarm_is_rare() -> None:
    """Everything that is installed for the tests: thousands of files by hundreds of people, without a key in them."""
    site = Path(pytest.__file__).parent.parent
    folders = [site / name for name in ("django", "httpx", "anthropic", "pydantic", "cryptography", "ninja", "celery")]
    outcome = scan(Asked(tuple(str(one) for one in folders if one.is_dir()), everything=True), EXAMINER)
    assert outcome.counts.files > 200
    told = [(one.file, one.line, one.code) for one in outcome.found if one.level != "info"]
    assert [one for one in told if not one[2].startswith("model.")] == []  # models do age in others' examples
