"""Notes are strangers' text: what they may become on a page, and how much of it."""

from __future__ import annotations

import pytest

from diagnostics.views import notes
from tests import pace


def test_a_table_stays_a_table() -> None:
    assert notes.render("| a | b |\n|---|---|\n| 1 | 2 |").count("<td>") == 2


def test_a_note_does_not_grow_into_a_page_of_empty_cells() -> None:
    wide = "|a" * 40 + "|\n" + "|-" * 40 + "|\n" + "|\n" * 4_900
    assert len(notes.render(wide)) < 4 * len(wide)
    assert "<table>" not in notes.render(wide)


@pytest.mark.parametrize(
    "written", ["&#x202e;txt.exe", "&#8238;txt.exe", "[a&#x2066;b](https://a.example)", "`\u202e`"]
)
def test_no_line_is_turned_around_by_an_entity(written: str) -> None:
    for shown in (notes.render(written), notes.plain(written)):
        assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@pytest.mark.parametrize(
    "written", ["<script>a</script>", "[a](javascript:b)", "![a](https://a.example/p.png)", "<img src=x onerror=a>"]
)
def test_nothing_runs_or_loads(written: str) -> None:
    shown = notes.render(written)
    assert not any(tag in shown for tag in ("<script", "<img", 'href="javascript'))


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("[https://good.example](https://evil.example/track?id=1)", True),
        ("[*good.example*/login](//EVIL.example/)", True),
        ("[our runbook](https://evil.example/)", False),
        ("<https://evil.example/a>", False),
        ("[evil.example](https://evil.example/a)", False),
        ("[notes.md](/guides/)", False),
        ("[https://good.example.](https://evil.example)", True),
        ("[-good.example_](https://evil.example)", True),
        ("[a.b.c.d.e.f.g.h.i.j.k.good.example](https://evil.example)", True),
    ],
)
def test_a_link_that_leads_elsewhere_says_so(written: str, told: bool) -> None:
    assert ("(leads to evil.example)" in notes.render(written)) is told


@pytest.mark.parametrize("unit", ["a.", "1.1.", "a-", "a_", "aa.", ("a" * 63) + "."])
def test_words_of_a_link_that_look_like_a_name_for_ever_take_no_time(unit: str) -> None:
    with pace.within(3000):
        notes.render(f"[{(unit * 40_000)[:40_000]}](http://x.y)")
