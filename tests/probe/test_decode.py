"""``probe.pyz decode``: causes for a text, by the packed file, without a network, a home or a library of the host."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from accuracy.texts import SETS, rows_of
from diagnostics.engine import pasting
from diagnostics.engine.cli.decoding import as_line
from diagnostics.engine.decoder import decode
from tests import canaries
from tests.probe.running import run

ERROR = "Error: connect ECONNREFUSED 127.0.0.1:7890\n    at TCPConnectWrap.afterConnect\n"
WORD = f"{canaries.WORD}decode{canaries.WORD[::-1]}"
SECRET = f"sk-ant-api03-{WORD}AA"


def test_a_file_is_decoded_to_a_person(probe: Path, tmp_path: Path) -> None:
    text = tmp_path / "error.txt"
    text.write_text(ERROR)
    ended = run(probe, "decode", str(text))
    assert ended.returncode == 0
    assert "[!] The configured proxy cannot be reached" in ended.stdout
    assert ">>ECONNREFUSED 127.0.0.1:7890<<" in ended.stdout
    assert "Cause proxy_unreachable" in ended.stdout
    assert ended.stderr == ""


def test_standard_input_is_decoded_as_json(probe: Path) -> None:
    ended = run(probe, "decode", "--json", "-", stdin=None, input=ERROR)
    answer = json.loads(ended.stdout)
    assert ended.returncode == 0
    assert answer["ranked"][0]["cause"] == "proxy_unreachable"
    assert answer["marks"][0]["line"] == 1
    assert answer["client"]["name"] == "node"
    assert answer["version"] == decode("").version


def test_lines_are_answered_in_order(probe: Path) -> None:
    texts = ["", ERROR, "getaddrinfo ENOTFOUND api.anthropic.com", "\ud800 half"]
    given = "".join(json.dumps({"id": number, "text": text}) + "\n" for number, text in enumerate(texts))
    ended = run(probe, "decode", "--jsonl", stdin=None, input=given)
    answers = [json.loads(line) for line in ended.stdout.splitlines()]
    assert ended.returncode == 0
    assert [one["id"] for one in answers] == [0, 1, 2, 3]
    assert [one["ranked"][0]["cause"] for one in answers] == ["unknown", "proxy_unreachable", "dns_failure", "unknown"]
    assert all(set(one) == {"id", "ranked", "redacted"} for one in answers)


@pytest.mark.parametrize("form", ["--json", "--jsonl", None])
def test_no_secret_is_printed(probe: Path, form: str | None) -> None:
    text = f"x-api-key: {SECRET}\n{ERROR}"
    given = json.dumps({"id": 1, "text": text}) if form == "--jsonl" else text
    ended = run(probe, *(["decode"] if form is None else ["decode", form]), stdin=None, input=given)
    assert ended.returncode == 0
    assert canaries.leaks(ended.stdout + ended.stderr, [WORD]) == []


def test_what_a_windows_shell_redirects_is_read(probe: Path, tmp_path: Path) -> None:
    text = tmp_path / "error.txt"
    text.write_bytes(ERROR.encode("utf-16"))
    assert "proxy_unreachable" in run(probe, "decode", str(text)).stdout


@pytest.mark.parametrize(
    ("arguments", "given", "told"),
    [
        (["--nothing"], "", "--nothing"),
        (["one", "two"], "", "two"),
        (["/no/such/file"], "", "/no/such/file cannot be read (No such file or directory)"),
        (["/"], "", "cannot be read (Is a directory)"),
        (["--jsonl", "--json"], "", "goes with neither"),
        (["--jsonl", "file"], "", "goes with neither"),
    ],
)  # fmt: skip
def test_a_wrong_command_line_ends_with_2(probe: Path, arguments: list[str], given: str, told: str) -> None:
    ended = run(probe, "decode", *arguments, stdin=None, input=given)
    assert ended.returncode == 2
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_line_that_is_none_is_answered_too_and_the_others_go_on(probe: Path) -> None:
    bad = ["no json", '{"id": "c"}', '{"id": "d", "text": 5}', '{"text": "no id"}', "[1]", "[" * 100_000, f'"{SECRET}']
    given = "\n".join([json.dumps({"id": "a", "text": ERROR}), *bad, json.dumps({"id": "z", "text": ERROR})])
    ended = run(probe, "decode", "--jsonl", stdin=None, input=given)
    answers = [json.loads(line) for line in ended.stdout.splitlines()]
    assert ended.returncode == 2
    assert [one["id"] for one in answers] == ["a", None, "c", "d", None, None, None, None, "z"]
    assert [one["ranked"][0]["cause"] for one in answers] == [
        "proxy_unreachable",
        *["unknown"] * 7,
        "proxy_unreachable",
    ]
    assert [one.get("error", "")[:6] for one in answers] == ["", *(f"line {number}" for number in range(2, 9)), ""]
    assert "line 2 of standard input is not" in ended.stderr
    assert canaries.leaks(ended.stdout + ended.stderr, [WORD]) == []


@pytest.mark.parametrize("form", [[], ["--json"], ["--jsonl"]])
def test_an_output_that_is_full_or_closed_is_told(probe: Path, form: list[str]) -> None:
    given = json.dumps({"id": 1, "text": ERROR}) if form == ["--jsonl"] else ERROR
    with open("/dev/full", "wb") as full:
        ended = run(probe, "decode", *form, stdin=None, input=given, stdout=full)
    assert ended.returncode == 2
    assert (
        ended.stderr
        == "probe.pyz decode: the answer could not be written to standard output (No space left on device).\n"
    )
    closed = ("sh", "-c", 'exec "$@" >&-', "sh")
    ended = run(probe, "decode", *form, stdin=None, input=given, before=closed)
    assert ended.returncode == 2
    assert ended.stderr == "probe.pyz decode: the answer could not be written to standard output (it is closed).\n"


@pytest.mark.parametrize("text", ["", " \n\t\n"])
def test_an_empty_text_is_told_what_to_give(probe: Path, text: str) -> None:
    assert "There is no text here. Give the error itself" in run(probe, "decode", stdin=None, input=text).stdout
    answer = json.loads(run(probe, "decode", "--json", stdin=None, input=text).stdout)
    assert answer["note"].startswith("There is no text here.")


def test_a_report_keeps_its_verdict(probe: Path, tmp_path: Path) -> None:
    report = json.loads(run(probe, "--json", "--yes").stdout)
    packed = tmp_path / "paste.txt"
    packed.write_text(pasting.write(json.dumps(report).encode()))
    for given in (json.dumps(report), packed.read_text()):
        answer = json.loads(run(probe, "decode", "--json", stdin=None, input=given).stdout)
        assert answer["ranked"][0]["cause"] == report["verdict"]["cause"]
        assert answer["ranked"][0]["confidence"] == report["verdict"]["confidence"]


def test_a_pasted_key_is_not_repeated(probe: Path) -> None:
    ended = run(probe, "decode", SECRET)
    assert ended.returncode == 2
    assert canaries.leaks(ended.stdout + ended.stderr, [WORD]) == []


def test_help_names_the_forms(probe: Path) -> None:
    ended = run(probe, "decode", "--help")
    assert ended.returncode == 0
    assert "--jsonl" in ended.stdout


def test_the_packed_file_answers_like_the_checkout(probe: Path) -> None:
    rows = [row for file in sorted(SETS.glob("*.jsonl")) for row in rows_of(file)][::5]
    given = "".join(json.dumps({"id": row["id"], "text": row["text"]}) + "\n" for row in rows)
    answers = [
        json.loads(line) for line in run(probe, "decode", "--jsonl", stdin=None, input=given).stdout.splitlines()
    ]
    assert answers == [json.loads(json.dumps(as_line(row["id"], decode(row["text"])))) for row in rows]
