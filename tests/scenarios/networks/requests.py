"""What the calling code sends: bodies, headers, sizes, streams."""

from __future__ import annotations

from tests.scenarios.networks.declaring import Broken

NETWORKS: tuple[Broken, ...] = ()
