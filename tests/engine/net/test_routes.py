"""From which of its addresses this machine sends, asked of the real system: nothing leaves the machine for it."""

from __future__ import annotations

import socket

import pytest

from diagnostics.engine.net.routes import source_towards
from diagnostics.engine.probes.network import sources


def test_it_is_the_address_that_the_other_side_sees() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        seen = server.accept()[1][0]
        assert client.getsockname()[0] == seen == source_towards("127.0.0.1")


@pytest.mark.parametrize("address", ["junk", "10.0.0.256", "proxy.corp.example:3128"])
def test_where_no_way_leads_there_is_none(address: str) -> None:
    assert source_towards(address) is None


def test_through_a_proxy_it_is_what_the_proxy_sees() -> None:
    assert sources({"proxy.tcp.address": "127.0.0.1", "tcp.v4.address": "192.0.2.7"}) == ("127.0.0.1",)
    assert sources({"tcp.v4.address": "127.0.0.1", "tcp.v6.address": "no address"}) == ("127.0.0.1",)
