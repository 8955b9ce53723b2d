"""How long the TLS facts take, beside sslyze asking the same server for its certificate.

sslyze stays outside: it is installed into a virtual environment of its own in a temporary folder, and where that is not to be had
this says so and measures nothing. Both sides are warm, and take turns.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import tempfile
import time
import venv
from pathlib import Path

from benchmarks.measuring import Figure, median, show
from diagnostics.engine.environment import Asked, registered
from diagnostics.engine.net import Guard, Net, Roots
from diagnostics.engine.pipeline import diagnose
from diagnostics.engine.probes import Plan
from diagnostics.lab import KEY
from diagnostics.lab.network import Lab

ROUNDS = 9
HOST = "api.anthropic.com"
PROBES = frozenset({"tls.handshake", "tls.client", "tls.public", "tls.system"})
_THEIRS = """
import json, sys, time
from pathlib import Path
from sslyze import ScanCommand, ScanCommandsExtraArguments, Scanner, ServerNetworkLocation, ServerScanRequest
from sslyze import CertificateInfoExtraArgument
host, port, roots = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
for line in sys.stdin:
    began = time.monotonic()
    extra = ScanCommandsExtraArguments(certificate_info=CertificateInfoExtraArgument(custom_ca_file=roots))
    where = ServerNetworkLocation(hostname=host, ip_address="127.0.0.1", port=port)
    scanner = Scanner()
    scanner.queue_scans([ServerScanRequest(where, scan_commands={ScanCommand.CERTIFICATE_INFO}, scan_commands_extra_arguments=extra)])
    (result,) = scanner.get_results()
    told = result.scan_result.certificate_info.status.name if result.scan_result else result.scan_status.name
    print(json.dumps([time.monotonic() - began, told]), flush=True)
"""


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="sslyze-") as folder:
        python = _installed(Path(folder))
        if python is None:
            print("\nTLS facts beside sslyze: left out, since sslyze could not be installed here.")
            return
        show("The TLS facts of a run, beside sslyze's certificate information", _figures(Path(folder), python))


def _installed(folder: Path) -> Path | None:
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "sslyze>=6.1,<7"]
    try:
        subprocess.run(command, check=True, timeout=90, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except (subprocess.SubprocessError, OSError):
        return None
    return python


def _figures(folder: Path, python: Path) -> list[Figure]:
    ours, theirs = [], []
    roots = folder / "roots.pem"
    with Lab() as lab:
        roots.write_text(lab.public_pem)
        _, port = lab.routes()[HOST, 443]
        command = [str(python), "-c", _THEIRS, HOST, str(port), str(roots)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            for number in range(1 + ROUNDS):  # the first loads and builds what later ones share
                pair = _ours(lab), _theirs(process)
                if number:
                    ours.append(pair[0])
                    theirs.append(pair[1])
            assert process.stdin
            process.stdin.close()
    return [
        Figure("TLS facts / sslyze", median([one / other for one, other in zip(ours, theirs, strict=True)]), "x", 0.1),
        Figure("TLS facts, from the address on", median(ours) * 1000, "ms"),
        Figure("sslyze, without its start", median(theirs) * 1000, "ms"),
    ]


def _ours(lab: Lab) -> float:
    """Seconds from the connection's first probe to the last TLS probe's end."""
    net = Net(Guard.open(), lab.network_map(), Roots(lab.public_pem, system_pem=lab.public_pem))
    machine = registered({"ANTHROPIC_API_KEY": KEY})
    report = asyncio.run(diagnose(Asked(mode="print"), machine, net, Plan(only=PROBES)))
    tried = [one for one in report.attempts if one.probe in PROBES or one.probe == "tcp.v4"]
    assert all(one.status == "done" for one in tried), tried
    return max(one.started + one.seconds for one in tried) - min(one.started for one in tried)


def _theirs(process: subprocess.Popen[str]) -> float:
    assert process.stdin
    assert process.stdout
    process.stdin.write("again\n")
    process.stdin.flush()
    began = time.monotonic()
    seconds, told = json.loads(process.stdout.readline())
    assert told == "COMPLETED", told
    return min(float(seconds), time.monotonic() - began)


if __name__ == "__main__":
    main()
