"""A pasted text and what it tells: read, masked, decoded, and the answer as JSON that reads the same for ever.

Nothing here is stored, cached or logged; whoever wants to keep an answer goes to ``services.texts``.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import structlog

from diagnostics import pages_schema
from diagnostics.engine import library, pasting
from diagnostics.engine.decoder import Answer, Candidate, decode
from diagnostics.engine.decoder.masking import masked
from diagnostics.engine.decoder.telling import likeliest, tells_apart
from diagnostics.engine.probes import PROBES
from diagnostics.engine.vocabulary import ENGINE_VERSION, HEALTHY, UNKNOWN
from diagnostics.exceptions import InvalidInput, Problem
from diagnostics.services.general import general
from diagnostics.services.redaction import TURNING
from diagnostics.services.throttle import Limit

log = structlog.get_logger(__name__)

SCHEMA = "troubleshooter.answer/1"
LARGEST = 5_000_000  # bytes of a text
LARGEST_BODY = 6_000_000  # bytes of a request that brings one: what is around it, or escaped in it
HEAVY = 1_000_000  # bytes of a body that count as one more request: their work takes as long
LIMIT = Limit("decode", most=60, seconds=60)
TOO_LARGE = "This is over 5 MB. Paste the part around the error: some hundred lines before and after it are plenty."
TOO_OFTEN = f"Too many texts from this address. Wait {LIMIT.seconds} seconds and send it again."
_EMPTY = "Paste the error first: a message, a log, a traceback, what curl -v printed, or a file of it."
_BINARY = "This file is no text ({kind}). Copy the words out of it, or export the log as text."
OUR_FAULT = "Our own code failed on this text, and nothing of it was kept. Try the part around the error alone."
_KINDS = {
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a zip archive or an office document",
    b"\x1f\x8b": "a packed file",
}
_REPORT = re.compile(r"BEGIN\s+TROUBLESHOOTER\s+REPORT|\"schema\"\s*:\s*\"troubleshooter\.report/")
_MOST_CHECKS = 4
_LONGEST_LOOKED = 2_000  # characters of a line in which an address is looked for
_LOOPBACK = re.compile(r"(?<![\w.:-])(?:127(?:\.\d{1,3}){3}|localhost|\[?::1\]?)(?![\w.-]*[A-Za-z])", re.IGNORECASE)
_TURNING = dict.fromkeys(map(ord, f"{TURNING}\u061c\u200e\u200f"), "\ufffd")
"""Marks that turn the direction of a line around, so that it reads as what it is not; one character for one, as marks are places."""
_WORDS = {
    HEALTHY: "The API answered, and nothing after that went wrong. If it still fails, paste the text of a try that failed.",
    UNKNOWN: "The text shows no connection problem that is known here, or it fits several causes about equally well.",
}


@dataclass(frozen=True)
class Decided:
    """``text`` is what was pasted, masked; ``answer`` what it tells, as JSON values of the form ``SCHEMA``."""

    text: str
    answer: dict[str, Any]


def text_of(raw: bytes) -> str:
    """The text of a file, whatever wrote it. Raises InvalidInput for what is none."""
    if len(raw) > LARGEST:
        raise InvalidInput({"pasted": TOO_LARGE})
    for begin, kind in _KINDS.items():
        if raw.startswith(begin):
            raise InvalidInput({"pasted": _BINARY.format(kind=kind)})
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):  # what Windows PowerShell writes with >
        return raw.decode("utf-16", "replace")
    if b"\0" in raw[:8192]:
        raise InvalidInput({"pasted": _BINARY.format(kind="it holds bytes that no text has")})
    return raw.decode("utf-8-sig", "replace")


def is_report(text: str) -> bool:
    """Whether it is what ``probe.pyz --paste`` or ``--json`` prints."""
    return _REPORT.search(text) is not None


def report_masked(text: str) -> str:
    """A pasted report as the box may show it again: its block stays as it is, and around it secrets are masked.

    A block is packed, so nothing in it can be read; where it is damaged it is text like any other.
    """
    made, at = [], 0
    for begin, end in pasting.places(text):
        if _is_whole(text[begin:end]):
            made += [masked(text[at:begin])[0], text[begin:end]]
            at = end
    return "".join([*made, masked(text[at:])[0]])


def _is_whole(block: str) -> bool:
    try:
        pasting.read(block)
    except ValueError:
        return False
    return True


def decide(text: str) -> Decided:
    """What a text tells. Raises InvalidInput when there is none or too much, Problem when our own code breaks."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    if not plain.strip():
        raise InvalidInput({"pasted": _EMPTY})
    if len(plain) > LARGEST:
        raise InvalidInput({"pasted": TOO_LARGE})
    try:
        answer = decode(plain)
        return Decided(answer.text.translate(_TURNING), as_json(answer))
    except Exception as problem:  # noqa: BLE001  its traceback and message may hold what was pasted
        tell_the_log(problem)
        raise Problem(OUR_FAULT) from None


def tell_the_log(problem: Exception) -> None:
    """Where our code broke and by what kind of error, and not a word of what it was about."""
    last = traceback.extract_tb(problem.__traceback__)[-1]
    log.error("our code broke on a pasted text", problem=type(problem).__name__, at=f"{last.name}:{last.lineno}")


def as_json(answer: Answer) -> dict[str, Any]:
    """The answer with its words, frozen: pages and the API show this and ask no knowledge of another day."""
    says = {**_wordings(), **{mark.sign: mark.says for mark in answer.marks}}
    own = _own_addresses(answer)
    return {
        "schema": SCHEMA,
        "ranked": [_candidate(one, says, own) for one in answer.ranked],
        "summary": _summary(answer, own),
        "marks": [
            {
                "line": mark.line,
                "begin": mark.begin,
                "end": mark.end,
                "sign": mark.sign,
                "says": mark.says,
                "causes": list(mark.causes),
            }
            for mark in answer.marks
        ],
        "client": _client(answer),
        "tell": _tell(answer.ranked),
        "checks": _checks(answer),
        "redacted": answer.redacted,
        "cut": answer.cut,
        "versions": {"engine": ENGINE_VERSION, "knowledge": library.load().version, "texts": answer.version},
    }


def named(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The candidates that are a fault, best first."""
    return [one for one in answer["ranked"] if one["cause"] not in (UNKNOWN, HEALTHY)]


def _summary(answer: Answer, own: Set[str]) -> str:
    """What a text can show of its likeliest cause; one whose own words assert nothing measured needs none beside them."""
    pages, code = pages_schema.pages(), answer.ranked[0].cause
    if answer.note and code == UNKNOWN:
        return answer.note
    if _is_own(answer.ranked[0], own):
        return pages.own.says
    return _WORDS.get(code) or pages.printed.get(code) or library.load().causes[code].plain


def _is_own(one: Candidate, own: Set[str]) -> bool:
    """Whether what fails is on the reader's own machine."""
    return one.cause in pages_schema.pages().own.causes and not own.isdisjoint(one.because)


def _own_addresses(answer: Answer) -> frozenset[str]:
    """Signs that are told on a line with an address of the machine itself, and those that mean one."""
    lines = dict(enumerate(answer.text.split("\n"), 1))
    told = (mark.sign for mark in answer.marks if _LOOPBACK.search(lines.get(mark.line, "")[:_LONGEST_LOOKED]))
    return frozenset((*told, *pages_schema.pages().own.signs))


def _candidate(one: Candidate, says: Mapping[str, str], own: Set[str]) -> dict[str, Any]:
    cause = library.load().causes[one.cause]
    return {
        "cause": one.cause,
        "confidence": one.confidence,
        "title": general(cause.title),
        "side": "client" if _is_own(one, own) else cause.side,
        "layer": cause.layer,
        "because": list(one.because),
        "against": list(one.against),
        "says": _sentences(one.because, says),
    }


@lru_cache(maxsize=1)
def _wordings() -> dict[str, str]:
    """What each wording means: those that the whole text makes, such as a bare status, stand at no place of their own."""
    tables = library.aside("texts").tables.values()
    return {sign["code"]: sign["says"] for table in tables for sign in table.get("sign", ())}


def _sentences(codes: Sequence[str], says: Mapping[str, str]) -> list[str]:
    return list(dict.fromkeys(says[code] for code in codes if code in says))


def _client(answer: Answer) -> dict[str, Any] | None:
    if answer.client is None:
        return None
    known = library.load().clients.get(answer.client.name)
    title = str(known.get("title", answer.client.name)) if known is not None else answer.client.name
    made = {"name": answer.client.name, "version": answer.client.version, "title": title}
    return {**made, "has_rules": known is not None}


def _tell(ranked: Iterable[Candidate]) -> list[dict[str, str]]:
    """What tells the two likeliest faults apart: the knowledge's own sentences, or the check of each.

    ``words`` are told from where ``cause`` stands: in them "here" is that cause, and "there" the one that ``rather`` names.
    """
    causes = library.load().causes
    both = likeliest(ranked)
    if len(both) < 2:
        return []
    titles = {code: general(causes[code].title) for code in both}
    tells = [
        {"cause": one, "title": titles[one], "rather": titles[other], "words": words}
        for one, other, words in tells_apart(both)
    ]
    return tells or [{"cause": one, "title": titles[one], "rather": "", "words": _by_check(one)} for one in both]


def _by_check(code: str) -> str:
    titles = {probe.name: probe.title for probe in PROBES}
    decider = library.load().causes[code].decider
    return f"This check decides: {titles[decider][:1].lower()}{titles[decider][1:]}." if decider in titles else ""


def _checks(answer: Answer) -> list[dict[str, Any]]:
    """The probes that would decide, the first one best; ``billed`` ones are made only where somebody allows it."""
    causes, known = library.load().causes, {probe.name: probe for probe in PROBES}
    likely = [one.cause for one in answer.ranked if one.cause != UNKNOWN][:3]
    wanted = dict.fromkeys([answer.decider, *(causes[code].decider for code in likely)])
    names = [name for name in wanted if name is not None and name in known][:_MOST_CHECKS]
    return [{"probe": name, "title": known[name].title, "billed": known[name].billed} for name in names]
