"""A declared network is served on loopback, and the whole pipeline looks at it."""

from __future__ import annotations

from diagnostics.engine import pipeline
from diagnostics.engine.environment import Asked, registered
from diagnostics.engine.net import Guard, Net, Roots
from diagnostics.engine.probes import Plan
from diagnostics.engine.records import Report
from diagnostics.lab.network import Lab
from tests.scenarios.networks.declaring import Broken

LIMIT = 30.0  # seconds of a run, as of the probe where nobody says otherwise


async def diagnosed(broken: Broken) -> Report:
    """The report of one run in this network, which is up as long as the run takes."""
    key = {} if broken.key is None else {"ANTHROPIC_API_KEY": broken.key}
    machine = registered({**key, **broken.environ}, broken.files, home=broken.home)
    asked = Asked(client=broken.client, mode=broken.mode, **broken.asked)
    with Lab(dict(broken.hosts()), **broken.lab) as lab:
        roots = Roots(lab.public_pem, read=broken.files.get, system_pem=lab.public_pem + broken.system_pem)
        net = Net(Guard.open(), lab.network_map(), roots)
        return await pipeline.diagnose(asked, machine, net, Plan(timeout=LIMIT))
