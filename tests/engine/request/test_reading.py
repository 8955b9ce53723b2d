"""A body is read as strictly as the API reads it, and what is wrong is told with its place."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from diagnostics.engine.phrases import PHRASES
from diagnostics.engine.request.given import MOST_READ, Given, from_file
from diagnostics.engine.request.reading import MOST_DEEP, read, read_request
from tests import pace

GOOD = {"model": "claude-opus-5-5", "max_tokens": 1, "messages": [{"role": "user", "content": "é \U0001f600"}]}


@pytest.mark.parametrize(
    ("content", "word", "line", "column"),
    [
        (b'{"a": 1,}', "trailing_comma", 1, 8),
        (b'{"a": [1, 2,\n ], "b": 2}', "trailing_comma", 1, 12),
        (b'{\n "a": 1,\n}\n', "trailing_comma", 2, 8),
        (b"{'a': 1}", "single_quotes", 1, 2),
        ("{“a”: 1}".encode(), "smart_quotes", 1, 2),
        (b'{"a": "NaN", "b": NaN}', "not_a_number", 1, 19),
        (b'{"b": -Infinity}', "not_a_number", 1, 7),
        (b'{"a": "x\\ud83d y"}', "lone_surrogate", 1, 9),
        (b'{"a": "\\ude00"}', "lone_surrogate", 1, 8),
        (b'{"a": "x', "ends_early", 1, 7),
        (b'{"a": 1', "ends_early", 1, 8),
        (b'{"a": "x\ny"}', "raw_control_character", 1, 9),
        (b'{"a": "x\x01y"}', "raw_control_character", 1, 9),
        (b'{"a": "\\x"}', "bad_escape", 1, 8),
        (b'{"a": 1, // hi\n "b": 2}', "comment", 1, 10),
        (b"{a: 1}", "bare_name", 1, 2),
        (b'{"a": True}', "python_words", 1, 7),
        (b'{"a":1}\n{"a":2}\n', "several_documents", 2, 1),
        (b'{"a": "1"\n "b": 2}', "missing_comma", 2, 2),
        (b"curl https://api", "not_json", 1, 1),
        (b'"{\\"a\\": 1}"', "json_in_a_string", 1, 1),
        (b"[1]", "not_an_object", 1, 1),
        ('{"a": "é"}'.encode("latin-1"), "not_utf8", 1, 8),
        (b'\xef\xbb\xbf{"a": 1}', "byte_order_mark", 1, 1),
        ('{"a": 1}'.encode("utf-16"), "utf16", 1, 1),
        ('{"a": 1}'.encode("utf-16-le"), "utf16", 1, 1),
        ('{"a": 1}'.encode("utf-32-be"), "utf32", 1, 1),
        (b"", "empty", None, None),
        (b" \n", "empty", None, None),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "binary", None, None),
        (bytes(range(256)) * 9, "binary", None, None),
        (b"[" * 100_000, "too_deep", None, None),
        (b'{"a":' + b"[" * 2_000_000, "too_deep", None, None),
        (b"[" * (MOST_DEEP + 1) + b"]" * (MOST_DEEP + 1), "too_deep", None, None),
        (b'{"a":[' + b"{}," * 500_000 + b"{}]}", "too_many_parts", None, None),
    ],
)
def test_what_is_wrong_and_where(content: bytes, word: str, line: int | None, column: int | None) -> None:
    problem = read(content).problem
    assert problem is not None
    assert (problem.word, problem.line, problem.column) == (word, line, column)
    assert word in PHRASES


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(GOOD).encode(),
        json.dumps(GOOD, ensure_ascii=False, indent=2).encode(),
        b'{"a": "\\ud83d\\ude00", "b": "\\\\ud83d"}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * 0 + b'{"a": ' + b"[" * 400 + b"]" * 400 + b"}",
    ],
)
def test_what_is_json(content: bytes) -> None:
    assert read(content).problem is None


def test_a_name_that_stands_twice_is_told() -> None:
    assert read(b'{"a": 1, "a": 2}').repeated == ("a",)


@pytest.mark.parametrize(
    "content",
    [
        b'{"a":"' + b"A" * 33_000_000 + b'"}',
        b'{"a":[' + b'"\\ud83d\\ude00",' * 2_000_000 + b"1]}",
        b'{"a":"' + b"\\" * 20_000_000,
        b'"' * 20_000_000,
    ],
)
def test_a_large_body_takes_no_long(content: bytes) -> None:
    with pace.within(5000):
        read(content)


def test_what_is_over_the_limit_is_not_looked_into() -> None:
    document = read_request(Given(b"{", 40_000_000), 33_554_432)
    assert (document.size, document.value, document.problem) == (40_000_000, None, None)


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "body.json"
    file.write_bytes(b"{}")
    assert from_file(str(file)) == Given(b"{}", 2)
    with pytest.raises(IsADirectoryError):
        from_file(str(tmp_path))
    with pytest.raises(FileNotFoundError):
        from_file(str(tmp_path / "none.json"))


def test_a_file_without_end_ends() -> None:
    given = from_file("/dev/zero")
    assert (len(given.content), given.size) == (MOST_READ, MOST_READ + 1)


def test_a_large_file_is_told_by_its_size(tmp_path: Path) -> None:
    file = tmp_path / "large"
    with file.open("wb") as made:
        made.truncate(3 * MOST_READ)
    given = from_file(str(file))
    assert (len(given.content), given.size) == (MOST_READ, 3 * MOST_READ)


def test_what_comes_through_a_pipe_is_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b"{}",))
    writer.start()
    assert from_file(str(pipe)) == Given(b"{}", 2)
    writer.join()
