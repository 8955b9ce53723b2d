"""From a hit to what is told: the rule's words with what was found filled in, and the line as it should be."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Optional

from diagnostics.engine.hiding import MOST, scrub
from diagnostics.engine.scan.formats.masked import MASKED
from diagnostics.engine.scan.records import Found, Hit, Source
from diagnostics.engine.wording import one_line

SLOTS = (
    *("name", "right", "other", "value", "shape", "vendor", "kind", "clients", "where", "entry", "host"),
    *("detail", "problem", "repair", "wanted", "found", "commit", "day"),
)
"""What a sentence may be filled with."""

_SLOT = re.compile(r"\{([a-z]+)\}")
_LONGEST = 400
_LONGEST_LINE = 500


@dataclass(frozen=True)
class Rule:
    """One entry of ``knowledge/scan/rules.toml``."""

    code: str
    level: str
    title: str
    says: str
    why: str
    fix: str
    cause: Optional[str] = None


class Wording:
    """The rules by their codes."""

    def __init__(self, entries: tuple[Mapping[str, Any], ...], titles: Mapping[str, str]) -> None:
        self.rules = {entry["code"]: Rule(**entry) for entry in entries}
        self._titles = titles  # vendors as people write them

    def told(self, hit: Hit, source: Source) -> Found:
        """The hit in words. Raises KeyError for a code that has none."""
        rule = self.rules[hit.code]
        if "vendor" in hit.facts:
            vendor = str(hit.facts["vendor"])
            hit = replace(hit, facts={**hit.facts, "vendor": self._titles.get(vendor, vendor)})
        fingerprint = hit.secret.fingerprint_for("") if hit.secret is not None else None
        return Found(
            code=rule.code,
            level=hit.level or rule.level,
            file=one_line(scrub(source.shown), _LONGEST),
            line=hit.line,
            title=rule.title,
            says=_filled(rule.says, hit),
            why=_filled(rule.why, hit),
            fix=_filled(rule.fix, hit),
            cause=rule.cause,
            corrected=_corrected(hit, source),
            fingerprint=fingerprint,
            commit=hit.commit,
            identity=_identity(hit, source, fingerprint),
        )


def _filled(sentence: str, hit: Hit) -> str:
    def fill(slot: re.Match[str]) -> str:
        return one_line(str(hit.facts.get(slot[1], "")), _LONGEST)

    words = " ".join(_SLOT.sub(fill, sentence).split())
    return words if not hit.facts else _clean(words, hit)


def _clean(words: str, hit: Hit) -> str:
    """Nothing secret: shapes are the only form in which a key comes here, and a value may hold one nobody thought of."""
    return scrub(words, (hit.secret,) if hit.secret is not None and len(hit.secret) > 5 else ())


def _corrected(hit: Hit, source: Source) -> str:
    """The whole line with what is wrong replaced, where it is certain which part that is and nothing in it is secret."""
    if hit.instead is None:
        return ""
    before, after = hit.instead
    line = source.line(hit.line)
    if not before or line.count(before) != 1 or len(line) > _LONGEST_LINE:
        return ""
    made = line.replace(before, after)
    is_whole = made.isprintable() and scrub(made) == made and not MASKED.search(made)
    return made if is_whole else ""


def _identity(hit: Hit, source: Source, fingerprint: Optional[str]) -> str:
    """The same as long as the finding is: of the rule, the file and what was found, without the line."""
    line = source.line(hit.line)[:MOST].strip() if hit.secret is None else ""
    parts = (hit.code, source.shown, fingerprint or "", str(hit.facts.get("name", "")), scrub(line))
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
