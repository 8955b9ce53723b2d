"""Broken networks, declared in a line and really served on loopback.

``Lab(hosts={...})`` starts asyncio servers in one daemon thread; ``lab.network_map()`` tells the engine's ``Net`` where
each real host name is served. The practice range and the tests use the same declarations.
"""

from __future__ import annotations

KEY = "sk-ant-api03-" + ("practice-range-only-" * 5)[:93] + "AA"
"""The key that the laboratory's API accepts: well formed, and worth nothing outside of it."""
