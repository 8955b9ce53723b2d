"""``decode [FILE|-]``: causes for a text, to a person, as JSON, or line by line. The probe and ``manage.py decode`` share it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Optional

from diagnostics.engine.cli.command import SLACK, Console
from diagnostics.engine.cli.options import WRONG_COMMAND, Help, WrongCommand
from diagnostics.engine.cli.streams import is_terminal

_MOST = (
    20_000_000  # bytes of a file or of standard input that are read; the decoder looks at fewer characters and says so
)
_LONGEST_LINE = 40_000_000  # bytes of a line of --jsonl
_PATIENCE = 30.0  # seconds for what was printed to be taken


def decode(arguments: Sequence[str], console: Console, program: str, stdin: Optional[Any] = None) -> int:
    """Follow the command line after ``decode``; the exit code: 0, or 2 where it could not be followed."""
    try:
        given = _read(arguments, program)
        stream = sys.stdin if stdin is None else stdin
        if given.jsonl:
            return _lines(_bytes(stream), console, program)
        text = _text(given, stream, console)
    except WrongCommand as error:
        console.tell(f"{program}: {error}")
        return WRONG_COMMAND
    except Help as asked:
        console.out.text(str(asked))
        console.out.settle(SLACK)
        return 0
    _show(given, text, console)
    return _delivered(console, program)[1]


def _read(arguments: Sequence[str], program: str) -> argparse.Namespace:
    from diagnostics.engine.cli.options import QuietParser

    parser = QuietParser(
        prog=program,
        description="Ranks causes for an error, a log, a page or a report. Nothing is asked over any network, and nothing is kept.",
        epilog="Exit code: 0; 2 where the command line or a line of --jsonl was wrong, or the answer could not be written.",
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE", nargs="?", default="-", help="the text; - or nothing: standard input")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON and nothing else")
    parser.add_argument(
        "--jsonl", action="store_true", help='lines {"id", "text"} on standard input, one answer a line'
    )
    given = parser.parse_args(list(arguments))
    if given.jsonl and (given.json or given.file != "-"):
        raise WrongCommand("--jsonl reads lines from standard input and goes with neither --json nor FILE.")
    return given


def _text(given: argparse.Namespace, stream: Any, console: Console) -> str:
    """What is to be decoded."""
    if given.file != "-":
        return _content(given.file)
    if is_terminal(stream):
        ends = "Ctrl-Z and Enter" if os.name == "nt" else "Ctrl-D"
        console.tell(f"Paste the error here, then press {ends} on a line of its own.")
    return _decoded(_bytes(stream).read(_MOST))


def _content(path: str) -> str:
    from diagnostics.engine.hiding import scrub
    from diagnostics.engine.waiting import Patience

    def read() -> Any:
        try:
            with open(path, "rb") as file:
                return file.read(_MOST)
        except (OSError, ValueError) as error:  # ValueError: a null character in the path
            return error if isinstance(error, OSError) else OSError(0, "this is no path")

    content = Patience(_PATIENCE, each=_PATIENCE).wait(read, OSError(0, "nothing comes from it"))
    if isinstance(content, OSError):
        raise WrongCommand(
            f"{scrub(path)} cannot be read ({content.strerror}). Give a file, or - and the text on standard input."
        )
    return _decoded(content)


def _decoded(data: bytes) -> str:
    """Text in whichever encoding a terminal or a browser has saved it."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):  # PowerShell's own redirection
        return data.decode("utf-16", "replace")
    return data.decode("utf-8-sig", "replace")


def _bytes(stream: Any) -> BinaryIO:
    """The bytes of a text stream; a closed one is empty."""
    import io

    made = getattr(stream, "buffer", None)
    if made is not None:
        return made  # type: ignore[no-any-return]
    return io.BytesIO(b"" if stream is None else stream.read().encode("utf-8", "surrogatepass"))


def _lines(stream: BinaryIO, console: Console, program: str) -> int:
    """One answer a line, in order; a line that is none is answered with what is wrong with it, and told at the end by the exit code."""
    from diagnostics.engine.decoder import decode as answer_of

    code = 0
    for number, line in enumerate(iter(lambda: stream.readline(_LONGEST_LINE), b""), 1):
        if not line.strip():
            continue
        name, text = _pair(line)
        made = as_line(name, answer_of(text or ""))
        if text is None:
            code, made["error"] = WRONG_COMMAND, f'line {number} of standard input is not {{"id": ..., "text": "..."}}.'
            console.tell(f"{program}: {made['error']}")
        console.out.data(_dumps(made) + b"\n")
        done, unwritten = _delivered(console, program)
        if not done:
            return unwritten or code
    return code


def _pair(line: bytes) -> tuple[Any, Optional[str]]:
    """The id and the text of a line, each None where there is none."""
    try:
        given = json.loads(line)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        return None, None
    text = given.get("text")
    return given.get("id"), text if isinstance(text, str) and "id" in given else None


def _delivered(console: Console, program: str) -> tuple[bool, int]:
    """Whether what was printed has been taken, and the exit code: not 0, and told, where the output is closed or full."""
    if console.out.settle(_PATIENCE, console.stop.asked):
        return True, 0
    problem = console.out.problem
    if problem is None or isinstance(problem, BrokenPipeError):  # stopped, or a reader such as ``head`` has seen enough
        return False, 0
    why = os.strerror(problem.errno) if isinstance(problem, OSError) and problem.errno else "it is closed"
    console.tell(f"{program}: the answer could not be written to standard output ({why}).")
    return False, WRONG_COMMAND


def _show(given: argparse.Namespace, text: str, console: Console) -> None:
    from diagnostics.engine.decoder import decode as answer_of

    answer = answer_of(text)
    if given.json:
        console.out.data(_dumps(as_json(answer)) + b"\n")
        return
    from diagnostics.engine.decoder.telling import render

    console.out.text(render(answer, console.out.width(os.environ), console.out.colourful(os.environ)))


def _dumps(made: Any) -> bytes:
    return json.dumps(made, ensure_ascii=True).encode("ascii")


def _ranked(answer: Any) -> Iterator[dict[str, Any]]:
    for one in answer.ranked:
        yield {
            "cause": one.cause,
            "confidence": one.confidence,
            "because": list(one.because),
            "against": list(one.against),
        }


def as_line(name: Any, answer: Any) -> dict[str, Any]:
    """The answer of ``--jsonl`` to one text."""
    return {"id": name, "ranked": list(_ranked(answer)), "redacted": answer.redacted}


def as_json(answer: Any) -> dict[str, Any]:
    """The answer of ``--json``: everything but the text itself, of which it has the lines that tell."""
    lines = answer.text.split("\n")
    client = answer.client
    return {
        "ranked": list(_ranked(answer)),
        "marks": [
            {
                "line": one.line,
                "begin": one.begin,
                "end": one.end,
                "sign": one.sign,
                "says": one.says,
                "causes": list(one.causes),
                "text": lines[one.line - 1][:2000],
            }
            for one in answer.marks
        ],
        "client": None if client is None else {"name": client.name, "version": client.version, "source": client.source},
        "decider": answer.decider,
        "redacted": answer.redacted,
        "cut": answer.cut,
        "note": answer.note,
        "version": answer.version,
    }
