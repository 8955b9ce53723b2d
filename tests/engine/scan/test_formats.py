"""Reading files of many kinds by their lines: right where a parser can say what is right, and never slow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.engine import library
from diagnostics.engine.scan import assigning
from diagnostics.engine.scan.formats import flow, lines, yaml_lines
from diagnostics.engine.scan.kinds import Kinds
from diagnostics.engine.scan.records import Assignment
from tests import pace

KINDS = Kinds(library.aside("scan").tables["files"]["file"])


def read(path: str, text: str) -> list[tuple[str, str, int]]:
    """(name, value, line) of every variable that a file sets."""
    found = assigning.assignments(text, KINDS.of(path))
    return [(one.name, one.value, one.line) for one in found if one.environment]


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """(path, value) of every scalar of a parsed file; nothing for what is empty."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, str(key)))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from leaves(inner, (*path, number))
    else:
        yield path, value


# -- YAML and JSON, beside a parser

COMPOSE = """
x-shared: &shared
  restart: always
services:
  web:
    image: app:1  # the newest
    environment:
      ANTHROPIC_API_KEY: ""
      GREETING: "a\\nb"   # a comment
      QUOTED: 'it''s'
      PASSED_ON:
      URL: https://gateway.example/v1
    env_file: [.env, {path: other.env, required: false}]
  worker:
    environment:
    - A=1
    - "B=2 # no comment"
    command: >-
      one
      two
  jobs:
    - name: first
      value: "1"
    -
      name: second
      value: |
        some
          lines
matrix:
  - - a
    - b
  - c
folded: "goes
  on"
plain: goes on
  here
"""


def test_yaml_is_read_as_a_parser_reads_it() -> None:
    expected = dict(leaves(yaml.safe_load(COMPOSE)))
    found = {scalar.path[1:]: scalar.value for scalar in yaml_lines.scalars(COMPOSE)}
    assert found.keys() == expected.keys()
    different = {
        path: (value, found[path])
        for path, value in expected.items()
        if str("" if value is None else str(value).lower() if isinstance(value, bool) else value) != found[path]
    }
    assert different == {}


def test_every_value_of_yaml_knows_its_line() -> None:
    rows = COMPOSE.split("\n")
    for scalar in yaml_lines.scalars(COMPOSE):
        last = scalar.path[-1]
        assert isinstance(last, int) or str(last) in rows[scalar.line - 1], (scalar.path, scalar.line)


NAMES = st.text("abcdefgXYZ_", min_size=1, max_size=8).filter(lambda name: name.lower() not in ("y", "n", "e"))
SIGNS = st.characters(
    codec="utf-8",
    exclude_categories=("Cs", "Cc", "Zl", "Zp", "Zs"),
    exclude_characters="\ufeff",
    include_characters=" ",
)
TEXTS = st.text(SIGNS, max_size=30)
TREES = st.recursive(
    TEXTS,
    lambda inner: st.dictionaries(NAMES, inner, min_size=1, max_size=4) | st.lists(inner, min_size=1, max_size=4),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(NAMES, TREES, min_size=1, max_size=4), st.sampled_from([None, False, True]))
def test_whatever_a_parser_writes_is_read_back(tree: dict[str, Any], style: bool | None) -> None:
    written = yaml.safe_dump(tree, default_flow_style=style, allow_unicode=True, width=1000)
    found = {scalar.path[1:]: scalar.value for scalar in yaml_lines.scalars(written)}
    assert found == dict(leaves(tree)), written


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(NAMES, TREES, min_size=1, max_size=4), st.sampled_from([None, 2]))
def test_json_is_read_as_it_was_written(tree: dict[str, Any], indent: int | None) -> None:
    written = json.dumps(tree, indent=indent, ensure_ascii=False)
    assert {scalar.path: scalar.value for scalar in flow.scalars(written)} == dict(leaves(tree)), written


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400) | st.text("{}[]:,\"'\\ \n-#|>&*ab/", max_size=200))
def test_no_text_breaks_a_reader(text: str) -> None:
    for name in (
        ".env",
        "x.sh",
        "Dockerfile",
        "x.yml",
        "x.json",
        "x.service",
        ".npmrc",
        "x.py",
        "x.ipynb",
        "x.ps1",
        ".claude/settings.json",
    ):
        for one in assigning.assignments(text, KINDS.of(name)):
            assert 1 <= one.line <= text.count("\n") + 1, name


HUGE = {
    "escaped quotes": '"\\"' * 200_000,
    "comments that do not end": "/*," * 200_000,
    "brackets": "{[" * 200_000,
    "open quotes": 'a: "b\n' * 60_000,
    "keys": "a:\n" * 100_000,
    "dashes": "- " * 300_000,
    "open lists": "k: [\n" * 40_000,
    "colons": "a:b" * 200_000,
    "anchors": "a: &a *a\n" * 60_000,
    "one line": "A=" + "x" * 2_000_000,
    "exports": "export " + "A=1 " * 200_000,
    "continued": "ENV A=1 \\\n" * 60_000,
    "open environment": "os.environ['A'] = '" * 60_000,
    "names": 'api_key="' * 60_000,
    "calls": "Anthropic(" * 20_000,
}


@pytest.mark.parametrize("text", HUGE.values(), ids=list(HUGE))
@pytest.mark.parametrize("name", [".env", "x.sh", "Dockerfile", "x.yml", "x.json", "x.service", "x.py"])
def test_a_hostile_file_takes_no_longer_than_others(name: str, text: str) -> None:
    with pace.within(15_000):  # seconds of work; an endless one takes hours
        for _ in assigning.assignments(text[: 2 << 20], KINDS.of(name)):
            pass


def test_an_alias_is_not_followed() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{name}: &{name} [*{last}, *{last}]\n" for last, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert len(list(yaml_lines.scalars(bomb))) < 40


# -- Each kind of file


def test_dotenv_as_its_libraries_read_it() -> None:
    text = 'export A="b c" # x\nB=c d # e\nC=\'$x\'\nD="a\nb"\nE=\nF="unclosed\nG = spaced\n# H=1\n'
    assert read(".env", text) == [
        *(("A", "b c", 1), ("B", "c d", 2), ("C", "$x", 3), ("D", "a\nb", 4), ("E", "", 6), ("F", '"unclosed', 7)),
        ("G", "spaced", 8),
    ]


def test_shells() -> None:
    text = "export A=b C=\"d e\"\nfoo; X=1 cmd\n  # export N=1\nset -gx FISH val\nsetenv CSH 'v w'\n"
    assert read("me/.zshrc", text) == [
        ("A", "b", 1),
        ("C", "d e", 1),
        ("X", "1", 2),
        ("FISH", "val", 4),
        ("CSH", "v w", 5),
    ]


def test_windows() -> None:
    text = '$env:A = "x y"\r\nsetx B "v"\r\nset C=w\r\n[Environment]::SetEnvironmentVariable("D", "z", "User")\r\n'
    assert read("a.ps1", text) == [("A", "x y", 1), ("B", "v", 2), ("C", "w", 3), ("D", "z", 4)]


def test_dockerfiles() -> None:
    text = 'FROM x\nENV A=b C="d e" \\\n  D=f\nENV OLD some value\nARG K=1\nRUN X=1 y\n'
    assert read("Dockerfile", text) == [
        ("A", "b", 2),
        ("C", "d e", 2),
        ("D", "f", 3),
        ("OLD", "some value", 4),
        ("K", "1", 5),
    ]


def test_systemd_and_npmrc() -> None:
    assert read("a.service", 'Environment="A=b c" D=e\n') == [("A", "b c", 1), ("D", "e", 1)]
    found = assigning.assignments("strict-ssl = false ; no\n", KINDS.of(".npmrc"))
    assert [(one.name, one.value) for one in found] == [("strict-ssl", "false")]


def test_manifests() -> None:
    text = (
        "kind: Secret\ndata:\n  A: YmMK\nstringData:\n  B: c\n---\nkind: Deployment\nspec:\n  containers:\n  - env:\n"
        "    - name: C\n      value: d\n    - name: E\n      valueFrom: {secretKeyRef: {name: a, key: b}}\n"
        "---\nkind: ConfigMap\ndata:\n  F: g\n  own.env: |\n    H=i\n"
    )
    found = read("k8s/all.yaml", text)
    assert found == [("A", "bc\n", 3), ("B", "c", 5), ("C", "d", 12), ("F", "g", 18), ("H", "i", 20)]


def test_a_template_that_is_no_yaml_yet() -> None:
    text = "env:\n{{- if .Values.gateway }}\n  - name: A\n    value: {{ .Values.a | quote }}\n{{- end }}\n  - name: B\n    value: c\n"
    found = assigning.assignments(text, KINDS.of("chart/templates/deployment.yaml"))
    told = [(one.name, one.value, one.line, assigning.is_reference(one)) for one in found if one.name in "AB"]
    assert told == [("A", "{{ .Values.a | quote }}", 4, True), ("B", "c", 7, False)]


def test_workflows() -> None:
    text = (
        "jobs:\n  t:\n    env:\n      A: ${{ secrets.X }}\n    steps:\n    - run: |\n        export B=1\n        C=2 ./x\n"
        '    - env: {D: ""}\n'
    )
    expected = [("A", "${{ secrets.X }}", 4), ("B", "1", 7), ("C", "2", 8), ("D", "", 9)]
    assert read(".github/workflows/ci.yml", text) == expected


def test_code_and_notebooks() -> None:
    python = 'os.environ["A_B"] = "x"\nc = Anthropic(\n  api_key="k",\n  base_url="u",\n)\nO = OpenAI(base_url="v", api_key="z")\n'
    assert read("a.py", python) == [("A_B", "x", 1), ("ANTHROPIC_API_KEY", "k", 3), ("ANTHROPIC_BASE_URL", "u", 4)]
    script = 'process.env.ABC = "x"; new Anthropic({ apiKey: "k", baseURL: "u" })'
    assert [name for name, *_ in read("a.ts", script)] == ["ABC", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"]
    notebook = json.dumps({"cells": [{"source": ["%env A_B=x\n", "import os\n", 'os.environ["C_D"] = "y"']}]}, indent=1)
    assert [(name, value) for name, value, _ in read("a.ipynb", notebook)] == [("A_B", "x"), ("C_D", "y")]


def test_editors_and_servers() -> None:
    settings_file = (
        '{\n // mine\n "claude.env": [{"name": "A", "value": "b"}],\n "terminal.integrated.env.linux": {"X": "y"},\n}'
    )
    assert read(".vscode/settings.json", settings_file) == [("A", "b", 3), ("X", "y", 4)]
    assert read(".mcp.json", '{"mcpServers": {"s": {"env": {"A": "${A}"}}}}') == [("A", "${A}", 1)]


def test_what_is_fetched_from_elsewhere_is_a_reference() -> None:
    for value, expands in (
        ("$A", "shell"),
        ("${A}", "braces"),
        ("${{ secrets.A }}", "github"),
        ("$(A)", "kubernetes"),
        ("op://v/i", ""),
    ):
        assert assigning.is_reference(Assignment("A", value, 1, expands=expands))
    assert not assigning.is_reference(Assignment("A", "$A", 1, expands=""))
    assert not assigning.is_reference(next(lines.dotenv("A='$A'")))
