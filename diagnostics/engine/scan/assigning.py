"""What a file sets: names and values with their lines, got out of it by the reader that its kind names."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from diagnostics.engine.scan.formats import flow, lines, source, yaml_lines
from diagnostics.engine.scan.kinds import Kind
from diagnostics.engine.scan.records import Assignment, Scalar

_ENVIRONMENT = re.compile(
    r"(?:\w+\.)*(?:(?:extra|container|remote|build|global)?_?env(?:ironment)?(?:[_-]?var(?:iable)?s|s)?|variables|(?:build[_-]?)?args)"
    r"(?:\.(?:linux|osx|windows))?",
    re.IGNORECASE,
)
_SCRIPTS = ("run", "script", "before_script", "after_script", "command", "args", "entrypoint")
_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_REFERENCES = {
    "shell": re.compile(r"\$[A-Za-z_{(]|`|%\w+%|\{\{"),
    "braces": re.compile(r"\$\{|\{\{"),
    "github": re.compile(r"\$\{\{"),
    "kubernetes": re.compile(r"\$\(\w|\$\{|\{\{|<%"),
    "code": re.compile(r"\$\{|\{\w*\}|%s|\{\{"),
}
_ELSEWHERE = re.compile(
    r"^(?:op|vault|secret|ssm|keyring|env|file|ref\+\w+)(?:://|:)|^arn:aws:|^ENC\[|^projects/[^/]+/secrets/"
)


def assignments(text: str, kind: Kind) -> tuple[Assignment, ...]:
    """Everything the file sets, in the order of its readers."""
    return tuple(READERS[kind.reader](text, kind))


def is_reference(one: Assignment) -> bool:
    """Its value is fetched from somewhere else, so that nothing can be said about it here."""
    pattern = _REFERENCES.get(one.expands)
    return (pattern is not None and pattern.search(one.value) is not None) or _ELSEWHERE.match(one.value) is not None


def _yaml(text: str, kind: Kind) -> Iterator[Assignment]:
    return _of_scalars(yaml_lines.scalars(text), kind)


def _json(text: str, kind: Kind) -> Iterator[Assignment]:
    return _of_scalars(flow.scalars(text), kind)


def _claude_settings(text: str, kind: Kind) -> Iterator[Assignment]:
    """``env`` of a settings or state file, and the entries at its top."""
    for scalar in flow.scalars(text):
        if len(scalar.path) == 2 and scalar.path[0] == "env":
            yield Assignment(str(scalar.path[1]), scalar.value, scalar.line, "env")
        elif len(scalar.path) == 1:
            yield Assignment(str(scalar.path[0]), scalar.value, scalar.line, "top", environment=False)


def _of_scalars(found: Iterable[Scalar], kind: Kind) -> Iterator[Assignment]:
    """Variables of a structured file: of a table or list called environment, of name and value side by side, of scripts."""
    every = tuple(found)
    texts = {scalar.path: scalar for scalar in every if scalar.path[-1:] in (("name",), ("kind",))}
    for scalar in every:
        if scalar.path:
            yield from _of_scalar(scalar, texts, kind)


def _of_scalar(scalar: Scalar, texts: Mapping[tuple[Any, ...], Scalar], kind: Kind) -> Iterator[Assignment]:
    path, last = scalar.path, str(scalar.path[-1])
    above = next((str(part) for part in reversed(path[:-1]) if not isinstance(part, int)), "")
    group = "/".join(map(str, path[:-1]))
    if isinstance(path[-1], int) or _is_script(scalar, last, above):
        yield from _of_item(scalar, last, above, group, kind)
        return
    name = texts.get((*path[:-1], "name"))
    if last == "value" and name is not None and _NAME.fullmatch(name.value):
        outer = "/".join(map(str, path[:-2]))
        yield Assignment(name.value, scalar.value, scalar.line, outer, expands=kind.expands)
        return
    if last == "name" and len(path) > 1 and isinstance(path[-2], int) and _ENVIRONMENT.fullmatch(above):
        return
    if not _NAME.fullmatch(last) or (not scalar.value and not scalar.quoted):
        return  # null: compose passes the variable of the host on
    is_manifest = above in ("data", "stringData") and (path[0], "kind") in texts
    made = Assignment(last, scalar.value, scalar.line, group, bool(_ENVIRONMENT.fullmatch(above)), kind.expands)
    if is_manifest:
        of = texts.get((path[0], "kind"))
        made = replace(made, environment=True, expands="kubernetes")
        if above == "data" and of is not None and of.value == "Secret":
            made = _decoded(made)
    yield made


def _is_script(scalar: Scalar, last: str, above: str) -> bool:
    return scalar.block and (last in _SCRIPTS or last.endswith((".env", ".sh")))


def _of_item(scalar: Scalar, last: str, above: str, group: str, kind: Kind) -> Iterator[Assignment]:
    """An item of a list: ``NAME=value``, or a line of a script."""
    if last in _SCRIPTS or above in _SCRIPTS or scalar.block:
        read: Callable[[str], Iterator[Assignment]] = lines.dotenv if last.endswith(".env") else lines.shell
        offset = scalar.line if scalar.block else scalar.line - 1
        yield from (replace(one, line=one.line + offset, group=group) for one in read(scalar.value))
    elif _ENVIRONMENT.fullmatch(above):
        name, mark, value = scalar.value.partition("=")
        if mark and _NAME.fullmatch(name.strip()):
            yield Assignment(name.strip(), value, scalar.line, group, expands=kind.expands)


def _decoded(one: Assignment) -> Assignment:
    """A value of a Secret's ``data``; one that is no base64 stays as it is."""
    try:
        text = base64.b64decode("".join(one.value.split()), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return one
    return replace(one, value=text, encoded=True, expands="")


READERS: Mapping[str, Callable[[str, Kind], Iterator[Assignment]]] = {
    "none": lambda text, kind: iter(()),
    "dotenv": lambda text, kind: lines.dotenv(text),
    "shell": lambda text, kind: lines.shell(text),
    "windows": lambda text, kind: lines.windows(text),
    "dockerfile": lambda text, kind: lines.dockerfile(text),
    "systemd": lambda text, kind: lines.systemd(text),
    "ini": lambda text, kind: lines.ini(text),
    "yaml": _yaml,
    "json": _json,
    "claude_settings": _claude_settings,
    "source": lambda text, kind: source.assignments(text),
    "notebook": lambda text, kind: source.notebook(text),
}
"""How the kinds of ``knowledge/scan/files.toml`` are read."""
