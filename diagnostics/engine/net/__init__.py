"""The only code of the engine that opens connections. Probes are handed a ``Net`` and use nothing else of it."""

from __future__ import annotations

from diagnostics.engine.net.failures import Failure
from diagnostics.engine.net.guard import Guard
from diagnostics.engine.net.names import NetworkMap
from diagnostics.engine.net.network import Net, Route
from diagnostics.engine.net.trust import Roots

__all__ = ["Failure", "Guard", "Net", "NetworkMap", "Roots", "Route"]
