"""How a secret comes back: as it was written, escaped, encoded, in other letters, cut, or in the shape of any secret at all.

Servers repeat what they were sent. A page quotes a header, an error message a key, a redirect a query; on the way each
encodes it as it likes. What is looked for here are the forms of secrets that are known, and the places where only a secret
stands although nobody knows it.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator
from typing import Union
from urllib.parse import quote, quote_plus, unquote

PREFIX = re.compile(r"(sk-ant-[a-z]+\d*-|sk-proj-|sk-svcacct-|sk-admin-|sk-or-v1-|sk-|gsk_|xai-|AIza|eyJ|Bearer )")
"""Long public prefixes of vendors' keys: showing them tells the vendor and the kind and nothing of the secret."""

GRAM = 8
"""So many characters of a key in a row are one that was cut. A secret of less variety is only found whole."""

_STRONG = 16
_LONG_PART = 20
_WORD = re.compile(r"[A-Za-z._ -]?[a-z._ -]+")
_LONGEST = 2048  # characters of one secret that are looked for


def forms(value: str) -> frozenset[str]:
    """Every way in which ``value`` may stand in a text; letters are compared without their case."""
    plain = as_written(value)
    made = set(plain)
    if len(value) > _LONGEST:
        return frozenset(made)  # its pieces are looked for
    for one in plain:
        made |= {quote(one, safe="", errors="replace"), quote(one, errors="replace"), quote_plus(one, errors="replace")}
        made |= {json.dumps(one)[1:-1], html.escape(one)}
        made |= {json.dumps(one, ensure_ascii=False)[1:-1].replace("/", "\\/"), one.encode("utf-8", "replace").hex()}
        made |= set(_in_base64(one))
    return frozenset(made)


def as_written(value: str) -> frozenset[str]:
    """``value`` as it stands and, where it was escaped for a URL, as it is meant."""
    raw = value.strip()[:_LONGEST]
    return frozenset({raw, unquote(raw)} - {""})


def _in_base64(text: str) -> Iterator[str]:
    """What is sure to stand in the base64 of anything that has ``text`` in it, wherever in it that is."""
    data = octets(text)
    for before in range(3):
        skipped = -(-before * 8 // 6)  # characters that hold bits of what stands before
        whole = (before + len(data)) * 8 // 6  # those after it hold bits of what follows
        encoded = base64.b64encode(b"\0" * before + data).decode("ascii")[skipped:whole]
        if len(encoded) >= GRAM:
            yield encoded
            yield encoded.replace("+", "-").replace("/", "_")


def octets(text: str) -> bytes:
    """The bytes of a text of the environment; those that are no UTF-8 stand in it as halves of a surrogate pair."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # another half, as only JSON can write it
        return text.encode("utf-8", "surrogatepass")


def is_strong(value: str) -> bool:
    """Long and mixed enough that a part of it is no ordinary word."""
    bare = without_prefix(value.strip())
    return (len(bare) >= _STRONG and _is_mixed(bare)) or (len(bare) >= 2 * _STRONG and " " not in bare)


def is_word(value: str) -> bool:
    """It may stand in a text without being meant: a name, a number, a word."""
    letters = value.isalnum() or (re.fullmatch(r"[\w.-]+", value) is not None and not any(map(str.isdigit, value)))
    return letters and not is_strong(value)


def _is_mixed(text: str) -> bool:
    return sum((any(map(str.islower, text)), any(map(str.isupper, text)), any(map(str.isdigit, text)))) >= 2


def without_prefix(value: str) -> str:
    """What is secret in a key: all but the public prefix."""
    found = PREFIX.match(value)
    return value[found.end() :] if found else value


def grams(value: str) -> Iterator[str]:
    """Every ``GRAM`` characters in a row of a strong secret, as it is and in base64, in lower case; no piece of a plain word."""
    raw = value.strip() if len(value) <= _LONGEST else value.strip()[: _LONGEST // 2] + value.strip()[-_LONGEST // 2 :]
    if is_strong(raw):
        bare = without_prefix(raw)
        spares_words = _is_mixed(bare)
        for form in (bare, *_in_base64(raw)):
            pieces = (form[at : at + GRAM] for at in range(len(form) - GRAM + 1))
            yield from (lower(piece) for piece in pieces if not (spares_words and _WORD.fullmatch(piece)))


def lower(text: str) -> str:
    """``text`` in lower case and of the same length, which ``str.lower`` does not promise."""
    return "\u0130".join(part.lower() for part in text.split("\u0130"))  # the only letter that becomes two


_NAME = (  # the end of a longer name, such as of GATEWAY_API_KEY, is enough
    r"(?:api[_-]?key|apikey|key|token|secret|password|passwd|passphrase|pwd|sig|signature|credential|auth)"
)
_HEADER = r"(?:(?:proxy-)?authorization|x-api-key|api-key|x-goog-api-key|x-auth-token|x-amz-security-token)"
_SCHEME = r"(?:(?:basic|bearer|digest|negotiate|ntlm)\s+)?"
_VALUE = r"[^\s\"'&<>,;{}\[\u2026]"  # not what a secret was replaced by before
_PAIR = r"[^\s;,<>=\u2026]{1,80}=[^\s;,<>\u2026]*"
_OTHER_KEYS = (
    r"(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[a-z]-[\w-]{10,}|hf_\w{20,}"
)
_NAMED = re.compile(
    r"(?:key|token|secret|password|passwd|passphrase|pwd|sig|signature|credential|auth)\\{0,4}[\"']?\s*[=:]"
)
_TELLTALES = (
    (
        "key",
        r"(?:sk-ant-[a-z]+\d*-|sk-(?:proj|svcacct|admin|or-v1)-|gsk_|xai-|AIza|eyJ)[\w.*-]{8,}",
        0,
        "sk- gsk_ xai- aiza eyj",
    ),
    ("key", r"sk-(?!ant-|proj-|svcacct-|admin-|or-)[\w.*-]{12,}", 0, "sk-"),
    ("key", _OTHER_KEYS, 0, "akia asia ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- xox hf_"),
    ("key", r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[\w\s+/=\\-]*", 0, "-----begin"),
    (
        "password",
        r"://(?![^\s/@:]{0,300}:\d{1,5}[/?#])([^\s/@:\"'<>\[]{0,300}(?::[^\s@\"'<>\[]{0,300})?)@",
        1,
        "://",
    ),
    ("token", r"\b(?:basic|bearer)[ +:=]+(?!realm=|error=|scope=)([\w.~+/=-]{8,})", 1, "basic bearer"),
    (
        "header",
        r"\b" + _HEADER + r"\\{0,4}[\"']?\s*[:=]\s*\\{0,4}[\"']?" + _SCHEME + "(" + _VALUE + "{6,})",
        1,
        "authorization api-key auth-token security-token",
    ),
    (
        "header",
        r"\b(?:"
        + _HEADER
        + r"|(?:set-)?cookie)\\{0,4}\"\s*,\s*\\{0,4}\"value\\{0,4}\"\s*:\s*\\{0,4}\"([^\"\\\u2026]{6,})",
        1,
        "authorization api-key auth-token security-token cookie",
    ),
    (
        "cookie",
        r"\b(?:set-)?cookie2?\\{0,4}[\"']?\s*[:=]\s*\\{0,4}[\"']?(" + _PAIR + r"(?:;\s*" + _PAIR + ")*)",
        1,
        "cookie",
    ),
    ("secret", r"(?<![A-Za-z])" + _NAME + r"\\{0,4}[\"']?\s*[=:]\s*\\{0,4}[\"']?(" + _VALUE + "{6,})", 1, _NAMED),
)
"""(kind, pattern, group, marks): what looks like a vendor's key, and places where a secret stands, whosever it is.

One of the marks, in lower case, stands at the beginning of whatever the pattern matches: a long text is looked at around them only.
"""

_PLACES = tuple(
    (
        kind,
        re.compile((r"" if group else r"(?<![A-Za-z0-9])(?:") + pattern + ("" if group else ")"), re.IGNORECASE),
        group,
        tuple(marks.split()) if isinstance(marks, str) else marks,
    )
    for kind, pattern, group, marks in _TELLTALES
)
_LONG = 4096  # characters; a shorter text is looked at whole
_BEFORE, _AFTER = 80, 1024  # characters around a mark that belong to what it announces; then to the end of the word
_MORE: dict[tuple[str, ...], int] = {
    ("-----begin",): 32_768,
    ("cookie",): 32_768,
}  # after marks of what goes on over words and lines
_FAR = 620  # characters from where a URL begins to the end of what is secret in it
_WORD_ENDS = re.compile(r"\s")


def unknown_ones(text: str) -> Iterator[tuple[int, int, str]]:
    """(begin, end, kind) of whatever stands where secrets stand, or looks like a vendor's key."""
    whole = [(0, len(text))]
    lowered = "" if len(text) <= _LONG else lower(text)
    for kind, pattern, group, marks in _PLACES:
        for begin, end in whole if not lowered else _around(text, lowered, marks):
            for found in pattern.finditer(text, begin, end):
                piece = found.group(group)
                if group == 0 or kind in ("cookie", "password") or looks_random(piece):
                    yield found.start(group), found.end(group), kind


def _around(text: str, lowered: str, marks: Union[tuple[str, ...], re.Pattern[str]]) -> Iterator[tuple[int, int]]:
    """(begin, end) of the parts of a long text that hold a mark and what it announces."""
    if isinstance(marks, tuple):
        at = sorted(found for mark in marks for found in _all(lowered, mark))
    else:
        at = [found.start() for found in marks.finditer(lowered)]
    begin = end = 0
    after = _MORE.get(marks, _AFTER) if isinstance(marks, tuple) else _AFTER
    for mark in at:
        if mark + after <= end or (marks == ("://",) and lowered.find("@", mark, mark + _FAR) < 0):
            continue
        if mark - _BEFORE > end:
            if end:
                yield begin, end
            begin = max(mark - _BEFORE, 0)
        stop = _WORD_ENDS.search(text, mark + after)
        end = stop.end() if stop else len(text)
    if end:
        yield begin, end


def _all(text: str, mark: str) -> Iterator[int]:
    at = text.find(mark)
    while at >= 0:
        yield at
        at = text.find(mark, at + len(mark))


def is_made(part: str) -> bool:
    """A part of a path so long and mixed that somebody's program has made it: a token, not a name."""
    return len(part) >= _LONG_PART and any(map(str.isdigit, part)) and part.replace("_", "").isalnum()


def looks_random(piece: str) -> bool:
    """Not a word, not a number: ``authentication``, ``required`` and ``200000`` are no secrets."""
    bare = piece.strip(".:!?")
    if bare.isdigit() or bare.replace(".", "").isdigit():
        return False
    mixed = any(map(str.isdigit, bare)) or bare.endswith("=") or (bare[1:] != bare[1:].lower() and bare != bare.upper())
    return mixed and re.fullmatch(r"\d{4}-\d{2}-\d{2}\S*", bare) is None
