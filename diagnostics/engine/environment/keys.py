"""Whether a key can be right as written: judged by its form alone, as the client would send it. Nothing here is secret-safe to print."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Optional
from urllib.parse import unquote

from diagnostics.engine.environment.clients.rules import KeyRules, Place
from diagnostics.engine.environment.urls import JS_SPACE
from diagnostics.engine.environment.vendors import KeyShape, Vendors

_QUOTES = "'\"`"
_SMART_QUOTES = "“”‘’„‚«»‹›"
_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"
_NOT_EXPANDED = re.compile(r"\$\{?\w+\}?|%\w+%|\{\{.*\}\}|\$\(.*\)|\$env:\w+", re.IGNORECASE)
_REFERENCE = re.compile(
    r"[a-z][a-z0-9+.-]*:///?[^\s]+|arn:aws[a-z-]*:(secretsmanager|ssm):.+|@Microsoft\.KeyVault\(.+\)|projects/[^/]+/secrets/.+",
    re.IGNORECASE,
)
"""Where a secret lies, as managers of secrets write it for whoever fetches it."""
_SCHEMED = re.compile(
    r"(vault|ssm|awssm|aws-?secrets?(manager)?|secretsmanager|gcpsm|azurekeyvault|keyvault|doppler|infisical|bws|sops|keyring|keychain|"
    r"env|file|secret|cmd|exec|from):[^\s].*",
    re.IGNORECASE,
)
"""The same in short, as programs' own settings write it; a gateway may have made a word with a colon its key."""
_SHORTEST = 20  # characters: nothing shorter opens the first party's door
_FILE = re.compile(r"(~|\.{1,2})?(/[\w.-]+){2,}|[a-z]:\\.+", re.IGNORECASE)  # a gateway's random key may look so too
_NEVER_IN_A_KEY = re.compile(r"[,;()\[\]{}<>|&#?!\\]")
_JWT = re.compile(r"eyJ[\w-]{8,}\.eyJ[\w-]{4,}\.[\w-]*")
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
    problems = [*_characters(sent), *_wording(bare, vendors, first_party), *_kind(bare, shape, place.kind, first_party)]
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
    if _REFERENCE.fullmatch(bare) or (first_party and (_FILE.fullmatch(bare) or _SCHEMED.fullmatch(bare))):
        return ["secret_reference"]
    if first_party and _PLACEHOLDER.fullmatch(bare):
        return ["placeholder"]
    if _decoded_is_key(bare, vendors):
        return ["encoded"]
    found = []
    mask = _MASK.search(bare)
    if mask is not None:
        found.append("placeholder" if len(bare) - len(mask[0]) <= len("sk-ant-api03-") else "truncated")
    if vendors.lost_its_case(bare):
        found.append("wrong_case")
    if vendors.key_inside(bare) or (not found and vendors.begins_as_key(bare) and _NEVER_IN_A_KEY.search(bare)):
        found.append("extra_text")
    if first_party and not found and len(bare) < _SHORTEST:
        found.append("truncated" if vendors.begins_as_key(bare) else "placeholder")
    return found


def _decoded_is_key(bare: str, vendors: Vendors) -> bool:
    """A key that was encoded for a file or an address, and that nobody has decoded again."""
    try:
        plain = base64.b64decode(bare, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        plain = ""
    written = unquote(bare)
    return vendors.begins_as_key(plain) or (written != bare and vendors.begins_as_key(written))


def _kind(bare: str, shape: Optional[KeyShape], kind: str, first_party: bool) -> list[str]:
    if first_party and kind == "api_key" and (shape is None or shape.shared) and _JWT.fullmatch(bare):
        return ["oauth_in_key_slot"]  # somebody's sign-in, and no API key in any case
    if shape is None:
        return []
    if shape.type in _WRONG_TYPES and (first_party or shape.vendor == "anthropic"):
        return [_WRONG_TYPES[shape.type]]
    if shape.type == "oauth_access" and kind == "api_key":
        return ["oauth_in_key_slot"]
    if first_party and shape.vendor != "anthropic":
        return ["wrong_vendor"]
    return []
