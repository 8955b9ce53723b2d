"""The fenced blocks of the guides, by ``slug/title``, as the tests of this folder take them."""

from __future__ import annotations

from functools import cache
from typing import Any

from diagnostics import guide_schema


@cache
def languages() -> dict[str, str]:
    """``slug/title`` -> language, of every block. A block without a title, or with one that its guide has twice, is an error."""
    return {name: language for name, (language, _) in _every().items()}


def code(name: str) -> str:
    """The text of a block."""
    return _every()[name][1]


def run(*names: str, **given: Any) -> dict[str, Any]:
    """Run blocks of Python one after the other in one namespace that holds ``given``; what stands in it then."""
    namespace: dict[str, Any] = {"__name__": "snippet", **given}
    for name in names:
        exec(compile(code(name), name, "exec", dont_inherit=True), namespace)  # they are ours, and this is their test
    return namespace


@cache
def _every() -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for guide in guide_schema.read_guides():
        for snippet in guide_schema.snippets(guide):
            name = f"{guide.slug}/{snippet.title}"
            if not snippet.title or name in found:
                raise AssertionError(f"knowledge/guides/{guide.slug}.md: a block needs a title of its own: {name!r}")
            found[name] = (snippet.language, snippet.code)
    return found
