"""Bad lines, as plain sockets see them."""

from __future__ import annotations

import socket
import ssl
import sys

import pytest

from diagnostics.lab.api import api
from diagnostics.lab.certificates import practice_root
from diagnostics.lab.lines import flaky, narrow
from diagnostics.lab.network import Lab
from tests.lab.fixtures import Serve

HOST = "api.anthropic.com"


def _shake(lab: Lab, segment: int | None = None) -> str:
    """What becomes of a handshake within a second."""
    context = ssl.create_default_context(cadata=practice_root().pem)
    with socket.socket() as plain:
        if segment is not None:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, segment)
        plain.settimeout(1.0)
        plain.connect(lab.routes()[HOST, 443])
        try:
            with context.wrap_socket(plain, server_hostname=HOST) as secured:
                return secured.version() or ""
        except TimeoutError:
            return "silent"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux tells the size that both ends agreed on")
def test_a_tunnel_swallows_what_fills_a_packet(serve: Serve) -> None:
    lab = serve({HOST: narrow(api())})
    assert _shake(lab) == "silent"
    assert _shake(lab, segment=1200) == "TLSv1.3"


def test_a_wide_one_carries_everything(serve: Serve) -> None:
    assert _shake(serve({HOST: narrow(api(), carries=100_000)})) == "TLSv1.3"


def test_some_connections_are_never_answered(serve: Serve) -> None:
    lab = serve({HOST: flaky(api(), passes=(True, False))})
    assert [_shake(lab) for _ in range(4)] == ["TLSv1.3", "silent", "TLSv1.3", "silent"]
