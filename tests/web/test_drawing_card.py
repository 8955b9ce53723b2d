"""The picture of a link preview: its words, what its font cannot write, its size, its cost."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from diagnostics.drawing import card
from diagnostics.drawing.stations import stations_of
from tests import factories, pace


def _card(title: str = "The proxy wants a password", cause: str = "proxy_auth_required") -> card.Card:
    return card.card_of(factories.make_report(cause), title, "broken", ("Almost certain, 97 %.", ""))


def test_it_tells_the_cause_the_path_and_where_the_time_went() -> None:
    words = _card().words
    assert words[0] == "The proxy wants a password"
    assert "Proxy" in words
    assert "Proxy 30 ms" in words
    assert ("Proxy", "broken") in _card().path
    assert "" not in words


def test_what_was_not_reached_took_no_time() -> None:
    """The first-run check asks elsewhere, whatever stops the client's own way."""
    report = factories.make_report()
    plain = report["attempts"][1]
    report["attempts"] += [
        {**plain, "probe": name, "facts": {}, "seconds": 0.085} for name in ("hello.api", "tls.client")
    ]
    made = card.card_of(report, "The proxy wants a password", "broken", ())
    assert [state for label, state in made.path if label == "Answer"] == ["unreached"]
    assert [label for label, _ in made.phases] == ["Proxy"]


def test_it_agrees_with_the_page_about_every_station() -> None:
    """Names that only others look up, and connections beside the proxy, are no part of the client's way."""
    report = factories.make_report()
    plain = report["attempts"][1]
    beside = (("proxy.dns", 0.002), ("dns.system", 0.036), ("dns.independent", 0.05), ("tcp.v4", 0.026))
    report["attempts"] += [{**plain, "probe": name, "facts": {}, "seconds": took} for name, took in beside]
    made = card.card_of(report, "The proxy wants a password", "broken", ())
    stations = stations_of(report)
    assert dict(made.phases) == {"Name": 0.002, "Proxy": 0.030}
    assert {station.label: station.note for station in stations}["Name"] == "2 ms"
    reached = {station.label for station in stations if station.state not in ("unreached", "unknown")}
    assert {label for label, _ in made.phases} <= reached


def test_a_long_line_is_written_whole() -> None:
    line = "Almost certain, 100 %. Measured with anthropic-typescript 2.1.330, 2026-11-28 22:49:53 UTC."
    drawn, other = (card.png(replace(_card(), lines=(one,))) for one in (line, f"{line[:-1]}!"))
    margin = Image.open(BytesIO(drawn)).convert("L").crop((card.SIZE[0] - 60, 230, card.SIZE[0], 380))
    assert sum(margin.histogram()[:250]) == 0
    assert drawn != other  # its last letter is there


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("naïve café", "naive cafe"),
        ("it’s “so”…", "it’s “so”…"),
        ("代理 wants", "?? wants"),
        ("a\nb\x00c", "a?b?c"),
        ("ﬁne 10 s", "fine 10 s"),
    ],
)
def test_what_the_font_lacks_is_replaced(text: str, written: str) -> None:
    assert card.writable(text) == written


@pytest.mark.parametrize("title", ["", "x", "word " * 90, "W" * 5000, "代理" * 300])
def test_any_text_gives_a_small_picture_in_time(title: str) -> None:
    with pace.within(1000):
        drawn = card.png(_card(title))
    picture = Image.open(BytesIO(drawn))
    assert (picture.size, picture.format) == (card.SIZE, "PNG")
    assert len(drawn) < 60_000


def test_the_same_words_give_the_same_bytes_and_others_do_not() -> None:
    first = card.png(_card())
    card.png.cache_clear()
    assert card.png(_card()) == first
    assert card.png(_card("Another cause")) != first
