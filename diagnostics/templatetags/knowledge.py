"""What the knowledge pages say in one word: sources, names of clients, addresses of pages that may be there."""

from __future__ import annotations

import re

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from diagnostics.drawing.hosts import breakable
from diagnostics.engine import library

register = template.Library()


@register.simple_tag
def source_link(source: str) -> SafeString:
    """Where a fact comes from: a web address in front as a link without its scheme, anything else as its words."""
    found = re.match(r"https?://[^\s,;]+", source)
    if found is None:
        return SafeString(breakable(source))  # escaped in breakable()
    shown = SafeString(breakable(found[0].partition("://")[2]))  # escaped in breakable()
    return format_html('<a href="{}" rel="noopener noreferrer">{}</a>{}', found[0], shown, source[found.end() :])


_CODE = re.compile(
    r"https?://[^\s,;()]*[^\s,;().]"  # addresses
    r"|(?<![\w-])--?[a-z][a-z-]*(?![\w-])"  # options
    r"|\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b"  # variables
    r"|\b[a-z]+(?:[A-Z][a-z]+)+\b"  # entries of settings files
    r"|(?:~/|\B\.)[\w./-]*\w|\B/(?:login|logout|v1(?:/[\w/]+)?)\b"  # files, commands, paths
    r"|(?<![\w.])(?:\*\.)?(?:[a-z0-9-]+\.)+(?:com|org|io|net|cn|ai|chat|sh|json|pem|aws)\b(?::\d+)?(?:/[\w./-]*\w)?"  # hosts
    r"|\b(?:x|anthropic)-[a-z]+(?:-[a-z]+)*\b|\bretry-after\b|\bcontent-type\b"  # headers
)


@register.filter
def coded(sentence: str) -> SafeString:
    """A sentence with its hosts, variables, options and other tokens in mono; what is no token is escaped and stays prose."""
    made, at = [], 0
    for found in _CODE.finditer(sentence):
        made += [format_html("{}", sentence[at : found.start()]), SafeString(f"<code>{breakable(found[0])}</code>")]
        at = found.end()
    return SafeString("".join([*made, format_html("{}", sentence[at:])]))  # each part is escaped


@register.filter
def begun(sentence: str) -> str:
    """The sentence with a capital, where it begins with a word and not with a name that is written as it is."""
    first = re.match(r"\w+(?=\s|[,;:]|$)", sentence)
    return sentence[:1].upper() + sentence[1:] if first and first[0].isalpha() and first[0].islower() else sentence


@register.filter
def as_list(text: str) -> list[str]:
    """One text as the only entry of a list."""
    return [text]


@register.simple_tag
def page_address(name: str) -> str:
    """The address of a page by its name; nothing where this installation has none of that name."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


@register.simple_tag
def client_title(name: str) -> str:
    """A client as people write it."""
    return library.load().titles.get(name, name)
