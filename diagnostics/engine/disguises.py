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


_LINE = r"[ \t\u2502|\u2503]{0,80}\n[ \t\u2502|\u2503>]{0,80}"  # where a terminal or a box has broken a line
_DASH = r"(?:-|%2D|&#45;|\\u002d)"
_IN_KEY = r"(?:[\w.*\u00ad\u200b-\u200d\u2060-]|%2[DE]|&#45;|\\u002d)"
_QUOTE = r"(?:\\{0,8}[\"']|&quot;|%22)?"
_IS = (
    _QUOTE
    + r"(?:\s*(?:=>?|[:\uff1a]|%3[AD])\s*|[\"']\s+value=|(?:</\w+>\s*<\w+)?>)(?:[>|][+-]?\n\s{0,40}|%20|\+)?"
    + _QUOTE
)
_WORDS = (
    r"password|passwd|passphrase|pwd|passwort|kennwort|contrase\u00f1a|mot de passe|senha|\u5bc6\u7801|\u53e3\u4ee4"
)
_NAME = (  # the end of a longer name, such as of GATEWAY_API_KEY, is enough
    r"(?:(?:api|auth|access|account|session|secret|private|client|refresh)[_-]?(?:key|token|secret)|token|secret|credential"
    r"|(?:api-)?schl\u00fcssel|\u5bc6\u94a5|" + _WORDS + ")"
)
_HEADER = r"(?:(?:proxy-)?authorization|x-api-key|api-key|x-goog-api-key|x-auth-token|x-amz-security-token)"
_SCHEME = r"(?:(?:basic|bearer|digest|negotiate|ntlm|token|apikey)\s+)?"
_VALUE = r"([^\s\"'&<>,;{}\[\u2026]{6,})"  # not what a secret was replaced by before
_QUOTED = r"([^\"'\\\n\u2026]{6,})"
_PAIR = r"[^\s;,<>=\"'\u2026]{1,80}=(?:\"[^\"\n\u2026]*\"|[^\s;,<>\"'\\\u2026]*)"
_PAIRS = "(" + _PAIR + r"(?:;\s*" + _PAIR + ")*)"
_USER = r"[^\s/@:\"'<>\[]{0,300}"
_REST = r"(?:[^\s@\"'<>\[]|'(?=\w))"
_PEM = r"PRIVATE KEY(?: BLOCK)?-----"

ALWAYS, RANDOM, UNNAMED, STRONG, PASSWORD, COOKIES = "", "r", "u", "s", "p", "c"
"""What else makes the match of a pattern a secret: nothing, no plain word, no name either (``value17``), capitals and digits,
or anything that tells nothing about passwords; of a list of cookies, what stands in it."""

_NAMED = re.compile(
    r"(?:key|token|secret|password|passwd|passphrase|pwd|sig|signature|credential|auth|wort|schl\u00fcssel|\u5bc6\u94a5|\u5bc6\u7801|\u53e3\u4ee4"
    r"|contrase\u00f1a|passe|senha)(?:\\{0,8}[\"']|&quot;|%22)?(?:\s*(?:[=:\uff1a]|%3[ad])|[\"']\s+value=|</|>)"
)
TELLTALES: tuple[tuple[str, str, str, Union[str, tuple[str, ...], re.Pattern[str]]], ...] = (
    (
        "key",
        "sk" + _DASH + "ant" + _DASH + r"[a-z]+\d*" + _DASH + _IN_KEY + "{8,}",
        ALWAYS,
        ("sk-", "sk%2d", "sk&#45;", "sk\\u002d"),
    ),
    (
        "key",
        r"(?<![A-Za-z0-9])(?:sk-(?:proj|svcacct|admin|or-v1)-|gsk_|xai-|AIza|eyJ)" + _IN_KEY + "{8,}",
        ALWAYS,
        "sk- gsk_ xai- aiza eyj",
    ),
    ("key", r"(?<![A-Za-z0-9])sk-(?!ant-|proj-|svcacct-|admin-|or-)[\w.*-]{12,}", ALWAYS, "sk-"),
    ("key", r"(?<![A-Za-z0-9])sk-(?:a|an|ant|ant-\w{0,6})" + _LINE + r"[\w-]{24,}", ALWAYS, "sk-"),
    (
        "key",
        r"(?<![A-Za-z0-9])(?:(?:AKIA|ASIA)[0-9A-Z]{16}|(?:gh[pousr]|hf|npm|fw|[sr]k_(?:live|test))_\w{20,}|github_pat_\w{20,}"
        r"|(?:glpat|pplx|nvapi|GOCSPX|xox[a-z])-[\w-]{10,}|ya29\.[\w-]{20,}|1//0[\w-]{30,}|c2stYW50[\w+/=-]{12,}"
        r"|736b2d616e74[0-9a-f]{20,}|%73%6B%2D[%0-9A-F]{20,}|\\u0073\\u006b[\\u0-9a-f]{20,})",
        ALWAYS,
        "akia asia ghp_ gho_ ghu_ ghs_ ghr_ hf_ npm_ fw_ k_live_ k_test_ github_pat_ glpat- pplx- nvapi- gocspx- xox ya29. 1//0 c2styw50"
        " 736b2d616e74 %73%6b \\u0073\\u006b",
    ),
    ("key", r"hooks\.slack\.com/services/([\w/]{20,})", ALWAYS, "hooks.slack"),
    (
        "key",
        "-----BEGIN [A-Z ]{0,20}"
        + _PEM
        + r"(?:(?:(?!-----BEGIN)[\s\S]){0,16000}?-----END(?: [A-Z ]{0,20}"
        + _PEM
        + ")?"
        r"|(?:\n*[^\n]{0,80}?[\w+/=\\-]{24,}[^\w\n]{0,10})*)",
        ALWAYS,
        "-----begin",
    ),
    (
        "password",
        r"://(?![^\s/@:]{0,300}:\d{1,5}[/?#](?!\S{0,300}@[\w.-]{1,80}:\d))("
        + _USER
        + "(?::"
        + _REST
        + r"{0,300}(?:@[^\s@/?,\"'<>\[]{0,100}(?=@))*)?)@",
        ALWAYS,
        "://",
    ),
    ("password", r"%3A%2F%2F((?:(?!%40|%2F)\S){1,300}?)%40", ALWAYS, "%3a%2f%2f"),
    ("password", r"(?<![\w./:@%\\-])([\w.\\-]{1,60}:[^\s@/\"'<>\u2026]{4,200})@[\w.-]{1,80}:\d{2,5}\b", ALWAYS, "@"),
    (
        "password",
        r"(?:\s-u|--(?:proxy-)?user)[\s=]+[\"']?([^\s:\"'\u2026]{0,80}:[^\s\"'\u2026]{3,})",
        PASSWORD,
        "-u --user --proxy-user",
    ),
    ("cookie", r"(?:\s-b|--cookie)[\s=]+[\"']?" + _PAIRS, ALWAYS, "-b --cookie"),
    ("token", r"\b(?:basic|bearer)(?:[ +:=]|%20)+(?!realm=|error=|scope=)([\w.~+/=-]{8,})", RANDOM, "basic bearer"),
    ("header", r"\b" + _HEADER + _IS + _SCHEME + _VALUE, RANDOM, "authorization api-key auth-token security-token"),
    ("header", r"\bresponse=\"(\w{20,})", ALWAYS, "response="),
    (
        "header",
        r"\b(?:"
        + _HEADER
        + r"|(?:set-)?cookie)\\{0,8}[\"']\s*,\s*(?:\\{0,8}\"value\\{0,8}\"\s*:\s*|b)?\\{0,8}[\"']"
        + _QUOTED,
        RANDOM,
        "authorization api-key auth-token security-token cookie",
    ),
    (
        "header",
        r"\bname\\{0,8}\"\s*:\s*\\{0,8}\"[\w-]{0,40}(?:key|token|secret|auth|session|sid|password)[\w-]{0,20}\\{0,8}\"\s*,\s*\\{0,8}\"value\\{0,8}\""
        r"\s*:\s*\\{0,8}\"" + _QUOTED,
        RANDOM,
        'name"',
    ),
    (
        "header",
        r"(?:Illegal|invalid) header value b?[\"'](?:Bearer )?([^\s\"'\\\u2026]{6,})|Headers\.append: [\"'](?:Bearer )?([^\s\"'\\\u2026]{6,})",
        RANDOM,
        "header",
    ),
    ("cookie", r"\b(?:set-)?cookies?\\{0,8}[\"']?\s*:\s*\[([^\[\]]{6,8000})", COOKIES, "cookie"),
    ("cookie", r"\b(?:set-)?cookie2?" + _IS + _PAIRS, ALWAYS, "cookie"),
    ("cookie", r"\bcookie" + _IS + r"([\w.%-]{20,})", RANDOM, "cookie"),
    ("cookie", r"\b(?:TRUE|FALSE)\t\d{1,12}\t[^\t\n]{1,80}\t([^\s\u2026]+)", ALWAYS, "true\t false\t"),
    ("secret", r"(?<![A-Za-z])" + _NAME + _IS + _VALUE, RANDOM, _NAMED),
    ("secret", r"(?<![A-Za-z])(?:key|sig(?:nature)?|auth)" + _IS + _VALUE, UNNAMED, _NAMED),
    (
        "secret",
        r"(?:" + _WORDS + r")\\{0,8}[\"']?\s*[:=]\s*\\{0,8}\"([^\"\n\\\u2026]{4,200})",
        PASSWORD,
        "pass pwd wort \u5bc6\u7801",
    ),
    ("secret", r"(?<![^\s\"'])\w{0,40}(?:password|passwd|passphrase|pwd)=([^\s\"'<>\u2026]{6,})", PASSWORD, "pass pwd"),
    (
        "secret",
        r"(?:\blogin\s+\S{1,60}\s+password|--[\w-]{0,30}(?:password|passwd|passphrase))[\s=]+[\"']?([^\s\"'\u2026]{4,})",
        PASSWORD,
        "pass",
    ),
    (
        "secret",
        r"(?:\b|_)(?:api[ _-]?key|key|token|secret|password)[\"']?\s+[\"']?([\w.+/=~-]{16,})",
        STRONG,
        "key token secret password",
    ),
)
"""(kind, pattern, sort, marks): what looks like a vendor's key, and places where a secret stands, whosever it is.

The last group that took part is the secret, without a group all of it. Written in what Python and JavaScript both read.
One of the marks, in lower case, stands near the beginning of whatever the pattern matches:
a long text is looked at around them only.
"""

WHOLE = ("cookie", "password")
"""Kinds whose end is known: no terminal's next line belongs to them."""

_COOKIE = re.compile(
    r"(?:value\\{0,8}\"\s*:\s*\\{0,8}\"|[\"'](?=[^\"'=]{1,80}=))([^\"'\\\u2026]{2,})"
)  # in a list of cookies
_TELLS = re.compile(  # about a password, and none
    r"(?:^|[\s_])(?:required|missing|invalid|incorrect|wrong|expired|empty|none|null|true|false|string|undefined|unset|hidden|redacted"
    r"|masked|not|is|must|was|authentication|authorization|failed)(?:$|[\s_,.!;)])|^[\W_]+$|^[$%<*/~]|^\w:\\|^[\d:]+$",
    re.IGNORECASE,
)
FOR_BROWSERS = json.dumps(
    [[[*one[1:3], one[0] not in WHOLE] for one in TELLTALES], _COOKIE.pattern, _TELLS.pattern, PREFIX.pattern]
)
"""The same for ``static/js/mask.js``, which masks before anything is sent."""

_NAME_LIKE = re.compile(r"[A-Za-z]*\d{0,4}|\d{0,8}|sha\d+With\w+")
_PLACES = tuple(
    (kind, re.compile(pattern, re.IGNORECASE), sort, tuple(marks.split(" ")) if isinstance(marks, str) else marks)
    for kind, pattern, sort, marks in TELLTALES
)
_LONG = 4096  # characters; a shorter text is looked at whole
_BEFORE, _AFTER = 100, 1024  # characters around a mark that belong to what it announces; then to the end of the word
_MORE: dict[tuple[str, ...], int] = {
    ("-----begin",): 32_768,
    ("cookie",): 32_768,
    ("@",): 100,
}  # after marks of what goes on over words and lines
_FAR = 620  # characters from where a URL begins to the end of what is secret in it
_WORD_ENDS = re.compile(r"\s")


def unknown_ones(text: str) -> Iterator[tuple[int, int, str]]:
    """(begin, end, kind) of whatever stands where secrets stand, or looks like a vendor's key."""
    whole = [(0, len(text))]
    lowered = "" if len(text) <= _LONG else lower(text)
    near: dict[Union[tuple[str, ...], re.Pattern[str]], tuple[tuple[int, int], ...]] = {}
    for kind, pattern, sort, marks in _PLACES:
        if lowered and marks not in near:
            near[marks] = tuple(_around(text, lowered, marks))
        for begin, end in near[marks] if lowered else whole:
            for found in pattern.finditer(text, begin, end):
                first, last = found.span(found.lastindex or 0)
                if sort == COOKIES:
                    yield from ((*one.span(1), "cookie") for one in _COOKIE.finditer(text, first, last))
                elif first < last and _is_one(text[first:last], sort):
                    yield first, last, kind


def _is_one(piece: str, sort: str) -> bool:
    """Whether what stands where secrets stand is one, by the pattern's sort."""
    if sort == PASSWORD:
        return not _TELLS.search(piece)
    if sort == STRONG:
        return (
            any(map(str.islower, piece))
            and any(map(str.isupper, piece))
            and any(map(str.isdigit, piece))
            and not _is_named(piece)
        )
    if sort == UNNAMED:
        return looks_random(piece) and not _is_named(piece)
    return not sort or looks_random(piece) or re.fullmatch(r"[A-Za-z]{20,}|\d{20,}", piece) is not None


def _is_named(piece: str) -> bool:
    """Made of words and short numbers, as names of things are: ``value17``, ``claude-haiku-4-5-20251001``."""
    return len(piece) <= 80 and all(_NAME_LIKE.fullmatch(part) for part in re.split(r"[-_.:/@]", piece))


def _around(text: str, lowered: str, marks: Union[tuple[str, ...], re.Pattern[str]]) -> Iterator[tuple[int, int]]:
    """(begin, end) of the parts of a long text that hold a mark and what it announces."""
    if isinstance(marks, tuple):
        at = sorted(found for mark in marks for found in _all(lowered, mark))
    else:
        at = [found.start() for found in marks.finditer(lowered)]
    begin = end = 0
    reach = after = _MORE.get(marks, _AFTER) if isinstance(marks, tuple) else _AFTER
    for mark in at:
        if mark + after <= end or (marks == ("://",) and lowered.find("@", mark, mark + _FAR) < 0):
            continue
        before = _FAR if marks == ("@",) else _BEFORE
        if mark - before > end:
            if end:
                yield begin, end
            begin, reach = max(mark - before, 0), after
        stop = _WORD_ENDS.search(text, mark + reach)
        reach = 4 * after  # where marks are dense, not one by one
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
    return mixed and re.fullmatch(r"\d{4}-\d{2}-\d{2}[T\d:.,Z+-]*", bare) is None
