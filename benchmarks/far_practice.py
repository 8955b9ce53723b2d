"""Registers the far network as a practice environment, served by the process that BENCHMARK_LAB tells of."""

from __future__ import annotations

import json
import os
from typing import Any

from django.apps import AppConfig

from diagnostics.lab import practice
from diagnostics.lab.network import Lab

NAME = "Benchmark: a network that works, far away"


class Elsewhere(Lab):
    """A laboratory that another process serves; of it only the way there is known here."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(rest={})
        self._told = told

    def routes(self) -> dict[tuple[str, int], tuple[str, int]]:
        """As the other process told."""
        return {(host, port): (address, there) for host, port, address, there in self._told["routes"]}

    def names(self) -> dict[str, tuple[str, ...] | str]:
        """As the other process told."""
        return {host: tuple(addresses) for host, addresses in self._told["names"].items()}

    @property
    def public_pem(self) -> str:
        """The other process's practice root."""
        return str(self._told["public_pem"])


class FarPractice(AppConfig):
    """Adds the environment beside the three that break."""

    name = "benchmarks"

    def ready(self) -> None:
        """Called once in each process of the product."""
        told = json.loads(os.environ["BENCHMARK_LAB"])
        far = practice.Practice("far", NAME, "For measuring.", "healthy", lambda: Elsewhere(told), fixes={})
        practice.PRACTICES = {**practice.PRACTICES, far.slug: far}
