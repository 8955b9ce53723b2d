"""What looks like a vendor's key, and the places where only a secret stands although nobody knows it: one list for all.

Runs, pasted texts and requests are cleared by it, and ``static/js/mask.js`` has it from the boxes' ``data-mask``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Union

from diagnostics.engine.disguises import PREFIX, looks_random, lower

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
        r"|ts[ku]_[\w-]{20,}"  # ours: a person's, and a run's
        r"|(?:glpat|pplx|nvapi|GOCSPX|xox[a-z])-[\w-]{10,}|ya29\.[\w-]{20,}|1//0[\w-]{30,}|c2stYW50[\w+/=-]{12,}"
        r"|736b2d616e74[0-9a-f]{20,}|%73%6B%2D[%0-9A-F]{20,}|\\u0073\\u006b[\\u0-9a-f]{20,})",
        ALWAYS,
        "akia asia ghp_ gho_ ghu_ ghs_ ghr_ hf_ npm_ fw_ k_live_ k_test_ github_pat_ glpat- pplx- nvapi- gocspx- xox ya29. 1//0 c2styw50"
        " tsk_ tsu_ 736b2d616e74 %73%6b \\u0073\\u006b",
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
