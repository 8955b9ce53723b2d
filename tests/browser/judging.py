"""What is judged of every page: axe finds nothing in either theme, and nothing makes it scroll sideways."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Page

_AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_TOO_WIDE = """() => { const root = document.documentElement, width = root.clientWidth;
    return root.scrollWidth > width ? [...document.querySelectorAll('body *')]
        .filter((one) => one.getBoundingClientRect().right > width + 1).slice(0, 5).map((one) => one.outerHTML.slice(0, 160))
        .concat(`${root.scrollWidth} > ${width}`) : []; }"""


def violations(page: Page, rules: Sequence[str] = RULES) -> list[str]:
    """What axe says of the page as it stands, in both themes: rule and the first three places of each."""
    page.wait_for_load_state("domcontentloaded")
    page.evaluate(_AXE)
    found = []
    for theme in ("dark", "light"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        told = page.evaluate("(rules) => axe.run(document, {runOnly: rules})", list(rules))
        found += [(theme, one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in told["violations"]]
    return [f"{theme}: {rule}: {places}" for theme, rule, places in found]


def too_wide(page: Page) -> list[str]:
    """What stands beyond the right edge, if the page scrolls sideways; a page on its way is waited for."""
    page.wait_for_load_state("domcontentloaded")
    found: list[str] = page.evaluate(_TOO_WIDE)
    return found
