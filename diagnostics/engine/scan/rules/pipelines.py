"""Workflow files of GitHub: secrets in jobs that strangers can start."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from diagnostics.engine.scan.records import Assignment, Hit

_ON = re.compile(r"^[\"']?on[\"']?:(?P<rest>.*(?:\n(?:[ \t#].*)?)*)", re.MULTILINE)
_SECRET = re.compile(r"\$\{\{\s*secrets\.(?!GITHUB_TOKEN\b)")
_PULLED = re.compile(r"github\.event\.pull_request\.head|github\.head_ref|refs/pull/")
_GUARD = re.compile(r"head\.repo\.fork|head\.repo\.full_name\s*==|!= ''|!= \"\"")


def checked(text: str, found: Iterable[Assignment], names: set[str]) -> Iterator[Hit]:
    """Keys from secrets, in a workflow for pull requests."""
    begins = _ON.search(text)
    events = begins["rest"] if begins is not None else ""
    for one in found:
        if one.name not in names or not _SECRET.search(one.value):
            continue
        if "pull_request_target" in events and _PULLED.search(text):
            yield Hit("ci.fork_code_with_secret", one.line, {"name": one.name})
        elif re.search(r"\bpull_request\b(?!_)", events) and not _GUARD.search(text):
            yield Hit("ci.fork_secret", one.line, {"name": one.name})
