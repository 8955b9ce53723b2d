"""What repetition and size show of a line: samples, long greetings, small packets, a greeting without a name."""

from __future__ import annotations

import asyncio
import itertools
import socket
import sys
from types import SimpleNamespace

import pytest

from diagnostics.engine.net import Guard, Net, Roots, Route, kernel, trust
from diagnostics.engine.net.greeting import greet, hello
from diagnostics.engine.probes import samples
from diagnostics.engine.probes.samples import ROUNDS, Sample, facts_of
from diagnostics.engine.records import Origin
from diagnostics.lab import tcp
from diagnostics.lab.api import api
from diagnostics.lab.serving import Service
from diagnostics.lab.tls import tls
from tests.engine.probes.conftest import Observe, environment
from tests.lab.fixtures import Serve

HOST = "api.anthropic.com"
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux tells")


def share(*samples: Sample) -> object:
    return facts_of(samples).get("tcp.samples.lost_share")


def test_what_comes_a_second_later_than_the_others_was_lost_once() -> None:
    assert share(Sample(0.02), Sample(0.05), Sample(0.3), Sample(1.03)) == 0.25


def test_where_the_system_says_that_nothing_was_lost_a_second_is_the_servers_own() -> None:
    assert share(Sample(0.02, again=0), Sample(1.2, again=0), Sample(3.1, again=0)) == pytest.approx(0.333)


def test_what_was_late_because_this_machine_was_busy_was_not_lost() -> None:
    assert share(Sample(0.02), Sample(1.4, pause=0.7)) == 0.0


def test_a_machine_that_was_busy_at_any_moment_sends_again_what_was_not_lost() -> None:
    assert share(Sample(0.02, again=0, pause=0.3), Sample(0.25, again=1)) == 0.0
    assert share(Sample(0.02, again=0, pause=0.1), Sample(0.25, again=1)) == 0.5


def test_a_machine_that_stood_still_calls_no_line_slow() -> None:
    assert "tcp.samples.median_seconds" not in facts_of([Sample(4.0, paused=3.0), Sample(4.1, paused=3.0)])
    assert facts_of([Sample(4.0, paused=0.1), Sample(4.1, paused=0.1)])["tcp.samples.median_seconds"] == 4.05


def test_what_takes_far_longer_than_this_machine_stood_still_is_the_lines_own() -> None:
    seen = facts_of([Sample(3.9, paused=0.6), Sample(4.1, paused=0.6)])
    assert seen["tcp.samples.median_seconds"] == pytest.approx(3.4)
    assert seen["tcp.samples.slowest_seconds"] == pytest.approx(3.5)


def test_what_was_seen_while_this_machine_was_calm_is_told_alone() -> None:
    seen = facts_of([Sample(4.0, paused=1.5), Sample(0.2), Sample(0.3)])
    assert (seen["tcp.samples.median_seconds"], seen["tcp.samples.slowest_seconds"]) == (0.25, 0.3)


@pytest.mark.parametrize(("late", "paused"), [(0.0156, 0.0), (0.2, 20.0)])
def test_what_the_clock_is_too_coarse_for_is_no_standstill(
    monkeypatch: pytest.MonkeyPatch, late: float, paused: float
) -> None:
    """A hundred waits, each of which ends that much too late, as all do on Windows: summed up they are a second and more."""
    ticks = itertools.count()
    clock = SimpleNamespace(monotonic=lambda: next(ticks) * (samples._TICK + late))
    monkeypatch.setattr(samples, "time", clock)
    pauses = samples._Pauses()
    for _ in range(99):
        pauses._seen.append(pauses._now())
    assert sum(pauses.since(0.0)) == pytest.approx(paused)


def test_a_line_is_asked_again_where_this_machine_stood_still(
    serve: Serve, observe: Observe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("diagnostics.engine.probes.samples._STANDSTILL", 0.0)  # no machine is as calm as that
    assert observe(serve(), only=("tcp.samples",))["tcp.samples.total"] == sum(ROUNDS)


def test_the_systems_own_count_tells_what_no_clock_shows() -> None:
    assert share(Sample(0.02, again=0), Sample(0.25, again=1)) == 0.5


def test_on_a_slow_line_what_is_sent_again_was_not_lost() -> None:
    assert share(Sample(1.3, again=1), Sample(1.4, again=1)) == 0.0


def test_what_fails_alike_each_time_is_not_lost_but_stopped() -> None:
    for word in ("connect_timeout", "tls_timeout", "tls_reset"):
        assert share(Sample(word=word), Sample(word=word)) is None
    assert share(Sample(word="connect_timeout"), Sample(word="tls_timeout")) == 1.0
    assert share(Sample(0.02), Sample(word="connect_refused")) == 0.5


def test_what_is_cut_sooner_or_later_is_not_lost_but_stopped() -> None:
    assert share(Sample(word="connect_reset"), Sample(word="tls_reset"), Sample(word="tls_reset")) is None


def test_a_healthy_line_needs_one_round(serve: Serve, observe: Observe) -> None:
    seen = observe(serve(), only=("tcp.samples",))
    assert (seen["tcp.samples.total"], seen["tcp.samples.answered"], seen["tcp.samples.lost"]) == (
        ROUNDS[0],
        ROUNDS[0],
        0,
    )


def test_a_line_whose_answers_come_late_now_and_then_is_asked_more_often(serve: Serve, observe: Observe) -> None:
    late = itertools.cycle((0.0, 4.6, 0.0))  # far above what counts as late, should this machine stand still meanwhile
    seen = observe(serve(delay=lambda: next(late)), only=("tcp.samples",), timeout=25)
    assert seen["tcp.samples.total"] == sum(ROUNDS)
    assert 0.2 < float(str(seen["tcp.samples.lost_share"])) < 0.5


@pytest.mark.parametrize("service", [tcp.refused(), tcp.reset()])
def test_a_refusal_is_not_asked_for_again(serve: Serve, observe: Observe, service: Service) -> None:
    seen = observe(serve({HOST: service}), only=("tcp.samples",))
    assert "tcp.samples.lost_share" not in seen


def test_samples_go_through_the_proxy_that_the_client_uses(serve: Serve, observe: Observe) -> None:
    from diagnostics.lab.proxy import proxy

    lab = serve({"proxy.office.example:3128": proxy()})
    seen = observe(lab, environment(proxy="http://proxy.office.example:3128"), only=("tcp.samples",))
    assert seen["tcp.samples.answered"] == ROUNDS[0]
    assert len([one for one in lab.seen if one.method == "CONNECT"]) >= ROUNDS[0]


def test_a_long_greeting_takes_more_than_two_packets_and_is_answered(serve: Serve, observe: Observe) -> None:
    assert len(hello(trust.unverified(large=True), HOST)) > 2 * 1460
    seen = observe(serve(), only=("tls.large", "tls.small", "tls.nameless"))
    assert seen["tls.large.completed"] is True
    assert seen.attempt("tls.small").reason == "not needed: no packet was seen to vanish"
    assert seen.attempt("tls.nameless").reason == "not needed: no handshake was seen to be cut"


@linux
def test_silence_at_every_size_is_told_as_such(serve: Serve, observe: Observe) -> None:
    seen = observe(serve({HOST: api(tls=tls(silent=True))}), only=("tls.small", "tls.nameless"), timeout=20)
    assert (seen["tls.small.completed"], seen["tls.small.usual_again"]) == (False, False)
    assert (seen["tls.nameless.answered"], seen["tls.nameless.failure"]) == (False, "tls_timeout")


def test_a_filter_that_reads_the_name_lets_a_nameless_greeting_through(serve: Serve, observe: Observe) -> None:
    seen = observe(serve({HOST: api(tls=tls(reset_after_hello=True, only_named=True))}), only=("tls.nameless",))
    assert seen["tls.handshake.failure"] == "tls_reset"
    assert seen["tls.nameless.answered"] is True


@linux
def test_small_packets_stay_small_and_the_system_tells() -> None:
    async def go() -> tuple[kernel.Kept | None, kernel.Kept | None]:
        net = Net(Guard.open())
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = listening.getsockname()[1]
            usual = await net.connect("127.0.0.1", port, (), 2.0)
            small = await net.connect("127.0.0.1", port, (), 2.0, segment=536)
            told = usual.kept, small.kept
            usual.close()
            small.close()
            return told

    usual, small = asyncio.run(go())
    assert usual is not None
    assert small is not None
    assert small.segment <= 536 < usual.segment
    assert (usual.retransmitted, usual.unacknowledged) == (0, 0)


def test_where_no_tls_is_spoken_the_connection_alone_is_greeted(serve: Serve) -> None:
    lab = serve()
    net = Net(Guard.strict(), lab.network_map(), Roots(public_pem=lab.public_pem))
    origin = Origin("http", "detectportal.firefox.com", 80)
    assert asyncio.run(greet(net, origin, Route(net.roots.public()), 60.0)).seconds < 30
