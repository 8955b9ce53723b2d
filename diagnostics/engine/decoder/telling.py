"""The answer for a terminal: what it is, the lines that show it, how to tell it from the next likely, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from diagnostics.engine import library
from diagnostics.engine.columns import wrapped
from diagnostics.engine.decoder.records import Answer, Candidate, Mark
from diagnostics.engine.library import Cause
from diagnostics.engine.vocabulary import HEALTHY, UNKNOWN
from diagnostics.engine.wording import one_line
from diagnostics.engine.wording import render as filled

_SURE = ((0.95, "almost certain"), (0.8, "very likely"), (0.5, "likely"))
_BOLD, _GREEN, _YELLOW, _RED, _PLAIN = "\x1b[1m", "\x1b[1;32m", "\x1b[1;33m", "\x1b[1;31m", "\x1b[0m"
_MARKS_MOST, _OTHERS_MOST = 4, 3
_AROUND = 60  # characters of a marked line that are shown before its mark, and as many after
_FAINT = 0.05
_NOTHING = (
    "The text shows no connection problem that is known here. Paste more of it: the lines before and after the error, "
    "or the client's debug log."
)


def render(answer: Answer, columns: int = 80, colourful: bool = False) -> str:
    """Some paragraphs; what was pasted never acts on the terminal."""
    lines = [
        line
        for part in (_verdict, _evidence, _certainty, _neighbours, _next)
        for line in part(answer, columns, colourful)
    ]
    return "\n" + "\n".join(lines) + "\n\n"


def _cause(code: str) -> Cause:
    return library.load().causes[code]


def _verdict(answer: Answer, columns: int, colourful: bool) -> Iterator[str]:
    cause = _cause(answer.ranked[0].cause)
    sign, colour = {HEALTHY: ("[ok]", _GREEN), UNKNOWN: ("[?]", _YELLOW)}.get(cause.code, ("[!]", _RED))
    for line in wrapped(f"{sign} {_title(cause)}", columns, "", "    "):
        yield f"{colour}{line}{_PLAIN}" if colourful else line
    yield from wrapped(_plain_words(answer, cause), columns, "  ", "  ")
    if answer.note and cause.code != UNKNOWN:
        yield from wrapped(answer.note, columns, "  ", "  ")


def _title(cause: Cause) -> str:
    return filled(cause.title, {}, library.load().titles)


def _plain_words(answer: Answer, cause: Cause) -> str:
    if cause.code != UNKNOWN:
        return cause.plain
    if answer.note:
        return answer.note
    if len(answer.ranked) > 1:
        return "The text fits several causes about equally well; naming one would be a guess."
    return _NOTHING


def _evidence(answer: Answer, columns: int, colourful: bool) -> Iterator[str]:
    first = answer.ranked[0]
    marks = [one for one in answer.marks if one.sign in first.because] or list(answer.marks)
    lines = answer.text.split("\n")
    told: set[str] = set()
    if marks:
        yield ""
    for mark in marks:
        if mark.sign in told or len(told) == _MARKS_MOST:
            continue
        told.add(mark.sign)
        yield from wrapped(mark.says, columns, "  - ", "    ")
        yield f"      {_marked(lines[mark.line - 1], mark, colourful)}"


def _marked(line: str, mark: Mark, colourful: bool) -> str:
    """The telling words, and what stands around them in their line."""
    begin, end = max(mark.begin - _AROUND, 0), min(mark.end + _AROUND, mark.begin + 3 * _AROUND)
    parts = (line[begin : mark.begin], line[mark.begin : min(mark.end, end)], line[min(mark.end, end) : end])
    before, telling, after = (one_line(part, 3 * _AROUND) if part.strip() else "" for part in parts)
    gap_before, gap_after = (" " if parts[0][-1:].isspace() else ""), (" " if parts[2][:1].isspace() else "")
    shown = f"{_BOLD}{telling}{_PLAIN}" if colourful else f">>{telling}<<"
    dots = ("…" if begin else "", "…" if end < len(line) else "")
    return f"line {mark.line}: {dots[0]}{before}{gap_before}{shown}{gap_after}{after}{dots[1]}"


def _certainty(answer: Answer, columns: int, colourful: bool) -> Iterator[str]:
    first, cause = answer.ranked[0], _cause(answer.ranked[0].cause)
    word = next((word for least, word in _SURE if first.confidence >= least), "possible")
    told = "" if first.cause == UNKNOWN else f", {word} ({first.confidence:.0%})"
    place = f", on the {cause.side} side, at {cause.layer}" if cause.side and cause.layer else ""
    client = answer.client
    written = f" Written by {' '.join(part for part in (client.name, client.version) if part)}." if client else ""
    yield ""
    yield from wrapped(f"Cause {first.cause}{told}{place}.{written}", columns, "  ", "  ")
    if answer.redacted:
        yield from wrapped(
            f"Left out: {answer.redacted} {'secret' if answer.redacted == 1 else 'secrets'}.", columns, "  ", "  "
        )
    if answer.cut:
        yield from wrapped(
            "The text was longer than what is looked at: some of it was left out. Paste the part around the error alone, if you know it.",
            columns,
            "  ",
            "  ",
        )


def _neighbours(answer: Answer, columns: int, colourful: bool) -> Iterator[str]:
    others = [one for one in answer.ranked[1:] if one.cause != UNKNOWN and one.confidence >= _FAINT][:_OTHERS_MOST]
    if not others:
        return
    label = "Nearest" if answer.ranked[0].cause == UNKNOWN else "Less likely"
    yield from wrapped(
        f"{label}: " + ", ".join(f"{one.cause} ({one.confidence:.0%})" for one in others), columns, "  ", "  "
    )
    tell = how_to_tell(answer)
    if tell:
        yield from wrapped(f"How to tell: {tell}", columns, "  ", "  ")


def how_to_tell(answer: Answer) -> str:
    """What tells the two likeliest named causes apart, where the knowledge has a sentence for it."""
    for own, _, words in tells_apart(likeliest(answer.ranked)):
        return f"({own}) {filled(words, {}, library.load().titles)}"
    return ""


def likeliest(ranked: Iterable[Candidate]) -> list[str]:
    """The two likeliest faults, or fewer where fewer are named."""
    return [one.cause for one in ranked if one.cause not in (UNKNOWN, HEALTHY)][:2]


def tells_apart(both: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """(cause, the other one, the knowledge's sentence told from the first): for two causes, from either side."""
    for own, other in (both, both[::-1]) if len(both) == 2 else ():
        yield from ((own, other, near.tell) for near in _cause(own).confused_with if near.code == other)


def _next(answer: Answer, columns: int, colourful: bool) -> Iterator[str]:
    if answer.ranked[0].cause == HEALTHY:
        return
    decides = f" {answer.decider} would decide." if answer.decider else ""
    yield ""
    yield from wrapped(f"Do next: run the probe on the machine where this was printed.{decides}", columns, "  ", "  ")
    client = f" --client {answer.client.name}" if answer.client and answer.client.name in library.load().clients else ""
    billed = " --send-message" if answer.decider == "api.message" else ""
    yield f"      python3 probe.pyz{client}{billed}"
