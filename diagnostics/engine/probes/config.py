"""The first attempt: what the environment told, so that the report shows it in its place on the path."""

from __future__ import annotations

from diagnostics.engine.probes.base import Context, Probe, Result


async def _config(context: Context) -> Result:
    return Result(context.environment.facts)


CONFIG = Probe("config", "config", "What the client is configured with", 1.0, _config)
