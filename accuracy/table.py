"""``diagnostics/knowledge/accuracy.toml``: the measured rates, as the pages of the causes show them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from accuracy.score import Judged, Rate, bins, calibration_error, faulty, named, rate, sure_and_wrong, sure_of_right
from diagnostics.engine import library
from diagnostics.engine.vocabulary import CAUSES, ENGINE_VERSION

FILE = library.FOLDER / "accuracy.toml"

_HEAD = """\
# Made by `make accuracy`, never by hand: how often the verdict was right in the laboratory, on networks that fail in known ways.
# It is no knowledge: no verdict depends on it, and it is no part of the knowledge's version.
#
#   [made]          day and versions
#   [overall]       right ones and all of them; calibration_error: how far a confidence is from the rate it promises, on average;
#                   sure_and_wrong: wrong ones at 0.9 and more; sure_of_right: the right ones given at 0.9 and more
#   [[bins]]        verdicts by confidence, in tenths from `least`
#   [causes.CODE]   scenarios, mutants: right ones and all of them where CODE is the fault; named: where CODE is the verdict
"""


def write(scenarios: Sequence[Judged], mutants: Sequence[Judged], file: Path = FILE) -> None:
    """Write the table."""
    lines = [_HEAD, "[made]", f'on = "{datetime.now(UTC).date().isoformat()}"', f'engine = "{ENGINE_VERSION}"']
    lines += [f'knowledge = "{library.load().version}"', "", "[overall]"]
    lines += [_rate("scenarios", rate(scenarios)), _rate("mutants", rate(mutants))]
    lines += [
        f"calibration_error = {calibration_error(mutants):.4f}",
        f"sure_and_wrong = {len(sure_and_wrong(mutants))}",
    ]
    lines += [_rate("sure_of_right", sure_of_right(mutants)), ""]
    for one in bins(mutants):
        lines += ["[[bins]]", f"least = {one.least}", f"right = {one.right}", f"count = {one.count}"]
        lines += [f"confidence = {one.confidence:.4f}", ""]
    for cause in CAUSES:
        if any(one.cause == cause for one in (*scenarios, *mutants)):
            lines += [f"[causes.{cause}]", _rate("scenarios", faulty(scenarios, cause))]
            lines += [_rate("mutants", faulty(mutants, cause)), _rate("named", named(mutants, cause)), ""]
    file.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


def _rate(name: str, rate: Rate) -> str:
    return f"{name} = {{ right = {rate.right}, count = {rate.count} }}"
