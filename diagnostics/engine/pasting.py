"""A report as a block of text that survives being mailed, quoted and pasted: packed, in a plain alphabet, with a checksum.

    -----BEGIN TROUBLESHOOTER REPORT 1 8120 4f1d0a9bc2e7d813-----
    eNrtXVtz2ziyfp9fgdKLk60...
    -----END TROUBLESHOOTER REPORT-----

The first line tells the form's number, how many characters follow, and the first 16 digits of the sha256 of what they unpack to. The
letters are base64's without its padding: no mail program, chat or terminal treats any of them specially.
"""

from __future__ import annotations

import base64
import hashlib
import re
import textwrap
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from diagnostics.engine.uploads import MOST_BYTES, ReportError

MOST_CHARACTERS = 2_000_000
"""Of pasted text: the largest report, with quotation marks before each of its lines."""

_FORM = 1
_COLUMNS = 72  # two levels of quoting still fit into a mail's 78
_MOST_BLOCKS = 5  # in one text; more than one report is refused anyway
_MARK = re.compile(r"(BEGIN|END)\s+TROUBLESHOOTER\s+REPORT(?:\s+(\d{1,3})\s+(\d{1,9})\s+([0-9a-f]{16})\b)?")
_QUOTED = re.compile(r"^(?:[\s>|]|&gt;)+", re.MULTILINE)
_FOREIGN = re.compile(r"[^A-Za-z0-9+/]")
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_BODY = re.compile(r"(?:[A-Za-z0-9+/\s>|\u00ad\u200b-\u200f\u2060\ufeff]|&gt;)*")
_AGAIN = "Copy it once more, from the line with BEGIN to the line with END."


def write(report: bytes) -> str:
    """The block for a report's canonical bytes, ending with a line break."""
    body = base64.b64encode(zlib.compress(report, 9)).decode().rstrip("=")
    first = f"-----BEGIN TROUBLESHOOTER REPORT {_FORM} {len(body)} {_sum(report)}-----"
    return "\n".join([first, *textwrap.wrap(body, _COLUMNS), "-----END TROUBLESHOOTER REPORT-----", ""])


def read(pasted: str) -> bytes:
    """The report's bytes from a text that holds its block, or from plain JSON. Raises ``ReportError`` with a sentence."""
    if len(pasted) > MOST_CHARACTERS:
        raise ReportError("This text is too long to be a report.")
    text = _unquoted(pasted)
    blocks = list(dict.fromkeys(_blocks(text)))
    if not blocks:
        return _plain(text, pasted)
    found = {_unpacked(block) for block in blocks[:_MOST_BLOCKS]}
    if len(found) > 1 or len(blocks) > _MOST_BLOCKS:
        raise ReportError("There are several reports in this text: paste one of them.")
    return found.pop()


def places(pasted: str) -> Iterator[tuple[int, int]]:
    """(begin, end) of whatever can be a block in a text: between its marks stand the characters of one and no others."""
    begun = None
    for mark in _MARK.finditer(pasted):
        if mark[1] == "BEGIN":
            begun = mark
        elif begun is not None:
            if _BODY.fullmatch(pasted[begun.end() : mark.start()].strip().strip(_DASHES)):
                yield begun.start(), mark.end()
            begun = None


@dataclass(frozen=True)
class _Block:
    """What stands between the two marks, and what the first one says of it."""

    form: str
    length: str
    digest: str
    body: str


def _unquoted(pasted: str) -> str:
    """Without quotation marks before lines, and without the invisible characters that pages and chats put in."""
    text = pasted.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii():
        text = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return _QUOTED.sub("", text)


def _blocks(text: str) -> Iterator[_Block]:
    """Every block that begins and ends."""
    begun = None
    for mark in _MARK.finditer(text):
        if mark[1] == "BEGIN":
            begun = mark
        elif begun is not None:
            yield _Block(begun[2] or "", begun[3] or "", begun[4] or "", text[begun.end() : mark.start()])
            begun = None


def _unpacked(block: _Block) -> bytes:
    if not block.digest:
        raise ReportError(f"The first line of the block is damaged. {_AGAIN}")
    if int(block.form) != _FORM:
        raise ReportError(
            "This block was made by a newer probe.pyz: update this dashboard, or use the probe it serves."
        )
    body = _letters(block.body)
    missing = int(block.length) - len(body)
    if missing:
        told = f"{abs(missing)} characters of the block {'are missing' if missing > 0 else 'are too many'}"
        raise ReportError(f"{told}. {_AGAIN}")
    try:
        unpacking = zlib.decompressobj()
        report = unpacking.decompress(base64.b64decode(body + "=" * (-len(body) % 4)), MOST_BYTES + 1)
    except (ValueError, zlib.error):
        report = b""
    if len(report) > MOST_BYTES:
        raise ReportError(f"The report is larger than {MOST_BYTES // 1000} kB.")
    if _sum(report) != block.digest:
        raise ReportError(f"The block was changed on its way: its checksum does not fit. {_AGAIN}")
    return report


def _letters(body: str) -> str:
    """The block's characters in one piece; the dashes that end its first line and begin its last are none of them."""
    lines = [line.strip() for line in body.strip().strip(_DASHES).splitlines()]
    for number, line in enumerate(lines, 1):
        foreign = _FOREIGN.search("".join(line.split()))
        if foreign is not None:
            raise ReportError(f"Line {number} of the block holds a character that does not belong there. {_AGAIN}")
    return "".join("".join(lines).split())


def _plain(text: str, pasted: str) -> bytes:
    """JSON as ``--json`` prints it; else what is wrong with the text."""
    first, last = pasted.find("{"), pasted.rfind("}")
    if 0 <= first < last:
        return pasted[first : last + 1].encode("utf-8", "replace")
    marks = {mark[1] for mark in _MARK.finditer(text)}
    if marks:
        missing = "end" if marks == {"BEGIN"} else "beginning"
        raise ReportError(f"The {missing} of the block is missing. {_AGAIN}")
    raise ReportError("This is no report. Paste what `probe.pyz --paste` prints, or its JSON.")


def _sum(report: bytes) -> str:
    return hashlib.sha256(report).hexdigest()[:16]
