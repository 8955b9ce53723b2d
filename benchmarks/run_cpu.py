"""CPU of one warm run, beside the plain way to ask the same: an httpx client for each request.

The network is in a process of its own, so the figures are the asking side's alone.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import defaultdict
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import urlsplit

import certifi
import httpx

from benchmarks import far, far_practice
from benchmarks.measuring import Figure, median, show
from benchmarks.product import PAIRS, Product, product
from diagnostics.engine.pipeline import diagnose
from diagnostics.engine.probes import Plan
from diagnostics.engine.probes.base import CONTROLS, STATUS_URL

RUNS = 12
ASKED = (
    *CONTROLS,
    STATUS_URL,
    "https://api.anthropic.com/api/hello",
    "https://platform.claude.com/v1/oauth/hello",
    "https://api.anthropic.com/cdn-cgi/trace",
    "https://api.anthropic.com/v1/models?limit=100",
    "https://api.anthropic.com/v1/messages/count_tokens",
)
"""What a run asks over HTTP; it also looks at the certificate three times and asks three resolvers."""


def main() -> None:
    """Print the figures."""
    with far.serving() as lab:
        _run(lab)  # the first one builds TLS contexts and loads the knowledge
        ours = [_run(lab) for _ in range(RUNS)]
        naive = [_naive(lab) for _ in range(3)]
        cpu, peer = median([cpu for _, cpu in ours]), median([cpu for _, cpu in naive])
        figures = [
            Figure("the engine, every probe of the path", cpu, "ms", 200),
            Figure(f"httpx, a client for each of {len(ASKED)} requests", peer, "ms"),
            Figure("the engine / httpx", cpu / peer, "x", 1),
            Figure(
                "wall time of httpx / of the engine", median([w for w, _ in naive]) / median([w for w, _ in ours]), "x"
            ),
        ]
        show("CPU of one run", figures)
        with product(PAIRS[0], lab) as it:
            show(f"CPU of one run through the product ({PAIRS[0]})", _product(it))


def _run(lab: far.Told) -> tuple[float, float]:
    """Wall and CPU time in ms."""
    wall, cpu = time.monotonic(), time.process_time()
    asyncio.run(diagnose(far.asked(), far.machine(), far.net_in(lab), Plan()))
    return (time.monotonic() - wall) * 1000, (time.process_time() - cpu) * 1000


def _naive(lab: far.Told) -> tuple[float, float]:
    """The same, one request after the other, each with a client that reads the list of authorities."""
    places = {(host, port): (address, there) for host, port, address, there in lab["routes"]}
    wall, cpu = time.monotonic(), time.process_time()
    with NamedTemporaryFile("w", suffix=".pem") as roots:
        roots.write(Path(certifi.where()).read_text(encoding="utf-8") + lab["public_pem"])
        roots.flush()
        for url in ASKED:
            split = urlsplit(url)
            host = str(split.hostname)
            address, port = places[host, {"https": 443}.get(split.scheme, 80)]
            with httpx.Client(verify=ssl.create_default_context(cafile=roots.name), trust_env=False) as client:
                here = split._replace(netloc=f"{address}:{port}").geturl()
                client.get(here, headers={"host": host}, extensions={"sni_hostname": host})
    return (time.monotonic() - wall) * 1000, (time.process_time() - cpu) * 1000


def _product(it: Product) -> list[Figure]:
    """What each process spent for a run that was clicked, probed, stored and frozen, without anybody watching it."""
    environment = it.environments[far_practice.NAME]
    it.run_to_end(environment)
    before = _spent(it)
    for _ in range(RUNS):
        it.post(f"{environment}run/")
        time.sleep(1.0)  # nobody polls: only the click is the web's work
    spent = {name: (cpu - before[name]) / RUNS for name, cpu in _spent(it).items()}
    idle = _spent(it)
    time.sleep(3.0)
    resting = {name: (cpu - idle[name]) / 3 for name, cpu in _spent(it).items()}
    figures = [
        Figure(name, max(0.0, spent[name] - resting[name]) * 1000, "ms") for name in spent if name != "supervisor"
    ]
    at_rest = Figure("all processes at rest, of one core", sum(resting.values()) * 100, "%")
    return [Figure("all processes", sum(one.value for one in figures), "ms", 200), *figures, at_rest]


def _spent(it: Product) -> dict[str, float]:
    """CPU seconds of each process so far."""
    spent: dict[str, float] = defaultdict(float)
    for name, process in it.processes().items():
        times = process.cpu_times()
        spent[name.partition(" ")[0]] += times.user + times.system  # gunicorn's own worker counts as web
    return spent


if __name__ == "__main__":
    main()
