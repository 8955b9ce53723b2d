"""Whether a key can be right as written: judged by its form alone, as the client would send it. Nothing here is secret-safe to print."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Optional

from diagnostics.engine.environment.clients.rules import KeyRules, Place
from diagnostics.engine.environment.urls import JS_SPACE
from diagnostics.engine.environment.vendors import KeyShape, Vendors

_QUOTES = "'\"`"
_SMART_QUOTES = "“”‘’„‚«»‹›"
_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"
_NOT_EXPANDED = re.compile(r"\$\{?\w+\}?|%\w+%|\{\{.*\}\}|\$\(.*\)|\$env:\w+", re.IGNORECASE)
_MASK = re.compile(r"(\.\.\.|…|\*{3,})")
_PLACEHOLDER = re.compile(
    "|".join(
        (
            r"<.*>|\[.*\]|x{3,}|0{8,}|1234+5?6?7?8?9?0?",
            r"sk-(ant-)?(api\d\d-)?(x{3,}|1234\w*|your.*)",
            r"change.?me.*|replace.?(me|this|with).*|todo|dummy|placeholder|example|none|null|undefined",
            r"(your|my|insert|enter|put|paste|add)[-_ ]?.*(key|token|secret|here).*|.*[-_ ](key|token)[-_ ]here",
            r"(api|auth)?[-_ ]?(key|token)",
        )
    ),
    re.IGNORECASE,
)
ILLEGAL = {
    "fetch": re.compile(r"[^\t\x20-\x7e\x80-\xff]"),  # the Fetch standard's header value, in Latin-1
    "fetch_ascii": re.compile(r"[^\t\x20-\x7e]"),
    "h11": re.compile(r"[^\x00-\x7f]|[\x00\n-\r]|^[ \t]|[ \t]$"),  # httpx encodes in ASCII, h11 judges the white space
    "h11_utf8": re.compile(r"[\x00\n-\r]|^[ \t]|[ \t]$"),  # the SDK on httpx2 encodes in UTF-8
    "requests": re.compile(r"^\s|[\r\n]|[^\x00-\xff]"),  # and http.client writes Latin-1
    "any": re.compile(r"(?!)"),
}
_TRIMS = {"": "", "ascii": " \t\n\r\v\f", "js": JS_SPACE}
_WRONG_TYPES = {
    "admin_key": "admin_key",
    "oauth_refresh": "refresh_token",
    "session_cookie": "session_cookie",
}


@dataclass(frozen=True)
class Judgement:
    """What the form of a key tells. ``problems`` are words of ``config.key.problems``; ``vendor`` is None where the shape names none."""

    problems: tuple[str, ...]
    header_illegal: bool
    vendor: Optional[str]
    type: Optional[str]


def as_sent(value: str, rules: KeyRules) -> str:
    """The value as the client puts it into a header."""
    return value.strip(_TRIMS[rules.trims]) if rules.trims else value


def judge(sent: str, place: Place, rules: KeyRules, vendors: Vendors, first_party: bool) -> Judgement:
    """Judge a key as ``sent`` from its ``place``.

    Only with a first-party target are placeholders and other vendors' keys certain to fail: a gateway may take any word.
    """
    bare = sent.strip().strip(_QUOTES + _SMART_QUOTES + _INVISIBLE).strip()
    shape = vendors.shape_of(bare)
    problems = [*_characters(sent), *_wording(bare, vendors, first_party), *_kind(shape, place.kind, first_party)]
    header = f"Bearer {sent}" if place.headers == ("authorization",) else sent
    return Judgement(
        problems=tuple(dict.fromkeys(problems)),
        header_illegal=ILLEGAL[rules.header].search(header) is not None,
        vendor=shape.vendor if shape is not None and not shape.shared else None,
        type=shape.type if shape is not None else None,
    )


def _characters(sent: str) -> list[str]:
    found = []
    if re.search(r"[\r\n]", sent):
        found.append("newline")
    if re.search(r"[^\S\r\n]", sent):
        found.append("whitespace")
    if sent and (sent[0] in _QUOTES or sent[-1] in _QUOTES):
        found.append("quotes")
    if any(sign in sent for sign in _SMART_QUOTES):
        found.append("smart_quotes")
    if any(sign in sent for sign in _INVISIBLE):
        found.append("bom")
    if re.search(r"[\x00-\x08\x0e-\x1f\x7f]", sent):
        found.append("control_character")
    if any(
        ord(sign) > 126 and not sign.isspace() and sign not in _SMART_QUOTES + _INVISIBLE + "…\x7f" for sign in sent
    ):
        found.append("non_ascii")
    return found


def _wording(bare: str, vendors: Vendors, first_party: bool) -> list[str]:
    if not bare:
        return ["empty"]
    if _NOT_EXPANDED.fullmatch(bare):
        return ["variable_not_expanded"]
    if first_party and _PLACEHOLDER.fullmatch(bare):
        return ["placeholder"]
    found = []
    mask = _MASK.search(bare)
    if mask is not None:
        found.append("placeholder" if len(bare) - len(mask[0]) <= len("sk-ant-api03-") else "truncated")
    if vendors.key_inside(bare):
        found.append("extra_text")
    return found


def _kind(shape: Optional[KeyShape], kind: str, first_party: bool) -> list[str]:
    if shape is None:
        return []
    if shape.type in _WRONG_TYPES and (first_party or shape.vendor == "anthropic"):
        return [_WRONG_TYPES[shape.type]]
    if shape.type == "oauth_access" and kind == "api_key":
        return ["oauth_in_key_slot"]
    if first_party and shape.vendor != "anthropic":
        return ["wrong_vendor"]
    return []
