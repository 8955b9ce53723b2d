"""What time it is, by servers that may be wrong themselves."""

from __future__ import annotations

import pytest

from diagnostics.engine.probes.clock import agreed


@pytest.mark.parametrize(
    ("offsets", "told"),
    [
        ([0.4], 0.4),
        ([86400.0], 86400.0),
        ([0.2, 0.6, 0.9], 0.6),
        ([0.2, 86400.0], 0.2),  # one server is a day behind, and nobody else confirms it
        ([86400.1, 86400.7, 0.3], 86400.4),
        ([-7200.0, 0.5, 3600.0], 0.5),
        ([30.0, 80.0, 130.0], 80.0),
    ],
)
def test_most_of_them_say_it(offsets: list[float], told: float) -> None:
    assert agreed(offsets) == pytest.approx(told)
