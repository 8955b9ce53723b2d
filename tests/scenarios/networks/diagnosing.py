"""A declared network is served on loopback, and the whole pipeline looks at it.

Every machine holds canaries, and every server repeats the credentials that it hears: neither may change a verdict.
"""

from __future__ import annotations

from diagnostics.engine import pipeline
from diagnostics.engine.environment import Asked, registered
from diagnostics.engine.net import Guard, Net, Roots
from diagnostics.engine.probes import Plan
from diagnostics.engine.records import Report
from diagnostics.lab.network import Lab
from tests import canaries
from tests.scenarios.networks.declaring import Broken

LIMIT = 30.0  # seconds of a run, as of the probe where nobody says otherwise


def canaries_of(broken: Broken) -> canaries.Planted:
    """Its machine, with secrets of all kinds where they change nothing."""
    key = {} if broken.key is None else {"ANTHROPIC_API_KEY": broken.key}
    return canaries.planted({**key, **broken.environ}, broken.files, broken.home)


async def diagnosed(broken: Broken) -> Report:
    """The report of one run in this network, which is up as long as the run takes."""
    with_canaries = canaries_of(broken)
    machine = registered(with_canaries.environ, with_canaries.files, home=broken.home)
    asked = Asked(client=broken.client, mode=broken.mode, **broken.asked)
    with Lab(dict(broken.hosts()), altered=canaries.repeating, **broken.lab) as lab:
        roots = Roots(lab.public_pem, read=broken.files.get, system_pem=lab.public_pem + broken.system_pem)
        net = Net(Guard.open(), lab.network_map(), roots)
        return await pipeline.diagnose(asked, machine, net, Plan(timeout=LIMIT, send_message=broken.send_message))
