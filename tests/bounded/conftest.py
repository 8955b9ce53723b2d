"""Fuzzing in `make test` is the same every time and over in a minute; `FUZZ=long` looks further, and elsewhere each time."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

_CALM = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
settings.register_profile(
    "bounded", deadline=None, max_examples=100, derandomize=True, database=None, suppress_health_check=_CALM
)
settings.register_profile(
    "long", deadline=None, max_examples=20_000, database=None, suppress_health_check=_CALM, phases=list(Phase)
)
settings.load_profile("long" if os.environ.get("FUZZ") == "long" else "bounded")
