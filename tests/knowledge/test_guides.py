"""The guides: valid, linked to what exists, rendered safely; and each kind of mistake is found with file and key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from diagnostics import guide_schema
from diagnostics.guide_schema import Guide
from diagnostics.knowledge_schema import KnowledgeError
from diagnostics.views.knowing import links
from diagnostics.views.knowing.markdown import LANGUAGES, render

FRONT = """+++
title = "Retries"
summary = "Ask again without making it worse."
group = "Resilience"
order = 1
date = 2026-11-20
sources = ["https://example.org/errors"]
causes = ["rate_limited"]
+++
"""
SHIPPED = guide_schema.read_guides()


def _parse(body: str = "Words.", front: str = FRONT, slug: str = "retries") -> Guide:
    return guide_schema.parse(slug, front + body)


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One guide, in place of those that are shipped."""
    (tmp_path / "retries.md").write_text(
        FRONT.replace('causes = ["rate_limited"]', 'causes = ["rate_limited"]\nages = true')
        + "## First\n\nAsk [the cause](cause:rate_limited).\n\n## Second\n\n```python wait.py\nimport time\n```\n"
    )
    read = guide_schema.read_guides
    monkeypatch.setattr(guide_schema, "read_guides", lambda folder=tmp_path: read(folder))
    return tmp_path


@pytest.mark.parametrize("guide", SHIPPED, ids=lambda guide: guide.slug)
def test_every_guide_has_a_page_whose_links_lead_somewhere(client: Client, guide: Guide) -> None:
    page = client.get(reverse("guide", args=[guide.slug]))
    assert page.status_code == 200
    assert f"<title>{guide.title} ·" in page.content.decode().replace("&#x27;", "'").replace("&amp;", "&")
    assert render(guide.slug, guide.body).html
    assert all(snippet.language in LANGUAGES for snippet in guide_schema.snippets(guide))


@pytest.mark.usefixtures("written")
def test_a_guide_tells_its_age_and_what_it_helps_with(client: Client) -> None:
    page = client.get("/guides/retries/").content.decode()
    assert "As of 2026-11-20" in page
    assert '<a href="https://example.org/errors"' in page
    assert f'href="{reverse("cause", args=["rate_limited"])}"' in page
    assert '<h2 id="first">First</h2>' in page
    assert 'href="#second"' in page
    assert 'data-copy="import time"' in page
    assert "wait.py" in page
    assert "/guides/retries/" in client.get("/guides/").content.decode()
    assert "/guides/retries/" in client.get(reverse("cause", args=["rate_limited"])).content.decode()


def test_a_name_that_nobody_gave_has_no_page(client: Client) -> None:
    assert client.get("/guides/gremlins/").status_code == 404


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ('group = "Resilience"', 'group = "Luck"', "group: "),
        ("order = 1", 'order = "first"', "order: "),
        ("date = 2026-11-20", 'date = "yesterday"', "date: "),
        ('sources = ["https://example.org/errors"]', "sources = []", "sources: "),
        ('"rate_limited"', '"gremlins"', "causes.0: the cause 'gremlins' is not declared"),
        ("it worse.", "it worse", "summary: one sentence with its full stop"),
        ("order = 1", "order = 1\nmood = 3", "mood: "),
        ("order = 1", "order = ", "Invalid value"),
        ("+++\ntitle", "---\ntitle", "it begins with TOML between two lines of +++"),
    ],
)
def test_a_wrong_front_is_told_with_file_and_key(was: str, becomes: str, told: str) -> None:
    with pytest.raises(KnowledgeError, match=re.escape("knowledge/guides/retries.md: " + told)):
        _parse(front=FRONT.replace(was, becomes, 1))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("# Title\n\nWords.", "body, line 1: headings are ## and ###"),
        ("Words.\n\n```\ncode\n```", "body, line 3: a block of code begins with its language"),
        ("Words.\n\n    code", "body, line 3: a block of code stands between"),
        ("", "body: there is no text"),
    ],
)
def test_a_wrong_body_is_told_with_its_line(body: str, told: str) -> None:
    with pytest.raises(KnowledgeError, match=re.escape("knowledge/guides/retries.md: " + told)):
        _parse(body)


def test_a_file_is_named_like_an_address() -> None:
    with pytest.raises(KnowledgeError, match="small letters"):
        _parse(slug="Big_Name")


def test_every_faulty_guide_is_told_at_once(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.md").write_text("nothing")
    with pytest.raises(KnowledgeError, match=r"(?s)guides/one\.md.*guides/two\.md"):
        guide_schema.read_guides(tmp_path)


@pytest.mark.parametrize(
    ("link", "told"),
    [
        ("cause:gremlins", "there is no such cause"),
        ("guide:none", "there is no such guide"),
        ("page:nowhere", "there is no such page"),
        ("gremlin:x", "none of cause:, guide:"),
        ("../causes/", "it is no heading of this guide"),
        ("#nowhere", "it is no heading of this guide"),
    ],
)
def test_a_dead_link_is_told_with_its_file(link: str, told: str) -> None:
    with pytest.raises(KnowledgeError, match=re.escape(f"x.md: link {link!r}: ") + ".*" + re.escape(told)):
        render("x.md", f"## Here\n\n[words]({link})")


def test_a_link_without_words_takes_the_title_of_what_it_leads_to() -> None:
    title = links.KINDS["cause"]()["rate_limited"].title
    assert f">{title}</a>" in render("x.md", "See [](cause:rate_limited).").html
    assert 'href="/causes/"' in render("x.md", "[all](page:causes)").html
    assert 'href="#here-it-is"' in render("x.md", "## Here `it` is\n\n[up](#here-it-is)").html


def test_the_same_heading_twice_gets_two_anchors() -> None:
    assert [heading.id for heading in render("x.md", "## Why\n\n## Why\n\n### Why").headings] == [
        "why",
        "why--2",
        "why--3",
    ]


def test_tables_know_the_heads_of_their_columns() -> None:
    html = render("x.md", "| Form | Cost |\n| --- | --: |\n| a | b |").html
    assert '<div class="table-wrap"><table class="table table-cards">' in html
    assert '<td data-label="Cost"><div>b</div></td>' in html
    assert "style" not in html


def test_an_empty_head_of_a_column_is_no_head() -> None:
    html = render("x.md", "|  | Cost |\n| --- | --- |\n| a | b |").html
    assert '<td></td>\n<th scope="col">Cost</th>' in html
    assert "<td><div>a</div></td>" in html


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "<b onclick=x>",
        "[x](javascript:alert(1))",
        "```text\n</code><script>\n```",
        '```text "><script>\nx\n```',
    ],
)
def test_nothing_in_a_text_becomes_a_tag_of_its_own(evil: str) -> None:
    html = render("x.md", f"Words.\n\n{evil}").html
    assert "<script" not in html
    assert "onclick=x>" not in html.replace("&lt;b onclick=x&gt;", "")
    assert 'href="javascript' not in html
