"""The components and the frame: markup that everybody can use, colours one can read, files that stay light."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

from diagnostics.drawing import samples
from diagnostics.models import User

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
TEMPLATES = ROOT / "templates"
Tag = tuple[str, dict[str, str | None]]


class Tags(HTMLParser):
    """Every start tag of a page with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[Tag] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def page(template: str, user: User | AnonymousUser, **context: Any) -> str:
    request = RequestFactory().get("/environments/")
    request.user = user
    request.session = SessionBase()
    return render_to_string(template, context, request)


def tag(source: str, **context: Any) -> str:
    return Template("{% load troubleshooter %}" + source).render(Context(context))


@pytest.fixture
def everything(owner: User) -> list[Tag]:
    return Tags(page("components/all.html", owner, **samples.context())).found


class TestMarkup:
    def test_nothing_needs_more_than_our_own_files(self, everything: list[Tag]) -> None:
        """The content security policy allows neither inline style nor inline handlers, and no other host."""
        for name, attributes in everything:
            assert "style" not in attributes, (name, attributes)
            assert not [key for key in attributes if key.startswith("on")], (name, attributes)
            for key in ("src", "href", "action"):
                address = attributes.get(key) or ""
                assert not address.startswith(("http:", "https:", "//", "data:")), (name, address)

    def test_ids_are_unique_and_everything_that_names_one_finds_it(self, everything: list[Tag]) -> None:
        ids = [str(attributes["id"]) for _, attributes in everything if "id" in attributes]
        assert len(ids) == len(set(ids)), sorted(one for one in ids if ids.count(one) > 1)
        for name, attributes in everything:
            for key in ("for", "aria-labelledby", "aria-describedby"):
                for wanted in (attributes.get(key) or "").split():
                    assert wanted in ids, (name, key, wanted)

    def test_buttons_say_what_they_do_to_a_form(self, everything: list[Tag]) -> None:
        assert all(attributes.get("type") for name, attributes in everything if name == "button")

    def test_every_drawing_is_an_image_with_words_or_an_ornament(self, everything: list[Tag]) -> None:
        for number, (name, attributes) in enumerate(everything):
            if name != "svg" or attributes.get("aria-hidden") == "true" or not attributes.get("role"):
                continue
            named = attributes.get("aria-label") or everything[number + 1][0] == "title"
            assert named, attributes

    def test_every_component_is_shown(self) -> None:
        """Whoever adds a component shows it on the page of all components, directly or inside another."""
        sources = {file: file.read_text() for file in TEMPLATES.rglob("*.html")}
        included = set(re.findall(r'"(components/[a-z_]+\.html)"', "".join(sources.values())))
        missing = {f"components/{file.name}" for file in TEMPLATES.glob("components/*.html")} - included
        assert missing == {"components/all.html"}

    def test_a_field_is_tied_to_its_help_and_its_error(self, everything: list[Tag]) -> None:
        field = next(attributes for _, attributes in everything if attributes.get("id") == "id_name")
        assert field["aria-invalid"] == "true"
        assert set(str(field["aria-describedby"]).split()) == {"id_name_helptext", "id_name_error"}


class TestFrame:
    def test_the_way_out_is_a_form_that_posts_with_a_token(self, owner: User) -> None:
        html = page("404.html", owner)
        form = html[html.index('action="/sign-out/"') - 40 :]
        assert 'method="post"' in form[:80]
        assert "csrfmiddlewaretoken" in form[:300]

    def test_a_stranger_sees_no_navigation_and_costs_no_token(self) -> None:
        html = page("404.html", AnonymousUser())
        assert "X-CSRFToken" not in html
        assert "csrfmiddlewaretoken" not in html
        assert "/environments/" not in html
        assert 'href="/sign-in/"' in html

    def test_the_current_part_is_marked(self, owner: User) -> None:
        tags = Tags(page("404.html", owner)).found
        marked = [attributes["href"] for _, attributes in tags if attributes.get("aria-current") == "page"]
        assert marked == ["/environments/"]

    def test_title_and_favicon_carry_the_state(self, owner: User) -> None:
        html = page("components/all.html", owner, **samples.context())
        assert "<title>✕ Every component · Troubleshooter</title>" in html
        assert 'href="/static/icons/favicon-broken.svg"' in html
        quiet = page("404.html", owner)
        assert "<title>Not found · Troubleshooter</title>" in quiet
        assert 'href="/static/icons/favicon.svg"' in quiet

    def test_a_fragment_brings_them_up_to_date(self) -> None:
        (_, news), *_ = Tags(tag('{% page_state "works" "Run" %}')).found
        assert news["data-page-title"] == "✓ Run · Troubleshooter"
        assert news["data-page-icon"] == "/static/icons/favicon-works.svg"

    def test_our_own_failure_needs_nothing(self) -> None:
        assert "our fault" in render_to_string("500.html")

    def test_every_behaviour_is_loaded(self) -> None:
        html = page("404.html", AnonymousUser())
        for script in STATIC.glob("js/*.js"):
            assert f"/static/js/{script.name}" in html


class TestWords:
    @pytest.mark.parametrize(
        ("ago", "words"),
        [
            (timedelta(seconds=3), "just now"),
            (timedelta(seconds=12), "12 seconds ago"),
            (timedelta(minutes=1), "1 minute ago"),
            (timedelta(hours=5), "5 hours ago"),
            (timedelta(days=-2, seconds=-1), "in 2 days"),
            (timedelta(days=30), "23 Oct 2026"),
        ],
    )
    def test_moments_are_relative_in_the_text_and_absolute_on_hover(self, ago: timedelta, words: str) -> None:
        now = datetime(2026, 11, 22, 20, 15, tzinfo=UTC)
        with time_machine.travel(now, tick=False):
            shown = tag("{% when moment %}", moment=now - ago)
        assert f">{words}</time>" in shown
        assert f'title="{now - ago:%Y-%m-%d %H:%M:%S} UTC"' in shown

    def test_a_reports_moment_is_a_string(self) -> None:
        assert 'datetime="2026-11-22T20:15:00Z"' in tag("{% when moment %}", moment="2026-11-22T20:15:00Z")
        assert tag("{% when moment %}", moment=None) == ""

    def test_hosts_break_only_between_their_parts_and_stay_text(self) -> None:
        assert tag("{{ host|mono }}", host="https://api.x/v1") == "<code>https://<wbr>api.<wbr>x/<wbr>v1</code>"
        assert tag("{{ host|mono }}", host="<b>&") == "<code>&lt;b&gt;&amp;</code>"

    def test_what_is_copied_is_what_was_given(self) -> None:
        button = tag("{% copy text %}", text='echo "a" <b>')
        assert dict(Tags(button).found[0][1])["data-copy"] == 'echo "a" <b>'

    @pytest.mark.parametrize(("confidence", "words"), [(0.97, "Almost certain"), (0.7, "Likely"), (0.2, "A guess")])
    def test_confidence_is_said_in_words_too(self, confidence: float, words: str) -> None:
        assert tag("{{ confidence|in_words }}", confidence=confidence) == words


# -- Colours: WCAG 2.2, contrast of relative luminances ---------------------------------------


def tokens() -> dict[str, tuple[str, str]]:
    """Every colour of the style sheet as (light, dark)."""
    pairs = re.findall(
        r"--([a-z-]+): light-dark\((#[0-9a-f]+), (#[0-9a-f]+)\)", (STATIC / "css/tokens.css").read_text()
    )
    return {name: (light, dark) for name, light, dark in pairs}


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


GROUNDS = ("page", "surface", "sunken")
STATES = ("works", "warning", "broken", "unknown")


def text_pairs() -> Iterator[tuple[str, str]]:
    for text in ("ink", "muted", "accent", *STATES):
        yield from ((text, ground) for ground in GROUNDS)
    for state in STATES:
        yield from ((text, f"{state}-tint") for text in (state, "ink", "accent"))
    yield from (
        ("accent", "accent-tint"),
        ("muted", "accent-tint"),
        ("on-accent", "accent"),
        ("on-broken", "broken-fill"),
    )


class TestColours:
    @pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
    @pytest.mark.parametrize(("text", "ground"), list(text_pairs()))
    def test_text_can_be_read(self, text: str, ground: str, theme: int) -> None:
        assert contrast(tokens()[text][theme], tokens()[ground][theme]) >= 4.5

    @pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
    @pytest.mark.parametrize("mark", ["edge", "works-fill", "broken-fill", "accent"])
    def test_marks_can_be_seen(self, mark: str, theme: int) -> None:
        for ground in ("page", "surface"):
            assert contrast(tokens()[mark][theme], tokens()[ground][theme]) >= 3

    @pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
    def test_filled_states_differ_in_lightness(self, theme: int) -> None:
        fills = sorted(luminance(tokens()[f"{state}-fill"][theme]) for state in ("works", "warning", "broken"))
        ratios = [(upper + 0.05) / (lower + 0.05) for lower, upper in pairwise(fills)]
        assert min(ratios) >= 1.5

    def test_no_other_file_names_a_colour(self) -> None:
        """A colour is a token; only paper is white by itself."""
        for name in ("base", "components", "pages"):
            named = re.findall(r"#[0-9a-f]{3,8}\b", (STATIC / f"css/{name}.css").read_text())
            assert set(named) <= {"#fff"}, name


class TestWeight:
    def test_styles_and_scripts_stay_light(self) -> None:
        def packed(pattern: str) -> int:
            return sum(len(gzip.compress(file.read_bytes())) for file in STATIC.glob(pattern))

        assert packed("css/*.css") <= 15_000
        assert packed("js/*.js") <= 9_000  # with htmx beside them at most 25 kB

    def test_nothing_static_asks_another_host(self) -> None:
        for file in STATIC.rglob("*.*"):
            addresses = re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]+", re.sub(r"// .*", "", file.read_text()))
            assert [address for address in addresses if "www.w3.org" not in address] == [], file
