"""Takes what looks like a secret out of a large text, fast: the engine's patterns are run only near what they begin with."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from diagnostics.engine import disguises, telltales
from diagnostics.engine.secrets import Secret
from diagnostics.payloads import headers
from diagnostics.payloads.records import Request

_KEYS = (
    "sk-",
    "gsk_",
    "xai-",
    "aiza",
    "eyj",
    "akia",
    "asia",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xox",
    "hf_",
    "npm_",
    "pplx-",
    "nvapi-",
    "gocspx-",
    "ya29.",
    "c2styw50",
    "-----begin",
)
_PLACES = ("://", "basic", "bearer", "authorization", "cookie")
_NAMES = ("key", "token", "secret", "passw", "passphrase", "pwd", "sig", "credential", "auth")
_ASSIGNED = re.compile(r"[\w-]{0,12}[\"'\\]{0,3}\s{0,20}[=:]")
_REST = re.compile(r"\S{0,100000}")
_BEFORE, _AFTER = 120, 1500
_SHORTEST = 12
_DATA = re.compile(
    r"[A-Za-z0-9+/=_-]{3000,}"
)  # an image or a file in base64: what looks like a key in it is chance, and no key is as long
_TOKEN_FIELD = re.compile(  # of an MCP server: a key whatever its form, and however short
    r"""(authorization_token\\{0,3}["']?\s{0,9}[:=]\s{0,9}\\{0,3}["'])(?![$<\[{%])[^"'\\\n]{1,4000}(\\{0,3}["'])"""
)
_SIGNATURE = re.compile(r"""["']?signature\\{0,3}["']?\s{0,9}[:=]\s{0,9}\\{0,3}["']$""")
_THOUGHTS = re.compile(r"""["']thinking\\{0,3}["']""")
_ENCODED = re.compile(r"(?!sk-|eyJ|gsk_|AIza)[A-Za-z0-9+/=_-]{24,}")
_NAMED = "[…]"
_ESCAPED = re.compile(r"[\"'\\]+$")


def hide(text: str) -> tuple[str, int]:
    """The text with the shape of each secret in its place, and how many there were."""
    parts, at, count = [], 0, 0
    for begin, end in _spans(text):
        if begin < at:
            continue
        parts += [text[at:begin], f"[{Secret(text[begin:end]).shape}]"]
        at = end
        count += 1
    return "".join([*parts, text[at:]]), count


def without_secrets(request: Request) -> tuple[str | None, int]:
    """The body without anything that looks like a key, and without the keys of the headers; how many were taken out."""
    if request.body is None:
        return None, _sent_keys(request)
    body, hidden = request.body, 0
    for value in _secrets(request):
        hidden += body.count(value)
        body = body.replace(value, f"[{Secret(value).shape}]")
    body, named = _TOKEN_FIELD.subn(rf"\1{_NAMED}\2", body)
    hidden += named
    body, more = hide(body)
    return body, hidden + more + _sent_keys(request)


def _sent_keys(request: Request) -> int:
    sent = [value for name, value in request.headers if name.lower() in headers.CREDENTIALS]
    return sum(not headers.is_variable(headers.credential_of(value)[0]) for value in sent if value.strip())


def _secrets(request: Request) -> Iterator[str]:
    named = [value for name, value in request.headers if name.lower() in headers.CREDENTIALS]
    for value in [*named, request.inline_key]:
        bare = headers.credential_of(value)[0]
        if len(bare) >= 8 and not headers.is_variable(bare):
            yield bare


def _spans(text: str) -> Iterator[tuple[int, int]]:
    data = [found.span() for found in _DATA.finditer(text)]
    has_thoughts = _THOUGHTS.search(text) is not None
    for first, last in _windows(text, data):
        piece = text[first:last]
        for begin, end, kind in sorted(telltales.unknown_ones(piece)):
            tail = _ESCAPED.search(piece, begin, end)
            end = tail.start() if tail else end
            if has_thoughts and _is_signature(text, first + begin, first + end):
                continue
            is_long = end - begin >= _SHORTEST or (kind == "password" and end > begin)
            if is_long and not _inside(first + begin, data):
                yield first + begin, first + end


def _is_signature(text: str, begin: int, end: int) -> bool:
    """Of a block of thoughts, which goes back to the API as it came and opens nothing."""
    written = _SIGNATURE.search(text, max(0, begin - 40), begin) is not None
    return written and _ENCODED.fullmatch(text, begin, end) is not None


def _inside(at: int, data: list[tuple[int, int]]) -> bool:
    """In the middle of encoded data; a key at its very beginning is one."""
    place = bisect_left(data, (at, 0)) - 1
    return place >= 0 and data[place][0] < at < data[place][1]


def _windows(text: str, data: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Where one of the patterns may match, overlapping ones made one."""
    low = disguises.lower(text)
    starts = [at for literal in (*_KEYS, *_PLACES) for at in _all(low, literal)]
    starts += [at for name in _NAMES for at in _all(low, name) if _ASSIGNED.match(low, at + len(name))]
    made: list[tuple[int, int]] = []
    for at in sorted(at for at in starts if not _inside(at, data)):
        if made and at + _AFTER <= made[-1][1]:
            continue
        rest = _REST.match(text, min(at + _AFTER, len(text)))
        last = rest.end() if rest else at + _AFTER
        if made and at - _BEFORE <= made[-1][1]:
            made[-1] = (made[-1][0], max(last, made[-1][1]))
        else:
            made.append((max(0, at - _BEFORE), last))
    return made


def _all(text: str, literal: str) -> Iterator[int]:
    at = text.find(literal)
    while at >= 0:
        yield at
        at = text.find(literal, at + len(literal))
