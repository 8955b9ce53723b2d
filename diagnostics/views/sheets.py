"""Pages kept as they are sent: drawn and packed once for everybody who would see the same, with gaps for what is each person's own.

The gaps are the form token and the site's header. A token goes into the packed page as it is, and what stands after it is packed
as if it were unknown. So its text never meets the compressor, and lengths tell nothing of it (BREACH).
"""

from __future__ import annotations

import re
import secrets
import struct
import time
import zlib
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.middleware.gzip import re_accepts_gzip
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from diagnostics.kept import Kept
from diagnostics.templatetags.troubleshooter import relative_time
from diagnostics.views import current
from diagnostics.views.http import has_messages

# Gaps, of names that nobody can write into a page.
_TOKEN = f"token-{secrets.token_hex(16)}"
_HEADER = f"header-{secrets.token_hex(16)}"
_TOKEN_LENGTH = 64
# Stands for a token while its surroundings are packed: no page of ours has such bytes.
_UNKNOWN = b"\xff" * _TOKEN_LENGTH
_WINDOW = 2**15
LONGEST = 3600  # seconds that a page is kept
_MOST_SHEETS, _MOST_SMALL = 48, 256  # some 150 kB, and at most 8 kB, each
_LAST_BLOCK = b"\x03\x00"  # of a deflate stream: empty
# Bytes of the file's name in the gzip header, as Django's middleware has them: lengths differ by chance.
_MOST_BLUR = 100
_INDENTATION = re.compile(r"(<(?P<as_is>pre|textarea)\b.*?</(?P=as_is)>)|>\s*\n\s*<", re.DOTALL)
_TIME = re.compile(r'<time datetime="([^"]+)"[^>]*>([^<]*)</time>')


@dataclass(frozen=True)
class _Piece:
    """A run of bytes and the same as blocks of a deflate stream, neither the first nor the last one."""

    plain: bytes
    packed: bytes


@dataclass(frozen=True)
class Sheet:
    """A page in parts, with the header between them; in each part the token stands between the pieces."""

    parts: Sequence[Sequence[_Piece]]
    times: Sequence[tuple[datetime, str]]
    drawn: float  # in seconds, as time.time() tells

    @property
    def is_true(self) -> bool:
        """Whether its relative times would still read the same, or are less than a minute old: a script keeps them up to the second.

        After an hour it is drawn anew, whatever its key says: somebody who is named on it may be called something else by now.
        """
        age = abs(time.time() - self.drawn)
        if age < 60:
            return True
        return age < LONGEST and all(relative_time(moment) == told for moment, told in self.times)


_sheets: Kept[Sheet] = Kept(_MOST_SHEETS)
_headers: Kept[Sequence[_Piece]] = Kept(_MOST_SMALL)
_tokens: Kept[_Piece] = Kept(_MOST_SMALL)


def respond(request: HttpRequest, key: Hashable, template: str, context: Callable[[], dict[str, Any]]) -> HttpResponse:
    """The page of `key`; where none is kept it is drawn from `context`. With a message it is drawn for this person alone, and not kept.

    `key` holds all that decides how the page looks, but the form token and, where the template leaves it to the base, the header.
    """
    if has_messages(request):
        return render(request, template, context())
    sheet = _sheets.get(key)
    if sheet is None or not sheet.is_true:
        sheet = _sheets.put(key, _drawn(request, template, context()))
    return _answer(request, key, sheet, _header(request) if len(sheet.parts) > 1 else ())


def tight(text: str) -> str:
    """A page without the indentation between its tags."""
    return _INDENTATION.sub(lambda found: found[1] or ">\n<", text)


def _drawn(request: HttpRequest, template: str, context: dict[str, Any]) -> Sheet:
    gaps = {"csrf_token": _TOKEN, "site_header": mark_safe(_HEADER)}  # noqa: S308
    text = tight(render_to_string(template, context | gaps, request))
    times = tuple((datetime.fromisoformat(moment), told) for moment, told in _TIME.findall(text))
    return Sheet(tuple(_pieces(part) for part in text.split(_HEADER)), times, time.time())


def _header(request: HttpRequest) -> Sequence[_Piece]:
    told = current.viewer(request)
    team = told["team"] and told["team"].pk
    teams = tuple((one.pk, one.name) for one in told["teams"])
    key = (request.path.split("/")[1], getattr(request.user, "email", ""), team, teams)
    known = _headers.get(key)
    if known is not None:
        return known
    text = render_to_string("components/site_header.html", {"csrf_token": _TOKEN}, request)
    return _headers.put(key, _pieces(text))


def _pieces(text: str) -> Sequence[_Piece]:
    """What stands between the tokens. Each piece is packed as the continuation of those before it, whatever the token was."""
    made: list[_Piece] = []
    before = _UNKNOWN
    for part in text.split(_TOKEN):
        plain = part.encode()
        packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, 9, zdict=before[-_WINDOW:])
        made.append(_Piece(plain, packer.compress(plain) + packer.flush(zlib.Z_SYNC_FLUSH)))
        before += plain + _UNKNOWN
    return tuple(made)


def _answer(request: HttpRequest, key: Hashable, sheet: Sheet, header: Sequence[_Piece]) -> HttpResponse:
    pieces = _filled(request, key, sheet, header)
    plain = b"".join(piece.plain for piece in pieces)
    packs = re_accepts_gzip.search(request.META.get("HTTP_ACCEPT_ENCODING", ""))
    response = HttpResponse(_gzip(plain, pieces) if packs else plain)
    if packs:
        response["Content-Encoding"] = "gzip"
    response["Vary"] = "Accept-Encoding"
    return response


def _filled(request: HttpRequest, key: Hashable, sheet: Sheet, header: Sequence[_Piece]) -> list[_Piece]:
    pieces: list[_Piece] = []
    token: _Piece | None = None
    for number, part in enumerate(sheet.parts):
        for group in (header, part) if number else (part,):
            for at, piece in enumerate(group):
                if at:
                    token = token or _token(request, key)  # only who gets a token gets its cookie
                    pieces.append(token)
                pieces.append(piece)
    return pieces


def _token(request: HttpRequest, key: Hashable) -> _Piece:
    """This browser's form token. Each page has a mask of its own, by which `once` tells a press on one page from that on another;
    nothing packs it together with other text, so the mask may serve again when the page is the same.
    """
    if "CSRF_COOKIE" not in request.META:
        get_token(request)
    page = (request.META["CSRF_COOKIE"], key)
    return _tokens.get(page) or _tokens.put(page, _stored(get_token(request).encode()))


def _stored(plain: bytes) -> _Piece:
    """As one block that is not compressed (RFC 1951, 3.2.4)."""
    if len(plain) != _TOKEN_LENGTH:
        raise ValueError("The token's length is not what its surroundings were packed for.")
    return _Piece(plain, b"\x00" + struct.pack("<HH", len(plain), len(plain) ^ 0xFFFF) + plain)


def _gzip(plain: bytes, pieces: Sequence[_Piece]) -> bytes:
    """One member of RFC 1952."""
    name = b"a" * secrets.randbelow(_MOST_BLUR)
    head = b"\x1f\x8b\x08\x08" + bytes(4) + b"\x02\xff" + name + b"\x00"
    tail = struct.pack("<II", zlib.crc32(plain), len(plain) & 0xFFFFFFFF)
    return b"".join((head, *(piece.packed for piece in pieces), _LAST_BLOCK, tail))
