"""The block to paste: whatever mail, chat and people do to it, it is read whole or refused in a sentence."""

from __future__ import annotations

import contextlib
import random
import re
import textwrap
import zlib
from collections.abc import Callable

import pytest

from diagnostics.engine import pasting
from diagnostics.engine.report import dumps
from diagnostics.engine.uploads import ReportError, parse
from tests import pace
from tests.scenarios.scenario import baseline, judged

REPORT = dumps(judged(baseline("proxied")))
BLOCK = pasting.write(REPORT)


def test_the_block_is_small_and_narrow_and_plain() -> None:
    lines = BLOCK.splitlines()
    assert len(BLOCK) < len(REPORT) / 2
    assert max(map(len, lines)) <= 76
    assert re.fullmatch(r"-----BEGIN TROUBLESHOOTER REPORT 1 \d+ [0-9a-f]{16}-----", lines[0])
    assert lines[-1] == "-----END TROUBLESHOOTER REPORT-----"
    assert BLOCK.isascii()
    assert pasting.write(REPORT) == BLOCK


def lines_of(before: str = "", after: str = "", end: str = "\n") -> str:
    return "".join(f"{before}{line}{after}{end}" for line in BLOCK.splitlines())


@pytest.mark.parametrize(
    "pasted",
    [
        BLOCK,
        BLOCK.rstrip(),
        lines_of("> "),
        lines_of("> > >"),
        lines_of(">> "),
        lines_of("| "),
        lines_of("    "),
        lines_of("\t"),
        lines_of("\u00a0\u00a0"),
        lines_of("&gt; "),
        lines_of(after="   "),
        lines_of(after="\u200b"),
        lines_of(end="\r\n"),
        lines_of("> ", "  ", "\r\n"),
        lines_of(end="\n\n"),
        lines_of(end=" "),
        BLOCK.replace("-----", "\u2014\u2014-"),
        BLOCK.replace("-----", ""),
        "\ufeff" + BLOCK,
        f"Hello,\nthis is what it says:\n\n{BLOCK}\n-- \nAda\n",
        f"```\n{BLOCK}```\n",
        BLOCK + "\n" + lines_of("> "),
        "\n".join(textwrap.wrap(BLOCK, 50)),
        REPORT.decode(),
        f"$ python3 probe.pyz --json\n{REPORT.decode()}\n$ ",
    ],
)
def test_what_happens_to_a_text_on_its_way_does_no_harm(pasted: str) -> None:
    assert pasting.read(pasted) == REPORT


def without_line(number: int) -> str:
    lines = BLOCK.splitlines()
    return "\n".join(lines[:number] + lines[number + 1 :])


def swapped() -> str:
    """One character of the middle is another one of the same alphabet."""
    place = len(BLOCK) // 2
    place += BLOCK[place] == "\n"
    return BLOCK[:place] + ("A" if BLOCK[place] != "A" else "B") + BLOCK[place + 1 :]


@pytest.mark.parametrize(
    ("damaged", "says"),
    [
        (lambda: swapped(), "checksum"),
        (lambda: without_line(5), "72 characters of the block are missing"),
        (lambda: BLOCK.replace("\n", "\nAAAA", 3), "12 characters of the block are too many"),
        (lambda: BLOCK.partition("-----END")[0], "end of the block is missing"),
        (lambda: without_line(0), "beginning of the block is missing"),
        (lambda: without_line(1)[: len(BLOCK) // 2], "end of the block is missing"),
        (lambda: BLOCK.replace("REPORT 1 ", "REPORT "), "first line of the block is damaged"),
        (lambda: BLOCK.replace("REPORT 1 ", "REPORT 2 "), "newer probe.pyz"),
        (lambda: lines_of().replace("\n", "\n[image]\n", 4), "Line 2 of the block"),
        (lambda: BLOCK + pasting.write(b"{}"), "several reports"),
        (lambda: "\n".join(pasting.write(b"%d" % number) for number in range(40)), "several reports"),
        (lambda: "", "no report"),
        (lambda: "Hello", "no report"),
        (lambda: pasting.write(b"x" * 1_100_000), "larger than"),
        (lambda: "x" * 3_000_000, "too long"),
    ],
)
def test_what_is_damaged_is_told_in_a_sentence(damaged: Callable[[], str], says: str) -> None:
    with pytest.raises(ReportError, match=says) as refused:
        pasting.read(damaged())
    assert str(refused.value).endswith(".")


def test_no_damage_gives_another_report() -> None:
    chance = random.Random(4)
    for _ in range(300):
        letters = list(BLOCK)
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(letters))
            letters[place] = chance.choice(["", "A", "+", "\n", letters[place] * 2, ">", "é"])
        with contextlib.suppress(ReportError):
            assert pasting.read("".join(letters)) == REPORT


@pytest.mark.parametrize(
    "hostile",
    [
        "BEGIN TROUBLESHOOTER REPORT 1 1 0123456789abcdef\n" * 35_000,
        "BEGIN TROUBLESHOOTER REPORT " * 60_000,
        "> " * 900_000,
        ">" * 1_900_000,
        "-" * 1_900_000,
        "{" * 1_900_000,
        "BEGIN TROUBLESHOOTER REPORT 1 9 0123456789abcdef\n" + "&gt;" * 400_000 + "END TROUBLESHOOTER REPORT",
        pasting.write(zlib.compress(b"\0" * 900_000_000, 9))[:1_900_000],
    ],
)
def test_no_text_takes_long_to_refuse(hostile: str) -> None:
    with pace.within(2000), pytest.raises(ReportError):
        parse(pasting.read(hostile))
