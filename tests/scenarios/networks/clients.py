"""What only some clients and versions meet."""

from __future__ import annotations

from tests.scenarios.networks.declaring import Broken

NETWORKS: tuple[Broken, ...] = ()
