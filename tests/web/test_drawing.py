"""The path and the waterfall: what they say, in the right order, without colour, whatever text a report brings."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from diagnostics.drawing import path, samples, states
from diagnostics.drawing.durations import duration
from diagnostics.drawing.stations import (
    Report,
    Station,
    broken_at,
    detour_of,
    stations_of,
    stations_of_layers,
    summary,
)
from diagnostics.drawing.waterfall import bars_of, unaccounted, waterfall


def shown(report: Report) -> dict[str, str]:
    return {station.key: station.state for station in stations_of(report)}


def parsed(html: str) -> ElementTree.Element:
    """Our HTML is well-formed XML but for the tags that never close."""
    return ElementTree.fromstring(html.replace("<wbr>", ""))


def attempt(probe: str, status: str = "done", reason: str | None = None, **more: Any) -> dict[str, Any]:
    return {"probe": probe, "status": status, "reason": reason, "started": 0.0, "seconds": 0.01, "facts": {}, **more}


class TestStations:
    def test_the_station_of_the_verdict_breaks_and_nothing_behind_it_was_reached(self) -> None:
        assert shown(samples.proxy_wants_credentials()) == {
            "machine": "works",
            "name": "works",
            "proxy": "broken",
            "connection": "unreached",
            "tls": "unreached",
            "edge": "unreached",
            "api": "unreached",
            "answer": "unreached",
        }

    def test_behind_a_fault_of_the_settings_stations_that_were_reached_are_not_called_unreached(self) -> None:
        attempts = [
            attempt("config"),
            attempt("dns.system"),
            attempt("tcp.v4", facts={"tcp.v4.connected": True}),
            attempt("tls.client", facts={"tls.client.trusted": True}),
            attempt("api.models", facts={"api.models.status": 403}),
        ]
        report = {"attempts": attempts, "verdict": {"cause": "base_url_other_provider", "layer": "config"}}
        assert shown(report) == {
            "machine": "broken",
            "name": "works",
            "connection": "works",
            "tls": "works",
            "edge": "unreached",
            "api": "unknown",
            "answer": "unknown",
        }
        assert stations_of(report)[5].note == "answered 403"

    def test_without_a_proxy_there_is_no_station_for_one(self) -> None:
        assert list(shown(samples.healthy())) == ["machine", "name", "connection", "tls", "edge", "api", "answer"]
        assert set(shown(samples.healthy()).values()) == {"works"}

    def test_a_bypassed_proxy_is_not_on_the_way(self) -> None:
        facts = {"config.proxy.present": True, "config.proxy.bypassed": True}
        assert "proxy" not in shown({"attempts": [attempt("config", facts=facts)], "verdict": None})

    def test_no_way_out_breaks_between_the_machine_and_the_name(self) -> None:
        stations = stations_of(samples.no_way_out())
        assert [station.key for station in stations][:3] == ["machine", "network", "name"]
        assert stations[1].state == "broken"

    def test_a_warning_before_the_break_stays_a_warning(self) -> None:
        assert shown(samples.refused_key())["edge"] == "warning"
        assert shown(samples.refused_key())["api"] == "broken"

    def test_an_undecided_run_names_no_broken_station(self) -> None:
        stations = stations_of(samples.undecided())
        assert broken_at(stations) is None
        assert shown(samples.undecided())["tls"] == "unknown"
        assert shown(samples.undecided())["edge"] == "unreached"

    def test_a_running_run_names_none_either_even_where_an_attempt_failed(self) -> None:
        failed = attempt("dns.system", "failed", "dns_timeout")
        report = {"attempts": [attempt("config"), failed], "verdict": None}
        assert shown(report)["name"] == "warning"
        assert shown(report)["connection"] == "running"
        assert shown(report)["tls"] == "waiting"

    @pytest.mark.parametrize(
        ("refused", "note"),
        [
            (
                attempt("tls.client", facts={"tls.client.trusted": False, "tls.client.failure": "tls_expired"}),
                "expired",
            ),
            (attempt("tls.client", "failed", "tls_reset"), "reset"),
            (attempt("tls.handshake", "failed", "tls_not_tls"), "not tls"),
        ],
    )
    def test_the_break_says_why_in_a_few_words(self, refused: dict[str, Any], note: str) -> None:
        report = {"attempts": [attempt("config"), refused], "verdict": {"cause": "x", "layer": "tls"}}
        broken = stations_of(report)[broken_at(stations_of(report)) or 0]
        assert (broken.key, broken.note) == ("tls", note)

    def test_an_answer_that_refuses_is_no_pass(self) -> None:
        report = dict(samples.proxy_wants_credentials())
        report["verdict"] = {"cause": "unknown", "layer": None}
        assert shown(report)["proxy"] == "unknown"

    def test_what_lies_before_a_station_that_was_passed_was_passed_too(self) -> None:
        only_the_end = [attempt("config"), attempt("api.models", facts={"api.models.status": 200})]
        states_shown = shown({"attempts": only_the_end, "verdict": {"cause": "healthy", "layer": None}})
        assert set(states_shown.values()) == {"works"}

    def test_times_are_those_of_attempts_that_took_place(self) -> None:
        tried = attempt("api.models", seconds=0.2, facts={"api.models.status": 200})
        skipped = attempt("api.count_tokens", "skipped", "no model", seconds=0.0)
        report = {"attempts": [tried, skipped], "verdict": {"cause": "healthy", "layer": None}}
        assert {station.key: station.note for station in stations_of(report)}["api"] == "200 ms"

    def test_attempts_of_an_experiment_do_not_count(self) -> None:
        report = dict(samples.packets_dropped())
        around = attempt("tcp.v4", variant="resolver", facts={"tcp.v4.connected": True})
        report["attempts"] = [*report["attempts"], around]
        report["verdict"] = {"cause": "unknown", "layer": None}
        assert shown(report)["connection"] == "unknown"
        assert [bar.probe for bar in bars_of(report)].count("tcp.v4") == 1

    def test_another_vendors_host_is_a_gateway(self) -> None:
        config = attempt("config", facts={"config.base_url.first_party": False})
        labels = [station.label for station in stations_of({"attempts": [config], "verdict": None})]
        assert "Gateway" in labels
        assert "Edge" not in labels

    def test_a_rows_layers_give_the_same_line(self) -> None:
        layers = [["config", "ok"], ["dns", "ok"], ["tcp", "unknown"], ["tls", "problem"], ["auth", "skipped"]]
        drawn = [(station.key, station.state) for station in stations_of_layers(layers)]
        first = [("machine", "works"), ("name", "works"), ("connection", "unknown")]
        assert drawn == [*first, ("tls", "broken"), ("api", "unreached")]


class TestDetour:
    def test_an_experiment_that_passes_bends_around_the_break(self) -> None:
        report = samples.proxy_wants_credentials()
        detour = detour_of(report, stations_of(report))
        assert detour is not None
        assert detour.around == 2
        assert detour.says == "passes without the proxy: 200"

    @pytest.mark.parametrize(("before", "after"), [("407", "407"), ("407", "timeout"), ("200", "200")])
    def test_one_that_does_not_help_is_not_drawn(self, before: str, after: str) -> None:
        report = dict(samples.proxy_wants_credentials())
        report["experiments"] = [{"changed": "proxy", "from": "a", "to": "none", "before": before, "after": after}]
        assert detour_of(report, stations_of(report)) is None

    def test_nothing_bends_around_the_machine_itself(self) -> None:
        report = dict(samples.proxy_wants_credentials())
        report["verdict"] = {**report["verdict"], "cause": "credential_conflict", "layer": "config"}
        assert detour_of(report, stations_of(report)) is None

    @pytest.mark.parametrize(("after", "drawn"), [("401 without a key", True), ("401", False)])
    def test_an_answer_without_a_key_shows_the_way(self, after: str, drawn: bool) -> None:
        report = dict(samples.proxy_wants_credentials())
        report["experiments"] = [{"changed": "proxy", "from": "a", "to": "direct", "before": "407", "after": after}]
        assert (detour_of(report, stations_of(report)) is not None) is drawn


class TestPath:
    @pytest.mark.parametrize("name", ["healthy", "proxy_wants_credentials", "no_way_out", "undecided", "running"])
    def test_every_size_is_well_formed_and_says_in_words_what_it_shows(self, name: str) -> None:
        report = getattr(samples, name)()
        stations = stations_of(report)
        figure = parsed(path.large(stations, detour_of(report, stations)))
        assert [item.findtext("a") or item.findtext("span") for item in figure.iter("li")] == [
            s.label for s in stations
        ]
        assert {title.text for title in figure.iter("title")} == {summary(stations)}
        for drawing in (path.strip(stations), path.card(stations)):
            assert summary(stations) in {title.text for title in parsed(drawing).iter("title")}

    def test_a_summary_tells_where_it_breaks(self) -> None:
        assert summary(stations_of(samples.packets_dropped())) == (
            "The path breaks at: Connection. Passed: This machine, Name."
        )
        assert summary(stations_of(samples.healthy())) == "The path is clear from this machine to the answer."
        assert summary(stations_of(samples.running())).startswith("Checking the path: 3 of 7")
        assert summary(stations_of(samples.undecided())).startswith("The path is clear up to: TLS.")

    def test_lines_behind_the_break_are_dashed(self) -> None:
        figure = parsed(path.large(stations_of(samples.packets_dropped())))
        lying = next(svg for svg in figure.iter("svg") if svg.get("class") == "path-lying")
        assert [line.get("class") for line in lying.iter("line")] == ["line-solid"] * 2 + ["line-dashed"] * 4

    def test_text_from_the_network_stays_text(self) -> None:
        hostile = Station("tls", "<b>", "broken", note="</small><script>", code="<img>", href='"><script>')
        for drawing in (path.large([hostile, hostile]), path.card([hostile])):
            assert "<script" not in drawing
            assert "<img" not in drawing
            assert "<b>" not in drawing

    def test_a_row_stays_light(self) -> None:
        assert len(path.strip(stations_of(samples.packets_dropped()))) < 1500


class TestStates:
    def test_no_two_states_share_a_shape(self) -> None:
        shapes = [state.shape for state in states.STATES.values()]
        assert len(set(shapes)) == len(shapes)

    def test_every_icon_is_drawn_and_named(self) -> None:
        for name in states.STATES:
            assert parsed(states.icon(name)).get("aria-hidden") == "true"
            assert parsed(states.icon(name, 'a "word"')).get("aria-label") == 'a "word"'

    @pytest.mark.parametrize(
        ("status", "cause", "state"),
        [
            ("queued", "", "waiting"),
            ("running", "", "running"),
            ("finished", "healthy", "works"),
            ("finished", "unknown", "unknown"),
            ("finished", "key_missing", "broken"),
            ("failed", "", "fault"),
        ],
    )
    def test_a_runs_state_follows_its_status_then_its_cause(self, status: str, cause: str, state: str) -> None:
        assert states.state_of_run(status, cause) == state

    def test_a_crash_of_ours_is_no_fault_of_the_path(self) -> None:
        assert states.state_of_attempt("failed", "internal_error") == "fault"
        assert states.state_of_attempt("failed", "tls_reset") == "broken"


class TestWaterfall:
    def test_bars_stand_where_the_attempts_stood(self) -> None:
        drawn = parsed(waterfall(samples.packets_dropped()))
        row = next(item for item in drawn.iter("li") if item.get("id") == "timing-service-status")
        bar = next(rect for rect in row.iter("rect") if "bar" in str(rect.get("class")))
        assert bar.get("x") == f"{100 * 0.21 / 4.31:.2f}%"
        assert bar.get("width") == f"{100 * 0.377 / 4.31:.2f}%"

    def test_a_time_out_is_hatched_flagged_and_named(self) -> None:
        drawn = parsed(waterfall(samples.packets_dropped()))
        row = next(item for item in drawn.iter("li") if item.get("id") == "timing-tcp-v4")
        assert any(rect.get("fill") == "url(#hatch-broken)" for rect in row.iter("rect"))
        assert any(mark.get("class") == "flag" for mark in row.iter("path"))
        assert "connect timeout limit 4.0 s" in "".join(row.itertext())

    def test_a_refusal_says_its_answer(self) -> None:
        bars = {bar.probe: bar for bar in bars_of(samples.proxy_wants_credentials())}
        assert (bars["proxy.connect"].state, bars["proxy.connect"].reason) == ("broken", "answered 407")
        assert "tls.client" not in bars, "what was skipped took no time"

    def test_only_the_verdicts_own_station_is_loud(self) -> None:
        elsewhere = [
            attempt("tcp.v4", "failed", "connect_refused"),
            attempt("hello.api", facts={"hello.api.status": 403}),
        ]
        crashed = attempt("edge.trace", "failed", "internal_error")
        for layer in (None, "dns"):
            report = {"attempts": [*elsewhere, crashed], "verdict": {"cause": "x", "layer": layer}}
            assert [bar.state for bar in bars_of(report)] == ["unknown", "warning", "fault"]

    def test_attempts_and_unaccounted_time_make_the_whole(self) -> None:
        bars = bars_of(samples.proxy_wants_credentials())
        gaps = unaccounted(bars, 0.92)
        assert gaps == ((0.005, 0.006), (0.397, 0.92))
        covered = sum(end - start for start, end in gaps)
        assert covered == pytest.approx(0.524)

    def test_the_table_holds_every_bar(self) -> None:
        report = samples.packets_dropped()
        table = next(parsed(waterfall(report)).iter("table"))
        probes = [code.text for code in table.iter("code")]
        assert probes == [bar.probe for bar in bars_of(report)]

    def test_a_good_run_stands_behind_in_outline(self) -> None:
        drawn = parsed(waterfall(samples.packets_dropped(), samples.healthy()))
        ghosts = [rect for rect in drawn.iter("rect") if rect.get("class") == "ghost"]
        assert len(ghosts) == 3  # config, dns.system and tcp.v4 are in both

    @pytest.mark.parametrize("seconds", [0.0, 0.0004, 0.07, 1.0, 29.9, 300.0])
    def test_any_length_has_a_readable_axis(self, seconds: float) -> None:
        report = {"run": {"seconds": seconds}, "attempts": [attempt("config", seconds=seconds)]}
        axis = next(parsed(waterfall(report)).iter("div"))
        words = [text.text for text in axis.iter("text")]
        assert words[0] == "0"
        assert len(words) == len(set(words)) <= 6

    def test_nothing_tried_is_said(self) -> None:
        assert "No attempt was made" in waterfall({"attempts": []})

    def test_reasons_stay_text(self) -> None:
        report = {"attempts": [attempt("<script>", "failed", "<script>")]}
        assert "<script" not in waterfall(report)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 ms"),
        (0.0414, "41 ms"),
        (0.9996, "1.0 s"),
        (3.21, "3.2 s"),
        (60, "1 min"),
        (125, "2 min 5 s"),
        (3900, "1 h 5 min"),
        (47 * 3600 + 59 * 60, "47 h 59 min"),
        (4 * 86400 + 3 * 3600 + 600, "4 d 3 h"),
        (2 * 86400, "2 d"),
    ],
)
def test_durations_are_said_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words
