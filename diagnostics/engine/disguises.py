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
    """Every ``GRAM`` characters in a row of a strong secret, as it is, in base64 and in hex, in lower case; no piece of a plain word."""
    raw = value.strip() if len(value) <= _LONGEST else value.strip()[: _LONGEST // 2] + value.strip()[-_LONGEST // 2 :]
    if is_strong(raw):
        bare = without_prefix(raw)
        spares_words = _is_mixed(bare)
        for form in (bare, *_in_base64(raw), octets(bare).hex()):
            pieces = (form[at : at + GRAM] for at in range(len(form) - GRAM + 1))
            yield from (lower(piece) for piece in pieces if not (spares_words and _WORD.fullmatch(piece)))


def lower(text: str) -> str:
    """``text`` in lower case and of the same length, which ``str.lower`` does not promise."""
    return "\u0130".join(part.lower() for part in text.split("\u0130"))  # the only letter that becomes two


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
