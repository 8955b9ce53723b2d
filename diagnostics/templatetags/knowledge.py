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
        return format_html("{}", source)
    shown = SafeString(breakable(found[0].partition("://")[2]))  # escaped in breakable()
    return format_html('<a href="{}" rel="noopener noreferrer">{}</a>{}', found[0], shown, source[found.end() :])


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
