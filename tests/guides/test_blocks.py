"""Every fenced block of a guide is tested by name, and every link into a guide leads to a heading that is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from diagnostics import guide_schema
from diagnostics.engine import models_table
from diagnostics.views.knowing.markdown import render
from tests.guides.blocks import code, languages

TESTS = "\n".join(file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("test_*.py"))
GUIDES = guide_schema.read_guides()


@pytest.mark.parametrize("name", languages())
def test_a_test_names_the_block(name: str) -> None:
    assert f'"{name}"' in TESTS, f"the block {name} is tested by no test of tests/guides"


def test_the_tests_name_no_block_that_is_gone() -> None:
    slugs = "|".join(guide.slug for guide in GUIDES)
    named = set(re.findall(rf'"((?:{slugs})/[^"]+)"', TESTS))
    assert named - set(languages()) == set()


def test_a_block_fits_its_place_on_a_page() -> None:
    assert [name for name in languages() if max(map(len, code(name).splitlines())) > 108] == []


def test_models_in_blocks_worked_on_the_day_of_the_guides() -> None:
    named = {model for name in languages() for model in re.findall(r"\bclaude-[a-z]+-\d[\w-]*", code(name))}
    written = max(guide.date for guide in GUIDES)
    words = {model: models_table.state_of(model, written).word for model in named}
    assert {model: word for model, word in words.items() if word not in ("works", "legacy")} == {}


def test_links_to_parts_of_guides_lead_to_headings() -> None:
    headings = {guide.slug: {one.id for one in render(guide.slug, guide.body).headings} for guide in GUIDES}
    linked = [found for guide in GUIDES for found in re.findall(r"\(guide:([a-z-]+)#([a-z0-9-]+)\)", guide.body)]
    assert linked
    assert [f"{slug}#{part}" for slug, part in linked if part not in headings[slug]] == []


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.slug)
def test_a_guide_is_short_and_says_what_to_do_first(guide: guide_schema.Guide) -> None:
    words = len(re.sub(r"```.*?```", "", guide.body, flags=re.DOTALL).split())
    assert 300 <= words <= 900
    assert len({(one.group, one.order) for one in GUIDES}) == len(GUIDES)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.slug)
def test_no_guide_gives_the_two_pieces_of_advice_we_never_give(guide: guide_schema.Guide) -> None:
    assert "check your internet connection" not in guide.body.lower()
    off = [
        line
        for line in guide.body.splitlines()
        if re.search(r"TLS_REJECT_UNAUTHORIZED=0|verify=False|--insecure", line)
    ]
    assert [line for line in off if not line.startswith("Never ")] == []
