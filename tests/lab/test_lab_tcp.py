"""What happens before anybody speaks, as plain sockets see it."""

from __future__ import annotations

import socket
import time

import pytest

from diagnostics.lab import tcp
from diagnostics.lab.api import api
from diagnostics.lab.tcp import Tcp
from tests.lab.fixtures import Serve
from tests.lab.referee import connect

HOST = "api.anthropic.com"


def test_a_refused_port_refuses(serve: Serve) -> None:
    lab = serve({HOST: tcp.refused()})
    with pytest.raises(ConnectionRefusedError):
        connect(lab, HOST)


def test_a_reset_comes_right_after_the_connection(serve: Serve) -> None:
    with connect(serve({HOST: tcp.reset()}), HOST) as sock, pytest.raises(ConnectionResetError):
        sock.recv(1)


def test_a_close_comes_in_good_order(serve: Serve) -> None:
    with connect(serve({HOST: tcp.closed()}), HOST) as sock:
        assert sock.recv(1) == b""


def test_silence_accepts_and_says_nothing(serve: Serve) -> None:
    with connect(serve({HOST: tcp.silent()}), HOST, seconds=0.3) as sock:
        sock.sendall(b"anybody there?")
        with pytest.raises(TimeoutError):
            sock.recv(1)


def test_a_black_hole_never_answers_a_connect(serve: Serve) -> None:
    lab = serve({HOST: tcp.blackhole()})
    for _ in range(3):
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            connect(lab, HOST, seconds=0.3)
        assert time.monotonic() - began >= 0.29


def test_ipv6_can_be_dead_while_ipv4_lives(serve: Serve) -> None:
    lab = serve(v6={HOST: tcp.blackhole()})
    connect(lab, HOST).close()
    with pytest.raises(TimeoutError):
        connect(lab, HOST, v6=True, seconds=0.3)


def test_ipv6_can_live(serve: Serve) -> None:
    connect(serve(v6={HOST: api()}), HOST, v6=True).close()


@pytest.mark.parametrize(
    ("service", "error"), [(tcp.refused(53), ConnectionRefusedError), (tcp.silent(53), TimeoutError)]
)
def test_where_a_resolver_would_stand_datagrams_meet_the_same(serve: Serve, service: Tcp, error: type[OSError]) -> None:
    lab = serve({"1.1.1.1:53": service})
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.3)
        asking.connect(lab.routes()["1.1.1.1", 53])
        asking.send(b"anybody?")
        with pytest.raises(error):
            asking.recv(100)
