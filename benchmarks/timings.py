"""Whether a probe's time is true while everything else runs: beside what curl alone measures for the same question.

The network is the laboratory's, healthy and 150 ms away, in a process of its own. Runs and curl take turns; each round asks
every question by both.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Mapping, Sequence
from tempfile import NamedTemporaryFile
from urllib.parse import urlsplit

from benchmarks import far
from benchmarks.measuring import Figure, median, quantile, show
from diagnostics.engine.pipeline import diagnose
from diagnostics.engine.probes import Plan
from diagnostics.engine.probes.base import STATUS_URL
from diagnostics.engine.records import Attempt
from diagnostics.lab import KEY

ROUNDS = 20
API, PLATFORM = "https://api.anthropic.com", "https://platform.claude.com"
QUESTIONS = {
    "api.models": f"{API}/v1/models?limit=100",
    "hello.api": f"{API}/api/hello",
    "hello.platform": f"{PLATFORM}/v1/oauth/hello",
    "edge.trace": f"{API}/cdn-cgi/trace",
    "service.status": STATUS_URL,
}
_HEADERS = (f"x-api-key: {KEY}", "anthropic-version: 2023-06-01", "accept-encoding: gzip, deflate")


def main() -> None:
    """Print the figures."""
    if shutil.which("curl") is None:
        print("\nTimings beside curl: left out, there is no curl on this machine.")
        return
    with far.serving() as lab, NamedTemporaryFile("w", suffix=".pem") as roots:
        roots.write(lab["public_pem"])
        roots.flush()
        show("A probe's time while everything runs, beside curl alone", _figures(lab, roots.name))


def _figures(lab: far.Told, roots: str) -> list[Figure]:
    ours: dict[str, list[float]] = defaultdict(list)
    alone: dict[str, list[float]] = defaultdict(list)
    gaps: list[float] = []
    _run(lab)  # the first builds TLS contexts and loads the knowledge
    for _ in range(ROUNDS):
        for attempt in _run(lab):
            if attempt.probe in QUESTIONS:
                ours[attempt.probe].append(attempt.seconds)
                gaps.append(abs(attempt.seconds - _phases(attempt)))
        for name, url in QUESTIONS.items():
            alone[name].append(_curl(lab, roots, url))
    errors = [(time - median(alone[name]), median(alone[name])) for name, times in ours.items() for time in times]
    noise = [abs(time - median(times)) for times in alone.values() for time in times]
    return [
        Figure("error of a probe's total, p95", quantile([abs(error) for error, _ in errors], 0.95) * 1000, "ms", 5),
        Figure("the same as a share", quantile([abs(error) / true for error, true in errors], 0.95) * 100, "%", 5),
        Figure("error, median", median([error for error, _ in errors]) * 1000, "ms"),
        Figure(
            "curl's own scatter, p95",
            quantile(noise, 0.95) * 1000,
            "ms",
            note="what this machine adds to anybody's time",
        ),
        Figure("phases / total, farthest apart, p95", quantile(gaps, 0.95) * 1000, "ms", 1),
    ]


def _run(lab: far.Told) -> Sequence[Attempt]:
    return asyncio.run(diagnose(far.asked(), far.machine(), far.net_in(lab), Plan())).attempts


def _phases(attempt: Attempt) -> float:
    """What the steps that a probe tells of add up to."""
    at = {event.what: event.at for event in attempt.events}
    steps = [at[name] for name in ("connected", "secured", "asked", "answered")]
    return sum(later - earlier for earlier, later in zip([0.0, *steps], steps, strict=False))


def _curl(lab: far.Told, roots: str, url: str) -> float:
    """Seconds that curl tells for the same request to the same server."""
    split = urlsplit(url)
    address, port = _place(lab, split.hostname or "", split.port or 443)
    command = [
        "curl",
        "--silent",
        "--output",
        "/dev/null",
        "--cacert",
        roots,
        "--http1.1",
        "--write-out",
        "%{time_total}",
    ]
    command += [
        "--connect-to",
        f"::{address}:{port}",
        *(part for header in _HEADERS for part in ("--header", header)),
        url,
    ]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True, env={})
    return float(ended.stdout)


def _place(lab: Mapping[str, list[list[object]]], host: str, port: int) -> tuple[object, object]:
    return next((there, at) for name, usual, there, at in lab["routes"] if (name, usual) == (host, port))


if __name__ == "__main__":
    main()
