"""The laboratory for tests: ``lab = serve({"api.anthropic.com": tcp.refused()})``, stopped when the test ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import timedelta
from typing import Protocol

import pytest

from diagnostics.lab.network import Lab
from diagnostics.lab.serving import Service


class Serve(Protocol):
    """Start a declared network; arguments as of ``Lab``."""

    def __call__(
        self,
        hosts: Mapping[str, Service] | None = None,
        *,
        v6: Mapping[str, Service] | None = None,
        direct: Mapping[str, Service] | None = None,
        resolver: Mapping[str, tuple[str, ...] | str] | None = None,
        country: str = "DE",
        ahead: timedelta = timedelta(),
        delay: Callable[[], float] = lambda: 0.0,
    ) -> Lab: ...


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Networks for one test."""
    with ExitStack() as running:

        def start(
            hosts: Mapping[str, Service] | None = None,
            *,
            v6: Mapping[str, Service] | None = None,
            direct: Mapping[str, Service] | None = None,
            resolver: Mapping[str, tuple[str, ...] | str] | None = None,
            country: str = "DE",
            ahead: timedelta = timedelta(),
            delay: Callable[[], float] = lambda: 0.0,
        ) -> Lab:
            return running.enter_context(
                Lab(hosts, v6=v6, direct=direct, resolver=resolver, country=country, ahead=ahead, delay=delay)
            )

        yield start
