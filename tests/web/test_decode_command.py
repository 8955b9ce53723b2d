"""``manage.py decode``: the same answers as the probe's, without a database."""

from __future__ import annotations

import io
import json
import sys

import pytest
from django.core.management import call_command

from diagnostics.management.commands.decode import Command


class _Stream:
    """Standard input that holds these bytes."""

    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)

    def isatty(self) -> bool:
        return False


def test_it_answers_lines_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    given = b'{"id": "b", "text": "ENOTFOUND"}\n\n{"id": "a", "text": "hello"}\n'
    monkeypatch.setattr(sys, "stdin", _Stream(given))
    out = io.StringIO()
    call_command("decode", "--jsonl", stdout=out)
    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [one["id"] for one in answers] == ["b", "a"]
    assert answers[0]["ranked"][0]["cause"] == "dns_failure"


def test_a_closed_output_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", _Stream(b"ENOTFOUND\n"))
    told = io.StringIO()
    command = Command(stdout=io.StringIO(), stderr=told)
    monkeypatch.setattr(command.stdout, "_out", None)  # what Django keeps where standard output is closed
    assert command.follow([]) == 2
    assert told.getvalue() == "manage.py decode: the answer could not be written to standard output (it is closed).\n"


def test_a_wrong_line_ends_with_2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", _Stream(b"[]\n"))
    told = io.StringIO()
    command = Command(stdout=io.StringIO(), stderr=told)
    assert command.follow(["--jsonl"]) == 2
    assert "line 1 of standard input" in told.getvalue()


def test_a_terminal_is_told_what_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = _Stream(b"ENOTFOUND\n")
    monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", stream)
    out, told = io.StringIO(), io.StringIO()
    assert Command(stdout=out, stderr=told).follow([]) == 0
    assert "Paste the error here" in told.getvalue()
    assert "dns_failure" in out.getvalue()
