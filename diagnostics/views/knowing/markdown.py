"""A guide's Markdown as safe HTML: anchors, the house's copy blocks, tables that become cards, relative names as links."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import nh3
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.token import Token

from diagnostics.drawing.hosts import breakable
from diagnostics.guide_schema import PARSER
from diagnostics.knowledge_schema import KnowledgeError
from diagnostics.views.knowing import links

LANGUAGES = {
    "python": "Python",
    "typescript": "TypeScript",
    "ts": "TypeScript",
    "javascript": "JavaScript",
    "js": "JavaScript",
    "sh": "Shell",
    "bash": "Shell",
    "powershell": "PowerShell",
    "json": "JSON",
    "yaml": "YAML",
    "toml": "TOML",
    "hcl": "HCL",
    "ini": "Settings",
    "dockerfile": "Dockerfile",
    "text": "Text",
    "http": "HTTP",
    "nginx": "nginx",
    "sql": "SQL",
    "promql": "PromQL",
}
"""What a block of code is headed with where its fence says no more than the language."""

_TAGS = {
    "a", "blockquote", "br", "button", "code", "div", "em", "h2", "h3", "header", "hr", "li", "ol", "p", "pre", "s", "span",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul", "wbr",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "rel"},
    "button": {"type", "class", "data-copy"},
    "div": {"class"},
    "h2": {"id"},
    "h3": {"id"},
    "ol": {"start"},
    "pre": {"tabindex", "role", "aria-label"},
    "span": {"class"},
    "table": {"class"},
    "td": {"data-label"},
    "th": {"scope"},
}


@dataclass(frozen=True)
class Heading:
    """One line of a table of contents."""

    id: str
    text: str
    deep: bool


@dataclass(frozen=True)
class Part:
    """The words below a heading; ``heading`` is None for those before the first. ``code`` is what stands in blocks to copy."""

    heading: Heading | None
    words: str
    code: str


@dataclass(frozen=True)
class Rendered:
    """A text as a page shows it, its headings, and its words part by part."""

    html: SafeString
    headings: tuple[Heading, ...]
    parts: tuple[Part, ...]


@lru_cache(maxsize=128)
def render(where: str, text: str) -> Rendered:
    """The text as HTML, made once for each content. ``where`` names the file in a ``KnowledgeError`` about a dead link."""
    tokens = PARSER.parse(text)
    headings = _anchored(tokens)
    _labelled(tokens)
    _linked(where, tokens, {heading.id for heading in headings})
    html = nh3.clean(
        _RENDERER.renderer.render(tokens, _RENDERER.options, {}), tags=_TAGS, attributes=_ATTRIBUTES, link_rel=None
    )
    return Rendered(
        SafeString(html), tuple(headings), tuple(_parts(tokens, headings))
    )  # cleaned by nh3, of a text that may hold no HTML


def _anchored(tokens: Sequence[Token]) -> list[Heading]:
    """Give each heading an id of its words; the same words again get a number."""
    made: list[Heading] = []
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            words = _words([inline])
            base = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-") or "part"
            taken = sum(heading.id == base or heading.id.startswith(f"{base}--") for heading in made)
            token.attrSet("id", f"{base}--{taken + 1}" if taken else base)
            made.append(Heading(str(token.attrGet("id")), words, token.tag == "h3"))
    return made


def _labelled(tokens: Sequence[Token]) -> None:
    """Tables that become cards on narrow pages: each cell knows the head of its column."""
    labels: list[str] = []
    column = 0
    for token, following in pairwise(tokens):
        if token.type == "table_open":
            labels = []
            token.attrSet("class", "table table-cards")
        elif token.type == "tr_open":
            column = 0
        elif token.type == "th_open":
            labels.append(_words([following]))
            token.attrs = {"scope": "col"} if labels[-1] else {}
            token.tag = "th" if labels[-1] else "td"  # an empty head is none
        elif token.type == "th_close":
            token.tag = "th" if labels[-1] else "td"
        elif token.type == "td_open":
            token.attrs = {"data-label": labels[column]} if column < len(labels) and labels[column] else {}
            column += 1


def _linked(where: str, tokens: Sequence[Token], anchors: set[str]) -> None:
    for token in tokens:
        for index, child in enumerate(token.children or ()):
            if child.type == "link_open":
                title = _point(where, child, anchors)
                if title and token.children and token.children[index + 1].type == "link_close":
                    token.children.insert(index + 1, Token("text", "", 0, content=title))
            elif child.type == "image":
                raise KnowledgeError(f"{where}: body: a guide has no pictures")


def _point(where: str, link: Token, anchors: set[str]) -> str:
    """Turn a relative name into an address; the title of what it leads to."""
    href = str(link.attrGet("href"))
    kind, colon, _ = href.partition(":")
    if kind in ("https", "http"):
        link.attrSet("rel", "noopener noreferrer")
        return ""
    if href.startswith("#") and href[1:] in anchors:
        return ""
    if not colon or kind not in links.KINDS:
        kinds = ", ".join(f"{one}:" for one in links.KINDS)
        raise KnowledgeError(
            f"{where}: link {href!r}: it is no heading of this guide, no web address and none of {kinds}"
        )
    target = links.find(href)
    if target is None:
        raise KnowledgeError(f"{where}: link {href!r}: there is no such {kind}")
    link.attrSet("href", target.href)
    return target.title


def _parts(tokens: Sequence[Token], headings: Sequence[Heading]) -> Iterator[Part]:
    starts = [number for number, token in enumerate(tokens) if token.type == "heading_open"]
    yield _part(None, tokens[: starts[0]] if starts else tokens)
    for heading, start, end in zip(headings, starts, [*starts, len(tokens)][1:], strict=True):
        yield _part(heading, tokens[start + 3 : end])  # after its opening, its words and its end


def _part(heading: Heading | None, tokens: Sequence[Token]) -> Part:
    code = "\n".join(token.content for token in tokens if token.type == "fence")
    return Part(heading, _words([token for token in tokens if token.type != "fence"]), code)


def _words(tokens: Sequence[Token]) -> str:
    """The text alone, for contents and for the search."""
    found: list[str] = []
    for token in tokens:
        found += [_words(token.children)] if token.children else [token.content] if token.content else []
        found += ["\n"] if token.type == "softbreak" or (token.block and token.nesting < 0) else []
    return "".join(found).strip()


def _fence(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    language, _, title = tokens[index].info.strip().partition(" ")
    shown = title.strip() or LANGUAGES.get(language, language)
    return render_to_string(
        "components/copy_block.html", {"command": tokens[index].content.rstrip("\n"), "title": shown}
    )


def _code(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return f"<code>{breakable(tokens[index].content)}</code>"


def _renderer() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    made.add_render_rule("fence", _fence)
    made.add_render_rule("code_inline", _code)
    made.add_render_rule("table_open", _wrapped('<div class="table-wrap">', ""))
    made.add_render_rule("table_close", _wrapped("", "</div>"))
    # One thing beside its label, where the cell is a line of a card.
    made.add_render_rule("td_open", _wrapped("", "<div>"))
    made.add_render_rule("td_close", _wrapped("</div>", ""))
    return made


def _wrapped(before: str, after: str) -> Any:
    def rule(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        return before + str(renderer.renderToken(tokens, index, options, env)) + after

    return rule


_RENDERER = _renderer()
