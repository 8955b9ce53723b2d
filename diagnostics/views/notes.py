"""A note's Markdown as safe HTML. Notes are strangers' text: no HTML of their own, no pictures, links that lead out and vouch for nobody."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from diagnostics.services.redaction import without_steering

_TAGS = {
    "a", "blockquote", "br", "code", "em", "hr", "li", "ol", "p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ADDRESS = re.compile(r"(https?://)[^\s<>\"'`|\\]+", re.IGNORECASE)
_ENDS, _OPENS = ".,;:!?*_~…", {")": "(", "]": "["}
_NAME = re.compile(r"(?<![^\W_])(?:[^\W_][\w-]{0,62}+\.){1,8}[^\W\d_]{2,63}+")
"""Of a host, in a sentence. Bounded and without a way back: 10 kB of ``a.a.a.a`` took more than a second. More than the last labels of a
longer name are not needed: they are another host than the one that the link leads to, and that is told."""
_MOST_CELLS = 3_000
"""Of the widest table that a text's lines could make. Rows are filled up to the width of the head: 10 kB of text became 700 kB."""


@lru_cache(maxsize=512)
def render(text: str) -> SafeString:
    """The note as HTML. What looks like HTML in it is shown as it was typed."""
    html = without_steering(_rendered(text))  # written as an entity, such as &#x202e;, it gets past what is stored
    return SafeString(
        nh3.clean(
            html,
            tags=_TAGS,
            attributes={"a": {"href"}, "ol": {"start"}},
            url_schemes={"http", "https", "mailto"},
            link_rel="nofollow noopener noreferrer",
        )
    )  # cleaned by nh3


def plain(text: str) -> str:
    """The note's words alone, on one line."""
    return " ".join(nh3.clean(without_steering(_rendered(text)), tags=set()).split())


def _rendered(text: str) -> str:
    lines = re.split(r"[\r\n]+", text)
    cells = len(lines) * max(line.count("|") for line in lines)
    return str((_RENDERER if cells <= _MOST_CELLS else _NO_TABLES).render(text))


def _lead_elsewhere(state: StateCore) -> None:
    """A link that is written as one address and leads to another host names that host behind it."""
    for block in state.tokens:
        made: list[Token] = []
        host, words = "", ""
        for token in block.children or ():
            made.append(token)
            if token.type == "link_open":
                host, words = _host(str(token.attrGet("href"))), ""
            elif token.type == "link_close":
                named = {name.lower() for name in _NAME.findall(words)}
                if host and named and host not in named:
                    made.append(Token("text", "", 0, content=f" (leads to {host})"))
            else:
                words += token.content
        if block.children:
            block.children = made


def _link_bare_ones(state: StateCore) -> None:
    """An address that was pasted as it is can be followed. Markdown links only what stands in brackets."""
    for block in state.tokens:
        made: list[Token] = []
        inside = 0
        for token in block.children or ():
            inside += token.nesting if token.type in ("link_open", "link_close") else 0
            made += _with_links(token) if token.type == "text" and not inside else [token]
        if block.children:
            block.children = made


def _with_links(text: Token) -> list[Token]:
    made: list[Token] = []
    end = 0
    for found in _ADDRESS.finditer(text.content):
        address = _without_ends(found[0])
        if len(address) == len(found[1]):  # nothing but a scheme
            continue
        made.append(Token("text", "", 0, content=text.content[end : found.start()]))
        made.append(Token("link_open", "a", 1, attrs={"href": address}))
        made.append(Token("text", "", 0, content=address))
        made.append(Token("link_close", "a", -1))
        end = found.start() + len(address)
    return [*made, Token("text", "", 0, content=text.content[end:])] if made else [text]


def _without_ends(address: str) -> str:
    """Without what ends the sentence, and without a bracket that was opened before it."""
    while address and (
        address[-1] in _ENDS
        or (address[-1] in ")]" and address.count(address[-1]) > address.count(_OPENS[address[-1]]))
    ):
        address = address[:-1]
    return address


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:
        return ""


def _strong(opening: bool) -> Any:
    """A heading would stand among the page's own: it becomes a line in bold."""

    def rule(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        return "<p><strong>" if opening else "</strong></p>\n"

    return rule


def _renderer(*, tables: bool) -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["strikethrough", *(["table"] * tables)])
    made.disable(["image", "html_block", "html_inline"])
    made.core.ruler.push("link_bare_ones", _link_bare_ones)
    made.core.ruler.push("lead_elsewhere", _lead_elsewhere)
    made.add_render_rule("heading_open", _strong(True))
    made.add_render_rule("heading_close", _strong(False))
    return made


_RENDERER, _NO_TABLES = _renderer(tables=True), _renderer(tables=False)
