"""IPv4 and IPv6 as the client goes to them: in the system's order, with or without a second try."""

from __future__ import annotations

from diagnostics.engine.records import FactValue
from diagnostics.lab import tcp
from diagnostics.lab.api import api
from tests.engine.probes.conftest import Observe, environment
from tests.lab.fixtures import Serve

HOST = "api.anthropic.com"
V4, V6 = "160.79.104.10", "2607:6bc0::10"
V6_FIRST = {HOST: (V6, V4)}
FIRST_ONLY: dict[str, FactValue] = {"config.client.first_address_only": True}


def test_a_client_takes_the_first_family_that_connects_and_stays_with_it(serve: Serve, observe: Observe) -> None:
    seen = observe(serve(v6={HOST: tcp.silent()}, resolver=V6_FIRST), only=("tls.handshake", "tcp.v4"), timeout=12)
    assert (seen["tcp.v4.connected"], seen["tcp.v6.connected"], seen["tcp.connected"]) == (True, True, True)
    assert seen["tls.handshake.failure"] == "tls_timeout"  # no client tries IPv4 after IPv6 has connected


def test_it_goes_on_where_the_first_family_is_dead(serve: Serve, observe: Observe) -> None:
    for dead in (tcp.refused(), tcp.blackhole()):
        seen = observe(serve(v6={HOST: dead}, resolver=V6_FIRST), only=("tls.handshake", "tcp.v6"))
        assert (seen["tcp.v6.connected"], seen["tcp.connected"]) == (False, True)
        assert seen["tls.handshake.completed"] is True


def test_samples_are_taken_where_the_client_goes(serve: Serve, observe: Observe) -> None:
    seen = observe(serve(v6={HOST: api()}, resolver=V6_FIRST), only=("tcp.samples", "tcp.v6"))
    assert seen["tcp.samples.answered"] == seen["tcp.samples.total"]


def test_a_client_of_one_try_ends_where_the_first_family_is_dead(serve: Serve, observe: Observe) -> None:
    lab = serve(v6={HOST: tcp.refused()}, resolver=V6_FIRST)
    seen = observe(lab, environment(facts=FIRST_ONLY))
    assert (seen["tcp.v4.connected"], seen["tcp.v6.connected"]) == (True, False)
    assert (seen["tcp.connected"], seen["tcp.failure"]) == (False, "connect_refused")
    assert seen.attempt("tls.handshake").reason == "needs tcp.v6"
    assert not [one for one in lab.seen if one.credentials]


def test_a_client_of_one_try_never_comes_to_the_second_family(serve: Serve, observe: Observe) -> None:
    seen = observe(serve(v6={HOST: tcp.refused()}, resolver={HOST: (V4, V6)}), environment(facts=FIRST_ONLY))
    assert (seen["tcp.connected"], seen["api.models.accepted"]) == (True, True)
