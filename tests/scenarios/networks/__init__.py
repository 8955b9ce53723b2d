"""Broken networks on real sockets, by topic; ``NETWORKS`` is all of them. Add one to the topic that its cause belongs to."""

from __future__ import annotations

from tests.scenarios.networks import (
    certificates,
    clients,
    compound,
    configuration,
    conflicts,
    credentials,
    first_run,
    gateways,
    healthy,
    names,
    path,
    provider,
    proxies,
    requests,
)
from tests.scenarios.networks.declaring import Broken

NETWORKS: tuple[Broken, ...] = (
    *healthy.NETWORKS,
    *credentials.NETWORKS,
    *conflicts.NETWORKS,
    *configuration.NETWORKS,
    *names.NETWORKS,
    *path.NETWORKS,
    *proxies.NETWORKS,
    *certificates.NETWORKS,
    *provider.NETWORKS,
    *gateways.NETWORKS,
    *first_run.NETWORKS,
    *clients.NETWORKS,
    *requests.NETWORKS,
    *compound.NETWORKS,
)
