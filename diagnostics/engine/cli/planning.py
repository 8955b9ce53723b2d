"""``--plan``: what would be run and whom it would ask, without running anything."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from diagnostics.engine import library
from diagnostics.engine.cli.options import Options, shown_url
from diagnostics.engine.cli.session import asked_of, plan_of
from diagnostics.engine.environment import Machine, capture
from diagnostics.engine.net import dns
from diagnostics.engine.probes.possible import MOST, SECONDS
from diagnostics.engine.records import Environment
from diagnostics.engine.wording import one_line

_LONGEST = 500  # characters of a destination: a setting may hold anything


def plan(options: Options, machine: Machine) -> str:
    """The plan as text, or as JSON with ``--json``."""
    asked = replace(asked_of(options), run_helper=False)  # nothing is run, no helper either
    environment = capture(asked, machine, library.load())
    told = _told(options, environment)
    if options.json:
        return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
    width = max(len(probe["name"]) for probe in told["probes"])
    lines = ["", "These checks would be run:"]
    lines += [f"  {probe['name']:<{width}}  {probe['title']}" for probe in told["probes"]]
    if told["experiments"]:
        lines += [
            "",
            f"Where something fails, up to {MOST} of these are tried then, one thing changed at a time, within {SECONDS:.0f} s:",
        ]
        lines += [f"  {one['changed']}: {one_line(one['to'], _LONGEST)}" for one in told["experiments"]]
    lines += ["", "They would ask:"] + [f"  {one_line(destination, _LONGEST)}" for destination in told["destinations"]]
    billed = f"at most {told['billed_tokens']}, for one message" if told["billed_tokens"] else "0"
    lines += ["", f"Billed tokens: {billed}. Upper bound: {told['upper_bound_seconds']:.0f} s.", ""]
    return "\n".join(lines)


def _told(options: Options, environment: Environment) -> dict[str, Any]:
    from diagnostics.engine.probes import PROBES
    from diagnostics.engine.probes.message import NAME as MESSAGE
    from diagnostics.engine.probes.message import billed_most
    from diagnostics.engine.probes.possible import possible
    from diagnostics.engine.probes.runner import selected

    wanted = plan_of(options, options.timeout)
    probes = selected(PROBES, environment, wanted)
    names = {probe.name for probe in probes}
    asked = ["the system's resolver", *(f"{server} (a name server of this machine)" for server in dns.servers())]
    proxies = (environment.proxy, *environment.proxy_for.values())
    asked += [f"{proxy.origin} (the configured proxy)" for proxy in proxies if proxy is not None]
    if environment.origin is not None:
        asked.append(f"{environment.origin} (the base URL)")
    asked += environment.first_run_urls if names & {"hello.api", "hello.platform"} else ()
    asked += map(shown_url, wanted.controls) if "control.hosts" in names else ()
    asked += map(shown_url, wanted.resolvers) if "dns.independent" in names else ()
    asked += (wanted.status_url,) if "service.status" in names else ()
    experiments = [] if wanted.quick else list(possible(environment))
    asked += [one.asks for one in experiments]
    asked += (shown_url(options.upload),) if options.upload else ()
    return {
        "probes": [{"name": probe.name, "layer": probe.layer, "title": probe.title} for probe in probes],
        "experiments": [{"changed": one.factor, "to": one.to} for one in experiments],
        "destinations": list(dict.fromkeys(asked)),
        "billed_tokens": billed_most(environment) if MESSAGE in names else 0,
        "upper_bound_seconds": options.timeout,
    }
