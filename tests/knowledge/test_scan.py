"""``knowledge/scan``: right as it is, and a wrong entry is told with its file and key."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from diagnostics import scan_schema
from diagnostics.engine import library
from diagnostics.engine.scan.kinds import Kinds
from diagnostics.knowledge_schema import KnowledgeError

TABLES = library.aside("scan").tables


def test_the_folder_is_right() -> None:
    scan_schema.check()


WRONG: list[tuple[str, tuple[str, str, Any], str]] = [
    ("rules", ("rule", "says", "It is {nonsense}."), "rules.toml: rule.0.says: the slot {nonsense} is not declared"),
    ("rules", ("rule", "level", "loud"), "rules.toml: rule.0.level"),
    ("rules", ("rule", "cause", "gremlins"), "rules.toml: rule.0.cause: the cause 'gremlins' is not declared"),
    ("rules", ("rule", "extra", 1), "rules.toml: rule.0.extra"),
    ("files", ("file", "reader", "crystal ball"), "files.toml: file.0.reader: there is no reader"),
    ("files", ("file", "runs", "nowhere"), "files.toml: file.0.runs"),
    ("names", ("code", "pattern", "("), "names.toml: code.0.pattern: no regular expression"),
]


@pytest.mark.parametrize(("file", "change", "told"), WRONG, ids=[told for *_, told in WRONG])
def test_a_wrong_entry_is_told_with_file_and_key(file: str, change: tuple[str, str, Any], told: str) -> None:
    tables = copy.deepcopy(dict(TABLES))
    tables[file][change[0]][0][change[1]] = change[2]
    with pytest.raises(KnowledgeError, match="knowledge/scan/") as refused:
        scan_schema.validate(tables)
    assert told in str(refused.value)


def test_a_name_declared_twice_is_told() -> None:
    tables = copy.deepcopy(dict(TABLES))
    tables["rules"]["rule"].append(tables["rules"]["rule"][0])
    with pytest.raises(KnowledgeError, match="declared twice"):
        scan_schema.validate(tables)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/me/.claude/settings.json", "claude_settings"),
        ("C:\\Users\\me\\.claude\\settings.local.json", "claude_local_settings"),
        ("/home/me/.claude.json", "claude_state"),
        ("/etc/claude-code/managed-settings.json", "claude_settings"),
        (".env", "dotenv"),
        ("app/.env.production", "dotenv"),
        ("app/.env.example", "env_template"),
        (".zshrc", "shell_profile"),
        ("compose.override.yaml", "compose"),
        (".github/workflows/ci.yml", "github_workflow"),
        (".gitlab-ci.yml", "gitlab_ci"),
        ("chart/templates/deployment.yaml", "yaml"),
        ("Dockerfile.dev", "dockerfile"),
        (".vscode/settings.json", "editor_settings"),
        ("package.json", "json"),
        ("app/environment.py", "source"),
        ("notes", "text"),
    ],
)
def test_files_are_known_by_their_names(path: str, kind: str) -> None:
    assert Kinds(TABLES["files"]["file"]).of(path).kind == kind
